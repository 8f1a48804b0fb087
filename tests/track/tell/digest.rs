//! Digests.

use std::fs;

use morgue::{Archive, NewOutcome};
use serde_json::Value;

use super::hook::{Answer, Hook};
use super::support::{Hand, edits, saw, see, tell_one, teller};

fn config(hook: &Hook, every: &str) -> String {
    let url = hook.url();
    format!("[[tell]]\nname = \"desk\"\nkind = \"webhook\"\nallow_private = true\nurl = \"{url}\"\nevery = {every:?}\n")
}

fn summaries(digest: &Value) -> Vec<String> {
    let stories =
        digest["hosts"].as_array().unwrap().iter().flat_map(|host| host["stories"].as_array().unwrap().clone());
    let items = stories.flat_map(|story| story["items"].as_array().unwrap().clone());
    items.map(|item| item["summary"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_digest_tells_all_of_a_time_at_once_and_nothing_when_nothing_happened() {
    let archive = Archive::in_memory();
    edits(&archive, "old", 1, 3);
    let (hook, clock) = (Hook::start(vec![]), Hand::new());
    let config = config(&hook, "1h");
    let first = tell_one(&teller(&config), &archive, &clock);
    assert_eq!(first.next.unwrap().to_string(), "2026-03-07T23:40:00Z");
    edits(&archive, "bridge", 1, 3);
    clock.pass(1_800);
    // A restart in between changes nothing.
    assert_eq!(tell_one(&teller(&config), &archive, &clock).told, []);
    saw(&archive, "bridge", 50, NewOutcome::Gone);
    see(&archive, "ferry", 51, "Ferry", "The ferry runs.");
    see(&archive, "ferry", 52, "Ferry", "The ferry runs every day.");
    clock.pass(1_799);
    assert_eq!(tell_one(&teller(&config), &archive, &clock).told, []);
    clock.pass(1);
    let report = tell_one(&teller(&config), &archive, &clock);
    assert_eq!((report.told.len(), report.told[0].changes), (1, 4));
    let posts = hook.posts();
    let json = posts[0].json();
    let digest = &json["data"];
    assert_eq!((&json["type"], &digest["count"], &digest["stories"]), (&"morgue.digest".into(), &4.into(), &2.into()));
    assert_eq!((&digest["since"], &digest["until"]), (&"2026-03-07T22:40:00Z".into(), &"2026-03-07T23:40:00Z".into()));
    let summaries = summaries(digest);
    assert_eq!(
        summaries[..3],
        ["17 -> 18 people; no notice", "18 -> 19 people; no notice", "gone"],
        "what matters most stands first"
    );
    assert_eq!(summaries.len(), 4);
    assert!(
        digest["text"].as_str().unwrap().starts_with("4 changes in 2 stories\n\nnews.example\n\n  Bridge collapse\n"),
        "{}",
        digest["text"]
    );
    for _ in 0..3 {
        clock.pass(3_600);
        assert_eq!(tell_one(&teller(&config), &archive, &clock).told, []);
    }
    assert_eq!(hook.posts().len(), 1);
    edits(&archive, "bridge", 6, 6);
    clock.pass(3_600);
    assert_eq!(tell_one(&teller(&config), &archive, &clock).told.len(), 1);
}

#[test]
fn a_digest_that_failed_is_told_again_as_it_was_and_what_came_since_in_the_next_one() {
    let archive = Archive::in_memory();
    let hook = Hook::start(vec![Answer::Status(500), Answer::Close]);
    let (config, clock) = (config(&hook, "1h"), Hand::new());
    tell_one(&teller(&config), &archive, &clock);
    edits(&archive, "bridge", 1, 3);
    clock.pass(3_700);
    assert_eq!(tell_one(&teller(&config), &archive, &clock).held.unwrap().tries, 1);
    edits(&archive, "bridge", 4, 4);
    clock.pass(60);
    assert_eq!(tell_one(&teller(&config), &archive, &clock).held.unwrap().tries, 2);
    clock.pass(100);
    assert_eq!(tell_one(&teller(&config), &archive, &clock).told[0].changes, 2);
    let posts = hook.posts();
    assert_eq!(posts[0].body, posts[1].body);
    assert_eq!(posts[0].body, posts[2].body);
    assert!(posts.iter().all(|post| post.header("webhook-id") == posts[0].header("webhook-id")));
    // The turns go on as they began: the next one ends two hours after the first began.
    clock.pass(3_300);
    assert_eq!(tell_one(&teller(&config), &archive, &clock).told, []);
    clock.pass(40);
    assert_eq!(tell_one(&teller(&config), &archive, &clock).told[0].changes, 1);
    assert_eq!(summaries(&hook.posts()[3].json()["data"]), ["19 -> 20 people; no notice"]);
}

#[test]
fn a_digest_of_very_much_shows_what_matters_most_and_says_how_much_more_there_is() {
    let archive = Archive::in_memory();
    let (hook, clock) = (Hook::start(vec![]), Hand::new());
    let config = config(&hook, "1h");
    tell_one(&teller(&config), &archive, &clock);
    for story in 0..450 {
        see(&archive, &format!("story-{story}"), 1, "A story", "It is said. The mayor was asked on the day.");
        see(
            &archive,
            &format!("story-{story}"),
            2,
            "A story",
            "It is said. The mayor was asked for it on that same day.",
        );
    }
    saw(&archive, "story-400", 3, NewOutcome::Gone);
    clock.pass(3_600);
    let report = tell_one(&teller(&config), &archive, &clock);
    assert_eq!(report.told[0].changes, 451);
    let json = hook.posts()[0].json();
    assert_eq!((&json["data"]["count"], &json["data"]["left_out"]), (&451.into(), &251.into()));
    let summaries = summaries(&json["data"]);
    assert_eq!(summaries.len(), 200);
    assert_eq!(summaries.iter().position(|summary| summary == "gone"), Some(0));
}

#[test]
fn a_digest_can_be_an_entry_of_a_feed() {
    let archive = Archive::in_memory();
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("changes.atom");
    let config =
        format!("[[tell]]\nname = \"feed\"\nkind = \"atom\"\nevery = \"1d\"\nfile = {:?}\n", file.to_str().unwrap());
    let (teller, clock) = (teller(&config), Hand::new());
    tell_one(&teller, &archive, &clock);
    edits(&archive, "bridge", 1, 3);
    clock.pass(86_400);
    tell_one(&teller, &archive, &clock);
    let feed = feed_rs::parser::parse(fs::read(&file).unwrap().as_slice()).unwrap();
    assert_eq!(feed.entries.len(), 1);
    assert_eq!(feed.entries[0].title.as_ref().unwrap().content, "2 changes in 1 story: Bridge collapse");
    let html = feed.entries[0].content.as_ref().unwrap().body.as_ref().unwrap();
    assert!(html.starts_with("<h2>news.example</h2>") && html.contains("<ins>19</ins>"), "{html}");
}
