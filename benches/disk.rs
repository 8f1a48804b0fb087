//! What the same versions take on the disk: in morgue, in SQLite, in git, and packed all at once.
//!
//! ```text
//! cargo bench --bench disk -- [--corpus digitalgov] [--corpora DIR] [--stores sled,fjall,sqlite,git] [--fresh] [--dir DIR]
//! ```
//!
//! Without `--corpus`, all corpora that are there: digitalgov, cnn_lite_multi, bbc_headlines, wikihist. Every version is read back
//! from every store and compared; a compressor's output is not. Git gets one commit a version. What git's garbage collection
//! and the compressors come to is kept between runs under cargo's target directory, by the input's hash, and marked
//! "kept"; `--fresh` makes it anew.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, clippy::indexing_slicing, missing_docs)]

mod common;

use common::child::part;
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

fn main() {
    if part().is_some() {
        return store::answer();
    }
    match option("--corpus") {
        Some(corpus) => measure(&corpus),
        None => CORPORA.iter().for_each(|(corpus, _)| measure(corpus)),
    }
}

fn measure(corpus: &str) {
    let Some(work) = Work::named(corpus) else { return };
    let (versions, bytes) = work.size();
    println!("\n{corpus}: {versions} versions, {:.1} MB of text\n", mb(bytes));
    let directory = directory();
    let mut rows = Vec::new();
    for store in Store::chosen() {
        let path = directory.path().join(store.name());
        let figures = store.fill(&path, &work.options());
        let disk = Disk { length: figures.get("length") as u64, allocated: figures.get("allocated") as u64 };
        let note = equal(figures.get("equal") as u64, versions);
        rows.push(Row { name: format!("{}, after ingest", store.name()), disk, seconds: figures.get("wall"), note });
    }
    for peer in Peer::ALL {
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
    println!("| | MB | allocated MB | / git gc | / SQLite | / xz | / text | made in s | read back equal |");
    println!("|---|---|---|---|---|---|---|---|---|");
    let length = |name: &str| rows.iter().find(|row| row.name.starts_with(name)).map(|row| row.disk.length);
    let packs = [Layout::Folders, Layout::Flat].map(|layout| length(Peer::Git(layout).name()));
    let (git, sqlite, xz) = (packs.into_iter().flatten().min(), length(Store::Sqlite.name()), length(Peer::Xz.name()));
    for Row { name, disk, seconds, note } in rows {
        let share = |of: Option<u64>| of.map_or(String::new(), |of| format!("{:.2}", disk.length as f64 / of as f64));
        println!(
            "| {name} | {:.2} | {:.2} | {} | {} | {} | {:.3} | {seconds:.1} | {note} |",
            mb(disk.length),
            mb(disk.allocated),
            share(git),
            share(sqlite),
            share(xz),
            disk.length as f64 / bytes as f64,
        );
    }
}
