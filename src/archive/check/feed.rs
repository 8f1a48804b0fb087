//! Whether the feed, and the file beside the store, tell of all captures.

use crate::engine::Order;
use crate::format::gather::decode_feed;
use crate::format::key::FEED;
use crate::format::record::FeedEntry;
use crate::model::StoryKey;

use super::super::Error;
use super::super::changes::{key_in, row_with};
use super::super::store::keyspace;
use super::super::tail::Tail;
use super::{Check, Remedy, arrival_hash, first_hash};

/// So many captures that the feed does not tell are named.
const MOST_UNTOLD: usize = 20;

/// What an entry of the feed tells.
fn told_hash(entry: &FeedEntry, arrival: u64) -> u128 {
    match entry {
        FeedEntry::First(name) => {
            let key = StoryKey::from(name.clone());
            first_hash(&key.sort_bytes(), arrival).wrapping_add(arrival_hash(arrival, arrival))
        }
        FeedEntry::Again(first) => arrival_hash(*first, arrival),
    }
}

impl Check<'_> {
    /// The feed must tell every capture once, under its arrival.
    pub(super) fn feed(&mut self) {
        let store = self.archive.store();
        let (mut keys, mut count, mut is_read) = (0, 0_u64, true);
        for row in store.engine().scan(keyspace(FEED), Order::Ascending) {
            let told = row.map_err(Error::from).and_then(|(row, value)| {
                let feed = decode_feed(&row, &value).map_err(|error| Error::damaged(format!("the feed: {error}")))?;
                for (arrival, entry) in (feed.first..).zip(&feed.entries) {
                    self.arrivals.1 = self.arrivals.1.wrapping_add(told_hash(entry, arrival));
                    count += 1;
                }
                keys = feed.keys;
                Ok(())
            });
            if let Err(error) = told {
                is_read = false;
                self.found(error, Remedy::Reindex);
            }
        }
        if self.is_partial || (self.arrivals.0 == self.arrivals.1 && keys == self.keys) {
            return;
        }
        let before = self.report.findings.len();
        if !self.is_trial {
            self.untold();
        }
        if is_read && self.report.findings.len() == before {
            let what = format!(
                "the feed tells {count} captures of {keys} keys, and the index {} of {}",
                self.report.captures, self.keys
            );
            self.found(Error::damaged(what), Remedy::Reindex);
        }
    }

    /// Names captures that the feed does not tell, or as those of another key.
    fn untold(&mut self) {
        let store = self.archive.store();
        let mut untold = Vec::new();
        for pack in store.packs_in_order().flatten() {
            for capture in pack.sections.iter().flat_map(|section| &section.captures) {
                let row = row_with(store, capture.arrival);
                let key = row.and_then(|row| row.map(|row| key_in(store, &row, capture.arrival)).transpose());
                if !matches!(key, Ok(Some(key)) if key == capture.key) {
                    let error = Error::damaged(format!("the feed does not tell arrival {}", capture.arrival));
                    untold.push(error.in_story(&capture.key).at(capture.captured_at));
                }
                if untold.len() == MOST_UNTOLD {
                    untold.push(Error::damaged("the feed does not tell others either"));
                    return untold.into_iter().for_each(|error| self.found(error, Remedy::Reindex));
                }
            }
        }
        untold.into_iter().for_each(|error| self.found(error, Remedy::Reindex));
    }

    /// There must be as many captures as were acknowledged.
    pub(super) fn acknowledged(&mut self) {
        let Some(acknowledged) = &self.archive.inner.acknowledged else { return };
        let tail = Tail::read(self.archive.engine()).map_or(0, |tail| tail.next_arrival);
        if let Err(error) = acknowledged.verify(tail) {
            // With the captures there, it is the feed that lost them; a file that says nothing is written anew.
            let is_there = acknowledged.found().is_none_or(|found| self.next_arrival >= found);
            self.found(error, if is_there { Remedy::Reindex } else { Remedy::Salvage });
        }
    }
}
