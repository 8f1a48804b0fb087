//! What the benches share: generated news, and what the system says of a process.
//!
//! The news is of invented words and depends on nothing but a story's number, so that every run does the same work and each
//! text can be made again to be compared with what was read.

// Each bench uses a part of this.
#![allow(dead_code)]

#[cfg(feature = "exchange")]
pub(crate) mod aeb;
pub(crate) mod child;
pub(crate) mod git;
pub(crate) mod news;
pub(crate) mod pairs;
#[cfg(feature = "exchange")]
pub(crate) mod peers;
pub(crate) mod process;
pub(crate) mod sqlite;
#[cfg(feature = "exchange")]
pub(crate) mod store;
pub(crate) mod wikihist;
#[cfg(feature = "exchange")]
pub(crate) mod work;

use std::path::{Path, PathBuf};
use std::time::Duration;

use morgue::OpenOptions;
use tempfile::TempDir;

/// Returns what follows `name` on the command line.
pub(crate) fn option(name: &str) -> Option<String> {
    let mut words = std::env::args().skip_while(|word| word != name);
    words.next();
    words.next()
}

/// Returns the number that follows `name` on the command line.
pub(crate) fn number(name: &str, default: u64) -> u64 {
    option(name).map_or(default, |word| word.replace('_', "").parse().expect("a number"))
}

/// Returns how an archive is opened: with `--engine E`, or with the engine that it has, and with `--cache-mb N` of cache.
pub(crate) fn open_options() -> OpenOptions {
    let engine = option("--engine").map(|engine| engine.parse().expect("an engine"));
    let options = OpenOptions::default();
    OpenOptions { engine, cache_bytes: number("--cache-mb", options.cache_bytes >> 20) << 20, ..options }
}

/// Has the system write what others have left, so that nobody pays for it in place of them.
pub(crate) fn settle() {
    if !std::process::Command::new("sync").status().is_ok_and(|status| status.success()) {
        println!("there is no `sync`: a store may pay for what those before it left to be written");
    }
}

/// Returns an empty directory on a disk, under `--dir` or cargo's target directory; `/tmp` may be memory.
pub(crate) fn directory() -> TempDir {
    let parent = option("--dir").map_or_else(|| PathBuf::from(env!("CARGO_TARGET_TMPDIR")), PathBuf::from);
    std::fs::create_dir_all(&parent).unwrap();
    tempfile::tempdir_in(parent).unwrap()
}

/// What files take.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Disk {
    /// The sum of their lengths.
    pub(crate) length: u64,
    /// The bytes of the blocks that hold them: fewer where a file has holes, more where the last block is not full.
    pub(crate) allocated: u64,
}

/// Returns what all files under a path take.
pub(crate) fn disk(path: &Path) -> Disk {
    disk_of(path, &|_| true)
}

/// Returns what those files under a path take that are counted.
pub(crate) fn disk_of(path: &Path, counts: &dyn Fn(&Path) -> bool) -> Disk {
    let mut sum = Disk::default();
    for entry in std::fs::read_dir(path).unwrap().map(Result::unwrap) {
        let metadata = entry.metadata().unwrap();
        let disk = match entry.path() {
            path if metadata.is_dir() => disk_of(&path, counts),
            path if counts(&path) => Disk { length: metadata.len(), allocated: allocated(&metadata) },
            _ => Disk::default(),
        };
        sum = Disk { length: sum.length + disk.length, allocated: sum.allocated + disk.allocated };
    }
    sum
}

#[cfg(unix)]
fn allocated(metadata: &std::fs::Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::blocks(metadata) * 512
}

#[cfg(not(unix))]
fn allocated(metadata: &std::fs::Metadata) -> u64 {
    metadata.len()
}

/// Returns the bytes of all files under a path.
pub(crate) fn bytes_under(path: &Path) -> u64 {
    disk(path).length
}

pub(crate) fn mb(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}

/// MB/s of CPU time, in words: what takes less than five of its ticks cannot be told.
pub(crate) fn a_core(bytes: u64, cpu: f64) -> String {
    if cpu < 0.05 { "too short".to_owned() } else { format!("{:.0}", mb(bytes) / cpu) }
}

/// The half and the last hundredth of a series of times.
pub(crate) fn p50_p99(times: &mut [Duration]) -> (Duration, Duration) {
    times.sort();
    let at = |share: f64| times.get(((times.len() - 1) as f64 * share) as usize).copied().unwrap_or_default();
    (at(0.5), at(0.99))
}
