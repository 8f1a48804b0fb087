//! The fill that makes sled 0.34 deadlock (spacejam/sled #1412) when its segments are small: values of 2,000 bytes,
//! ascending keys, commits of 4 rows, a flush every 8 MB.
//!
//! ```text
//! cargo bench --bench soak -- [--mb 400] [--runs 1] [--flush-mb 8] [--stall-seconds 20] [--dir DIR]
//! cargo bench --bench soak --features testing -- --segment 512k --runs 10
//! ```
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
    let size = engine.size_on_disk().unwrap() / 1_000_000;
    let mean = in_commits / commits;
    println!("{mb} MB in {:.1?}: {size} MB on disk, a commit {mean:.1?}, slowest {slowest:.1?}", begin.elapsed());
    ExitCode::SUCCESS
}

fn option(words: &[String], name: &str) -> Option<String> {
    let at = words.iter().position(|word| word == name)?;
    words.get(at + 1).cloned()
}

#[cfg(feature = "testing")]
fn with_segment(options: SledOptions, segment: Option<String>) -> SledOptions {
    let Some(segment) = segment else { return options };
    let (digits, unit) = segment.split_at(segment.trim_end_matches(['k', 'm']).len());
    let unit = match unit {
        "k" => 1 << 10,
        "m" => 1 << 20,
        _ => 1,
    };
    options.segment_bytes(digits.parse::<usize>().unwrap() * unit)
}

#[cfg(not(feature = "testing"))]
fn with_segment(options: SledOptions, segment: Option<String>) -> SledOptions {
    assert!(segment.is_none(), "--segment needs --features testing");
    options
}
