//! What packs hold of many keys, in the order of the keys, by way of a temporary file.
//!
//! A distribution sort in external memory (Vitter, *Algorithms and Data Structures for External Memory*, 2008, section 5.1): the keys
//! are divided into ranges, each of which fits into memory; every pack is read once, and what it holds of a key goes to the end of
//! the key's range; then range after range is read back. So all is read twice and written once, however large the archive is.

use std::collections::{HashMap, VecDeque};
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};

use rayon::prelude::*;

use crate::engine::Order;
use crate::format::key::{self, PACKS};
use crate::format::pack::{Pack, Part};
use crate::format::{FormatError, codec, frame};

use super::super::facts::part_of;
use super::super::store::{Store, keyspace};
use super::PACKS_AT_ONCE;

/// What comes for a range is packed and written when it has so many bytes.
const CHUNK_BYTES: usize = 128 << 10;
/// It is read back in a moment: the quickest level of zstd.
const LEVEL: i32 = 1;

/// What packs hold of keys, range by range. The file has no name and goes with the process.
#[derive(Debug)]
pub(super) struct Spool {
    file: File,
    ranges: VecDeque<Range>,
}

/// A range of keys that is read back at once.
#[derive(Debug, Default)]
struct Range {
    /// The first sort form that is not of it; `None` for the last one.
    end: Option<Vec<u8>>,
    /// Parts that are not written yet.
    waiting: Vec<u8>,
    /// Places and lengths of what is in the file.
    chunks: Vec<(u64, usize)>,
}

/// The length of what waited, and the frame that it became.
type Packed = Result<(u32, Vec<u8>), FormatError>;

/// The end of a range, and what packs hold of each of its keys, in the order of the packs.
pub(super) type Parts = (Option<Vec<u8>>, HashMap<Vec<u8>, Vec<Part>>);

impl Spool {
    /// Writes what packs hold of all keys from a sort form on, with about so many sections in a range. What cannot be read is left out.
    ///
    /// # Errors
    /// When there is no room for a temporary file.
    pub(super) fn fill(store: &Store, from: &[u8], sections: usize, with_texts: bool) -> io::Result<Self> {
        let mut spool = Self { file: tempfile::tempfile()?, ranges: ranges(store, from, sections) };
        let mut rows = store.engine().scan(keyspace(PACKS), Order::Ascending).flatten().peekable();
        let mut end = 0;
        while rows.peek().is_some() {
            let packs: Vec<(Vec<u8>, Vec<u8>)> = rows.by_ref().take(PACKS_AT_ONCE).collect();
            let parts: Vec<(usize, Vec<u8>)> = packs
                .into_par_iter()
                .with_max_len(1)
                .flat_map_iter(|(row, value)| spool.parts_of(store, from, &row, &value, with_texts))
                .collect();
            for (range, part) in parts {
                spool.ranges.get_mut(range).into_iter().for_each(|range| range.waiting.extend_from_slice(&part));
            }
            spool.write(&mut end, CHUNK_BYTES)?;
        }
        spool.write(&mut end, 1)?;
        Ok(spool)
    }

    /// What a pack holds of keys from a sort form on, each with the place of its range.
    fn parts_of(
        &self,
        store: &Store,
        from: &[u8],
        row: &[u8],
        value: &[u8],
        with_texts: bool,
    ) -> Vec<(usize, Vec<u8>)> {
        let Ok(id) = key::parse_number(row, PACKS) else { return Vec::new() };
        let Ok(Some(pack)) = Pack::decode_some(id, value, |sort| sort >= from) else { return Vec::new() };
        let own = pack.sections.iter().filter(|section| section.sort.as_slice() >= from);
        let part = own.filter_map(|section| {
            let part = part_of(store, &pack, section, with_texts).ok()?;
            Some((self.range_of(&section.sort), part.to_bytes().ok()?))
        });
        part.collect()
    }

    fn range_of(&self, sort: &[u8]) -> usize {
        let is_behind = |range: &Range| range.end.as_ref().is_some_and(|end| end.as_slice() <= sort);
        self.ranges.partition_point(is_behind)
    }

    /// Writes what waits in ranges where it has so many bytes.
    fn write(&mut self, end: &mut u64, least: usize) -> io::Result<()> {
        let full: Vec<&mut Range> = self.ranges.iter_mut().filter(|range| range.waiting.len() >= least).collect();
        let packed: Vec<(&mut Range, Packed)> = full
            .into_par_iter()
            .map(|range| {
                let waiting = std::mem::take(&mut range.waiting);
                let bytes = u32::try_from(waiting.len()).unwrap_or(u32::MAX);
                (range, frame::compress(&waiting, b"", LEVEL).map(|frame| (bytes, frame)))
            })
            .collect();
        for (range, chunk) in packed {
            let chunk = chunk.and_then(|chunk| codec::encode(&end.to_be_bytes(), &chunk)).map_err(io::Error::other)?;
            self.file.write_all(&chunk)?;
            range.chunks.push((*end, chunk.len()));
            *end += chunk.len() as u64;
        }
        Ok(())
    }

    /// Says whether all ranges have been read back.
    pub(super) fn is_empty(&self) -> bool {
        self.ranges.is_empty()
    }

    /// Reads the next range back. What does not come back as it was written is left out.
    pub(super) fn next(&mut self) -> Option<Parts> {
        let range = self.ranges.pop_front()?;
        let file = &mut self.file;
        let chunks: Vec<(u64, Vec<u8>)> =
            range.chunks.iter().filter_map(|(at, length)| Some((*at, read(file, *at, *length).ok()?))).collect();
        let read: Vec<Vec<Part>> =
            chunks.into_par_iter().map(|(at, chunk)| unpack(at, &chunk).unwrap_or_default()).collect();
        let mut parts: HashMap<Vec<u8>, Vec<Part>> = HashMap::new();
        for part in read.into_iter().flatten() {
            parts.entry(part.key.sort_bytes()).or_default().push(part.settled());
        }
        Some((range.end, parts))
    }
}

fn read(file: &mut File, at: u64, length: usize) -> io::Result<Vec<u8>> {
    let mut chunk = vec![0; length];
    file.seek(SeekFrom::Start(at))?;
    file.read_exact(&mut chunk)?;
    Ok(chunk)
}

fn unpack(at: u64, chunk: &[u8]) -> Result<Vec<Part>, FormatError> {
    let (bytes, packed): (u32, Vec<u8>) = codec::decode(&at.to_be_bytes(), chunk)?;
    let unpacked = frame::decompress(&packed, b"", bytes as usize)?;
    let mut rest = unpacked.as_slice();
    let mut parts = Vec::new();
    while !rest.is_empty() {
        let (part, behind) = Part::first_of(rest)?;
        parts.push(part);
        rest = behind;
    }
    Ok(parts)
}

/// Divides the keys from a sort form on into ranges of about so many sections.
fn ranges(store: &Store, from: &[u8], sections: usize) -> VecDeque<Range> {
    let mut ranges = VecDeque::from([Range::default()]);
    let mut count = 0;
    for (sort, record) in store.index_from(from.to_vec()).flatten() {
        if count >= sections {
            count = 0;
            if let Some(last) = ranges.back_mut() {
                last.end = Some(sort);
            }
            ranges.push_back(Range::default());
        }
        count += record.packs.len();
    }
    ranges
}
