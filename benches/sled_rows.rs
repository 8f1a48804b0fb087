//! What sled 0.34 writes for large rows in ascending order, with and without keys that were laid out before: the program behind
//! `Engine::reserve`.
//!
//! ```text
//! cargo bench --bench sled_rows -- [--mb 42] [--row-kb 16] [--rows-a-commit 4] [--rows-a-reserve 64] [--dir DIR]
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
//! Every row is read back.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, clippy::indexing_slicing, missing_docs)]

mod common;

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
}

fn run(layout: Layout) {
    let row_bytes = number("--row-kb", 16) * 1_000;
    let rows = number("--mb", 42) * 1_000_000 / row_bytes;
    let (a_commit, a_reserve) = (number("--rows-a-commit", 4), number("--rows-a-reserve", 64));
    let directory = directory();
    let path = directory.path().join("sled");
    let config = sled::Config::new().path(&path).segment_size(8 << 20).cache_capacity(64 << 20).flush_every_ms(None);
    let db = config.open().unwrap();
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
