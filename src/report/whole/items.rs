//! What the lists of a report are of.

use serde::Serialize;

use crate::diff::{NoticeKind, Stealth};
use crate::model::{OutcomeKind, StoryKey, Timestamp};

/// An edit.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Edited {
    /// The name of the story.
    pub story: StoryKey,
    /// The revision that came.
    pub revision: u64,
    /// The one that it is compared with.
    pub previous: u64,
    /// When it was first captured.
    pub captured_at: Timestamp,
    /// Minutes from the first capture of an article of the story, rounded down.
    pub minutes: u64,
    /// The headline before, at most 300 bytes of it.
    pub old_headline: String,
    /// The headline after it.
    pub headline: String,
    /// How much the change matters, 0 to 1.
    pub significance: f64,
    /// What changed, in one line.
    pub summary: String,
    /// Whether a fact changed, and the publisher did not say so.
    pub stealth: Option<Stealth>,
    /// The kind of the first notice to readers that was added.
    pub notice: Option<NoticeKind>,
}

/// A story that was edited often.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct MostEdited {
    /// The name of the story.
    pub story: StoryKey,
    /// The headline that it has now, at most 300 bytes of it.
    pub headline: String,
    /// How many edits there are.
    pub edits: u64,
    /// How many visits there are.
    pub visits: u64,
    /// When the first and the last of the edits were captured.
    pub first_edit: Timestamp,
    /// See `first_edit`.
    pub last_edit: Timestamp,
    /// The significance of the edit that matters most.
    pub significance: f64,
}

/// A story that was gone, or was elsewhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct TakeDown {
    /// The name of the story.
    pub story: StoryKey,
    /// The headline that it has now, at most 300 bytes of it.
    pub headline: String,
    /// `gone` or `moved`.
    pub outcome: OutcomeKind,
    /// Where it moved to.
    pub to: Option<StoryKey>,
    /// When it was last seen before.
    pub last_seen: Timestamp,
    /// When that was first captured.
    pub captured_at: Timestamp,
    /// When it was seen again, if it came back: as an article, a teaser, or not modified.
    pub back_at: Option<Timestamp>,
}
