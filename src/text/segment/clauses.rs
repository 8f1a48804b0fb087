//! Thai and Lao: spaces stand between clauses, and nothing tells where a sentence ends.

use std::ops::Range;

use super::marks::is_markless;
use super::sentences::{char_at, skip_space};

/// A sentence ends at the first space after more characters than these.
const SENTENCE_CHARACTERS: usize = 90;

/// Returns the pieces of a text between white space: in Thai and Lao its clauses.
///
/// ```
/// use morgue::text::segment::clauses;
///
/// let text = "ปิดสะพาน เปิดพรุ่งนี้";
/// let found: Vec<&str> = clauses(text).into_iter().map(|range| &text[range]).collect();
/// assert_eq!(found, ["ปิดสะพาน", "เปิดพรุ่งนี้"]);
/// ```
#[must_use]
pub fn clauses(text: &str) -> Vec<Range<usize>> {
    let mut clauses = Vec::new();
    let mut at = skip_space(text, 0);
    while at < text.len() {
        let end = text.get(at..).and_then(|rest| rest.find(char::is_whitespace)).map_or(text.len(), |end| at + end);
        clauses.push(at..end);
        at = skip_space(text, end);
    }
    clauses
}

/// Reads on from the first letter of a script without marks: the end of the sentence, if it is long enough for one where
/// such letters are the most of it; and how far was read.
pub(super) fn markless_end(text: &str, start: usize, from: usize) -> (Option<usize>, usize) {
    let before = text.get(start..from).unwrap_or_default();
    let (mut characters, mut markless) = (before.chars().count(), before.chars().filter(|c| is_markless(*c)).count());
    let mut at = from;
    while let Some(character) = char_at(text, at) {
        if character.is_whitespace() {
            if markless * 2 <= characters {
                return (None, at);
            }
            if characters > SENTENCE_CHARACTERS {
                return (Some(at), at);
            }
        }
        characters += 1;
        markless += usize::from(is_markless(character));
        at += character.len_utf8();
    }
    (None, at)
}
