//! The words around a mark.

use super::marks::{closes, is_cjk, opens};
use super::sentences::char_at;

/// The longest look back or ahead for a word, in bytes.
const WORD_BYTES: usize = 48;

/// The first letter or digit of what follows, or else its first character; and the word that begins there.
pub(super) fn first_letter(text: &str, at: usize) -> Option<(char, &str)> {
    let first = char_at(text, at)?;
    let mut from = at;
    for character in text.get(at..)?.chars().take(6) {
        if character.is_alphanumeric() {
            let rest = text.get(from..)?;
            let inside =
                |character: char| character.is_alphanumeric() && !is_cjk(character) || matches!(character, '\'' | '’');
            let word = rest.char_indices().take(WORD_BYTES / 2).find(|(_, character)| !inside(*character));
            return Some((character, rest.get(..word.map_or(rest.len(), |(end, _)| end)).unwrap_or_default()));
        }
        if !opens(character) && !character.is_whitespace() {
            break;
        }
        from += character.len_utf8();
    }
    Some((first, ""))
}

/// Whether a word that begins in lower case may begin a sentence: `iPhone`, or an address.
pub(super) fn is_name(word: &str) -> bool {
    word.starts_with("http") || word.starts_with("www") || word.contains(char::is_uppercase)
}

/// Whether a number in brackets is next, a year as a rule: `Alive! (1975)`.
pub(super) fn is_note(text: &str, at: usize) -> bool {
    let mut bytes = text.as_bytes().iter().skip(at).take(10);
    bytes.next() == Some(&b'(') && bytes.find(|byte| !byte.is_ascii_digit()) == Some(&b')')
}

/// Letters with stops between them: `U.S`, `Ph.D`.
pub(super) fn is_acronym(word: &str) -> bool {
    let is_part = |part: &str| part.chars().count() <= 2 && part.chars().all(char::is_alphabetic) && !part.is_empty();
    word.contains('.') && word.split('.').all(is_part)
}

/// Whether a stop follows the word, so that it is an initial rather than an article.
pub(super) fn is_abbreviated(rest: &str, word: &str) -> bool {
    rest.strip_prefix(word).is_some_and(|rest| rest.starts_with('.'))
}

/// The word that ends at a byte, with the stops inside it.
pub(super) fn word_before(text: &str, start: usize, end: usize) -> &str {
    let mut from = end;
    for character in text.get(start..end).unwrap_or_default().chars().rev() {
        let inside = character.is_alphanumeric() || matches!(character, '.' | '\'' | '’' | '-' | '/' | '@' | '_');
        // A mark belongs to the letter before it; so do the vowels of Hindi.
        let inside =
            inside || !character.is_ascii() && !character.is_whitespace() && !opens(character) && !closes(character);
        if !inside || end - from > WORD_BYTES {
            break;
        }
        from -= character.len_utf8();
    }
    text.get(from..end).unwrap_or_default()
}

pub(super) fn char_before(text: &str, at: usize) -> Option<char> {
    text.get(..at)?.chars().next_back()
}
