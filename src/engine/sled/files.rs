//! The files of sled: found, made, measured and, above all, synced.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use crate::engine::Error;

/// sled's log, which holds nearly everything.
pub(super) const LOG: &str = "db";
/// Pages that are larger than a segment, a file each.
pub(super) const BLOBS: &str = "blobs";

/// The files that a flush has to sync: sled itself only asks the system to begin writing (`sync_file_range`).
#[derive(Debug)]
pub(super) struct Files {
    directory: PathBuf,
    log: File,
    /// The blobs that are synced. sled writes a blob once and never changes it.
    blobs: BTreeSet<OsString>,
}

impl Files {
    /// Begins to look after the files of a store that is open, and makes their names survive power loss.
    pub(super) fn open(directory: PathBuf) -> Result<Self, Error> {
        let path = directory.join(LOG);
        let log =
            File::options().read(true).write(true).open(&path).map_err(|source| io_error("open", &path, source))?;
        sync_directory(&directory.join(BLOBS))?;
        sync_directory(&directory)?;
        for above in directory.ancestors().skip(1).take(2) {
            match sync_directory(above) {
                // The directory of somebody else, who has to see to it.
                Err(Error::Io { source, .. }) if source.kind() == ErrorKind::PermissionDenied => (),
                synced => synced?,
            }
        }
        Ok(Self { directory, log, blobs: BTreeSet::new() })
    }

    /// Returns the log, for what is to be done once sled has closed it.
    pub(super) fn into_log(self) -> File {
        self.log
    }

    /// Waits until all that sled wrote is on the disk.
    pub(super) fn sync(&mut self) -> Result<(), Error> {
        self.log.sync_data().map_err(|source| io_error("sync", &self.directory.join(LOG), source))?;
        let directory = self.directory.join(BLOBS);
        let names = names(&directory).map_err(|source| io_error("list", &directory, source))?;
        let new: Vec<_> = names.difference(&self.blobs).collect();
        for name in &new {
            let path = directory.join(name);
            match File::open(&path).and_then(|file| file.sync_data()) {
                // sled has removed it meanwhile: nothing needs it any more.
                Err(error) if error.kind() == ErrorKind::NotFound => (),
                synced => synced.map_err(|source| io_error("sync", &path, source))?,
            }
        }
        if !new.is_empty() {
            sync_directory(&directory)?;
        }
        self.blobs = names;
        Ok(())
    }
}

/// Fills the last segment of a closed log with zeros.
///
/// sled does that itself when it opens the log again, so that a small archive would seem to grow by being read. Not done where the
/// disk is full: nothing depends on it.
pub(super) fn fill_last_segment(mut log: File, segment_bytes: usize) -> io::Result<()> {
    let (length, segment) = (log.metadata()?.len(), segment_bytes as u64);
    // The last byte of a segment is not written by sled. A log whose last segment is full stays as it is.
    let whole = (length.div_ceil(segment) * segment).saturating_sub(1);
    log.seek(SeekFrom::End(0))?;
    io::copy(&mut io::repeat(0).take(whole.saturating_sub(length)), &mut log).map(drop)
}

/// Looks for a store in a directory and makes the directory where that is asked for.
pub(super) fn find_or_make(directory: &Path, create: bool) -> Result<(), Error> {
    if create {
        return fs::create_dir_all(directory).map_err(|source| io_error("create", directory, source));
    }
    // sled would make an empty store where the log is missing.
    let log = directory.join(LOG);
    fs::metadata(&log).map(drop).map_err(|source| io_error("open", &log, source))
}

/// Returns the sum of the lengths of all files under a directory.
pub(super) fn size(directory: &Path) -> Result<u64, Error> {
    let entries = fs::read_dir(directory).map_err(|source| io_error("list", directory, source))?;
    let mut sum = 0;
    for entry in entries {
        let entry = entry.map_err(|source| io_error("list", directory, source))?;
        match entry.metadata() {
            Ok(metadata) if metadata.is_dir() => sum += size(&entry.path())?,
            Ok(metadata) => sum += metadata.len(),
            Err(error) if error.kind() == ErrorKind::NotFound => (),
            Err(source) => return Err(io_error("read the size of", &entry.path(), source)),
        }
    }
    Ok(sum)
}

fn names(directory: &Path) -> io::Result<BTreeSet<OsString>> {
    fs::read_dir(directory)?.map(|entry| Ok(entry?.file_name())).collect()
}

/// Makes the names in a directory survive power loss. Only Unix has a way to ask for that.
fn sync_directory(directory: &Path) -> Result<(), Error> {
    if cfg!(unix) {
        let opened = File::open(if directory.as_os_str().is_empty() { Path::new(".") } else { directory });
        opened.and_then(|file| file.sync_all()).map_err(|source| io_error("sync", directory, source))?;
    }
    Ok(())
}

fn io_error(doing: &'static str, path: &Path, source: io::Error) -> Error {
    Error::Io { doing, path: path.to_owned(), source }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A log of whole segments was given one more segment of zeros at every closing: 42 MB became 50, 58 and 67 by being read.
    #[test]
    fn only_a_segment_that_is_not_full_is_filled() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(LOG);
        for (length, filled) in [(0, 0), (1, 511), (510, 511), (511, 511), (512, 512), (513, 1023), (1024, 1024)] {
            fs::write(&path, vec![1; length]).unwrap();
            let log = File::options().read(true).write(true).open(&path).unwrap();
            fill_last_segment(log, 512).unwrap();
            assert_eq!(fs::metadata(&path).unwrap().len(), filled, "{length} bytes");
        }
    }
}
