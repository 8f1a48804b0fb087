//! A store as a loss of power finds it, and what is left of it after one.

use std::collections::BTreeMap;
use std::ops::{Bound::Unbounded, Range};

use super::*;

pub(super) const PAGE: u64 = 4096;

/// A store as a loss of power finds it: the files, and how much was acknowledged.
pub(super) struct Loss {
    pub(super) directory: tempfile::TempDir,
    /// The name of the newest journal, up to where it was synced, and where it ends.
    pub(super) journal: String,
    pub(super) synced: u64,
    pub(super) length: u64,
    /// How many commits were acknowledged, and how many were made.
    pub(super) acknowledged: u32,
    pub(super) made: u32,
    pub(super) commits: fn(u32) -> Commit,
}

/// Numbers by chance, the same ones each time.
pub(super) struct Chance(pub(super) u64);

impl Chance {
    pub(super) fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end.max(1)
    }

    pub(super) fn bytes(&mut self, length: usize) -> Vec<u8> {
        (0..length).map(|_| self.below(256) as u8).collect()
    }
}

/// The commit with a number, from 1: a row of its own, one that each overwrites, and now and then one that goes.
pub(super) fn numbered(n: u32) -> Commit {
    let mut chance = Chance(u64::from(n));
    let length = [40, 300, 9_000, 3_000, 70][n as usize % 5] + chance.below(200) as usize;
    let mut writes = vec![
        (b"count".to_vec(), Some(n.to_be_bytes().to_vec())),
        (format!("row {n:06}").into_bytes(), Some(chance.bytes(length))),
    ];
    if n.is_multiple_of(3) {
        writes.push((format!("row {:06}", n - 2).into_bytes(), None));
    }
    Commit { writes, ..Commit::default() }
}

pub(super) fn held(engine: &FjallEngine) -> u32 {
    held_of(engine, numbered)
}

/// How many commits a store holds: the first ones, and each of them whole.
pub(super) fn held_of(engine: &FjallEngine, commits: fn(u32) -> Commit) -> u32 {
    let count = engine.get(b"count").unwrap().map_or(0, |bytes| u32::from_be_bytes(bytes.try_into().unwrap()));
    let mut expected = BTreeMap::new();
    for (key, value) in (1..=count).flat_map(|n| commits(n).writes) {
        match value {
            Some(value) => expected.insert(key, value),
            None => expected.remove(&key),
        };
    }
    let rows: Vec<_> = engine.scan((Unbounded, Unbounded), Order::Ascending).map(Result::unwrap).collect();
    assert!(rows.into_iter().eq(expected), "not what {count} commits leave");
    count
}

/// The newest journal of a store, and how much of it is used.
pub(super) fn newest(directory: &Path) -> (String, u64) {
    let names = fs::read_dir(directory.join("fjall")).unwrap().map(|entry| entry.unwrap().file_name());
    let numbers = names.filter_map(|name| name.to_str()?.strip_suffix(".jnl")?.parse::<u32>().ok());
    let name = format!("{}.jnl", numbers.max().unwrap());
    let bytes = fs::read(directory.join("fjall").join(&name)).unwrap();
    (name, bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last as u64 + 1))
}

pub(super) fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let to = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &to)
        } else if from.ends_with("tables") {
            // fjall writes a table once.
            fs::hard_link(entry.path(), to).unwrap();
        } else {
            fs::copy(entry.path(), to).unwrap();
        }
    }
}

impl Loss {
    /// Takes the files of a store that is being written; `synced` is where its newest journal was synced up to.
    pub(super) fn of(directory: &Path, synced: u64, acknowledged: u32, made: u32) -> Self {
        let taken = tempfile::tempdir().unwrap();
        copy(directory, taken.path());
        let (journal, length) = newest(taken.path());
        Self { directory: taken, journal, synced, length, acknowledged, made, commits: numbered }
    }

    /// Some commits of which the first are synced, and more that are not; in a store that was opened before, or not.
    pub(super) fn small(reopened: bool) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let mut engine = FjallEngine::open(directory.path(), &options()).unwrap();
        for n in 1..=12 {
            engine.commit(&numbered(n), if n % 4 == 0 { Durability::Synced } else { Durability::Buffered }).unwrap();
            if n == 8 && reopened {
                drop(engine);
                engine = FjallEngine::open(directory.path(), &options()).unwrap();
            }
        }
        let (_, synced) = newest(directory.path());
        (13..=30).for_each(|n| engine.commit(&numbered(n), Durability::Buffered).unwrap());
        let loss = Self::of(directory.path(), synced, 12, 30);
        assert!(loss.length > synced + 8 * PAGE, "{synced} of {}", loss.length);
        loss
    }

    /// The pages that were not synced; of the first one and the last one the part that was written.
    pub(super) fn pages(&self) -> Vec<Range<u64>> {
        let pages = self.synced / PAGE..self.length.div_ceil(PAGE);
        pages.map(|page| (page * PAGE).max(self.synced)..((page + 1) * PAGE).min(self.length)).collect()
    }

    /// Opens the store after something was done to its files.
    pub(super) fn open(&self, change: impl FnOnce(&Path)) -> (tempfile::TempDir, Result<FjallEngine, Error>) {
        let copied = tempfile::tempdir().unwrap();
        copy(self.directory.path(), copied.path());
        change(&copied.path().join("fjall"));
        let opened = FjallEngine::open(copied.path(), &FjallOptions::default());
        (copied, opened)
    }

    /// Holds the store to its promise after its newest journal was changed; it can be written then, and opened again.
    pub(super) fn assert_kept(&self, about: &str, change: impl FnOnce(&mut Vec<u8>)) -> u32 {
        let (directory, opened) = self.open(|inner| edit(&inner.join(&self.journal), change));
        let engine = opened.unwrap_or_else(|error| panic!("{about}: {error}"));
        let held_first = held_of(&engine, self.commits);
        assert!((self.acknowledged..=self.made).contains(&held_first), "{about}: {held_first} commits");
        engine.commit(&(self.commits)(held_first + 1), Durability::Synced).unwrap();
        drop(engine);
        let engine = FjallEngine::open(directory.path(), &FjallOptions::default()).unwrap();
        assert_eq!(held_of(&engine, self.commits), held_first + 1, "{about}: written on");
        held_first
    }
}

pub(super) fn edit(path: &Path, change: impl FnOnce(&mut Vec<u8>)) {
    let mut bytes = fs::read(path).unwrap();
    change(&mut bytes);
    fs::write(path, bytes).unwrap();
}

pub(super) fn fill(bytes: &mut [u8], range: &Range<u64>, with: impl FnMut() -> u8) {
    bytes[range.start as usize..range.end as usize].fill_with(with);
}

pub(super) fn quiet() {
    crate::engine::quiet_panics();
}
