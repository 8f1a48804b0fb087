//! Lines that are about the story, notices to readers, and lines that belong to the page, share and subscribe.

use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

use super::words::{boilerplate, dates, notices};
use crate::diff::class::NoticeKind;
use crate::text::segment::{self, TokenKind};

/// What a line is, if it is no part of the story.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Line {
    Notice(NoticeKind),
    Boilerplate,
}

/// So much of a line is looked at, in characters.
const LOOKED_AT: usize = 240;
/// The longest line of page furniture, in characters.
const MAX_BOILERPLATE: usize = 200;

/// Returns what a paragraph or sentence is by its wording.
pub(super) fn kind(text: &str) -> Option<Line> {
    let end = text.char_indices().nth(LOOKED_AT).map_or(text.len(), |(at, _)| at);
    let start = text.get(..end).unwrap_or_default();
    let small = |characters: &mut dyn Iterator<Item = char>| -> String {
        characters.flat_map(char::to_lowercase).map(plain_apostrophe).collect()
    };
    let folded = if start.is_ascii() {
        start.to_ascii_lowercase()
    } else if is_nfc_quick(start.chars()) == IsNormalized::Yes {
        small(&mut start.chars())
    } else {
        small(&mut start.nfc())
    };
    let line = folded.trim_start_matches(|mark: char| !mark.is_alphanumeric()).trim_end();
    let short = end == text.len() && start.chars().count() <= MAX_BOILERPLATE;
    if short && is_stamp(line) {
        return Some(Line::Boilerplate);
    }
    if let Some((kind, _)) = notices::head(line) {
        return Some(Line::Notice(kind));
    }
    if let Some(kind) = notices::phrase(line) {
        return Some(Line::Notice(kind));
    }
    (short && is_boilerplate(line)).then_some(Line::Boilerplate)
}

fn plain_apostrophe(character: char) -> char {
    if matches!(character, '\u{2018}' | '\u{2019}' | '\u{2BC}') { '\'' } else { character }
}

/// `Last updated 12:30 GMT`: a stamp and nothing but a time.
fn is_stamp(line: &str) -> bool {
    boilerplate::stamp(line).is_some_and(|rest| {
        let words: Vec<&str> = words(rest);
        let timed = |word: &&str| word.contains(char::is_numeric) || dates::is_day_or_month(word, word);
        words.len() <= 16
            && words.iter().any(|word| timed(word) || is_date_name(word))
            && words.iter().all(|word| timed(word) || boilerplate::around_time(word) || is_date_name(word))
    })
}

/// The line is in small letters, and names of days and months may have a capital.
fn is_date_name(word: &str) -> bool {
    let mut letters = word.chars();
    let capital: String = letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect();
    dates::is_day_or_month(&capital, word)
}

fn words(text: &str) -> Vec<&str> {
    let tokens = segment::tokens(text).into_iter();
    tokens
        .filter(|token| token.kind != TokenKind::Space && token.kind != TokenKind::Punctuation)
        .map(|token| token.of(text))
        .collect()
}

fn is_boilerplate(line: &str) -> bool {
    let ends = |mark: char| matches!(mark, ':' | '：' | '»' | '>' | '|' | '-' | '–' | '—' | '→' | '/' | '©');
    let labelled = boilerplate::label(line).is_some_and(|rest| {
        let rest = rest.trim_start();
        rest.starts_with(ends)
    });
    let whole =
        boilerplate::line(line).is_some_and(|rest| words(rest).len() <= 1 && !rest.contains(char::is_alphabetic));
    labelled || whole || (boilerplate::phrase(line) && words(line).len() <= 24 && !line.contains(['"', '“', '”']))
}
