//! A diff in two columns.

use super::super::{ArticleDiff, Change, Field, Group};
use super::wrap::{Line, Row, Style};
use super::{Block, Options, blocks, groups_of, is_changed, moved_from, pieces};
use crate::model::Article;

/// The narrowest page.
const MIN_WIDTH: usize = 20;

/// Returns a diff in two columns for a terminal: the older article on the left, the newer one on the right.
///
/// Unchanged paragraphs are counted and left out. On the left deleted words are marked, on the right inserted ones; a text that
/// is wholly new or gone faces an empty column. The text of the articles cannot steer the terminal.
#[must_use]
pub fn side_by_side(diff: &ArticleDiff, old: &Article, new: &Article, options: &Options) -> String {
    let column = (options.width.max(MIN_WIDTH) - 3) / 2;
    let mut page = Page { old, new, color: options.color, column, text: String::new() };
    page.both(&Line::new(&options.old_label, Style::Dim), &Line::new(&options.new_label, Style::Dim));
    page.rule();
    for group in groups_of(diff, Field::Headline) {
        page.group(group, Style::Bold);
    }
    for field in [Field::Deck, Field::Byline] {
        groups_of(diff, field).filter(|group| is_changed(group)).for_each(|group| page.group(group, Style::Plain));
    }
    let blocks = blocks(diff);
    if blocks.iter().any(|block| matches!(block, Block::Changed(_))) {
        for block in &blocks {
            page.rule();
            page.block(block);
        }
    }
    page.text
}

struct Page<'a> {
    old: &'a Article,
    new: &'a Article,
    color: bool,
    column: usize,
    text: String,
}

impl Page<'_> {
    fn block(&mut self, block: &Block<'_>) {
        match block {
            Block::Changed(group) => self.group(group, Style::Plain),
            Block::Unchanged(run) => {
                let noun = if run.len() == 1 { "paragraph" } else { "paragraphs" };
                let line = Line::new(&format!("... {} {noun} unchanged ...", run.len()), Style::Dim);
                self.both(&line, &line);
            }
        }
    }

    fn group(&mut self, group: &Group, plain: Style) {
        if let Some(note) = moved_from(group) {
            self.both(&Line::default(), &Line::new(&format!("({note})"), Style::Dim));
        }
        let pieces = pieces(group, self.old, self.new);
        let side = |gone: Change| {
            let seen: Vec<_> = pieces.iter().copied().filter(|piece| piece.change != gone).collect();
            Line::marked(&seen, self.color, plain)
        };
        let (left, right) = (side(Change::Ins), side(Change::Del));
        self.both(&left, &right);
    }

    fn both(&mut self, left: &Line, right: &Line) {
        let (left, right) = (left.wrap(self.column, self.color), right.wrap(self.column, self.color));
        let blank = Row::default();
        for at in 0..left.len().max(right.len()) {
            let (left, right) = (left.get(at).unwrap_or(&blank), right.get(at).unwrap_or(&blank));
            self.text.push_str(&left.text);
            self.text.extend(std::iter::repeat_n(' ', self.column.saturating_sub(left.width)));
            self.text.push_str(if right.text.is_empty() { " |" } else { " | " });
            self.text.push_str(&right.text);
            self.text.push('\n');
        }
    }

    fn rule(&mut self) {
        let line = "-".repeat(self.column);
        self.text.push_str(&format!("{line}-+-{line}\n"));
    }
}
