//! The parts of a diff: groups of sentences, where they stand, and what happened to their words.

use serde::{Deserialize, Serialize};

use super::class::{Class, Finding};
use crate::model::Article;

/// Text of the older article and what became of it in the newer one: most often one sentence of each.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Group {
    /// The place in [`ArticleDiff::groups`](super::ArticleDiff::groups).
    pub id: usize,
    /// What happened.
    pub op: Op,
    /// The field that the text stands in.
    pub field: Field,
    /// The sentences in the older article, in their order; empty for [`Op::Add`].
    pub old: Vec<Span>,
    /// The sentences in the newer article, in their order; empty for [`Op::Delete`].
    pub new: Vec<Span>,
    /// Whether it stands at another place among its neighbours. A group can be moved and edited.
    pub moved: bool,
    /// Which of [`ArticleDiff::moves`](super::ArticleDiff::moves) it is a part of, when it moved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub move_id: Option<usize>,
    /// The share of words that both sides have in common and in order, 0 to 1.
    pub similarity: f64,
    /// What kind of change it is, each class once and in the order of [`Class`]: those of the findings.
    pub tags: Vec<Class>,
    /// What proves each tag.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<Finding>,
    /// What happened to the words. Together the operations cover the spans of both sides exactly and in order.
    pub tokens: Vec<TokenOp>,
}

/// What happened to a [`Group`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Op {
    /// Nothing, byte for byte; it may have moved.
    Unchanged,
    /// It was edited.
    Edit,
    /// One sentence became several.
    Split,
    /// Several sentences became one.
    Merge,
    /// Several sentences became several, with other boundaries.
    Regroup,
    /// It is new.
    Add,
    /// It is gone.
    Delete,
}

/// A part of an article that is compared for itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Field {
    /// [`Article::headline`].
    Headline,
    /// [`Article::deck`].
    Deck,
    /// [`Article::byline`], each author a group.
    Byline,
    /// [`Article::paragraphs`].
    Body,
}

impl Field {
    pub(crate) const ALL: [Self; 4] = [Self::Headline, Self::Deck, Self::Byline, Self::Body];

    /// Returns the field's texts in an article: its authors, its paragraphs; the one text of headline and deck, none when empty.
    pub(crate) fn texts(self, article: &Article) -> Vec<&str> {
        let line = |text| Some(text).filter(|text: &&str| !text.is_empty()).into_iter().collect();
        match self {
            Self::Headline => line(article.headline.as_str()),
            Self::Deck => line(article.deck.as_str()),
            Self::Byline => article.byline.iter().map(String::as_str).collect(),
            Self::Body => article.paragraphs.iter().map(String::as_str).collect(),
        }
    }
}

/// A stretch of one text of one article, most often a sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Span {
    /// Which text of the field, from 0: the author or the paragraph; 0 in headline and deck.
    pub para: usize,
    /// Which sentence of that text, from 0. White space between sentences belongs to none.
    pub sent: usize,
    /// The first byte, counted in UTF-8 from the start of that text.
    pub start: usize,
    /// The byte after the last.
    pub end: usize,
}

impl Span {
    /// Returns the text that the span stands for; nothing when the article is not the one that was compared.
    ///
    /// ```
    /// use morgue::{Article, diff::{Field, Options, compare}};
    ///
    /// let old = Article::new("Bridge closed");
    /// let new = Article::new("Bridge open");
    /// let diff = compare(&old, &new, &Options::default());
    /// assert_eq!(diff.groups[0].new[0].of(Field::Headline, &new), "Bridge open");
    /// ```
    #[must_use]
    pub fn of(self, field: Field, article: &Article) -> &str {
        self.text(field, article).and_then(|text| text.get(self.start..self.end)).unwrap_or_default()
    }

    /// The whole text that the span stands in.
    pub(crate) fn text(self, field: Field, article: &Article) -> Option<&str> {
        let text = match field {
            Field::Headline => Some(&article.headline),
            Field::Deck => Some(&article.deck),
            Field::Byline => article.byline.get(self.para),
            Field::Body => article.paragraphs.get(self.para),
        };
        text.map(String::as_str)
    }
}

/// What happened to a run of words.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TokenOp {
    /// What happened.
    pub op: Change,
    /// Start and end in the older text, in bytes of the same count as [`Span::start`]; for [`Change::Ins`] the empty place where
    /// it came in.
    pub old: [usize; 2],
    /// Start and end in the newer text; for [`Change::Del`] the empty place where it was.
    pub new: [usize; 2],
    /// Which of [`Group::old`] the older place is in. An operation never crosses from one span into the next.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub old_span: usize,
    /// Which of [`Group::new`] the newer place is in.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub new_span: usize,
    /// The words that went or came; empty for [`Change::Eq`].
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub text: String,
}

fn is_zero(number: &usize) -> bool {
    *number == 0
}

/// What happened to a run of words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Change {
    /// It is in both.
    Eq,
    /// It is only in the older text.
    Del,
    /// It is only in the newer text.
    Ins,
}

/// Neighbouring groups that moved together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Move {
    /// The place in [`ArticleDiff::moves`](super::ArticleDiff::moves).
    pub id: usize,
    /// The groups, in the order of the newer article.
    pub groups: Vec<usize>,
    /// The paragraph in which the first of them stood.
    pub from: usize,
    /// The paragraph in which the first of them stands.
    pub to: usize,
}
