//! Power that fails while a store on disk is written: pages of the journal that were not synced come back as they were
//! written, as zeros or as anything else, in any choice.

use super::loss::{Chance, Loss, PAGE, edit, fill, newest, numbered, quiet};
use super::*;

/// fjall took a page of zeros amid its journal for damage, or cut there, as the page fell; so it did not open, and what was
/// synced long before could not be reached either.
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
