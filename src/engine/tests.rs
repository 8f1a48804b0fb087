//! What every engine in a directory promises beyond the contract.

use std::cell::RefCell;
use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use super::*;

type Opened = Result<Box<dyn Engine>, Error>;

struct OnDisk {
    kind: EngineKind,
    /// Opens a store of some name in a directory; makes it or not.
    open: fn(&Path, &str, bool) -> Opened,
}

const ENGINES: &[OnDisk] = &[
    OnDisk {
        kind: EngineKind::Sled,
        open: |directory, store, create| {
            let options = SledOptions::default().create(create).cache_bytes(16 << 20).store(store);
            Ok(Box::new(SledEngine::open(directory, &options)?))
        },
    },
    #[cfg(feature = "fjall")]
    OnDisk {
        kind: EngineKind::Fjall,
        open: |directory, store, create| {
            let options = FjallOptions::default().create(create).cache_bytes(16 << 20).store(store);
            Ok(Box::new(FjallEngine::open(directory, &options)?))
        },
    },
];

impl OnDisk {
    fn open(&self, directory: &Path, create: bool) -> Opened {
        (self.open)(directory, self.kind.name(), create)
    }
}

fn put(key: &str, value: &str) -> Commit {
    Commit { writes: vec![(key.into(), Some(value.into()))], ..Commit::default() }
}

#[test]
fn each_keeps_the_contract() {
    for engine in ENGINES {
        let directories = RefCell::new(Vec::new());
        conformance::check(&|| {
            let directory = tempfile::tempdir().unwrap();
            let opened = engine.open(directory.path(), true).unwrap();
            assert_eq!(opened.name(), engine.kind.name());
            directories.borrow_mut().push(directory);
            opened
        });
    }
}

#[test]
fn each_keeps_what_it_acknowledged() {
    for engine in ENGINES {
        let directory = tempfile::tempdir().unwrap();
        conformance::check_reopen(&|| engine.open(directory.path(), true).unwrap());
    }
}

#[test]
fn a_store_that_is_missing_is_made_only_on_request() {
    for engine in ENGINES {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("deep/down");
        let error = engine.open(&path, false).unwrap_err();
        assert!(matches!(&error, Error::Io { source, .. } if source.kind() == ErrorKind::NotFound), "{error:?}");
        assert!(!path.exists());
        drop(engine.open(&path, true).unwrap());
        engine.open(&path, false).unwrap();
    }
}

#[test]
fn a_second_handle_is_told_who_has_the_directory() {
    for engine in ENGINES {
        let directory = tempfile::tempdir().unwrap();
        let first = engine.open(directory.path(), true).unwrap();
        let error = engine.open(directory.path(), true).unwrap_err();
        assert!(matches!(error, Error::InUse { pid: Some(pid), .. } if pid == std::process::id()), "{error:?}");
        drop(first);
        for _ in 0..20 {
            let again = engine.open(directory.path(), true).unwrap();
            again.commit(&put("k", "v"), Durability::Buffered).unwrap();
        }
    }
}

#[test]
fn stores_of_two_names_in_one_directory_have_rows_of_their_own() {
    for engine in ENGINES {
        let directory = tempfile::tempdir().unwrap();
        for store in ["first", "second-2"] {
            let opened = (engine.open)(directory.path(), store, true).unwrap();
            assert_eq!(opened.get(b"k").unwrap(), None);
            opened.commit(&put("k", store), Durability::Synced).unwrap();
        }
        for store in ["first", "second-2"] {
            let opened = (engine.open)(directory.path(), store, false).unwrap();
            assert_eq!(opened.get(b"k").unwrap().as_deref(), Some(store.as_bytes()));
            assert!(directory.path().join(store).is_dir());
        }
        assert!((engine.open)(directory.path(), "third", false).is_err());
    }
}

#[test]
fn the_size_is_that_of_all_files() {
    for engine in ENGINES {
        let directory = tempfile::tempdir().unwrap();
        let opened = engine.open(directory.path(), true).unwrap();
        let value = vec![7; 3 << 20];
        for key in [b"a", b"b", b"c"] {
            let commit = Commit { writes: vec![(key.to_vec(), Some(value.clone()))], ..Commit::default() };
            opened.commit(&commit, Durability::Synced).unwrap();
        }
        let before = opened.size_on_disk().unwrap();
        assert!(before > 9 << 20, "{before}");
        fs::write(directory.path().join("MORGUE"), vec![7; 1 << 20]).unwrap();
        let grown = opened.size_on_disk().unwrap() - before;
        assert!((1 << 20..2 << 20).contains(&grown), "{grown}");
    }
}

/// sled filled the last segment of its log with zeros, so that an archive of three articles took 8 MB; fjall sets 64 MB aside.
#[test]
fn a_small_closed_store_takes_little_room_and_does_not_grow_by_being_read() {
    for engine in ENGINES {
        let directory = tempfile::tempdir().unwrap();
        let opened = engine.open(directory.path(), true).unwrap();
        opened.commit(&put("k", "v"), Durability::Synced).unwrap();
        drop(opened);
        let lengths = || files(directory.path()).into_iter().map(|(_, length)| length).sum::<u64>();
        let closed = lengths();
        for _ in 0..2 {
            assert!(closed < 9_000_000, "{closed} bytes");
            if cfg!(unix) {
                let room = disk::size(directory.path()).unwrap();
                assert!(room < 1 << 20, "{}: {room} bytes", engine.kind);
            }
            let opened = engine.open(directory.path(), false).unwrap();
            assert_eq!(opened.get(b"k").unwrap(), Some(b"v".to_vec()));
            drop(opened);
            // Opening may note a little in files of the engine's own.
            assert!(lengths() <= closed + 4096, "{}: {} bytes, {closed} before", engine.kind, lengths());
        }
    }
}

fn files(directory: &Path) -> Vec<(String, u64)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).unwrap() {
        let entry = entry.unwrap();
        if entry.path().is_dir() {
            found.extend(files(&entry.path()));
        } else {
            found.push((entry.path().display().to_string(), entry.metadata().unwrap().len()));
        }
    }
    found
}
