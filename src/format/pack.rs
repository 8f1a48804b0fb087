//! Packs: captures, alias facts and texts of some keys, in one row.
//!
//! [`build`] makes one, [`Pack`] is one that was read. The newest text of every key stands in a frame with those of the other
//! keys of the pack, since texts of one site are alike; the older ones of a key stand in frames of their own with the newest as
//! prefix, so that the latest version is at hand and the others cost little. A fresh pack may have a text of a key whose earlier
//! ones are elsewhere: then the prefix may be one of those, which in turn has none that is elsewhere.

pub(crate) mod build;
mod part;

pub(crate) use part::{Part, Texts};

use std::ops::Range;

use crate::model::{AliasDates, ArticleHash, Capture, FoldedHash, Observation, Outcome, StoryKey, Timestamp, digest};

use super::key::{self, PackId};
use super::raw::RawHash;
use super::record::{
    AliasRecord, BaseRecord, CaptureRecord, ContentsRecord, FrameRecord, MoreOfSectionRecord, MoreRecord, NameRecord,
    OutcomeRecord, PackRecord, RawRecord, TextRef, TimeRecord,
};
use super::{FormatError, codec, frame};

/// A pack that was read.
#[derive(Debug)]
pub(crate) struct Pack {
    pub(crate) id: PackId,
    pub(crate) sections: Vec<Section>,
    texts: Vec<Text>,
    frames: Vec<Frame>,
    data: Vec<u8>,
}

/// What a pack holds of one key.
#[derive(Debug)]
pub(crate) struct Section {
    pub(crate) key: StoryKey,
    /// The sort form of the key.
    pub(crate) sort: Vec<u8>,
    /// Alias facts, those without dates first.
    pub(crate) links: Vec<Link>,
    /// The pages that were kept beside captures of the key, also of captures in other packs.
    pub(crate) raws: Vec<Raw>,
    /// In their order. Each has its folded hash, also when its text is elsewhere.
    pub(crate) captures: Vec<Capture>,
    texts: Range<usize>,
}

/// An alias fact of a key: the key whose story it names as well, and what is known of that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Link {
    pub(crate) of: StoryKey,
    pub(crate) dates: AliasDates,
}

/// That a page was kept beside a capture, and where.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Raw {
    /// Time and digest of the capture.
    pub(crate) captured_at: Timestamp,
    pub(crate) digest: [u8; 8],
    pub(crate) hash: RawHash,
    pub(crate) bytes: u32,
    /// Whether it was compressed by itself.
    pub(crate) is_alone: bool,
}

/// A text of a pack, and where it stands.
#[derive(Debug)]
pub(crate) struct Text {
    pub(crate) hash: ArticleHash,
    pub(crate) folded: FoldedHash,
    pub(crate) bytes: usize,
    /// The number of the frame in which it stands.
    pub(crate) frame: usize,
    start: usize,
}

impl Text {
    /// Returns the text from its frame, verified by its hash.
    pub(crate) fn in_frame<'a>(&self, frame: &'a str) -> Result<&'a str, FormatError> {
        let text = frame.get(self.start..self.start.saturating_add(self.bytes));
        let text = text.ok_or_else(|| malformed("a text reaches past its frame"))?;
        if ArticleHash::of(text.as_bytes()) == self.hash {
            return Ok(text);
        }
        Err(FormatError::Content("it does not match its hash".into()))
    }
}

#[derive(Debug)]
struct Frame {
    packed: Range<usize>,
    bytes: usize,
    base: Option<BaseRecord>,
}

/// The text that a frame was compressed against.
#[derive(Debug)]
pub(crate) enum Base<'a> {
    None,
    /// In the same pack, in a frame that has none.
    Here(&'a Text),
    /// Of the key of this section, in another pack.
    Elsewhere(&'a Section, ArticleHash),
}

impl Pack {
    /// Reads the pack in a row; `None` for an empty row, a number that was set aside.
    pub(crate) fn decode(id: PackId, row: &[u8]) -> Result<Option<Self>, FormatError> {
        Self::decode_some(id, row, |_| true)
    }

    /// The same, where only some sections are of use, by their sort forms: the captures of the others are left out.
    pub(crate) fn decode_some(
        id: PackId,
        row: &[u8],
        is_wanted: impl Fn(&[u8]) -> bool,
    ) -> Result<Option<Self>, FormatError> {
        let captures = |key: &StoryKey, sort: &[u8], records, texts: &[Text]| {
            if is_wanted(sort) { read_captures(key, records, texts) } else { Ok(Vec::new()) }
        };
        Self::decode_with(id, row, captures)
    }

    /// The same, where somebody else reads the captures of each section: by its key, its sort form and its texts.
    fn decode_with(
        id: PackId,
        row: &[u8],
        captures: impl FnMut(&StoryKey, &[u8], Vec<CaptureRecord>, &[Text]) -> Result<Vec<Capture>, FormatError>,
    ) -> Result<Option<Self>, FormatError> {
        if row.is_empty() {
            return Ok(None);
        }
        Self::read(id, codec::decode(&key::pack(id), row)?, captures).map(Some)
    }

    /// Reads the pack in a row whose checksum does not match, as far as it says what it held: to name what is lost, never to
    /// keep it.
    pub(crate) fn decode_damaged(row: &[u8]) -> Result<Self, FormatError> {
        Self::read(0, codec::decode_unverified(row)?, |key, _, records, texts| read_captures(key, records, texts))
    }

    /// Returns the length of the row of a pack that may begin here.
    pub(crate) fn measure(bytes: &[u8]) -> Option<usize> {
        let (length, contents) = codec::measure(bytes)?;
        contents.starts_with(frame::MAGIC).then_some(length)
    }

    fn read(
        id: PackId,
        record: PackRecord,
        mut captures: impl FnMut(&StoryKey, &[u8], Vec<CaptureRecord>, &[Text]) -> Result<Vec<Capture>, FormatError>,
    ) -> Result<Self, FormatError> {
        let contents = frame::decompress(&record.contents, b"", record.bytes as usize)?;
        let (contents, more): (ContentsRecord, MoreRecord) = codec::decode_parts(&contents)?;
        let mut pack = Self { id, sections: Vec::new(), texts: Vec::new(), frames: Vec::new(), data: record.frames };
        pack.read_frames(&contents.frames)?;
        let mut starts = vec![0; pack.frames.len()];
        for section in contents.sections {
            let first = pack.texts.len();
            for text in &section.texts {
                let start = starts.get_mut(text.frame as usize).ok_or_else(|| malformed("a text has no frame"))?;
                pack.texts.push(Text {
                    hash: ArticleHash::from_bytes(text.hash),
                    folded: FoldedHash(text.folded),
                    bytes: text.bytes as usize,
                    frame: text.frame as usize,
                    start: *start,
                });
                *start += text.bytes as usize;
            }
            let key: StoryKey = section.key.into();
            let sort = key.sort_bytes();
            let captures = captures(&key, &sort, section.captures, pack.texts.get(first..).unwrap_or_default())?;
            let undated = |name: NameRecord| Link { of: name.into(), dates: AliasDates::default() };
            let links = section.links.into_iter().map(undated).collect();
            let texts = first..pack.texts.len();
            pack.sections.push(Section { sort, key, links, raws: Vec::new(), captures, texts });
        }
        pack.read_more(more)?;
        pack.check_bases()?;
        if !pack.sections.is_sorted_by(|a, b| a.sort < b.sort) {
            return Err(malformed("the sections are not sorted"));
        }
        Ok(pack)
    }

    fn read_frames(&mut self, frames: &[FrameRecord]) -> Result<(), FormatError> {
        let mut start = 0_usize;
        for frame in frames {
            let end = start.checked_add(frame.packed as usize).filter(|end| *end <= self.data.len());
            let end = end.ok_or_else(|| malformed("the frames are cut off"))?;
            self.frames.push(Frame { packed: start..end, bytes: frame.bytes as usize, base: frame.base.clone() });
            start = end;
        }
        Ok(())
    }

    fn read_more(&mut self, more: MoreRecord) -> Result<(), FormatError> {
        for MoreOfSectionRecord { section, aliases, raws } in more.sections {
            let section = self.sections.get_mut(section as usize);
            let section = section.ok_or_else(|| malformed("there is more of a section that is not there"))?;
            for record in aliases {
                section.links.push(link(record)?);
            }
            for record in raws {
                section.raws.push(raw(record)?);
            }
        }
        Ok(())
    }

    /// A frame hangs on a text of one that hangs on none. More would be bytes that no writer makes, or a circle.
    fn check_bases(&self) -> Result<(), FormatError> {
        let is_sound = |frame: &Frame| match frame.base {
            Some(BaseRecord::Here(base)) => self.texts.get(base as usize).is_some_and(|base| self.stands_alone(base)),
            Some(BaseRecord::Elsewhere(_)) | None => true,
        };
        if self.frames.iter().all(is_sound) { Ok(()) } else { Err(malformed("the base of a frame is none")) }
    }

    /// Says whether the newest text of a section hangs on no other.
    pub(crate) fn has_head(&self, section: &Section) -> bool {
        self.texts_of(section).first().is_some_and(|text| self.stands_alone(text))
    }

    /// Says whether a text stands in a frame without a base.
    pub(crate) fn stands_alone(&self, text: &Text) -> bool {
        self.frames.get(text.frame).is_some_and(|frame| frame.base.is_none())
    }

    /// Says whether a text stands in a frame whose base is in another pack.
    pub(crate) fn hangs_elsewhere(&self, text: &Text) -> bool {
        let base = self.frames.get(text.frame).and_then(|frame| frame.base.as_ref());
        matches!(base, Some(BaseRecord::Elsewhere(_)))
    }

    /// Returns what the pack holds of a key.
    pub(crate) fn section(&self, sort: &[u8]) -> Option<&Section> {
        let at = self.sections.binary_search_by(|section| section.sort.as_slice().cmp(sort)).ok()?;
        self.sections.get(at)
    }

    /// Returns the texts of a section, newest first.
    pub(crate) fn texts_of(&self, section: &Section) -> &[Text] {
        self.texts.get(section.texts.clone()).unwrap_or_default()
    }

    /// Returns the text that is the prefix of a frame.
    pub(crate) fn base_of(&self, frame: usize) -> Base<'_> {
        match self.frames.get(frame).and_then(|frame| frame.base.as_ref()) {
            Some(BaseRecord::Here(base)) => self.texts.get(*base as usize).map_or(Base::None, Base::Here),
            Some(BaseRecord::Elsewhere(hash)) => {
                let has_it = |section: &&Section| self.texts_of(section).iter().any(|text| text.frame == frame);
                let section = self.sections.iter().find(has_it);
                section.map_or(Base::None, |section| Base::Elsewhere(section, ArticleHash::from_bytes(*hash)))
            }
            None => Base::None,
        }
    }

    /// Unpacks a frame; `base` is the text that [`Pack::base_of`] names, or nothing.
    pub(crate) fn unpack(&self, frame: usize, base: &str) -> Result<String, FormatError> {
        let frame = self.frames.get(frame).ok_or_else(|| malformed("a text has no frame"))?;
        let packed = self.data.get(frame.packed.clone()).unwrap_or_default();
        let bytes = frame::decompress(packed, base.as_bytes(), frame.bytes)?;
        String::from_utf8(bytes).map_err(|_| FormatError::Content("it is not UTF-8".into()))
    }

    /// Tells every text of the pack, verified, with its section; frame by frame, each unpacked once. `elsewhere` finds a text of a
    /// section's key in other packs.
    pub(crate) fn each_text(
        &self,
        elsewhere: impl Fn(&Section, &ArticleHash) -> Result<String, FormatError>,
        mut tell: impl FnMut(&Section, &Text, Result<&str, FormatError>),
    ) {
        let mut frames: Vec<Option<Result<String, FormatError>>> = self.frames.iter().map(|_| None).collect();
        for section in &self.sections {
            for text in self.texts_of(section) {
                let read = self.frame_of(text, &mut frames, &elsewhere).and_then(|frame| text.in_frame(frame));
                tell(section, text, read);
            }
            // The histories of a section are of no use to the others.
            for (frame, unpacked) in self.frames.iter().zip(&mut frames) {
                *unpacked = unpacked.take().filter(|_| frame.base.is_none());
            }
        }
    }

    fn frame_of<'a>(
        &self,
        text: &Text,
        frames: &'a mut [Option<Result<String, FormatError>>],
        elsewhere: &impl Fn(&Section, &ArticleHash) -> Result<String, FormatError>,
    ) -> Result<&'a str, FormatError> {
        let missing = || malformed("a text has no frame");
        if frames.get(text.frame).ok_or_else(missing)?.is_none() {
            let base = match self.base_of(text.frame) {
                Base::Here(base) => base.in_frame(self.frame_of(base, frames, elsewhere)?).map(str::to_owned),
                Base::Elsewhere(section, hash) => elsewhere(section, &hash),
                Base::None => Ok(String::new()),
            };
            let unpacked = base.and_then(|base| self.unpack(text.frame, &base));
            frames.get_mut(text.frame).into_iter().for_each(|frame| *frame = Some(unpacked.clone()));
        }
        let unpacked = frames.get(text.frame).and_then(Option::as_ref).ok_or_else(missing)?;
        unpacked.as_deref().map_err(Clone::clone)
    }

    /// How many bytes of memory the pack takes, about.
    pub(crate) fn weight(&self) -> usize {
        let captures = self.sections.iter().map(|section| section.captures.len()).sum();
        weight(self.data.len(), captures, self.texts.len(), self.sections.len())
    }
}

/// How many bytes of memory a pack takes, about, by the bytes of its frames, and by how many there are of what else is in it.
const fn weight(frames: usize, captures: usize, texts: usize, sections: usize) -> usize {
    frames + captures * 400 + texts * 72 + sections * 300
}

fn link(AliasRecord { of, since, merged_at, split_at }: AliasRecord) -> Result<Link, FormatError> {
    let (since, merged_at, split_at) = (time(since)?, time(merged_at)?, time(split_at)?);
    Ok(Link { of: of.into(), dates: AliasDates { since, merged_at, split_at } })
}

fn link_record(Link { of, dates }: &Link) -> AliasRecord {
    let micros = |at: Option<Timestamp>| at.map(Timestamp::as_micros);
    let (since, merged_at, split_at) = (micros(dates.since), micros(dates.merged_at), micros(dates.split_at));
    AliasRecord { of: of.into(), since, merged_at, split_at }
}

fn raw(RawRecord { captured_at, digest, hash, bytes, is_alone }: RawRecord) -> Result<Raw, FormatError> {
    let captured_at = time(Some(captured_at))?.ok_or_else(|| malformed("a time is none"))?;
    Ok(Raw { captured_at, digest, hash: RawHash(hash), bytes, is_alone })
}

fn raw_record(raw: &Raw) -> RawRecord {
    RawRecord {
        captured_at: raw.captured_at.as_micros(),
        digest: raw.digest,
        hash: raw.hash.0,
        bytes: raw.bytes,
        is_alone: raw.is_alone,
    }
}

/// A time in microseconds.
fn time(micros: Option<i64>) -> Result<Option<Timestamp>, FormatError> {
    let at = |micros| Timestamp::from_micros(micros).ok_or_else(|| malformed("a time is none"));
    micros.map(at).transpose()
}

fn malformed(what: &str) -> FormatError {
    FormatError::Record(what.to_owned())
}

/// What the times and arrivals of a section are told against: those of the capture before.
#[derive(Debug, Clone, Copy, Default)]
struct Before {
    captured_at: i64,
    published_at: i64,
    modified_at: i64,
    arrival: u64,
}

/// The time that is a span after another.
fn after(before: &mut i64, span: TimeRecord) -> Result<Timestamp, FormatError> {
    let micros = span.seconds.checked_mul(1_000_000).and_then(|micros| micros.checked_add(i64::from(span.micros)));
    let at = micros.and_then(|micros| before.checked_add(micros)).and_then(Timestamp::from_micros);
    let at = at.ok_or_else(|| malformed("a time is none"))?;
    *before = at.as_micros();
    Ok(at)
}

/// The span from the time before to this one.
fn span(before: &mut i64, at: Timestamp) -> TimeRecord {
    let micros = at.as_micros() - *before;
    *before = at.as_micros();
    let rest = u32::try_from(micros.rem_euclid(1_000_000)).unwrap_or_default();
    TimeRecord { seconds: micros.div_euclid(1_000_000), micros: rest }
}

fn read_captures(key: &StoryKey, records: Vec<CaptureRecord>, texts: &[Text]) -> Result<Vec<Capture>, FormatError> {
    let mut before = Before::default();
    let mut captures: Vec<Capture> = Vec::with_capacity(records.len());
    for record in records {
        captures.push(Seen::read(record, texts, &mut before)?.by(key));
    }
    if captures.is_sorted_by(|a, b| a.order() < b.order()) {
        Ok(captures)
    } else {
        Err(malformed("captures are not sorted"))
    }
}

/// Says whether records are those of captures, so that [`read_captures`] would return these.
fn are_of(captures: &[Capture], records: Vec<CaptureRecord>, texts: &[Text]) -> Result<bool, FormatError> {
    let mut before = Before::default();
    let mut is_same = records.len() == captures.len() && captures.is_sorted_by(|a, b| a.order() < b.order());
    for (record, capture) in records.into_iter().zip(captures) {
        is_same &= Seen::read(record, texts, &mut before)?.is(capture);
    }
    Ok(is_same)
}

/// A capture without what follows from it and from where it stands.
struct Seen {
    captured_at: Timestamp,
    outcome: Outcome,
    observation: Observation,
    folded: Option<FoldedHash>,
    arrival: u64,
}

impl Seen {
    fn read(record: CaptureRecord, texts: &[Text], before: &mut Before) -> Result<Self, FormatError> {
        let mut folded = None;
        let mut hash = |text: TextRef| {
            let (hash, fold) = match text {
                TextRef::Elsewhere(hash, fold) => (ArticleHash::from_bytes(hash), FoldedHash(fold)),
                TextRef::Here(number) => {
                    let text = texts.get(number as usize).ok_or_else(|| malformed("a capture has no text"))?;
                    (text.hash, text.folded)
                }
            };
            folded = Some(fold);
            Ok(hash)
        };
        let outcome = match record.outcome {
            OutcomeRecord::Article(text) => Outcome::Article(hash(text)?),
            OutcomeRecord::NotModified => Outcome::NotModified,
            OutcomeRecord::Teaser(text) => Outcome::Teaser(hash(text)?),
            OutcomeRecord::Gone => Outcome::Gone,
            OutcomeRecord::Moved(to) => Outcome::Moved(to.into()),
            OutcomeRecord::Unreachable(cause) => Outcome::Unreachable(cause),
        };
        let captured_at = after(&mut before.captured_at, record.captured_at)?;
        let claim = |before: &mut i64, span: Option<TimeRecord>| span.map(|span| after(before, span)).transpose();
        let observation = Observation {
            published_at: claim(&mut before.published_at, record.published_at)?,
            modified_at: claim(&mut before.modified_at, record.modified_at)?,
            lang: record.lang,
            section: record.section,
            source: record.source,
            status: record.status,
        };
        before.arrival =
            before.arrival.checked_add_signed(record.arrival).ok_or_else(|| malformed("an arrival is none"))?;
        Ok(Self { captured_at, outcome, observation, folded, arrival: before.arrival })
    }

    fn by(self, key: &StoryKey) -> Capture {
        let Self { captured_at, outcome, observation, folded, arrival } = self;
        let digest = digest(&outcome, &observation);
        Capture { key: key.clone(), captured_at, outcome, observation, folded, arrival, digest }
    }

    fn is(&self, capture: &Capture) -> bool {
        let Capture { key: _, captured_at, outcome, observation, folded, arrival, digest: _ } = capture;
        self.captured_at == *captured_at
            && self.outcome == *outcome
            && self.observation == *observation
            && self.folded == *folded
            && self.arrival == *arrival
    }
}

#[cfg(test)]
mod tests;
