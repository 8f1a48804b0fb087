//! Which sentences of the older article became which of the newer one.

use super::group::Field;
use super::lcs::Budget;
use super::side::Side;
use super::vocabulary::Vocabulary;

mod agree;
mod anchors;
mod clauses;
mod grouping;
mod joins;
mod likeness;
mod links;
mod matching;
mod moves;
mod parted;

use agree::agree;
use anchors::pair_equal;
use grouping::Grouping;
use joins::Joins;
use likeness::Likeness;
use links::Links;
use matching::{Matching, Scores};

/// Sentences that belong together, by their places on either side.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Group {
    pub(super) old: Vec<usize>,
    pub(super) new: Vec<usize>,
    pub(super) moved: bool,
}

/// Both sides of a field, and the groups of their sentences. What is in no group was added or deleted.
pub(super) struct Alignment<'a> {
    pub(super) old: Side<'a>,
    pub(super) new: Side<'a>,
    pub(super) vocabulary: Vocabulary<'a>,
    pub(super) groups: Vec<Group>,
}

/// Pairs and joins in two rounds, the sure ones first, so that half of a split sentence is not taken for an edit of another one:
/// how alike two sentences must be, in thousandths, and how much of a sentence must be left over in a group that it joins.
const ROUNDS: [(u64, u64); 2] = [(500, 400), (360, 180)];

/// Aligns two fields.
///
/// Equal paragraphs first, then equal sentences, wherever they are; then the most alike; then what was split or merged. The
/// pairs that keep their order stand, the others moved.
pub(super) fn align<'a>(field: Field, old: &[&'a str], new: &[&'a str], budget: &mut Budget) -> Alignment<'a> {
    let (mut before, mut after, mut links) = anchored(field, old, new);
    let mut vocabulary = Vocabulary::default();
    budget.spend(before.read(&mut vocabulary, |at| Some(if links.new_of(at).is_some() { 2 } else { 1 })));
    budget.spend(after.read(&mut vocabulary, |at| if links.old_of(at).is_some() { None } else { Some(1) }));
    vocabulary.weigh(before.sentences.len() + after.sentences.len());
    before.weigh(&vocabulary);
    after.weigh(&vocabulary);
    // The headline is the headline, however much of it was rewritten.
    if matches!(field, Field::Headline | Field::Deck) && before.sentences.len() == 1 && after.sentences.len() == 1 {
        links.link(0, 0);
    }
    let mut likeness = Likeness::new(&before, &after, &vocabulary);
    let mut grouping = Grouping::new(&links);
    let mut scores = Scores::default();
    for (alike, left_over) in ROUNDS {
        Matching::new(&mut likeness, &mut links, budget, &mut scores, alike).run();
        grouping.add(&links);
        Joins { likeness: &likeness, grouping: &mut grouping, share: left_over }.run();
        grouping.link(&mut links);
    }
    let groups = grouping.finish(&before, &after);
    Alignment { old: before, new: after, vocabulary, groups }
}

/// Splits both sides into sentences and links what is equal.
fn anchored<'a>(field: Field, old: &[&'a str], new: &[&'a str]) -> (Side<'a>, Side<'a>, Links) {
    let mut paragraphs = Links::new(old.len(), new.len());
    pair_equal(old, new, &mut paragraphs);
    let (mut old_cuts, mut new_cuts) = Default::default();
    if field == Field::Body {
        (old_cuts, new_cuts) = clauses::cut(old, new, &paragraphs);
        agree(old, new, &paragraphs, &mut old_cuts, &mut new_cuts);
        parted::part(old, new, &paragraphs, &mut old_cuts, &mut new_cuts);
    }
    let before = Side::new(field, old, &old_cuts, None);
    let after = Side::new(field, new, &new_cuts, Some((&before, &paragraphs.to_old)));
    let mut links = sentence_links(&before, &after, &paragraphs);
    let texts = |side: &Side<'a>| side.sentences.iter().map(|sentence| sentence.text).collect::<Vec<_>>();
    pair_equal(&texts(&before), &texts(&after), &mut links);
    (before, after, links)
}

/// The links of sentences that follow from those of whole paragraphs.
fn sentence_links(old: &Side<'_>, new: &Side<'_>, paragraphs: &Links) -> Links {
    let mut links = Links::new(old.sentences.len(), new.sentences.len());
    for (para, to) in paragraphs.to_new.iter().enumerate() {
        let both = old.paragraphs.get(para).cloned().zip(to.and_then(|to| new.paragraphs.get(to)).cloned());
        both.into_iter().flat_map(|(old, new)| old.zip(new)).for_each(|(old, new)| links.link(old, new));
    }
    links
}
