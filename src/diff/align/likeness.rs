//! How much two sentences have in common.

use std::cmp::Ordering;

use super::super::lcs::Budget;
use super::super::side::{Feature, Side, Token};
use super::super::vocabulary::{Id, Vocabulary};

/// Both sides with the weights of their words.
pub(super) struct Likeness<'s, 'a> {
    pub(super) old: &'s Side<'a>,
    pub(super) new: &'s Side<'a>,
    pub(super) vocabulary: &'s Vocabulary<'a>,
    order: Order,
}

/// Sentences with more tokens than this are compared by the words that they share alone.
const MAX_ORDERED: usize = 400;
/// How alike a sentence is at least to one that begins with all its words.
const GROWN: u64 = 370;
/// The fewest words of a sentence that may have grown into another one.
const GROWN_WORDS: usize = 2;

impl<'s, 'a> Likeness<'s, 'a> {
    pub(super) fn new(old: &'s Side<'a>, new: &'s Side<'a>, vocabulary: &'s Vocabulary<'a>) -> Self {
        Self { old, new, vocabulary, order: Order::default() }
    }

    /// Returns how alike two sentences are, in thousandths: half by the words that they share (the Dice coefficient), half by
    /// those that they share in the same order (the heaviest common subsequence). Zero at once where it cannot reach `least`. A
    /// short sentence that grew a long clause has little in common with what it became, but all that it says.
    pub(super) fn score(&mut self, old: usize, new: usize, least: u64, budget: &mut Budget) -> u64 {
        let dice = self.dice(old, new, budget);
        let grown = if self.goes_on(old, new) { GROWN } else { 0 };
        // A common subsequence never weighs more than the common words do.
        if dice < least {
            return grown;
        }
        grown.max((dice + self.ordered(old, new, dice, budget)) / 2)
    }

    /// Whether one sentence is the beginning of the other, which goes on.
    fn goes_on(&self, old: usize, new: usize) -> bool {
        let is_word = |token: &&Token| token.kind.is_word();
        let mut old = self.old.tokens(old).iter().filter(is_word);
        let mut new = self.new.tokens(new).iter().filter(is_word);
        let mut common = 0;
        loop {
            match (old.next(), new.next()) {
                (Some(one), Some(other)) if one.id == other.id => common += 1,
                (Some(_), Some(_)) => return false,
                _ => return common >= GROWN_WORDS,
            }
        }
    }

    fn mass(&self, old: usize, new: usize) -> (u64, u64) {
        let mass = |side: &Side<'_>, at: usize| side.sentences.get(at).map_or(0, |sentence| sentence.mass);
        (mass(self.old, old), mass(self.new, new))
    }

    fn dice(&self, old: usize, new: usize, budget: &mut Budget) -> u64 {
        let (before, after) = (self.old.features(old), self.new.features(new));
        budget.spend((before.len() + after.len()) as u64);
        let shared = self.shared(before, after);
        let (old_mass, new_mass) = self.mass(old, new);
        2000 * shared / (old_mass + new_mass).max(1)
    }

    /// How much the features weigh that two sorted lists share.
    pub(super) fn shared(&self, mut old: &[Feature], mut new: &[Feature]) -> u64 {
        let mut shared = 0;
        while let ([one, old_rest @ ..], [other, new_rest @ ..]) = (old, new) {
            match one.id.cmp(&other.id) {
                Ordering::Less => old = old_rest,
                Ordering::Greater => new = new_rest,
                Ordering::Equal => {
                    shared += u64::from(one.count.min(other.count)) * self.vocabulary.weight(one.id);
                    (old, new) = (old_rest, new_rest);
                }
            }
        }
        shared
    }

    fn ordered(&mut self, old: usize, new: usize, dice: u64, budget: &mut Budget) -> u64 {
        let (before, after) = (self.old.tokens(old), self.new.tokens(new));
        if before.len().max(after.len()) > MAX_ORDERED || !budget.take((before.len() * after.len()) as u64) {
            return dice;
        }
        let masses = [self.old.sentences.get(old), self.new.sentences.get(new)];
        let mass: u64 = masses.into_iter().flatten().map(|sentence| sentence.order_mass).sum();
        2000 * self.order.heaviest_common(before, after, self.vocabulary) / mass.max(1)
    }
}

/// The room in which the heaviest common subsequence is looked for, used again for each pair.
#[derive(Default)]
struct Order {
    /// For each word in which search it was last seen on one side, and on both.
    seen: Vec<u32>,
    search: u32,
    old: Vec<Id>,
    new: Vec<Id>,
    row: Vec<u64>,
}

impl Order {
    /// Returns the weight of the heaviest common subsequence of two sequences (Wagner and Fischer, 1974, a row at a time).
    ///
    /// Words that only one of them has are left out first, and equal ends are taken as they are: neither changes the answer.
    fn heaviest_common(&mut self, old: &[Token], new: &[Token], vocabulary: &Vocabulary<'_>) -> u64 {
        self.keep_shared(old, new, vocabulary);
        let weights = |ids: &[Id]| ids.iter().map(|id| vocabulary.weight(*id)).sum::<u64>();
        let (old, new) = (self.old.as_slice(), self.new.as_slice());
        let head = old.iter().zip(new).take_while(|(one, other)| one == other).count();
        let (first, old) = old.split_at(head);
        let new = new.get(head..).unwrap_or_default();
        let tail = old.iter().rev().zip(new.iter().rev()).take_while(|(one, other)| one == other).count();
        let (old, last) = old.split_at(old.len() - tail);
        let new = new.get(..new.len() - tail).unwrap_or_default();
        self.row.clear();
        self.row.resize(new.len(), 0);
        for id in old {
            let weight = vocabulary.weight(*id);
            let (mut left, mut diagonal) = (0, 0);
            for (cell, other) in self.row.iter_mut().zip(new) {
                let above = *cell;
                *cell = if id == other { diagonal + weight } else { above.max(left) };
                (left, diagonal) = (*cell, above);
            }
        }
        weights(first) + weights(last) + self.row.last().copied().unwrap_or(0)
    }

    /// Keeps the words of each side that the other one has too.
    fn keep_shared(&mut self, old: &[Token], new: &[Token], vocabulary: &Vocabulary<'_>) {
        self.seen.resize(vocabulary.len(), 0);
        if self.search > u32::MAX - 2 {
            self.seen.fill(0);
            self.search = 0;
        }
        let (one, both) = (self.search + 1, self.search + 2);
        self.search = both;
        let words = |tokens: &[Token], kept: &mut Vec<Id>| {
            kept.clear();
            kept.extend(tokens.iter().filter(|token| token.kind.is_word()).map(|token| token.id));
        };
        words(old, &mut self.old);
        words(new, &mut self.new);
        let Self { seen, old, new, .. } = self;
        new.iter().for_each(|id| seen.get_mut(*id as usize).into_iter().for_each(|seen| *seen = one));
        old.retain(|id| {
            let seen = seen.get_mut(*id as usize).filter(|seen| **seen >= one);
            seen.map(|seen| *seen = both).is_some()
        });
        new.retain(|id| seen.get(*id as usize).is_some_and(|seen| *seen == both));
    }
}

#[cfg(test)]
#[allow(clippy::indexing_slicing, reason = "a test")]
mod tests {
    use proptest::prelude::*;

    use super::super::super::vocabulary::Vocabulary;
    use super::*;
    use crate::text::segment::TokenKind;

    const WORDS: [&str; 6] = ["bridge", "pier", "the", "crack", "mayor", "."];

    /// The plain table, with nothing left out.
    fn plain(old: &[Token], new: &[Token], vocabulary: &Vocabulary<'_>) -> u64 {
        let mut row = vec![0; new.len() + 1];
        for token in old.iter().filter(|token| token.kind.is_word()) {
            let mut diagonal = 0;
            for at in 0..new.len() {
                let above = row[at + 1];
                let equal = token.id == new[at].id;
                row[at + 1] = if equal { diagonal + vocabulary.weight(token.id) } else { above.max(row[at]) };
                diagonal = above;
            }
        }
        row[new.len()]
    }

    proptest! {
        #[test]
        fn what_is_left_out_makes_no_common_subsequence_lighter(
            sides in prop::array::uniform2(prop::collection::vec(0..WORDS.len(), 0..12)),
        ) {
            let mut vocabulary = Vocabulary::default();
            let ids: Vec<Id> = WORDS.iter().map(|word| vocabulary.id(word)).collect();
            ids.iter().zip(1..).for_each(|(id, times)| vocabulary.count(*id, times));
            vocabulary.weigh(40);
            let token = |at: usize| {
                let kind = if WORDS[at] == "." { TokenKind::Punctuation } else { TokenKind::Word };
                Token { id: ids[at], start: 0, end: 0, kind }
            };
            let [old, new] = sides.map(|side| side.into_iter().map(token).collect::<Vec<_>>());
            let mut order = Order::default();
            for (one, other) in [(&old, &new), (&new, &old), (&old, &old)] {
                prop_assert_eq!(order.heaviest_common(one, other, &vocabulary), plain(one, other, &vocabulary));
            }
        }
    }
}
