//! Whatever the chunks are, what is read ahead is what is read key by key.

use std::sync::Arc;

use super::*;
use crate::archive::component::Known;
use crate::archive::facts::{Facts, unit_of};
use crate::archive::store::Rows as _;
use crate::archive::{Archive, OpenOptions};
use crate::engine::{Durability, MemoryEngine};
use crate::format::key::PACKS;
use crate::format::record::IndexRecord;
use crate::model::{Article, NewCapture, StoryKey, Timestamp};

const STORIES: usize = 100;

fn key(story: usize) -> StoryKey {
    StoryKey::id(&format!("story {story:03}")).unwrap()
}

fn capture(story: usize, nth: i64) -> NewCapture {
    let at = Timestamp::from_micros(1_772_323_200_000_000 + nth * 3_600_000_000 + story as i64).unwrap();
    // Of every third story the later versions hang on the first one.
    let lots = if story.is_multiple_of(3) { 100 } else { 1 };
    let lots: Vec<String> =
        (0..lots).map(|lot| format!("{:x} t", (lot * 7_919 + story * 104_729) ^ 0x5bd1_e995)).collect();
    let text =
        format!("Harbour {story}: the ferry made {nth} trips.\n\nIt took {} since {}.", lots.join(", "), 1900 + story);
    NewCapture::article(key(story), at, Article::new(format!("Ferry {story}")).with_text(&text))
}

/// Three captures of every story, in packs of stories from all over.
fn crawl() -> MemoryEngine {
    let engine = MemoryEngine::default();
    let archive = on(&engine);
    for (nth, part) in (0..3).flat_map(|nth| (0..5).map(move |part| (nth, part))) {
        let stories = (part..STORIES).step_by(5);
        archive.ingest_many(stories.map(|story| capture(story, nth)), &Default::default(), |_| {}).unwrap();
    }
    archive.add_alias(&key(7), &key(8), Durability::Buffered).unwrap();
    engine
}

fn on(engine: &MemoryEngine) -> Archive {
    let options = OpenOptions { seal: false, repair: true, ..OpenOptions::default() };
    Archive::with_engine(Arc::new(engine.clone()), &options).unwrap()
}

fn ahead(
    archive: &Archive,
    with_texts: bool,
) -> Ahead<impl Iterator<Item = Result<Unit<IndexRecord>, Error>>, IndexRecord> {
    let units = archive.whole_index().map(|entry| entry.map(|(sort, record)| unit_of(sort, record)));
    Ahead::new(archive.store(), units, with_texts)
}

/// Holds what was read ahead of every key to what is read of it by itself; returns how many were not read ahead.
fn hold(archive: &Archive, ahead: impl Iterator<Item = Done<IndexRecord>>, with_texts: bool) -> usize {
    let (mut count, mut slow) = (0, 0);
    for (done, story) in ahead.zip(0..) {
        let (Unit { sort, of: record, .. }, parts) = done.unwrap();
        assert_eq!(sort, key(story).sort_bytes());
        assert_eq!(record.packs, Known::of(key(story), archive.store().index(&key(story)).unwrap().unwrap()).packs);
        count += 1;
        let Some(parts) = parts else {
            slow += 1;
            continue;
        };
        let facts = Facts::join(parts).unwrap();
        let own = archive.captures(&key(story)).unwrap();
        let own: Vec<_> = own.into_iter().filter(|capture| capture.key == key(story)).collect();
        assert_eq!(facts.captures, own);
        let links: Vec<StoryKey> = facts.aliases.links().into_iter().map(|link| link.of).collect();
        assert_eq!(links, if story == 7 { vec![key(8)] } else { Vec::new() });
        assert_eq!(if with_texts { facts.texts.len() } else { facts.listed.len() }, 3);
        for (hash, text) in &facts.texts {
            assert_eq!(**text, archive.canonical_text(&key(story), hash).unwrap());
        }
        for (hash, bytes) in &facts.listed {
            assert_eq!(*bytes, archive.canonical_text(&key(story), hash).unwrap().len() as u64);
        }
    }
    assert_eq!(count, STORIES);
    slow
}

const LIMITS: [usize; 5] = [1, 4_000, 20_000, 100_000, usize::MAX];

#[test]
fn chunks_of_any_size_bring_every_key_in_order_with_all_that_it_has() {
    let engine = crawl();
    let archive = on(&engine);
    let given_up = LIMITS.map(|limit| hold(&archive, ahead(&archive, true).within(limit).without_file(), true));
    assert_eq!(
        (given_up[0], given_up[3], given_up[4]),
        (STORIES, 0, 0),
        "only what is too much by itself is left out: {given_up:?}"
    );
}

#[test]
fn what_comes_back_from_a_temporary_file_is_all_that_there_is_of_each_key() {
    let engine = crawl();
    let archive = on(&engine);
    for (limit, with_texts) in LIMITS.into_iter().flat_map(|limit| [(limit, true), (limit, false)]) {
        let mut ahead = ahead(&archive, with_texts).within(limit);
        let slow = hold(&archive, ahead.by_ref(), with_texts);
        let is_from_file = matches!(ahead.spool, Spooling::Done(_));
        assert!(limit > 20_000 || is_from_file, "within {limit}");
        assert!(limit < usize::MAX || !is_from_file, "a file for what fits");
        // Those of the first chunk, which is smaller than one story where the limit is 1.
        assert!(slow <= 1, "within {limit}: {slow}");
    }
}

#[test]
fn what_the_file_does_not_hold_as_the_index_lists_it_is_left_to_the_slow_way() {
    let engine = crawl();
    let archive = on(&engine);
    let units = archive.whole_index().map(|entry| {
        let (sort, record) = entry?;
        let mut unit = unit_of(sort, record);
        match unit.sort == key(90).sort_bytes() {
            // As after a capture that came when the file was written, and as for a story of two keys.
            true => unit.keys[0].1.push(1_000),
            false if unit.sort == key(91).sort_bytes() => unit.keys.push(unit.keys[0].clone()),
            false => {}
        }
        Ok(unit)
    });
    let mut ahead = Ahead::new(archive.store(), units, true).within(20_000);
    let slow: Vec<Vec<u8>> =
        ahead.by_ref().map(Result::unwrap).filter(|(_, parts)| parts.is_none()).map(|(unit, _)| unit.sort).collect();
    assert!(matches!(ahead.spool, Spooling::Done(_)));
    assert_eq!(slow, [key(90), key(91)].map(|key| key.sort_bytes()));
}

#[test]
fn an_export_past_damage_and_chunk_borders_is_that_of_each_key_by_itself() {
    for damaged in 0..4 {
        let mut rows = crawl().rows();
        let packs: Vec<usize> = (0..rows.len()).filter(|at| rows[*at].0[0] == PACKS).collect();
        match damaged {
            0 => {}
            // In the texts, and all of a pack.
            1 => *rows[packs[1]].1.last_mut().unwrap() ^= 1,
            2 => drop(rows.remove(packs[2])),
            _ => rows.retain(|(row, _)| {
                *row != crate::format::key::sorted(crate::format::key::INDEX, &key(50).sort_bytes())
            }),
        }
        let archive = on(&MemoryEngine::from_rows(rows));
        let told = |fact: Result<_, Error>| fact.map_err(|error| error.to_string());
        let all: Vec<_> = archive.export(&[]).unwrap().map(told).collect();
        let mut each = Vec::new();
        for entry in archive.whole_index() {
            match entry {
                Ok((sort, _)) => {
                    let key = crate::archive::store::key_of(&sort).unwrap();
                    each.extend(archive.facts_of(key).map(told));
                }
                Err(error) => each.push(Err(error.to_string())),
            }
        }
        assert_eq!(all, each);
        assert_eq!(all.iter().any(Result::is_err), damaged > 0, "damage {damaged} is told");
        assert!(all.iter().filter(|fact| fact.is_ok()).count() > STORIES, "and what is whole comes");
    }
}
