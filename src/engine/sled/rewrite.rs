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
/// A smaller log stays as it is, and a larger one too: sled keeps much of what it reads in memory, and who closes a store does not
/// wait for long.
const LEAST_BYTES: u64 = 1 << 20;
const MOST_BYTES: u64 = 128 << 20;
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
    /// By how much the rows have grown meanwhile.
    pub(super) added: i64,
}

impl Growth {
    /// Says whether writing the store anew may pay. The time that takes is in proportion to what was written since the opening: a
    /// large store to which little was added stays as it is.
    pub(super) fn is_much(self) -> bool {
        let grown = self.now.saturating_sub(self.before);
        (LEAST_BYTES..=MOST_BYTES).contains(&self.now)
            && grown >= self.now / 2
            && grown >= self.added.max(0).cast_unsigned() / 8 * 9
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::sled::options::SUBDIRECTORY;
    use crate::engine::{Commit, Durability, Engine, Order, Row, SledEngine};
    use std::ops::Bound;

    fn options() -> SledOptions {
        SledOptions::default().create(true).cache_bytes(CACHE_BYTES)
    }

    /// Rows that are overwritten again and again, in no order.
    fn fill(engine: &SledEngine, times: u32) {
        for time in 0..times {
            for first in (0..4_000_u32).step_by(40) {
                let row = |n: u32| (n.wrapping_mul(2_654_435_761).to_be_bytes().to_vec(), Some(vec![time as u8; 300]));
                let commit = Commit { writes: (first..first + 40).map(row).collect(), ..Commit::default() };
                engine.commit(&commit, Durability::Buffered).unwrap();
            }
        }
    }

    fn rows(engine: &SledEngine) -> Vec<Row> {
        let all = engine.scan((Bound::Unbounded, Bound::Unbounded), Order::Ascending);
        all.collect::<Result<_, _>>().unwrap()
    }

    fn room(home: &Path) -> u64 {
        disk::size(&home.join(SUBDIRECTORY)).unwrap()
    }

    #[test]
    fn a_log_is_written_anew_where_it_has_grown_by_much_more_than_its_rows() {
        let growth =
            |before: u64, now: u64, added: i64| Growth { before: before << 10, now: now << 10, added: added << 10 };
        assert!(growth(0, 2_000, 1_500).is_much() && growth(900, 2_000, -50).is_much());
        // Hardly more than what was added; a little one; little since it was opened; a very large one.
        for other in [growth(0, 2_000, 1_900), growth(0, 900, 100), growth(1_500, 2_000, 10), growth(0, 200_000, 1)] {
            assert!(!other.is_much(), "{other:?}");
        }
    }

    #[test]
    fn a_store_that_has_grown_much_is_small_after_it_is_closed_and_holds_what_it_held() {
        let home = tempfile::tempdir().unwrap();
        let engine = SledEngine::open(home.path(), &options()).unwrap();
        fill(&engine, 3);
        engine.flush().unwrap();
        let (before, held) = (room(home.path()), rows(&engine));
        drop(engine);
        let after = room(home.path());
        assert!(after < 1_800_000 && after * 3 < before, "{before} bytes before, {after} after");
        let store = home.path().join(SUBDIRECTORY);
        assert!(!store.join(FRESH).exists());
        // It is as good as any other, and little is added to it.
        let engine = SledEngine::open(home.path(), &options()).unwrap();
        assert_eq!(rows(&engine), held);
        engine
            .commit(&Commit { writes: vec![(vec![0], Some(vec![1]))], ..Commit::default() }, Durability::Synced)
            .unwrap();
        drop(engine);
        assert_eq!(rows(&SledEngine::open(home.path(), &options()).unwrap()).len(), held.len() + 1);
    }

    /// A stop between any two steps leaves one whole store, whose snapshot, if there is one, is its own.
    #[test]
    fn a_stop_while_a_log_takes_the_place_of_another_loses_nothing() {
        let made = tempfile::tempdir().unwrap();
        let of_made = made.path().join(SUBDIRECTORY);
        // By sled alone, so that nothing is written anew. It makes a snapshot when it opens a store to which something was written.
        let db = open_store(made.path(), &of_made, &options()).unwrap();
        for n in 0..12_000_u32 {
            db.insert((n % 4_000).wrapping_mul(2_654_435_761).to_be_bytes(), vec![(n / 4_000) as u8; 300]).unwrap();
        }
        drop(db);
        let db = open_store(made.path(), &of_made, &options()).unwrap();
        let held: Vec<Row> =
            db.iter().map(|row| row.map(|(key, value)| (key.to_vec(), value.to_vec())).unwrap()).collect();
        drop(db);
        let names = fs::read_dir(made.path().join(SUBDIRECTORY)).unwrap();
        let is_snapshot = |name: &std::ffi::OsStr| name.to_string_lossy().starts_with("snap.");
        assert!(names.map(Result::unwrap).any(|entry| is_snapshot(&entry.file_name())), "nothing to be removed");
        for steps in 0..4 {
            let home = tempfile::tempdir().unwrap();
            let store = home.path().join(SUBDIRECTORY);
            fs::create_dir_all(store.join(BLOBS)).unwrap();
            for entry in fs::read_dir(made.path().join(SUBDIRECTORY)).unwrap().map(Result::unwrap) {
                if entry.file_type().unwrap().is_file() {
                    fs::copy(entry.path(), store.join(entry.file_name())).unwrap();
                }
            }
            let db = open_store(home.path(), &store, &options()).unwrap();
            let fresh = Fresh::of(&db, &store, u64::MAX, &options()).unwrap().unwrap();
            drop(db);
            if steps > 0 {
                files::remove_snapshots(&store).unwrap();
            }
            if steps > 1 {
                fs::rename(fresh.directory.join(LOG), store.join(LOG)).unwrap();
            }
            if steps > 2 {
                fresh.remove();
            }
            let engine = SledEngine::open(home.path(), &options()).unwrap();
            assert!(rows(&engine) == held, "after {steps} steps");
            assert!(!store.join(FRESH).exists());
        }
    }

    #[test]
    fn stores_are_the_same_when_all_their_rows_are() {
        let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let [one, other] = [&one, &other].map(|dir| open_store(dir.path(), dir.path(), &options()).unwrap());
        let same = || is_same(one.iter(), other.iter(), &options()).unwrap();
        for n in 0..300_u32 {
            one.insert(n.to_be_bytes(), vec![1]).unwrap();
            assert!(!same(), "a row is missing");
            other.insert(n.to_be_bytes(), vec![1]).unwrap();
        }
        assert!(same());
        other.insert(7_u32.to_be_bytes(), vec![2]).unwrap();
        assert!(!same(), "a value is another one");
    }
}
