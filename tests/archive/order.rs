//! Captures are primary, all else follows: in whatever order, repetition and partition they come, the archive is the same.

use std::collections::BTreeSet;

use morgue::engine::MemoryEngine;
use morgue::{
    Alias, AliasDates, Archive, Article, Cursor, Durability, NewCapture, NewOutcome, Observation, OpenOptions, RawPage,
    StoryKey,
};
use proptest::prelude::*;
use proptest::sample::{Index, select};

use crate::support::{
    Fact, add, article, assert_clean, changes, exported, in_memory, key, merge, minute, seen, stories, tell,
    tell_in_batches, view,
};

/// Few stories, so that they meet.
const KEYS: [&str; 5] =
    ["https://news.example/bridge", "https://amp.news.example/bridge", "wire-7", "https://news.example/a?p=2", "draft"];

fn any_key() -> impl Strategy<Value = StoryKey> {
    select(&KEYS[..]).prop_map(key)
}

/// Few texts, so that they come again; some differ in typography alone, and some only before they are canonical.
fn any_article() -> impl Strategy<Value = Article> {
    let mut spaced = article("The bridge is closed");
    spaced.paragraphs.insert(1, " \u{a0}".into());
    spaced.byline.insert(0, String::new());
    let long = Article::new("x\u{e9}".repeat(200)).with_text("It is long.");
    select(vec![
        article("The bridge is closed"),
        spaced,
        article("The bridge is \u{201c}closed\u{201d}"),
        article("The bridge is \"closed\""),
        article("The bridge is open"),
        article("A detour"),
        Article::default(),
        long,
    ])
}

fn any_outcome() -> impl Strategy<Value = NewOutcome> {
    prop_oneof![
        6 => any_article().prop_map(NewOutcome::Article),
        2 => Just(NewOutcome::NotModified),
        2 => any_article().prop_map(NewOutcome::Teaser),
        1 => Just(NewOutcome::Gone),
        1 => any_key().prop_map(NewOutcome::Moved),
        1 => select(vec!["503", "timeout"]).prop_map(|cause| NewOutcome::Unreachable(cause.into())),
    ]
}

fn any_observation() -> impl Strategy<Value = Observation> {
    let source = select(vec![None, Some("reader 1"), Some("reader 2")]);
    (source, proptest::option::of(0_i64..3), proptest::option::of(0_i64..2)).prop_map(|(source, published, status)| {
        Observation {
            source: source.map(Into::into),
            published_at: published.map(minute),
            status: status.map(|status| if status == 0 { 200 } else { 404 }),
            ..Observation::default()
        }
    })
}

fn any_capture() -> impl Strategy<Value = NewCapture> {
    let aliases = proptest::collection::vec(any_key(), 0..2);
    let raw = proptest::option::weighted(0.3, select(vec!["<p>A page", "<p>A page of another kind"]));
    (any_key(), aliases, 0_i64..7, any_outcome(), any_observation(), raw).prop_map(
        |(key, aliases, at, outcome, observation, raw)| NewCapture {
            // Most captures know of no other name.
            aliases: if at % 3 == 0 { aliases } else { Vec::new() },
            key,
            captured_at: minute(at),
            outcome,
            observation,
            raw: raw.map(|page| RawPage::new("https://news.example/bridge", page.as_bytes().to_vec())),
        },
    )
}

/// Half of them are decisions.
fn any_dates() -> impl Strategy<Value = AliasDates> {
    let time = || proptest::option::weighted(0.4, (0_i64..4).prop_map(minute));
    (time(), time(), time()).prop_map(|(since, merged_at, split_at)| AliasDates { since, merged_at, split_at })
}

fn any_fact() -> impl Strategy<Value = Fact> {
    prop_oneof![
        8 => any_capture().prop_map(|capture| Fact::Capture(Box::new(capture))),
        1 => (any_key(), any_key(), any_dates()).prop_map(|(alias, of, dates)| Fact::Alias(Alias { alias, of, dates })),
    ]
}

/// The same facts twice over: as they came, and in another order with some of them repeated.
fn facts(most: usize) -> impl Strategy<Value = (Vec<Fact>, Vec<Fact>)> {
    let facts = proptest::collection::vec(any_fact(), 1..most);
    (facts, proptest::collection::vec(any::<Index>(), 0..4)).prop_flat_map(|(facts, repeated)| {
        let mut again = facts.clone();
        again.extend(repeated.iter().map(|index| index.get(&facts).clone()));
        (Just(facts), Just(again).prop_shuffle())
    })
}

/// Rows that must follow from what was told, so all but the feed, which tells the order of arrival.
fn rows(engine: &MemoryEngine) -> Vec<(Vec<u8>, Vec<u8>)> {
    engine.rows().into_iter().filter(|(key, _)| key[0] != 0x87).collect()
}

/// Every revision is told of once, by the first of its captures to be archived.
fn assert_feed_is_whole(archive: &Archive) {
    let changes = changes(archive, Cursor::START);
    assert!(changes.is_sorted_by(|a, b| a.cursor < b.cursor));
    let told: Vec<(String, u64)> = changes
        .iter()
        .filter_map(|change| Some((change.story.to_string(), change.revision.as_ref()?.number)))
        .collect();
    let distinct: BTreeSet<_> = told.iter().cloned().collect();
    assert_eq!(told.len(), distinct.len(), "a revision was told twice");
    let all =
        stories(archive).into_iter().flat_map(|story| (1..=story.revisions).map(move |n| (story.story.to_string(), n)));
    assert_eq!(distinct, all.collect());
}

/// `PROPTEST_CASES` asks for more.
fn cases(usual: u32) -> ProptestConfig {
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(usual);
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(cases(250))]

    #[test]
    fn any_order_repetition_and_partition_gives_the_same_archive(
        (straight, other) in facts(16),
        batch in 1_usize..6,
        cut in any::<Index>(),
    ) {
        let (one, engine) = in_memory();
        tell(&one, &straight);
        let expected = view(&one);
        assert_clean(&one);
        assert_feed_is_whole(&one);

        let (shuffled, _) = in_memory();
        tell(&shuffled, &other);
        prop_assert_eq!(&view(&shuffled), &expected);
        assert_clean(&shuffled);
        assert_feed_is_whole(&shuffled);

        let (batched, batched_engine) = in_memory();
        tell_in_batches(&batched, &other, batch);
        prop_assert_eq!(&view(&batched), &expected);
        assert_clean(&batched);
        assert_feed_is_whole(&batched);

        let (left, right) = other.split_at(cut.index(other.len()));
        let ((merged, _), (second, _)) = (in_memory(), in_memory());
        tell_in_batches(&merged, left, batch);
        tell(&second, right);
        merge(&merged, &second);
        prop_assert_eq!(&view(&merged), &expected);
        assert_clean(&merged);

        for (archive, engine) in [(one, engine), (batched, batched_engine)] {
            let before = rows(&engine);
            archive.reindex(|_, _| {}).unwrap();
            prop_assert_eq!(rows(&engine), before);
            assert_feed_is_whole(&archive);
        }
    }
}

proptest! {
    #![proptest_config(cases(8))]

    #[test]
    fn on_sled_too((straight, other) in facts(12), batch in 1_usize..6) {
        let (memory, _) = in_memory();
        tell(&memory, &straight);
        let directory = tempfile::tempdir().unwrap();
        let archive = Archive::open(directory.path(), &OpenOptions::default()).unwrap();
        tell_in_batches(&archive, &other, batch);
        prop_assert_eq!(view(&archive), view(&memory));
        assert_clean(&archive);
        drop(archive);
        let archive = Archive::open(directory.path(), &OpenOptions::default()).unwrap();
        prop_assert_eq!(view(&archive), view(&memory));
        archive.reindex(|_, _| {}).unwrap();
        prop_assert_eq!(view(&archive), view(&memory));
        assert_clean(&archive);
    }
}

#[test]
fn an_empty_archive_exports_nothing_and_an_export_of_a_copy_is_the_same() {
    let (archive, _) = in_memory();
    assert_eq!(exported(&archive), "");
    add(&archive, [seen("a", 0, "One"), seen("b", 1, "Two"), seen("a", 2, "Three")]);
    let (copy, _) = in_memory();
    merge(&copy, &archive);
    assert_eq!(exported(&copy), exported(&archive));
    assert_eq!(exported(&copy).lines().count(), 3);
}

/// The latest article was seen again by another extractor, which had seen an earlier one: what was a first revision is an edit
/// from then on, and the index did not say so.
#[test]
fn an_article_that_a_second_extractor_sees_too_may_be_an_edit_of_an_earlier_one() {
    let archive = Archive::in_memory();
    let captures = [("reader 2", 1, "The bridge is open"), ("reader 1", 2, "A detour"), ("reader 2", 3, "A detour")];
    for (source, at, headline) in captures {
        let mut capture = NewCapture::article(key(KEYS[0]), minute(at), Article::new(headline));
        capture.observation.source = Some(source.into());
        archive.ingest(capture, Durability::Buffered).unwrap();
    }
    assert_clean(&archive);
    assert_eq!(archive.story(&key(KEYS[0])).unwrap().unwrap().changes, 1);
}

/// Of two readings of one page the earlier version's sorted behind the later one's, and the next article was compared with it.
#[test]
fn the_latest_article_is_that_of_the_reading_that_counts() {
    // Whichever of the two hashes sorts last, one of the two rounds has the reading that does not count there.
    for (first, second) in [("The bridge is closed", "A detour"), ("A detour", "The bridge is closed")] {
        let captures: Vec<Fact> =
            [("reader 1", 1, first), ("reader 2", 1, second), ("reader 1", 2, "The bridge is open")]
                .into_iter()
                .map(|(source, at, headline)| {
                    let mut capture = NewCapture::article(key(KEYS[0]), minute(at), Article::new(headline));
                    capture.observation.source = Some(source.into());
                    Fact::Capture(Box::new(capture))
                })
                .collect();
        let ((in_order, _), (at_once, _)) = (in_memory(), in_memory());
        tell(&in_order, &captures);
        tell_in_batches(&at_once, &captures, captures.len());
        assert_clean(&in_order);
        assert_eq!(view(&in_order), view(&at_once), "{first}");
    }
}
