//! How an archive is opened, and when it is not.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use morgue::engine::{Engine, MemoryEngine};
use morgue::{Archive, Durability, Error, FORMAT_VERSION, IngestOptions, OpenOptions};

use crate::support::{add, assert_clean, exported, findings, in_memory, key, seen};

const FORMAT_ROW: &[u8] = b"\x00format";

fn read_only() -> OpenOptions {
    OpenOptions { read_only: true, ..OpenOptions::default() }
}

/// The row that says which version the format has, as `migrations/FORMAT.md` describes it.
fn format_row(version: u8) -> (Vec<u8>, Vec<u8>) {
    assert!(version < 251, "larger numbers take more than one byte");
    let mut record = vec![1, version];
    let mut hasher = blake3::Hasher::new();
    hasher.update(&(FORMAT_ROW.len() as u64).to_le_bytes()).update(FORMAT_ROW).update(&record);
    record.extend(&hasher.finalize().as_bytes()[..8]);
    (FORMAT_ROW.to_vec(), record)
}

fn of_version(version: u8) -> MemoryEngine {
    let (archive, engine) = in_memory();
    add(&archive, [seen("a", 0, "One")]);
    let rows = engine.rows().into_iter().filter(|(key, _)| key != FORMAT_ROW);
    MemoryEngine::from_rows(rows.chain([format_row(version)]))
}

fn with(engine: &MemoryEngine, options: &OpenOptions) -> Result<Archive, Error> {
    Archive::with_engine(Arc::new(engine.clone()), options)
}

#[test]
fn a_read_only_archive_refuses_every_write_and_reads_on() {
    let engine = of_version(3);
    let before = engine.rows();
    let archive = with(&engine, &read_only()).unwrap();
    let capture = seen("a", 1, "Two");
    let refused = |result: Result<(), Error>| assert!(matches!(result, Err(Error::ReadOnly)), "{result:?}");
    refused(archive.ingest(capture.clone(), Durability::Synced).map(drop));
    refused(archive.ingest_many([capture.clone()], &IngestOptions::default(), |_| {}).map(drop));
    refused(archive.add_alias(&key("b"), &key("a"), Durability::Synced).map(drop));
    refused(archive.reindex(|_, _| {}).map(drop));
    assert_eq!(archive.preview(capture).unwrap().revision, Some(2));
    assert_eq!(archive.revisions(&key("a")).unwrap().len(), 1);
    assert_clean(&archive);
    assert_eq!(engine.rows(), before);
}

/// Bytes and times of all files, those of `lock` apart, which says who has the archive open.
pub fn state_of(directory: &Path) -> BTreeMap<PathBuf, (Vec<u8>, SystemTime)> {
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(directory).unwrap().map(Result::unwrap) {
        let (path, metadata) = (entry.path(), entry.metadata().unwrap());
        if metadata.is_dir() {
            files.extend(state_of(&path));
        } else if !path.ends_with("lock") {
            files.insert(path.clone(), (fs::read(path).unwrap(), metadata.modified().unwrap()));
        }
    }
    files
}

pub fn assert_same(directory: &Path, before: &BTreeMap<PathBuf, (Vec<u8>, SystemTime)>, about: &str) {
    let after = state_of(directory);
    let names = |files: &BTreeMap<PathBuf, (Vec<u8>, SystemTime)>| files.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&after), names(before), "{about}");
    for (path, (bytes, modified)) in before {
        let (now, now_modified) = &after[path];
        assert!(now == bytes, "{about}: {} has other bytes", path.display());
        assert_eq!(now_modified, modified, "{about}: {}", path.display());
    }
}

#[test]
fn a_read_only_archive_on_disk_changes_no_file() {
    let directory = tempfile::tempdir().unwrap();
    let archive = Archive::open(directory.path(), &OpenOptions::default()).unwrap();
    archive.ingest(seen("a", 0, "One"), Durability::Synced).unwrap();
    let expected = exported(&archive);
    drop(archive);
    let before = state_of(directory.path());
    for _ in 0..3 {
        let archive = Archive::open(directory.path(), &read_only()).unwrap();
        assert!(matches!(archive.ingest(seen("a", 1, "Two"), Durability::Synced), Err(Error::ReadOnly)));
        assert!(matches!(Archive::migrate(directory.path(), &read_only(), |_, _, _| {}), Err(Error::ReadOnly)));
        assert_eq!(exported(&archive), expected);
        drop(archive);
        assert_same(directory.path(), &before, "read");
    }
    // Nor does one that could write and does not.
    drop(Archive::open(directory.path(), &OpenOptions::default()).unwrap());
    assert_same(directory.path(), &before, "not written");
    let archive = Archive::open(directory.path(), &OpenOptions::default()).unwrap();
    archive.ingest(seen("a", 1, "Two"), Durability::Synced).unwrap();
    drop(archive);
    let archive = Archive::open(directory.path(), &read_only()).unwrap();
    assert_eq!(archive.revisions(&key("a")).unwrap().len(), 2, "what is written stays");
}

/// sled took what stood behind a flipped bit for torn and wrote zeros over it, so that looking at the damage made it worse.
#[test]
fn opening_a_damaged_archive_makes_it_no_worse() {
    morgue::engine::quiet_panics();
    let directory = tempfile::tempdir().unwrap();
    let home = directory.path().join("archive");
    let archive = Archive::open(&home, &OpenOptions::default()).unwrap();
    for minute in 0..60 {
        archive.ingest(seen("a", minute, &format!("Text {minute}")), Durability::Synced).unwrap();
    }
    drop(archive);
    let log = home.join("sled/db");
    let whole = fs::read(&log).unwrap();
    let used = whole.iter().rposition(|byte| *byte != 0).unwrap();
    let mut failed = 0;
    for place in (1..12).map(|part| used / 12 * part) {
        let copy = directory.path().join(format!("copy{place}"));
        copy_all(&home, &copy);
        let mut hurt = whole.clone();
        hurt[place] ^= 8;
        fs::write(copy.join("sled/db"), hurt).unwrap();
        let before = state_of(&copy);
        for options in [read_only(), OpenOptions { repair: true, ..read_only() }, OpenOptions::default()] {
            let opened = Archive::open(&copy, &options);
            failed += usize::from(opened.is_err());
            drop(opened.map(|archive| archive.check(&morgue::CheckOptions { deep: true }, |_, _| {})));
            assert_same(&copy, &before, &format!("byte {place}"));
        }
    }
    assert!(failed > 5, "only {failed} openings failed");
}

/// After a kill, the end of the log is mended in passing; reading puts it back and reads the same again.
#[test]
fn reading_after_a_kill_reads_all_and_changes_no_file() {
    let directory = tempfile::tempdir().unwrap();
    let (home, copy) = (directory.path().join("archive"), directory.path().join("copy"));
    let archive = Archive::open(&home, &OpenOptions::default()).unwrap();
    for minute in 0..30 {
        archive.ingest(seen("a", minute, &format!("Text {minute}")), Durability::Synced).unwrap();
    }
    // As a process that is killed now leaves it.
    copy_all(&home, &copy);
    let expected = exported(&archive);
    drop(archive);
    let before = state_of(&copy);
    for _ in 0..2 {
        let archive = Archive::open(&copy, &read_only()).unwrap();
        assert_eq!(exported(&archive), expected);
        drop(archive);
        assert_same(&copy, &before, "after a kill");
    }
    let archive = Archive::open(&copy, &OpenOptions::default()).unwrap();
    archive.ingest(seen("a", 99, "After"), Durability::Synced).unwrap();
    drop(archive);
    assert_clean(&Archive::open(&copy, &read_only()).unwrap());
}

#[test]
fn a_newer_format_is_refused_and_nothing_is_written() {
    let engine = of_version(99);
    let before = engine.rows();
    for options in [OpenOptions::default(), read_only(), OpenOptions { repair: true, ..OpenOptions::default() }] {
        assert!(matches!(with(&engine, &options), Err(Error::Newer { found: 99 })));
    }
    assert_eq!(engine.rows(), before);
}

#[test]
fn an_older_format_is_refused_and_never_migrated_by_opening() {
    let engine = of_version(0);
    let before = engine.rows();
    for options in [OpenOptions::default(), read_only()] {
        assert!(matches!(with(&engine, &options), Err(Error::Older { found: 0 })));
    }
    assert_eq!(engine.rows(), before);
    // The row is as the archive itself writes it.
    assert_eq!(in_memory().1.get(FORMAT_ROW).unwrap(), Some(format_row(u8::try_from(FORMAT_VERSION).unwrap()).1));
}

#[test]
fn a_store_without_its_format_is_damaged_and_an_empty_one_becomes_an_archive() {
    let rows = of_version(3).rows().into_iter().filter(|(key, _)| key != FORMAT_ROW);
    let engine = MemoryEngine::from_rows(rows);
    let before = engine.rows();
    assert!(with(&engine, &OpenOptions::default()).unwrap_err().is_damage());
    assert_eq!(engine.rows(), before);
    let empty = MemoryEngine::default();
    assert!(with(&empty, &read_only()).unwrap_err().is_damage());
    assert_eq!(empty.rows(), []);
    assert_clean(&with(&empty, &OpenOptions::default()).unwrap());
}

#[test]
fn an_interrupted_reindex_is_said_so_and_can_be_repaired() {
    let mut rows = of_version(3).rows();
    rows.push((b"\x00reindex".to_vec(), Vec::new()));
    let engine = MemoryEngine::from_rows(rows);
    assert!(matches!(with(&engine, &OpenOptions::default()), Err(Error::UnfinishedReindex)));
    let repair = OpenOptions { repair: true, ..OpenOptions::default() };
    with(&engine, &repair).unwrap().reindex(|_, _| {}).unwrap();
    assert_clean(&with(&engine, &OpenOptions::default()).unwrap());
}

#[test]
fn a_directory_that_holds_other_things_is_left_alone() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("thesis.txt"), "mine").unwrap();
    match Archive::open(directory.path(), &OpenOptions::default()) {
        Err(Error::NotAnArchive { found, .. }) => assert_eq!(found, "thesis.txt"),
        other => panic!("{other:?}"),
    }
    assert_eq!(names_in(directory.path()), ["thesis.txt"]);
}

#[test]
fn where_there_is_no_archive_none_is_made_unless_asked() {
    let directory = tempfile::tempdir().unwrap();
    let no_create = OpenOptions { create: false, ..OpenOptions::default() };
    for path in [directory.path().to_owned(), directory.path().join("none")] {
        for options in [&read_only(), &no_create] {
            assert!(matches!(Archive::open(&path, options), Err(Error::NoArchive { .. })));
        }
    }
    assert_eq!(names_in(directory.path()), Vec::<String>::new());
    drop(Archive::open(directory.path().join("none"), &OpenOptions::default()).unwrap());
    assert!(Archive::open(directory.path().join("none"), &no_create).is_ok());
}

/// A process that was killed while it made an archive left the marker and a store without a format, which reading took for damage.
#[test]
fn an_archive_that_was_half_made_is_none_yet_and_is_made_by_the_next_who_writes() {
    let directory = tempfile::tempdir().unwrap();
    drop(Archive::open(directory.path(), &OpenOptions::default()).unwrap());
    fs::remove_file(directory.path().join("MORGUE")).unwrap();
    assert!(matches!(Archive::open(directory.path(), &read_only()), Err(Error::NoArchive { .. })));
    drop(Archive::open(directory.path(), &OpenOptions::default()).unwrap());
    assert_clean(&Archive::open(directory.path(), &read_only()).unwrap());
}

/// An older copy of the store opens without complaint; the file beside it knows how many captures were acknowledged.
#[test]
fn a_store_that_was_replaced_by_an_older_copy_is_found_out() {
    let directory = tempfile::tempdir().unwrap();
    let (home, copy) = (directory.path().join("archive"), directory.path().join("copy"));
    let archive = Archive::open(&home, &OpenOptions::default()).unwrap();
    archive.ingest(seen("a", 0, "One"), Durability::Synced).unwrap();
    drop(archive);
    copy_all(&home.join("sled"), &copy);
    let archive = Archive::open(&home, &OpenOptions::default()).unwrap();
    archive.ingest(seen("a", 1, "Two"), Durability::Synced).unwrap();
    drop(archive);
    fs::remove_dir_all(home.join("sled")).unwrap();
    copy_all(&copy, &home.join("sled"));
    let refused = Archive::open(&home, &OpenOptions::default()).unwrap_err();
    assert!(refused.is_damage(), "{refused}");
    let archive = Archive::open(&home, &OpenOptions { repair: true, ..read_only() }).unwrap();
    assert_eq!(findings(&archive).len(), 1);
    assert_eq!(archive.revisions(&key("a")).unwrap().len(), 1, "what is there can be saved");
}

fn names_in(directory: &Path) -> Vec<String> {
    fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect()
}

fn copy_all(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy_all(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}
