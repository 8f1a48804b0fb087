//! Which sentences of the older article became which of the newer one.

use super::group::Field;
use super::lcs::Budget;
use super::side::Side;
use super::vocabulary::Vocabulary;

mod anchors;
mod joins;
mod likeness;
mod matching;
mod moves;

use anchors::{Links, pair_equal};
use joins::Joins;
use likeness::Likeness;
use matching::Matching;

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

/// Aligns two fields.
///
/// Equal paragraphs first, then equal sentences, wherever they are; then the most alike; then what was split or merged. The
/// pairs that keep their order stand, the others moved.
pub(super) fn align<'a>(field: Field, old: &[&'a str], new: &[&'a str], budget: &mut Budget) -> Alignment<'a> {
    let (mut to_new, mut to_old): (Links, Links) = (vec![None; old.len()], vec![None; new.len()]);
    pair_equal(old, new, &mut to_new, &mut to_old);
    let mut before = Side::new(field, old, None);
    let mut after = Side::new(field, new, Some((&before, &to_old)));
    let (mut to_new, mut to_old) = sentence_links(&before, &after, &to_new);
    let texts = |side: &Side<'a>| side.sentences.iter().map(|sentence| sentence.text).collect::<Vec<_>>();
    pair_equal(&texts(&before), &texts(&after), &mut to_new, &mut to_old);

    let mut vocabulary = Vocabulary::default();
    let is_linked = |links: &Links, at: usize| links.get(at).is_some_and(Option::is_some);
    budget.spend(before.read(&mut vocabulary, |at| Some(if is_linked(&to_new, at) { 2 } else { 1 })));
    budget.spend(after.read(&mut vocabulary, |at| if is_linked(&to_old, at) { None } else { Some(1) }));
    vocabulary.weigh(before.sentences.len() + after.sentences.len());
    before.weigh(&vocabulary);
    after.weigh(&vocabulary);

    let mut likeness = Likeness::new(&before, &after, &vocabulary);
    Matching::new(&mut likeness, &mut to_new, &mut to_old, budget).run();
    let mut groups: Vec<Group> = Vec::new();
    let mut of_new: Vec<Option<usize>> = vec![None; to_old.len()];
    let mut of_old: Vec<Option<usize>> = vec![None; to_new.len()];
    for (old, new) in to_new.iter().enumerate() {
        let Some(new) = *new else { continue };
        if let (Some(of_old), Some(of_new)) = (of_old.get_mut(old), of_new.get_mut(new)) {
            (*of_old, *of_new) = (Some(groups.len()), Some(groups.len()));
        }
        groups.push(Group { old: vec![old], new: vec![new], moved: false });
    }
    Joins { likeness: &likeness, groups: &mut groups, of_old, of_new, budget }.run();
    let items: Vec<(usize, u64)> = groups
        .iter()
        .map(|group| {
            let bytes: usize = group.old.iter().filter_map(|at| before.sentences.get(*at)).map(|s| s.text.len()).sum();
            (group.new.first().copied().unwrap_or(0), 100_000 + bytes as u64)
        })
        .collect();
    for (group, stays) in groups.iter_mut().zip(moves::stays(&items)) {
        group.moved = !stays;
    }
    Alignment { old: before, new: after, vocabulary, groups }
}

/// The links of sentences that follow from those of whole paragraphs.
fn sentence_links(old: &Side<'_>, new: &Side<'_>, paragraphs: &Links) -> (Links, Links) {
    let (mut to_new, mut to_old) = (vec![None; old.sentences.len()], vec![None; new.sentences.len()]);
    for (para, to) in paragraphs.iter().enumerate() {
        let both = old.paragraphs.get(para).cloned().zip(to.and_then(|to| new.paragraphs.get(to)).cloned());
        for (at, to) in both.into_iter().flat_map(|(old, new)| old.zip(new)) {
            if let (Some(there), Some(back)) = (to_new.get_mut(at), to_old.get_mut(to)) {
                (*there, *back) = (Some(to), Some(at));
            }
        }
    }
    (to_new, to_old)
}
