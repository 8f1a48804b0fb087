//! Upkeep while an archive grows: fresh packs are merged into sealed ones, and rows of the index gathered into pages.
//!
//! Both work in steps, each of which is one commit of a few rows, so that nobody waits long and a stop at any moment leaves a
//! whole archive. The size at which either begins grows with the archive, so that what is rewritten stays in proportion to what
//! is written (as in a log-structured merge tree: O'Neil et al., 1996).

mod worth;

use std::collections::BTreeMap;
use std::ops::Bound;

use rayon::prelude::*;

use crate::engine::{self, Commit, Durability, Entry, Order, Read, Row, prefix_range, rows_of_pages};
use crate::format::gather::{Part, page_of_parts};
use crate::format::key::{self, INDEX, META_GENERATION, META_SEAL, PAGES, PackId, SEALED};
use crate::format::pack::Section;
use crate::format::pack::build::{self, Gathering, NewSection};
use crate::format::record::{GenerationRecord, SealRecord};
use crate::format::{FormatError, codec, frame};

use super::fill::PAGE_ENTRIES;
use super::ingest::Written;
use super::merge::Merge;
use super::page_map::Rewritten;
use super::reindex::meta;
use super::store::{KeyedPage, Store, key_of, merge, seen_page};
use super::tail::seal_record;
use super::{Archive, Error};

pub(super) use self::worth::Worth;

/// So many fresh packs are merged at a time, when that pays.
const PACKS_AT_ONCE: u64 = 512;
/// Rows of the index are gathered into pages when so many were written, of so many keys ...
const LEAST_ROWS: u64 = 8_192;
/// ... and one for so many keys that are in pages: a gathering rewrites most of them.
const KEYS_PER_ROW: u64 = 2;
/// At the end of an import so many are enough, if there is one for so many keys as above.
const LEAST_ROWS_AT_END: u64 = 256;
/// So many rows are gathered in one step: what a scan fetches in four times, so that it fetches none in vain.
const ROWS_PER_STEP: usize = rows_of_pages(4);
/// So many pages are rewritten in one step at most.
const PAGES_PER_STEP: usize = 16;
/// So many packs are looked at, or removed, in one step.
const PACKS_PER_STEP: u64 = 64;

/// The upkeep that is under way in this process.
#[derive(Debug, Default)]
pub(super) struct Sealing {
    /// Fresh packs with smaller numbers stay as they are; read from the store when it is not known.
    settled: Option<u64>,
    merging: Option<Merging>,
    /// Where the gathering of rows goes on; `None` while it is not under way.
    gathering: Option<Vec<u8>>,
    /// How many rows of the index were written since the last gathering, and how many keys there were then.
    rows: u64,
    keys: u64,
}

impl Sealing {
    /// How many rows of the index may be written, of an archive of so many keys, before they are gathered. A key has one row, however
    /// often it is written.
    fn rows_left(&self, keys: u64) -> u64 {
        let least = LEAST_ROWS.max(self.keys / KEYS_PER_ROW);
        least.saturating_sub(self.rows.min(keys))
    }
}

/// Keys by sort form, and the packs with sections of each.
type Sections = BTreeMap<Vec<u8>, Vec<PackId>>;
/// Keys by sort form and the packs that each stands in now, and the rows of those packs.
type Merged = (Vec<(Vec<u8>, Places)>, Vec<Vec<u8>>);

/// The packs in which a key stands now, and the one of them against whose text the next one may be compressed.
#[derive(Debug, Default)]
struct Places {
    packs: Vec<PackId>,
    base: Option<PackId>,
}

/// Fresh packs that are being merged.
#[derive(Debug)]
struct Merging {
    /// The first number that is.
    settled: u64,
    /// The first number that is not merged.
    upto: u64,
    /// Which of the packs have sections of which key; those that are not merged yet.
    sections: Sections,
    /// The first number that was not removed after that.
    removed: u64,
    /// Keeps the packs at hand: each has sections of keys from all over, and is needed again and again.
    store: Store,
}

/// How much of the packs that are being merged is kept in memory.
const MERGE_CACHE_BYTES: u64 = 128 << 20;

impl Archive {
    /// Merges all fresh packs into sealed ones now, and gathers the index into pages. Archives do this by themselves while they grow
    /// ([`OpenOptions::seal`](super::OpenOptions::seal)); [`Archive::compact`] does more, and at once.
    ///
    /// ```
    /// # use morgue::{Archive, Article, Durability, NewCapture, StoryKey};
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let archive = Archive::in_memory();
    /// # let story = StoryKey::id("bridge")?;
    /// # for (day, headline) in [("2026-03-01", "Bridge closed"), ("2026-03-02", "Bridge open")] {
    /// #     archive.ingest(NewCapture::article(story.clone(), day.parse()?, Article::new(headline)), Durability::Buffered)?;
    /// # }
    /// archive.seal()?;
    /// assert_eq!(archive.revisions(&story)?.len(), 2);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Errors of the engine, and damage.
    pub fn seal(&self) -> Result<(), Error> {
        self.writable()?;
        let mut sealing = self.sealing();
        while sealing.merging.is_some() || self.begin_merging(&mut sealing, 1)? {
            self.merge_step(&mut sealing)?;
        }
        sealing.gathering.get_or_insert_default();
        while sealing.gathering.is_some() {
            self.gather_step(&mut sealing)?;
        }
        drop(sealing);
        self.flush()
    }

    /// Does some of the upkeep that is due after so many packs and rows of the index were written: a little more than what was
    /// written, so that it comes to an end.
    pub(super) fn upkeep(&self, Written { packs, rows }: Written) -> Result<(), Error> {
        if !self.inner.seals {
            return Ok(());
        }
        // Somebody else is at it.
        let Ok(mut sealing) = self.inner.sealing.try_lock() else { return Ok(()) };
        sealing.rows += rows;
        for _ in 0..=packs {
            if sealing.merging.is_none() && !self.begin_merging(&mut sealing, PACKS_AT_ONCE)? {
                break;
            }
            self.merge_step(&mut sealing)?;
        }
        if sealing.gathering.is_none() && sealing.rows_left(self.tail().keys) == 0 {
            sealing.gathering = Some(Vec::new());
        }
        for _ in 0..rows.div_ceil(ROWS_PER_STEP as u64) * 2 {
            if sealing.gathering.is_none() {
                break;
            }
            self.gather_step(&mut sealing)?;
        }
        Ok(())
    }

    /// How much may be written, beside what was and has had no upkeep yet, before there is anything to be done.
    pub(super) fn until_upkeep(&self, written: Written) -> Written {
        if !self.inner.seals {
            return Written { packs: u64::MAX, rows: u64::MAX };
        }
        let (next, keys) = {
            let tail = self.tail();
            (tail.fresh.next, tail.keys)
        };
        match self.inner.sealing.try_lock() {
            Ok(sealing) if sealing.merging.is_none() && sealing.gathering.is_none() => Written {
                packs: sealing.settled.map_or(0, |settled| PACKS_AT_ONCE.saturating_sub(next.saturating_sub(settled))),
                rows: sealing.rows_left(keys).saturating_sub(written.rows),
            },
            _ => Written::default(),
        }
    }

    /// Gathers the index once many captures were archived, where most of it stands in rows: pages take half as much, and nobody
    /// knows when there will be more captures.
    pub(super) fn upkeep_at_end(&self) -> Result<(), Error> {
        if !self.inner.seals {
            return Ok(());
        }
        let Ok(mut sealing) = self.inner.sealing.try_lock() else { return Ok(()) };
        if sealing.rows < LEAST_ROWS_AT_END.max(self.tail().keys / KEYS_PER_ROW) {
            return Ok(());
        }
        sealing.gathering.get_or_insert_default();
        while sealing.gathering.is_some() {
            self.gather_step(&mut sealing)?;
        }
        Ok(())
    }

    /// Begins or goes on merging where there are so many fresh packs and it pays; says whether it does.
    fn begin_merging(&self, sealing: &mut Sealing, least: u64) -> Result<bool, Error> {
        let next = self.tail().fresh.next;
        if sealing.settled.is_some_and(|settled| next.saturating_sub(settled) < least) {
            return Ok(false);
        }
        let SealRecord { settled, job } = seal_record(self.engine())?;
        if let Some((upto, after)) = job {
            let (merging, _) = self.merging(settled, upto, &after)?;
            sealing.merging = Some(merging);
            return Ok(true);
        }
        let (upto, recent) = {
            let mut tail = self.tail();
            if tail.fresh.next.saturating_sub(settled) < least {
                sealing.settled = Some(settled);
                return Ok(false);
            }
            (tail.fresh.next, tail.take_recent())
        };
        // What this process has written need not be read to tell that merging it does not pay.
        let pays = (recent.from == settled).then(|| recent.worth.pays());
        if least == 1 || pays != Some(false) {
            let (merging, worth) = self.merging(settled, upto, &[])?;
            if least == 1 || pays.unwrap_or_else(|| worth.pays()) {
                sealing.merging = Some(merging);
                return Ok(true);
            }
        }
        self.write(vec![meta(META_SEAL, &SealRecord { settled: upto, job: None })?], Durability::Buffered)?;
        sealing.settled = Some(upto);
        Ok(false)
    }

    /// Reads which fresh packs from a number up to another have sections of which keys after a sort form. Returns them as packs that
    /// are being merged, and what tells whether that pays.
    fn merging(&self, settled: u64, upto: u64, after: &[u8]) -> Result<(Merging, Worth), Error> {
        let store = self.store().apart(MERGE_CACHE_BYTES);
        let mut sections = Sections::new();
        let mut worth = Worth::new();
        let mut next = settled;
        while next < upto {
            let end = upto.min(next.saturating_add(PACKS_PER_STEP));
            for pack in store.some_packs(&(next..end).collect::<Vec<_>>())? {
                let heads = pack.sections.iter().filter(|section| pack.has_head(section));
                worth.add(pack.weight(), heads.map(|section| section.sort.as_slice()));
                let wanted = |section: &&Section| section.sort.as_slice() > after || after.is_empty();
                for section in pack.sections.iter().filter(wanted) {
                    sections.entry(section.sort.clone()).or_default().push(pack.id);
                }
            }
            next = end;
        }
        Ok((Merging { settled, upto, sections, removed: settled, store }, worth))
    }

    /// Makes one sealed pack of what comes next, or removes fresh ones when all is merged.
    fn merge_step(&self, sealing: &mut Sealing) -> Result<(), Error> {
        let Some(merging) = &mut sealing.merging else { return Ok(()) };
        if merging.sections.is_empty() {
            if self.remove_merged(merging)? {
                sealing.settled = Some(merging.upto);
                sealing.merging = None;
            }
            return Ok(());
        }
        let first = self.tail().sealed.next;
        let (keys, rows) = Self::pack_next(merging, first)?;
        match self.switch(merging, &keys, first, &rows) {
            // A capture of one of the keys came in between: again.
            Err(Error::Engine(engine::Error::Conflict)) => Ok(()),
            Err(error) => Err(error),
            Ok(()) => {
                for (sort, _) in &keys {
                    merging.sections.remove(sort);
                }
                sealing.rows += keys.len() as u64;
                Ok(())
            }
        }
    }

    /// Packs the keys that come next: as many as a pack takes, or one that takes several packs. Returns them, each with the places
    /// of the packs it stands in, and the rows of the packs.
    fn pack_next(merging: &Merging, first: PackId) -> Result<Merged, Error> {
        let mut gathering = Gathering::default();
        let mut keys: Vec<(Vec<u8>, Places)> = Vec::new();
        let mut rows = Vec::new();
        for (sort, packs) in &merging.sections {
            let mut places = Places::default();
            for section in Merge::of(&merging.store, key_of(sort)?, packs)? {
                let section = section?;
                if places.packs.is_empty() && !gathering.has_room(&section) {
                    break;
                }
                let has_text = !section.texts.is_empty();
                if let Some(full) = gathering.push(section) {
                    rows.push(seal_pack(first + rows.len() as u64, &full)?);
                }
                let place = first + rows.len() as u64;
                places.packs.push(place);
                places.base = Some(place).filter(|_| has_text).or(places.base);
            }
            if places.packs.is_empty() {
                break;
            }
            keys.push((sort.clone(), places));
            if !rows.is_empty() {
                break;
            }
        }
        rows.push(seal_pack(first + rows.len() as u64, &gathering.take())?);
        Ok((keys, rows))
    }

    /// Puts packs into the store, and has the index lead there.
    fn switch(
        &self,
        merging: &Merging,
        keys: &[(Vec<u8>, Places)],
        first: PackId,
        rows: &[Vec<u8>],
    ) -> Result<(), Error> {
        let mut commit = Commit::default();
        for (row, id) in rows.iter().zip(first..) {
            commit.writes.push((key::pack(id), Some(row.clone())));
        }
        let generation = self.next_generation(&mut commit)?;
        for (sort, places) in keys {
            let row = key::sorted(INDEX, sort);
            let found = self.engine().get(&row)?;
            let key = key_of(sort)?;
            let record = self.store().index_of(sort, found.as_deref())?;
            let mut record = record
                .ok_or_else(|| Error::damaged("the index does not know a key that a pack holds").in_story(&key))?;
            let stays = |id: PackId| id >= SEALED || id < merging.settled || id >= merging.upto;
            record.packs.retain(|id| stays(*id));
            record.packs.extend(places.packs.iter().copied());
            record.packs.sort_unstable();
            // New texts hang on a fresh one if there is one.
            let old = record.base.filter(|id| stays(*id));
            record.base = old.filter(|id| *id < SEALED).or(places.base).or(old);
            commit.expects.push((row.clone(), found));
            let value = codec::encode(&row, &record)?;
            commit.writes.push((row, Some(value)));
        }
        let after = keys.last().map(|(sort, _)| sort.clone()).unwrap_or_default();
        let record = SealRecord { settled: merging.settled, job: Some((merging.upto, after)) };
        commit.writes.push(meta(META_SEAL, &record)?);
        let mut tail = self.tail();
        tail.sealed.make_room(self.engine(), rows.len() as u64)?;
        let outcome = self.engine().commit(&commit, Durability::Buffered);
        if !matches!(outcome, Err(engine::Error::Conflict)) {
            // After another error nobody knows whether the ids are taken.
            tail.sealed.next = first + rows.len() as u64;
        }
        outcome?;
        self.store().page_map.keep(generation);
        Ok(())
    }

    /// Removes packs of which everything stands in sealed ones; says whether all of them are gone.
    fn remove_merged(&self, merging: &mut Merging) -> Result<bool, Error> {
        // Those that are gone already are removed again when this was stopped.
        let end = merging.upto.min(merging.removed.saturating_add(PACKS_PER_STEP));
        let mut writes: Vec<_> = (merging.removed..end).map(|id| (key::pack(id), None)).collect();
        if end == merging.upto {
            writes.push(meta(META_SEAL, &SealRecord { settled: merging.upto, job: None })?);
        }
        // What is removed must not go before what replaces it, which other commits have written: they are in order.
        self.write(writes, Durability::Buffered)?;
        merging.removed = end;
        Ok(end == merging.upto)
    }

    /// Gathers some rows of the index into pages.
    fn gather_step(&self, sealing: &mut Sealing) -> Result<(), Error> {
        let Some(from) = sealing.gathering.take() else { return Ok(()) };
        // The rows of the index change only with this lock held.
        let tail = self.tail();
        let store = self.store();
        let since = self.engine().now();
        let range = (Bound::Included(key::sorted(INDEX, &from)), prefix_range(&[INDEX]).1);
        let rows: Vec<Row> =
            self.engine().scan(range, Order::Ascending).take(ROWS_PER_STEP).collect::<Result<_, _>>()?;
        // Records go into pages as they are: what their checksums hold was whole when it was written.
        let fresh: Vec<Part<'_>> = rows.iter().map(part_in_row).collect::<Result<_, _>>()?;
        let (regions, rest) = regions_of(store, &fresh)?;
        let last = fresh.last().filter(|_| rows.len() == ROWS_PER_STEP);
        let next = match rest.first() {
            Some((first, _)) => Some(first.to_vec()),
            None => last.map(|(last, _)| [last, [0].as_slice()].concat()),
        };
        if !regions.is_empty() {
            let mut commit = Commit::default();
            let gathered = rows.iter().take(fresh.len() - rest.len());
            commit.writes.extend(gathered.clone().map(|(row, _)| (row.clone(), None)));
            commit.writes.extend(regions.iter().flat_map(|region| &region.page).map(|(row, _)| (row.clone(), None)));
            let entries = gathered.map(|(row, value)| (row.clone(), Some(value.clone()))).collect();
            commit.read = Read { since, entries };
            let rewritten: Vec<_> = regions.into_par_iter().map(Region::rewrite).collect::<Result<_, Error>>()?;
            let (pages, regions): (Vec<_>, Vec<_>) = rewritten.into_iter().unzip();
            commit.writes.extend(pages.into_iter().flatten());
            let generation = self.next_generation(&mut commit)?;
            self.engine().commit(&commit, Durability::Buffered)?;
            store.page_map.rewrite(regions, generation);
        }
        sealing.gathering = next;
        if sealing.gathering.is_none() {
            sealing.keys = tail.keys;
            sealing.rows = 0;
        }
        Ok(())
    }

    /// Adds to a commit that packs or pages are rewritten; returns the generation that it makes.
    fn next_generation(&self, commit: &mut Commit) -> Result<u64, Error> {
        let before = self.store().read_generation()?;
        let number = before.number + 1;
        commit.expects.push((META_GENERATION.to_vec(), before.row()));
        commit.writes.push(meta(META_GENERATION, &GenerationRecord { number })?);
        Ok(number)
    }
}

fn seal_pack(id: PackId, sections: &[NewSection]) -> Result<Vec<u8>, Error> {
    Ok(build::encode(id, sections, build::compress(sections, frame::STEADY)?)?)
}

/// Where a page stands, and the rows that go into it.
struct Region<'a> {
    page: Option<KeyedPage>,
    /// Where the next page begins.
    upto: Option<Vec<u8>>,
    fresh: &'a [Part<'a>],
}

/// Divides rows by the pages in which they would stand, of not too many pages; and returns the rows that are left.
fn regions_of<'a>(store: &Store, fresh: &'a [Part<'a>]) -> Result<(Vec<Region<'a>>, &'a [Part<'a>]), Error> {
    let (mut regions, mut rest) = (Vec::new(), fresh);
    while let Some((first, _)) = rest.first().filter(|_| regions.len() < PAGES_PER_STEP) {
        let (page, upto) = (store.page_of(first)?, store.page_after(first)?);
        let own = rest.partition_point(|(sort, _)| upto.as_deref().is_none_or(|upto| *sort < upto));
        let (fresh, others) = rest.split_at(own);
        regions.push(Region { page, upto, fresh });
        rest = others;
    }
    Ok((regions, rest))
}

impl Region<'_> {
    /// Makes the pages that are to stand there.
    fn rewrite(self) -> Result<(Vec<Entry>, Rewritten), Error> {
        let Self { page, upto, fresh } = self;
        let merged = merge(page.iter().flat_map(|(_, page)| page.parts()), fresh.to_vec());
        // Full pages would be split by the next key.
        let parts = merged.par_chunks(even_parts(merged.len(), PAGE_ENTRIES));
        let pages = parts.map(|entries| {
            let (row, value) = page_of_parts(entries, frame::QUICK)?;
            let seen = seen_page(&row, &value, entries.iter().map(|(sort, _)| *sort))?;
            Ok(((row, Some(value)), seen))
        });
        let pages: Vec<_> = pages.collect::<Result<_, FormatError>>()?;
        let (written, pages) = pages.into_iter().unzip();
        let from = page.as_ref().map_or(Ok(&[][..]), |(row, _)| key::parse_sorted(row, PAGES))?.to_vec();
        Ok((written, Rewritten { from, upto, pages }))
    }
}

/// The sort form and the encoded record in a row of the index.
fn part_in_row((row, value): &(Vec<u8>, Vec<u8>)) -> Result<Part<'_>, FormatError> {
    Ok((key::parse_sorted(row, INDEX)?, codec::part_of(row, value)?))
}

/// How many things are in a part, when so many are divided into parts of about the same size, at most `most` each.
fn even_parts(count: usize, most: usize) -> usize {
    count.div_ceil(count.div_ceil(most).max(1)).max(1)
}

#[cfg(test)]
mod tests;
