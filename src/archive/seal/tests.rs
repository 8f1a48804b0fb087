//! When merging begins, and how it ends.

use std::sync::Arc;

use super::*;
use crate::archive::tail::Tail;
use crate::archive::{CheckOptions, OpenOptions};
use crate::engine::MemoryEngine;
use crate::model::{Article, NewCapture, StoryKey};

/// An archive with small packs of so many captures of one story.
fn grown(captures: u32) -> Archive {
    let archive = Archive::in_memory();
    add(&archive, captures);
    archive
}

fn add(archive: &Archive, captures: u32) {
    for minute in 0..captures {
        let at = format!("2026-03-01T{:02}:{:02}:00Z", minute / 60, minute % 60).parse().unwrap();
        let article = Article::new(format!("Minute {minute}"));
        let new = NewCapture::article(StoryKey::id("bridge").unwrap(), at, article);
        archive.ingest(new, Durability::Buffered).unwrap();
    }
}

/// Says whether merging has begun, and from where on nothing is known of fresh packs but what this process writes.
fn begin(archive: &Archive) -> (bool, PackId) {
    let begun = archive.begin_merging(&mut archive.sealing(), 4).unwrap();
    (begun, archive.tail().recent.from)
}

#[test]
fn what_this_process_has_written_tells_whether_merging_it_pays() {
    assert_eq!((begin(&grown(3)), begin(&grown(4))), ((false, 0), (true, 4)), "small packs, enough of them");
    let archive = grown(4);
    archive.tail().recent.worth = Worth::new();
    assert_eq!(begin(&archive), (false, 4), "by what is known of them");
    assert_eq!(seal_record(archive.engine()).unwrap(), SealRecord { settled: 4, job: None });
}

#[test]
fn nothing_is_remembered_of_packs_that_nobody_will_merge() {
    let options = OpenOptions { seal: false, ..OpenOptions::default() };
    let archive = Archive::with_engine(Arc::new(MemoryEngine::default()), &options).unwrap();
    add(&archive, 4);
    assert_eq!(archive.tail().recent.worth, Worth::new());
    assert_ne!(grown(4).tail().recent.worth, Worth::new());
}

#[test]
fn what_another_process_has_written_is_read_for_that() {
    let archive = grown(4);
    // As after opening.
    *archive.tail() = Tail::read(archive.engine()).unwrap();
    assert_eq!(begin(&archive), (true, 4));
}

#[test]
fn packs_that_were_merged_are_removed_also_after_a_stop() {
    let archive = grown(70);
    let mut sealing = Sealing::default();
    assert!(archive.begin_merging(&mut sealing, 1).unwrap());
    while sealing.merging.as_ref().is_some_and(|merging| !merging.sections.is_empty()) {
        archive.merge_step(&mut sealing).unwrap();
    }
    archive.write(vec![(key::pack(0), None), (key::pack(1), None)], Durability::Buffered).unwrap();
    archive.seal().unwrap();
    let fresh = |id: &PackId| archive.engine().get(&key::pack(*id)).unwrap().is_some();
    assert_eq!((0..70).find(fresh), None);
    assert_eq!(seal_record(archive.engine()).unwrap(), SealRecord { settled: 70, job: None });
}

#[test]
fn rows_are_gathered_when_there_are_enough_of_enough_keys() {
    let left = |rows, keys_then, keys| Sealing { rows, keys: keys_then, ..Sealing::default() }.rows_left(keys);
    assert_eq!([left(0, 0, 9_000), left(8_000, 0, 9_000), left(8_192, 0, 9_000)], [8_192, 192, 0]);
    assert_eq!(left(20_000, 0, 2_000), 6_192, "a key has one row");
    assert_eq!(left(60_000, 200_000, 250_000), 40_000, "one row for two keys");
}

/// Archives a capture of some of 2,000 stories.
fn see(archive: &Archive, hour: u32, every: usize) {
    for number in (0..2_000).step_by(every) {
        let at = format!("2026-03-01T{hour:02}:00:00Z").parse().unwrap();
        let new = NewCapture::article(
            StoryKey::id(&format!("story-{number:04}")).unwrap(),
            at,
            Article::new(format!("Hour {hour} of {number}")),
        );
        archive.ingest(new, Durability::Buffered).unwrap();
    }
}

/// Gathers all rows of the index; returns in how many steps.
fn gather(archive: &Archive) -> usize {
    let mut sealing = Sealing { gathering: Some(Vec::new()), ..Sealing::default() };
    let steps = std::iter::from_fn(|| {
        let is_on = sealing.gathering.is_some();
        is_on.then(|| archive.gather_step(&mut sealing).unwrap())
    });
    let steps = steps.count();
    let left = archive.engine().scan(prefix_range(&[INDEX]), Order::Ascending).count();
    assert_eq!(left, 0, "rows were left");
    steps
}

#[test]
fn a_step_gathers_what_goes_into_several_pages() {
    let archive = Archive::in_memory();
    see(&archive, 1, 1);
    assert_eq!(gather(&archive), 4, "2,000 rows, 585 a step");
    let pages = archive.engine().scan(prefix_range(&[PAGES]), Order::Ascending).count();
    assert!(pages >= 2_000 / PAGE_ENTRIES, "{pages} pages");
    see(&archive, 2, 1);
    let steps = gather(&archive);
    assert!((4..=6).contains(&steps), "{steps} steps for {pages} pages");
    // Each in a page of its own.
    see(&archive, 3, 100);
    assert_eq!(gather(&archive), 20_usize.div_ceil(PAGES_PER_STEP));
    let report = archive.check(&CheckOptions { deep: true }, |_, _| {}).unwrap();
    assert_eq!((report.stories, report.captures, report.findings), (2_000, 4_020, vec![]));
}
