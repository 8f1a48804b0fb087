//! The store as its own thread has it: the one that changes it, and cuts its journal when it closes.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Write as _};
use std::mem;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use ::fjall::{OwnedWriteBatch, PersistMode, Slice};

use super::journal::{Journal, journals};
use super::note::{Note, Synced};
use super::open::open_tree;
use super::{FjallOptions, Tree, errors};
use crate::engine::disk::{self, io_error};
use crate::engine::errors::from_panic;
use crate::engine::lock::DirectoryLock;
use crate::engine::moment::Changed;
use crate::engine::panics::caught;
use crate::engine::watchdog::{Health, Store};
use crate::engine::{Commit, Entry, Error, Moment};

/// A journal with more than this is emptied when the store is closed: its rows go into a table, where they are found at once.
/// Below it, reading the journal again costs less than one more table.
const SETTLE_AFTER_BYTES: u64 = 2 << 20;
/// How much to write when a failure that fjall tells nothing about may be a full disk.
const PROBE_BYTES: usize = 1 << 20;

/// A commit in fjall's terms. Making it copies the rows once, in the thread of the caller.
pub(super) struct Change {
    expects: Vec<(Slice, Option<Slice>)>,
    /// What was read, and since when.
    read: Vec<(Slice, Option<Slice>)>,
    since: Moment,
    writes: Vec<(Slice, Option<Slice>)>,
}

impl Change {
    pub(super) fn new(Commit { expects, read, writes }: &Commit) -> Self {
        let own = |(key, value): &Entry| (Slice::from(key.as_slice()), value.as_deref().map(Slice::from));
        Self {
            expects: expects.iter().map(own).collect(),
            read: read.entries.iter().map(own).collect(),
            since: read.since,
            writes: last_of_each(writes).into_iter().map(own).collect(),
        }
    }
}

/// The store.
pub(super) struct FjallStore {
    directory: PathBuf,
    inner: PathBuf,
    tree: Tree,
    lock: DirectoryLock,
    options: FjallOptions,
    changed: Changed,
    /// Whether something may not have been synced. True at first: an earlier process may have been killed before it synced.
    unsynced: bool,
    /// How many bytes are in the journal.
    journal: u64,
    /// A place where a batch ends, up to which the newest journal was looked at.
    place: Synced,
    /// How far the journal is known to be synced; written only by one who wrote to the store.
    note: Note,
    written: bool,
}

impl FjallStore {
    /// Opens the store for its own thread and for the readers.
    pub(super) fn open(
        directory: PathBuf,
        inner: PathBuf,
        lock: DirectoryLock,
        options: FjallOptions,
        changed: Changed,
    ) -> Result<(Self, Tree), Error> {
        let mut note = Note::open(&inner);
        let opened = caught(|| open_tree(&directory, &inner, &options, &mut note));
        let (tree, place) = opened.map_err(|panic| from_panic(&panic, "open", &directory))??;
        disk::sync_names(&inner)?;
        let length = |journal: Journal| fs::metadata(journal.path).ok().map(|found| found.len());
        let journal = journals(&inner)?.into_iter().filter_map(length).sum();
        let shared = tree.clone();
        let store = Self {
            directory,
            inner,
            tree,
            lock,
            options,
            changed,
            unsynced: true,
            journal,
            place,
            note,
            written: false,
        };
        Ok((store, shared))
    }
}

impl FjallStore {
    fn commit(&mut self, change: &Change) -> Result<Result<(), Error>, ::fjall::Error> {
        let Tree { rows, database } = &self.tree;
        for (key, value) in self.changed.to_look_at(&change.expects, &change.read, change.since) {
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
        (self.unsynced, self.written) = (true, true);
        self.changed.begin(change.writes.iter().map(|(key, _)| &**key));
        batch.commit()?;
        self.changed.end();
        Ok(Ok(()))
    }

    /// Notes how far the journal is synced, now that it is: nothing was written to it since. An older note does no harm, so where
    /// this fails nothing has to be done.
    fn note_synced(&mut self) -> io::Result<()> {
        loop {
            let next = Journal::numbered(&self.inner, self.place.journal + 1);
            if !next.path.try_exists()? {
                break;
            }
            self.place = Synced { journal: next.number, bytes: 0 };
        }
        self.place.bytes = Journal::numbered(&self.inner, self.place.journal).follow(self.place.bytes)?;
        self.note.write(self.place)
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
            if self.written {
                let _ = self.note_synced();
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
            let Self { inner, tree, lock, note, .. } = self;
            if caught(|| drop(tree)).is_err() {
                mem::forget(lock);
            } else if settled {
                // All is on disk: what goes wrong from here on costs room and the next opening time, no more.
                let _ = empty_journal(&inner, note);
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
fn last_of_each(writes: &[Entry]) -> Vec<&Entry> {
    let mut seen = HashSet::new();
    let mut last: Vec<_> = writes.iter().rev().filter(|(key, _)| seen.insert(key)).collect();
    last.reverse();
    last
}

/// Empties the journal of a store that was settled and closed. It is not removed: fjall counts its commits from its rows only where
/// a journal is.
fn empty_journal(inner: &Path, mut note: Note) -> Result<(), Error> {
    // Several are left where fjall was not done removing them: the next opening is.
    let [journal] = journals(inner)?.try_into().map_err(|_| io_error("empty", inner, ErrorKind::Other.into()))?;
    // Before the journal is shorter than the note says.
    note.forget().and_then(|()| journal.cut(0)).map_err(|source| io_error("empty", &journal.path, source))
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
