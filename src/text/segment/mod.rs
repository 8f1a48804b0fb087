//! Texts into paragraphs and sentences, and those into words.
//!
//! Boundaries are derived and never stored, since every segmenter's rules change. All offsets count bytes of UTF-8 and stand
//! between two characters, so they can slice the text.

mod abbreviations;
mod around;
mod clauses;
mod dateline;
mod ends;
mod marks;
mod openers;
mod paragraphs;
mod run_in;
mod sentences;
mod small;
mod tokens;
mod words;

pub use clauses::clauses;
pub use paragraphs::paragraphs;
pub use sentences::sentences;
pub use tokens::{Token, TokenKind, count_words, tokens, tokens_into};
