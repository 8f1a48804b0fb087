//! The sentences of one version, found again in the other.

use std::ops::Range;

use rustc_hash::FxHashMap;

use super::version::{Paragraph, Version};
use super::{OWN_SENTENCE, has_and};

/// Cuts `to` where the sentences of `from` begin; `links` leads from `to` to `from`. Returns before which clauses.
pub(super) fn project(from: &Version<'_>, to: &Version<'_>, links: &[Option<usize>]) -> Vec<bool> {
    let links = without_strays(from, to, links);
    let link = |at: usize| links.get(at).copied().flatten();
    let mut cuts = vec![false; to.clauses.len()];
    for paragraph in &to.paragraphs {
        let (mut left, mut at) = (None, paragraph.clauses.start);
        loop {
            let next = (at..paragraph.clauses.end).find(|at| link(*at).is_some());
            let gap = at..next.unwrap_or(paragraph.clauses.end);
            let right = next.and_then(link);
            for cut in Gap::new(from, to, left, right, gap).cuts(paragraph) {
                cuts.get_mut(cut).into_iter().for_each(|cut| *cut = true);
            }
            let Some(next) = next else { break };
            (left, at) = (right, next + 1);
        }
    }
    cuts
}

/// Neighbouring clauses that come from the same sentence.
struct Run {
    sentence: usize,
    clauses: Vec<usize>,
    length: usize,
}

fn runs(from: &Version<'_>, to: &Version<'_>, links: &[Option<usize>]) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    for paragraph in &to.paragraphs {
        let first = runs.len();
        for at in paragraph.clauses.clone() {
            let link = links.get(at).copied().flatten();
            let Some(sentence) = link.and_then(|link| from.sentence_of(link)) else { continue };
            let length = to.length(at..at + 1);
            match runs.get_mut(first..).and_then(<[Run]>::last_mut) {
                Some(run) if run.sentence == sentence => {
                    run.clauses.push(at);
                    run.length += length;
                }
                _ => runs.push(Run { sentence, clauses: vec![at], length }),
            }
        }
    }
    runs
}

/// Drops links that are there by chance: a short clause that many sentences have, and a few words of a sentence whose most
/// words went elsewhere.
fn without_strays(from: &Version<'_>, to: &Version<'_>, links: &[Option<usize>]) -> Vec<Option<usize>> {
    let runs = runs(from, to, links);
    let mut longest: FxHashMap<usize, usize> = FxHashMap::default();
    for run in &runs {
        let length = longest.entry(run.sentence).or_default();
        *length = run.length.max(*length);
    }
    let mut kept = links.to_vec();
    for (at, run) in runs.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|at| runs.get(at)).map(|run| run.sentence);
        let after = runs.get(at + 1).map(|run| run.sentence);
        let in_order = before.is_none_or(|before| (before..=before + 2).contains(&run.sentence))
            || after.is_none_or(|after| (run.sentence..=run.sentence + 2).contains(&after));
        let whole = from.sentences.get(run.sentence).map_or(0, |clauses| from.length(clauses.clone()));
        let is_elsewhere = longest.get(&run.sentence).is_some_and(|longest| run.length * 2 < *longest);
        let is_within_another = before.is_some() && before == after && run.length * 2 < whole;
        if is_within_another || run.length * 4 < whole && (is_elsewhere || !in_order) {
            for clause in &run.clauses {
                kept.get_mut(*clause).into_iter().for_each(|link| *link = None);
            }
        }
    }
    kept
}

/// Clauses of `to` without a partner, and their neighbours' partners in `from`.
struct Gap<'s, 'a> {
    from: &'s Version<'a>,
    to: &'s Version<'a>,
    left: Option<usize>,
    right: Option<usize>,
    clauses: Range<usize>,
}

impl<'s, 'a> Gap<'s, 'a> {
    fn new(
        from: &'s Version<'a>,
        to: &'s Version<'a>,
        left: Option<usize>,
        right: Option<usize>,
        clauses: Range<usize>,
    ) -> Self {
        Self { from, to, left, right, clauses }
    }

    fn sentence(&self, clause: Option<usize>) -> Option<&'s Range<usize>> {
        self.from.sentences.get(self.from.sentence_of(clause?)?)
    }

    /// Where to cut: nowhere inside a sentence; between two, and around what is a sentence of its own.
    fn cuts(&self, paragraph: &Paragraph<'_>) -> Vec<usize> {
        let (before, after) = (self.sentence(self.left), self.sentence(self.right));
        if before == after && before.is_some() || self.is_joined() {
            return Vec::new();
        }
        let (end, start) = self.parts(before, after);
        let mut cuts = Vec::new();
        if end < start {
            cuts.push(end);
            cuts.extend(self.to.starts_within(paragraph, end..start));
        }
        if after.is_some() {
            cuts.push(start);
        }
        cuts
    }

    /// Says where the sentence before the gap ends and where the one after it begins: so that each is about as long as it was,
    /// and what is left between them, if it is long, a sentence of its own.
    fn parts(&self, before: Option<&Range<usize>>, after: Option<&Range<usize>>) -> (usize, usize) {
        let (first, last) = (self.clauses.start, self.clauses.end);
        let tail = self.left.zip(before).map(|(left, sentence)| self.from.length(left + 1..sentence.end));
        let head = self.right.zip(after).map(|(right, sentence)| self.from.length(sentence.start..right));
        let end_cost = |at: usize| tail.map(|tail| tail.abs_diff(self.to.length(first..at)));
        let start_cost = |at: usize| head.map(|head| head.abs_diff(self.to.length(at..last)));
        let end = (first..=last).rev().min_by_key(|at| end_cost(*at)).filter(|_| tail.is_some()).unwrap_or(first);
        let start = (first..=last).min_by_key(|at| start_cost(*at)).filter(|_| head.is_some()).unwrap_or(last);
        let both = |at: usize| match (end_cost(at), start_cost(at)) {
            (Some(end), Some(start)) => Some(end + start),
            (Some(end), None) if at == last => Some(end),
            (None, Some(start)) if at == first => Some(start),
            _ => None,
        };
        let together = (first..=last).rev().filter_map(|at| Some((both(at)?, at))).min_by_key(|found| found.0);
        let apart = end_cost(end).unwrap_or(0) + start_cost(start).unwrap_or(0) + OWN_SENTENCE;
        match together {
            Some((cost, at)) if end >= start || cost <= apart => (at, at),
            _ => (end, start.max(end)),
        }
    }

    /// Whether a sentence was joined to the one before it with "and".
    fn is_joined(&self) -> bool {
        let (Some(left), Some(right)) = (self.left, self.right) else { return false };
        let both = self.to.clauses.get(self.clauses.end).zip(self.from.clauses.get(right));
        self.clauses.is_empty() && left + 1 == right && both.is_some_and(|(is, was)| has_and(is.text, was.text))
    }
}
