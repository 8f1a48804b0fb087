//! Sentences that were split or merged: what is left over beside a pair, and is a part of it.

use std::borrow::Cow;

use super::super::side::{Feature, Side};
use super::grouping::Grouping;
use super::likeness::Likeness;

/// The search for sentences that join a group beside them.
pub(super) struct Joins<'j, 's, 'a> {
    pub(super) likeness: &'j Likeness<'s, 'a>,
    pub(super) grouping: &'j mut Grouping,
    /// How much of a sentence must be left over in the group, in thousandths of its words by weight.
    pub(super) share: u64,
}

/// A sentence that may join a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Offer {
    /// How much of the sentence the group has left over, in thousandths.
    share: u64,
    /// How much of the group's other side it accounts for, in thousandths.
    of_source: u64,
    is_old: bool,
    sentence: std::cmp::Reverse<usize>,
    group: usize,
}

impl Offer {
    /// Whether it holds across other sentences: one may have been put between the halves of another one.
    fn is_sure(&self) -> bool {
        self.share >= FAR_SHARE && self.of_source >= FAR_OF_SOURCE
    }
}

/// How far from a group a sentence may stand that joins it, in sentences.
const REACH: usize = 3;
/// What must be so of one that does not stand beside it.
const FAR_SHARE: u64 = 500;
const FAR_OF_SOURCE: u64 = 50;
/// Sentences join in rounds, since each that joined makes its neighbours neighbours of the group.
const ROUNDS: usize = 4;
/// The least part of a group's other side that a sentence must account for, in thousandths.
const MIN_OF_SOURCE: u64 = 20;

impl Joins<'_, '_, '_> {
    pub(super) fn run(&mut self) {
        for _ in 0..ROUNDS {
            let mut offers: Vec<Offer> = self.offers(true).chain(self.offers(false)).collect();
            offers.sort_unstable_by_key(|offer| std::cmp::Reverse(*offer));
            let mut changed = false;
            let mut touched = vec![false; self.grouping.groups.len()];
            for offer in offers {
                let is_free = self.of(offer.is_old).get(offer.sentence.0).is_some_and(Option::is_none);
                let fresh = touched.get_mut(offer.group).is_some_and(|touched| !std::mem::replace(touched, true));
                if is_free && fresh {
                    self.join(offer);
                    changed = true;
                }
            }
            if !changed {
                break;
            }
        }
    }

    fn of(&self, is_old: bool) -> &[Option<usize>] {
        if is_old { &self.grouping.of_old } else { &self.grouping.of_new }
    }

    fn offers(&self, is_old: bool) -> impl Iterator<Item = Offer> + '_ {
        let of = self.of(is_old);
        let free = of.iter().enumerate().filter(|(_, group)| group.is_none()).map(|(at, _)| at);
        free.flat_map(move |sentence| {
            let group = |at: Option<usize>| at.and_then(|at| of.get(at).copied().flatten());
            let [before, after] = [group(sentence.checked_sub(1)), group(Some(sentence + 1))];
            let after = after.filter(|after| Some(*after) != before);
            let near = [before, after].into_iter().flatten().filter_map(move |at| self.offer(is_old, sentence, at));
            let far = (2..=REACH).flat_map(move |step| [sentence.checked_sub(step), Some(sentence + step)]);
            let far = far.filter_map(group).filter(move |at| Some(*at) != before && Some(*at) != after);
            near.chain(far.filter_map(move |at| self.offer(is_old, sentence, at).filter(Offer::is_sure)))
        })
    }

    fn offer(&self, is_old: bool, sentence: usize, group: usize) -> Option<Offer> {
        let members = self.grouping.groups.get(group)?;
        let (own_side, own, other_side, other) = if is_old {
            (self.likeness.old, &members.old, self.likeness.new, &members.new)
        } else {
            (self.likeness.new, &members.new, self.likeness.old, &members.old)
        };
        // Of equal sentences nothing is left over; the words of the newer one were not even read.
        if let ([one], [two]) = (own.as_slice(), other.as_slice())
            && own_side.sentences.get(*one)?.text == other_side.sentences.get(*two)?.text
        {
            return None;
        }
        let source = bag(other_side, other);
        let present = bag(own_side, own);
        let left = subtract(&source, &present);
        if left.is_empty() {
            return None;
        }
        let mass = own_side.sentences.get(sentence)?.mass;
        let source_mass: u64 = other.iter().filter_map(|at| other_side.sentences.get(*at)).map(|s| s.mass).sum();
        let features = own_side.features(sentence);
        let shared = self.likeness.shared(&left, features);
        let share = 1000 * shared / mass.max(1);
        let of_source = 1000 * shared / source_mass.max(1);
        let ok = share >= self.share && of_source >= MIN_OF_SOURCE;
        ok.then_some(Offer { share, of_source, is_old, sentence: std::cmp::Reverse(sentence), group })
    }

    fn join(&mut self, offer: Offer) {
        let sentence = offer.sentence.0;
        let Some(members) = self.grouping.groups.get_mut(offer.group) else { return };
        let (list, of) = if offer.is_old {
            (&mut members.old, &mut self.grouping.of_old)
        } else {
            (&mut members.new, &mut self.grouping.of_new)
        };
        list.push(sentence);
        list.sort_unstable();
        of.get_mut(sentence).into_iter().for_each(|of| *of = Some(offer.group));
    }
}

/// The features of several sentences.
fn bag<'s>(side: &'s Side<'_>, sentences: &[usize]) -> Cow<'s, [Feature]> {
    if let [one] = sentences {
        return Cow::Borrowed(side.features(*one));
    }
    let mut all: Vec<Feature> = sentences.iter().flat_map(|at| side.features(*at)).copied().collect();
    all.sort_unstable();
    all.dedup_by(|next, kept| {
        let same = next.id == kept.id;
        if same {
            kept.count += next.count;
        }
        same
    });
    Cow::Owned(all)
}

fn subtract(from: &[Feature], what: &[Feature]) -> Vec<Feature> {
    let mut others = what.iter().peekable();
    let mut left = Vec::with_capacity(from.len());
    for feature in from {
        while others.next_if(|other| other.id < feature.id).is_some() {}
        let taken = others.next_if(|other| other.id == feature.id).map_or(0, |other| other.count);
        if feature.count > taken {
            left.push(Feature { count: feature.count - taken, ..*feature });
        }
    }
    left
}

#[cfg(test)]
#[allow(clippy::indexing_slicing, reason = "a test")]
mod tests {
    use crate::diff::{Op, Options, compare};
    use crate::model::Article;

    const SPLIT: &str = "Divers found a crack in the northern pier, and the harbour master told the mayor on Monday.";
    const HALVES: [&str; 2] =
        ["Divers found a crack in the northern pier.", "The harbour master told the mayor on Monday."];

    fn ops(old: &str, new: &str) -> Vec<Op> {
        let diff = compare(&Article::new("").with_text(old), &Article::new("").with_text(new), &Options::default());
        diff.groups.iter().map(|group| group.op).collect()
    }

    #[test]
    fn a_sentence_put_between_the_halves_of_a_split_one_does_not_hide_the_split() {
        let between = "Ferries run all night until then.";
        let new = format!("{} {between} {}", HALVES[0], HALVES[1]);
        assert_eq!(ops(SPLIT, &new), [Op::Split, Op::Add]);
        assert_eq!(ops(&new, SPLIT), [Op::Merge, Op::Delete]);
    }

    #[test]
    fn a_sentence_far_away_joins_only_what_it_is_a_part_of() {
        let far = "The harbour master told reporters that all the other piers of the town were safe.";
        let new = format!("{} Ferries run all night until then. {far}", HALVES[0]);
        assert_eq!(ops(SPLIT, &new), [Op::Edit, Op::Add, Op::Add]);
    }
}
