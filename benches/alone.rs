//! What an import is made of: its input read and prepared and thrown away, and its commits made again by the engine alone.
//!
//! ```text
//! cargo bench --bench alone -- [--corpus FILE.jsonl.gz] [--stories 3000] [--by-time] [--rounds 5] [--dir DIR]
//! ```
//!
//! An import into memory is recorded: every commit, every hint of keys to come, every flush. Then, in turn, `--rounds` times:
//!
//! - reading: the input is read, by one thread;
//! - and preparing: canonical text, hash and fold are made as well, on all cores; both are what SQLite's side does too;
//! - sled alone: the recorded writes by sled's own calls, with its log synced at each flush, and nothing of morgue. What commits
//!   expect and what an import reads are left out;
//! - fjall alone: the same by [`FjallEngine`], where it is built in;
//! - the import itself on each engine and SQLite, each in a process of its own (see `ingest`).
//!
//! Shown are the middle ones by wall time, beside SQLite's. Closing is left out.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, clippy::indexing_slicing, missing_docs)]

#[path = "common/allocator.rs"]
mod allocator;
mod common;

use std::fs::File;
use std::path::Path;
use std::sync::{Arc, Mutex};

use morgue::engine::{Commit, Durability, Engine, Error, KeyRange, MemoryEngine, Order, Scan};
use morgue::text::canonical_and_folded;
use morgue::{Archive, EngineKind, IngestOptions, OpenOptions};
use rayon::iter::{ParallelBridge as _, ParallelIterator as _};

use common::child::part;
use common::process::Clock;
use common::store::{self, Store};
use common::work::Work;
use common::{directory, mb, number, settle};

/// What an import asks of its engine.
#[derive(Debug)]
enum Asked {
    Write(Vec<(Vec<u8>, Option<Vec<u8>>)>),
    Reserve(Vec<Vec<u8>>),
    Flush,
}

/// An engine in memory that keeps what it was asked to do.
#[derive(Debug, Default)]
struct Recorder {
    rows: MemoryEngine,
    asked: Mutex<Vec<Asked>>,
}

impl Engine for Recorder {
    fn name(&self) -> &'static str {
        "a record"
    }

    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Error> {
        self.rows.get(key)
    }

    fn scan(&self, range: KeyRange, order: Order) -> Scan<'_> {
        self.rows.scan(range, order)
    }

    fn commit(&self, commit: &Commit, durability: Durability) -> Result<(), Error> {
        let mut asked = self.asked.lock().unwrap();
        self.rows.commit(commit, durability)?;
        asked.push(Asked::Write(commit.writes.clone()));
        Ok(())
    }

    fn reserve(&self, keys: &[Vec<u8>]) -> Result<(), Error> {
        self.asked.lock().unwrap().push(Asked::Reserve(keys.to_vec()));
        Ok(())
    }

    fn flush(&self) -> Result<(), Error> {
        self.asked.lock().unwrap().push(Asked::Flush);
        Ok(())
    }

    fn size_on_disk(&self) -> Result<u64, Error> {
        Ok(0)
    }
}

fn main() {
    if let Some(part) = part() {
        return store::answer(&part);
    }
    let Some(work) = Work::chosen(3_000) else { return };
    let directory = directory();
    let work = work.in_order(directory.path());
    let (versions, bytes) = work.size();
    println!("{}: {versions} versions, {:.1} MB of text", work.name(), mb(bytes));
    let asked = record(&work);
    let (mut commits, mut rows, mut given, mut flushes) = (0, 0, 0, 0);
    for asked in &asked {
        match asked {
            Asked::Write(writes) => {
                commits += 1;
                rows += writes.len();
                given +=
                    writes.iter().map(|(key, value)| key.len() + value.as_ref().map_or(0, Vec::len)).sum::<usize>();
            }
            Asked::Flush => flushes += 1,
            Asked::Reserve(_) => {}
        }
    }
    println!("{commits} commits of {rows} rows, {:.2} MB, {flushes} flushes", mb(given as u64));
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

/// The commits of an import.
fn record(work: &Work) -> Vec<Asked> {
    let engine = Arc::new(Recorder::default());
    let archive = Archive::with_engine(Arc::clone(&engine) as Arc<dyn Engine>, &OpenOptions::default()).unwrap();
    archive.ingest_many(work.captures(), &IngestOptions::default(), |_| {}).unwrap();
    let mut asked = engine.asked.lock().unwrap();
    std::mem::take(&mut *asked)
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
            Self::Sled => return sled_alone(asked, path),
            #[cfg(feature = "fjall")]
            Self::Fjall => return fjall_alone(asked, path),
            Self::Import(_) => {}
        }
        told(&clock)
    }
}

fn told(clock: &Clock) -> (f64, f64) {
    let spent = clock.read();
    (spent.wall.as_secs_f64(), spent.own.as_secs_f64())
}

fn sled_alone(asked: &[Asked], path: &Path) -> (f64, f64) {
    let clock = Clock::start();
    let config = sled::Config::new().path(path).segment_size(8 << 20).cache_capacity(16 << 20).flush_every_ms(None);
    let db = config.open().unwrap();
    for asked in asked {
        match asked {
            Asked::Write(writes) => {
                let mut batch = sled::Batch::default();
                for (key, value) in writes {
                    match value {
                        Some(value) => batch.insert(key.as_slice(), value.as_slice()),
                        None => batch.remove(key.as_slice()),
                    }
                }
                db.apply_batch(batch).unwrap();
            }
            Asked::Reserve(keys) => {
                for key in keys {
                    let _ = db.compare_and_swap(key, None::<&[u8]>, Some(&[])).unwrap();
                }
            }
            Asked::Flush => {
                db.flush().unwrap();
                File::open(path.join("db")).unwrap().sync_data().unwrap();
            }
        }
    }
    told(&clock)
}

#[cfg(feature = "fjall")]
fn fjall_alone(asked: &[Asked], path: &Path) -> (f64, f64) {
    use morgue::engine::{FjallEngine, FjallOptions};

    let clock = Clock::start();
    let engine = FjallEngine::open(path, &FjallOptions::default().create(true).cache_bytes(16 << 20)).unwrap();
    for asked in asked {
        match asked {
            Asked::Write(writes) => {
                let commit = Commit { writes: writes.clone(), ..Commit::default() };
                engine.commit(&commit, Durability::Buffered).unwrap();
            }
            Asked::Reserve(_) => {}
            Asked::Flush => engine.flush().unwrap(),
        }
    }
    told(&clock)
}
