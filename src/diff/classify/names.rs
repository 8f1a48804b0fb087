//! Names that became other names, in scripts with case.

use std::ops::Range;

use super::sides::{Piece, Side, Sides};
use super::words::{dates, names};
use crate::diff::class::{Class, Finding};

/// The longest name, in pieces.
const MAX_NAME: usize = 6;

/// Finds capitalised words that took the place of capitalised words.
pub(super) fn find(sides: &Sides<'_>, explained: &mut [bool]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (hunk, explained) in sides.hunks.iter().zip(explained) {
        if !is_name(&sides.old, &hunk.old) || !is_name(&sides.new, &hunk.new) {
            continue;
        }
        if !is_same(sides.old.of(&hunk.old), sides.new.of(&hunk.new)) {
            findings.push(sides.finding(Class::Name, &hunk.old, &hunk.new));
        }
        *explained = true;
    }
    findings
}

/// Whether two names are one, written otherwise: spelt out, shortened, or with an apostrophe.
pub(super) fn is_same(old: &[Piece<'_>], new: &[Piece<'_>]) -> bool {
    let possessed = match (old, new) {
        ([old], [new]) => bare(old.text) == bare(new.text),
        _ => false,
    };
    possessed || stands_for(old, new) || stands_for(new, old)
}

/// A name without the ending that makes it a possessor.
pub(in crate::diff) fn bare(name: &str) -> &str {
    let apostrophe = |mark: char| matches!(mark, '\'' | '\u{2019}');
    let name = name.strip_suffix(['s', 'S']).filter(|rest| rest.ends_with(apostrophe)).unwrap_or(name);
    name.strip_suffix(apostrophe).unwrap_or(name)
}

/// Whether a word is made of the first letters of others, or begins them: `NPS` and `National Port Service`, `Fed` and `Federal
/// Bank` are one name.
fn stands_for(short: &[Piece<'_>], long: &[Piece<'_>]) -> bool {
    let [word] = short else { return false };
    let mut capitals = long.iter().filter(|piece| piece.is_capitalised());
    let letters = capitals.clone().filter_map(|piece| piece.text.chars().next());
    let initials = word.text.chars().count() > 1 && word.text.chars().eq(letters);
    let beginning = long.len() > 1
        && word.text.chars().count() > 2
        && capitals.next().is_some_and(|first| first.text.starts_with(word.text));
    initials || beginning
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
