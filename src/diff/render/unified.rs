//! A diff of the canonical texts, a paragraph a line, as by `diff -u`.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::super::{ArticleDiff, Change, Field};
use super::Options;
use super::wrap::{RESET, Style};
use crate::model::Article;
use crate::text::safe::for_terminal;

/// The unchanged lines around a change.
const CONTEXT: usize = 3;

/// Returns a unified diff of the two canonical texts; nothing when no line differs.
///
/// The lines are those of [`canonical`](crate::text::canonical): fields first, then each paragraph after a blank line. With
/// [`exact`](Options::exact), and of articles that are in canonical form as an archive gives them, it is a patch:
/// `patch` makes the newer text of the older one. A moved paragraph is deleted and added.
///
/// ```
/// use morgue::{Article, diff::{self, render}};
///
/// let (old, new) = (Article::new("Bridge closed"), Article::new("Bridge open"));
/// let diff = diff::compare(&old, &new, &diff::Options::default());
/// let text = render::unified(&diff, &old, &new, &render::Options::default());
/// assert!(text.ends_with("-headline: Bridge closed\n+headline: Bridge open\n"));
/// ```
#[must_use]
pub fn unified(diff: &ArticleDiff, old: &Article, new: &Article, options: &Options) -> String {
    let lines = lines(diff, old, new);
    if lines.iter().all(|line| line.sign == ' ') {
        return String::new();
    }
    let mut writer = Writer { options, text: String::new() };
    writer.line("--- ", &options.old_label, Style::Bold);
    writer.line("+++ ", &options.new_label, Style::Bold);
    for hunk in hunks(&lines) {
        writer.hunk(&lines, hunk);
    }
    writer.text
}

/// A line of the diff, with its number on either side, from 0.
struct Line<'a> {
    sign: char,
    name: &'static str,
    text: &'a str,
    old: usize,
    new: usize,
}

struct Lines<'a> {
    lines: Vec<Line<'a>>,
    old: usize,
    new: usize,
}

impl<'a> Lines<'a> {
    fn push(&mut self, sign: char, name: &'static str, text: &'a str) {
        self.lines.push(Line { sign, name, text, old: self.old, new: self.new });
        self.old += usize::from(sign != '+');
        self.new += usize::from(sign != '-');
    }

    fn text(&mut self, sign: char, field: Field, text: &'a str) {
        self.blank_before(sign, field);
        self.push(sign, name(field), text);
    }

    fn pair(&mut self, field: Field, old: &'a str, new: &'a str) {
        self.blank_before(' ', field);
        if old == new {
            self.push(' ', name(field), new);
        } else {
            self.push('-', name(field), old);
            self.push('+', name(field), new);
        }
    }

    /// A paragraph follows a blank line.
    fn blank_before(&mut self, sign: char, field: Field) {
        if field == Field::Body {
            self.push(sign, "", "");
        }
    }
}

fn name(field: Field) -> &'static str {
    match field {
        Field::Headline => "headline: ",
        Field::Deck => "deck: ",
        Field::Byline => "byline: ",
        Field::Body => "",
    }
}

fn lines<'a>(diff: &ArticleDiff, old: &'a Article, new: &'a Article) -> Vec<Line<'a>> {
    let mut lines = Lines { lines: Vec::new(), old: 0, new: 0 };
    lines.push(' ', "", "morgue-article 1");
    for field in Field::ALL {
        field_lines(&mut lines, diff, field, &field.texts(old), &field.texts(new));
    }
    lines.lines
}

/// Texts that have a counterpart stand, edited or not; what lies between them is deleted, then added.
fn field_lines<'a>(lines: &mut Lines<'a>, diff: &ArticleDiff, field: Field, old: &[&'a str], new: &[&'a str]) {
    let (mut at_old, mut at_new) = (0, 0);
    for (in_old, in_new) in counterparts(diff, field).into_iter().chain([(old.len(), new.len())]) {
        old.get(at_old..in_old).unwrap_or_default().iter().for_each(|text| lines.text('-', field, text));
        new.get(at_new..in_new).unwrap_or_default().iter().for_each(|text| lines.text('+', field, text));
        if let (Some(before), Some(after)) = (old.get(in_old), new.get(in_new)) {
            lines.pair(field, before, after);
        }
        (at_old, at_new) = (in_old.saturating_add(1), in_new.saturating_add(1));
    }
}

/// Returns which texts belong together: those that share more bytes with each other, in groups that did not move, than either
/// does with any other. Both sides rise from pair to pair.
fn counterparts(diff: &ArticleDiff, field: Field) -> Vec<(usize, usize)> {
    let mut shared: BTreeMap<(usize, usize), usize> = BTreeMap::new();
    for group in diff.groups.iter().filter(|group| group.field == field && !group.moved) {
        if let Some((was, is)) = group.old.first().zip(group.new.first()) {
            // So that a text is paired that has nothing left but its place.
            let weight = shared.entry((was.para, is.para)).or_default();
            *weight = weight.saturating_add(1);
        }
        for op in group.tokens.iter().filter(|op| op.op == Change::Eq) {
            let spans = group.old.get(op.old_span).zip(group.new.get(op.new_span));
            if let Some((was, is)) = spans {
                let weight = shared.entry((was.para, is.para)).or_default();
                *weight = weight.saturating_add(op.new[1].saturating_sub(op.new[0]));
            }
        }
    }
    let best_of_old = best(shared.iter().map(|((was, is), weight)| (*was, *is, *weight)));
    let best_of_new = best(shared.iter().map(|((was, is), weight)| (*is, *was, *weight)));
    let mut pairs: Vec<(usize, usize)> = Vec::new();
    for (was, is) in shared.into_keys() {
        let is_mutual = best_of_old.get(&was).is_some_and(|best| best.0 == is)
            && best_of_new.get(&is).is_some_and(|best| best.0 == was);
        if is_mutual && pairs.last().is_none_or(|last| last.0 < was && last.1 < is) {
            pairs.push((was, is));
        }
    }
    pairs
}

/// Of each first the second with the most weight, and that; the earlier one where two have the same.
fn best(shared: impl Iterator<Item = (usize, usize, usize)>) -> BTreeMap<usize, (usize, usize)> {
    let mut best: BTreeMap<usize, (usize, usize)> = BTreeMap::new();
    for (one, other, weight) in shared {
        let found = best.entry(one).or_insert((other, weight));
        if weight > found.1 {
            *found = (other, weight);
        }
    }
    best
}

/// Returns the ranges of lines around changes; what would touch is one.
fn hunks(lines: &[Line<'_>]) -> Vec<std::ops::Range<usize>> {
    let mut hunks: Vec<std::ops::Range<usize>> = Vec::new();
    for (at, _) in lines.iter().enumerate().filter(|(_, line)| line.sign != ' ') {
        let (start, end) = (at.saturating_sub(CONTEXT), (at + 1 + CONTEXT).min(lines.len()));
        match hunks.last_mut() {
            Some(last) if start <= last.end => last.end = end,
            _ => hunks.push(start..end),
        }
    }
    hunks
}

struct Writer<'a> {
    options: &'a Options,
    text: String,
}

impl Writer<'_> {
    fn hunk(&mut self, lines: &[Line<'_>], range: std::ops::Range<usize>) {
        let lines = lines.get(range).unwrap_or_default();
        let Some(first) = lines.first() else { return };
        let count = |other: char| lines.iter().filter(|line| line.sign != other).count();
        let (old, new) = (place(first.old, count('+')), place(first.new, count('-')));
        self.line("", &format!("@@ -{old} +{new} @@"), Style::Dim);
        for line in lines {
            let style = match line.sign {
                '-' => Style::Gone,
                '+' => Style::Came,
                _ => Style::Plain,
            };
            self.line(&format!("{}{}", line.sign, line.name), line.text, style);
        }
    }

    fn line(&mut self, start: &str, text: &str, style: Style) {
        let text = if self.options.exact { Cow::Borrowed(text) } else { for_terminal(text) };
        let (on, off) = match style {
            Style::Plain => ("", ""),
            _ if !self.options.color => ("", ""),
            style => (style.code(), RESET),
        };
        // A line break within a paragraph, which no canonical text has, would be taken for the next line.
        let text = text.replace(['\n', '\r'], " ");
        self.text.push_str(&format!("{on}{start}{text}{off}\n"));
    }
}

/// `line,count` as `diff -u` writes it: a count of one is left out, and of nothing the line before is told.
fn place(first: usize, count: usize) -> String {
    match count {
        0 => format!("{first},0"),
        1 => format!("{}", first + 1),
        count => format!("{},{count}", first + 1),
    }
}
