//! A diff for people at a terminal, from top to bottom.

use super::super::{ArticleDiff, Change, Field, Group, Op};
use super::wrap::{Line, RESET, Row, Style};
use super::{Block, Options, Piece, blocks, groups_of, is_changed, is_replaced, moved_from, pieces};
use crate::model::Article;

/// The narrowest page.
const MIN_WIDTH: usize = 20;

/// Returns a diff for a terminal: the headline first, then what changed in deck, byline and body.
///
/// Unchanged paragraphs are counted and left out, but for a line of the last one before a change. In the margin `~` stands at
/// what was edited, `+` at what is new, `-` at what is gone and `>` at what moved. Changed words are coloured, or marked
/// `[-so-]` and `{+so+}` as by `git diff --word-diff`. The text of the articles cannot steer the terminal. Every line ends with
/// a line feed. Of identical articles only the headline is shown.
#[must_use]
pub fn ansi(diff: &ArticleDiff, old: &Article, new: &Article, options: &Options) -> String {
    let mut page =
        Page { old, new, color: options.color, width: options.width.max(MIN_WIDTH) - 2, text: String::new() };
    for group in groups_of(diff, Field::Headline) {
        page.group(group, Style::Bold);
    }
    for group in groups_of(diff, Field::Deck).filter(|group| is_changed(group)) {
        page.group(group, Style::Plain);
    }
    page.byline(diff);
    page.body(diff);
    page.text
}

struct Page<'a> {
    old: &'a Article,
    new: &'a Article,
    color: bool,
    width: usize,
    text: String,
}

impl Page<'_> {
    fn group(&mut self, group: &Group, plain: Style) {
        let pieces = pieces(group, self.old, self.new);
        if let Some(note) = moved_from(group) {
            self.rows('>', Line::new(&format!("({note})"), Style::Dim).wrap(self.width, self.color));
        }
        match (group.op, pieces.as_slice()) {
            (Op::Add, [piece]) => self.alone('+', *piece),
            (Op::Delete, [piece]) => self.alone('-', *piece),
            (_, [before, after]) if is_replaced(&pieces) => {
                self.alone('-', *before);
                self.alone('+', *after);
            }
            (Op::Unchanged, _) if group.moved => {
                self.rows('>', vec![Line::marked(&pieces, false, plain).shortened(self.width, self.color)])
            }
            (Op::Unchanged, _) => self.rows(' ', Line::marked(&pieces, self.color, plain).wrap(self.width, self.color)),
            _ => self.rows('~', Line::marked(&pieces, self.color, plain).wrap(self.width, self.color)),
        }
    }

    /// A text that is wholly new or gone: the margin says so, marks would only be in the way.
    fn alone(&mut self, margin: char, piece: Piece<'_>) {
        let style = match piece.change {
            Change::Del => Style::Del,
            Change::Ins => Style::Ins,
            Change::Eq => Style::Plain,
        };
        self.rows(margin, Line::new(piece.text, style).wrap(self.width, self.color));
    }

    fn rows(&mut self, margin: char, rows: Vec<Row>) {
        let style = match margin {
            _ if !self.color => Style::Plain,
            '-' => Style::Del,
            '+' => Style::Ins,
            _ => Style::Plain,
        };
        for row in rows {
            match style {
                Style::Plain => self.text.push(margin),
                // Struck through, a minus could not be read.
                Style::Del => self.text.push_str(&format!("\u{1b}[31m{margin}{RESET}")),
                style => self.text.push_str(&format!("{}{margin}{RESET}", style.code())),
            }
            self.text.push(' ');
            self.text.push_str(&row.text);
            self.text.truncate(self.text.trim_end_matches(' ').len());
            self.text.push('\n');
        }
    }

    /// The authors in one line, if any of them changed.
    fn byline(&mut self, diff: &ArticleDiff) {
        let groups: Vec<&Group> = groups_of(diff, Field::Byline).collect();
        if !groups.iter().any(|group| is_changed(group)) {
            return;
        }
        let mut all = vec![Piece { change: Change::Eq, text: "By " }];
        for (place, group) in groups.iter().enumerate() {
            if place > 0 {
                all.push(Piece { change: Change::Eq, text: ", " });
            }
            all.extend(pieces(group, self.old, self.new));
        }
        self.rows('~', Line::marked(&all, self.color, Style::Plain).wrap(self.width, self.color));
    }

    fn body(&mut self, diff: &ArticleDiff) {
        let blocks = blocks(diff);
        if !blocks.iter().any(|block| matches!(block, Block::Changed(_))) {
            return;
        }
        for (place, block) in blocks.iter().enumerate() {
            if !self.text.is_empty() {
                self.text.push('\n');
            }
            match block {
                Block::Changed(group) => self.group(group, Style::Plain),
                Block::Unchanged(run) => self.unchanged(run, place + 1 == blocks.len()),
            }
        }
    }

    /// A count, and the beginning of the paragraph before the next change.
    fn unchanged(&mut self, run: &[&Group], is_last: bool) {
        let context = if is_last { None } else { run.last() };
        let hidden = run.len() - usize::from(context.is_some());
        if hidden > 0 {
            let noun = if hidden == 1 { "paragraph" } else { "paragraphs" };
            self.rows(
                ' ',
                Line::new(&format!("... {hidden} {noun} unchanged ..."), Style::Dim).wrap(self.width, self.color),
            );
        }
        if let Some(group) = context {
            if hidden > 0 {
                self.text.push('\n');
            }
            let line = Line::marked(&pieces(group, self.old, self.new), self.color, Style::Dim);
            self.rows(' ', vec![line.shortened(self.width, self.color)]);
        }
    }
}
