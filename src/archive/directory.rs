//! The directory of an archive: what stands in it, what marks it as one, which engine it holds.

use std::fs;
use std::io;
use std::path::Path;
use std::sync::Arc;

use crate::engine::{self, Engine, EngineKind, SledEngine, SledOptions};
#[cfg(feature = "fjall")]
use crate::engine::{FjallEngine, FjallOptions};

use super::marker::{self, Marker};
use super::{Error, OpenOptions};

/// What stands in the directory of an archive, apart from stores.
///
/// The list of what a tracker follows may be there before the archive is.
const OWN_FILES: [&str; 10] = [
    marker::FILE,
    marker::NEW_FILE,
    super::acknowledged::FILE,
    super::acknowledged::NEW_FILE,
    "lock",
    "socket",
    "socket.new",
    SALVAGE,
    "track.toml",
    "track.toml.new",
];
/// A directory in that of an archive that is made by a salvage, with a copy of what is salvaged.
pub(super) const SALVAGE: &str = "salvage";

/// The engine of an archive's directory, open.
#[derive(Debug)]
pub(super) struct Opened {
    pub(super) engine: Arc<dyn Engine>,
    marker: Marker,
    /// Whether the marker is there already.
    is_marked: bool,
}

impl Opened {
    pub(super) const fn kind(&self) -> EngineKind {
        self.marker.engine
    }

    /// Writes what is missing and removes what is left over, once the archive was found in order.
    ///
    /// The marker comes last: a process killed while it makes an archive leaves none, and not one without a format.
    pub(super) fn settle(&self, path: &Path, options: &OpenOptions) -> Result<(), Error> {
        if !self.is_marked {
            self.marker.write(path)?;
        }
        if !options.read_only && !options.repair {
            self.remove_strays(path);
        }
        Ok(())
    }

    /// Removes the stores that a `compact` left when it was stopped. What cannot be removed now can be the next time.
    fn remove_strays(&self, path: &Path) {
        let Ok(entries) = fs::read_dir(path) else { return };
        for entry in entries.flatten() {
            let is_stray = entry.file_name().to_str().is_some_and(|name| self.marker.is_stray(name));
            // `file_type` does not follow links: what a link points to belongs to somebody else.
            if is_stray && entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                let _ = fs::remove_dir_all(entry.path());
            }
        }
    }
}

/// Opens the engine of an archive's directory, and nothing above it.
pub(super) fn open_engine(path: &Path, options: &OpenOptions) -> Result<Opened, Error> {
    let create = options.create && !options.read_only;
    let found = check_directory(path, create)?;
    let is_marked = found.is_some();
    let marker = found.unwrap_or_else(|| Marker::new(options.engine.or_else(|| unmarked(path)).unwrap_or_default()));
    if let Some(asked) = options.engine.filter(|asked| *asked != marker.engine) {
        return Err(Error::OtherEngine { path: path.to_owned(), found: marker.engine, asked });
    }
    // Where the marker is, a store must be: making an empty one would hide that it is gone.
    let engine = open_store(path, &marker, create && !is_marked, options).map_err(|error| match error {
        Error::Engine(engine::Error::Io { path, source, .. })
            if is_marked && source.kind() == io::ErrorKind::NotFound =>
        {
            Error::damaged(format!("{} is missing", path.display()))
        }
        error => error,
    })?;
    Ok(Opened { engine, marker, is_marked })
}

/// Makes a store in a directory of its own, under the name of its engine, to be moved into that of an archive.
pub(super) fn make_store(path: &Path, engine: EngineKind, options: &OpenOptions) -> Result<Arc<dyn Engine>, Error> {
    fs::create_dir_all(path).map_err(|source| Error::Io { doing: "create", path: path.to_owned(), source })?;
    open_store(path, &Marker::new(engine), true, options)
}

/// Opens a copy of a store that was damaged, under the name of its engine.
pub(super) fn open_copy(path: &Path, engine: EngineKind) -> Result<Arc<dyn Engine>, Error> {
    match engine {
        #[cfg(feature = "fjall")]
        EngineKind::Fjall => {
            let options = FjallOptions::default().cache_bytes(OpenOptions::default().engine_cache_bytes());
            Ok(Arc::new(FjallEngine::open(path, &options.cut_damage(true))?))
        }
        engine => open_store(path, &Marker::new(engine), false, &OpenOptions::default()),
    }
}

fn open_store(path: &Path, marker: &Marker, create: bool, options: &OpenOptions) -> Result<Arc<dyn Engine>, Error> {
    let (store, cache, wait) = (marker.store.as_str(), options.engine_cache_bytes(), options.lock_wait);
    match marker.engine {
        EngineKind::Sled => {
            let options = SledOptions::default().store(store).create(create).cache_bytes(cache).lock_wait(wait);
            Ok(Arc::new(SledEngine::open(path, &options)?))
        }
        #[cfg(feature = "fjall")]
        EngineKind::Fjall => {
            let options = FjallOptions::default().store(store).create(create).cache_bytes(cache).lock_wait(wait);
            Ok(Arc::new(FjallEngine::open(path, &options)?))
        }
        #[cfg(not(feature = "fjall"))]
        EngineKind::Fjall => {
            let _ = (store, cache, wait, create);
            Err(Error::EngineNotBuilt { path: path.to_owned(), engine: marker.engine })
        }
    }
}

/// The engine of a directory whose marker is not there: not written yet, or lost.
fn unmarked(path: &Path) -> Option<EngineKind> {
    EngineKind::ALL.into_iter().find(|engine| path.join(engine.name()).is_dir())
}

/// Returns the marker of an archive's directory; refuses a directory that is no archive and cannot become one.
fn check_directory(path: &Path, create: bool) -> Result<Option<Marker>, Error> {
    if let Some(marker) = Marker::read(path)? {
        return Ok(Some(marker));
    }
    let missing = || Error::NoArchive { path: path.to_owned() };
    match fs::read_dir(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound && create => Ok(None),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Err(missing()),
        Err(source) => Err(Error::Io { doing: "read", path: path.to_owned(), source }),
        Ok(entries) => match foreign(entries) {
            Some(found) => Err(Error::NotAnArchive { path: path.to_owned(), found }),
            None if create => Ok(None),
            None => Err(missing()),
        },
    }
}

/// Refuses a directory for something new in which something is.
pub(super) fn expect_empty(path: &Path) -> Result<(), Error> {
    let unread = |source| Error::Io { doing: "read", path: path.to_owned(), source };
    match fs::read_dir(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(source) => Err(unread(source)),
        Ok(mut entries) => match entries.next().transpose().map_err(unread)? {
            None => Ok(()),
            Some(_) => Err(Error::NotEmpty { path: path.to_owned() }),
        },
    }
}

/// A file that no archive has, if there is one.
fn foreign(entries: fs::ReadDir) -> Option<String> {
    let mut names = entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned());
    names.find(|name| !OWN_FILES.contains(&name.as_str()) && name.parse::<EngineKind>().is_err())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(path: &Path) -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(path).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        names.into_iter().map(|name| name.into_string().unwrap()).collect()
    }

    fn open(path: &Path, options: &OpenOptions) -> Result<Opened, Error> {
        let opened = open_engine(path, options)?;
        opened.settle(path, options)?;
        Ok(opened)
    }

    #[test]
    fn a_writer_removes_stray_stores_of_its_engine_and_nothing_else() {
        let dir = tempfile::tempdir().unwrap();
        let (path, writer) = (dir.path(), OpenOptions::default());
        drop(open(path, &writer).unwrap());
        fs::rename(path.join("sled"), path.join("sled-2")).unwrap();
        let marker = Marker { engine: EngineKind::Sled, store: "sled-2".to_owned() };
        marker.write(path).unwrap();
        let strays = ["sled", "sled-3", "sled-41"];
        let others = ["sled-", "sled-x", "sled-03", "sled-3.old", "sled-+4", "fjall-3", "notes"];
        for name in strays.iter().chain(&others) {
            fs::create_dir(path.join(name)).unwrap();
            fs::write(path.join(name).join("file"), "kept").unwrap();
        }
        fs::write(path.join("sled-5"), "a file").unwrap();
        let everything = names(path);
        for reader in
            [OpenOptions { read_only: true, ..writer.clone() }, OpenOptions { repair: true, ..writer.clone() }]
        {
            drop(open(path, &reader).unwrap());
            assert_eq!(names(path), everything);
        }
        drop(open(path, &writer).unwrap());
        let left: Vec<_> = everything.into_iter().filter(|name| !strays.contains(&name.as_str())).collect();
        assert_eq!(names(path), left);
        assert!(others.iter().all(|name| path.join(name).join("file").exists()));
    }

    #[test]
    fn the_store_that_the_marker_names_is_the_one_that_is_opened() {
        let dir = tempfile::tempdir().unwrap();
        let options = OpenOptions::default();
        drop(open(dir.path(), &options).unwrap());
        Marker { engine: EngineKind::Sled, store: "sled-7".to_owned() }.write(dir.path()).unwrap();
        let error = open(dir.path(), &options).unwrap_err();
        assert!(error.is_damage() && error.to_string().contains("sled-7"), "{error}");
        assert_eq!(
            names(dir.path()),
            ["MORGUE", "lock", "sled"],
            "nothing is made or removed for a store that is gone"
        );
    }

    #[cfg(not(feature = "fjall"))]
    #[test]
    fn an_engine_that_is_not_built_in_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let asked = OpenOptions { engine: Some(EngineKind::Fjall), ..OpenOptions::default() };
        let is_named = |opened: Result<Opened, Error>| {
            let error = opened.unwrap_err();
            assert!(matches!(error, Error::EngineNotBuilt { engine: EngineKind::Fjall, .. }), "{error}");
        };
        is_named(open(dir.path(), &asked));
        assert!(names(dir.path()).is_empty());
        Marker::new(EngineKind::Fjall).write(dir.path()).unwrap();
        is_named(open(dir.path(), &OpenOptions::default()));
    }

    #[cfg(feature = "fjall")]
    #[test]
    fn an_archive_keeps_its_engine() {
        for (engine, other) in [(EngineKind::Sled, EngineKind::Fjall), (EngineKind::Fjall, EngineKind::Sled)] {
            let dir = tempfile::tempdir().unwrap();
            let with = |engine| OpenOptions { engine, ..OpenOptions::default() };
            assert_eq!(open(dir.path(), &with(Some(engine))).unwrap().engine.name(), engine.name());
            assert_eq!(open(dir.path(), &with(None)).unwrap().engine.name(), engine.name());
            let error = open(dir.path(), &with(Some(other))).unwrap_err();
            assert!(
                matches!(&error, Error::OtherEngine { found, asked, .. } if (*found, *asked) == (engine, other)),
                "{error}"
            );
            // The marker is lost: the store that is there is not passed over for an empty one.
            fs::remove_file(dir.path().join(marker::FILE)).unwrap();
            assert_eq!(open(dir.path(), &with(None)).unwrap().engine.name(), engine.name());
        }
    }
}
