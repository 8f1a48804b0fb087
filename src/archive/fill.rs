//! Filling a fresh store with all that an archive holds: sorted by story, packed as small as is worth while.
//!
//! What `compact`, `copy` and their like have in common. The rows of each keyspace come in the order of their keys, and the store
//! is told of them before, which some stores thank with half the room (see [`Engine::reserve`]).

use std::collections::VecDeque;

use rayon::prelude::*;

use crate::engine::{Commit, Durability, Engine, Order};
use crate::format::gather::{Entries, FeedRow, decode_feed, encode_feed, encode_page};
use crate::format::key::{self, FEED, META_FORMAT, RAWS, SEALED, STATES};
use crate::format::pack::Part;
use crate::format::pack::build::{self, Gathering, NewSection};
use crate::format::record::{FormatRecord, IndexRecord};
use crate::format::{FORMAT_VERSION, FormatError};

use super::ahead::{Ahead, Unit};
use super::facts::unit_of;
use super::merge::Merge;
use super::reindex::{FEED_ENTRIES, meta};
use super::store::{Store, key_of, keyspace};
use super::{Archive, Error};

/// A page of the index holds so many entries.
pub(super) const PAGE_ENTRIES: usize = 64;
/// So many packs are compressed at a time, on all cores.
const PACKS_AT_ONCE: usize = 16;
/// Rows are written when so many of a keyspace have gathered, or so many bytes ...
const ROWS_AT_ONCE: usize = 128;
const BYTES_AT_ONCE: usize = 4 << 20;
/// ... in commits of so many, and synced after so many bytes.
const ROWS_PER_COMMIT: usize = 16;
const BYTES_PER_FLUSH: usize = 32 << 20;

/// How much of the packs that are read is kept in memory where a key is too large to be read ahead.
const FILL_CACHE_BYTES: u64 = 32 << 20;
/// So many rows stay behind those that the store has been told of: what makes [`Engine::reserve`] worth its while.
const ROWS_BEHIND: usize = 32;

/// Rows of one keyspace on their way into a store, in the order of their keys.
struct Rows<'a> {
    engine: &'a dyn Engine,
    rows: VecDeque<(Vec<u8>, Vec<u8>)>,
    /// How many of the rows the store has been told of.
    told: usize,
    bytes: usize,
    unflushed: usize,
}

impl<'a> Rows<'a> {
    const fn new(engine: &'a dyn Engine) -> Self {
        Self { engine, rows: VecDeque::new(), told: 0, bytes: 0, unflushed: 0 }
    }

    fn push(&mut self, row: Vec<u8>, value: Vec<u8>) -> Result<(), Error> {
        self.bytes += value.len();
        self.rows.push_back((row, value));
        if self.rows.len() < ROWS_AT_ONCE && self.bytes < BYTES_AT_ONCE { Ok(()) } else { self.write(ROWS_BEHIND, &[]) }
    }

    /// Writes all rows but the last few. `further` keys may come after them.
    fn write(&mut self, behind: usize, further: &[Vec<u8>]) -> Result<(), Error> {
        let new = self.rows.iter().skip(self.told).map(|(row, _)| row);
        self.engine.reserve(&new.chain(further).cloned().collect::<Vec<_>>())?;
        while self.rows.len() > behind {
            let count = ROWS_PER_COMMIT.min(self.rows.len() - behind);
            let rows = self.rows.drain(..count);
            let writes: Vec<_> = rows.map(|(row, value)| (row, Some(value))).collect();
            let bytes = writes.iter().flat_map(|(_, value)| value).map(Vec::len).sum::<usize>();
            self.engine.commit(&Commit { writes, ..Commit::default() }, Durability::Buffered)?;
            self.unflushed += bytes;
            self.bytes -= bytes;
        }
        self.told = self.rows.len();
        if self.unflushed >= BYTES_PER_FLUSH {
            self.engine.flush()?;
            self.unflushed = 0;
        }
        Ok(())
    }
}

/// An entry of the index that waits for the ids of the packs with its sections.
struct Waiting {
    sort: Vec<u8>,
    record: IndexRecord,
    /// How many sections of the key are not written yet; `None` while there may come more.
    sections: usize,
    is_read: bool,
}

/// A store that is being filled.
struct Filling<'a> {
    level: i32,
    next_pack: u64,
    gathering: Gathering,
    /// Packs to be, full and waiting to be compressed together.
    full: Vec<Vec<NewSection>>,
    waiting: VecDeque<Waiting>,
    page: Entries,
    packs: Rows<'a>,
    pages: Rows<'a>,
}

impl Filling<'_> {
    /// Takes over what the archive has of a key; `parts` of it have been read.
    fn key(
        &mut self,
        store: &Store,
        sort: Vec<u8>,
        record: IndexRecord,
        parts: Option<Vec<Part>>,
    ) -> Result<u64, Error> {
        let key = key_of(&sort)?;
        let merge = match parts.and_then(|parts| Merge::of_read(key.clone(), parts)) {
            Some(merge) => merge,
            None => Merge::of(store, key.clone(), &record.packs)?,
        };
        let is_there = !record.packs.is_empty();
        let record = IndexRecord { packs: Vec::new(), base: None, ..record };
        self.waiting.push_back(Waiting { sort, record, sections: 0, is_read: false });
        let mut captures = 0;
        for section in merge.filter(|_| is_there) {
            let section = section.map_err(|error| error.in_story(&key))?;
            captures += section.captures.len() as u64;
            self.waiting.back_mut().into_iter().for_each(|waiting| waiting.sections += 1);
            self.full.extend(self.gathering.push(section));
            if self.full.len() >= PACKS_AT_ONCE {
                self.write_packs()?;
            }
        }
        self.waiting.back_mut().into_iter().for_each(|waiting| waiting.is_read = true);
        self.write_pages(false)?;
        Ok(captures)
    }

    fn write_packs(&mut self) -> Result<(), Error> {
        let level = self.level;
        let first = self.next_pack;
        let full = std::mem::take(&mut self.full);
        let rows: Vec<Vec<u8>> = full
            .par_iter()
            .enumerate()
            .map(|(place, sections)| build::encode(first + place as u64, sections, build::compress(sections, level)?))
            .collect::<Result<_, FormatError>>()?;
        for ((sections, row), id) in full.iter().zip(rows).zip(first..) {
            self.packs.push(key::pack(id), row)?;
            for section in sections {
                self.note(section, id);
            }
            self.next_pack = id + 1;
        }
        Ok(())
    }

    /// Notes that a section of a key stands in a pack. Keys and sections come in one order, so it is one of the first.
    fn note(&mut self, section: &NewSection, id: u64) {
        let sort = section.key.sort_bytes();
        if let Some(waiting) = self.waiting.iter_mut().find(|waiting| waiting.sort == sort) {
            waiting.record.packs.push(id);
            waiting.record.base = Some(id).filter(|_| !section.texts.is_empty()).or(waiting.record.base);
            waiting.sections -= 1;
        }
    }

    /// Writes the pages whose keys are done.
    fn write_pages(&mut self, is_last: bool) -> Result<(), Error> {
        while self.waiting.front().is_some_and(|waiting| waiting.is_read && waiting.sections == 0) {
            if let Some(Waiting { sort, record, .. }) = self.waiting.pop_front() {
                self.page.push((sort, record));
            }
            if self.page.len() >= PAGE_ENTRIES {
                self.write_page()?;
            }
        }
        if is_last && !self.page.is_empty() { self.write_page() } else { Ok(()) }
    }

    fn write_page(&mut self) -> Result<(), Error> {
        let (row, value) = encode_page(&self.page, self.level)?;
        self.page.clear();
        self.pages.push(row, value)
    }

    fn finish(&mut self) -> Result<(), Error> {
        self.full.extend(Some(self.gathering.take()).filter(|last| !last.is_empty()));
        self.write_packs()?;
        self.write_pages(true)?;
        let further: Vec<Vec<u8>> = (self.next_pack..).take(ROWS_BEHIND).map(key::pack).collect();
        self.packs.write(0, &further)?;
        self.pages.write(0, &[])
    }
}

impl Archive {
    /// Fills an empty store with all that this archive holds, and syncs it. Nothing is archived meanwhile.
    ///
    /// The format comes last: what a stop leaves behind is no archive. Returns how many captures were taken over.
    pub(super) fn fill(&self, engine: &dyn Engine, level: i32, progress: &mut dyn FnMut(u64)) -> Result<u64, Error> {
        let _tail = self.tail();
        // What comes last stands before all packs: it would have those beside it written anew.
        engine.reserve(&[META_FORMAT.to_vec()])?;
        let store = self.store().apart(FILL_CACHE_BYTES);
        let mut filling = Filling {
            level,
            next_pack: SEALED,
            gathering: Gathering::default(),
            full: Vec::new(),
            waiting: VecDeque::new(),
            page: Vec::new(),
            packs: Rows::new(engine),
            pages: Rows::new(engine),
        };
        let mut captures = 0;
        let units = self.whole_index().map(|entry| entry.map(|(sort, record)| unit_of(sort, record)));
        for done in Ahead::new(&store, units, true) {
            let (Unit { sort, of: record, .. }, parts) = done?;
            captures += filling.key(&store, sort, record, parts)?;
            progress(captures);
        }
        filling.finish()?;
        self.fill_rows(RAWS, engine)?;
        self.fill_rows(STATES, engine)?;
        self.fill_feed(engine)?;
        engine.flush()?;
        let format = meta(META_FORMAT, &FormatRecord { version: FORMAT_VERSION })?;
        engine.commit(&Commit { writes: vec![format], ..Commit::default() }, Durability::Synced)?;
        Ok(captures)
    }

    /// Copies a keyspace row by row: pages that were kept beside captures, and what parts around the archive keep.
    fn fill_rows(&self, of: u8, engine: &dyn Engine) -> Result<(), Error> {
        let mut rows = Rows::new(engine);
        for row in self.engine().scan(keyspace(of), Order::Ascending) {
            let (row, value) = row?;
            rows.push(row, value)?;
        }
        rows.write(0, &[])
    }

    /// Copies the feed, many captures to a row.
    fn fill_feed(&self, engine: &dyn Engine) -> Result<(), Error> {
        let mut rows = Rows::new(engine);
        let mut open = FeedRow::default();
        for row in self.engine().scan(keyspace(FEED), Order::Ascending) {
            let (row, value) = row?;
            let mut feed = decode_feed(&row, &value)?;
            let is_next = open.first + open.entries.len() as u64 == feed.first;
            if !open.entries.is_empty() && (!is_next || open.entries.len() + feed.entries.len() > FEED_ENTRIES) {
                let (row, value) = encode_feed(&std::mem::take(&mut open))?;
                rows.push(row, value)?;
            }
            if open.entries.is_empty() {
                open = feed;
            } else {
                open.entries.append(&mut feed.entries);
                open.keys = feed.keys;
            }
        }
        if !open.entries.is_empty() {
            let (row, value) = encode_feed(&open)?;
            rows.push(row, value)?;
        }
        rows.write(0, &[])
    }
}
