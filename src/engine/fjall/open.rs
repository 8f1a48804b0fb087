//! Opening a store, or making one.

use std::fs;
use std::path::{Path, PathBuf};

use super::journal::{Journal, journals, list};
use super::note::{Note, Synced};
use super::{FjallOptions, Tree, errors, mend, options};
use crate::engine::Error;
use crate::engine::disk::io_error;
use crate::engine::errors::damaged;

/// The one keyspace.
const ROWS: &str = "rows";
/// The file that fjall writes last of those that make a store, and the folder that it fills after that.
const VERSION: &str = "version";
const KEYSPACES: &str = "keyspaces";
/// In there, the tree with the names of the others; in each tree, its tables and the file that says which of them count.
const NAMES: &str = "0";
const TABLES: &str = "tables";
const CURRENT: &str = "current";

/// Looks for a store in a directory and makes the directory where that is asked for.
pub(super) fn find_or_make(directory: &Path, create: bool) -> Result<(), Error> {
    if create {
        return fs::create_dir_all(directory).map_err(|source| io_error("create", directory, source));
    }
    // fjall would make an empty store where this file is missing.
    let version = directory.join(VERSION);
    fs::metadata(&version).map(drop).map_err(|source| io_error("open", &version, source))
}

/// Opens fjall, after its journal was mended where that is called for. Returns up to where the newest journal goes, too.
pub(super) fn open_tree(
    directory: &Path,
    inner: &Path,
    options: &FjallOptions,
    note: &mut Note,
) -> Result<(Tree, Synced), Error> {
    let fails = |error| errors::from_fjall(error, "open", directory);
    let is_new = !inner.join(VERSION).exists();
    if is_new {
        clear_unfinished(directory, inner)?;
        note.forget().map_err(|source| io_error("remove the note in", inner, source))?;
    } else {
        check_parts(directory, inner, options.create)?;
        mend::mend(directory, inner, options.cut_damage, note)?;
    }
    let before = journals(inner)?.pop();
    let database = options.database(inner).open().map_err(fails)?;
    let newest = if is_new { begin_journal(inner)? } else { before };
    if !options.create && !database.keyspace_exists(ROWS) {
        return Err(damaged("its rows are missing".to_owned(), directory));
    }
    let rows = database.keyspace(ROWS, options::keyspace).map_err(fails)?;
    // Opened again, a journal is as long as what is in it. Where fjall has begun another one meanwhile, that is found later.
    let length = |journal: Journal| (journal.number, fs::metadata(journal.path).map_or(0, |found| found.len()));
    let (journal, bytes) = newest.map(length).unwrap_or_default();
    Ok((Tree { rows, database }, Synced { journal, bytes }))
}

/// Makes a new journal as long as what is in it, as one is that is opened again: fjall lays out 64 MB, a hole.
fn begin_journal(inner: &Path) -> Result<Option<Journal>, Error> {
    let newest = journals(inner)?.pop();
    if let Some(journal) = &newest {
        journal.cut(0).map_err(|source| io_error("cut", &journal.path, source))?;
    }
    Ok(newest)
}

/// Removes the journal of a store whose making was stopped: fjall does not go on with it. Nothing can be in such a journal, since
/// the folder of the rows comes after the file that is missing.
fn clear_unfinished(directory: &Path, inner: &Path) -> Result<(), Error> {
    let keyspaces = inner.join(KEYSPACES);
    if fs::read_dir(&keyspaces).is_ok_and(|mut entries| entries.next().is_some()) {
        return Err(damaged(format!("its file {VERSION} is missing"), directory));
    }
    journals(inner)?
        .iter()
        .try_for_each(|Journal { path, .. }| fs::remove_file(path).map_err(|source| io_error("remove", path, source)))
}

/// Refuses a store that lacks a file without which fjall removes what is left of it, or counts its commits from zero again,
/// so that later rows hide behind earlier ones. A tree without tables may be one whose making was stopped.
fn check_parts(directory: &Path, inner: &Path, create: bool) -> Result<(), Error> {
    let missing = |path: &Path| Err(damaged(format!("{} is missing", path.display()), directory));
    if journals(inner)?.is_empty() {
        return missing(&inner.join("*.jnl"));
    }
    let keyspaces = inner.join(KEYSPACES);
    let trees = list(&keyspaces)?;
    let has_tables = |tree: &PathBuf| fs::read_dir(tree.join(TABLES)).is_ok_and(|mut tables| tables.next().is_some());
    if create && !trees.iter().any(has_tables) {
        return Ok(());
    }
    let needed = trees.into_iter().chain([keyspaces.join(NAMES)]).map(|tree| tree.join(CURRENT));
    needed.into_iter().find(|current| !current.exists()).map_or(Ok(()), |current| missing(&current))
}
