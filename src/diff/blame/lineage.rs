//! Which sentences of a group are the same ones, edited.

use std::cmp::Reverse;

use crate::diff::group::{Change, Group, Op, Span};
use crate::model::Article;
use crate::text::segment::{TokenKind, tokens};

/// Which older sentence each newer one of a group comes from.
pub(super) struct Lineage {
    /// For each of [`Group::new`] the place in [`Group::old`]; `None` when it is new.
    pub(super) from: Vec<Option<usize>>,
    /// For each of [`Group::old`] whether it lives on in a newer one.
    pub(super) lives_on: Vec<bool>,
}

/// What a word weighs; a mark of punctuation weighs one, so that sentences of marks alone can be told apart too.
const WORD: usize = 4;

/// An older and a newer sentence that have words in common.
struct Pair {
    old_at: usize,
    new_at: usize,
    old: usize,
    new: usize,
    kept: usize,
}

impl Pair {
    fn is_alike(&self) -> bool {
        let shorter = self.old.min(self.new);
        4 * self.kept >= self.old + self.new || (5 * self.kept >= 4 * shorter && self.kept >= 3 * WORD)
    }
}

impl Lineage {
    /// `since` tells in which revision an older sentence came.
    pub(super) fn of(group: &Group, old: &Article, new: &Article, since: impl Fn(Span) -> Option<u64>) -> Self {
        let (olds, news) = (group.old.len(), group.new.len());
        if group.op == Op::Unchanged && olds == news {
            return Self { from: (0..news).map(Some).collect(), lives_on: vec![true; olds] };
        }
        let pairs = pairs(group, old, new);
        let (of_old, of_new) = (sums(&pairs, olds, |pair| pair.old_at), sums(&pairs, news, |pair| pair.new_at));
        let is_part = |kept: Option<&usize>, all: usize| olds + news > 2 && kept.is_some_and(|kept| 2 * kept >= all);
        let mut from = vec![None; news];
        // The operations are in the order of both sides, so the pairs of a sentence stand together.
        for own in pairs.chunk_by(|one, next| one.new_at == next.new_at) {
            let own = own.iter().filter(|pair| pair.is_alike() || is_part(of_new.get(pair.new_at), pair.new));
            let since = |pair: &Pair| group.old.get(pair.old_at).and_then(|span| since(*span));
            let best = own.max_by_key(|pair| (pair.kept, Reverse(since(pair)), Reverse(pair.old_at)));
            if let Some((best, from)) = best.and_then(|best| Some((best, from.get_mut(best.new_at)?))) {
                *from = Some(best.old_at);
            }
        }
        let parts = pairs.iter().filter(|pair| pair.is_alike() || is_part(of_old.get(pair.old_at), pair.old));
        let mut lives_on = vec![false; olds];
        for at in parts.map(|pair| pair.old_at).chain(from.iter().copied().flatten()) {
            lives_on.get_mut(at).into_iter().for_each(|lives_on| *lives_on = true);
        }
        Self { from, lives_on }
    }
}

/// The pairs that have words in common, as the operations on words tell.
fn pairs(group: &Group, old: &Article, new: &Article) -> Vec<Pair> {
    let weigh = |spans: &[Span], article: &Article| -> Vec<usize> {
        spans.iter().map(|span| weight(span.of(group.field, article))).collect()
    };
    let (olds, news) = (weigh(&group.old, old), weigh(&group.new, new));
    let mut pairs: Vec<Pair> = Vec::new();
    for op in group.tokens.iter().filter(|op| op.op == Change::Eq) {
        let text = group.old.get(op.old_span).and_then(|span| span.text(group.field, old));
        let kept = weight(text.and_then(|text| text.get(op.old[0]..op.old[1])).unwrap_or_default());
        match pairs.last_mut().filter(|pair| (pair.old_at, pair.new_at) == (op.old_span, op.new_span)) {
            Some(pair) => pair.kept += kept,
            None => {
                let (Some(old), Some(new)) = (olds.get(op.old_span), news.get(op.new_span)) else { continue };
                pairs.push(Pair { old_at: op.old_span, new_at: op.new_span, old: *old, new: *new, kept });
            }
        }
    }
    pairs.retain(|pair| pair.kept > 0);
    pairs
}

fn sums(pairs: &[Pair], places: usize, at: impl Fn(&Pair) -> usize) -> Vec<usize> {
    let mut sums = vec![0; places];
    for pair in pairs {
        sums.get_mut(at(pair)).into_iter().for_each(|sum| *sum += pair.kept);
    }
    sums
}

fn weight(text: &str) -> usize {
    let weigh = |kind: TokenKind| match kind {
        TokenKind::Space => 0,
        TokenKind::Punctuation => 1,
        _ => WORD,
    };
    tokens(text).into_iter().map(|token| weigh(token.kind)).sum()
}

#[cfg(test)]
mod tests;
