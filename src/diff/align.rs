//! Which text of the older article became which of the newer one.

use std::collections::{HashMap, HashSet, VecDeque};

use super::lcs::{self, Budget};
use super::similar::{Bag, Bags};

/// A text of either side; the two belong together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Pair {
    pub(super) old: usize,
    pub(super) new: usize,
    pub(super) moved: bool,
}

/// A pair with what speaks for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Match {
    old: usize,
    new: usize,
    /// Likeness in thousandths; equal texts have 1000.
    score: u64,
    /// Bytes of both texts.
    size: u64,
    /// Whether it is long enough to be called moved.
    movable: bool,
}

/// The least likeness of a text and its edited version, in thousandths.
const MIN_SCORE: u64 = 360;
/// The same when it moved as well.
const MIN_MOVED_SCORE: u64 = 500;
/// What likeness counts for more, when neither text would have to move.
const IN_PLACE_BONUS: u64 = 80;
/// Texts with fewer words are not called moved: an "Advertisement" is only repeated.
const MIN_MOVED_WORDS: usize = 4;

/// Returns the texts that belong together, each in at most one pair, in the order of the older side.
///
/// First equal texts in order, then equal ones at any place, then the most alike. The pairs that keep their order, by the
/// weight of their text, stand; the others moved.
pub(super) fn align(old: &[&str], new: &[&str], budget: &mut Budget) -> Vec<Pair> {
    let anchors = lcs::common(old, new, budget);
    let mut matches: Vec<Match> = anchors.iter().filter_map(|(at, to)| Some(equal(*at, *to, old.get(*at)?))).collect();
    let mut rest = Rest::new(&anchors, old.len(), new.len());
    matches.extend(equal_elsewhere(&mut rest, old, new));
    matches.extend(alike(&rest, old, new, budget));
    in_order(matches)
}

fn equal(old: usize, new: usize, text: &str) -> Match {
    let movable = text.split_whitespace().nth(MIN_MOVED_WORDS - 1).is_some() || text.len() > 10 * MIN_MOVED_WORDS;
    Match { old, new, score: 1000, size: 2 * text.len() as u64, movable }
}

/// The texts that are in no pair yet. The gap of a text is the number of anchors before it.
struct Rest {
    old: Vec<(usize, usize)>,
    new: Vec<(usize, usize)>,
}

impl Rest {
    fn new(anchors: &[(usize, usize)], old: usize, new: usize) -> Self {
        Self {
            old: unmatched(anchors.iter().map(|pair| pair.0), old),
            new: unmatched(anchors.iter().map(|pair| pair.1), new),
        }
    }
}

/// Returns `(gap, place)` of what the anchors leave.
fn unmatched(anchors: impl Iterator<Item = usize>, len: usize) -> Vec<(usize, usize)> {
    let mut rest = Vec::new();
    let mut from = 0;
    for (gap, anchor) in anchors.chain([len]).enumerate() {
        rest.extend((from..anchor).map(|at| (gap, at)));
        from = anchor + 1;
    }
    rest
}

/// Pairs equal texts out of order: the first with the first, the second with the second.
fn equal_elsewhere(rest: &mut Rest, old: &[&str], new: &[&str]) -> Vec<Match> {
    let mut places: HashMap<&str, VecDeque<usize>> = HashMap::new();
    for (_, at) in &rest.new {
        new.get(*at).into_iter().for_each(|text| places.entry(text).or_default().push_back(*at));
    }
    let mut found = Vec::new();
    rest.old.retain(|(_, at)| {
        let Some(text) = old.get(*at) else { return false };
        let place = places.get_mut(text).and_then(VecDeque::pop_front);
        found.extend(place.map(|place| equal(*at, place, text)));
        place.is_none()
    });
    let taken: HashSet<usize> = found.iter().map(|pair| pair.new).collect();
    rest.new.retain(|(_, at)| !taken.contains(at));
    found
}

/// Pairs texts that share words, the most alike first.
fn alike(rest: &Rest, old: &[&str], new: &[&str], budget: &mut Budget) -> Vec<Match> {
    if rest.old.is_empty() || rest.new.is_empty() {
        return Vec::new();
    }
    let bags = Bags::new(pick(&rest.old, old), pick(&rest.new, new), budget);
    let neighbours = Neighbours::new(&rest.old, &rest.new);
    let mut ranked = Vec::new();
    for (place, bag) in bags.old.iter().enumerate() {
        let mut candidates = bags.candidates(bag, budget);
        candidates.extend(neighbours.of(place));
        candidates.sort_unstable();
        candidates.dedup();
        for candidate in candidates {
            let Some(other) = bags.new.get(candidate) else { continue };
            let score = bags.score(bag, other, budget);
            if score >= MIN_SCORE {
                let bonus = if neighbours.share_a_gap(place, candidate) { IN_PLACE_BONUS } else { 0 };
                ranked.push((score + bonus, matched(bag, other, score)));
            }
        }
    }
    best_first(ranked)
}

fn pick<'a>(places: &[(usize, usize)], texts: &[&'a str]) -> Vec<(usize, &'a str)> {
    places.iter().filter_map(|(_, at)| Some((*at, *texts.get(*at)?))).collect()
}

fn matched(old: &Bag<'_>, new: &Bag<'_>, score: u64) -> Match {
    let movable = old.words.min(new.words) >= MIN_MOVED_WORDS;
    Match { old: old.at, new: new.at, score, size: (old.text.len() + new.text.len()) as u64, movable }
}

fn best_first(mut ranked: Vec<(u64, Match)>) -> Vec<Match> {
    ranked.sort_unstable_by_key(|(rank, pair)| {
        (std::cmp::Reverse(*rank), pair.old.abs_diff(pair.new), pair.old, pair.new)
    });
    let (mut old, mut new) = (HashSet::new(), HashSet::new());
    let pairs = ranked.into_iter().map(|(_, pair)| pair);
    pairs
        .filter(|pair| {
            !old.contains(&pair.old) && !new.contains(&pair.new) && old.insert(pair.old) && new.insert(pair.new)
        })
        .collect()
}

/// Who stands where in the gaps between anchors: the text at the same place of a gap is a candidate, whatever its words.
struct Neighbours<'a> {
    old: &'a [(usize, usize)],
    new: &'a [(usize, usize)],
}

impl<'a> Neighbours<'a> {
    fn new(old: &'a [(usize, usize)], new: &'a [(usize, usize)]) -> Self {
        Self { old, new }
    }

    /// Returns the texts at the same place of the same gap, from its start and from its end, and those beside them.
    fn of(&self, place: usize) -> Vec<usize> {
        let Some((gap, _)) = self.old.get(place) else { return Vec::new() };
        let range = |side: &[(usize, usize)]| {
            side.partition_point(|other| other.0 < *gap)..side.partition_point(|other| other.0 <= *gap)
        };
        let (old, new) = (range(self.old), range(self.new));
        let from_start = new.start + (place - old.start);
        let from_end = (new.end + place).saturating_sub(old.end);
        let near = [
            from_start.saturating_sub(1),
            from_start,
            from_start + 1,
            from_end.saturating_sub(1),
            from_end,
            from_end + 1,
        ];
        near.into_iter().filter(|place| new.contains(place)).collect()
    }

    fn share_a_gap(&self, old: usize, new: usize) -> bool {
        self.old.get(old).map(|place| place.0) == self.new.get(new).map(|place| place.0)
    }
}

/// Keeps the heaviest set of pairs that cross no other, calls the rest moved, and drops of it what is too little for that.
fn in_order(mut matches: Vec<Match>) -> Vec<Pair> {
    matches.sort_unstable_by_key(|pair| (pair.old, pair.new));
    let stays = heaviest_increasing(&matches);
    let pairs = matches.into_iter().zip(stays);
    let kept = pairs.filter(|(pair, stays)| *stays || (pair.movable && pair.score >= MIN_MOVED_SCORE));
    kept.map(|(pair, stays)| Pair { old: pair.old, new: pair.new, moved: !stays }).collect()
}

/// Says for each pair, sorted by `old`, whether it is in the increasing subsequence of the greatest weight: a Fenwick tree of
/// the best weight up to each place on the new side.
fn heaviest_increasing(matches: &[Match]) -> Vec<bool> {
    let places = matches.iter().map(|pair| pair.new + 1).max().unwrap_or(0);
    let mut tree: Vec<(u64, Option<usize>)> = vec![(0, None); places + 1];
    let mut previous = Vec::with_capacity(matches.len());
    for (at, pair) in matches.iter().enumerate() {
        let (weight, before) = best_below(&tree, pair.new);
        previous.push(before);
        let weight = weight + 1 + pair.size * pair.score / 1000;
        let mut node = pair.new + 1;
        while let Some(slot) = tree.get_mut(node) {
            if weight > slot.0 {
                *slot = (weight, Some(at));
            }
            node += node & node.wrapping_neg();
        }
    }
    let mut stays = vec![false; matches.len()];
    let mut next = best_below(&tree, places).1;
    while let Some(at) = next {
        stays.get_mut(at).into_iter().for_each(|stays| *stays = true);
        next = previous.get(at).copied().flatten();
    }
    stays
}

/// The best of the places before `end`.
fn best_below(tree: &[(u64, Option<usize>)], end: usize) -> (u64, Option<usize>) {
    let mut best = (0, None);
    let mut node = end;
    while node > 0 {
        if let Some(slot) = tree.get(node)
            && slot.0 > best.0
        {
            best = *slot;
        }
        node -= node & node.wrapping_neg();
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    fn aligned(old: &[&str], new: &[&str]) -> Vec<(usize, usize, bool)> {
        align(old, new, &mut Budget::new(1 << 20)).into_iter().map(|pair| (pair.old, pair.new, pair.moved)).collect()
    }

    const CRACK: &str = "A crack was found in the northern pier.";
    const MAYOR: &str = "The mayor was told on Monday.";
    const DETOUR: &str = "Cars go through the village of Holm.";

    #[test]
    fn equal_paragraphs_hold_still_around_what_came_and_went() {
        assert_eq!(aligned(&[CRACK, MAYOR], &[DETOUR, CRACK, MAYOR]), [(0, 1, false), (1, 2, false)]);
        assert_eq!(aligned(&[CRACK, DETOUR, MAYOR], &[CRACK, MAYOR]), [(0, 0, false), (2, 1, false)]);
    }

    #[test]
    fn an_edited_paragraph_is_found_beside_a_new_one() {
        let edited = "A crack was found in the southern pier.";
        assert_eq!(aligned(&[MAYOR, CRACK], &[MAYOR, DETOUR, edited]), [(0, 0, false), (1, 2, false)]);
        assert_eq!(aligned(&[CRACK], &[DETOUR]), []);
    }

    #[test]
    fn the_lighter_paragraph_is_the_one_that_moved() {
        assert_eq!(
            aligned(&[CRACK, MAYOR, DETOUR], &[DETOUR, CRACK, MAYOR]),
            [(0, 1, false), (1, 2, false), (2, 0, true)]
        );
    }

    #[test]
    fn a_moved_paragraph_may_be_edited_if_it_is_much_alike() {
        let edited = "The mayor was told on Tuesday.";
        assert_eq!(
            aligned(&[MAYOR, CRACK, DETOUR], &[CRACK, DETOUR, edited]),
            [(0, 2, true), (1, 0, false), (2, 1, false)]
        );
    }

    #[test]
    fn short_lines_do_not_move() {
        assert_eq!(
            aligned(&["Advertisement", CRACK, MAYOR], &[CRACK, MAYOR, "Advertisement"]),
            [(1, 0, false), (2, 1, false)]
        );
    }

    #[test]
    fn over_the_budget_equal_paragraphs_are_still_found() {
        let mut budget = Budget::new(0);
        let pairs = align(&[CRACK, MAYOR, DETOUR], &[MAYOR, "x", CRACK], &mut budget);
        assert!(budget.degraded());
        assert_eq!(pairs.len(), 2);
    }
}
