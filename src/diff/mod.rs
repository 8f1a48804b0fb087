//! What changed between two articles.
//!
//! [`compare`] tells it as [groups](Group): each headline, deck, author and sentence of either article stands in exactly one
//! group. A group that holds both sides says with its [token operations](TokenOp) which words went and which came, and with its
//! [tags](Class) what kind of change that is. To read a diff, bring the two articles; [`render`] does.
//!
//! Clauses of a sentence count as sentences where both articles part them by the same semicolon, colon, dash or ellipsis.
//!
//! Everything here is a pure function of two articles. Work is bounded by counted steps and not by time, so that the answer
//! never depends on the machine.

use serde::{Deserialize, Serialize};

use crate::model::{Article, Timestamp};

mod align;
mod apply;
mod blame;
mod build;
mod class;
mod classify;
mod group;
mod lcs;
mod order;
mod part;
pub mod render;
mod side;
mod stop_words;
mod summary;
mod tokens;
mod version;
mod vocabulary;

pub use apply::ApplyError;
pub use blame::{Blame, Blamed, Removed, Sentence};
pub use class::{Class, Direction, Finding, NoticeKind, NumberChange};
pub use group::{Change, Field, Group, Move, Op, Span, TokenOp};
pub use summary::{OpCounts, Stealth, Summary, WordChange};
pub use version::{Gap, Version};

use build::Draft;

use lcs::Budget;
use tokens::Words;

/// The version of the shape in which a diff is serialised.
pub const SCHEMA: u32 = 2;

/// How to compare.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Options {
    /// The most steps (words, and pairs of words looked at) to spend on looking for what is equal. Over it the diff is coarser
    /// and says [`degraded`](ArticleDiff::degraded). The default is 2^28. However high it is, there are never more than 2^24 steps
    /// and 48 for each byte of both articles, so that no text takes more than about linear time; news comes nowhere near that.
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
/// assert_eq!(diff.summary.to_string(), "Monday -> Tuesday; 1 paragraph added; no notice");
/// ```
#[must_use]
pub fn compare(old: &Article, new: &Article, options: &Options) -> ArticleDiff {
    let bytes = bytes(old) + bytes(new);
    let max_steps = options.max_steps.min((1 << 24) + 48 * bytes);
    compare_within(old, new, options, &mut Budget::new(max_steps))
}

fn bytes(article: &Article) -> u64 {
    let texts = [&article.headline, &article.deck].into_iter().chain(&article.byline).chain(&article.paragraphs);
    texts.map(|text| text.len() as u64).sum()
}

fn compare_within(old: &Article, new: &Article, options: &Options, budget: &mut Budget) -> ArticleDiff {
    // The work is always done in one direction and mirrored for the other, so that both tell the same changes.
    let swapped = key(new) < key(old);
    let (first, second) = if swapped { (new, old) } else { (old, new) };
    let (mut before, mut after) = (Version::new(first), Version::new(second));
    let (mut groups, mut moves) = (Vec::new(), Vec::new());
    let mut words = Words::default();
    for field in Field::ALL {
        let (first, second) = (field.texts(first), field.texts(second));
        let alignment = align::align(field, &first, &second, budget);
        before.add_gaps(field, &first, &alignment.old);
        after.add_gaps(field, &second, &alignment.new);
        let mut drafts = build::drafts(field, &alignment, budget);
        if swapped {
            drafts.iter_mut().for_each(Draft::mirror);
        }
        let mut drafts = order::in_reading_order(drafts);
        drafts.iter().for_each(|draft| words.add(draft.words));
        order::number_moves(&mut drafts, groups.len(), &mut moves);
        order::number(drafts, &mut groups);
    }
    if swapped {
        std::mem::swap(&mut before, &mut after);
    }
    classify::classify(&mut groups, old, new);
    let summary = summary::summarize(&groups, words, old, new, options);
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

#[cfg(test)]
#[allow(clippy::string_slice)]
mod tests;
