//! What an import is made of: its input read and prepared and thrown away, and its commits made again by the engine alone.
//!
//! ```text
//! cargo bench --bench alone -- [--corpus FILE.jsonl.gz] [--stories 3000] [--by-time] [--rounds 5] [--dir DIR]
//! cargo bench --bench alone -- --captures 1000000 [--dir DIR]
//! ```
//!
//! An import into memory is recorded: all that it reads, every commit, every hint of keys to come, every flush. Then, in turn, `--rounds` times:
//!
//! - reading: the input is read, by one thread;
//! - and preparing: canonical text, hash and fold are made as well, on all cores; both are what SQLite's side does too;
//! - sled alone: what was recorded by sled's own calls, on one thread, with its log synced at each flush, and nothing of morgue. What
//!   commits expect is left out;
//! - fjall alone: the same by [`FjallEngine`], where it is built in;
//! - the import itself on each engine and SQLite, each in a process of its own (see `ingest`).
//!
//! Shown are the middle ones by wall time, beside SQLite's. Closing is left out.
//!
//! With `--captures N` in place of that: the captures of `million` are recorded, tenth by tenth, and given to each engine alone once, to
//! show whether it keeps its rate, what it takes on the disk, and how long it takes to be opened. The record takes about 2 KB of disk a capture.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, clippy::indexing_slicing, missing_docs)]

#[path = "../common/allocator.rs"]
mod allocator;
#[path = "../common/mod.rs"]
mod common;
mod record;
mod replay;
mod tenths;

use std::path::Path;

use morgue::EngineKind;
use morgue::text::canonical_and_folded;
use rayon::iter::{ParallelBridge as _, ParallelIterator as _};

use common::process::Clock;
use common::store::{self, Store};
use common::work::Work;
use common::{directory, mb, number, option, settle};
use record::{Asked, record};
use replay::Bare;

fn main() {
    if option("--captures").is_some() {
        return tenths::measure(directory().path(), number("--captures", 0));
    }
    let Some((work, directory)) = store::begin(3_000) else { return };
    let (versions, bytes) = work.size();
    println!("{}: {versions} versions, {:.1} MB of text", work.name(), mb(bytes));
    let asked = record(work.captures(), |_, _| {});
    let (mut commits, mut rows, mut given, mut flushes, mut reads) = (0, 0, 0, 0, 0);
    for asked in &asked {
        match asked {
            Asked::Write(writes) => {
                commits += 1;
                rows += writes.len();
                given +=
                    writes.iter().map(|(key, value)| key.len() + value.as_ref().map_or(0, Vec::len)).sum::<usize>();
            }
            Asked::Flush => flushes += 1,
            Asked::Get(_) | Asked::Scan(..) => reads += 1,
            Asked::Reserve(_) => {}
        }
    }
    println!("{commits} commits of {rows} rows, {:.2} MB, {flushes} flushes, {reads} reads", mb(given as u64));
    println!();
    let parts = parts();
    let mut figures: Vec<Vec<(f64, f64)>> = vec![Vec::new(); parts.len()];
    for round in 0..number("--rounds", 5).max(1) {
        for ((name, part), figures) in parts.iter().zip(&mut figures) {
            let path = directory.path().join(format!("{name} {round}"));
            settle();
            figures.push(part.run(&work, &asked, &path));
            // Reading alone leaves nothing.
            let _ = std::fs::remove_dir_all(path);
        }
    }
    let middle = |mut figures: Vec<(f64, f64)>| {
        figures.sort_by(|a, b| a.0.total_cmp(&b.0));
        figures[figures.len() / 2]
    };
    let figures: Vec<(f64, f64)> = figures.into_iter().map(middle).collect();
    let sqlite = figures.last().unwrap().0;
    println!("| | wall ms | CPU ms | of SQLite's wall |");
    println!("|---|---|---|---|");
    for ((name, _), (wall, cpu)) in parts.iter().zip(figures) {
        println!("| {name} | {:.0} | {:.0} | {:.2} |", wall * 1e3, cpu * 1e3, wall / sqlite);
    }
}

/// What is measured.
enum Part {
    Reading,
    Preparing,
    Sled,
    #[cfg(feature = "fjall")]
    Fjall,
    Import(Store),
}

/// All of it, SQLite last.
fn parts() -> Vec<(String, Part)> {
    let mut parts = vec![
        ("reading".to_owned(), Part::Reading),
        ("reading and preparing".to_owned(), Part::Preparing),
        ("sled alone".to_owned(), Part::Sled),
        #[cfg(feature = "fjall")]
        ("fjall alone".to_owned(), Part::Fjall),
    ];
    let stores = [Store::Archive(EngineKind::Sled), Store::Archive(EngineKind::Fjall), Store::Sqlite];
    let is_there = |store: &Store| !matches!(store, Store::Archive(engine) if !engine.is_built());
    let import = |store: Store| (format!("import, {}", store.name()), Part::Import(store));
    parts.extend(stores.into_iter().filter(is_there).map(import));
    parts
}

impl Part {
    /// Wall and CPU time in seconds.
    fn run(&self, work: &Work, asked: &[Asked], path: &Path) -> (f64, f64) {
        if let Self::Import(store) = self {
            let figures = store.fill(path, &work.options());
            return (figures.get("wall"), figures.get("cpu"));
        }
        let clock = Clock::start();
        match self {
            Self::Reading => assert!(work.captures().count() > 0),
            Self::Preparing => {
                let prepare =
                    |capture: morgue::NewCapture| canonical_and_folded(capture.outcome.text().unwrap()).unwrap();
                assert!(work.captures().par_bridge().map(prepare).count() > 0);
            }
            Self::Sled => return alone(Bare::sled, asked, path),
            #[cfg(feature = "fjall")]
            Self::Fjall => return alone(Bare::fjall, asked, path),
            Self::Import(_) => {}
        }
        told(&clock)
    }
}

fn told(clock: &Clock) -> (f64, f64) {
    let spent = clock.read();
    (spent.wall.as_secs_f64(), spent.own.as_secs_f64())
}

fn alone(open: fn(&Path) -> Bare, asked: &[Asked], path: &Path) -> (f64, f64) {
    let clock = Clock::start();
    let engine = open(path);
    asked.iter().for_each(|asked| engine.ask(asked));
    told(&clock)
}
