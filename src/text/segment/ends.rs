//! What a mark says: whether the sentence ends there.
//!
//! The shape is that of UAX #29 (a mark, what closes, white space, and a look at what follows), with abbreviations, ordinals and
//! initials told apart. Everything that decides lies within a few words of the mark.

use super::abbreviations::{Abbreviation, abbreviation, follows_hour, follows_ordinal, is_starter, precedes_ordinal};
use super::around::{char_before, first_letter, is_abbreviated, is_acronym, is_name, is_note, word_before};
use super::marks::{Mark, closes, is_cjk, is_markless, mark_at, may_close, opens};
use super::openers::is_label;
use super::sentences::{char_at, skip_space};
use super::small::{is_end_before_small, is_strong_end_before_small};

/// A run of marks with what it closes.
pub(super) struct Place<'a> {
    text: &'a str,
    /// Where the sentence begins.
    start: usize,
    /// The first mark.
    at: usize,
    mark: Mark,
    closed: bool,
    /// Whether a quotation goes on.
    quoted: bool,
    /// The byte after the marks and what they close.
    pub(super) after: usize,
}

impl<'a> Place<'a> {
    pub(super) fn read(text: &'a str, start: usize, at: usize, quoted: &mut bool) -> Option<Self> {
        let bytes = text.as_bytes();
        let (mut mark, length) = mark_at(bytes, at)?;
        let mut after = at + length;
        while let Some((next, length)) = mark_at(bytes, after) {
            mark = joined(mark, next);
            after += length;
        }
        let marks_end = after;
        while let Some(next) = closer(text, after, quoted).or_else(|| straight_closer(text, start, at, after)) {
            after = next;
        }
        let after = footnote(text, after);
        Some(Place { text, start, at, mark, closed: after > marks_end, quoted: *quoted, after })
    }

    pub(super) fn is_end(&self) -> bool {
        let Some(next) = char_at(self.text, self.after) else { return true };
        if !next.is_whitespace() {
            return self.is_end_without_space(next);
        }
        let at = skip_space(self.text, self.after);
        let Some((first, word)) = first_letter(self.text, at) else { return true };
        match self.mark {
            Mark::Full => !is_comma(first),
            _ if is_comma(first) || is_note(self.text, at) => false,
            _ if first.is_lowercase() && !is_name(word) => self.is_end_before_small(at),
            Mark::FullStrong | Mark::Strong => true,
            Mark::Ellipsis => is_cased_or_number(first),
            // After a quotation it is one; a bracket may hold an abbreviation: `(U.S.) Army`.
            Mark::Stop if self.closed && !self.is_bracketed() => true,
            Mark::Stop => self.is_end_of_word(at, first, word),
        }
    }

    /// What closes a quotation goes on in lower case: `“Stop!” he said`. So does what follows a dash.
    fn is_end_before_small(&self, at: usize) -> bool {
        let mut characters = self.text.get(at..).unwrap_or_default().chars();
        let begins = characters.next().is_some_and(|first| {
            first.is_lowercase() || !is_dash(first) && characters.next().is_some_and(|second| !second.is_whitespace())
        });
        let word = || word_before(self.text, self.start, self.at);
        match self.mark {
            _ if self.closed && self.text.get(..self.after).is_some_and(|text| text.ends_with('"')) => {
                self.text.get(at..).is_some_and(|rest| rest.starts_with(['"', '`']))
            }
            _ if !begins || self.closed || self.is_reference(at) => false,
            Mark::Stop if word().is_empty() => char_before(self.text, self.at).is_some_and(closes),
            Mark::Stop => is_end_before_small(word()),
            Mark::Strong | Mark::FullStrong if !self.quoted => is_strong_end_before_small(word()),
            _ => false,
        }
    }

    /// `Chicago, 1994. p. 12`
    fn is_reference(&self, at: usize) -> bool {
        let rest = self.text.get(at..).unwrap_or_default();
        first_letter(self.text, at).is_some_and(|(_, word)| abbreviation(word).is_some() && is_abbreviated(rest, word))
    }

    fn is_bracketed(&self) -> bool {
        matches!(self.text.as_bytes().get(self.at + 1), Some(b')' | b']'))
    }

    /// Scripts without spaces, and what was written without one.
    fn is_end_without_space(&self, next: char) -> bool {
        let before = char_before(self.text, self.at).unwrap_or(' ');
        match self.mark {
            Mark::Full if is_cjk(next) || is_cjk(before) => !(is_comma(next) || self.closed && continues(next)),
            Mark::Full => !is_comma(next) && !next.is_ascii_punctuation(),
            Mark::FullStrong if self.closed => !is_comma(next) && !continues(next),
            Mark::FullStrong => !is_comma(next) && !matches!(next, 'と' | 'っ'),
            Mark::Strong => {
                (is_cjk(next) || is_cjk(before)) && !is_comma(next) && !continues(next)
                    || self.closed && next.is_uppercase()
            }
            Mark::Stop if self.closed => next.is_uppercase() || is_cjk(before) && is_cjk(next) && !continues(next),
            Mark::Stop => is_cjk(before) && is_cjk(next) && !is_comma(next),
            Mark::Ellipsis => false,
        }
    }

    /// Whether a single full stop with a space behind it is more than the end of the word before it.
    fn is_end_of_word(&self, at: usize, first: char, next: &str) -> bool {
        let word = word_before(self.text, self.start, self.at);
        let mut letters = word.chars();
        let Some(letter) = letters.next() else { return true };
        if is_markless(char_before(self.text, self.at).unwrap_or(' ')) {
            return false;
        }
        let rest = self.text.get(at..).unwrap_or_default();
        let starts = || is_starter(next) && !is_abbreviated(rest, next) || is_label_of_caption(rest, next);
        if word.bytes().all(|byte| byte.is_ascii_digit()) {
            return self.is_end_of_number(word, first, next);
        }
        match abbreviation(word) {
            Some(Abbreviation::Never) => false,
            Some(Abbreviation::Seldom) => starts(),
            Some(Abbreviation::BeforeNumber) => !first.is_numeric() && (word.chars().nth(1).is_some() || starts()),
            Some(Abbreviation::Hour) => !follows_hour(next),
            None if letters.next().is_none() => !letter.is_alphabetic() || is_cjk(letter) || starts(),
            None if is_acronym(word) => starts(),
            None => true,
        }
    }

    /// `12. März`, `am 3. Oktober`, and the number of an item: `1. Rescue`.
    fn is_end_of_number(&self, number: &str, first: char, next: &str) -> bool {
        let number_at = self.at - number.len();
        if number_at == self.start {
            // A year is no number of an item.
            return number.len() > 3;
        }
        if number.len() > 2 || !first.is_uppercase() {
            return true;
        }
        let before =
            word_before(self.text, self.start, self.text.get(..number_at).unwrap_or_default().trim_end().len());
        !(follows_ordinal(next) || precedes_ordinal(before) && !is_starter(next))
    }
}

/// `Image: Ann Vale`
fn is_label_of_caption(rest: &str, word: &str) -> bool {
    is_label(word) && rest.strip_prefix(word).is_some_and(|rest| rest.starts_with(": "))
}

/// What two marks in a row are.
fn joined(mark: Mark, next: Mark) -> Mark {
    match (mark, next) {
        (Mark::Stop, Mark::Stop) | (Mark::Ellipsis, Mark::Stop | Mark::Ellipsis) => Mark::Ellipsis,
        (Mark::Stop | Mark::Ellipsis, next) => next,
        (Mark::Strong | Mark::Full, Mark::FullStrong) => Mark::FullStrong,
        (Mark::Strong, Mark::Full) => Mark::Full,
        (mark, _) => mark,
    }
}

/// The end of what closes at a byte.
fn closer(text: &str, at: usize, quoted: &mut bool) -> Option<usize> {
    let character = char_at(text, at)?;
    let next = at + character.len_utf8();
    if closes(character) {
        return Some(next);
    }
    let ends_here = |next| char_at(text, next).is_none_or(|next| !next.is_alphanumeric() && !opens_only(next));
    if character == '"' {
        let closes = *quoted || ends_here(next);
        *quoted &= !closes;
        return closes.then_some(next);
    }
    if may_close(character) {
        return ends_here(next).then_some(next);
    }
    if character.is_whitespace() && character != '\n' {
        return spaced_closer(text, next, quoted);
    }
    None
}

/// So many bytes before a mark a quotation is looked for that it closes.
const QUOTATION_BYTES: usize = 600;

/// A straight mark that closes what a curved one opened: `“他走了。"她留下。`
fn straight_closer(text: &str, start: usize, at: usize, after: usize) -> Option<usize> {
    if text.as_bytes().get(after) != Some(&b'"') {
        return None;
    }
    let from = start.max(at.saturating_sub(QUOTATION_BYTES));
    let before = text.get((from..=at).find(|from| text.is_char_boundary(*from))?..at)?;
    let is_open = before.rfind('“').is_some_and(|open| !before.get(open..).unwrap_or_default().contains(['”', '"']));
    is_open.then_some(after + 1)
}

fn opens_only(character: char) -> bool {
    matches!(character, '(' | '[' | '{' | '„' | '‚' | '¿' | '¡' | '「' | '『' | '（')
}

/// French quotes, and texts whose marks have spaces on both sides.
fn spaced_closer(text: &str, at: usize, quoted: &mut bool) -> Option<usize> {
    let space_follows = |at| char_at(text, at).is_none_or(|next| next.is_whitespace() || is_comma(next));
    match char_at(text, at)? {
        '»' if char_at(text, at + 2).is_none_or(|next| !next.is_alphanumeric()) => Some(at + 2),
        ')' | ']' => Some(at + 1),
        '"' if *quoted && space_follows(at + 1) => {
            *quoted = false;
            Some(at + 1)
        }
        '\'' if text.as_bytes().get(at + 1) == Some(&b'\'') && space_follows(at + 2) => Some(at + 2),
        _ => None,
    }
}

/// The end of the numbers of notes behind a mark: `[3][4]`.
fn footnote(text: &str, mut at: usize) -> usize {
    while let Some(b'[') = text.as_bytes().get(at) {
        let inner = text.as_bytes().iter().skip(at + 1).take(5).take_while(|byte| byte.is_ascii_alphanumeric()).count();
        match text.as_bytes().get(at + 1 + inner) {
            Some(b']') if inner > 0 => at += inner + 2,
            _ => break,
        }
    }
    at
}

fn is_dash(character: char) -> bool {
    matches!(character, '-' | '–' | '—' | '―' | '•' | '*')
}

fn is_comma(character: char) -> bool {
    matches!(character, ',' | ';' | ':' | '、' | '，' | '；' | '：' | '،' | '؛') || closes(character)
}

/// What goes on after a quotation in Japanese: `「...。」と言った`.
fn continues(character: char) -> bool {
    matches!(character, 'と' | 'っ' | 'の' | 'は' | 'が' | 'を' | 'に' | 'で' | 'も' | 'な' | 'や' | 'へ')
}

fn is_cased_or_number(character: char) -> bool {
    character.is_uppercase() || character.is_numeric() || opens(character)
}
