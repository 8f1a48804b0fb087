//! Verifying every byte: `check --deep`, `git fsck --full`, and what one would do with SQLite.
//!
//! ```text
//! cargo bench --bench fsck -- [--corpus digitalgov] [--corpora DIR] [--stories 3000] [--stores sled,fjall,sqlite,git] [--by-time] [--compact] [--dir DIR]
//! ```
//!
//! The files are in the system's cache. Inside the timer: the check alone, of a store that is open; for git the whole process. All
//! three read, unpack and hash every text once. MB/s are of distinct texts, which each store holds once. SQLite's own check looks
//! at pages and indexes alone, so every text is read and hashed after it, on one thread. With `--compact` after `Archive::compact`,
//! `VACUUM` and `git gc --aggressive`, which takes git minutes.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, clippy::indexing_slicing, missing_docs)]

#[path = "common/allocator.rs"]
mod allocator;
mod common;

use std::collections::HashSet;
use std::path::Path;

use common::child::{part, tell};
use common::process::{Clock, peak_memory};
use common::store::{self, Reader, Store};
use common::work::Work;
use common::{directory, mb, option};
use morgue::CheckOptions;
use morgue::text::canonical;

const GOAL: f64 = 150.0;

fn main() {
    match part().as_deref() {
        None => {}
        Some("check") => return check_here(),
        Some(part) => return store::answer(part),
    }
    let Some(work) = Work::chosen(3_000) else { return };
    let directory = directory();
    let work = work.in_order(directory.path());
    let mut seen = HashSet::new();
    let mut bytes = 0;
    for capture in work.captures() {
        let form = canonical(capture.outcome.text().unwrap()).unwrap();
        bytes += if seen.insert((capture.key, form.hash)) { form.text.len() as u64 } else { 0 };
    }
    let when = if store::is_compacted() { "after compacting" } else { "as ingested" };
    println!("{}, {when}: {} distinct texts, {:.1} MB\n", work.name(), seen.len(), mb(bytes));
    println!("Ratios: how many times as fast as the first row, by CPU time.\n");
    println!("| | MB/s a core | ratio | MB/s | wall s | CPU s | peak MB | goal |");
    println!("|---|---|---|---|---|---|---|---|");
    let mut first = None;
    for store in Store::chosen() {
        let path = directory.path().join(store.name());
        store.prepare(&path, &work);
        let told = store.run("check", &path, &[]);
        let core = mb(bytes) / told.get("cpu");
        let first = *first.get_or_insert(core);
        let goal = match store.is_archive() {
            true if core >= GOAL => format!("{GOAL} MB/s a core: met"),
            true => format!("{GOAL} MB/s a core: MISSED"),
            false => String::new(),
        };
        println!(
            "| {} | {core:.0} | {:.2} | {:.0} | {:.2} | {:.2} | {:.0} | {goal} |",
            store.name(),
            core / first,
            mb(bytes) / told.get("wall"),
            told.get("wall"),
            told.get("cpu"),
            told.get("peak") / 1e6,
        );
    }
}

fn check_here() {
    let store = Store::asked();
    let reader = store.reader(Path::new(&option("--path").unwrap()));
    let clock = Clock::start();
    let mut peak = None;
    match &reader {
        Reader::Archive(archive) => {
            let report = archive.check(&CheckOptions { deep: true }, |_, _| {}).unwrap();
            assert!(report.findings.is_empty(), "{:?}", report.findings.first());
        }
        Reader::Sqlite(sqlite) => sqlite.verify(),
        Reader::Git(git, _) => peak = Some(git.fsck()),
    }
    let spent = clock.read();
    tell("wall", spent.wall.as_secs_f64());
    tell("cpu", if store == Store::Git { spent.children } else { spent.own }.as_secs_f64());
    tell("peak", peak.unwrap_or_else(peak_memory) as f64);
}
