//! Bringing an archive to the present format.

use std::path::Path;
use std::sync::Arc;

use crate::engine::Engine;
use crate::format::key::META_REINDEX;
use crate::migrations::{self, Plan};

use super::acknowledged::Acknowledged;
use super::directory::open_engine;
use super::served;
use super::{Archive, Error, OpenOptions};

impl Archive {
    /// Returns what [`Archive::migrate`] would do to the archive in a directory. Writes nothing; reads all captures, not their texts.
    ///
    /// ```
    /// # fn main() -> Result<(), morgue::Error> {
    /// # let dir = tempfile::tempdir().unwrap();
    /// let options = morgue::OpenOptions::default();
    /// drop(morgue::Archive::open(dir.path(), &options)?);
    /// assert!(morgue::Archive::migration(dir.path(), &options)?.is_empty());
    /// assert!(morgue::Archive::migrate(dir.path(), &options, |_, _, _| {})?.is_empty());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Archive::open`], apart from [`Error::Older`].
    pub fn migration(path: impl AsRef<Path>, options: &OpenOptions) -> Result<Plan, Error> {
        let path = path.as_ref();
        let opened = open_engine(path, &OpenOptions { create: false, ..options.clone() });
        let opened = opened.map_err(|error| served::told(path, error))?;
        Ok(migrations::plan(&*opened.engine)?)
    }

    /// Brings the archive in a directory to the present format and says what was done.
    ///
    /// Everything is read and verified before the first change: where something is damaged, the archive stays as it is, and an error
    /// names what is hurt. `progress` is told what is done now, how far it is and how far it goes. Safe to stop at any moment and to run
    /// again; meanwhile no program takes the directory for an archive. An archive is never migrated otherwise, in particular not by
    /// opening it.
    ///
    /// # Errors
    /// [`Error::ReadOnly`] with such options; damage; as [`Archive::open`], apart from [`Error::Older`].
    pub fn migrate(
        path: impl AsRef<Path>,
        options: &OpenOptions,
        progress: impl FnMut(&str, u64, u64),
    ) -> Result<Plan, Error> {
        if options.read_only {
            return Err(Error::ReadOnly);
        }
        let path = path.as_ref();
        let opened = open_engine(path, &OpenOptions { create: false, ..options.clone() });
        let opened = opened.map_err(|error| served::told(path, error))?;
        let acknowledged = Acknowledged::open(path, false)?;
        bring(Arc::clone(&opened.engine), options, Some(acknowledged), progress)
    }

    /// Brings the archive that an engine holds to the present format, as [`Archive::migrate`] does.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use morgue::{Archive, OpenOptions, engine::MemoryEngine};
    ///
    /// let engine = Arc::new(MemoryEngine::default());
    /// let options = OpenOptions::default();
    /// Archive::with_engine(engine.clone(), &options)?;
    /// assert!(Archive::migrate_engine(engine, &options, |_, _, _| {})?.is_empty());
    /// # Ok::<(), morgue::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Archive::migrate`], apart from those about directories.
    pub fn migrate_engine(
        engine: Arc<dyn Engine>,
        options: &OpenOptions,
        progress: impl FnMut(&str, u64, u64),
    ) -> Result<Plan, Error> {
        if options.read_only { Err(Error::ReadOnly) } else { bring(engine, options, None, progress) }
    }
}

fn bring(
    engine: Arc<dyn Engine>,
    options: &OpenOptions,
    acknowledged: Option<Acknowledged>,
    mut progress: impl FnMut(&str, u64, u64),
) -> Result<Plan, Error> {
    let plan = migrations::plan(&*engine)?;
    // Once it has begun, what is left of the old rows does not tell any more how many there were.
    // Neither does a feed that is to be made anew.
    let tells_all = !plan.is_empty() && !plan.resumes && engine.get(META_REINDEX)?.is_none();
    if let Some(acknowledged) = acknowledged.as_ref().filter(|_| tells_all) {
        acknowledged.verify(plan.arrivals)?;
    }
    migrations::run(&*engine, &mut progress)?;
    // Also where that was interrupted.
    if engine.get(META_REINDEX)?.is_some() {
        let options = OpenOptions { create: false, repair: true, ..options.clone() };
        let archive = Archive::start(engine, &options, acknowledged)?;
        archive.reindex(|done, total| progress("rebuild the index", done, total))?;
    }
    Ok(plan)
}
