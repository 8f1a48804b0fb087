//! Which edited sentence belongs to which: the most alike first.

use std::collections::BinaryHeap;

use rustc_hash::FxHashMap;

use super::super::lcs::Budget;
use super::super::vocabulary::Id;
use super::anchors::Links;
use super::likeness::Likeness;
use super::moves;

pub(super) fn tune(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|v| v.parse().ok()).unwrap_or(default)
}

/// The rarest features of a sentence by which candidates are found, and in how many sentences they may stand.
const RARE_FEATURES: usize = 24;
const MAX_POSTINGS: usize = 48;
/// The most candidates of one sentence by its words.
const MAX_CANDIDATES: usize = 12;
/// How far the neighbours are looked for that a pair should agree with.
const REACH: usize = 8;

/// A pair of sentences that may belong together. Ordered by rank, then for a definite answer by place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Candidate {
    rank: u64,
    near: std::cmp::Reverse<usize>,
    old: std::cmp::Reverse<usize>,
    new: std::cmp::Reverse<usize>,
}

pub(super) struct Matching<'m, 's, 'a> {
    pub(super) likeness: &'m mut Likeness<'s, 'a>,
    pub(super) to_new: &'m mut Links,
    pub(super) to_old: &'m mut Links,
    pub(super) budget: &'m mut Budget,
    scores: FxHashMap<usize, Vec<(usize, u64)>>,
    heap: BinaryHeap<Candidate>,
    t: Tune,
}

#[derive(Clone, Copy)]
struct Tune {
    least: u64,
    near: u64,
    beside: u64,
    floor: u64,
}

impl<'m, 's, 'a> Matching<'m, 's, 'a> {
    pub(super) fn new(
        likeness: &'m mut Likeness<'s, 'a>,
        to_new: &'m mut Links,
        to_old: &'m mut Links,
        budget: &'m mut Budget,
    ) -> Self {
        let t = Tune {
            least: tune("T_LEAST", 360),
            near: tune("T_NEAR", 60),
            beside: tune("T_BESIDE", 40),
            floor: tune("T_FLOOR", 160),
        };
        Self { likeness, to_new, to_old, budget, scores: FxHashMap::default(), heap: BinaryHeap::new(), t }
    }

    pub(super) fn run(mut self) {
        self.find_candidates();
        while let Some(best) = self.heap.pop() {
            let (old, new) = (best.old.0, best.new.0);
            if self.is_linked(old, new) {
                continue;
            }
            if let (Some(there), Some(back)) = (self.to_new.get_mut(old), self.to_old.get_mut(new)) {
                (*there, *back) = (Some(new), Some(old));
            }
            self.push_around(old);
        }
    }

    fn is_linked(&self, old: usize, new: usize) -> bool {
        linked(self.to_new, old).is_some() || linked(self.to_old, new).is_some()
    }

    fn find_candidates(&mut self) {
        let free_old: Vec<usize> = (0..self.to_new.len()).filter(|at| linked(self.to_new, *at).is_none()).collect();
        let free_new: Vec<usize> = (0..self.to_old.len()).filter(|at| linked(self.to_old, *at).is_none()).collect();
        let postings = self.postings(&free_new);
        let gaps = Gaps::new(self.to_new, &free_new);
        let floor = self.t.floor;
        for old in free_old {
            let mut places = self.by_words(old, &postings);
            places.extend(gaps.of(old, self.to_new));
            places.sort_unstable();
            places.dedup();
            let mut scored = Vec::with_capacity(places.len());
            for new in places {
                let score = self.likeness.score(old, new, floor, self.budget);
                if score >= floor {
                    scored.push((new, score));
                }
            }
            for (new, score) in &scored {
                self.push(old, *new, *score);
            }
            self.scores.insert(old, scored);
        }
    }

    fn postings(&self, free_new: &[usize]) -> Vec<Vec<usize>> {
        let mut postings = vec![Vec::new(); self.likeness.vocabulary.len()];
        for new in free_new {
            for feature in self.likeness.new.features(*new) {
                postings.get_mut(feature.id as usize).into_iter().for_each(|list: &mut Vec<usize>| list.push(*new));
            }
        }
        postings
    }

    /// Returns the newer sentences that share the most rare features with an older one.
    fn by_words(&mut self, old: usize, postings: &[Vec<usize>]) -> Vec<usize> {
        let holders = |id: Id| postings.get(id as usize).map(Vec::as_slice).unwrap_or_default();
        let features = self.likeness.old.features(old).iter();
        let mut rare: Vec<(usize, Id)> = features.map(|feature| (holders(feature.id).len(), feature.id)).collect();
        rare.retain(|(count, _)| (1..=MAX_POSTINGS).contains(count));
        rare.sort_unstable();
        rare.truncate(RARE_FEATURES);
        let mut votes: FxHashMap<usize, u64> = FxHashMap::default();
        for (count, id) in rare {
            self.budget.spend(count as u64);
            for new in holders(id) {
                *votes.entry(*new).or_default() += self.likeness.vocabulary.weight(id);
            }
        }
        let mut votes: Vec<(u64, usize)> = votes.into_iter().map(|(new, weight)| (weight, new)).collect();
        votes.sort_unstable_by_key(|(weight, new)| (std::cmp::Reverse(*weight), new.abs_diff(old), *new));
        votes.into_iter().take(MAX_CANDIDATES).map(|(_, new)| new).collect()
    }

    fn push(&mut self, old: usize, new: usize, score: u64) {
        let rank = score + self.bonus(old, new);
        if rank >= self.t.least {
            let near = std::cmp::Reverse(old.abs_diff(new));
            self.heap.push(Candidate { rank, near, old: std::cmp::Reverse(old), new: std::cmp::Reverse(new) });
        }
    }

    /// What a pair counts for more because its neighbours belong together.
    fn bonus(&self, old: usize, new: usize) -> u64 {
        let before = nearest(self.to_new, (0..old).rev(), None).zip(nearest(self.to_old, (0..new).rev(), None));
        let after = nearest(self.to_new, old + 1..self.to_new.len(), Some(self.to_new.len()))
            .zip(nearest(self.to_old, new + 1..self.to_old.len(), Some(self.to_old.len())));
        let agree = |both: Option<(Nearest, Nearest)>| match both {
            Some((there, back)) if there.agrees(back) => {
                self.t.near + if there.steps == 0 && back.steps == 0 { self.t.beside } else { 0 }
            }
            _ => 0,
        };
        agree(before) + agree(after)
    }

    /// After a pair was found, its neighbours count for more.
    fn push_around(&mut self, old: usize) {
        let around = (old.saturating_sub(REACH)..old).rev().chain(old + 1..(old + 1 + REACH).min(self.to_new.len()));
        for at in around {
            if linked(self.to_new, at).is_some() {
                continue;
            }
            for (new, score) in self.scores.get(&at).cloned().unwrap_or_default() {
                if linked(self.to_old, new).is_none() {
                    self.push(at, new, score);
                }
            }
        }
    }
}

fn linked(links: &Links, at: usize) -> Option<usize> {
    links.get(at).copied().flatten()
}

/// The nearest linked place in one direction.
#[derive(Clone, Copy)]
struct Nearest {
    at: Option<usize>,
    to: Option<usize>,
    steps: usize,
}

impl Nearest {
    fn agrees(self, other: Self) -> bool {
        match (self.at, other.at) {
            (None, None) => true,
            (Some(_), Some(at)) => self.to == Some(at),
            _ => false,
        }
    }
}

fn nearest(links: &Links, places: impl Iterator<Item = usize>, _end: Option<usize>) -> Option<Nearest> {
    let mut steps = 0;
    for at in places {
        if let Some(to) = linked(links, at) {
            return Some(Nearest { at: Some(at), to: Some(to), steps });
        }
        steps += 1;
        if steps > REACH {
            return None;
        }
    }
    Some(Nearest { at: None, to: None, steps })
}

/// Where sentences stand between the anchors that keep their order.
struct Gaps {
    /// Anchors in their order on both sides.
    spine: Vec<(usize, usize)>,
    free_new: Vec<usize>,
}

impl Gaps {
    fn new(to_new: &Links, free_new: &[usize]) -> Self {
        let pairs: Vec<(usize, usize)> =
            to_new.iter().enumerate().filter_map(|(old, new)| Some((old, (*new)?))).collect();
        let stays = moves::stays(&pairs.iter().map(|(_, new)| (*new, 1)).collect::<Vec<_>>());
        let spine = pairs.into_iter().zip(stays).filter(|(_, stays)| *stays).map(|(pair, _)| pair).collect();
        Self { spine, free_new: free_new.to_vec() }
    }

    /// Returns the free newer sentences about the same place of the same gap, counted from its start and from its end.
    fn of(&self, old: usize, to_new: &Links) -> Vec<usize> {
        let next = self.spine.partition_point(|pair| pair.0 < old);
        let end = self.spine.get(next).copied().unwrap_or((to_new.len(), usize::MAX));
        let start = next.checked_sub(1).and_then(|before| self.spine.get(before)).map(|pair| (pair.0 + 1, pair.1 + 1));
        let start = start.unwrap_or((0, 0));
        let first = self.free_new.partition_point(|new| *new < start.1);
        let last = self.free_new.partition_point(|new| *new < end.1);
        let free = self.free_new.get(first..last).unwrap_or_default();
        let from_start = old - start.0;
        let from_end = (free.len() + old).checked_sub(end.0);
        let near = [Some(from_start), from_end].into_iter().flatten();
        let near = near.flat_map(|place| place.saturating_sub(1)..=place + 1);
        near.filter_map(|place| free.get(place).copied()).collect()
    }
}
