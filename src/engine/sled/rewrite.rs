//! Writing a store anew when it is closed and most of its log was overwritten.
//!
//! sled 0.34 writes a row once more whenever the leaf in which it stands is split or has had ten changes, and all of an inner node
//! for every leaf that is split under it; and the file never becomes shorter. So what an import leaves is two or three times what it
//! wrote. Rows whose keys were laid out before, in ascending order, are written once (see `reserve` in `sled.rs`): a store that has
//! grown much since it was opened is copied so, held to the rows, and takes the place of the log by the renaming of one file.

use std::collections::VecDeque;
use std::fs::{self, File};
use std::ops::Bound;
use std::path::{Path, PathBuf};
use std::time::Instant;

use ::sled::{Db, IVec, Iter};

use super::files::{self, BLOBS, LOG};
use super::store::{open_db, open_store};
use super::{SledOptions, errors};
use crate::engine::Error;
use crate::engine::disk::{self, io_error};
use crate::engine::gate::{GATE, Reading};

/// The directory in which the new log is made, in that of the store. One that was left by a process that was killed is of no use.
pub(super) const FRESH: &str = "fresh";
/// A smaller log stays as it is, and a larger one too: who closes a store does not wait for minutes.
const LEAST_BYTES: u64 = 1 << 20;
const MOST_BYTES: u64 = 4 << 30;
/// sled keeps in memory what it has read until the store is closed, whatever its cache may hold: so after so many bytes the stores are
/// opened anew.
const BYTES_PER_PASS: u64 = 64 << 20;
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

/// What a copy may take.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    bytes_per_pass: u64,
    /// When it is given up.
    end: Instant,
}

impl Limits {
    /// Those of a store that is being closed: it is waited for as long as for anything else, and there is more to do.
    pub(super) fn of_closing(options: &SledOptions) -> Self {
        Self { bytes_per_pass: BYTES_PER_PASS, end: Instant::now() + options.stall_after / 4 * 3 }
    }
}

/// A new log that holds what the old one does, synced.
#[derive(Debug)]
pub(super) struct Fresh {
    store: PathBuf,
    directory: PathBuf,
}

impl Fresh {
    /// Copies a store that is closed; `None` when the copy is not much smaller than `now`, and where it could fill the disk.
    pub(super) fn of(store: &Path, now: u64, options: &SledOptions, limits: Limits) -> Result<Option<Self>, Error> {
        if !disk::has_room(store, now) {
            return Ok(None);
        }
        let fresh = Self { store: store.to_owned(), directory: store.join(FRESH) };
        let copied = fresh.copy(&options.clone().cache_bytes(CACHE_BYTES), limits);
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
    fn copy(&self, options: &SledOptions, limits: Limits) -> Result<u64, Error> {
        self.remove();
        fs::create_dir_all(&self.directory).map_err(|source| io_error("create", &self.directory, source))?;
        let [mut copied, mut found, mut there] = [(); 3].map(|()| Rows::default());
        in_passes(|after| {
            // Not as a store is opened else, which removes this copy.
            let from = open_db(&self.store, &self.store, options)?;
            let to = self.open(options)?;
            let last = Copying::new(&to, options, limits).run(rows(&from, &after), &mut copied);
            let last = last.map_err(|error| self.failed(error))??;
            to.flush().map_err(|error| self.failed(error))?;
            Ok(last)
        })?;
        // As it will be found: opened anew.
        in_passes(|after| self.read(rows(&self.open(options)?, &after), options, limits, &mut found))?;
        // In other passes: what one of them passed over would else not be missed.
        let wider = Limits { bytes_per_pass: limits.bytes_per_pass / 2 * 3, ..limits };
        in_passes(|after| {
            self.read(rows(&open_db(&self.store, &self.store, options)?, &after), options, wider, &mut there)
        })?;
        if !found.are(&copied) || !found.are(&there) || has_blobs(&self.directory) {
            let what = "a copy of the store has not the same rows".to_owned();
            return Err(Error::Damaged { path: self.directory.clone(), what });
        }
        self.sync(options)
    }

    fn open(&self, options: &SledOptions) -> Result<Db, Error> {
        open_store(&self.directory, &self.directory, options)
    }

    fn failed(&self, error: ::sled::Error) -> Error {
        errors::from_sled(error, "copy", &self.directory)
    }

    /// Reads rows up to the end of a pass: returns its last key.
    fn read(&self, of: Iter, options: &SledOptions, limits: Limits, into: &mut Rows) -> Result<Option<IVec>, Error> {
        let (mut of, begin) = (of.fuse(), into.bytes);
        loop {
            let _turn = turn(options, limits)?;
            for _ in 0..ROWS_AT_ONCE {
                let Some(row) = of.next() else { return Ok(None) };
                let (key, value) = row.map_err(|error| self.failed(error))?;
                into.add(&key, &value);
                if into.bytes - begin >= limits.bytes_per_pass {
                    return Ok(Some(key));
                }
            }
        }
    }

    fn sync(&self, options: &SledOptions) -> Result<u64, Error> {
        let path = self.directory.join(LOG);
        let failed = |source| io_error("sync", &path, source);
        let log = File::options().read(true).write(true).open(&path).map_err(failed)?;
        files::fill_last_segment(&log, options.segment_bytes).map_err(failed)?;
        log.sync_all().map_err(failed)?;
        Ok(disk::room(&log.metadata().map_err(failed)?))
    }

    /// Puts the new log in the place of the old one.
    ///
    /// A snapshot tells where pages stand in its own log. So those of the old log go first, for good, and that of the new one comes
    /// last: without one, sled reads the log.
    pub(super) fn take_place(self) -> Result<(), Error> {
        files::remove_snapshots(&self.store)?;
        disk::sync_directory(&self.store)?;
        let log = self.store.join(LOG);
        fs::rename(self.directory.join(LOG), &log).map_err(|source| io_error("replace", &log, source))?;
        disk::sync_directory(&self.store)?;
        let _ = files::move_snapshots(&self.directory, &self.store);
        self.remove();
        Ok(())
    }

    /// What cannot be removed now is removed when the store is opened.
    fn remove(&self) {
        let _ = fs::remove_dir_all(&self.directory);
    }
}

fn has_blobs(store: &Path) -> bool {
    fs::read_dir(store.join(BLOBS)).is_ok_and(|mut blobs| blobs.next().is_some())
}

/// Rows in their order, as a hash tells them from all others.
#[derive(Default)]
struct Rows {
    hash: blake3::Hasher,
    bytes: u64,
}

impl Rows {
    fn add(&mut self, key: &[u8], value: &[u8]) {
        for part in [key, value] {
            self.hash.update(&(part.len() as u64).to_le_bytes()).update(part);
            self.bytes += part.len() as u64;
        }
    }

    fn are(&self, others: &Self) -> bool {
        self.hash.finalize() == others.hash.finalize()
    }
}

/// Does something with the rows behind a key, as often as it says up to which key it came.
fn in_passes(mut pass: impl FnMut(Bound<IVec>) -> Result<Option<IVec>, Error>) -> Result<(), Error> {
    let mut after = Bound::Unbounded;
    while let Some(last) = pass(after)? {
        after = Bound::Excluded(last);
    }
    Ok(())
}

fn rows(of: &Db, after: &Bound<IVec>) -> Iter {
    of.range::<IVec, _>((after.clone(), Bound::Unbounded))
}

/// A place beside other readers, between which others can change their stores. Nobody has one once the copy is to be given up.
fn turn(options: &SledOptions, limits: Limits) -> Result<Reading<'static>, Error> {
    let stalled = || Error::Stalled { seconds: options.stall_after.as_secs() };
    if Instant::now() >= limits.end {
        return Err(stalled());
    }
    GATE.read(options.stall_after).map_err(|_| stalled())
}

/// Rows on their way into a store, in the order of their keys.
struct Copying<'a> {
    to: &'a Db,
    options: &'a SledOptions,
    limits: Limits,
    rows: VecDeque<(IVec, IVec)>,
    unflushed: usize,
}

impl<'a> Copying<'a> {
    const fn new(to: &'a Db, options: &'a SledOptions, limits: Limits) -> Self {
        Self { to, options, limits, rows: VecDeque::new(), unflushed: 0 }
    }

    /// Copies rows up to the end of a pass: returns the last key, or `None` when there are no more.
    fn run(mut self, mut from: Iter, copied: &mut Rows) -> ::sled::Result<Result<Option<IVec>, Error>> {
        let begin = copied.bytes;
        loop {
            let _turn = match turn(self.options, self.limits) {
                Ok(turn) => turn,
                Err(stalled) => return Ok(Err(stalled)),
            };
            let is_last = self.lay_out(&mut from, copied)?;
            let is_over = is_last || copied.bytes - begin >= self.limits.bytes_per_pass;
            let last = self.rows.back().map(|(key, _)| key.clone());
            self.write(if is_over { 0 } else { ROWS_BEHIND })?;
            if is_over {
                return Ok(Ok(last.filter(|_| !is_last)));
            }
        }
    }

    /// Reads some rows and lays out their keys; says whether they were the last.
    fn lay_out(&mut self, from: &mut Iter, copied: &mut Rows) -> ::sled::Result<bool> {
        let mut bytes = 0;
        for _ in 0..ROWS_AT_ONCE {
            let Some((key, value)) = from.next().transpose()? else { return Ok(true) };
            self.to.insert(&key, IVec::default())?;
            bytes += value.len();
            copied.add(&key, &value);
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::sled::options::SUBDIRECTORY;
    use crate::engine::{Commit, Durability, Engine, Order, Row, SledEngine};
    use std::time::Duration;

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

    fn limits(bytes_per_pass: u64) -> Limits {
        Limits { bytes_per_pass, end: Instant::now() + Duration::from_secs(600) }
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
        for other in [growth(0, 2_000, 1_900), growth(0, 900, 100), growth(1_500, 2_000, 10), growth(0, 5 << 20, 1)] {
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
        assert!(has_snapshot(&of_made), "nothing to be removed");
        for steps in 0..5 {
            let home = tempfile::tempdir().unwrap();
            let store = home.path().join(SUBDIRECTORY);
            fs::create_dir_all(store.join(BLOBS)).unwrap();
            for entry in fs::read_dir(made.path().join(SUBDIRECTORY)).unwrap().map(Result::unwrap) {
                if entry.file_type().unwrap().is_file() {
                    fs::copy(entry.path(), store.join(entry.file_name())).unwrap();
                }
            }
            let fresh = Fresh::of(&store, 1 << 30, &options(), limits(BYTES_PER_PASS)).unwrap().unwrap();
            if steps > 0 {
                files::remove_snapshots(&store).unwrap();
            }
            if steps > 1 {
                fs::rename(fresh.directory.join(LOG), store.join(LOG)).unwrap();
            }
            if steps > 2 {
                files::move_snapshots(&fresh.directory, &store).unwrap();
                assert!(has_snapshot(&store), "none was moved");
            }
            if steps > 3 {
                fresh.remove();
            }
            let engine = SledEngine::open(home.path(), &options()).unwrap();
            assert!(rows(&engine) == held, "after {steps} steps");
            assert!(!store.join(FRESH).exists());
        }
    }

    fn has_snapshot(store: &Path) -> bool {
        let mut names = fs::read_dir(store).unwrap().map(|entry| entry.unwrap().file_name());
        names.any(|name| name.to_string_lossy().starts_with("snap."))
    }

    #[test]
    fn a_copy_in_many_passes_is_as_good_and_as_small_and_one_that_takes_too_long_is_given_up() {
        let home = tempfile::tempdir().unwrap();
        let store = home.path().join(SUBDIRECTORY);
        let db = open_store(home.path(), &store, &options()).unwrap();
        for n in 0..12_000_u32 {
            db.insert((n % 4_000).wrapping_mul(2_654_435_761).to_be_bytes(), vec![(n / 4_000) as u8; 300]).unwrap();
        }
        drop(db);
        let copy = |limits| Fresh::of(&store, 1 << 30, &options(), limits);
        let over = Limits { bytes_per_pass: BYTES_PER_PASS, end: Instant::now() };
        assert!(matches!(copy(over), Err(Error::Stalled { .. })));
        assert!(!store.join(FRESH).exists(), "what was given up is removed");
        let rooms = [BYTES_PER_PASS, 100_000].map(|bytes| {
            let fresh = copy(limits(bytes)).unwrap().unwrap();
            let room = fs::metadata(fresh.directory.join(LOG)).map(|log| disk::room(&log)).unwrap();
            let [held, copied] = [&store, &fresh.directory].map(|path| {
                let db = open_db(path, path, &options()).unwrap();
                db.iter().map(Result::unwrap).collect::<Vec<_>>()
            });
            assert!(held.len() == 4_000 && held == copied);
            room
        });
        assert!(rooms[1] < rooms[0] / 8 * 9, "{rooms:?} bytes");
    }

    #[test]
    fn rows_are_the_same_when_all_keys_and_values_are() {
        let of = |all: &[(&str, &str)]| {
            let mut rows = Rows::default();
            all.iter().for_each(|(key, value)| rows.add(key.as_bytes(), value.as_bytes()));
            rows
        };
        let one = of(&[("a", "1"), ("b", "")]);
        assert!(one.are(&of(&[("a", "1"), ("b", "")])) && one.bytes == 3);
        let others: [&[(&str, &str)]; 5] = [
            &[("a", "1")],
            &[("a", "1b"), ("", "")],
            &[("a", "2"), ("b", "")],
            &[("b", ""), ("a", "1")],
            &[("a1", "b")],
        ];
        others.iter().for_each(|other| assert!(!one.are(&of(other)), "{other:?}"));
    }
}
