//! Copying an archive as it is, row by row, while it is written to.

use std::collections::BTreeSet;
use std::ops::Bound;
use std::path::Path;
use std::sync::Arc;

use rayon::prelude::*;
use serde::Serialize;

use crate::engine::{Commit, Durability, Engine, Order};
use crate::format::key::{self, META_FORMAT, META_REINDEX, META_SEAL, PACKS, PackId};
use crate::format::pack::Pack;
use crate::format::record::FormatRecord;
use crate::format::{FORMAT_VERSION, FormatError};

use super::acknowledged::Acknowledged;
use super::directory::open_engine;
use super::reindex::meta;
use super::store::{keyspace, pack_name};
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
        // Packs are not merged while they are copied; new ones come behind those that count.
        let _sealing = self.sealing();
        let (end, arrivals) = {
            let tail = self.tail();
            (tail.fresh.next, tail.next_arrival)
        };
        let mut report = BackupReport::default();
        let copy = &*opened.engine;
        self.begin_backup(copy)?;
        let ids = pack_ids(self.engine(), Some(end))?;
        let there = pack_ids(copy, None)?;
        let gone: Vec<PackId> = there.difference(&ids).copied().collect();
        let missing: Vec<PackId> = ids.difference(&there).copied().collect();
        let seen = (ids.len() - missing.len()) as u64;
        for (part, missing) in missing.chunks(ROWS_AT_ONCE).enumerate() {
            progress(seen + (part * ROWS_AT_ONCE) as u64, ids.len() as u64);
            self.copy_packs(copy, missing, &mut report)?;
        }
        for gone in gone.chunks(ROWS_AT_ONCE) {
            let writes = gone.iter().map(|id| (key::pack(*id), None)).collect();
            copy.commit(&Commit { expects: Vec::new(), writes }, Durability::Buffered)?;
            report.removed += gone.len() as u64;
        }
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
        let writes = vec![format, (META_REINDEX.to_vec(), Some(Vec::new())), seal];
        Ok(copy.commit(&Commit { expects: Vec::new(), writes }, Durability::Synced)?)
    }

    fn copy_packs(&self, copy: &dyn Engine, ids: &[PackId], report: &mut BackupReport) -> Result<(), Error> {
        let keys: Vec<Vec<u8>> = ids.iter().copied().map(key::pack).collect();
        let rows: Vec<Vec<u8>> = self.engine().get_many(&keys)?.into_iter().map(Option::unwrap_or_default).collect();
        let verify = |(id, row): (&PackId, &Vec<u8>)| {
            verify(*id, row).map_err(|error| Error::damaged(format!("pack {}: {error}", pack_name(*id))))
        };
        ids.par_iter().zip(&rows).try_for_each(verify)?;
        copy.reserve(&keys)?;
        report.packs += rows.len() as u64;
        report.bytes += rows.iter().map(|row| row.len() as u64).sum::<u64>();
        let writes = keys.into_iter().zip(rows.into_iter().map(Some)).collect();
        Ok(copy.commit(&Commit { expects: Vec::new(), writes }, Durability::Buffered)?)
    }
}

fn verify(id: PackId, row: &[u8]) -> Result<(), FormatError> {
    let pack = Pack::decode(id, row)?.ok_or_else(|| FormatError::Record("it is empty".into()))?;
    let mut outcome = Ok(());
    pack.each_text(|_, _, text| {
        if let Err(error) = text {
            outcome = Err(error);
        }
    });
    outcome
}

/// The ids of the packs of a store, of the fresh ones those before `end`.
fn pack_ids(engine: &dyn Engine, end: Option<PackId>) -> Result<BTreeSet<PackId>, Error> {
    let mut ids = BTreeSet::new();
    let counts = |id: PackId| end.is_none_or(|end| id >= key::SEALED || id < end);
    for row in engine.scan((Bound::Included(key::pack(0)), keyspace(PACKS).1), Order::Ascending) {
        let (row, value) = row?;
        let id = key::parse_number(&row, PACKS)?;
        if !value.is_empty() && counts(id) {
            ids.insert(id);
        }
    }
    Ok(ids)
}
