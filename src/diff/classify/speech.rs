//! How surely it is said: hedges.

use std::ops::Range;

use super::sides::{Hunk, Side, Sides};
use super::words::speech;
use crate::diff::class::{Class, Finding};
use crate::text::segment::TokenKind;

/// Longer phrases are in no lexicon, in words.
const MAX_PHRASE: usize = 5;

/// Finds words that were exchanged for stronger or weaker ones, or put in to weaken.
pub(super) fn hedges(sides: &Sides<'_>, explained: &mut [bool]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (hunk, explained) in sides.hunks.iter().zip(explained) {
        for (old, new) in hedge(sides, hunk) {
            findings.push(sides.finding(Class::Hedge, &old, &new));
            *explained = true;
        }
    }
    findings
}

fn hedge(sides: &Sides<'_>, hunk: &Hunk) -> Vec<(Range<usize>, Range<usize>)> {
    let whole = (hunk.old.clone(), hunk.new.clone());
    let (before, after) = (phrase(&sides.old, &hunk.old), phrase(&sides.new, &hunk.new));
    match (before, after) {
        (Some(before), Some(after)) if speech::differ_in_strength(&before, &after) => return vec![whole],
        (None, Some(after)) if hunk.old.is_empty() && speech::softens(&after) => return vec![whole],
        (Some(before), None) if hunk.new.is_empty() && speech::softens(&before) => return vec![whole],
        _ => {}
    }
    if let Some(found) = joined(sides, hunk) {
        return vec![found];
    }
    // Word by word where as many came as went.
    if hunk.old.len() != hunk.new.len() || hunk.old.len() > MAX_PHRASE {
        return Vec::new();
    }
    let pairs = hunk.old.clone().zip(hunk.new.clone());
    let differ = |(old, new): &(usize, usize)| speech::differ_in_strength(sides.old.key(*old), sides.new.key(*new));
    pairs.filter(differ).map(|(old, new)| (old..old + 1, new..new + 1)).collect()
}

/// Words of one stretch with single spaces, without the marks around them.
pub(super) fn phrase(side: &Side<'_>, range: &Range<usize>) -> Option<String> {
    let words: Vec<&str> = side
        .of(range)
        .iter()
        .filter(|piece| piece.is_word() || piece.text == "-")
        .map(|piece| piece.key.as_ref())
        .collect();
    let spaceless = side.of(range).iter().any(|piece| piece.kind == TokenKind::Character);
    let short = !words.is_empty() && words.len() <= if spaceless { 4 * MAX_PHRASE } else { MAX_PHRASE };
    short.then(|| words.join(if spaceless { "" } else { " " }))
}

/// How far before a changed character a word may begin.
const REACH: usize = 6;

/// Scripts without spaces: the words of the lexicon that hold the changed characters.
fn joined(sides: &Sides<'_>, hunk: &Hunk) -> Option<(Range<usize>, Range<usize>)> {
    let short = |range: &Range<usize>| (1..=2 * REACH).contains(&range.len());
    if !short(&hunk.old) || !short(&hunk.new) {
        return None;
    }
    let (old, new) = (holding(&sides.old, &hunk.old), holding(&sides.new, &hunk.new));
    old.iter().find_map(|one| {
        let other = new.iter().find(|other| speech::differ_in_strength(sides.old.text(one), sides.new.text(other)))?;
        Some((one.clone(), other.clone()))
    })
}

fn holding(side: &Side<'_>, range: &Range<usize>) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    for at in range.start.saturating_sub(REACH)..range.end {
        let Some(piece) = side.at(at).filter(|piece| piece.kind == TokenKind::Character) else { continue };
        let Some(word) = side.from(at).and_then(speech::joined) else { continue };
        let stop = piece.start + word.len();
        let within = |next: &usize| side.at(*next).is_some_and(|next| next.span == piece.span && next.end <= stop);
        let end = (at..side.pieces.len()).take_while(within).last().map_or(at + 1, |last| last + 1);
        if end >= range.end && at <= range.start {
            found.push(at..end);
        }
    }
    found
}
