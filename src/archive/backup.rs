//! Copying an archive as it is, row by row, while it is written to.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use rayon::prelude::*;
use serde::Serialize;

use crate::engine::{Commit, Durability, Engine, Order};
use crate::format::gather::decode_feed;
use crate::format::key::{self, FEED, META_BACKUP, META_FORMAT, META_REINDEX, META_SEAL, PACKS, PackId};
use crate::format::pack::Pack;
use crate::format::record::{FeedEntry, FormatRecord};
use crate::format::{FORMAT_VERSION, FormatError};

use super::acknowledged::Acknowledged;
use super::directory::open_engine;
use super::reindex::meta;
use super::store::{in_pack, keyspace};
use super::{Archive, Error, OpenOptions};

/// What a backup came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct BackupReport {
    /// How many captures the backup holds.
    pub captures: u64,
    /// How many packs were copied; the others were in the backup already.
    pub packs: u64,
    /// Their bytes.
    pub bytes: u64,
    /// How many packs the backup held that the archive no longer has, having made larger ones of them.
    pub removed: u64,
}

/// So many rows are verified and written at a time.
const ROWS_AT_ONCE: usize = 64;

impl Archive {
    /// Brings a directory to hold what this archive holds now: a whole archive of its own, which can be opened.
    ///
    /// Other threads may archive meanwhile: the backup holds what had been committed when it began. Every text is verified on its
    /// way. What a backup in the same directory has copied before is not copied again, so that the next one costs what is new. A
    /// backup that was stopped says so when it is opened, and the next one finishes it. `progress` is told the packs seen and how
    /// many there are.
    ///
    /// ```
    /// use morgue::{Archive, Article, Durability, NewCapture, OpenOptions, StoryKey};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let dir = tempfile::tempdir()?;
    /// let archive = Archive::open(dir.path().join("archive"), &OpenOptions::default())?;
    /// let capture = NewCapture::article(StoryKey::id("bridge")?, "2026-03-01".parse()?, Article::new("Closed"));
    /// archive.ingest(capture, Durability::Synced)?;
    /// let copy = dir.path().join("backup");
    /// assert_eq!(archive.backup(&copy, &OpenOptions::default(), |_, _| {})?.captures, 1);
    /// assert_eq!(archive.backup(&copy, &OpenOptions::default(), |_, _| {})?.packs, 0);
    /// assert_eq!(Archive::open(&copy, &OpenOptions::default())?.stats()?.captures, 1);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::NotAnArchive`] where other files are; I/O; damage: the backup keeps what it had then.
    pub fn backup(
        &self,
        out: impl AsRef<Path>,
        options: &OpenOptions,
        mut progress: impl FnMut(u64, u64),
    ) -> Result<BackupReport, Error> {
        let out = out.as_ref();
        let options = OpenOptions { create: true, read_only: false, repair: true, ..options.clone() };
        let opened = open_engine(out, &options)?;
        self.expect_backup(&*opened.engine, out)?;
        // Packs are not merged while they are copied; new ones come behind those that count.
        let _sealing = self.sealing();
        let _holds = self.inner.served.as_ref().map(|served| served.hold_packs()).transpose()?;
        let (end, arrivals) = {
            let mut tail = self.tail();
            tail.is_stale |= self.inner.served.is_some();
            tail.refresh(self.engine())?;
            (tail.fresh.next, tail.next_arrival)
        };
        let mut report = BackupReport::default();
        let copy = &*opened.engine;
        self.begin_backup(copy)?;
        let packs = packs_in(self.engine(), Some(end))?;
        let there = packs_in(copy, None)?;
        let gone: Vec<PackId> = there.keys().filter(|id| !packs.contains_key(*id)).copied().collect();
        let is_missing = |(id, sum): &(&PackId, &Option<[u8; 8]>)| there.get(*id) != Some(*sum);
        let missing: Vec<PackId> = packs.iter().filter(is_missing).map(|(id, _)| *id).collect();
        let seen = (packs.len() - missing.len()) as u64;
        for (part, missing) in missing.chunks(ROWS_AT_ONCE).enumerate() {
            progress(seen + (part * ROWS_AT_ONCE) as u64, packs.len() as u64);
            self.copy_packs(copy, missing, &mut report)?;
        }
        for gone in gone.chunks(ROWS_AT_ONCE) {
            let writes = gone.iter().map(|id| (key::pack(*id), None)).collect();
            copy.commit(&Commit { writes, ..Commit::default() }, Durability::Buffered)?;
            report.removed += gone.len() as u64;
        }
        self.copy_states(copy)?;
        copy.flush()?;
        let acknowledged = Acknowledged::open(out, false)?;
        let archive = Self::start(Arc::clone(&opened.engine), &options, Some(acknowledged))?;
        report.captures = archive.reindex(|_, _| {})?.captures;
        if report.captures < arrivals {
            let found = report.captures;
            return Err(Error::damaged(format!("the archive has {arrivals} captures and its packs hold {found}")));
        }
        opened.settle(out, &options)?;
        Ok(report)
    }

    /// Makes the store say that it is not whole, until it is.
    fn begin_backup(&self, copy: &dyn Engine) -> Result<(), Error> {
        let format = meta(META_FORMAT, &FormatRecord { version: FORMAT_VERSION })?;
        let seal = (META_SEAL.to_vec(), self.engine().get(META_SEAL)?);
        let mark = |row: &[u8]| (row.to_vec(), Some(Vec::new()));
        let writes = vec![format, mark(META_REINDEX), mark(META_BACKUP), seal];
        Ok(copy.commit(&Commit { writes, ..Commit::default() }, Durability::Synced)?)
    }

    /// Refuses to overwrite what is no backup of this archive: the first capture that an archive took in tells it from others.
    fn expect_backup(&self, copy: &dyn Engine, path: &Path) -> Result<(), Error> {
        let is_new = copy.get(META_FORMAT)?.is_none();
        let is_backup = copy.get(META_BACKUP)?.is_some();
        // A backup that was stopped has no feed.
        let is_ours = match (first_key(copy)?, first_key(self.engine())?) {
            (Some(theirs), Some(ours)) => theirs == ours,
            (Some(_), None) => false,
            (None, _) => true,
        };
        if is_new || (is_backup && is_ours) { Ok(()) } else { Err(Error::NotABackup { path: path.to_owned() }) }
    }

    fn copy_packs(&self, copy: &dyn Engine, ids: &[PackId], report: &mut BackupReport) -> Result<(), Error> {
        let keys: Vec<Vec<u8>> = ids.iter().copied().map(key::pack).collect();
        let rows: Vec<Vec<u8>> = self.engine().get_many(&keys)?.into_iter().map(Option::unwrap_or_default).collect();
        let verify = |(id, row): (&PackId, &Vec<u8>)| self.verify(*id, row).map_err(|error| in_pack(&error, *id));
        ids.par_iter().zip(&rows).try_for_each(verify)?;
        copy.reserve(&keys)?;
        for (id, row) in ids.iter().zip(&rows) {
            self.copy_pages(copy, *id, row, report)?;
        }
        report.packs += rows.len() as u64;
        report.bytes += rows.iter().map(|row| row.len() as u64).sum::<u64>();
        let writes = keys.into_iter().zip(rows.into_iter().map(Some)).collect();
        Ok(copy.commit(&Commit { writes, ..Commit::default() }, Durability::Buffered)?)
    }

    /// Copies the pages that were kept beside captures of a pack, those that are not there yet. Their rows never change.
    fn copy_pages(&self, copy: &dyn Engine, id: PackId, row: &[u8], report: &mut BackupReport) -> Result<(), Error> {
        let Some(pack) = Pack::decode(id, row).map_err(|error| in_pack(&error, id))? else { return Ok(()) };
        for section in &pack.sections {
            for raw in &section.raws {
                let at = |error: Error| error.in_story(&section.key).at(raw.captured_at);
                let rows = self.store().raw_rows(&section.sort, raw.hash).map_err(at)?;
                let is_there = rows.last().map_or(Ok(true), |(row, _)| copy.get(row).map(|row| row.is_some()))?;
                if is_there {
                    continue;
                }
                self.store().raw_page(&section.sort, raw.hash).map_err(at)?;
                report.bytes += rows.iter().map(|(_, value)| value.len() as u64).sum::<u64>();
                let writes = rows.into_iter().map(|(row, value)| (row, Some(value))).collect();
                copy.commit(&Commit { writes, ..Commit::default() }, Durability::Buffered)?;
            }
        }
        Ok(())
    }

    fn verify(&self, id: PackId, row: &[u8]) -> Result<(), FormatError> {
        let pack = Pack::decode(id, row)?.ok_or_else(|| FormatError::Record("it is empty".into()))?;
        let mut outcome = Ok(());
        pack.each_text(self.store().finder(), |_, _, text| {
            if let Err(error) = text {
                outcome = Err(error);
            }
        });
        outcome
    }
}

/// The packs of a store, of the fresh ones those before `end`: their ids and checksums, as an archive that was compacted has others
/// under the same ids.
fn packs_in(engine: &dyn Engine, end: Option<PackId>) -> Result<BTreeMap<PackId, Option<[u8; 8]>>, Error> {
    let mut packs = BTreeMap::new();
    let counts = |id: PackId| end.is_none_or(|end| id >= key::SEALED || id < end);
    for row in engine.scan(keyspace(PACKS), Order::Ascending) {
        let (row, value) = row?;
        let id = key::parse_number(&row, PACKS)?;
        if !value.is_empty() && counts(id) {
            packs.insert(id, value.last_chunk::<8>().copied());
        }
    }
    Ok(packs)
}

/// The first entry of a feed: the key of the first capture that the archive took in. It never changes.
fn first_key(engine: &dyn Engine) -> Result<Option<FeedEntry>, Error> {
    let Some(row) = engine.scan(keyspace(FEED), Order::Ascending).next() else { return Ok(None) };
    let (row, value) = row?;
    Ok(decode_feed(&row, &value)?.entries.into_iter().next())
}
