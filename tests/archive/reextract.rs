//! Pages read again by the present rules: better texts, and not one edit more.

use morgue::exchange::{ReextractOptions, reextract};
use morgue::{Archive, Cursor, NewCapture, RawPage, Revision, page};

use crate::support::{add, assert_clean, changes, exported, from, in_memory, key, minute, revisions, seen};

const URL: &str = "https://news.example/region/old-bridge-is-closed";

/// A page of invented news, with a paragraph that changes.
fn html(what: &str) -> RawPage {
    let body = format!(
        "<!doctype html><html lang=en><head><title>Old bridge is closed</title></head><body><nav><a href=/>Front</a></nav>\
         <article><h1>Old bridge is closed</h1><p>The old bridge over the river was closed on Monday after divers had found a \
         crack in its second pier, the council said.</p><p>{what}</p><p>The bridge has carried the road to the harbour \
         since 1904, and a ferry ran there before it, as it will again from Thursday.</p></article></body></html>"
    );
    RawPage::new(URL, body.into_bytes())
}

/// What an earlier version of the rules made of a page: something else.
fn visit(at: i64, old: &str, what: &str) -> NewCapture {
    NewCapture { raw: Some(html(what)), ..from("morgue-page 0 (earlier)", seen(URL, at, old)) }
}

const LONG: &str =
    "Engineers will look at it this week, and nobody can say yet how long the work on the pier will take.";
const LONGER: &str =
    "Engineers looked at it and found a second crack, so that the work on the pier will take until June.";

fn archive() -> Archive {
    let (archive, _) = in_memory();
    // The old rules saw an edit where there was none, and missed one.
    add(&archive, [visit(0, "One", LONG), visit(1, "Two", LONG), visit(2, "Two", LONGER)]);
    archive
}

fn run(archive: &Archive, dry_run: bool) -> (u64, u64, u64) {
    let report = reextract(archive, &[], &ReextractOptions { dry_run }, |_| {}).unwrap();
    (report.pages, report.changed, report.captures)
}

#[test]
fn what_is_read_again_counts_in_the_stead_of_what_was_read() {
    let archive = archive();
    let before = exported(&archive);
    assert_eq!(run(&archive, true), (3, 3, 0));
    assert_eq!(exported(&archive), before);
    assert_eq!(run(&archive, false), (3, 3, 3));
    assert_clean(&archive);
    let found: Vec<Revision> = revisions(&archive, &key(URL));
    let times: Vec<_> = found.iter().map(|revision| (revision.first_captured, revision.captures)).collect();
    assert_eq!(times, [(minute(0), 2), (minute(2), 1)]);
    assert!(found.iter().all(|revision| revision.source.as_deref() == Some(page::source().as_str())));
    let text = |revision: &Revision| archive.article(&key(URL), &revision.hash).unwrap().text();
    assert!(text(&found[0]).contains(LONG) && text(&found[1]).contains(LONGER));
}

#[test]
fn run_again_nothing_happens_and_nothing_is_told_twice() {
    let archive = archive();
    let last = changes(&archive, Cursor::START).last().unwrap().cursor;
    run(&archive, false);
    // The edit that the old rules missed is news, and is told with the capture that brought it.
    let news: Vec<_> = changes(&archive, last).into_iter().map(|change| change.capture.captured_at).collect();
    assert_eq!(news, [minute(2)]);
    let after = exported(&archive);
    assert_eq!(run(&archive, false), (0, 0, 0));
    assert_eq!(exported(&archive), after);
}

#[test]
fn what_others_extracted_and_what_has_no_page_is_left_alone() {
    let (archive, _) = in_memory();
    let others = NewCapture { raw: Some(html(LONG)), ..from("reader 1", seen(URL, 0, "Theirs")) };
    let present = NewCapture { raw: Some(html(LONG)), ..from(&page::source(), seen(URL, 1, "Ours")) };
    add(&archive, [others, present, from("morgue-page 0 (earlier)", seen("b", 1, "No page"))]);
    assert_eq!(run(&archive, false), (0, 0, 0));
}
