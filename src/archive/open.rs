//! Opening an archive: its directory, its format, its counters.

use std::path::Path;
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use crate::engine::{Commit, Durability, Engine, EngineKind, MemoryEngine, Order};
use crate::format::key::{META_FORMAT, META_MIGRATION, META_REINDEX};
use crate::format::record::{FormatRecord, MigrationRecord};
use crate::format::{FORMAT_VERSION, codec};

use super::acknowledged::Acknowledged;
use super::directory::open_engine;
use super::served::{self, Served};
use super::store::{Store, record};
use super::tail::Tail;
use super::{Archive, Error, Inner};

/// How to open an archive.
///
/// ```
/// use morgue::OpenOptions;
///
/// let options = OpenOptions { read_only: true, ..OpenOptions::default() };
/// assert!(!options.create || options.read_only);
/// ```
#[derive(Debug, Clone)]
pub struct OpenOptions {
    /// Make an archive where there is none. On by default; without effect with `read_only`.
    pub create: bool,
    /// Refuse every call that writes, and never migrate.
    ///
    /// An archive that another process has open and lets others read (`Archive::serve_reads`) is read by way of it: nothing below is done then.
    ///
    /// The lock is taken all the same (the file `lock` says by whom), since the engines admit one process, and sled must be allowed to write to
    /// its files: it mends the end of its log when it opens it. What it changed is put back when the archive is closed, so that
    /// all other files are then as they were, bytes and times. fjall removes old files of its own the first time that a store is opened
    /// after it was written to, and leaves the others. A process that is killed meanwhile leaves what sled mended, and so
    /// does the first opening after a kill in the midst of more than 96 MiB.
    pub read_only: bool,
    /// Open also when a reindex was interrupted or acknowledged captures are missing, for `check` and `reindex`. Off by default.
    pub repair: bool,
    /// Merge packs and gather rows of the index while captures are archived, a little after each batch; what `seal` does at once. On by
    /// default: it keeps an archive small and quick. Off, archiving is a little quicker.
    pub seal: bool,
    /// The engine of a new archive; sled unless set. Another one than an archive has is an error.
    pub engine: Option<EngineKind>,
    /// How much may be kept in memory of what was read, in bytes: a quarter by the engine, the rest unpacked. 64 MiB by default.
    pub cache_bytes: u64,
    /// How long to wait for another process to close the archive. Not at all by default.
    pub lock_wait: Duration,
}

impl OpenOptions {
    /// The engine's share of the cache. What is unpacked is worth more: it is what reading takes its time for.
    pub(super) const fn engine_cache_bytes(&self) -> u64 {
        self.cache_bytes / 4
    }
}

impl Default for OpenOptions {
    fn default() -> Self {
        Self {
            create: true,
            read_only: false,
            repair: false,
            seal: true,
            engine: None,
            cache_bytes: 64 << 20,
            lock_wait: Duration::ZERO,
        }
    }
}

impl Archive {
    /// Opens the archive in a directory, on the engine that it was made with.
    ///
    /// One process has an archive open at a time. With [`read_only`](OpenOptions::read_only) it is read by way of another process that has
    /// it open and serves reads (`Archive::serve_reads`); [`Archive::is_served`] tells, and nothing else does.
    ///
    /// ```
    /// # fn main() -> Result<(), morgue::Error> {
    /// # let dir = tempfile::tempdir().unwrap();
    /// let archive = morgue::Archive::open(dir.path(), &morgue::OpenOptions::default())?;
    /// assert_eq!(archive.stats()?.stories, 0);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::NoArchive`] where there is none and none is to be made; [`Error::NotAnArchive`] where other files are;
    /// [`engine::Error::InUse`](crate::engine::Error::InUse) while another process has it open and does not serve what is asked for; [`Error::Older`] and
    /// [`Error::Newer`] for another format; [`Error::OtherEngine`] and [`Error::EngineNotBuilt`]; damage.
    pub fn open(path: impl AsRef<Path>, options: &OpenOptions) -> Result<Self, Error> {
        let path = path.as_ref();
        if options.read_only {
            return served::open(path, options).map_err(|error| served::told(path, error));
        }
        Self::open_own(path, options).map_err(|error| served::told(path, error))
    }

    /// Opens an archive in this process.
    pub(super) fn open_own(path: &Path, options: &OpenOptions) -> Result<Self, Error> {
        let opened = open_engine(path, options)?;
        let acknowledged = Acknowledged::open(path, options.read_only)?;
        let archive = Self::start(Arc::clone(&opened.engine), options, Some(acknowledged))?;
        opened.settle(path, options)?;
        Ok(archive)
    }

    /// Returns an empty archive in memory, gone with its last clone.
    ///
    /// ```
    /// let archive = morgue::Archive::in_memory();
    /// assert_eq!(archive.stats().unwrap().engine, "memory");
    /// ```
    #[must_use]
    pub fn in_memory() -> Self {
        Self::with_engine(Arc::new(MemoryEngine::default()), &OpenOptions::default())
            .expect("because an empty engine in memory has no I/O and no format that could be refused")
    }

    /// Opens the archive that an engine holds; an empty engine becomes an empty archive.
    ///
    /// # Errors
    /// As [`Archive::open`], apart from those about directories.
    pub fn with_engine(engine: Arc<dyn Engine>, options: &OpenOptions) -> Result<Self, Error> {
        Self::start(engine, options, None)
    }

    pub(super) fn start(
        engine: Arc<dyn Engine>,
        options: &OpenOptions,
        acknowledged: Option<Acknowledged>,
    ) -> Result<Self, Error> {
        Self::start_served(engine, options, acknowledged, None)
    }

    pub(super) fn start_served(
        engine: Arc<dyn Engine>,
        options: &OpenOptions,
        acknowledged: Option<Acknowledged>,
        served: Option<Arc<Served>>,
    ) -> Result<Self, Error> {
        check_format(&*engine, options)?;
        let tail = match Tail::read(&*engine) {
            Ok(tail) => tail,
            // The feed is derived: a damaged one must not keep `reindex` from making it anew.
            Err(error) if options.repair && error.is_damage() => Tail::unknown(),
            Err(error) => return Err(error),
        };
        if let Some(acknowledged) = acknowledged.as_ref().filter(|_| !options.repair) {
            acknowledged.verify(tail.next_arrival)?;
        }
        let inner = Inner {
            store: Store::new(engine, options.cache_bytes - options.engine_cache_bytes()),
            read_only: options.read_only,
            seals: options.seal,
            tail: Mutex::new(tail),
            sealing: Mutex::default(),
            changed: Condvar::new(),
            acknowledged,
            served,
            #[cfg(unix)]
            serving: Mutex::default(),
        };
        Ok(Self { inner: Arc::new(inner) })
    }
}

/// Makes the format row in an empty store, and refuses a store of another format.
fn check_format(engine: &dyn Engine, options: &OpenOptions) -> Result<(), Error> {
    match format_version(engine)? {
        Some(FORMAT_VERSION) => {}
        Some(found) if found > FORMAT_VERSION => return Err(Error::Newer { found }),
        Some(found) => return Err(Error::Older { found }),
        None if options.read_only => return Err(Error::damaged("the format version is missing")),
        None => {
            let value = codec::encode(META_FORMAT, &FormatRecord { version: FORMAT_VERSION })?;
            let writes = vec![(META_FORMAT.to_vec(), Some(value))];
            let commit = Commit { expects: vec![(META_FORMAT.to_vec(), None)], writes, ..Commit::default() };
            engine.commit(&commit, Durability::Synced)?;
        }
    }
    // Half moved: it has the new version already, so that older programs refuse it.
    if let Some(MigrationRecord { from, .. }) = record(engine, META_MIGRATION)? {
        return Err(Error::Older { found: from });
    }
    if !options.repair && engine.get(META_REINDEX)?.is_some() {
        return Err(Error::UnfinishedReindex);
    }
    Ok(())
}

/// The version of the format that a store has; `None` when the store is empty.
pub(super) fn format_version(engine: &dyn Engine) -> Result<Option<u32>, Error> {
    if let Some(FormatRecord { version }) = record(engine, META_FORMAT)? {
        return Ok(Some(version));
    }
    let everything = (std::ops::Bound::Unbounded, std::ops::Bound::Unbounded);
    match engine.scan(everything, Order::Ascending).next() {
        None => Ok(None),
        Some(row) => row.map_err(Error::from).and(Err(Error::damaged("the format version is missing"))),
    }
}
