//! Sentences that begin without a mark before them.
//!
//! A page's headlines, captions and datelines run into its text when it is scraped: `Ferry stops for good In the harbour nobody`.
//! A capital that no name explains tells where: that of an article, a pronoun, a preposition or another of the small words.
//! What decides is the words on both sides.

use super::dateline;
use super::marks::closes;
use super::openers::{Opener, LABELS, is_carrier, is_title, opener};

/// The longest word that is looked at, in bytes.
const WORD_BYTES: usize = 32;

/// Whether a sentence begins at a byte although no mark ends the one before, which began at `start`.
pub(super) fn begins(text: &str, start: usize, at: usize) -> bool {
    if at <= start {
        return false;
    }
    let word = word_from(text, at);
    let after = text.get(at + word.len()..).unwrap_or_default();
    let before = text.get(start..at).unwrap_or_default().trim_end();
    let Some(last) = before.chars().next_back() else { return false };
    if last == ')' && is_emoticon(before) || is_after_dateline(text, start, at) {
        return true;
    }
    if !(last.is_alphanumeric() || closes(last) || matches!(last, '"' | ';' | ':') || before.ends_with("''")) {
        return false;
    }
    match opener(word) {
        Some(Opener::Adverb) => after.starts_with(',') && last != ':',
        Some(opener) => after.starts_with(' ') && opens_sentence(opener, before, last, after.trim_start()),
        None if after.starts_with(": ") && LABELS.contains(&word) || dateline::length(text, at).is_some() => {
            !matches!(last, ':') && !is_carrier(last_word(before))
        }
        None => false,
    }
}

/// Whether the words around a capital let it begin a sentence.
///
/// After a colon German has a capital if a whole sentence follows; elsewhere a quotation or a title may.
fn opens_sentence(opener: Opener, before: &str, last: char, next: &str) -> bool {
    let last_word = last_word(before);
    let next_word = word_from(next, 0);
    let is_small_next = || next_word.chars().next().is_some_and(char::is_lowercase);
    match opener {
        _ if last == ':' => matches!(opener, Opener::Sure | Opener::Article),
        _ if last == ';' || opener == Opener::Sure => true,
        _ if is_carrier(last_word) => false,
        Opener::Article => !is_title(next_word),
        Opener::Time if next_word == "the" || is_time(next_word) => true,
        Opener::Pronoun => is_small_next(),
        _ => is_small_next() && !last_word.chars().next().is_some_and(char::is_uppercase),
    }
}

/// A quick look at a Latin or Cyrillic capital.
pub(super) fn is_capital(bytes: &[u8], at: usize) -> bool {
    match bytes.get(at) {
        Some(0xC3) => matches!(bytes.get(at + 1), Some(0x80..=0x9E)),
        Some(0xD0) => matches!(bytes.get(at + 1), Some(0x81 | 0x90..=0xAF)),
        _ => true,
    }
}

fn is_after_dateline(text: &str, start: usize, at: usize) -> bool {
    at - start < 64 && dateline::length(text, start).is_some_and(|length| start + length + 1 == at)
}

/// A day, a month or a year after `In`, `On`: `On Tuesday the`.
fn is_time(word: &str) -> bool {
    dateline::is_day(word) || dateline::is_month(word) || word.len() == 4 && word.bytes().all(|byte| byte.is_ascii_digit())
}

fn word_from(text: &str, at: usize) -> &str {
    let rest = text.get(at..).unwrap_or_default();
    let inside = |character: char| character.is_alphanumeric() || matches!(character, '\'' | '’');
    let end = rest.char_indices().take(WORD_BYTES).find(|(_, character)| !inside(*character));
    rest.get(..end.map_or(rest.len(), |(end, _)| end)).unwrap_or_default()
}

fn last_word(before: &str) -> &str {
    let mut from = before.len();
    for character in before.chars().rev().take(WORD_BYTES) {
        if !character.is_alphanumeric() {
            break;
        }
        from -= character.len_utf8();
    }
    before.get(from..).unwrap_or_default()
}

/// `:-)`, `;)`
fn is_emoticon(before: &str) -> bool {
    [":-)", ":)", ";-)", ";)", ":-D", ":-(", ":("].iter().any(|face| before.ends_with(face))
}
