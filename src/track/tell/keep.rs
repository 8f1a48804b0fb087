//! How far a target was told, and where that is kept.

use serde::{Deserialize, Serialize};

use crate::archive::{Archive, Cursor, Error};
use crate::engine::Durability;
use crate::model::Timestamp;

use super::feed::Entry;

/// What keeps something between two runs: the archive, or a test.
pub(super) trait Keep: Sync {
    fn get(&self, part: &str, name: &str) -> Result<Option<Vec<u8>>, Error>;
    fn all(&self, part: &str) -> Result<Vec<(String, Vec<u8>)>, Error>;
    fn set(&self, part: &str, changes: &[(&str, Option<&[u8]>)], durability: Durability) -> Result<(), Error>;
}

impl Keep for Archive {
    fn get(&self, part: &str, name: &str) -> Result<Option<Vec<u8>>, Error> {
        self.state(part, name)
    }

    fn all(&self, part: &str) -> Result<Vec<(String, Vec<u8>)>, Error> {
        self.states(part)
    }

    fn set(&self, part: &str, changes: &[(&str, Option<&[u8]>)], durability: Durability) -> Result<(), Error> {
        self.set_states(part, changes, durability)
    }
}

/// How far a target was told, and how it goes. Kept as JSON; fields that are not known are left alone by older programs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Progress {
    /// All changes up to here were told or need not be.
    pub(super) cursor: Cursor,
    /// When it was first seen.
    pub(super) created: Timestamp,
    /// How often in a row the next one could not be told.
    #[serde(default)]
    pub(super) failures: u32,
    /// How often of these it was refused.
    #[serde(default)]
    pub(super) refusals: u32,
    #[serde(default)]
    pub(super) not_before: Option<Timestamp>,
    #[serde(default)]
    pub(super) reason: Option<String>,
    /// From when on the present digest collects.
    #[serde(default)]
    pub(super) digest_since: Option<Timestamp>,
    /// What the digest that is being told goes up to: one that is told again holds the same.
    #[serde(default)]
    pub(super) digest_until: Option<(Cursor, Timestamp)>,
    /// Whether the file of a feed lacks entries that are kept.
    #[serde(default)]
    pub(super) is_unwritten: bool,
}

impl Progress {
    pub(super) const fn new(cursor: Cursor, now: Timestamp) -> Self {
        Self {
            cursor,
            created: now,
            failures: 0,
            refusals: 0,
            not_before: None,
            reason: None,
            digest_since: None,
            digest_until: None,
            is_unwritten: false,
        }
    }

    /// Goes on after what was told or given up.
    pub(super) fn pass(&mut self, cursor: Cursor) {
        self.cursor = self.cursor.max(cursor);
        (self.failures, self.refusals, self.not_before, self.reason) = (0, 0, None, None);
    }
}

/// What is kept of one target.
pub(super) struct Kept<'a> {
    keep: &'a dyn Keep,
    part: String,
}

const PROGRESS: &str = "progress";
const ENTRY: &str = "entry ";

impl<'a> Kept<'a> {
    pub(super) fn of(keep: &'a dyn Keep, target: &str) -> Self {
        Self { keep, part: format!("tell/{target}") }
    }

    /// Returns how far it was told; `None` of a new target.
    pub(super) fn progress(&self) -> Result<Option<Progress>, KeptError> {
        let Some(bytes) = self.keep.get(&self.part, PROGRESS)? else { return Ok(None) };
        serde_json::from_slice(&bytes).map(Some).map_err(|error| KeptError::Unreadable { reason: error.to_string() })
    }

    pub(super) fn save(&self, progress: &Progress, durability: Durability) -> Result<(), KeptError> {
        let bytes = json(progress)?;
        Ok(self.keep.set(&self.part, &[(PROGRESS, Some(&bytes))], durability)?)
    }

    /// Returns the names of the entries of a feed, the oldest first.
    pub(super) fn entry_names(&self) -> Result<Vec<String>, KeptError> {
        let all = self.keep.all(&self.part)?;
        Ok(all.into_iter().map(|(name, _)| name).filter(|name| name.starts_with(ENTRY)).collect())
    }

    /// Returns the entries of a feed, the latest first. One that a later program wrote otherwise is left out.
    pub(super) fn entries(&self) -> Result<Vec<Entry>, KeptError> {
        let all = self.keep.all(&self.part)?.into_iter().rev().filter(|(name, _)| name.starts_with(ENTRY));
        Ok(all.filter_map(|(_, bytes)| serde_json::from_slice(&bytes).ok()).collect())
    }

    /// Keeps an entry, forgets others, and saves how far the target was told, all at once. Returns the entry's name.
    pub(super) fn add_entry(&self, progress: &Progress, entry: &Entry, gone: &[String]) -> Result<String, KeptError> {
        // Names are in the order of the feed; a digest has the place of its last change.
        let name = format!("{ENTRY}{:0>20}", progress.cursor.to_string());
        let (entry, bytes) = (json(entry)?, json(progress)?);
        let mut changes: Vec<(&str, Option<&[u8]>)> = gone.iter().map(|name| (name.as_str(), None)).collect();
        changes.extend([(name.as_str(), Some(entry.as_slice())), (PROGRESS, Some(bytes.as_slice()))]);
        self.keep.set(&self.part, &changes, Durability::Buffered)?;
        Ok(name)
    }
}

fn json(value: &impl Serialize) -> Result<Vec<u8>, KeptError> {
    serde_json::to_vec(value).map_err(|error| KeptError::Unreadable { reason: error.to_string() })
}

/// Why what is kept cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub(super) enum KeptError {
    #[error(transparent)]
    Archive(#[from] Error),
    #[error("{reason}")]
    Unreadable { reason: String },
}
