//! In which revision each sentence came.
//!
//! The revisions of a story are compared one by one, oldest first, and every sentence takes with it where it comes from: as in
//! `git blame`, but through moves, edits, splits and merges, and for sentences that are gone too.

use std::cmp::Reverse;
use std::collections::HashMap;

use super::group::{Field, Group, Span};
use super::{Options, compare};
use crate::model::Article;
use crate::text::{folded, segment};

mod lineage;

use lineage::Lineage;

/// Finds out in which revision each sentence of a story came.
///
/// It is given the revisions of a story, oldest first, each an edit of the one before it: so by following
/// [`Revision::previous`](crate::Revision::previous), and never texts of different extractors.
///
/// # When a sentence is still the same
/// A sentence is what another one became when the diff holds them together ([`Group`]) and any of these is so. Words are counted
/// that both have in common and in order; a mark of punctuation counts a quarter of a word.
///
/// - They are at least half of the words of both (twice the common words by all words of the two).
/// - They are four fifths of the shorter one and at least three: it was cut down, or it grew by a clause.
/// - The sentence is a part of a split, a merge or a regrouping, and they are half of it.
///
/// Anything less is a new sentence in the place of one that was removed, however the diff shows it. Of several sentences that
/// were merged the one with the most words in common gives the origin, then the oldest. Clauses of one sentence that came or were
/// edited in different revisions are told one by one. What was removed and comes back, letter
/// by letter in the same field, has its old origin again. A change of typography alone is no edit.
///
/// # Cost
/// One [`compare`] for each revision. It keeps one article, and the text of each sentence that was removed.
///
/// ```
/// use morgue::{Article, diff::{Blame, Options}};
///
/// let mut blame = Blame::new(&Options::default());
/// blame.push(1, Article::new("").with_text("A crack was found in the pier. The mayor was told."));
/// blame.push(2, Article::new("").with_text("A crack was found in the old pier. Ferries run all night."));
/// let blamed = blame.finish();
/// assert_eq!((blamed.sentences[0].since, blamed.sentences[0].edited), (1, Some(2)));
/// assert_eq!((blamed.sentences[1].since, blamed.sentences[1].edited), (2, None));
/// assert_eq!((blamed.removed[0].text.as_str(), blamed.removed[0].removed_in), ("The mayor was told.", 2));
/// ```
#[derive(Debug, Clone)]
pub struct Blame {
    options: Options,
    latest: Option<u64>,
    article: Article,
    sentences: Vec<Sentence>,
    /// By their text, so that it is held once and found when it comes back. Equal ones in the order of their removal.
    removed: HashMap<String, Vec<Gone>>,
}

/// In which revision each sentence came: the answer of [`Blame`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Blamed {
    /// The latest article.
    pub article: Article,
    /// Its sentences: headline, deck, each author, then the body in its order.
    pub sentences: Vec<Sentence>,
    /// The sentences that are not in it any more, in the order in which they were removed.
    pub removed: Vec<Removed>,
}

/// Where a sentence stands and where it comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Sentence {
    /// The field.
    pub field: Field,
    /// Its place in the latest article; [`Span::of`] gives the text.
    pub span: Span,
    /// The revision in which it came.
    pub since: u64,
    /// The latest revision in which it was edited, if it ever was.
    pub edited: Option<u64>,
}

/// A sentence that was removed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Removed {
    /// What it said at the end.
    pub text: String,
    /// The field.
    pub field: Field,
    /// Its place in the revision [`last`](Self::last).
    pub span: Span,
    /// The revision in which it came.
    pub since: u64,
    /// The latest revision in which it was edited, if it ever was.
    pub edited: Option<u64>,
    /// The last revision that had it.
    pub last: u64,
    /// The first revision without it.
    pub removed_in: u64,
}

/// A removed sentence without its text.
#[derive(Debug, Clone, Copy)]
struct Gone {
    was: Sentence,
    last: u64,
    removed_in: u64,
}

impl Blame {
    /// Returns one that has seen no revision.
    #[must_use]
    pub fn new(options: &Options) -> Self {
        Self {
            options: options.clone(),
            latest: None,
            article: Article::default(),
            sentences: Vec::new(),
            removed: HashMap::new(),
        }
    }

    /// Takes the next revision.
    pub fn push(&mut self, revision: u64, article: Article) {
        let diff = compare(&self.article, &article, &self.options);
        let mut sentences = Vec::with_capacity(self.sentences.len());
        let mut came = Vec::new();
        for group in &diff.groups {
            let since = |span| self.sentence(group.field, span).map(|was| was.since);
            let lineage = Lineage::of(group, &self.article, &article, since);
            for (old, lives_on) in group.old.iter().zip(&lineage.lives_on) {
                if !lives_on {
                    self.remove(group.field, *old, revision);
                }
            }
            for (new, from) in group.new.iter().zip(&lineage.from) {
                let place = Sentence { field: group.field, span: *new, since: revision, edited: None };
                match from.and_then(|from| self.origin(group, from)) {
                    Some((was, span)) => {
                        let (before, after) = (span.of(group.field, &self.article), new.of(group.field, &article));
                        let edited = if says_the_same(before, after) { was.edited } else { Some(revision) };
                        sentences.push(Sentence { since: was.since, edited, ..place });
                    }
                    None => came.push(place),
                }
            }
        }
        // Only now is known all that went: what the diff did not see move went in one place and came in another.
        sentences.extend(came.into_iter().map(|place| self.restored(place, &article)));
        sentences.sort_unstable_by_key(|sentence| (sentence.field, sentence.span.para, sentence.span.sent));
        (self.sentences, self.article, self.latest) = (sentences, article, Some(revision));
    }

    /// Returns what is known after the revision that was pushed last; nothing when there was none.
    #[must_use]
    pub fn finish(self) -> Blamed {
        let mut removed: Vec<Removed> = Vec::new();
        for (text, gone) in self.removed {
            removed.extend(gone.into_iter().map(|gone| gone.with(text.clone())));
        }
        removed.sort_unstable_by_key(|gone| (gone.removed_in, gone.field, gone.span.para, gone.span.sent));
        let sentences = whole(&self.article, self.sentences);
        Blamed { article: self.article, sentences, removed }
    }

    /// The sentence that has the most of a stretch of the text: comparisons with different versions may part it differently.
    fn sentence(&self, field: Field, span: Span) -> Option<Sentence> {
        let place = |sentence: &Sentence| (sentence.field, sentence.span.para);
        let from = self.sentences.partition_point(|sentence| {
            place(sentence) < (field, span.para)
                || place(sentence) == (field, span.para) && sentence.span.end <= span.start
        });
        let of_text = self.sentences.get(from..)?.iter().take_while(|sentence| place(sentence) == (field, span.para));
        let common =
            |sentence: &Sentence| sentence.span.end.min(span.end).saturating_sub(sentence.span.start.max(span.start));
        let within = of_text.take_while(|sentence| sentence.span.start < span.end.max(span.start + 1));
        within.max_by_key(|sentence| (common(sentence), Reverse(sentence.span.sent))).copied()
    }

    /// The sentence of the older article that a sentence comes from, and where it stood.
    fn origin(&self, group: &Group, from: usize) -> Option<(Sentence, Span)> {
        let span = *group.old.get(from)?;
        Some((self.sentence(group.field, span)?, span))
    }

    fn remove(&mut self, field: Field, span: Span, removed_in: u64) {
        let (Some(was), Some(last)) = (self.sentence(field, span), self.latest) else { return };
        let text = span.of(field, &self.article).to_owned();
        self.removed.entry(text).or_default().push(Gone { was, last, removed_in });
    }

    /// Gives a sentence that came the origin of an equal one that was removed.
    fn restored(&mut self, place: Sentence, article: &Article) -> Sentence {
        let text = place.span.of(place.field, article);
        let Some(gone) = self.removed.get_mut(text) else { return place };
        let Some(at) = gone.iter().rposition(|gone| gone.was.field == place.field) else { return place };
        let was = gone.remove(at).was;
        if gone.is_empty() {
            self.removed.remove(text);
        }
        Sentence { since: was.since, edited: was.edited, ..place }
    }
}

impl Gone {
    fn with(self, text: String) -> Removed {
        let Sentence { field, span, since, edited } = self.was;
        Removed { text, field, span, since, edited, last: self.last, removed_in: self.removed_in }
    }
}

/// Joins the clauses of a sentence that came and were edited together; others tell where each comes from.
fn whole(article: &Article, sentences: Vec<Sentence>) -> Vec<Sentence> {
    let mut joined: Vec<Sentence> = Vec::with_capacity(sentences.len());
    for own in sentences.chunk_by(|one, next| (one.field, one.span.para) == (next.field, next.span.para)) {
        let text = own.first().and_then(|sentence| sentence.span.text(sentence.field, article)).unwrap_or_default();
        let ranges = if own.len() > 1 { segment::sentences(text) } else { Vec::new() };
        let first = joined.len();
        for sentence in own {
            let place = |at: usize| ranges.partition_point(|range| range.end <= at);
            let last = joined.get_mut(first..).and_then(<[Sentence]>::last_mut);
            let sent = joined_count(last.as_deref());
            match last {
                Some(last)
                    if (last.since, last.edited) == (sentence.since, sentence.edited)
                        && place(last.span.start) == place(sentence.span.start) =>
                {
                    last.span.end = sentence.span.end;
                }
                _ => joined.push(Sentence { span: Span { sent, ..sentence.span }, ..*sentence }),
            }
        }
    }
    joined
}

/// The number of the sentence after the last one of a text.
fn joined_count(last: Option<&Sentence>) -> usize {
    last.map_or(0, |last| last.span.sent + 1)
}

/// Whether two texts differ in typography at most.
fn says_the_same(before: &str, after: &str) -> bool {
    before == after || folded(&Article::new(before)) == folded(&Article::new(after))
}

#[cfg(test)]
mod tests;
