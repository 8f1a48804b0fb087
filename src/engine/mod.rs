//! The ordered key-value store underneath an archive.
//!
//! An engine speaks bytes and knows no article. There is one ordered key space, so that one [`Commit`] is atomic on every
//! engine alike. Each engine passes the same conformance suite (`engine::conformance`, feature `testing`).

mod carve;
mod disk;
mod errors;
#[cfg(feature = "fjall")]
mod fjall;
mod gate;
mod kind;
mod lock;
mod memory;
mod moment;
mod pages;
mod panics;
#[cfg(unix)]
pub(crate) mod remote;
mod sled;
mod watchdog;

#[cfg(any(test, feature = "testing"))]
pub mod conformance;
#[cfg(any(test, feature = "testing"))]
pub mod faults;
#[cfg(any(test, feature = "testing"))]
pub mod power;

use std::fmt;
use std::ops::Bound;
use std::path::PathBuf;

pub(crate) use self::carve::{Carved, Judge, Verdict};
#[cfg(feature = "fjall")]
pub use self::fjall::{FjallEngine, FjallOptions};
pub use self::kind::{EngineKind, UnknownEngine};
pub(crate) use self::lock::guard;
pub use self::memory::MemoryEngine;
pub use self::moment::Moment;
pub(crate) use self::pages::rows_of_pages;
pub use self::panics::quiet_panics;
pub use self::sled::{SledEngine, SledOptions};

/// A key and its value, as a scan yields them.
pub type Row = (Vec<u8>, Vec<u8>);

/// A key, and its value or `None` where it is absent.
pub type Entry = (Vec<u8>, Option<Vec<u8>>);

/// The rows of a scan, lazily.
pub type Scan<'a> = Box<dyn Iterator<Item = Result<Row, Error>> + Send + 'a>;

/// A range of keys in byte order.
pub type KeyRange = (Bound<Vec<u8>>, Bound<Vec<u8>>);

/// The direction of a scan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// Smallest key first.
    Ascending,
    /// Largest key first.
    Descending,
}

/// What an acknowledgement promises.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Durability {
    /// Visible to every later read; may be lost by a crash, whole commits and the latest first.
    Buffered,
    /// Survives `kill -9` and power loss, with every earlier commit.
    #[default]
    Synced,
}

/// One change of the store: all or nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Commit {
    /// What must hold for the commit to happen.
    pub expects: Vec<Entry>,
    /// What must hold as well, and was read since a moment. An engine need not look at those again that it knows to be unchanged since.
    pub read: Read,
    /// What then changes, `None` to delete. Where a key stands twice, the last one counts.
    pub writes: Vec<Entry>,
}

/// What was read since a moment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Read {
    /// [`Engine::now`] before any of it was read.
    pub since: Moment,
    /// What was found.
    pub entries: Vec<Entry>,
}

/// An ordered key-value store.
///
/// Keys are at most 8 KiB and values at most 6 MiB; a commit with more is an [`Error::TooLarge`]. Keys are not empty: a
/// commit with an empty one is an [`Error::EmptyKey`].
pub trait Engine: Send + Sync + fmt::Debug {
    /// Returns the name of the engine, as in `stats`.
    fn name(&self) -> &'static str;

    /// Returns the value of a key, or `None`. Sees every commit that returned before the call.
    ///
    /// # Errors
    /// I/O and damage.
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Error>;

    /// Returns the values of many keys, in their order; one round trip where the engine is remote.
    ///
    /// # Errors
    /// I/O and damage.
    fn get_many(&self, keys: &[Vec<u8>]) -> Result<Vec<Option<Vec<u8>>>, Error> {
        keys.iter().map(|key| self.get(key)).collect()
    }

    /// Returns the rows of a range in byte order of their keys, lazily. A key committed meanwhile may or may not appear.
    ///
    /// After an error the scan ends.
    fn scan(&self, range: KeyRange, order: Order) -> Scan<'_>;

    /// Makes a change: first every expectation must hold, then all writes happen at once.
    ///
    /// ```
    /// use morgue::engine::{Commit, Durability, Engine, Error, MemoryEngine, Read};
    ///
    /// let engine = MemoryEngine::default();
    /// let since = engine.now();
    /// let read = Read { since, entries: vec![(b"n".to_vec(), engine.get(b"n")?)] };
    /// let first = Commit { read, writes: vec![(b"n".to_vec(), Some(b"1".to_vec()))], ..Commit::default() };
    /// engine.commit(&first, Durability::Buffered)?;
    /// assert!(matches!(engine.commit(&first, Durability::Buffered), Err(Error::Conflict)));
    /// # Ok::<(), morgue::engine::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Conflict`] when an expectation does not hold: nothing has changed. After any other error the commit may have
    /// happened or not, but never in part.
    fn commit(&self, commit: &Commit, durability: Durability) -> Result<(), Error>;

    /// Returns a moment for [`Read::since`]. An engine that keeps no count of its commits returns the one before everything.
    fn now(&self) -> Moment {
        Moment::default()
    }

    /// Says that values will soon be written under these keys, so that the engine can lay out room for them.
    ///
    /// A hint: it changes no value that is there. Afterwards each of the keys that was absent may be there with an empty value,
    /// for good and whatever happens next, so a caller that uses it treats an empty value as none. Keys in ascending order. It does most good where at least
    /// 32 keys stay reserved beyond the last one written.
    ///
    /// # Errors
    /// As for [`commit`](Self::commit) without a conflict; room may have been laid out for some of the keys.
    fn reserve(&self, keys: &[Vec<u8>]) -> Result<(), Error> {
        let _ = keys;
        Ok(())
    }

    /// Makes every commit that returned before the call survive power loss.
    ///
    /// # Errors
    /// I/O; nothing is promised then.
    fn flush(&self) -> Result<(), Error>;

    /// Returns the bytes that the store takes on disk, 0 for one in memory.
    ///
    /// All files under its directory count, those of the archive beside the engine's included. On Unix it is the room
    /// allocated for them, elsewhere the sum of their lengths.
    ///
    /// # Errors
    /// I/O.
    fn size_on_disk(&self) -> Result<u64, Error>;
}

/// What can go wrong underneath an archive.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// An expectation of a commit did not hold; nothing changed.
    #[error("the rows changed meanwhile")]
    Conflict,
    /// Another process has the directory open.
    #[error("{} is in use by {}{}", path.display(), holder(*.pid), which(doing.as_deref()))]
    InUse {
        /// The directory.
        path: PathBuf,
        /// The process that holds it, where that is known.
        pid: Option<u32>,
        /// What it is doing, as it says itself where it serves reads to others: `tracking`.
        doing: Option<String>,
    },
    /// The process by way of which the directory was read has gone, or closed it while no other could be opened.
    #[error("process {pid}, by way of which {} was read, has gone", path.display())]
    Gone {
        /// The directory.
        path: PathBuf,
        /// The process.
        pid: u32,
    },
    /// Another process has the directory open and lets others read it, but not write.
    #[error("{} is open in process {pid} and can only be read here", path.display())]
    Served {
        /// The directory.
        path: PathBuf,
        /// The process.
        pid: u32,
    },
    /// The engine's own files are damaged.
    #[error("the files of the engine under {} are damaged: {what}", path.display())]
    Damaged {
        /// The directory.
        path: PathBuf,
        /// What the engine found.
        what: String,
    },
    /// A file operation failed.
    #[error("cannot {doing} {}", path.display())]
    Io {
        /// What was tried, as a verb.
        doing: &'static str,
        /// On what.
        path: PathBuf,
        /// Why it failed.
        #[source]
        source: std::io::Error,
    },
    /// A key or a value is over the limit of the engine contract.
    #[error("a {what} of {bytes} bytes is over the limit of {limit}")]
    TooLarge {
        /// `key` or `value`.
        what: &'static str,
        /// Its size.
        bytes: usize,
        /// The limit.
        limit: usize,
    },
    /// A key of a commit is empty.
    #[error("a key is empty")]
    EmptyKey,
    /// The engine made no progress for so long that it will make none any more.
    #[error("the engine has not answered for {seconds} seconds; it was given up, and what it acknowledged is kept")]
    Stalled {
        /// How long it was waited for.
        seconds: u64,
    },
    /// An earlier error made the engine unusable until it is opened again.
    #[error("the engine failed earlier ({what}) and must be opened again")]
    Failed {
        /// The earlier error.
        what: String,
    },
}

fn holder(pid: Option<u32>) -> String {
    pid.map_or_else(|| "another process".to_owned(), |pid| format!("process {pid}"))
}

fn which(doing: Option<&str>) -> String {
    doing.map_or_else(String::new, |doing| format!(", which is {doing}"))
}

/// The longest key, in bytes.
pub const MAX_KEY_BYTES: usize = 8 << 10;
/// The largest value, in bytes.
pub const MAX_VALUE_BYTES: usize = 6 << 20;

/// Returns the bytes that all files under a directory take: on Unix the room allocated for them, elsewhere their lengths.
pub(crate) fn size_of_directory(path: &std::path::Path) -> Result<u64, Error> {
    disk::size(path)
}

/// Holds a commit to the limits of the contract.
fn check_limits(commit: &Commit) -> Result<(), Error> {
    for (key, value) in commit.expects.iter().chain(&commit.read.entries).chain(&commit.writes) {
        if key.is_empty() {
            return Err(Error::EmptyKey);
        }
        check_size("key", key, MAX_KEY_BYTES)?;
        check_size("value", value.as_deref().unwrap_or_default(), MAX_VALUE_BYTES)?;
    }
    Ok(())
}

/// Holds keys to the limits of the contract.
fn check_keys(keys: &[Vec<u8>]) -> Result<(), Error> {
    keys.iter()
        .try_for_each(|key| if key.is_empty() { Err(Error::EmptyKey) } else { check_size("key", key, MAX_KEY_BYTES) })
}

fn check_size(what: &'static str, bytes: &[u8], limit: usize) -> Result<(), Error> {
    if bytes.len() > limit { Err(Error::TooLarge { what, bytes: bytes.len(), limit }) } else { Ok(()) }
}

/// Returns the range of all keys that begin with `prefix`.
#[must_use]
pub fn prefix_range(prefix: &[u8]) -> KeyRange {
    let mut end = prefix.to_vec();
    while let Some(last) = end.pop() {
        if let Some(next) = last.checked_add(1) {
            end.push(next);
            return (Bound::Included(prefix.to_vec()), Bound::Excluded(end));
        }
    }
    (Bound::Included(prefix.to_vec()), Bound::Unbounded)
}

#[cfg(test)]
mod tests;
