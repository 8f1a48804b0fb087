//! What version 1 has of one key, piece by piece.

use std::collections::{HashMap, HashSet, VecDeque};
use std::iter::Peekable;
use std::ops::Bound;
use std::sync::Arc;

use crate::engine::{Engine, KeyRange, Order, Row, Scan, prefix_range};
use crate::format::pack::Link;
use crate::format::pack::build::{NewSection, NewText};
use crate::format::{FormatError, codec};
use crate::migrations::Error;
use crate::model::{AliasDates, ArticleHash, Capture, FoldedHash, StoryKey};

use super::old::{self, ALIASES, CAPTURES, CONTENTS, ContentRecord, MAX_CHAIN, NAMES, Number, Place};

/// All rows of one keyspace that are of a key.
pub(super) fn rows_of(keyspace: u8, number: Number) -> KeyRange {
    prefix_range(&old::numbered(keyspace, number))
}

/// Returns the key that a number stands for.
pub(super) fn name_of(engine: &dyn Engine, number: Number) -> Result<Option<StoryKey>, Error> {
    let row = old::numbered(NAMES, number);
    let Some(value) = engine.get(&row)? else { return Ok(None) };
    let damaged = |error: FormatError| Error::damaged(format!("the name of the key number {number}: {error}"));
    old::name(&row, &value).map(Some).map_err(damaged)
}

/// The captures of one key, the newest first, in sections that a pack takes, so that a story of any length is read in bounded
/// memory: besides a piece, 40 bytes for each of its texts.
pub(super) struct Pieces<'a> {
    engine: &'a dyn Engine,
    number: Number,
    key: StoryKey,
    scan: Peekable<Scan<'a>>,
    texts: TextReader<'a>,
    told: HashSet<ArticleHash>,
    is_first: bool,
    /// Where the next piece begins: all captures behind this place are told.
    before: Option<Place>,
    /// The rows that what was told came from.
    pub(super) rows: Vec<Vec<u8>>,
}

impl<'a> Pieces<'a> {
    /// Begins with the newest capture, or with those before a place, if others were told already.
    pub(super) fn of(
        engine: &'a dyn Engine,
        number: Number,
        key: StoryKey,
        before: Option<Place>,
    ) -> Result<Self, Error> {
        let (start, end) = rows_of(CAPTURES, number);
        let mut told = HashSet::new();
        let mut upto = end.clone();
        if let Some(before) = before {
            let here = old::capture_row(number, &before);
            for row in engine.scan((Bound::Included(here.clone()), end), Order::Ascending) {
                let (row, value) = row?;
                told.extend(read_capture(&key, &row, &value)?.outcome.text_hash());
            }
            upto = Bound::Excluded(here);
        }
        let scan = engine.scan((start, upto), Order::Descending).peekable();
        let texts = TextReader::new(engine, number);
        let is_first = before.is_none();
        Ok(Self { engine, number, key, scan, texts, told, is_first, before, rows: Vec::new() })
    }

    /// Where the next piece begins, once one was told.
    pub(super) const fn before(&self) -> Option<Place> {
        self.before
    }

    /// Returns the next piece; `None` after the last, and for a key of which nothing is known.
    pub(super) fn next_section(&mut self) -> Result<Option<NewSection>, Error> {
        let mut section = NewSection::new(self.key.clone());
        if std::mem::take(&mut self.is_first) {
            let undated = |of| Link { of, dates: AliasDates::default() };
            section.links = self.links()?.into_iter().map(undated).collect();
        }
        while !section.is_full()
            && let Some(row) = self.scan.next()
        {
            let (row, value) = row?;
            self.tell(&mut section, row, &value)?;
        }
        // Moves to a host with a comma may stand elsewhere than version 1 had them.
        section.captures.sort_by_key(Capture::order);
        let is_empty = section.captures.is_empty() && section.links.is_empty();
        Ok(Some(section).filter(|_| !is_empty))
    }

    fn tell(&mut self, section: &mut NewSection, row: Vec<u8>, value: &[u8]) -> Result<(), Error> {
        let capture = read_capture(&self.key, &row, value)?;
        let at = capture.captured_at;
        if let Some((hash, folded)) = text_of(&capture)
            && self.told.insert(hash)
        {
            let text = self.texts.read(&hash).map_err(|error| error.of(&self.key, at))?;
            section.texts.push(NewText { hash, folded, text });
            self.rows.push(old::content_row(self.number, &hash));
        }
        section.captures.push(capture);
        self.before = Some(old::parse_capture(&row)?.1);
        self.rows.push(row);
        Ok(())
    }

    fn links(&mut self) -> Result<Vec<StoryKey>, Error> {
        let mut links = Vec::new();
        for row in self.engine.scan(rows_of(ALIASES, self.number), Order::Ascending) {
            let (row, value) = row?;
            links.push(link(self.engine, &self.key, &row, &value)?);
            self.rows.push(row);
        }
        Ok(links)
    }
}

/// Reads an alias fact: the key whose story `key` names.
pub(super) fn link(engine: &dyn Engine, key: &StoryKey, row: &[u8], value: &[u8]) -> Result<StoryKey, Error> {
    let damaged = |what: &dyn std::fmt::Display| Error::damaged(format!("an alias fact: {what}")).in_story(key);
    let target = old::parse_alias(row, value).map_err(|error| damaged(&error))?;
    name_of(engine, target)?.ok_or_else(|| damaged(&format_args!("the name of the key number {target} is missing")))
}

/// Reads a capture. One that has a text has a folded hash.
pub(super) fn read_capture(key: &StoryKey, row: &[u8], value: &[u8]) -> Result<Capture, Error> {
    let at = old::parse_capture(row).map(|(at, _)| at);
    let named = |error: Error| match &at {
        Ok(at) => error.of(key, *at),
        Err(_) => error.in_story(key),
    };
    let capture =
        old::capture(key, row, value).map_err(|error| named(Error::damaged(format!("a capture: {error}"))))?;
    if capture.outcome.text_hash().is_some() == capture.folded.is_some() {
        return Ok(capture);
    }
    Err(named(Error::damaged("a capture: its folded hash does not go with its outcome")))
}

/// The text that a capture saw, and its folded hash.
pub(super) fn text_of(capture: &Capture) -> Option<(ArticleHash, FoldedHash)> {
    capture.outcome.text_hash().zip(capture.folded)
}

/// Reads texts of one key, keeping the last few, since the next one is often packed against one of them.
pub(super) struct TextReader<'a> {
    engine: &'a dyn Engine,
    number: Number,
    kept: HashMap<ArticleHash, Arc<str>>,
    order: VecDeque<ArticleHash>,
    kept_bytes: usize,
}

/// How many bytes of text a reader keeps, if they are of more than [`MAX_CHAIN`] texts.
const KEPT_BYTES: usize = 8 << 20;

impl<'a> TextReader<'a> {
    pub(super) fn new(engine: &'a dyn Engine, number: Number) -> Self {
        Self { engine, number, kept: HashMap::new(), order: VecDeque::new(), kept_bytes: 0 }
    }

    /// Returns the text that `hash` names, verified.
    pub(super) fn read(&mut self, hash: &ArticleHash) -> Result<Arc<str>, Error> {
        let mut chain: Vec<(ArticleHash, ContentRecord)> = Vec::new();
        let mut next = Some(*hash);
        while let Some(wanted) = next.filter(|wanted| !self.kept.contains_key(wanted)) {
            let record = self.record(&wanted)?;
            next = record.base.map(ArticleHash::from_bytes);
            chain.push((wanted, record));
            if chain.len() > MAX_CHAIN {
                return Err(Error::damaged(format!("the text {} hangs on more than {MAX_CHAIN} others", hash.short())));
            }
        }
        for (wanted, record) in chain.into_iter().rev() {
            let base = record.base.map(ArticleHash::from_bytes);
            let base = base.and_then(|base| self.kept.get(&base)).cloned();
            let text = old::unpack(&record, base.as_deref().unwrap_or_default(), &wanted);
            self.keep(wanted, text.map_err(|error| damaged_text(&wanted, &error))?.into());
        }
        self.kept.get(hash).cloned().ok_or_else(|| missing(hash))
    }

    fn record(&self, hash: &ArticleHash) -> Result<ContentRecord, Error> {
        let row = old::content_row(self.number, hash);
        let value = self.engine.get(&row)?.ok_or_else(|| missing(hash))?;
        codec::decode(&row, &value).map_err(|error| damaged_text(hash, &error))
    }

    fn keep(&mut self, hash: ArticleHash, text: Arc<str>) {
        while self.kept_bytes + text.len() > KEPT_BYTES && self.order.len() > MAX_CHAIN {
            let Some(oldest) = self.order.pop_front() else { break };
            self.kept_bytes -= self.kept.remove(&oldest).map_or(0, |text| text.len());
        }
        self.kept_bytes += text.len();
        self.order.push_back(hash);
        self.kept.insert(hash, text);
    }
}

fn missing(hash: &ArticleHash) -> Error {
    Error::damaged(format!("the text {} is missing", hash.short()))
}

fn damaged_text(hash: &ArticleHash, error: &FormatError) -> Error {
    Error::damaged(format!("the text {}: {error}", hash.short()))
}

/// The first row of a range.
pub(super) fn first_of(engine: &dyn Engine, range: KeyRange) -> Result<Option<Row>, Error> {
    Ok(engine.scan(range, Order::Ascending).next().transpose()?)
}

/// All texts of a key that are there, by their hashes alone.
pub(super) fn hashes_of(engine: &dyn Engine, number: Number) -> impl Iterator<Item = Result<ArticleHash, Error>> + '_ {
    let rows = engine.scan(rows_of(CONTENTS, number), Order::Ascending);
    rows.map(|row| Ok(old::parse_content(&row?.0)?))
}
