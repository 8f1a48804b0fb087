//! The files of sled: found, made, measured and, above all, synced.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use crate::engine::Error;
use crate::engine::disk::{self, io_error};

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
        disk::sync_directory(&directory.join(BLOBS))?;
        disk::sync_names(&directory)?;
        Ok(Self { directory, log, blobs: BTreeSet::new() })
    }

    /// Returns the log, for what is to be done once sled has closed it.
    pub(super) fn into_log(self) -> File {
        self.log
    }

    /// Returns how much of the log is used.
    pub(super) fn used(&self, segment_bytes: usize) -> io::Result<u64> {
        end_of_data(&self.log, self.log.metadata()?.len(), segment_bytes as u64)
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
            disk::sync_directory(&directory)?;
        }
        self.blobs = names;
        Ok(())
    }
}

/// Makes a hole of the zeros at the end of a closed log, which stays as long as it is.
pub(super) fn make_hole(log: &File, length: u64) -> io::Result<()> {
    let used = end_of_data(log, length, length.max(1))?;
    log.set_len(used)?;
    log.set_len(length)
}

/// Makes a closed log as long as its last segment without taking room for it: the zeros at its end become a hole.
///
/// sled makes the log that long when it opens it, so that a small archive would seem to grow by being read, and writes the zeros,
/// so that it would take 8 MB. What is read from the file stays the same. Not done where the disk is full: nothing depends on it.
pub(super) fn fill_last_segment(log: &File, segment_bytes: usize) -> io::Result<()> {
    let (length, segment) = (log.metadata()?.len(), segment_bytes as u64);
    // The last byte of a segment is not written by sled. A log whose last segment is full stays as it is.
    let whole = (length.div_ceil(segment) * segment).saturating_sub(1);
    let used = end_of_data(log, length, segment)?;
    if used < length {
        log.set_len(used)?;
    }
    if used < length || length < whole { log.set_len(whole.max(length)) } else { Ok(()) }
}

/// Where the zeros at the end of the last segment begin.
fn end_of_data(mut log: &File, length: u64, segment: u64) -> io::Result<u64> {
    let mut block = vec![0; 64 << 10];
    let (mut end, least) = (length, length.saturating_sub(1) / segment * segment);
    while end > least {
        let start = end.saturating_sub(block.len() as u64).max(least);
        let part = block.get_mut(..(end - start) as usize).unwrap_or_default();
        log.seek(SeekFrom::Start(start))?;
        log.read_exact(part)?;
        if let Some(last) = part.iter().rposition(|byte| *byte != 0) {
            return Ok(start + last as u64 + 1);
        }
        end = start;
    }
    Ok(end)
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

/// Removes a snapshot of the page table that sled had not finished writing when its process was killed.
///
/// sled 0.34 writes one under such a name and renames it, but takes whatever begins like a snapshot for one when it looks for the
/// latest: a store that was killed in between could not be opened again. The one before is removed only after the renaming, so
/// nothing is lost. To be called while no other process can have the store open.
pub(super) fn remove_unfinished_snapshots(directory: &Path) -> Result<(), Error> {
    remove(directory, |name| name.starts_with("snap.") && name.ends_with(".generating"))
}

/// Removes all snapshots of the page table.
pub(super) fn remove_snapshots(directory: &Path) -> Result<(), Error> {
    remove(directory, |name| name.starts_with("snap."))
}

/// Moves all snapshots of the page table into another directory.
pub(super) fn move_snapshots(from: &Path, to: &Path) -> io::Result<()> {
    let names = names(from)?;
    let mut snapshots = names.iter().filter(|name| name.to_str().is_some_and(|name| name.starts_with("snap.")));
    snapshots.try_for_each(|name| fs::rename(from.join(name), to.join(name)))
}

/// Removes the files of a directory, if there is one, whose names are such.
fn remove(directory: &Path, is_such: impl Fn(&str) -> bool) -> Result<(), Error> {
    let names = match names(directory) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        names => names.map_err(|source| io_error("list", directory, source))?,
    };
    let mut such = names.iter().filter(|name| name.to_str().is_some_and(&is_such));
    such.try_for_each(|name| {
        let path = directory.join(name);
        fs::remove_file(&path).map_err(|source| io_error("remove", &path, source))
    })
}

fn names(directory: &Path) -> io::Result<BTreeSet<OsString>> {
    fs::read_dir(directory)?.map(|entry| Ok(entry?.file_name())).collect()
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
            fill_last_segment(&log, 512).unwrap();
            assert_eq!(fs::metadata(&path).unwrap().len(), filled, "{length} bytes");
        }
    }

    #[test]
    fn what_stands_in_the_log_stays() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(LOG);
        // Segments that hold nothing but zeros, that end in zeros and that begin with them; more than a block of zeros at the end.
        for (length, places) in [
            (400_000, &[1, 70_000][..]),
            (1 << 20, &[]),
            ((1 << 20) - 1, &[0]),
            ((1 << 20) - 1, &[(1 << 20) - 2]),
            (3_000_000, &[1_999_999, 2_500_000]),
        ] {
            let mut bytes = vec![0; length];
            places.iter().for_each(|place: &usize| bytes[*place] = 7);
            fs::write(&path, &bytes).unwrap();
            let log = File::options().read(true).write(true).open(&path).unwrap();
            fill_last_segment(&log, 1 << 20).unwrap();
            let found = fs::read(&path).unwrap();
            assert!(
                found.starts_with(&bytes) && found.iter().skip(length).all(|byte| *byte == 0),
                "{length}, {places:?}"
            );
        }
    }
}
