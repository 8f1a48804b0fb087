//! A disk that is full is an I/O error, costs nothing that was acknowledged, and leaves no commit in part.
//!
//! The full disk is a limit on the size of files (`ulimit -f`), so the writer is a process of its own: this test again.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::print_stdout, reason = "a test")]
#![cfg(unix)]

mod engines;

use std::collections::BTreeMap;
use std::ops::Bound::Unbounded;
use std::path::Path;
use std::process::Command;

use morgue::EngineKind;
use morgue::engine::{Commit, Durability, Engine, Error, Order};

const DIRECTORY: &str = "MORGUE_TEST_FULL_DISK";
const ENGINE: &str = "MORGUE_TEST_FULL_DISK_ENGINE";
const SYNCED: &str = "MORGUE_TEST_FULL_DISK_SYNCED";
/// File too large; the number is the same on every Unix that matters, and so is that of a full disk.
const EFBIG: i32 = 27;
const ENOSPC: i32 = 28;
/// How much is written before one commit comes that is larger than any file may be: an engine that begins a new file in time would
/// never find the disk full.
const SMALL_COMMITS_BYTES: u32 = 96 << 20;
const LARGE_COMMIT_ROWS: u32 = 40_000;
const VALUE_BYTES: u32 = 2000;

#[test]
fn a_full_disk_is_an_io_error_and_loses_nothing_acknowledged() {
    for engine in engines::all() {
        // Between commits that are small and such as straddle segments of sled, at several places of a segment.
        for (rows, synced_every) in [(16, 10), (300, 1), (300, 7), (1500, 3)] {
            fill(engine, rows, synced_every);
        }
    }
}

/// So many blocks of 512 bytes a file may have. A journal of fjall is 64 MiB long from the beginning.
fn limit(engine: EngineKind) -> &'static str {
    if engine == EngineKind::Fjall { "131072" } else { "40960" }
}

fn fill(engine: EngineKind, rows: u32, synced_every: u32) {
    let directory = tempfile::tempdir().unwrap();
    let script = r#"trap "" XFSZ; ulimit -f "$1"; exec "$0" --exact fill_until_full --nocapture"#;
    let output = Command::new("sh")
        .args(["-c", script])
        .arg(std::env::current_exe().unwrap())
        .arg(limit(engine))
        .env(DIRECTORY, directory.path())
        .env(ENGINE, engine.name())
        .env(SYNCED, format!("{rows} {synced_every}"))
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    let acknowledged = text.lines().find_map(|line| line.split_once("acknowledged ")).unwrap().1.parse().unwrap();
    assert!(acknowledged > 0, "{text}");
    let engine = engines::open(engine, directory.path(), false).unwrap();
    verify(&*engine, rows, acknowledged);
    engine.commit(&commit(u32::MAX, 1), Durability::Synced).unwrap();
}

/// Does nothing but in the process that the test above starts.
#[test]
fn fill_until_full() {
    let (Some(directory), Ok(plan)) = (std::env::var_os(DIRECTORY), std::env::var(SYNCED)) else { return };
    let (rows, synced_every) = plan.split_once(' ').unwrap();
    let (rows, synced_every): (u32, u32) = (rows.parse().unwrap(), synced_every.parse().unwrap());
    let directory = Path::new(&directory);
    let kind: EngineKind = std::env::var(ENGINE).unwrap().parse().unwrap();
    let engine = engines::open(kind, directory, true).unwrap();
    let mut acknowledged = 0;
    let small = SMALL_COMMITS_BYTES / VALUE_BYTES / rows;
    let error = (0..=small)
        .find_map(|n| {
            let synced = n % synced_every == 0;
            let durability = if synced { Durability::Synced } else { Durability::Buffered };
            let rows = if n == small { LARGE_COMMIT_ROWS } else { rows };
            let result = engine.commit(&commit(n, rows), durability);
            if result.is_ok() && synced {
                acknowledged = n + 1;
            }
            result.err()
        })
        .unwrap();
    let Error::Io { path, source, .. } = &error else { panic!("{error:?}") };
    assert!(path.starts_with(directory));
    assert!(matches!(source.raw_os_error(), Some(EFBIG | ENOSPC)), "{source:?}");
    let later = engine.commit(&commit(0, 1), Durability::Buffered);
    assert!(matches!(later, Err(Error::Failed { .. })), "{later:?}");
    assert!(matches!(engine.get(b"k"), Err(Error::Failed { .. })));
    drop(engine);
    // The directory is free again in this very process. Opening writes a little, so it may find the disk full once more.
    match engines::open(kind, directory, false) {
        Ok(engine) => verify(&*engine, rows, acknowledged),
        Err(error) => assert!(matches!(error, Error::Io { .. }), "{error:?}"),
    }
    println!("\nacknowledged {acknowledged}");
}

fn commit(n: u32, rows: u32) -> Commit {
    let key = |row: u32| [n.to_be_bytes(), row.to_be_bytes()].concat();
    let writes = (0..rows).map(|row| (key(row), Some(vec![n as u8; VALUE_BYTES as usize]))).collect();
    Commit { writes, ..Commit::default() }
}

fn verify(engine: &dyn Engine, rows: u32, acknowledged: u32) {
    let mut found = BTreeMap::<u32, u32>::new();
    for row in engine.scan((Unbounded, Unbounded), Order::Ascending) {
        let (key, value) = row.unwrap();
        let n = u32::from_be_bytes(*key.first_chunk().unwrap());
        assert!(value.len() == VALUE_BYTES as usize && value.iter().all(|byte| *byte == n as u8));
        *found.entry(n).or_default() += 1;
    }
    assert!((0..acknowledged).all(|n| found.contains_key(&n)), "{acknowledged} acknowledged, {} kept", found.len());
    assert!(
        found.values().all(|count| [rows, LARGE_COMMIT_ROWS].contains(count)),
        "commits in part: {rows} rows, {found:?}"
    );
}
