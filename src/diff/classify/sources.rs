//! Who says it: attribution.

use std::collections::BTreeSet;
use std::ops::Range;

use super::names;
use super::sides::{Hunk, Piece, Side, Sides};
use super::speech::phrase;
use super::words::{dates, speech};
use crate::diff::class::{Class, Finding};
use crate::diff::stop_words::is_stop_word;
use crate::text::segment::TokenKind;

/// The longest part of a sentence that tells who says it, in words.
const MAX_CLAUSE: usize = 8;
/// The longest name of a speaker, in words.
const MAX_SPEAKER: usize = 4;

/// Finds verbs of saying that were exchanged for stronger or weaker ones, speakers that were exchanged beside one, and clauses
/// of saying that came or went. Where a slip was mended nobody else speaks.
pub(super) fn find(sides: &Sides<'_>, slips: &[bool], explained: &mut [bool]) -> Vec<Finding> {
    let mut findings = Vec::new();
    let (mut came, mut went) = (Vec::new(), Vec::new());
    for ((hunk, is_slip), explained) in sides.hunks.iter().zip(slips).zip(explained) {
        let change = if *is_slip { Change::None } else { change(sides, hunk) };
        *explained |= !matches!(change, Change::None);
        match change {
            Change::Came => came.push(hunk),
            Change::Went => went.push(hunk),
            Change::Exchanged(old, new) => findings.push(sides.finding(Class::Attribution, &old, &new)),
            Change::None | Change::Restyled => {}
        }
    }
    // What went here and came there was put elsewhere.
    let stayed = |one: &Hunk, other: &Hunk| !source(&sides.old, &one.old).is_disjoint(&source(&sides.new, &other.new));
    let new = came.iter().filter(|hunk| !went.iter().any(|other| stayed(other, hunk)));
    let gone = went.iter().filter(|hunk| !came.iter().any(|other| stayed(hunk, other)));
    findings.extend(new.chain(gone).map(|hunk| sides.finding(Class::Attribution, &hunk.old, &hunk.new)));
    findings
}

/// What a stretch does to the attribution.
enum Change {
    None,
    /// The same in other words: `says` for `said`.
    Restyled,
    Came,
    Went,
    Exchanged(Range<usize>, Range<usize>),
}

fn change(sides: &Sides<'_>, hunk: &Hunk) -> Change {
    let words = (sides.old.words(&hunk.old), sides.new.words(&hunk.new));
    if words.0.max(words.1) > MAX_CLAUSE {
        return Change::None;
    }
    match words {
        (0, 0) => Change::None,
        (0, _) if is_clause(&sides.new, &hunk.new) => Change::Came,
        (_, 0) if is_clause(&sides.old, &hunk.old) => Change::Went,
        (0, _) | (_, 0) => Change::None,
        _ => exchange(sides, hunk, words.0.max(words.1)),
    }
}

fn exchange(sides: &Sides<'_>, hunk: &Hunk, words: usize) -> Change {
    let whole = || Change::Exchanged(hunk.old.clone(), hunk.new.clone());
    if let Some((old, new)) = verb(&sides.old, &hunk.old).zip(verb(&sides.new, &hunk.new)) {
        if speech::says_otherwise(sides.old.key(old), sides.new.key(new)) {
            return Change::Exchanged(old..old + 1, new..new + 1);
        }
        if words == 1 {
            return Change::Restyled;
        }
    }
    let clauses = is_clause(&sides.old, &hunk.old) && is_clause(&sides.new, &hunk.new);
    if clauses || is_speaker(sides, hunk, words) { whole() } else { Change::None }
}

/// The one word of saying of a stretch.
fn verb(side: &Side<'_>, range: &Range<usize>) -> Option<usize> {
    let mut verbs = range.clone().filter(|at| is_verb(side, *at));
    verbs.next().filter(|_| verbs.next().is_none())
}

/// Short words of saying have other uses, too.
fn is_verb(side: &Side<'_>, at: usize) -> bool {
    side.at(at).is_some_and(|piece| piece.kind == TokenKind::Word && piece.key.len() > 3 && speech::says(&piece.key))
}

/// Whether a word names someone or something, as far as is known.
fn names_somebody(side: &Side<'_>, at: usize) -> bool {
    side.at(at).is_some_and(|piece| {
        let key = piece.key.as_ref();
        piece.is_word()
            && piece.kind != TokenKind::Number
            && !is_stop_word(key)
            && !speech::is_pronoun(key)
            && !dates::is_day_or_month(piece.text, key)
    })
}

/// The words of a clause that tell who speaks.
fn source<'a>(side: &'a Side<'_>, range: &Range<usize>) -> BTreeSet<&'a str> {
    range.clone().filter(|at| names_somebody(side, *at) && !is_verb(side, *at)).map(|at| side.key(at)).collect()
}

/// Whether a stretch tells who says it: `, the mayor said on Monday`, `according to the police`, `said Lund`. A verb of saying
/// alone, or with a pronoun, names nobody.
fn is_clause(side: &Side<'_>, range: &Range<usize>) -> bool {
    if speech::says_within(side.text(range)) {
        return true;
    }
    let two = |at: &usize| speech::says(&format!("{} {}", side.key(*at), side.key(at + 1)));
    if let Some(at) = range.clone().take(range.len().saturating_sub(1)).find(two) {
        return (at + 2..range.end).any(|at| names_somebody(side, at));
    }
    let Some(verb) = range.clone().rev().find(|at| is_verb(side, *at)) else { return false };
    // The order of words is another one in other scripts.
    if !side.key(verb).is_ascii() {
        return true;
    }
    let mark = |at: &usize| side.at(*at).is_some_and(|piece| piece.kind == TokenKind::Punctuation && piece.text != "-");
    let start = (range.start..verb).rev().find(mark).map_or(range.start, |at| at + 1);
    let ends = (verb + 1..range.end).all(|at| {
        !side.at(at).is_some_and(Piece::is_word) || !names_somebody(side, at) || speech::is_aside(side.key(at))
    });
    (ends && (start..verb).any(|at| names_somebody(side, at))) || is_inverted(side, range, verb)
}

/// `said Lund` after a comma or a quotation.
fn is_inverted(side: &Side<'_>, range: &Range<usize>, verb: usize) -> bool {
    let is_first = !(range.start..verb).any(|at| side.at(at).is_some_and(Piece::is_word));
    let after_mark = verb.checked_sub(1).and_then(|at| side.at(at)).is_some_and(|piece| !piece.is_word());
    let capital = |at: usize| side.at(at).is_some_and(Piece::is_capitalised) && names_somebody(side, at);
    is_first && after_mark && !speech::needs_hearer(side.key(verb)) && (verb + 1..range.end).any(capital)
}

/// Whether the changed words are the speaker: directly before a verb of saying, `police said` to `officials said`; directly
/// after `according to`; or, with capitals, directly after the verb. `said that the` for `said the` names nobody else, nor does
/// `could claim` for `can claim`.
fn is_speaker(sides: &Sides<'_>, hunk: &Hunk, words: usize) -> bool {
    let before = |side: &Side<'_>, range: &Range<usize>| is_verb(side, range.end);
    let according = |side: &Side<'_>, range: &Range<usize>| {
        range.start.checked_sub(2).is_some_and(|at| speech::says(&format!("{} {}", side.key(at), side.key(at + 1))))
    };
    let after = |side: &Side<'_>, range: &Range<usize>| {
        range.start.checked_sub(1).is_some_and(|at| is_verb(side, at) && !speech::needs_hearer(side.key(at)))
            && side.at(range.start).is_some_and(Piece::is_capitalised)
    };
    let both = |of: &dyn Fn(&Side<'_>, &Range<usize>) -> bool| of(&sides.old, &hunk.old) && of(&sides.new, &hunk.new);
    let tells = |side: &Side<'_>, range: &Range<usize>| {
        range.clone().any(|at| names_somebody(side, at))
            && !range.clone().any(|at| side.at(at).is_some_and(|piece| dates::is_day_or_month(piece.text, &piece.key)))
    };
    let hedged = phrase(&sides.old, &hunk.old).zip(phrase(&sides.new, &hunk.new));
    let is_hedge = hedged.is_some_and(|(before, after)| speech::differ_in_strength(&before, &after));
    !is_hedge
        && words <= MAX_SPEAKER
        && both(&tells)
        && !names::is_same(sides.old.of(&hunk.old), sides.new.of(&hunk.new))
        && (both(&before) || both(&according) || both(&after))
}
