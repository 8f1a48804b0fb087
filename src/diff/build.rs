//! Groups of sentences with the operations on their words.

use super::align::Alignment;
use super::group::{Field, Group, Op};
use super::lcs::Budget;
use super::part::Part;
use super::tokens::{self, Words};

/// A group with what its place and the summary need.
#[derive(Debug)]
pub(super) struct Draft {
    pub(super) group: Group,
    pub(super) words: Words,
    /// The places of its first and last sentence among those of the field.
    pub(super) old_at: Option<(usize, usize)>,
    pub(super) new_at: Option<(usize, usize)>,
}

impl Draft {
    /// Turns the draft round: what was added was deleted.
    pub(super) fn mirror(&mut self) {
        let group = &mut self.group;
        std::mem::swap(&mut group.old, &mut group.new);
        std::mem::swap(&mut self.old_at, &mut self.new_at);
        group.op = match group.op {
            Op::Add => Op::Delete,
            Op::Delete => Op::Add,
            Op::Split => Op::Merge,
            Op::Merge => Op::Split,
            other => other,
        };
        tokens::mirror(&mut group.tokens);
        std::mem::swap(&mut self.words.removed, &mut self.words.added);
    }
}

/// Makes the groups of a field, in no order.
pub(super) fn drafts(field: Field, alignment: &Alignment<'_>, budget: &mut Budget) -> Vec<Draft> {
    let (mut in_old, mut in_new) =
        (vec![false; alignment.old.sentences.len()], vec![false; alignment.new.sentences.len()]);
    let mut drafts = Vec::with_capacity(in_old.len().max(in_new.len()));
    let take = |taken: &mut Vec<bool>, places: &[usize]| {
        places.iter().for_each(|at| taken.get_mut(*at).into_iter().for_each(|taken| *taken = true));
    };
    for group in &alignment.groups {
        take(&mut in_old, &group.old);
        take(&mut in_new, &group.new);
        drafts.push(draft(field, alignment, &group.old, &group.new, group.moved, budget));
    }
    let alone = |taken: Vec<bool>| taken.into_iter().enumerate().filter(|(_, taken)| !taken).map(|(at, _)| at);
    for at in alone(in_old) {
        drafts.push(draft(field, alignment, &[at], &[], false, budget));
    }
    for at in alone(in_new) {
        drafts.push(draft(field, alignment, &[], &[at], false, budget));
    }
    drafts
}

fn draft(
    field: Field,
    alignment: &Alignment<'_>,
    old: &[usize],
    new: &[usize],
    moved: bool,
    budget: &mut Budget,
) -> Draft {
    let (before, after) = (Part::new(&alignment.old, old), Part::new(&alignment.new, new));
    let op = op(&before, &after);
    let diff = match op {
        Op::Add | Op::Delete => tokens::whole(&before, &after),
        _ => tokens::diff(&before, &after, &alignment.vocabulary, budget),
    };
    let ends = |places: &[usize]| places.first().copied().zip(places.last().copied());
    let group = Group {
        id: 0,
        op,
        field,
        old: before.spans,
        new: after.spans,
        moved,
        move_id: None,
        similarity: if matches!(op, Op::Add | Op::Delete) { 0.0 } else { diff.words.similarity() },
        tags: Vec::new(),
        findings: Vec::new(),
        tokens: diff.ops,
    };
    Draft { group, words: diff.words, old_at: ends(old), new_at: ends(new) }
}

fn op(old: &Part<'_>, new: &Part<'_>) -> Op {
    match (old.spans.len(), new.spans.len()) {
        (0, _) => Op::Add,
        (_, 0) => Op::Delete,
        (1, 1) if old.text == new.text => Op::Unchanged,
        (1, 1) => Op::Edit,
        (1, _) => Op::Split,
        (_, 1) => Op::Merge,
        _ => Op::Regroup,
    }
}
