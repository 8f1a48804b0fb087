//! A million captures of 400,000 generated stories into one archive, and one story read from a cold start.
//!
//! ```text
//! cargo bench --bench million -- [--captures 1000000] [--dir DIR] [--keep]
//! ```
//!
//! Goals: nothing fails, at most 1 GB of memory, the last tenth at least at 70% of the first tenth's rate, one story from a cold
//! start within a second. Ends with 1 when one is missed. A rate is disturbed by whatever else the machine does, so the same is
//! told in CPU time.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, clippy::indexing_slicing, missing_docs)]

mod common;

use std::path::Path;
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

use common::news::Crawl;
use common::process::{Clock, Spent, memory, peak_memory};
use common::{bytes_under, directory, mb, number, option};
use morgue::{Archive, IngestOptions, OpenOptions, Revision, StoryKey};

const COLD: &str = "--cold";
const GOAL_MEMORY: u64 = 1_000_000_000;
const GOAL_SHARE: f64 = 0.7;
const GOAL_COLD: Duration = Duration::from_secs(1);

fn main() -> ExitCode {
    if let Some(path) = option(COLD) {
        read_one(Path::new(&path), &StoryKey::url(&option("--story").unwrap()).unwrap());
        return ExitCode::SUCCESS;
    }
    let directory = directory();
    let path = directory.path().join("archive");
    // Two or three captures a story, so five for two stories.
    let stories = number("--captures", 1_000_000) * 2 / 5;
    let crawl = Crawl { stories, stories_a_day: 2_000, captures: (2, 3), paragraphs: (2, 6) };
    let mut met = fill(&path, crawl);
    for story in [0, stories / 2, stories - 1] {
        met &= cold_start(&path, &crawl.key(story));
    }
    if std::env::args().any(|word| word == "--keep") {
        println!("kept in {}", directory.keep().display());
    }
    println!("{}", if met { "all goals are met" } else { "a goal is MISSED" });
    if met { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn fill(path: &Path, crawl: Crawl) -> bool {
    let total = crawl.len();
    println!("{total} captures of {} stories, synced every 1,000", crawl.stories);
    println!("{:>12} {:>12} {:>14} {:>10} {:>10}", "captures", "captures/s", "CPU us each", "RSS MB", "wall s");
    let archive = Archive::open(path, &OpenOptions::default()).unwrap();
    let clock = Clock::start();
    let mut tenths: Vec<(u64, Spent)> = Vec::new();
    let report = archive.ingest_many(crawl.captures(), &IngestOptions::default(), |batch| {
        let read = batch.so_far.read;
        if read >= total * (tenths.len() as u64 + 1) / 10 {
            let (before, spent) = (tenths.last().copied(), clock.read());
            tenths.push((read, spent));
            let (rate, cpu) = rate(before, (read, spent));
            let (rss, wall) = (mb(memory()), spent.wall.as_secs_f64());
            println!("{read:>12} {rate:>12.0} {cpu:>14.1} {rss:>10.0} {wall:>10.1}");
        }
    });
    let report = report.unwrap();
    let spent = clock.read();
    drop(archive);
    let closed = clock.read();
    assert_eq!((report.read, report.captures, report.stories), (total, total, crawl.stories));
    let (first, last) = (rate(None, tenths[0]), rate(Some(tenths[8]), tenths[9]));
    let share = last.0 / first.0;
    let (peak, disk) = (peak_memory(), bytes_under(path));
    println!("{report:?}");
    println!(
        "wall {:.1} s, CPU {:.1} s; closing {:.1} s, CPU {:.1} s",
        spent.wall.as_secs_f64(),
        spent.own.as_secs_f64(),
        (closed.wall - spent.wall).as_secs_f64(),
        (closed.own - spent.own).as_secs_f64()
    );
    println!("rate of all: {:.0} captures/s", total as f64 / spent.wall.as_secs_f64());
    println!("last tenth / first tenth: {share:.2} by wall, {:.2} by CPU", first.1 / last.1);
    println!(
        "peak memory {:.0} MB, disk {:.0} MB ({:.0} bytes a capture)",
        mb(peak),
        mb(disk),
        disk as f64 / total as f64
    );
    share >= GOAL_SHARE && peak <= GOAL_MEMORY
}

/// Captures a second, and microseconds of CPU a capture, between two points.
fn rate(before: Option<(u64, Spent)>, (read, spent): (u64, Spent)) -> (f64, f64) {
    let (from, wall, own) =
        before.map_or((0, Duration::ZERO, Duration::ZERO), |(read, spent)| (read, spent.wall, spent.own));
    let captures = (read - from) as f64;
    (captures / (spent.wall - wall).as_secs_f64(), (spent.own - own).as_secs_f64() * 1e6 / captures)
}

/// Reads a story in a new process. The system's own cache of the files is as it is.
fn cold_start(path: &Path, story: &StoryKey) -> bool {
    let clock = Clock::start();
    let mut child = Command::new(std::env::current_exe().unwrap());
    let status = child.arg(COLD).arg(path).arg("--story").arg(story.as_str()).status().unwrap();
    let spent = clock.read();
    println!("cold start, the whole process: {:.1?}, CPU {:.2} s", spent.wall, spent.children.as_secs_f64());
    status.success() && spent.wall <= GOAL_COLD
}

/// What `log` needs: the revisions and what each of them said.
fn read_one(path: &Path, story: &StoryKey) {
    let begin = Instant::now();
    let archive = Archive::open(path, &OpenOptions { read_only: true, ..OpenOptions::default() }).unwrap();
    let opened = begin.elapsed();
    let revisions: Vec<Revision> = archive.revisions(story).unwrap();
    let hashes: Vec<_> = revisions.iter().rev().map(|revision| revision.hash).collect();
    let articles = archive.articles(story, hashes).unwrap().map(Result::unwrap).count();
    let read = begin.elapsed() - opened;
    assert!(articles == revisions.len() && articles > 0);
    drop(archive);
    let closed = begin.elapsed() - opened - read;
    println!(
        "{story}: open {opened:.1?}, {articles} revisions with their texts {read:.1?}, close {closed:.1?}, peak {:.0} MB",
        mb(peak_memory())
    );
}
