//! What two sequences have in common, within a budget of steps.

use std::collections::HashMap;
use std::hash::Hash;

use imara_diff::{Algorithm, Diff, InternedInput, Interner};

/// The steps that a comparison may take. They are counted before they are taken, by the worst case.
#[derive(Debug)]
pub(super) struct Budget {
    left: u64,
    spent: u64,
    degraded: bool,
}

impl Budget {
    pub(super) fn new(max_steps: u64) -> Self {
        Self { left: max_steps, spent: 0, degraded: false }
    }

    /// Takes steps that cannot be left out; their number grows with the text alone.
    pub(super) fn spend(&mut self, steps: u64) {
        self.left = self.left.saturating_sub(steps);
        self.spent = self.spent.saturating_add(steps);
    }

    /// Takes steps for a finer answer; false, and the diff is degraded, when there are not enough left.
    pub(super) fn take(&mut self, steps: u64) -> bool {
        let enough = steps <= self.left;
        if enough {
            self.spend(steps);
        } else {
            self.degraded = true;
        }
        enough
    }

    pub(super) fn degraded(&self) -> bool {
        self.degraded
    }

    #[cfg(test)]
    pub(super) fn spent(&self) -> u64 {
        self.spent
    }
}

/// Up to so many pairs of items the library is asked directly.
const DIRECT: u64 = 1 << 22;

/// Returns index pairs of equal items, ascending on both sides.
///
/// Equal ends cost their length. Between them long sequences are first held together by the items that stand once on either
/// side (Bram Cohen's patience diff). What is left goes to the library, whose worst case was measured to be the product of the
/// lengths: where the budget does not suffice for that, nothing more is found.
pub(super) fn common<T: Hash + Eq>(old: &[T], new: &[T], budget: &mut Budget) -> Vec<(usize, usize)> {
    let mut pairs = Vec::new();
    Search { budget, pairs: &mut pairs }.between(old, new, (0, 0), true);
    pairs
}

struct Search<'a> {
    budget: &'a mut Budget,
    pairs: &'a mut Vec<(usize, usize)>,
}

impl Search<'_> {
    /// Searches two parts, which begin at the places `at` of the whole.
    fn between<T: Hash + Eq>(&mut self, old: &[T], new: &[T], at: (usize, usize), may_split: bool) {
        let (head, tail) = ends(old, new);
        self.budget.spend((head + tail) as u64);
        self.pairs.extend((0..head).map(|on| (at.0 + on, at.1 + on)));
        let from = (at.0 + head, at.1 + head);
        let (old_mid, new_mid) = (middle(old, head, tail), middle(new, head, tail));
        let cost = old_mid.len() as u64 * new_mid.len() as u64;
        if may_split && cost > DIRECT {
            self.around_unique(old_mid, new_mid, from);
        } else if cost > 0 && self.budget.take(cost) {
            self.pairs
                .extend(common_middle(old_mid, new_mid).into_iter().map(|(old, new)| (from.0 + old, from.1 + new)));
        }
        let end = (at.0 + old.len() - tail, at.1 + new.len() - tail);
        self.pairs.extend((0..tail).map(|on| (end.0 + on, end.1 + on)));
    }

    fn around_unique<T: Hash + Eq>(&mut self, old: &[T], new: &[T], at: (usize, usize)) {
        self.budget.spend((old.len() + new.len()) as u64);
        let mut from = (0, 0);
        for anchor in longest_increasing(&unique(old, new)).into_iter().chain([(old.len(), new.len())]) {
            let gap = (old.get(from.0..anchor.0).unwrap_or_default(), new.get(from.1..anchor.1).unwrap_or_default());
            self.between(gap.0, gap.1, (at.0 + from.0, at.1 + from.1), false);
            if anchor.0 < old.len() {
                self.pairs.push((at.0 + anchor.0, at.1 + anchor.1));
            }
            from = (anchor.0 + 1, anchor.1 + 1);
        }
    }
}

/// Returns the places of items that stand once on either side, in the order of the older.
fn unique<T: Hash + Eq>(old: &[T], new: &[T]) -> Vec<(usize, usize)> {
    let once = |items| {
        let mut places: HashMap<&T, Option<usize>> = HashMap::new();
        for (at, item) in <[T]>::iter(items).enumerate() {
            places.entry(item).and_modify(|place| *place = None).or_insert(Some(at));
        }
        places
    };
    let (in_old, in_new) = (once(old), once(new));
    let mut pairs: Vec<(usize, usize)> =
        in_old.into_iter().filter_map(|(item, at)| Some((at?, in_new.get(item).copied().flatten()?))).collect();
    pairs.sort_unstable();
    pairs
}

/// Returns the most pairs, sorted by their first, that ascend by their second as well.
fn longest_increasing(pairs: &[(usize, usize)]) -> Vec<(usize, usize)> {
    // For each length the pair with the least end, and for each pair the one before it.
    let mut ends: Vec<usize> = Vec::new();
    let mut before: Vec<Option<usize>> = Vec::with_capacity(pairs.len());
    let second = |at: &usize| pairs.get(*at).map(|pair| pair.1);
    for (at, pair) in pairs.iter().enumerate() {
        let length = ends.partition_point(|end| second(end) < Some(pair.1));
        before.push(length.checked_sub(1).and_then(|length| ends.get(length).copied()));
        match ends.get_mut(length) {
            Some(end) => *end = at,
            None => ends.push(at),
        }
    }
    let last = ends.last().copied();
    let mut chain: Vec<(usize, usize)> = std::iter::successors(last, |at| before.get(*at).copied().flatten())
        .filter_map(|at| pairs.get(at).copied())
        .collect();
    chain.reverse();
    chain
}

fn ends<T: Eq>(old: &[T], new: &[T]) -> (usize, usize) {
    let head = old.iter().zip(new).take_while(|(old, new)| old == new).count();
    let rest = old.len().min(new.len()) - head;
    let tail = old.iter().rev().zip(new.iter().rev()).take(rest).take_while(|(old, new)| old == new).count();
    (head, tail)
}

fn middle<T>(items: &[T], head: usize, tail: usize) -> &[T] {
    items.get(head..items.len() - tail).unwrap_or_default()
}

fn common_middle<T: Hash + Eq>(old: &[T], new: &[T]) -> Vec<(usize, usize)> {
    let interner = Interner::new(old.len() + new.len());
    let mut input = InternedInput { before: Vec::new(), after: Vec::new(), interner };
    input.update_before(old.iter());
    input.update_after(new.iter());
    let diff = Diff::compute(Algorithm::Histogram, &input);
    let mut pairs = Vec::new();
    let (mut at_old, mut at_new) = (0, 0);
    let end = old.len() as u32..old.len() as u32;
    for (before, after) in diff.hunks().map(|hunk| (hunk.before, hunk.after)).chain([(end, 0..0)]) {
        while at_old < before.start as usize {
            pairs.push((at_old, at_new));
            at_old += 1;
            at_new += 1;
        }
        (at_old, at_new) = (before.end as usize, after.end as usize);
    }
    pairs.retain(|(at_old, at_new)| old.get(*at_old) == new.get(*at_new));
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<&str> {
        text.split(' ').collect()
    }

    #[test]
    fn common_items_are_found_at_both_ends_and_between() {
        let (old, new) = (words("a b c d e"), words("a x c y d e"));
        let pairs = common(&old, &new, &mut Budget::new(1000));
        assert_eq!(pairs, [(0, 0), (2, 2), (3, 4), (4, 5)]);
        assert_eq!(common(&words("a a a"), &words("a a"), &mut Budget::new(0)), [(0, 0), (1, 1)]);
    }

    #[test]
    fn over_the_budget_only_the_ends_are_found_and_it_says_so() {
        let mut budget = Budget::new(5);
        assert_eq!(common(&words("x a b y"), &words("x b c y"), &mut budget), [(0, 0), (3, 3)]);
        assert!(budget.degraded(), "two ends of one step each and a middle of four");
        let mut budget = Budget::new(6);
        assert_eq!(common(&words("x a b y"), &words("x b c y"), &mut budget), [(0, 0), (2, 1), (3, 3)]);
        assert!(!budget.degraded() && budget.spent() == 6);
    }

    #[test]
    fn long_sequences_are_held_together_by_what_stands_once() {
        // Every second item is unique; of the others, some changed.
        let item = |at: usize, other: usize| if at.is_multiple_of(2) { at } else { at * other % 7 + 1_000_000 };
        let old: Vec<usize> = (0..10_000).map(|at| item(at, 3)).collect();
        let new: Vec<usize> = (10..10_010).map(|at| item(at, 5)).collect();
        let mut budget = Budget::new(100_000);
        let pairs = common(&old, &new, &mut budget);
        assert!(!budget.degraded());
        assert!(pairs.len() >= 4_995 && pairs.is_sorted() && pairs.iter().all(|pair| old[pair.0] == new[pair.1]));
        assert_eq!(longest_increasing(&[(0, 3), (1, 0), (2, 1), (3, 4), (4, 2)]), [(1, 0), (2, 1), (4, 2)]);
    }
}
