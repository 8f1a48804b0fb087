//! Who says it, and how surely: attribution and hedges.

use std::ops::Range;

use super::sides::{Hunk, Side, Sides};
use super::words::speech;
use crate::diff::class::{Class, Finding};
use crate::diff::stop_words::is_stop_word;
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
fn phrase(side: &Side<'_>, range: &Range<usize>) -> Option<String> {
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

/// The longest part of a sentence that tells who says it, in words.
const MAX_SPEAKER: usize = 8;

/// Finds verbs of saying that were exchanged, speakers that were exchanged beside one, and clauses of saying that came or went.
pub(super) fn attributions(sides: &Sides<'_>, explained: &mut [bool]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (hunk, explained) in sides.hunks.iter().zip(explained) {
        if let Some((old, new)) = attribution(sides, hunk) {
            findings.push(sides.finding(Class::Attribution, &old, &new));
            *explained = true;
        }
    }
    findings
}

fn attribution(sides: &Sides<'_>, hunk: &Hunk) -> Option<(Range<usize>, Range<usize>)> {
    let words = (sides.old.words(&hunk.old), sides.new.words(&hunk.new));
    let (before, after) = (says(&sides.old, &hunk.old), says(&sides.new, &hunk.new));
    let found = words.0.max(words.1) <= MAX_SPEAKER
        && match words {
            (0, 0) => false,
            (0, _) => after,
            (_, 0) => before,
            (..) if before && after => {
                // The verbs by themselves, where each side has one word that is one.
                if let Some((old, new)) = verb(&sides.old, &hunk.old).zip(verb(&sides.new, &hunk.new)) {
                    return Some((old, new));
                }
                true
            }
            (..) => is_speaker(sides, hunk, words.0.max(words.1)),
        };
    found.then(|| (hunk.old.clone(), hunk.new.clone()))
}

/// The one word of saying of a stretch.
fn verb(side: &Side<'_>, range: &Range<usize>) -> Option<Range<usize>> {
    let mut verbs = range.clone().filter(|at| is_verb(side, *at));
    verbs.next().filter(|_| verbs.next().is_none()).map(|at| at..at + 1)
}

/// Short words of saying have other uses, too.
fn is_verb(side: &Side<'_>, at: usize) -> bool {
    side.at(at).is_some_and(|piece| piece.kind == TokenKind::Word && piece.key.len() > 3 && speech::says(&piece.key))
}

fn says(side: &Side<'_>, range: &Range<usize>) -> bool {
    let word = range.clone().any(|at| is_verb(side, at));
    let two = || range.clone().skip(1).any(|at| speech::says(&format!("{} {}", side.key(at - 1), side.key(at))));
    word || two() || speech::says_within(side.text(range))
}

/// Whether the changed words stand directly before or after a verb of saying: `police said` to `officials said`.
fn is_speaker(sides: &Sides<'_>, hunk: &Hunk, words: usize) -> bool {
    let verb = |side: &Side<'_>, at: Option<usize>| at.is_some_and(|at| is_verb(side, at));
    let nearby = |side: &Side<'_>, range: &Range<usize>| {
        verb(side, Some(range.end))
            || verb(side, range.start.checked_sub(1))
            || range.start.checked_sub(2).is_some_and(|at| side.key(at) == "according" && side.key(at + 1) == "to")
    };
    let tells = |side: &Side<'_>, range: &Range<usize>| {
        range.clone().any(|at| {
            side.at(at).is_some_and(|piece| piece.kind != TokenKind::Number && piece.is_word())
                && !is_stop_word(side.key(at))
        })
    };
    let hedged = phrase(&sides.old, &hunk.old).zip(phrase(&sides.new, &hunk.new));
    let is_hedge = hedged.is_some_and(|(before, after)| speech::differ_in_strength(&before, &after));
    // "said that the" for "said the" names nobody else, nor does "could claim" for "can claim".
    !is_hedge
        && words <= 4
        && tells(&sides.old, &hunk.old)
        && tells(&sides.new, &hunk.new)
        && nearby(&sides.old, &hunk.old)
        && nearby(&sides.new, &hunk.new)
}
