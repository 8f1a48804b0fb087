//! The engine on disk: sled 0.34.7, fenced in.
//!
//! sled has the shape this archive needs (one ordered tree, atomic batches) and faults that this file keeps from callers:
//!
//! - It panics on damaged files. Every call is caught; after a panic nothing calls into that store again.
//! - Its `flush` is not an fsync. [`files`] syncs what it wrote.
//! - It may deadlock (spacejam/sled #1412), often with small segments. Segments are as large as the format allows to be
//!   reasonable, and [`watchdog`](super::watchdog) gives up a store that no longer moves.
//! - It cannot open a store for reading alone, and opening damaged files does away with more of them. [`undo`] puts back what
//!   opening changed, where nothing was written.
//! - Its log never becomes shorter, and what is in it twice or thrice stays. [`rewrite`] writes a store anew that has grown much.
//! - Its batches lock every store of the process. See [`gate`](super::gate).

mod errors;
mod files;
mod options;
mod rewrite;
mod store;
mod undo;

use std::fmt;
use std::mem;
use std::path::{Path, PathBuf};
use std::time::Duration;

use ::sled::{Db, IVec};

pub use self::options::SledOptions;
use self::store::{Change, SledStore};
use super::errors::from_panic;
use super::gate::GATE;
use super::lock::DirectoryLock;
use super::moment::{Changed, Moments};
use super::pages::{Page, PageLimit, Pages};
use super::panics::caught;
use super::watchdog::Watchdog;
use super::{Commit, Durability, Engine, Error, KeyRange, Moment, Order, Scan, check_keys, check_limits, disk};

/// Opening reads the log since the last snapshot, which may be much; but not for longer than this.
const OPEN_LIMIT: Duration = Duration::from_secs(600);

/// An access to sled for so many bytes that were read. At 64 accesses in each of 256 shards, 64 MiB are kept.
const BYTES_PER_ACCESS: usize = 4 << 10;

/// An engine in a directory, on sled.
///
/// One process at a time: a second one is told [`Error::InUse`]. Dropping the engine flushes it.
///
/// After [`Error::Io`], [`Error::Damaged`] or [`Error::Stalled`] every later call returns [`Error::Failed`], and the engine
/// is to be dropped. Everything that was acknowledged is there when it is opened again. After `Io` (a full disk) this process
/// can open it again. After the other two only another process can: what hangs or is broken is left alone, with its lock.
///
/// ```
/// use morgue::engine::{Commit, Durability, Engine, SledEngine, SledOptions};
///
/// let directory = tempfile::tempdir()?;
/// let engine = SledEngine::open(directory.path(), &SledOptions::default().create(true))?;
/// let commit = Commit { writes: vec![(b"k".to_vec(), Some(b"v".to_vec()))], ..Commit::default() };
/// engine.commit(&commit, Durability::Synced)?;
/// drop(engine);
///
/// let engine = SledEngine::open(directory.path(), &SledOptions::default())?;
/// assert_eq!(engine.get(b"k")?.as_deref(), Some(&b"v"[..]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct SledEngine {
    directory: PathBuf,
    /// Taken only by `drop`.
    db: Option<Db>,
    moments: Moments,
    watchdog: Watchdog<Change>,
}

impl SledEngine {
    /// Opens the store in a directory, or makes one ([`SledOptions::create`]).
    ///
    /// Opening changes sled's files: it mends the end of the log. When nothing was committed, they are put back as they were when the
    /// engine is dropped, and also when the opening fails.
    ///
    /// # Errors
    /// [`Error::InUse`]; [`Error::Io`], of kind `NotFound` when there is no store; [`Error::Damaged`]; [`Error::Stalled`]
    /// when opening takes longer than ten minutes.
    pub fn open(directory: impl AsRef<Path>, options: &SledOptions) -> Result<Self, Error> {
        let directory = directory.as_ref().to_owned();
        let inner = directory.join(&options.store);
        files::find_or_make(&inner, options.create)?;
        let lock = DirectoryLock::take(&directory, options.lock_wait)?;
        let (path, options, stall_after) = (directory.clone(), options.clone(), options.stall_after);
        let moments = Moments::new();
        let changed = Changed::new(&moments);
        let open = move || SledStore::open(path, inner, lock, options, changed);
        let (watchdog, db) = Watchdog::start(&directory, OPEN_LIMIT, stall_after, open)?;
        Ok(Self { directory, db: Some(db), moments, watchdog })
    }

    /// Reads from sled, beside other readers.
    fn read<T>(&self, read: impl FnOnce(&Db) -> ::sled::Result<T>) -> Result<T, Error> {
        let health = self.watchdog.health();
        health.check()?;
        let db = self.db.as_ref().expect("because only drop takes it");
        let Ok(_reading) = GATE.read(self.watchdog.stall_after()) else {
            return health.note(Err(self.watchdog.stalled()));
        };
        match caught(|| read(db)) {
            Ok(Ok(value)) => Ok(value),
            // sled found it out by itself and is in order: other rows may still be read.
            Ok(Err(error)) => Err(errors::from_sled(error, "read", &self.directory)),
            Err(panic) => health.note(Err(from_panic(&panic, "read", &self.directory))),
        }
    }

    fn page(&self, range: &KeyRange, order: Order, limit: PageLimit) -> Result<Page, Error> {
        self.read(|db| {
            let rows = db.range::<&[u8], _>((range.0.as_ref().map(Vec::as_slice), range.1.as_ref().map(Vec::as_slice)));
            let mut bytes = 0;
            let own = |row: ::sled::Result<(IVec, IVec)>| {
                let (key, value) = row?;
                bytes = let_go(db, &key, bytes + value.len())?;
                Ok::<_, ::sled::Error>((key.to_vec(), value.to_vec()))
            };
            match order {
                Order::Ascending => Page::take(rows.map(own), limit),
                Order::Descending => Page::take(rows.rev().map(own), limit),
            }
        })
    }
}

fn get(db: &Db, key: &[u8]) -> ::sled::Result<Option<Vec<u8>>> {
    let Some(value) = db.get(key)? else { return Ok(None) };
    let_go(db, key, value.len())?;
    Ok(Some(value.to_vec()))
}

/// Has sled let go of other rows once so many bytes were read. Returns how many were too few to count.
///
/// sled's cache has 256 shards, and looks at the sizes of what a shard holds only after 64 accesses to its pages: until then it keeps
/// whatever was read, which is gigabytes where rows are large. Further accesses to the page, which is at hand, bring that about, so
/// many that what is kept between two looks is in proportion to [`BYTES_PER_ACCESS`].
fn let_go(db: &Db, key: &[u8], bytes: usize) -> ::sled::Result<usize> {
    for _ in 0..bytes / BYTES_PER_ACCESS {
        db.contains_key(key)?;
    }
    Ok(bytes % BYTES_PER_ACCESS)
}

impl Engine for SledEngine {
    fn name(&self) -> &'static str {
        "sled"
    }

    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Error> {
        self.read(|db| get(db, key))
    }

    fn get_many(&self, keys: &[Vec<u8>]) -> Result<Vec<Option<Vec<u8>>>, Error> {
        self.read(|db| keys.iter().map(|key| get(db, key)).collect())
    }

    fn scan(&self, range: KeyRange, order: Order) -> Scan<'_> {
        Box::new(Pages::new(range, order, |range, order, limit| self.page(range, order, limit)))
    }

    fn commit(&self, commit: &Commit, durability: Durability) -> Result<(), Error> {
        check_limits(commit)?;
        self.watchdog.run(Some(Change::commit(commit)), durability == Durability::Synced)
    }

    fn now(&self) -> Moment {
        self.moments.now()
    }

    fn flush(&self) -> Result<(), Error> {
        self.watchdog.run(None, true)
    }

    /// Inserts the keys that are absent, with empty values, in ascending order and one by one.
    ///
    /// sled splits a leaf at more than 16 keys, writing both halves, and writes a leaf anew once ten changes are linked to it. Where
    /// large values come in ascending order, the last leaf holds them while it grows and is split, so that each is written two
    /// or three times. A leaf that was split before its values come never collects ten links, and each value is written once.
    /// The last leaf is the one to keep free of values: so callers reserve at least 32 keys beyond those that they write. Without
    /// that, the values of one leaf or two are written again at each call. `benches/sled_rows.rs` has the figures.
    fn reserve(&self, keys: &[Vec<u8>]) -> Result<(), Error> {
        if keys.is_empty() {
            return Ok(());
        }
        check_keys(keys)?;
        self.watchdog.run(Some(Change::Reserve(keys.to_vec())), false)
    }

    fn size_on_disk(&self) -> Result<u64, Error> {
        disk::size(&self.directory)
    }
}

impl Drop for SledEngine {
    fn drop(&mut self) {
        let health = self.watchdog.health();
        if health.check().is_ok() || health.failed_by_io() {
            // Only counts down: the last handle is that of the store's thread, so that a closing that hangs can be given up.
            self.db = None;
            self.watchdog.close();
        } else {
            // Closing a broken sled may hang or panic.
            mem::forget(self.db.take());
            if !health.hangs() {
                self.watchdog.close();
            }
        }
    }
}

impl fmt::Debug for SledEngine {
    // `Db` would print every row.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SledEngine").field("directory", &self.directory).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
