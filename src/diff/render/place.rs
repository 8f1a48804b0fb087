//! Where each sentence is shown.
//!
//! Sentences of the newer article stand where they stand. One that is gone, or moved away, has no place of its own: it is shown
//! after the sentence that it followed in its paragraph, or before the one that it preceded; and if nothing of its paragraph
//! is left, in a row of its own after the last paragraph that stands before it.

use std::collections::{HashMap, HashSet};

use super::super::{ArticleDiff, Change, Field, Group, Op, Span, TokenOp};
use super::page::{Piece, Seg, What, groups_of};
use crate::model::Article;

/// The order of rows: what is shown before all, then each newer paragraph and what is gone after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct RowKey {
    /// The newer paragraph.
    pub(super) para: usize,
    /// 0 before all, 1 for that paragraph itself, 2 after it.
    phase: u8,
    /// The older paragraph, of one that is gone.
    old: usize,
}

impl RowKey {
    pub(super) fn is_new(self) -> bool {
        self.phase == 1
    }

    const fn new_para(para: usize) -> Self {
        Self { para, phase: 1, old: 0 }
    }
}

/// The order within a row: the byte of a newer sentence; before it (0), itself (1), after it (2); the place among the older.
type Place = (usize, u8, usize);

/// A segment and where it is shown.
#[derive(Debug)]
pub(super) struct Entry<'a> {
    pub(super) row: RowKey,
    place: Place,
    pub(super) seg: Seg<'a>,
}

/// One span of one group.
#[derive(Debug, Clone, Copy)]
struct Sentence<'a> {
    group: &'a Group,
    /// Which of the groups of the body.
    id: usize,
    /// Which span of the side.
    at: usize,
    span: Span,
    /// The white space before it; `None` at the start of its paragraph.
    gap: Option<&'a str>,
}

impl Sentence<'_> {
    fn stands(&self) -> bool {
        !self.group.moved && !self.group.old.is_empty() && !self.group.new.is_empty()
    }

    /// Where something is shown that followed it.
    fn after(&self) -> Option<(RowKey, usize, u8)> {
        let last = self.group.new.iter().max_by_key(|span| (span.para, span.start))?;
        Some((RowKey::new_para(last.para), last.start, 2))
    }

    fn before(&self) -> Option<(RowKey, usize, u8)> {
        let first = self.group.new.iter().min_by_key(|span| (span.para, span.start))?;
        Some((RowKey::new_para(first.para), first.start, 0))
    }
}

/// Returns every sentence of the body, in the order in which they are shown.
pub(super) fn entries<'a>(diff: &'a ArticleDiff, old: &'a Article, new: &'a Article) -> Vec<Entry<'a>> {
    let groups: Vec<&Group> = groups_of(diff, Field::Body).collect();
    let before = sentences(&groups, old, |group| &group.old);
    let after = sentences(&groups, new, |group| &group.new);
    let gaps: HashMap<(usize, usize), Option<&str>> = before.iter().map(|one| ((one.id, one.at), one.gap)).collect();
    let mut entries: Vec<Entry<'a>> = after.iter().map(|one| newer(one, &gaps, old, new)).collect();
    entries.extend(gone(&before, &after, old, new));
    entries.sort_by_key(|entry| (entry.row, entry.place));
    entries
}

fn sentences<'a>(
    groups: &[&'a Group],
    article: &'a Article,
    side: impl Fn(&'a Group) -> &'a [Span],
) -> Vec<Sentence<'a>> {
    let of = |(id, group): (usize, &&'a Group)| {
        let group = *group;
        side(group).iter().enumerate().map(move |(at, span)| Sentence { group, id, at, span: *span, gap: None })
    };
    let mut sentences: Vec<Sentence<'a>> = groups.iter().enumerate().flat_map(of).collect();
    sentences.sort_by_key(|one| (one.span.para, one.span.start, one.id));
    let mut last: Option<Span> = None;
    for one in &mut sentences {
        one.gap = last.filter(|last| last.para == one.span.para).map(|last| {
            let text = one.span.text(Field::Body, article);
            text.and_then(|text| text.get(last.end..one.span.start)).unwrap_or_default()
        });
        last = Some(one.span);
    }
    sentences
}

fn newer<'a>(
    one: &Sentence<'a>,
    gaps: &HashMap<(usize, usize), Option<&'a str>>,
    old: &'a Article,
    new: &'a Article,
) -> Entry<'a> {
    let group = one.group;
    let what = match group.op {
        _ if group.old.is_empty() => What::Added,
        _ if group.moved => What::Here,
        Op::Unchanged => What::Same,
        _ => What::Edited,
    };
    let ops: Vec<&TokenOp> = group.tokens.iter().filter(|op| op.new_span == one.at).collect();
    let homes = ops.iter().filter(|op| op.op != Change::Ins).filter_map(|op| group.old.get(op.old_span));
    let homes = homes.map(|span| span.para);
    let homes = homes.clone().min().zip(homes.max()).or_else(|| {
        let paras = group.old.iter().map(|span| span.para);
        paras.clone().min().zip(paras.max())
    });
    // What follows a part of the same older sentence has nothing before it there: all is in the pieces.
    let first = ops.iter().find(|op| op.op != Change::Ins);
    let starts = first.is_none_or(|op| group.old.get(op.old_span).is_some_and(|span| span.start == op.old[0]));
    let old_gap = match first {
        Some(op) if starts => gaps.get(&(one.id, op.old_span)).copied().flatten(),
        _ => Some(""),
    };
    let pieces = pieces(group, old, new, |op| op.new_span == one.at);
    let seg = Seg { what, pieces, old_gap, new_gap: one.gap, group: Some(group), homes, move_id: None, note: None };
    Entry { row: RowKey::new_para(one.span.para), place: (one.span.start, 1, one.at), seg }
}

/// The sentences of the older article that stand no more, or not there.
fn gone<'a>(before: &[Sentence<'a>], after: &[Sentence<'a>], old: &'a Article, new: &'a Article) -> Vec<Entry<'a>> {
    let standing: HashSet<usize> = after.iter().filter(|one| one.stands()).map(|one| one.span.para).collect();
    // A paragraph that moved takes with it what was deleted from it.
    let moved_whole =
        |one: &Sentence<'_>| one.group.moved && one.group.new.iter().all(|span| !standing.contains(&span.para));
    let mut entries = Vec::new();
    let mut last = RowKey { para: 0, phase: 0, old: 0 };
    for para in before.chunk_by(|one, next| one.span.para == next.span.para) {
        let (near, with_moved) = (neighbours(para, |one| one.stands()), neighbours(para, moved_whole));
        for ((one, near), with_moved) in para.iter().zip(near).zip(with_moved).filter(|((one, _), _)| !one.stands()) {
            let is_deleted = one.group.new.is_empty();
            let own = (RowKey { old: one.span.para, ..last }, 0, 1);
            let (row, start, phase) = near.or(with_moved.filter(|_| is_deleted)).unwrap_or(own);
            entries.push(Entry { row, place: (start, phase, entries.len()), seg: older(one, old, new) });
        }
        if let Some((row, _, _)) = para.iter().rev().filter(|one| one.stands()).find_map(Sentence::after) {
            last = RowKey { phase: 2, ..row };
        }
    }
    entries
}

/// Of each sentence of a paragraph, the place after the one before it that `is` so, or before the one after it.
fn neighbours(para: &[Sentence<'_>], is: impl Fn(&Sentence<'_>) -> bool) -> Vec<Option<(RowKey, usize, u8)>> {
    let mut found = vec![None; para.len()];
    let (mut last, mut next) = (None, None);
    for (slot, one) in found.iter_mut().zip(para) {
        last = if is(one) { one.after() } else { last };
        *slot = last;
    }
    for (slot, one) in found.iter_mut().zip(para).rev() {
        next = if is(one) { one.before() } else { next };
        *slot = slot.or(next);
    }
    found
}

fn older<'a>(one: &Sentence<'a>, old: &'a Article, new: &'a Article) -> Seg<'a> {
    let is_deleted = one.group.new.is_empty();
    Seg {
        what: if is_deleted { What::Deleted } else { What::Away },
        pieces: if is_deleted { pieces(one.group, old, new, |op| op.old_span == one.at) } else { Vec::new() },
        old_gap: one.gap,
        new_gap: None,
        group: Some(one.group),
        homes: Some((one.span.para, one.span.para)),
        move_id: None,
        note: None,
    }
}

/// Returns the pieces of a group that `of` takes; of equal words the newer side's.
pub(super) fn pieces<'a>(
    group: &'a Group,
    old: &'a Article,
    new: &'a Article,
    of: impl Fn(&TokenOp) -> bool,
) -> Vec<Piece<'a>> {
    let slice = |spans: &[Span], at: usize, [start, end]: [usize; 2], article: &'a Article| {
        let text = spans.get(at).and_then(|span| span.text(group.field, article));
        text.and_then(|text| text.get(start..end)).unwrap_or_default()
    };
    let mut pieces = Vec::new();
    let mut last: Option<usize> = None;
    for op in group.tokens.iter().filter(|op| of(op)) {
        if op.op != Change::Ins {
            let from = last.filter(|last| *last != op.old_span).and_then(|last| group.old.get(last));
            if let Some((from, to)) = from.zip(group.old.get(op.old_span)) {
                pieces.push(match from.para == to.para {
                    true => Piece::OldGap(space_before(slice(&group.old, op.old_span, [from.end, to.start], old))),
                    false => Piece::Break,
                });
            }
            last = Some(op.old_span);
        }
        pieces.push(match op.op {
            Change::Del => Piece::Text(Change::Del, slice(&group.old, op.old_span, op.old, old)),
            change => Piece::Text(change, slice(&group.new, op.new_span, op.new, new)),
        });
    }
    pieces
}

/// The white space at the end of what stands between two sentences of a group: a sentence of another group between them is shown by itself.
fn space_before(between: &str) -> &str {
    between.get(between.trim_end().len()..).unwrap_or_default()
}
