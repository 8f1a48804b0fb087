//! Diffs as text for people.
//!
//! A diff holds no text: every renderer takes it together with the two articles that were compared. With other articles it
//! shows what is there and never panics. Programs take the diff itself, as JSON through serde.
//!
//! ```
//! use morgue::{Article, diff::{self, render}};
//!
//! let old = Article::new("Bridge closed");
//! let new = Article::new("Bridge open");
//! let diff = diff::compare(&old, &new, &diff::Options::default());
//! assert_eq!(render::ansi(&diff, &old, &new, &render::Options::default()), "~ Bridge [-closed-]{+open+}\n");
//! ```

mod ansi;
mod html;
mod markdown;
mod side_by_side;
mod unified;
mod wrap;

pub use ansi::ansi;
pub use html::html;
pub use markdown::markdown;
pub use side_by_side::side_by_side;
pub use unified::unified;

use super::{ArticleDiff, Change, Field, Group, Op, Span};
use crate::model::Article;

/// How to show a diff. Each renderer uses what concerns it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// The width of the terminal in columns; fewer than 20 are taken for 20. [`ansi`] and [`side_by_side`].
    pub width: usize,
    /// Whether changes are marked by colour (plain SGR codes) instead of `[-` `-]` and `{+` `+}`. [`ansi`], [`side_by_side`] and
    /// [`unified`].
    pub color: bool,
    /// What the older article is called. [`side_by_side`], [`unified`], [`markdown`] and [`html`].
    pub old_label: String,
    /// What the newer article is called.
    pub new_label: String,
    /// The title of the page. [`html`].
    pub title: String,
    /// Whether control and bidi characters stay as they are. Right for a file or a pipe, wrong for a terminal. [`unified`].
    pub exact: bool,
}

impl Default for Options {
    fn default() -> Self {
        let label = |text: &str| text.to_owned();
        Self {
            width: 80,
            color: false,
            old_label: label("old"),
            new_label: label("new"),
            title: label("Changes"),
            exact: false,
        }
    }
}

/// A run of words of a group, with its text.
#[derive(Debug, Clone, Copy)]
struct Piece<'a> {
    change: Change,
    text: &'a str,
}

/// Returns the text of a group in pieces; of equal words the newer side's.
fn pieces<'a>(group: &Group, old: &'a Article, new: &'a Article) -> Vec<Piece<'a>> {
    let slice = |spans: &[Span], at: usize, [start, end]: [usize; 2], article: &'a Article| {
        let text = spans.get(at).and_then(|span| span.text(group.field, article));
        text.and_then(|text| text.get(start..end)).unwrap_or_default()
    };
    let pieces = group.tokens.iter().map(|op| match op.op {
        Change::Del => Piece { change: op.op, text: slice(&group.old, op.old_span, op.old, old) },
        _ => Piece { change: op.op, text: slice(&group.new, op.new_span, op.new, new) },
    });
    pieces.collect()
}

/// Returns whether one text replaced the other as a whole: shown one after the other and not woven into each other.
fn is_replaced(pieces: &[Piece<'_>]) -> bool {
    matches!(pieces, [Piece { change: Change::Del, .. }, Piece { change: Change::Ins, .. }])
}

/// Returns whether a group shows a change.
fn is_changed(group: &Group) -> bool {
    group.op != Op::Unchanged || group.moved
}

fn groups_of(diff: &ArticleDiff, field: Field) -> impl Iterator<Item = &Group> {
    diff.groups.iter().filter(move |group| group.field == field)
}

/// A part of the body as it is shown: a change, or a run of paragraphs without one.
enum Block<'a> {
    Changed(&'a Group),
    Unchanged(Vec<&'a Group>),
}

fn blocks(diff: &ArticleDiff) -> Vec<Block<'_>> {
    let mut blocks = Vec::new();
    for group in groups_of(diff, Field::Body) {
        match blocks.last_mut() {
            _ if is_changed(group) => blocks.push(Block::Changed(group)),
            Some(Block::Unchanged(run)) => run.push(group),
            _ => blocks.push(Block::Unchanged(vec![group])),
        }
    }
    blocks
}

/// Says of a moved group where it was: `moved down from paragraph 3`.
fn moved_from(group: &Group) -> Option<String> {
    let (old, new) = (group.old.first()?.para, group.new.first()?.para);
    let way = if old < new {
        "down "
    } else if old > new {
        "up "
    } else {
        ""
    };
    let what = if group.field == Field::Byline { "author" } else { "paragraph" };
    group.moved.then(|| format!("moved {way}from {what} {}", old + 1))
}

#[cfg(test)]
mod tests;
