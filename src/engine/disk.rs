//! What the engines on disk need of the file system: names that survive power loss, and the room that files take.

use std::fs::{self, File, Metadata};
use std::io::{self, ErrorKind};
use std::path::Path;

use super::Error;

/// Returns the bytes that all files under a directory take.
///
/// On Unix that is the room allocated for them, so that holes count for nothing; elsewhere the sum of their lengths.
pub(super) fn size(directory: &Path) -> Result<u64, Error> {
    let entries = fs::read_dir(directory).map_err(|source| io_error("list", directory, source))?;
    let mut sum = 0;
    for entry in entries {
        let entry = entry.map_err(|source| io_error("list", directory, source))?;
        match entry.metadata() {
            Ok(metadata) if metadata.is_dir() => sum += size(&entry.path())?,
            Ok(metadata) => sum += room(&metadata),
            Err(error) if error.kind() == ErrorKind::NotFound => (),
            Err(source) => return Err(io_error("read the size of", &entry.path(), source)),
        }
    }
    Ok(sum)
}

/// Returns the bytes that a file takes, as in [`size`].
#[cfg(unix)]
pub(super) fn room(metadata: &Metadata) -> u64 {
    use std::os::unix::fs::MetadataExt as _;
    // POSIX leaves the unit of `st_blocks` open; every Unix that Rust runs on counts in 512 bytes.
    metadata.blocks() * 512
}

#[cfg(not(unix))]
pub(super) fn room(metadata: &Metadata) -> u64 {
    metadata.len()
}

/// Says whether a file system has room for so many bytes more, as far as it tells.
#[cfg(unix)]
pub(super) fn has_room(path: &Path, bytes: u64) -> bool {
    rustix::fs::statvfs(path).is_ok_and(|found| found.f_bavail.saturating_mul(found.f_frsize) >= bytes)
}

#[cfg(not(unix))]
pub(super) fn has_room(_: &Path, _: u64) -> bool {
    true
}

/// Makes the names in the directory of a store survive power loss, its own name and that of the archive's directory included.
pub(super) fn sync_names(directory: &Path) -> Result<(), Error> {
    sync_directory(directory)?;
    for above in directory.ancestors().skip(1).take(2) {
        match sync_directory(above) {
            // The directory of somebody else, who has to see to it.
            Err(Error::Io { source, .. }) if source.kind() == ErrorKind::PermissionDenied => (),
            synced => synced?,
        }
    }
    Ok(())
}

/// Makes the names in a directory survive power loss. Only Unix has a way to ask for that.
pub(super) fn sync_directory(directory: &Path) -> Result<(), Error> {
    if cfg!(unix) {
        let opened = File::open(if directory.as_os_str().is_empty() { Path::new(".") } else { directory });
        opened.and_then(|file| file.sync_all()).map_err(|source| io_error("sync", directory, source))?;
    }
    Ok(())
}

pub(super) fn io_error(doing: &'static str, path: &Path, source: io::Error) -> Error {
    Error::Io { doing, path: path.to_owned(), source }
}

#[cfg(test)]
mod tests {
    #[cfg(unix)]
    #[test]
    fn a_disk_has_room_for_little_and_not_for_everything() {
        let dir = tempfile::tempdir().unwrap();
        assert!(super::has_room(dir.path(), 1) && !super::has_room(dir.path(), u64::MAX));
        assert!(!super::has_room(&dir.path().join("nowhere"), 1), "what is not known is not taken for room");
    }
}
