//! Rows that gather many small entries: pages of the index and rows of the feed.

use crate::model::StoryKey;

use super::key;
use super::record::{FeedEntry, FeedRecord, IndexRecord, PageRecord};
use super::{FormatError, codec, frame};

/// The entries of a page, sorted by sort form.
pub(crate) type Entries = Vec<(Vec<u8>, IndexRecord)>;

/// Returns the key and the value of the row that a page makes; the entries are sorted and not empty.
pub(crate) fn encode_page(entries: &Entries, level: i32) -> Result<(Vec<u8>, Vec<u8>), FormatError> {
    let first = entries.first().map(|(sort, _)| sort.as_slice()).unwrap_or_default();
    let row = key::sorted(key::PAGES, first);
    let (bytes, entries) = pack_part(entries, level)?;
    let value = codec::encode(&row, &PageRecord { bytes, entries })?;
    Ok((row, value))
}

/// Reads a page.
pub(crate) fn decode_page(row: &[u8], value: &[u8]) -> Result<Entries, FormatError> {
    let record: PageRecord = codec::decode(row, value)?;
    let entries: Entries = unpack_part(record.bytes, &record.entries)?;
    let first = key::parse_sorted(row, key::PAGES)?;
    let is_sorted = entries.is_sorted_by(|(a, _), (b, _)| a < b);
    if is_sorted && entries.first().is_some_and(|(sort, _)| sort == first) {
        return Ok(entries);
    }
    Err(FormatError::Record("the entries of a page are not in order".into()))
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
