//! Slips of the pen: a word that became another one by a letter or two.

use std::ops::Range;

use super::sides::{Hunk, Side, Sides};
use crate::diff::class::{Class, Finding};
use crate::text::segment::TokenKind;

/// Shorter words are too near to other words, in characters.
const MIN_LETTERS: usize = 4;
/// From this length on a word may have two slips.
const LONG: usize = 9;
/// No word is longer, in characters.
const MAX_LETTERS: usize = 48;

/// Finds words that one or two slips turn into what took their place.
pub(super) fn find(sides: &Sides<'_>, explained: &mut [bool]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (at, hunk) in sides.hunks.iter().enumerate() {
        if let Some((old, new, last)) = swapped(sides, at) {
            findings.push(sides.finding(Class::Typo, &old, &new));
            explained.get_mut(at..=last).unwrap_or_default().fill(true);
            continue;
        }
        let found = slips(sides, hunk);
        if !found.is_empty() && found.len() == sides.words(hunk) {
            explained.get_mut(at).into_iter().for_each(|explained| *explained = true);
        }
        findings
            .extend(found.into_iter().map(|(old, new)| sides.finding(Class::Typo, &(old..old + 1), &(new..new + 1))));
    }
    findings
}

/// The pairs of words in the same place of a hunk.
fn slips(sides: &Sides<'_>, hunk: &Hunk) -> Vec<(usize, usize)> {
    let words = |side: &Side<'_>, range: &Range<usize>| -> Vec<usize> {
        range.clone().filter(|at| side.at(*at).is_some_and(super::sides::Piece::is_word)).collect()
    };
    let (old, new) = (words(&sides.old, &hunk.old), words(&sides.new, &hunk.new));
    if old.len() != new.len() {
        return Vec::new();
    }
    let is_slip = |(old, new): &(usize, usize)| match (sides.old.at(*old), sides.new.at(*new)) {
        (Some(one), Some(other)) if one.kind == TokenKind::Word && other.kind == TokenKind::Word => {
            is_slip(&one.key, &other.key, one.is_capitalised() && other.is_capitalised())
        }
        _ => false,
    };
    old.into_iter().zip(new).filter(is_slip).collect()
}

/// Whether a word is a slip of another one and neither an inflection nor another name.
fn is_slip(old: &str, new: &str, capitalised: bool) -> bool {
    let (old, new): (Vec<char>, Vec<char>) =
        (old.chars().take(MAX_LETTERS + 1).collect(), new.chars().take(MAX_LETTERS + 1).collect());
    let (short, long) = (old.len().min(new.len()), old.len().max(new.len()));
    if short < MIN_LETTERS || long > MAX_LETTERS || long - short > 2 {
        return false;
    }
    let head = old.iter().zip(&new).take_while(|(one, other)| one == other).count();
    let most = short - head;
    let tail = old.iter().rev().zip(new.iter().rev()).take(most).take_while(|(one, other)| one == other).count();
    let middle = |word: &[char]| word.get(head..word.len() - tail).unwrap_or_default().to_vec();
    let (before, after) = (middle(&old), middle(&new));
    if before.iter().chain(&after).any(|character| character.is_numeric()) {
        return false;
    }
    match (before.as_slice(), after.as_slice()) {
        ([a, b], [c, d]) if a == d && b == c => true,
        // A letter more or less, or another one: at the end that is an inflection, at the start another word.
        ([], [_]) | ([_], []) => head > 0 && tail > 0 && !is_inflection(&old, &new, head, tail),
        ([a], [b]) => head > 0 && tail > 1 && short > MIN_LETTERS && !capitalised && !is_umlaut(*a, *b),
        _ => long >= LONG && head > 0 && tail > 1 && !capitalised && distance(&old, &new) <= 2,
    }
}

/// A letter before the last one that makes another form of the word: `wird` and `wirkt` are told apart by other letters, but
/// `lived` and `live`, `houses` and `house` are not.
fn is_inflection(old: &[char], new: &[char], head: usize, tail: usize) -> bool {
    let (short, long) = if old.len() < new.len() { (old, new) } else { (new, old) };
    let added = long.get(head);
    let doubled = head.checked_sub(1).and_then(|before| long.get(before)) == added || long.get(head + 1) == added;
    tail <= 1 && !doubled && short.len() < 6
}

/// `konnte` and `könnte` are both words.
fn is_umlaut(one: char, other: char) -> bool {
    matches!((one, other), ('a', 'ä') | ('ä', 'a') | ('o', 'ö') | ('ö', 'o') | ('u', 'ü') | ('ü', 'u'))
}

/// The distance of Damerau (1964) and Levenshtein (1966), with swaps of neighbours ("optimal string alignment").
fn distance(old: &[char], new: &[char]) -> usize {
    let mut rows: [Vec<usize>; 3] = [Vec::new(), (0..=new.len()).collect(), Vec::new()];
    for (i, one) in old.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, other) in new.iter().enumerate() {
            let [before, last, _] = &rows;
            let get = |row: &[usize], at: usize| row.get(at).copied().unwrap_or(usize::MAX / 2);
            let mut best = (get(last, j + 1) + 1).min(get(&row, j) + 1).min(get(last, j) + usize::from(one != other));
            let swapped = i > 0 && j > 0 && old.get(i - 1) == Some(other) && new.get(j - 1) == Some(one);
            if swapped {
                best = best.min(get(before, j - 1) + 1);
            }
            row.push(best);
        }
        let [before, last, _] = &mut rows;
        *before = std::mem::replace(last, row);
    }
    let [_, last, _] = &rows;
    last.last().copied().unwrap_or(0)
}

/// How many unchanged characters may stand within two that changed places: `AB` and `BA` have one in common.
const MAX_BETWEEN: usize = 2;

/// Two neighbouring characters of a script without spaces that changed places; and the last hunk that it takes.
///
/// The common character of `AB` and `BA` parts the change in two, so neighbouring hunks are looked at together.
fn swapped(sides: &Sides<'_>, at: usize) -> Option<(Range<usize>, Range<usize>, usize)> {
    let first = sides.hunks.get(at)?;
    for last in at..=at + 1 {
        let end = sides.hunks.get(last)?;
        if last > at && (end.old.start - first.old.end > MAX_BETWEEN || end.new.start - first.new.end > MAX_BETWEEN) {
            return None;
        }
        let (old, new) = (first.old.start..end.old.end, first.new.start..end.new.end);
        if old.len() > 4 || new.len() > 4 {
            return None;
        }
        let spaceless = |side: &Side<'_>, range: &Range<usize>| {
            side.of(range).iter().any(|piece| piece.kind == TokenKind::Character)
        };
        if spaceless(&sides.old, &old)
            && spaceless(&sides.new, &new)
            && is_swap(sides.old.text(&old), sides.new.text(&new))
        {
            return Some((old, new, last));
        }
    }
    None
}

fn is_swap(old: &str, new: &str) -> bool {
    let head: usize =
        old.chars().zip(new.chars()).take_while(|(one, other)| one == other).map(|(one, _)| one.len_utf8()).sum();
    let (old, new) = (old.get(head..).unwrap_or_default(), new.get(head..).unwrap_or_default());
    let (mut before, mut after) = (old.chars(), new.chars());
    match (before.next(), before.next(), after.next(), after.next()) {
        (Some(a), Some(b), Some(c), Some(d)) => {
            a == d && b == c && a != b && a.is_alphabetic() && b.is_alphabetic() && before.as_str() == after.as_str()
        }
        _ => false,
    }
}
