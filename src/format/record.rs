//! The shapes of records on disk, apart from those of the model, so that the model can change and the bytes do not.
//!
//! The order of fields and variants is part of the format: see `migrations/FORMAT.md`.

use bincode::{Decode, Encode};

use crate::model::{OutcomeKind, StoryKey};

use super::key::PackId;

/// The version of the format, under [`META_FORMAT`](super::key::META_FORMAT).
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(crate) struct FormatRecord {
    pub(crate) version: u32,
}

/// How far a migration has come, under [`META_MIGRATION`](super::key::META_MIGRATION).
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(crate) struct MigrationRecord {
    /// The version that the step started from.
    pub(crate) from: u32,
    /// Where the step goes on, in its own terms.
    pub(crate) done: Vec<u8>,
}

/// How far fresh packs have been sealed, under [`META_SEAL`](super::key::META_SEAL).
#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode)]
pub(crate) struct SealRecord {
    /// Fresh packs with smaller numbers stay as they are.
    pub(crate) settled: u64,
    /// While packs are being sealed: the first number that is not, and the sort form up to which all sections are copied.
    pub(crate) job: Option<(u64, Vec<u8>)>,
}

/// A number that changes whenever packs or pages are rewritten, under [`META_GENERATION`](super::key::META_GENERATION).
#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode)]
pub(crate) struct GenerationRecord {
    pub(crate) number: u64,
}

/// What a part around the archive keeps under a name: bytes of its own.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(crate) struct StateRecord {
    pub(crate) value: Vec<u8>,
}

/// A key of a story.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(crate) struct NameRecord {
    pub(crate) is_url: bool,
    pub(crate) text: String,
}

/// A pack.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(crate) struct PackRecord {
    /// The length of what `contents` unpacks to.
    pub(crate) bytes: u32,
    /// A [`ContentsRecord`] as bincode in one zstd frame.
    pub(crate) contents: Vec<u8>,
    /// The frames of the texts, one behind the other.
    pub(crate) frames: Vec<u8>,
}

/// What a pack holds, the frames of its texts apart.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(crate) struct ContentsRecord {
    /// Sorted by key, each key once.
    pub(crate) sections: Vec<SectionRecord>,
    pub(crate) frames: Vec<FrameRecord>,
}

/// What a pack holds of one key.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(crate) struct SectionRecord {
    pub(crate) key: NameRecord,
    /// Alias facts: the keys whose story this key names as well.
    pub(crate) links: Vec<NameRecord>,
    /// Newest first.
    pub(crate) texts: Vec<TextRecord>,
    /// In their order.
    pub(crate) captures: Vec<CaptureRecord>,
}

/// What some sections of a pack have beside what stands in [`ContentsRecord`]: behind it, or nothing where there is none of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode)]
pub(crate) struct MoreRecord {
    /// Ascending by number.
    pub(crate) sections: Vec<MoreOfSectionRecord>,
}

#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(crate) struct MoreOfSectionRecord {
    /// The number of the section in the pack.
    pub(crate) section: u32,
    /// Alias facts with dates.
    pub(crate) aliases: Vec<AliasRecord>,
    pub(crate) raws: Vec<RawRecord>,
}

/// An alias fact with what is known of it. Times in microseconds.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(crate) struct AliasRecord {
    pub(crate) of: NameRecord,
    pub(crate) since: Option<i64>,
    pub(crate) merged_at: Option<i64>,
    pub(crate) split_at: Option<i64>,
}

/// That a page was kept beside a capture of the section's key, and where.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(crate) struct RawRecord {
    /// Time and digest of the capture.
    pub(crate) captured_at: i64,
    pub(crate) digest: [u8; 8],
    /// Which page.
    pub(crate) hash: [u8; 16],
    /// How long it is.
    pub(crate) bytes: u32,
    /// Whether it was compressed by itself, so that others can be against it.
    pub(crate) is_alone: bool,
}

/// The first row of a page.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(crate) struct RawHeadRecord {
    pub(crate) url: String,
    pub(crate) content_type: Option<String>,
    pub(crate) etag: Option<String>,
    pub(crate) last_modified: Option<String>,
    /// The length of the page.
    pub(crate) bytes: u32,
    /// The page of the same key against which it was compressed.
    pub(crate) base: Option<[u8; 16]>,
    /// The length of the zstd frame.
    pub(crate) packed: u32,
    /// How the frame begins.
    pub(crate) data: Vec<u8>,
}

/// A further row of a page.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(crate) struct RawPartRecord {
    pub(crate) data: Vec<u8>,
}

/// A text: the bytes of a frame that come after those of the texts before it in the pack.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(crate) struct TextRecord {
    pub(crate) hash: [u8; 32],
    pub(crate) folded: u64,
    pub(crate) bytes: u32,
    /// The number of its frame in the pack.
    pub(crate) frame: u32,
}

/// Some texts, compressed together.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(crate) struct FrameRecord {
    /// The length of the zstd frame.
    pub(crate) packed: u32,
    /// The length of the texts.
    pub(crate) bytes: u32,
    /// The text that is the prefix.
    pub(crate) base: Option<BaseRecord>,
}

/// The text that a frame was compressed against.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(crate) enum BaseRecord {
    /// The one with this number in the pack.
    Here(u32),
    /// The one of the same key with this hash, in another pack.
    Elsewhere([u8; 32]),
}

/// A capture. Times and arrival are what they are more than those of the capture before it in the section.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(crate) struct CaptureRecord {
    pub(crate) captured_at: TimeRecord,
    pub(crate) arrival: i64,
    pub(crate) outcome: OutcomeRecord,
    pub(crate) published_at: Option<TimeRecord>,
    pub(crate) modified_at: Option<TimeRecord>,
    pub(crate) lang: Option<String>,
    pub(crate) section: Option<String>,
    pub(crate) source: Option<String>,
    pub(crate) status: Option<u16>,
}

/// A span of time. Seconds and the rest apart, since most times are of whole seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub(crate) struct TimeRecord {
    pub(crate) seconds: i64,
    /// 0 to 999,999.
    pub(crate) micros: u32,
}

#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(crate) enum OutcomeRecord {
    Article(TextRef),
    NotModified,
    Teaser(TextRef),
    Gone,
    Moved(NameRecord),
    Unreachable(String),
}

/// Which text a capture saw.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(crate) enum TextRef {
    /// The one with this number in its section.
    Here(u32),
    /// One that stands in another pack, with its folded hash.
    Elsewhere([u8; 32], u64),
}

/// Derived: what is known of a key.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(crate) struct IndexRecord {
    /// The packs with a section of the key, ascending.
    pub(crate) packs: Vec<PackId>,
    /// The one of them that has a text at hand against which the next one may be compressed.
    pub(crate) base: Option<PackId>,
    /// The arrival of the first capture of the key that the feed tells; `None` when it has none.
    pub(crate) first_arrival: Option<u64>,
    /// The first four bytes of each of the key's texts, ascending; `None` when they are too many to be listed.
    pub(crate) texts: Option<Vec<u32>>,
    pub(crate) role: Role,
}

#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(crate) enum Role {
    /// The key is the name of its story.
    Name {
        /// The story's other keys, in the order of their sort forms.
        others: Vec<NameRecord>,
        /// `None` while the story has no capture.
        summary: Option<SummaryRecord>,
    },
    /// The story is named by this key.
    Alias(NameRecord),
}

#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(crate) struct SummaryRecord {
    pub(crate) first_captured: i64,
    pub(crate) last_captured: i64,
    pub(crate) captures: u64,
    pub(crate) revisions: u64,
    pub(crate) changes: u64,
    pub(crate) last_outcome: u8,
    pub(crate) latest: Option<LatestRecord>,
}

/// The latest revision.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(crate) struct LatestRecord {
    pub(crate) hash: [u8; 32],
    pub(crate) folded: Option<u64>,
    /// The source of its latest capture.
    pub(crate) source: Option<String>,
    pub(crate) headline: String,
    pub(crate) published_at: Option<i64>,
    /// When the latest revision that is not cosmetic was first captured.
    pub(crate) last_changed: i64,
}

/// Derived: many keys with what is known of them, sorted.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(crate) struct PageRecord {
    /// The length of what `entries` unpacks to.
    pub(crate) bytes: u32,
    /// A [`Page`](super::gather::Page) in one zstd frame.
    pub(crate) entries: Vec<u8>,
}

/// Derived: the captures of consecutive arrivals, from that of the row's key on.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(crate) struct FeedRecord {
    /// How many keys the feed tells of up to here, those of this row included.
    pub(crate) keys: u64,
    /// The length of what `entries` unpacks to.
    pub(crate) bytes: u32,
    /// A sequence of [`FeedEntry`] as bincode in one zstd frame.
    pub(crate) entries: Vec<u8>,
}

/// Of which key a capture is.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(crate) enum FeedEntry {
    /// The first capture of this key that the feed tells.
    First(NameRecord),
    /// A later one of the key whose first has this arrival.
    Again(u64),
}

impl From<&StoryKey> for NameRecord {
    fn from(key: &StoryKey) -> Self {
        Self { is_url: matches!(key, StoryKey::Url(_)), text: key.as_str().to_owned() }
    }
}

impl From<NameRecord> for StoryKey {
    fn from(record: NameRecord) -> Self {
        if record.is_url { Self::Url(record.text) } else { Self::Id(record.text) }
    }
}

/// The number of an outcome's kind in a summary.
pub(crate) fn outcome_number(kind: OutcomeKind) -> u8 {
    OUTCOMES.iter().position(|each| *each == kind).and_then(|at| u8::try_from(at).ok()).unwrap_or_default()
}

/// The kind with this number, if there is one.
pub(crate) fn outcome_kind(number: u8) -> Option<OutcomeKind> {
    OUTCOMES.get(usize::from(number)).copied()
}

const OUTCOMES: [OutcomeKind; 6] = [
    OutcomeKind::Article,
    OutcomeKind::NotModified,
    OutcomeKind::Teaser,
    OutcomeKind::Gone,
    OutcomeKind::Moved,
    OutcomeKind::Unreachable,
];
