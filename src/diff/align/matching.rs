//! Which edited sentence belongs to which: the most alike first.

use std::collections::BinaryHeap;

use rustc_hash::FxHashMap;

use super::super::lcs::Budget;
use super::super::vocabulary::Id;
use super::likeness::Likeness;
use super::links::Links;
use super::moves;

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

/// The candidates of each older sentence in the order of their places, with their likeness.
pub(super) type Scores = FxHashMap<usize, Vec<(usize, u64)>>;

/// The search for pairs of sentences.
pub(super) struct Matching<'m, 's, 'a> {
    likeness: &'m mut Likeness<'s, 'a>,
    links: &'m mut Links,
    budget: &'m mut Budget,
    /// The least rank of a pair.
    least: u64,
    scores: &'m mut Scores,
    heap: BinaryHeap<Candidate>,
    votes: Votes,
}

/// Less alike than this, two sentences are no pair, whatever their neighbours say. All in thousandths.
const MIN_LIKENESS: u64 = 120;
/// What a pair counts for more when the nearest pair before it, or after it, is one on both sides.
const AGREES: u64 = 80;
/// The same when that pair stands right beside it.
const BESIDE: u64 = 40;

impl<'m, 's, 'a> Matching<'m, 's, 'a> {
    pub(super) fn new(
        likeness: &'m mut Likeness<'s, 'a>,
        links: &'m mut Links,
        budget: &'m mut Budget,
        scores: &'m mut Scores,
        least: u64,
    ) -> Self {
        let (heap, votes) = (BinaryHeap::new(), Votes::new(links.to_old.len()));
        Self { likeness, links, budget, least, scores, heap, votes }
    }

    pub(super) fn run(mut self) {
        self.find_candidates();
        while let Some(best) = self.heap.pop() {
            let (old, new) = (best.old.0, best.new.0);
            if self.links.are_free(old, new) {
                self.links.link(old, new);
                self.push_around(old);
            }
        }
    }

    fn find_candidates(&mut self) {
        let free_new: Vec<usize> = self.links.free_new().collect();
        if free_new.is_empty() {
            return;
        }
        let postings = Postings::new(self.likeness, &free_new);
        let gaps = Gaps::new(&self.links.to_new, free_new);
        for old in self.links.free_old().collect::<Vec<_>>() {
            let mut places = self.by_words(old, &postings);
            places.extend(gaps.of(old, self.links.to_new.len()));
            places.sort_unstable();
            places.dedup();
            let scored = self.scored(old, &places);
            for (new, score) in scored.iter().filter(|(_, score)| *score >= MIN_LIKENESS) {
                self.push(old, *new, *score);
            }
            self.scores.insert(old, scored);
        }
    }

    /// Returns how alike an older sentence and its candidates are; what an earlier round found is not looked for again.
    fn scored(&mut self, old: usize, places: &[usize]) -> Vec<(usize, u64)> {
        let known = self.scores.remove(&old).unwrap_or_default();
        let mut known = known.into_iter().peekable();
        let mut scored = Vec::with_capacity(places.len());
        for new in places {
            while known.next_if(|(at, _)| at < new).is_some() {}
            let score = match known.next_if(|(at, _)| at == new) {
                Some((_, score)) => score,
                None => self.likeness.score(old, *new, MIN_LIKENESS, self.budget),
            };
            scored.push((*new, score));
        }
        scored
    }

    /// Returns the newer sentences that share the most rare features with an older one.
    fn by_words(&mut self, old: usize, postings: &Postings) -> Vec<usize> {
        let features = self.likeness.old.features(old).iter();
        let mut rare: Vec<(usize, Id)> = features.map(|feature| (postings.of(feature.id).len(), feature.id)).collect();
        rare.retain(|(count, _)| (1..=MAX_POSTINGS).contains(count));
        rare.sort_unstable();
        rare.truncate(RARE_FEATURES);
        for (count, id) in rare {
            self.budget.spend(count as u64);
            let weight = self.likeness.vocabulary.weight(id);
            postings.of(id).iter().for_each(|new| self.votes.add(*new as usize, weight));
        }
        let mut votes = self.votes.take();
        // In no order: only which they are counts.
        if votes.len() > MAX_CANDIDATES {
            let order = |(weight, new): &(u64, usize)| (std::cmp::Reverse(*weight), new.abs_diff(old), *new);
            votes.select_nth_unstable_by_key(MAX_CANDIDATES, order);
            votes.truncate(MAX_CANDIDATES);
        }
        votes.into_iter().map(|(_, new)| new).collect()
    }

    fn push(&mut self, old: usize, new: usize, score: u64) {
        let rank = score + self.bonus(old, new);
        if rank >= self.least {
            let near = std::cmp::Reverse(old.abs_diff(new));
            self.heap.push(Candidate { rank, near, old: std::cmp::Reverse(old), new: std::cmp::Reverse(new) });
        }
    }

    /// What a pair counts for more because its neighbours belong together.
    fn bonus(&self, old: usize, new: usize) -> u64 {
        let (to_new, to_old) = (&self.links.to_new, &self.links.to_old);
        let before = nearest(to_new, (0..old).rev()).zip(nearest(to_old, (0..new).rev()));
        let after = nearest(to_new, old + 1..to_new.len()).zip(nearest(to_old, new + 1..to_old.len()));
        let agree = |both: Option<(Nearest, Nearest)>| match both {
            Some((there, back)) if there.agrees(back) => {
                AGREES + if there.steps == 0 && back.steps == 0 { BESIDE } else { 0 }
            }
            _ => 0,
        };
        agree(before) + agree(after)
    }

    /// After a pair was found, its neighbours count for more.
    fn push_around(&mut self, old: usize) {
        let around =
            (old.saturating_sub(REACH)..old).rev().chain(old + 1..(old + 1 + REACH).min(self.links.to_new.len()));
        for at in around {
            if self.links.new_of(at).is_some() {
                continue;
            }
            let Some(scored) = self.scores.remove(&at) else { continue };
            for (new, score) in scored.iter().filter(|(_, score)| *score >= MIN_LIKENESS) {
                if self.links.old_of(*new).is_none() {
                    self.push(at, *new, *score);
                }
            }
            self.scores.insert(at, scored);
        }
    }
}

/// The free newer sentences in which each feature stands, one list after the other.
struct Postings {
    /// Where the list of each feature begins, and the end of the last.
    starts: Vec<u32>,
    sentences: Vec<u32>,
}

impl Postings {
    fn new(likeness: &Likeness<'_, '_>, free_new: &[usize]) -> Self {
        let mut starts = vec![0_u32; likeness.vocabulary.len() + 1];
        let features = || free_new.iter().flat_map(|new| likeness.new.features(*new).iter().map(|one| (*new, one.id)));
        for (_, id) in features() {
            starts.get_mut(id as usize).into_iter().for_each(|count| *count += 1);
        }
        let mut end = 0;
        for start in &mut starts {
            end += *start;
            *start = end;
        }
        // Each list is filled from its end, the last sentence first, so that in the end its place is its start.
        let mut sentences = vec![0; end as usize];
        for new in free_new.iter().rev() {
            for feature in likeness.new.features(*new) {
                let Some(start) = starts.get_mut(feature.id as usize) else { continue };
                *start = start.saturating_sub(1);
                let place = sentences.get_mut(*start as usize);
                place.into_iter().for_each(|place| *place = u32::try_from(*new).unwrap_or(u32::MAX));
            }
        }
        Self { starts, sentences }
    }

    fn of(&self, id: Id) -> &[u32] {
        let ends = self.starts.get(id as usize..).and_then(|starts| starts.first_chunk::<2>());
        let list = ends.and_then(|[start, end]| self.sentences.get(*start as usize..*end as usize));
        list.unwrap_or_default()
    }
}

/// How much speaks for each newer sentence.
struct Votes {
    weights: Vec<u64>,
    /// Those that have any.
    with: Vec<usize>,
}

impl Votes {
    fn new(sentences: usize) -> Self {
        Self { weights: vec![0; sentences], with: Vec::new() }
    }

    fn add(&mut self, new: usize, weight: u64) {
        let Some(sum) = self.weights.get_mut(new) else { return };
        if *sum == 0 {
            self.with.push(new);
        }
        *sum += weight;
    }

    /// Returns what there is, and begins again.
    fn take(&mut self) -> Vec<(u64, usize)> {
        let Self { weights, with } = self;
        let mut weight = |new: usize| weights.get_mut(new).map(std::mem::take).unwrap_or_default();
        with.drain(..).map(|new| (weight(new), new)).collect()
    }
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
            (Some(_), Some(at)) => self.to == Some(at) || other.to == self.at,
            _ => false,
        }
    }
}

/// Returns the nearest linked place; the end of the side counts as one. `None` when it is out of reach.
fn nearest(links: &[Option<usize>], places: impl Iterator<Item = usize>) -> Option<Nearest> {
    let mut steps = 0;
    for at in places {
        if let Some(to) = links.get(at).copied().flatten() {
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
    fn new(to_new: &[Option<usize>], free_new: Vec<usize>) -> Self {
        let pairs: Vec<(usize, usize)> =
            to_new.iter().enumerate().filter_map(|(old, new)| Some((old, (*new)?))).collect();
        let stays = moves::stays(&pairs.iter().map(|(_, new)| (*new, 1)).collect::<Vec<_>>());
        let spine = pairs.into_iter().zip(stays).filter(|(_, stays)| *stays).map(|(pair, _)| pair).collect();
        Self { spine, free_new }
    }

    /// Returns the free newer sentences about the same place of the same gap, counted from its start and from its end.
    fn of(&self, old: usize, old_len: usize) -> Vec<usize> {
        let next = self.spine.partition_point(|pair| pair.0 < old);
        let end = self.spine.get(next).copied().unwrap_or((old_len, usize::MAX));
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
