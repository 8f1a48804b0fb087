//! Rows that gather many small entries: pages of the index and rows of the feed.

use std::cmp::Ordering;

use crate::model::StoryKey;

use super::key;
use super::record::{FeedEntry, FeedRecord, IndexRecord, PageRecord};
use super::{FormatError, codec, frame};

/// Entries of the index, sorted by sort form.
pub(crate) type Entries = Vec<(Vec<u8>, IndexRecord)>;

/// The sort form of an entry, and its record as [`codec::encode_part`] makes it.
pub(crate) type Part<'a> = (&'a [u8], &'a [u8]);

/// A page of the index as it is unpacked: what one key needs is found in it without reading the others.
///
/// The number of entries and where each ends (counted from the first one's start), four bytes little-endian each; then the entries:
/// the length of the sort form, two bytes little-endian, the sort form, an [`IndexRecord`] as bincode.
#[derive(Debug)]
pub(crate) struct Page {
    bytes: Vec<u8>,
    count: usize,
}

impl Page {
    /// Reads a page.
    pub(crate) fn decode(row: &[u8], value: &[u8]) -> Result<Self, FormatError> {
        let record: PageRecord = codec::decode(row, value)?;
        let bytes = frame::decompress(&record.entries, b"", record.bytes as usize)?;
        let count = u32_at(&bytes, 0).ok_or_else(malformed)? as usize;
        let page = Self { bytes, count };
        let mut before: Option<&[u8]> = None;
        for at in 0..count {
            let (sort, _) = page.entry(at).ok_or_else(malformed)?;
            if before.is_some_and(|before| before >= sort) {
                return Err(malformed());
            }
            before = Some(sort);
        }
        let first = page.entry(0).map(|(sort, _)| sort);
        if first == Some(key::parse_sorted(row, key::PAGES)?) { Ok(page) } else { Err(malformed()) }
    }

    /// The sort form and the record's bytes of an entry.
    fn entry(&self, at: usize) -> Option<Part<'_>> {
        let start = if at == 0 { 0 } else { u32_at(&self.bytes, at * 4)? as usize };
        let end = u32_at(&self.bytes, (at + 1) * 4)? as usize;
        let entry = self.bytes.get((self.count + 1) * 4..)?.get(start..end)?;
        let (length, rest) = entry.split_first_chunk::<2>()?;
        rest.split_at_checked(usize::from(u16::from_le_bytes(*length)))
    }

    /// Returns what the page knows of a key.
    pub(crate) fn find(&self, sort: &[u8]) -> Result<Option<IndexRecord>, FormatError> {
        let (mut low, mut high) = (0, self.count);
        while low < high {
            let middle = low + (high - low) / 2;
            let (found, record) = self.entry(middle).ok_or_else(malformed)?;
            match found.cmp(sort) {
                Ordering::Equal => return codec::decode_part(record).map(Some),
                Ordering::Less => low = middle + 1,
                Ordering::Greater => high = middle,
            }
        }
        Ok(None)
    }

    /// Returns all entries as they are on the page.
    pub(crate) fn parts(&self) -> impl Iterator<Item = Part<'_>> {
        // That each is there was seen when the page was read.
        (0..self.count).filter_map(|at| self.entry(at))
    }

    /// Returns all entries.
    pub(crate) fn entries(&self) -> Result<Entries, FormatError> {
        self.parts().map(|(sort, record)| Ok((sort.to_vec(), codec::decode_part(record)?))).collect()
    }

    /// How many bytes of memory the page takes.
    pub(crate) const fn weight(&self) -> usize {
        self.bytes.len() + 100
    }
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk::<4>().map(|bytes| u32::from_le_bytes(*bytes))
}

fn malformed() -> FormatError {
    FormatError::Record("a page of the index is malformed".into())
}

/// Returns the key and the value of the row that a page makes; the entries are sorted and not empty.
pub(crate) fn encode_page(entries: &Entries, level: i32) -> Result<(Vec<u8>, Vec<u8>), FormatError> {
    let records: Vec<Vec<u8>> =
        entries.iter().map(|(_, record)| codec::encode_part(record)).collect::<Result<_, _>>()?;
    let parts: Vec<Part<'_>> =
        entries.iter().map(|(sort, _)| sort.as_slice()).zip(records.iter().map(Vec::as_slice)).collect();
    page_of_parts(&parts, level)
}

/// The same of entries whose records are encoded already.
pub(crate) fn page_of_parts(entries: &[Part<'_>], level: i32) -> Result<(Vec<u8>, Vec<u8>), FormatError> {
    let first = entries.first().map(|(sort, _)| *sort).unwrap_or_default();
    let row = key::sorted(key::PAGES, first);
    let too_long = |_| FormatError::Record("it is too long".into());
    let mut body = Vec::new();
    let mut bytes = u32::try_from(entries.len()).map_err(too_long)?.to_le_bytes().to_vec();
    for (sort, record) in entries {
        body.extend(u16::try_from(sort.len()).map_err(too_long)?.to_le_bytes());
        body.extend(*sort);
        body.extend(*record);
        bytes.extend(u32::try_from(body.len()).map_err(too_long)?.to_le_bytes());
    }
    bytes.extend(body);
    let size = u32::try_from(bytes.len()).map_err(too_long)?;
    let value = codec::encode(&row, &PageRecord { bytes: size, entries: frame::compress(&bytes, b"", level)? })?;
    Ok((row, value))
}

/// A row of the feed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct FeedRow {
    /// The arrival of the first entry; those of the others follow.
    pub(crate) first: u64,
    pub(crate) entries: Vec<FeedEntry>,
    /// How many keys the feed tells of up to here, those of this row included.
    pub(crate) keys: u64,
}

/// Returns the key and the value of a row of the feed.
pub(crate) fn encode_feed(feed: &FeedRow) -> Result<(Vec<u8>, Vec<u8>), FormatError> {
    let row = key::numbered(key::FEED, feed.first);
    let (bytes, entries) = pack_part(&feed.entries, frame::QUICK)?;
    let value = codec::encode(&row, &FeedRecord { keys: feed.keys, bytes, entries })?;
    Ok((row, value))
}

/// Reads a row of the feed.
pub(crate) fn decode_feed(row: &[u8], value: &[u8]) -> Result<FeedRow, FormatError> {
    let FeedRecord { keys, bytes, entries } = codec::decode(row, value)?;
    Ok(FeedRow { first: key::parse_number(row, key::FEED)?, entries: unpack_part(bytes, &entries)?, keys })
}

/// The entry of the feed for a capture of `key`, whose first one has the arrival `first`.
pub(crate) fn feed_entry(key: &StoryKey, first: u64, arrival: u64) -> FeedEntry {
    if first == arrival { FeedEntry::First(key.into()) } else { FeedEntry::Again(first) }
}

fn pack_part<T: codec::Record>(part: &T, level: i32) -> Result<(u32, Vec<u8>), FormatError> {
    let bytes = codec::encode_part(part)?;
    let size = u32::try_from(bytes.len()).map_err(|_| FormatError::Record("it is too long".into()))?;
    Ok((size, frame::compress(&bytes, b"", level)?))
}

fn unpack_part<T: codec::Record>(bytes: u32, packed: &[u8]) -> Result<T, FormatError> {
    codec::decode_part(&frame::decompress(packed, b"", bytes as usize)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::record::Role;
    use proptest::prelude::*;

    fn entries(names: &[&str]) -> Entries {
        let record = |packs| IndexRecord {
            base: None,
            packs,
            first_arrival: Some(7),
            texts: None,
            role: Role::Name { others: Vec::new(), summary: None },
        };
        names.iter().zip(1..).map(|(name, id)| (name.as_bytes().to_vec(), record(vec![id]))).collect()
    }

    #[test]
    fn a_page_holds_its_entries_and_finds_each_of_them() {
        let entries = entries(&["ia", "ib", "id", "uexample,news)/ https"]);
        let (row, value) = encode_page(&entries, frame::QUICK).unwrap();
        let page = Page::decode(&row, &value).unwrap();
        assert_eq!(page.entries().unwrap(), entries);
        for (sort, record) in &entries {
            assert_eq!(page.find(sort).unwrap().as_ref(), Some(record));
        }
        assert!([b"i".as_slice(), b"ic", b"z"].iter().all(|none| page.find(none).unwrap().is_none()));
    }

    #[test]
    fn a_page_out_of_order_or_under_another_key_is_refused() {
        let (row, value) = encode_page(&entries(&["ib", "ia"]), frame::QUICK).unwrap();
        assert!(Page::decode(&row, &value).is_err());
        let (_, value) = encode_page(&entries(&["ia"]), frame::QUICK).unwrap();
        assert!(Page::decode(&key::sorted(key::PAGES, b"ib"), &value).is_err());
    }

    proptest! {
        #[test]
        fn random_bytes_never_panic_the_reader_of_pages(unpacked: Vec<u8>, sort: Vec<u8>) {
            let page = PageRecord { bytes: unpacked.len() as u32, entries: frame::compress(&unpacked, b"", frame::QUICK).unwrap() };
            let row = key::sorted(key::PAGES, &sort);
            if let Ok(page) = Page::decode(&row, &codec::encode(&row, &page).unwrap()) {
                let _ = (page.find(&sort), page.entries());
            }
            let feed = FeedRecord { keys: 1, bytes: unpacked.len() as u32, entries: frame::compress(&unpacked, b"", frame::QUICK).unwrap() };
            let row = key::numbered(key::FEED, 3);
            let _ = decode_feed(&row, &codec::encode(&row, &feed).unwrap());
        }
    }
}
