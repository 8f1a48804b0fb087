//! The sentences of a group on one side, as one text.

use std::borrow::Cow;

use super::group::Span;
use super::side::{Side, Token};

/// The sentences of a group on one side, one after another with nothing between.
#[derive(Debug, Default)]
pub(super) struct Part<'a> {
    pub(super) text: Cow<'a, str>,
    pub(super) spans: Vec<Span>,
    /// The words and marks, placed in the joined text; empty where they were never read, as the text has an equal.
    pub(super) tokens: Vec<Token>,
    pub(super) words: usize,
}

impl<'a> Part<'a> {
    pub(super) fn new(side: &Side<'a>, sentences: &[usize]) -> Self {
        let mut part = Self::default();
        for at in sentences {
            let Some(sentence) = side.sentences.get(*at) else { continue };
            let (from, start) = (part.text.len(), sentence.span.start);
            let moved =
                |token: &Token| Token { start: token.start - start + from, end: token.end - start + from, ..*token };
            part.tokens.extend(side.tokens(*at).iter().map(moved));
            part.words += sentence.words;
            part.spans.push(sentence.span);
            if from == 0 {
                part.text = Cow::Borrowed(sentence.text);
            } else {
                part.text.to_mut().push_str(sentence.text);
            }
        }
        part
    }

    pub(super) fn word(&self, token: &Token) -> &str {
        self.text.get(token.start..token.end).unwrap_or_default()
    }

    pub(super) fn token(&self, at: usize) -> &str {
        self.tokens.get(at).map(|token| self.word(token)).unwrap_or_default()
    }

    /// The bytes of a token; the empty end of the text after the last.
    pub(super) fn bytes(&self, at: usize) -> [usize; 2] {
        self.tokens.get(at).map_or([self.text.len(); 2], |token| [token.start, token.end])
    }

    /// The places of the joined text where one span ends and the next begins.
    pub(super) fn borders(&self) -> Vec<usize> {
        let mut at = 0;
        let mut ends: Vec<usize> = Vec::with_capacity(self.spans.len());
        for span in &self.spans {
            at += span.end - span.start;
            ends.push(at);
        }
        ends.pop();
        ends
    }

    /// Returns in which span a stretch of the joined text is that crosses no border, and where in the text of the field. An
    /// empty one on a border belongs to the span before.
    pub(super) fn place(&self, [start, end]: [usize; 2]) -> (usize, [usize; 2]) {
        let mut from = 0;
        for (number, span) in self.spans.iter().enumerate() {
            let length = span.end - span.start;
            if end <= from + length {
                return (number, [span.start + start.saturating_sub(from), span.start + (end - from)]);
            }
            from += length;
        }
        self.spans.last().map_or((0, [0, 0]), |span| (self.spans.len() - 1, [span.end; 2]))
    }
}
