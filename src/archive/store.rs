//! Typed reading and writing of rows: what turns bytes of the engine into records.

use std::collections::BTreeMap;
use std::ops::Bound;

use crate::engine::{Commit, Engine, KeyRange, Order, Row, prefix_range};
use crate::format::codec::Record;
use crate::format::key::{self, KeyNumber, Place};
use crate::format::record::{CaptureRecord, ContentRecord, IndexRecord, NameRecord};
use crate::format::{FormatError, codec};
use crate::model::{ArticleHash, Capture, StoryKey};

use super::Error;

/// Where rows are read from: the engine, or a transaction on top of it.
pub(super) trait Rows {
    fn row(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Error>;

    /// The row as the engine has it now, whatever was read or written here before.
    fn row_now(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Error>;

    fn record<T: Record>(&self, key: &[u8]) -> Result<Option<T>, Error> {
        Ok(self.row(key)?.map(|bytes| codec::decode(key, &bytes)).transpose()?)
    }

    fn index(&self, key: &StoryKey) -> Result<Option<IndexRecord>, Error> {
        self.record(&key::index(key)).map_err(|error| error.in_story(key))
    }

    fn index_now(&self, key: &StoryKey) -> Result<Option<IndexRecord>, Error> {
        let row = key::index(key);
        Ok(self.row_now(&row)?.map(|bytes| codec::decode(&row, &bytes)).transpose()?)
    }

    fn content(&self, number: KeyNumber, hash: &ArticleHash) -> Result<Option<ContentRecord>, Error> {
        self.record(&key::content(number, hash))
    }

    /// The key with this number. That there is none is damage, since numbers come from other rows.
    fn key_numbered(&self, number: KeyNumber) -> Result<StoryKey, Error> {
        let record: Option<NameRecord> = self.record(&key::numbered(key::NAMES, number))?;
        record.map(Into::into).ok_or_else(|| Error::damaged(format!("the name of key {number} is missing")))
    }
}

impl Rows for dyn Engine + '_ {
    fn row(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Error> {
        Ok(self.get(key)?)
    }

    fn row_now(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Error> {
        self.row(key)
    }
}

/// Returns the captures under one key in their order.
pub(super) fn captures_of(
    engine: &dyn Engine,
    number: KeyNumber,
    name: StoryKey,
) -> impl Iterator<Item = Result<Capture, Error>> + '_ {
    let range = prefix_range(&key::numbered(key::CAPTURES, number));
    engine.scan(range, Order::Ascending).map(move |row| {
        let (key, value) = row?;
        decode_capture(&key, &value, &name).map_err(|error| error.in_story(&name))
    })
}

pub(super) fn decode_capture(key: &[u8], value: &[u8], name: &StoryKey) -> Result<Capture, Error> {
    let (_, at, place) = key::parse_capture(key)?;
    let record: CaptureRecord = codec::decode(key, value).map_err(|error| Error::from(error).at(at))?;
    record.into_capture(name, at, &place).map_err(|error| Error::from(error).at(at))
}

/// All rows of a keyspace.
pub(super) fn keyspace(keyspace: u8) -> KeyRange {
    prefix_range(&[keyspace])
}

/// The rows of a keyspace from a number on.
pub(super) fn keyspace_from(keyspace: u8, number: u64) -> KeyRange {
    (Bound::Included(key::numbered(keyspace, number)), prefix_range(&[keyspace]).1)
}

/// The number of the last row of a keyspace whose keys are numbered, and the row.
pub(super) fn last_number(engine: &dyn Engine, space: u8) -> Result<Option<(u64, Row)>, Error> {
    let Some(row) = engine.scan(keyspace(space), Order::Descending).next().transpose()? else { return Ok(None) };
    Ok(Some((key::parse_number(&row.0, space)?, row)))
}

/// A change in the making: it sees its own writes, and what it read by key becomes what its commit expects.
pub(super) struct Transaction<'a> {
    engine: &'a dyn Engine,
    reads: std::sync::Mutex<BTreeMap<Vec<u8>, Option<Vec<u8>>>>,
    writes: BTreeMap<Vec<u8>, Vec<u8>>,
    /// Alias facts among the writes, which no scan sees yet.
    pub(super) links: Vec<(KeyNumber, KeyNumber)>,
    /// Captures to be written: they get their arrival when the commit is made.
    pub(super) captures: Vec<NewRow>,
}

/// A capture to be written.
pub(super) struct NewRow {
    pub(super) number: KeyNumber,
    pub(super) place: Place,
    pub(super) record: CaptureRecord,
}

impl Rows for Transaction<'_> {
    fn row(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Error> {
        if let Some(written) = self.writes.get(key) {
            return Ok(Some(written.clone()));
        }
        let mut reads = self.reads.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(read) = reads.get(key) {
            return Ok(read.clone());
        }
        let value = self.engine.get(key)?;
        reads.insert(key.to_vec(), value.clone());
        Ok(value)
    }

    fn row_now(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Error> {
        Ok(self.engine.get(key)?)
    }
}

impl<'a> Transaction<'a> {
    pub(super) fn new(engine: &'a dyn Engine) -> Self {
        Self {
            engine,
            reads: std::sync::Mutex::default(),
            writes: BTreeMap::new(),
            links: Vec::new(),
            captures: Vec::new(),
        }
    }

    pub(super) fn engine(&self) -> &'a dyn Engine {
        self.engine
    }

    pub(super) fn put<T: Record>(&mut self, key: Vec<u8>, record: &T) -> Result<(), FormatError> {
        let value = codec::encode(&key, record)?;
        self.writes.insert(key, value);
        Ok(())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.writes.is_empty() && self.captures.is_empty()
    }

    /// How many rows the commit will write, the feed's own apart.
    pub(super) fn rows(&self) -> usize {
        self.writes.len() + self.captures.len()
    }

    /// Adds this change to a commit, numbering its captures from `arrival`; returns the entries for the feed.
    pub(super) fn add_to(self, commit: &mut Commit, mut arrival: u64) -> Result<Vec<(KeyNumber, Place)>, FormatError> {
        let reads = self.reads.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
        commit.expects.extend(reads);
        commit.writes.extend(self.writes.into_iter().map(|(key, value)| (key, Some(value))));
        let mut entries = Vec::with_capacity(self.captures.len());
        for mut row in self.captures {
            row.record.arrival = arrival;
            arrival += 1;
            let key = key::capture(row.number, &row.place);
            let value = codec::encode(&key, &row.record)?;
            commit.writes.push((key, Some(value)));
            entries.push((row.number, row.place));
        }
        Ok(entries)
    }
}
