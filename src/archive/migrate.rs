//! Bringing an archive to the present format.

use std::path::Path;

use crate::migrations::{self, Plan};

use super::directory::open_engine;
use super::{Archive, Error, OpenOptions};

impl Archive {
    /// Returns what [`Archive::migrate`] would do to the archive in a directory. Writes nothing.
    ///
    /// ```
    /// # fn main() -> Result<(), morgue::Error> {
    /// # let dir = tempfile::tempdir().unwrap();
    /// let options = morgue::OpenOptions::default();
    /// drop(morgue::Archive::open(dir.path(), &options)?);
    /// assert!(morgue::Archive::migration(dir.path(), &options)?.is_empty());
    /// assert!(morgue::Archive::migrate(dir.path(), &options, |_| {})?.is_empty());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Archive::open`], apart from [`Error::Older`].
    pub fn migration(path: impl AsRef<Path>, options: &OpenOptions) -> Result<Plan, Error> {
        let opened = open_engine(path.as_ref(), &OpenOptions { create: false, ..options.clone() })?;
        Ok(migrations::plan(&*opened.engine)?)
    }

    /// Brings the archive in a directory to the present format and says what was done.
    ///
    /// `progress` is told after every commit which step is at work. Safe to stop at any moment and to run again. An archive is never
    /// migrated otherwise, in particular not by opening it.
    ///
    /// # Errors
    /// [`Error::ReadOnly`] with such options; as [`Archive::open`], apart from [`Error::Older`].
    pub fn migrate(path: impl AsRef<Path>, options: &OpenOptions, progress: impl FnMut(&str)) -> Result<Plan, Error> {
        if options.read_only {
            return Err(Error::ReadOnly);
        }
        let opened = open_engine(path.as_ref(), &OpenOptions { create: false, ..options.clone() })?;
        Ok(migrations::run(&*opened.engine, progress)?)
    }
}
