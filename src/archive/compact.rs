//! Rewriting an archive: into a fresh store of its own directory, or into another directory.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use serde::Serialize;

use crate::engine::{self, Commit, Durability, Engine, EngineKind, Entry, KeyRange, Order, Scan};

use super::acknowledged::Acknowledged;
use super::directory::{expect_empty, make_store, open_engine};
use super::marker::Marker;
use super::served;
use super::{Archive, CheckOptions, Error, OpenOptions};

/// How to rewrite an archive.
#[derive(Debug, Clone)]
pub struct CompactOptions {
    /// How hard to compress: a level of zstd, 1 to 22. 19 by default; lower ones are quicker and take more room.
    pub level: i32,
    /// Say what the archive would take afterwards, and change nothing. Takes as long as the packing itself.
    pub dry_run: bool,
}

impl Default for CompactOptions {
    fn default() -> Self {
        Self { level: 19, dry_run: false }
    }
}

/// What rewriting an archive came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct CompactReport {
    /// How many captures the archive has.
    pub captures: u64,
    /// How many bytes on disk the archive took before.
    pub bytes_before: u64,
    /// How many it takes now. Of a dry run: those of the rows alone; a store takes a little more.
    pub bytes_after: u64,
    /// The engine that the rewritten archive is on.
    pub engine: EngineKind,
    /// Whether nothing was changed.
    pub dry_run: bool,
}

impl Archive {
    /// Rewrites the archive in a directory so that it takes as little room as it can: sorted by story, older versions packed
    /// against newer ones, without what the engine has left behind. Nothing that can be read changes, cursors included.
    ///
    /// A fresh store is filled beside the old one, verified to the last byte, synced, and put in its place by the renaming of one
    /// small file: a stop at any moment leaves one whole archive. Meanwhile the disk holds both. `progress` is told how far it is:
    /// a number and what it will be at the end.
    ///
    /// ```
    /// use morgue::{Archive, CompactOptions, OpenOptions};
    ///
    /// # fn main() -> Result<(), morgue::Error> {
    /// # let dir = tempfile::tempdir().unwrap();
    /// drop(Archive::open(dir.path(), &OpenOptions::default())?);
    /// let report = Archive::compact(dir.path(), &OpenOptions::default(), &CompactOptions::default(), |_, _| {})?;
    /// assert_eq!(report.captures, 0);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::ReadOnly`] with such options, unless it is a dry run; as [`Archive::open`]; damage, which `salvage` may help.
    pub fn compact(
        path: impl AsRef<Path>,
        options: &OpenOptions,
        compact: &CompactOptions,
        mut progress: impl FnMut(u64, u64),
    ) -> Result<CompactReport, Error> {
        let path = path.as_ref();
        let options = OpenOptions { create: false, ..options.clone() };
        let archive = Self::open_own(path, &options).map_err(|error| served::told(path, error))?;
        let marker = Marker::read(path)?.ok_or_else(|| Error::NoArchive { path: path.to_owned() })?;
        let mut report = CompactReport {
            captures: 0,
            bytes_before: archive.engine().size_on_disk()?,
            bytes_after: 0,
            engine: marker.engine,
            dry_run: compact.dry_run,
        };
        let total = archive.tail().next_arrival;
        if compact.dry_run {
            let tally = Tally::default();
            report.captures = archive.fill(&tally, compact.level, &mut |done| progress(done.min(total), total))?;
            report.bytes_after = tally.0.load(Ordering::Relaxed);
            return Ok(report);
        }
        archive.writable()?;
        let fresh = Fresh::new(path, marker.next());
        report.captures = archive.rewrite(&fresh, &options, compact.level, &mut progress)?;
        fresh.take_place(path)?;
        // From here on the fresh store is the archive's. What cannot be removed now is removed by the next one to write.
        drop(archive);
        let _ = fs::remove_dir_all(path.join(&marker.store));
        report.bytes_after = engine::size_of_directory(path)?;
        Ok(report)
    }

    /// Copies the whole archive into a new directory, also to another engine ([`OpenOptions::engine`]), as [`Archive::compact`]
    /// packs it. Nothing is archived meanwhile. What both archives export is the same, and so are the cursors of their feeds.
    ///
    /// ```
    /// use morgue::{Archive, CompactOptions, OpenOptions};
    ///
    /// # fn main() -> Result<(), morgue::Error> {
    /// # let dir = tempfile::tempdir().unwrap();
    /// let archive = Archive::open(dir.path().join("one"), &OpenOptions::default())?;
    /// let two = dir.path().join("two");
    /// archive.copy(&two, &OpenOptions::default(), &CompactOptions::default(), |_, _| {})?;
    /// assert_eq!(Archive::open(&two, &OpenOptions::default())?.stats()?.captures, 0);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::NotAnArchive`] and [`Error::NotEmpty`] where the directory is not empty; [`engine::Error::InUse`] where this archive is read by way of
    /// another process, which cannot wait for so long; I/O; damage.
    pub fn copy(
        &self,
        out: impl AsRef<Path>,
        options: &OpenOptions,
        compact: &CompactOptions,
        mut progress: impl FnMut(u64, u64),
    ) -> Result<CompactReport, Error> {
        let out = out.as_ref();
        self.inner.served.as_ref().map_or(Ok(()), |served| served.refuse(self.inner.directory()))?;
        expect_empty(out)?;
        let options = OpenOptions { create: true, read_only: false, repair: false, ..options.clone() };
        let opened = open_engine(out, &options)?;
        let captures = self.fill_and_verify(&opened.engine, &options, compact.level, &mut progress)?;
        Acknowledged::open(out, false)?.renew(self.tail().next_arrival)?;
        opened.settle(out, &options)?;
        Ok(CompactReport {
            captures,
            bytes_before: self.engine().size_on_disk()?,
            bytes_after: opened.engine.size_on_disk()?,
            engine: opened.kind(),
            dry_run: false,
        })
    }

    /// Fills a fresh store beside the archive's own; it is removed when that fails.
    fn rewrite(
        &self,
        fresh: &Fresh,
        options: &OpenOptions,
        level: i32,
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<u64, Error> {
        let filled = make_store(&fresh.workshop, fresh.marker.engine, options)
            .and_then(|engine| self.fill_and_verify(&engine, options, level, progress));
        if filled.is_err() {
            let _ = fs::remove_dir_all(&fresh.workshop);
        }
        filled
    }

    /// Fills a store and reads it all again.
    fn fill_and_verify(
        &self,
        engine: &Arc<dyn Engine>,
        options: &OpenOptions,
        level: i32,
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<u64, Error> {
        // Verifying takes about a third of the time.
        let total = self.tail().next_arrival * 3 / 2;
        let captures = self.fill(&**engine, level, &mut |done| progress(done.min(total), total))?;
        let options = OpenOptions { read_only: true, repair: false, ..options.clone() };
        let copy = Self::start(Arc::clone(engine), &options, None)?;
        let verified = copy.check(&CheckOptions { deep: true }, |done, of| {
            progress((captures + (total - captures.min(total)) * done / of.max(1)).min(total), total);
        })?;
        if let Some(finding) = verified.findings.first() {
            return Err(Error::damaged(format!(
                "what was written is not what was read: {finding}; nothing was changed"
            )));
        }
        if verified.captures != captures || copy.tail().next_arrival != self.tail().next_arrival {
            let found = verified.captures;
            return Err(Error::damaged(format!(
                "{captures} captures were written and {found} read; nothing was changed"
            )));
        }
        Ok(captures)
    }
}

/// A store that is to take the place of the archive's.
struct Fresh {
    /// A directory of its own, with a lock of its own, in which the store is made. Its name is that of a stray store, so that it is
    /// removed when it was left behind.
    workshop: PathBuf,
    marker: Marker,
}

impl Fresh {
    fn new(directory: &Path, marker: Marker) -> Self {
        let workshop = directory.join(marker.next().store);
        for left in [&workshop, &directory.join(&marker.store)] {
            let _ = fs::remove_dir_all(left);
        }
        Self { workshop, marker }
    }

    /// Moves the store beside that of the archive, and has the marker name it: that is the moment at which it becomes the archive's.
    fn take_place(&self, directory: &Path) -> Result<(), Error> {
        let (made, path) = (self.workshop.join(self.marker.engine.name()), directory.join(&self.marker.store));
        fs::rename(&made, &path).map_err(|source| Error::Io { doing: "move", path: made.clone(), source })?;
        self.marker.write(directory)?;
        let _ = fs::remove_dir_all(&self.workshop);
        Ok(())
    }
}

/// An engine that only counts what is written.
#[derive(Debug, Default)]
struct Tally(AtomicU64);

impl Engine for Tally {
    fn name(&self) -> &'static str {
        "none"
    }

    fn get(&self, _: &[u8]) -> Result<Option<Vec<u8>>, engine::Error> {
        Ok(None)
    }

    fn scan(&self, _: KeyRange, _: Order) -> Scan<'_> {
        Box::new(std::iter::empty())
    }

    fn commit(&self, commit: &Commit, _: Durability) -> Result<(), engine::Error> {
        let size = |(key, value): &Entry| key.len() + value.as_ref().map_or(0, Vec::len);
        self.0.fetch_add(commit.writes.iter().map(size).sum::<usize>() as u64, Ordering::Relaxed);
        Ok(())
    }

    fn flush(&self) -> Result<(), engine::Error> {
        Ok(())
    }

    fn size_on_disk(&self) -> Result<u64, engine::Error> {
        Ok(self.0.load(Ordering::Relaxed))
    }
}
