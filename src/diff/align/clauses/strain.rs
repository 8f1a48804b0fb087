//! How badly the sentences of one version agree with the changes.

use super::version::{Paragraph, Version};
use super::{OWN_SENTENCE, has_and};

type Links = [Option<usize>];

/// Returns how badly the segmenter's sentences of `from` agree with what became of them in `to`; less is better.
///
/// What people insert, remove and move are sentences, so these begin and end at the cuts of the version that keeps its own. A
/// change of some words lies within a sentence, seldom at its end and hardly ever across a cut. In the version whose cuts are
/// out of step they fall anywhere.
pub(super) fn strain(from: &Version<'_>, to: &Version<'_>, links: &Links, back: &Links) -> i64 {
    let cuts = from.own_cuts();
    let mut starts = vec![false; to.clauses.len()];
    for paragraph in &to.paragraphs {
        starts.get_mut(paragraph.clauses.start).into_iter().for_each(|start| *start = true);
    }
    let sides = Sides { from, to, links, back, cuts, starts };
    from.paragraphs.iter().map(|paragraph| sides.of_paragraph(paragraph)).sum()
}

struct Sides<'s, 'a> {
    from: &'s Version<'a>,
    to: &'s Version<'a>,
    links: &'s Links,
    back: &'s Links,
    /// Where sentences begin in `from`, and paragraphs in `to`.
    cuts: Vec<bool>,
    starts: Vec<bool>,
}

/// What stands in `to` between the partners of two clauses.
enum Between {
    /// Nothing: one follows the other in the same paragraph.
    Nothing,
    /// So many characters without a partner, or another paragraph.
    Other(usize),
    /// They do not follow each other.
    Broken,
}

impl Sides<'_, '_> {
    fn of_paragraph(&self, paragraph: &Paragraph<'_>) -> i64 {
        let (start, last) = (paragraph.clauses.start, paragraph.clauses.end);
        let is_cut = |at: usize| at == start || at == last || self.cuts.get(at).is_some_and(|cut| *cut);
        let mut total = 0;
        let mut at = start;
        while at < last {
            let end = (at..last).find(|at| self.link(*at).is_some()).unwrap_or(last);
            let left = at.checked_sub(1).filter(|_| at > start).and_then(|at| self.link(at));
            let right = self.link(end).filter(|_| end < last);
            let between = left.zip(right).map(|(left, right)| self.between(left, right));
            total += match between {
                between if end > at => self.of_removed(at, end, is_cut, between),
                None => 0,
                Some(Between::Nothing) => i64::from(is_cut(at) && self.is_joined(at)),
                Some(_) if is_cut(at) => -1,
                Some(_) => 1,
            };
            at = end + 1;
        }
        total
    }

    fn link(&self, at: usize) -> Option<usize> {
        self.links.get(at).copied().flatten()
    }

    /// Whether a sentence begins with an "and" that the other version does not have: there it is one of its own.
    fn is_joined(&self, at: usize) -> bool {
        let other = self.link(at).and_then(|other| self.to.clauses.get(other));
        self.from.clauses.get(at).zip(other).is_some_and(|(clause, other)| has_and(clause.text, other.text))
    }

    /// Looks at clauses without a partner.
    fn of_removed(&self, at: usize, end: usize, is_cut: impl Fn(usize) -> bool, between: Option<Between>) -> i64 {
        let is_alone = !matches!(between, Some(Between::Other(1..)));
        match (is_cut(at), is_cut(end)) {
            (true, true) => 0,
            (first, last) if is_alone && self.from.length(at..end) > OWN_SENTENCE => {
                2 * (i64::from(!first) + i64::from(!last))
            }
            (_, true) => 2,
            _ if (at + 1..end).any(is_cut) => 2,
            _ => 0,
        }
    }

    fn between(&self, left: usize, right: usize) -> Between {
        let is_free = |at: usize| self.back.get(at).is_some_and(Option::is_none);
        if left >= right || !(left + 1..right).all(is_free) {
            return Between::Broken;
        }
        let other_paragraph = (left + 1..=right).any(|at| self.starts.get(at).is_some_and(|start| *start));
        match self.to.length(left + 1..right) {
            0 if !other_paragraph => Between::Nothing,
            characters => Between::Other(characters),
        }
    }
}
