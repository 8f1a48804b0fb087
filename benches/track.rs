//! Following stories: what is seen in days of several papers, and what a visit costs.
//!
//! ```text
//! cargo bench --bench track -- [--papers N] [--each N] [--days N] [--stories N]
//! ```
//!
//! First `--papers` (10) papers with `--each` (50) stories on a simulated clock for `--days` (7): stories are published over the first three days and
//! edited, taken down, moved and put behind paywalls as published rates have it (see `tests/track/press.rs`); every fourth paper has an outage. Pages are those
//! of the newspaper of the tests, with advertisements and links that change on every request. Told are the share of edits that was seen, what was wrong,
//! the requests, and the memory that the process came to.
//!
//! Then `--stories` (10,000) stories of one site on the loopback address, which are followed, and visited once more when one in ten has changed: visits a second and CPU a
//! visit, without a pause between visits, of which that is the whole point. The server is in the process, and its time counts.
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
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use common::{directory, number, open_options};
use morgue::fetch::{self, Clock, SystemClock};
use morgue::track::{Counts, Error, Options, Source, Tracker, Until, Watchlist};
use morgue::{Archive, Timestamp};
use newspaper::{Dress, Response, Server, page, stories};
use press::{Account, Press};
use support::SimulatedClock;

fn main() {
    days();
    many();
}

fn days() {
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
    println!("| edits seen | of | wrong | requests a story | visits | not modified | peak memory |");
    println!("|---|---|---|---|---|---|---|");
    println!(
        "| {} ({:.1}%) | {} | {} | {:.1} | {} | {} | {:.0} MB |",
        account.seen,
        100.0 * account.seen as f64 / account.edits as f64,
        account.edits,
        account.wrong.len(),
        counts.requests as f64 / (papers * each) as f64,
        counts.visits,
        counts.not_modified,
        common::process::peak_memory() as f64 / 1e6
    );
    account.wrong.iter().take(20).for_each(|wrong| println!("wrong: {wrong}"));
}

fn many() {
    let count = number("--stories", 10_000) as usize;
    let round = Arc::new(AtomicUsize::new(0));
    let server = site(count, &round);
    let directory = directory();
    let archive = Archive::open(directory.path().join("news"), &open_options()).unwrap();
    let list = Watchlist::new([Source::new(server.url("/sitemap.xml"))]).unwrap();
    println!("\n{count} stories of one site, a visit at a time\n");
    println!("| round | visits | edits | visits/s | CPU a visit |\n|---|---|---|---|---|");
    let mut before = Counts::default();
    for name in ["first visits", "again, one in ten changed"] {
        let mut options = Options::default();
        options.first = count;
        let fetch = fetch::Options { allow_private: true, delay: Duration::ZERO, ..fetch::Options::default() };
        let spent = common::process::Clock::start();
        let mut tracker = Tracker::open(&archive, &list, fetch, Arc::new(SystemClock), options).unwrap();
        tracker.all_due();
        tracker.run(Until::NothingDue, |_| Ok::<_, Error>(ControlFlow::Continue(()))).unwrap();
        let spent = spent.read();
        let now = *tracker.counts();
        let visits = now.visits - before.visits;
        println!(
            "| {name} | {visits} | {} | {:.0} | {:.2} ms |",
            now.edits - before.edits,
            visits as f64 / spent.wall.as_secs_f64(),
            spent.own.as_secs_f64() * 1e3 / visits as f64
        );
        before = now;
        round.store(1, Ordering::SeqCst);
    }
    println!("\npeak memory {:.0} MB", common::process::peak_memory() as f64 / 1e6);
}

/// A site with so many stories, of which one in ten changes from one round to the next.
fn site(count: usize, round: &Arc<AtomicUsize>) -> Server {
    let (base, round) = (stories(), Arc::clone(round));
    let paths: Vec<String> = (0..count).map(|number| format!("/news/report-{number}-{}", 100_000 + number)).collect();
    Server::start(move |request| {
        let root = format!("http://{}", request.header("host").unwrap());
        if request.path == "/sitemap.xml" {
            let urls: String = paths.iter().map(|path| format!("<url><loc>{root}{path}</loc></url>\n")).collect();
            return Response::new(200, "application/xml", format!("<urlset>{urls}</urlset>"));
        }
        let Some(number) = request.path.rsplit('-').next().and_then(|id| id.parse::<usize>().ok()) else {
            return Response::new(404, "text/html", "<title>Not found</title>");
        };
        let number = number - 100_000;
        let edition = if number.is_multiple_of(10) { round.load(Ordering::SeqCst) } else { 0 };
        let etag = format!("\"{number}-{edition}\"");
        if request.header("if-none-match") == Some(&etag) {
            return Response::new(304, "text/html", "").with("ETag", etag);
        }
        let mut story = base[number % base.len()].clone();
        // The number at the end of its path is its id and 1,000.
        story.id = 99_000 + number;
        (story.section, story.slug) = ("news".to_owned(), format!("report-{number}"));
        story.headline = format!("{} ({number})", story.headline);
        story.paragraphs.push(press::marker(edition));
        Response::html(page(&story, &root, Dress::Calm, number)).with("ETag", etag)
    })
}
