//! Servers that say nothing, or not all that they have to say.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use morgue::fetch;

use super::support::{Days, causes, fetch_options};
use crate::press::{Fault, Paper};

/// When the servers fail, and when the stories are edited: before, meanwhile, after.
const FAULT: std::ops::Range<f64> = 1.0..1.8;
const EDITS: [f64; 3] = [0.3, 1.4, 5.0];
const END: f64 = 26.0;

/// The faults, with a part of what is to be said of them.
fn faults() -> Vec<(Fault, &'static str)> {
    vec![
        (Fault::Silent, "timed out: the server fell silent"),
        (Fault::Stalls, "timed out: the server fell silent"),
        (Fault::Drips, "timed out: the answer took too long in all"),
        (Fault::Resets, "the connection broke off"),
        (Fault::Short, "the connection broke off"),
        (Fault::Unended, "the connection broke off"),
    ]
}

#[test]
fn a_server_that_falls_silent_or_breaks_off_makes_no_edit_and_is_left_alone_and_visited_again() {
    let days = Days::new();
    let ill = |fault: Fault| {
        Paper::at_hand(2, &EDITS, &days.clock, move |_, hour| FAULT.contains(&hour).then(|| fault.clone()))
    };
    let papers: Vec<(Paper, &str)> = faults().into_iter().map(|(fault, said)| (ill(fault), said)).collect();
    let well = Paper::at_hand(3, &EDITS, &days.clock, |_, _| None);
    let all: Vec<&Paper> = papers.iter().map(|(paper, _)| paper).chain([&well]).collect();
    // As little as a busy machine needs to answer from the next thread: a fault takes that long in truth.
    let (read_timeout, total_timeout) = (Duration::from_millis(400), Duration::from_millis(800));
    let fetch = fetch::Options { read_timeout, total_timeout, ..fetch_options() };
    days.follow(&all, 1.7, &fetch);
    let status = days.status();
    for (paper, said) in &papers {
        let root = paper.root();
        let host = root.strip_prefix("http://").unwrap();
        assert!(status.troubled.iter().any(|troubled| troubled.host == host), "{said}: {:?}", status.troubled);
        // Each failure is longer ahead of the next one: 30 s, 1, 2, 4, 8, 16 min.
        let asked = paper.asked_between(days.hour(FAULT.start), days.hour(1.7));
        assert!((1..=8).contains(&asked), "{said}: {asked} requests");
    }
    days.follow(&all, END, &fetch);
    assert!(days.status().troubled.is_empty(), "{:?}", days.status().troubled);
    for (paper, said) in &papers {
        let causes = causes(&days.seen(paper, FAULT.start, FAULT.end), said);
        assert!(!causes.is_empty() && causes.iter().all(|cause| cause.contains(said)), "{said}: {causes:?}");
        days.is_well_told(paper, END, said);
    }
    days.is_well_told(&well, END, "the one that is well");
}

/// Opens once, for all who wait.
#[derive(Default)]
struct Gate {
    open: Mutex<bool>,
    opened: Condvar,
}

impl Gate {
    fn open(&self) {
        *self.open.lock().unwrap() = true;
        self.opened.notify_all();
    }

    /// Says whether it was opened, for who does not wait for ever.
    fn wait(&self) -> bool {
        let (open, _) =
            self.opened.wait_timeout_while(self.open.lock().unwrap(), Duration::from_secs(15), |open| !*open).unwrap();
        *open
    }
}

#[test]
fn a_server_that_says_nothing_holds_up_no_other() {
    let days = Days::new();
    let (gate, was_opened) = (Arc::new(Gate::default()), Arc::new(AtomicBool::new(false)));
    let (waits, opened) = (Arc::clone(&gate), Arc::clone(&was_opened));
    // It holds its first visit until all of the other paper has been visited.
    let silent = Paper::at_hand(1, &[], &days.clock, move |_, _| {
        opened.store(waits.wait(), Ordering::SeqCst);
        Some(Fault::Resets)
    });
    let (opens, left) = (Arc::clone(&gate), Mutex::new(8));
    let well = Paper::at_hand(8, &[], &days.clock, move |request, _| {
        if request.path != "/robots.txt" && request.path != "/feed.xml" {
            let mut left = left.lock().unwrap();
            *left -= 1;
            if *left == 0 {
                opens.open();
            }
        }
        None
    });
    // While a visit is under way nobody sleeps, so that the clock stands still: there must be no pause.
    let fetch = fetch::Options { delay: Duration::ZERO, ..fetch_options() };
    days.follow(&[&silent, &well], 0.05, &fetch);
    assert!(was_opened.load(Ordering::SeqCst), "the others waited for it");
    days.is_well_told(&well, 0.05, "the other");
}
