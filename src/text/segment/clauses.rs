//! Thai and Lao: spaces stand between clauses, and nothing tells where a sentence ends.

use std::ops::Range;

use super::marks::is_markless;
use super::sentences::{char_at, skip_space};

/// A sentence ends at the first space after more characters than these.
const SENTENCE_CHARACTERS: usize = 90;
/// What is left of a paragraph after it is no sentence of its own if it has no more characters than these.
const REST_CHARACTERS: usize = 30;

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

/// What was counted of a sentence, so that each character of it is counted once however often Thai and other letters alternate.
#[derive(Debug, Default)]
pub(super) struct Counted {
    /// The byte up to which was counted.
    at: usize,
    characters: usize,
    markless: usize,
}

impl Counted {
    pub(super) fn from(start: usize) -> Self {
        Self { at: start, ..Self::default() }
    }

    /// Reads on from a letter of a script without marks: the end of the sentence, if it is long enough for one where such
    /// letters are the most of it; and how far was read.
    pub(super) fn markless_end(&mut self, text: &str, letter: usize) -> (Option<usize>, usize) {
        while let Some(character) = char_at(text, self.at) {
            if self.at > letter && character.is_whitespace() {
                if self.markless * 2 <= self.characters {
                    break;
                }
                if self.characters > SENTENCE_CHARACTERS && goes_on(text, self.at) {
                    return (Some(self.at), self.at);
                }
            }
            self.characters += 1;
            self.markless += usize::from(is_markless(character));
            self.at += character.len_utf8();
        }
        (None, self.at)
    }
}

/// Whether more than a short rest of the paragraph follows.
fn goes_on(text: &str, at: usize) -> bool {
    text.get(at..).is_some_and(|rest| rest.trim_start().chars().nth(REST_CHARACTERS).is_some())
}
