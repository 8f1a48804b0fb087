//! Power that fails while an archive on fjall is written: pages of its journal that were not synced come back as zeros or as
//! noise, in any choice, and the journal as long as it ever was. What was promised is there all the same.

use std::fs;
use std::path::{Path, PathBuf};

use morgue::{Archive, Durability, EngineKind, IngestOptions, NewCapture, OpenOptions};

use crate::read_only::{assert_same, state_of};
use crate::support::{add, assert_clean, exported, in_memory, seen};

const PAGE: usize = 4096;
const SYNCED: i64 = 60;
const ALL: i64 = 260;

/// Captures in the order in which they are told; of several stories, each with a text of its own.
fn captures(numbers: std::ops::Range<i64>) -> impl Iterator<Item = NewCapture> {
    numbers.map(|n| seen(&format!("bridge-{}", n % 7), n, &format!("Report {n}: the bridge is closed for {n} days")))
}

/// Numbers by chance, the same ones each time.
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % end.max(1)
    }
}

fn journal(home: &Path) -> (PathBuf, usize) {
    let path = home.join("fjall/0.jnl");
    let used = fs::read(&path).unwrap().iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
    (path, used)
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let to = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &to)
        } else {
            fs::copy(entry.path(), to).unwrap();
        }
    }
}

/// Zeros, noise, half pages of zeros, and an end that is too early or too late; nothing of what was synced.
fn lose_power(bytes: &mut Vec<u8>, synced: usize, chance: &mut Chance) {
    let (used, one_in) = (bytes.len(), 2 + chance.below(8));
    for page in synced / PAGE..used.div_ceil(PAGE) {
        let (start, end) = ((page * PAGE).max(synced), ((page + 1) * PAGE).min(used));
        match (chance.below(one_in), chance.below(3)) {
            (0, 0) => bytes[start..end].fill_with(|| chance.below(256) as u8),
            (0, 1) => bytes[start..start + (end - start) / 2].fill(0),
            (0, _) => bytes[start..end].fill(0),
            _ => {}
        }
    }
    match chance.below(4) {
        0 => bytes.truncate(synced + chance.below(used - synced)),
        1 => bytes.resize(used + chance.below(3 * PAGE), 0),
        _ => {}
    }
}

#[test]
fn an_archive_on_fjall_that_lost_power_has_all_that_was_acknowledged_and_the_first_of_the_rest() {
    morgue::engine::quiet_panics();
    let directory = tempfile::tempdir().unwrap();
    let (home, lost) = (directory.path().join("archive"), directory.path().join("lost"));
    let fjall = OpenOptions { engine: Some(EngineKind::Fjall), ..OpenOptions::default() };
    let archive = Archive::open(&home, &fjall).unwrap();
    archive.ingest_many(captures(0..SYNCED), &IngestOptions { batch: 10, ..IngestOptions::default() }, |_| {}).unwrap();
    let (_, synced) = journal(&home);
    for capture in captures(SYNCED..ALL) {
        archive.ingest(capture, Durability::Buffered).unwrap();
    }
    copy(&home, &lost);
    let whole = exported(&archive);
    drop(archive);
    let (_, used) = journal(&lost);
    assert!(used > synced + 20 * PAGE, "{synced} of {used}");
    let mut kept = Vec::new();
    for seed in 0..60 {
        let (copied, about) = (directory.path().join(format!("seed-{seed}")), format!("seed {seed}"));
        copy(&lost, &copied);
        let mut bytes = fs::read(journal(&lost).0).unwrap();
        bytes.truncate(used);
        lose_power(&mut bytes, synced, &mut Chance(seed));
        fs::write(journal(&copied).0, bytes).unwrap();

        let archive =
            Archive::open(&copied, &OpenOptions::default()).unwrap_or_else(|error| panic!("{about}: {error}"));
        assert_clean(&archive);
        let captured = archive.stats().unwrap().captures as i64;
        assert!((SYNCED..=ALL).contains(&captured), "{about}: {captured} captures");
        let (expected, _) = in_memory();
        add(&expected, captures(0..captured));
        assert!(exported(&archive) == exported(&expected), "{about}: not the first {captured} captures");
        add(&archive, captures(0..ALL));
        drop(archive);
        let archive = Archive::open(&copied, &OpenOptions::default()).unwrap();
        assert_clean(&archive);
        assert!(exported(&archive) == whole, "{about}: told again");
        kept.push(captured);
        drop(archive);
        fs::remove_dir_all(&copied).unwrap();
    }
    kept.sort_unstable();
    kept.dedup();
    assert!(kept.len() > 10, "lost at {} places only", kept.len());
}

/// The engine refuses such a journal; of the copy that a salvage makes, all before the damage is read.
#[test]
fn damage_to_what_was_acknowledged_is_told_and_the_rest_can_be_salvaged() {
    morgue::engine::quiet_panics();
    let directory = tempfile::tempdir().unwrap();
    let home = directory.path().join("archive");
    let fjall = OpenOptions { engine: Some(EngineKind::Fjall), ..OpenOptions::default() };
    let archive = Archive::open(&home, &fjall).unwrap();
    add(&archive, captures(0..SYNCED));
    let whole = exported(&archive);
    drop(archive);
    let (path, used) = journal(&home);
    let sound = fs::read(&path).unwrap();
    for part in 1..6 {
        let mut bytes = sound.clone();
        bytes[used / 6 * part..used / 6 * part + 40].fill(0);
        fs::write(&path, &bytes).unwrap();
        let error = Archive::open(&home, &OpenOptions::default()).unwrap_err();
        assert!(error.is_damage(), "{error}");
        assert!(fs::read(&path).unwrap() == bytes, "part {part}: the damaged file is changed");
        let saved = directory.path().join(format!("saved-{part}"));
        let report = Archive::salvage(&home, &saved, &OpenOptions::default(), |_| {}).unwrap();
        let saved = exported(&Archive::open(&saved, &OpenOptions::default()).unwrap());
        assert!(saved.lines().all(|line| whole.lines().any(|own| own == line)), "part {part}: something is invented");
        assert!(report.captures as i64 >= SYNCED * part as i64 / 8, "part {part}: {report:?}");
    }
}

/// fjall cannot open for reading alone, and removes files of its own that nothing leads to any more. Once that is done, and
/// nothing is written, nothing changes; our note least of all.
#[test]
fn a_closed_archive_on_fjall_that_is_read_keeps_its_journal_and_its_note() {
    let directory = tempfile::tempdir().unwrap();
    let fjall = OpenOptions { engine: Some(EngineKind::Fjall), ..OpenOptions::default() };
    let archive = Archive::open(directory.path(), &fjall).unwrap();
    add(&archive, captures(0..20));
    drop(archive);
    let ours = || ["0.jnl", "synced"].map(|name| fs::read(directory.path().join("fjall").join(name)).unwrap());
    let before = ours();
    drop(Archive::open(directory.path(), &OpenOptions { read_only: true, ..OpenOptions::default() }).unwrap());
    assert!(ours() == before, "the first time");
    let before = state_of(directory.path());
    for read_only in [true, false, true] {
        drop(Archive::open(directory.path(), &OpenOptions { read_only, ..OpenOptions::default() }).unwrap());
        assert_same(directory.path(), &before, "read");
    }
}
