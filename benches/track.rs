//! Following stories: what is seen in days of several papers. What a visit costs, and what other tools see, is in `watchers`.
//!
//! ```text
//! cargo bench --bench track -- [--papers N] [--each N] [--days N]
//! ```
//!
//! `--papers` (10) papers with `--each` (50) stories on a simulated clock for `--days` (7): stories are published over the first three days and
//! edited, taken down, moved and put behind paywalls as published rates have it (see `tests/track/press.rs`); every fourth paper has an outage. Pages are those
//! of the newspaper of the tests, with advertisements and links that change on every request. Told are the share of edits that was seen, what was wrong,
//! the requests, and the memory that the process came to.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, clippy::indexing_slicing, missing_docs)]

mod common;
#[path = "../tests/newspaper/mod.rs"]
#[allow(dead_code, clippy::string_slice)]
mod newspaper;
#[path = "../tests/track/press.rs"]
#[allow(dead_code)]
mod press;
#[path = "../tests/track/support.rs"]
#[allow(dead_code)]
mod support;

use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::{Duration, Instant};

use common::{directory, number, open_options};
use morgue::fetch::{self, Clock};
use morgue::track::{Error, Options, Source, Tracker, Until, Watchlist};
use morgue::{Archive, Timestamp};
use press::{Account, Press};
use support::SimulatedClock;

fn main() {
    let (papers, each, days) = (number("--papers", 10) as usize, number("--each", 50) as usize, number("--days", 7));
    let clock: Arc<dyn Clock> = Arc::new(SimulatedClock::at("2026-03-01T00:00:00Z"));
    let press = Press::open(papers, each, 72.0, &clock);
    let hours = days as f64 * 24.0;
    let end = Timestamp::from_micros(clock.now().as_micros() + (hours * 3.6e9) as i64).unwrap();
    let directory = directory();
    let archive = Archive::open(directory.path().join("news"), &open_options()).unwrap();
    let sources = press.papers.iter().map(|paper| Source::new(paper.feed()));
    let list = Watchlist::new(sources).unwrap();
    let mut options = Options::default();
    options.pulse = Duration::from_secs(600);
    // The clock runs far faster than the disk.
    options.sync = Duration::from_secs(3_600);
    let fetch = fetch::Options { allow_private: true, ..fetch::Options::default() };
    let mut tracker = Tracker::open(&archive, &list, fetch, Arc::clone(&clock), options).unwrap();
    let started = Instant::now();
    tracker
        .run(Until::Stopped, |_| -> Result<_, Error> {
            Ok(if clock.now() >= end { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
        })
        .unwrap();
    let counts = *tracker.counts();
    let mut account = Account::default();
    press.papers.iter().for_each(|paper| account.add(&archive, paper, hours));
    println!("{} stories of {papers} papers, {days} days in {:.0} s\n", papers * each, started.elapsed().as_secs_f64());
    println!(
        "| edits seen | of | in force for half an hour or more | wrong | requests a story | visits | not modified | peak memory |"
    );
    println!("|---|---|---|---|---|---|---|---|");
    println!(
        "| {} ({:.1}%) | {} | {} of {} | {} | {:.1} | {} | {} | {:.0} MB |",
        account.seen,
        100.0 * account.seen as f64 / account.edits as f64,
        account.edits,
        account.lasting_seen,
        account.lasting,
        account.wrong.len(),
        counts.requests as f64 / (papers * each) as f64,
        counts.visits,
        counts.not_modified,
        common::process::peak_memory() as f64 / 1e6
    );
    account.wrong.iter().take(20).for_each(|wrong| println!("wrong: {wrong}"));
}
