//! The canonical text, which is hashed, and the typographic fold, which tells cosmetic changes.
//!
//! `migrations/FORMAT.md` specifies both. A change of either is a new format version.

use std::borrow::Cow;

use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

use crate::model::{Article, ArticleHash, FoldedHash, MAX_CANONICAL_BYTES};

/// The first line of every canonical text: its format and version.
const MAGIC: &str = "morgue-article 1";

/// The canonical text of an article, and its hash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Canonical {
    /// The bytes that are hashed.
    pub text: String,
    /// The hash of them.
    pub hash: ArticleHash,
}

/// Bytes that are not a canonical text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CanonicalError {
    /// The text is too long to be kept.
    #[error("the article has {bytes} bytes; at most {MAX_CANONICAL_BYTES} are kept as one article")]
    TooLong {
        /// Its length in canonical form.
        bytes: usize,
    },
    /// The bytes are not in the form of a canonical text.
    #[error("not a canonical text: {0}")]
    Malformed(&'static str),
}

/// Returns the canonical text of an article.
///
/// Each field and paragraph is put into Unicode normalisation form C, runs of white space become one space, and white space at
/// either end goes; empty authors and paragraphs go. Nothing else is changed.
///
/// ```
/// use morgue::{Article, text::canonical};
///
/// let article = Article::new(" Bridge\u{a0}closed ").with_text("It was closed\non Monday.");
/// let form = canonical(&article).unwrap();
/// assert_eq!(form.text, "morgue-article 1\nheadline: Bridge closed\n\nIt was closed on Monday.\n");
/// ```
///
/// # Errors
/// [`CanonicalError::TooLong`] over [`MAX_CANONICAL_BYTES`].
pub fn canonical(article: &Article) -> Result<Canonical, CanonicalError> {
    let body: usize = article.paragraphs.iter().map(|paragraph| paragraph.len() + 2).sum();
    let mut text = String::with_capacity(body + article.headline.len() + article.deck.len() + 64);
    text.push_str(MAGIC);
    text.push('\n');
    push_field(&mut text, "headline", &article.headline);
    push_field(&mut text, "deck", &article.deck);
    for author in &article.byline {
        push_field(&mut text, "byline", author);
    }
    for paragraph in &article.paragraphs {
        let start = text.len();
        text.push('\n');
        if push_normalized(&mut text, paragraph) {
            text.push('\n');
        } else {
            text.truncate(start);
        }
    }
    if text.len() > MAX_CANONICAL_BYTES {
        return Err(CanonicalError::TooLong { bytes: text.len() });
    }
    let hash = ArticleHash::of(text.as_bytes());
    Ok(Canonical { text, hash })
}

fn push_field(text: &mut String, name: &str, value: &str) {
    let start = text.len();
    text.push_str(name);
    text.push_str(": ");
    if push_normalized(text, value) {
        text.push('\n');
    } else {
        text.truncate(start);
    }
}

/// Appends the normal form of a line; says whether there was anything.
fn push_normalized(text: &mut String, value: &str) -> bool {
    let start = text.len();
    each_piece(value, |piece| {
        if text.len() > start {
            text.push(' ');
        }
        text.push_str(piece);
    });
    text.len() > start
}

/// Returns the normal form of one line, as the canonical text has it.
pub(crate) fn normal_line(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    push_normalized(&mut text, value);
    text
}

/// Tells the pieces of a text in form C that are to be parted by one space: the longest that have no other white space in them, where
/// that is quick to see, and else its words.
fn each_piece(value: &str, mut tell: impl FnMut(&str)) {
    if !Runs::of(value).all(|(_, other)| other.is_none_or(is_composed)) {
        nfc(value).split_whitespace().for_each(tell);
        return;
    }
    // All white space is ASCII, so that bytes will do.
    let mut rest = value.trim();
    while let Some((piece, behind)) = next_break(rest.as_bytes()).and_then(|at| rest.split_at_checked(at)) {
        tell(piece);
        rest = behind.trim_start();
    }
    if !rest.is_empty() {
        tell(rest);
    }
}

/// So many bytes are looked at between two decisions: whether they are in order, and whether they are ASCII.
const CHUNK_BYTES: usize = 128;
const RUN_BYTES: usize = 32;

/// Returns the place of the first white space that is not a lone space.
fn next_break(bytes: &[u8]) -> Option<usize> {
    let next = bytes.get(1..).unwrap_or_default();
    let chunks = bytes.chunks(CHUNK_BYTES).zip(next.chunks(CHUNK_BYTES).chain(std::iter::once(&[][..])));
    for (number, (bytes, next)) in chunks.enumerate() {
        // Without an end in between, so that the compiler takes many bytes at a time.
        let controls = bytes.iter().fold(false, |found, byte| found | (*byte < b' '));
        let wide = bytes.iter().zip(next).fold(false, |found, (one, two)| found | ((*one == b' ') & (*two <= b' ')));
        if !controls && !wide {
            continue;
        }
        let next = next.iter().copied().map(Some).chain(std::iter::repeat(None));
        let is_break = |(byte, next): (u8, Option<u8>)| is_space(byte) && (byte != b' ' || next.is_some_and(is_space));
        if let Some(at) = bytes.iter().copied().zip(next).position(is_break) {
            return Some(number * CHUNK_BYTES + at);
        }
    }
    None
}

/// Tells white space (as `char::is_whitespace`) among what is ASCII.
const fn is_space(byte: u8) -> bool {
    matches!(byte, b'\t'..=b'\r' | b' ')
}

/// Tells, and not for every one, that a character is no white space and stays as it is whatever stands beside it: below U+0300 none
/// combines or is composed anew (Unicode Standard Annex #15), and the punctuation of news is as harmless.
const fn is_composed(character: char) -> bool {
    matches!(character, '\u{A1}'..='\u{2FF}' | '\u{2010}'..='\u{2027}')
}

/// The parts of a text that are ASCII, each with the character behind it that is not.
struct Runs<'a> {
    rest: &'a str,
}

impl<'a> Runs<'a> {
    const fn of(text: &'a str) -> Self {
        Self { rest: text }
    }
}

impl<'a> Iterator for Runs<'a> {
    type Item = (&'a str, Option<char>);

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let bytes = self.rest.as_bytes();
        let whole = bytes.chunks(RUN_BYTES).take_while(|chunk| chunk.is_ascii()).map(<[u8]>::len).sum();
        let behind = bytes.get(whole..).unwrap_or_default();
        let length = whole + behind.iter().position(|byte| !byte.is_ascii()).unwrap_or(behind.len());
        let (run, rest) = self.rest.split_at_checked(length).unwrap_or((self.rest, ""));
        let mut characters = rest.chars();
        let other = characters.next();
        self.rest = characters.as_str();
        Some((run, other))
    }
}

fn nfc(value: &str) -> Cow<'_, str> {
    if value.is_ascii() || is_nfc_quick(value.chars()) == IsNormalized::Yes {
        return Cow::Borrowed(value);
    }
    Cow::Owned(value.nfc().collect())
}

/// Returns the article that a canonical text describes.
///
/// ```
/// use morgue::{Article, text::{canonical, parse_canonical}};
///
/// let article = Article::new("Bridge closed").with_byline(["Ada Lund", "Bo Ek"]).with_text("One.\n\nTwo.");
/// assert_eq!(parse_canonical(&canonical(&article).unwrap().text).unwrap(), article);
/// ```
///
/// # Errors
/// [`CanonicalError::Malformed`] when it is none.
pub fn parse_canonical(text: &str) -> Result<Article, CanonicalError> {
    let malformed = CanonicalError::Malformed;
    let rest = text.strip_prefix(MAGIC).and_then(|rest| rest.strip_prefix('\n'));
    let rest = rest.ok_or(malformed("it does not begin with \"morgue-article 1\""))?;
    let mut article = Article::default();
    let mut lines = rest.lines();
    while let Some(line) = lines.next() {
        if line.is_empty() {
            let paragraph = lines.next().ok_or(malformed("it ends with a blank line"))?;
            article.paragraphs.push(paragraph.to_owned());
            continue;
        }
        let (name, value) = line.split_once(": ").ok_or(malformed("a line of the head has no name"))?;
        match name {
            "headline" => value.clone_into(&mut article.headline),
            "deck" => value.clone_into(&mut article.deck),
            "byline" => article.byline.push(value.to_owned()),
            _ => return Err(malformed("a line of the head has an unknown name")),
        }
    }
    Ok(article)
}

/// Returns the hash of an article after typographic folding.
///
/// Folded are: kinds of quotation marks, dashes, hyphens and dots of ellipsis, ligatures, invisible characters, and where
/// paragraphs end. Case, digits and words are not.
///
/// ```
/// use morgue::{Article, text::folded};
///
/// let curly = Article::new("“No” – said the mayor…");
/// let plain = Article::new("\"No\" - said the mayor...");
/// assert_eq!(folded(&curly), folded(&plain));
/// assert_ne!(folded(&plain), folded(&Article::new("\"Yes\" - said the mayor...")));
/// ```
#[must_use]
pub fn folded(article: &Article) -> FoldedHash {
    let mut text = String::new();
    // The canonical text leaves out empty authors and paragraphs: both forms of an article must fold to the same. What is white space
    // is so in form C as well.
    let present = |part: &&String| !part.trim_start().is_empty();
    for field in [&article.headline, &article.deck].into_iter().chain(article.byline.iter().filter(present)) {
        fold_into(&mut text, field);
        text.push('\n');
    }
    text.push('\n');
    for paragraph in article.paragraphs.iter().filter(present) {
        fold_into(&mut text, paragraph);
        text.push(' ');
    }
    FoldedHash::of(text.as_bytes())
}

fn fold_into(text: &mut String, value: &str) {
    let mut is_first = true;
    each_piece(value, |piece| {
        if !std::mem::take(&mut is_first) {
            text.push(' ');
        }
        fold_normal(text, piece);
    });
}

/// Folds what is in its normal form, of which ASCII stays as it is.
fn fold_normal(text: &mut String, value: &str) {
    for (run, other) in Runs::of(value) {
        text.push_str(run);
        match other.map(|other| (other, fold_char(other))) {
            Some((_, Folded::To(to))) => text.push_str(to),
            Some((other, Folded::Same)) => text.push(other),
            None => {}
        }
    }
}

enum Folded {
    Same,
    To(&'static str),
}

/// The table of `migrations/FORMAT.md`, "Typographic fold".
fn fold_char(character: char) -> Folded {
    Folded::To(match character {
        '\u{2018}'..='\u{201B}' | '\u{2032}' | '\u{2039}' | '\u{203A}' | '\u{00B4}' | '\u{02BC}' | '\u{FF07}' => "'",
        '\u{201C}'..='\u{201F}' | '\u{2033}' | '\u{00AB}' | '\u{00BB}' | '\u{FF02}' => "\"",
        '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{FE58}' | '\u{FE63}' | '\u{FF0D}' => "-",
        '\u{2026}' => "...",
        '\u{FB00}' => "ff",
        '\u{FB01}' => "fi",
        '\u{FB02}' => "fl",
        '\u{FB03}' => "ffi",
        '\u{FB04}' => "ffl",
        // Soft hyphen, zero-width space, word joiner, byte order mark.
        '\u{00AD}' | '\u{200B}' | '\u{2060}' | '\u{FEFF}' => "",
        _ => return Folded::Same,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text_of(article: &Article) -> String {
        canonical(article).unwrap().text
    }

    /// The definition of the normal form, word by word.
    fn slowly(value: &str) -> String {
        value.nfc().collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn what_is_quickly_found_normal_is_normal() {
        let pieces = [
            "",
            " ",
            "  ",
            "a",
            "\u{b}",
            "\u{7f}",
            "\u{1f}",
            "\t",
            "\n",
            "\u{a0}",
            "\u{e9}",
            "e\u{301}",
            "b c",
            "\u{301}",
            "\u{2000}",
            "\u{2028}",
            "\u{85}",
            "\u{2019}",
            "\u{2027}",
            "\u{212b}",
            "\u{1100}\u{1161}",
            "\u{ff}",
        ];
        for first in pieces {
            for second in pieces {
                for third in pieces {
                    let value = [first, second, third].concat();
                    assert_eq!(normal_line(&value), slowly(&value), "{value:?}");
                }
            }
        }
    }

    #[test]
    fn white_space_is_found_wherever_it_stands_in_a_long_line() {
        // Every letter and the space stand at the end of some chunk.
        let line = "ab ".repeat(CHUNK_BYTES * 2);
        for at in 0..=line.len() {
            for space in [" ", "\n", "\t \r\n", "\u{1f}"] {
                let mut value = line.clone();
                value.insert_str(at, space);
                assert_eq!(normal_line(&value), slowly(&value), "{space:?} at {at}");
            }
        }
    }

    proptest::proptest! {
        #[test]
        fn any_line_is_normalised_as_it_is_defined(value in "[ab  \t\n\u{b}\u{1f}\u{e9}\u{2019}]{0,300}", other in "\\PC{0,60}") {
            proptest::prop_assert_eq!(normal_line(&value), slowly(&value));
            let both = [value.as_str(), &other].concat();
            proptest::prop_assert_eq!(normal_line(&both), slowly(&both));
        }
    }

    #[test]
    fn what_never_changes_when_it_is_composed_is_known_as_such() {
        for character in (0..=0x3_FFFF).filter_map(char::from_u32).filter(|character| is_composed(*character)) {
            assert!(!character.is_whitespace());
            assert_eq!(is_nfc_quick(std::iter::once(character)), IsNormalized::Yes, "{character:?}");
            assert_eq!(unicode_normalization::char::canonical_combining_class(character), 0, "{character:?}");
            // Nothing before it changes either.
            for before in ['a', 'e', '\u{e9}', '\u{1100}'] {
                let pair: String = [before, character].into_iter().collect();
                assert_eq!(pair.nfc().collect::<String>(), pair, "{pair:?}");
            }
        }
    }

    #[test]
    fn the_canonical_text_keeps_everything_but_white_space_and_composition() {
        let decomposed = Article::new("Cafe\u{301}").with_text("A  “quote” – 1,000\tkm²…\u{2003}Ende.");
        assert_eq!(text_of(&decomposed), "morgue-article 1\nheadline: Café\n\nA “quote” – 1,000 km²… Ende.\n");
    }

    #[test]
    fn empty_fields_and_paragraphs_leave_no_trace() {
        let article = Article {
            headline: " ".into(),
            byline: vec![String::new(), "A".into()],
            paragraphs: vec!["\u{a0}".into(), "x".into()],
            deck: "\n".into(),
        };
        assert_eq!(text_of(&article), "morgue-article 1\nbyline: A\n\nx\n");
        assert_eq!(text_of(&Article::default()), "morgue-article 1\n");
    }

    #[test]
    fn a_paragraph_that_looks_like_a_field_stays_a_paragraph() {
        let article = Article::default().with_text("headline: not one\n\nmorgue-article 1");
        assert_eq!(parse_canonical(&text_of(&article)).unwrap(), article);
    }

    #[test]
    fn what_is_no_canonical_text_is_refused() {
        for bad in [
            "",
            "morgue-article 2\n",
            "morgue-article 1",
            "morgue-article 1\n\n",
            "morgue-article 1\nx\n",
            "morgue-article 1\nfoo: x\n",
        ] {
            assert!(parse_canonical(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn an_article_over_the_limit_is_refused_with_its_size() {
        let article = Article::new("").with_text(&"x".repeat(MAX_CANONICAL_BYTES));
        assert_eq!(canonical(&article), Err(CanonicalError::TooLong { bytes: MAX_CANONICAL_BYTES + 19 }));
    }

    #[test]
    fn typography_and_paragraph_breaks_fold_and_meaning_does_not() {
        let one = Article::new("“A”").with_text("ﬁrst – one…\n\nsecond");
        let same = Article::new("\"A\"").with_text("first - one... second");
        assert_eq!(folded(&one), folded(&same));
        for other in ["First - one... second", "first - on... second", "first - one... 2nd"] {
            assert_ne!(folded(&same), folded(&Article::new("\"A\"").with_text(other)));
        }
    }

    #[test]
    fn an_article_folds_to_the_same_before_and_after_it_is_canonical() {
        let raw = Article {
            headline: " A ".into(),
            deck: "\t".into(),
            byline: vec![String::new(), "B\u{a0} C".into()],
            paragraphs: vec!["x".into(), " \u{2003}".into(), "\u{200b}".into(), "y\nz".into()],
        };
        assert_eq!(folded(&raw), folded(&parse_canonical(&text_of(&raw)).unwrap()));
    }

    #[test]
    fn a_text_that_moves_from_deck_to_headline_is_no_cosmetic_change() {
        assert_ne!(folded(&Article::new("A")), folded(&Article::new("").with_deck("A")));
    }
}
