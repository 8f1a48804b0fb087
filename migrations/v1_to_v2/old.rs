//! The bytes of version 1, for reading: keys, records, texts. Frozen; `FORMAT-1.md` describes them.

use crate::format::codec::{self, Decode, Encode};
use crate::format::{FormatError, frame};
use crate::model::{ArticleHash, Capture, FoldedHash, Observation, Outcome, StoryKey, Timestamp, digest};

/// Key number to key.
pub(super) const NAMES: u8 = 0x01;
/// Captures by key number and order.
pub(super) const CAPTURES: u8 = 0x02;
/// Texts by key number and hash.
pub(super) const CONTENTS: u8 = 0x03;
/// Alias facts by the numbers of alias and target.
pub(super) const ALIASES: u8 = 0x04;
/// Derived: key to number, story and summary.
pub(super) const INDEX: u8 = 0x81;
/// Derived: captures in the order of their arrival.
pub(super) const FEED: u8 = 0x82;

/// No chain of texts is longer; a longer one is damage.
pub(super) const MAX_CHAIN: usize = 64;

/// The number of a key.
pub(super) type Number = u64;
/// The place of a capture under its key: time, hash, digest.
pub(super) type Place = [u8; 24];

/// A key, under its number.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(super) struct NameRecord {
    pub(super) is_url: bool,
    pub(super) text: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(super) struct AliasRecord;

#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(super) struct CaptureRecord {
    pub(super) arrival: u64,
    pub(super) outcome: OutcomeRecord,
    pub(super) folded: Option<u64>,
    pub(super) published_at: Option<i64>,
    pub(super) modified_at: Option<i64>,
    pub(super) lang: Option<String>,
    pub(super) section: Option<String>,
    pub(super) source: Option<String>,
    pub(super) status: Option<u16>,
}

#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(super) enum OutcomeRecord {
    Article([u8; 32]),
    NotModified,
    Teaser([u8; 32]),
    Gone,
    Moved(NameRecord),
    Unreachable(String),
}

#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(super) struct ContentRecord {
    pub(super) bytes: u32,
    pub(super) run: u32,
    pub(super) base: Option<[u8; 32]>,
    pub(super) frame: Vec<u8>,
}

#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(super) struct IndexRecord {
    pub(super) number: Number,
    pub(super) role: Role,
}

#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(super) enum Role {
    Name { others: Vec<Number>, summary: Option<SummaryRecord> },
    Alias(Number),
}

#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(super) struct SummaryRecord {
    pub(super) first_captured: i64,
    pub(super) last_captured: i64,
    pub(super) captures: u64,
    pub(super) revisions: u64,
    pub(super) changes: u64,
    pub(super) last_outcome: u8,
    pub(super) latest: Option<LatestRecord>,
}

#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(super) struct LatestRecord {
    pub(super) hash: [u8; 32],
    pub(super) folded: Option<u64>,
    pub(super) source: Option<String>,
    pub(super) headline: String,
    pub(super) published_at: Option<i64>,
    pub(super) last_changed: i64,
}

#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(super) struct FeedRecord {
    pub(super) captures: Vec<(Number, Place)>,
}

impl From<NameRecord> for StoryKey {
    fn from(record: NameRecord) -> Self {
        if record.is_url { Self::Url(record.text) } else { Self::Id(record.text) }
    }
}

/// The key that a number has; `None` where that is not so.
pub(super) fn name(row: &[u8], value: &[u8]) -> Result<StoryKey, FormatError> {
    codec::decode::<NameRecord>(row, value).map(Into::into)
}

/// Reads a capture: everything of it stands in its row.
pub(super) fn capture(key: &StoryKey, row: &[u8], value: &[u8]) -> Result<Capture, FormatError> {
    let record: CaptureRecord = codec::decode(row, value)?;
    let (at, place) = parse_capture(row)?;
    let outcome = record.outcome.into_outcome();
    let observation = Observation {
        published_at: claim(record.published_at)?,
        modified_at: claim(record.modified_at)?,
        lang: record.lang,
        section: record.section,
        source: record.source,
        status: record.status,
    };
    let digest = digest(&outcome, &observation);
    let capture = Capture {
        key: key.clone(),
        captured_at: at,
        outcome,
        observation,
        folded: record.folded.map(FoldedHash),
        arrival: record.arrival,
        digest,
    };
    if is_at(&capture, &place) { Ok(capture) } else { Err(FormatError::Key { keyspace: CAPTURES }) }
}

impl OutcomeRecord {
    fn into_outcome(self) -> Outcome {
        match self {
            Self::Article(hash) => Outcome::Article(ArticleHash::from_bytes(hash)),
            Self::NotModified => Outcome::NotModified,
            Self::Teaser(hash) => Outcome::Teaser(ArticleHash::from_bytes(hash)),
            Self::Gone => Outcome::Gone,
            Self::Moved(to) => Outcome::Moved(to.into()),
            Self::Unreachable(cause) => Outcome::Unreachable(cause),
        }
    }
}

fn claim(micros: Option<i64>) -> Result<Option<Timestamp>, FormatError> {
    let time = |micros| Timestamp::from_micros(micros).ok_or_else(|| FormatError::Record("a time is none".into()));
    micros.map(time).transpose()
}

/// Whether a capture belongs into its place. The digest of a move hangs on the sort form of its target, which version 1 wrote
/// otherwise where the host has a comma; then it is told by the rest.
fn is_at(capture: &Capture, place: &Place) -> bool {
    let (_, hash, digest) = capture.order();
    let rest = place.get(8..).unwrap_or_default();
    let is_moved = matches!(&capture.outcome, Outcome::Moved(StoryKey::Url(to)) if to.contains(','));
    rest.starts_with(&hash) && (is_moved || rest.ends_with(&digest))
}

/// Unpacks a text, against `base` where its record names one, and holds it to its hash.
pub(super) fn unpack(record: &ContentRecord, base: &str, hash: &ArticleHash) -> Result<String, FormatError> {
    let bytes = frame::decompress(&record.frame, base.as_bytes(), record.bytes as usize)?;
    let text = String::from_utf8(bytes).map_err(|_| FormatError::Content("it is not UTF-8".into()))?;
    if ArticleHash::of(text.as_bytes()) == *hash {
        return Ok(text);
    }
    Err(FormatError::Content("it does not match its hash".into()))
}

pub(super) fn numbered(keyspace: u8, number: Number) -> Vec<u8> {
    [&[keyspace], number.to_be_bytes().as_slice()].concat()
}

pub(super) fn capture_row(number: Number, place: &Place) -> Vec<u8> {
    [numbered(CAPTURES, number).as_slice(), place].concat()
}

pub(super) fn content_row(number: Number, hash: &ArticleHash) -> Vec<u8> {
    [numbered(CONTENTS, number).as_slice(), hash.as_bytes()].concat()
}

/// The number of the key that a row is of.
pub(super) fn number_of(row: &[u8]) -> Result<Number, FormatError> {
    let malformed = FormatError::Key { keyspace: row.first().copied().unwrap_or_default() };
    let bytes = row.get(1..).and_then(<[u8]>::first_chunk::<8>).ok_or(malformed)?;
    Ok(u64::from_be_bytes(*bytes))
}

/// What stands behind the number in the key of a row.
fn behind_number<const N: usize>(row: &[u8]) -> Result<[u8; N], FormatError> {
    let malformed = FormatError::Key { keyspace: row.first().copied().unwrap_or_default() };
    row.get(9..).and_then(|rest| rest.try_into().ok()).ok_or(malformed)
}

pub(super) fn parse_capture(row: &[u8]) -> Result<(Timestamp, Place), FormatError> {
    let place: Place = behind_number(row)?;
    let at = time_of(&place).ok_or(FormatError::Key { keyspace: CAPTURES })?;
    Ok((at, place))
}

/// The time in a place. Its sign bit is turned over, so that it sorts.
pub(super) fn time_of(place: &Place) -> Option<Timestamp> {
    let time = u64::from_be_bytes(*place.first_chunk::<8>()?);
    Timestamp::from_micros((time ^ (1 << 63)).cast_signed())
}

pub(super) fn parse_content(row: &[u8]) -> Result<ArticleHash, FormatError> {
    Ok(ArticleHash::from_bytes(behind_number(row)?))
}

/// The number of the target of an alias fact.
pub(super) fn parse_alias(row: &[u8], value: &[u8]) -> Result<Number, FormatError> {
    codec::decode::<AliasRecord>(row, value)?;
    Ok(u64::from_be_bytes(behind_number(row)?))
}
