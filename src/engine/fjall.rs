//! The other engine on disk: fjall 3.1, fenced in.
//!
//! fjall is a log-structured merge tree: a journal, tables in memory, sorted tables on disk that are merged by a thread of its own.
//! All rows are in one keyspace. What this file and those beside it keep from callers:
//!
//! - Commits. fjall's batches are atomic on disk, and its transactional database adds a lock and a table of what the transaction has
//!   written. Here one thread makes all changes (see [`watchdog`](super::watchdog)), so that nothing can come between what was
//!   expected and the batch: plain batches do.
//! - Reads. A batch enters the table in memory row by row, and a plain read sees the rows that are in already. Every read goes
//!   through a snapshot, which sees whole batches only.
//! - It waits for its worker without end when that is gone, which the watchdog turns into [`Error::Stalled`].
//! - It panics on some damaged files. Every call is caught; after a panic nothing calls into that store again.
//! - It begins each journal with 64 MB that are set aside, and keeps a journal until 64 MB are in it. [`store`] cuts it when
//!   it closes.
//! - It does not know how far its journal was synced. So it does not open when a loss of power left a hole in the part that was
//!   not, and cuts off without a word what was, where damage looks like the end. A [`note`] beside the journal says how far it was
//!   synced; by that [`mend`] cuts the one and refuses the other before fjall reads it.
//!
//! fjall has no way to open for reading alone. The first opening after a closing removes files that nothing leads to any more, and
//! its worker may write or merge tables; after a kill, the end of the journal is cut. Other than that, a store to which nothing is
//! written stays as it is, bytes and times, and so does our note.

mod errors;
mod journal;
mod mend;
mod note;
mod open;
mod options;
mod store;

use std::fmt;
use std::mem;
use std::path::{Path, PathBuf};
use std::time::Duration;

use ::fjall::{Database, Guard, Keyspace, Readable as _, Snapshot};

pub use self::options::FjallOptions;
use self::store::{Change, FjallStore};
use super::errors::from_panic;
use super::lock::DirectoryLock;
use super::moment::{Changed, Moments};
use super::pages::{Page, PageLimit, Pages};
use super::panics::caught;
use super::watchdog::Watchdog;
use super::{Commit, Durability, Engine, Error, KeyRange, Moment, Order, Row, Scan, check_limits, disk};

/// Opening reads the journal, which is bounded; but never for longer than this.
const OPEN_LIMIT: Duration = Duration::from_secs(600);

/// An engine in a directory, on fjall.
///
/// After a loss of power it opens with everything that was acknowledged and, of the commits after that, the first ones, each of them
/// whole. Damage to what was acknowledged is an [`Error::Damaged`], and the files stay as they are.
///
/// One process at a time: a second one is told [`Error::InUse`]. Dropping the engine flushes it.
///
/// After [`Error::Io`], [`Error::Damaged`] or [`Error::Stalled`] every later call returns [`Error::Failed`], and the engine
/// is to be dropped. Everything that was acknowledged is there when it is opened again. After `Io` (a full disk) this process
/// can open it again. After the other two only another process can: what hangs or is broken is left alone, with its lock.
///
/// ```
/// use morgue::engine::{Commit, Durability, Engine, FjallEngine, FjallOptions};
///
/// let directory = tempfile::tempdir()?;
/// let engine = FjallEngine::open(directory.path(), &FjallOptions::default().create(true))?;
/// let commit = Commit { writes: vec![(b"k".to_vec(), Some(b"v".to_vec()))], ..Commit::default() };
/// engine.commit(&commit, Durability::Synced)?;
/// drop(engine);
///
/// let engine = FjallEngine::open(directory.path(), &FjallOptions::default())?;
/// assert_eq!(engine.get(b"k")?.as_deref(), Some(&b"v"[..]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct FjallEngine {
    directory: PathBuf,
    /// Taken only by `drop`.
    tree: Option<Tree>,
    moments: Moments,
    watchdog: Watchdog<Change>,
}

/// The one keyspace, and what it is in.
#[derive(Clone)]
struct Tree {
    rows: Keyspace,
    database: Database,
}

impl FjallEngine {
    /// Opens the store in a directory, or makes one ([`FjallOptions::create`]).
    ///
    /// # Errors
    /// [`Error::InUse`]; [`Error::Io`], of kind `NotFound` when there is no store; [`Error::Damaged`]; [`Error::Stalled`]
    /// when opening takes longer than ten minutes.
    pub fn open(directory: impl AsRef<Path>, options: &FjallOptions) -> Result<Self, Error> {
        let directory = directory.as_ref().to_owned();
        let inner = directory.join(&options.store);
        open::find_or_make(&inner, options.create)?;
        let lock = DirectoryLock::take(&directory, options.lock_wait)?;
        let (path, options, stall_after) = (directory.clone(), options.clone(), options.stall_after);
        let moments = Moments::new();
        let changed = Changed::new(&moments);
        let open = move || FjallStore::open(path, inner, lock, options, changed);
        let (watchdog, tree) = Watchdog::start(&directory, OPEN_LIMIT, stall_after, open)?;
        Ok(Self { directory, tree: Some(tree), moments, watchdog })
    }

    /// Reads from fjall, beside other readers and the writer, as of the last whole commit.
    fn read<T>(&self, read: impl FnOnce(&Snapshot, &Keyspace) -> ::fjall::Result<T>) -> Result<T, Error> {
        let health = self.watchdog.health();
        health.check()?;
        let tree = self.tree.as_ref().expect("because only drop takes it");
        match caught(|| read(&tree.database.snapshot(), &tree.rows)) {
            Ok(Ok(value)) => Ok(value),
            // fjall found it out by itself and is in order: other rows may still be read.
            Ok(Err(error)) => Err(errors::from_fjall(error, "read", &self.directory)),
            Err(panic) => health.note(Err(from_panic(&panic, "read", &self.directory))),
        }
    }

    fn page(&self, range: &KeyRange, order: Order, limit: PageLimit) -> Result<Page, Error> {
        let own = |guard: Guard| -> ::fjall::Result<Row> {
            let (key, value) = guard.into_inner()?;
            Ok((key.to_vec(), value.to_vec()))
        };
        self.read(|snapshot, rows| {
            let rows = snapshot.range(rows, range.clone());
            match order {
                Order::Ascending => Page::take(rows.map(own), limit),
                Order::Descending => Page::take(rows.rev().map(own), limit),
            }
        })
    }
}

impl Engine for FjallEngine {
    fn name(&self) -> &'static str {
        "fjall"
    }

    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Error> {
        Ok(self.read(|snapshot, rows| snapshot.get(rows, key))?.map(|value| value.to_vec()))
    }

    fn get_many(&self, keys: &[Vec<u8>]) -> Result<Vec<Option<Vec<u8>>>, Error> {
        self.read(|snapshot, rows| {
            keys.iter().map(|key| Ok(snapshot.get(rows, key)?.map(|value| value.to_vec()))).collect()
        })
    }

    fn scan(&self, range: KeyRange, order: Order) -> Scan<'_> {
        Box::new(Pages::new(range, order, |range, order, limit| self.page(range, order, limit)))
    }

    fn commit(&self, commit: &Commit, durability: Durability) -> Result<(), Error> {
        check_limits(commit)?;
        self.watchdog.run(Some(Change::new(commit)), durability == Durability::Synced)
    }

    fn now(&self) -> Moment {
        self.moments.now()
    }

    fn flush(&self) -> Result<(), Error> {
        self.watchdog.run(None, true)
    }

    fn size_on_disk(&self) -> Result<u64, Error> {
        disk::size(&self.directory)
    }
}

impl Drop for FjallEngine {
    fn drop(&mut self) {
        let health = self.watchdog.health();
        if health.check().is_ok() || health.failed_by_io() {
            // Only counts down: the last handle is that of the store's thread, so that a closing that hangs can be given up.
            self.tree = None;
            self.watchdog.close();
        } else {
            // Closing a broken store may hang or panic.
            mem::forget(self.tree.take());
        }
    }
}

impl fmt::Debug for FjallEngine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FjallEngine").field("directory", &self.directory).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
