//! Going through many keys in their order, with what packs hold of them read ahead.
//!
//! Where captures came in by time, a pack holds keys from all over and a key stands in packs from all over: read key by key, each
//! pack would be read and unpacked once for every key that it holds. So keys are taken chunk by chunk, as many as memory allows,
//! and each pack of a chunk is read once, on all cores, for all keys of the chunk. Packs come to `keys / keys in a chunk` readings
//! of the archive at most, whatever the order in which captures came.

use std::collections::VecDeque;

use rayon::prelude::*;

use crate::format::key::{self, PackId};
use crate::format::pack::{Pack, Section};

use super::Error;
use super::store::Store;

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

/// What belongs together: a key or a story.
#[derive(Debug)]
pub(super) struct Unit<U> {
    pub(super) of: U,
    /// Sort forms of keys, each with the packs that the index lists for it.
    pub(super) keys: Vec<(Vec<u8>, Vec<PackId>)>,
    /// How many bytes of memory `of` takes, about.
    pub(super) bytes: usize,
}

impl<U> Unit<U> {
    fn weight(&self) -> usize {
        let keys = self.keys.iter().map(|(sort, packs)| sort.len() + packs.len() * (8 + size_of::<Wanted>()) + 80);
        self.bytes + 2 * size_of::<Slot<U, ()>>() + keys.sum::<usize>()
    }

    fn sections(&self) -> usize {
        self.keys.iter().map(|(_, packs)| packs.len()).sum()
    }
}

/// What is read of a section.
pub(super) trait Part: Sized + Send + Sync {
    /// How many bytes of memory it takes, about.
    fn bytes(&self) -> usize;

    /// The same in memory of the thread that keeps it. What stays amid what other threads take and give back would keep their memory
    /// from being used again: the half of all, at a million captures.
    fn settled(&self) -> Self;
}

/// A unit with what was read of it: the parts of its keys, one behind the other, those of a key in the order in which the index lists
/// its packs. `None` where something could not be read, or is too much: then the slow way does it, or says what is wrong.
pub(super) type Done<U, T> = Result<(U, Option<Vec<T>>), Error>;

/// A unit of the chunk, or an error in its place.
type Slot<U, T> = Result<(Unit<U>, Option<Vec<(u32, T)>>), Error>;

/// A section that is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Wanted {
    pack: PackId,
    /// The place of the unit in the chunk, that of the key in the unit, and that of the section among those of the unit.
    slot: u32,
    key: u32,
    place: u32,
}

/// Units in their order, with what `read` takes of their sections.
pub(super) struct Ahead<I, U, T, F> {
    store: Store,
    units: I,
    read: F,
    limit: usize,
    /// Units that were taken and went past the limit.
    back: VecDeque<Result<Unit<U>, Error>>,
    done: VecDeque<Done<U, T>>,
    /// A chunk has at most so many units.
    most: usize,
    /// How many sections were read, and how many bytes of memory they took.
    seen: (usize, usize),
}

impl<I, U, T, F> Ahead<I, U, T, F>
where
    I: Iterator<Item = Result<Unit<U>, Error>>,
    U: Send + Sync,
    T: Part,
    F: Fn(&Store, &Pack, &Section, &U) -> Result<T, Error> + Sync,
{
    /// Reads with `read`, which is given a store with a memory of its own.
    pub(super) fn new(store: &Store, units: I, read: F) -> Self {
        Self {
            store: store.apart(CACHE_BYTES),
            units,
            read,
            limit: AHEAD_BYTES,
            back: VecDeque::new(),
            done: VecDeque::new(),
            most: FIRST_UNITS,
            seen: (0, 0),
        }
    }

    /// Takes less memory, for tests.
    #[cfg(test)]
    pub(super) fn within(self, limit: usize) -> Self {
        Self { limit, ..self }
    }

    /// Reads the next chunk.
    fn fill(&mut self) {
        let (mut slots, mut bytes) = self.take_units();
        let mut wanted = wanted(&slots);
        let mut at = 0;
        while let Some(now) = wanted.get(at..).map(some_packs).filter(|now| !now.is_empty()) {
            at += now.len();
            let (count, size) = read_packs(&self.store, &self.read, now, &mut slots);
            self.seen = (self.seen.0 + count, self.seen.1 + size);
            bytes += size;
            if bytes > self.limit {
                let next = wanted.get(at).map_or(PackId::MAX, |wanted| wanted.pack);
                self.shrink(&mut slots);
                bytes = slots.iter().map(weight).sum();
                wanted = self::wanted(&slots);
                at = wanted.partition_point(|wanted| wanted.pack < next);
            }
        }
        self.most = self.most.saturating_mul(GROWTH);
        self.done.extend(slots.into_iter().map(|slot| {
            let (unit, parts) = slot?;
            let in_order = |mut parts: Vec<(u32, T)>| {
                parts.sort_by_key(|(place, _)| *place);
                parts.into_iter().map(|(_, part)| part).collect()
            };
            Ok((unit.of, parts.map(in_order)))
        }));
    }

    /// Takes as many units as will fit, by what those before have taken; at least one. Returns also the bytes that they take themselves.
    fn take_units(&mut self) -> (Vec<Slot<U, T>>, usize) {
        let each = self.seen.1.checked_div(self.seen.0).unwrap_or(GUESSED_BYTES);
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
    fn shrink(&mut self, slots: &mut Vec<Slot<U, T>>) {
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

/// Reads packs for the units that want something of them. Returns how much was read: sections, and bytes of memory.
fn read_packs<U: Sync, T: Part>(
    store: &Store,
    read: &(impl Fn(&Store, &Pack, &Section, &U) -> Result<T, Error> + Sync),
    wanted: &[Wanted],
    slots: &mut [Slot<U, T>],
) -> (usize, usize) {
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
            let (unit, parts) = shared.get(wanted.slot as usize)?.as_ref().ok()?;
            parts.as_ref()?;
            let pack = pack.as_ref()?;
            read(store, pack, pack.section(sort_of(shared, wanted)?)?, &unit.of).ok()
        };
        wanted.iter().map(|wanted| (*wanted, part(wanted))).collect::<Vec<_>>()
    };
    let found: Vec<Vec<(Wanted, Option<T>)>> = packs.into_par_iter().with_max_len(1).map(read_pack).collect();
    let (mut count, mut bytes) = (0, 0);
    for (wanted, part) in found.into_iter().flatten() {
        let Some(Ok((_, parts))) = slots.get_mut(wanted.slot as usize) else { continue };
        count += 1;
        match (part, parts.as_mut()) {
            (Some(part), Some(parts)) => {
                bytes += part.bytes();
                parts.push((wanted.place, part.settled()));
            }
            _ => *parts = None,
        }
    }
    (count, bytes)
}

/// The sort form of the key of which something is wanted.
fn sort_of<'a, U, T>(slots: &'a [Slot<U, T>], wanted: &Wanted) -> Option<&'a [u8]> {
    let (unit, _) = slots.get(wanted.slot as usize)?.as_ref().ok()?;
    unit.keys.get(wanted.key as usize).map(|(sort, _)| sort.as_slice())
}

/// How many bytes of memory a unit takes with what was read of it.
fn weight<U, T: Part>(slot: &Slot<U, T>) -> usize {
    let Ok((unit, parts)) = slot else { return 0 };
    unit.weight() + parts.iter().flatten().map(|(_, part)| part.bytes()).sum::<usize>()
}

/// The sections that the units of a chunk want, pack by pack.
fn wanted<U, T>(slots: &[Slot<U, T>]) -> Vec<Wanted> {
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

impl<I, U, T, F> Iterator for Ahead<I, U, T, F>
where
    I: Iterator<Item = Result<Unit<U>, Error>>,
    U: Send + Sync,
    T: Part,
    F: Fn(&Store, &Pack, &Section, &U) -> Result<T, Error> + Sync,
{
    type Item = Done<U, T>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.done.is_empty() {
            self.fill();
        }
        self.done.pop_front()
    }
}

#[cfg(test)]
mod tests;
