//! What came of telling.

use serde::Serialize;

use crate::model::Timestamp;

/// What came of telling, target by target, in the order of the configuration.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Report {
    /// The targets.
    pub targets: Vec<TargetReport>,
}

/// What came of telling one target.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct TargetReport {
    /// Its name.
    pub target: String,
    /// What it was told, in this order.
    pub told: Vec<Told>,
    /// What it refused so often that it was given up.
    pub dropped: Vec<Dropped>,
    /// Why it was not told all that there is, if so.
    pub held: Option<Held>,
    /// Whether there may be more to tell at once.
    pub more: bool,
    /// When there is something to do, though nothing new came: to try again, or a digest.
    pub next: Option<Timestamp>,
}

/// A message that was told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Told {
    /// The name of the delivery, which stays the same when it is made again.
    pub id: String,
    /// Its subject.
    pub subject: String,
    /// How many changes it tells.
    pub changes: u64,
}

/// A message that was given up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Dropped {
    /// Its subject.
    pub subject: String,
    /// Why it was refused, the last time.
    pub reason: String,
}

/// A message that could not be told, and waits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Held {
    /// Why.
    pub reason: String,
    /// How often it was tried in a row.
    pub tries: u32,
    /// When it is tried again.
    pub until: Timestamp,
}

impl Report {
    /// Says whether there may be more to tell at once.
    #[must_use]
    pub fn has_more(&self) -> bool {
        self.targets.iter().any(|target| target.more)
    }

    /// Returns when there is something to do though nothing new came.
    #[must_use]
    pub fn next(&self) -> Option<Timestamp> {
        self.targets.iter().filter_map(|target| target.next).min()
    }
}
