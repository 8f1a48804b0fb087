//! Sentences that begin without a mark before them.
//!
//! A page's headlines, captions and datelines run into its text when it is scraped: `Ferry stops for good In the harbour nobody`.
//! A capital that no name explains tells where: that of an article, a pronoun, a preposition or another of the small words.
//! What decides is the words on both sides.

use super::dateline;
use super::marks::closes;
use super::openers::{Opener, LABELS, is_carrier, is_title, opener};
use super::sentences::char_at;

/// The longest word that is looked at, in bytes.
const WORD_BYTES: usize = 32;

/// Whether a sentence begins at a byte although no mark ends the one before, which began at `start`.
pub(super) fn begins(text: &str, start: usize, at: usize) -> bool {
    let bytes = text.as_bytes();
    if at <= start || bytes.get(at - 1) != Some(&b' ') {
        return false;
    }
    let word = word_from(text, at);
    let Some(opener) = opener(word) else { return begins_otherwise(text, start, at, word) };
    let before = text.get(start..at).unwrap_or_default().trim_end();
    let Some(last) = before.chars().next_back() else { return false };
    let after = text.get(at + word.len()..).unwrap_or_default();
    if is_emoticon(before) {
        return true;
    }
    if !(last.is_alphanumeric() || closes(last) || last == '"') || !after.starts_with(' ') {
        return false;
    }
    let last_word = last_word(before);
    let next = after.trim_start();
    let small_next = next.chars().next().is_some_and(char::is_lowercase);
    match opener {
        Opener::Sure => true,
        Opener::Small => small_next && !is_carrier(last_word),
        Opener::Article => !is_carrier(last_word) && !is_title(word_from(next, 0)),
    }
}

/// Emoticons, datelines and labels.
fn begins_otherwise(text: &str, start: usize, at: usize, word: &str) -> bool {
    let before = || text.get(start..at).unwrap_or_default().trim_end();
    let after = || text.get(at + word.len()..).unwrap_or_default();
    if text.get(..at).is_some_and(|before| before.ends_with(") ")) && is_emoticon(before()) {
        return true;
    }
    let is_label = || after().starts_with(": ") && LABELS.contains(&word);
    let is_start = is_label() || dateline::length(text, at).is_some();
    if is_start {
        return before().chars().next_back().is_some_and(|last| last.is_alphanumeric() || closes(last))
            && !is_carrier(last_word(before()));
    }
    dateline::length(text, start).is_some_and(|length| start + length + 1 == at)
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
