//! A million captures of 400,000 generated stories, or five million of two: into one archive, through a check, out again, and one
//! story from a cold start. A tenth as many go before, to compare with: 100,000 at a million.
//!
//! ```text
//! cargo bench --bench million -- [--captures 1000000|5000000] [--engine sled|fjall] [--cache-mb 64] [--dir DIR] [--keep]
//! ```
//!
//! Import, check, export and compaction run in processes of their own, and so does each cold start, so that a peak of memory is that of one
//! of them. `export` hands every fact to nobody. A cold start is a process that opens the archive and reads what `log` needs, after
//! the system was told to forget what it holds of the files (`dd iflag=nocache`; said when that cannot be done). Ends with 1 when a
//! goal is missed. A rate is disturbed by whatever else the machine does, so the same is told in CPU time; and since minutes lie between
//! the first tenth of an import and its last one, the first tenth is imported again, into another archive, right after the last one.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, clippy::indexing_slicing, missing_docs)]

#[path = "common/allocator.rs"]
mod allocator;
mod common;

use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use common::child::{self, Figures, tell};
use common::news::Crawl;
use common::process::{Clock, Spent, forget_files, memory, peak_memory};
use common::{directory, disk, mb, number, open_options, option};
use morgue::{Archive, CheckOptions, CompactOptions, IngestOptions, OpenOptions, Revision, StoryKey};

const GOAL_MEMORY: f64 = 512e6;
/// The last tenth's rate as a share of the first's.
const GOAL_SHARE: f64 = 0.8;
/// "Flat": a capture takes at most so many times as much as in an archive of a tenth of the size.
const GOAL_GROWTH: f64 = 1.1;
const GOAL_COLD: f64 = 0.3;

/// What is measured of an archive of one size.
struct Measured {
    captures: u64,
    fill: Figures,
    /// The first tenth again, right after it.
    again: Figures,
    check: Figures,
    export: Figures,
    /// The last of all, as it leaves another archive.
    compact: Figures,
    /// The longest of several, in seconds: with the files forgotten, and with them in the system's cache.
    cold: (Option<f64>, f64),
}

fn main() -> ExitCode {
    let path = option("--path");
    match child::part() {
        None => return measure_both(),
        Some(part) => {
            let path = path.unwrap();
            match part.as_str() {
                "fill" => fill(Path::new(&path), Crawl::of_captures(number("--captures", 0))),
                "again" => again(Path::new(&path), Crawl::of_captures(number("--captures", 0))),
                "check" => check(Path::new(&path)),
                "export" => export(Path::new(&path)),
                "compact" => compact(Path::new(&path)),
                _ => read_one(Path::new(&path), &StoryKey::url(&option("--story").unwrap()).unwrap()),
            }
        }
    }
    ExitCode::SUCCESS
}

fn measure_both() -> ExitCode {
    let captures = number("--captures", 1_000_000);
    let small = measure(captures / 10);
    let large = measure(captures);
    println!("\n| | {} captures | {} captures | goal | |", small.captures, large.captures);
    println!("|---|---|---|---|---|");
    let mut met = true;
    for row in rows(&small, &large) {
        let cell =
            |value: Option<f64>| value.map_or("not measured".to_owned(), |value| format!("{value:.*}", row.digits));
        let missed = row.goal.zip(row.large).is_some_and(|(goal, value)| !goal.is_met_by(value));
        met &= !missed;
        let word = if row.goal.is_none() {
            ""
        } else if missed {
            "MISSED"
        } else {
            "met"
        };
        let goal = row.goal.map_or(String::new(), Goal::words);
        println!("| {} | {} | {} | {goal} | {word} |", row.name, cell(row.small), cell(row.large));
    }
    println!("\n{}", if met { "all goals are met" } else { "a goal is MISSED" });
    if met { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

#[derive(Clone, Copy)]
enum Goal {
    AtMost(f64),
    AtLeast(f64),
}

impl Goal {
    fn is_met_by(self, value: f64) -> bool {
        match self {
            Self::AtMost(most) => value <= most,
            Self::AtLeast(least) => value >= least,
        }
    }

    fn words(self) -> String {
        match self {
            Self::AtMost(most) => format!("at most {most}"),
            Self::AtLeast(least) => format!("at least {least}"),
        }
    }
}

struct Row {
    name: &'static str,
    digits: usize,
    small: Option<f64>,
    large: Option<f64>,
    goal: Option<Goal>,
}

fn rows(small: &Measured, large: &Measured) -> Vec<Row> {
    let row = |name, digits, goal, value: &dyn Fn(&Measured) -> Option<f64>| Row {
        name,
        digits,
        small: value(small),
        large: value(large),
        goal,
    };
    let each = |measured: &Measured, name: &str| measured.fill.get(name) / measured.captures as f64;
    let memory = Some(Goal::AtMost(GOAL_MEMORY / 1e6));
    let speed = |figures: &Figures, time: &str| Some(figures.get("text") / 1e6 / figures.get(time));
    let growth = |m: &Measured| Some(each(m, "allocated") / each(small, "allocated"));
    vec![
        row("import, captures/s", 0, None, &|m| Some(m.captures as f64 / m.fill.get("wall"))),
        row("import, CPU us a capture", 1, None, &|m| Some(each(m, "cpu") * 1e6)),
        row("last tenth / first tenth, rate by wall", 2, None, &|m| Some(m.fill.get("last") / m.fill.get("first"))),
        row("the same by CPU time", 2, None, &|m| Some(m.fill.get("first_cpu") / m.fill.get("last_cpu"))),
        row("last tenth / first tenth again after it, rate by wall", 2, Some(Goal::AtLeast(GOAL_SHARE)), &|m| {
            Some(m.fill.get("last") / m.again.get("first"))
        }),
        row("the same by CPU time", 2, None, &|m| Some(m.again.get("first_cpu") / m.fill.get("last_cpu"))),
        row("closing, s", 2, None, &|m| m.fill.maybe("closing")),
        row("disk, MB", 1, None, &|m| Some(m.fill.get("length") / 1e6)),
        row("disk, bytes a capture", 0, None, &|m| Some(each(m, "length"))),
        row("allocated, bytes a capture", 0, None, &|m| Some(each(m, "allocated"))),
        row("allocated before it is closed, bytes a capture", 0, None, &|m| Some(each(m, "open"))),
        row("allocated a capture / that at a tenth of the size", 2, Some(Goal::AtMost(GOAL_GROWTH)), &growth),
        row("allocated after compact, bytes a capture", 0, None, &|m| {
            Some(m.compact.get("allocated") / m.captures as f64)
        }),
        row("compact, captures/s", 0, None, &|m| Some(m.captures as f64 / m.compact.get("wall"))),
        row("peak MB, compact", 0, memory, &|m| Some(m.compact.get("peak") / 1e6)),
        row("peak MB, import", 0, memory, &|m| Some(m.fill.get("peak") / 1e6)),
        row("peak MB, check --deep", 0, memory, &|m| Some(m.check.get("peak") / 1e6)),
        row("peak MB, export", 0, memory, &|m| Some(m.export.get("peak") / 1e6)),
        row("check --deep, MB/s of text", 0, None, &|m| speed(&m.check, "wall")),
        row("check --deep, MB/s of text a core", 0, None, &|m| speed(&m.check, "cpu")),
        row("export, captures/s", 0, None, &|m| Some(m.captures as f64 / m.export.get("wall"))),
        row("one story from a cold start, s", 3, Some(Goal::AtMost(GOAL_COLD)), &|m| m.cold.0),
        row("the same, files in the cache, s", 3, Some(Goal::AtMost(GOAL_COLD)), &|m| Some(m.cold.1)),
    ]
}

fn measure(captures: u64) -> Measured {
    let directory = directory();
    let path = directory.path().join("archive");
    let path = path.to_str().unwrap();
    let crawl = Crawl::of_captures(captures);
    let words = captures.to_string();
    let fill = child::run("fill", &[("--path", path), ("--captures", &words)]);
    let other = directory.path().join("again");
    let again = child::run("again", &[("--path", other.to_str().unwrap()), ("--captures", &words)]);
    std::fs::remove_dir_all(other).unwrap();
    let keys = [0, crawl.stories / 2, crawl.stories - 1].map(|story| crawl.key(story));
    // The first opening is one of those that count.
    let cold = |forget: bool| keys.iter().map(|key| cold_start(path, key, forget)).fold(Some(0.0), longer);
    let cold = (cold(true), cold(false).unwrap());
    let check = child::run("check", &[("--path", path)]);
    let export = child::run("export", &[("--path", path)]);
    let compact = child::run("compact", &[("--path", path)]);
    if std::env::args().any(|word| word == "--keep") {
        println!("kept in {}", directory.keep().display());
    }
    Measured { captures: crawl.len(), fill, again, check, export, compact, cold }
}

fn longer(one: Option<f64>, other: Option<f64>) -> Option<f64> {
    Some(one?.max(other?))
}

fn fill(path: &Path, crawl: Crawl) {
    let total = crawl.len();
    println!("\n{total} captures of {} stories, synced every 1,000", crawl.stories);
    println!("{:>12} {:>12} {:>14} {:>10} {:>10}", "captures", "captures/s", "CPU us each", "RSS MB", "wall s");
    let archive = Archive::open(path, &open_options()).unwrap();
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
    let open = disk(path);
    let closing = Clock::start();
    drop(archive);
    let closing = closing.read();
    assert_eq!((report.read, report.captures, report.stories), (total, total, crawl.stories));
    let (first, last) = (rate(None, tenths[0]), rate(tenths.iter().rev().nth(1).copied(), tenths[tenths.len() - 1]));
    let disk = disk(path);
    tell("wall", spent.wall.as_secs_f64());
    tell("cpu", spent.own.as_secs_f64());
    tell("closing", closing.wall.as_secs_f64());
    tell_rate("first", first);
    tell_rate("last", last);
    tell("open", open.allocated as f64);
    tell("length", disk.length as f64);
    tell("allocated", disk.allocated as f64);
    tell("peak", peak_memory() as f64);
}

/// Imports the first tenth alone.
fn again(path: &Path, crawl: Crawl) {
    let tenth = crawl.len() / 10;
    let archive = Archive::open(path, &open_options()).unwrap();
    let clock = Clock::start();
    let captures = crawl.captures().take(usize::try_from(tenth).unwrap());
    let mut spent = clock.read();
    // Without what is done at the end of an import, as a tenth of a longer one is measured.
    archive.ingest_many(captures, &IngestOptions::default(), |_| spent = clock.read()).unwrap();
    tell_rate("first", rate(None, (tenth, spent)));
}

fn tell_rate(tenth: &str, (rate, cpu): (f64, f64)) {
    tell(tenth, rate);
    tell(&format!("{tenth}_cpu"), cpu);
}

/// Captures a second, and microseconds of CPU a capture, between two points.
fn rate(before: Option<(u64, Spent)>, (read, spent): (u64, Spent)) -> (f64, f64) {
    let (from, wall, own) =
        before.map_or((0, Duration::ZERO, Duration::ZERO), |(read, spent)| (read, spent.wall, spent.own));
    let captures = (read - from) as f64;
    (captures / (spent.wall - wall).as_secs_f64(), (spent.own - own).as_secs_f64() * 1e6 / captures)
}

fn read_only(path: &Path) -> Archive {
    Archive::open(path, &OpenOptions { read_only: true, ..open_options() }).unwrap()
}

fn check(path: &Path) {
    let archive = read_only(path);
    let clock = Clock::start();
    let report = archive.check(&CheckOptions { deep: true }, |_, _| {}).unwrap();
    let (spent, peak) = (clock.read(), peak_memory());
    assert!(report.findings.is_empty(), "{:?}", report.findings.first());
    tell_part(spent, peak);
    tell("text", archive.stats().unwrap().bytes_text as f64);
}

fn export(path: &Path) {
    let archive = read_only(path);
    let clock = Clock::start();
    let facts = archive.export(&[]).unwrap().map(Result::unwrap).count() as u64;
    let (spent, peak) = (clock.read(), peak_memory());
    // The crawl has no aliases, so that every fact is a capture.
    assert_eq!(facts, archive.stats().unwrap().captures);
    tell_part(spent, peak);
}

fn compact(path: &Path) {
    let clock = Clock::start();
    Archive::compact(path, &open_options(), &CompactOptions::default(), |_, _| {}).unwrap();
    tell_part(clock.read(), peak_memory());
    tell("allocated", disk(path).allocated as f64);
}

fn tell_part(spent: Spent, peak: u64) {
    tell("wall", spent.wall.as_secs_f64());
    tell("cpu", spent.own.as_secs_f64());
    tell("peak", peak as f64);
}

/// Reads a story in a new process; returns the seconds that the whole process took, or `None` when the files cannot be forgotten.
fn cold_start(path: &str, story: &StoryKey, forget: bool) -> Option<f64> {
    if forget && !forget_files(Path::new(path)) {
        println!("the system could not be told to forget the files: no cold start was measured");
        return None;
    }
    let clock = Clock::start();
    child::run("cold", &[("--path", path), ("--story", story.as_str())]);
    let spent = clock.read();
    println!("one story, the whole process: {:.1?}, CPU {:.2} s", spent.wall, spent.children.as_secs_f64());
    Some(spent.wall.as_secs_f64())
}

/// What `log` needs: the revisions and what each of them said.
fn read_one(path: &Path, story: &StoryKey) {
    let begin = Instant::now();
    let archive = read_only(path);
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
