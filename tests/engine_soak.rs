//! The fill that makes sled 0.34 deadlock when its segments are small, at a size that a test can afford. `benches/soak.rs`
//! runs it at full size.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::print_stdout, reason = "a test")]

use std::ops::Bound::Unbounded;

use morgue::engine::{Commit, Durability, Engine, Order, SledEngine, SledOptions};

const ROWS: u64 = 30_000;
const ROWS_A_COMMIT: usize = 4;
const ROWS_A_FLUSH: u64 = 4_000;

#[test]
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
