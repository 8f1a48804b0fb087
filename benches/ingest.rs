//! Archiving the same versions with morgue and with `git fast-import`.
//!
//! ```text
//! cargo bench --bench ingest -- [--corpus FILE.jsonl.gz] [--stories 3000] [--buffered] [--dir DIR]
//! ```
//!
//! Inside the timer: reading or generating the input, everything up to the last batch on disk. Closing is told apart. After it,
//! every version is read back from both and compared with the input.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, clippy::indexing_slicing, missing_docs)]

mod common;

use std::path::Path;
use std::time::Duration;

use common::git::{self, Git};
use common::process::{Clock, peak_memory};
use common::work::Work;
use common::{bytes_under, directory, mb};
use morgue::text::canonical;
use morgue::{Archive, Durability, IngestOptions, OpenOptions};

struct Result {
    wall: Duration,
    cpu: Duration,
    peak: u64,
    disk: u64,
    retrievable: u64,
}

fn main() {
    let work = Work::chosen(3_000);
    let begin = Clock::start();
    let (versions, bytes) = work.captures().fold((0_u64, 0_u64), |(versions, bytes), capture| {
        (versions + 1, bytes + git::plain(capture.outcome.text().unwrap()).len() as u64)
    });
    println!("{}: {versions} versions, {:.1} MB of text", work.name(), mb(bytes));
    println!("reading or generating them alone takes {:.2} s", begin.read().wall.as_secs_f64());
    println!("| | versions/s | wall s | CPU us a version | peak MB | disk MB | disk / text | read back equal |");
    println!("|---|---|---|---|---|---|---|---|");
    let directory = directory();
    let ours = archive(&directory.path().join("archive"), &work);
    show("morgue", &ours, versions, bytes);
    if !git::is_there() {
        println!("git fast-import: skipped, there is no git");
        return;
    }
    let git = fast_import(&directory.path().join("git"), &work);
    show("git fast-import", &git, versions, bytes);
    let ratio = |ours: f64, git: f64| ours / git;
    println!(
        "morgue / git: wall {:.2}, CPU {:.2}, memory {:.2}, disk {:.2} (below 1: morgue needs less)",
        ratio(ours.wall.as_secs_f64(), git.wall.as_secs_f64()),
        ratio(ours.cpu.as_secs_f64(), git.cpu.as_secs_f64()),
        ratio(ours.peak as f64, git.peak as f64),
        ratio(ours.disk as f64, git.disk as f64),
    );
}

fn show(name: &str, result: &Result, versions: u64, bytes: u64) {
    let wall = result.wall.as_secs_f64();
    println!(
        "| {name} | {:.0} | {wall:.2} | {:.0} | {:.0} | {:.1} | {:.2} | {} of {versions} |",
        versions as f64 / wall,
        result.cpu.as_secs_f64() * 1e6 / versions as f64,
        mb(result.peak),
        mb(result.disk),
        result.disk as f64 / bytes as f64,
        result.retrievable,
    );
    assert_eq!(result.retrievable, versions, "a version of {name} is not as it was given");
}

/// Its peak of memory is that of the whole process, which holds the generator as well.
fn archive(path: &Path, work: &Work) -> Result {
    let clock = Clock::start();
    let archive = Archive::open(path, &OpenOptions::default()).unwrap();
    let mut options = IngestOptions::default();
    if std::env::args().any(|word| word == "--buffered") {
        options.durability = Durability::Buffered;
    }
    archive.ingest_many(work.captures(), &options, |batch| assert!(batch.rejected.is_empty())).unwrap();
    let (spent, peak) = (clock.read(), peak_memory());
    drop(archive);
    println!("(closing the archive took {:.2} s more)", (clock.read().wall - spent.wall).as_secs_f64());
    let disk = bytes_under(path);
    let archive = Archive::open(path, &OpenOptions { read_only: true, ..OpenOptions::default() }).unwrap();
    let is_there = |capture: &morgue::NewCapture| {
        let form = canonical(capture.outcome.text().unwrap()).unwrap();
        archive.canonical_text(&capture.key, &form.hash).is_ok_and(|text| text == form.text)
    };
    let retrievable = work.captures().filter(is_there).count() as u64;
    Result { wall: spent.wall, cpu: spent.own, peak, disk, retrievable }
}

/// Its CPU time is that of git alone, without feeding it.
fn fast_import(path: &Path, work: &Work) -> Result {
    let clock = Clock::start();
    let git = Git::import(path, work.captures());
    let spent = clock.read();
    let disk = bytes_under(&path.join("objects"));
    let mut reader = git.reader();
    let pairs = work.captures().zip(&git.texts);
    let is_there = pairs.filter(|(capture, name)| reader.text(name) == git::plain(capture.outcome.text().unwrap()));
    let retrievable = is_there.count() as u64;
    Result { wall: spent.wall, cpu: spent.children, peak: git.peak_memory, disk, retrievable }
}
