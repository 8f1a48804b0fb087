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
//! - Its batches lock every store of the process. See [`gate`](super::gate).

mod errors;
mod files;
mod undo;

use std::fmt;
use std::mem;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use ::sled::{Batch, Db, IVec};

use self::files::Files;
use self::undo::Undo;
use super::gate::GATE;
use super::lock::DirectoryLock;
use super::pages::{Page, PageLimit, Pages};
use super::panics::caught;
use super::watchdog::{Health, Store, Watchdog};
use super::{Commit, Durability, Engine, Error, KeyRange, Order, Scan, check_limits};

/// The size of a segment of sled's log. It is stored with the directory and so part of the format, version 1: sled refuses
/// to open a directory with another. At sled's own 512 KiB long fills deadlock in most runs; at 8 MiB none was seen to.
const SEGMENT_BYTES: usize = 8 << 20;
/// sled's files stand here, apart from those of the archive.
const SUBDIRECTORY: &str = "sled";
/// Opening reads the log since the last snapshot, which may be much; but not for longer than this.
const OPEN_LIMIT: Duration = Duration::from_secs(600);
/// A store that this process has just closed may have threads that still hold sled's own lock for a moment.
const LINGER: Duration = Duration::from_secs(2);
/// sled notes where its pages are only when it is opened, so that the first opening reads all that was written since the one
/// before: 5 s after a million captures. A store into which so many bytes went is opened once more when it is closed.
const SETTLE_AFTER_BYTES: u64 = 32 << 20;

/// How to open a [`SledEngine`].
#[derive(Debug, Clone)]
pub struct SledOptions {
    cache_bytes: u64,
    create: bool,
    lock_wait: Duration,
    stall_after: Duration,
    segment_bytes: usize,
}

impl Default for SledOptions {
    fn default() -> Self {
        Self {
            cache_bytes: 64 << 20,
            create: false,
            lock_wait: Duration::ZERO,
            stall_after: Duration::from_secs(60),
            segment_bytes: SEGMENT_BYTES,
        }
    }
}

impl SledOptions {
    /// Sets how much of the store may stay in memory; 64 MiB unless set. sled treats it as a wish.
    #[must_use]
    pub fn cache_bytes(mut self, bytes: u64) -> Self {
        self.cache_bytes = bytes;
        self
    }

    /// Sets whether a store that is missing is made; unless set, it is an error.
    #[must_use]
    pub fn create(mut self, create: bool) -> Self {
        self.create = create;
        self
    }

    /// Sets how long to wait for another process to let go of the directory; not at all unless set.
    #[must_use]
    pub fn lock_wait(mut self, wait: Duration) -> Self {
        self.lock_wait = wait;
        self
    }

    /// Sets after how long without progress the engine is given up ([`Error::Stalled`]); a minute unless set.
    #[must_use]
    pub fn stall_after(mut self, limit: Duration) -> Self {
        self.stall_after = limit;
        self
    }

    /// Sets the size of a segment, for the test that shows why it is what it is.
    #[cfg(any(test, feature = "testing"))]
    #[doc(hidden)]
    #[must_use]
    pub fn segment_bytes(mut self, bytes: usize) -> Self {
        self.segment_bytes = bytes;
        self
    }
}

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
        let inner = directory.join(SUBDIRECTORY);
        files::find_or_make(&inner, options.create)?;
        let lock = DirectoryLock::take(&directory, options.lock_wait)?;
        let (path, options, stall_after) = (directory.clone(), options.clone(), options.stall_after);
        let open = move || {
            // What cannot be read now cannot be kept, and sled will say so.
            let mut undo = Undo::of(&inner, options.segment_bytes).unwrap_or_default();
            let db = open_store(&path, &inner, &options).inspect_err(|error| {
                // What another handle has open is its own.
                if !matches!(error, Error::InUse { .. }) {
                    put_back(undo.as_ref());
                }
            })?;
            undo.iter_mut().for_each(Undo::compare);
            let files = Files::open(inner)?;
            let shared = db.clone();
            let store = SledStore { directory: path, db, files, lock, options, unsynced: true, written: 0, undo };
            Ok((store, shared))
        };
        let (watchdog, db) = Watchdog::start(&directory, OPEN_LIMIT, stall_after, open)?;
        Ok(Self { directory, db: Some(db), watchdog })
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
            Err(panic) => health.note(Err(errors::from_panic(&panic, "read", &self.directory))),
        }
    }

    fn page(&self, range: &KeyRange, order: Order, limit: PageLimit) -> Result<Page, Error> {
        self.read(|db| {
            let rows = db.range::<&[u8], _>((range.0.as_ref().map(Vec::as_slice), range.1.as_ref().map(Vec::as_slice)));
            let own = |row: ::sled::Result<(IVec, IVec)>| row.map(|(key, value)| (key.to_vec(), value.to_vec()));
            match order {
                Order::Ascending => Page::take(rows.map(own), limit),
                Order::Descending => Page::take(rows.rev().map(own), limit),
            }
        })
    }
}

impl Engine for SledEngine {
    fn name(&self) -> &'static str {
        "sled"
    }

    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Error> {
        Ok(self.read(|db| db.get(key))?.map(|value| value.to_vec()))
    }

    fn get_many(&self, keys: &[Vec<u8>]) -> Result<Vec<Option<Vec<u8>>>, Error> {
        self.read(|db| keys.iter().map(|key| Ok(db.get(key)?.map(|value| value.to_vec()))).collect())
    }

    fn scan(&self, range: KeyRange, order: Order) -> Scan<'_> {
        Box::new(Pages::new(range, order, |range, order, limit| self.page(range, order, limit)))
    }

    fn commit(&self, commit: &Commit, durability: Durability) -> Result<(), Error> {
        check_limits(commit)?;
        self.watchdog.run(Some(Change::new(commit)), durability == Durability::Synced)
    }

    fn flush(&self) -> Result<(), Error> {
        self.watchdog.run(None, true)
    }

    /// Returns the sum of the lengths of all files under the directory, those of the archive beside sled's included.
    fn size_on_disk(&self) -> Result<u64, Error> {
        files::size(&self.directory)
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

/// A commit in sled's terms. Making it copies the rows once, in the thread of the caller.
struct Change {
    expects: Vec<(IVec, Option<IVec>)>,
    batch: Option<Batch>,
    bytes: u64,
}

impl Change {
    fn new(commit: &Commit) -> Self {
        let expects =
            commit.expects.iter().map(|(key, value)| (key.as_slice().into(), value.as_deref().map(IVec::from)));
        let mut batch = Batch::default();
        let mut bytes = 0;
        for (key, value) in &commit.writes {
            bytes += (key.len() + value.as_ref().map_or(0, Vec::len)) as u64;
            match value {
                Some(value) => batch.insert(key.as_slice(), value.as_slice()),
                None => batch.remove(key.as_slice()),
            }
        }
        Self { expects: expects.collect(), batch: (!commit.writes.is_empty()).then_some(batch), bytes }
    }
}

/// The store as its own thread has it.
struct SledStore {
    directory: PathBuf,
    db: Db,
    files: Files,
    lock: DirectoryLock,
    /// Whether something may not have been synced. True at first: an earlier process may have been killed before it synced.
    unsynced: bool,
    /// How many bytes were written since the store was opened.
    written: u64,
    /// How the files were, as long as nothing was written.
    undo: Option<Undo>,
    options: SledOptions,
}

impl Store for SledStore {
    type Change = Change;

    /// Nothing else writes to this store, so what held for the expectations holds until the batch is in.
    fn apply(&mut self, change: Change) -> Result<(), Error> {
        let Self { db, unsynced, written, undo, .. } = self;
        let made = {
            let _writing = GATE.write();
            caught(|| {
                for (key, value) in &change.expects {
                    if db.get(key)? != *value {
                        return Ok(false);
                    }
                }
                if let Some(batch) = change.batch {
                    *unsynced = true;
                    *undo = None;
                    *written += change.bytes;
                    db.apply_batch(batch)?;
                }
                Ok(true)
            })
        };
        match made {
            Ok(Ok(true)) => Ok(()),
            Ok(Ok(false)) => Err(Error::Conflict),
            Ok(Err(error)) => Err(errors::from_sled(error, "write to", &self.directory)),
            Err(panic) => Err(errors::from_panic(&panic, "write to", &self.directory)),
        }
    }

    fn flush(&mut self) -> Result<(), Error> {
        if !self.unsynced {
            return Ok(());
        }
        {
            let limit = self.options.stall_after;
            let reading = GATE.read(limit);
            let _reading = reading.map_err(|_| Error::Stalled { seconds: limit.as_secs() })?;
            match caught(|| self.db.flush()) {
                Ok(Ok(_)) => (),
                Ok(Err(error)) => return Err(errors::from_sled(error, "flush", &self.directory)),
                Err(panic) => return Err(errors::from_panic(&panic, "flush", &self.directory)),
            }
        }
        self.files.sync()?;
        self.unsynced = false;
        Ok(())
    }

    fn close(mut self, health: &Health) {
        if health.check().is_ok() {
            let flushed = self.flush();
            let _ = health.note(flushed);
        }
        if health.check().is_ok() || health.failed_by_io() {
            let Self { directory, db, files, lock, options, written, undo, .. } = self;
            let closed = {
                let _reading = GATE.read(options.stall_after);
                caught(|| drop(db))
            };
            if closed.is_err() {
                mem::forget(lock);
            } else if health.check().is_ok() {
                // All is on disk: what goes wrong from here on costs the next opening time, no more.
                if written >= SETTLE_AFTER_BYTES {
                    let settled = open_store(&directory, &directory.join(SUBDIRECTORY), &options);
                    let _ = caught(|| drop(settled));
                }
                if undo.is_none() {
                    let _ = files::fill_last_segment(files.into_log(), options.segment_bytes);
                }
            }
            put_back(undo.as_ref());
        } else {
            put_back(self.undo.as_ref());
            // sled keeps its own lock until the process ends, so ours stays beside it and says whose it is.
            mem::forget(self);
        }
    }
}

/// Makes the files what they were before they were opened. They are no worse where that fails.
fn put_back(undo: Option<&Undo>) {
    let _ = undo.map(Undo::restore);
}

fn open_store(directory: &Path, inner: &Path, options: &SledOptions) -> Result<Db, Error> {
    let config = ::sled::Config::new()
        .path(inner)
        .segment_size(options.segment_bytes)
        .cache_capacity(options.cache_bytes)
        .flush_every_ms(None);
    let end = Instant::now() + LINGER;
    loop {
        match caught(|| config.open()) {
            Ok(Ok(db)) => return Ok(db),
            // Ours is taken already, so it can only be a store of this very process that is still there.
            Ok(Err(error)) if errors::is_locked(&error) && Instant::now() < end => {
                thread::sleep(Duration::from_millis(5))
            }
            Ok(Err(error)) if errors::is_locked(&error) => {
                return Err(Error::InUse { path: directory.to_owned(), pid: None });
            }
            Ok(Err(error)) => return Err(errors::from_sled(error, "open", directory)),
            Err(panic) => return Err(errors::from_panic(&panic, "open", directory)),
        }
    }
}

#[cfg(test)]
mod tests;
