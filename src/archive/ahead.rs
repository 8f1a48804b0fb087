//! Going through many keys in their order, with what packs hold of them read ahead.
//!
//! Where captures came in by time, a pack holds keys from all over and a key stands in packs from all over: read key by key, each
//! pack would be read and unpacked once for every key that it holds. So keys are taken chunk by chunk, as many as memory allows,
//! and each pack of a chunk is read once, on all cores, for all keys of the chunk. An archive of more than one chunk whose packs are
//! of that kind is put in the order of its keys in a temporary file ([`spool`]), so that the time grows as the archive does; where
//! there is no room for one, it takes as many readings of the archive as there are chunks.

mod spool;

use std::collections::{HashMap, VecDeque};

use rayon::prelude::*;

use crate::format::key::{self, PackId};
use crate::format::pack::{Pack, Part};

use super::Error;
use super::facts::part_of;
use super::store::Store;

use spool::Spool;

/// What is read ahead takes about so many bytes of memory.
const AHEAD_BYTES: usize = 64 << 20;
/// Frames of packs are kept for a moment: texts of one frame are taken one after the other.
const CACHE_BYTES: u64 = 32 << 20;
/// So many packs are read at a time, on all cores. What they bring may go past the limit. The tests have few packs.
const PACKS_AT_ONCE: usize = if cfg!(test) { 3 } else { 32 };
/// A first chunk has so many units, since who asks may want no more; each further one this many times as many.
const FIRST_UNITS: usize = 32;
const GROWTH: usize = 8;
/// What is read of a section is taken to be so large until it is known.
const GUESSED_BYTES: usize = 2 << 10;
/// Packs are read for keys from all over when so many of their sections, for each that was wanted, were not.
const SCATTERED: usize = 2;

/// What belongs together: a key or a story.
#[derive(Debug)]
pub(super) struct Unit<U> {
    /// The sort form of its place in the order of the index.
    pub(super) sort: Vec<u8>,
    pub(super) of: U,
    /// Sort forms of keys, each with the packs that the index lists for it.
    pub(super) keys: Vec<(Vec<u8>, Vec<PackId>)>,
    /// How many bytes of memory `of` takes, about.
    pub(super) bytes: usize,
}

impl<U> Unit<U> {
    fn weight(&self) -> usize {
        let keys = self.keys.iter().map(|(sort, packs)| sort.len() + packs.len() * (8 + size_of::<Wanted>()) + 80);
        self.bytes + self.sort.len() + 2 * size_of::<Slot<U>>() + keys.sum::<usize>()
    }

    fn sections(&self) -> usize {
        self.keys.iter().map(|(_, packs)| packs.len()).sum()
    }
}

/// A unit with what was read of it: the parts of its keys, one behind the other, those of a key in the order in which the index lists
/// its packs. `None` where something could not be read, or is too much: then the slow way does it, or says what is wrong.
pub(super) type Done<U> = Result<(Unit<U>, Option<Vec<Part>>), Error>;

/// A unit of the chunk, or an error in its place.
type Slot<U> = Result<(Unit<U>, Option<Vec<(u32, Part)>>), Error>;

/// A section that is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Wanted {
    pack: PackId,
    /// The place of the unit in the chunk, that of the key in the unit, and that of the section among those of the unit.
    slot: u32,
    key: u32,
    place: u32,
}

/// What was read of packs.
#[derive(Debug, Clone, Copy, Default)]
struct Seen {
    /// Sections that were wanted, and how many bytes of memory they took.
    sections: usize,
    bytes: usize,
    /// Sections of the packs that were read for them.
    met: usize,
}

impl Seen {
    const fn add(&mut self, other: Self) {
        self.sections += other.sections;
        self.bytes += other.bytes;
        self.met += other.met;
    }
}

/// Units in their order, with what packs hold of them.
pub(super) struct Ahead<I, U> {
    store: Store,
    units: I,
    with_texts: bool,
    limit: usize,
    /// Units that were taken and went past the limit.
    back: VecDeque<Result<Unit<U>, Error>>,
    done: VecDeque<Done<U>>,
    /// A chunk has at most so many units.
    most: usize,
    seen: Seen,
    spool: Spooling,
}

/// Whether the rest of the archive is in a temporary file.
#[derive(Debug)]
enum Spooling {
    NotYet,
    /// What the last chunk was like asks for it.
    Asked,
    Done(Spool),
    /// There was no room for one.
    Failed,
}

impl<I, U> Ahead<I, U>
where
    I: Iterator<Item = Result<Unit<U>, Error>>,
    U: Send + Sync,
{
    /// Goes through units that come in the order of the index. Texts are read, or only listed.
    pub(super) fn new(store: &Store, units: I, with_texts: bool) -> Self {
        Self {
            store: store.apart(CACHE_BYTES),
            units,
            with_texts,
            limit: AHEAD_BYTES,
            back: VecDeque::new(),
            done: VecDeque::new(),
            most: FIRST_UNITS,
            seen: Seen::default(),
            spool: Spooling::NotYet,
        }
    }

    /// Takes less memory, for tests.
    #[cfg(test)]
    pub(super) fn within(self, limit: usize) -> Self {
        Self { limit, ..self }
    }

    /// Has no room for a temporary file, for tests.
    #[cfg(test)]
    pub(super) fn without_file(self) -> Self {
        Self { spool: Spooling::Failed, ..self }
    }

    fn fill(&mut self) {
        if matches!(self.spool, Spooling::Asked) {
            self.spool = self.begin_spool();
        }
        match &mut self.spool {
            Spooling::Done(spool) => match spool.next() {
                Some((end, parts)) => self.take_parts(end.as_deref(), parts),
                None => self.take_parts(None, HashMap::new()),
            },
            _ => self.read_chunk(),
        }
    }

    /// Puts all that is left into a temporary file.
    fn begin_spool(&mut self) -> Spooling {
        let Some(next) = self.back.pop_front().or_else(|| self.units.next()) else { return Spooling::NotYet };
        let from = next.as_ref().ok().map(|unit| unit.sort.clone());
        self.back.push_front(next);
        // Behind an error stands a unit from which to begin.
        let Some(from) = from else { return Spooling::NotYet };
        let each = self.seen.bytes.checked_div(self.seen.sections).unwrap_or(GUESSED_BYTES).max(1);
        // Half of the limit, since some parts of an archive have longer texts than others.
        let sections = (self.limit / 2 / each).max(1);
        Spool::fill(&self.store, &from, sections, self.with_texts).map_or(Spooling::Failed, Spooling::Done)
    }

    /// Gives units before `end` the parts that were read of them.
    fn take_parts(&mut self, end: Option<&[u8]>, mut parts: HashMap<Vec<u8>, Vec<Part>>) {
        while let Some(next) = self.back.pop_front().or_else(|| self.units.next()) {
            let unit = match next {
                Err(error) => {
                    self.done.push_back(Err(error));
                    continue;
                }
                Ok(unit) if end.is_some_and(|end| unit.sort.as_slice() >= end) => {
                    self.back.push_front(Ok(unit));
                    return;
                }
                Ok(unit) => unit,
            };
            let own = match unit.keys.as_slice() {
                // All that the index lists, as it was when the file was written.
                [(sort, packs)] => {
                    parts.remove(sort).filter(|own| own.iter().map(|part| part.pack).eq(packs.iter().copied()))
                }
                _ => None,
            };
            self.done.push_back(Ok((unit, own)));
        }
    }

    /// Reads the next chunk.
    fn read_chunk(&mut self) {
        let (mut slots, mut bytes) = self.take_units();
        let mut is_limited = slots.len() < self.most;
        let mut wanted = wanted(&slots);
        let mut at = 0;
        let mut chunk = Seen::default();
        while let Some(now) = wanted.get(at..).map(some_packs).filter(|now| !now.is_empty()) {
            at += now.len();
            let seen = read_packs(&self.store, self.with_texts, now, &mut slots);
            chunk.add(seen);
            bytes += seen.bytes;
            if bytes > self.limit {
                is_limited = true;
                let next = wanted.get(at).map_or(PackId::MAX, |wanted| wanted.pack);
                self.shrink(&mut slots);
                bytes = slots.iter().map(weight).sum();
                wanted = self::wanted(&slots);
                at = wanted.partition_point(|wanted| wanted.pack < next);
            }
        }
        self.seen.add(chunk);
        if is_limited && chunk.met > chunk.sections * SCATTERED && matches!(self.spool, Spooling::NotYet) {
            self.spool = Spooling::Asked;
        }
        self.most = self.most.saturating_mul(GROWTH);
        self.done.extend(slots.into_iter().map(|slot| {
            let (unit, parts) = slot?;
            let in_order = |mut parts: Vec<(u32, Part)>| {
                parts.sort_by_key(|(place, _)| *place);
                parts.into_iter().map(|(_, part)| part).collect()
            };
            Ok((unit, parts.map(in_order)))
        }));
    }

    /// Takes as many units as will fit, by what those before have taken; at least one. Returns also the bytes that they take themselves.
    fn take_units(&mut self) -> (Vec<Slot<U>>, usize) {
        let each = self.seen.bytes.checked_div(self.seen.sections).unwrap_or(GUESSED_BYTES);
        let (mut slots, mut bytes, mut guessed) = (Vec::new(), 0, 0);
        while slots.len() < self.most && guessed < self.limit {
            let Some(unit) = self.back.pop_front().or_else(|| self.units.next()) else { break };
            if let Ok(unit) = &unit {
                bytes += unit.weight();
                guessed += unit.weight() + unit.sections() * each;
            }
            slots.push(unit.map(|unit| (unit, Some(Vec::new()))));
        }
        (slots, bytes)
    }

    /// Puts half of the units back, or gives up the only one.
    fn shrink(&mut self, slots: &mut Vec<Slot<U>>) {
        if let [only] = slots.as_mut_slice() {
            only.iter_mut().for_each(|(_, parts)| *parts = None);
            return;
        }
        self.most = slots.len() / 2;
        for slot in slots.drain(self.most..).rev() {
            self.back.push_front(slot.map(|(unit, _)| unit));
        }
    }
}

/// How many sections a pack has, and what was read of those that are wanted.
type Found = (usize, Vec<(Wanted, Option<Part>)>);

/// Reads packs for the units that want something of them. Returns how much was read.
fn read_packs<U: Sync>(store: &Store, with_texts: bool, wanted: &[Wanted], slots: &mut [Slot<U>]) -> Seen {
    let packs: Vec<&[Wanted]> = wanted.chunk_by(|a, b| a.pack == b.pack).collect();
    let shared = &*slots;
    // Rows are read by one thread: what sled keeps of them would else lie in the memory of all, which then grows without need.
    let row = |wanted: &Wanted| store.engine().get(&key::pack(wanted.pack)).ok().flatten();
    let packs: Vec<(&[Wanted], Option<Vec<u8>>)> =
        packs.into_iter().map(|wanted| (wanted, wanted.first().and_then(row))).collect();
    let read_pack = |(wanted, row): (&[Wanted], Option<Vec<u8>>)| {
        let mut sorts: Vec<&[u8]> = wanted.iter().filter_map(|wanted| sort_of(shared, wanted)).collect();
        sorts.sort_unstable();
        let is_wanted = |sort: &[u8]| sorts.binary_search(&sort).is_ok();
        let id = wanted.first().map_or(0, |wanted| wanted.pack);
        let pack = row.and_then(|row| Pack::decode_some(id, &row, is_wanted).ok().flatten());
        let part = |wanted: &Wanted| {
            shared.get(wanted.slot as usize)?.as_ref().ok()?.1.as_ref()?;
            let pack = pack.as_ref()?;
            part_of(store, pack, pack.section(sort_of(shared, wanted)?)?, with_texts).ok()
        };
        let parts = wanted.iter().map(|wanted| (*wanted, part(wanted))).collect::<Vec<_>>();
        (pack.as_ref().map_or(0, |pack| pack.sections.len()), parts)
    };
    let found: Vec<Found> = packs.into_par_iter().with_max_len(1).map(read_pack).collect();
    let mut seen = Seen { met: found.iter().map(|(sections, _)| sections).sum(), ..Seen::default() };
    for (wanted, part) in found.into_iter().flat_map(|(_, parts)| parts) {
        let Some(Ok((_, parts))) = slots.get_mut(wanted.slot as usize) else { continue };
        seen.sections += 1;
        match (part, parts.as_mut()) {
            (Some(part), Some(parts)) => {
                seen.bytes += part.weight();
                parts.push((wanted.place, part.settled()));
            }
            _ => *parts = None,
        }
    }
    seen
}

/// The sort form of the key of which something is wanted.
fn sort_of<'a, U>(slots: &'a [Slot<U>], wanted: &Wanted) -> Option<&'a [u8]> {
    let (unit, _) = slots.get(wanted.slot as usize)?.as_ref().ok()?;
    unit.keys.get(wanted.key as usize).map(|(sort, _)| sort.as_slice())
}

/// How many bytes of memory a unit takes with what was read of it.
fn weight<U>(slot: &Slot<U>) -> usize {
    let Ok((unit, parts)) = slot else { return 0 };
    unit.weight() + parts.iter().flatten().map(|(_, part)| part.weight()).sum::<usize>()
}

/// The sections that the units of a chunk want, pack by pack.
fn wanted<U>(slots: &[Slot<U>]) -> Vec<Wanted> {
    let mut wanted = Vec::new();
    for (slot, unit) in (0..).zip(slots) {
        let Ok((unit, Some(_))) = unit else { continue };
        let packs = (0..).zip(&unit.keys).flat_map(|(key, (_, packs))| packs.iter().map(move |pack| (key, *pack)));
        wanted.extend((0..).zip(packs).map(|(place, (key, pack))| Wanted { pack, slot, key, place }));
    }
    wanted.sort_unstable();
    wanted
}

/// What is wanted of the first few packs.
fn some_packs(wanted: &[Wanted]) -> &[Wanted] {
    let packs = wanted.chunk_by(|a, b| a.pack == b.pack);
    wanted.get(..packs.take(PACKS_AT_ONCE).map(<[_]>::len).sum()).unwrap_or_default()
}

impl<I, U> Iterator for Ahead<I, U>
where
    I: Iterator<Item = Result<Unit<U>, Error>>,
    U: Send + Sync,
{
    type Item = Done<U>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(done) = self.done.pop_front() {
                return Some(done);
            }
            // A partition of the file can be without a unit that the index still has.
            let is_last = !matches!(&self.spool, Spooling::Done(spool) if !spool.is_empty());
            self.fill();
            if is_last && self.done.is_empty() {
                return None;
            }
        }
    }
}

#[cfg(test)]
mod tests;
