//! The index in its order: pages, and the rows that come before what is in them.

use std::ops::Bound;

use crate::archive::Error;
use crate::engine::{Order, prefix_range};
use crate::format::gather::Entries;
use crate::format::record::IndexRecord;
use crate::format::{FormatError, codec, key};

use super::{Store, key_of};

/// An entry of the index, or what is wrong with it.
pub(in crate::archive) type Entry = Result<(Vec<u8>, IndexRecord), Error>;

/// The entries of the index in order, rows of their own and those in pages together. Goes on after damage.
#[derive(Debug)]
pub(in crate::archive) struct IndexScan<'a> {
    store: &'a Store,
    /// Where the next entries begin; `None` after the last.
    next: Option<Vec<u8>>,
    entries: std::vec::IntoIter<Entry>,
}

/// How many rows are taken at once.
const SCAN_ROWS: usize = 512;

impl<'a> IndexScan<'a> {
    pub(super) fn new(store: &'a Store, from: Vec<u8>) -> Self {
        Self { store, next: Some(from), entries: Vec::new().into_iter() }
    }

    /// Reads the entries that one page covers. Entries move from rows to pages meanwhile, so what is read within one generation
    /// counts: otherwise one could be missed in both places.
    fn fill(&mut self, from: &[u8]) -> Result<(), Error> {
        loop {
            let before = self.store.generation()?;
            let (entries, next) = self.read(from)?;
            if self.store.generation()? == before {
                self.entries = entries.into_iter();
                self.next = next;
                return Ok(());
            }
        }
    }

    fn read(&self, from: &[u8]) -> Result<(Vec<Entry>, Option<Vec<u8>>), Error> {
        let mut next = self.store.page_after(from)?;
        let end =
            next.as_ref().map_or(prefix_range(&[key::INDEX]).1, |next| Bound::Excluded(key::sorted(key::INDEX, next)));
        let range = (Bound::Included(key::sorted(key::INDEX, from)), end);
        let (mut fresh, mut damaged): (Entries, Vec<Entry>) = Default::default();
        for (count, row) in self.store.engine.scan(range, Order::Ascending).enumerate() {
            let (row, value) = row?;
            let last = key::parse_sorted(&row, key::INDEX)?.to_vec();
            match codec::decode(&row, &value) {
                Ok(record) => fresh.push((last.clone(), record)),
                Err(error) => damaged.push(Err(in_index(error, &last))),
            }
            if count + 1 == SCAN_ROWS {
                // The smallest sort form behind the last one.
                next = Some([last.as_slice(), &[0]].concat());
                break;
            }
        }
        let page = self.store.page_of(from).unwrap_or_else(|error| {
            damaged.push(Err(error));
            None
        });
        let paged = page.map_or(Ok(Vec::new()), |(_, page)| page.entries()).unwrap_or_else(|error| {
            damaged.push(Err(error.into()));
            Vec::new()
        });
        let is_in = |sort: &[u8]| sort >= from && next.as_ref().is_none_or(|next| sort < next.as_slice());
        let merged = merge(paged.into_iter().filter(|(sort, _)| is_in(sort)), fresh).into_iter().map(Ok);
        Ok((damaged.into_iter().chain(merged).collect(), next))
    }
}

impl Iterator for IndexScan<'_> {
    type Item = Entry;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(entry) = self.entries.next() {
                return Some(entry);
            }
            let from = self.next.take()?;
            if let Err(error) = self.fill(&from) {
                return Some(Err(error));
            }
        }
    }
}

/// Names the story of an index row that is damaged.
fn in_index(error: FormatError, sort: &[u8]) -> Error {
    let error = Error::damaged(format!("the index: {error}"));
    key_of(sort).map(|key| error.in_story(&key)).unwrap_or_else(|malformed| malformed)
}

/// Merges the entries of a page with rows, which go before them; both are sorted by sort form.
pub(in crate::archive) fn merge<K: Ord, T>(paged: impl IntoIterator<Item = (K, T)>, fresh: Vec<(K, T)>) -> Vec<(K, T)> {
    let mut merged = Vec::with_capacity(fresh.len());
    let mut fresh = fresh.into_iter().peekable();
    for entry in paged {
        while let Some(row) = fresh.next_if(|(sort, _)| *sort < entry.0) {
            merged.push(row);
        }
        match fresh.next_if(|(sort, _)| *sort == entry.0) {
            Some(row) => merged.push(row),
            None => merged.push(entry),
        }
    }
    merged.extend(fresh);
    merged
}
