use std::fs;

use super::options::{SEGMENT_BYTES, SUBDIRECTORY};
use super::*;
use crate::engine::conformance;

fn options() -> SledOptions {
    SledOptions::default().create(true).cache_bytes(16 << 20)
}

fn put(key: &str, value: &str) -> Commit {
    Commit { writes: vec![(key.into(), Some(value.into()))], ..Commit::default() }
}

#[test]
fn keeps_the_contract() {
    let directories = std::cell::RefCell::new(Vec::new());
    conformance::check(&|| {
        let directory = tempfile::tempdir().unwrap();
        let engine = SledEngine::open(directory.path(), &options()).unwrap();
        directories.borrow_mut().push(directory);
        Box::new(engine)
    });
}

#[test]
fn keeps_what_it_acknowledged() {
    let directory = tempfile::tempdir().unwrap();
    conformance::check_reopen(&|| Box::new(SledEngine::open(directory.path(), &options()).unwrap()));
}

#[test]
fn a_store_that_is_missing_is_made_only_on_request() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("deep/down");
    let error = SledEngine::open(&path, &SledOptions::default()).unwrap_err();
    assert!(matches!(&error, Error::Io { source, .. } if source.kind() == std::io::ErrorKind::NotFound), "{error:?}");
    assert!(!path.exists());
    drop(SledEngine::open(&path, &options()).unwrap());
    SledEngine::open(&path, &SledOptions::default()).unwrap();
}

#[test]
fn a_second_handle_is_told_who_has_the_directory() {
    let directory = tempfile::tempdir().unwrap();
    let first = SledEngine::open(directory.path(), &options()).unwrap();
    let error = SledEngine::open(directory.path(), &options()).unwrap_err();
    assert!(matches!(error, Error::InUse { pid: Some(pid), .. } if pid == std::process::id()), "{error:?}");
    drop(first);
    for _ in 0..20 {
        let again = SledEngine::open(directory.path(), &options()).unwrap();
        again.commit(&put("k", "v"), Durability::Buffered).unwrap();
    }
}

#[test]
fn a_lock_of_sled_alone_is_in_use_too() {
    let directory = tempfile::tempdir().unwrap();
    drop(SledEngine::open(directory.path(), &options()).unwrap());
    let inner = directory.path().join(SUBDIRECTORY);
    let _held = ::sled::Config::new().path(inner).segment_size(SEGMENT_BYTES).flush_every_ms(None).open().unwrap();
    assert!(matches!(SledEngine::open(directory.path(), &options()), Err(Error::InUse { .. })));
}

#[test]
fn a_panic_is_damage_and_the_end_of_the_engine() {
    crate::engine::quiet_panics();
    let directory = tempfile::tempdir().unwrap();
    let engine = SledEngine::open(directory.path(), &options()).unwrap();
    engine.commit(&put("k", "v"), Durability::Synced).unwrap();
    let error = engine.read::<()>(|_| panic!("page 7 makes no sense")).unwrap_err();
    assert!(matches!(&error, Error::Damaged { what, .. } if what.contains("page 7")), "{error:?}");
    assert!(matches!(engine.get(b"k"), Err(Error::Failed { what }) if what.contains("page 7")));
    assert!(matches!(engine.commit(&put("k", "w"), Durability::Synced), Err(Error::Failed { .. })));
    assert!(matches!(
        engine.scan((std::ops::Bound::Unbounded, std::ops::Bound::Unbounded), Order::Ascending).next(),
        Some(Err(Error::Failed { .. }))
    ));
    drop(engine);
    // What is broken stays locked until the process ends.
    assert!(matches!(SledEngine::open(directory.path(), &options()), Err(Error::InUse { .. })));
}

#[test]
fn the_size_is_that_of_all_files() {
    let directory = tempfile::tempdir().unwrap();
    let engine = SledEngine::open(directory.path(), &options()).unwrap();
    let value = vec![7; 3 << 20];
    for key in [b"a", b"b", b"c"] {
        let commit = Commit { writes: vec![(key.to_vec(), Some(value.clone()))], ..Commit::default() };
        engine.commit(&commit, Durability::Synced).unwrap();
    }
    assert!(engine.size_on_disk().unwrap() > 9 << 20);
    let before = engine.size_on_disk().unwrap();
    fs::write(directory.path().join("MORGUE"), vec![7; 1 << 20]).unwrap();
    let grown = engine.size_on_disk().unwrap() - before;
    assert!((1 << 20..2 << 20).contains(&grown), "{grown}");
}

/// The last segment was filled with zeros that were written: an archive of three articles took 8 MB of disk.
#[cfg(unix)]
#[test]
fn a_small_closed_store_takes_little_room() {
    let directory = tempfile::tempdir().unwrap();
    let engine = SledEngine::open(directory.path(), &options()).unwrap();
    engine.commit(&put("k", "v"), Durability::Synced).unwrap();
    drop(engine);
    for _ in 0..2 {
        assert!(fs::metadata(directory.path().join("sled/db")).unwrap().len() > 8_000_000);
        let room = disk::size(directory.path()).unwrap();
        assert!(room < 1 << 20, "{room} bytes");
        drop(SledEngine::open(directory.path(), &options()).unwrap());
    }
}

/// Rows of 16 KB in ascending order were written to the log two or three times.
#[test]
fn large_rows_under_reserved_keys_are_written_once() {
    let directory = tempfile::tempdir().unwrap();
    let engine = SledEngine::open(directory.path(), &options()).unwrap();
    let keys: Vec<Vec<u8>> = (0_u32..1_040).map(|n| n.to_be_bytes().to_vec()).collect();
    for first in (0..1_000).step_by(50) {
        engine.reserve(&keys[first..first + 90]).unwrap();
        for keys in keys[first..first + 50].chunks(5) {
            let writes = keys.iter().map(|key| (key.clone(), Some(vec![7; 16_000]))).collect();
            engine.commit(&Commit { writes, ..Commit::default() }, Durability::Buffered).unwrap();
        }
    }
    engine.flush().unwrap();
    let room = fs::metadata(directory.path().join("sled/db")).unwrap().len();
    assert!(room < 17_500_000, "{room} bytes for 16 MB");
}

/// sled fills the last segment of its log with zeros when it opens it, so that an archive of 4 MB had 8 MB after it was first read.
#[test]
fn reading_a_closed_store_does_not_make_it_grow() {
    let directory = tempfile::tempdir().unwrap();
    let length = || fs::metadata(directory.path().join("sled/db")).unwrap().len();
    let open = |create| SledEngine::open(directory.path(), &SledOptions::default().create(create)).unwrap();
    let engine = open(true);
    let writes = vec![(b"k".to_vec(), Some(vec![7; 1_000]))];
    engine.commit(&Commit { writes, ..Commit::default() }, Durability::Synced).unwrap();
    drop(engine);
    let closed = length();
    for _ in 0..2 {
        let engine = open(false);
        assert_eq!(engine.get(b"k").unwrap(), Some(vec![7; 1_000]));
        drop(engine);
        assert_eq!(length(), closed);
    }
}
