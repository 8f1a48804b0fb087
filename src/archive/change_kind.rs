//! What can be said of a change in one word.

use std::fmt;

use serde::Serialize;

use crate::model::{OutcomeKind, RevisionKind};

use super::Change;

/// What a change is: how a revision came about, or what was seen instead of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum ChangeKind {
    /// A story is seen for the first time, or for the first time as another program reads it.
    First,
    /// A new text.
    Edit,
    /// A new text that differs in nothing that a reader would see.
    Cosmetic,
    /// A text that the story had before.
    Restored,
    /// The story was gone and is there again, with the text that it had.
    Back,
    /// The server said that nothing has changed.
    NotModified,
    /// Only the beginning could be read.
    Teaser,
    /// The server says that there is no such page.
    Gone,
    /// The server says that the page is elsewhere.
    Moved,
    /// It could not be reached.
    Unreachable,
}

impl ChangeKind {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::First,
        Self::Edit,
        Self::Cosmetic,
        Self::Restored,
        Self::Back,
        Self::NotModified,
        Self::Teaser,
        Self::Gone,
        Self::Moved,
        Self::Unreachable,
    ];

    /// Returns what a change is.
    ///
    /// ```
    /// use morgue::{Archive, Article, ChangeKind, Cursor, Durability, NewCapture, StoryKey};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let archive = Archive::in_memory();
    /// let story = StoryKey::url("https://news.example/bridge")?;
    /// let article = Article { headline: "Bridge closed".into(), ..Article::default() };
    /// archive.ingest(NewCapture::article(story, "2026-03-01T09:00:00Z".parse()?, article), Durability::Buffered)?;
    /// let kinds = archive.changes(Cursor::START).map(|change| Ok(ChangeKind::of(&change?))).collect::<Result<Vec<_>, morgue::Error>>()?;
    /// assert_eq!(kinds, [ChangeKind::First]);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn of(change: &Change) -> Self {
        let outcome = change.capture.outcome.kind();
        match (change.revision.as_ref().map(|revision| revision.kind), outcome) {
            (Some(RevisionKind::First), _) => Self::First,
            (Some(RevisionKind::Edit), _) => Self::Edit,
            (Some(RevisionKind::Cosmetic), _) => Self::Cosmetic,
            (Some(RevisionKind::Restored), _) => Self::Restored,
            // That the same is there is news only after it was gone.
            (None, OutcomeKind::Article | OutcomeKind::NotModified) => Self::Back,
            (None, OutcomeKind::Teaser) => Self::Teaser,
            (None, OutcomeKind::Gone) => Self::Gone,
            (None, OutcomeKind::Moved) => Self::Moved,
            (None, OutcomeKind::Unreachable) => Self::Unreachable,
        }
    }

    /// Returns whether people want to hear of it without having asked for it by name.
    #[must_use]
    pub const fn is_news(self) -> bool {
        matches!(self, Self::Edit | Self::Restored | Self::Back | Self::Gone | Self::Moved)
    }

    /// Returns its name, as `morgue changes` prints it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::First => "first",
            Self::Edit => "edit",
            Self::Cosmetic => "cosmetic",
            Self::Restored => "restored",
            Self::Back => "back",
            Self::NotModified => "not-modified",
            Self::Teaser => "teaser",
            Self::Gone => "gone",
            Self::Moved => "moved",
            Self::Unreachable => "unreachable",
        }
    }
}

impl fmt::Display for ChangeKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
