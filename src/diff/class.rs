//! Kinds of change, and what proves them.

use serde::{Deserialize, Serialize};

use super::group::Span;

/// What kind of change a [`Group`](super::Group) is. A group may be of several.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Class {
    /// The headline.
    Headline,
    /// A correction, update, editor's note or clarification came, went or was edited.
    Notice,
    /// A number became another one.
    Number,
    /// A date, day or time became another one.
    Date,
    /// A name became another one.
    Name,
    /// Words inside quotation marks.
    Quote,
    /// Who says it, or the verb of saying: "said" to "claimed".
    Attribution,
    /// How sure or how strong it is: "will" to "may".
    Hedge,
    /// A slip of the pen was mended or made.
    Typo,
    /// Typography alone: quotation marks, dashes, commas, case.
    Format,
    /// What belongs to the page and not to the story: share and subscribe lines, "last updated".
    Boilerplate,
    /// The same words in another order.
    Reorder,
}

impl Class {
    /// All of them.
    pub const ALL: [Self; 12] = [
        Self::Headline,
        Self::Notice,
        Self::Number,
        Self::Date,
        Self::Name,
        Self::Quote,
        Self::Attribution,
        Self::Hedge,
        Self::Typo,
        Self::Format,
        Self::Boilerplate,
        Self::Reorder,
    ];

    /// Returns the word for it in JSON and on the command line.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Headline => "headline",
            Self::Notice => "notice",
            Self::Number => "number",
            Self::Date => "date",
            Self::Name => "name",
            Self::Quote => "quote",
            Self::Attribution => "attribution",
            Self::Hedge => "hedge",
            Self::Typo => "typo",
            Self::Format => "format",
            Self::Boilerplate => "boilerplate",
            Self::Reorder => "reorder",
        }
    }
}

/// What proves a class.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Finding {
    /// What was found.
    pub class: Class,
    /// Where in the older article; `None` when it is new.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub old: Option<Span>,
    /// Where in the newer article; `None` when it is gone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub new: Option<Span>,
    /// For [`Class::Number`] what the numbers are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<NumberChange>,
    /// For [`Class::Notice`] of which kind it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notice: Option<NoticeKind>,
}

/// Whether a character takes no room, so that nobody sees it come or go.
pub(super) fn is_invisible(character: char) -> bool {
    matches!(character, '\u{AD}' | '\u{200B}'..='\u{200F}' | '\u{2060}' | '\u{FEFF}')
}

impl Finding {
    /// Whether another one stands inside this one, on both sides.
    pub(super) fn holds(&self, other: &Self) -> bool {
        let holds = |outer: Option<Span>, inner: Option<Span>| match (outer, inner) {
            (Some(outer), Some(inner)) => {
                (outer.para, outer.sent) == (inner.para, inner.sent)
                    && outer.start <= inner.start
                    && inner.end <= outer.end
            }
            (outer, inner) => outer == inner,
        };
        holds(self.old, other.old) && holds(self.new, other.new)
    }
}

/// A number that became another one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct NumberChange {
    /// The older value, with its multiplier: 1.1bn is 1,100,000,000.
    pub old: f64,
    /// The newer value.
    pub new: f64,
    /// The older number as it is written, at most 32 characters of it: `dozens`, `$1.1bn`.
    #[serde(default)]
    pub old_text: String,
    /// The newer number as it is written.
    #[serde(default)]
    pub new_text: String,
    /// What is counted or measured, as the newer text has it: `dead`, `$`, `%`; `None` when that is not plain.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// Whether it rose or fell.
    pub direction: Direction,
}

/// Which way a number went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// It rose.
    Up,
    /// It fell.
    Down,
    /// It is written otherwise: "two" and "2".
    Same,
}

/// What a notice to readers is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum NoticeKind {
    /// An error was corrected.
    Correction,
    /// It was made clearer.
    Clarification,
    /// It was brought up to date.
    Update,
    /// A note by the editors.
    EditorsNote,
    /// It was withdrawn.
    Retraction,
}

impl NoticeKind {
    /// Returns what newsrooms call it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Correction => "correction",
            Self::Clarification => "clarification",
            Self::Update => "update",
            Self::EditorsNote => "editor's note",
            Self::Retraction => "retraction",
        }
    }
}
