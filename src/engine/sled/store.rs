//! The store as its own thread has it: the one that changes it.

use std::collections::HashMap;
use std::fs;
use std::mem;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use ::sled::{Batch, Db, IVec};

use super::files::{self, Files};
use super::rewrite::{FRESH, Fresh, Growth, Limits};
use super::undo::Undo;
use super::{SledOptions, errors};
use crate::engine::disk;
use crate::engine::errors::from_panic;
use crate::engine::gate::GATE;
use crate::engine::lock::DirectoryLock;
use crate::engine::moment::Changed;
use crate::engine::panics::caught;
use crate::engine::watchdog::{Health, Store};
use crate::engine::{Commit, Entry, Error, Moment};

/// A store that this process has just closed may have threads that still hold sled's own lock for a moment.
const LINGER: Duration = Duration::from_secs(2);
/// sled notes where its pages are only when it is opened, so that the first opening reads all that was written since the one
/// before: 5 s after a million captures. A store into which so many bytes went is opened once more when it is closed.
const SETTLE_AFTER_BYTES: u64 = 32 << 20;

/// What the store's thread is asked for, in sled's terms. Making it copies the rows once, in the thread of the caller.
pub(super) enum Change {
    Commit(CommitChange),
    Reserve(Vec<Vec<u8>>),
}

pub(super) struct CommitChange {
    expects: Vec<(IVec, Option<IVec>)>,
    /// What was read, and since when.
    read: Vec<(IVec, Option<IVec>)>,
    since: Moment,
    /// The keys of the batch.
    keys: Vec<IVec>,
    batch: Batch,
    size: Size,
}

/// What a commit brings, in bytes.
#[derive(Debug, Clone, Default)]
pub(super) struct Size {
    written: u64,
    /// The bytes of what is written without those that it replaces, as far as the expectations tell.
    added: i64,
    /// Keys that are deleted, and of whose rows nothing is known.
    deleted: Vec<IVec>,
}

impl Size {
    fn of(commit: &Commit) -> Self {
        let before: HashMap<&[u8], usize> = commit
            .expects
            .iter()
            .chain(&commit.read.entries)
            .filter_map(|(key, value)| Some((key.as_slice(), bytes(key, value.as_ref()?))))
            .collect();
        let mut size = Self::default();
        for (key, value) in &commit.writes {
            let new = value.as_ref().map_or(0, |value| bytes(key, value));
            let old = before.get(key.as_slice()).copied();
            if old.is_none() && value.is_none() {
                size.deleted.push(key.as_slice().into());
            }
            size.written += new as u64;
            size.added += new as i64 - old.unwrap_or(0) as i64;
        }
        size
    }
}

fn bytes(key: &[u8], value: &[u8]) -> usize {
    key.len() + value.len()
}

impl Change {
    pub(super) fn commit(commit: &Commit) -> Self {
        let own = |(key, value): &Entry| (key.as_slice().into(), value.as_deref().map(IVec::from));
        let mut batch = Batch::default();
        let mut keys: Vec<IVec> = Vec::with_capacity(commit.writes.len());
        for (key, value) in &commit.writes {
            let key = IVec::from(key.as_slice());
            keys.push(key.clone());
            match value {
                Some(value) => batch.insert(key, value.as_slice()),
                None => batch.remove(key),
            }
        }
        Self::Commit(CommitChange {
            expects: commit.expects.iter().map(own).collect(),
            read: commit.read.entries.iter().map(own).collect(),
            since: commit.read.since,
            keys,
            batch,
            size: Size::of(commit),
        })
    }
}

/// The store as its own thread has it.
pub(super) struct SledStore {
    directory: PathBuf,
    db: Db,
    files: Files,
    lock: DirectoryLock,
    /// Whether something may not have been synced. True at first: an earlier process may have been killed before it synced.
    unsynced: bool,
    /// How much room the log took before the store was opened, in bytes.
    before: u64,
    /// How many bytes were written since the store was opened.
    written: u64,
    /// By how much the rows have grown since then.
    added: i64,
    /// How the files were, as long as nothing was written.
    undo: Option<Undo>,
    options: SledOptions,
    changed: Changed,
}

impl SledStore {
    /// Opens the store for its own thread and for the readers.
    pub(super) fn open(
        directory: PathBuf,
        inner: PathBuf,
        lock: DirectoryLock,
        options: SledOptions,
        changed: Changed,
    ) -> Result<(Self, Db), Error> {
        // What cannot be read now cannot be kept, and sled will say so.
        let mut undo = Undo::of(&inner, options.segment_bytes).unwrap_or_default();
        let before = fs::metadata(inner.join(files::LOG)).map_or(0, |log| disk::room(&log));
        let db = open_store(&directory, &inner, &options).inspect_err(|error| {
            // What another handle has open is its own.
            if !matches!(error, Error::InUse { .. }) {
                put_back(undo.as_ref());
            }
        })?;
        undo.iter_mut().for_each(Undo::compare);
        let files = Files::open(inner)?;
        let shared = db.clone();
        Ok((
            Self { directory, db, files, lock, options, changed, unsynced: true, before, written: 0, added: 0, undo },
            shared,
        ))
    }

    /// Nothing else writes to this store, so what held for the expectations holds until the batch is in.
    fn commit(&mut self, change: CommitChange) -> ::sled::Result<Result<(), Error>> {
        let CommitChange { expects, read, since, keys, batch, size } = change;
        for (key, value) in self.changed.to_look_at(&expects, &read, since) {
            if self.db.get(key)? != *value {
                return Ok(Err(Error::Conflict));
            }
        }
        if !keys.is_empty() {
            self.unsynced = true;
            self.undo = None;
            for key in &size.deleted {
                self.added -= self.db.get(key)?.map_or(0, |value| bytes(key, &value)) as i64;
            }
            self.written += size.written;
            self.added += size.added;
            self.changed.begin(keys.iter().map(|key| &**key));
            self.db.apply_batch(batch)?;
            self.changed.end();
        }
        Ok(Ok(()))
    }

    /// How long the log is, where writing it anew may pay.
    fn overgrown(&self) -> Option<u64> {
        let now = self.undo.is_none().then(|| self.files.used(self.options.segment_bytes).ok()).flatten()?;
        Some(now).filter(|now| Growth { before: self.before, now: *now, added: self.added }.is_much())
    }

    fn stalled(&self) -> Error {
        Error::Stalled { seconds: self.options.stall_after.as_secs() }
    }

    /// Not in a batch: sled puts all changes that a batch makes to a leaf into one link.
    fn reserve(&mut self, mut keys: Vec<Vec<u8>>) -> ::sled::Result<()> {
        keys.sort_unstable();
        self.unsynced = true;
        self.undo = None;
        self.changed.begin(keys.iter().map(Vec::as_slice));
        for key in keys {
            if !self.db.contains_key(&key)? {
                self.db.insert(key, IVec::default())?;
            }
        }
        self.changed.end();
        Ok(())
    }
}

impl Store for SledStore {
    type Change = Change;

    fn apply(&mut self, change: Change) -> Result<(), Error> {
        let made = match change {
            Change::Commit(change) => {
                let _writing = GATE.write();
                caught(|| self.commit(change))
            }
            // To sled these are single changes, which stand beside readers.
            Change::Reserve(keys) => {
                let _reading = GATE.read(self.options.stall_after).map_err(|_| self.stalled())?;
                caught(|| self.reserve(keys).map(Ok))
            }
        };
        match made {
            Ok(Ok(result)) => result,
            Ok(Err(error)) => Err(errors::from_sled(error, "write to", &self.directory)),
            Err(panic) => Err(from_panic(&panic, "write to", &self.directory)),
        }
    }

    fn flush(&mut self) -> Result<(), Error> {
        if !self.unsynced {
            return Ok(());
        }
        {
            let _reading = GATE.read(self.options.stall_after).map_err(|_| self.stalled())?;
            match caught(|| self.db.flush()) {
                Ok(Ok(_)) => (),
                Ok(Err(error)) => return Err(errors::from_sled(error, "flush", &self.directory)),
                Err(panic) => return Err(from_panic(&panic, "flush", &self.directory)),
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
            let overgrown = health.check().ok().and_then(|()| self.overgrown());
            let Self { directory, db, files, lock, options, written, undo, .. } = self;
            let inner = directory.join(&options.store);
            let closed = {
                let _reading = GATE.read(options.stall_after);
                caught(|| drop(db))
            };
            if closed.is_err() {
                mem::forget(lock);
            } else if health.check().is_ok() {
                // All is on disk: what goes wrong from here on costs the next opening time, no more.
                if overgrown.and_then(|now| rewrite(&inner, now, &options)).is_none() {
                    if written >= SETTLE_AFTER_BYTES {
                        let settled = open_store(&directory, &inner, &options);
                        let _ = caught(|| drop(settled));
                    }
                    if undo.is_none() {
                        let _ = files::fill_last_segment(&files.into_log(), options.segment_bytes);
                    }
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

/// Writes a store anew that is closed. Where that is not done it stays as it is: nothing depends on it.
fn rewrite(inner: &Path, now: u64, options: &SledOptions) -> Option<()> {
    let limits = Limits::of_closing(options);
    let fresh = caught(|| Fresh::of(inner, now, options, limits)).ok()?.ok()??;
    fresh.take_place().ok()
}

/// Makes the files what they were before they were opened. They are no worse where that fails.
fn put_back(undo: Option<&Undo>) {
    let _ = undo.map(Undo::restore);
}

/// Opens a store, and does away with what a process that was killed has left in it.
pub(super) fn open_store(directory: &Path, inner: &Path, options: &SledOptions) -> Result<Db, Error> {
    files::remove_unfinished_snapshots(inner)?;
    let _ = fs::remove_dir_all(inner.join(FRESH));
    open_db(directory, inner, options)
}

pub(super) fn open_db(directory: &Path, inner: &Path, options: &SledOptions) -> Result<Db, Error> {
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
                return Err(Error::InUse { path: directory.to_owned(), pid: None, doing: None });
            }
            Ok(Err(error)) => return Err(errors::from_sled(error, "open", directory)),
            Err(panic) => return Err(from_panic(&panic, "open", directory)),
        }
    }
}
