//! The fill that makes sled 0.34 deadlock (spacejam/sled #1412) when its segments are small: values of 2,000 bytes,
//! ascending keys, commits of 4 rows, a flush every 8 MB.
//!
//! ```text
//! cargo bench --bench soak -- [--bare] [--mb 400] [--runs 1] [--flush-mb 8] [--stall-seconds 20] [--dir DIR]
//! cargo bench --bench soak --features testing -- --segment 512k --runs 10
//! ```
//!
//! `--bare` fills sled without the engine around it, to see what the engine costs; it waits for ever where sled hangs.
//!
//! Each run is a process of its own, since a store that hangs stays for as long as its process. Ends with 1 when a run hung.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, clippy::indexing_slicing, missing_docs)]

use std::path::Path;
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

use morgue::engine::{Commit, Durability, Engine, SledEngine, SledOptions};

const VALUE_BYTES: u64 = 2000;
const ROWS_A_COMMIT: u64 = 4;
const ONE_RUN: &str = "--one-run";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let number = |name: &str, default| option(&words, name).map_or(default, |word| word.parse().unwrap());
    if words.iter().any(|word| word == ONE_RUN) {
        let options =
            SledOptions::default().create(true).stall_after(Duration::from_secs(number("--stall-seconds", 20)));
        let options = with_segment(options, option(&words, "--segment"));
        let directory = tempfile::tempdir_in(option(&words, "--dir").unwrap_or_else(|| ".".to_owned())).unwrap();
        if words.iter().any(|word| word == "--bare") {
            let segment = option(&words, "--segment").map_or(8 << 20, |text| bytes(&text));
            return run_bare(directory.path(), segment, number("--mb", 400), number("--flush-mb", 8));
        }
        return run(directory.path(), &options, number("--mb", 400), number("--flush-mb", 8));
    }
    let runs = number("--runs", 1);
    let failed = (0..runs).filter(|_| {
        let status = Command::new(std::env::current_exe().unwrap()).args(&words).arg(ONE_RUN).status().unwrap();
        !status.success()
    });
    let failed = failed.count();
    println!("{failed} of {runs} runs failed");
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn run(directory: &Path, options: &SledOptions, mb: u64, flush_mb: u64) -> ExitCode {
    let begin = Instant::now();
    let engine = SledEngine::open(directory, options).unwrap();
    let rows = mb * 1_000_000 / VALUE_BYTES;
    let rows_a_flush = (flush_mb * 1_000_000 / VALUE_BYTES / ROWS_A_COMMIT).max(1) * ROWS_A_COMMIT;
    let (mut slowest, mut commits, mut in_commits) = (Duration::ZERO, 0, Duration::ZERO);
    for first in (0..rows).step_by(ROWS_A_COMMIT as usize) {
        let keys = first..first + ROWS_A_COMMIT;
        let writes = keys.map(|n| (n.to_be_bytes().to_vec(), Some(vec![n as u8; VALUE_BYTES as usize]))).collect();
        let commit = Commit { writes, ..Commit::default() };
        let start = Instant::now();
        let result = engine.commit(&commit, Durability::Buffered);
        (commits, in_commits, slowest) = (commits + 1, in_commits + start.elapsed(), slowest.max(start.elapsed()));
        let result = if first % rows_a_flush == 0 { result.and_then(|()| engine.flush()) } else { result };
        if let Err(error) = result {
            println!("HUNG or failed at row {first} of {rows}: {error}");
            return ExitCode::FAILURE;
        }
    }
    engine.flush().unwrap();
    let empty = time_of(10_000, || engine.commit(&Commit::default(), Durability::Buffered).unwrap());
    let three = (0_u8..3).map(|n| (vec![0xff, n], Some(vec![n; 60]))).collect();
    let small = Commit { writes: three, ..Commit::default() };
    let small = time_of(10_000, || engine.commit(&small, Durability::Buffered).unwrap());
    println!("an empty commit takes {empty:.1?}, one of 3 small rows {small:.1?}");
    let size = engine.size_on_disk().unwrap() / 1_000_000;
    let mean = in_commits / commits;
    println!("{mb} MB in {:.1?}: {size} MB on disk, a commit {mean:.1?}, slowest {slowest:.1?}", begin.elapsed());
    ExitCode::SUCCESS
}

fn run_bare(directory: &Path, segment: usize, mb: u64, flush_mb: u64) -> ExitCode {
    let begin = Instant::now();
    let config = sled::Config::new().path(directory).segment_size(segment).cache_capacity(64 << 20);
    let db = config.flush_every_ms(None).open().unwrap();
    let rows = mb * 1_000_000 / VALUE_BYTES;
    let rows_a_flush = (flush_mb * 1_000_000 / VALUE_BYTES / ROWS_A_COMMIT).max(1) * ROWS_A_COMMIT;
    let (mut commits, mut in_commits) = (0, Duration::ZERO);
    for first in (0..rows).step_by(ROWS_A_COMMIT as usize) {
        let mut batch = sled::Batch::default();
        for n in first..first + ROWS_A_COMMIT {
            batch.insert(&n.to_be_bytes(), vec![n as u8; VALUE_BYTES as usize]);
        }
        let start = Instant::now();
        db.apply_batch(batch).unwrap();
        (commits, in_commits) = (commits + 1, in_commits + start.elapsed());
        if first % rows_a_flush == 0 {
            db.flush().unwrap();
        }
    }
    db.flush().unwrap();
    let small = time_of(10_000, || {
        let mut batch = sled::Batch::default();
        (0_u8..3).for_each(|n| batch.insert(&[0xff, n], vec![n; 60]));
        db.apply_batch(batch).unwrap();
    });
    println!("bare sled: a commit of 3 small rows takes {small:.1?}");
    println!("bare sled: {mb} MB in {:.1?}, a commit {:.1?}", begin.elapsed(), in_commits / commits);
    ExitCode::SUCCESS
}

fn time_of(times: u32, call: impl Fn()) -> Duration {
    let begin = Instant::now();
    (0..times).for_each(|_| call());
    begin.elapsed() / times
}

fn option(words: &[String], name: &str) -> Option<String> {
    let at = words.iter().position(|word| word == name)?;
    words.get(at + 1).cloned()
}

/// Reads `512k` or `8m`.
fn bytes(text: &str) -> usize {
    let (digits, unit) = text.split_at(text.trim_end_matches(['k', 'm']).len());
    let unit = match unit {
        "k" => 1 << 10,
        "m" => 1 << 20,
        _ => 1,
    };
    digits.parse::<usize>().unwrap() * unit
}

#[cfg(feature = "testing")]
fn with_segment(options: SledOptions, segment: Option<String>) -> SledOptions {
    segment.map_or(options.clone(), |text| options.segment_bytes(bytes(&text)))
}

#[cfg(not(feature = "testing"))]
fn with_segment(options: SledOptions, segment: Option<String>) -> SledOptions {
    assert!(segment.is_none(), "--segment needs --features testing");
    options
}
