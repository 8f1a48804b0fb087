//! How many captures were acknowledged: a small file beside the engine's, so that a store that was cut off and opens
//! without complaint is still found out.

use std::fs::{self, File};
use std::io::{self, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use super::Error;

/// The name of the file in the directory of an archive.
pub(super) const FILE: &str = "acknowledged";

/// The open file; `None` while there is none and the archive is read-only.
#[derive(Debug)]
pub(super) struct Acknowledged {
    path: PathBuf,
    file: Option<Mutex<File>>,
    /// `None` when the file is not as it was written.
    count: Option<u64>,
}

impl Acknowledged {
    pub(super) fn open(directory: &Path, read_only: bool) -> Result<Self, Error> {
        let path = directory.join(FILE);
        let count = match fs::read_to_string(&path) {
            Ok(text) => parse(&text),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Some(0),
            Err(error) if error.kind() == io::ErrorKind::InvalidData => None,
            Err(source) => return Err(Error::Io { doing: "read", path, source }),
        };
        let open = || File::options().write(true).create(true).truncate(false).open(&path);
        let file = if read_only { None } else { Some(open()) };
        let file = file.transpose().map_err(|source| Error::Io { doing: "open", path: path.clone(), source })?;
        Ok(Self { path, file: file.map(Mutex::new), count })
    }

    /// Fewer captures in the store than were acknowledged are damage, and so is a file that does not say how many.
    pub(super) fn verify(&self, arrivals: u64) -> Result<(), Error> {
        let acknowledged = self.count.ok_or_else(|| malformed(&self.path))?;
        if arrivals >= acknowledged {
            return Ok(());
        }
        Err(Error::damaged(format!(
            "{acknowledged} captures were acknowledged and the last one in the store is number {arrivals}: its files were cut off or replaced by older ones"
        )))
    }

    /// Notes that so many captures are on disk. Not synced: a number that is too small does no harm.
    pub(super) fn note(&self, arrivals: u64) -> Result<(), Error> {
        let Some(file) = &self.file else { return Ok(()) };
        let mut file = file.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let mut write = || {
            file.seek(SeekFrom::Start(0))?;
            file.write_all(line(arrivals).as_bytes())
        };
        write().map_err(|source| Error::Io { doing: "write", path: self.path.clone(), source })
    }
}

/// Always of one length, so that writing over it leaves nothing behind.
fn line(arrivals: u64) -> String {
    let number = format!("captures {arrivals:020}");
    let sum = blake3::hash(number.as_bytes()).to_hex();
    format!("{number} {}\n", sum.get(..16).unwrap_or_default())
}

fn parse(text: &str) -> Option<u64> {
    if text.is_empty() {
        return Some(0);
    }
    let number: u64 = text.split(' ').nth(1)?.parse().ok()?;
    (line(number) == text).then_some(number)
}

fn malformed(path: &Path) -> Error {
    Error::damaged(format!(
        "{} is not as it was written; if `check` finds nothing else, `reindex` writes it anew",
        path.display()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_store_with_fewer_captures_than_were_acknowledged_is_damage() {
        let dir = tempfile::tempdir().unwrap();
        for count in [12, 7] {
            Acknowledged::open(dir.path(), false).unwrap().note(count).unwrap();
        }
        let read = Acknowledged::open(dir.path(), true).unwrap();
        assert!(read.verify(7).is_ok());
        assert!(read.verify(6).unwrap_err().is_damage());
    }

    #[test]
    fn any_changed_byte_of_the_file_is_noticed() {
        let dir = tempfile::tempdir().unwrap();
        Acknowledged::open(dir.path(), false).unwrap().note(12).unwrap();
        let path = dir.path().join(FILE);
        let whole = fs::read(&path).unwrap();
        for place in 0..whole.len() {
            let mut damaged = whole.clone();
            damaged[place] ^= 1;
            fs::write(&path, &damaged).unwrap();
            let read = Acknowledged::open(dir.path(), true).unwrap();
            assert!(read.verify(u64::MAX).unwrap_err().is_damage(), "byte {place}");
        }
    }
}
