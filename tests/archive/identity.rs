//! Which names are of one story: what pages say, what people decide, and that it does not matter which came first.

use morgue::{Alias, AliasDates, Archive, Durability, Error, NewCapture};

use crate::support::{Fact, add, assert_clean, captures, exported, in_memory, key, minute, seen, tell, view};

fn since(alias: &str, of: &str, at: i64) -> Fact {
    Fact::Alias(Alias { alias: key(alias), of: key(of), dates: AliasDates::since(minute(at)) })
}

fn split(alias: &str, of: &str, at: i64) -> Fact {
    Fact::Alias(Alias { alias: key(alias), of: key(of), dates: AliasDates::split(minute(at)) })
}

fn merged(alias: &str, of: &str, at: i64) -> Fact {
    Fact::Alias(Alias { alias: key(alias), of: key(of), dates: AliasDates::merged(minute(at)) })
}

fn capture(story: &str, at: i64) -> Fact {
    Fact::Capture(Box::new(seen(story, at, &format!("{story} {at}"))))
}

fn counts(archive: &Archive, names: &[&str]) -> Vec<usize> {
    names.iter().map(|name| captures(archive, name).len()).collect()
}

#[test]
fn a_decision_overrules_pages_whenever_either_came() {
    let facts = [
        capture("a", 0),
        capture("b", 1),
        capture("c", 2),
        since("b", "a", 1),
        since("c", "b", 2),
        split("c", "b", 5),
        since("c", "b", 9),
    ];
    for turn in 0..facts.len() {
        let (archive, _) = in_memory();
        let mut turned = facts.to_vec();
        turned.rotate_left(turn);
        tell(&archive, &turned);
        assert_clean(&archive);
        assert_eq!(counts(&archive, &["a", "b", "c"]), [2, 2, 1], "turned by {turn}");
        tell(&archive, &[merged("c", "b", 6)]);
        assert_clean(&archive);
        assert_eq!(counts(&archive, &["a", "b", "c"]), [3, 3, 3], "turned by {turn}");
    }
}

#[test]
fn merge_and_split_undo_each_other() {
    let (archive, _) = in_memory();
    tell(&archive, &[capture("a", 0), capture("b", 1)]);
    let apart = view(&archive);
    let at = Durability::Buffered;
    for round in 0..3 {
        // By the same clock, so that the order of decisions does not hang on it.
        assert!(archive.merge_stories(&key("b"), &key("a"), minute(10), at).unwrap());
        assert!(!archive.merge_stories(&key("b"), &key("a"), minute(10), at).unwrap());
        assert_clean(&archive);
        assert_eq!(counts(&archive, &["a", "b"]), [2, 2], "round {round}");
        assert_eq!(archive.split_story(&key("b"), None, minute(10), at).unwrap().len(), 1);
        assert_clean(&archive);
        assert_eq!(view(&archive).stories, apart.stories, "round {round}");
        assert!(archive.split_story(&key("b"), None, minute(10), at).unwrap().is_empty());
    }
}

#[test]
fn a_key_in_the_middle_is_taken_out_and_the_others_fall_apart_or_not() {
    let (archive, _) = in_memory();
    let chain = [since("a", "m", 1), since("b", "m", 1), since("c", "b", 1)];
    tell(&archive, &["a", "m", "b", "c"].map(|name| capture(name, 1)));
    tell(&archive, &chain);
    assert_eq!(counts(&archive, &["a", "m", "b", "c"]), [4; 4]);
    let cut = archive.split_story(&key("m"), Some(&key("b")), minute(3), Durability::Buffered).unwrap();
    assert_eq!(cut.len(), 1);
    assert_eq!(counts(&archive, &["a", "m", "b", "c"]), [2; 4]);
    archive.split_story(&key("m"), None, minute(3), Durability::Buffered).unwrap();
    assert_eq!(counts(&archive, &["a", "m", "b", "c"]), [1, 1, 2, 2]);
    assert_clean(&archive);
    let before = exported(&archive);
    archive.reindex(|_, _| {}).unwrap();
    archive.seal().unwrap();
    assert_clean(&archive);
    assert_eq!(exported(&archive), before);
    assert_eq!(counts(&archive, &["a", "m", "b", "c"]), [1, 1, 2, 2]);
}

#[test]
fn pages_go_on_saying_what_was_decided_against_and_are_archived_all_the_same() {
    let (archive, _) = in_memory();
    let visit = |at: i64| NewCapture { aliases: vec![key("b")], ..seen("a", at, &format!("A {at}")) };
    add(&archive, [visit(0), seen("b", 0, "B")]);
    archive.split_story(&key("b"), None, minute(1), Durability::Buffered).unwrap();
    // One by one and in a batch, in which the pages tie both keys together.
    add(&archive, [visit(2), seen("b", 3, "B again")]);
    let many = vec![visit(4), seen("b", 4, "B at last"), visit(5), visit(2)];
    let report = archive.ingest_many(many, &morgue::IngestOptions::default(), |_| {}).unwrap();
    assert_eq!((report.read, report.captures, report.known, report.revisions), (4, 3, 1, 3));
    assert_clean(&archive);
    assert_eq!(counts(&archive, &["a", "b"]), [4, 3]);
}

#[test]
fn the_date_of_an_alias_is_that_of_the_earliest_capture_that_told_of_it() {
    let (archive, _) = in_memory();
    let visit = |at: i64| NewCapture { aliases: vec![key("b")], ..seen("a", at, "A") };
    add(&archive, [visit(5), visit(3), visit(9)]);
    let [fact] = archive.aliases(&key("b")).unwrap().try_into().unwrap();
    assert_eq!((fact.alias, fact.of, fact.dates.since), (key("b"), key("a"), Some(minute(3))));
}

#[test]
fn a_name_that_is_not_there_is_refused() {
    let (archive, _) = in_memory();
    tell(&archive, &[capture("a", 0)]);
    let at = minute(0);
    let merged = archive.merge_stories(&key("a"), &key("nowhere"), at, Durability::Buffered);
    assert!(matches!(merged, Err(Error::NoStory(name)) if name == key("nowhere")));
    let split = archive.split_story(&key("nowhere"), None, at, Durability::Buffered);
    assert!(matches!(split, Err(Error::NoStory(_))));
    assert_eq!(archive.aliases(&key("nowhere")).unwrap(), []);
}
