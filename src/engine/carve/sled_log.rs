//! What sled 0.34.7 writes around keys and values (`serialization.rs` and `pagecache/logger.rs` there).
//!
//! A message is a header (CRC-32, kind, length, segment, page) and one update of a page: the whole page, or a *link*, one key and its
//! value. Pages and links leave out what all keys of the page have in common. The CRC is not looked at: in a page of sixteen rows
//! with one flipped bit the others are whole.

use std::ops::Range;

use crate::engine::{MAX_KEY_BYTES, MAX_VALUE_BYTES};

const PAGE: u8 = 8;
const LINK: u8 = 10;
/// The update begins at least so far behind the start of the message.
const KIND_AT: usize = 4;
/// No page has more rows: sled splits at 16, or the length of an update says it at once.
const MAX_ROWS: u64 = 1 << 10;

/// A message of the log that is of use.
pub(super) enum Message<'a> {
    Page {
        number: u64,
        /// What its keys have in common.
        prefix: &'a [u8],
        /// The rest of each key, and where its value stands in the message.
        rows: Vec<(&'a [u8], Range<usize>)>,
        end: usize,
    },
    Link {
        page: u64,
        suffix: &'a [u8],
        value: Range<usize>,
        end: usize,
    },
}

impl<'a> Message<'a> {
    /// Reads what may be a message; all lengths in it have to agree.
    pub(super) fn read(bytes: &'a [u8]) -> Option<Self> {
        let kind = *bytes.get(KIND_AT)?;
        if kind != PAGE && kind != LINK {
            return None;
        }
        let mut reader = Reader { bytes, at: KIND_AT + 1 };
        let length = usize::try_from(reader.number()?).ok()?;
        let _segment = reader.number()?;
        let page = reader.number()?;
        let end = reader.at.checked_add(length)?;
        // What follows the message is not read for it.
        let mut reader = Reader { bytes: bytes.get(..end)?, at: reader.at };
        let message = if kind == LINK { reader.link(page, end) } else { reader.page(page, end) };
        message.filter(|_| reader.at == end)
    }
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    fn link(&mut self, page: u64, end: usize) -> Option<Message<'a>> {
        // Others take away a key or are about the tree.
        const SET: u8 = 0;
        if self.byte()? != SET {
            return None;
        }
        let suffix = self.slice(MAX_KEY_BYTES)?;
        let value = self.range(MAX_VALUE_BYTES)?;
        Some(Message::Link { page, suffix, value, end })
    }

    fn page(&mut self, number: u64, end: usize) -> Option<Message<'a>> {
        const LEAF: u8 = 0;
        let (_next, _merging_child) = (self.number()?, self.number()?);
        if self.byte()? > 1 {
            return None;
        }
        let common = usize::from(self.byte()?);
        let (low, _high) = (self.slice(MAX_KEY_BYTES)?, self.slice(MAX_KEY_BYTES)?);
        let prefix = low.get(..common)?;
        if self.byte()? != LEAF {
            return None;
        }
        let count = self.number().filter(|count| *count <= MAX_ROWS)?;
        let suffixes: Vec<&[u8]> = (0..count).map(|_| self.slice(MAX_KEY_BYTES)).collect::<Option<_>>()?;
        let rows = suffixes.into_iter().map(|suffix| Some((suffix, self.range(MAX_VALUE_BYTES)?)));
        let rows = rows.collect::<Option<_>>()?;
        Some(Message::Page { number, prefix, rows, end })
    }

    fn byte(&mut self) -> Option<u8> {
        let byte = *self.bytes.get(self.at)?;
        self.at += 1;
        Some(byte)
    }

    /// A number of variable length, as in SQLite 4.
    fn number(&mut self) -> Option<u64> {
        let first = self.byte()?;
        Some(match first {
            0..=240 => u64::from(first),
            241..=248 => 240 + 256 * (u64::from(first) - 241) + u64::from(self.byte()?),
            249 => 2288 + 256 * u64::from(self.byte()?) + u64::from(self.byte()?),
            _ => {
                let mut bytes = [0; 8];
                for byte in bytes.iter_mut().take(usize::from(first) - 247) {
                    *byte = self.byte()?;
                }
                u64::from_le_bytes(bytes)
            }
        })
    }

    fn range(&mut self, limit: usize) -> Option<Range<usize>> {
        let length = usize::try_from(self.number()?).ok().filter(|length| *length <= limit)?;
        let end = self.at.checked_add(length).filter(|end| *end <= self.bytes.len())?;
        Some(std::mem::replace(&mut self.at, end)..end)
    }

    fn slice(&mut self, limit: usize) -> Option<&'a [u8]> {
        let range = self.range(limit)?;
        self.bytes.get(range)
    }
}
