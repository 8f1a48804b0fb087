//! A commit's worth of packs.

use rayon::prelude::*;

use crate::engine::{Engine, Order, Scan, prefix_range};
use crate::format::key::{self, PackId, SEALED};
use crate::format::pack::build::{self, Gathering, NewSection};
use crate::format::{FormatError, codec, frame};
use crate::migrations::{Error, Progress};
use crate::model::StoryKey;

use std::ops::Bound;

use super::old::{self, ALIASES, CAPTURES, INDEX, IndexRecord, Number};
use super::read::{Pieces, first_of, name_of};
use super::{DELETES, Done, Stage};

/// So many packs go into a commit.
const PACKS: usize = 16;
/// Or fewer, when they hold so many bytes of text.
const TEXT_BYTES: usize = 16 << 20;
/// A store lays out room for so many packs, whenever half of it is used up.
const ROOM: u64 = 64;

/// Packs and deletions that are to be one commit.
struct Batch<'a> {
    engine: &'a dyn Engine,
    /// How far it came with what is in `packs`.
    done: Done,
    packs: Vec<(PackId, Vec<NewSection>)>,
    text_bytes: usize,
    deletes: Vec<Vec<u8>>,
    gathering: Gathering,
    /// The rows of keys that are whole in `gathering`.
    waiting: Vec<Vec<u8>>,
}

/// Makes the next commit.
pub(super) fn next(engine: &dyn Engine, done: Done) -> Result<Progress, Error> {
    let mut keys = Keys::from(engine, &done.stage);
    let mut first = done.before;
    let mut batch = Batch {
        engine,
        done,
        packs: Vec::new(),
        text_bytes: 0,
        deletes: Vec::new(),
        gathering: Gathering::default(),
        waiting: Vec::new(),
    };
    while let Some(next) = keys.next()? {
        let pieces = Pieces::of(engine, next.number, next.key.clone(), first.take())?;
        if batch.add(&next, pieces)? {
            return batch.finish();
        }
    }
    let after = if matches!(batch.done.stage, Stage::Sorted(_)) { Stage::Left(0) } else { Stage::Rest };
    batch.close_last();
    batch.done.stage = after;
    batch.finish()
}

impl Batch<'_> {
    /// Adds what is left of a key; true when the batch is full.
    fn add(&mut self, next: &Next, mut pieces: Pieces<'_>) -> Result<bool, Error> {
        let mut is_long = pieces.before().is_some();
        loop {
            let before = pieces.before();
            let Some(section) = pieces.next_section()? else { break };
            is_long |= before.is_some();
            if let Some(full) = self.gathering.push(section) {
                self.close(full);
                self.done.stage = next.here.clone();
                self.done.before = before;
                if self.is_full() {
                    return Ok(true);
                }
            }
        }
        if is_long {
            // Its older texts are packed against newer ones, so that none of its rows can go before all of it is in packs.
            self.close_last();
            self.done.stage = next.after.clone();
            self.done.clearing = Some(next.number);
        } else {
            self.waiting.append(&mut pieces.rows);
        }
        Ok(is_long)
    }

    fn is_full(&self) -> bool {
        self.packs.len() >= PACKS || self.text_bytes >= TEXT_BYTES || self.deletes.len() >= DELETES
    }

    fn close_last(&mut self) {
        let last = self.gathering.take();
        if !last.is_empty() {
            self.close(last);
        }
        self.done.before = None;
    }

    /// What was gathered becomes a pack, and its rows go.
    fn close(&mut self, mut sections: Vec<NewSection>) {
        sections.sort_by_cached_key(|section| section.key.sort_bytes());
        let (kind, count) = match self.done.stage {
            Stage::Sorted(_) => (SEALED, &mut self.done.sealed),
            _ => (0, &mut self.done.fresh),
        };
        let id = kind | *count;
        *count += 1;
        self.done.captures += sections.iter().map(|section| section.captures.len() as u64).sum::<u64>();
        let texts = sections.iter().flat_map(|section| &section.texts);
        self.text_bytes += texts.map(|text| text.text.len()).sum::<usize>();
        self.packs.push((id, sections));
        self.deletes.append(&mut self.waiting);
    }

    fn finish(self) -> Result<Progress, Error> {
        for (id, _) in &self.packs {
            if key::pack_number(*id).is_multiple_of(ROOM / 2) {
                self.engine.reserve(&(*id..*id + ROOM).map(key::pack).collect::<Vec<_>>())?;
            }
        }
        let pack = |(id, sections): (PackId, Vec<NewSection>)| {
            let packed = build::compress(&sections, frame::STEADY)?;
            Ok((key::pack(id), Some(build::encode(id, &sections, packed)?)))
        };
        let packs: Result<Vec<_>, FormatError> = self.packs.into_par_iter().map(pack).collect();
        let mut writes = packs?;
        writes.extend(self.deletes.into_iter().map(|row| (row, None)));
        self.done.with(writes)
    }
}

/// A key that is to be moved, and what to note while it is at work and after it.
struct Next {
    number: Number,
    key: StoryKey,
    here: Stage,
    after: Stage,
}

/// The keys that are to be moved, in order.
enum Keys<'a> {
    Sorted { engine: &'a dyn Engine, index: Scan<'a> },
    Left { engine: &'a dyn Engine, from: Option<Number> },
    None,
}

impl<'a> Keys<'a> {
    fn from(engine: &'a dyn Engine, stage: &Stage) -> Self {
        match stage {
            Stage::Sorted(from) => {
                let range = (Bound::Included(key::sorted(INDEX, from)), prefix_range(&[INDEX]).1);
                Self::Sorted { engine, index: engine.scan(range, Order::Ascending) }
            }
            Stage::Left(from) => Self::Left { engine, from: Some(*from) },
            Stage::Rest => Self::None,
        }
    }

    fn next(&mut self) -> Result<Option<Next>, Error> {
        match self {
            Self::Sorted { engine, index } => {
                for row in index {
                    let (row, value) = row?;
                    if let Some(next) = listed(*engine, &row, &value)? {
                        return Ok(Some(next));
                    }
                }
                Ok(None)
            }
            Self::Left { engine, from } => left(*engine, from),
            Self::None => Ok(None),
        }
    }
}

/// The key that a row of the old index is of; `None` where the name under its number does not agree.
fn listed(engine: &dyn Engine, row: &[u8], value: &[u8]) -> Result<Option<Next>, Error> {
    let Ok(IndexRecord { number, .. }) = codec::decode(row, value) else { return Ok(None) };
    let sort = key::parse_sorted(row, INDEX)?;
    let key = name_of(engine, number)?.filter(|key| key.sort_bytes() == sort);
    Ok(key.map(|key| Next {
        number,
        key,
        here: Stage::Sorted(sort.to_vec()),
        // The smallest sort form behind this one.
        after: Stage::Sorted([sort, &[0]].concat()),
    }))
}

/// The key with the smallest number of which a row is left.
fn left(engine: &dyn Engine, from: &mut Option<Number>) -> Result<Option<Next>, Error> {
    let Some(start) = *from else { return Ok(None) };
    let mut least: Option<Number> = None;
    for keyspace in [CAPTURES, ALIASES] {
        let range = (Bound::Included(old::numbered(keyspace, start)), prefix_range(&[keyspace]).1);
        if let Some((row, _)) = first_of(engine, range)? {
            let number = old::number_of(&row)?;
            least = Some(least.map_or(number, |least| least.min(number)));
        }
    }
    let Some(number) = least else { return Ok(None) };
    *from = number.checked_add(1);
    let missing = || Error::damaged(format!("the name of the key number {number} is missing"));
    let key = name_of(engine, number)?.ok_or_else(missing)?;
    let (here, after) = (Stage::Left(number), Stage::Left(number.saturating_add(1)));
    Ok(Some(Next { number, key, here, after }))
}
