//! Servers that answer with errors, or with something else than they did.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};

use morgue::track::tell::Item;
use morgue::{ChangeKind, Cursor, OutcomeKind};

use super::support::{Days, causes, fetch_options, kinds, told};
use crate::newspaper::Response;
use crate::press::{Fault, Paper};

const FAULT: std::ops::Range<f64> = 1.0..7.0;
const EDITS: [f64; 3] = [0.3, 4.0, 12.0];
const END: f64 = 50.0;

fn says(status: u16, asked: &str) -> Fault {
    let response = Response::new(status, "text/html", "<title>Sorry</title><p>We will be back soon.</p>");
    Fault::Says(if asked.is_empty() { response } else { response.with("Retry-After", asked) })
}

/// What waited is not made up for: nothing is asked for twice within the shortest pause.
fn is_no_burst(paper: &Paper, what: &str) {
    let mut last: BTreeMap<String, i64> = BTreeMap::new();
    for (at, path) in paper.asked.lock().unwrap().iter() {
        let before = last.insert(path.clone(), at.as_micros());
        let pause = before.map_or(i64::MAX, |before| at.as_micros() - before);
        assert!(pause >= 300_000_000, "{what}: {path} again after {pause} us, at {at}");
    }
}

#[test]
fn a_server_in_trouble_is_left_alone_for_as_long_as_it_asks_and_nothing_is_lost() {
    let days = Days::new();
    // The status, what it asks for, and how many requests in six hours are no more than it can bear.
    let cases = [
        (500, "", 20),
        (502, "", 20),
        (503, "", 20),
        (503, "1800", 13),
        (500, "3600", 7),
        (429, "", 20),
        (429, "7200", 4),
        (403, "", 60),
    ];
    let paper = |(status, asked, _): (u16, &'static str, usize)| {
        Paper::at_hand(3, &EDITS, &days.clock, move |_, hour| FAULT.contains(&hour).then(|| says(status, asked)))
    };
    let papers = cases.map(paper);
    days.follow(&papers.each_ref(), END, &fetch_options());
    for (paper, (status, asked, most)) in papers.iter().zip(cases) {
        let what = format!("{status} {asked:?}");
        let causes = causes(&days.seen(paper, FAULT.start, FAULT.end), &what);
        assert!(causes.iter().all(|cause| cause.contains(&status.to_string())), "{what}: {causes:?}");
        let requests = paper.asked_between(days.hour(FAULT.start), days.hour(FAULT.end));
        assert!((1..=most).contains(&requests), "{what}: {requests} requests");
        days.is_well_told(paper, END, &what);
        is_no_burst(paper, &what);
    }
    assert_eq!(days.status().stories, 3 * cases.len() as u64, "all are followed on");
}

#[test]
fn a_story_that_was_found_while_its_server_was_in_trouble_is_read_when_it_is_well_again() {
    // The feed comes from elsewhere and is well all the time, as it is with large publishers.
    let days = Days::new();
    let ill = |fault: Fault| {
        Paper::at_hand(2, &[30.0], &days.clock, move |request, hour| {
            (hour < 20.0 && request.path != "/feed.xml" && request.path != "/robots.txt").then(|| fault.clone())
        })
    };
    let papers = [says(500, ""), says(503, "600"), says(429, ""), Fault::Resets].map(ill);
    days.follow(&papers.each_ref(), 120.0, &fetch_options());
    for (number, paper) in papers.iter().enumerate() {
        days.is_well_told(paper, 120.0, &number.to_string());
    }
}

#[test]
fn robots_txt_that_cannot_be_had_stops_visits_for_as_long_as_that_and_no_longer() {
    let days = Days::new();
    // It is asked for once a day, and at the beginning of a run.
    let fault = |hour: f64| (hour < 0.5) || (24.0..30.0).contains(&hour);
    let ill = |said: Fault| {
        Paper::at_hand(2, &[2.0, 25.0, 34.0], &days.clock, move |request, hour| {
            (request.path == "/robots.txt" && fault(hour)).then(|| said.clone())
        })
    };
    let papers = [says(500, ""), says(503, "60"), says(429, ""), Fault::Resets].map(ill);
    let robots = Paper::at_hand(2, &[2.0, 25.0, 34.0], &days.clock, |request, hour| {
        // What is not there forbids nothing.
        (request.path == "/robots.txt" && hour < 30.0).then(|| says(404, ""))
    });
    let all: Vec<&Paper> = papers.iter().chain([&robots]).collect();
    // Six hours after it can be had again is late enough.
    for until in [6.5, 24.1, 44.0] {
        days.follow(&all, until, &fetch_options());
        for (number, paper) in all.iter().enumerate() {
            let hidden = number < papers.len();
            // The run before may end a pulse after its hour, and until then asks by what it was allowed.
            let asked = paper.asked_between(days.hour(24.5), days.hour(30.0));
            assert!(!hidden || asked == 0, "{number}: {asked} requests, which nobody had allowed");
            assert!(!kinds(&days.seen(paper, 0.0, until)).contains(&OutcomeKind::Gone), "{number}");
            days.is_well_told(paper, until, &format!("{number} until {until}"));
        }
    }
}

#[test]
fn a_feed_that_turns_into_something_else_loses_no_story_and_brings_none() {
    let days = Days::new();
    let other = |number: usize| {
        format!(
            "<li><a href=\"/local/a-long-story-of-{number}-words-in-the-town\">What the {number} words in the town were about</a></li>"
        )
    };
    let front = format!("<!doctype html><html><body><ul>{}</ul></body></html>", (0..40).map(other).collect::<String>());
    let empty_feed = "<rss version=\"2.0\"><channel><title>A paper</title></channel></rss>";
    let turned = [
        Response::html(front),
        Response::html("<!doctype html><title>Sorry</title><h1>We are doing some work</h1>"),
        Response::html(""),
        Response::new(200, "application/rss+xml", ""),
        Response::new(200, "application/rss+xml", empty_feed),
        Response::new(200, "application/rss+xml", "<rss version=\"2.0\"><channel><item><title>x</ti"),
        Response::new(200, "application/rss+xml", vec![0xff, 0x00, 0x1f, 0x8b, 0x08, 0xfe]),
        Response::new(200, "application/rss+xml", "\u{1f}\u{8b} not packed").with("Content-Encoding", "gzip"),
        Response::new(404, "text/html", "<title>Not found</title>"),
    ];
    let papers = turned.each_ref().map(|response| {
        let response = response.clone();
        Paper::at_hand(3, &EDITS, &days.clock, move |request, hour| {
            (request.path == "/feed.xml" && FAULT.contains(&hour)).then(|| Fault::Says(response.clone()))
        })
    });
    days.follow(&papers.each_ref(), FAULT.end, &fetch_options());
    let counts = days.status().counts;
    for (number, paper) in papers.iter().enumerate() {
        // The stories are visited on meanwhile: the edit of hour 4 is seen.
        days.is_well_told(paper, FAULT.end, &number.to_string());
        assert!(days.seen(paper, FAULT.start, FAULT.end).len() >= 3, "{number}");
    }
    days.follow(&papers.each_ref(), END, &fetch_options());
    let status = days.status();
    assert_eq!(
        (status.stories, status.counts.stories),
        (3 * papers.len() as u64, counts.stories),
        "{:?}",
        status.counts
    );
    for (number, paper) in papers.iter().enumerate() {
        days.is_well_told(paper, END, &number.to_string());
        let asked = paper.asked.lock().unwrap().clone();
        assert!(!asked.iter().any(|(_, path)| path.starts_with("/local/a-long-story")), "{number}: {asked:?}");
        is_no_burst(paper, &number.to_string());
    }
}

#[test]
fn a_404_of_one_visit_is_no_edit_and_is_taken_back_within_hours() {
    let days = Days::new();
    let was_gone = AtomicBool::new(false);
    let paper = Paper::at_hand(1, &EDITS, &days.clock, move |request, hour| {
        let is_due = hour >= 1.0 && request.path.contains("-1000");
        (is_due && !was_gone.swap(true, Ordering::SeqCst)).then(|| says(404, ""))
    });
    days.follow(&[&paper], END, &fetch_options());
    days.is_well_told(&paper, END, "404");
    let captures = days.captures(&paper, 0);
    let at = captures.iter().position(|capture| capture.outcome.kind() == OutcomeKind::Gone).unwrap();
    let log: Vec<String> = captures.iter().map(told).collect();
    assert_eq!(kinds(&captures).iter().filter(|kind| **kind == OutcomeKind::Gone).count(), 1, "{log:#?}");
    let pause = captures[at + 1].captured_at.as_micros() - captures[at].captured_at.as_micros();
    assert!(pause <= 2 * 3_600_000_000, "it is looked at again soon: {log:#?}");
    let items: Vec<ChangeKind> = days
        .archive
        .changes(Cursor::START)
        .filter_map(|change| Item::read(&days.archive, &change.unwrap(), Vec::new()).unwrap())
        .map(|item| item.kind)
        .collect();
    // That it was gone is told, as it was, and that it is back.
    assert_eq!(
        items,
        [ChangeKind::First, ChangeKind::Edit, ChangeKind::Gone, ChangeKind::Back, ChangeKind::Edit, ChangeKind::Edit]
    );
}
