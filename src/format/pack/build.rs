//! Making packs.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::model::{AliasDates, ArticleHash, Capture, FoldedHash, Outcome, StoryKey};

use super::super::key::{self, PackId};
use super::super::record::{
    BaseRecord, CaptureRecord, ContentsRecord, FrameRecord, MoreOfSectionRecord, MoreRecord, OutcomeRecord, PackRecord,
    SectionRecord, TextRecord, TextRef,
};
use super::super::{FormatError, codec, frame};
use super::{Before, Frame, Link, Pack, Raw, Section, Text, are_of, link_record, raw_record, span, weight};

/// The newest texts of a pack are compressed together, up to so many bytes. More would compress a little better and make the
/// reading of one text slower; a row of more than 16 KB costs sled memory (see `benches/README.md`).
const HEAD_BYTES: usize = 64 << 10;
/// The older texts of a key are compressed together, up to so many bytes: what it takes to read one of them.
const HISTORY_BYTES: usize = 1 << 20;
/// A pack takes no more sections once it has so many captures ...
const PACK_CAPTURES: usize = 1_024;
/// ... or so many bytes of text in all. What one key has is spread over several packs then.
const PACK_BYTES: usize = 4 << 20;
/// Texts hang on one in another pack only when they become smaller by so much: to read them costs the reading of that as well.
const BASE_GAIN: usize = 4;
/// A shorter text is as well off beside others of its pack.
const BASE_LEAST_BYTES: usize = 1_024;
/// What is likely to hang on another text counts for so much less when it is about how much goes into a pack or a commit.
const HANGING_SHARE: usize = 4;

/// Texts of a key that are no longer than this in all stand together with its first one: a frame of their own would take longer to
/// make and be larger.
const SHORT_BYTES: usize = 4 << 10;

/// A text for a pack.
#[derive(Debug, Clone)]
pub(crate) struct NewText {
    pub(crate) hash: ArticleHash,
    pub(crate) folded: FoldedHash,
    pub(crate) text: Arc<str>,
}

/// A section for a pack.
#[derive(Debug, Clone)]
pub(crate) struct NewSection {
    pub(crate) key: StoryKey,
    /// The sort form of the key.
    pub(crate) sort: Vec<u8>,
    pub(crate) links: Vec<Link>,
    pub(crate) raws: Vec<Raw>,
    /// In their order.
    pub(crate) captures: Vec<Capture>,
    /// Newest first. Captures may see texts that are elsewhere.
    pub(crate) texts: Vec<NewText>,
    /// A text of the key in another pack, which hangs on none elsewhere: what the texts may be compressed against.
    pub(crate) base: Option<NewText>,
}

impl NewSection {
    pub(crate) fn new(key: StoryKey) -> Self {
        let sort = key.sort_bytes();
        Self { key, sort, links: Vec::new(), raws: Vec::new(), captures: Vec::new(), texts: Vec::new(), base: None }
    }

    fn head_bytes(&self) -> usize {
        let bytes = self.texts.first().map_or(0, |text| text.text.len());
        if self.base.is_some() { bytes / HANGING_SHARE } else { bytes }
    }

    /// How much the texts count when it is about what one commit takes; `has_base` says whether a base is at hand.
    pub(crate) fn commit_bytes(&self, has_base: bool) -> usize {
        if has_base && self.wants_base() { self.text_bytes() / HANGING_SHARE } else { self.text_bytes() }
    }

    fn text_bytes(&self) -> usize {
        self.texts.iter().map(|text| text.text.len()).sum()
    }

    /// Says whether it is worth while to look for a base.
    pub(crate) fn wants_base(&self) -> bool {
        self.text_bytes() >= BASE_LEAST_BYTES
    }

    /// Says whether the key has so much here that what else it has belongs into the next pack.
    pub(crate) fn is_full(&self) -> bool {
        self.captures.len() >= PACK_CAPTURES || self.text_bytes() >= PACK_BYTES
    }
}

/// Gathers sections until they fill a pack.
#[derive(Debug, Default)]
pub(crate) struct Gathering {
    sections: Vec<NewSection>,
    head_bytes: usize,
    text_bytes: usize,
    captures: usize,
}

impl Gathering {
    /// Says whether a section fits beside those that are gathered.
    pub(crate) fn has_room(&self, section: &NewSection) -> bool {
        self.sections.is_empty()
            || (self.head_bytes + section.head_bytes() <= HEAD_BYTES
                && self.text_bytes + section.text_bytes() <= PACK_BYTES
                && self.captures + section.captures.len() <= PACK_CAPTURES
                && self.sections.last().is_none_or(|last| last.key != section.key))
    }

    /// Adds a section; returns those that were gathered before when it does not fit beside them.
    pub(crate) fn push(&mut self, section: NewSection) -> Option<Vec<NewSection>> {
        let (head, text, captures) = (section.head_bytes(), section.text_bytes(), section.captures.len());
        let full = (!self.has_room(&section)).then(|| self.take());
        self.head_bytes += head;
        self.text_bytes += text;
        self.captures += captures;
        self.sections.push(section);
        full
    }

    /// Returns what was gathered, and begins anew.
    pub(crate) fn take(&mut self) -> Vec<NewSection> {
        std::mem::take(self).sections
    }
}

/// The texts of a pack to be, compressed.
#[derive(Debug, Clone)]
pub(crate) struct Packed {
    texts: Vec<Vec<TextRecord>>,
    frames: Vec<FrameRecord>,
    data: Vec<u8>,
    level: i32,
}

/// A frame that has been unpacked again and compared.
struct Verified {
    frame: Vec<u8>,
    bytes: usize,
}

impl Verified {
    fn new(bytes: &[u8], prefix: &str, level: i32) -> Result<Self, FormatError> {
        let frame = frame::compress(bytes, prefix.as_bytes(), level)?;
        if frame::decompress(&frame, prefix.as_bytes(), bytes.len())? != bytes {
            return Err(wrong());
        }
        Ok(Self { frame, bytes: bytes.len() })
    }
}

impl Packed {
    /// The texts of a pack as they stand there.
    pub(crate) fn of(pack: &Pack) -> Result<Self, FormatError> {
        let record = |text: &Text| {
            let (bytes, frame) = (small(text.bytes)?, small(text.frame)?);
            Ok(TextRecord { hash: *text.hash.as_bytes(), folded: text.folded.0, bytes, frame })
        };
        let texts = pack.sections.iter().map(|section| pack.texts_of(section).iter().map(record).collect());
        let frame = |frame: &Frame| {
            let (packed, bytes) = (small(frame.packed.len())?, small(frame.bytes)?);
            Ok(FrameRecord { packed, bytes, base: frame.base.clone() })
        };
        let (texts, frames) =
            (texts.collect::<Result<_, _>>()?, pack.frames.iter().map(frame).collect::<Result<_, _>>()?);
        Ok(Self { texts, frames, data: pack.data.clone(), level: frame::QUICK })
    }

    /// Says whether the newest text of the section at a place hangs on no other.
    pub(crate) fn has_head(&self, place: usize) -> bool {
        let newest = self.texts.get(place).and_then(|texts| texts.first());
        newest.and_then(|text| self.frames.get(text.frame as usize)).is_some_and(|frame| frame.base.is_none())
    }

    /// How much the pack will weigh, with these sections ([`Pack::weight`]).
    pub(crate) fn weight(&self, sections: &[NewSection]) -> usize {
        let captures = sections.iter().map(|section| section.captures.len()).sum();
        weight(self.data.len(), captures, self.texts.iter().map(Vec::len).sum(), sections.len())
    }

    fn add_frame(&mut self, verified: Verified, base: Option<BaseRecord>) -> Result<u32, FormatError> {
        let number = small(self.frames.len())?;
        let Verified { frame, bytes } = verified;
        self.frames.push(FrameRecord { packed: small(frame.len())?, bytes: small(bytes)?, base });
        self.data.extend(frame);
        Ok(number)
    }

    fn add_heads(&mut self, heads: &mut Heads<'_>) -> Result<(), FormatError> {
        let Heads { bytes, texts } = std::mem::take(heads);
        if !texts.is_empty() {
            let frame = self.add_frame(Verified::new(&bytes, "", self.level)?, None)?;
            for (place, text) in texts {
                self.add_text(place, text, frame)?;
            }
        }
        Ok(())
    }

    fn add_text(&mut self, section: usize, text: &NewText, frame: u32) -> Result<(), FormatError> {
        let bytes = small(text.text.len())?;
        if let Some(texts) = self.texts.get_mut(section) {
            texts.push(TextRecord { hash: *text.hash.as_bytes(), folded: text.folded.0, bytes, frame });
        }
        Ok(())
    }
}

fn small(number: usize) -> Result<u32, FormatError> {
    u32::try_from(number).map_err(|_| FormatError::Content("it is too long".into()))
}

/// Compresses the texts of sections, which are sorted by key: what is dear about a pack, and needs neither id nor arrivals.
pub(crate) fn compress(sections: &[NewSection], level: i32) -> Result<Packed, FormatError> {
    let texts = vec![Vec::new(); sections.len()];
    let mut packed = Packed { texts, frames: Vec::new(), data: Vec::new(), level };
    let mut heads = Heads::default();
    let mut hanging = Vec::with_capacity(sections.len());
    for (place, section) in sections.iter().enumerate() {
        let hangs = hang(section, level)?;
        if hangs.is_none() {
            let (together, _) = heads_of(section);
            if !heads.has_room(together) {
                packed.add_heads(&mut heads)?;
            }
            heads.add(place, together);
        }
        hanging.push(hangs);
    }
    packed.add_heads(&mut heads)?;
    let mut first = 0;
    for ((place, section), hanging) in sections.iter().enumerate().zip(hanging) {
        if let Some((frames, base)) = hanging {
            add_history(&mut packed, place, frames, &BaseRecord::Elsewhere(*base.as_bytes()))?;
        } else if let (Some(newest), (_, older)) = (section.texts.first(), heads_of(section)) {
            let frames = history(older, &newest.text, level)?;
            add_history(&mut packed, place, frames, &BaseRecord::Here(small(first)?))?;
        }
        first += section.texts.len();
    }
    Ok(packed)
}

/// The texts of a section that stand with those of others: its first one, or all where they are short; and the others.
fn heads_of(section: &NewSection) -> (&[NewText], &[NewText]) {
    let count = if section.text_bytes() <= SHORT_BYTES { section.texts.len() } else { 1 };
    section.texts.split_at_checked(count).unwrap_or((&section.texts, &[]))
}

/// Texts of several sections that will stand in one frame, each with the place of its section.
#[derive(Default)]
struct Heads<'a> {
    bytes: Vec<u8>,
    texts: Vec<(usize, &'a NewText)>,
}

impl<'a> Heads<'a> {
    fn has_room(&self, texts: &[NewText]) -> bool {
        self.bytes.len() + texts.iter().map(|text| text.text.len()).sum::<usize>() <= HEAD_BYTES
    }

    fn add(&mut self, place: usize, texts: &'a [NewText]) {
        for text in texts {
            self.bytes.extend(text.text.as_bytes());
            self.texts.push((place, text));
        }
    }
}

/// Frames of texts, and which texts each has.
type History<'a> = Vec<(Verified, &'a [NewText])>;

/// Compresses the texts of a section against its base; `None` when there is none or it helps little.
fn hang(section: &NewSection, level: i32) -> Result<Option<(History<'_>, ArticleHash)>, FormatError> {
    let Some(base) = section.base.as_ref().filter(|_| section.wants_base()) else { return Ok(None) };
    let frames = history(&section.texts, &base.text, level)?;
    let bytes: usize = frames.iter().map(|(verified, _)| verified.frame.len()).sum();
    Ok(Some((frames, base.hash)).filter(|_| bytes * BASE_GAIN <= section.text_bytes()))
}

/// Compresses texts together, with one as prefix, as many to a frame as it takes.
fn history<'a>(mut texts: &'a [NewText], prefix: &str, level: i32) -> Result<History<'a>, FormatError> {
    let mut frames = Vec::new();
    while !texts.is_empty() {
        let mut bytes = Vec::new();
        let mut count = 0;
        for text in texts {
            if count > 0 && bytes.len() + text.text.len() > HISTORY_BYTES {
                break;
            }
            bytes.extend(text.text.as_bytes());
            count += 1;
        }
        let (now, later) = texts.split_at_checked(count).unwrap_or((texts, &[]));
        frames.push((Verified::new(&bytes, prefix, level)?, now));
        texts = later;
    }
    Ok(frames)
}

fn add_history(packed: &mut Packed, place: usize, frames: History<'_>, base: &BaseRecord) -> Result<(), FormatError> {
    for (verified, texts) in frames {
        let frame = packed.add_frame(verified, Some(base.clone()))?;
        for text in texts {
            packed.add_text(place, text, frame)?;
        }
    }
    Ok(())
}

/// Returns the row of a pack. It has been read again and compared, since it may replace a good copy.
pub(crate) fn encode(id: PackId, sections: &[NewSection], packed: Packed) -> Result<Vec<u8>, FormatError> {
    let Packed { texts, frames, data, level } = packed;
    let records = sections.iter().zip(texts).map(|(section, texts)| SectionRecord {
        key: (&section.key).into(),
        links: section.links.iter().filter(|link| !is_dated(link)).map(|link| (&link.of).into()).collect(),
        captures: captures(&section.captures, &texts),
        texts,
    });
    let mut contents = codec::encode_part(&ContentsRecord { sections: records.collect(), frames })?;
    let more = more(sections);
    if !more.sections.is_empty() {
        contents.extend(codec::encode_part(&more)?);
    }
    let record =
        PackRecord { bytes: small(contents.len())?, contents: frame::compress(&contents, b"", level)?, frames: data };
    let row = codec::encode(&key::pack(id), &record)?;
    let mut expected = sections.iter().map(|section| section.captures.as_slice());
    let mut are_captures = true;
    let hold = |_: &StoryKey, _: &[u8], records: Vec<CaptureRecord>, texts: &[Text]| {
        are_captures &= are_of(expected.next().unwrap_or_default(), records, texts)?;
        Ok(Vec::new())
    };
    let pack = Pack::decode_with(id, &row, hold)?.ok_or_else(wrong)?;
    let is_same = |(read, new): (&Section, &NewSection)| {
        let texts = pack.texts_of(read).iter().map(|text| text.hash).eq(new.texts.iter().map(|text| text.hash));
        read.key == new.key && is_same_more(read, new) && texts
    };
    let is_whole = pack.sections.len() == sections.len() && pack.sections.iter().zip(sections).all(is_same);
    if is_whole && are_captures { Ok(row) } else { Err(wrong()) }
}

fn is_dated(link: &Link) -> bool {
    link.dates != AliasDates::default()
}

/// What stands behind the contents.
fn more(sections: &[NewSection]) -> MoreRecord {
    let of_section = |(number, section): (u32, &NewSection)| MoreOfSectionRecord {
        section: number,
        aliases: section.links.iter().filter(|link| is_dated(link)).map(link_record).collect(),
        raws: section.raws.iter().map(raw_record).collect(),
    };
    let all = (0..).zip(sections).map(of_section);
    MoreRecord { sections: all.filter(|more| !more.aliases.is_empty() || !more.raws.is_empty()).collect() }
}

fn is_same_more(read: &Section, new: &NewSection) -> bool {
    let (dated, undated): (Vec<&Link>, Vec<&Link>) = new.links.iter().partition(|link| is_dated(link));
    read.links.iter().eq(undated.into_iter().chain(dated)) && read.raws == new.raws
}

pub(super) fn wrong() -> FormatError {
    FormatError::Content("the pack did not unpack to itself".into())
}

pub(super) fn captures(captures: &[Capture], texts: &[TextRecord]) -> Vec<CaptureRecord> {
    let numbers: FxHashMap<[u8; 32], u32> = texts.iter().zip(0..).map(|(text, number)| (text.hash, number)).collect();
    let mut before = Before::default();
    captures.iter().map(|capture| record(capture, &numbers, &mut before)).collect()
}

fn record(capture: &Capture, numbers: &FxHashMap<[u8; 32], u32>, before: &mut Before) -> CaptureRecord {
    let text = |hash: &ArticleHash| match numbers.get(hash.as_bytes()) {
        Some(number) => TextRef::Here(*number),
        None => TextRef::Elsewhere(*hash.as_bytes(), capture.folded.map_or(0, |folded| folded.0)),
    };
    let outcome = match &capture.outcome {
        Outcome::Article(hash) => OutcomeRecord::Article(text(hash)),
        Outcome::NotModified => OutcomeRecord::NotModified,
        Outcome::Teaser(hash) => OutcomeRecord::Teaser(text(hash)),
        Outcome::Gone => OutcomeRecord::Gone,
        Outcome::Moved(to) => OutcomeRecord::Moved(to.into()),
        Outcome::Unreachable(cause) => OutcomeRecord::Unreachable(cause.clone()),
    };
    let observation = &capture.observation;
    let arrival = capture.arrival.wrapping_sub(before.arrival).cast_signed();
    before.arrival = capture.arrival;
    CaptureRecord {
        captured_at: span(&mut before.captured_at, capture.captured_at),
        arrival,
        outcome,
        published_at: observation.published_at.map(|at| span(&mut before.published_at, at)),
        modified_at: observation.modified_at.map(|at| span(&mut before.modified_at, at)),
        lang: observation.lang.clone(),
        section: observation.section.clone(),
        source: observation.source.clone(),
        status: observation.status,
    }
}
