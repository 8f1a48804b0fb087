//! Acknowledged means kept: engines that fail and crash at every place of a small ingest.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use morgue::engine::MemoryEngine;
use morgue::engine::faults::{CrashEngine, Fault as Failure, FaultEngine};
use morgue::{Archive, Durability, IngestOptions, NewCapture, NewOutcome, StoryKey, Timestamp};

use crate::support::{add, article, assert_clean, exported, from, in_memory, key, on, open, saw, seen, view};

/// Two stories that become one, a text that comes again, a late capture, and outcomes without text.
fn captures() -> Vec<NewCapture> {
    let mut joined = seen("https://amp.news.example/bridge", 5, "Open");
    joined.aliases.push(key("wire-7"));
    vec![
        seen("wire-7", 1, "Closed"),
        seen("https://amp.news.example/bridge", 2, "Closed"),
        saw("wire-7", 3, NewOutcome::Teaser(article("Sign in"))),
        seen("wire-7", 4, "Open"),
        joined,
        saw("wire-7", 6, NewOutcome::Gone),
        seen("wire-7", 0, "A crack"),
        from("reader 2", seen("other", 2, "Rain")),
        seen("wire-7", 7, "Closed"),
        saw("other", 3, NewOutcome::NotModified),
    ]
}

type Name = (StoryKey, Timestamp);

fn name_of(capture: &NewCapture) -> Name {
    (capture.key.clone(), capture.captured_at)
}

fn there(archive: &Archive) -> BTreeSet<Name> {
    let mut names = BTreeSet::new();
    for story in ["wire-7", "https://amp.news.example/bridge", "other"] {
        let captures = archive.captures(&key(story)).unwrap();
        names.extend(captures.into_iter().map(|capture| (capture.key, capture.captured_at)));
    }
    names
}

fn clean_run() -> Archive {
    let (archive, _) = in_memory();
    add(&archive, captures());
    archive
}

/// What was acknowledged is there, nothing is torn, and the next ingest of everything finishes the work.
fn assert_kept(left: &MemoryEngine, acknowledged: &BTreeSet<Name>, about: &str) {
    let archive = on(left);
    assert_clean(&archive);
    let there = there(&archive);
    assert!(acknowledged.is_subset(&there), "{about}: {acknowledged:?} were acknowledged, {there:?} are there");
    add(&archive, captures());
    assert_clean(&archive);
    assert_eq!(view(&archive), view(&clean_run()), "{about}");
}

fn one_by_one(archive: &Archive, acknowledged: &mut BTreeSet<Name>) -> usize {
    let mut failures = 0;
    for capture in captures() {
        let name = name_of(&capture);
        match archive.ingest(capture, Durability::Synced) {
            Ok(_) => drop(acknowledged.insert(name)),
            Err(_) => failures += 1,
        }
    }
    failures
}

fn in_batches(archive: &Archive, acknowledged: &mut BTreeSet<Name>) -> usize {
    let mut all = captures().into_iter();
    let options = IngestOptions { durability: Durability::Synced, batch: 3 };
    let done = archive.ingest_many(captures(), &options, |batch| {
        let new = batch.so_far.read as usize - acknowledged.len();
        acknowledged.extend(all.by_ref().take(new).map(|capture| name_of(&capture)));
    });
    usize::from(done.is_err())
}

type Ingest = fn(&Archive, &mut BTreeSet<Name>) -> usize;

const WAYS: [(&str, Ingest); 2] = [("one by one", one_by_one), ("in batches", in_batches)];

#[test]
fn whatever_call_fails_what_was_acknowledged_is_kept_and_the_rest_can_follow() {
    for (way, ingest) in WAYS {
        let mut struck = 0;
        for number in 0.. {
            let mut failures = 0;
            for failure in [Failure::Before(number), Failure::After(number), Failure::From(number)] {
                let engine = MemoryEngine::default();
                let faulty = Arc::new(FaultEngine::new(Arc::new(engine.clone())));
                let archive = open(Arc::clone(&faulty) as Arc<_>);
                faulty.arm(failure);
                let mut acknowledged = BTreeSet::new();
                failures += ingest(&archive, &mut acknowledged);
                drop(archive);
                assert_kept(&engine, &acknowledged, &format!("{way}, {failure:?}"));
            }
            if failures == 0 {
                break;
            }
            struck += 1;
        }
        assert!(struck > 5, "{way}: only {struck} calls were there to fail");
    }
}

#[test]
fn an_archive_goes_on_after_a_call_that_failed() {
    for number in 0..40 {
        for failure in [Failure::Before(number), Failure::After(number)] {
            let engine = MemoryEngine::default();
            let faulty = Arc::new(FaultEngine::new(Arc::new(engine.clone())));
            let archive = open(Arc::clone(&faulty) as Arc<_>);
            faulty.arm(failure);
            one_by_one(&archive, &mut BTreeSet::new());
            // The same handle again, without opening anew: its counters must not have gone wrong.
            faulty.arm(Failure::None);
            assert_eq!(one_by_one(&archive, &mut BTreeSet::new()), 0);
            assert_clean(&archive);
            assert_eq!(exported(&archive), exported(&clean_run()), "{failure:?}");
        }
    }
}

#[test]
fn a_crash_loses_nothing_that_synced_acknowledged_and_tears_nothing() {
    for synced in 0..=captures().len() {
        let engine = Arc::new(CrashEngine::default());
        let archive = open(Arc::clone(&engine) as Arc<_>);
        let mut acknowledged = BTreeSet::new();
        for (number, capture) in captures().into_iter().enumerate() {
            // One capture is synced, and all before it with it; those after it are not.
            let durability = if number + 1 == synced { Durability::Synced } else { Durability::Buffered };
            let name = name_of(&capture);
            archive.ingest(capture, durability).unwrap();
            if number < synced {
                acknowledged.insert(name);
            }
        }
        assert_eq!(engine.buffered(), captures().len() - synced, "one ingest is one commit");
        for kept in 0..=engine.buffered() {
            assert_kept(&engine.crash(kept).unwrap(), &acknowledged, &format!("{synced} synced, {kept} more kept"));
        }
    }
}

#[test]
fn a_crash_in_a_batch_loses_no_batch_that_was_reported() {
    let engine = Arc::new(CrashEngine::default());
    let archive = open(Arc::clone(&engine) as Arc<_>);
    let states = Mutex::new(Vec::new());
    let options = IngestOptions { durability: Durability::Synced, batch: 2 };
    archive
        .ingest_many(captures(), &options, |batch| {
            // What comes after it may be under way already.
            states.lock().unwrap().push((batch.so_far.read as usize, engine.crash(0).unwrap()));
        })
        .unwrap();
    let states = states.into_inner().unwrap();
    assert_eq!(states.len(), captures().len() / 2);
    for (read, left) in states {
        let acknowledged = captures().iter().take(read).map(name_of).collect();
        assert_kept(&left, &acknowledged, &format!("after {read}"));
    }
}

#[test]
fn a_reindex_that_stops_anywhere_is_finished_by_the_next() {
    let engine = MemoryEngine::default();
    add(&on(&engine), captures());
    let whole = engine.rows();
    for number in 0.. {
        let left = MemoryEngine::from_rows(whole.clone());
        let faulty = Arc::new(FaultEngine::new(Arc::new(left.clone())));
        let archive = open(Arc::clone(&faulty) as Arc<_>);
        faulty.arm(Failure::From(number));
        if archive.reindex(|_, _| {}).is_ok() {
            assert!(number > 3);
            break;
        }
        drop(archive);
        crate::support::repair(&left).reindex(|_, _| {}).unwrap();
        let archive = on(&left);
        assert_clean(&archive);
        assert_eq!(view(&archive), view(&clean_run()), "stopped at {number}");
    }
}
