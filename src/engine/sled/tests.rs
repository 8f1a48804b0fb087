use std::time::Duration;
use std::{fs, thread};

use super::options::{SEGMENT_BYTES, SUBDIRECTORY};
use super::*;

fn options() -> SledOptions {
    SledOptions::default().create(true).cache_bytes(16 << 20)
}

fn put(key: &str, value: &str) -> Commit {
    Commit { writes: vec![(key.into(), Some(value.into()))], ..Commit::default() }
}

#[test]
fn a_lock_of_sled_alone_is_in_use_too() {
    let directory = tempfile::tempdir().unwrap();
    drop(SledEngine::open(directory.path(), &options()).unwrap());
    let inner = directory.path().join(SUBDIRECTORY);
    let open = || ::sled::Config::new().path(&inner).segment_size(SEGMENT_BYTES).flush_every_ms(None).open();
    // A process that another test starts has the lock as well, for a moment.
    let _held = (0..1_000).find_map(|_| open().map_err(|_| thread::sleep(Duration::from_millis(10))).ok()).unwrap();
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

/// What a kill in the midst of opening leaves behind; sled took it for the latest snapshot, and the store for damaged.
#[test]
fn a_snapshot_that_was_not_finished_is_none() {
    let directory = tempfile::tempdir().unwrap();
    let engine = SledEngine::open(directory.path(), &options()).unwrap();
    engine.commit(&put("k", "v"), Durability::Synced).unwrap();
    drop(engine);
    let inner = directory.path().join(SUBDIRECTORY);
    for bytes in [&b""[..], b"half of it"] {
        let unfinished = inner.join("snap.FFFFFFFFFFFFFFF0.generating");
        fs::write(&unfinished, bytes).unwrap();
        let engine = SledEngine::open(directory.path(), &options()).unwrap();
        assert_eq!(engine.get(b"k").unwrap().as_deref(), Some(&b"v"[..]));
        drop(engine);
        fs::remove_file(unfinished).ok();
    }
}
