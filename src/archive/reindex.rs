//! Rebuilding everything that is derived from what is primary.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::engine::{Commit, Durability, Entry, Order};
use crate::format::codec;
use crate::format::gather::{FeedRow, encode_feed, feed_entry};
use crate::format::key::{self, FEED, INDEX, META_GENERATION, META_REINDEX, META_SEAL, PACKS, PAGES, PackId, SEALED};
use crate::format::pack::build::{self, NewSection, NewText, Packed};
use crate::format::pack::{Pack, Section, Text};
use crate::format::record::{GenerationRecord, IndexRecord, Role, SealRecord};
use crate::model::{StoryKey, Timestamp, fold, name_of};

use super::aliases::{Aliases, Connected};
use super::component::{Component, Known, Loaded, summarize};
use super::store::{Rows, Store, decode_pack, key_of, keyspace};
use super::tail::{Tail, seal_record};
use super::{Archive, Error, read};

/// What a rebuild found.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ReindexReport {
    /// Stories with at least one capture.
    pub stories: u64,
    /// Captures.
    pub captures: u64,
}

/// Rows of one commit: they come in the order of their keys, so that large commits cost sled little.
const ROWS_PER_COMMIT: usize = 256;
/// So many sections are noted before they are written to the index.
const NOTED_SECTIONS: usize = 100_000;
/// The feed is rebuilt for so many arrivals at a time: what it takes in memory, against one pass over all packs for each.
const ARRIVALS_PER_PASS: u64 = 1 << 19;
/// A row of the feed that is made anew holds so many captures.
pub(super) const FEED_ENTRIES: usize = 512;

impl Archive {
    /// Deletes all derived data and makes it anew from the captures, the texts and the aliases.
    ///
    /// `progress` is told how many names are done, and of how many. Stopped at any moment, the archive says that the rebuild must be
    /// finished, and the next call begins it again. Memory: about 50 bytes a capture. No other call may write meanwhile.
    ///
    /// ```
    /// # use morgue::{Archive, Article, Durability, NewCapture, StoryKey};
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let archive = Archive::in_memory();
    /// # let story = StoryKey::id("bridge")?;
    /// # for (day, headline) in [("2026-03-01", "Bridge closed"), ("2026-03-02", "Bridge open")] {
    /// #     archive.ingest(NewCapture::article(story.clone(), day.parse()?, Article::new(headline)), Durability::Buffered)?;
    /// # }
    /// let report = archive.reindex(|_, _| {})?;
    /// assert_eq!((report.stories, report.captures), (1, 2));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Errors of the engine, and damage to a capture or a text: derived data is then not complete.
    pub fn reindex(&self, mut progress: impl FnMut(u64, u64)) -> Result<ReindexReport, Error> {
        self.writable()?;
        let mut tail = self.tail();
        self.begin_reindex()?;
        let report = loop {
            let aliases = self.index_packs()?;
            let report = self.summarize_all(&Connected::of(aliases.holding()), &mut progress)?;
            match self.rebuild_feed()? {
                Repeated { captures, .. } if captures.is_empty() => break report,
                repeated => self.renumber(&repeated)?,
            }
            self.delete_derived()?;
        };
        *tail = Tail::read(self.engine())?;
        // Before the store is whole again: captures that are lost for good are no longer missed, and never in an archive that opens.
        self.inner.acknowledged.as_ref().map_or(Ok(()), |acknowledged| acknowledged.renew(tail.next_arrival))?;
        // What others have read of the index meanwhile does not hold.
        let done = self.new_pages()?.into_iter().chain([(META_REINDEX.to_vec(), None)]);
        self.write(done.collect(), Durability::Synced)?;
        // Generations may have begun anew.
        self.store().page_map.clear();
        Ok(report)
    }

    /// What says that pages of the index are rewritten, where there were any.
    fn new_pages(&self) -> Result<Vec<Entry>, Error> {
        if self.engine().get(META_GENERATION)?.is_none() {
            return Ok(Vec::new());
        }
        // Where the row is damaged, they begin anew.
        let number = self.store().generation().unwrap_or_default() + 1;
        Ok(vec![meta(META_GENERATION, &GenerationRecord { number })?])
    }

    /// Notes that derived data is being rebuilt, and removes it. Sealing begins anew: what it left behind is found twice.
    fn begin_reindex(&self) -> Result<(), Error> {
        let mut writes = vec![(META_REINDEX.to_vec(), Some(Vec::new()))];
        match seal_record(self.engine()) {
            Ok(SealRecord { job: None, .. }) => {}
            Ok(record) => writes.push(meta(META_SEAL, &SealRecord { job: None, ..record })?),
            Err(error) if error.is_damage() => writes.push((META_SEAL.to_vec(), None)),
            Err(error) => return Err(error),
        }
        // Pages that go are pages rewritten.
        writes.extend(self.new_pages()?);
        self.write(writes, Durability::Synced)?;
        // Who comes now is told of the rebuild.
        #[cfg(unix)]
        self.hang_up();
        self.delete_derived()
    }

    fn delete_derived(&self) -> Result<(), Error> {
        [INDEX, PAGES, FEED].into_iter().try_for_each(|space| self.delete(space))
    }

    /// Lists in the index which packs each key stands in; returns the alias facts.
    fn index_packs(&self) -> Result<Aliases, Error> {
        let mut aliases = Aliases::default();
        let mut noted = Noted::new();
        let mut sections = 0;
        for pack in self.store().packs_in_order() {
            let pack = pack?;
            for section in &pack.sections {
                aliases.add_links(&section.key, &section.links);
                let (packs, base) = noted.entry(section.sort.clone()).or_default();
                packs.push(pack.id);
                if pack.has_head(section) {
                    *base = later_base(*base, pack.id);
                }
                // The other key may have no section of its own.
                for link in &section.links {
                    noted.entry(link.of.sort_bytes()).or_default();
                }
            }
            sections += pack.sections.len();
            if sections >= NOTED_SECTIONS {
                self.list(std::mem::take(&mut noted))?;
                sections = 0;
            }
        }
        self.list(noted)?;
        Ok(aliases)
    }

    fn list(&self, noted: Noted) -> Result<(), Error> {
        let mut rows = Rewrite::new(self);
        for (sort, (packs, base)) in noted {
            let key = key_of(&sort)?;
            let role = Role::Name { others: Vec::new(), summary: None };
            let new =
                || IndexRecord { packs: Vec::new(), base: None, first_arrival: None, texts: Some(Vec::new()), role };
            let mut record = self.store().index(&key)?.unwrap_or_else(new);
            record.packs.extend(packs);
            record.base = base.map_or(record.base, |base| later_base(record.base, base));
            rows.put(&sort, &record)?;
        }
        rows.finish()
    }

    /// Gives every key what follows from its captures and alias facts.
    fn summarize_all(&self, links: &Connected, progress: &mut impl FnMut(u64, u64)) -> Result<ReindexReport, Error> {
        let mut total = 0;
        for entry in self.store().index_from(Vec::new()) {
            entry?;
            total += 1;
        }
        let mut report = ReindexReport::default();
        let mut rows = Rewrite::new(self);
        let mut done = 0;
        for entry in self.store().index_from(Vec::new()) {
            let (sort, record) = entry?;
            let key = key_of(&sort)?;
            done += 1;
            progress(done, total);
            let others = links.story_of(&key);
            // A story of several keys is done with the first of them.
            if others.first().is_some_and(|first| **first != key) {
                continue;
            }
            let mut keys = vec![Known::of(key.clone(), record)];
            for other in others.into_iter().skip(1) {
                let record =
                    self.store().index(other)?.ok_or_else(|| Error::damaged("a key vanished").in_story(other))?;
                keys.push(Known::of(other.clone(), record));
            }
            let component = self.component_of(keys, links)?;
            report.stories += u64::from(component.summary.is_some());
            report.captures += component.summary.as_ref().map_or(0, |summary| summary.captures);
            for (key, record) in component.into_index_rows() {
                rows.put(&key.sort_bytes(), &record)?;
            }
        }
        rows.finish()?;
        Ok(report)
    }

    /// The story that keys make up, with all that follows from their captures.
    fn component_of(&self, mut keys: Vec<Known>, links: &Connected) -> Result<Component, Error> {
        let names: BTreeSet<StoryKey> = keys.iter().map(|known| known.key.clone()).collect();
        let name = name_of(&names, &links.among(&names)).cloned();
        let name = name.ok_or_else(|| Error::damaged("a story without a name"))?;
        for known in &mut keys {
            let loaded = Loaded::read(self.store(), std::slice::from_ref(known))?;
            known.follow(&loaded.captures);
        }
        keys.sort_by_key(|known| known.key != name);
        let loaded = Loaded::read(self.store(), &keys)?;
        let revisions = fold(&loaded.captures);
        let headline = match revisions.last() {
            Some(latest) => {
                let text = loaded.text(self.store(), &latest.hash).and_then(|text| read::headline(&text));
                text.map_err(|error| error.in_story(&name))?
            }
            None => String::new(),
        };
        let summary = summarize(&loaded.captures, &revisions, |_| headline.clone());
        Ok(Component { name, keys, summary })
    }

    /// Vec<Entry> the feed anew, pass by pass over all packs. Returns the captures for which it had no place.
    fn rebuild_feed(&self) -> Result<Repeated, Error> {
        let mut repeated = Repeated::default();
        let mut feed = FeedRow::default();
        let mut rows = Rewrite::new(self);
        let mut begin = Some(0_u64);
        while let Some(first) = begin {
            let end = first.saturating_add(ARRIVALS_PER_PASS);
            let mut arrivals: BTreeMap<u64, (StoryKey, Order3)> = BTreeMap::new();
            begin = None;
            for pack in self.store().packs_in_order() {
                let pack = pack?;
                for capture in pack.sections.iter().flat_map(|section| &section.captures) {
                    let arrival = capture.arrival;
                    if arrival >= end {
                        begin = Some(begin.map_or(arrival, |least: u64| least.min(arrival)));
                    } else if arrival >= first {
                        let own = (capture.key.clone(), capture.order());
                        // A capture that is found twice is one.
                        if *arrivals.entry(arrival).or_insert_with(|| own.clone()) != own {
                            repeated.captures.insert(own);
                        }
                    }
                }
            }
            repeated.next = arrivals.last_key_value().map_or(repeated.next, |(last, _)| last.saturating_add(1));
            for (arrival, (key, _)) in arrivals {
                rows.tell(&mut feed, arrival, &key)?;
            }
        }
        rows.end_of_feed(&mut feed)?;
        rows.finish()?;
        Ok(repeated)
    }

    /// Gives captures new arrivals at the end, by rewriting their packs.
    ///
    /// Two captures cannot have one arrival unless rows of the feed were lost and more was archived after that: numbers were given
    /// out again then.
    fn renumber(&self, repeated: &Repeated) -> Result<(), Error> {
        let new: BTreeMap<&(StoryKey, Order3), u64> = repeated.captures.iter().zip(repeated.next..).collect();
        let ids: Vec<PackId> = self.store().pack_ids().collect::<Result<_, _>>()?;
        for id in ids {
            let Some(pack) = self.store().read_pack(id)? else { continue };
            let mut is_changed = false;
            let mut sections = sections_of(&pack);
            for capture in sections.iter_mut().flat_map(|section| &mut section.captures) {
                if let Some(arrival) = new.get(&(capture.key.clone(), capture.order())) {
                    capture.arrival = *arrival;
                    is_changed = true;
                }
            }
            if is_changed {
                let row = build::encode(id, &sections, Packed::of(&pack)?)?;
                self.write(vec![(key::pack(id), Some(row))], Durability::Buffered)?;
            }
        }
        self.store().forget_packs();
        Ok(())
    }

    pub(super) fn write(&self, writes: Vec<Entry>, durability: Durability) -> Result<(), Error> {
        Ok(self.engine().commit(&Commit { writes, ..Commit::default() }, durability)?)
    }

    fn delete(&self, space: u8) -> Result<(), Error> {
        loop {
            let rows = self.engine().scan(keyspace(space), Order::Ascending).take(ROWS_PER_COMMIT);
            let deletes: Vec<_> = rows.map(|row| row.map(|(key, _)| (key, None))).collect::<Result<_, _>>()?;
            if deletes.is_empty() {
                return Ok(());
            }
            self.write(deletes, Durability::Buffered)?;
        }
    }
}

/// What captures of one key are sorted by.
type Order3 = (Timestamp, [u8; 8], [u8; 8]);

/// Captures whose arrival another one has as well.
#[derive(Debug, Default)]
struct Repeated {
    captures: BTreeSet<(StoryKey, Order3)>,
    /// The arrival behind all others.
    next: u64,
}

/// Keys by sort form, the packs that each stands in, and the one against whose text others are compressed.
type Noted = BTreeMap<Vec<u8>, (Vec<PackId>, Option<PackId>)>;

/// Which of two packs new texts of a key hang on: the later one, but on a sealed one only when there is no fresh one.
fn later_base(base: Option<PackId>, later: PackId) -> Option<PackId> {
    base.filter(|base| *base < SEALED && later >= SEALED).or(Some(later))
}

/// What a pack holds, as for a new one with the same texts, which are not unpacked for that.
fn sections_of(pack: &Pack) -> Vec<NewSection> {
    let text = |text: &Text| NewText { hash: text.hash, folded: text.folded, text: "".into() };
    let section = |section: &Section| NewSection {
        key: section.key.clone(),
        sort: section.sort.clone(),
        links: section.links.clone(),
        raws: section.raws.clone(),
        captures: section.captures.clone(),
        texts: pack.texts_of(section).iter().map(text).collect(),
        base: None,
    };
    pack.sections.iter().map(section).collect()
}

/// A row that says something about the archive itself.
pub(super) fn meta<T: codec::Record>(row: &[u8], record: &T) -> Result<Entry, Error> {
    Ok((row.to_vec(), Some(codec::encode(row, record)?)))
}

impl Store {
    /// Returns the ids of all packs, ascending.
    fn pack_ids(&self) -> impl Iterator<Item = Result<PackId, Error>> + '_ {
        let rows = self.engine().scan(keyspace(PACKS), Order::Ascending);
        rows.map(|row| Ok(key::parse_number(&row?.0, PACKS)?))
    }

    /// Returns all packs in the order of their ids, as they are on disk.
    pub(super) fn packs_in_order(&self) -> impl Iterator<Item = Result<Pack, Error>> + '_ {
        self.engine().scan(keyspace(PACKS), Order::Ascending).filter_map(|row| {
            let decoded = row.map_err(Error::from);
            decoded.and_then(|(row, value)| decode_pack(key::parse_number(&row, PACKS)?, &value)).transpose()
        })
    }
}

/// Rows that are written a few hundred at a time.
struct Rewrite<'a> {
    archive: &'a Archive,
    writes: Vec<Entry>,
}

impl<'a> Rewrite<'a> {
    const fn new(archive: &'a Archive) -> Self {
        Self { archive, writes: Vec::new() }
    }

    fn put(&mut self, sort: &[u8], record: &IndexRecord) -> Result<(), Error> {
        let row = key::sorted(INDEX, sort);
        let value = codec::encode(&row, record)?;
        self.push(row, value)
    }

    fn push(&mut self, row: Vec<u8>, value: Vec<u8>) -> Result<(), Error> {
        self.writes.push((row, Some(value)));
        if self.writes.len() < ROWS_PER_COMMIT {
            return Ok(());
        }
        self.archive.write(std::mem::take(&mut self.writes), Durability::Buffered)
    }

    /// Adds a capture to the feed; a row ends where it is full, or where an arrival is missing.
    fn tell(&mut self, feed: &mut FeedRow, arrival: u64, key: &StoryKey) -> Result<(), Error> {
        let next = feed.first.saturating_add(feed.entries.len() as u64);
        if next != arrival || feed.entries.len() >= FEED_ENTRIES {
            self.end_of_feed(feed)?;
            feed.first = arrival;
        }
        let record = self.archive.store().index(key)?;
        let first = record.and_then(|record| record.first_arrival).unwrap_or(arrival);
        feed.keys += u64::from(first == arrival);
        feed.entries.push(feed_entry(key, first, arrival));
        Ok(())
    }

    fn end_of_feed(&mut self, feed: &mut FeedRow) -> Result<(), Error> {
        if feed.entries.is_empty() {
            return Ok(());
        }
        let (row, value) = encode_feed(feed)?;
        feed.entries.clear();
        self.push(row, value)
    }

    fn finish(self) -> Result<(), Error> {
        if self.writes.is_empty() { Ok(()) } else { self.archive.write(self.writes, Durability::Buffered) }
    }
}
