//! Operations on the joined text of a group, put in their places in the article.

use super::super::group::{Change, TokenOp};
use super::super::part::Part;

/// Puts operations on joined texts in their places in the article; none crosses from one span into the next.
pub(super) fn put(ops: Vec<TokenOp>, old: &Part<'_>, new: &Part<'_>) -> Vec<TokenOp> {
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

fn part_of(op: &TokenOp, from: usize, to: usize, old: &Part<'_>, new: &Part<'_>) -> TokenOp {
    let range = |[start, end]: [usize; 2]| if start == end { [start, end] } else { [start + from, start + to] };
    let (before, after) = (range(op.old), range(op.new));
    let text = match op.op {
        Change::Eq => "",
        Change::Del => old.text.get(before[0]..before[1]).unwrap_or_default(),
        Change::Ins => new.text.get(after[0]..after[1]).unwrap_or_default(),
    };
    let ((old_span, before), (new_span, after)) = (old.place(before), new.place(after));
    TokenOp { op: op.op, old: before, new: after, old_span, new_span, text: text.to_owned() }
}

/// Turns operations round. Deletions still come before insertions.
pub(in super::super) fn mirror(ops: &mut [TokenOp]) {
    for op in ops.iter_mut() {
        std::mem::swap(&mut op.old, &mut op.new);
        std::mem::swap(&mut op.old_span, &mut op.new_span);
        op.op = match op.op {
            Change::Eq => Change::Eq,
            Change::Del => Change::Ins,
            Change::Ins => Change::Del,
        };
    }
    for run in ops.chunk_by_mut(|one, next| one.op != Change::Eq && next.op != Change::Eq) {
        run.sort_by_key(|op| op.op == Change::Ins);
        meet(run);
    }
}

/// Where something was replaced, the deletions stand before what came, and the insertions after what went.
fn meet(run: &mut [TokenOp]) {
    let came = run.iter().find(|op| op.op == Change::Ins).map(|op| (op.new_span, op.new[0]));
    let went = run.iter().rev().find(|op| op.op == Change::Del).map(|op| (op.old_span, op.old[1]));
    for op in run {
        match (op.op, came, went) {
            (Change::Del, Some((span, at)), _) => (op.new_span, op.new) = (span, [at; 2]),
            (Change::Ins, _, Some((span, at))) => (op.old_span, op.old) = (span, [at; 2]),
            _ => {}
        }
    }
}
