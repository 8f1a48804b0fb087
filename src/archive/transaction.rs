//! Changes in the making: what they read becomes what their commit expects, and what they add becomes packs.

use std::collections::{BTreeMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::engine::{self, Commit};
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
use super::store::{Rows, Store, generation_in};

/// A change in the making: it sees its own writes.
pub(super) struct Transaction<'a> {
    store: &'a Store,
    /// What was read of the engine: a row's key and its value.
    reads: Mutex<BTreeMap<Vec<u8>, Option<Vec<u8>>>>,
    /// What the index was found to know, by sort form.
    found: Mutex<BTreeMap<Vec<u8>, Option<IndexRecord>>>,
    /// What the index will know, by sort form. The pack that this change becomes is added by the commit.
    index: BTreeMap<Vec<u8>, IndexRecord>,
    /// What is new, by sort form.
    sections: BTreeMap<Vec<u8>, NewSection>,
    /// Pages to be kept beside captures, with the sort forms of their keys.
    pages: Vec<(Vec<u8>, NewPage)>,
    /// The key that was added to last, and its sort form.
    last: Option<(StoryKey, Vec<u8>)>,
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
        if let Some(found) = self.found().get(&sort) {
            return Ok(found.clone());
        }
        // Rows can move into a page, which no expectation about the row would notice.
        let generation = self.read(META_GENERATION)?;
        let row = key::sorted(key::INDEX, &sort);
        let find = || match self.read(&row)? {
            Some(bytes) => Ok(Some(codec::decode(&row, &bytes)?)),
            None => self.store.paged(&sort, generation_in(generation.as_deref())?),
        };
        let found = find().map_err(|error: Error| error.in_story(key))?;
        self.found().insert(sort, found.clone());
        Ok(found)
    }
}

impl<'a> Transaction<'a> {
    pub(super) fn new(store: &'a Store) -> Self {
        let (index, sections) = (BTreeMap::new(), BTreeMap::new());
        Self { store, reads: Mutex::default(), found: Mutex::default(), index, sections, pages: Vec::new(), last: None }
    }

    /// The same when a row was read a moment ago, which then must not change until the commit.
    pub(super) fn having_read(store: &'a Store, row: &[u8], value: Option<Vec<u8>>) -> Self {
        Self { reads: Mutex::new(BTreeMap::from([(row.to_vec(), value)])), ..Self::new(store) }
    }

    fn found(&self) -> MutexGuard<'_, BTreeMap<Vec<u8>, Option<IndexRecord>>> {
        self.found.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes over what another one has read, which has written nothing.
    ///
    /// # Errors
    /// A conflict when the two have read different things.
    pub(super) fn take_reads(&mut self, other: Self) -> Result<(), Error> {
        let reads = self.reads.get_mut().unwrap_or_else(PoisonError::into_inner);
        for (row, value) in other.reads.into_inner().unwrap_or_else(PoisonError::into_inner) {
            if reads.get(&row).is_some_and(|own| *own != value) {
                return Err(engine::Error::Conflict.into());
            }
            reads.insert(row, value);
        }
        let found = self.found.get_mut().unwrap_or_else(PoisonError::into_inner);
        found.extend(other.found.into_inner().unwrap_or_else(PoisonError::into_inner));
        Ok(())
    }

    /// Reads a row, which then must not change until the commit.
    pub(super) fn read(&self, row: &[u8]) -> Result<Option<Vec<u8>>, Error> {
        let mut reads = self.reads.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(read) = reads.get(row) {
            return Ok(read.clone());
        }
        let value = self.store.engine().get(row)?;
        reads.insert(row.to_vec(), value.clone());
        Ok(value)
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
        self.sections.get(&alias.sort_bytes()).map(|section| section.links.as_slice()).unwrap_or_default()
    }

    fn section(&mut self, key: &StoryKey) -> &mut NewSection {
        let last = self.last.take().filter(|(last, _)| last == key);
        let (_, sort) = self.last.insert(last.unwrap_or_else(|| (key.clone(), key.sort_bytes())));
        self.sections.entry(sort.clone()).or_insert_with(|| NewSection::new(key.clone()))
    }

    /// The rows of the index that it will write, by sort form.
    pub(super) fn written(&self) -> impl Iterator<Item = &[u8]> {
        self.index.keys().map(Vec::as_slice)
    }

    /// Says whether it has read one of some rows of the index, by sort form.
    pub(super) fn has_read(&self, rows: &HashSet<Vec<u8>>) -> bool {
        self.found().keys().any(|sort| rows.contains(sort))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.index.is_empty() && self.sections.is_empty()
    }

    /// What the commit will write.
    pub(super) fn size(&self) -> Size {
        let captures = self.sections.values().map(|section| section.captures.len()).sum();
        let has_base = |sort| self.index.get(sort).is_some_and(|record: &IndexRecord| record.base.is_some());
        let texts: usize = self.sections.iter().map(|(sort, section)| section.commit_bytes(has_base(sort))).sum();
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
    expects: BTreeMap<Vec<u8>, Option<Vec<u8>>>,
    index: BTreeMap<Vec<u8>, IndexRecord>,
    packs: Vec<(Vec<NewSection>, Packed)>,
    /// The sort forms of the sections in the order in which their captures came.
    order: Vec<Vec<u8>>,
    /// The rows of pages.
    raws: RawRows,
}

impl Change {
    /// Joins transactions. `None` when two of them have read different things: then neither can be kept as planned.
    pub(super) fn of(transactions: Vec<Transaction<'_>>) -> Result<Self, Error> {
        let mut expects = BTreeMap::new();
        let mut index = BTreeMap::new();
        let mut sections: BTreeMap<Vec<u8>, NewSection> = BTreeMap::new();
        let mut order = Vec::new();
        let store = transactions.first().map(|transaction| transaction.store);
        let mut pages: BTreeMap<Vec<u8>, Vec<NewPage>> = BTreeMap::new();
        let mut raws = Vec::new();
        for transaction in transactions {
            for (row, value) in transaction.reads.into_inner().unwrap_or_else(PoisonError::into_inner) {
                if expects.insert(row, value.clone()).is_some_and(|before| before != value) {
                    return Err(engine::Error::Conflict.into());
                }
            }
            index.extend(transaction.index);
            order.extend(transaction.sections.keys().cloned());
            sections.extend(transaction.sections);
            transaction.pages.into_iter().for_each(|(sort, page)| pages.entry(sort).or_default().push(page));
        }
        let mut packs = Vec::new();
        let mut gathering = Gathering::default();
        for (sort, mut section) in sections {
            put_in_order(&mut section);
            if let Some((store, new)) = store.zip(pages.remove(&sort)) {
                let packs = index.get(&sort).map_or(&[][..], |record: &IndexRecord| &record.packs);
                raws.extend(store.keep_pages(&mut section, packs, new)?);
            }
            let base = index.get(&sort).and_then(|record: &IndexRecord| record.base).filter(|_| section.wants_base());
            // One that cannot be read is done without.
            section.base = base.zip(store).and_then(|(pack, store)| store.head(pack, &sort).ok().flatten());
            packs.extend(gathering.push(section));
        }
        packs.extend(Some(gathering.take()).filter(|last| !last.is_empty()));
        let compress =
            |sections: Vec<NewSection>| build::compress(&sections, frame::QUICK).map(|packed| (sections, packed));
        let packs = packs.into_iter().map(compress).collect::<Result<_, FormatError>>()?;
        Ok(Self { expects, index, packs, order, raws })
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
        let mut index = self.index.clone();
        let mut feed = FeedRow { first: at.arrival, entries: Vec::new(), keys: at.keys };
        self.number(&mut index, &mut feed);
        let mut writes = Vec::with_capacity(self.packs.len() + index.len() + 1);
        for ((sections, packed), id) in self.packs.iter().zip(at.pack..) {
            for (place, section) in sections.iter().enumerate() {
                let Some(record) = index.get_mut(&section.key.sort_bytes()) else { continue };
                // Sealed ones come after it.
                record.packs.insert(record.packs.partition_point(|own| *own < id), id);
                record.base = Some(id).filter(|_| packed.has_head(place)).or(record.base);
            }
            writes.push((key::pack(id), Some(build::encode(id, sections, packed.clone())?)));
        }
        for (sort, record) in &index {
            let row = key::sorted(key::INDEX, sort);
            let value = codec::encode(&row, record)?;
            writes.push((row, Some(value)));
        }
        let feed = if feed.entries.is_empty() { None } else { Some(encode_feed(&feed)?) };
        Ok(Placed { at, writes, feed })
    }

    /// Returns the commit, as it was placed.
    pub(super) fn into_commit(self, placed: Placed) -> Commit {
        let Placed { mut writes, feed, .. } = placed;
        let mut expects: Vec<_> = self.expects.into_iter().collect();
        writes.extend(self.raws.into_iter().map(|(row, value)| (row, Some(value))));
        if let Some((row, value)) = feed {
            expects.push((row.clone(), None));
            writes.push((row, Some(value)));
        }
        Commit { expects, writes }
    }

    /// The place of the commit behind this one.
    pub(super) fn after(&self, at: Place) -> Place {
        let new = |section: &&NewSection| {
            let record = self.index.get(&section.key.sort_bytes());
            !section.captures.is_empty() && record.is_some_and(|record| record.first_arrival.is_none())
        };
        let sections = || self.packs.iter().flat_map(|(sections, _)| sections);
        let captures: usize = sections().map(|section| section.captures.len()).sum();
        let keys = sections().filter(new).count();
        Place { arrival: at.arrival + captures as u64, keys: at.keys + keys as u64, pack: at.pack + self.packs() }
    }

    /// Gives every capture its arrival, and the feed its entries.
    fn number(&mut self, index: &mut BTreeMap<Vec<u8>, IndexRecord>, feed: &mut FeedRow) {
        let sections = self.packs.iter_mut().flat_map(|(sections, _)| sections);
        let mut sections: BTreeMap<Vec<u8>, &mut NewSection> =
            sections.map(|section| (section.key.sort_bytes(), section)).collect();
        for sort in &self.order {
            let (Some(section), Some(record)) = (sections.get_mut(sort), index.get_mut(sort)) else { continue };
            for capture in &mut section.captures {
                capture.arrival = feed.first + feed.entries.len() as u64;
                feed.keys += u64::from(record.first_arrival.is_none());
                let first = *record.first_arrival.get_or_insert(capture.arrival);
                let entry: FeedEntry = feed_entry(&section.key, first, capture.arrival);
                feed.entries.push(entry);
            }
        }
    }
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
    writes: Vec<(Vec<u8>, Option<Vec<u8>>)>,
    /// A row of the feed, which must not be there yet.
    feed: Option<(Vec<u8>, Vec<u8>)>,
}

/// Sorts the captures of a section, and its texts so that the one that was seen last comes first.
pub(super) fn put_in_order(section: &mut NewSection) {
    section.captures.sort_by_key(crate::model::Capture::order);
    let mut last_seen: BTreeMap<ArticleHash, usize> = BTreeMap::new();
    for (place, capture) in section.captures.iter().enumerate() {
        last_seen.extend(capture.outcome.text_hash().map(|hash| (hash, place)));
    }
    section.texts.sort_by_cached_key(|text| std::cmp::Reverse(last_seen.get(&text.hash).copied()));
}
