//! How many captures were acknowledged: a small file beside the engine's, so that a store that was cut off and opens
//! without complaint is still found out.
//!
//! It must never say more than the store holds, and never be worthless because the power failed while it was written. So a number is
//! noted only once the engine has synced, and the file has two lines: one that is known to be on the disk stays as it is while the
//! other is written over and over, unsynced. The larger number counts. What can only be made whole (a first file, a smaller number)
//! is written beside it, synced and renamed.

use std::fs::{self, File};
use std::io::{self, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::Error;

/// The name of the file in the directory of an archive.
pub(super) const FILE: &str = "acknowledged";
/// The name of a file that takes its place once it is whole.
pub(super) const NEW_FILE: &str = "acknowledged.new";

/// The length of a line.
const LINE_BYTES: usize = 47;
/// After so many numbers the other line has its turn: a loss of power costs no more of them, and a sync is rare.
const NOTES_PER_LINE: u32 = 256;

/// The file, and what it says.
#[derive(Debug)]
pub(super) struct Acknowledged {
    directory: PathBuf,
    read_only: bool,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// What the file said when it was opened or renewed; `None` when no line is as it was written.
    found: Option<u64>,
    /// `None` when a file has to be made.
    lines: Option<Lines>,
    file: Option<File>,
}

/// Which line is written, and which one is on the disk meanwhile.
#[derive(Debug)]
struct Lines {
    /// The largest number that was noted.
    noted: u64,
    /// The line that says so.
    line: Line,
    /// How many more numbers may go on this line, as the other one is known to be on the disk.
    left: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Line {
    First,
    Second,
}

/// What lines are written to: a file, and in the tests one that loses power.
trait Disk {
    fn write_at(&mut self, start: u64, bytes: &[u8]) -> io::Result<()>;
    fn sync(&mut self) -> io::Result<()>;
}

impl Disk for File {
    fn write_at(&mut self, start: u64, bytes: &[u8]) -> io::Result<()> {
        self.seek(SeekFrom::Start(start))?;
        self.write_all(bytes)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.sync_data()
    }
}

impl Acknowledged {
    pub(super) fn open(directory: &Path, read_only: bool) -> Result<Self, Error> {
        let path = directory.join(FILE);
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            Err(source) => return Err(Error::Io { doing: "read", path, source }),
        };
        let lines = Lines::parse(&bytes);
        // Version 0.1.0 left an empty file until something was acknowledged.
        let found = if bytes.is_empty() { Some(0) } else { lines.as_ref().map(|lines| lines.noted) };
        let state = State { found, lines, file: None };
        Ok(Self { directory: directory.to_owned(), read_only, state: Mutex::new(state) })
    }

    pub(super) fn directory(&self) -> &Path {
        &self.directory
    }

    /// How many captures were acknowledged, as the file says; `None` when it is damaged.
    pub(super) fn found(&self) -> Option<u64> {
        self.state().found
    }

    /// Fewer captures in the store than were acknowledged are damage, and so is a file that does not say how many.
    pub(super) fn verify(&self, arrivals: u64) -> Result<(), Error> {
        let acknowledged = self.state().found.ok_or_else(|| malformed(&self.directory.join(FILE)))?;
        if arrivals >= acknowledged {
            return Ok(());
        }
        Err(Error::damaged(format!(
            "{acknowledged} captures were acknowledged and the last one in the store is number {arrivals}: its files were cut off or replaced by older ones"
        )))
    }

    /// Notes that so many captures are on disk, where that is more than was noted. Not synced: a number that is too small does no harm.
    pub(super) fn note(&self, arrivals: u64) -> Result<(), Error> {
        let mut state = self.state();
        let State { found, lines, file } = &mut *state;
        match lines {
            _ if self.read_only => Ok(()),
            Some(lines) => self.write(lines, file, arrivals).map_err(|source| self.failed(source)),
            // A file that is damaged stays so until the store was looked after.
            None if found.is_none() => Ok(()),
            None => self.replace(&mut state, arrivals),
        }
    }

    /// Notes that there are just so many captures, fewer than before or not: for a store that was looked after. Synced.
    pub(super) fn renew(&self, arrivals: u64) -> Result<(), Error> {
        let mut state = self.state();
        if self.read_only {
            return Ok(());
        }
        self.replace(&mut state, arrivals)?;
        state.found = Some(arrivals);
        Ok(())
    }

    fn write(&self, lines: &mut Lines, file: &mut Option<File>, arrivals: u64) -> io::Result<()> {
        let mut disk = match file.take() {
            Some(file) => file,
            None => File::options().write(true).open(self.directory.join(FILE))?,
        };
        let written = lines.note(&mut disk, arrivals);
        *file = Some(disk);
        written
    }

    fn replace(&self, state: &mut State, arrivals: u64) -> Result<(), Error> {
        let new = self.directory.join(NEW_FILE);
        let write = || {
            let mut file = File::create(&new)?;
            file.write_all(line(arrivals).as_bytes())?;
            file.sync_all()?;
            drop(file);
            fs::rename(&new, self.directory.join(FILE))?;
            // Opened directories can be synced on Unix only.
            if cfg!(unix) { File::open(&self.directory)?.sync_all() } else { Ok(()) }
        };
        write().map_err(|source| self.failed(source))?;
        state.lines = Some(Lines { noted: arrivals, line: Line::First, left: 0 });
        state.file = None;
        Ok(())
    }

    fn failed(&self, source: io::Error) -> Error {
        Error::Io { doing: "write", path: self.directory.join(FILE), source }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Lines {
    /// What a file says; `None` where no line is as it was written. That of version 0.1.0 has the first line alone.
    fn parse(bytes: &[u8]) -> Option<Self> {
        let mut lines = bytes.chunks(LINE_BYTES).map(parse_line);
        let (first, second) = (lines.next().flatten(), lines.next().flatten());
        if lines.next().is_some() {
            return None;
        }
        let line = if second > first { Line::Second } else { Line::First };
        first.max(second).map(|noted| Self { noted, line, left: 0 })
    }

    fn note(&mut self, disk: &mut impl Disk, arrivals: u64) -> io::Result<()> {
        if arrivals <= self.noted {
            return Ok(());
        }
        if self.left == 0 {
            // The line with the largest number is only now known to be on the disk: also an earlier process may have written it.
            disk.sync()?;
            self.line = self.line.other();
            self.left = NOTES_PER_LINE;
        }
        disk.write_at(self.line.start(), line(arrivals).as_bytes())?;
        self.noted = arrivals;
        self.left -= 1;
        Ok(())
    }
}

impl Line {
    const fn other(self) -> Self {
        match self {
            Self::First => Self::Second,
            Self::Second => Self::First,
        }
    }

    const fn start(self) -> u64 {
        match self {
            Self::First => 0,
            Self::Second => LINE_BYTES as u64,
        }
    }
}

/// Always of one length, so that writing over it leaves nothing behind.
fn line(arrivals: u64) -> String {
    let number = format!("captures {arrivals:020}");
    let sum = blake3::hash(number.as_bytes()).to_hex();
    format!("{number} {}\n", sum.get(..16).unwrap_or_default())
}

fn parse_line(bytes: &[u8]) -> Option<u64> {
    let number: u64 = std::str::from_utf8(bytes).ok()?.split(' ').nth(1)?.parse().ok()?;
    (line(number).as_bytes() == bytes).then_some(number)
}

fn malformed(path: &Path) -> Error {
    Error::damaged(format!(
        "{} is not as it was written; if `check` finds nothing else, `reindex` writes it anew",
        path.display()
    ))
}

#[cfg(test)]
mod tests;
