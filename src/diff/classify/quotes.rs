//! Words inside quotation marks that changed.

use std::ops::Range;

use rustc_hash::FxHashMap;

use super::sides::{Hunk, Side, Sides};
use crate::diff::class::{Class, Finding};
use crate::diff::group::{Field, Group, Span};
use crate::model::Article;

/// Where the quotations of one article are, for the paragraphs that were asked for: each is read once.
#[derive(Debug)]
pub(super) struct Quotes<'a> {
    article: &'a Article,
    known: FxHashMap<(Field, usize), Vec<Range<usize>>>,
}

impl<'a> Quotes<'a> {
    pub(super) fn new(article: &'a Article) -> Self {
        Self { article, known: FxHashMap::default() }
    }

    fn of(&mut self, field: Field, span: Span) -> &[Range<usize>] {
        let article = self.article;
        self.known.entry((field, span.para)).or_insert_with(|| ranges(span.text(field, article).unwrap_or_default()))
    }

    /// Whether words and a colon stand before a group: who says what it quotes.
    fn is_introduced(&self, group: &Group) -> bool {
        let first = group.new.first();
        let text = first.and_then(|span| span.text(group.field, self.article)?.get(..span.start));
        text.is_some_and(|before| before.trim_end().ends_with([':', '：']))
    }

    /// Whether a stretch of a paragraph lies inside one quotation.
    pub(super) fn holds(&mut self, field: Field, span: Span) -> bool {
        let ranges = self.of(field, span);
        let at = ranges.partition_point(|range| range.end < span.end);
        ranges.get(at).is_some_and(|range| range.start <= span.start && span.end <= range.end)
    }
}

/// Returns what stands inside quotation marks, the outermost ones, without the marks.
///
/// A mark of curved or angular form that is not closed counts to the end of the paragraph: the next one goes on. A straight mark
/// without its second is no quotation.
fn ranges(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut open: Option<(char, usize)> = None;
    let mut before = ' ';
    let mut characters = text.char_indices().peekable();
    while let Some((at, mark)) = characters.next() {
        let inner = at + mark.len_utf8();
        // A straight mark between a space and a word opens, also where one is open that was never closed.
        let opens = before.is_whitespace() && characters.peek().is_some_and(|(_, next)| !next.is_whitespace());
        let reopens = is_straight(mark) && opens;
        match open {
            Some((first, start)) if !reopens && closing(first).is_some_and(|closing| closing.contains(&mark)) => {
                found.push(start..at);
                open = None;
            }
            Some((first, _)) if reopens && is_straight(first) => open = Some((mark, inner)),
            None if closing(mark).is_some() => open = Some((mark, inner)),
            _ => {}
        }
        before = mark;
    }
    if let Some((first, start)) = open
        && !matches!(first, '"' | '\u{201D}' | '\u{BB}' | '\u{FF02}')
    {
        found.push(start..text.len());
    }
    found
}

fn is_straight(mark: char) -> bool {
    matches!(mark, '"' | '\u{FF02}')
}

/// The marks that close what a mark opens: English “…”, German „…“ and »…«, French «…», Swedish ”…”, Japanese 「…」.
fn closing(open: char) -> Option<&'static [char]> {
    Some(match open {
        '"' | '\u{FF02}' => &['"', '\u{FF02}', '\u{201D}'],
        '\u{201C}' => &['\u{201D}', '"'],
        '\u{201D}' => &['\u{201D}'],
        '\u{201E}' | '\u{201F}' => &['\u{201C}', '\u{201D}', '"'],
        '\u{AB}' => &['\u{BB}'],
        '\u{BB}' => &['\u{AB}', '\u{BB}'],
        '\u{2039}' => &['\u{203A}'],
        '\u{300C}' => &['\u{300D}'],
        '\u{300E}' => &['\u{300F}'],
        '\u{301D}' => &['\u{301E}', '\u{301F}'],
        '\u{FE41}' => &['\u{FE42}'],
        _ => return None,
    })
}

/// The hunks of words inside quotations of both sides, by number.
pub(super) fn inside(sides: &Sides<'_>, group: &Group, old: &mut Quotes<'_>, new: &mut Quotes<'_>) -> Vec<bool> {
    let holds = |side: &Side<'_>, range: &Range<usize>, quotes: &mut Quotes<'_>| match side.span(range) {
        Some(span) => quotes.holds(group.field, span),
        // Nothing stands here: the piece before or after must be inside.
        None => {
            let before = range.start.checked_sub(1).map(|before| before..range.start);
            let beside = [before, Some(range.start..range.start + 1)];
            beside
                .into_iter()
                .flatten()
                .filter_map(|beside| side.span(&beside))
                .any(|span| quotes.holds(group.field, span))
        }
    };
    let hunks = sides.hunks.iter();
    hunks
        .map(|hunk| sides.words(hunk) > 0 && holds(&sides.old, &hunk.old, old) && holds(&sides.new, &hunk.new, new))
        .collect()
}

/// The fewest words outside of its quotations that a sentence must have for a change inside to be one of the quotation: otherwise
/// the sentence was changed, and all of it is quoted.
const MIN_OUTSIDE: usize = 2;

/// What proves that a quotation changed. What is changed for no other reason must stand inside: where the words outside were
/// written anew, the sentence was.
pub(super) fn find(
    sides: &Sides<'_>,
    group: &Group,
    explained: &[bool],
    inside: &[bool],
    quotes: &mut Quotes<'_>,
) -> Vec<Finding> {
    let within = sides.hunks.iter().zip(inside).filter(|(_, inside)| **inside).map(|(hunk, _)| hunk);
    let findings: Vec<Finding> = within.map(|hunk| sides.finding(Class::Quote, &hunk.old, &hunk.new)).collect();
    let hunks = sides.hunks.iter().zip(explained.iter().zip(inside));
    let elsewhere =
        |(hunk, (explained, inside)): (&Hunk, (&bool, &bool))| !explained && !inside && sides.words(hunk) > 0;
    let is_all = |quotes: &mut Quotes<'_>| outside(sides, group, quotes) < MIN_OUTSIDE && !quotes.is_introduced(group);
    if findings.is_empty() || hunks.into_iter().any(elsewhere) || is_all(quotes) {
        return Vec::new();
    }
    findings
}

/// The words of the newer side outside of quotations; counted no farther than is needed.
fn outside(sides: &Sides<'_>, group: &Group, quotes: &mut Quotes<'_>) -> usize {
    let words = (0..sides.new.pieces.len()).filter(|at| sides.new.words(&(*at..at + 1)) > 0);
    let spans = words.filter_map(|at| sides.new.span(&(at..at + 1)));
    spans.filter(|span| !quotes.holds(group.field, *span)).take(MIN_OUTSIDE).count()
}
