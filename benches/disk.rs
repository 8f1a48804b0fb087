//! What the same versions take on the disk: in morgue, in SQLite, in git, and packed all at once.
//!
//! ```text
//! cargo bench --bench disk -- [--corpus digitalgov] [--corpora DIR] [--stores sled,fjall,sqlite,git] [--fresh] [--by-time] [--dir DIR]
//! ```
//!
//! Without `--corpus`, all corpora that are there: digitalgov, cnn_lite_multi, bbc_headlines, wikihist. Every version is read back
//! from every store and compared; a compressor's output is not. Git gets one commit a version. What git's garbage collection
//! and the compressors come to is kept between runs under cargo's target directory, by the input's hash, and marked
//! "kept"; `--fresh` makes it anew. Sizes are told as lengths of files and as what the disk gives to them, which is less where a file
//! has holes, as sled's do; shares and goals are of the latter. Everything that a compressor is given are keys, times and texts.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, clippy::indexing_slicing, missing_docs)]

#[path = "common/allocator.rs"]
mod allocator;
mod common;

use common::child::{Figures, part};
use common::git::Layout;
use common::peers::{Packed, Peer};
use common::store::{self, Store};
use common::work::{CORPORA, Work};
use common::{Disk, directory, mb, option};

/// A row of the table.
struct Row {
    name: String,
    disk: Disk,
    seconds: f64,
    note: String,
}

const INGESTED: &str = "after ingest";
const COMPACTED: &str = "after compact";

impl Row {
    fn of(store: Store, when: &str, figures: &Figures, versions: u64) -> Self {
        let disk = Disk { length: figures.get("length") as u64, allocated: figures.get("allocated") as u64 };
        let note = equal(figures.get("equal") as u64, versions);
        // SQLite's own word for it.
        let when = if store == Store::Sqlite && when == COMPACTED { "after VACUUM" } else { when };
        Self { name: format!("{}, {when}", store.name()), disk, seconds: figures.get("wall"), note }
    }

    /// What an archive's size is held to: a share of git's packs once it is compacted, and of SQLite before.
    fn goal(&self, git: Option<u64>, sqlite: Option<u64>) -> String {
        let is_archive = self.name.starts_with("morgue");
        let (share, of) = match () {
            () if is_archive && self.name.ends_with(COMPACTED) => (GOAL_GIT, git),
            () if is_archive => (GOAL_SQLITE, sqlite),
            () => return String::new(),
        };
        let Some(of) = of else { return String::new() };
        let word = if self.disk.allocated as f64 <= share * of as f64 { "met" } else { "MISSED" };
        let peer = if share == GOAL_GIT { "git gc" } else { "SQLite" };
        format!("{share} of {peer}: {word}")
    }
}

const GOAL_GIT: f64 = 0.85;
const GOAL_SQLITE: f64 = 0.5;

fn main() {
    if let Some(part) = part() {
        return store::answer(&part);
    }
    match option("--corpus") {
        Some(corpus) => measure(&corpus),
        None => CORPORA.iter().for_each(|(corpus, _)| measure(corpus)),
    }
}

fn measure(corpus: &str) {
    let Some(work) = Work::named(corpus) else { return };
    let directory = directory();
    let work = work.in_order(directory.path());
    let (versions, bytes) = work.size();
    println!("\n{}: {versions} versions, {:.1} MB of text\n", work.name(), mb(bytes));
    let mut rows = Vec::new();
    for store in Store::chosen() {
        let path = directory.path().join(store.name());
        let figures = store.fill(&path, &work.options());
        rows.push(Row::of(store, INGESTED, &figures, versions));
        // Git's packs come below: they take minutes, and are kept between runs.
        if store != Store::Git {
            rows.push(Row::of(store, COMPACTED, &store.compact(&path, &work.options()), versions));
        }
    }
    for peer in Peer::ALL {
        // The story of an export is one file in any layout.
        if peer == Peer::Git(Layout::Flat) && work.is_export() {
            continue;
        }
        rows.extend(peer.pack(&work).map(|packed| row(peer, packed, versions)));
    }
    show(&rows, bytes);
}

fn row(peer: Peer, packed: Packed, versions: u64) -> Row {
    let read = if matches!(peer, Peer::Git(_)) { equal(packed.equal, versions) } else { "not read".to_owned() };
    let note = if packed.is_kept { read + ", kept from an earlier run" } else { read };
    Row { name: peer.name().to_owned(), disk: packed.disk, seconds: packed.seconds, note }
}

fn equal(equal: u64, versions: u64) -> String {
    assert_eq!(equal, versions, "a version is not as it was given");
    format!("{equal} of {versions}")
}

/// Each row beside the smaller of git's packs, SQLite and xz, as a share of theirs.
fn show(rows: &[Row], bytes: u64) {
    println!(
        "| | MB | allocated MB | / git gc | / SQLite | / xz | / zstd | / text | made in s | read back equal | goal |"
    );
    println!("|---|---|---|---|---|---|---|---|---|---|---|");
    let disk_of = |name: &str| rows.iter().find(|row| row.name.starts_with(name)).map(|row| row.disk.allocated);
    let packs = [Layout::Folders, Layout::Flat].map(|layout| disk_of(Peer::Git(layout).name()));
    let git = packs.into_iter().flatten().min();
    // The first of its rows: as ingested.
    let sqlite = disk_of(Store::Sqlite.name());
    let (xz, zstd) = (disk_of(Peer::Xz.name()), disk_of(Peer::Zstd.name()));
    for row in rows {
        let Row { name, disk, seconds, note } = row;
        let share =
            |of: Option<u64>| of.map_or(String::new(), |of| format!("{:.2}", disk.allocated as f64 / of as f64));
        println!(
            "| {name} | {:.2} | {:.2} | {} | {} | {} | {} | {:.3} | {seconds:.1} | {note} | {} |",
            mb(disk.length),
            mb(disk.allocated),
            share(git),
            share(sqlite),
            share(xz),
            share(zstd),
            disk.allocated as f64 / bytes as f64,
            row.goal(git, sqlite),
        );
    }
}
