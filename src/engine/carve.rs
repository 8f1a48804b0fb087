//! Rows out of the files of a store that no longer opens.
//!
//! Nothing that a store says about where things are is believed: every place of every file is looked at, and what looks like a
//! row there is shown to a [`Judge`], who knows by the row's checksum whether it is one. [`sled_log`] knows what sled writes around keys
//! and values. The judge may also know by itself how a row of its own begins and ends; such *loose* rows are found in the files of any
//! engine that writes values as they are, however torn what stands around them is.
//!
//! The files are read in windows, twice: pages first, since they tell what the links to them leave out of their keys.

mod sled_log;

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::ops::Range;
use std::path::{Path, PathBuf};

use self::sled_log::Message;
use super::{Error, MAX_KEY_BYTES, MAX_VALUE_BYTES};

/// Who knows a row when it is seen.
pub(crate) trait Judge {
    /// Says what a value under a key is.
    fn judge(&mut self, key: &[u8], value: &[u8]) -> Verdict;

    /// Says where a row ends whose value begins with these bytes, and its key. For rows that are told once only.
    fn loose(&mut self, bytes: &[u8]) -> Option<(Vec<u8>, usize)>;
}

/// What a [`Judge`] says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It is none: the key is another one, or the value is damaged.
    None,
    /// It is a row, and the first time that it is seen.
    New,
    /// It is a row that was seen before.
    Known,
}

/// Where a row was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) key: Vec<u8>,
    file: usize,
    start: u64,
    bytes: usize,
}

/// The rows that were found.
#[derive(Debug, Default)]
pub(crate) struct Carved {
    files: Vec<PathBuf>,
    /// In the order in which they were found.
    pub(crate) places: Vec<Place>,
    /// What the keys of a page have in common, which its links leave out; by the number of the page. Splits change it.
    prefixes: HashMap<u64, Vec<Vec<u8>>>,
}

/// A row is looked for at so many places of a window ...
const STEP: usize = 8 << 20;
/// ... and found whole when it ends so far behind them. Messages of sled are shorter, and so is any row.
const BEHIND: usize = MAX_VALUE_BYTES + MAX_KEY_BYTES + (1 << 20);
/// The part of a file that is given up where the disk cannot read it.
const BLOCK: usize = 4 << 10;

impl Carved {
    /// Looks for rows in all files under a directory.
    ///
    /// Takes memory for two windows of 8 MiB and about 100 bytes a row that was found. What the disk cannot read is passed over.
    pub(crate) fn from(directory: &Path, judge: &mut dyn Judge) -> Result<Self, Error> {
        let mut carved = Self { files: files_under(directory)?, ..Self::default() };
        for pass in [Pass::Pages, Pass::All] {
            for file in 0..carved.files.len() {
                carved.look_through(file, pass, judge)?;
            }
        }
        Ok(carved)
    }

    /// Reads a row's value again.
    pub(crate) fn value(&self, place: &Place) -> Result<Vec<u8>, Error> {
        let path = self.files.get(place.file).map(PathBuf::as_path).unwrap_or(Path::new(""));
        let mut window = Window::open(path)?;
        window.read(place.start, place.bytes);
        Ok(window.bytes)
    }

    fn look_through(&mut self, file: usize, pass: Pass, judge: &mut dyn Judge) -> Result<(), Error> {
        let Some(path) = self.files.get(file).cloned() else { return Ok(()) };
        let mut window = Window::open(&path)?;
        // A row may end behind the places that this window answers for; the next one begins behind that row.
        let mut start = 0;
        while start < window.length {
            window.read(start, STEP + BEHIND);
            let mut at = 0;
            while at < STEP.min(window.bytes.len()) {
                at += self.look_at(file, start, &window.bytes, at, pass, judge);
            }
            start += at as u64;
        }
        Ok(())
    }

    /// Looks at one place; returns how far away the next one is.
    fn look_at(
        &mut self,
        file: usize,
        start: u64,
        bytes: &[u8],
        at: usize,
        pass: Pass,
        judge: &mut dyn Judge,
    ) -> usize {
        let rest = bytes.get(at..).unwrap_or_default();
        let mut found = |key: &[u8], value: Range<usize>, judge: &mut dyn Judge| {
            let verdict = judge.judge(key, rest.get(value.clone()).unwrap_or_default());
            if verdict == Verdict::New {
                let start = start + (at + value.start) as u64;
                self.places.push(Place { key: key.to_vec(), file, start, bytes: value.len() });
            }
            verdict != Verdict::None
        };
        match (Message::read(rest), pass) {
            (Some(Message::Page { number, prefix, rows, end }), _) => {
                let mut all = true;
                for (suffix, value) in rows {
                    let key = [prefix, suffix].concat();
                    // An empty value is room that was laid out.
                    all &= value.is_empty() || found(&key, value, judge);
                }
                if pass == Pass::Pages {
                    let prefixes = self.prefixes.entry(number).or_default();
                    if !prefixes.iter().any(|known| known == prefix) {
                        prefixes.push(prefix.to_vec());
                    }
                }
                return if all { end } else { 1 };
            }
            (Some(Message::Link { page, suffix, value, end }), Pass::All) => {
                let prefixes = self.prefixes.get(&page).map(Vec::as_slice).unwrap_or_default();
                let none = [Vec::new()];
                for prefix in prefixes.iter().chain(&none) {
                    if found(&[prefix, suffix].concat(), value.clone(), judge) {
                        return end;
                    }
                }
            }
            _ => {}
        }
        if pass == Pass::All
            && let Some((key, length)) = judge.loose(rest)
            && found(&key, 0..length, judge)
        {
            return length.max(1);
        }
        1
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pass {
    Pages,
    All,
}

/// A part of a file.
struct Window {
    file: File,
    length: u64,
    bytes: Vec<u8>,
}

impl Window {
    fn open(path: &Path) -> Result<Self, Error> {
        let io = |source| Error::Io { doing: "read", path: path.to_owned(), source };
        let file = File::open(path).map_err(io)?;
        let length = file.metadata().map_err(io)?.len();
        Ok(Self { file, length, bytes: Vec::new() })
    }

    /// Reads a part, with zeros for what the disk cannot read.
    fn read(&mut self, start: u64, bytes: usize) {
        let bytes = usize::try_from(self.length.saturating_sub(start)).unwrap_or(usize::MAX).min(bytes);
        self.bytes.clear();
        self.bytes.resize(bytes, 0);
        if exactly(&mut self.file, start, &mut self.bytes).is_ok() {
            return;
        }
        for (block, at) in self.bytes.chunks_mut(BLOCK).zip((start..).step_by(BLOCK)) {
            if exactly(&mut self.file, at, block).is_err() {
                block.fill(0);
            }
        }
    }
}

fn exactly(file: &mut File, start: u64, bytes: &mut [u8]) -> io::Result<()> {
    file.seek(SeekFrom::Start(start))?;
    file.read_exact(bytes)
}

/// All files under a directory, in the order of their names.
fn files_under(directory: &Path) -> Result<Vec<PathBuf>, Error> {
    let io = |source| Error::Io { doing: "list", path: directory.to_owned(), source };
    let mut files = Vec::new();
    let mut entries = fs::read_dir(directory).map_err(io)?.collect::<Result<Vec<_>, _>>().map_err(io)?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        match entry.file_type().map_err(io)? {
            kind if kind.is_dir() => files.extend(files_under(&entry.path())?),
            kind if kind.is_file() => files.push(entry.path()),
            _ => {}
        }
    }
    Ok(files)
}

#[cfg(test)]
mod tests;
