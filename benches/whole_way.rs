//! The whole way from a page to an archived capture, on one core and on two.
//!
//! ```text
//! cargo bench --bench whole_way -- [--corpus DIR] [--python PYTHON] [--dir DIR] [--engine E]
//! ```
//!
//! Ours: read the page (text, metadata, verdict, names), archive the capture and the page, synced. The peer: trafilatura from PyPI
//! (text and metadata, favouring precision) and SQLite (one row a page, the page beside it by zlib, `synchronous=FULL`); on two cores two
//! processes extract and one writes. Both get the same pages of the article extraction benchmark, unpacked before the timer starts,
//! and run under `taskset`, which holds a process to its cores. Python's start is outside the timer.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, clippy::indexing_slicing, missing_docs)]

mod common;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use common::aeb::{self, Sample};
use common::{directory, open_options, option};
use morgue::page::{self, Options, Page};
use morgue::{Archive, IngestOptions, NewCapture};
use rayon::prelude::*;

fn main() {
    let corpus = option("--corpus").map_or_else(|| PathBuf::from("../shared/corpora/aeb"), PathBuf::from);
    if !corpus.is_dir() {
        println!("skipped: {} not found", corpus.display());
        return;
    }
    let samples = aeb::samples(&corpus, "");
    if option("--part").is_some() {
        println!("{}", ours(&samples));
        return;
    }
    println!("{} pages\n\n| | one core, pages/s | two cores, pages/s |\n|---|---|---|", samples.len());
    let rate = |seconds: Option<f64>| seconds.map_or("-".to_owned(), |s| format!("{:.1}", samples.len() as f64 / s));
    let [one, two] = ["0", "0,1"].map(|cores| run_ours(&corpus, cores));
    println!("| morgue: page to synced capture, the page kept | {} | {} |", rate(one), rate(two));
    let python = option("--python").unwrap_or_else(|| "python3".to_owned());
    let pages = directory();
    for sample in &samples {
        std::fs::write(pages.path().join(&sample.id), &sample.html).unwrap();
    }
    let [one, two] = [("0", 1), ("0,1", 2)].map(|(cores, workers)| peer(&python, pages.path(), cores, workers));
    println!("| trafilatura (PyPI) and SQLite | {} | {} |", rate(one), rate(two));
    if one.is_none() {
        println!(
            "\nskipped: {python} cannot import trafilatura (python3 -m venv venv && venv/bin/pip install trafilatura \
             lxml_html_clean, then --python venv/bin/python)"
        );
    }
}

/// Reads and archives all pages in a new archive; returns the seconds that took.
fn ours(samples: &[Sample]) -> f64 {
    let directory = directory();
    let archive = Archive::open(directory.path(), &open_options()).unwrap();
    let start = Instant::now();
    // As many pages at a time as the import of a web archive takes.
    let mut captured = 0;
    for (number, window) in samples.chunks(64).enumerate() {
        let at = format!("2026-03-{:02}T12:00:00Z", number + 1).parse().unwrap();
        let capture = |sample: &Sample| {
            let page = Page::new(&sample.url, &sample.html);
            page::read(&page, &Options::default()).into_capture(&page, at, &Options::default()).unwrap()
        };
        let captures: Vec<NewCapture> = window.par_iter().map(capture).collect();
        captured += archive.ingest_many(captures, &IngestOptions::default(), |_| {}).unwrap().captures;
    }
    let seconds = start.elapsed().as_secs_f64();
    assert_eq!(captured, samples.len() as u64);
    seconds
}

/// This program again, held to some cores.
fn run_ours(corpus: &Path, cores: &str) -> Option<f64> {
    let mut command = Command::new("taskset");
    command.args(["-c", cores]).arg(std::env::current_exe().unwrap());
    command.args(["--part", "ours", "--corpus"]).arg(corpus);
    for name in ["--dir", "--engine"] {
        command.args(option(name).into_iter().flat_map(|value| [name.to_owned(), value]));
    }
    let output = command.output().expect("taskset, of util-linux");
    String::from_utf8_lossy(&output.stdout).trim().parse().ok()
}

const PEER: &str = r#"
import multiprocessing, os, sqlite3, sys, time, zlib
import trafilatura
folder, workers = sys.argv[1], int(sys.argv[2])

def read(name):
    html = open(os.path.join(folder, name), "rb").read()
    found = trafilatura.bare_extraction(html, favor_precision=True, include_comments=False, with_metadata=True)
    found = found.as_dict() if hasattr(found, "as_dict") else (found or {})
    return name, found.get("title"), found.get("author"), found.get("date"), found.get("text"), zlib.compress(html)

def main():
    names = sorted(os.listdir(folder))
    database = sqlite3.connect(folder + ".db")
    database.execute("pragma synchronous=FULL")
    database.execute("create table page (name text, title text, author text, date text, text text, html blob)")
    with multiprocessing.Pool(workers) as pool:
        pool.map(len, [[]] * workers)
        start = time.perf_counter()
        for row in pool.imap(read, names, 4):
            database.execute("insert into page values (?, ?, ?, ?, ?, ?)", row)
        database.commit()
        print(time.perf_counter() - start)

main()
"#;

fn peer(python: &str, pages: &Path, cores: &str, workers: usize) -> Option<f64> {
    let database = pages.with_extension("db");
    let output = Command::new("taskset")
        .args(["-c", cores, python, "-c", PEER])
        .arg(pages)
        .arg(workers.to_string())
        .output()
        .expect("taskset, of util-linux");
    let _ = std::fs::remove_file(database);
    let told = String::from_utf8_lossy(&output.stdout).trim().parse().ok();
    told.filter(|_| output.status.success())
}
