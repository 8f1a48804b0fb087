//! Changes in the making: what they read becomes what their commit expects, and what they add becomes packs.

use std::sync::{Mutex, MutexGuard, PoisonError};

use litemap::LiteMap;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::engine::{self, Commit, Entry, Moment, Read};
use crate::format::gather::{FeedRow, encode_feed, feed_entry};
use crate::format::key::{self, META_GENERATION, PackId};
use crate::format::pack::Link;
use crate::format::pack::build::{self, Gathering, NewSection, NewText, Packed};
use crate::format::raw::RawRows;
use crate::format::record::{FeedEntry, IndexRecord};
use crate::format::{FormatError, codec, frame};
use crate::model::{AliasDates, ArticleHash, StoryKey};

use super::Error;
use super::prepare::Prepared;
use super::raw::NewPage;
use super::seal::Worth;
use super::store::{Generation, Rows, Store};

/// A change in the making: it sees its own writes.
pub(super) struct Transaction<'a> {
    store: &'a Store,
    /// Everything was read after this.
    since: Moment,
    reads: Mutex<Reads>,
    /// What the index will know, by sort form. The pack that this change becomes is added by the commit.
    index: LiteMap<Vec<u8>, IndexRecord>,
    /// What is new, sorted by sort form.
    sections: Vec<NewSection>,
    /// Pages to be kept beside captures, with the sort forms of their keys.
    pages: Vec<(Vec<u8>, NewPage)>,
}

/// What was read of the engine, which then must not change until the commit.
#[derive(Default)]
struct Reads {
    /// What was read first: rows can move into a page, which no expectation about a row would notice.
    generation: Option<Generation>,
    /// What the index was found to know, by sort form.
    keys: LiteMap<Vec<u8>, Found>,
}

/// What the index was found to know of a key.
struct Found {
    /// The row of its own that the key has.
    row: Option<Vec<u8>>,
    record: Option<IndexRecord>,
}

impl Rows for Transaction<'_> {
    fn store(&self) -> &Store {
        self.store
    }

    fn index(&self, key: &StoryKey) -> Result<Option<IndexRecord>, Error> {
        let sort = key.sort_bytes();
        if let Some(written) = self.index.get(&sort) {
            return Ok(Some(written.clone()));
        }
        let mut reads = self.reads();
        if let Some(found) = reads.keys.get(&sort) {
            return Ok(found.record.clone());
        }
        let find = |reads: &mut Reads| {
            let generation = match &mut reads.generation {
                Some(generation) => generation,
                none => none.insert(self.store.read_generation()?),
            };
            self.store.find(&sort, generation.number)
        };
        let (row, record) = find(&mut reads).map_err(|error: Error| error.in_story(key))?;
        reads.keys.insert(sort, Found { row, record: record.clone() });
        Ok(record)
    }
}

impl<'a> Transaction<'a> {
    pub(super) fn new(store: &'a Store) -> Self {
        let (since, reads) = (store.engine().now(), Mutex::default());
        Self { store, since, reads, index: LiteMap::new(), sections: Vec::new(), pages: Vec::new() }
    }

    /// The same when the generation was read already, after a moment.
    pub(super) fn at(store: &'a Store, since: Moment, generation: Generation) -> Self {
        let reads = Reads { generation: Some(generation), ..Reads::default() };
        Self { since, reads: Mutex::new(reads), ..Self::new(store) }
    }

    fn reads(&self) -> MutexGuard<'_, Reads> {
        self.reads.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes over what another one has read, which has written nothing.
    ///
    /// # Errors
    /// A conflict when the two have read different things.
    pub(super) fn take_reads(&mut self, other: Self) -> Result<(), Error> {
        self.since = self.since.earlier(other.since);
        let reads = self.reads.get_mut().unwrap_or_else(PoisonError::into_inner);
        let other = other.reads.into_inner().unwrap_or_else(PoisonError::into_inner);
        agree(&mut reads.generation, other.generation)?;
        for (sort, found) in other.keys {
            if reads.keys.get(&sort).is_some_and(|own| own.row != found.row) {
                return Err(engine::Error::Conflict.into());
            }
            reads.keys.insert(sort, found);
        }
        Ok(())
    }

    pub(super) fn put_index(&mut self, key: &StoryKey, record: IndexRecord) {
        self.index.insert(key.sort_bytes(), record);
    }

    /// Adds a capture, its text where that is new to the key, and its page.
    pub(super) fn add(&mut self, prepared: &Prepared, with_text: bool) {
        self.add_page(prepared);
        let section = self.section(&prepared.capture.key);
        section.captures.push(prepared.capture.clone());
        let text = prepared.text.clone().zip(prepared.capture.outcome.text_hash()).zip(prepared.capture.folded);
        if let Some(((text, hash), folded)) = text.filter(|_| with_text)
            && !section.texts.iter().any(|text| text.hash == hash)
        {
            section.texts.push(NewText { hash, folded, text });
        }
    }

    /// Adds the page of a capture, unless that has been done; says whether it did.
    pub(super) fn add_page(&mut self, prepared: &Prepared) -> bool {
        let Some(page) = &prepared.raw else { return false };
        let (sort, new) = (prepared.capture.key.sort_bytes(), NewPage::of(&prepared.capture, page));
        let is_there = |(own, known): &(Vec<u8>, NewPage)| {
            *own == sort && (known.captured_at, known.digest, known.hash) == (new.captured_at, new.digest, new.hash)
        };
        if self.pages.iter().any(is_there) {
            return false;
        }
        self.section(&prepared.capture.key);
        self.pages.push((sort, new));
        true
    }

    /// Adds an alias fact.
    pub(super) fn add_link(&mut self, alias: &StoryKey, of: &StoryKey, dates: AliasDates) {
        let links = &mut self.section(alias).links;
        match links.iter_mut().find(|link| link.of == *of) {
            Some(link) => link.dates = link.dates.join(dates),
            None => links.push(Link { of: of.clone(), dates }),
        }
    }

    /// The alias facts of a key that this change adds.
    pub(super) fn links_of(&self, alias: &StoryKey) -> &[Link] {
        let section = self.place_of(&alias.sort_bytes()).ok().and_then(|place| self.sections.get(place));
        section.map(|section| section.links.as_slice()).unwrap_or_default()
    }

    fn place_of(&self, sort: &[u8]) -> Result<usize, usize> {
        self.sections.binary_search_by(|section| section.sort.as_slice().cmp(sort))
    }

    fn section(&mut self, key: &StoryKey) -> &mut NewSection {
        let place = match self.sections.as_slice() {
            // As a rule there is no other.
            [only] if only.key == *key => 0,
            _ => self.place_of(&key.sort_bytes()).unwrap_or_else(|place| {
                self.sections.insert(place, NewSection::new(key.clone()));
                place
            }),
        };
        #[expect(clippy::indexing_slicing, reason = "it was found or inserted there")]
        &mut self.sections[place]
    }

    /// The rows of the index that it will write, by sort form.
    pub(super) fn written(&self) -> impl Iterator<Item = &[u8]> {
        self.index.keys().map(Vec::as_slice)
    }

    /// Says whether it has read one of some rows of the index, by sort form.
    pub(super) fn has_read(&self, rows: &FxHashSet<Vec<u8>>) -> bool {
        self.reads().keys.keys().any(|sort| rows.contains(sort))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.index.is_empty() && self.sections.is_empty()
    }

    /// What the commit will write.
    pub(super) fn size(&self) -> Size {
        let captures = self.sections.iter().map(|section| section.captures.len()).sum();
        let has_base = |sort| self.index.get(sort).is_some_and(|record: &IndexRecord| record.base.is_some());
        let texts: usize = self.sections.iter().map(|section| section.commit_bytes(has_base(&section.sort))).sum();
        let pages: usize = self.pages.iter().map(|(_, new)| new.page.body.len() / PAGE_SHARE).sum();
        Size { captures, rows: self.index.len(), bytes: texts + pages }
    }
}

/// What a commit writes.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Size {
    pub(super) captures: usize,
    /// Rows of the index.
    pub(super) rows: usize,
    /// About how many bytes of text.
    pub(super) bytes: usize,
}

impl Size {
    pub(super) const fn and(self, more: Self) -> Self {
        Self { captures: self.captures + more.captures, rows: self.rows + more.rows, bytes: self.bytes + more.bytes }
    }
}

/// What a page takes, compressed against another one, when it is about how much goes into a commit.
const PAGE_SHARE: usize = 16;

/// Changes of different stories that become one commit, their texts compressed.
pub(super) struct Change {
    read: Read,
    index: LiteMap<Vec<u8>, IndexRecord>,
    /// Of all packs together, the sections are sorted by sort form.
    packs: Vec<(Vec<NewSection>, Packed)>,
    /// The places of the sections among all of them, in the order in which their captures came.
    order: Vec<usize>,
    captures: u64,
    /// How many keys have no captures before.
    new_keys: u64,
    /// The rows of pages.
    raws: RawRows,
    worth: Worth,
}

impl Change {
    /// Joins transactions of different stories.
    ///
    /// # Errors
    /// A conflict when two of them have read different things: then neither can be kept as planned.
    pub(super) fn of(transactions: Vec<Transaction<'_>>) -> Result<Self, Error> {
        let store = transactions.first().map(|transaction| transaction.store);
        let since = transactions.iter().map(|transaction| transaction.since).reduce(Moment::earlier);
        let mut generation = None;
        let (mut read, mut index, mut sections, mut pages) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for transaction in transactions {
            let reads = transaction.reads.into_inner().unwrap_or_else(PoisonError::into_inner);
            agree(&mut generation, reads.generation)?;
            read.extend(reads.keys.into_iter().map(|(sort, found)| (key::sorted(key::INDEX, &sort), found.row)));
            index.extend(transaction.index);
            sections.extend((sections.len()..).zip(transaction.sections));
            pages.extend(transaction.pages);
        }
        read.extend(generation.map(|generation| (META_GENERATION.to_vec(), generation.row())));
        read.sort_unstable();
        read.dedup();
        sections.sort_unstable_by(|(_, a), (_, b)| a.sort.cmp(&b.sort));
        let are_apart = read.is_sorted_by(|(a, _), (b, _)| a < b)
            && sections.is_sorted_by(|(_, a): &(usize, NewSection), (_, b)| a.sort < b.sort);
        if !are_apart {
            return Err(engine::Error::Conflict.into());
        }
        let index: LiteMap<Vec<u8>, IndexRecord> = index.into_iter().collect();
        let mut order = vec![0; sections.len()];
        let (mut captures, mut new_keys) = (0, 0);
        let mut raws = Vec::new();
        let mut packs = Vec::new();
        let mut gathering = Gathering::default();
        for (place, (came, mut section)) in sections.into_iter().enumerate() {
            order.get_mut(came).into_iter().for_each(|own| *own = place);
            let record = index.get(&section.sort);
            let has_captures = record.is_none_or(|record| record.first_arrival.is_some());
            new_keys += u64::from(!has_captures && !section.captures.is_empty());
            captures += section.captures.len() as u64;
            put_in_order(&mut section);
            let new: Vec<NewPage> =
                pages.extract_if(.., |(sort, _)| *sort == section.sort).map(|(_, new)| new).collect();
            if let Some(store) = store.filter(|_| !new.is_empty()) {
                let packs = record.map_or(&[][..], |record| &record.packs);
                raws.extend(store.keep_pages(&mut section, packs, new)?);
            }
            let base = record.and_then(|record| record.base).filter(|_| section.wants_base());
            // One that cannot be read is done without.
            section.base = base.zip(store).and_then(|(pack, store)| store.head(pack, &section.sort).ok().flatten());
            packs.extend(gathering.push(section));
        }
        packs.extend(Some(gathering.take()).filter(|last| !last.is_empty()));
        let compress =
            |sections: Vec<NewSection>| build::compress(&sections, frame::QUICK).map(|packed| (sections, packed));
        let packs: Vec<_> = packs.into_iter().map(compress).collect::<Result<_, FormatError>>()?;
        let worth = worth_of(&packs);
        let read = Read { since: since.unwrap_or_default(), entries: read };
        Ok(Self { read, index, packs, order, captures, new_keys, raws, worth })
    }

    /// How many packs the commit will write.
    pub(super) fn packs(&self) -> u64 {
        self.packs.len() as u64
    }

    /// How many rows of the index the commit will write.
    pub(super) fn rows(&self) -> u64 {
        self.index.len() as u64
    }

    /// Encodes what the commit writes, for one place. May be done again for another one.
    pub(super) fn place(&mut self, at: Place) -> Result<Placed, Error> {
        let mut feed = FeedRow { first: at.arrival, entries: Vec::new(), keys: at.keys };
        let firsts = self.number(&mut feed);
        let mut writes = Vec::with_capacity(self.packs.len() + self.index.len() + 1);
        let mut firsts = firsts.into_iter();
        let mut changed = Vec::with_capacity(self.order.len());
        for ((sections, packed), id) in self.packs.iter().zip(at.pack..) {
            for ((place, section), first) in sections.iter().enumerate().zip(&mut firsts) {
                let Some(mut record) = self.index.get(&section.sort).cloned() else { continue };
                // Sealed ones come after it.
                record.packs.insert(record.packs.partition_point(|own| *own < id), id);
                record.base = Some(id).filter(|_| packed.has_head(place)).or(record.base);
                record.first_arrival = first;
                changed.push((&section.sort, record));
            }
            writes.push((key::pack(id), Some(build::encode(id, sections, packed.clone())?)));
        }
        let mut changed = changed.into_iter().peekable();
        for (sort, record) in self.index.iter() {
            let row = key::sorted(key::INDEX, sort);
            let changed = changed.next_if(|(own, _)| *own == sort);
            let value = codec::encode(&row, changed.as_ref().map_or(record, |(_, record)| record))?;
            writes.push((row, Some(value)));
        }
        let feed = if feed.entries.is_empty() { None } else { Some(encode_feed(&feed)?) };
        Ok(Placed { at, writes, feed })
    }

    /// Returns the commit as it was placed, and what its packs have.
    pub(super) fn into_commit(self, placed: Placed) -> (Commit, Worth) {
        let Placed { mut writes, feed, .. } = placed;
        let mut expects = Vec::new();
        writes.extend(self.raws.into_iter().map(|(row, value)| (row, Some(value))));
        if let Some((row, value)) = feed {
            expects.push((row.clone(), None));
            writes.push((row, Some(value)));
        }
        (Commit { expects, read: self.read, writes }, self.worth)
    }

    /// The place of the commit behind this one.
    pub(super) fn after(&self, at: Place) -> Place {
        Place { arrival: at.arrival + self.captures, keys: at.keys + self.new_keys, pack: at.pack + self.packs() }
    }

    /// Gives every capture its arrival, and the feed its entries; returns the arrivals of the first captures of the sections' keys.
    fn number(&mut self, feed: &mut FeedRow) -> Vec<Option<u64>> {
        let mut sections: Vec<_> = self.packs.iter_mut().flat_map(|(sections, _)| sections).collect();
        let first_of =
            |section: &&mut NewSection| self.index.get(&section.sort).and_then(|record| record.first_arrival);
        let mut firsts: Vec<Option<u64>> = sections.iter().map(first_of).collect();
        for place in &self.order {
            let (Some(section), Some(known)) = (sections.get_mut(*place), firsts.get_mut(*place)) else { continue };
            for capture in &mut section.captures {
                capture.arrival = feed.first + feed.entries.len() as u64;
                feed.keys += u64::from(known.is_none());
                let first = *known.get_or_insert(capture.arrival);
                let entry: FeedEntry = feed_entry(&section.key, first, capture.arrival);
                feed.entries.push(entry);
            }
        }
        firsts
    }
}

/// Notes what another one has read as the generation.
fn agree(generation: &mut Option<Generation>, other: Option<Generation>) -> Result<(), Error> {
    match (&*generation, other) {
        (Some(own), Some(other)) if *own != other => return Err(engine::Error::Conflict.into()),
        (None, Some(other)) => *generation = Some(other),
        _ => {}
    }
    Ok(())
}

fn worth_of(packs: &[(Vec<NewSection>, Packed)]) -> Worth {
    let mut worth = Worth::new();
    for (sections, packed) in packs {
        let heads = (0..).zip(sections).filter(|(place, _)| packed.has_head(*place));
        worth.add(packed.weight(sections), heads.map(|(_, section)| section.sort.as_slice()));
    }
    worth
}

/// Where a commit goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    /// The arrival of its first capture.
    pub(super) arrival: u64,
    /// How many keys the feed tells of before it.
    pub(super) keys: u64,
    /// The id of its first pack.
    pub(super) pack: PackId,
}

/// What a commit writes at a place, encoded.
pub(super) struct Placed {
    pub(super) at: Place,
    writes: Vec<Entry>,
    /// A row of the feed, which must not be there yet.
    feed: Option<(Vec<u8>, Vec<u8>)>,
}

/// Sorts the captures of a section, and its texts so that the one that was seen last comes first.
pub(super) fn put_in_order(section: &mut NewSection) {
    section.captures.sort_by_key(crate::model::Capture::order);
    if section.texts.len() < 2 {
        return;
    }
    let mut last_seen: FxHashMap<ArticleHash, usize> = FxHashMap::default();
    for (place, capture) in section.captures.iter().enumerate() {
        last_seen.extend(capture.outcome.text_hash().map(|hash| (hash, place)));
    }
    section.texts.sort_by_cached_key(|text| std::cmp::Reverse(last_seen.get(&text.hash).copied()));
}
