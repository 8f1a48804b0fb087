//! Archiving the same versions with morgue, with SQLite and with `git fast-import`.
//!
//! ```text
//! cargo bench --bench ingest -- [--corpus FILE.jsonl.gz] [--stories 3000] [--stores sled,fjall,sqlite,git] [--buffered] [--by-time] [--rounds 1] [--dir DIR]
//! ```
//!
//! `--corpus` also takes the word of one of the corpora, in `--corpora DIR`: digitalgov, cnn_lite_multi, bbc_headlines, wikihist.
//!
//! `--rounds N` fills all stores N times in turn, which evens out what else the machine does, and shows the middle one of each by wall.
//!
//! Each store is filled by a process of its own, with nothing left to be written by those before it. Inside the timer: reading or
//! generating the input, everything up to the last batch on disk. Closing is told apart. After it, every version is read back from
//! each and compared with the input. morgue and SQLite sync every 1,000 versions, or 8 MiB of text; git once, at its end. git's CPU
//! time and memory are its own alone; those of the others include reading or making the input. SQLite has two rows: what comes in is read
//! and prepared on all cores beside its one writer, as here, or all by one thread, as programs usually do it.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, clippy::indexing_slicing, missing_docs)]

#[path = "common/allocator.rs"]
mod allocator;
mod common;

use common::child::Figures;
use common::process::Clock;
use common::store::{self, Store};
use common::{mb, number, settle};

fn main() {
    let Some((work, directory)) = store::begin(3_000) else { return };
    let begin = Clock::start();
    let (versions, bytes) = work.size();
    println!("{}: {versions} versions, {:.1} MB of text", work.name(), mb(bytes));
    println!("reading or generating them alone takes {:.2} s", begin.read().wall.as_secs_f64());
    println!();
    println!("Ratios: how many times as much as the first row.");
    println!();
    println!(
        "| | versions/s | wall s | ratio | CPU us a version | ratio | closing s | peak MB | disk MB | ratio | allocated MB | disk / text | read back equal |"
    );
    println!("|---|---|---|---|---|---|---|---|---|---|---|---|---|");
    let mut all: Vec<Row> = Store::chosen().into_iter().flat_map(Row::of).collect();
    for round in 0..number("--rounds", 1).max(1) {
        for Row { store, name, options, rounds } in &mut all {
            let path = directory.path().join(format!("{name} {round}"));
            settle();
            rounds.push(store.fill(&path, &[work.options(), options.clone()].concat()));
            std::fs::remove_dir_all(path).unwrap();
        }
    }
    let mut first = None;
    for Row { name, mut rounds, .. } in all {
        rounds.sort_by(|a, b| a.get("wall").total_cmp(&b.get("wall")));
        let middle = rounds.swap_remove(rounds.len() / 2);
        show(&name, &middle, first.as_ref().unwrap_or(&middle), versions, bytes);
        first.get_or_insert(middle);
    }
}

/// A row of the table.
struct Row {
    store: Store,
    name: String,
    options: Vec<(&'static str, String)>,
    rounds: Vec<Figures>,
}

impl Row {
    /// SQLite is filled twice: by as many threads as morgue has, with the same code where it does the same, and by one.
    fn of(store: Store) -> Vec<Self> {
        let row = |name, options| Self { store, name, options, rounds: Vec::new() };
        let own = row(store.name().to_owned(), Vec::new());
        if store != Store::Sqlite {
            return vec![own];
        }
        vec![own, row(format!("{}, one thread", store.name()), vec![("--threads", "1".to_owned())])]
    }
}

fn show(name: &str, figures: &Figures, first: &Figures, versions: u64, bytes: u64) {
    let ratio = |name: &str| figures.get(name) / first.get(name);
    println!(
        "| {} | {:.0} | {:.2} | {:.2} | {:.0} | {:.2} | {:.2} | {:.0} | {:.2} | {:.2} | {:.2} | {:.3} | {} of {versions} |",
        name,
        versions as f64 / figures.get("wall"),
        figures.get("wall"),
        ratio("wall"),
        figures.get("cpu") * 1e6 / versions as f64,
        ratio("cpu"),
        figures.get("closing"),
        mb(figures.get("peak") as u64),
        mb(figures.get("length") as u64),
        ratio("length"),
        mb(figures.get("allocated") as u64),
        figures.get("length") / bytes as f64,
        figures.get("equal"),
    );
    assert_eq!(figures.get("equal") as u64, versions, "a version of {name} is not as it was given");
}
