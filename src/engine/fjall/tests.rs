use std::fs;

use super::*;

mod damage;
mod loss;
mod power;

fn options() -> FjallOptions {
    FjallOptions::default().create(true).cache_bytes(16 << 20)
}

fn put(key: &str, value: &str) -> Commit {
    Commit { writes: vec![(key.into(), Some(value.into()))], ..Commit::default() }
}

fn rows(first: u32, count: u32) -> Commit {
    let row = |n: u32| (n.to_be_bytes().to_vec(), Some(vec![n as u8; 16_000]));
    Commit { writes: (first..first + count).map(row).collect(), ..Commit::default() }
}

fn journal_bytes(directory: &Path) -> u64 {
    let entries = fs::read_dir(directory.join("fjall")).unwrap().map(Result::unwrap);
    let journals = entries.filter(|entry| entry.path().extension().is_some_and(|extension| extension == "jnl"));
    journals.map(|entry| entry.metadata().unwrap().len()).sum()
}

#[test]
fn a_lock_of_fjall_alone_is_in_use_too() {
    let directory = tempfile::tempdir().unwrap();
    drop(FjallEngine::open(directory.path(), &options()).unwrap());
    let _held = Database::builder(directory.path().join("fjall")).open().unwrap();
    assert!(matches!(FjallEngine::open(directory.path(), &options()), Err(Error::InUse { .. })));
}

#[test]
fn a_panic_is_damage_and_the_end_of_the_engine() {
    crate::engine::quiet_panics();
    let directory = tempfile::tempdir().unwrap();
    let engine = FjallEngine::open(directory.path(), &options()).unwrap();
    engine.commit(&put("k", "v"), Durability::Synced).unwrap();
    let error = engine.read::<()>(|_, _| panic!("block 7 makes no sense")).unwrap_err();
    assert!(matches!(&error, Error::Damaged { what, .. } if what.contains("block 7")), "{error:?}");
    assert!(matches!(engine.get(b"k"), Err(Error::Failed { what }) if what.contains("block 7")));
    assert!(matches!(engine.commit(&put("k", "w"), Durability::Synced), Err(Error::Failed { .. })));
    drop(engine);
    // What is broken stays locked until the process ends.
    assert!(matches!(FjallEngine::open(directory.path(), &options()), Err(Error::InUse { .. })));
}

/// fjall keeps up to 64 MB in its journal, read again at each opening and beside the tables that hold the same rows.
#[test]
fn a_large_journal_is_empty_once_the_store_is_closed_and_every_row_is_there() {
    let directory = tempfile::tempdir().unwrap();
    for round in 0..3 {
        let engine = FjallEngine::open(directory.path(), &options()).unwrap();
        for first in (0..400).step_by(20) {
            engine.commit(&rows(round * 400 + first, 20), Durability::Buffered).unwrap();
        }
        let gone = Commit { writes: vec![(round.to_be_bytes().to_vec(), None)], ..Commit::default() };
        engine.commit(&gone, Durability::Buffered).unwrap();
        assert!(journal_bytes(directory.path()) > 6_000_000);
        drop(engine);
        assert_eq!(journal_bytes(directory.path()), 0);
        let engine = FjallEngine::open(directory.path(), &FjallOptions::default()).unwrap();
        let found = engine.scan((std::ops::Bound::Unbounded, std::ops::Bound::Unbounded), Order::Ascending);
        assert_eq!(found.map(|row| assert_eq!(row.unwrap().1.len(), 16_000)).count() as u32, (round + 1) * 399);
        // A commit after it is later than all that is in the tables.
        engine.commit(&put("later", &round.to_string()), Durability::Synced).unwrap();
        assert_eq!(engine.get(b"later").unwrap(), Some(round.to_string().into_bytes()));
        engine
            .commit(&Commit { writes: vec![(b"later".to_vec(), None)], ..Commit::default() }, Durability::Synced)
            .unwrap();
    }
}

#[test]
fn a_making_that_was_stopped_is_made_again() {
    let whole = tempfile::tempdir().unwrap();
    drop(FjallEngine::open(whole.path(), &options()).unwrap());
    // What is there before the last file is: a journal, a lock, an empty folder.
    let directory = tempfile::tempdir().unwrap();
    let inner = directory.path().join("fjall");
    fs::create_dir_all(inner.join("keyspaces")).unwrap();
    fs::write(inner.join("0.jnl"), [0; 100]).unwrap();
    fs::write(inner.join("lock"), "").unwrap();
    let engine = FjallEngine::open(directory.path(), &options()).unwrap();
    engine.commit(&put("k", "v"), Durability::Synced).unwrap();
    drop(engine);
    // With rows in it, it is no such store.
    fs::remove_file(inner.join("version")).unwrap();
    assert!(matches!(FjallEngine::open(directory.path(), &options()), Err(Error::Damaged { .. })));
    assert!(inner.join("keyspaces").is_dir());
}

/// fjall lays out 64 MB for a journal, of which a note of what was synced and whoever looks at sizes would have to know.
#[test]
fn a_new_journal_is_as_long_as_what_is_in_it() {
    let directory = tempfile::tempdir().unwrap();
    let journal = || fs::metadata(directory.path().join("fjall/0.jnl")).unwrap().len();
    let engine = FjallEngine::open(directory.path(), &options()).unwrap();
    assert_eq!(journal(), 0);
    engine.commit(&put("k", "v"), Durability::Synced).unwrap();
    assert!((1..1_000).contains(&journal()), "{}", journal());
    drop(engine);
    assert_eq!(FjallEngine::open(directory.path(), &options()).unwrap().get(b"k").unwrap().as_deref(), Some(&b"v"[..]));
}

/// fjall takes a tree without its file `current` for one that is not finished, and removes it with all tables. Without a journal it
/// begins to count commits from zero, and rows written then are hidden by older ones.
#[test]
fn a_store_that_lacks_a_part_is_refused_and_left_as_it_is() {
    for part in ["keyspaces/0/current", "keyspaces/1/current", "0.jnl", "keyspaces/0"] {
        let directory = tempfile::tempdir().unwrap();
        let engine = FjallEngine::open(directory.path(), &options()).unwrap();
        engine.commit(&rows(0, 200), Durability::Synced).unwrap();
        drop(engine);
        let table = directory.path().join("fjall/keyspaces/1/tables/0");
        assert!(table.exists());
        let path = directory.path().join("fjall").join(part);
        if path.is_dir() {
            fs::remove_dir_all(&path).unwrap()
        } else {
            fs::remove_file(&path).unwrap()
        }
        for options in [options(), FjallOptions::default()] {
            let error = FjallEngine::open(directory.path(), &options).unwrap_err();
            assert!(matches!(error, Error::Damaged { .. }), "{part}: {error:?}");
            assert!(table.exists(), "{part}");
        }
    }
}
