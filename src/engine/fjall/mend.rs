//! What a loss of power left of the journal, and what is damage.
//!
//! fjall reads its journal up to the first thing that is no entry, and cuts it there without a word; a batch that is whole
//! but for its checksum, as a page of zeros in the midst of it leaves one, keeps it from opening. It cannot know better: it
//! does not know how far the journal was synced. With our [`note`](super::note) both are put right before fjall reads it:
//! behind what was synced it is cut after the last whole commit, before that nothing is cut and the damage is told. Without
//! a note that fits, fjall does as it does.

use std::cmp::Ordering;
use std::path::Path;

use super::journal::{Journal, journals};
use super::note::Note;
use crate::engine::Error;
use crate::engine::disk::io_error;
use crate::engine::errors::damaged;

/// Cuts the journal where a loss of power broke it. Cuts it where damage did as well, if that is asked for.
pub(super) fn mend(directory: &Path, inner: &Path, cut_damage: bool, note: &mut Note) -> Result<(), Error> {
    let journals = journals(inner)?;
    let newest = journals.last().map(|journal| journal.number);
    let synced = note.said().filter(|synced| newest >= Some(synced.journal));
    if synced.is_none() {
        note.disregard();
        if !cut_damage {
            return Ok(());
        }
    }
    let mut broken: Vec<(&Journal, u64)> = Vec::new();
    for journal in &journals {
        let extent = journal.extent().map_err(|source| io_error("read", &journal.path, source))?;
        let is_damaged = synced.is_some_and(|synced| match journal.number.cmp(&synced.journal) {
            Ordering::Less => extent.broken,
            Ordering::Equal => extent.end < synced.bytes,
            Ordering::Greater => false,
        });
        // fjall syncs a journal before it begins another, and no commit may be there without those before it.
        let followed = broken.first().copied().filter(|_| extent.end > 0);
        let damage = if is_damaged { Some((journal, extent.end)) } else { followed };
        if let Some((journal, end)) = damage.filter(|_| !cut_damage) {
            let path = journal.path.display();
            return Err(damaged(
                format!("{path} can be read up to byte {end} only, and more of it was synced"),
                directory,
            ));
        }
        if extent.broken {
            broken.push((journal, extent.end));
        }
    }
    let cut =
        |(journal, end): (&Journal, u64)| journal.cut(end).map_err(|source| io_error("cut", &journal.path, source));
    broken.into_iter().try_for_each(cut)
}
