//! Looking before the first change: how much there is, and whether all of it can be read.

use std::collections::{HashMap, HashSet};
use std::ops::Bound;

use crate::engine::{Engine, Order, prefix_range};
use crate::format::codec;
use crate::migrations::{Error, Work};
use crate::model::{ArticleHash, FoldedHash, StoryKey, Timestamp};

use super::old::{
    self, ALIASES, CAPTURES, CONTENTS, CaptureRecord, FEED, FeedRecord, INDEX, IndexRecord, NAMES, Number, Role,
};
use super::read::{TextReader, first_of, hashes_of, link, name_of, read_capture, rows_of, text_of};

/// Counts captures, and finds where arrivals end. What cannot be read is counted too: that it is damaged is told by [`verify`].
pub(super) fn count(engine: &dyn Engine) -> Result<Work, Error> {
    let mut work = Work::default();
    for row in engine.scan(prefix_range(&[CAPTURES]), Order::Ascending) {
        let (row, value) = row?;
        work.todo += 1;
        if let Ok(record) = codec::decode::<CaptureRecord>(&row, &value) {
            work.arrivals = work.arrivals.max(record.arrival.saturating_add(1));
        }
    }
    Ok(work)
}

/// Reads everything that is to be moved. The first thing that is not as it must be is an error: nothing has been changed then, and
/// the program that wrote the archive can still read the rest of it.
pub(super) fn verify(engine: &dyn Engine, progress: &mut dyn FnMut(u64)) -> Result<(), Error> {
    // First, since it can name what is missing.
    verify_feed(engine)?;
    let mut seen = Seen::default();
    for row in engine.scan(prefix_range(&[NAMES]), Order::Ascending) {
        let number = old::number_of(&row?.0)?;
        let Some(key) = name_of(engine, number)? else { continue };
        verify_key(engine, number, &key, &mut seen)?;
        progress(seen.captures);
    }
    for keyspace in [CAPTURES, CONTENTS, ALIASES] {
        every_number_has_a_name(engine, keyspace)?;
    }
    verify_index(engine)
}

/// Arrivals that were seen.
#[derive(Default)]
struct Seen {
    captures: u64,
    /// 64 arrivals a word.
    arrivals: HashMap<u64, u64>,
}

impl Seen {
    /// Notes an arrival; false when it was there before.
    fn note(&mut self, arrival: u64) -> bool {
        self.captures += 1;
        let word = self.arrivals.entry(arrival / 64).or_default();
        let bit = 1 << (arrival % 64);
        let is_new = *word & bit == 0;
        *word |= bit;
        is_new
    }
}

fn verify_key(engine: &dyn Engine, number: Number, key: &StoryKey, seen: &mut Seen) -> Result<(), Error> {
    let mut texts: HashMap<ArticleHash, FoldedHash> = HashMap::new();
    let mut reader = TextReader::new(engine, number);
    for row in engine.scan(rows_of(CAPTURES, number), Order::Descending) {
        let (row, value) = row?;
        let capture = read_capture(key, &row, &value)?;
        let damaged = |what: String| Error::damaged(what).of(key, capture.captured_at);
        if !seen.note(capture.arrival) {
            return Err(damaged(format!("two captures have the arrival {}", capture.arrival)));
        }
        let Some((hash, folded)) = text_of(&capture) else { continue };
        match texts.insert(hash, folded) {
            None => drop(reader.read(&hash).map_err(|error| error.of(key, capture.captured_at))?),
            Some(before) if before == folded => {}
            Some(_) => return Err(damaged(format!("the text {} has two folded hashes", hash.short()))),
        }
    }
    for hash in hashes_of(engine, number) {
        let hash = hash?;
        if !texts.contains_key(&hash) {
            return Err(Error::damaged(format!("no capture has the text {}", hash.short())).in_story(key));
        }
    }
    for row in engine.scan(rows_of(ALIASES, number), Order::Ascending) {
        let (row, value) = row?;
        link(engine, key, &row, &value)?;
    }
    Ok(())
}

/// Goes from number to number, so that rows are not all read again.
fn every_number_has_a_name(engine: &dyn Engine, keyspace: u8) -> Result<(), Error> {
    let mut range = prefix_range(&[keyspace]);
    while let Some((row, _)) = first_of(engine, range)? {
        let number = old::number_of(&row)?;
        if name_of(engine, number)?.is_none() {
            let at = if keyspace == CAPTURES { old::parse_capture(&row).ok().map(|(at, _)| at) } else { None };
            let error = Error::damaged(format!("the name of the key number {number} is missing"));
            return Err(at.into_iter().fold(error, Error::at));
        }
        let Some(next) = number.checked_add(1) else { break };
        range = (Bound::Included(old::numbered(keyspace, next)), prefix_range(&[keyspace]).1);
    }
    Ok(())
}

/// A capture that the feed names must be there: what is derived may be missing, but where it is whole it is a witness.
fn verify_feed(engine: &dyn Engine) -> Result<(), Error> {
    for row in engine.scan(prefix_range(&[FEED]), Order::Ascending) {
        let (row, value) = row?;
        let Ok(feed) = codec::decode::<FeedRecord>(&row, &value) else { continue };
        let rows: Vec<_> = feed.captures.iter().map(|(number, place)| old::capture_row(*number, place)).collect();
        let found = engine.get_many(&rows)?;
        if let Some(((number, place), _)) = feed.captures.iter().zip(found).find(|(_, found)| found.is_none()) {
            return Err(lost(name_of(engine, *number)?, old::time_of(place)));
        }
    }
    Ok(())
}

fn lost(key: Option<StoryKey>, at: Option<Timestamp>) -> Error {
    let error = Error::damaged("a capture that the feed names is missing");
    let error = key.iter().fold(error, Error::in_story);
    at.into_iter().fold(error, Error::at)
}

/// So is the index: a key that it says is one of several of a story is told so by a fact.
fn verify_index(engine: &dyn Engine) -> Result<(), Error> {
    let mut told: HashSet<Number> = HashSet::new();
    for row in engine.scan(prefix_range(&[ALIASES]), Order::Ascending) {
        let (row, value) = row?;
        told.extend([old::number_of(&row)?, old::parse_alias(&row, &value)?]);
    }
    for row in engine.scan(prefix_range(&[INDEX]), Order::Ascending) {
        let (row, value) = row?;
        let Ok(IndexRecord { number, role }) = codec::decode(&row, &value) else { continue };
        let is_one_of_several = match role {
            Role::Alias(_) => true,
            Role::Name { others, .. } => !others.is_empty(),
        };
        if is_one_of_several && !told.contains(&number) {
            let error = Error::damaged("an alias fact that the index knows is missing");
            return Err(name_of(engine, number)?.iter().fold(error, Error::in_story));
        }
    }
    Ok(())
}
