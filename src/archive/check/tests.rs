//! Each kind of damage is found and named, with what mends it.

use std::sync::Arc;

use crate::archive::acknowledged::Acknowledged;
use crate::engine::{Durability, MemoryEngine};
use crate::format::codec;
use crate::format::gather::{Entries, FeedRow, decode_feed, encode_feed, encode_page};
use crate::format::key::{FEED, INDEX, PACKS, PAGES};
use crate::format::pack::build::{self, NewSection};
use crate::format::record::{FeedEntry, IndexRecord, PackRecord, Role};
use crate::model::{Article, NewCapture};
use crate::{CompactOptions, OpenOptions, StoryFilter, Timestamp};

use super::*;

type Rows = Vec<(Vec<u8>, Vec<u8>)>;

fn key(name: &str) -> StoryKey {
    StoryKey::id(name).unwrap()
}

fn hour(hour: i64) -> Timestamp {
    Timestamp::from_micros(1_772_323_200_000_000 + hour * 3_600_000_000).unwrap()
}

fn capture(story: &str, at: i64, text: &str) -> NewCapture {
    let body = format!("{text}, the harbour office said.\n\nThe ferry has run since 1911. {text}.");
    NewCapture::article(key(story), hour(at), Article::new(text).with_text(&body))
}

/// Packs 0 to 3 are a capture each, 4 is an alias fact, 5 a capture under the alias.
fn rows() -> Rows {
    let engine = MemoryEngine::default();
    let archive = Archive::with_engine(Arc::new(engine.clone()), &OpenOptions::default()).unwrap();
    for new in [capture("a", 0, "One"), capture("a", 1, "Two"), capture("b", 2, "Three"), capture("b", 3, "Three")] {
        archive.ingest(new, Durability::Buffered).unwrap();
    }
    archive.add_alias(&key("c"), &key("b"), Durability::Buffered).unwrap();
    archive.ingest(capture("c", 4, "Four"), Durability::Buffered).unwrap();
    engine.rows()
}

fn row(rows: &mut Rows, keyspace: u8, place: usize) -> &mut (Vec<u8>, Vec<u8>) {
    rows.iter_mut().filter(|(key, _)| key[0] == keyspace).nth(place).unwrap()
}

fn remove(rows: &mut Rows, keyspace: u8, place: usize) {
    let gone = row(rows, keyspace, place).0.clone();
    rows.retain(|(key, _)| *key != gone);
}

fn on(rows: &Rows) -> Archive {
    let options = OpenOptions { repair: true, ..OpenOptions::default() };
    Archive::with_engine(Arc::new(MemoryEngine::from_rows(rows.clone())), &options).unwrap()
}

fn findings(archive: &Archive, deep: bool) -> Vec<Finding> {
    archive.check(&CheckOptions { deep }, |_, _| {}).unwrap().findings
}

/// What is found in both kinds of check: stories and times, all with one remedy.
fn found(rows: &Rows, remedy: Remedy) -> Vec<(Option<StoryKey>, Option<Timestamp>)> {
    let archive = on(rows);
    let found = findings(&archive, true);
    assert!(!found.is_empty(), "nothing is found");
    assert_eq!(found, findings(&archive, false), "a check that is not deep finds it as well");
    assert!(found.iter().all(|finding| finding.remedy == remedy), "{found:#?}");
    if remedy == Remedy::Reindex {
        let whole = on(&self::rows());
        archive.reindex(|_, _| {}).unwrap();
        assert_eq!(findings(&archive, true), [], "the remedy helps");
        let facts = |archive: &Archive| archive.export(&[]).unwrap().map(Result::unwrap).collect::<Vec<_>>();
        assert_eq!(facts(&archive), facts(&whole), "and loses nothing");
    }
    let mut named: Vec<_> = found.into_iter().map(|finding| (finding.story, finding.captured_at)).collect();
    named.dedup();
    named
}

fn named(story: &str) -> (Option<StoryKey>, Option<Timestamp>) {
    (Some(key(story)), None)
}

fn seen(story: &str, at: i64) -> (Option<StoryKey>, Option<Timestamp>) {
    (Some(key(story)), Some(hour(at)))
}

#[test]
fn nothing_is_found_where_nothing_is_hurt() {
    assert_eq!(findings(&on(&rows()), true), []);
    assert_eq!(findings(&on(&rows()), false), []);
}

#[test]
fn a_pack_that_is_missing_is_named_by_its_stories() {
    let mut rows = rows();
    remove(&mut rows, PACKS, 1);
    let found = found(&rows, Remedy::Salvage);
    assert!(found.contains(&named("a")) && !found.iter().any(|(story, _)| *story == Some(key("b"))), "{found:?}");
    let said = findings(&on(&rows), false)[0].to_string();
    assert!(said.contains("2 captures from 2026-03-01T00:00:00Z to 2026-03-01T01:00:00Z"), "{said}");
}

#[test]
fn a_pack_that_is_damaged_is_named_by_the_captures_that_it_held() {
    let mut rows = rows();
    let value = &mut row(&mut rows, PACKS, 1).1;
    // In the texts: what the pack says of itself is whole.
    let place = value.len() - 12;
    value[place] ^= 1;
    assert_eq!(found(&rows, Remedy::Salvage), [(None, None), seen("a", 1)]);
}

#[test]
fn a_pack_that_cannot_even_be_unpacked_is_named_by_its_stories() {
    let mut rows = rows();
    row(&mut rows, PACKS, 1).1.iter_mut().skip(4).for_each(|byte| *byte = 0);
    assert_eq!(found(&rows, Remedy::Salvage), [(None, None), named("a")]);
}

/// The checksum of the row is right, so that only the hashes of the texts tell.
#[test]
fn texts_that_changed_places_are_found_by_their_hashes() {
    let mut rows = rows();
    let other: PackRecord = decoded(row(&mut rows, PACKS, 1));
    let (row, value) = row(&mut rows, PACKS, 0);
    let mut record: PackRecord = codec::decode(row, value).unwrap();
    assert_eq!(record.frames.len(), other.frames.len());
    record.frames = other.frames;
    *value = codec::encode(row, &record).unwrap();
    let found = findings(&on(&rows), true);
    assert_eq!((found[0].story.clone(), found[0].captured_at), seen("a", 0), "{found:?}");
    assert_eq!(found[0].remedy, Remedy::Salvage);
    // Pack 0 is one of those that a quick check unpacks.
    assert_eq!(findings(&on(&rows), false), found);
}

fn decoded<T: codec::Record>((row, value): &(Vec<u8>, Vec<u8>)) -> T {
    codec::decode(row, value).unwrap()
}

#[test]
fn a_text_that_stands_nowhere_is_named_by_the_capture_that_saw_it_first() {
    let mut rows = rows();
    let (row, value) = row(&mut rows, PACKS, 2);
    let id = key::parse_number(row, PACKS).unwrap();
    let pack = Pack::decode(id, value).unwrap().unwrap();
    let mut section = NewSection::new(key("b"));
    section.captures.clone_from(&pack.sections[0].captures);
    let sections = [section];
    *value = build::encode(id, &sections, build::compress(&sections, 3).unwrap()).unwrap();
    let found = findings(&on(&rows), false);
    assert_eq!((found[0].story.clone(), found[0].captured_at), seen("b", 2), "{found:?}");
    assert_eq!(found[0].remedy, Remedy::Salvage);
}

#[test]
fn an_alias_fact_that_is_lost_is_named() {
    let mut rows = rows();
    remove(&mut rows, PACKS, 4);
    assert!(found(&rows, Remedy::Salvage).contains(&named("c")));
}

#[test]
fn a_row_of_the_index_that_is_missing_is_named_by_its_story() {
    for (place, story) in ["a", "b", "c"].into_iter().enumerate() {
        let mut rows = rows();
        remove(&mut rows, INDEX, place);
        let found = found(&rows, Remedy::Reindex);
        assert!(found.iter().any(|(named, _)| *named == Some(key(story))), "{story}: {found:?}");
    }
}

#[test]
fn a_row_of_the_index_that_is_damaged_is_named_by_its_story_and_hides_no_other() {
    let mut rows = rows();
    for place in [0, 1] {
        row(&mut rows, INDEX, place).1[3] ^= 1;
    }
    let found = found(&rows, Remedy::Reindex);
    assert!(found.contains(&named("a")) && found.contains(&named("b")), "{found:?}");
}

#[test]
fn a_row_of_the_index_that_says_something_else_is_named_by_its_story() {
    let change = |change: &dyn Fn(&mut IndexRecord)| {
        let mut rows = rows();
        let (row, value) = row(&mut rows, INDEX, 0);
        let mut record: IndexRecord = codec::decode(row, value).unwrap();
        change(&mut record);
        *value = codec::encode(row, &record).unwrap();
        found(&rows, Remedy::Reindex)
    };
    // A pack that has nothing of the key, another count, another first arrival, a pack left out.
    assert_eq!(change(&|record| record.packs[1] = 2)[0], named("a"));
    assert_eq!(change(&|record| record.first_arrival = Some(7))[0], named("a"));
    assert_eq!(change(&|record| record.packs.truncate(1))[0], named("a"));
    let count = |record: &mut IndexRecord| {
        let Role::Name { summary: Some(summary), .. } = &mut record.role else { panic!("it is a name") };
        summary.revisions += 1;
    };
    assert_eq!(change(&count)[0], named("a"));
}

#[test]
fn a_page_of_the_index_that_is_damaged_or_missing_is_found() {
    let mut paged = rows();
    let entries: Entries =
        paged.iter().filter(|(key, _)| key[0] == INDEX).map(|row| (row.0[1..].to_vec(), decoded(row))).collect();
    paged.retain(|(key, _)| key[0] != INDEX);
    paged.push(encode_page(&entries, 3).unwrap());
    paged.sort();
    assert_eq!(findings(&on(&paged), true), []);
    let mut damaged = paged.clone();
    row(&mut damaged, PAGES, 0).1[5] ^= 1;
    assert_eq!(found(&damaged, Remedy::Reindex)[0], named("a"));
    remove(&mut paged, PAGES, 0);
    let found = found(&paged, Remedy::Reindex);
    assert!(["a", "b", "c"].iter().all(|story| found.iter().any(|(named, _)| *named == Some(key(story)))), "{found:?}");
}

#[test]
fn a_row_of_the_feed_that_is_missing_is_named_by_what_it_told() {
    let captures = [seen("a", 0), seen("a", 1), seen("b", 2), seen("b", 3), seen("c", 4)];
    for (place, capture) in captures.into_iter().enumerate() {
        let mut rows = rows();
        remove(&mut rows, FEED, place);
        let found = found(&rows, Remedy::Reindex);
        assert!(found.contains(&capture), "row {place}: {found:?}");
    }
}

#[test]
fn a_row_of_the_feed_that_tells_another_story_is_named() {
    let mut rows = rows();
    let (own, value) = row(&mut rows, FEED, 4);
    let feed = FeedRow { entries: vec![FeedEntry::Again(0)], ..decode_feed(own, value).unwrap() };
    *value = encode_feed(&feed).unwrap().1;
    assert!(found(&rows, Remedy::Reindex).contains(&seen("c", 4)));
    row(&mut rows, FEED, 1).1[4] ^= 1;
    found(&rows, Remedy::Reindex);
}

#[test]
fn more_captures_than_the_store_has_are_told_with_what_helps() {
    let directory = tempfile::tempdir().unwrap();
    let open = |repair| Archive::open(directory.path(), &OpenOptions { repair, ..OpenOptions::default() });
    let archive = open(false).unwrap();
    archive.ingest(capture("a", 0, "One"), Durability::Synced).unwrap();
    archive.ingest(capture("a", 1, "Two"), Durability::Synced).unwrap();
    // The captures are there, and the feed has lost one.
    let row = archive.engine().scan(keyspace(key::FEED), Order::Descending).next().unwrap().unwrap().0;
    archive.write(vec![(row, None)], Durability::Synced).unwrap();
    drop(archive);
    assert!(open(false).unwrap_err().is_damage());
    let archive = open(true).unwrap();
    let found = findings(&archive, false);
    assert!(found.len() == 2 && found.iter().all(|finding| finding.remedy == Remedy::Reindex), "{found:?}");
    archive.reindex(|_, _| {}).unwrap();
    assert_eq!(findings(&archive, false), []);
    drop(archive);
    // A store of two, and a file that says three.
    Acknowledged::open(directory.path(), false).unwrap().renew(3).unwrap();
    let found = findings(&open(true).unwrap(), false);
    assert!(found.len() == 1 && found[0].remedy == Remedy::Salvage, "{found:?}");
}

#[test]
fn what_reads_the_whole_index_does_not_pass_over_a_key_that_is_lost() {
    let mut rows = rows();
    remove(&mut rows, INDEX, 0);
    let archive = on(&rows);
    let says = |error: Option<Error>| error.map(|error| error.to_string()).unwrap_or_default();
    let expected = "damaged: the index has 2 of 3 keys with captures";
    assert_eq!(says(archive.stories(&StoryFilter::default()).find_map(Result::err)), expected);
    assert_eq!(says(archive.export(&[]).unwrap().find_map(Result::err)), expected);
    assert_eq!(archive.export(&[]).unwrap().flatten().count(), 4, "the rest is exported");
    assert_eq!(says(archive.stats().err()), expected);
    let dir = tempfile::tempdir().unwrap();
    let copied = archive.copy(dir.path(), &OpenOptions::default(), &CompactOptions::default(), |_, _| {});
    assert_eq!(says(copied.err()), expected);
}
