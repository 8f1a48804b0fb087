//! The words of an edited group side by side, and the stretches in which they differ.
//!
//! The token operations of a group are made for reading: they join what only breaks up a change. Here the changed stretches
//! are taken apart again, so that a number meets the number that took its place.

use std::borrow::Cow;
use std::ops::Range;

use unicode_normalization::UnicodeNormalization;

use crate::diff::class::{Class, Finding};
use crate::diff::group::{Change, Group, Span, TokenOp};
use crate::model::Article;
use crate::text::segment::{self, TokenKind};

/// A token that is seen, with its place in the paragraph.
#[derive(Debug)]
pub(super) struct Piece<'a> {
    pub(super) text: &'a str,
    /// The text as it is compared: without case and kinds of apostrophes.
    pub(super) key: Cow<'a, str>,
    pub(super) kind: TokenKind,
    pub(super) span: usize,
    pub(super) start: usize,
    pub(super) end: usize,
    /// Whether white space stands before it.
    pub(super) spaced: bool,
}

impl Piece<'_> {
    pub(super) fn is_word(&self) -> bool {
        self.kind.is_word()
    }

    pub(super) fn is_capitalised(&self) -> bool {
        self.kind == TokenKind::Word && self.text.chars().next().is_some_and(char::is_uppercase)
    }
}

/// One side of a group.
#[derive(Debug)]
pub(super) struct Side<'a> {
    pub(super) pieces: Vec<Piece<'a>>,
    spans: &'a [Span],
    texts: Vec<&'a str>,
}

impl<'a> Side<'a> {
    pub(super) fn new(group: &'a Group, spans: &'a [Span], article: &'a Article) -> Self {
        let texts: Vec<&str> = spans.iter().map(|span| span.of(group.field, article)).collect();
        let (mut pieces, mut read) = (Vec::new(), Vec::new());
        for (at, (span, text)) in spans.iter().zip(&texts).enumerate() {
            let mut spaced = true;
            segment::tokens_into(text, &mut read);
            // About every second token is white space.
            pieces.reserve(read.len() / 2 + 2);
            for token in &read {
                if token.kind == TokenKind::Space {
                    spaced = true;
                    continue;
                }
                let of = token.of(text);
                let (start, end) = (span.start + token.start, span.start + token.end);
                pieces.push(Piece { text: of, key: key(of), kind: token.kind, span: at, start, end, spaced });
                spaced = false;
            }
        }
        Self { pieces, spans, texts }
    }

    pub(super) fn at(&self, at: usize) -> Option<&Piece<'a>> {
        self.pieces.get(at)
    }

    pub(super) fn of(&self, range: &Range<usize>) -> &[Piece<'a>] {
        self.pieces.get(range.clone()).unwrap_or_default()
    }

    /// The key of a piece; nothing beyond either end.
    pub(super) fn key(&self, at: usize) -> &str {
        self.at(at).map_or("", |piece| piece.key.as_ref())
    }

    /// The key of the piece before.
    pub(super) fn key_before(&self, at: usize) -> &str {
        at.checked_sub(1).map_or("", |before| self.key(before))
    }

    /// The text from the start of the first piece to the end of the last; of the first's sentence only.
    pub(super) fn text(&self, range: &Range<usize>) -> &'a str {
        self.span(range).and_then(|span| self.slice(range.start, span.start, span.end)).unwrap_or_default()
    }

    /// Text of the sentence that a piece stands in, by bytes of the paragraph.
    pub(super) fn slice(&self, piece: usize, start: usize, end: usize) -> Option<&'a str> {
        let at = self.at(piece)?.span;
        let (span, text) = (self.spans.get(at)?, self.texts.get(at)?);
        text.get(start.checked_sub(span.start)?..end.checked_sub(span.start)?)
    }

    /// The rest of the sentence after a piece.
    pub(super) fn after(&self, piece: usize) -> &'a str {
        let length = self.at(piece).map_or(0, |piece| piece.text.len());
        self.from(piece).and_then(|rest| rest.get(length..)).unwrap_or_default()
    }

    /// The rest of the sentence from a piece on.
    pub(super) fn from(&self, piece: usize) -> Option<&'a str> {
        let start = self.at(piece)?.start;
        let end = self.spans.get(self.at(piece)?.span)?.end;
        self.slice(piece, start, end)
    }

    /// Where some pieces stand; nothing for none.
    pub(super) fn span(&self, range: &Range<usize>) -> Option<Span> {
        let pieces = self.of(range);
        let first = pieces.first()?;
        let last = pieces.iter().rfind(|piece| piece.span == first.span)?;
        let span = self.spans.get(first.span)?;
        Some(Span { start: first.start, end: last.end, ..*span })
    }

    pub(super) fn words(&self, range: &Range<usize>) -> usize {
        self.of(range).iter().filter(|piece| piece.is_word()).count()
    }

    /// Whether a piece begins a sentence, a quotation or what follows a colon: there a capital says nothing.
    pub(super) fn begins(&self, at: usize) -> bool {
        let Some(piece) = self.at(at) else { return false };
        let before = at.checked_sub(1).and_then(|before| self.at(before)).filter(|before| before.span == piece.span);
        before.is_none_or(|before| {
            before.kind == TokenKind::Punctuation && !matches!(before.text, "," | "-" | "\u{2013}" | "/" | "&")
        })
    }
}

/// Case and kinds of apostrophes say nothing about which word it is.
fn key(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return if text.bytes().any(|byte| byte.is_ascii_uppercase()) {
            Cow::Owned(text.to_ascii_lowercase())
        } else {
            Cow::Borrowed(text)
        };
    }
    let folded = |character| if matches!(character, '\u{2018}' | '\u{2019}' | '\u{2BC}') { '\'' } else { character };
    Cow::Owned(text.nfkc().flat_map(char::to_lowercase).map(folded).collect())
}

/// A stretch in which the two sides differ; one of the ranges may be empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Hunk {
    pub(super) old: Range<usize>,
    pub(super) new: Range<usize>,
}

/// An edited group, taken apart.
#[derive(Debug)]
pub(super) struct Sides<'a> {
    pub(super) old: Side<'a>,
    pub(super) new: Side<'a>,
    /// Pieces with equal keys, in order.
    pub(super) pairs: Vec<(usize, usize)>,
    pub(super) hunks: Vec<Hunk>,
}

impl<'a> Sides<'a> {
    pub(super) fn new(group: &'a Group, old: &'a Article, new: &'a Article) -> Self {
        let (old, new) = (Side::new(group, &group.old, old), Side::new(group, &group.new, new));
        let anchors = anchors(&group.tokens, &old, &new);
        let mut pairs = Vec::with_capacity(anchors.len());
        for hunk in gaps(&anchors, &old, &new) {
            let next = (hunk.old.end, hunk.new.end);
            refine(&mut pairs, hunk, &old, &new);
            pairs.push(next);
        }
        pairs.pop();
        let hunks =
            gaps(&pairs, &old, &new).into_iter().filter(|hunk| !hunk.old.is_empty() || !hunk.new.is_empty()).collect();
        Self { old, new, pairs, hunks }
    }

    pub(super) fn words(&self, hunk: &Hunk) -> usize {
        self.old.words(&hunk.old).max(self.new.words(&hunk.new))
    }

    pub(super) fn finding(&self, class: Class, old: &Range<usize>, new: &Range<usize>) -> Finding {
        Finding { class, old: self.old.span(old), new: self.new.span(new), number: None, notice: None }
    }
}

/// What the token operations say is equal, by pieces. An operation may end inside a word: then that word is changed.
fn anchors(ops: &[TokenOp], old: &Side<'_>, new: &Side<'_>) -> Vec<(usize, usize)> {
    let mut pairs = Vec::new();
    let (mut i, mut j) = (0, 0);
    for op in ops.iter().filter(|op| op.op == Change::Eq) {
        let before = |piece: &Piece<'_>, span: usize, start: usize| (piece.span, piece.start) < (span, start);
        let within = |piece: &Piece<'_>, span: usize, end: usize| piece.span == span && piece.end <= end;
        while old.at(i).is_some_and(|piece| before(piece, op.old_span, op.old[0])) {
            i += 1;
        }
        while new.at(j).is_some_and(|piece| before(piece, op.new_span, op.new[0])) {
            j += 1;
        }
        while let (Some(one), Some(other)) = (old.at(i), new.at(j)) {
            if !within(one, op.old_span, op.old[1]) || !within(other, op.new_span, op.new[1]) {
                break;
            }
            let (at_old, at_new) = (one.start - op.old[0], other.start - op.new[0]);
            if at_old == at_new && one.text == other.text {
                pairs.push((i, j));
            }
            i += usize::from(at_old <= at_new);
            j += usize::from(at_new <= at_old);
        }
    }
    pairs
}

/// What stands between the pairs, before the first and after the last; many are empty.
fn gaps(pairs: &[(usize, usize)], old: &Side<'_>, new: &Side<'_>) -> Vec<Hunk> {
    let end = (old.pieces.len(), new.pieces.len());
    let (mut i, mut j) = (0, 0);
    let gap = |(next_old, next_new): (usize, usize)| {
        let hunk = Hunk { old: i..next_old, new: j..next_new };
        (i, j) = (next_old + 1, next_new + 1);
        hunk
    };
    pairs.iter().copied().chain([end]).map(gap).collect()
}

/// A stretch is taken apart when old times new pieces are at most this many: so the work is at most a fixed number of steps a word.
const MAX_CELLS: usize = 1 << 14;

/// Appends the longest common subsequence of a hunk; of a large one only the equal ends.
fn refine(pairs: &mut Vec<(usize, usize)>, hunk: Hunk, old: &Side<'_>, new: &Side<'_>) {
    let Hunk { old: mut left, new: mut right } = hunk;
    while !left.is_empty() && !right.is_empty() && old.key(left.start) == new.key(right.start) {
        pairs.push((left.start, right.start));
        (left.start, right.start) = (left.start + 1, right.start + 1);
    }
    let mut tail = Vec::new();
    while !left.is_empty() && !right.is_empty() && old.key(left.end - 1) == new.key(right.end - 1) {
        (left.end, right.end) = (left.end - 1, right.end - 1);
        tail.push((left.end, right.end));
    }
    if left.len() * right.len() <= MAX_CELLS {
        subsequence(pairs, &left, &right, old, new);
    }
    pairs.extend(tail.into_iter().rev());
}

/// The plain dynamic programme of Wagner and Fischer (1974); a word counts for three marks.
fn subsequence(
    pairs: &mut Vec<(usize, usize)>,
    left: &Range<usize>,
    right: &Range<usize>,
    old: &Side<'_>,
    new: &Side<'_>,
) {
    if left.is_empty() || right.is_empty() {
        return;
    }
    let width = right.len() + 1;
    let mut best = vec![0_u32; (left.len() + 1) * width];
    let cell = |best: &[u32], i: usize, j: usize| best.get(i * width + j).copied().unwrap_or(0);
    let weight = |i: usize, j: usize| match (old.at(left.start + i), new.at(right.start + j)) {
        (Some(one), Some(other)) if one.key == other.key => 1 + 2 * u32::from(one.is_word()),
        _ => 0,
    };
    for i in (0..left.len()).rev() {
        for j in (0..right.len()).rev() {
            let skip = cell(&best, i + 1, j).max(cell(&best, i, j + 1));
            let weight = weight(i, j);
            let take = if weight > 0 { weight + cell(&best, i + 1, j + 1) } else { 0 };
            if let Some(cell) = best.get_mut(i * width + j) {
                *cell = skip.max(take);
            }
        }
    }
    let (mut i, mut j) = (0, 0);
    while i < left.len() && j < right.len() {
        let weight = weight(i, j);
        if weight > 0 && cell(&best, i, j) == weight + cell(&best, i + 1, j + 1) {
            pairs.push((left.start + i, right.start + j));
            (i, j) = (i + 1, j + 1);
        } else if cell(&best, i, j) == cell(&best, i + 1, j) {
            i += 1;
        } else {
            j += 1;
        }
    }
}
