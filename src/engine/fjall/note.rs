//! How far the journal is known to be synced: a small file of ours beside fjall's.
//!
//! fjall itself cannot tell what a loss of power did to the part that was not synced from damage to the part that was. In
//! the first case it may go on without what stands behind the last whole commit, in the second it must not. What the note
//! says is a lower bound: it is written after a sync, and one that is too old does no harm, since nothing is cut but what
//! stands behind a commit that is not whole. So it need not be synced with each commit. It must only never say more than was
//! synced, and never be worthless because the power failed while it was written: it has two lines, and one that is known to
//! be on the disk stays as it is while the other is written over. The larger one counts.

use std::fs::{self, File};
use std::io::{self, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use crate::engine::disk;

const FILE: &str = "synced";
const LINE_BYTES: usize = 59;
/// After so many notes the other line has its turn: so many a loss of power can take back, and a sync is rare.
const NOTES_PER_LINE: u32 = 256;

/// A place in the journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Synced {
    /// The number of a file. Those before it are synced.
    pub(super) journal: u64,
    /// How many bytes of it are.
    pub(super) bytes: u64,
}

/// The file, and what it says.
#[derive(Debug)]
pub(super) struct Note {
    path: PathBuf,
    /// `None` where there is no file, or none with a line that is as it was written.
    said: Option<Synced>,
    /// Whether the second line says it.
    second: bool,
    /// How many more notes may go on this line.
    left: u32,
    file: Option<File>,
}

impl Note {
    /// Reads the note of a store. One that cannot be read says nothing.
    pub(super) fn open(directory: &Path) -> Self {
        let path = directory.join(FILE);
        let text = fs::read(&path).unwrap_or_default();
        let mut lines = text.chunks(LINE_BYTES).map(parse);
        let (first, second) = (lines.next().flatten(), lines.next().flatten());
        Self { path, said: first.max(second), second: second > first, left: 0, file: None }
    }

    pub(super) const fn said(&self) -> Option<Synced> {
        self.said
    }

    /// Takes no notice of what the note says: the next one is written anew.
    pub(super) fn disregard(&mut self) {
        (self.said, self.file) = (None, None);
    }

    /// Notes that the journal is synced up to a place, where that is further than was noted.
    pub(super) fn write(&mut self, synced: Synced) -> io::Result<()> {
        if self.said.is_none() {
            return self.make(synced);
        }
        if self.said >= Some(synced) {
            return Ok(());
        }
        let mut file = match self.file.take() {
            Some(file) => file,
            None => File::options().write(true).open(&self.path)?,
        };
        if self.left == 0 {
            file.sync_data()?;
            (self.second, self.left) = (!self.second, NOTES_PER_LINE);
        }
        file.seek(SeekFrom::Start(if self.second { LINE_BYTES as u64 } else { 0 }))?;
        file.write_all(line(synced).as_bytes())?;
        (self.said, self.file) = (Some(synced), Some(file));
        self.left -= 1;
        Ok(())
    }

    /// Makes the file. One that is torn meanwhile says nothing, as before.
    fn make(&mut self, synced: Synced) -> io::Result<()> {
        let mut file = File::create(&self.path)?;
        file.write_all(line(synced).as_bytes())?;
        file.sync_all()?;
        self.sync_directory()?;
        (self.said, self.second, self.left, self.file) = (Some(synced), false, 0, Some(file));
        Ok(())
    }

    /// Removes the note, for good: before the journal is made shorter than it says.
    pub(super) fn forget(&mut self) -> io::Result<()> {
        self.disregard();
        match fs::remove_file(&self.path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            removed => removed.and_then(|()| self.sync_directory()),
        }
    }

    fn sync_directory(&self) -> io::Result<()> {
        let directory = self.path.parent().unwrap_or(&self.path);
        disk::sync_directory(directory).map_err(io::Error::other)
    }
}

/// Always of one length, so that writing over it leaves nothing behind.
pub(super) fn line(synced: Synced) -> String {
    let place = format!("{:020} {:020}", synced.journal, synced.bytes);
    let sum = blake3::hash(place.as_bytes()).to_hex();
    format!("{place} {}\n", sum.get(..16).unwrap_or_default())
}

fn parse(bytes: &[u8]) -> Option<Synced> {
    let mut numbers = std::str::from_utf8(bytes).ok()?.split(' ').map(|word| word.parse().ok());
    let synced = Synced { journal: numbers.next()??, bytes: numbers.next()?? };
    (line(synced).as_bytes() == bytes).then_some(synced)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_note_that_is_torn_while_it_is_written_an_older_one_is_left() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join(FILE);
        let mut note = Note::open(directory.path());
        let mut before = Vec::new();
        for bytes in 1..700 {
            if bytes == 400 {
                note = Note::open(directory.path());
            }
            let synced = Synced { journal: bytes / 300, bytes };
            note.write(synced).unwrap();
            assert_eq!(Note::open(directory.path()).said(), Some(synced));
            let now = fs::read(&path).unwrap();
            before.resize(now.len(), 0);
            let changed = (0..now.len()).filter(|place| now[*place] != before[*place]);
            let mut torn = now.clone();
            changed.for_each(|place| torn[place] = b'?');
            fs::write(&path, &torn).unwrap();
            let left = Note::open(directory.path()).said();
            // The first one of all has none before it.
            assert!(bytes == 1 || left.is_some_and(|left| left < synced && left.bytes + 256 >= bytes), "{left:?}");
            fs::write(&path, &now).unwrap();
            before = now;
        }
    }

    #[test]
    fn a_note_that_would_say_less_is_not_written_and_one_that_was_forgotten_is_gone() {
        let directory = tempfile::tempdir().unwrap();
        let mut note = Note::open(directory.path());
        note.forget().unwrap();
        let (less, more) = (Synced { journal: 3, bytes: 900 }, Synced { journal: 4, bytes: 0 });
        note.write(more).unwrap();
        note.write(less).unwrap();
        assert_eq!((note.said(), Note::open(directory.path()).said()), (Some(more), Some(more)));
        note.forget().unwrap();
        assert_eq!((note.said(), Note::open(directory.path()).said()), (None, None));
        note.write(less).unwrap();
        assert_eq!(Note::open(directory.path()).said(), Some(less));
    }
}
