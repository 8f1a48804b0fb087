//! Typography alone, and the same words in another order.

use std::collections::HashMap;

use unicode_normalization::UnicodeNormalization;

use super::sides::{Hunk, Piece, Side, Sides};
use crate::diff::class::{Class, Finding};

/// Finds every change when all of them are typography: case, white space, quotation marks, dashes, commas, full stops.
///
/// A question mark, a sign, a currency and the marks inside a number are not typography: they change what is said.
pub(super) fn find(sides: &Sides<'_>) -> Option<Vec<Finding>> {
    let alike = |hunk: &Hunk| letters(sides.old.of(&hunk.old)) == letters(sides.new.of(&hunk.new));
    if !sides.hunks.iter().all(alike) {
        return None;
    }
    let mut findings: Vec<Finding> =
        sides.hunks.iter().map(|hunk| sides.finding(Class::Format, &hunk.old, &hunk.new)).collect();
    let respelled =
        |(old, new): &&(usize, usize)| sides.old.at(*old).map(|one| one.text) != sides.new.at(*new).map(|one| one.text);
    let respelled = sides.pairs.iter().filter(respelled);
    findings.extend(respelled.map(|(old, new)| sides.finding(Class::Format, &(*old..old + 1), &(*new..new + 1))));
    if findings.is_empty() {
        // White space alone: all of it.
        findings.push(sides.finding(Class::Format, &(0..sides.old.pieces.len()), &(0..sides.new.pieces.len())));
    }
    Some(findings)
}

/// What is left of a text without its typography.
fn letters(pieces: &[Piece<'_>]) -> String {
    let mut text = String::new();
    for piece in pieces {
        let number = piece.text.contains(char::is_numeric);
        let folded: String = if piece.text.is_ascii() {
            piece.text.to_ascii_lowercase()
        } else {
            piece.text.nfkc().flat_map(char::to_lowercase).collect()
        };
        text.extend(folded.chars().filter(|character| number || !is_typography(*character)));
        if number {
            // `1 5` is not `15`.
            text.push(' ');
        }
    }
    text
}

fn is_typography(character: char) -> bool {
    match character {
        '%' | '$' | '+' | '=' | '<' | '>' | '&' | '@' | '#' | '?' => false,
        '\u{3005}'..='\u{3007}' => false,
        _ => {
            character.is_whitespace()
                || character.is_ascii_punctuation()
                || matches!(character,
                    '\u{A1}' | '\u{AB}' | '\u{AD}' | '\u{B4}' | '\u{B7}' | '\u{BB}' | '\u{BF}' | '\u{2BC}' | '\u{60C}' | '\u{61B}'
                    | '\u{640}' | '\u{6D4}' | '\u{964}' | '\u{965}' | '\u{2000}'..='\u{206F}' | '\u{2212}' | '\u{3000}'..='\u{303F}'
                    | '\u{30FB}' | '\u{FEFF}')
        }
    }
}

/// Finds that the words are the same and only their order is another one.
pub(super) fn reordered(sides: &Sides<'_>) -> Option<Vec<Finding>> {
    let changed = |side: &Side<'_>, of: fn(&Hunk) -> std::ops::Range<usize>| {
        let mut words: HashMap<String, usize> = HashMap::new();
        for piece in sides.hunks.iter().flat_map(|hunk| side.of(&of(hunk))).filter(|piece| piece.is_word()) {
            *words.entry(piece.key.clone().into_owned()).or_default() += 1;
        }
        words
    };
    let (old, new) = (changed(&sides.old, |hunk| hunk.old.clone()), changed(&sides.new, |hunk| hunk.new.clone()));
    if old.is_empty() || old != new {
        return None;
    }
    let words = |hunk: &&Hunk| sides.words(hunk) > 0;
    Some(sides.hunks.iter().filter(words).map(|hunk| sides.finding(Class::Reorder, &hunk.old, &hunk.new)).collect())
}
