//! Where the next commit goes: arrivals and pack numbers that are not taken yet.

use std::ops::Bound;

use crate::engine::{Engine, Order};
use crate::format::gather::decode_feed;
use crate::format::key::{self, META_SEAL, PackId, SEALED};
use crate::format::record::SealRecord;

use super::seal::Worth;
use super::store::{Entry, keyspace, record};
use super::transaction::Place;
use super::{Archive, Error};

/// Where the next commit of captures goes.
#[derive(Debug)]
pub(super) struct Tail {
    pub(super) next_arrival: u64,
    /// How many keys the feed tells of.
    pub(super) keys: u64,
    /// The ids of the next fresh and of the next sealed pack.
    pub(super) fresh: Ids,
    pub(super) sealed: Ids,
    pub(super) recent: Recent,
    /// After an error nobody knows whether the last commit happened: it must be read again.
    pub(super) is_stale: bool,
}

/// Fresh packs that this process has written, one behind the other.
#[derive(Debug)]
pub(super) struct Recent {
    /// The first of them.
    pub(super) from: PackId,
    pub(super) worth: Worth,
}

/// The ids of packs of one kind.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ids {
    pub(super) next: PackId,
    /// The store has room laid out for the ids before this one.
    laid_out: PackId,
}

/// For so many packs at once the store lays out room ...
const ROOM: u64 = 64;
/// ... when it has room left for fewer than these.
const LEAST_ROOM: u64 = 32;

impl Tail {
    /// A tail that says nothing, to be read before it is used.
    pub(super) const fn unknown() -> Self {
        let fresh = Ids { next: 0, laid_out: 0 };
        let sealed = Ids { next: SEALED, laid_out: SEALED };
        Self { next_arrival: 0, keys: 0, fresh, sealed, recent: Recent::new(0), is_stale: true }
    }

    pub(super) fn read(engine: &dyn Engine) -> Result<Self, Error> {
        let mut tail = Self::unknown();
        if let Some((row, value)) = engine.scan(keyspace(key::FEED), Order::Descending).next().transpose()? {
            let feed = decode_feed(&row, &value)?;
            tail.next_arrival = feed.first.saturating_add(feed.entries.len() as u64);
            tail.keys = feed.keys;
        }
        let settled = seal_record(engine)?;
        let upto = settled.job.map_or(settled.settled, |(upto, _)| upto);
        tail.fresh.find(engine, SEALED)?;
        tail.fresh.next = tail.fresh.next.max(upto);
        tail.sealed.find(engine, u64::MAX)?;
        tail.recent = Recent::new(tail.fresh.next);
        tail.is_stale = false;
        Ok(tail)
    }

    /// The place of the next commit.
    pub(super) const fn place(&self) -> Place {
        Place { arrival: self.next_arrival, keys: self.keys, pack: self.fresh.next }
    }

    pub(super) const fn go_to(&mut self, place: Place) {
        (self.next_arrival, self.keys, self.fresh.next) = (place.arrival, place.keys, place.pack);
    }

    /// Takes what this process has written of fresh packs: from now on, it has written none.
    pub(super) fn take_recent(&mut self) -> Recent {
        std::mem::replace(&mut self.recent, Recent::new(self.fresh.next))
    }

    /// Reads everything again when that is needed.
    pub(super) fn refresh(&mut self, engine: &dyn Engine) -> Result<(), Error> {
        if self.is_stale {
            *self = Self::read(engine)?;
        }
        Ok(())
    }
}

impl Recent {
    const fn new(from: PackId) -> Self {
        Self { from, worth: Worth::new() }
    }
}

impl Archive {
    /// Returns what the index knows of every key, in order, lazily. Goes on after damage.
    ///
    /// A store may have lost rows and not know of it. So the last thing is an error when fewer keys had captures than the feed told of
    /// at the beginning.
    pub(super) fn whole_index(&self) -> impl Iterator<Item = Entry> + '_ {
        let mut keys_before = Some(Tail::read(self.engine()).map(|tail| tail.keys));
        let mut entries = self.store().index_from(Vec::new());
        let mut seen: u64 = 0;
        std::iter::from_fn(move || {
            if let Some(entry) = entries.next() {
                seen += entry.as_ref().map_or(0, |(_, record)| u64::from(record.first_arrival.is_some()));
                return Some(entry);
            }
            match keys_before.take()? {
                Ok(keys) if seen >= keys => None,
                Ok(keys) => Some(Err(Error::damaged(format!("the index has {seen} of {keys} keys with captures")))),
                Err(error) => Some(Err(error)),
            }
        })
    }
}

impl Ids {
    /// Goes past the last pack before `end`. Rows behind it that are empty are room that was laid out.
    fn find(&mut self, engine: &dyn Engine, end: PackId) -> Result<(), Error> {
        let range = (Bound::Included(key::pack(self.next)), Bound::Excluded(key::pack(end)));
        for row in engine.scan(range, Order::Descending) {
            let (row, value) = row?;
            let after = key::parse_number(&row, key::PACKS)?.saturating_add(1);
            self.laid_out = self.laid_out.max(after);
            if !value.is_empty() {
                self.next = after;
                break;
            }
        }
        Ok(())
    }

    /// Has the store lay out room for so many more packs.
    pub(super) fn make_room(&mut self, engine: &dyn Engine, packs: u64) -> Result<(), Error> {
        let end = self.next.saturating_add(packs);
        if end.saturating_add(LEAST_ROOM) > self.laid_out {
            let from = self.laid_out.max(self.next);
            let upto = end.max(from).saturating_add(ROOM);
            engine.reserve(&(from..upto).map(key::pack).collect::<Vec<_>>())?;
            self.laid_out = upto;
        }
        Ok(())
    }
}

/// How far fresh packs have been sealed.
pub(super) fn seal_record(engine: &dyn Engine) -> Result<SealRecord, Error> {
    Ok(record(engine, META_SEAL)?.unwrap_or_default())
}
