//! A row as it is written: one run of marked text, or one for each side.

use std::borrow::Cow;

use unicode_width::UnicodeWidthChar;

use super::super::Change;
use super::super::class::is_invisible;
use super::note::Note;
use super::page::{Kind, Piece, Row, Seg, What};

/// A part of a row, in the order in which it is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Part<'a> {
    Text(Change, Cow<'a, str>),
    /// The end of a paragraph, which came or went.
    Break(Change),
    /// What moved here begins.
    Here(Option<Note>),
    /// And ends.
    HereEnd,
    /// From here something moved.
    Away(Note),
    /// Something unchanged is left out.
    Cut,
}

/// One side of a diff.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Old,
    New,
}

/// Sentences of fewer bytes are not left out: nothing would be gained.
const MIN_CUT: usize = 60;

/// Returns a row with what went and what came woven into each other.
pub(super) fn woven<'a>(row: &Row<'a>) -> Vec<Part<'a>> {
    weave(row, |_| false)
}

/// Returns the same without the unchanged sentences that touch no change.
pub(super) fn cut<'a>(row: &Row<'a>) -> Vec<Part<'a>> {
    let is_far = far(row);
    weave(row, |at| is_far.get(at) == Some(&true))
}

/// Returns only what one side has: of the older text what stayed and went, of the newer what stayed and came.
///
/// What moved is told at its new place, with its older words where they differ.
pub(super) fn column<'a>(row: &Row<'a>, side: Side) -> Vec<Part<'a>> {
    let gone = if side == Side::Old { Change::Ins } else { Change::Del };
    let mut weaver = Weaver::default();
    for seg in &row.segs {
        let is_whole_move = row.kind == Kind::Moved && seg.what == What::Here;
        match (seg.what, side) {
            (What::Added, Side::Old) | (What::Deleted | What::Away, Side::New) => {}
            (What::Here, Side::Old) if !is_whole_move => {}
            (What::Break(change), _) if change == gone => {}
            (What::Here, Side::New) if !is_whole_move => weaver.seg(seg, seg.new_gap),
            (_, Side::Old) => weaver.only(seg, seg.old_gap, gone, is_whole_move),
            (_, Side::New) => weaver.only(seg, seg.new_gap, gone, is_whole_move),
        }
    }
    weaver.finish()
}

/// Returns what marks of a change make of the pieces of one text.
pub(super) fn of_pieces<'a>(pieces: &[Piece<'a>], without: Option<Change>) -> Vec<Part<'a>> {
    let mut weaver = Weaver::default();
    weaver.pieces(pieces, without);
    weaver.finish()
}

fn weave<'a>(row: &Row<'a>, is_left_out: impl Fn(usize) -> bool) -> Vec<Part<'a>> {
    let mut weaver = Weaver::default();
    for (at, seg) in row.segs.iter().enumerate() {
        match seg {
            _ if is_left_out(at) => weaver.cut(),
            seg if row.kind == Kind::Moved && seg.what == What::Here => {
                weaver.gap(seg.new_gap.or(seg.old_gap), first_change(&seg.pieces));
                weaver.pieces(&seg.pieces, None);
            }
            seg if row.is_space => weaver.space(seg),
            seg => weaver.seg(seg, seg.new_gap.or(seg.old_gap)),
        }
    }
    weaver.finish()
}

/// Which sentences touch no change, and are worth leaving out.
fn far(row: &Row<'_>) -> Vec<bool> {
    let is_same = |at: usize| row.segs.get(at).is_none_or(|seg| seg.what == What::Same);
    let mut far: Vec<bool> = (0..row.segs.len())
        .map(|at| is_same(at) && is_same(at + 1) && (at == 0 || is_same(at - 1)) && !(at == 0 && row.continues))
        .collect();
    let length = |seg: &Seg<'_>| seg.pieces.iter().map(|piece| text_of(piece).len()).sum::<usize>();
    let mut start = 0;
    while start < far.len() {
        let run = far.iter().skip(start).take_while(|far| **far).count();
        let bytes: usize = row.segs.iter().skip(start).take(run).map(length).sum();
        if bytes < MIN_CUT {
            far.iter_mut().skip(start).take(run).for_each(|far| *far = false);
        }
        start += run.max(1);
    }
    far
}

fn text_of<'a>(piece: &Piece<'a>) -> &'a str {
    match piece {
        Piece::Text(_, text) | Piece::OldGap(text) => text,
        Piece::Break => "",
    }
}

fn first_change(pieces: &[Piece<'_>]) -> Change {
    pieces.iter().find_map(Piece::change).unwrap_or(Change::Eq)
}

/// Joins segments, with what stands between them.
#[derive(Default)]
struct Weaver<'a> {
    parts: Vec<Part<'a>>,
    /// The move that the last part is in.
    here: Option<Option<usize>>,
}

impl<'a> Weaver<'a> {
    fn seg(&mut self, seg: &Seg<'a>, gap: Option<&'a str>) {
        let moved = (seg.what == What::Here).then_some(seg.move_id);
        let goes_on = moved.is_some() && self.here == moved && seg.note.is_none();
        if self.here.is_some() && !goes_on {
            self.leave();
        }
        match seg.what {
            What::Break(change) => self.parts.push(Part::Break(change)),
            What::Away => {
                self.gap(gap.or(Some(" ")), Change::Eq);
                self.parts.extend(seg.note.clone().map(Part::Away));
            }
            _ => {
                self.gap(gap, if moved.is_some() { Change::Eq } else { first_change(&seg.pieces) });
                if moved.is_some() && !goes_on {
                    self.parts.push(Part::Here(seg.note.clone()));
                    self.here = moved;
                }
                self.pieces(&seg.pieces, None);
            }
        }
    }

    fn only(&mut self, seg: &Seg<'a>, gap: Option<&'a str>, without: Change, is_whole_move: bool) {
        match seg.what {
            What::Here if is_whole_move => {
                self.gap(gap, Change::Eq);
                self.pieces(&seg.pieces, Some(without));
            }
            What::Break(_) | What::Away | What::Here => self.seg(seg, gap),
            _ => {
                self.leave();
                let first = seg.pieces.iter().filter_map(Piece::change).find(|change| *change != without);
                self.gap(gap, first.unwrap_or(Change::Eq));
                self.pieces(&seg.pieces, Some(without));
            }
        }
    }

    /// A sentence before which white space came or went.
    fn space(&mut self, seg: &Seg<'a>) {
        if let (Some(old), Some(new)) = (seg.old_gap, seg.new_gap)
            && old != new
        {
            self.text(Change::Del, old);
            self.text(Change::Ins, new);
            return self.pieces(&seg.pieces, None);
        }
        self.seg(seg, seg.new_gap);
    }

    fn pieces(&mut self, pieces: &[Piece<'a>], without: Option<Change>) {
        let changes: Vec<Option<Change>> = pieces.iter().map(Piece::change).collect();
        let near = |at: Option<usize>| at.and_then(|at| changes.get(at).copied().flatten());
        for (at, piece) in pieces.iter().enumerate() {
            match piece {
                Piece::Text(change, _) if Some(*change) == without => {}
                Piece::Text(Change::Eq, text) => self.text(Change::Eq, text),
                // Marks around nothing would say nothing.
                Piece::Text(change, text) if !text.is_empty() && text.chars().all(is_invisible) => {
                    self.text(*change, "\u{FFFD}");
                }
                Piece::Text(change, text) => self.text(*change, text),
                Piece::Break if without != Some(Change::Del) => {
                    self.parts.push(Part::Break(Change::Del));
                    let is_between = [near(at.checked_sub(1)), near(at.checked_add(1))] == [Some(Change::Del); 2];
                    self.text(Change::Del, if is_between { " " } else { "" });
                }
                Piece::OldGap(gap) if without == Some(Change::Ins) => self.text(Change::Eq, gap),
                // Between two parts that went, what stood between them went as well.
                Piece::OldGap(gap)
                    if without.is_none()
                        && [near(at.checked_sub(1)), near(at.checked_add(1))] == [Some(Change::Del); 2] =>
                {
                    self.text(Change::Del, gap);
                }
                Piece::Break | Piece::OldGap(_) => {}
            }
        }
    }

    /// White space between two segments: within a change a part of it.
    fn gap(&mut self, gap: Option<&'a str>, next: Change) {
        let Some(last) = self.parts.iter().rev().find(|part| !matches!(part, Part::HereEnd)) else { return };
        let (gap, last) = match last {
            Part::Text(change, text) => {
                // Scripts of wide characters put no space between sentences.
                let is_wide = text.chars().next_back().and_then(UnicodeWidthChar::width) == Some(2);
                (gap.unwrap_or(if is_wide { "" } else { " " }), *change)
            }
            Part::Break(_) => (gap.unwrap_or(" "), Change::Eq),
            _ => (gap.filter(|gap| !gap.is_empty()).unwrap_or(" "), Change::Eq),
        };
        self.text(if last == next && self.here.is_none() { next } else { Change::Eq }, gap);
    }

    fn text(&mut self, change: Change, text: &'a str) {
        match self.parts.last_mut() {
            _ if text.is_empty() => {}
            Some(Part::Text(last, before)) if *last == change => before.to_mut().push_str(text),
            _ => self.parts.push(Part::Text(change, Cow::Borrowed(text))),
        }
    }

    fn cut(&mut self) {
        self.leave();
        if self.parts.last() == Some(&Part::Cut) {
            return;
        }
        self.gap(None, Change::Eq);
        self.parts.push(Part::Cut);
    }

    fn leave(&mut self) {
        if self.here.take().is_some() {
            self.parts.push(Part::HereEnd);
        }
    }

    fn finish(mut self) -> Vec<Part<'a>> {
        self.leave();
        self.parts
    }
}
