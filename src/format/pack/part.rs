//! What a pack holds of a key, taken out of the pack: to be kept by itself, or to lie in a temporary file for a while.

use std::ops::Range;
use std::sync::Arc;

use crate::model::{ArticleHash, Capture, StoryKey};

use super::super::codec::{Decode, Encode};
use super::super::key::PackId;
use super::super::record::{AliasRecord, BaseRecord, CaptureRecord, NameRecord, RawRecord};
use super::super::{FormatError, codec, frame};
use super::{Link, Pack, Raw, Section, Text, build, link, link_record, malformed, raw, raw_record, read_captures};

/// What one pack holds of a key.
#[derive(Debug)]
pub(crate) struct Part {
    pub(crate) key: StoryKey,
    pub(crate) pack: PackId,
    pub(crate) links: Vec<Link>,
    pub(crate) raws: Vec<Raw>,
    /// In their order.
    pub(crate) captures: Vec<Capture>,
    pub(crate) texts: Texts,
    /// Says whether the newest text hangs on no other.
    pub(crate) has_head: bool,
}

/// The texts of a part.
#[derive(Debug)]
pub(crate) enum Texts {
    /// Only which there are, and their lengths in bytes.
    Listed(Vec<(ArticleHash, u64)>),
    /// Unpacked and verified, but for those that hang on one in another pack.
    Read(Vec<(ArticleHash, Arc<str>)>, Vec<Hanging>),
}

/// Texts of a section that were compressed against one in another pack, as they stand in the pack.
#[derive(Debug, Clone)]
pub(crate) struct Hanging {
    pub(crate) base: ArticleHash,
    packed: Vec<u8>,
    bytes: usize,
    texts: Vec<(ArticleHash, Range<usize>)>,
}

impl Hanging {
    /// Unpacks the texts, each verified by its hash.
    pub(crate) fn unpack(&self, base: &str) -> Result<Vec<(ArticleHash, Arc<str>)>, FormatError> {
        let frame = frame::decompress(&self.packed, base.as_bytes(), self.bytes)?;
        let text = |(hash, range): &(ArticleHash, Range<usize>)| {
            let text = frame.get(range.clone()).and_then(|text| std::str::from_utf8(text).ok());
            let text = text.filter(|text| ArticleHash::of(text.as_bytes()) == *hash);
            text.map(|text| (*hash, Arc::from(text)))
                .ok_or_else(|| FormatError::Content("it does not match its hash".into()))
        };
        self.texts.iter().map(text).collect()
    }
}

impl Pack {
    /// What the pack holds of a key, its texts not read.
    pub(crate) fn listed(&self, section: &Section) -> Part {
        let texts = self.texts_of(section).iter().map(|text| (text.hash, text.bytes as u64));
        self.part(section, Texts::Listed(texts.collect()))
    }

    /// The same with the texts, of which those that hang on none in another pack are taken from `read`.
    pub(crate) fn taken<E>(&self, section: &Section, read: impl Fn(&Text) -> Result<Arc<str>, E>) -> Result<Part, E> {
        let own = self.texts_of(section).iter().filter(|text| !self.hangs_elsewhere(text));
        let texts = own.map(|text| Ok((text.hash, read(text)?))).collect::<Result<_, E>>()?;
        Ok(self.part(section, Texts::Read(texts, self.hanging(section))))
    }

    fn part(&self, section: &Section, texts: Texts) -> Part {
        let (links, captures, raws) = (section.links.clone(), section.captures.clone(), section.raws.clone());
        let (key, has_head) = (section.key.clone(), self.has_head(section));
        Part { key, pack: self.id, links, raws, captures, texts, has_head }
    }

    /// Returns the texts of a section that hang on one in another pack, frame by frame.
    fn hanging(&self, section: &Section) -> Vec<Hanging> {
        let texts = self.texts_of(section).chunk_by(|a, b| a.frame == b.frame);
        let of_frame = |texts: &[Text]| {
            let frame = self.frames.get(texts.first()?.frame)?;
            let Some(BaseRecord::Elsewhere(base)) = frame.base else { return None };
            let place = |text: &Text| (text.hash, text.start..text.start.saturating_add(text.bytes));
            Some(Hanging {
                base: ArticleHash::from_bytes(base),
                packed: self.data.get(frame.packed.clone()).unwrap_or_default().to_vec(),
                bytes: frame.bytes,
                texts: texts.iter().map(place).collect(),
            })
        };
        texts.filter_map(of_frame).collect()
    }
}

impl Part {
    /// How many bytes of memory it takes, about.
    pub(crate) fn weight(&self) -> usize {
        let links = self.links.iter().map(|link| link.of.as_str().len() + 96).sum::<usize>();
        let raws = self.raws.len() * size_of::<Raw>();
        let texts = match &self.texts {
            Texts::Listed(texts) => texts.len() * size_of::<(ArticleHash, u64)>(),
            Texts::Read(texts, hanging) => {
                let texts = texts.iter().map(|(_, text)| text.len() + 72).sum::<usize>();
                let each = |hanging: &Hanging| hanging.packed.len() + hanging.texts.len() * 48 + size_of::<Hanging>();
                texts + hanging.iter().map(each).sum::<usize>()
            }
        };
        size_of::<(u32, Self)>() + captures_weight(&self.captures) + texts + links + raws
    }

    /// The same in memory of the thread that keeps it. What stays amid what other threads take and give back would keep their memory
    /// from being used again: the half of all, at a million captures.
    pub(crate) fn settled(&self) -> Self {
        let texts = match &self.texts {
            Texts::Listed(texts) => Texts::Listed(texts.clone()),
            Texts::Read(texts, hanging) => {
                Texts::Read(texts.iter().map(|(hash, text)| (*hash, Arc::from(&**text))).collect(), hanging.clone())
            }
        };
        let (links, captures, raws) = (self.links.clone(), self.captures.clone(), self.raws.clone());
        Self { key: self.key.clone(), pack: self.pack, links, raws, captures, texts, has_head: self.has_head }
    }

    /// The part as bytes, for the time in which this process runs: no part of the format.
    pub(crate) fn to_bytes(&self) -> Result<Vec<u8>, FormatError> {
        codec::encode_part(&PartRecord {
            key: (&self.key).into(),
            pack: self.pack,
            links: self.links.iter().map(link_record).collect(),
            raws: self.raws.iter().map(raw_record).collect(),
            captures: build::captures(&self.captures, &[]),
            texts: (&self.texts).into(),
            has_head: self.has_head,
        })
    }

    /// Reads the first of the parts that [`Part::to_bytes`] wrote one behind the other. Returns it with the bytes behind it.
    pub(crate) fn first_of(bytes: &[u8]) -> Result<(Self, &[u8]), FormatError> {
        let (record, rest): (PartRecord, _) = codec::decode_first(bytes)?;
        let key = record.key.into();
        let captures = read_captures(&key, record.captures, &[])?;
        let part = Self {
            key,
            pack: record.pack,
            links: record.links.into_iter().map(link).collect::<Result<_, _>>()?,
            raws: record.raws.into_iter().map(raw).collect::<Result<_, _>>()?,
            captures,
            texts: record.texts.try_into()?,
            has_head: record.has_head,
        };
        Ok((part, rest))
    }
}

/// How many bytes of memory captures take, about.
fn captures_weight(captures: &[Capture]) -> usize {
    let each = |capture: &Capture| {
        let of = &capture.observation;
        let words =
            [&of.lang, &of.section, &of.source].into_iter().flatten().map(|word| word.len() + 16).sum::<usize>();
        size_of::<Capture>() + capture.key.as_str().len() + 16 + words
    };
    captures.iter().map(each).sum()
}

#[derive(Encode, Decode)]
struct PartRecord {
    key: NameRecord,
    pack: PackId,
    links: Vec<AliasRecord>,
    raws: Vec<RawRecord>,
    captures: Vec<CaptureRecord>,
    texts: TextsRecord,
    has_head: bool,
}

#[derive(Encode, Decode)]
enum TextsRecord {
    Listed(Vec<([u8; 32], u64)>),
    /// The hashes of texts follow from them, which also holds what comes back to what was put there.
    Read(Vec<String>, Vec<HangingRecord>),
}

#[derive(Encode, Decode)]
struct HangingRecord {
    base: [u8; 32],
    packed: Vec<u8>,
    bytes: u64,
    texts: Vec<([u8; 32], u64, u64)>,
}

impl From<&Texts> for TextsRecord {
    fn from(texts: &Texts) -> Self {
        let place =
            |(hash, range): &(ArticleHash, Range<usize>)| (*hash.as_bytes(), range.start as u64, range.end as u64);
        let hanging = |hanging: &Hanging| HangingRecord {
            base: *hanging.base.as_bytes(),
            packed: hanging.packed.clone(),
            bytes: hanging.bytes as u64,
            texts: hanging.texts.iter().map(place).collect(),
        };
        match texts {
            Texts::Listed(texts) => {
                Self::Listed(texts.iter().map(|(hash, bytes)| (*hash.as_bytes(), *bytes)).collect())
            }
            Texts::Read(texts, all) => Self::Read(
                texts.iter().map(|(_, text)| (**text).to_owned()).collect(),
                all.iter().map(hanging).collect(),
            ),
        }
    }
}

impl TryFrom<TextsRecord> for Texts {
    type Error = FormatError;

    fn try_from(record: TextsRecord) -> Result<Self, FormatError> {
        let size = |number: u64| usize::try_from(number).map_err(|_| malformed("a text is too long"));
        let place =
            |(hash, start, end): ([u8; 32], u64, u64)| Ok((ArticleHash::from_bytes(hash), size(start)?..size(end)?));
        let hanging = |record: HangingRecord| {
            Ok(Hanging {
                base: ArticleHash::from_bytes(record.base),
                packed: record.packed,
                bytes: size(record.bytes)?,
                texts: record.texts.into_iter().map(place).collect::<Result<_, FormatError>>()?,
            })
        };
        Ok(match record {
            TextsRecord::Listed(texts) => {
                Self::Listed(texts.into_iter().map(|(hash, bytes)| (ArticleHash::from_bytes(hash), bytes)).collect())
            }
            TextsRecord::Read(texts, all) => {
                let texts = texts.into_iter().map(|text| (ArticleHash::of(text.as_bytes()), text.into()));
                Self::Read(texts.collect(), all.into_iter().map(hanging).collect::<Result<_, FormatError>>()?)
            }
        })
    }
}
