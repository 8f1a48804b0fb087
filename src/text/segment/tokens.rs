//! Tokens: words, numbers, single characters of scripts without spaces, punctuation, white space.

use super::words::{self, Sink};

/// The smallest part of a text that a diff shows as changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token {
    /// The first byte.
    pub start: usize,
    /// The byte after the last.
    pub end: usize,
    /// What it is.
    pub kind: TokenKind,
}

/// What a [`Token`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TokenKind {
    /// A word with its combining marks.
    Word,
    /// A number with its separators, sign, currency and unit written together with it: `-1,000.50`, `$1.1bn`, `17%`, `12:30`.
    Number,
    /// One character of a script that puts no spaces between words, such as Han, Hiragana or Thai.
    Character,
    /// Anything else that is seen: punctuation, symbols, emoji.
    Punctuation,
    /// A run of white space.
    Space,
}

impl TokenKind {
    /// Returns whether it counts as a word: a word, a number or a character of a script without spaces.
    #[must_use]
    pub fn is_word(self) -> bool {
        matches!(self, Self::Word | Self::Number | Self::Character)
    }
}

impl Token {
    /// Returns the token's part of the text that it was made from; of another text, perhaps nothing.
    #[must_use]
    pub fn of(self, text: &str) -> &str {
        text.get(self.start..self.end).unwrap_or_default()
    }
}

/// Returns the tokens of a text. They follow one another without a gap from its first byte to its last.
///
/// Word bounds are those of Unicode (UAX #29), except that numbers stay whole.
///
/// ```
/// use morgue::text::segment::tokens;
///
/// let text = "Cost: $1.1bn, up 17%.";
/// let found: Vec<&str> = tokens(text).into_iter().map(|token| token.of(text)).collect();
/// assert_eq!(found, ["Cost", ":", " ", "$1.1bn", ",", " ", "up", " ", "17%", "."]);
/// ```
#[must_use]
pub fn tokens(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    tokens_into(text, &mut tokens);
    tokens
}

/// Puts the [`tokens`] of a text in place of what `tokens` holds: for many texts with one allocation.
///
/// ```
/// use morgue::text::segment::tokens_into;
///
/// let mut tokens = Vec::new();
/// for (text, count) in [("Bridge closed.", 4), ("Open again", 3)] {
///     tokens_into(text, &mut tokens);
///     assert_eq!(tokens.len(), count);
/// }
/// ```
pub fn tokens_into(text: &str, tokens: &mut Vec<Token>) {
    tokens.clear();
    words::scan(text, tokens);
}

/// Returns how many of the [`tokens`] of a text are words ([`TokenKind::is_word`]), without an allocation.
///
/// ```
/// use morgue::text::segment::count_words;
///
/// assert_eq!(count_words("It cost $1.1bn, up 17%."), 5);
/// ```
#[must_use]
pub fn count_words(text: &str) -> usize {
    let mut count = Count::default();
    words::scan(text, &mut count);
    count.words
}

impl Sink for Vec<Token> {
    fn take(&mut self, text: &str, token: Token) {
        match token.kind {
            TokenKind::Word | TokenKind::Character => self.push(token),
            _ => push(self, text, token),
        }
    }
}

/// Counts words. A number that follows a number and a joiner belongs to it, as in [`absorb_before`].
#[derive(Default)]
struct Count {
    words: usize,
    after_number: bool,
    after_joiner: bool,
}

impl Sink for Count {
    fn take(&mut self, text: &str, token: Token) {
        let (after_number, after_joiner) = (self.after_number, self.after_joiner);
        (self.after_number, self.after_joiner) = (false, false);
        match token.kind {
            TokenKind::Word | TokenKind::Character => self.words += 1,
            TokenKind::Number => {
                self.words += usize::from(!after_joiner);
                self.after_number = true;
            }
            TokenKind::Punctuation if after_number => {
                self.after_joiner = is_joiner(token.of(text));
                self.after_number = is_unit(token.of(text));
            }
            _ => {}
        }
    }
}

/// Appends a piece, or joins it to what it belongs to.
fn push(tokens: &mut Vec<Token>, text: &str, mut next: Token) {
    match (tokens.last_mut(), next.kind) {
        (Some(last), TokenKind::Space) if last.kind == TokenKind::Space => last.end = next.end,
        (Some(last), TokenKind::Punctuation) if last.kind == TokenKind::Number && is_unit(next.of(text)) => {
            last.end = next.end;
        }
        (Some(_), TokenKind::Number) => {
            absorb_before(tokens, text, &mut next);
            tokens.push(next);
        }
        _ => tokens.push(next),
    }
}

/// Takes into a number what was read before it: `12:` of `12:30`, the currency, the sign.
fn absorb_before(tokens: &mut Vec<Token>, text: &str, number: &mut Token) {
    if let [.., first, joiner] = tokens.as_slice()
        && first.kind == TokenKind::Number
        && is_joiner(joiner.of(text))
    {
        number.start = first.start;
        tokens.truncate(tokens.len() - 2);
        return;
    }
    if let Some(last) = tokens.last()
        && is_currency(last.of(text))
    {
        number.start = last.start;
        tokens.pop();
    }
    let after_space = tokens.iter().rev().nth(1).is_none_or(|before| before.kind == TokenKind::Space);
    if let Some(last) = tokens.last()
        && after_space
        && matches!(last.of(text), "-" | "+" | "\u{2212}")
    {
        number.start = last.start;
        tokens.pop();
    }
}

/// What a piece between two word bounds is.
pub(super) fn kind(piece: &str) -> TokenKind {
    match piece.chars().next() {
        Some(first) if first.is_whitespace() => TokenKind::Space,
        Some(first) if first.is_numeric() => TokenKind::Number,
        Some(first) if is_spaceless(first) => TokenKind::Character,
        _ if piece.contains(char::is_alphanumeric) => TokenKind::Word,
        _ => TokenKind::Punctuation,
    }
}

fn is_joiner(piece: &str) -> bool {
    matches!(piece, ":" | "/" | "-")
}

fn is_unit(piece: &str) -> bool {
    matches!(piece, "%" | "\u{2030}" | "\u{b0}") || is_currency(piece)
}

fn is_currency(piece: &str) -> bool {
    let mut characters = piece.chars();
    let first = characters.next();
    matches!(first, Some('$' | '\u{a2}'..='\u{a5}' | '\u{20A0}'..='\u{20CF}')) && characters.next().is_none()
}

/// Scripts without spaces between words: Thai, Lao, Myanmar, Khmer, Hiragana, Bopomofo, Han. Katakana is not among them:
/// its runs are words by Unicode's rules.
fn is_spaceless(character: char) -> bool {
    matches!(character,
        '\u{E00}'..='\u{EFF}' | '\u{1000}'..='\u{109F}' | '\u{1780}'..='\u{17FF}' | '\u{3005}'..='\u{3007}'
        | '\u{3041}'..='\u{309F}' | '\u{3105}'..='\u{312F}' | '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}'
        | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{3FFFF}')
        && character.is_alphanumeric()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn split(text: &str) -> Vec<&str> {
        tokens(text).into_iter().map(|token| token.of(text)).collect()
    }

    fn seen(text: &str) -> Vec<&str> {
        tokens(text).into_iter().filter(|token| token.kind != TokenKind::Space).map(|token| token.of(text)).collect()
    }

    #[test]
    fn numbers_are_one_token() {
        for number in [
            "1,000",
            "1.000,50",
            "$1.1bn",
            "€40",
            "40€",
            "17%",
            "-5",
            "12:30",
            "2022-03-29",
            "1/2",
            "+3.5%",
            "-$3",
            "17th",
            "٣٤",
        ] {
            assert_eq!(split(&format!("a {number} b")), ["a", " ", number, " ", "b"]);
            assert_eq!(split(number), [number]);
        }
        assert_eq!(seen("Covid-19, (17) 5."), ["Covid", "-", "19", ",", "(", "17", ")", "5", "."]);
    }

    #[test]
    fn words_keep_their_marks() {
        assert_eq!(seen("नमस्ते दुनिया"), ["नमस्ते", "दुनिया"]);
        assert_eq!(seen("cafe\u{301} don’t"), ["cafe\u{301}", "don’t"]);
        assert_eq!(seen("أُغلِقَ الجسر."), ["أُغلِقَ", "الجسر", "."]);
    }

    #[test]
    fn scripts_without_spaces_are_split_by_character() {
        assert_eq!(seen("橋は閉鎖。"), ["橋", "は", "閉", "鎖", "。"]);
        assert_eq!(seen("ニュース"), ["ニュース"]);
        assert!(tokens("ปิดสะพาน").iter().all(|token| token.kind == TokenKind::Character));
        assert!(tokens("다리 폐쇄").iter().any(|token| token.kind == TokenKind::Word));
    }

    proptest! {
        #[test]
        fn tokens_cover_the_text(text in "\\PC*|[0-9:/$%. \t\n-]*|[a橋\u{301}ก้ 1,\r\n]*") {
            prop_assert_eq!(split(&text).concat(), text);
        }
    }
}
