//! What changed between two articles.
//!
//! [`compare`] tells it as [groups](Group): each headline, deck, author and paragraph of either article stands in exactly one
//! group. A group that holds both sides says with its [token operations](TokenOp) which words went and which came. A diff holds
//! no text: to read it, bring the two articles; [`render`] does.
//!
//! Everything here is a pure function of two articles. Work is bounded by counted steps and not by time, so that the answer
//! never depends on the machine.

use serde::Serialize;

use crate::model::Article;

mod align;
mod lcs;
pub mod render;
mod similar;
mod summary;
mod tokens;

pub use summary::Summary;

use align::Pair;
use lcs::Budget;
use tokens::Words;

/// The version of the shape in which a diff is serialised.
pub const SCHEMA: u32 = 1;

/// How to compare.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// The most steps (words, and pairs of words looked at) to spend on looking for what is equal. Over it the diff is coarser
    /// and says [`degraded`](ArticleDiff::degraded). The default is 2^28, less than a second of work; news comes nowhere near it.
    pub max_steps: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self { max_steps: 1 << 28 }
    }
}

/// What changed between an older and a newer article.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ArticleDiff {
    /// [`SCHEMA`].
    pub schema: u32,
    /// Whether the articles are equal, byte for byte.
    pub identical: bool,
    /// Whether the step budget was used up and a part was shown replaced that has words in common.
    pub degraded: bool,
    /// The whole in numbers.
    pub summary: Summary,
    /// Headline, deck, byline, then the body in the order of the newer article. What was deleted stands where it was.
    pub groups: Vec<Group>,
}

/// Text of the older article and what became of it in the newer one.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Group {
    /// The place in [`ArticleDiff::groups`].
    pub id: usize,
    /// What happened.
    pub op: Op,
    /// The field that the text stands in.
    pub field: Field,
    /// The text in the older article; empty for [`Op::Add`].
    pub old: Vec<Span>,
    /// The text in the newer article; empty for [`Op::Delete`].
    pub new: Vec<Span>,
    /// Whether it stands at another place among its neighbours. A group can be moved and edited.
    pub moved: bool,
    /// The share of words that both sides have in common and in order, 0 to 1.
    pub similarity: f64,
    /// What happened to the words. Together the operations cover both sides exactly and in order.
    pub tokens: Vec<TokenOp>,
}

/// What happened to a [`Group`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Op {
    /// Nothing, byte for byte; it may have moved.
    Unchanged,
    /// It was edited.
    Edit,
    /// It became several.
    Split,
    /// Several became one.
    Merge,
    /// Several became several, with other boundaries.
    Regroup,
    /// It is new.
    Add,
    /// It is gone.
    Delete,
}

/// A part of an article that is compared for itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
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
    const ALL: [Self; 4] = [Self::Headline, Self::Deck, Self::Byline, Self::Body];

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

/// A stretch of one text of one article.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[non_exhaustive]
pub struct Span {
    /// Which text of the field, from 0: the author or the paragraph; 0 in headline and deck.
    pub para: usize,
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
        let text = match field {
            Field::Headline => Some(&article.headline),
            Field::Deck => Some(&article.deck),
            Field::Byline => article.byline.get(self.para),
            Field::Body => article.paragraphs.get(self.para),
        };
        text.and_then(|text| text.get(self.start..self.end)).unwrap_or_default()
    }
}

/// What happened to a run of words.
///
/// Offsets count bytes of UTF-8 in the text of the group on that side: its spans one after another with nothing between. While
/// a group has one span a side, which begins at 0, they are offsets into that headline, author or paragraph. An operation never
/// crosses from one span into the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[non_exhaustive]
pub struct TokenOp {
    /// What happened.
    pub op: Change,
    /// Start and end in the older text; for [`Change::Ins`] the empty place where it came in.
    pub old: [usize; 2],
    /// Start and end in the newer text; for [`Change::Del`] the empty place where it was.
    pub new: [usize; 2],
}

/// What happened to a run of words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Change {
    /// It is in both.
    Eq,
    /// It is only in the older text.
    Del,
    /// It is only in the newer text.
    Ins,
}

/// Returns what changed from `old` to `new`.
///
/// The cost grows with the length of the articles and is bounded by [`Options::max_steps`]. `compare(new, old)` tells the same
/// changes the other way round.
///
/// ```
/// use morgue::{Article, diff::{Options, compare}};
///
/// let old = Article::new("Bridge closed").with_text("A crack was found.\n\nThe mayor was told on Monday.");
/// let new = Article::new("Bridge closed").with_text("A crack was found.\n\nThe mayor was told on Tuesday.\n\nShe regrets it.");
/// let diff = compare(&old, &new, &Options::default());
/// assert_eq!(diff.summary.to_string(), "1 paragraph added, 1 edited; +4 -1 words");
/// ```
#[must_use]
pub fn compare(old: &Article, new: &Article, options: &Options) -> ArticleDiff {
    compare_within(old, new, &mut Budget::new(options.max_steps))
}

fn compare_within(old: &Article, new: &Article, budget: &mut Budget) -> ArticleDiff {
    // The work is always done in one direction and mirrored for the other, so that both tell the same changes.
    let swapped = key(new) < key(old);
    let (first, second) = if swapped { (new, old) } else { (old, new) };
    let mut drafts = Vec::new();
    for field in Field::ALL {
        let mut of_field = compare_field(field, first, second, budget);
        if swapped {
            of_field.iter_mut().for_each(Draft::mirror);
        }
        drafts.extend(in_reading_order(of_field));
    }
    let identical = old == new;
    let summary = summary::summarize(&drafts, old, new);
    let groups = drafts.into_iter().enumerate().map(|(id, draft)| Group { id, ..draft.group }).collect();
    ArticleDiff { schema: SCHEMA, identical, degraded: budget.degraded(), summary, groups }
}

fn key(article: &Article) -> (&str, &str, &[String], &[String]) {
    (&article.headline, &article.deck, &article.byline, &article.paragraphs)
}

/// A group with the numbers that the summary needs.
#[derive(Debug)]
struct Draft {
    group: Group,
    words: Words,
}

impl Draft {
    fn mirror(&mut self) {
        let group = &mut self.group;
        std::mem::swap(&mut group.old, &mut group.new);
        group.op = match group.op {
            Op::Add => Op::Delete,
            Op::Delete => Op::Add,
            other => other,
        };
        tokens::mirror(&mut group.tokens);
        std::mem::swap(&mut self.words.removed, &mut self.words.added);
    }

    fn old_at(&self) -> Option<usize> {
        self.group.old.first().map(|span| span.para)
    }

    fn new_at(&self) -> Option<usize> {
        self.group.new.first().map(|span| span.para)
    }
}

fn compare_field(field: Field, old: &Article, new: &Article, budget: &mut Budget) -> Vec<Draft> {
    let (old, new) = (field.texts(old), field.texts(new));
    let pairs = match field {
        // The headline is the headline, however much of it was rewritten.
        Field::Headline | Field::Deck if old.len() == 1 && new.len() == 1 => {
            vec![Pair { old: 0, new: 0, moved: false }]
        }
        _ => align::align(&old, &new, budget),
    };
    let (mut in_old, mut in_new) = (vec![false; old.len()], vec![false; new.len()]);
    let mut drafts = Vec::with_capacity(old.len().max(new.len()));
    for pair in pairs {
        let (Some(before), Some(after)) = (old.get(pair.old), new.get(pair.new)) else { continue };
        if let (Some(in_old), Some(in_new)) = (in_old.get_mut(pair.old), in_new.get_mut(pair.new)) {
            (*in_old, *in_new) = (true, true);
        }
        drafts.push(paired(field, pair, before, after, budget));
    }
    let alone = |taken: Vec<bool>| taken.into_iter().enumerate().filter(|(_, taken)| !taken).map(|(at, _)| at);
    drafts.extend(alone(in_old).filter_map(|at| Some(single(field, Op::Delete, at, old.get(at)?))));
    drafts.extend(alone(in_new).filter_map(|at| Some(single(field, Op::Add, at, new.get(at)?))));
    drafts
}

fn paired(field: Field, pair: Pair, old: &str, new: &str, budget: &mut Budget) -> Draft {
    let diff = tokens::diff(old, new, budget);
    let op = if old == new { Op::Unchanged } else { Op::Edit };
    let whole = |para, text: &str| vec![Span { para, start: 0, end: text.len() }];
    let (old, new) = (whole(pair.old, old), whole(pair.new, new));
    let group = Group { id: 0, op, field, old, new, moved: pair.moved, similarity: diff.similarity, tokens: diff.ops };
    Draft { group, words: diff.words }
}

fn single(field: Field, op: Op, para: usize, text: &str) -> Draft {
    let diff = if op == Op::Add { tokens::whole("", text) } else { tokens::whole(text, "") };
    let span = vec![Span { para, start: 0, end: text.len() }];
    let (old, new) = if op == Op::Add { (Vec::new(), span) } else { (span, Vec::new()) };
    let group = Group { id: 0, op, field, old, new, moved: false, similarity: 0.0, tokens: diff.ops };
    Draft { group, words: diff.words }
}

/// Orders the groups of a field: pairs that did not move are the spine, in the order of both sides; before each come the
/// deleted texts that preceded it in the older article, then the new and the moved ones that precede it in the newer.
fn in_reading_order(mut drafts: Vec<Draft>) -> Vec<Draft> {
    let is_spine = |draft: &Draft| !draft.group.moved && !draft.group.old.is_empty() && !draft.group.new.is_empty();
    let mut spine: Vec<_> =
        drafts.iter().filter(|draft| is_spine(draft)).filter_map(|draft| draft.old_at().zip(draft.new_at())).collect();
    spine.sort_unstable();
    drafts.sort_by_cached_key(|draft| match draft.new_at() {
        // (place in the spine, deleted before added, place)
        Some(new) => (spine.partition_point(|at| at.1 < new), 1, new),
        None => {
            let old = draft.old_at().unwrap_or_default();
            (spine.partition_point(|at| at.0 < old), 0, old)
        }
    });
    drafts
}

#[cfg(test)]
#[allow(clippy::string_slice)]
mod tests;
