//! The fill that makes sled 0.34 deadlock when its segments are small, at a size that a test can afford: `benches/soak.rs` runs it
//! at full size. And the reading after which it keeps all that was read.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::print_stdout, reason = "a test")]

use std::ops::Bound::Unbounded;

use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

use morgue::engine::{Commit, Durability, Engine, Order, SledEngine, SledOptions};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<std::alloc::System> = &INSTRUMENTED_SYSTEM;

const ROWS: u64 = 30_000;
const ROWS_A_COMMIT: usize = 4;
const ROWS_A_FLUSH: u64 = 4_000;

// One test, since what others allocate meanwhile would be counted.
#[test]
fn a_long_fill_ends_and_is_all_there_and_large_rows_do_not_stay_in_memory() {
    a_long_fill_ends_and_is_all_there();
    for (bytes, rows) in [(20_000, 12_000), (3_000, 40_000)] {
        large_rows_do_not_stay_in_memory(bytes, rows);
    }
}

fn large_rows_do_not_stay_in_memory(bytes: usize, rows: u64) {
    let directory = tempfile::tempdir().unwrap();
    let options = SledOptions::default().create(true).cache_bytes(1 << 20);
    let engine = SledEngine::open(directory.path(), &options).unwrap();
    let row = |n: u64| (n.to_be_bytes().to_vec(), Some(vec![n as u8; bytes]));
    for first in (0..rows).step_by(16) {
        let writes = (first..(first + 16).min(rows)).map(row).collect();
        engine.commit(&Commit { writes, ..Commit::default() }, Durability::Buffered).unwrap();
    }
    engine.flush().unwrap();
    drop(engine);
    let engine = SledEngine::open(directory.path(), &options).unwrap();
    let kept = |read: &dyn Fn()| {
        let region = Region::new(ALLOCATOR);
        read();
        let change = region.change();
        change.bytes_allocated.saturating_sub(change.bytes_deallocated) >> 20
    };
    let scanned = kept(&|| {
        let all = engine.scan((Unbounded, Unbounded), Order::Ascending);
        assert_eq!(all.map(Result::unwrap).filter(|(_, value)| value.len() == bytes).count() as u64, rows);
    });
    let got = kept(&|| (0..rows).for_each(|n| assert_eq!(engine.get(&n.to_be_bytes()).unwrap().unwrap().len(), bytes)));
    let all = (rows as usize * bytes) >> 20;
    // sled keeps a page in each of 256 shards, whatever the size.
    assert!(scanned + got < all / 2, "of {all} MB in rows of {bytes} bytes {scanned} stay after a scan, {got} more");
}

fn a_long_fill_ends_and_is_all_there() {
    let directory = tempfile::tempdir().unwrap();
    let engine = SledEngine::open(directory.path(), &SledOptions::default().create(true)).unwrap();
    let rows: Vec<u64> = (0..ROWS).collect();
    for rows in rows.chunks(ROWS_A_COMMIT) {
        let writes = rows.iter().map(|n| (n.to_be_bytes().to_vec(), Some(vec![*n as u8; 2000]))).collect();
        engine.commit(&Commit { writes, ..Commit::default() }, Durability::Buffered).unwrap();
        if rows[0] % ROWS_A_FLUSH == 0 {
            engine.flush().unwrap();
        }
    }
    drop(engine);
    let engine = SledEngine::open(directory.path(), &SledOptions::default()).unwrap();
    let mut next = 0_u64;
    for row in engine.scan((Unbounded, Unbounded), Order::Ascending) {
        let (key, value) = row.unwrap();
        assert_eq!(key, next.to_be_bytes());
        assert!(value.len() == 2000 && value.iter().all(|byte| *byte == next as u8));
        next += 1;
    }
    assert_eq!(next, ROWS);
}
