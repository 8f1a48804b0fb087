//! Power that fails while a store on disk is written: pages of the journal that were not synced come back as they were written, as
//! zeros or as anything else, in any choice.

use std::collections::BTreeMap;
use std::ops::{Bound::Unbounded, Range};

use super::*;

const PAGE: u64 = 4096;

/// A store as a loss of power finds it: the files, and how much was acknowledged.
struct Loss {
    directory: tempfile::TempDir,
    /// The name of the newest journal, up to where it was synced, and where it ends.
    journal: String,
    synced: u64,
    length: u64,
    /// How many commits were acknowledged, and how many were made.
    acknowledged: u32,
    made: u32,
    commits: fn(u32) -> Commit,
}

/// Numbers by chance, the same ones each time.
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end.max(1)
    }

    fn bytes(&mut self, length: usize) -> Vec<u8> {
        (0..length).map(|_| self.below(256) as u8).collect()
    }
}

/// The commit with a number, from 1: a row of its own, one that each overwrites, and now and then one that goes.
fn numbered(n: u32) -> Commit {
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

fn held(engine: &FjallEngine) -> u32 {
    held_of(engine, numbered)
}

/// How many commits a store holds: the first ones, and each of them whole.
fn held_of(engine: &FjallEngine, commits: fn(u32) -> Commit) -> u32 {
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
fn newest(directory: &Path) -> (String, u64) {
    let names = fs::read_dir(directory.join("fjall")).unwrap().map(|entry| entry.unwrap().file_name());
    let numbers = names.filter_map(|name| name.to_str()?.strip_suffix(".jnl")?.parse::<u32>().ok());
    let name = format!("{}.jnl", numbers.max().unwrap());
    let bytes = fs::read(directory.join("fjall").join(&name)).unwrap();
    (name, bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last as u64 + 1))
}

fn copy(from: &Path, to: &Path) {
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
    fn of(directory: &Path, synced: u64, acknowledged: u32, made: u32) -> Self {
        let taken = tempfile::tempdir().unwrap();
        copy(directory, taken.path());
        let (journal, length) = newest(taken.path());
        Self { directory: taken, journal, synced, length, acknowledged, made, commits: numbered }
    }

    /// Some commits of which the first are synced, and more that are not; in a store that was opened before, or not.
    fn small(reopened: bool) -> Self {
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
    fn pages(&self) -> Vec<Range<u64>> {
        let pages = self.synced / PAGE..self.length.div_ceil(PAGE);
        pages.map(|page| (page * PAGE).max(self.synced)..((page + 1) * PAGE).min(self.length)).collect()
    }

    /// Opens the store after something was done to its files.
    fn open(&self, change: impl FnOnce(&Path)) -> (tempfile::TempDir, Result<FjallEngine, Error>) {
        let copied = tempfile::tempdir().unwrap();
        copy(self.directory.path(), copied.path());
        change(&copied.path().join("fjall"));
        let opened = FjallEngine::open(copied.path(), &FjallOptions::default());
        (copied, opened)
    }

    /// Holds the store to its promise after its newest journal was changed; it can be written then, and opened again.
    fn assert_kept(&self, about: &str, change: impl FnOnce(&mut Vec<u8>)) -> u32 {
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

fn edit(path: &Path, change: impl FnOnce(&mut Vec<u8>)) {
    let mut bytes = fs::read(path).unwrap();
    change(&mut bytes);
    fs::write(path, bytes).unwrap();
}

fn fill(bytes: &mut [u8], range: &Range<u64>, with: impl FnMut() -> u8) {
    bytes[range.start as usize..range.end as usize].fill_with(with);
}

/// fjall took a page of zeros amid its journal for damage, or cut there, as the page fell; so it did not open, and what was synced long before
/// could not be reached either.
#[test]
fn a_hole_in_what_was_not_synced_costs_no_commit_that_was() {
    quiet();
    for reopened in [false, true] {
        let loss = Loss::small(reopened);
        // The last ones, which are small, were still in the memory of the process.
        let whole = loss.assert_kept("whole", |_| {});
        assert!(whole > 20, "{whole}");
        let mut cut = 0;
        for page in loss.pages() {
            let kept = loss.assert_kept(&format!("a hole at {page:?}"), |bytes| fill(bytes, &page, || 0));
            let mut chance = Chance(page.start);
            loss.assert_kept(&format!("noise at {page:?}"), |bytes| fill(bytes, &page, || chance.below(256) as u8));
            cut += u32::from(kept < whole);
        }
        assert!(cut > 6, "only {cut} holes cost anything");
    }
}

#[test]
fn whatever_choice_of_pages_comes_back_the_first_commits_are_there_and_whole() {
    quiet();
    let loss = Loss::small(true);
    for seed in 0..80 {
        let mut chance = Chance(seed);
        loss.assert_kept(&format!("seed {seed}"), |bytes| {
            let one_in = 1 + chance.below(6);
            for page in loss.pages() {
                match (chance.below(one_in + 1), chance.below(3)) {
                    (0, 0) => fill(bytes, &page, || chance.below(256) as u8),
                    // Half of the page, as where a disk writes in sectors.
                    (0, 1) => fill(bytes, &(page.start..page.start + (page.end - page.start) / 2), || 0),
                    (0, _) => fill(bytes, &page, || 0),
                    _ => {}
                }
            }
            // The length is kept apart from the pages: it may be an older one, or a later one.
            match chance.below(4) {
                0 => bytes.truncate((loss.synced + chance.below(loss.length - loss.synced)) as usize),
                1 => bytes.resize(bytes.len() + chance.below(3 * PAGE) as usize, 0),
                _ => {}
            }
        });
    }
}

fn quiet() {
    crate::engine::quiet_panics();
}

/// What fjall takes for the end of its journal it cuts without a word, wherever that is.
#[test]
fn damage_to_what_was_synced_is_told_and_nothing_is_cut() {
    quiet();
    let loss = Loss::small(false);
    let (mut chance, mut whole) = (Chance(7), 0);
    for trial in 0..60 {
        let at = chance.below(loss.synced);
        let mut hurt = Vec::new();
        let change = |bytes: &mut Vec<u8>| {
            match trial % 4 {
                0 => fill(bytes, &(at..(at / PAGE + 1) * PAGE), || 0),
                1 => bytes[at as usize] ^= 1 << chance.below(8),
                2 => fill(bytes, &(at..at + 100), || chance.below(256) as u8),
                _ => bytes.truncate(at as usize),
            }
            hurt.clone_from(bytes);
        };
        let (directory, opened) = loss.open(|inner| edit(&inner.join(&loss.journal), change));
        match opened {
            Err(error) => assert!(matches!(error, Error::Damaged { .. }), "trial {trial}, byte {at}: {error}"),
            // The number of a batch is in no checksum: a bit of it may be another one.
            Ok(engine) if trial % 4 == 1 => {
                whole += 1;
                assert!(held(&engine) >= loss.acknowledged, "trial {trial}, byte {at}");
                continue;
            }
            Ok(_) => panic!("trial {trial}, byte {at}: it opens"),
        }
        let now = fs::read(directory.path().join("fjall").join(&loss.journal)).unwrap();
        assert!(now == hurt, "trial {trial}, byte {at}: the journal was changed");
    }
    assert!(whole <= 2, "{whole} flipped bits were not seen");
}

#[test]
fn a_copy_out_of_which_is_to_be_read_what_can_be_is_cut_where_the_damage_begins() {
    quiet();
    let loss = Loss::small(false);
    for note in [true, false] {
        let (directory, _) = loss.open(|inner| {
            edit(&inner.join(&loss.journal), |bytes| fill(bytes, &(loss.synced - 600..loss.synced - 500), || 0));
            if !note {
                fs::remove_file(inner.join("synced")).unwrap();
            }
        });
        assert!(FjallEngine::open(directory.path(), &options()).is_err());
        let engine = FjallEngine::open(directory.path(), &options().cut_damage(true)).unwrap();
        assert!((5..12).contains(&held(&engine)), "{}", held(&engine));
    }
}

/// An old note must never cost what a newer one would have kept, and none must never be taken for one.
#[test]
fn a_note_that_is_old_or_torn_or_gone_makes_nothing_worse() {
    quiet();
    let loss = Loss::small(true);
    let note = fs::read(loss.directory.path().join("fjall/synced")).unwrap();
    let older = note::Note::open(&loss.directory.path().join("fjall")).said().unwrap();
    assert_eq!(older.bytes, loss.synced);
    let mut notes = vec![None, Some(Vec::new()), Some(vec![0; note.len()]), Some(Chance(1).bytes(200))];
    notes.extend((0..note.len()).step_by(7).map(|length| Some(note[..length].to_vec())));
    notes.extend((0..note.len()).step_by(5).map(|at| {
        let mut torn = note.clone();
        torn[at..].fill(0);
        Some(torn)
    }));
    // Of a journal that is not there, as after a part of the files was put back.
    let later = note::Synced { journal: 9, bytes: 1 };
    notes.push(Some(note::line(later).into_bytes()));
    let mut opened_after_all = 0;
    for (n, text) in notes.into_iter().enumerate() {
        for page in loss.pages().into_iter().step_by(3) {
            let (_directory, opened) = loss.open(|inner| {
                edit(&inner.join(&loss.journal), |bytes| fill(bytes, &page, || 0));
                match &text {
                    Some(text) => fs::write(inner.join("synced"), text).unwrap(),
                    None => fs::remove_file(inner.join("synced")).unwrap(),
                }
            });
            match opened {
                Ok(engine) => {
                    opened_after_all += 1;
                    assert!(held(&engine) >= loss.acknowledged, "note {n}, {page:?}");
                    engine.commit(&numbered(held(&engine) + 1), Durability::Synced).unwrap();
                    let said = note::Note::open(&engine.directory.join("fjall")).said();
                    let said = said.unwrap_or_else(|| panic!("note {n}, {page:?}: none is written"));
                    assert_eq!((said.journal, said.bytes), (0, newest(&engine.directory).1), "note {n}");
                }
                Err(error) => assert!(matches!(error, Error::Damaged { .. }), "note {n}, {page:?}: {error}"),
            }
        }
    }
    assert!(opened_after_all > 20, "only {opened_after_all}");
}

/// fjall syncs a journal before it begins another, so only the newest one can have holes. It is split here as fjall may split it.
#[test]
fn of_two_journals_only_the_newer_one_is_cut_and_damage_to_the_older_one_is_told() {
    quiet();
    let mut loss = Loss::small(false);
    let whole = loss.assert_kept("whole", |_| {});
    let inner = loss.directory.path().join("fjall");
    let bytes = fs::read(inner.join("0.jnl")).unwrap();
    let first_of_later = bytes.windows(10).position(|key| key == b"row 000015").unwrap();
    let at = bytes[..first_of_later].windows(4).rposition(|magic| magic == b"FJL\x03").unwrap() + 4;
    let (older, newer) = bytes.split_at(at);
    assert!(at as u64 > loss.synced);
    let mut newer = newer[..loss.length as usize - at].to_vec();
    loss.length = newer.len() as u64;
    // A new journal is longer than what is in it, and so may an old one be.
    newer.resize(newer.len() + 9_000, 0);
    fs::write(inner.join("0.jnl"), [older, &[0; 5_000]].concat()).unwrap();
    fs::write(inner.join("1.jnl"), newer).unwrap();
    loss.journal = "1.jnl".to_owned();
    let later = note::Synced { journal: 1, bytes: 0 };
    for note in [None, Some(later)] {
        // Without it, it says how far the first one was synced.
        note.iter().for_each(|note| fs::write(inner.join("synced"), note::line(*note)).unwrap());
        (loss.synced, loss.acknowledged) = (0, 14);
        assert_eq!(loss.assert_kept("split", |_| {}), whole);
        let kept = |page| loss.assert_kept(&format!("a hole at {page:?}"), |bytes| fill(bytes, &page, || 0));
        let cut = loss.pages().into_iter().map(kept).filter(|kept| *kept < whole).count();
        assert!(cut > 3, "only {cut} holes cost anything");
        for at in [200, at - 100] {
            let (directory, opened) = loss.open(|inner| edit(&inner.join("0.jnl"), |bytes| bytes[at] ^= 1));
            assert!(matches!(opened, Err(Error::Damaged { .. })), "{opened:?}");
            assert_eq!(newest(directory.path()).1, loss.length);
        }
    }
}

#[test]
fn a_hole_in_a_journal_that_was_just_begun_costs_nothing_of_the_one_before() {
    quiet();
    for last_synced in [10, LARGE + 10] {
        let directory = tempfile::tempdir().unwrap();
        let engine = FjallEngine::open(directory.path(), &options()).unwrap();
        let commit = |n: u32| engine.commit(&large_at_first(n), Durability::Buffered).unwrap();
        (1..=10).for_each(commit);
        engine.flush().unwrap();
        (11..=LARGE).for_each(commit);
        while newest(directory.path()).0 != "1.jnl" {
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        let mut synced = 0;
        (LARGE + 1..=LARGE + 10).for_each(commit);
        if last_synced > LARGE {
            engine.flush().unwrap();
            synced = newest(directory.path()).1;
        }
        (LARGE + 11..=LARGE + 20).for_each(commit);
        let said = note::Note::open(&directory.path().join("fjall")).said().unwrap();
        assert_eq!(said.journal, u64::from(last_synced > LARGE));
        assert!(synced == 0 || said.bytes == synced, "{said:?}, {synced}");
        let loss = Loss { commits: large_at_first, ..Loss::of(directory.path(), synced, last_synced, LARGE + 20) };
        let pages = loss.pages();
        for page in [&pages[0], &pages[pages.len() / 2], &pages[pages.len() - 1]] {
            let kept = loss.assert_kept(&format!("a hole at {page:?}"), |bytes| fill(bytes, page, || 0));
            assert!(kept * 600_000 > 60_000_000, "{kept} commits: the journal before is whole");
        }
    }
}

/// So many commits are more than fjall takes into one journal, and less than makes it give that up.
const LARGE: u32 = 130;

fn large_at_first(n: u32) -> Commit {
    let mut commit = numbered(n);
    if n <= LARGE {
        commit.writes.push((b"large".to_vec(), Some(vec![n as u8; 600_000])));
    }
    commit
}

/// fjall's own reader is the judge: what it wrote and reads again is what is followed here, whatever the lengths.
#[test]
fn every_batch_of_fjall_is_followed_to_its_end() {
    let directory = tempfile::tempdir().unwrap();
    let engine = FjallEngine::open(directory.path(), &options()).unwrap();
    let mut chance = Chance(3);
    let lengths = (0..700).chain([1000, 1002, 1003, 1004, 2026, 2027, 2028, 5_000, 70_000, 6 << 20]);
    for (n, length) in lengths.enumerate() {
        let mut writes = vec![(vec![b'k'; 1 + n % 30], Some(chance.bytes(length)))];
        if n % 7 == 0 {
            writes.push((b"gone".to_vec(), None));
        }
        engine.commit(&Commit { writes, ..Commit::default() }, Durability::Buffered).unwrap();
    }
    engine.flush().unwrap();
    let journal = journal::Journal::numbered(&directory.path().join("fjall"), 0);
    let end = fs::metadata(&journal.path).unwrap().len();
    assert!(end > 6 << 20);
    assert_eq!(journal.follow(0).unwrap(), end);
    assert_eq!(journal.extent().unwrap(), journal::Extent { end, broken: false });
    // Any bit that is another one breaks the batch that it is in.
    for at in (13..end).step_by(300_007) {
        edit(&journal.path, |bytes| bytes[at as usize] ^= 1);
        let extent = journal.extent().unwrap();
        assert!(extent.broken && extent.end <= at, "byte {at}: {extent:?}");
        edit(&journal.path, |bytes| bytes[at as usize] ^= 1);
    }
}
