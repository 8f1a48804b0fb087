//! Writing a store anew when it is closed and most of its log was overwritten.
//!
//! sled 0.34 writes a row once more whenever the leaf in which it stands is split or has had ten changes, and all of an inner node
//! for every leaf that is split under it; and the file never becomes shorter. So what an import leaves is two or three times what it
//! wrote. Rows whose keys were laid out before, in ascending order, are written once (see `reserve` in `sled.rs`): a store that has
//! grown much since it was opened is copied so, held to the rows, and takes the place of the log by the renaming of one file.

use std::collections::VecDeque;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use ::sled::{Db, IVec, Iter};

use super::files::{self, BLOBS, LOG};
use super::store::open_store;
use super::{SledOptions, errors};
use crate::engine::Error;
use crate::engine::disk::{self, io_error};
use crate::engine::gate::{GATE, Reading};

/// The directory in which the new log is made, in that of the store. One that was left by a process that was killed is of no use.
pub(super) const FRESH: &str = "fresh";
/// A smaller log stays as it is, and a larger one too: who closes a store does not wait for long.
const LEAST_BYTES: u64 = 1 << 20;
const MOST_BYTES: u64 = 256 << 20;
/// So many rows are read at a time, or so many bytes ...
const ROWS_AT_ONCE: usize = 128;
const BYTES_AT_ONCE: usize = 4 << 20;
/// ... and so many stay behind the last key that is laid out.
const ROWS_BEHIND: usize = 32;
const BYTES_PER_FLUSH: usize = 32 << 20;
const CACHE_BYTES: u64 = 16 << 20;

/// How a log has grown, in bytes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Growth {
    /// How long it was when the store was opened.
    pub(super) before: u64,
    pub(super) now: u64,
    /// How much was given to the store meanwhile.
    pub(super) given: u64,
}

impl Growth {
    /// Says whether writing the store anew may pay. The time that takes is in proportion to what was written since the opening: a
    /// large store to which little was added stays as it is.
    pub(super) fn is_much(self) -> bool {
        let grown = self.now.saturating_sub(self.before);
        (LEAST_BYTES..=MOST_BYTES).contains(&self.now) && grown >= self.now / 2 && grown >= self.given / 8 * 9
    }
}

/// A new log that holds what the old one does, synced.
#[derive(Debug)]
pub(super) struct Fresh {
    directory: PathBuf,
}

impl Fresh {
    /// Copies a store, which nobody changes meanwhile; `None` when the copy is not much smaller than `now`.
    pub(super) fn of(db: &Db, store: &Path, now: u64, options: &SledOptions) -> Result<Option<Self>, Error> {
        let fresh = Self { directory: store.join(FRESH) };
        let copied = fresh.copy(db, &options.clone().cache_bytes(CACHE_BYTES));
        let is_smaller = |room: u64| room < now / 8 * 7;
        match copied {
            Ok(room) if is_smaller(room) => Ok(Some(fresh)),
            other => {
                fresh.remove();
                other.map(|_| None)
            }
        }
    }

    /// Returns how much room the copy takes.
    fn copy(&self, db: &Db, options: &SledOptions) -> Result<u64, Error> {
        let of_sled = |error| errors::from_sled(error, "copy", &self.directory);
        self.remove();
        fs::create_dir_all(&self.directory).map_err(|source| io_error("create", &self.directory, source))?;
        let copy = open_store(&self.directory, &self.directory, options)?;
        Copying::new(&copy, options).run(db.iter()).map_err(of_sled)??;
        copy.flush().map_err(of_sled)?;
        drop(copy);
        // As it will be found: opened anew.
        let copy = open_store(&self.directory, &self.directory, options)?;
        let is_same = is_same(db.iter(), copy.iter(), options)?;
        drop(copy);
        if !is_same || has_blobs(&self.directory) {
            let what = "a copy of the store has not the same rows".to_owned();
            return Err(Error::Damaged { path: self.directory.clone(), what });
        }
        self.sync(options)
    }

    fn sync(&self, options: &SledOptions) -> Result<u64, Error> {
        let path = self.directory.join(LOG);
        let failed = |source| io_error("sync", &path, source);
        let log = File::options().read(true).write(true).open(&path).map_err(failed)?;
        files::fill_last_segment(&log, options.segment_bytes).map_err(failed)?;
        log.sync_all().map_err(failed)?;
        Ok(disk::room(&log.metadata().map_err(failed)?))
    }

    /// Puts the new log in the place of the old one, whose store is closed.
    ///
    /// A snapshot tells where pages stand in its own log. So those of the old log go first, for good: without one, sled reads the log.
    pub(super) fn take_place(self, store: &Path) -> Result<(), Error> {
        files::remove_snapshots(store)?;
        disk::sync_directory(store)?;
        let log = store.join(LOG);
        fs::rename(self.directory.join(LOG), &log).map_err(|source| io_error("replace", &log, source))?;
        disk::sync_directory(store)?;
        self.remove();
        Ok(())
    }

    /// What cannot be removed now is removed when the store is opened.
    pub(super) fn remove(&self) {
        let _ = fs::remove_dir_all(&self.directory);
    }
}

fn has_blobs(store: &Path) -> bool {
    fs::read_dir(store.join(BLOBS)).is_ok_and(|mut blobs| blobs.next().is_some())
}

/// A place beside other readers, between which others can change their stores.
fn turn(options: &SledOptions) -> Result<Reading<'static>, Error> {
    GATE.read(options.stall_after).map_err(|_| Error::Stalled { seconds: options.stall_after.as_secs() })
}

/// Rows on their way into a store, in the order of their keys.
struct Copying<'a> {
    to: &'a Db,
    options: &'a SledOptions,
    rows: VecDeque<(IVec, IVec)>,
    unflushed: usize,
}

impl<'a> Copying<'a> {
    const fn new(to: &'a Db, options: &'a SledOptions) -> Self {
        Self { to, options, rows: VecDeque::new(), unflushed: 0 }
    }

    fn run(mut self, mut from: Iter) -> ::sled::Result<Result<(), Error>> {
        loop {
            let _turn = match turn(self.options) {
                Ok(turn) => turn,
                Err(stalled) => return Ok(Err(stalled)),
            };
            let is_last = self.lay_out(&mut from)?;
            self.write(if is_last { 0 } else { ROWS_BEHIND })?;
            if is_last {
                return Ok(Ok(()));
            }
        }
    }

    /// Reads some rows and lays out their keys; says whether they were the last.
    fn lay_out(&mut self, from: &mut Iter) -> ::sled::Result<bool> {
        let mut bytes = 0;
        for _ in 0..ROWS_AT_ONCE {
            let Some((key, value)) = from.next().transpose()? else { return Ok(true) };
            self.to.insert(&key, IVec::default())?;
            bytes += value.len();
            self.rows.push_back((key, value));
            if bytes >= BYTES_AT_ONCE && self.rows.len() > ROWS_BEHIND {
                break;
            }
        }
        Ok(false)
    }

    /// Gives all keys but the last few their values.
    fn write(&mut self, behind: usize) -> ::sled::Result<()> {
        for (key, value) in self.rows.drain(..self.rows.len().saturating_sub(behind)) {
            self.unflushed += value.len();
            self.to.insert(key, value)?;
        }
        if self.unflushed >= BYTES_PER_FLUSH {
            self.to.flush()?;
            self.unflushed = 0;
        }
        Ok(())
    }
}

/// Holds two stores to each other, row by row.
fn is_same(one: Iter, other: Iter, options: &SledOptions) -> Result<bool, Error> {
    let (mut one, mut other) = (one.fuse(), other.fuse());
    loop {
        let _turn = turn(options)?;
        for _ in 0..ROWS_AT_ONCE {
            match (one.next(), other.next()) {
                (None, None) => return Ok(true),
                (Some(Ok(row)), Some(Ok(same))) if row == same => {}
                _ => return Ok(false),
            }
        }
    }
}
