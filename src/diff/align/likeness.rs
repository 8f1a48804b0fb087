//! How much two sentences have in common.

use super::super::side::{Feature, Side, Token, order_weight};
use super::super::vocabulary::Vocabulary;
use super::super::lcs::Budget;

/// Both sides with the weights of their words.
pub(super) struct Likeness<'s, 'a> {
    pub(super) old: &'s Side<'a>,
    pub(super) new: &'s Side<'a>,
    pub(super) vocabulary: &'s Vocabulary<'a>,
    row: Vec<u64>,
}

/// Sentences with more tokens than this are compared in their order only where they are equal at their ends.
const MAX_ORDERED: usize = 400;

impl<'s, 'a> Likeness<'s, 'a> {
    pub(super) fn new(old: &'s Side<'a>, new: &'s Side<'a>, vocabulary: &'s Vocabulary<'a>) -> Self {
        Self { old, new, vocabulary, row: Vec::new() }
    }

    /// Returns how alike two sentences are, in thousandths: half by the words that they share (the Dice coefficient), half by
    /// those that they share in the same order (the heaviest common subsequence). Zero at once where it cannot reach `least`.
    pub(super) fn score(&mut self, old: usize, new: usize, least: u64, budget: &mut Budget) -> u64 {
        let dice = self.dice(old, new, budget);
        // A common subsequence never weighs more than the common words do.
        if dice < least {
            return 0;
        }
        (dice + self.ordered(old, new, dice, budget)) / 2
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
    pub(super) fn shared(&self, old: &[Feature], new: &[Feature]) -> u64 {
        let mut others = new.iter().peekable();
        let mut shared = 0;
        for feature in old {
            while others.next_if(|other| other.id < feature.id).is_some() {}
            if let Some(other) = others.next_if(|other| other.id == feature.id) {
                shared += u64::from(feature.count.min(other.count)) * self.vocabulary.weight(feature.id);
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
        2000 * heaviest_common(before, after, self.vocabulary, &mut self.row) / mass.max(1)
    }
}

/// Returns the weight of the heaviest common subsequence of two sequences (Wagner and Fischer, 1974, a row at a time).
pub(super) fn heaviest_common(old: &[Token], new: &[Token], vocabulary: &Vocabulary<'_>, row: &mut Vec<u64>) -> u64 {
    row.clear();
    row.resize(new.len(), 0);
    for token in old {
        let weight = order_weight(*token, vocabulary);
        if weight == 0 {
            continue;
        }
        let (mut left, mut diagonal) = (0, 0);
        for (cell, other) in row.iter_mut().zip(new) {
            let above = *cell;
            *cell = if token.id == other.id { diagonal + weight } else { above.max(left) };
            (left, diagonal) = (*cell, above);
        }
    }
    row.last().copied().unwrap_or(0)
}
