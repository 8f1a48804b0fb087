//! What a story said at one moment.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

/// The longest canonical text of an article, in bytes: 4 MiB, about 700,000 words.
pub const MAX_CANONICAL_BYTES: usize = 4 << 20;

/// What a story said at one moment: headline, deck, byline and body.
///
/// An article is plain text. Its fields may hold anything; [`text::canonical`](crate::text::canonical)
/// gives the one form that is hashed and kept, and reading an archive always returns that form.
///
/// ```
/// use morgue::Article;
///
/// let article = Article::new("Bridge closed")
///     .with_byline(["Ada Lund"])
///     .with_text("The old bridge was closed on Monday.\n\nA crack had been found.");
/// assert_eq!(article.paragraphs.len(), 2);
/// assert_eq!(article.words(), 14);
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Article {
    /// The headline; empty when there is none.
    #[serde(default)]
    pub headline: String,
    /// The deck (standfirst, summary line) under the headline; empty when there is none.
    #[serde(default)]
    pub deck: String,
    /// The authors as named, in their order.
    #[serde(default)]
    pub byline: Vec<String>,
    /// The body, one string a paragraph.
    #[serde(default)]
    pub paragraphs: Vec<String>,
}

impl Article {
    /// Returns an article with a headline and nothing else.
    #[must_use]
    pub fn new(headline: impl Into<String>) -> Self {
        Self { headline: headline.into(), ..Self::default() }
    }

    /// Sets the deck.
    #[must_use]
    pub fn with_deck(mut self, deck: impl Into<String>) -> Self {
        self.deck = deck.into();
        self
    }

    /// Sets the authors.
    #[must_use]
    pub fn with_byline<I: IntoIterator<Item: Into<String>>>(mut self, authors: I) -> Self {
        self.byline = authors.into_iter().map(Into::into).collect();
        self
    }

    /// Sets the body from text whose paragraphs are separated by blank lines.
    #[must_use]
    pub fn with_text(mut self, text: &str) -> Self {
        self.paragraphs = split_paragraphs(text);
        self
    }

    /// Returns the body as one text, paragraphs separated by blank lines.
    #[must_use]
    pub fn text(&self) -> String {
        self.paragraphs.join("\n\n")
    }

    /// Returns the number of words in headline, deck and body: runs without white space.
    #[must_use]
    pub fn words(&self) -> usize {
        [&self.headline, &self.deck]
            .into_iter()
            .chain(&self.paragraphs)
            .map(|text| text.split_whitespace().count())
            .sum()
    }
}

/// A line of white space alone separates paragraphs; a single line break does not.
fn split_paragraphs(text: &str) -> Vec<String> {
    let unified = unify_breaks(text);
    let mut paragraphs = Vec::new();
    // Where the paragraph begins and ends as far as it has been read.
    let mut place: Option<(usize, usize)> = None;
    let mut at = 0;
    let ends = memchr::memchr_iter(b'\n', unified.as_bytes()).chain([unified.len(), unified.len() + 1]);
    for end in ends {
        let line = unified.get(at..end).unwrap_or_default();
        if !line.trim_start().is_empty() {
            place = Some((place.map_or(at, |(start, _)| start), at + line.len()));
        } else if let Some((start, end)) = place.take() {
            paragraphs.extend(unified.get(start..end).map(str::to_owned));
        }
        at = end + 1;
    }
    paragraphs
}

fn unify_breaks(text: &str) -> Cow<'_, str> {
    // Many bytes at a time: most texts have none of the bytes that these end with, and of the others few have any of these.
    let may_have =
        |part: &[u8]| part.iter().fold(false, |found, byte| found | matches!(byte, b'\r' | 0x85 | 0xA8 | 0xA9));
    let has = || ['\r', '\u{85}', '\u{2028}', '\u{2029}'].iter().any(|separator| text.contains(*separator));
    if !text.as_bytes().chunks(64).any(may_have) || !has() {
        return Cow::Borrowed(text);
    }
    let lines = text.replace("\r\n", "\n").replace(['\r', '\u{85}', '\u{2028}'], "\n");
    Cow::Owned(lines.replace('\u{2029}', "\n\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blank_lines_separate_paragraphs_and_line_breaks_do_not() {
        let article = Article::new("").with_text("\n\none\r\ntwo\n \t\n\nthree\u{2029}four");
        assert_eq!(article.paragraphs, ["one\ntwo", "three", "four"]);
    }
}
