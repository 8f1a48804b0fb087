//! Numbers that became other numbers.

use std::ops::Range;

use super::dates;
use super::numerals::{Numeral, ONE, numerals};
use super::sides::{Hunk, Piece, Side, Sides};
use crate::diff::class::{Class, Direction, Finding, NumberChange, is_invisible};

/// The longest number that is quoted as it is written, in characters.
const MAX_WRITTEN: usize = 32;

/// In a stretch of more pieces everything was written anew, and no number took the place of another one.
const MAX_READ: usize = 96;

/// What was found, and which hunks it explains.
pub(super) fn find(sides: &Sides<'_>, explained: &mut [bool]) -> Vec<Finding> {
    let read = || sides.hunks.iter().filter(|hunk| hunk.old.len().max(hunk.new.len()) <= MAX_READ);
    let old = numerals(&sides.old, read().map(|hunk| hunk.old.clone()));
    let new = numerals(&sides.new, read().map(|hunk| hunk.new.clone()));
    if old.is_empty() || new.is_empty() {
        return Vec::new();
    }
    let mut findings = Vec::new();
    let rewritten = is_mostly_rewritten(sides);
    let (mut in_old, mut in_new) = (Cursor::new(&old), Cursor::new(&new));
    for (hunk, explained) in sides.hunks.iter().zip(explained) {
        let (mut before, mut after) = (in_old.touching(&hunk.old), in_new.touching(&hunk.new));
        // `17` became `17 million`: what touches on one side alone meets what its first word is paired with.
        let nothing_beside = beside(sides, hunk, before, after) == (0, 0);
        if let ([], [only], true) = (before, after, nothing_beside) {
            let partner = sides.pairs.binary_search_by_key(&only.at.start, |pair| pair.1);
            before = partner.ok().and_then(|at| sides.pairs.get(at)).map_or(&[], |pair| holding(&old, pair.0));
        } else if let ([only], [], true) = (before, after, nothing_beside) {
            let partner = sides.pairs.binary_search_by_key(&only.at.start, |pair| pair.0);
            after = partner.ok().and_then(|at| sides.pairs.get(at)).map_or(&[], |pair| holding(&new, pair.1));
        }
        let pairs = pair(sides, hunk, before, after, rewritten);
        for (one, other) in &pairs {
            *explained |= report(sides, one, other, &mut findings);
        }
    }
    findings
}

/// Numbers that touch hunks, which come in order.
struct Cursor<'a> {
    numerals: &'a [Numeral],
    at: usize,
}

impl<'a> Cursor<'a> {
    fn new(numerals: &'a [Numeral]) -> Self {
        Self { numerals, at: 0 }
    }

    /// Each number is given once, for the first hunk that it touches.
    fn touching(&mut self, hunk: &Range<usize>) -> &'a [Numeral] {
        while self.numerals.get(self.at).is_some_and(|numeral| numeral.at.end <= hunk.start) {
            self.at += 1;
        }
        let start = self.at;
        while self.numerals.get(self.at).is_some_and(|numeral| numeral.at.start < hunk.end && !hunk.is_empty()) {
            self.at += 1;
        }
        self.numerals.get(start..self.at).unwrap_or_default()
    }
}

/// The number that is written with a piece.
fn holding(numerals: &[Numeral], piece: usize) -> &[Numeral] {
    let at = numerals.partition_point(|numeral| numeral.at.end <= piece);
    numerals.get(at..=at).filter(|found| found.iter().all(|numeral| numeral.at.contains(&piece))).unwrap_or_default()
}

/// In a longer stretch only numbers of the same thing belong together.
const MAX_WORDS: usize = 12;

/// How many words beside its numbers a stretch may have on one side and on the other, for the numbers to have been exchanged.
const MAX_BESIDE: (usize, usize) = (1, 4);

fn is_tight((old, new): (usize, usize), rewritten: bool) -> bool {
    (old.min(new) <= MAX_BESIDE.0 && old.max(new) <= MAX_BESIDE.1) && !rewritten
}

/// The words of a hunk on each side that no number is written with.
fn beside(sides: &Sides<'_>, hunk: &Hunk, before: &[Numeral], after: &[Numeral]) -> (usize, usize) {
    let words = |side: &Side<'_>, range: &Range<usize>, numerals: &[Numeral]| {
        let inside = |at: &usize| !holding(numerals, *at).is_empty();
        let words = range.clone().filter(|at| side.at(*at).is_some_and(Piece::is_word) && !inside(at));
        words.take(MAX_BESIDE.1 + 1).count()
    };
    (words(&sides.old, &hunk.old, before), words(&sides.new, &hunk.new, after))
}

/// Whether more than a fifth of the words changed: then a number is likely to stand where another one stood by chance.
fn is_mostly_rewritten(sides: &Sides<'_>) -> bool {
    let changed: usize = sides.hunks.iter().map(|hunk| sides.words(hunk)).sum();
    let kept = sides.pairs.iter().filter(|pair| sides.old.at(pair.0).is_some_and(Piece::is_word)).count();
    changed > 3 && 4 * changed > kept
}

fn pair<'a>(
    sides: &Sides<'_>,
    hunk: &Hunk,
    before: &'a [Numeral],
    after: &'a [Numeral],
    rewritten: bool,
) -> Vec<(&'a Numeral, &'a Numeral)> {
    let short = sides.words(hunk) <= MAX_WORDS && is_tight(beside(sides, hunk, before, after), rewritten);
    if before.len() == after.len() && short {
        return before.iter().zip(after).collect();
    }
    let mut pairs = Vec::new();
    let mut rest = after;
    for one in before {
        let same_unit = |other: &&Numeral| one.unit.is_some() && one.unit == other.unit;
        let same_place = |other: &&Numeral| {
            let from = |at: usize, start: usize| at.saturating_sub(start);
            short && from(one.at.start, hunk.old.start) == from(other.at.start, hunk.new.start)
        };
        let found = rest
            .iter()
            .position(|other| same_unit(&other))
            .or_else(|| rest.iter().position(|other| same_place(&other)));
        if let Some(at) = found {
            pairs.extend(rest.get(at).map(|other| (one, other)));
            rest = rest.get(at + 1..).unwrap_or_default();
        }
    }
    pairs
}

/// Adds what a pair of numbers proves; says whether that is anything.
fn report(sides: &Sides<'_>, one: &Numeral, other: &Numeral, findings: &mut Vec<Finding>) -> bool {
    let (before, after) = (sides.old.text(&one.at), sides.new.text(&other.at));
    if before == after {
        return false;
    }
    let is_date = dates::is_date(&sides.old, one) && dates::is_date(&sides.new, other);
    if is_date {
        let (one, other) = (dates::with_month(&sides.old, &one.at), dates::with_month(&sides.new, &other.at));
        findings.push(sides.finding(Class::Date, &one, &other));
    }
    let alike = one.values.len() == other.values.len() && one.prefix == other.prefix;
    let differing = one.values.iter().zip(&other.values).find(|(one, other)| one != other);
    let values = match differing {
        Some(values) if alike => Some(values),
        None if alike && one.values.len() == 1 => one.values.first().zip(other.values.first()),
        _ => None,
    };
    if let Some((old, new)) = values {
        let finding = sides.finding(Class::Number, &one.at, &other.at);
        findings.push(Finding { number: Some(change(*old, *new, before, after, other)), ..finding });
    }
    is_date || values.is_some()
}

#[allow(clippy::cast_precision_loss, reason = "shown to people; decisions are made on the whole numbers")]
fn change(old: i128, new: i128, before: &str, after: &str, other: &Numeral) -> NumberChange {
    let value = |billionths: i128| billionths as f64 / ONE as f64;
    let is_seen = |character: &char| !is_invisible(*character);
    let written = |text: &str| text.chars().filter(is_seen).take(MAX_WRITTEN).collect();
    let direction = match new.cmp(&old) {
        std::cmp::Ordering::Greater => Direction::Up,
        std::cmp::Ordering::Less => Direction::Down,
        std::cmp::Ordering::Equal => Direction::Same,
    };
    NumberChange {
        old: value(old),
        new: value(new),
        old_text: written(before),
        new_text: written(after),
        unit: other.unit.clone(),
        direction,
    }
}
