//! Reading the pages of an archive again, with the present rules.

use std::collections::{HashMap, HashSet};

use rayon::prelude::*;
use serde::Serialize;

use crate::archive::{Archive, Error, Exported, IngestOptions};
use crate::model::{NewCapture, NewOutcome, RawPage, StoryKey, Timestamp};
use crate::page::{self, Page};
use crate::text::canonical;

/// What reading pages again came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ReextractReport {
    /// Captures that have a page and were read by an earlier version of the rules.
    pub pages: u64,
    /// Captures whose page says something else by the present rules: another text, or another outcome.
    pub changed: u64,
    /// Captures that were added.
    pub captures: u64,
}

/// How to read pages again.
#[derive(Debug, Clone, Default)]
pub struct ReextractOptions {
    /// Count what would change, and change nothing.
    pub dry_run: bool,
}

/// So many pages are read at a time, on all cores.
const PAGES_AT_ONCE: usize = 64;

/// Reads the pages of an archive, or of some stories, with the present rules where an earlier version of them was at work.
///
/// Each new reading becomes a capture of the same key and time, which counts in the stead of the earlier one (see
/// [`standing`](crate::standing)): so a better text is no edit, and an edit that is one stays one. What others extracted is left alone, and so is
/// what is of the present version: run again, nothing happens. `progress` is told how many pages were read.
///
/// ```
/// use morgue::{Archive, exchange};
///
/// let archive = Archive::in_memory();
/// let report = exchange::reextract(&archive, &[], &exchange::ReextractOptions::default(), |_| {}).unwrap();
/// assert_eq!(report.pages, 0);
/// ```
///
/// # Errors
/// As [`Archive::export`] and [`Archive::ingest_many`]. What was read before is kept, and the next call goes on.
pub fn reextract(
    archive: &Archive,
    stories: &[StoryKey],
    options: &ReextractOptions,
    mut progress: impl FnMut(u64),
) -> Result<ReextractReport, Error> {
    let mut report = ReextractReport::default();
    let present = page::source();
    let mut done = Done::default();
    let mut old: Vec<(NewCapture, RawPage)> = Vec::new();
    for fact in archive.export(stories)? {
        let Exported::Capture(capture) = fact? else { continue };
        let NewCapture { raw: Some(raw), .. } = *capture.clone() else { continue };
        let is_old = is_by_earlier_rules(&capture, &present);
        if is_old && !done.has(archive, &present, &capture.key, capture.captured_at)? {
            old.push((*capture, raw));
        }
        if old.len() >= PAGES_AT_ONCE {
            read_again(archive, options, std::mem::take(&mut old), &mut report)?;
            progress(report.pages);
        }
    }
    read_again(archive, options, old, &mut report)?;
    progress(report.pages);
    if !options.dry_run {
        archive.flush()?;
    }
    Ok(report)
}

/// Says whether an earlier version of our rules has read the page of a capture.
fn is_by_earlier_rules(capture: &NewCapture, present: &str) -> bool {
    let program = |source: &str| source.split(' ').next().unwrap_or_default().to_owned();
    capture.observation.source.as_deref().is_some_and(|own| own != present && program(own) == program(present))
}

/// When the pages of the key that was asked for last were read with the present rules.
#[derive(Default)]
struct Done(HashMap<StoryKey, HashSet<Timestamp>>);

impl Done {
    fn has(&mut self, archive: &Archive, present: &str, key: &StoryKey, at: Timestamp) -> Result<bool, Error> {
        if !self.0.contains_key(key) {
            let captures = archive.captures(key)?;
            let own = captures.iter().filter(|capture| capture.key == *key);
            let read = own.filter(|capture| capture.observation.source.as_deref() == Some(present));
            self.0 = HashMap::from([(key.clone(), read.map(|capture| capture.captured_at).collect())]);
        }
        Ok(self.0.get(key).is_some_and(|times| times.contains(&at)))
    }
}

fn read_again(
    archive: &Archive,
    options: &ReextractOptions,
    old: Vec<(NewCapture, RawPage)>,
    report: &mut ReextractReport,
) -> Result<(), Error> {
    let new: Vec<NewCapture> = old.par_iter().map(|(capture, raw)| reading(capture, raw)).collect();
    report.pages += new.len() as u64;
    let is_changed = |(new, (old, _)): &(&NewCapture, &(NewCapture, RawPage))| !is_same(&new.outcome, &old.outcome);
    report.changed += new.iter().zip(&old).filter(is_changed).count() as u64;
    if options.dry_run {
        return Ok(());
    }
    report.captures += archive.ingest_many(new, &IngestOptions::default(), |_| {})?.captures;
    Ok(())
}

/// Says whether two outcomes are kept as the same.
fn is_same(one: &NewOutcome, other: &NewOutcome) -> bool {
    match (one, other) {
        (NewOutcome::Article(one), NewOutcome::Article(other))
        | (NewOutcome::Teaser(one), NewOutcome::Teaser(other)) => {
            canonical(one).ok().map(|form| form.hash) == canonical(other).ok().map(|form| form.hash)
        }
        (one, other) => one == other,
    }
}

/// A capture as it is by the present rules. Its key stays, whatever the page says of its names now.
fn reading(capture: &NewCapture, raw: &RawPage) -> NewCapture {
    let mut page = Page::new(&raw.url, &raw.body);
    page.content_type = raw.content_type.as_deref();
    page.status = capture.observation.status;
    let read = page::read(&page, &page::Options::default());
    let (outcome, observation) = read.into_outcome(capture.captured_at);
    NewCapture { outcome, observation, ..capture.clone() }
}
