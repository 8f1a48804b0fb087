//! Days, months, years and times of day that became others.

use std::ops::Range;

use super::numerals::{Numeral, ONE};
use super::sides::{Hunk, Side, Sides};
use super::words::dates;
use crate::diff::class::{Class, Finding};
use crate::text::segment::TokenKind;

/// Whether a number is a date, a part of one, or a time of day.
///
/// A changed year or day is a changed number as well.
pub(super) fn is_date(side: &Side<'_>, numeral: &Numeral) -> bool {
    let text = side.text(&numeral.at);
    let whole: Vec<i128> = numeral.values.iter().map(|value| value / ONE).collect();
    match whole.as_slice() {
        [hours, minutes] if text.contains(':') => *hours < 25 && *minutes < 60,
        [hours, minutes, seconds] if text.contains(':') => *hours < 25 && *minutes < 60 && *seconds < 61,
        [first, month, last] if text.contains(['-', '/', '.']) => {
            let day = |day: &i128| (1..=31).contains(day);
            (is_year(*first) && day(month) && day(last)) || (day(first) && day(month) && (is_year(*last) || day(last)))
        }
        [value] if numeral.digits && numeral.at.len() == 1 => {
            is_lone_year(side, numeral, *value, text) || is_day(side, numeral, *value)
        }
        _ => false,
    }
}

fn is_year(value: i128) -> bool {
    (1900..=2099).contains(&value)
}

fn is_lone_year(side: &Side<'_>, numeral: &Numeral, value: i128, text: &str) -> bool {
    let Range { start, end } = numeral.at;
    let plain = text.chars().count() == 4 && text.chars().all(char::is_numeric);
    let next = side.key(end);
    let counted = numeral.unit.as_ref().is_some_and(|unit| unit != "年" && unit != "ปี");
    plain
        && is_year(value)
        && (!counted
            || dates::before_year(side.key_before(start))
            || dates::after_year(next)
            || near_month(side, start, end))
}

/// `5 March`, `March 5`, `5. März`, `5 de marzo`, 3月5日.
fn is_day(side: &Side<'_>, numeral: &Numeral, value: i128) -> bool {
    let Range { start, end } = numeral.at;
    let next = side.key(end);
    let cjk = next == "日" || next == "号" || (next == "月" && value <= 12);
    (1..=31).contains(&value) && (cjk || near_month(side, start, end))
}

fn near_month(side: &Side<'_>, start: usize, end: usize) -> bool {
    let named = |at: usize| side.at(at).is_some_and(|piece| dates::is_day_or_month(piece.text, &piece.key));
    let skip = |key: &str| matches!(key, "." | "," | "de" | "of" | "th" | "st");
    (start > 0 && named(start - 1))
        || (start > 1 && skip(side.key(start - 1)) && named(start - 2))
        || named(end)
        || (skip(side.key(end)) && named(end + 1))
}

/// A day together with the month that it is of, so that it can be told as a date.
pub(super) fn with_month(side: &Side<'_>, day: &Range<usize>) -> Range<usize> {
    let span = side.at(day.start).map(|piece| piece.span);
    let month = |at: usize| {
        let piece = side.at(at).filter(|piece| Some(piece.span) == span);
        piece.is_some_and(|piece| dates::is_day_or_month(piece.text, &piece.key))
    };
    let skip = |at: usize| matches!(side.key(at), "." | "de" | "of" | "th" | "st");
    match (day.start, day.end) {
        (start, end) if start > 0 && month(start - 1) => start - 1..end,
        (start, end) if month(end) => start..end + 1,
        (start, end) if skip(end) && month(end + 1) => start..end + 2,
        (start, end) => start..end,
    }
}

/// Finds days and months that took the place of others; numbers see to the rest, and `known` is what they saw.
pub(super) fn find(sides: &Sides<'_>, known: &[Finding], explained: &mut [bool]) -> Vec<Finding> {
    let is_known = |found: &Finding| {
        let mut dates = known.iter().filter(|other| other.class == Class::Date);
        dates.any(|other| other.holds(found))
    };
    let mut findings = Vec::new();
    for (hunk, explained) in sides.hunks.iter().zip(explained) {
        let (before, after) = (named(&sides.old, &hunk.old), named(&sides.new, &hunk.new));
        if before.is_empty() || before.len() != after.len() {
            continue;
        }
        for (one, other) in before.iter().zip(&after) {
            if sides.old.text(one) != sides.new.text(other) {
                findings.extend(Some(sides.finding(Class::Date, one, other)).filter(|found| !is_known(found)));
                *explained |= words_around(sides, hunk) <= 2;
            }
        }
    }
    findings
}

/// The words of a hunk that name neither day nor month.
fn words_around(sides: &Sides<'_>, hunk: &Hunk) -> usize {
    let plain = |side: &Side<'_>, range: &Range<usize>| {
        let words = side.of(range).iter().filter(|piece| piece.kind == TokenKind::Word);
        words.filter(|piece| !dates::is_day_or_month(piece.text, &piece.key)).count()
    };
    plain(&sides.old, &hunk.old).max(plain(&sides.new, &hunk.new))
}

/// How far before a changed character the name of a day may begin.
const REACH: usize = 12;

/// The names of days and months that hold a changed piece.
fn named(side: &Side<'_>, range: &Range<usize>) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = Vec::new();
    if range.is_empty() {
        return found;
    }
    let spaceless = side.of(range).iter().any(|piece| piece.kind == TokenKind::Character);
    let start = if spaceless { range.start.saturating_sub(REACH) } else { range.start };
    for at in start..range.end {
        let Some(piece) = side.at(at) else { break };
        if found.last().is_some_and(|last| last.end > at) {
            continue;
        }
        if piece.kind != TokenKind::Character {
            if at >= range.start && dates::is_day_or_month(piece.text, &piece.key) {
                found.push(at..at + 1);
            }
            continue;
        }
        let Some(name) = side.from(at).and_then(dates::joined) else { continue };
        let stop = piece.start + name.len();
        let end = (at..side.pieces.len())
            .take_while(|next| side.at(*next).is_some_and(|next| next.span == piece.span && next.end <= stop))
            .last()
            .map_or(at + 1, |last| last + 1);
        if end > range.start {
            found.push(at..end);
        }
    }
    found
}
