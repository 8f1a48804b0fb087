//! The feed of changes.

use morgue::{Archive, Change, Cursor, NewOutcome, RevisionKind};

use crate::support::{add, alias, article, changes, from, in_memory, key, saw, seen, tell};

fn told(archive: &Archive, after: Cursor) -> Vec<(String, u64)> {
    let each = |change: Change| (change.headline, change.revision.map_or(0, |revision| revision.number));
    changes(archive, after).into_iter().map(each).collect()
}

fn numbers(archive: &Archive) -> Vec<Option<u64>> {
    changes(archive, Cursor::START).into_iter().map(|change| change.revision.map(|revision| revision.number)).collect()
}

#[test]
fn changes_come_in_the_order_of_arrival_whatever_their_times() {
    let (archive, _) = in_memory();
    add(&archive, [seen("b", 9, "B"), seen("a", 1, "A"), seen("b", 3, "Before B")]);
    let stories: Vec<String> = changes(&archive, Cursor::START).iter().map(|change| change.story.to_string()).collect();
    assert_eq!(stories, ["b", "a", "b"]);
    assert_eq!(numbers(&archive), [Some(2), Some(1), Some(1)], "revisions are numbered as they stand now");
}

#[test]
fn a_feed_goes_on_after_any_cursor() {
    let (archive, _) = in_memory();
    add(&archive, (0..30).map(|n| seen(["a", "b", "c"][n as usize % 3], n, &format!("Text {}", n / 4))));
    let all = changes(&archive, Cursor::START);
    for (place, change) in all.iter().enumerate() {
        assert_eq!(changes(&archive, change.cursor), all[place + 1..]);
    }
    let cursor: Cursor = all[4].cursor.to_string().parse().unwrap();
    assert_eq!(changes(&archive, cursor), all[5..]);
    let mut open = archive.changes(all.last().unwrap().cursor);
    assert!(open.next().is_none());
    add(&archive, [seen("d", 0, "D")]);
    assert_eq!(open.next().unwrap().unwrap().headline, "D", "a feed that ended goes on when there is more");
}

#[test]
fn a_cursor_stays_good_after_a_reindex_and_after_opening_again() {
    let (archive, engine) = in_memory();
    add(&archive, (0..12).map(|n| seen(["a", "b"][n as usize % 2], 40 - n, &format!("Text {}", n / 3))));
    tell(&archive, &[alias(key("b"), key("a"))]);
    let all = changes(&archive, Cursor::START);
    archive.reindex(|_, _| {}).unwrap();
    assert_eq!(changes(&archive, Cursor::START), all);
    add(&archive, [seen("c", 0, "C")]);
    for archive in [archive, crate::support::on(&engine)] {
        let after = changes(&archive, all.last().unwrap().cursor);
        assert_eq!(after.len(), 1);
        assert_eq!(after[0].headline, "C");
    }
}

#[test]
fn a_text_seen_again_is_no_news_and_a_known_capture_none_either() {
    let (archive, _) = in_memory();
    add(&archive, [seen("a", 0, "A"), seen("a", 1, "A"), saw("a", 2, NewOutcome::NotModified), seen("a", 0, "A")]);
    assert_eq!(told(&archive, Cursor::START), [("A".to_owned(), 1)]);
}

#[test]
fn an_outcome_without_an_article_is_told_once_until_something_else_is_seen() {
    let (archive, _) = in_memory();
    let teaser = || NewOutcome::Teaser(article("Sign in"));
    add(
        &archive,
        [
            seen("a", 0, "A"),
            saw("a", 1, NewOutcome::Gone),
            saw("a", 2, NewOutcome::Gone),
            saw("a", 3, teaser()),
            saw("a", 4, teaser()),
            seen("a", 5, "A"),
            saw("a", 6, NewOutcome::Gone),
        ],
    );
    let kinds: Vec<&str> =
        changes(&archive, Cursor::START).iter().map(|change| change.capture.outcome.kind().as_str()).collect();
    assert_eq!(kinds, ["article", "gone", "teaser", "gone"]);
}

#[test]
fn a_story_that_was_gone_and_is_back_with_the_same_text_is_told_once() {
    let (archive, _) = in_memory();
    let failed = || NewOutcome::Unreachable("it answers 503".to_owned());
    add(
        &archive,
        [
            seen("a", 0, "A"),
            saw("a", 1, failed()),
            seen("a", 2, "A"),
            saw("a", 3, NewOutcome::Gone),
            saw("a", 4, failed()),
            seen("a", 5, "A"),
            seen("a", 6, "A"),
            saw("a", 7, NewOutcome::Gone),
            saw("a", 8, NewOutcome::NotModified),
            saw("a", 9, NewOutcome::NotModified),
        ],
    );
    let all = changes(&archive, Cursor::START);
    let kinds: Vec<&str> = all.iter().map(|change| change.capture.outcome.kind().as_str()).collect();
    assert_eq!(kinds, ["article", "unreachable", "gone", "unreachable", "article", "gone", "not-modified"]);
    assert_eq!(numbers(&archive), [Some(1), None, None, None, None, None, None]);
    assert_eq!(all.last().unwrap().cursor.to_string(), "9");
    assert_eq!(archive.last_cursor().to_string(), "10");
}

#[test]
fn a_late_capture_is_told_as_what_it_came_to() {
    let (archive, _) = in_memory();
    add(&archive, [seen("a", 0, "A"), seen("a", 9, "A")]);
    let cursor = changes(&archive, Cursor::START).last().unwrap().cursor;
    add(&archive, [seen("a", 5, "B")]);
    let new = changes(&archive, cursor);
    // The second capture of A is a revision of its own now, and stands before the late one in the order of arrival.
    let all = changes(&archive, Cursor::START);
    let kinds: Vec<_> = all
        .iter()
        .filter_map(|change| change.revision.as_ref())
        .map(|revision| (revision.number, revision.kind))
        .collect();
    assert_eq!(kinds, [(1, RevisionKind::First), (3, RevisionKind::Restored), (2, RevisionKind::Edit)]);
    assert_eq!(new.last(), all.last());
    assert_eq!(new.last().unwrap().revision.as_ref().unwrap().number, 2);
}

/// Of captures at one microsecond, one ended a revision and the next began another with the same text: the feed left that one out.
#[test]
fn a_revision_that_begins_in_the_microsecond_in_which_its_text_was_last_seen_is_told() {
    let (archive, _) = in_memory();
    // Which of two texts comes first within a microsecond is up to their hashes: one way round, A is restored.
    for (a, b) in [("A", "B"), ("B", "A")] {
        let story = format!("{a} then {b}");
        add(
            &archive,
            [seen(&story, 0, a), saw(&story, 1, NewOutcome::NotModified), seen(&story, 1, b), seen(&story, 1, a)],
        );
    }
    let revisions: u64 = crate::support::stories(&archive).iter().map(|story| story.revisions).sum();
    assert_eq!(revisions, 5, "one of the two stories has three");
    assert_eq!(numbers(&archive).len(), 5);
}

#[test]
fn a_story_that_was_joined_is_told_under_its_new_name() {
    let (archive, _) = in_memory();
    add(&archive, [from("x", seen("wire-7", 0, "A")), seen("https://news.example/a", 1, "B")]);
    tell(&archive, &[alias(key("wire-7"), key("https://news.example/a"))]);
    assert!(changes(&archive, Cursor::START).iter().all(|change| change.story == key("https://news.example/a")));
    assert_eq!(numbers(&archive), [Some(1), Some(2)]);
}
