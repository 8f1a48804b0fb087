//! A diff for people at a terminal, from top to bottom.

use super::super::{ArticleDiff, Change, Field, Group};
use super::Options;
use super::note::{self, Tag};
use super::page::{Kind, Row as Para, What, groups_of, is_changed, pieces, rows};
use super::part::{self, Part};
use super::wrap::{Line, Look, RESET, Row, Style, told};
use crate::model::Article;

/// The narrowest page.
const MIN_WIDTH: usize = 20;

/// From so many lines on, unchanged sentences far from a change are left out.
const LONG: usize = 7;

/// Returns a diff for a terminal: the headline first, then what changed in deck, byline and body, paragraph by paragraph.
///
/// Unchanged paragraphs are counted and left out, but for a line of the last one before a change; in a long paragraph `[...]`
/// stands for unchanged sentences far from a change. In the margin `~` stands at what was edited, `+` at what is new, `-` at
/// what is gone, `>` at what moved here and `<` where something moved away. Changed words are coloured, or marked `[-so-]` and
/// `{+so+}` as by `git diff --word-diff`, moved sentences `{>so<}`; a pilcrow is the end of a paragraph. The text of the
/// articles cannot steer the terminal. Every line ends with a line feed. Of identical articles only the headline is shown.
///
/// ```
/// use morgue::{Article, diff::{self, render}};
///
/// let old = Article::new("Bridge").with_text("It is closed. Nobody was hurt.");
/// let new = Article::new("Bridge").with_text("It is closed. Cars turn back. Nobody was hurt.");
/// let diff = diff::compare(&old, &new, &diff::Options::default());
/// let text = render::ansi(&diff, &old, &new, &render::Options::default());
/// assert_eq!(text, "  Bridge\n\n~ It is closed. {+Cars turn back.+} Nobody was hurt.\n");
/// ```
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

impl<'a> Page<'a> {
    /// A headline or deck.
    fn group(&mut self, group: &'a Group, plain: Style) {
        let pieces = pieces(group, self.old, self.new);
        let parts = part::of_pieces(&pieces, None);
        self.tags(if is_changed(group) { '~' } else { ' ' }, &note::group_tags(&[group], self.old, self.new));
        match group.old.is_empty() || group.new.is_empty() || is_replaced(&parts) {
            true => self.before_and_after(&parts, Style::Plain),
            false => self.marked(if is_changed(group) { '~' } else { ' ' }, &parts, plain),
        }
    }

    fn look(&self, plain: Style) -> Look {
        Look { color: self.color, plain }
    }

    fn marked(&mut self, margin: char, parts: &[Part<'_>], plain: Style) {
        let line = Line::marked(parts, self.look(plain));
        self.rows(margin, line.wrap(self.width, self.color));
    }

    /// Texts that are wholly gone, and texts that are wholly new: the margin says so, marks would only be in the way.
    fn before_and_after(&mut self, parts: &[Part<'_>], plain: Style) {
        let is_dim = plain == Style::Dim;
        let went = parts.iter().filter(|part| !matches!(part, Part::Text(Change::Ins, _) | Part::Break(Change::Ins)));
        let came = parts.iter().filter(|part| matches!(part, Part::Text(Change::Ins, _) | Part::Break(Change::Ins)));
        let (del, ins) = if is_dim { (Style::DimDel, Style::DimIns) } else { (Style::Gone, Style::Came) };
        for (margin, style, parts) in [('-', del, went.collect::<Vec<_>>()), ('+', ins, came.collect())] {
            let unmarked: Vec<Part<'_>> = parts
                .into_iter()
                .map(|part| match part {
                    Part::Text(_, text) => Part::Text(Change::Eq, text.clone()),
                    Part::Break(_) => Part::Text(Change::Eq, "\u{b6}".into()),
                    other => other.clone(),
                })
                .collect();
            let is_blank = |part: &Part<'_>| matches!(part, Part::Text(_, text) if text.trim().is_empty());
            if !unmarked.iter().all(is_blank) {
                self.marked(margin, &unmarked, style);
            }
        }
    }

    fn rows(&mut self, margin: char, rows: Vec<Row>) {
        let style = match margin {
            _ if !self.color => Style::Plain,
            '-' => Style::Gone,
            '+' => Style::Came,
            '>' | '<' => Style::Moved,
            _ => Style::Plain,
        };
        for row in rows {
            match style {
                Style::Plain => self.text.push(margin),
                style => self.text.push_str(&format!("{}{margin}{RESET}", style.code())),
            }
            self.text.push(' ');
            self.text.push_str(&row.text);
            self.text.truncate(self.text.trim_end_matches(' ').len());
            self.text.push('\n');
        }
    }

    /// A word on a line of its own.
    fn note(&mut self, margin: char, text: &str) {
        self.rows(margin, Line::new(text, Style::Dim).wrap(self.width, self.color));
    }

    fn tags(&mut self, margin: char, tags: &[Tag]) {
        if let Some(told) = note::told(tags, "->") {
            self.note(margin, &told);
        }
    }

    /// The authors in one line, if any of them changed.
    fn byline(&mut self, diff: &'a ArticleDiff) {
        let groups: Vec<&Group> = groups_of(diff, Field::Byline).collect();
        if !groups.iter().any(|group| is_changed(group)) {
            return;
        }
        let mut all = vec![Part::Text(Change::Eq, "By ".into())];
        for (place, group) in groups.into_iter().enumerate() {
            if place > 0 {
                all.push(Part::Text(Change::Eq, ", ".into()));
            }
            all.extend(part::of_pieces(&pieces(group, self.old, self.new), None));
        }
        self.marked('~', &all, Style::Plain);
    }

    fn body(&mut self, diff: &'a ArticleDiff) {
        let paras = rows(diff, self.old, self.new);
        if paras.iter().all(|para| para.kind == Kind::Unchanged) {
            return;
        }
        let is_unchanged = |para: &Para<'_>| para.kind == Kind::Unchanged;
        let mut left = paras.len();
        for run in paras.chunk_by(|one, next| is_unchanged(one) && is_unchanged(next)) {
            left -= run.len();
            if !self.text.is_empty() {
                self.text.push('\n');
            }
            match run {
                [para] if !is_unchanged(para) => self.para(para),
                run => self.unchanged(run, left == 0),
            }
        }
    }

    fn para(&mut self, para: &Para<'a>) {
        let margin = match para.kind {
            Kind::Unchanged => ' ',
            Kind::Edited | Kind::Replaced | Kind::Broken => '~',
            Kind::Added => '+',
            Kind::Deleted => '-',
            Kind::Moved => '>',
            Kind::Away => '<',
        };
        if let Some(note) = &para.note {
            self.note(margin, &told(note));
        }
        self.tags(margin, &para.tags);
        let plain = if para.is_quiet { Style::Dim } else { Style::Plain };
        match para.kind {
            Kind::Added | Kind::Deleted | Kind::Replaced => self.before_and_after(&part::woven(para), plain),
            Kind::Moved if para.segs.iter().all(|seg| seg.what == What::Here && is_same(&seg.pieces)) => {
                let line = Line::marked(&part::woven(para), self.look(plain));
                self.rows(margin, vec![line.shortened(self.width, self.color)]);
            }
            Kind::Moved if is_replaced(&part::woven(para)) => self.before_and_after(&part::woven(para), plain),
            _ => self.woven(margin, para, plain),
        }
    }

    fn woven(&mut self, margin: char, para: &Para<'a>, plain: Style) {
        let wrap = |parts: &[Part<'_>]| Line::marked(parts, self.look(plain)).wrap(self.width, self.color);
        let mut lines = wrap(&part::woven(para));
        if lines.len() >= LONG {
            lines = wrap(&part::cut(para));
        }
        self.rows(margin, lines);
    }

    /// A count, and the beginning of the paragraph before the next change.
    fn unchanged(&mut self, run: &[Para<'a>], is_last: bool) {
        let context = if is_last { None } else { run.last() };
        let hidden = run.len() - usize::from(context.is_some());
        if hidden > 0 {
            let noun = if hidden == 1 { "paragraph" } else { "paragraphs" };
            self.note(' ', &format!("... {hidden} {noun} unchanged ..."));
        }
        if let Some(para) = context {
            if hidden > 0 {
                self.text.push('\n');
            }
            let line = Line::marked(&part::woven(para), self.look(Style::Dim));
            self.rows(' ', vec![line.shortened(self.width, self.color)]);
        }
    }
}

/// Nothing was kept.
fn is_replaced(parts: &[Part<'_>]) -> bool {
    matches!(parts, [Part::Text(Change::Del, _), Part::Text(Change::Ins, _)])
}

fn is_same(pieces: &[super::page::Piece<'_>]) -> bool {
    pieces.iter().all(|piece| piece.change() == Some(Change::Eq))
}
