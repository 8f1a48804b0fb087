//! Names that became other names, in scripts with case.

use std::ops::Range;

use super::sides::{Hunk, Piece, Side, Sides};
use super::words::{dates, names};
use crate::diff::class::{Class, Finding};

/// The longest name, in pieces.
const MAX_NAME: usize = 6;

/// Finds capitalised words that took the place of capitalised words.
pub(super) fn find(sides: &Sides<'_>, explained: &mut [bool]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (hunk, explained) in sides.hunks.iter().zip(explained) {
        if !is_name_change(sides, hunk) {
            continue;
        }
        findings.push(sides.finding(Class::Name, &hunk.old, &hunk.new));
        *explained = true;
    }
    findings
}

fn is_name_change(sides: &Sides<'_>, hunk: &Hunk) -> bool {
    let name = |side: &Side<'_>, range: &Range<usize>| is_name(side, range);
    let (old, new) = (sides.old.of(&hunk.old), sides.new.of(&hunk.new));
    name(&sides.old, &hunk.old) && name(&sides.new, &hunk.new) && !stands_for(old, new) && !stands_for(new, old)
}

/// Whether a word is made of the first letters of others: `NPS` and `National Port Service` are one name.
fn stands_for(short: &[Piece<'_>], long: &[Piece<'_>]) -> bool {
    let [word] = short else { return false };
    let letters = long.iter().filter(|piece| piece.is_capitalised()).filter_map(|piece| piece.text.chars().next());
    word.text.chars().count() > 1 && word.text.chars().eq(letters)
}

fn is_name(side: &Side<'_>, range: &Range<usize>) -> bool {
    let pieces = side.of(range);
    let small = |at: usize| names::is_particle(side.key(at)) || matches!(side.key(at), "-" | "." | "'");
    let capital = |at: usize| {
        side.at(at).is_some_and(|piece| piece.is_capitalised() && !dates::is_day_or_month(piece.text, &piece.key))
    };
    let long = |at: usize| side.at(at).is_some_and(|piece| piece.text.chars().count() > 1);
    (1..=MAX_NAME).contains(&pieces.len())
        && range.clone().all(|at| capital(at) || small(at))
        && range.clone().any(|at| capital(at) && long(at))
        && !side.begins(range.start)
}
