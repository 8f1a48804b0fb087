//! Pages beside captures: kept whole, found again wherever they go, and missed when they are lost.

use morgue::engine::MemoryEngine;
use morgue::{
    Archive, CheckOptions, CompactOptions, Durability, EngineKind, Exported, MAX_RAW_BYTES, NewCapture, OpenOptions,
    RawPage,
};

use crate::golden::page;
use crate::support::{add, assert_clean, captures, exported, findings, from, in_memory, key, merge, minute, on, seen};

const URL: &str = "https://news.example/bridge";

fn visit(at: i64, text: &str) -> NewCapture {
    NewCapture { raw: Some(page(URL, text)), ..from("reader 1", seen(URL, at, text)) }
}

/// Visits of two stories, the same page twice among them.
fn visits() -> Vec<NewCapture> {
    let other = |at: i64| NewCapture { raw: Some(page("https://news.example/b", "B")), ..seen("b", at, "B") };
    let mut visits: Vec<NewCapture> = (0..6).map(|at| visit(at, &format!("Visit {}", at / 2))).collect();
    visits.extend([other(3), seen("c", 4, "No page")]);
    visits
}

fn pages(archive: &Archive) -> Vec<RawPage> {
    let raw = |fact| if let Exported::Capture(capture) = fact { capture.raw } else { None };
    archive.export(&[]).unwrap().filter_map(|fact| raw(fact.unwrap())).collect()
}

fn rows(engine: &MemoryEngine) -> Vec<(Vec<u8>, Vec<u8>)> {
    engine.rows().into_iter().filter(|(key, _)| key[0] == 0x06).collect()
}

#[test]
fn every_page_comes_back_as_it_was_and_like_ones_cost_little() {
    let (archive, engine) = in_memory();
    add(&archive, visits());
    assert_clean(&archive);
    let mut told = pages(&archive);
    let mut given: Vec<RawPage> = visits().into_iter().filter_map(|visit| visit.raw).collect();
    let by_bytes = |page: &RawPage| (page.url.clone(), page.body.clone());
    told.sort_by_key(by_bytes);
    given.sort_by_key(by_bytes);
    assert_eq!(told, given);
    for (capture, visit) in captures(&archive, URL).iter().zip(visits()) {
        assert_eq!(archive.raw_page(capture).unwrap(), visit.raw);
    }
    assert_eq!(archive.raw_page(&captures(&archive, "c")[0]).unwrap(), None);
    let first: usize = told[0].body.len();
    let stats = archive.stats().unwrap();
    let distinct: std::collections::BTreeSet<_> = told.iter().map(|page| page.body.clone()).collect();
    let length: u64 = distinct.iter().map(|body| body.len() as u64).sum();
    assert_eq!((stats.pages, stats.bytes_pages), (4, length));
    let bytes: usize = rows(&engine).iter().map(|(_, value)| value.len()).sum();
    assert!(bytes < first * 2, "{bytes} bytes for {} pages of {first}", told.len());
}

#[test]
fn pages_follow_their_captures_into_every_copy() {
    let directory = tempfile::tempdir().unwrap();
    let path = |name: &str| directory.path().join(name);
    let archive = Archive::open(path("one"), &OpenOptions::default()).unwrap();
    add(&archive, visits());
    let (backup, copy) = (path("backup"), path("copy"));
    archive.backup(&backup, &OpenOptions::default(), |_, _| {}).unwrap();
    add(&archive, [visit(20, "Visit 20")]);
    assert_eq!(archive.backup(&backup, &OpenOptions::default(), |_, _| {}).unwrap().packs, 1);
    archive.seal().unwrap();
    assert_clean(&archive);
    let before = exported(&archive);
    archive.copy(&copy, &OpenOptions::default(), &CompactOptions::default(), |_, _| {}).unwrap();
    archive.reindex(|_, _| {}).unwrap();
    assert_eq!(exported(&archive), before);
    drop(archive);
    Archive::compact(path("one"), &OpenOptions::default(), &CompactOptions::default(), |_, _| {}).unwrap();
    let salvaged = path("salvaged");
    Archive::salvage(path("one"), &salvaged, &OpenOptions::default(), |_| {}).unwrap();
    for path in [path("one"), backup, copy, salvaged] {
        let archive = Archive::open(&path, &OpenOptions::default()).unwrap();
        assert_clean(&archive);
        assert_eq!(exported(&archive), before, "{}", path.display());
    }
    let (merged, _) = in_memory();
    merge(&merged, &Archive::open(path("one"), &OpenOptions::default()).unwrap());
    assert_eq!(exported(&merged), before);
}

#[test]
fn a_page_can_come_to_a_capture_that_is_there_already() {
    let (archive, engine) = in_memory();
    let with = visit(1, "Rain");
    add(&archive, [NewCapture { raw: None, ..with.clone() }, visit(2, "More rain")]);
    add(&archive, [with.clone(), with.clone()]);
    assert_clean(&archive);
    assert_eq!(archive.raw_page(&captures(&archive, URL)[0]).unwrap(), with.raw);
    let written = rows(&engine).len();
    add(&archive, [with]);
    assert_eq!(rows(&engine).len(), written, "known is known");
    let (straight, _) = in_memory();
    add(&straight, [visit(2, "More rain"), visit(1, "Rain")]);
    assert_eq!(exported(&archive), exported(&straight));
}

#[test]
fn a_page_that_is_lost_or_damaged_is_named_and_the_rest_is_salvaged() {
    let (archive, engine) = in_memory();
    add(&archive, visits());
    let all = engine.rows();
    for (row, value) in rows(&engine) {
        let hurt = |change: fn(Vec<u8>) -> Option<Vec<u8>>| {
            let rows = all.iter().filter_map(|(key, own)| {
                let value = if *key == row { change(value.clone())? } else { own.clone() };
                Some((key.clone(), value))
            });
            MemoryEngine::from_rows(rows.collect::<Vec<_>>())
        };
        let flipped = |mut value: Vec<u8>| {
            value[3] ^= 1;
            Some(value)
        };
        for engine in [hurt(|_| None), hurt(flipped)] {
            let archive = on(&engine);
            let found = findings(&archive);
            assert!(
                !found.is_empty() && found.iter().all(|found| found.contains("the page beside a capture")),
                "{found:?}"
            );
            assert!(found.iter().all(|found| found.contains("captured at 2026-03-01")), "{found:?}");
            let facts: Vec<_> = archive.export(&[]).unwrap().collect();
            assert!(facts.iter().any(Result::is_err) && facts.iter().any(Result::is_ok));
        }
    }
}

#[test]
fn a_salvage_names_the_pages_that_are_lost_and_keeps_their_captures() {
    let directory = tempfile::tempdir().unwrap();
    let (hurt, saved) = (directory.path().join("hurt"), directory.path().join("saved"));
    let archive = Archive::open(&hurt, &OpenOptions::default()).unwrap();
    add(&archive, visits());
    archive.flush().unwrap();
    drop(archive);
    lose_a_page(&hurt);
    let report = Archive::salvage(&hurt, &saved, &OpenOptions::default(), |_| {}).unwrap();
    assert_eq!(report.captures, visits().len() as u64);
    let lost: Vec<String> = report.lost.iter().map(ToString::to_string).collect();
    assert!(!lost.is_empty() && lost.iter().all(|lost| lost.contains("the page beside a capture")), "{lost:?}");
    assert_clean(&Archive::open(&saved, &OpenOptions::default()).unwrap());
}

#[test]
fn a_salvage_takes_the_pages_that_came_later_than_their_captures() {
    let directory = tempfile::tempdir().unwrap();
    let (from, saved) = (directory.path().join("from"), directory.path().join("saved"));
    let archive = Archive::open(&from, &OpenOptions::default()).unwrap();
    add(&archive, [NewCapture { raw: None, ..visit(1, "Rain") }]);
    add(&archive, [visit(1, "Rain")]);
    let before = exported(&archive);
    drop(archive);
    let report = Archive::salvage(&from, &saved, &OpenOptions::default(), |_| {}).unwrap();
    assert!(report.lost.is_empty(), "{:?}", report.lost);
    assert_eq!(exported(&Archive::open(&saved, &OpenOptions::default()).unwrap()), before);
}

fn lose_a_page(directory: &std::path::Path) {
    use morgue::engine::{Commit, Engine, Order, SledEngine, SledOptions, prefix_range};
    let engine = SledEngine::open(directory, &SledOptions::default()).unwrap();
    let (row, _) = engine.scan(prefix_range(&[0x06]), Order::Ascending).next().unwrap().unwrap();
    let commit = Commit { writes: vec![(row, Some(vec![1, 2, 3]))], ..Commit::default() };
    engine.commit(&commit, Durability::Synced).unwrap();
}

#[test]
fn a_page_that_is_too_long_is_refused_with_its_capture() {
    let (archive, _) = in_memory();
    let raw = RawPage::new(URL, vec![b'x'; MAX_RAW_BYTES + 1]);
    let error = archive.ingest(NewCapture { raw: Some(raw), ..visit(1, "Rain") }, Durability::Synced).unwrap_err();
    assert!(error.to_string().contains("without its page"), "{error}");
    assert_eq!(archive.stats().unwrap().captures, 0);
    let raw = RawPage::new(URL, vec![b'x'; MAX_RAW_BYTES]);
    archive.ingest(NewCapture { raw: Some(raw.clone()), ..visit(1, "Rain") }, Durability::Synced).unwrap();
    assert_eq!(pages(&archive), [raw]);
}

#[test]
fn a_check_counts_the_pages_and_both_engines_keep_them() {
    for engine in EngineKind::ALL.into_iter().filter(|engine| engine.is_built()) {
        let directory = tempfile::tempdir().unwrap();
        let options = OpenOptions { engine: Some(engine), ..OpenOptions::default() };
        let archive = Archive::open(directory.path(), &options).unwrap();
        add(&archive, visits());
        archive.flush().unwrap();
        drop(archive);
        let archive = Archive::open(directory.path(), &options).unwrap();
        let report = archive.check(&CheckOptions { deep: true }, |_, _| {}).unwrap();
        assert_eq!((report.pages, report.findings.len()), (7, 0), "{engine:?}");
    }
}

#[test]
fn a_page_read_again_by_a_later_reader_makes_no_edit() {
    let (archive, _) = in_memory();
    add(&archive, [visit(0, "One"), visit(1, "One"), visit(2, "Two")]);
    let before = archive.revisions(&key(URL)).unwrap();
    let news = crate::support::changes(&archive, morgue::Cursor::START);
    add(&archive, (0..3).map(|at| from("reader 2", seen(URL, at, ["1", "1", "2"][at as usize]))));
    assert_clean(&archive);
    let after = archive.revisions(&key(URL)).unwrap();
    let times = |revisions: &[morgue::Revision]| {
        revisions.iter().map(|revision| (revision.kind, revision.first_captured)).collect::<Vec<_>>()
    };
    assert_eq!(times(&after), times(&before));
    assert_eq!(after[0].first_captured, minute(0));
    assert!(after.iter().all(|revision| revision.source.as_deref() == Some("reader 2")));
    let last = news.last().unwrap().cursor;
    assert_eq!(crate::support::changes(&archive, last), [], "nothing is told again");
    assert_eq!(crate::support::changes(&archive, morgue::Cursor::START).len(), news.len());
}
