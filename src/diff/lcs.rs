//! What two sequences have in common, within a budget of steps.

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
    fn take(&mut self, steps: u64) -> bool {
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

/// Returns index pairs of equal items, ascending on both sides; none when the budget does not suffice.
///
/// Common ends are found in any case, at a cost of the length.
pub(super) fn common<T: Hash + Eq>(old: &[T], new: &[T], budget: &mut Budget) -> Option<Vec<(usize, usize)>> {
    let (head, tail) = ends(old, new);
    budget.spend((head + tail) as u64);
    let (old_mid, new_mid) = (middle(old, head, tail), middle(new, head, tail));
    if !budget.take(worst_case(old_mid.len(), new_mid.len())) {
        return None;
    }
    let mut pairs: Vec<(usize, usize)> = (0..head).map(|at| (at, at)).collect();
    pairs.extend(common_middle(old_mid, new_mid).into_iter().map(|(old, new)| (old + head, new + head)));
    pairs.extend((0..tail).rev().map(|back| (old.len() - 1 - back, new.len() - 1 - back)));
    Some(pairs)
}

/// Returns the pairs of the equal beginning and the equal end.
pub(super) fn common_ends<T: Eq>(old: &[T], new: &[T]) -> Vec<(usize, usize)> {
    let (head, tail) = ends(old, new);
    let last = (0..tail).rev().map(|back| (old.len() - 1 - back, new.len() - 1 - back));
    (0..head).map(|at| (at, at)).chain(last).collect()
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

/// Myers' algorithm with the cost limit of GNU diff, to which the histogram falls back, gives up on a split after
/// max(256, sqrt(n)) rounds.
fn worst_case(old: usize, new: usize) -> u64 {
    if old == 0 || new == 0 {
        return 0;
    }
    let items = (old + new) as u64;
    items * items.isqrt().max(256).min(items)
}

fn common_middle<T: Hash + Eq>(old: &[T], new: &[T]) -> Vec<(usize, usize)> {
    if old.is_empty() || new.is_empty() {
        return Vec::new();
    }
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
        let pairs = common(&old, &new, &mut Budget::new(1000)).unwrap();
        assert_eq!(pairs, [(0, 0), (2, 2), (3, 4), (4, 5)]);
        assert_eq!(common_ends(&old, &new), [(0, 0), (3, 4), (4, 5)]);
        assert_eq!(common_ends(&words("a a a"), &words("a a")), [(0, 0), (1, 1)]);
    }

    #[test]
    fn over_the_budget_there_is_no_answer_and_it_says_so() {
        let mut budget = Budget::new(15);
        assert!(common(&words("a b"), &words("c d"), &mut budget).is_none(), "the worst case is 16 steps");
        assert!(budget.degraded());
        let mut budget = Budget::new(16);
        assert_eq!(common(&words("a b"), &words("c d"), &mut budget), Some(Vec::new()));
        assert!(!budget.degraded() && budget.spent() == 16);
    }
}
