//! The whole of a diff in numbers and in one line.

use serde::{Deserialize, Serialize};

use super::class::{Class, Direction, Finding, NoticeKind, NumberChange, is_invisible};
use super::classify::bare;
use super::tokens::Words;
use super::{Field, Group, Op, Options};
use crate::model::Article;
use crate::text::folded;

mod line;
mod paragraphs;
mod significance;
mod suspect;

use significance::Weighed;

/// What changed between two articles, in numbers.
///
/// Its `Display` is one line of English with the most important first, such as
/// `headline; 17 -> 22 dead; 2 paragraphs added; no notice`.
///
/// ```
/// use morgue::{Article, diff::{Options, Stealth, compare}};
///
/// let old = Article::new("Bridge collapse").with_text("At least 17 people died, Mayor Lund said.\n\nA crack was found.");
/// let new = Article::new("Bridge collapse").with_text("At least 22 people died, Mayor Lund said.\n\nA crack was found.");
/// let summary = compare(&old, &new, &Options::default()).summary;
/// assert_eq!(summary.to_string(), "17 -> 22 people; no notice");
/// assert_eq!(summary.stealth, Some(Stealth::NoNotice));
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Summary {
    /// How many groups of each kind there are, in all fields.
    pub ops: OpCounts,
    /// Whether the headline differs.
    pub headline_changed: bool,
    /// Whether the deck differs.
    pub deck_changed: bool,
    /// Whether the authors or their order differ.
    pub byline_changed: bool,
    /// Paragraphs of which every sentence is new.
    pub paragraphs_added: usize,
    /// Paragraphs of which every sentence is gone.
    pub paragraphs_removed: usize,
    /// Paragraphs in which a sentence came, went or was edited. Paragraphs that were joined or parted count as one.
    pub paragraphs_edited: usize,
    /// Paragraphs of which every sentence that is still there moved, whether they were edited or not.
    pub paragraphs_moved: usize,
    /// Sentences that are new, in the body.
    pub sentences_added: usize,
    /// Sentences that are gone.
    pub sentences_removed: usize,
    /// Groups of sentences that were edited, split or merged, whether they moved or not.
    pub sentences_edited: usize,
    /// Groups of sentences that moved, whether they were edited or not.
    pub sentences_moved: usize,
    /// Words that came, in all fields. A character of a script without spaces counts as a word.
    pub words_added: usize,
    /// Words that went.
    pub words_removed: usize,
    /// The share of words in common, 0 to 1.
    pub similarity: f64,
    /// How much the change matters to a reader, 0 to 1 in thousandths.
    ///
    /// Each kind of change that occurs has a weight: headline .4, number and name .35, quote .3, date and hedge .25, attribution
    /// .2, deck .15, byline .1, a move .03, reorder .03, typo .02, format .005; a correction or retraction .4, a clarification .3,
    /// an editor's note .2, a notice of an update .1, the heaviest of them once. The share of words that changed, lines of the page
    /// left out, weighs .7 of itself. A number written otherwise ("two", "2") weighs nothing. The weights are joined as chances are: one less the product of what each leaves,
    /// so that more kinds of change, or more words, never make it less. A headline of which typography alone or a typo changed
    /// has the weight of that. It is at most .04 when typography or the furniture of the page is all that changed, at least .001
    /// when anything did, and 0 when nothing did.
    pub significance: f64,
    /// The kind of the first notice to readers that was added.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notice: Option<NoticeKind>,
    /// Numbers that became others, in the order of the newer article; not those of dates.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub numbers: Vec<NumberChange>,
    /// Names that became others.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub names: Vec<WordChange>,
    /// Dates, days and times that became others.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dates: Vec<WordChange>,
    /// Who says it, or the verb of saying. One of the two is empty when it came or went.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attributions: Vec<WordChange>,
    /// Words that make a claim stronger or weaker; not those that are verbs of saying.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hedges: Vec<WordChange>,
    /// Groups in which words inside quotation marks changed.
    pub quotes: usize,
    /// Typos mended or made.
    pub typos: usize,
    /// Whether a fact changed, and the publisher did not say so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stealth: Option<Stealth>,
    /// Whether the articles differ, and only in typography and in where paragraphs end: their [`folded`] texts are equal, or every
    /// change is [`Class::Format`].
    pub cosmetic_only: bool,
    /// Whether the articles differ, and only in lines that belong to the page and not to the story.
    pub boilerplate_only: bool,
    /// Whether it looks as if the text was not read whole from one of the pages, so that this is no edit.
    ///
    /// So it looks when one side has at least 60 words and the other at most three tenths of them and nearly none of its own; when
    /// one side has at least 20 words of body and the other no body at all; when under the same headline every
    /// sentence gave way to a short text about cookies, subscription or robots, or such a text gave way to the story.
    pub extraction_suspect: bool,
}

/// How many groups there are of each [`Op`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
#[allow(missing_docs, reason = "the names are those of Op")]
pub struct OpCounts {
    pub unchanged: usize,
    pub edit: usize,
    pub split: usize,
    pub merge: usize,
    pub regroup: usize,
    pub add: usize,
    pub delete: usize,
}

/// Words that took the place of others.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct WordChange {
    /// What stood there; empty when it is new.
    pub old: String,
    /// What stands there now; empty when it is gone.
    pub new: String,
}

/// In what way a change of facts was not owned up to.
///
/// A change of facts is a [number](Class::Number), [date](Class::Date), [name](Class::Name), [quote](Class::Quote),
/// [attribution](Class::Attribution) or [hedge](Class::Hedge), an edit of the headline beyond typos and typography, or a sentence
/// that was removed and was neither a notice nor a line of the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Stealth {
    /// No notice to readers was added or edited.
    NoNotice,
    /// The publisher's time of modification is given on both sides and the same; there is a notice.
    ModifiedUnchanged,
    /// Both.
    Both,
}

pub(super) fn summarize(groups: &[Group], words: Words, old: &Article, new: &Article, options: &Options) -> Summary {
    let counts = paragraphs::count(groups, old, new);
    let body = || groups.iter().filter(|group| group.field == Field::Body);
    let facts = Facts::of(groups, old, new);
    let changed = |group: &&Group| group.op != Op::Unchanged || group.moved;
    let all = |of: &dyn Fn(&Group) -> bool| {
        old != new && groups.iter().filter(changed).all(of) && groups.iter().any(|group| changed(&group))
    };
    let cosmetic_only = old != new && (folded(old) == folded(new) || all(&|group| group.tags == [Class::Format]));
    let boilerplate_only = all(&|group| group.tags == [Class::Boilerplate]);
    let mut summary = Summary {
        ops: ops(groups),
        headline_changed: old.headline != new.headline,
        deck_changed: old.deck != new.deck,
        byline_changed: old.byline != new.byline,
        paragraphs_added: counts.added,
        paragraphs_removed: counts.removed,
        paragraphs_edited: counts.edited,
        paragraphs_moved: counts.moved,
        sentences_added: body().filter(|group| group.op == Op::Add).map(|group| group.new.len()).sum(),
        sentences_removed: body().filter(|group| group.op == Op::Delete).map(|group| group.old.len()).sum(),
        sentences_edited: body().filter(|group| !matches!(group.op, Op::Add | Op::Delete | Op::Unchanged)).count(),
        sentences_moved: body().filter(|group| group.moved).count(),
        words_added: words.added,
        words_removed: words.removed,
        similarity: words.similarity(),
        significance: 0.0,
        notice: facts.notice,
        numbers: facts.numbers,
        names: facts.names,
        dates: facts.dates,
        attributions: facts.attributions,
        hedges: facts.hedges,
        quotes: groups.iter().filter(|group| group.tags.contains(&Class::Quote)).count(),
        typos: groups.iter().flat_map(|group| &group.findings).filter(|finding| finding.class == Class::Typo).count(),
        stealth: stealth(groups, options),
        cosmetic_only,
        boilerplate_only,
        extraction_suspect: suspect::is_suspect(groups, words, old, new),
    };
    let weighed = Weighed::new(groups, words, &summary);
    summary.significance = if old == new { 0.0 } else { weighed.significance() };
    summary
}

fn ops(groups: &[Group]) -> OpCounts {
    let mut counts = OpCounts::default();
    for group in groups {
        let count = match group.op {
            Op::Unchanged => &mut counts.unchanged,
            Op::Edit => &mut counts.edit,
            Op::Split => &mut counts.split,
            Op::Merge => &mut counts.merge,
            Op::Regroup => &mut counts.regroup,
            Op::Add => &mut counts.add,
            Op::Delete => &mut counts.delete,
        };
        *count += 1;
    }
    counts
}

/// Whether a number became another one, and is not the same written otherwise.
fn has_other_number(group: &Group) -> bool {
    let mut numbers = group.findings.iter().filter_map(|finding| finding.number.as_ref());
    numbers.any(|number| number.direction != Direction::Same)
}

/// Whether a headline was edited beyond typos, typography and how its numbers are written.
fn is_headline_edit(group: &Group) -> bool {
    let small = |class: &Class| match class {
        Class::Headline | Class::Typo | Class::Format => true,
        Class::Number => !has_other_number(group),
        _ => false,
    };
    group.tags.contains(&Class::Headline) && !(group.tags.len() > 1 && group.tags.iter().all(small))
}

fn is_factual(group: &Group) -> bool {
    let fact =
        |class: &Class| matches!(class, Class::Date | Class::Name | Class::Quote | Class::Attribution | Class::Hedge);
    let aside = |class: &Class| matches!(class, Class::Notice | Class::Boilerplate);
    (group.op == Op::Delete && group.field == Field::Body && !group.tags.iter().any(aside))
        || has_other_number(group)
        || group.tags.iter().any(fact)
        || is_headline_edit(group)
}

fn stealth(groups: &[Group], options: &Options) -> Option<Stealth> {
    if !groups.iter().any(is_factual) {
        return None;
    }
    let owned = |finding: &Finding| finding.class == Class::Notice && finding.new.is_some();
    let notice = groups.iter().flat_map(|group| &group.findings).any(owned);
    let same_time = options.old_modified_at.is_some() && options.old_modified_at == options.new_modified_at;
    match (notice, same_time) {
        (false, false) => Some(Stealth::NoNotice),
        (true, true) => Some(Stealth::ModifiedUnchanged),
        (false, true) => Some(Stealth::Both),
        (true, false) => None,
    }
}

/// What the findings say, one after the other.
#[derive(Default)]
struct Facts {
    notice: Option<NoticeKind>,
    numbers: Vec<NumberChange>,
    names: Vec<WordChange>,
    dates: Vec<WordChange>,
    attributions: Vec<WordChange>,
    hedges: Vec<WordChange>,
}

impl Facts {
    fn of(groups: &[Group], old: &Article, new: &Article) -> Self {
        let mut facts = Self::default();
        for group in groups {
            for finding in &group.findings {
                facts.add(group, finding, old, new);
            }
        }
        // Who speaks under another name is told as that.
        facts.attributions.retain(|change| !facts.names.contains(change));
        facts
    }

    fn add(&mut self, group: &Group, finding: &Finding, old: &Article, new: &Article) {
        let is_also = |class: Class| group.findings.iter().any(|other| other.class == class && other.holds(finding));
        let text = |span: Option<super::Span>, article| {
            let text = span.map_or("", |span| span.of(group.field, article));
            text.trim_matches(|end: char| end.is_whitespace() || is_invisible(end)).to_owned()
        };
        let exchange = || WordChange { old: text(finding.old, old), new: text(finding.new, new) };
        match finding.class {
            Class::Notice if finding.old.is_none() => self.notice = self.notice.or(finding.notice),
            Class::Number if !is_also(Class::Date) => add_number(&mut self.numbers, finding.number.as_ref()),
            Class::Date => add_once(&mut self.dates, exchange()),
            Class::Name => {
                let WordChange { old, new } = exchange();
                add_once(&mut self.names, WordChange { old: bare(&old).to_owned(), new: bare(&new).to_owned() });
            }
            Class::Attribution if !is_also(Class::Name) => add_once(&mut self.attributions, exchange()),
            Class::Hedge if !is_also(Class::Attribution) => add_once(&mut self.hedges, exchange()),
            _ => {}
        }
    }
}

/// Each exchange is told once, however often it was made.
fn add_once(list: &mut Vec<WordChange>, change: WordChange) {
    if !list.contains(&change) {
        list.push(change);
    }
}

/// The same of numbers; of two that are written alike the one whose unit is known stands.
fn add_number(list: &mut Vec<NumberChange>, change: Option<&NumberChange>) {
    let Some(change) = change.filter(|change| change.direction != Direction::Same) else { return };
    let written = |other: &&mut NumberChange| {
        (other.old_text.as_str(), other.new_text.as_str()) == (change.old_text.as_str(), change.new_text.as_str())
            && (other.unit == change.unit || other.unit.is_none() || change.unit.is_none())
    };
    match list.iter_mut().find(written) {
        Some(known) if known.unit.is_none() => *known = change.clone(),
        Some(_) => {}
        None => list.push(change.clone()),
    }
}

#[cfg(test)]
mod tests;
