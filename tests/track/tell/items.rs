//! What is told, and what is not.

use morgue::track::tell::Teller;
use morgue::{Archive, Article, NewCapture, NewOutcome, Observation, Outcome};

use super::support::{Hand, add, edits, key, minute, saw, see, subjects, tell_one, teller, url};

/// A target that says yes to everything.
fn target(more: &str) -> Teller {
    teller(&format!(
        "[[tell]]\nname = \"desk\"\nkind = \"command\"\ncommand = [\"true\"]\nsubject = \"{{{{ kind }}}} {{{{ summary }}}}\"\n{more}\n"
    ))
}

const START: &str = "from = \"start\"";

fn read_by(archive: &Archive, at: i64, source: &str, text: &str) {
    let article = Article::new("Bridge").with_text(text);
    let capture = NewCapture::article(key(&url("bridge")), minute(at), article);
    let observation = Observation { source: Some(source.to_owned()), ..Observation::default() };
    add(archive, NewCapture { observation, ..capture });
}

#[test]
fn a_new_target_is_told_nothing_old_unless_it_asks_for_it() {
    let archive = Archive::in_memory();
    edits(&archive, "bridge", 1, 3);
    let clock = Hand::new();
    let (from_now, from_start) = (target(""), target(&format!("{START}\nwhen = \"edit\"")));
    assert_eq!(subjects(&tell_one(&from_now, &archive, &clock)), [""; 0]);
    edits(&archive, "bridge", 4, 4);
    assert_eq!(subjects(&tell_one(&from_now, &archive, &clock)), ["edit 19 -> 20 people; no notice"]);
    // Of the same name: it goes on where that one is, and begins nowhere again.
    assert_eq!(subjects(&tell_one(&from_start, &archive, &clock)), [""; 0]);
    let fresh = Archive::in_memory();
    edits(&fresh, "bridge", 1, 3);
    assert_eq!(tell_one(&from_start, &fresh, &clock).told.len(), 2);
}

#[test]
fn what_is_no_news_is_not_told() {
    let archive = Archive::in_memory();
    see(&archive, "a", 0, "Bridge open", "It is \"open\".");
    see(&archive, "a", 1, "Bridge open", "It is “open”.");
    saw(&archive, "a", 2, NewOutcome::NotModified);
    saw(&archive, "a", 3, NewOutcome::Unreachable("it answers 503".to_owned()));
    saw(&archive, "a", 4, NewOutcome::Teaser(Article::new("Bridge open").with_text("Sign in.")));
    see(&archive, "a", 5, "Bridge open", "It is “open”.");
    assert_eq!(subjects(&tell_one(&target(START), &archive, &Hand::new())), [""; 0]);
    let all = target(&format!("{START}\nwhen = \"first or cosmetic or unreachable or teaser\"").replace("desk", "all"));
    let told = tell_one(&all, &archive, &Hand::new());
    // The first one has come to its end by now.
    assert_eq!(told.told.len(), 0);
    let fresh = teller(
        "[[tell]]\nname = \"all\"\nkind = \"command\"\ncommand = [\"true\"]\nfrom = \"start\"\nsubject = \"{{ kind }}\"\nwhen = \"first or cosmetic or unreachable or teaser\"",
    );
    assert_eq!(subjects(&tell_one(&fresh, &archive, &Hand::new())), ["first", "cosmetic", "unreachable", "teaser"]);
}

#[test]
fn a_story_that_is_gone_moves_or_comes_back_is_told_once() {
    let archive = Archive::in_memory();
    let moved = || NewOutcome::Moved(key(&url("new")));
    let failed = || NewOutcome::Unreachable("timed out".to_owned());
    see(&archive, "a", 0, "A", "It is open.");
    saw(&archive, "a", 1, NewOutcome::Gone);
    saw(&archive, "a", 2, failed());
    saw(&archive, "a", 3, NewOutcome::Gone);
    see(&archive, "a", 4, "A", "It is open.");
    saw(&archive, "a", 5, NewOutcome::Gone);
    saw(&archive, "a", 6, NewOutcome::NotModified);
    saw(&archive, "b", 0, moved());
    see(&archive, "new", 0, "New", "It is new.");
    saw(&archive, "b", 1, moved());
    see(&archive, "new", 1, "New", "It is new.");
    let back = "back back, with the same text";
    let moved = format!("moved moved to {}", url("new"));
    let told = tell_one(&target(START), &archive, &Hand::new());
    assert_eq!(subjects(&told), ["gone gone", back, "gone gone", back, moved.as_str()]);
}

#[test]
fn a_revision_that_is_renumbered_is_not_told_again() {
    let archive = Archive::in_memory();
    let (target, clock) = (target(START), Hand::new());
    edits(&archive, "bridge", 2, 4);
    assert_eq!(tell_one(&target, &archive, &clock).told.len(), 2);
    // What came late stands before them all, and between them.
    edits(&archive, "bridge", 1, 1);
    see(&archive, "bridge", 35, "Bridge collapse", "The bridge has collapsed. Divers look for survivors.");
    let told = tell_one(&target, &archive, &clock);
    assert_eq!(told.told.len(), 1, "{told:?}");
    assert!(told.told[0].subject.starts_with("edit "), "{told:?}");
    assert_eq!(tell_one(&target, &archive, &clock).told, []);
}

#[test]
fn a_page_that_is_read_again_by_a_later_program_is_not_told_again() {
    let archive = Archive::in_memory();
    let (target, clock) = (target(START), Hand::new());
    read_by(&archive, 1, "reader 1", "It is closed. Menu.");
    read_by(&archive, 2, "reader 1", "It is open. Menu.");
    assert_eq!(tell_one(&target, &archive, &clock).told.len(), 1);
    read_by(&archive, 1, "reader 2", "It is closed.");
    read_by(&archive, 2, "reader 2", "It is open.");
    assert_eq!(tell_one(&target, &archive, &clock).told, []);
    let known = archive.captures(&key(&url("bridge"))).unwrap();
    assert_eq!(known.iter().filter(|capture| matches!(capture.outcome, Outcome::Article(_))).count(), 4);
}

#[test]
fn a_page_that_was_not_read_whole_is_no_edit() {
    let archive = Archive::in_memory();
    let long: Vec<String> =
        (0..12).map(|number| format!("In hall {number} the divers found a crack of some length.")).collect();
    see(&archive, "a", 1, "Bridge closed", &long.join("\n\n"));
    see(&archive, "a", 2, "Bridge closed", &long[0]);
    assert_eq!(tell_one(&target(START), &archive, &Hand::new()).told, []);
    let named = target(&format!("{START}\nwhen = \"suspect\""));
    let fresh = Archive::in_memory();
    see(&fresh, "a", 1, "Bridge closed", &long.join("\n\n"));
    see(&fresh, "a", 2, "Bridge closed", &long[0]);
    assert_eq!(tell_one(&named, &fresh, &Hand::new()).told.len(), 1);
}

#[test]
fn tags_are_those_of_the_story() {
    let archive = Archive::in_memory();
    edits(&archive, "bridge", 1, 2);
    edits(&archive, "ferry", 1, 2);
    let target = target(&format!("{START}\nwhen = \"tag = water\""));
    let tags =
        |story: &morgue::StoryKey| vec![if story.as_str().ends_with("ferry") { "water" } else { "land" }.to_owned()];
    let report = target.tell(&archive, &Hand::new(), &tags).unwrap();
    assert_eq!(report.targets[0].told.len(), 1);
}

#[test]
fn a_preview_tells_and_keeps_nothing() {
    let archive = Archive::in_memory();
    edits(&archive, "bridge", 1, 3);
    let clock = Hand::new();
    let teller = teller("[[tell]]\nname = \"desk\"\nkind = \"command\"\ncommand = [\"false\"]\nfrom = \"start\"");
    for _ in 0..2 {
        let report = teller.preview(&archive, &clock, &|_| Vec::new()).unwrap();
        assert_eq!((report.targets[0].told.len(), &report.targets[0].held), (2, &None));
    }
    assert_eq!(archive.states("tell/desk").unwrap(), []);
    assert!(tell_one(&teller, &archive, &clock).held.is_some());
}
