//! Files of sled as they were before it opened them.
//!
//! sled 0.34 has no way to open a store for reading alone. Opening one fills the end of the log behind the last message that it can
//! read with zeros, and so whole segments that it takes for torn; it writes a new snapshot of its page table and removes the old one, and blobs
//! that nothing leads to. After a loss of power that is right. After a flipped bit it does away with whole rows behind that bit, which
//! a salvage could still read. So what opening can change is kept, and put back when a store is closed to which nothing was written.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::files::{self, BLOBS, LOG};

/// More than so much is not kept: a store that was killed in the midst of much writing is mended for good by the next opening.
const MOST_BYTES: u64 = 96 << 20;
/// Of segments that sled has no reason to change, the header.
const HEAD_BYTES: usize = 64;

/// What opening a store may change.
#[derive(Debug)]
pub(super) struct Undo {
    directory: PathBuf,
    files: Vec<Kept>,
}

/// A file as it was.
#[derive(Debug)]
struct Kept {
    path: PathBuf,
    length: u64,
    modified: SystemTime,
    /// Where parts begin, and their bytes; those of no others can change. Zeros at the end of a part are left out of the bytes.
    parts: Vec<(u64, usize, Vec<u8>)>,
}

impl Undo {
    /// Notes what is there before sled opens it; `None` where that is nothing, or too much.
    pub(super) fn of(directory: &Path, segment_bytes: usize) -> io::Result<Option<Self>> {
        let log = directory.join(LOG);
        if !log.exists() {
            return Ok(None);
        }
        let mut undo = Self { directory: directory.to_owned(), files: Vec::new() };
        let mut left = MOST_BYTES;
        let others = undo.names()?;
        for path in others.iter().filter(|path| **path != log) {
            let mut kept = Kept::of(path)?;
            let whole = usize::try_from(kept.length).unwrap_or(usize::MAX);
            if !kept.keep(&mut File::open(path)?, 0, whole, &mut left)? {
                return Ok(None);
            }
            undo.files.push(kept);
        }
        let mut kept = Kept::of(&log)?;
        let first = others.iter().filter_map(|path| snapshot_of(path)).max().unwrap_or(0) / segment_bytes as i64;
        let mut file = File::open(&log)?;
        for start in (0..kept.length).step_by(segment_bytes) {
            // Those behind the snapshot are looked through.
            let is_behind = position_of(&mut file, start)?.is_none_or(|at| at / segment_bytes as i64 >= first);
            let bytes = if is_behind { segment_bytes } else { HEAD_BYTES };
            if !kept.keep(&mut file, start, bytes, &mut left)? {
                return Ok(None);
            }
        }
        undo.files.push(kept);
        Ok(Some(undo))
    }

    /// Forgets what opening has not changed.
    pub(super) fn compare(&mut self) {
        for kept in &mut self.files {
            let Ok(mut file) = File::open(&kept.path) else { continue };
            kept.parts.retain(|(start, length, bytes)| {
                let mut now = Vec::new();
                !read(&mut file, *start, *length, &mut now).is_ok_and(|()| is_same(&now, bytes))
            });
        }
    }

    /// Makes the files what they were.
    pub(super) fn restore(&self) -> io::Result<()> {
        for kept in &self.files {
            kept.restore()?;
        }
        let kept: BTreeSet<&PathBuf> = self.files.iter().map(|kept| &kept.path).collect();
        for path in self.names()?.iter().filter(|path| !kept.contains(path)) {
            fs::remove_file(path)?;
        }
        Ok(())
    }

    /// All files of the store.
    fn names(&self) -> io::Result<BTreeSet<PathBuf>> {
        let mut names = BTreeSet::new();
        for directory in [self.directory.clone(), self.directory.join(BLOBS)] {
            match fs::read_dir(&directory) {
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                entries => {
                    for entry in entries? {
                        let entry = entry?;
                        if entry.file_type()?.is_file() {
                            names.insert(entry.path());
                        }
                    }
                }
            }
        }
        Ok(names)
    }
}

impl Kept {
    fn of(path: &Path) -> io::Result<Self> {
        let metadata = fs::metadata(path)?;
        Ok(Self { path: path.to_owned(), length: metadata.len(), modified: metadata.modified()?, parts: Vec::new() })
    }

    /// Keeps a part; says whether there was so much left to be kept.
    fn keep(&mut self, file: &mut File, start: u64, bytes: usize, left: &mut u64) -> io::Result<bool> {
        let length = usize::try_from(self.length.saturating_sub(start)).unwrap_or(usize::MAX).min(bytes);
        let Some(rest) = left.checked_sub(length as u64) else { return Ok(false) };
        *left = rest;
        let mut part = Vec::new();
        read(file, start, length, &mut part)?;
        let used = part.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
        part.truncate(used);
        part.shrink_to_fit();
        self.parts.push((start, length, part));
        Ok(true)
    }

    fn restore(&self) -> io::Result<()> {
        let mut file = File::options().read(true).write(true).create(true).truncate(false).open(&self.path)?;
        file.set_len(self.length)?;
        for (start, length, bytes) in &self.parts {
            file.seek(SeekFrom::Start(*start))?;
            file.write_all(bytes)?;
            io::copy(&mut io::repeat(0).take((length - bytes.len()) as u64), &mut file)?;
        }
        if !self.parts.is_empty() {
            file.sync_data()?;
        }
        if self.path.ends_with(LOG) {
            // Zeros that are written take room; there was a hole.
            files::make_hole(&file, self.length)?;
        }
        file.set_modified(self.modified)
    }
}

fn read(file: &mut File, start: u64, length: usize, into: &mut Vec<u8>) -> io::Result<()> {
    file.seek(SeekFrom::Start(start))?;
    into.clear();
    file.take(length as u64).read_to_end(into)?;
    if into.len() == length { Ok(()) } else { Err(ErrorKind::UnexpectedEof.into()) }
}

fn is_same(now: &[u8], kept: &[u8]) -> bool {
    now.split_at_checked(kept.len()).is_some_and(|(now, rest)| now == kept && rest.iter().all(|byte| *byte == 0))
}

/// Up to which place of the log a snapshot goes, as its name says.
fn snapshot_of(path: &Path) -> Option<i64> {
    i64::from_str_radix(path.file_name()?.to_str()?.strip_prefix("snap.")?, 16).ok()
}

/// The place of a segment in the order of the log, from its header: after a checksum, a number with some bits turned over.
fn position_of(file: &mut File, start: u64) -> io::Result<Option<i64>> {
    let mut head = Vec::new();
    if read(file, start, 12, &mut head).is_err() {
        return Ok(None);
    }
    Ok(head.last_chunk::<8>().map(|bytes| i64::from_le_bytes(*bytes) ^ i64::MAX))
}
