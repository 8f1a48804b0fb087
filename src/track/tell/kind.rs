//! What can be said of a change in one word.

use std::fmt;

use serde::Serialize;

use crate::archive::Change;
use crate::diff::Class;
use crate::model::{OutcomeKind, RevisionKind};

/// What a change is: how a revision came about, or what was seen instead of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Kind {
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

impl Kind {
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

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// What a filter can ask for by a word alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Name {
    Kind(Kind),
    Class(Class),
    /// A change of facts that the publisher does not own up to.
    Stealth,
    /// It looks as if the page was not read whole, so that it is no edit.
    Suspect,
}

const CLASSES: [(Class, &str); 12] = [
    (Class::Headline, "headline"),
    (Class::Notice, "notice"),
    (Class::Number, "number"),
    (Class::Date, "date"),
    (Class::Name, "name"),
    (Class::Quote, "quote"),
    (Class::Attribution, "attribution"),
    (Class::Hedge, "hedge"),
    (Class::Typo, "typo"),
    (Class::Format, "format"),
    (Class::Boilerplate, "boilerplate"),
    (Class::Reorder, "reorder"),
];

impl Name {
    /// All of them with their words, in the order of the help.
    pub(super) fn all() -> impl Iterator<Item = (Self, &'static str)> {
        let kinds = Kind::ALL.into_iter().map(|kind| (Self::Kind(kind), kind.as_str()));
        let classes = CLASSES.into_iter().map(|(class, word)| (Self::Class(class), word));
        kinds.chain(classes).chain([(Self::Stealth, "stealth"), (Self::Suspect, "suspect")])
    }

    pub(super) fn parse(word: &str) -> Option<Self> {
        Self::all().find(|(_, known)| known.eq_ignore_ascii_case(word)).map(|(name, _)| name)
    }

    pub(super) fn as_str(self) -> &'static str {
        Self::all().find(|(name, _)| *name == self).map_or("", |(_, word)| word)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_the_one_that_it_has_in_json() {
        for (name, word) in Name::all() {
            let json = match name {
                Name::Kind(kind) => serde_json::to_string(&kind),
                Name::Class(class) => serde_json::to_string(&class),
                Name::Stealth | Name::Suspect => continue,
            };
            assert_eq!(json.unwrap(), format!("{word:?}"));
            assert_eq!(Name::parse(word), Some(name));
            assert_eq!(name.as_str(), word);
        }
    }
}
