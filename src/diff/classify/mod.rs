//! Which classes of change a group is of, and what proves it.
//!
//! A class is claimed for what was clearly put in the place of something: a number for a number, a name for a name. The debris of
//! a sentence that was written anew proves nothing, and carries no class.

use rustc_hash::FxHashMap;

use super::class::{Class, Finding};
use super::group::{Field, Group, Op, Span};
use crate::model::Article;

mod dates;
mod format;
mod lines;
mod names;
mod numbers;
mod numerals;
mod quotes;
mod sides;
mod sources;
mod speech;
mod typo;
mod words;

use lines::Line;
pub(super) use names::bare;
use quotes::Quotes;
use sides::Sides;

/// Sets the findings and tags of each group. The cost grows with the length of the groups that changed.
pub(super) fn classify(groups: &mut [Group], old: &Article, new: &Article) {
    let mut articles = Articles {
        old,
        new,
        old_quotes: Quotes::new(old),
        new_quotes: Quotes::new(new),
        old_lines: Lines::default(),
        new_lines: Lines::default(),
    };
    for group in groups.iter_mut().filter(|group| group.op != Op::Unchanged) {
        let mut findings = articles.findings(group);
        findings.sort_by_key(|finding| finding.class);
        group.tags = findings.iter().map(|finding| finding.class).collect();
        group.tags.dedup();
        group.findings = findings;
    }
}

struct Articles<'a> {
    old: &'a Article,
    new: &'a Article,
    old_quotes: Quotes<'a>,
    new_quotes: Quotes<'a>,
    old_lines: Lines,
    new_lines: Lines,
}

/// What paragraphs are as lines, for those that were asked for.
type Lines = FxHashMap<usize, Option<Line>>;

impl Articles<'_> {
    fn findings(&mut self, group: &Group) -> Vec<Finding> {
        let mut findings = Vec::new();
        if let Some(line) = self.line(group) {
            let page = line.class == Class::Boilerplate;
            findings.push(line);
            if page {
                return findings;
            }
        } else {
            findings.extend(self.headline(group));
        }
        if !group.old.is_empty() && !group.new.is_empty() {
            findings.extend(self.edits(group));
        }
        findings
    }

    /// A notice or a line of the page, on either side.
    fn line(&mut self, group: &Group) -> Option<Finding> {
        if group.field != Field::Body {
            return None;
        }
        let before = group.old.first().and_then(|span| line_of(*span, self.old, &mut self.old_lines));
        let after = group.new.first().and_then(|span| line_of(*span, self.new, &mut self.new_lines));
        let class = |line: Option<Line>| match line {
            Some(Line::Notice(_)) => Some(Class::Notice),
            Some(Line::Boilerplate) => Some(Class::Boilerplate),
            None => None,
        };
        let found = class(after).or(class(before))?;
        let was_and_is = !group.old.is_empty() && !group.new.is_empty();
        if found == Class::Boilerplate && was_and_is && class(before) != class(after) {
            return None;
        }
        let notice = [after, before].into_iter().find_map(|line| match line {
            Some(Line::Notice(kind)) => Some(kind),
            _ => None,
        });
        let span = |spans: &[Span], line: Option<Line>| spans.first().copied().filter(|_| class(line) == Some(found));
        let notice = notice.filter(|_| found == Class::Notice);
        Some(Finding {
            class: found,
            old: span(&group.old, before),
            new: span(&group.new, after),
            number: None,
            notice,
        })
    }

    /// A headline that was edited; where the article has no such field, the line at the head of its text.
    fn headline(&self, group: &Group) -> Option<Finding> {
        let is_first = |spans: &[Span], article: &Article| match spans.first() {
            Some(span) => span.para == 0 && article.headline.is_empty() && is_headline_like(article),
            None => false,
        };
        let found = match group.field {
            Field::Headline => true,
            Field::Body => is_first(&group.old, self.old) && is_first(&group.new, self.new),
            _ => false,
        };
        found.then(|| Finding {
            class: Class::Headline,
            old: group.old.first().copied(),
            new: group.new.first().copied(),
            number: None,
            notice: None,
        })
    }

    fn edits(&mut self, group: &Group) -> Vec<Finding> {
        let sides = Sides::new(group, self.old, self.new);
        if group.op == Op::Edit
            && let Some(found) = format::find(&sides)
        {
            return found;
        }
        let mut explained = vec![false; sides.hunks.len()];
        let mut findings = typo::find(&sides, &mut explained);
        let slips = explained.clone();
        if findings.is_empty()
            && let Some(found) = format::reordered(&sides)
        {
            return found;
        }
        findings.extend(numbers::find(&sides, &mut explained));
        let dates = dates::find(&sides, &findings, &mut explained);
        findings.extend(dates);
        findings.extend(speech::hedges(&sides, &mut explained));
        if findings.is_empty() || !explained.iter().all(|explained| *explained) {
            findings.extend(names::find(&sides, &mut explained));
        }
        findings.extend(sources::find(&sides, &slips, &mut explained));
        let inside = quotes::inside(&sides, group, &mut self.old_quotes, &mut self.new_quotes);
        if is_rewritten(&sides, &explained) {
            findings.retain(|finding| matches!(finding.class, Class::Number | Class::Date));
        }
        if group.op == Op::Edit && is_rewritten(&sides, &explained) {
            findings.extend(quotes::find(&sides, group, &explained, &inside, &mut self.new_quotes));
        }
        findings
    }
}

/// Whether words were changed without a reason that is known: then a substitution beside them may be chance.
fn is_rewritten(sides: &Sides<'_>, explained: &[bool]) -> bool {
    let unexplained = sides.hunks.iter().zip(explained).filter(|(_, explained)| !**explained);
    let words: usize = unexplained.map(|(hunk, _)| sides.words(hunk)).sum();
    words > 0
}

/// The longest paragraph that is a notice as a whole, in bytes.
const MAX_NOTICE: usize = 3000;
/// The longest paragraph of which every sentence is a line of the page when the first is, in bytes.
const MAX_FURNITURE: usize = 120;

/// What the paragraph is in which a sentence stands, or else the sentence.
fn line_of(span: Span, article: &Article, known: &mut Lines) -> Option<Line> {
    let text = span.text(Field::Body, article)?;
    let whole = *known.entry(span.para).or_insert_with(|| lines::kind(text).filter(|_| text.len() <= MAX_NOTICE));
    let whole = whole.filter(|line| *line != Line::Boilerplate || span.sent == 0 || text.len() <= MAX_FURNITURE);
    let alone =
        || if span.sent == 0 && span.end == text.len() { None } else { lines::kind(span.of(Field::Body, article)) };
    whole.or_else(alone)
}

/// The longest headline, in characters.
const MAX_HEADLINE: usize = 130;

/// Whether the first paragraph looks like a headline: a line without an end mark, with text after it.
fn is_headline_like(article: &Article) -> bool {
    let Some(first) = article.paragraphs.first() else { return false };
    let text = first.trim_end_matches(['"', '\'', '”', '’', '»', '“', ')', '」', '』', ' ']);
    article.paragraphs.len() > 1
        && first.chars().count() <= MAX_HEADLINE
        && !first.contains('\n')
        && !text.ends_with(['.', '!', '…', '。', '！', '।', ':', '：', ';', ',', '；', '，', '۔'])
}

#[cfg(test)]
#[allow(clippy::indexing_slicing, clippy::panic, reason = "a test")]
mod tests;
