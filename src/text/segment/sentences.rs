//! Sentences, by rules for marks, quotes and abbreviations that look at most a few words around a mark.
//!
//! The shape is that of UAX #29 (a mark, what closes, white space, and a look at what follows), with abbreviations, ordinals and
//! initials told apart. What decides lies beside the mark, so that an edit moves no boundary far away from it.

use std::ops::Range;

use super::abbreviations::{Abbreviation, abbreviation, follows_hour, follows_ordinal, is_starter, precedes_ordinal};
use super::clauses::markless_end;
use super::marks::{LOOK, Mark, closes, is_cjk, is_markless, mark_at, may_close, opens};

/// The longest look back or ahead for a word, in bytes.
const WORD_BYTES: usize = 48;

/// Returns the sentences of a paragraph, in order, without the white space around them.
///
/// A mark such as `.`, `?`, `。` or `।` ends a sentence together with the quotes and brackets that it closes. A full stop in a
/// number, a name or an abbreviation does not, nor does a mark before a word in lower case. Without a mark a paragraph is one
/// sentence; in Thai and Lao, which have none, a sentence ends at the first space after more than 90 characters. Takes time
/// linear in the text.
///
/// ```
/// use morgue::text::segment::sentences;
///
/// let text = "Dr. Vale closed it. “Why now?” asked the U.S. officials. 橋は閉鎖。";
/// let found: Vec<&str> = sentences(text).into_iter().map(|range| &text[range]).collect();
/// assert_eq!(found, ["Dr. Vale closed it.", "“Why now?” asked the U.S. officials.", "橋は閉鎖。"]);
/// ```
#[must_use]
pub fn sentences(text: &str) -> Vec<Range<usize>> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    let mut start = skip_space(text, 0);
    let (mut at, mut quoted) = (start, false);
    while let Some(look) = look(bytes, at) {
        let end = match bytes.get(look) {
            Some(b'"') => {
                (at, quoted) = (look + 1, !quoted);
                None
            }
            Some(b'\n') => {
                at = look + 1;
                before_item(text, at).then_some(look)
            }
            _ => {
                if let Some(place) = Place::read(text, start, look, &mut quoted) {
                    at = place.after;
                    place.is_end().then_some(place.after)
                } else if char_at(text, look).is_some_and(is_markless) {
                    let (end, next) = markless_end(text, start, look);
                    at = next;
                    end
                } else {
                    at = next_character(bytes, look);
                    None
                }
            }
        };
        if let Some(end) = end {
            found.extend(trimmed(text, start, end));
            start = skip_space(text, end);
            (at, quoted) = (start, false);
        }
    }
    found.extend(trimmed(text, start, text.len()));
    found
}

/// The next byte that may end a sentence or matters for one.
fn look(bytes: &[u8], from: usize) -> Option<usize> {
    let looks = |byte: &u8| LOOK.get(usize::from(*byte)).is_some_and(|looks| *looks);
    bytes.get(from..)?.iter().position(looks).map(|at| from + at)
}

fn next_character(bytes: &[u8], at: usize) -> usize {
    at + match bytes.get(at) {
        Some(0xE0..) => 3,
        Some(0xC0..) => 2,
        _ => 1,
    }
}

pub(super) fn skip_space(text: &str, from: usize) -> usize {
    let rest = text.get(from..).unwrap_or_default();
    from + (rest.len() - rest.trim_start().len())
}

fn trimmed(text: &str, start: usize, end: usize) -> Option<Range<usize>> {
    let sentence = text.get(start..end)?.trim_end();
    (!sentence.is_empty()).then(|| start..start + sentence.len())
}

pub(super) fn char_at(text: &str, at: usize) -> Option<char> {
    match text.as_bytes().get(at)? {
        byte @ 0..=127 => Some(char::from(*byte)),
        _ => text.get(at..)?.chars().next(),
    }
}

fn char_before(text: &str, at: usize) -> Option<char> {
    text.get(..at)?.chars().next_back()
}

/// Whether a line begins with the mark of a list.
fn before_item(text: &str, line: usize) -> bool {
    let at = line + text.as_bytes().iter().skip(line).take(8).take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    match char_at(text, at) {
        Some('•' | '◦' | '▪' | '●' | '·') => true,
        Some('-' | '*' | '–') => matches!(text.as_bytes().get(at + 1), Some(b' ') | None),
        _ => false,
    }
}

/// A run of marks with what it closes.
struct Place<'a> {
    text: &'a str,
    /// Where the sentence begins.
    start: usize,
    /// The first mark.
    at: usize,
    mark: Mark,
    closed: bool,
    /// The byte after the marks and what they close.
    after: usize,
}

impl<'a> Place<'a> {
    fn read(text: &'a str, start: usize, at: usize, quoted: &mut bool) -> Option<Self> {
        let bytes = text.as_bytes();
        let (mut mark, length) = mark_at(bytes, at)?;
        let mut after = at + length;
        while let Some((next, length)) = mark_at(bytes, after) {
            mark = joined(mark, next);
            after += length;
        }
        let marks_end = after;
        while let Some(next) = closer(text, after, quoted) {
            after = next;
        }
        let after = footnote(text, after);
        Some(Place { text, start, at, mark, closed: after > marks_end, after })
    }

    fn is_end(&self) -> bool {
        let Some(next) = char_at(self.text, self.after) else { return true };
        if !next.is_whitespace() {
            return self.is_end_without_space(next);
        }
        let at = skip_space(self.text, self.after);
        let Some((first, word)) = first_letter(self.text, at) else { return true };
        match self.mark {
            Mark::Full => !is_comma(first),
            _ if is_comma(first) || first.is_lowercase() && !is_name(word) || is_note(self.text, at) => false,
            Mark::FullStrong | Mark::Strong => true,
            Mark::Ellipsis => is_cased_or_number(first),
            Mark::Stop if self.closed => true,
            Mark::Stop => self.is_end_of_word(at, first, word),
        }
    }

    /// Scripts without spaces, and what was written without one.
    fn is_end_without_space(&self, next: char) -> bool {
        let before = char_before(self.text, self.at).unwrap_or(' ');
        match self.mark {
            Mark::Full if is_cjk(next) || is_cjk(before) => !is_comma(next) && !(self.closed && continues(next)),
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
        let starts = || is_starter(next) && !self.text.get(at..).is_some_and(|rest| is_abbreviated(rest, next));
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
            return false;
        }
        if number.len() > 2 || !first.is_uppercase() {
            return true;
        }
        let before =
            word_before(self.text, self.start, self.text.get(..number_at).unwrap_or_default().trim_end().len());
        !(follows_ordinal(next) || precedes_ordinal(before) && !is_starter(next))
    }
}

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

/// The first letter or digit of what follows, or else its first character; and the word that begins there.
fn first_letter(text: &str, at: usize) -> Option<(char, &str)> {
    let first = char_at(text, at)?;
    let mut from = at;
    for character in text.get(at..)?.chars().take(6) {
        if character.is_alphanumeric() {
            let rest = text.get(from..)?;
            let inside = |character: char| character.is_alphanumeric() || matches!(character, '\'' | '’');
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
fn is_name(word: &str) -> bool {
    word.starts_with("http") || word.starts_with("www") || word.contains(char::is_uppercase)
}

/// Whether a number in brackets is next, a year as a rule: `Alive! (1975)`.
fn is_note(text: &str, at: usize) -> bool {
    let mut bytes = text.as_bytes().iter().skip(at).take(10);
    bytes.next() == Some(&b'(') && bytes.find(|byte| !byte.is_ascii_digit()) == Some(&b')')
}

/// Letters with stops between them: `U.S`, `Ph.D`.
fn is_acronym(word: &str) -> bool {
    let is_part = |part: &str| part.chars().count() <= 2 && part.chars().all(char::is_alphabetic) && !part.is_empty();
    word.contains('.') && word.split('.').all(is_part)
}

/// Whether a stop follows the word, so that it is an initial rather than an article.
fn is_abbreviated(rest: &str, word: &str) -> bool {
    rest.strip_prefix(word).is_some_and(|rest| rest.starts_with('.'))
}

/// The word that ends at a byte, with the stops inside it.
fn word_before(text: &str, start: usize, end: usize) -> &str {
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

#[cfg(test)]
#[allow(clippy::string_slice)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Each text is given as its sentences, with a line between two.
    fn check(between: &str, texts: &[&str]) {
        for wanted in texts {
            let text = wanted.replace('|', between);
            let found: Vec<&str> = sentences(&text).into_iter().map(|range| &text[range]).collect();
            assert_eq!(found.join("|"), *wanted);
        }
    }

    #[test]
    fn sentences_are_without_the_space_between() {
        assert_eq!(sentences(" It closed.  Why? "), [1..11, 13..17]);
        assert_eq!(sentences(" \n"), Vec::<Range<usize>>::new());
    }

    #[test]
    fn a_stop_in_a_number_a_name_or_an_address_is_no_end() {
        check(
            " ",
            &[
                "It rose 1.5 points on 3.11.2023.|See www.ferry.example for more.|Write to a.b@port.example now.",
                "J. K. Marlow and George W. Finch sail.|U.S. officials left the U.S.|The ferry stayed.",
                "It sails at 5 p.m. Tuesday.|It is back at 9 a.m.|Passengers wait.",
                "She read plan.v2.txt twice.|iFerry is new.|1. Fares rise.",
            ],
        );
    }

    #[test]
    fn an_abbreviation_is_no_end() {
        check(
            " ",
            &[
                "Mr. Vale met Dr. Ito and Gen. Moss.|They met on Jan. 5 at Pier No. 3.",
                "Harbor Inc. chief Ann Vale left Harbor Inc.|She sold it, e.g. the ferry, etc. for cash.",
                "Die Fähre fährt z.B. am 3. Oktober.|Sie kostet ca. 5 Mio. Euro.|Am 12. März war sie bzw. Dr. Vale da.|Es war 1995.|Dann nicht.",
                "M. Vale et Mme. Ito sont là.|Elle part.",
                "El Sr. Vale vive en EE.UU. desde mayo.|La Sra. Ito no.",
                "Порт закрыт в 2005 г. из-за шторма, т.е. надолго.|Он стоит 5 млн руб. и т.д.|Проф. А. В. Вал ушёл.|Он дома.",
                "डॉ. वाले आए।|वे गए।",
                "قال د. فالي نعم.|ثم غادر؟|لا.",
            ],
        );
    }

    #[test]
    fn what_a_mark_closes_belongs_to_its_sentence() {
        check(
            " ",
            &[
                "“Stop!” he said.|“Go.”|He went (slowly.)|She asked: 'Why?'|Nobody knew.",
                "\"We go. |We stay.\"|He left.|\"Why?\" she asked.".replace(". |", ".|").as_str(),
                "He said \" Go ! \"|They went .|It ended .",
                "« Bonjour ! » dit-il.|« Le pont est fermé. »|Il part.",
                "„Das Tor ist zu.“|Er ging.|»Nein!« rief sie.|Sie blieb.",
                "¿Quién cierra el puente?|¡Nadie!|«No hay paso.»|Lo dijo ayer.",
                "«Мост закрыт».|Он ушёл.|— Кто? — спросила она.",
                "It closed.[3][4]|It opened.",
            ],
        );
    }

    #[test]
    fn an_ellipsis_before_a_small_letter_is_no_end() {
        check(" ", &["He waited... and left.|Then… nothing.|Well...|The end?!|Yes!!!"]);
    }

    #[test]
    fn scripts_without_spaces_need_none_between_sentences() {
        check(
            "",
            &[
                "橋は閉鎖。|再開は未定。|「なぜ。」と彼は言った。|「まだだ。」|彼は去った！|本当？|はい。",
                "大桥关闭。|“何时开放？”|没有人知道！|他走了。",
            ],
        );
    }

    #[test]
    fn thai_ends_at_a_space_when_it_is_long() {
        let clause = "สะพานปิด".repeat(6);
        let text = [clause.as_str(); 4].join(" ");
        let found: Vec<&str> = sentences(&text).into_iter().map(|range| &text[range]).collect();
        assert_eq!(found, [[clause.as_str(); 2].join(" ").as_str(); 2]);
        let english = "The ferry ไทย ".repeat(20);
        assert_eq!(sentences(&english).len(), 1);
    }

    #[test]
    fn an_item_of_a_list_is_a_sentence() {
        check("\n", &["Fares:|- bridge 3|- ferry 5", "One|• two"]);
        assert_eq!(sentences("A line\nthat goes on").len(), 1);
    }

    const PIECES: &str = "([a-zA-Z]{1,3}|[0-9]|[.!?…。।؟]|[\"'“”«»()\\[\\]「」]|[ \n\u{a0}]|[กขхХहع橋、,-]|\\PC){0,60}";

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1000))]
        #[test]
        fn sentences_are_in_order_and_leave_out_only_space(text in PIECES) {
            let mut end = 0;
            for range in sentences(&text) {
                prop_assert!(text[end..range.start].trim().is_empty());
                prop_assert!(!text[range.clone()].is_empty() && text[range.clone()].trim() == &text[range.clone()]);
                end = range.end;
            }
            prop_assert!(text[end..].trim().is_empty());
        }

        #[test]
        fn an_edit_moves_no_boundary_behind_the_next_sentences(text in "[ab .]{0,40}", edit in "[ab.!,]{0,5}") {
            let tail = " Then the ferry left. It was late. “Why?” asked Vale.";
            let ends = |head: &str| -> Vec<usize> {
                let text = format!("{head}{tail}");
                sentences(&text).into_iter().rev().take(2).map(|range| text.len() - range.start).collect()
            };
            prop_assert_eq!(ends(&text), ends(&format!("{edit}{text}")));
        }
    }
}
