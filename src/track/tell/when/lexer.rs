//! From characters to words and signs.

use super::WhenError;

/// A word or sign of a filter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token {
    Word(String),
    Quoted(String),
    Compare(&'static str),
    Open,
    Close,
    End,
}

/// A token and the character at which it begins, from 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Placed {
    pub(super) token: Token,
    pub(super) column: usize,
}

impl Token {
    pub(super) fn describe(&self) -> String {
        match self {
            Self::Word(word) | Self::Quoted(word) => format!("{:?}", shortened(word)),
            Self::Compare(sign) => format!("`{sign}`"),
            Self::Open => "`(`".to_owned(),
            Self::Close => "`)`".to_owned(),
            Self::End => "the end".to_owned(),
        }
    }

    pub(super) fn is_keyword(&self, keyword: &str) -> bool {
        matches!(self, Self::Word(word) if word.eq_ignore_ascii_case(keyword))
    }
}

fn shortened(word: &str) -> String {
    let mut start: String = word.chars().take(40).collect();
    if start.len() < word.len() {
        start.push_str("...");
    }
    start
}

/// Signs, the longer ones first.
const SIGNS: [&str; 9] = ["!=", "!~", "<=", ">=", "==", "=", "~", "<", ">"];

pub(super) fn is_word(character: char) -> bool {
    character.is_alphanumeric() || "._-/:*?%@+&#".contains(character)
}

pub(super) fn tokens(text: &str) -> Result<Vec<Placed>, WhenError> {
    let mut found = Vec::new();
    let (mut rest, mut column) = (text, 1);
    loop {
        let trimmed = rest.trim_start();
        column += rest.chars().count() - trimmed.chars().count();
        rest = trimmed;
        let (token, bytes) = token(rest, column)?;
        let is_over = token == Token::End;
        found.push(Placed { token, column });
        if is_over {
            return Ok(found);
        }
        let (taken, after) = rest.split_at_checked(bytes).unwrap_or((rest, ""));
        column += taken.chars().count();
        rest = after;
    }
}

/// The token at the beginning, and how many bytes it has.
fn token(rest: &str, column: usize) -> Result<(Token, usize), WhenError> {
    let Some(first) = rest.chars().next() else { return Ok((Token::End, 0)) };
    match first {
        '(' => return Ok((Token::Open, 1)),
        ')' => return Ok((Token::Close, 1)),
        '"' => return quoted(rest, column),
        _ => {}
    }
    if let Some(sign) = SIGNS.into_iter().find(|sign| rest.starts_with(sign)) {
        return Ok((Token::Compare(if sign == "==" { "=" } else { sign }), sign.len()));
    }
    let word: String = rest.chars().take_while(|character| is_word(*character)).collect();
    if word.is_empty() {
        let expected = "a word, a sign or text in double quotes".to_owned();
        return Err(WhenError { column, expected, found: format!("{first:?}") });
    }
    let bytes = word.len();
    Ok((Token::Word(word), bytes))
}

fn quoted(rest: &str, column: usize) -> Result<(Token, usize), WhenError> {
    let mut text = String::new();
    let mut characters = rest.char_indices().skip(1);
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return Ok((Token::Quoted(text), at + 1)),
            '\\' => text.extend(characters.next().map(|(_, escaped)| escaped)),
            character => text.push(character),
        }
    }
    let column = column + rest.chars().count();
    Err(WhenError { column, expected: "the closing `\"`".to_owned(), found: Token::End.describe() })
}
