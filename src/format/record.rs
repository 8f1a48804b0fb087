//! The shapes of records on disk, apart from those of the model, so that the model can change and the bytes do not.
//!
//! The order of fields and variants is part of the format: see `migrations/FORMAT.md`.

use bincode::{Decode, Encode};

use crate::model::{ArticleHash, Capture, FoldedHash, Observation, Outcome, OutcomeKind, StoryKey, Timestamp};

use super::FormatError;
use super::key::{self, KeyNumber, Place};

/// The version of the format, under [`key::META_FORMAT`].
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(crate) struct FormatRecord {
    pub(crate) version: u32,
}

/// How far a migration has come, under [`key::META_MIGRATION`].
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(crate) struct MigrationRecord {
    /// The version that the step started from.
    pub(crate) from: u32,
    /// Where the step goes on, in its own terms.
    pub(crate) done: Vec<u8>,
}

/// A name of a story, under its number.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(crate) struct NameRecord {
    pub(crate) is_url: bool,
    pub(crate) text: String,
}

/// An alias fact has nothing beside its key.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(crate) struct AliasRecord;

#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(crate) struct CaptureRecord {
    pub(crate) arrival: u64,
    pub(crate) outcome: OutcomeRecord,
    pub(crate) folded: Option<u64>,
    pub(crate) published_at: Option<i64>,
    pub(crate) modified_at: Option<i64>,
    pub(crate) lang: Option<String>,
    pub(crate) section: Option<String>,
    pub(crate) source: Option<String>,
    pub(crate) status: Option<u16>,
}

#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(crate) enum OutcomeRecord {
    Article([u8; 32]),
    NotModified,
    Teaser([u8; 32]),
    Gone,
    Moved(NameRecord),
    Unreachable(String),
}

/// A packed text.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(crate) struct ContentRecord {
    /// The length of the text.
    pub(crate) bytes: u32,
    /// Of a whole text: how many texts are packed one against the other behind it.
    pub(crate) run: u32,
    /// The hash of the text of the same key that this one is packed against.
    pub(crate) base: Option<[u8; 32]>,
    /// One zstd frame with checksum.
    pub(crate) frame: Vec<u8>,
}

/// Derived: what a key stands for.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(crate) struct IndexRecord {
    pub(crate) number: KeyNumber,
    pub(crate) role: Role,
}

#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(crate) enum Role {
    /// The key is the name of its story.
    Name {
        /// The numbers of the story's other keys, ascending.
        others: Vec<KeyNumber>,
        /// `None` while the story has no capture.
        summary: Option<SummaryRecord>,
    },
    /// The story is named by the key with this number.
    Alias(KeyNumber),
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

/// Derived: the captures of one commit, in order of arrival.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(crate) struct FeedRecord {
    pub(crate) captures: Vec<(KeyNumber, Place)>,
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

impl From<&Outcome> for OutcomeRecord {
    fn from(outcome: &Outcome) -> Self {
        match outcome {
            Outcome::Article(hash) => Self::Article(*hash.as_bytes()),
            Outcome::NotModified => Self::NotModified,
            Outcome::Teaser(hash) => Self::Teaser(*hash.as_bytes()),
            Outcome::Gone => Self::Gone,
            Outcome::Moved(to) => Self::Moved(to.into()),
            Outcome::Unreachable(cause) => Self::Unreachable(cause.clone()),
        }
    }
}

impl From<OutcomeRecord> for Outcome {
    fn from(record: OutcomeRecord) -> Self {
        match record {
            OutcomeRecord::Article(hash) => Self::Article(ArticleHash::from_bytes(hash)),
            OutcomeRecord::NotModified => Self::NotModified,
            OutcomeRecord::Teaser(hash) => Self::Teaser(ArticleHash::from_bytes(hash)),
            OutcomeRecord::Gone => Self::Gone,
            OutcomeRecord::Moved(to) => Self::Moved(to.into()),
            OutcomeRecord::Unreachable(cause) => Self::Unreachable(cause),
        }
    }
}

impl From<&Capture> for CaptureRecord {
    fn from(capture: &Capture) -> Self {
        let observation = capture.observation.clone();
        Self {
            arrival: capture.arrival,
            outcome: (&capture.outcome).into(),
            folded: capture.folded.map(|folded| folded.0),
            published_at: observation.published_at.map(Timestamp::as_micros),
            modified_at: observation.modified_at.map(Timestamp::as_micros),
            lang: observation.lang,
            section: observation.section,
            source: observation.source,
            status: observation.status,
        }
    }
}

impl CaptureRecord {
    /// Returns the capture that this record under `place` stands for, or an error when key and record disagree.
    pub(crate) fn into_capture(self, key: &StoryKey, at: Timestamp, place: &Place) -> Result<Capture, FormatError> {
        let malformed = || FormatError::Key { keyspace: key::CAPTURES };
        let observation = Observation {
            published_at: self.published_at.and_then(Timestamp::from_micros),
            modified_at: self.modified_at.and_then(Timestamp::from_micros),
            lang: self.lang,
            section: self.section,
            source: self.source,
            status: self.status,
        };
        let digest = *place.last_chunk::<8>().ok_or_else(malformed)?;
        let capture = Capture {
            key: key.clone(),
            captured_at: at,
            outcome: self.outcome.into(),
            observation,
            folded: self.folded.map(FoldedHash),
            arrival: self.arrival,
            digest,
        };
        if key::place_of(&capture) == *place { Ok(capture) } else { Err(malformed()) }
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
