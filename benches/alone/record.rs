//! What an import asks of its engine, written down.

use std::sync::{Arc, Mutex};

use bincode::{Decode, Encode};
use morgue::engine::{Commit, Durability, Engine, Entry, Error, KeyRange, MemoryEngine, Moment, Order, Row, Scan};
use morgue::{Archive, Batch, IngestOptions, NewCapture};

use super::common::open_options;

/// What an import asks of its engine.
#[derive(Debug, Encode, Decode)]
pub(crate) enum Asked {
    Write(Vec<Entry>),
    Reserve(Vec<Vec<u8>>),
    Flush,
    Get(Vec<u8>),
    /// A range, whether its largest keys come first, and how many rows were taken.
    Scan(KeyRange, bool, usize),
}

/// Archives captures in memory and returns what was asked of the engine. `progress` may take what there is of it so far.
pub(crate) fn record(
    captures: impl Iterator<Item = NewCapture> + Send,
    mut progress: impl FnMut(&Batch, &mut Vec<Asked>),
) -> Vec<Asked> {
    let engine = Arc::new(Recorder::default());
    let archive = Archive::with_engine(Arc::clone(&engine) as Arc<dyn Engine>, &open_options()).unwrap();
    let told = |batch: &Batch| progress(batch, &mut engine.asked.lock().unwrap());
    archive.ingest_many(captures, &IngestOptions::default(), told).unwrap();
    let mut asked = engine.asked.lock().unwrap();
    std::mem::take(&mut *asked)
}

/// An engine in memory that keeps what it was asked to do.
#[derive(Debug, Default)]
struct Recorder {
    rows: MemoryEngine,
    asked: Mutex<Vec<Asked>>,
}

impl Recorder {
    fn keep(&self, asked: Asked) {
        self.asked.lock().unwrap().push(asked);
    }
}

impl Engine for Recorder {
    fn name(&self) -> &'static str {
        "a record"
    }

    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Error> {
        self.keep(Asked::Get(key.to_vec()));
        self.rows.get(key)
    }

    fn scan(&self, range: KeyRange, order: Order) -> Scan<'_> {
        let rows = self.rows.scan(range.clone(), order);
        Box::new(Counted { rows, range, is_descending: order == Order::Descending, taken: 0, recorder: self })
    }

    fn commit(&self, commit: &Commit, durability: Durability) -> Result<(), Error> {
        let mut asked = self.asked.lock().unwrap();
        self.rows.commit(commit, durability)?;
        asked.push(Asked::Write(commit.writes.clone()));
        Ok(())
    }

    fn now(&self) -> Moment {
        self.rows.now()
    }

    fn reserve(&self, keys: &[Vec<u8>]) -> Result<(), Error> {
        self.keep(Asked::Reserve(keys.to_vec()));
        Ok(())
    }

    fn flush(&self) -> Result<(), Error> {
        self.keep(Asked::Flush);
        Ok(())
    }

    fn size_on_disk(&self) -> Result<u64, Error> {
        Ok(0)
    }
}

/// Rows of a scan, which is kept when its rows were taken.
struct Counted<'a> {
    rows: Scan<'a>,
    range: KeyRange,
    is_descending: bool,
    taken: usize,
    recorder: &'a Recorder,
}

impl Iterator for Counted<'_> {
    type Item = Result<Row, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        let row = self.rows.next();
        self.taken += usize::from(row.is_some());
        row
    }
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.recorder.keep(Asked::Scan(self.range.clone(), self.is_descending, self.taken));
    }
}
