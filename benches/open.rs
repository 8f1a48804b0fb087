//! Opening archives of several sizes.
//!
//! ```text
//! cargo bench --bench open -- [--captures N] [--dir DIR]
//! ```
//!
//! Inside the timer: `Archive::open`; `Archive::open` and the revisions of one story. "first" is the first opening after the
//! archive was filled and closed; "again" is the middle of nine later ones. The files are in the system's cache.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, clippy::indexing_slicing, missing_docs)]

#[path = "common/allocator.rs"]
mod allocator;
mod common;

use std::path::Path;
use std::time::{Duration, Instant};

use common::news::Crawl;
use common::{bytes_under, directory, mb, number, p50_p99};
use morgue::{Archive, IngestOptions, OpenOptions, StoryKey};

const AGAIN: usize = 9;

fn main() {
    println!("| captures | disk MB | first open ms | again ms | open + revisions of one story ms | close ms |");
    println!("|---|---|---|---|---|---|");
    match number("--captures", 0) {
        0 => [1_000, 10_000, 100_000].into_iter().for_each(measure),
        captures => measure(captures),
    }
}

fn measure(captures: u64) {
    // Two or three captures a story, so five for two stories.
    let stories = captures * 2 / 5;
    let crawl = Crawl { stories, stories_a_day: 2_000, captures: (2, 3), paragraphs: (2, 6) };
    let directory = directory();
    let path = directory.path().join("archive");
    let archive = Archive::open(&path, &OpenOptions::default()).unwrap();
    archive.ingest_many(crawl.captures(), &IngestOptions::default(), |_| {}).unwrap();
    drop(archive);
    let (first, _) = open(&path, None);
    let (mut again, mut closing): (Vec<_>, Vec<_>) = (0..AGAIN).map(|_| open(&path, None)).unzip();
    let story = crawl.key(stories / 2);
    let mut with_story: Vec<Duration> = (0..AGAIN).map(|_| open(&path, Some(&story)).0).collect();
    let ms = |time: Duration| time.as_secs_f64() * 1e3;
    println!(
        "| {captures} | {:.1} | {:.1} | {:.1} | {:.1} | {:.1} |",
        mb(bytes_under(&path)),
        ms(first),
        ms(p50_p99(&mut again).0),
        ms(p50_p99(&mut with_story).0),
        ms(p50_p99(&mut closing).0),
    );
}

fn open(path: &Path, story: Option<&StoryKey>) -> (Duration, Duration) {
    let begin = Instant::now();
    let archive = Archive::open(path, &OpenOptions::default()).unwrap();
    if let Some(story) = story {
        assert!(!archive.revisions(story).unwrap().is_empty());
    }
    let opened = begin.elapsed();
    drop(archive);
    (opened, begin.elapsed() - opened)
}
