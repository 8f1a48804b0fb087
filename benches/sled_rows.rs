//! What sled 0.34 writes for large rows in ascending order, with and without keys that were laid out before: the program behind
//! `Engine::reserve`.
//!
//! ```text
//! cargo bench --bench sled_rows -- [--mb 42] [--row-kb 16] [--rows-a-commit 4] [--rows-a-reserve 64] [--index-rows 5159] [--dir DIR]
//! ```
//!
//! It uses sled alone, with segments of 8 MB and nothing of morgue; no syncing. The tables differ in which keys got empty values
//! before their real ones came, so many at a time:
//!
//! - plain: none;
//! - descending: the coming ones, the largest first;
//! - batch: the same in one batch;
//! - ascending: the coming ones, the smallest first;
//! - ahead: as before, and 32 keys more than are about to be written, so that the last leaf of the tree never holds a value.
//!
//! A second table is of small rows under long keys, as those of an index of URLs: `--index-rows` of 240 bytes in batches of 170, of which no
//! more can be known when captures come in batches of 1,000. sled writes the inner node anew for each leaf that is split, so most of the
//! file is neither keys nor values; in the best order, all keys laid out, it is still twice what went in. The same bytes in rows of 64
//! entries each cost next to nothing more than themselves.
//!
//! - as they come: in no order, each batch with its own keys;
//! - ascending: the same sorted;
//! - ascending, ahead: all keys were laid out before;
//! - pages: 64 entries a row, laid out before.
//!
//! Every row is read back.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, clippy::indexing_slicing, missing_docs)]

mod common;

use std::path::Path;
use std::time::Instant;

use common::{directory, number};

/// So many keys are always laid out beyond those that get values.
const AHEAD: u64 = 32;

#[derive(Debug, Clone, Copy, PartialEq)]
enum Layout {
    Plain,
    Descending,
    Batch,
    Ascending,
    Ahead,
}

fn main() {
    println!("| keys with empty values before | MB in | MB of file | ratio | seconds |");
    println!("|---|---|---|---|---|");
    for layout in [Layout::Plain, Layout::Descending, Layout::Batch, Layout::Ascending, Layout::Ahead] {
        run(layout);
    }
    println!("\n| small rows under long keys | MB in | MB of file | ratio |");
    println!("|---|---|---|---|");
    for order in [Small::AsTheyCome, Small::Ascending, Small::Ahead, Small::Pages] {
        run_small(order);
    }
}

/// How small rows are written.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Small {
    AsTheyCome,
    Ascending,
    Ahead,
    Pages,
}

const SMALL_BYTES: usize = 240;
const SMALL_A_BATCH: usize = 170;
const ENTRIES_A_PAGE: usize = 64;

fn run_small(order: Small) {
    let count = number("--index-rows", 5_159);
    // Some sections whose articles are numbered: in the order of time, they come from all over.
    let key =
        |n: u64| format!("ucom,example,www)/news/section-{:02}/article-{:08} https", n * 31 % 60, 57_000_000 + n * 37);
    let mut rows: Vec<(String, Vec<u8>)> = (0..count).map(|n| (key(n), vec![n as u8; SMALL_BYTES])).collect();
    if order != Small::AsTheyCome {
        rows.sort();
    }
    let given: usize = rows.iter().map(|(key, value)| key.len() + value.len()).sum();
    if order == Small::Pages {
        let page = |rows: &[(String, Vec<u8>)]| {
            let bytes: usize = rows.iter().map(|(key, value)| key.len() + value.len()).sum();
            (rows[0].0.clone(), vec![7; bytes])
        };
        rows = rows.chunks(ENTRIES_A_PAGE).map(page).collect();
    }
    let directory = directory();
    let path = directory.path().join("sled");
    let db = open(&path);
    if matches!(order, Small::Ahead | Small::Pages) {
        rows.iter().for_each(|(key, _)| drop(db.insert(key, &[]).unwrap()));
    }
    for rows in rows.chunks(SMALL_A_BATCH) {
        let mut batch = sled::Batch::default();
        rows.iter().for_each(|(key, value)| batch.insert(key.as_bytes(), value.as_slice()));
        db.apply_batch(batch).unwrap();
    }
    db.flush().unwrap();
    assert!(rows.iter().all(|(key, value)| db.get(key).unwrap().unwrap() == *value));
    drop(db);
    let (given, file) = (given as f64 / 1e6, used(&path.join("db")) as f64 / 1e6);
    println!("| {order:?} | {given:.2} | {file:.2} | {:.2} |", file / given);
}

/// The length of a file without the zeros at its end.
fn used(path: &Path) -> u64 {
    let bytes = std::fs::read(path).unwrap();
    bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last as u64 + 1)
}

fn open(path: &Path) -> sled::Db {
    let config = sled::Config::new().path(path).segment_size(8 << 20).cache_capacity(64 << 20).flush_every_ms(None);
    config.open().unwrap()
}

fn run(layout: Layout) {
    let row_bytes = number("--row-kb", 16) * 1_000;
    let rows = number("--mb", 42) * 1_000_000 / row_bytes;
    let (a_commit, a_reserve) = (number("--rows-a-commit", 4), number("--rows-a-reserve", 64));
    let directory = directory();
    let path = directory.path().join("sled");
    let db = open(&path);
    let begin = Instant::now();
    for first in (0..rows).step_by(a_reserve as usize) {
        let end = (first + a_reserve).min(rows);
        lay_out(&db, layout, first, end);
        for first in (first..end).step_by(a_commit as usize) {
            let mut batch = sled::Batch::default();
            for row in first..(first + a_commit).min(end) {
                batch.insert(&row.to_be_bytes(), vec![row as u8; row_bytes as usize]);
            }
            db.apply_batch(batch).unwrap();
        }
    }
    db.flush().unwrap();
    let seconds = begin.elapsed().as_secs_f64();
    for row in 0..rows {
        let value = db.get(row.to_be_bytes()).unwrap().unwrap();
        assert!(value.len() as u64 == row_bytes && value.iter().all(|byte| *byte == row as u8));
    }
    let file = std::fs::metadata(path.join("db")).unwrap().len() as f64 / 1e6;
    let given = (rows * row_bytes) as f64 / 1e6;
    println!("| {layout:?} | {given:.1} | {file:.1} | {:.2} | {seconds:.2} |", file / given);
}

fn lay_out(db: &sled::Db, layout: Layout, first: u64, end: u64) {
    match layout {
        Layout::Plain => {}
        Layout::Descending => (first..end).rev().for_each(|row| drop(db.insert(row.to_be_bytes(), &[]).unwrap())),
        Layout::Ascending => (first..end).for_each(|row| drop(db.insert(row.to_be_bytes(), &[]).unwrap())),
        Layout::Ahead => {
            let first = if first == 0 { 0 } else { first + AHEAD };
            (first..end + AHEAD).for_each(|row| drop(db.insert(row.to_be_bytes(), &[]).unwrap()));
        }
        Layout::Batch => {
            let mut batch = sled::Batch::default();
            (first..end).rev().for_each(|row| batch.insert(&row.to_be_bytes(), &[]));
            db.apply_batch(batch).unwrap();
        }
    }
}
