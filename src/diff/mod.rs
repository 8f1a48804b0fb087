//! What changed between two articles.
//!
//! [`compare`] tells it as [groups](Group): each headline, deck, author and sentence of either article stands in exactly one
//! group. A group that holds both sides says with its [token operations](TokenOp) which words went and which came, and with its
//! [tags](Class) what kind of change that is. To read a diff, bring the two articles; [`render`] does.
//!
//! Everything here is a pure function of two articles. Work is bounded by counted steps and not by time, so that the answer
//! never depends on the machine.

use serde::{Deserialize, Serialize};

use crate::model::{Article, ArticleHash, Timestamp};

mod align;
mod build;
mod class;
mod classify;
mod group;
mod lcs;
pub mod render;
mod side;
mod stop_words;
mod summary;
mod tokens;
mod vocabulary;

pub use class::{Class, Direction, Finding, NoticeKind, NumberChange};
pub use group::{Change, Field, Group, Move, Op, Span, TokenOp};
pub use summary::Summary;

use lcs::Budget;
use tokens::Words;

/// The version of the shape in which a diff is serialised.
pub const SCHEMA: u32 = 2;

/// How to compare.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Options {
    /// The most steps (words, and pairs of words looked at) to spend on looking for what is equal. Over it the diff is coarser
    /// and says [`degraded`](ArticleDiff::degraded). The default is 2^28, less than a second of work; news comes nowhere near it.
    pub max_steps: u64,
    /// When the older article was modified, as its publisher claims: with it a change that the publisher does not own up to is
    /// found ([`Summary::stealth`]).
    pub old_modified_at: Option<Timestamp>,
    /// The same of the newer article.
    pub new_modified_at: Option<Timestamp>,
}

impl Default for Options {
    fn default() -> Self {
        Self { max_steps: 1 << 28, old_modified_at: None, new_modified_at: None }
    }
}

/// What changed between an older and a newer article.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ArticleDiff {
    /// [`SCHEMA`].
    pub schema: u32,
    /// The older article.
    pub old: Version,
    /// The newer article.
    pub new: Version,
    /// Whether the articles are equal, byte for byte.
    pub identical: bool,
    /// Whether the step budget was used up and a part was shown replaced that has words in common.
    pub degraded: bool,
    /// The whole in numbers.
    pub summary: Summary,
    /// Headline, deck, byline, then the body in the order of the newer article. What was deleted stands where it was.
    pub groups: Vec<Group>,
    /// What moved, in the order of the newer article.
    pub moves: Vec<Move>,
}

/// Which article was compared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Version {
    /// Its hash; `None` when it is too long to have one.
    pub hash: Option<ArticleHash>,
    /// The bytes of its headline.
    pub headline: usize,
    /// The bytes of its deck.
    pub deck: usize,
    /// The bytes of each author.
    pub byline: Vec<usize>,
    /// The bytes of each paragraph.
    pub paragraphs: Vec<usize>,
    /// The white space around and between sentences, wherever it is not a single space between two.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gaps: Vec<Gap>,
}

/// White space that belongs to no sentence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Gap {
    /// The field.
    pub field: Field,
    /// Which text of the field, as in [`Span::para`].
    pub para: usize,
    /// The first byte.
    pub start: usize,
    /// What stands there. Empty where nothing at all stands between two sentences.
    pub text: String,
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
    compare_within(old, new, options, &mut Budget::new(options.max_steps))
}

fn compare_within(old: &Article, new: &Article, options: &Options, budget: &mut Budget) -> ArticleDiff {
    // The work is always done in one direction and mirrored for the other, so that both tell the same changes.
    let swapped = key(new) < key(old);
    let (first, second) = if swapped { (new, old) } else { (old, new) };
    let mut groups = Vec::new();
    let mut words = Words::default();
    for field in Field::ALL {
        let mut of_field = compare_field(field, first, second, budget);
        if swapped {
            of_field.iter_mut().for_each(Draft::mirror);
        }
        for draft in in_reading_order(of_field) {
            words.add(draft.words);
            groups.push(Group { id: groups.len(), ..draft.group });
        }
    }
    classify::classify(&mut groups, old, new);
    let moves = moves(&mut groups);
    let summary = summary::summarize(&groups, words, old, new, options);
    let (before, after) = (version(old, &groups, |group| &group.old), version(new, &groups, |group| &group.new));
    ArticleDiff {
        schema: SCHEMA,
        old: before,
        new: after,
        identical: old == new,
        degraded: budget.degraded(),
        summary,
        groups,
        moves,
    }
}

fn key(article: &Article) -> (&str, &str, &[String], &[String]) {
    (&article.headline, &article.deck, &article.byline, &article.paragraphs)
}

/// Numbers the moves: what moved from one place to another side by side is one.
fn moves(groups: &mut [Group]) -> Vec<Move> {
    let mut moves: Vec<Move> = Vec::new();
    let mut last: Option<(usize, Span, Span)> = None;
    for group in groups.iter_mut().filter(|group| group.moved) {
        let (Some(old), Some(new)) = (group.old.first().copied(), group.new.first().copied()) else { continue };
        let follows = last.is_some_and(|(id, _, _)| id + 1 == group.id)
            && last.is_some_and(|(_, was, _)| (old.para, old.sent) > (was.para, was.sent));
        if !follows {
            moves.push(Move { id: moves.len(), groups: Vec::new(), from: old.para, to: new.para });
        }
        if let Some(found) = moves.last_mut() {
            found.groups.push(group.id);
            group.move_id = Some(found.id);
        }
        last = Some((group.id, old, new));
    }
    moves
}

fn version(article: &Article, groups: &[Group], side: impl Fn(&Group) -> &[Span]) -> Version {
    let _ = (groups, side);
    Version {
        hash: crate::text::canonical(article).ok().map(|form| form.hash),
        headline: article.headline.len(),
        deck: article.deck.len(),
        byline: article.byline.iter().map(String::len).collect(),
        paragraphs: article.paragraphs.iter().map(String::len).collect(),
        gaps: Vec::new(),
    }
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
            Op::Split => Op::Merge,
            Op::Merge => Op::Split,
            other => other,
        };
        tokens::mirror(&mut group.tokens);
        std::mem::swap(&mut self.words.removed, &mut self.words.added);
    }

    fn old_at(&self) -> Option<(usize, usize)> {
        self.group.old.first().map(|span| (span.para, span.sent))
    }

    fn new_at(&self) -> Option<(usize, usize)> {
        self.group.new.first().map(|span| (span.para, span.sent))
    }
}

fn compare_field(field: Field, old: &Article, new: &Article, budget: &mut Budget) -> Vec<Draft> {
    let (old, new) = (field.texts(old), field.texts(new));
    let mut alignment = align::align(field, &old, &new, budget);
    // The headline is the headline, however much of it was rewritten.
    if matches!(field, Field::Headline | Field::Deck) && old.len() == 1 && new.len() == 1 {
        alignment.groups = vec![align::Group { old: vec![0], new: vec![0], moved: false }];
    }
    build::drafts(field, &alignment, budget)
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
