//! A damaged store gives rows or an error: no panic, no endless wait, and a process that can end.
//!
//! Each trial is a process of its own, this test again, so that a hang or an abort is seen for what it is.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::print_stdout, reason = "a test")]

mod engines;

use std::collections::BTreeMap;
use std::fs;
use std::ops::Bound::Unbounded;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use morgue::EngineKind;
use morgue::engine::{Commit, Durability, Order, quiet_panics};

const DIRECTORY: &str = "MORGUE_TEST_DAMAGED";
const ENGINE: &str = "MORGUE_TEST_DAMAGED_ENGINE";
const TRIALS: &str = "MORGUE_TEST_TRIALS";
const ROWS: u32 = 20_000;
const LIMIT: Duration = Duration::from_secs(60);

#[test]
fn a_damaged_store_gives_rows_or_an_error() {
    let trials = std::env::var(TRIALS).map_or(60, |trials| trials.parse().unwrap());
    for engine in engines::all() {
        let sound = tempfile::tempdir().unwrap();
        make_store(engine, sound.path());
        let mut outcomes = BTreeMap::<(&str, String), u32>::new();
        for seed in 0..trials {
            let trial = tempfile::tempdir().unwrap();
            copy(sound.path(), trial.path());
            let kind = damage(trial.path(), seed);
            let outcome = read_elsewhere(engine, trial.path(), seed, kind);
            *outcomes.entry((kind, outcome)).or_default() += 1;
        }
        for ((kind, outcome), count) in outcomes {
            println!("{engine:6} {count:4} {kind:16} {outcome}");
        }
    }
}

/// Does nothing but in the processes that the test above starts.
#[test]
fn read_all() {
    let Some(directory) = std::env::var_os(DIRECTORY) else { return };
    quiet_panics();
    let engine = std::env::var(ENGINE).unwrap().parse().unwrap();
    let outcome = match engines::open(engine, Path::new(&directory), false) {
        Err(error) => format!("opening fails: {error}"),
        Ok(engine) => {
            let (mut good, mut wrong, mut failure) = (0, 0, None);
            for row in engine.scan((Unbounded, Unbounded), Order::Ascending) {
                match row {
                    Ok((key, value)) => {
                        let n = u32::from_be_bytes(*key.first_chunk().unwrap_or(&[0xff; 4]));
                        if n < ROWS && value == row_value(n) { good += 1 } else { wrong += 1 }
                    }
                    Err(error) => failure = Some(error),
                }
            }
            let write = Commit { writes: vec![(vec![0xff; 8], Some(vec![1]))], ..Commit::default() };
            let written = engine.commit(&write, Durability::Synced);
            let written = written.map_or_else(|error| format!("; writing fails: {error}"), |()| String::new());
            match failure {
                Some(error) => format!("reading fails: {error}"),
                None if wrong > 0 => format!("WRONG ROWS{written}"),
                None if good == ROWS => format!("all rows are there{written}"),
                None => format!("ROWS ARE MISSING SILENTLY{written}"),
            }
        }
    };
    println!("\noutcome {outcome}");
}

/// Runs [`read_all`] in a process of its own and returns what it found.
fn read_elsewhere(engine: EngineKind, directory: &Path, seed: u64, kind: &str) -> String {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "read_all", "--nocapture"])
        .env(DIRECTORY, directory)
        .env(ENGINE, engine.name())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let end = Instant::now() + LIMIT;
    let status = loop {
        match child.try_wait().unwrap() {
            Some(status) => break status,
            None if Instant::now() > end => {
                child.kill().unwrap();
                panic!("{engine}, seed {seed} ({kind}) hangs");
            }
            None => std::thread::sleep(Duration::from_millis(5)),
        }
    };
    let output = child.wait_with_output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(status.success() && error.is_empty(), "{engine}, seed {seed} ({kind}): {status}\n{text}{error}");
    let outcome = text.lines().find_map(|line| line.strip_prefix("outcome ")).unwrap();
    // Paths and numbers would make every outcome one of its own.
    let outcome = outcome.replace(&directory.display().to_string(), "DIR");
    outcome.chars().map(|c| if c.is_ascii_digit() { '#' } else { c }).take(150).collect::<String>().replace("##", "#")
}

fn row_value(n: u32) -> Vec<u8> {
    let mut value = format!("row {n} ").repeat(40).into_bytes();
    value.extend(n.wrapping_mul(0x9e37_79b9).to_be_bytes());
    value
}

/// Three processes' worth of commits, with rows that are overwritten and rows that are deleted; the last process was killed.
fn make_store(engine: EngineKind, directory: &Path) {
    for round in 0..3 {
        let engine = engines::open(engine, directory, true).unwrap();
        let rows: Vec<u32> = (0..ROWS).filter(|n| round == 0 || n % 5 == round).collect();
        for rows in rows.chunks(16) {
            let mut writes: Vec<_> = rows.iter().map(|n| (n.to_be_bytes().to_vec(), Some(row_value(*n)))).collect();
            let gone = |n: u32| [0xee, n as u8].to_vec();
            writes.push((gone(rows[0]), Some(vec![1; 500])));
            engine.commit(&Commit { writes, ..Commit::default() }, Durability::Buffered).unwrap();
            let delete = vec![(gone(rows[0]), None)];
            engine.commit(&Commit { writes: delete, ..Commit::default() }, Durability::Buffered).unwrap();
        }
        engine.flush().unwrap();
        if round == 2 {
            // As a kill leaves it: flushed, not closed.
            std::mem::forget(engine);
        }
    }
}

/// Damages one file and returns how. Where the dice fall depends on the seed alone.
fn damage(directory: &Path, seed: u64) -> &'static str {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x5851_f42d_4c95_7f2d;
    let mut below = |end: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % end.max(1)
    };
    let mut files = files(directory);
    files.retain(|path| path.file_name().is_some_and(|name| name != "lock"));
    files.sort();
    // Mostly the largest file, since it holds most rows: sled's log, a table or the journal of fjall.
    let main = files.iter().max_by_key(|path| fs::metadata(path).unwrap().len()).unwrap().clone();
    let path = if below(4) > 0 { main.clone() } else { files[below(files.len() as u64) as usize].clone() };
    let mut bytes = fs::read(&path).unwrap();
    let length = bytes.len() as u64;
    let at_main = path == main;
    let kind = below(5);
    match kind {
        0 | 1 => {
            for _ in 0..if kind == 0 { 1 } else { 4 } {
                let at = below(length) as usize;
                let bit = below(8);
                if let Some(byte) = bytes.get_mut(at) {
                    *byte ^= 1 << bit;
                }
            }
        }
        2 => bytes.truncate(below(length) as usize),
        3 => {
            let at = below(length) as usize;
            bytes.iter_mut().skip(at).take(4096).for_each(|byte| *byte = 0);
        }
        _ => {
            fs::remove_file(&path).unwrap();
            return if at_main { "main removed" } else { "file removed" };
        }
    }
    fs::write(&path, bytes).unwrap();
    match (kind, at_main) {
        (0, true) => "main, 1 bit",
        (1, true) => "main, 4 bits",
        (2, true) => "main cut",
        (_, true) => "main, 4 KB zero",
        (0 | 1, false) => "other, bits",
        (2, false) => "other cut",
        (_, false) => "other zero",
    }
}

fn files(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let to = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &to)
        } else {
            fs::copy(entry.path(), to).unwrap();
        }
    }
}
