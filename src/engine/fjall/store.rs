//! The store as its own thread has it: the one that changes it, and cuts its journal when it closes.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Write as _};
use std::mem;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use ::fjall::{OwnedWriteBatch, PersistMode, Slice};

use super::{FjallOptions, Tree, errors, options};
use crate::engine::disk::{self, io_error};
use crate::engine::errors::{damaged, from_panic};
use crate::engine::lock::DirectoryLock;
use crate::engine::panics::caught;
use crate::engine::watchdog::{Health, Store};
use crate::engine::{Commit, Error};

/// The one keyspace.
const ROWS: &str = "rows";
/// The file that fjall writes last of those that make a store, and the folder that it fills after that.
const VERSION: &str = "version";
const KEYSPACES: &str = "keyspaces";
/// In there, the tree with the names of the others; in each tree, its tables and the file that says which of them count.
const NAMES: &str = "0";
const TABLES: &str = "tables";
const CURRENT: &str = "current";
const JOURNAL: &str = "jnl";
/// A journal with more than this is emptied when the store is closed: its rows go into a table, where they are found at once.
/// Below it, reading the journal again costs less than one more table.
const SETTLE_AFTER_BYTES: u64 = 2 << 20;
/// How much to write when a failure that fjall tells nothing about may be a full disk.
const PROBE_BYTES: usize = 1 << 20;

/// What a commit expects of a key, or writes under it.
type Row = (Vec<u8>, Option<Vec<u8>>);

/// A commit in fjall's terms. Making it copies the rows once, in the thread of the caller.
pub(super) struct Change {
    expects: Vec<(Slice, Option<Slice>)>,
    writes: Vec<(Slice, Option<Slice>)>,
}

impl Change {
    pub(super) fn new(commit: &Commit) -> Self {
        let own = |(key, value): &Row| (Slice::from(key.as_slice()), value.as_deref().map(Slice::from));
        let writes = last_of_each(&commit.writes).into_iter().map(own).collect();
        Self { expects: commit.expects.iter().map(own).collect(), writes }
    }
}

/// The store.
pub(super) struct FjallStore {
    directory: PathBuf,
    inner: PathBuf,
    tree: Tree,
    lock: DirectoryLock,
    options: FjallOptions,
    /// Whether something may not have been synced. True at first: an earlier process may have been killed before it synced.
    unsynced: bool,
    /// How many bytes are in the journal.
    journal: u64,
}

impl FjallStore {
    /// Opens the store for its own thread and for the readers.
    pub(super) fn open(
        directory: PathBuf,
        inner: PathBuf,
        lock: DirectoryLock,
        options: FjallOptions,
    ) -> Result<(Self, Tree), Error> {
        let opened = caught(|| open_tree(&directory, &inner, &options));
        let tree = opened.map_err(|panic| from_panic(&panic, "open", &directory))??;
        disk::sync_names(&inner)?;
        let journal =
            journals(&inner)?.iter().filter_map(|path| fs::metadata(path).ok()).map(|found| found.len()).sum();
        let shared = tree.clone();
        Ok((Self { directory, inner, tree, lock, options, unsynced: true, journal }, shared))
    }
}

impl FjallStore {
    fn commit(&mut self, change: &Change) -> Result<Result<(), Error>, ::fjall::Error> {
        let Tree { rows, database } = &self.tree;
        for (key, value) in &change.expects {
            if rows.get(key)? != *value {
                return Ok(Err(Error::Conflict));
            }
        }
        if change.writes.is_empty() {
            return Ok(Ok(()));
        }
        wait_for_worker(&self.tree)?;
        // Without a durability of its own: what is synced is synced by `flush`, once for all that wait for it.
        let mut batch = OwnedWriteBatch::with_capacity(database.clone(), change.writes.len());
        for (key, value) in &change.writes {
            self.journal += (key.len() + value.as_ref().map_or(0, |value| value.len())) as u64;
            match value {
                Some(value) => batch.insert(rows, key.clone(), value.clone()),
                None => batch.remove(rows, key.clone()),
            }
        }
        self.unsynced = true;
        batch.commit().map(Ok)
    }

    /// Puts all rows into tables. Nothing else writes to this store, so once no table waits in memory the journal holds nothing
    /// that is not in a table that is synced.
    fn settle(&self) -> Result<(), ::fjall::Error> {
        let Tree { rows, database } = &self.tree;
        let end = Instant::now() + self.options.stall_after;
        while rows.rotate_memtable()? || rows.sealed_memtable_count() > 0 {
            database.persist(PersistMode::Buffer)?;
            if Instant::now() > end {
                return Err(::fjall::Error::Io(ErrorKind::TimedOut.into()));
            }
            thread::sleep(Duration::from_millis(1));
        }
        Ok(())
    }

    /// Says what was wrong. Of a write that failed in the background fjall only tells that it did.
    fn failed(&self, error: ::fjall::Error, doing: &'static str) -> Error {
        if matches!(error, ::fjall::Error::Poisoned)
            && let Err(source) = probe(&self.inner)
        {
            return Error::Io { doing, path: self.directory.clone(), source };
        }
        errors::from_fjall(error, doing, &self.directory)
    }
}

impl Store for FjallStore {
    type Change = Change;

    /// Nothing else writes to this store, so what held for the expectations holds until the batch is in.
    fn apply(&mut self, change: Change) -> Result<(), Error> {
        match caught(|| self.commit(&change)) {
            Ok(Ok(result)) => result,
            Ok(Err(error)) => Err(self.failed(error, "write to")),
            Err(panic) => Err(from_panic(&panic, "write to", &self.directory)),
        }
    }

    fn flush(&mut self) -> Result<(), Error> {
        if self.unsynced {
            match caught(|| self.tree.database.persist(PersistMode::SyncAll)) {
                Ok(Ok(())) => self.unsynced = false,
                Ok(Err(error)) => return Err(self.failed(error, "flush")),
                Err(panic) => return Err(from_panic(&panic, "flush", &self.directory)),
            }
        }
        Ok(())
    }

    fn close(mut self, health: &Health) {
        if health.check().is_ok() {
            let flushed = self.flush();
            let _ = health.note(flushed);
        }
        if health.check().is_ok() || health.failed_by_io() {
            let wanted = health.check().is_ok() && self.journal >= SETTLE_AFTER_BYTES;
            let settled = wanted && matches!(caught(|| self.settle()), Ok(Ok(())));
            let Self { inner, tree, lock, .. } = self;
            if caught(|| drop(tree)).is_err() {
                mem::forget(lock);
            } else if settled {
                // All is on disk: what goes wrong from here on costs room and the next opening time, no more.
                let _ = empty_journal(&inner);
            }
        } else {
            // fjall keeps its own lock until the process ends, so ours stays beside it and says whose it is.
            mem::forget(self);
        }
    }
}

/// fjall itself would wait without end when its worker has failed: so it is not let come to that.
fn wait_for_worker(tree: &Tree) -> Result<(), ::fjall::Error> {
    while tree.rows.sealed_memtable_count() >= 2 {
        tree.database.persist(PersistMode::Buffer)?;
        thread::sleep(Duration::from_millis(1));
    }
    Ok(())
}

/// fjall gives all rows of a batch one number, and does not say which of two rows with one key and one number counts.
fn last_of_each(writes: &[Row]) -> Vec<&Row> {
    let mut seen = HashSet::new();
    let mut last: Vec<_> = writes.iter().rev().filter(|(key, _)| seen.insert(key)).collect();
    last.reverse();
    last
}

/// Looks for a store in a directory and makes the directory where that is asked for.
pub(super) fn find_or_make(directory: &Path, create: bool) -> Result<(), Error> {
    if create {
        return fs::create_dir_all(directory).map_err(|source| io_error("create", directory, source));
    }
    // fjall would make an empty store where this file is missing.
    let version = directory.join(VERSION);
    fs::metadata(&version).map(drop).map_err(|source| io_error("open", &version, source))
}

fn open_tree(directory: &Path, inner: &Path, options: &FjallOptions) -> Result<Tree, Error> {
    let fails = |error| errors::from_fjall(error, "open", directory);
    let is_new = !inner.join(VERSION).exists();
    if is_new {
        clear_unfinished(directory, inner)?;
        // A new journal is 64 MB long, most of it a hole; one that is opened again is as long as what is in it.
        drop(options.database(inner).open().map_err(fails)?);
    } else {
        check_parts(directory, inner, options.create)?;
    }
    let database = options.database(inner).open().map_err(fails)?;
    if !options.create && !database.keyspace_exists(ROWS) {
        return Err(damaged("its rows are missing".to_owned(), directory));
    }
    let rows = database.keyspace(ROWS, options::keyspace).map_err(fails)?;
    Ok(Tree { rows, database })
}

/// Removes the journal of a store whose making was stopped: fjall does not go on with it. Nothing can be in such a journal, since
/// the folder of the rows comes after the file that is missing.
fn clear_unfinished(directory: &Path, inner: &Path) -> Result<(), Error> {
    let keyspaces = inner.join(KEYSPACES);
    if fs::read_dir(&keyspaces).is_ok_and(|mut entries| entries.next().is_some()) {
        return Err(damaged(format!("its file {VERSION} is missing"), directory));
    }
    journals(inner)?
        .iter()
        .try_for_each(|path| fs::remove_file(path).map_err(|source| io_error("remove", path, source)))
}

/// Refuses a store that lacks a file without which fjall removes what is left of it, or counts its commits from zero again, so that
/// later rows hide behind earlier ones. A tree without tables may be one whose making was stopped.
fn check_parts(directory: &Path, inner: &Path, create: bool) -> Result<(), Error> {
    let missing = |path: &Path| Err(damaged(format!("{} is missing", path.display()), directory));
    if journals(inner)?.is_empty() {
        return missing(&inner.join("*.jnl"));
    }
    let keyspaces = inner.join(KEYSPACES);
    let trees = list(&keyspaces)?;
    let has_tables = |tree: &PathBuf| fs::read_dir(tree.join(TABLES)).is_ok_and(|mut tables| tables.next().is_some());
    if create && !trees.iter().any(has_tables) {
        return Ok(());
    }
    let needed = trees.into_iter().chain([keyspaces.join(NAMES)]).map(|tree| tree.join(CURRENT));
    needed.into_iter().find(|current| !current.exists()).map_or(Ok(()), |current| missing(&current))
}

/// Empties the journal of a store that was settled and closed. It is not removed: fjall counts its commits from its rows only where
/// a journal is.
fn empty_journal(inner: &Path) -> Result<(), Error> {
    // Several are left where fjall was not done removing them: the next opening is.
    let [journal] = journals(inner)?.try_into().map_err(|_| io_error("empty", inner, ErrorKind::Other.into()))?;
    let empty = || File::options().write(true).open(&journal)?.set_len(0);
    empty().map_err(|source| io_error("empty", &journal, source))
}

/// The journals of a store.
fn journals(inner: &Path) -> Result<Vec<PathBuf>, Error> {
    let mut paths = list(inner)?;
    paths.retain(|path| path.extension().is_some_and(|extension| extension == JOURNAL));
    Ok(paths)
}

fn list(directory: &Path) -> Result<Vec<PathBuf>, Error> {
    let list = || fs::read_dir(directory)?.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>();
    list().map_err(|source| match source.kind() {
        ErrorKind::NotFound => damaged(format!("{} is missing", directory.display()), directory),
        _ => io_error("list", directory, source),
    })
}

/// Tells a full disk by writing something.
fn probe(inner: &Path) -> io::Result<()> {
    let path = inner.join("probe");
    let write = || {
        let mut file = File::create(&path)?;
        file.write_all(&vec![7; PROBE_BYTES])?;
        file.sync_all()
    };
    let written = write();
    let _ = fs::remove_file(&path);
    written
}
