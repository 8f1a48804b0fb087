//! From words and signs to an expression, by recursive descent.

use super::expr::{Expr, Field, Number, Order, Pattern, Texts};
use super::lexer::{Placed, Token, tokens};
use super::{MAX_FILTER_BYTES, WhenError};
use crate::track::tell::kind::Name;

/// How deep a filter may be nested.
const MAX_DEPTH: usize = 32;
/// The longest pattern, in bytes: with a `*` in it, it is tried at many places.
const MAX_PATTERN: usize = 256;

const TERM: &str =
    "`not`, `(`, a kind or class such as `edit`, `gone`, `number` or `stealth`, or a field such as `host`";

pub(super) fn parse(text: &str) -> Result<Expr, WhenError> {
    if text.len() > MAX_FILTER_BYTES {
        let expected = format!("at most {MAX_FILTER_BYTES} bytes");
        return Err(WhenError { column: 1, expected, found: format!("{}", text.len()) });
    }
    let mut parser = Parser { tokens: tokens(text)?, at: 0, depth: 0 };
    let expr = parser.any()?;
    match parser.peek() {
        Token::End => Ok(expr),
        _ => Err(parser.expected("`and`, `or` or the end")),
    }
}

struct Parser {
    tokens: Vec<Placed>,
    at: usize,
    depth: usize,
}

impl Parser {
    fn any(&mut self) -> Result<Expr, WhenError> {
        let mut parts = vec![self.all()?];
        while self.eat("or") {
            parts.push(self.all()?);
        }
        Ok(join(parts, Expr::Any))
    }

    fn all(&mut self) -> Result<Expr, WhenError> {
        let mut parts = vec![self.not()?];
        while self.eat("and") {
            parts.push(self.not()?);
        }
        Ok(join(parts, Expr::All))
    }

    fn not(&mut self) -> Result<Expr, WhenError> {
        if self.depth >= MAX_DEPTH {
            return Err(self.expected(&format!("no more than {MAX_DEPTH} levels")));
        }
        self.depth += 1;
        let expr = if self.eat("not") {
            Expr::Not(Box::new(self.not()?))
        } else if *self.peek() == Token::Open {
            self.at += 1;
            let inner = self.any()?;
            if *self.peek() != Token::Close {
                return Err(self.expected("`and`, `or` or `)`"));
            }
            self.at += 1;
            inner
        } else {
            self.term()?
        };
        self.depth -= 1;
        Ok(expr)
    }

    fn term(&mut self) -> Result<Expr, WhenError> {
        let Token::Word(word) = self.peek().clone() else { return Err(self.expected(TERM)) };
        // Of the classes, one is called as a field is.
        let is_compared = matches!(self.tokens.get(self.at + 1), Some(Placed { token: Token::Compare(_), .. }));
        if !is_compared {
            if let Some(name) = Name::parse(&word) {
                self.at += 1;
                return Ok(Expr::Is(name));
            }
            if Field::parse(&word).is_some() {
                self.at += 1;
                return Err(self.expected(&format!("a sign such as `=` or `~` after `{word}`")));
            }
            return Err(self.expected(&format!("a kind or class ({}), `not`, `(` or a field ({})", names(), fields())));
        }
        let field = Field::parse(&word).ok_or_else(|| self.expected(&format!("a field ({})", fields())))?;
        self.at += 1;
        match field {
            Field::Kind => self.kind(),
            Field::Number(number) => self.number(number),
            Field::Texts(texts) => self.pattern(texts),
        }
    }

    fn kind(&mut self) -> Result<Expr, WhenError> {
        let is_not = match self.peek() {
            Token::Compare("=") => false,
            Token::Compare("!=") => true,
            _ => return Err(self.expected("`=` or `!=`")),
        };
        self.at += 1;
        let (Token::Word(word) | Token::Quoted(word)) = self.peek() else {
            return Err(self.expected(&format!("a kind or class ({})", names())));
        };
        let name = Name::parse(word).ok_or_else(|| self.expected(&format!("a kind or class ({})", names())))?;
        self.at += 1;
        Ok(negated(Expr::Is(name), is_not))
    }

    fn number(&mut self, field: Number) -> Result<Expr, WhenError> {
        let (order, is_not) = match self.peek() {
            Token::Compare("=") => (Order::Equal, false),
            Token::Compare("!=") => (Order::Equal, true),
            Token::Compare("<") => (Order::Less, false),
            Token::Compare("<=") => (Order::AtMost, false),
            Token::Compare(">") => (Order::More, false),
            Token::Compare(">=") => (Order::AtLeast, false),
            _ => return Err(self.expected("`=`, `!=`, `<`, `<=`, `>` or `>=`")),
        };
        self.at += 1;
        let value = match self.peek() {
            Token::Word(word) => word.parse::<f64>().ok().filter(|number| number.is_finite() && *number >= 0.0),
            _ => None,
        };
        let most = if field == Number::Significance { 1.0 } else { f64::MAX };
        let Some(value) = value.filter(|value| *value <= most) else {
            return Err(self.expected(match field {
                Number::Significance => "a number from 0 to 1",
                Number::Revision => "a number",
            }));
        };
        self.at += 1;
        Ok(negated(Expr::Number(field, order, value), is_not))
    }

    fn pattern(&mut self, texts: Texts) -> Result<Expr, WhenError> {
        let (is_pattern, is_not) = match self.peek() {
            // Of what is anything between headlines and words, nothing is equal.
            Token::Compare("=" | "!=") if texts == Texts::Text => return Err(self.expected("`~` or `!~`")),
            Token::Compare("=") => (false, false),
            Token::Compare("!=") => (false, true),
            Token::Compare("~") => (true, false),
            Token::Compare("!~") => (true, true),
            _ => return Err(self.expected("`=`, `!=`, `~` or `!~`")),
        };
        self.at += 1;
        let (Token::Word(word) | Token::Quoted(word)) = self.peek() else {
            return Err(self.expected("a word, or text in double quotes"));
        };
        let pattern = match is_pattern {
            true if word.is_empty() => return Err(self.expected("text to look for")),
            true if word.len() > MAX_PATTERN => {
                return Err(self.expected(&format!("a pattern of at most {MAX_PATTERN} bytes")));
            }
            true => Pattern::like(word, texts.is_anywhere()),
            false => Pattern::Equal(word.to_lowercase()),
        };
        self.at += 1;
        Ok(negated(Expr::Text(texts, pattern), is_not))
    }

    fn peek(&self) -> &Token {
        self.tokens.get(self.at).map_or(&Token::End, |placed| &placed.token)
    }

    fn eat(&mut self, keyword: &str) -> bool {
        let is_there = self.peek().is_keyword(keyword);
        self.at += usize::from(is_there);
        is_there
    }

    fn expected(&self, what: &str) -> WhenError {
        let column = self.tokens.get(self.at).or(self.tokens.last()).map_or(1, |placed| placed.column);
        WhenError { column, expected: what.to_owned(), found: self.peek().describe() }
    }
}

fn join(mut parts: Vec<Expr>, of: fn(Vec<Expr>) -> Expr) -> Expr {
    match (parts.len(), parts.pop()) {
        (1, Some(only)) => only,
        (_, last) => of(parts.into_iter().chain(last).collect()),
    }
}

fn negated(expr: Expr, is_not: bool) -> Expr {
    if is_not { Expr::Not(Box::new(expr)) } else { expr }
}

fn names() -> String {
    Name::all().map(|(_, word)| word).collect::<Vec<_>>().join(", ")
}

fn fields() -> String {
    Field::ALL.map(|(word, _)| word).join(", ")
}
