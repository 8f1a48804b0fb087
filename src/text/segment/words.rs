//! Word bounds of Unicode (UAX #29), fast where the characters are simple.
//!
//! A bound depends on the character before it, the one after it and one more on each side. As long as these are of the
//! classes below, a table decides. Anything else (emoji, flags, Hebrew, joiners, ...) is left to the
//! `unicode-segmentation` crate, from the last bound to the next one before a simple character: no rule looks back across
//! a bound, so that either may take over from the other at any.

use unicode_segmentation::UnicodeSegmentation;

use super::tokens::{Token, TokenKind, kind};

/// Takes the pieces of a text one by one.
pub(super) trait Sink {
    fn take(&mut self, text: &str, token: Token);
}

/// The property Word_Break, as far as it is known here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    /// ALetter; the syllables of Hangul are among them.
    Letter,
    /// Katakana.
    Katakana,
    /// Numeric.
    Digit,
    /// ExtendNumLet: `_`.
    Under,
    /// Extend: a mark that belongs to the character before it.
    Mark,
    /// MidLetter: `:`.
    Colon,
    /// MidNum: `,` and `;`.
    Comma,
    /// MidNumLet and Single_Quote: `.`, `'` and `’`.
    Dot,
    /// White space.
    Space,
    /// A character that stands for itself on both sides, of a script without spaces.
    Character,
    /// Any other such character.
    Other,
    /// Not known here.
    Unknown,
}

const ASCII: [Class; 128] = {
    let mut table = [Class::Other; 128];
    let mut at = 0;
    while at < 128 {
        #[allow(clippy::indexing_slicing)]
        {
            table[at] = match at as u8 {
                b'a'..=b'z' | b'A'..=b'Z' => Class::Letter,
                b'0'..=b'9' => Class::Digit,
                b'_' => Class::Under,
                b':' => Class::Colon,
                b',' | b';' => Class::Comma,
                b'.' | b'\'' => Class::Dot,
                b' ' | b'\t'..=b'\r' => Class::Space,
                _ => Class::Other,
            };
        }
        at += 1;
    }
    table
};

/// Gives all pieces of a text to a sink.
pub(super) fn scan<S: Sink>(text: &str, sink: &mut S) {
    let mut start = 0;
    while let Some((class, next)) = class_at(text, start) {
        let found = match class {
            Class::Letter | Class::Katakana => word_end(text, next, class).map(|end| (end, TokenKind::Word)),
            Class::Digit => word_end(text, next, class).map(|end| (end, TokenKind::Number)),
            Class::Space => space_end(text, start, next).map(|end| (end, TokenKind::Space)),
            Class::Under => {
                word_end(text, next, class).map(|end| (end, kind(text.get(start..end).unwrap_or_default())))
            }
            Class::Mark | Class::Unknown => None,
            Class::Character => marks_end(text, next).map(|end| (end, TokenKind::Character)),
            _ => stands_alone(text, next).then_some((next, TokenKind::Punctuation)),
        };
        if let Some((end, kind)) = found {
            sink.take(text, Token { start, end, kind });
            start = end;
        } else {
            start = slow(text, start, sink);
        }
    }
}

/// The class of the character at a byte, and the byte after it.
#[inline]
fn class_at(text: &str, at: usize) -> Option<(Class, usize)> {
    let byte = *text.as_bytes().get(at)?;
    match ASCII.get(usize::from(byte)) {
        Some(class) => Some((*class, at + 1)),
        None => {
            let character = text.get(at..)?.chars().next()?;
            Some((class_of(character), at + character.len_utf8()))
        }
    }
}

/// The classes beyond ASCII. A range is here if all its characters are of one class; the test goes through each.
fn class_of(character: char) -> Class {
    match character {
        '\u{C0}'..='\u{D6}' | '\u{D8}'..='\u{F6}' | '\u{F8}'..='\u{2C1}' | '\u{388}'..='\u{38A}' => Class::Letter,
        '\u{38E}'..='\u{3A1}' | '\u{3A3}'..='\u{3F5}' | '\u{3F7}'..='\u{481}' | '\u{48A}'..='\u{52F}' => Class::Letter,
        '\u{620}'..='\u{64A}' | '\u{66E}'..='\u{66F}' | '\u{671}'..='\u{6D3}' => Class::Letter,
        '\u{904}'..='\u{939}' | '\u{958}'..='\u{961}' | '\u{1E00}'..='\u{1F15}' => Class::Letter,
        '\u{660}'..='\u{669}' | '\u{6F0}'..='\u{6F9}' | '\u{966}'..='\u{96F}' | '\u{E50}'..='\u{E59}' => Class::Digit,
        '\u{300}'..='\u{36F}' | '\u{64B}'..='\u{65F}' | '\u{93E}'..='\u{94F}' | '\u{900}'..='\u{903}' => Class::Mark,
        '\u{93A}'..='\u{93C}' | '\u{E31}' | '\u{E34}'..='\u{E3A}' | '\u{E47}'..='\u{E4E}' => Class::Mark,
        '\u{2019}' | '\u{2018}' => Class::Dot,
        '\u{A0}' | '\u{3000}' => Class::Space,
        '\u{E01}'..='\u{E30}' | '\u{E32}'..='\u{E33}' | '\u{E40}'..='\u{E46}' | '\u{3041}'..='\u{3096}' => {
            Class::Character
        }
        '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' => Class::Character,
        '\u{30A1}'..='\u{30FA}' | '\u{30FC}'..='\u{30FF}' => Class::Katakana,
        '\u{AC00}'..='\u{D7A3}' => Class::Letter,
        '\u{A1}'..='\u{A8}' | '\u{AB}' | '\u{B0}'..='\u{B1}' | '\u{BB}' | '\u{BF}' | '\u{964}'..='\u{965}' => {
            Class::Other
        }
        '\u{E3F}' | '\u{2010}'..='\u{2017}' | '\u{201A}'..='\u{2023}' | '\u{2026}' | '\u{2030}'..='\u{203E}' => {
            Class::Other
        }
        '\u{20A0}'..='\u{20BF}' | '\u{3001}'..='\u{3003}' | '\u{3008}'..='\u{3011}' | '\u{FF01}'..='\u{FF06}' => {
            Class::Other
        }
        '\u{FF08}'..='\u{FF0B}' | '\u{FF0D}' | '\u{FF1F}' => Class::Other,
        _ => Class::Unknown,
    }
}

/// The end of a word or number whose first character ended at `at`, if all that decides it is known.
fn word_end(text: &str, mut at: usize, mut last: Class) -> Option<usize> {
    loop {
        at += text
            .as_bytes()
            .iter()
            .skip(at)
            .take_while(|byte| last == Class::Letter && byte.is_ascii_alphabetic())
            .count();
        let Some((class, next)) = class_at(text, at) else { return Some(at) };
        match class {
            Class::Katakana if matches!(last, Class::Letter | Class::Digit) => return Some(at),
            Class::Letter | Class::Digit if last == Class::Katakana => return Some(at),
            Class::Letter | Class::Digit | Class::Katakana | Class::Under => (at, last) = (next, class),
            Class::Mark => at = next,
            Class::Unknown => return None,
            Class::Space | Class::Other | Class::Character => return Some(at),
            Class::Colon | Class::Comma | Class::Dot => {
                let joins = match last {
                    Class::Letter => class != Class::Comma,
                    Class::Digit => class != Class::Colon,
                    _ => false,
                };
                match class_at(text, next) {
                    _ if !joins => return Some(at),
                    Some((class, after)) if class == last => at = after,
                    Some((Class::Mark | Class::Unknown, _)) => return None,
                    _ => return Some(at),
                }
            }
        }
    }
}

/// The end of a run of white space. A mark belongs even to a space, so that the last of the run is not known before a
/// character that is not.
fn space_end(text: &str, start: usize, mut at: usize) -> Option<usize> {
    let mut last = start;
    loop {
        match class_at(text, at) {
            Some((Class::Space, next)) => (last, at) = (at, next),
            Some((Class::Mark | Class::Unknown, _)) => return (last > start).then_some(last),
            _ => return Some(at),
        }
    }
}

/// The end of the marks that belong to a character of a script without spaces: the vowels and tones of Thai.
fn marks_end(text: &str, mut at: usize) -> Option<usize> {
    loop {
        match class_at(text, at) {
            Some((Class::Mark, next)) => at = next,
            Some((Class::Unknown, _)) => return None,
            _ => return Some(at),
        }
    }
}

fn stands_alone(text: &str, next: usize) -> bool {
    !matches!(class_at(text, next), Some((Class::Mark | Class::Unknown, _)))
}

/// Gives pieces as the crate finds them to a sink, up to one before a simple character; returns where that is.
fn slow<S: Sink>(text: &str, from: usize, sink: &mut S) -> usize {
    let mut start = from;
    for piece in text.get(from..).unwrap_or_default().split_word_bounds() {
        let end = start + piece.len();
        sink.take(text, Token { start, end, kind: kind(piece) });
        start = end;
        if stands_alone(text, end) {
            break;
        }
    }
    start
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{count_words, tokens};
    use super::*;

    struct Pieces(Vec<String>);

    impl Sink for Pieces {
        fn take(&mut self, text: &str, token: Token) {
            let kind_is_right = token.kind == kind(token.of(text));
            assert!(kind_is_right, "{:?} {:?}", token.of(text), token.kind);
            match self.0.last_mut() {
                Some(last) if token.kind == TokenKind::Space && last.ends_with(char::is_whitespace) => {
                    last.push_str(token.of(text));
                }
                _ => self.0.push(token.of(text).to_owned()),
            }
        }
    }

    fn pieces(text: &str) -> Vec<String> {
        let mut pieces = Pieces(Vec::new());
        scan(text, &mut pieces);
        pieces.0
    }

    fn by_the_crate(text: &str) -> Vec<String> {
        let mut pieces = Pieces(Vec::new());
        let mut start = 0;
        for piece in text.split_word_bounds() {
            let end = start + piece.len();
            pieces.take(text, Token { start, end, kind: kind(piece) });
            start = end;
        }
        pieces.0
    }

    #[test]
    fn each_character_has_the_class_that_unicode_gives_it() {
        for character in '\0'..=char::MAX {
            if character < '\u{80}' || class_of(character) != Class::Unknown {
                for around in ["", "a", "1", "_", "a'", "1,", "a:", "-", " ", "\u{301}", "\u{30A2}"] {
                    for after in ["", "a", "1", "'a", ",1", ":a", " ", "\u{301}"] {
                        let text = format!("{around}{character}{after}");
                        assert_eq!(pieces(&text), by_the_crate(&text), "{text:?}");
                    }
                }
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]
        #[test]
        fn bounds_are_those_of_unicode(text in "[ -~\t\r\n]*|[ab1_'.:,; -]*|\\PC*|[a1'.,:_é橋アーก่다\u{301}\u{200d}\u{fe0f}👩🇩🇪א\"ก้हि \n\u{ad}\u{5c3}]*") {
            prop_assert_eq!(pieces(&text), by_the_crate(&text));
        }

        #[test]
        fn words_are_counted_as_tokens_are(text in "\\PC*|[0-9:/$%. a_\t-]*|[a橋\u{301}ก้ 1,:%$\r\n]*") {
            prop_assert_eq!(count_words(&text), tokens(&text).into_iter().filter(|token| token.kind.is_word()).count());
        }
    }
}
