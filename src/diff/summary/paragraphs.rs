//! Sentences counted as paragraphs.

use crate::diff::{Field, Group, Op};
use crate::model::Article;

/// How many paragraphs came, went, were edited and moved.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) added: usize,
    pub(super) removed: usize,
    pub(super) edited: usize,
    pub(super) moved: usize,
}

/// Paragraphs of both sides that hold sentences of the same group belong together. A set of one side alone is a paragraph that
/// came or went; so the mirrored diff counts the same.
pub(super) fn count(groups: &[Group], old: &Article, new: &Article) -> Counts {
    let mut sets = Sets::new(old.paragraphs.len() + new.paragraphs.len());
    let newer = old.paragraphs.len();
    let body = || groups.iter().filter(|group| group.field == Field::Body);
    let places = |group: &Group| -> Vec<usize> {
        group.old.iter().map(|span| span.para).chain(group.new.iter().map(|span| newer + span.para)).collect()
    };
    for group in body() {
        let places = places(group);
        for pair in places.windows(2) {
            if let [one, other] = pair {
                sets.join(*one, *other);
            }
        }
    }
    let mut found: Vec<Found> = vec![Found::default(); newer + new.paragraphs.len()];
    for group in body() {
        let Some(set) = places(group).first().and_then(|place| found.get_mut(sets.find(*place))) else { continue };
        set.old |= !group.old.is_empty();
        set.new |= !group.new.is_empty();
        set.changed |= group.op != Op::Unchanged;
        if !matches!(group.op, Op::Add | Op::Delete) {
            set.moved |= group.moved;
            set.stayed |= !group.moved;
        }
    }
    let number = |of: &dyn Fn(&Found) -> bool| found.iter().filter(|found| of(found)).count();
    Counts {
        added: number(&|found| found.new && !found.old),
        removed: number(&|found| found.old && !found.new),
        edited: number(&|found| found.old && found.new && found.changed),
        moved: number(&|found| found.moved && !found.stayed),
    }
}

/// What the groups of a set of paragraphs are.
#[derive(Debug, Clone, Default)]
struct Found {
    old: bool,
    new: bool,
    changed: bool,
    moved: bool,
    stayed: bool,
}

/// Disjoint sets with path halving (Tarjan and van Leeuwen, 1984).
struct Sets {
    parents: Vec<usize>,
}

impl Sets {
    fn new(number: usize) -> Self {
        Self { parents: (0..number).collect() }
    }

    fn parent(&self, at: usize) -> usize {
        self.parents.get(at).copied().unwrap_or(at)
    }

    fn find(&mut self, mut at: usize) -> usize {
        while self.parent(at) != at {
            let above = self.parent(self.parent(at));
            if let Some(parent) = self.parents.get_mut(at) {
                *parent = above;
            }
            at = above;
        }
        at
    }

    fn join(&mut self, one: usize, other: usize) {
        let (one, other) = (self.find(one), self.find(other));
        if let Some(parent) = self.parents.get_mut(one.max(other)) {
            *parent = one.min(other);
        }
    }
}
