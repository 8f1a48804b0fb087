//! The marker: the file that says "this directory is an archive", of which engine, and in which subdirectory its store is.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::Path;

use crate::engine::EngineKind;

use super::Error;

/// The name of the file.
pub(super) const FILE: &str = "MORGUE";
/// The marker that is being written.
pub(super) const NEW_FILE: &str = "MORGUE.new";
const FIRST_LINE: &str = "morgue archive\n";

/// What the marker says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Marker {
    pub(super) engine: EngineKind,
    /// The subdirectory of the store: the name of the engine, or that with a number (`sled-2`).
    pub(super) store: String,
}

impl Marker {
    /// The marker of a new archive.
    pub(super) fn new(engine: EngineKind) -> Self {
        Self { engine, store: engine.name().to_owned() }
    }

    /// The marker of a fresh store that is to take the place of this one.
    pub(super) fn next(&self) -> Self {
        let next = number(&self.store, self.engine).map_or(2, |number| number + 1);
        Self { engine: self.engine, store: format!("{}-{next}", self.engine.name()) }
    }

    /// Reads the marker of a directory; `None` where there is none.
    pub(super) fn read(directory: &Path) -> Result<Option<Self>, Error> {
        let path = directory.join(FILE);
        let text = match fs::read(&path) {
            // Lossy: a flipped bit can make it no text at all, which is damage like any other.
            Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(Error::Io { doing: "read", path, source }),
        };
        Self::parse(&text).map(Some).map_err(|what| Error::damaged(format!("{} says {what}", path.display())))
    }

    /// Puts the marker into a directory in one step: whoever looks finds the old one or this one whole, also after power loss.
    pub(super) fn write(&self, directory: &Path) -> Result<(), Error> {
        let (new, path) = (directory.join(NEW_FILE), directory.join(FILE));
        let write = || {
            let mut file = File::create(&new)?;
            file.write_all(self.text().as_bytes())?;
            file.sync_all()?;
            fs::rename(&new, &path)?;
            // Only Unix has a way to ask for the names in a directory.
            if cfg!(unix) { File::open(directory)?.sync_all() } else { Ok(()) }
        };
        write().map_err(|source| Error::Io { doing: "write", path: path.clone(), source })
    }

    /// Whether this is the name of a store that this archive could have made, and that is not its store.
    pub(super) fn is_stray(&self, name: &str) -> bool {
        name != self.store && (name == self.engine.name() || number(name, self.engine).is_some())
    }

    fn text(&self) -> String {
        let store = if self.store == self.engine.name() { String::new() } else { format!("store: {}\n", self.store) };
        format!("{FIRST_LINE}engine: {}\n{store}", self.engine)
    }

    /// The other way round; anything that [`text`](Self::text) would not write comes back as what is wrong with it.
    fn parse(text: &str) -> Result<Self, String> {
        let line = |number: usize, name: &str| text.lines().nth(number).and_then(|line| line.strip_prefix(name));
        let engine = line(1, "engine: ").and_then(|engine| engine.parse::<EngineKind>().ok());
        let Some(engine) = engine.filter(|_| text.starts_with(FIRST_LINE)) else {
            return Err(format!("{:?}, which is no engine of this program", text.lines().nth(1).unwrap_or_default()));
        };
        let store = line(2, "store: ").filter(|store| number(store, engine).is_some()).unwrap_or(engine.name());
        let marker = Self { engine, store: store.to_owned() };
        if marker.text() == text { Ok(marker) } else { Err(format!("{text:?}, which no archive says")) }
    }
}

/// The number of a store that is called after its engine: `sled-2`.
fn number(name: &str, engine: EngineKind) -> Option<u32> {
    let digits = name.strip_prefix(engine.name())?.strip_prefix('-')?;
    digits.parse().ok().filter(|number: &u32| number.to_string() == digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_marker_is_read_as_it_was_written() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(Marker::read(dir.path()).unwrap(), None);
        for engine in EngineKind::ALL {
            for store in ["", "-2", "-10"] {
                let marker = Marker { engine, store: format!("{engine}{store}") };
                marker.write(dir.path()).unwrap();
                assert_eq!(Marker::read(dir.path()).unwrap(), Some(marker));
                assert!(!dir.path().join(NEW_FILE).exists());
            }
        }
    }

    #[test]
    fn the_marker_of_version_1_is_that_of_a_new_sled_archive() {
        let marker = Marker::parse("morgue archive\nengine: sled\n").unwrap();
        assert_eq!(marker, Marker::new(EngineKind::Sled));
        assert_eq!(marker.text(), "morgue archive\nengine: sled\n");
    }

    #[test]
    fn a_marker_that_nobody_wrote_is_damage() {
        for text in [
            "",
            "morgue archive\n",
            "morgue archive\nengine: slad\n",
            "morgue archive\nengine: sled",
            "morgue archive\nengine: sled\n\n",
            "morgue archive\nengine: sled\nstore: sled\n",
            "morgue archive\nengine: sled\nstore: sled-02\n",
            "morgue archive\nengine: sled\nstore: fjall-2\n",
            "morgue archive\nengine: sled\nstore: ../sled-2\n",
            "morgue archive\nengine: sled\nstore: sled-2\nmore\n",
            "Morgue archive\nengine: sled\n",
        ] {
            assert!(Marker::parse(text).is_err(), "{text:?}");
        }
    }
}
