//! What must always be true of an archive, promise by promise.

use morgue::engine::MemoryEngine;
use morgue::{
    Archive, ArticleHash, Cursor, Durability, Effect, Error, Exported, Memento, NewCapture, NewOutcome, RevisionKind,
    Selector, StoryFilter, StoryKey, Timestamp,
};

use crate::support::{
    Fact, add, alias, article, assert_clean, captures, exported, findings, from, in_memory, key, minute, on, repair,
    revisions, saw, seen, tell, view,
};

fn at(archive: &Archive, story: &str, minutes: i64) -> Option<String> {
    let memento = archive.memento(&key(story), &Selector::At(minute(minutes))).unwrap();
    memento.map(|memento: Memento| memento.article.headline)
}

fn kinds(archive: &Archive, story: &str) -> Vec<RevisionKind> {
    revisions(archive, &key(story)).iter().map(|revision| revision.kind).collect()
}

// 1. Captures are primary, all else follows. The property is in `order`.

#[test]
fn a_capture_of_2019_imported_after_one_of_2026_renumbers_the_revisions() {
    let (archive, _) = in_memory();
    let of = |day: &str, text: &str| NewCapture::article(key("a"), day.parse().unwrap(), article(text));
    let new = archive.ingest(of("2026-03-01", "New"), Durability::Synced).unwrap();
    assert_eq!((new.effect, new.revision, new.kind), (Effect::NewStory, Some(1), Some(RevisionKind::First)));
    let old = archive.ingest(of("2019-03-01", "Old"), Durability::Synced).unwrap();
    assert_eq!((old.effect, old.revision, old.kind), (Effect::NewRevision, Some(1), Some(RevisionKind::First)));
    assert_eq!(kinds(&archive, "a"), [RevisionKind::First, RevisionKind::Edit]);
    let latest = archive.memento(&key("a"), &Selector::Number(2)).unwrap().unwrap();
    assert_eq!(latest.article.headline, "New");
    let story = archive.story(&key("a")).unwrap().unwrap();
    assert_eq!((story.first_captured.date(), story.last_captured.date()), ("2019-03-01".into(), "2026-03-01".into()));
}

#[test]
fn the_same_capture_again_is_known_and_changes_no_byte() {
    let (archive, engine) = in_memory();
    let all =
        || [seen("a", 0, "One"), saw("a", 1, NewOutcome::Gone), saw("a", 2, NewOutcome::Teaser(article("Sign in")))];
    add(&archive, all());
    let before = engine.rows();
    for capture in all() {
        assert_eq!(archive.ingest(capture, Durability::Synced).unwrap().effect, Effect::Known);
    }
    let report = archive.ingest_many(all(), &morgue::IngestOptions::default(), |_| {}).unwrap();
    assert_eq!((report.known, report.captures, report.stories, report.revisions), (3, 0, 0, 0));
    assert_eq!(engine.rows(), before);
}

#[test]
fn two_articles_in_one_microsecond_are_both_kept_ordered_by_hash() {
    let one_way = [seen("a", 0, "One"), seen("a", 0, "Two")];
    let (first, second) = (in_memory().0, in_memory().0);
    add(&first, one_way.clone());
    add(&second, one_way.into_iter().rev());
    assert_eq!(view(&first), view(&second));
    let hashes: Vec<ArticleHash> = revisions(&first, &key("a")).iter().map(|revision| revision.hash).collect();
    assert_eq!(hashes.len(), 2);
    assert!(hashes.is_sorted());
}

#[test]
fn a_story_is_what_its_aliases_connect_whichever_came_first() {
    let facts = [
        Fact::Capture(Box::new(seen("https://amp.news.example/a", 0, "One"))),
        alias(key("https://amp.news.example/a"), key("https://news.example/a")),
        Fact::Capture(Box::new(seen("https://news.example/a", 1, "Two"))),
        alias(key("wire-7"), key("https://amp.news.example/a")),
    ];
    for turn in 0..facts.len() {
        let (archive, _) = in_memory();
        let mut turned = facts.to_vec();
        turned.rotate_left(turn);
        tell(&archive, &turned);
        for name in ["https://amp.news.example/a", "https://news.example/a", "wire-7"] {
            let story = archive.story(&key(name)).unwrap().unwrap();
            assert_eq!((story.story, story.revisions), (key("https://news.example/a"), 2), "{name}");
        }
        assert_clean(&archive);
    }
}

// 2. A bad fetch is never an edit.

#[test]
fn a_bad_fetch_never_ends_good_text() {
    let bad = [
        NewOutcome::Teaser(article("Sign in to read on")),
        NewOutcome::Gone,
        NewOutcome::Moved(key("b")),
        NewOutcome::Unreachable("503".into()),
    ];
    for outcome in bad {
        let (archive, _) = in_memory();
        add(
            &archive,
            [seen("a", 0, "Good"), saw("a", 1, outcome.clone()), seen("a", 2, "Good"), saw("a", 3, outcome.clone())],
        );
        let revisions = revisions(&archive, &key("a"));
        assert_eq!(revisions.len(), 1, "{outcome:?}");
        assert_eq!(at(&archive, "a", 1).as_deref(), Some("Good"));
        assert_eq!(at(&archive, "a", 9).as_deref(), Some("Good"));
        assert_eq!(captures(&archive, "a").len(), 4, "it is recorded all the same");
        let story = archive.story(&key("a")).unwrap().unwrap();
        assert_eq!((story.headline.as_str(), story.changes), ("Good", 0));
        assert_ne!(story.last_outcome, morgue::OutcomeKind::Article);
    }
}

#[test]
fn a_story_of_bad_fetches_alone_has_no_memento() {
    let (archive, _) = in_memory();
    let teaser = NewOutcome::Teaser(article("Sign in"));
    let done = archive.ingest(saw("a", 0, teaser), Durability::Synced).unwrap();
    assert_eq!((done.effect, done.revision), (Effect::NewStory, None));
    assert_eq!(archive.ingest(saw("a", 1, NewOutcome::Gone), Durability::Synced).unwrap().effect, Effect::Recorded);
    assert_eq!(archive.memento(&key("a"), &Selector::Latest).unwrap(), None);
    let text = archive.canonical_text(&key("a"), &done.hash.unwrap()).unwrap();
    assert!(text.contains("Sign in"), "the text of a teaser is kept");
}

// 3. The hash loses nothing.

#[test]
fn typography_is_a_cosmetic_change_and_the_hash_tells_it() {
    let (archive, _) = in_memory();
    add(
        &archive,
        [
            seen("a", 0, "\u{201c}No\u{201d}"),
            seen("a", 1, "\"No\""),
            seen("a", 2, "\"NO\""),
            seen("a", 3, "\"NO\" 1,000"),
        ],
    );
    assert_eq!(
        kinds(&archive, "a"),
        [RevisionKind::First, RevisionKind::Cosmetic, RevisionKind::Edit, RevisionKind::Edit]
    );
}

#[test]
fn anyone_can_make_the_hash_from_the_canonical_text() {
    let (archive, _) = in_memory();
    add(&archive, [seen("a", 0, "caf\u{65}\u{301} \u{2013} 1\u{a0}000")]);
    let hash = revisions(&archive, &key("a"))[0].hash;
    let text = archive.canonical_text(&key("a"), &hash).unwrap();
    assert_eq!(blake3::hash(text.as_bytes()).to_string(), hash.to_string());
    assert!(text.contains("caf\u{e9} \u{2013} 1 000\n"), "{text}");
}

#[test]
fn texts_of_different_extractors_are_never_edits_of_each_other() {
    let (archive, _) = in_memory();
    add(
        &archive,
        [
            from("x", seen("a", 0, "One")),
            from("y", seen("a", 1, "One.")),
            from("x", seen("a", 2, "Two")),
            from("y", seen("a", 3, "Two.")),
        ],
    );
    assert_eq!(
        kinds(&archive, "a"),
        [RevisionKind::First, RevisionKind::First, RevisionKind::Edit, RevisionKind::Edit]
    );
    let previous: Vec<_> = revisions(&archive, &key("a")).iter().map(|revision| revision.previous).collect();
    assert_eq!(previous, [None, None, Some(1), Some(2)]);
}

// Mementos.

#[test]
fn a_memento_is_what_was_in_force_at_that_time() {
    let (archive, _) = in_memory();
    add(&archive, [seen("a", 10, "One"), seen("a", 20, "Two"), seen("a", 30, "One")]);
    let by_time: Vec<_> = [9, 10, 19, 20, 29, 30, 99].map(|minutes| at(&archive, "a", minutes)).into_iter().collect();
    let expected = [None, Some("One"), Some("One"), Some("Two"), Some("Two"), Some("One"), Some("One")];
    assert_eq!(by_time, expected.map(|text| text.map(str::to_owned)));
    let timemap = archive.timemap(&key("a")).unwrap().unwrap();
    assert_eq!(timemap.mementos, archive.revisions(&key("a")).unwrap());
    assert_eq!(kinds(&archive, "a"), [RevisionKind::First, RevisionKind::Edit, RevisionKind::Restored]);
}

#[test]
fn a_late_import_changes_no_later_memento() {
    let later =
        [seen("a", 10, "One"), seen("a", 20, "Two"), seen("a", 30, "One"), saw("a", 35, NewOutcome::NotModified)];
    for (late, text) in [(0, "Zero"), (12, "Between"), (12, "One"), (25, "One"), (5, "Two")] {
        let (archive, _) = in_memory();
        add(&archive, later.clone());
        let times = [10, 20, 30, 40];
        let before = times.map(|minutes| at(&archive, "a", minutes));
        add(&archive, [seen("a", late, text)]);
        assert_eq!(times.map(|minutes| at(&archive, "a", minutes)), before, "{text} at {late}");
        assert_eq!(at(&archive, "a", late).as_deref(), Some(text));
        assert_clean(&archive);
    }
}

// 4. Every read is verified.

/// A small archive with every kind of row.
fn sample() -> MemoryEngine {
    let (archive, engine) = in_memory();
    let joined = NewCapture { aliases: vec![key("wire-7")], ..from("x", seen("https://news.example/a", 3, "Three")) };
    add(&archive, (0..3).map(|n| from("x", seen("https://news.example/a", n, &format!("Text {n}")))));
    add(
        &archive,
        [joined, saw("wire-7", 4, NewOutcome::Teaser(article("Sign in"))), saw("wire-7", 5, NewOutcome::Gone)],
    );
    add(&archive, [seen("b", 0, "Other"), seen("b", -1, "Before")]);
    engine
}

const NAMES: [&str; 3] = ["https://news.example/a", "wire-7", "b"];

/// Everything that can be read, each as an answer of its own.
fn reads(archive: &Archive) -> Vec<(&'static str, Option<StoryKey>, Result<String, Error>)> {
    let mut all: Vec<(&'static str, Option<StoryKey>, Result<String, Error>)> = Vec::new();
    for name in NAMES.map(key) {
        let mut push = |what, answer| all.push((what, Some(name.clone()), answer));
        push("story", archive.story(&name).map(|story| format!("{story:?}")));
        push("captures", archive.captures(&name).map(|captures| format!("{captures:?}")));
        push("revisions", archive.revisions(&name).map(|revisions| format!("{revisions:?}")));
        push("timemap", archive.timemap(&name).map(|timemap| format!("{timemap:?}")));
        for selector in ["first", "#2", "@"] {
            push("memento", archive.memento(&name, &selector.parse().unwrap()).map(|memento| format!("{memento:?}")));
        }
    }
    all.push((
        "stories",
        None,
        archive.stories(&StoryFilter::default()).collect::<Result<Vec<_>, _>>().map(|all| format!("{all:?}")),
    ));
    all.push((
        "changes",
        None,
        archive.changes(Cursor::START).collect::<Result<Vec<_>, _>>().map(|all| format!("{all:?}")),
    ));
    let export = archive.export(&[]).and_then(|facts| facts.collect::<Result<Vec<Exported>, _>>());
    all.push(("export", None, export.map(|all| format!("{all:?}"))));
    all
}

fn damaged(engine: &MemoryEngine, row: usize, change: impl Fn(&mut Vec<u8>)) -> MemoryEngine {
    let mut rows = engine.rows();
    change(&mut rows[row].1);
    MemoryEngine::from_rows(rows)
}

/// Holds every answer to the one that the whole archive gave.
fn assert_right_or_named(
    engine: &MemoryEngine,
    right: &[(&'static str, Option<StoryKey>, Result<String, Error>)],
    about: &str,
) {
    let options = morgue::OpenOptions { repair: true, ..Default::default() };
    let archive = match Archive::with_engine(std::sync::Arc::new(engine.clone()), &options) {
        Ok(archive) => archive,
        Err(error) => return assert!(error.is_damage(), "{about}: {error}"),
    };
    for ((what, name, answer), (.., right)) in reads(&archive).into_iter().zip(right) {
        match answer {
            Ok(answer) => assert_eq!(&answer, right.as_ref().unwrap(), "{about}: {what} of {name:?}"),
            Err(error) => {
                assert!(error.is_damage(), "{about}: {what}: {error}");
                let is_named = matches!(&error, Error::Damaged { story: Some(_), .. });
                assert!(name.is_none() || is_named, "{about}: {what} of {name:?} says only: {error}");
            }
        }
    }
    assert!(!findings(&archive).is_empty(), "{about}: check finds nothing");
}

#[test]
fn a_flipped_bit_gives_the_right_answer_or_an_error_that_names_the_story() {
    let engine = sample();
    let right = reads(&on(&engine));
    for (row, (key, value)) in engine.rows().into_iter().enumerate().filter(|(_, (_, value))| !value.is_empty()) {
        let places = [0, 1, 2, 3, value.len() / 3, value.len() / 2, value.len() - 9, value.len() - 1];
        for place in places.into_iter().filter(|place| *place < value.len()) {
            for bit in [0x01, 0x80] {
                let hurt = damaged(&engine, row, |value| value[place] ^= bit);
                assert_right_or_named(&hurt, &right, &format!("row {key:02x?}, byte {place}, bit {bit:#x}"));
            }
        }
    }
}

#[test]
fn a_row_that_was_cut_off_or_emptied_gives_the_right_answer_or_an_error_that_names_the_story() {
    let engine = sample();
    let right = reads(&on(&engine));
    for (row, (key, value)) in engine.rows().into_iter().enumerate().filter(|(_, (_, value))| !value.is_empty()) {
        for left in [0, 1, 7, 8, 9, value.len() / 2, value.len() - 1] {
            let hurt = damaged(&engine, row, |value| value.truncate(left));
            if left < value.len() {
                assert_right_or_named(&hurt, &right, &format!("row {key:02x?}, cut to {left}"));
            }
        }
    }
}

/// Rows are whole, but each stands where another belongs.
#[test]
fn rows_that_changed_places_give_the_right_answer_or_an_error() {
    let engine = sample();
    let right = reads(&on(&engine));
    let rows = engine.rows();
    for row in 1..rows.len() {
        let mut swapped = rows.clone();
        let (one, other) = (swapped[row - 1].1.clone(), swapped[row].1.clone());
        if one == other || rows[row].0[0] == 0x04 {
            continue;
        }
        swapped[row - 1].1 = other;
        swapped[row].1 = one;
        assert_right_or_named(&MemoryEngine::from_rows(swapped), &right, &format!("rows {} and {row}", row - 1));
    }
}

/// Nobody can know of a capture or an alias fact that nothing else speaks of; every other row is missed when it is gone.
#[test]
fn a_row_that_is_missing_is_found_and_never_gives_a_wrong_text() {
    let engine = sample();
    let right = reads(&on(&engine));
    for (row, (key, _)) in engine.rows().into_iter().enumerate().filter(|(_, (_, value))| !value.is_empty()) {
        let mut rows = engine.rows();
        rows.remove(row);
        let left = MemoryEngine::from_rows(rows);
        let options = morgue::OpenOptions { repair: true, ..Default::default() };
        let archive = match Archive::with_engine(std::sync::Arc::new(left), &options) {
            Ok(archive) => archive,
            Err(error) => {
                assert!(error.is_damage(), "{error}");
                continue;
            }
        };
        assert!(!findings(&archive).is_empty(), "row {key:02x?} is gone and check finds nothing");
        for ((what, name, answer), (.., right)) in reads(&archive).into_iter().zip(&right) {
            let is_text = what == "memento";
            if let (true, Ok(answer)) = (is_text, answer) {
                let is_none = answer == "None";
                assert!(is_none || answer == *right.as_ref().unwrap(), "row {key:02x?}: {what} of {name:?}: {answer}");
            }
        }
    }
}

// 5. Acknowledged means kept: in `faults`.

// 6. Derived data can be deleted.

#[test]
fn all_derived_data_can_be_deleted_and_is_made_anew() {
    let engine = sample();
    let whole = on(&engine);
    let (view_before, changes_before) = (view(&whole), crate::support::changes(&whole, Cursor::START));
    let primary = engine.rows().into_iter().filter(|(key, _)| key[0] & 0x80 == 0);
    let left = MemoryEngine::from_rows(primary);
    let archive = repair(&left);
    assert!(!findings(&archive).is_empty());
    let report = archive.reindex(|_, _| {}).unwrap();
    assert_eq!((report.stories, report.captures), (2, 8));
    assert_clean(&archive);
    assert_eq!(view(&archive), view_before);
    assert_eq!(crate::support::changes(&archive, Cursor::START), changes_before);
    assert_eq!(exported(&on(&left)), exported(&whole));
}

#[test]
fn derived_data_of_any_kind_can_be_damaged_and_is_made_anew() {
    let engine = sample();
    let expected = view(&on(&engine));
    for (row, (key, value)) in engine.rows().into_iter().enumerate().filter(|(_, (key, _))| key[0] & 0x80 != 0) {
        let hurt = damaged(&engine, row, |bytes| bytes[value.len() / 2] ^= 4);
        let archive = repair(&hurt);
        archive.reindex(|_, _| {}).unwrap();
        assert_clean(&archive);
        assert_eq!(view(&archive), expected, "row {key:02x?}");
        // And it goes on: the next capture gets the next place in the feed.
        add(&archive, [seen("b", 99, "After")]);
        assert_clean(&on(&hurt));
    }
}

#[test]
fn times_at_either_end_of_what_there_is_are_kept() {
    let (archive, _) = in_memory();
    let ends = [Timestamp::MIN, Timestamp::MAX].map(|at| NewCapture::article(key("a"), at, article(&at.to_string())));
    add(&archive, ends);
    assert_eq!(revisions(&archive, &key("a")).len(), 2);
    assert_clean(&archive);
    assert_eq!(exported(&archive).lines().count(), 2);
}
