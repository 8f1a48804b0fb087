//! Groups of sentences with the operations on their words.

use super::align::Alignment;
use super::group::{Change, Field, Group, Op, Span, TokenOp};
use super::lcs::Budget;
use super::side::Side;
use super::{Draft, tokens};

/// Makes the groups of a field, in no order.
pub(super) fn drafts(field: Field, alignment: &Alignment<'_>, budget: &mut Budget) -> Vec<Draft> {
    let (mut in_old, mut in_new) =
        (vec![false; alignment.old.sentences.len()], vec![false; alignment.new.sentences.len()]);
    let mut drafts = Vec::with_capacity(in_old.len().max(in_new.len()));
    for group in &alignment.groups {
        for at in &group.old {
            in_old.get_mut(*at).into_iter().for_each(|taken| *taken = true);
        }
        for at in &group.new {
            in_new.get_mut(*at).into_iter().for_each(|taken| *taken = true);
        }
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
    let mut diff = match op {
        Op::Add | Op::Delete => tokens::whole(&before.text, &after.text),
        _ => tokens::diff(&before.text, &after.text, budget),
    };
    let tokens = place(std::mem::take(&mut diff.ops), &before, &after);
    let group = Group {
        id: 0,
        op,
        field,
        old: before.spans,
        new: after.spans,
        moved,
        move_id: None,
        similarity: if matches!(op, Op::Add | Op::Delete) { 0.0 } else { diff.similarity },
        tags: Vec::new(),
        findings: Vec::new(),
        tokens,
    };
    Draft { group, words: diff.words }
}

fn op(old: &Part, new: &Part) -> Op {
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

/// The sentences of a group on one side, one after another with nothing between.
struct Part {
    text: String,
    spans: Vec<Span>,
}

impl Part {
    fn new(side: &Side<'_>, sentences: &[usize]) -> Self {
        let found = sentences.iter().filter_map(|at| side.sentences.get(*at));
        let (mut text, mut spans) = (String::new(), Vec::new());
        for sentence in found {
            text.push_str(sentence.text);
            spans.push(sentence.span);
        }
        Self { text, spans }
    }

    /// Returns in which span a place of the joined text is, and where in the text of the field; of a place between two, the
    /// end of the first.
    fn place(&self, mut at: usize) -> (usize, usize) {
        for (number, span) in self.spans.iter().enumerate() {
            let length = span.end - span.start;
            if at <= length {
                return (number, span.start + at);
            }
            at -= length;
        }
        self.spans.last().map_or((0, 0), |span| (self.spans.len() - 1, span.end))
    }

    /// The places of the joined text where one span ends and the next begins.
    fn borders(&self) -> Vec<usize> {
        let mut at = 0;
        let ends = self.spans.iter().map(|span| {
            at += span.end - span.start;
            at
        });
        let mut ends: Vec<usize> = ends.collect();
        ends.pop();
        ends
    }
}

/// Puts operations on joined texts in their places in the article; none crosses from one span into the next.
fn place(ops: Vec<TokenOp>, old: &Part, new: &Part) -> Vec<TokenOp> {
    let (old_borders, new_borders) = (old.borders(), new.borders());
    let mut placed = Vec::with_capacity(ops.len());
    for op in ops {
        let mut cuts: Vec<usize> = Vec::new();
        if op.op != Change::Ins {
            cuts.extend(old_borders.iter().filter(|at| inside(**at, op.old)).map(|at| at - op.old[0]));
        }
        if op.op != Change::Del {
            cuts.extend(new_borders.iter().filter(|at| inside(**at, op.new)).map(|at| at - op.new[0]));
        }
        cuts.sort_unstable();
        cuts.dedup();
        let length = (op.old[1] - op.old[0]).max(op.new[1] - op.new[0]);
        let mut from = 0;
        for to in cuts.into_iter().chain([length]) {
            placed.push(part_of(&op, from, to, old, new));
            from = to;
        }
    }
    placed
}

fn inside(at: usize, [start, end]: [usize; 2]) -> bool {
    start < at && at < end
}

fn part_of(op: &TokenOp, from: usize, to: usize, old: &Part, new: &Part) -> TokenOp {
    let range = |[start, end]: [usize; 2]| if start == end { [start, end] } else { [start + from, start + to] };
    let (before, after) = (range(op.old), range(op.new));
    let text = match op.op {
        Change::Eq => "",
        Change::Del => old.text.get(before[0]..before[1]).unwrap_or_default(),
        Change::Ins => new.text.get(after[0]..after[1]).unwrap_or_default(),
    };
    let ((old_span, before), (new_span, after)) = (put(old, before), put(new, after));
    TokenOp { op: op.op, old: before, new: after, old_span, new_span, text: text.to_owned() }
}

/// A stretch that begins at a border belongs to the span after it; an empty place to the one before.
fn put(part: &Part, [start, end]: [usize; 2]) -> (usize, [usize; 2]) {
    let (span, end_at) = part.place(end);
    (span, [end_at - (end - start), end_at])
}
