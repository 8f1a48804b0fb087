//! The directory of an archive: what stands in it, what marks it as one, which engine it holds.

use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

use crate::engine::{self, SledEngine, SledOptions};

use super::{Error, OpenOptions};

/// The file that says "this directory is an archive", and of which engine.
pub(super) const MARKER: &str = "MORGUE";
/// What it begins with.
const MARKER_TEXT: &str = "morgue archive\nengine: sled\n";
/// What else stands in the directory of an archive.
const OWN_FILES: [&str; 6] =
    [MARKER, super::acknowledged::FILE, super::acknowledged::NEW_FILE, "lock", "sled", SALVAGE];
/// A directory in that of an archive that is made by a salvage, with a copy of what is salvaged.
pub(super) const SALVAGE: &str = "salvage";

/// Opens the engine of an archive's directory, and nothing above it.
pub(super) fn open_engine(path: &Path, options: &OpenOptions) -> Result<SledEngine, Error> {
    let create = options.create && !options.read_only;
    let has_marker = check_directory(path, create)?;
    let sled = SledOptions::default().cache_bytes(options.cache_bytes / 2).lock_wait(options.lock_wait);
    // Where the marker is, a store must be: making an empty one would hide that it is gone.
    SledEngine::open(path, &sled.create(create && !has_marker)).map_err(|error| match error {
        engine::Error::Io { path, source, .. } if has_marker && source.kind() == io::ErrorKind::NotFound => {
            Error::damaged(format!("{} is missing", path.display()))
        }
        error => error.into(),
    })
}

/// Says whether the directory is marked as an archive; refuses one that is not and cannot become one.
fn check_directory(path: &Path, create: bool) -> Result<bool, Error> {
    let missing = || Error::NoArchive { path: path.to_owned() };
    // Lossy: a flipped bit can make it no text at all, which is damage like any other.
    match fs::read(path.join(MARKER)).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()) {
        Ok(text) if text == MARKER_TEXT => return Ok(true),
        Ok(text) => {
            return Err(Error::damaged(format!(
                "{} says {:?}, which is no engine of this program",
                path.join(MARKER).display(),
                text.lines().nth(1).unwrap_or_default()
            )));
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(source) => return Err(Error::Io { doing: "read", path: path.join(MARKER), source }),
    }
    match fs::read_dir(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound && create => Ok(false),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Err(missing()),
        Err(source) => Err(Error::Io { doing: "read", path: path.to_owned(), source }),
        Ok(entries) => match foreign(entries) {
            Some(found) => Err(Error::NotAnArchive { path: path.to_owned(), found }),
            None if create => Ok(false),
            None => Err(missing()),
        },
    }
}

/// A file that no archive has, if there is one.
fn foreign(entries: fs::ReadDir) -> Option<String> {
    let mut names = entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned());
    names.find(|name| !OWN_FILES.contains(&name.as_str()))
}

pub(super) fn write_marker(path: &Path) -> Result<(), Error> {
    let marker = path.join(MARKER);
    let write = || {
        let mut file = fs::File::create(&marker)?;
        file.write_all(MARKER_TEXT.as_bytes())?;
        file.sync_all()
    };
    write().map_err(|source| Error::Io { doing: "write", path: marker.clone(), source })
}
