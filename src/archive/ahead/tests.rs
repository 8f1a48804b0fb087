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

type Keyed = ((Vec<u8>, IndexRecord), Option<Vec<Facts>>);

fn ahead<'a>(archive: &'a Archive, limit: usize) -> impl Iterator<Item = Result<Keyed, Error>> + 'a {
    let units = archive.whole_index().map(|entry| entry.map(|(sort, record)| unit_of(sort, record)));
    Ahead::new(archive.store(), units, |store, pack, section, _| Facts::read(store, pack, section)).within(limit)
}

#[test]
fn chunks_of_any_size_bring_every_key_in_order_with_all_that_it_has() {
    let engine = crawl();
    let archive = on(&engine);
    let mut given_up = Vec::new();
    for limit in [1, 4_000, 20_000, 100_000, usize::MAX] {
        let (mut count, mut slow) = (0, 0);
        for (done, story) in ahead(&archive, limit).zip(0..) {
            let ((sort, record), parts) = done.unwrap();
            assert_eq!(sort, key(story).sort_bytes());
            assert_eq!(
                record.packs,
                Known::of(key(story), &archive.store().index(&key(story)).unwrap().unwrap()).packs
            );
            count += 1;
            let Some(parts) = parts else {
                slow += 1;
                continue;
            };
            let (facts, texts) = Facts::join(parts).unwrap();
            assert_eq!(
                facts.captures,
                archive
                    .captures(&key(story))
                    .unwrap()
                    .into_iter()
                    .filter(|capture| capture.key == key(story))
                    .collect::<Vec<_>>()
            );
            let links: Vec<StoryKey> = facts.links.into_iter().map(|link| link.of).collect();
            assert_eq!(links, if story == 7 { vec![key(8)] } else { Vec::new() });
            assert_eq!(texts.len(), 3);
            for (hash, text) in &texts {
                assert_eq!(**text, archive.canonical_text(&key(story), hash).unwrap());
            }
        }
        assert_eq!(count, STORIES, "within {limit}");
        given_up.push(slow);
    }
    assert_eq!(
        (given_up[0], given_up[3], given_up[4]),
        (STORIES, 0, 0),
        "only what is too much by itself is left out: {given_up:?}"
    );
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
