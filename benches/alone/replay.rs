//! What was asked of an engine, asked of another one again.

use std::fs::File;
use std::path::{Path, PathBuf};

#[cfg(feature = "fjall")]
use morgue::engine::{Commit, Durability, Engine as _, FjallEngine, FjallOptions, Order};

use super::record::Asked;

/// An engine that is given its commits again.
pub(crate) enum Bare {
    /// By sled's own calls.
    Sled(sled::Db, PathBuf),
    #[cfg(feature = "fjall")]
    Fjall(FjallEngine),
}

impl Bare {
    pub(crate) fn sled(path: &Path) -> Self {
        let config = sled::Config::new().path(path).segment_size(8 << 20).cache_capacity(16 << 20).flush_every_ms(None);
        Self::Sled(config.open().unwrap(), path.to_owned())
    }

    #[cfg(feature = "fjall")]
    pub(crate) fn fjall(path: &Path) -> Self {
        Self::Fjall(FjallEngine::open(path, &FjallOptions::default().create(true).cache_bytes(16 << 20)).unwrap())
    }

    pub(crate) fn ask(&self, asked: &Asked) {
        match self {
            Self::Sled(db, path) => ask_sled(db, path, asked),
            #[cfg(feature = "fjall")]
            Self::Fjall(engine) => ask_fjall(engine, asked),
        }
    }
}

fn ask_sled(db: &sled::Db, path: &Path, asked: &Asked) {
    match asked {
        Asked::Write(writes) => {
            let mut batch = sled::Batch::default();
            for (key, value) in writes {
                match value {
                    Some(value) => batch.insert(key.as_slice(), value.as_slice()),
                    None => batch.remove(key.as_slice()),
                }
            }
            db.apply_batch(batch).unwrap();
        }
        Asked::Reserve(keys) => {
            for key in keys {
                let _ = db.compare_and_swap(key, None::<&[u8]>, Some(&[])).unwrap();
            }
        }
        Asked::Flush => {
            db.flush().unwrap();
            File::open(path.join("db")).unwrap().sync_data().unwrap();
        }
        Asked::Get(key) => {
            let _ = std::hint::black_box(db.get(key).unwrap());
        }
        Asked::Scan(range, is_descending, taken) => {
            let rows = db.range(range.clone());
            let read = if *is_descending { rows.rev().take(*taken).count() } else { rows.take(*taken).count() };
            std::hint::black_box(read);
        }
    }
}

#[cfg(feature = "fjall")]
fn ask_fjall(engine: &FjallEngine, asked: &Asked) {
    match asked {
        Asked::Write(writes) => {
            let commit = Commit { writes: writes.clone(), ..Commit::default() };
            engine.commit(&commit, Durability::Buffered).unwrap();
        }
        Asked::Reserve(_) => {}
        Asked::Flush => engine.flush().unwrap(),
        Asked::Get(key) => {
            let _ = std::hint::black_box(engine.get(key).unwrap());
        }
        Asked::Scan(range, is_descending, taken) => {
            let order = if *is_descending { Order::Descending } else { Order::Ascending };
            std::hint::black_box(engine.scan(range.clone(), order).take(*taken).count());
        }
    }
}
