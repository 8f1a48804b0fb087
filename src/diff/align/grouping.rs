//! Sentences in groups, and which of them moved.

use super::super::side::Side;
use super::Group;
use super::links::Links;
use super::moves;

/// Groups of sentences, and in which of them each sentence is.
#[derive(Debug)]
pub(super) struct Grouping {
    pub(super) groups: Vec<Group>,
    pub(super) of_old: Vec<Option<usize>>,
    pub(super) of_new: Vec<Option<usize>>,
}

impl Grouping {
    pub(super) fn new(links: &Links) -> Self {
        Self { groups: Vec::new(), of_old: vec![None; links.to_new.len()], of_new: vec![None; links.to_old.len()] }
    }

    /// Makes a group of each linked pair that is in none.
    pub(super) fn add(&mut self, links: &Links) {
        for (old, new) in links.to_new.iter().enumerate().filter_map(|(old, new)| Some((old, (*new)?))) {
            if let (Some(of_old @ None), Some(of_new @ None)) = (self.of_old.get_mut(old), self.of_new.get_mut(new)) {
                (*of_old, *of_new) = (Some(self.groups.len()), Some(self.groups.len()));
                self.groups.push(Group { old: vec![old], new: vec![new], moved: false });
            }
        }
    }

    /// Links what joined a group, so that it is no longer free.
    pub(super) fn link(&self, links: &mut Links) {
        for group in &self.groups {
            for old in &group.old {
                links.to_new.get_mut(*old).into_iter().for_each(|to| *to = to.or(group.new.first().copied()));
            }
            for new in &group.new {
                links.to_old.get_mut(*new).into_iter().for_each(|to| *to = to.or(group.old.first().copied()));
            }
        }
    }

    /// Returns the groups in the order of the older side. Of those that cross others the fewest are said to have moved, and of
    /// as many the shortest.
    pub(super) fn finish(mut self, old: &Side<'_>, new: &Side<'_>) -> Vec<Group> {
        self.groups.sort_unstable_by_key(|group| group.old.first().copied());
        let item = |group: &Group| {
            let bytes: usize = group.old.iter().filter_map(|at| old.sentences.get(*at)).map(|one| one.text.len()).sum();
            let place = group.new.first().copied().unwrap_or(0);
            // The clauses of a sentence count as one.
            let is_clause = old.goes_on(group.old.first().copied().unwrap_or(0)) && new.goes_on(place);
            (place, u64::from(!is_clause) * ONE_GROUP + (bytes as u64).min(ONE_GROUP - 1))
        };
        let items: Vec<(usize, u64)> = self.groups.iter().map(item).collect();
        for (group, stays) in self.groups.iter_mut().zip(moves::stays(&items)) {
            group.moved = !stays;
        }
        self.groups
    }
}

/// A group counts more than any number of bytes in another one.
const ONE_GROUP: u64 = 1 << 24;
