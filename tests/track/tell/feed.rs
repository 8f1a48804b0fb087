//! Feeds, read by what reads feeds.

use std::fs;
use std::path::Path;

use feed_rs::model::{Feed, FeedType};
use morgue::{Archive, NewOutcome};

use super::support::{Hand, edits, saw, see, tell_one, teller};

fn config(kind: &str, file: &Path, more: &str) -> String {
    let file = file.to_str().unwrap();
    format!("[[tell]]\nname = \"feed\"\nkind = {kind:?}\nfrom = \"start\"\nfile = {file:?}\n{more}\n")
}

fn read(file: &Path) -> Feed {
    feed_rs::parser::parse(fs::read(file).unwrap().as_slice()).unwrap()
}

fn html(feed: &Feed, entry: usize) -> String {
    feed.entries[entry].content.as_ref().unwrap().body.clone().unwrap()
}

#[test]
fn both_kinds_of_feeds_tell_the_latest_change_first() {
    for (kind, feed_type) in [("atom", FeedType::Atom), ("json-feed", FeedType::JSON)] {
        let archive = Archive::in_memory();
        edits(&archive, "bridge", 1, 3);
        saw(&archive, "bridge", 40, NewOutcome::Gone);
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("changes");
        let more = "title = \"Changes & more\"\nlink = \"https://gazette.example/changes?a=1&b=2\"";
        let report = tell_one(&teller(&config(kind, &file, more)), &archive, &Hand::new());
        assert_eq!(report.told.len(), 3, "{report:?}");
        let feed = read(&file);
        assert_eq!(feed.feed_type, feed_type);
        assert_eq!(feed.title.as_ref().unwrap().content, "Changes & more");
        assert!(
            feed.links.iter().any(|link| link.href == "https://gazette.example/changes?a=1&b=2"),
            "{:?}",
            feed.links
        );
        let titles: Vec<&str> =
            feed.entries.iter().map(|entry| entry.title.as_ref().unwrap().content.as_str()).collect();
        let expected = [
            "gone: Bridge collapse",
            "Bridge collapse: 18 -> 19 people; no notice",
            "Bridge collapse: 17 -> 18 people; no notice",
        ];
        assert_eq!(titles, expected);
        assert!(
            html(&feed, 1).contains("<p>At least <del>18</del><ins>19</ins> people died, Mayor Lund said.</p>"),
            "{}",
            html(&feed, 1)
        );
        assert!(!html(&feed, 1).contains("A crack"), "what did not change is left out");
        let entry = &feed.entries[1];
        assert_eq!(entry.links[0].href, "https://news.example/bridge");
        assert!(entry.id.starts_with("urn:uuid:"), "{}", entry.id);
        let at = entry.published.or(entry.updated).unwrap();
        assert_eq!(at.to_rfc3339(), "2026-03-01T00:30:00+00:00");
        let tags: Vec<&str> = entry.categories.iter().map(|category| category.term.as_str()).collect();
        assert_eq!(tags, ["harbour", "edit"]);
    }
}

#[test]
fn an_atom_feed_has_what_the_rfc_asks_for() {
    let archive = Archive::in_memory();
    edits(&archive, "bridge", 1, 2);
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("changes.atom");
    tell_one(&teller(&config("atom", &file, "link = \"https://gazette.example/changes\"")), &archive, &Hand::new());
    let text = fs::read_to_string(&file).unwrap();
    assert!(text.starts_with("<?xml version=\"1.0\" encoding=\"utf-8\"?>"), "{text}");
    assert!(text.contains("<link rel=\"self\" href=\"https://gazette.example/changes\"/>"), "{text}");
    let feed = read(&file);
    assert!(
        feed.id.starts_with("urn:uuid:") && feed.updated.is_some() && feed.authors[0].name.as_deref() == Some("morgue")
    );
    assert_eq!(feed.updated.unwrap().to_rfc3339(), "2026-03-07T22:40:00+00:00", "when it was told");
}

#[test]
fn a_feed_keeps_its_last_entries_and_their_ids_whatever_comes() {
    let archive = Archive::in_memory();
    edits(&archive, "bridge", 1, 4);
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("changes.atom");
    let config = config("atom", &file, "entries = 3");
    let clock = Hand::new();
    tell_one(&teller(&config), &archive, &clock);
    let before = read(&file);
    assert_eq!(before.entries.len(), 3);
    // A capture that comes late renumbers the revisions.
    see(&archive, "bridge", 15, "Bridge collapse", "A bridge has collapsed.");
    edits(&archive, "bridge", 5, 5);
    clock.pass(60);
    tell_one(&teller(&config), &archive, &clock);
    let after = read(&file);
    assert_eq!(after.id, before.id);
    let ids = |feed: &Feed| feed.entries.iter().map(|entry| entry.id.clone()).collect::<Vec<_>>();
    assert_eq!(after.entries.len(), 3);
    assert_eq!(ids(&after)[2], ids(&before)[0]);
    assert_eq!(html(&after, 2), html(&before, 0));
    assert!(!ids(&before).contains(&ids(&after)[0]) && !ids(&before).contains(&ids(&after)[1]));
}

#[test]
fn a_feed_of_nothing_is_a_feed_and_one_that_was_deleted_comes_back() {
    for kind in ["atom", "json-feed"] {
        let archive = Archive::in_memory();
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("changes");
        let (teller, clock) = (teller(&config(kind, &file, "")), Hand::new());
        tell_one(&teller, &archive, &clock);
        assert_eq!(read(&file).entries.len(), 0);
        edits(&archive, "bridge", 1, 3);
        tell_one(&teller, &archive, &clock);
        let bytes = fs::read(&file).unwrap();
        assert_eq!(read(&file).entries.len(), 2);
        fs::remove_file(&file).unwrap();
        tell_one(&teller, &archive, &clock);
        assert_eq!(fs::read(&file).unwrap(), bytes);
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1, "nothing is left beside it");
    }
}

#[test]
fn a_feed_that_cannot_be_written_is_said_and_written_later_with_all_that_came() {
    let archive = Archive::in_memory();
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("changes.atom");
    let (teller, clock) = (teller(&config("atom", &file, "")), Hand::new());
    // A directory stands in its place.
    fs::create_dir(&file).unwrap();
    fs::write(file.join("x"), "").unwrap();
    edits(&archive, "bridge", 1, 3);
    let held = tell_one(&teller, &archive, &clock).held.unwrap();
    assert!(held.reason.starts_with("cannot write "), "{}", held.reason);
    fs::remove_dir_all(&file).unwrap();
    edits(&archive, "bridge", 4, 4);
    assert_eq!(tell_one(&teller, &archive, &clock).held, None);
    assert_eq!(read(&file).entries.len(), 3);
}

#[test]
fn what_is_hostile_is_inert_in_a_feed() {
    for kind in ["atom", "json-feed"] {
        let archive = Archive::in_memory();
        let hostile = "]]></content><script>alert(1)</script> &lt;b&gt; \u{1}\u{FFFE}\u{202E} <img src=x onerror=y>";
        see(&archive, "bridge", 1, "Bridge", "It is open.");
        see(&archive, "bridge", 2, hostile, &format!("It is open. {hostile}"));
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("changes");
        tell_one(&teller(&config(kind, &file, "")), &archive, &Hand::new());
        let feed = read(&file);
        assert_eq!(feed.entries.len(), 1);
        let body = html(&feed, 0);
        assert!(body.contains("&lt;script&gt;alert(1)&lt;/script&gt;") && body.contains("&amp;lt;b&amp;gt;"), "{body}");
        let tags: Vec<&str> = body.split('<').skip(1).map(|rest| rest.split(['>', ' ']).next().unwrap()).collect();
        let known = ["p", "/p", "strong", "/strong", "ins", "/ins", "del", "/del"];
        assert!(tags.iter().all(|tag| known.contains(tag)), "{tags:?} in {body}");
    }
}

#[test]
fn an_entry_of_a_very_long_change_is_cut() {
    let archive = Archive::in_memory();
    let text = |what: &str| -> Vec<String> {
        (0..3_000).map(|number| format!("In place {number} something & something {what} was said.")).collect()
    };
    see(&archive, "long", 1, "Long", &text("new").join("\n\n"));
    see(&archive, "long", 2, "Long", &text("else").join("\n\n"));
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("changes.atom");
    tell_one(&teller(&config("atom", &file, "")), &archive, &Hand::new());
    let body = html(&read(&file), 0);
    assert!((60_000..70_000).contains(&body.len()), "{}", body.len());
    assert!(body.ends_with("<p>...</p>\n") || body.trim_end().ends_with("<p>...</p>"));
}

#[test]
fn an_entry_of_one_very_long_sentence_is_cut() {
    let archive = Archive::in_memory();
    let text = |what: &str| format!("It was said that {}.", format!("{what} & more, and that ").repeat(6_000));
    see(&archive, "long", 1, "Long", &text("much"));
    see(&archive, "long", 2, "Long", &text("a lot"));
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("changes.atom");
    tell_one(&teller(&config("atom", &file, "")), &archive, &Hand::new());
    let body = html(&read(&file), 0);
    assert!((60_000..80_000).contains(&body.len()), "{}", body.len());
}
