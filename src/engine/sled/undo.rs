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
use std::thread;
use std::time::SystemTime;

use super::files::{self, BLOBS, LOG};

/// More than so much is not kept: a store that was killed in the midst of much writing is mended for good by the next opening.
const MOST_BYTES: u64 = 96 << 20;
/// Of segments that sled has no reason to change, the header.
const HEAD_BYTES: usize = 64;
/// From a disk each header is a wait of its own: so many threads wait side by side at most, each for so many headers at least.
const MOST_READERS: usize = 8;
const HEADS_A_READER: usize = 8;
/// A part is kept in blocks of this size, so that memory is taken once and those that were not changed are given back.
const BLOCK_BYTES: usize = 64 << 10;
const ZEROS: &[u8] = &[0; BLOCK_BYTES];

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
    /// What can change.
    blocks: Vec<Block>,
}

/// A part of a file.
#[derive(Debug)]
struct Block {
    start: u64,
    length: usize,
    /// Without the zeros at its end.
    bytes: Vec<u8>,
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
        for head in heads(&log, kept.length, segment_bytes)? {
            // Those behind the snapshot are looked through, and one that is empty may be begun.
            let is_behind = position_of(&head).is_none_or(|at| at / segment_bytes as i64 >= first);
            if !is_behind {
                kept.blocks.push(head);
            } else if !kept.keep(&mut file, head.start, segment_bytes, &mut left)? {
                return Ok(None);
            }
        }
        undo.files.push(kept);
        Ok(Some(undo))
    }

    /// Forgets what opening has not changed.
    pub(super) fn compare(&mut self) {
        let mut now = Vec::new();
        for kept in &mut self.files {
            let Ok(mut file) = File::open(&kept.path) else { continue };
            kept.blocks.retain(|block| {
                !read(&mut file, block.start, block.length, &mut now).is_ok_and(|()| block.is_same(&now))
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
        Ok(Self { path: path.to_owned(), length: metadata.len(), modified: metadata.modified()?, blocks: Vec::new() })
    }

    /// Keeps a part; says whether there was so much left to be kept.
    fn keep(&mut self, file: &mut File, start: u64, bytes: usize, left: &mut u64) -> io::Result<bool> {
        let end = self.length.min(start.saturating_add(bytes as u64));
        let Some(rest) = left.checked_sub(end.saturating_sub(start)) else { return Ok(false) };
        *left = rest;
        let mut buffer = Vec::new();
        for start in (start..end).step_by(BLOCK_BYTES) {
            self.blocks.push(Block::read(file, start, end, BLOCK_BYTES, &mut buffer)?);
        }
        Ok(true)
    }

    fn restore(&self) -> io::Result<()> {
        let mut file = File::options().read(true).write(true).create(true).truncate(false).open(&self.path)?;
        file.set_len(self.length)?;
        for Block { start, length, bytes } in &self.blocks {
            file.seek(SeekFrom::Start(*start))?;
            file.write_all(bytes)?;
            io::copy(&mut io::repeat(0).take((length - bytes.len()) as u64), &mut file)?;
        }
        if !self.blocks.is_empty() {
            file.sync_data()?;
        }
        if self.path.ends_with(LOG) {
            // Zeros that are written take room; there was a hole.
            files::make_hole(&file, self.length)?;
        }
        file.set_modified(self.modified)
    }
}

impl Block {
    /// Reads what is there of a block that begins at a place, up to the end of its part.
    fn read(file: &mut File, start: u64, end: u64, bytes: usize, buffer: &mut Vec<u8>) -> io::Result<Self> {
        let length = usize::try_from(end.saturating_sub(start)).unwrap_or(usize::MAX).min(bytes);
        read(file, start, length, buffer)?;
        let used =
            if is_zeros(buffer) { 0 } else { buffer.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1) };
        Ok(Self { start, length, bytes: buffer.get(..used).unwrap_or_default().to_vec() })
    }

    fn is_same(&self, now: &[u8]) -> bool {
        now.split_at_checked(self.bytes.len()).is_some_and(|(now, rest)| now == self.bytes && is_zeros(rest))
    }
}

/// Reads the headers of all segments, in the order of the file.
fn heads(log: &Path, length: u64, segment_bytes: usize) -> io::Result<Vec<Block>> {
    let read = |starts: &[u64]| -> io::Result<Vec<Block>> {
        let (mut file, mut buffer) = (File::open(log)?, Vec::new());
        starts.iter().map(|start| Block::read(&mut file, *start, length, HEAD_BYTES, &mut buffer)).collect()
    };
    let starts: Vec<u64> = (0..length).step_by(segment_bytes).collect();
    let mut shares = starts.chunks(HEADS_A_READER.max(starts.len().div_ceil(MOST_READERS)));
    let own = shares.next().unwrap_or_default();
    thread::scope(|scope| {
        let reader = |share| thread::Builder::new().name("heads".to_owned()).spawn_scoped(scope, move || read(share));
        let readers: Vec<_> = shares.map(reader).collect::<io::Result<_>>()?;
        let mut heads = read(own)?;
        for reader in readers {
            heads.extend(reader.join().map_err(|_| io::Error::other("a thread that read headers has panicked"))??);
        }
        Ok(heads)
    })
}

fn read(file: &mut File, start: u64, length: usize, into: &mut Vec<u8>) -> io::Result<()> {
    file.seek(SeekFrom::Start(start))?;
    into.resize(length, 0);
    file.read_exact(into)
}

fn is_zeros(bytes: &[u8]) -> bool {
    bytes.chunks(ZEROS.len()).all(|chunk| ZEROS.starts_with(chunk))
}

/// Up to which place of the log a snapshot goes, as its name says.
fn snapshot_of(path: &Path) -> Option<i64> {
    i64::from_str_radix(path.file_name()?.to_str()?.strip_prefix("snap.")?, 16).ok()
}

/// The place of a segment in the order of the log, from its header: after a checksum, a number with some bits turned over. Zeros at its
/// end were left out.
fn position_of(head: &Block) -> Option<i64> {
    let number = std::array::from_fn(|at| head.bytes.get(4 + at).copied().unwrap_or_default());
    (head.length >= 12).then_some(i64::from_le_bytes(number) ^ i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::super::SledOptions;
    use super::super::store::open_store;
    use super::*;
    use std::collections::BTreeMap;

    const SEGMENT_BYTES: usize = 32 << 10;

    fn contents(store: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
        let files = fs::read_dir(store).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_file());
        files.map(|path| (path.clone(), fs::read(path).unwrap())).collect()
    }

    /// As a process leaves it that was killed while it wrote.
    #[test]
    fn of_many_segments_the_last_are_kept_and_what_opening_did_to_them_is_undone() {
        let store = tempfile::tempdir().unwrap();
        let store = store.path();
        let options = SledOptions::default().segment_bytes(SEGMENT_BYTES);
        let open = || drop(open_store(store, store, &options).unwrap());
        let db = open_store(store, store, &options).unwrap();
        (0..6_000_u32).for_each(|n| assert!(db.insert(n.to_be_bytes(), vec![7; 500]).unwrap().is_none()));
        drop(db);
        // With a snapshot, and more behind it.
        open();
        let db = open_store(store, store, &options).unwrap();
        assert!(db.insert(b"last", vec![8; 500]).unwrap().is_none());
        drop(db);
        let log = store.join(LOG);
        let length = fs::metadata(&log).unwrap().len();
        let heads = heads(&log, length, SEGMENT_BYTES).unwrap();
        let begun = heads.iter().filter(|head| !head.bytes.is_empty());
        let tip = begun.max_by_key(|head| position_of(head)).unwrap().start as usize;
        let bytes = fs::read(&log).unwrap();
        let segment = &bytes[tip..bytes.len().min(tip + SEGMENT_BYTES)];
        let used = tip + segment.iter().rposition(|byte| *byte != 0).unwrap() + 1;
        if used + 1_000 < tip + SEGMENT_BYTES {
            let mut file = File::options().write(true).open(&log).unwrap();
            file.seek(SeekFrom::Start(used as u64 + 500)).unwrap();
            file.write_all(b"half of a message").unwrap();
        }
        let before = contents(store);

        let mut undo = Undo::of(store, SEGMENT_BYTES).unwrap().unwrap();
        assert!(heads.len() > 2 * MOST_READERS * HEADS_A_READER, "{} segments", heads.len());
        let kept = undo.files.iter().find(|kept| kept.path == log).unwrap();
        assert!(kept.blocks.iter().map(|block| block.start).eq(heads.iter().map(|head| head.start)));
        let whole: Vec<u64> =
            kept.blocks.iter().filter(|block| block.length > HEAD_BYTES).map(|block| block.start).collect();
        assert!(whole.contains(&(tip as u64)) && whole.len() * 2 < heads.len(), "{whole:?}");

        open();
        assert_ne!(contents(store), before, "opening changes nothing, and nothing is shown");
        undo.compare();
        let changed = undo.files.iter().find(|kept| kept.path == log).unwrap().blocks.len();
        assert!(changed <= 3, "{changed} blocks that were not changed are still kept");
        undo.restore().unwrap();
        let after = contents(store);
        assert!(after.keys().eq(before.keys()), "{:?}", after.keys());
        for (path, bytes) in &before {
            let differs = after[path].iter().zip(bytes).position(|(one, other)| one != other);
            assert!(
                after[path].len() == bytes.len() && differs.is_none(),
                "{path:?} at {differs:?} of {}",
                bytes.len()
            );
        }
    }
}
