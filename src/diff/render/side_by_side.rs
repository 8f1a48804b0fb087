//! A diff in two columns.

use super::super::{ArticleDiff, Change, Field, Group};
use super::Options;
use super::note;
use super::page::{Kind, Row as Para, groups_of, is_changed, pieces, rows};
use super::part::{self, Part, Side};
use super::wrap::{Line, Look, Row, Style, told};
use crate::model::Article;

/// The narrowest page.
const MIN_WIDTH: usize = 20;

/// Returns a diff in two columns for a terminal: the older article on the left, the newer one on the right.
///
/// Unchanged paragraphs are counted and left out. On the left deleted words are marked, on the right inserted ones; a text that
/// is wholly new or gone faces an empty column. What moved stands at its new place, with a note on the left where it was. The
/// text of the articles cannot steer the terminal.
///
/// ```
/// use morgue::{Article, diff::{self, render}};
///
/// let (old, new) = (Article::new("Bridge closed"), Article::new("Bridge open"));
/// let diff = diff::compare(&old, &new, &diff::Options::default());
/// let text = render::side_by_side(&diff, &old, &new, &render::Options::default());
/// let columns: Vec<&str> = text.lines().last().unwrap_or_default().split('|').map(str::trim).collect();
/// assert_eq!(columns, ["Bridge [-closed-]", "Bridge {+open+}"]);
/// ```
#[must_use]
pub fn side_by_side(diff: &ArticleDiff, old: &Article, new: &Article, options: &Options) -> String {
    let column = (options.width.max(MIN_WIDTH) - 3) / 2;
    let mut page = Page { old, new, color: options.color, column, text: String::new() };
    page.both(&Line::new(&options.old_label, Style::Dim), &Line::new(&options.new_label, Style::Dim));
    page.rule();
    for group in groups_of(diff, Field::Headline) {
        page.group(group, Style::Bold);
    }
    groups_of(diff, Field::Deck).filter(|group| is_changed(group)).for_each(|group| page.group(group, Style::Plain));
    page.byline(diff);
    page.body(&rows(diff, old, new));
    page.text
}

struct Page<'a> {
    old: &'a Article,
    new: &'a Article,
    color: bool,
    column: usize,
    text: String,
}

impl<'a> Page<'a> {
    fn body(&mut self, paras: &[Para<'a>]) {
        let is_unchanged = |para: &Para<'_>| para.kind == Kind::Unchanged;
        if paras.iter().all(is_unchanged) {
            return;
        }
        for run in paras.chunk_by(|one, next| is_unchanged(one) && is_unchanged(next)) {
            self.rule();
            match run {
                [para] if !is_unchanged(para) => self.para(para),
                run => {
                    let noun = if run.len() == 1 { "paragraph" } else { "paragraphs" };
                    let line = Line::new(&format!("... {} {noun} unchanged ...", run.len()), Style::Dim);
                    self.both(&line, &line);
                }
            }
        }
    }

    fn para(&mut self, para: &Para<'a>) {
        let notes = para.note.iter().map(told);
        let notes = notes.chain(note::told(&para.tags, "->"));
        let notes: Vec<String> = notes.collect();
        if !notes.is_empty() {
            let (note, none) = (Line::new(&notes.join(" "), Style::Dim), Line::default());
            let is_gone = para.new.is_none();
            self.both(if is_gone { &note } else { &none }, if is_gone { &none } else { &note });
        }
        let look = self.look(if para.is_quiet { Style::Dim } else { Style::Plain });
        let side = |side| Line::marked(&part::column(para, side), look);
        self.both(&side(Side::Old), &side(Side::New));
    }

    /// A headline or deck.
    fn group(&mut self, group: &'a Group, plain: Style) {
        let pieces = pieces(group, self.old, self.new);
        if let Some(told) = note::told(&note::group_tags(&[group], self.old, self.new), "->") {
            self.both(&Line::default(), &Line::new(&told, Style::Dim));
        }
        let side = |gone| Line::marked(&part::of_pieces(&pieces, Some(gone)), self.look(plain));
        self.both(&side(Change::Ins), &side(Change::Del));
    }

    /// The authors in one line, if any of them changed.
    fn byline(&mut self, diff: &'a ArticleDiff) {
        let groups: Vec<&Group> = groups_of(diff, Field::Byline).collect();
        if !groups.iter().any(|group| is_changed(group)) {
            return;
        }
        let side = |gone| {
            let mut all: Vec<Part<'_>> = Vec::new();
            for group in &groups {
                let parts = part::of_pieces(&pieces(group, self.old, self.new), Some(gone));
                if !parts.is_empty() {
                    let before = if all.is_empty() { "By " } else { ", " };
                    all.push(Part::Text(Change::Eq, before.into()));
                    all.extend(parts);
                }
            }
            Line::marked(&all, self.look(Style::Plain))
        };
        self.both(&side(Change::Ins), &side(Change::Del));
    }

    fn look(&self, plain: Style) -> Look {
        Look { color: self.color, plain }
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
