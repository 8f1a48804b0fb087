//! The body of a diff as readers know it: paragraph by paragraph, in the order of the newer article.
//!
//! Groups are sentences, and a group may reach over several. Here they become rows again: each paragraph of the newer article
//! is one, and so is each of the older article of which nothing stands any more, where it stood. All renderers but
//! [`unified`](super::unified) work on these rows.

use super::super::{ArticleDiff, Change, Class, Field, Group, Op};
use super::note::{self, Note, Tag};
use super::place::{self, Entry};
use crate::model::Article;

/// What a row is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Unchanged,
    /// A part of it changed.
    Edited,
    /// Nothing of the older paragraph is left.
    Replaced,
    Added,
    Deleted,
    /// All of it stood elsewhere; it may be edited.
    Moved,
    /// Where something that moved stood, and nothing is left.
    Away,
    /// The same sentences with other ends of paragraphs.
    Broken,
}

/// A paragraph.
#[derive(Debug)]
pub(super) struct Row<'a> {
    pub(super) kind: Kind,
    /// The number of the older paragraph, from 1; of several, the first.
    pub(super) old: Option<usize>,
    /// The number of the newer paragraph.
    pub(super) new: Option<usize>,
    pub(super) segs: Vec<Seg<'a>>,
    /// Where it stood, of a paragraph that moved as a whole.
    pub(super) note: Option<Note>,
    /// What kind of change it is, where that says more than the marks.
    pub(super) tags: Vec<Tag>,
    /// Whether all that changed is typography, or what belongs to the page and not to the story.
    pub(super) is_quiet: bool,
    /// Whether it was one paragraph with the row before.
    pub(super) continues: bool,
    /// Whether white space changed and nothing else.
    pub(super) is_space: bool,
}

/// What a segment of a row is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum What {
    Same,
    Edited,
    Added,
    Deleted,
    /// Moved to here.
    Here,
    /// The place from where something moved; it has no text.
    Away,
    /// The end of a paragraph, which came or went.
    Break(Change),
}

/// A sentence in a row, or what else stands between sentences.
#[derive(Debug, Clone)]
pub(super) struct Seg<'a> {
    pub(super) what: What,
    pub(super) pieces: Vec<Piece<'a>>,
    /// The white space before it in the older paragraph; `None` at its start.
    pub(super) old_gap: Option<&'a str>,
    /// The same in the newer paragraph.
    pub(super) new_gap: Option<&'a str>,
    pub(super) group: Option<&'a Group>,
    /// The first and the last older paragraph that it is from.
    pub(super) homes: Option<(usize, usize)>,
    /// The number of the move that it is an end of, from 1.
    pub(super) move_id: Option<usize>,
    pub(super) note: Option<Note>,
}

/// A run of words of a segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Piece<'a> {
    Text(Change, &'a str),
    /// White space between two older sentences that became one.
    OldGap(&'a str),
    /// The end of a paragraph between them.
    Break,
}

impl Piece<'_> {
    pub(super) fn change(&self) -> Option<Change> {
        match self {
            Self::Text(change, _) => Some(*change),
            _ => None,
        }
    }
}

/// Returns the rows of the body.
pub(super) fn rows<'a>(diff: &'a ArticleDiff, old: &'a Article, new: &'a Article) -> Vec<Row<'a>> {
    let entries = place::entries(diff, old, new);
    let mut rows: Vec<Row<'a>> = entries.chunk_by(|one, next| one.row == next.row).map(row).collect();
    note::number(&mut rows);
    breaks(&mut rows);
    note::moves(&mut rows);
    for row in &mut rows {
        replaced_last(row);
        row.is_space = is_space(row, old, new);
        row.kind = kind(row);
        row.is_quiet = is_quiet(row);
        // What moved away is told where it is now.
        row.tags = if row.kind == Kind::Away { Vec::new() } else { note::tags(row, old, new) };
        if row.kind == Kind::Moved {
            row.note = row.segs.iter_mut().filter(|seg| seg.what == What::Here).find_map(|seg| seg.note.take());
        }
    }
    // Of a run that moved only the first has a note.
    rows.retain(|row| !row.segs.is_empty());
    rows
}

fn row<'a>(entries: &[Entry<'a>]) -> Row<'a> {
    let place = entries.first().map(|entry| entry.row);
    let segs: Vec<Seg<'a>> = entries.iter().map(|entry| entry.seg.clone()).collect();
    let stands = segs.iter().filter(|seg| place.is_none_or(|row| !row.is_new()) || seg.what != What::Away);
    Row {
        kind: Kind::Unchanged,
        old: stands.filter_map(|seg| seg.homes).map(|homes| homes.0.saturating_add(1)).next(),
        new: place.filter(|row| row.is_new()).map(|row| row.para.saturating_add(1)),
        segs,
        note: None,
        tags: Vec::new(),
        is_quiet: false,
        continues: false,
        is_space: false,
    }
}

impl<'a> Seg<'a> {
    fn mark(change: Change) -> Self {
        Self {
            what: What::Break(change),
            pieces: Vec::new(),
            old_gap: None,
            new_gap: None,
            group: None,
            homes: None,
            move_id: None,
            note: None,
        }
    }

    /// What must be the same of two neighbours for an end of a paragraph between them to mean anything: that both stand, or
    /// moved together.
    fn flow(&self) -> Option<Option<usize>> {
        match self.what {
            // Of a sentence in other words nobody can say whether a paragraph ended there.
            What::Edited if self.is_replaced() => None,
            What::Same | What::Edited => Some(None),
            What::Here => Some(self.move_id),
            _ => None,
        }
    }

    /// Nothing in it is in both articles.
    pub(super) fn is_replaced(&self) -> bool {
        let has = |change| self.pieces.iter().any(|piece| piece.change() == Some(change));
        self.what == What::Edited && has(Change::Del) && has(Change::Ins) && !has(Change::Eq)
    }

    pub(super) fn only(&self, change: Change) -> Self {
        let what = if change == Change::Del { What::Deleted } else { What::Added };
        let other = if change == Change::Del { Change::Ins } else { Change::Del };
        let keep = |piece: &Piece<'a>| match piece.change() {
            Some(found) => found != other,
            None => change == Change::Del,
        };
        Self { what, pieces: self.pieces.iter().copied().filter(keep).collect(), ..self.clone() }
    }
}

/// Marks the ends of paragraphs that came or went between sentences that still follow each other.
fn breaks(rows: &mut [Row<'_>]) {
    // The row, the older paragraph and the flow of the last sentence that stands; none where another row lies between.
    let mut before: Option<(usize, usize, Option<usize>)> = None;
    let mut came = Vec::new();
    for at in 0..rows.len() {
        let Some(row) = rows.get_mut(at).filter(|row| row.new.is_some()) else { continue };
        before = before.filter(|_| row.segs.iter().any(|seg| seg.flow().is_some()));
        let mut segs = Vec::with_capacity(row.segs.len());
        // The older paragraph that the last sentence in this row is from.
        let mut home: Option<(usize, Option<usize>)> = None;
        for seg in row.segs.drain(..) {
            let is_gone = matches!(seg.what, What::Deleted | What::Away);
            let flow = if is_gone { home.map(|home| home.1) } else { seg.flow() };
            if let (Some((first, last)), Some(flow)) = (seg.homes, flow) {
                if home.is_some_and(|(para, same)| same == flow && para < first) {
                    segs.push(Seg::mark(Change::Del));
                }
                home = Some((last, flow));
            }
            if let (Some((first, last)), Some(flow)) = (seg.homes, seg.flow()) {
                if let Some((from, _, _)) =
                    before.filter(|(from, para, same)| *from != at && *para == first && *same == flow)
                {
                    row.continues = true;
                    came.push(from);
                }
                before = Some((at, last, flow));
            }
            segs.push(seg);
        }
        row.segs = segs;
    }
    for at in came {
        if let Some(row) = rows.get_mut(at) {
            row.segs.push(Seg::mark(Change::Ins));
        }
    }
}

/// Puts what went before what came wherever sentences in a row have nothing in common: before and after, not woven.
fn replaced_last(row: &mut Row<'_>) {
    let is_whole = |seg: &Seg<'_>| matches!(seg.what, What::Added | What::Deleted) || seg.is_replaced();
    let mut segs = Vec::with_capacity(row.segs.len());
    for run in row.segs.chunk_by(|one, next| is_whole(one) && is_whole(next)) {
        if !run.iter().all(is_whole) {
            segs.extend(run.iter().cloned());
            continue;
        }
        segs.extend(run.iter().filter(|seg| seg.what != What::Added).map(|seg| seg.only(Change::Del)));
        segs.extend(run.iter().filter(|seg| seg.what != What::Deleted).map(|seg| seg.only(Change::Ins)));
    }
    row.segs = segs;
}

fn kind(row: &Row<'_>) -> Kind {
    let count = |what: What| row.segs.iter().filter(|seg| seg.what == what).count();
    let (same, edited, added) = (count(What::Same), count(What::Edited), count(What::Added));
    let (deleted, here, away) = (count(What::Deleted), count(What::Here), count(What::Away));
    if row.new.is_none() {
        return if deleted > 0 { Kind::Deleted } else { Kind::Away };
    }
    let mut ids = row.segs.iter().filter(|seg| seg.what == What::Here).map(|seg| seg.move_id);
    let first = ids.next();
    let is_one_move = here > 0 && here >= added && ids.all(|id| Some(id) == first);
    match (same + edited, here) {
        (0, 0) if deleted + away == 0 => Kind::Added,
        (0, 0) if added > 0 => Kind::Replaced,
        (0, _) if is_one_move => Kind::Moved,
        _ if same < row.segs.len()
            && same + count(What::Break(Change::Del)) + count(What::Break(Change::Ins)) == row.segs.len() =>
        {
            Kind::Broken
        }
        _ if same < row.segs.len() || row.is_space => Kind::Edited,
        _ if row.continues => Kind::Broken,
        _ => Kind::Unchanged,
    }
}

/// Whether every sentence is as it was, and the paragraph is not.
fn is_space(row: &Row<'_>, old: &Article, new: &Article) -> bool {
    let is_whole = !row.continues && row.segs.iter().all(|seg| seg.what == What::Same);
    let text = |article: &'_ Article, number: Option<usize>| -> Option<String> {
        Some(article.paragraphs.get(number?.checked_sub(1)?)?.trim().to_owned())
    };
    let (before, after) = (text(old, row.old), text(new, row.new));
    let squeezed = |text: &str| text.chars().filter(|character| !character.is_whitespace()).collect::<String>();
    is_whole && before != after && before.map(|text| squeezed(&text)) == after.map(|text| squeezed(&text))
}

fn is_quiet(row: &Row<'_>) -> bool {
    let is_noise = |seg: &Seg<'_>| {
        let tags = seg.group.map_or(&[][..], |group| &group.tags);
        match seg.what {
            What::Same | What::Break(_) => true,
            What::Here | What::Away => false,
            _ => !tags.is_empty() && tags.iter().all(|tag| matches!(tag, Class::Boilerplate | Class::Format)),
        }
    };
    row.kind != Kind::Unchanged && row.segs.iter().all(is_noise)
}

/// Returns the text of a group of one text in pieces: a headline, a deck, an author.
pub(super) fn pieces<'a>(group: &'a Group, old: &'a Article, new: &'a Article) -> Vec<Piece<'a>> {
    place::pieces(group, old, new, |_| true)
}

/// Returns whether a group shows a change.
pub(super) fn is_changed(group: &Group) -> bool {
    group.op != Op::Unchanged || group.moved
}

pub(super) fn groups_of(diff: &ArticleDiff, field: Field) -> impl Iterator<Item = &Group> {
    diff.groups.iter().filter(move |group| group.field == field)
}
