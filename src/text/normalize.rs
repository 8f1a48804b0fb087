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
    let mut text = String::with_capacity(room(article));
    write_canonical(article, &mut text, |_, _| {});
    let hash = hash(&text)?;
    Ok(Canonical { text, hash })
}

/// Returns the canonical text of an article and the hash of its typographic fold: what [`canonical`] and [`folded`] return, for
/// little more than the cost of one of them.
///
/// ```
/// use morgue::{Article, text::{canonical, canonical_and_folded, folded}};
///
/// let article = Article::new("“No” – said the mayor…");
/// assert_eq!(canonical_and_folded(&article)?, (canonical(&article)?, folded(&article)));
/// # Ok::<(), morgue::text::CanonicalError>(())
/// ```
///
/// # Errors
/// As [`canonical`].
pub fn canonical_and_folded(article: &Article) -> Result<(Canonical, FoldedHash), CanonicalError> {
    let mut forms = Forms { text: String::with_capacity(room(article)), ..Forms::default() };
    let (hash, folded) = forms.fill(article)?;
    Ok((Canonical { text: forms.text, hash }, folded))
}

/// The canonical text of an article and its fold. To be filled again and again: memory for both costs about as much as making them.
#[derive(Debug, Default)]
pub(crate) struct Forms {
    pub(crate) text: String,
    fold: Fold,
}

impl Forms {
    /// Takes the forms of an article in place of those before; returns the hashes of both.
    pub(crate) fn fill(&mut self, article: &Article) -> Result<(ArticleHash, FoldedHash), CanonicalError> {
        self.text.clear();
        write_canonical(article, &mut self.text, |line, normal| self.fold.push(line, normal));
        let folded = self.fold.take_hash();
        Ok((hash(&self.text)?, folded))
    }
}

fn hash(text: &str) -> Result<ArticleHash, CanonicalError> {
    if text.len() > MAX_CANONICAL_BYTES {
        return Err(CanonicalError::TooLong { bytes: text.len() });
    }
    Ok(ArticleHash::of(text.as_bytes()))
}

/// About how long the canonical text will be.
fn room(article: &Article) -> usize {
    let body: usize = article.paragraphs.iter().map(|paragraph| paragraph.len() + 2).sum();
    body + article.headline.len() + article.deck.len() + 64
}

/// What a line of an article is.
#[derive(Clone, Copy, PartialEq)]
enum Line {
    Headline,
    Deck,
    Author,
    Paragraph,
}

/// Appends the canonical text, and tells the normal form of each of its lines; headline and deck also when they are empty.
fn write_canonical(article: &Article, text: &mut String, mut tell: impl FnMut(Line, &str)) {
    text.push_str(MAGIC);
    text.push('\n');
    let mut push = |kind: Line, before: &str, value: &str| {
        let start = text.len();
        text.push_str(before);
        let from = text.len();
        push_normalized(text, value);
        let normal = text.get(from..).unwrap_or_default();
        let is_empty = normal.is_empty();
        if !is_empty || matches!(kind, Line::Headline | Line::Deck) {
            tell(kind, normal);
        }
        if is_empty { text.truncate(start) } else { text.push('\n') }
    };
    push(Line::Headline, "headline: ", &article.headline);
    push(Line::Deck, "deck: ", &article.deck);
    article.byline.iter().for_each(|author| push(Line::Author, "byline: ", author));
    article.paragraphs.iter().for_each(|paragraph| push(Line::Paragraph, "\n", paragraph));
}

/// Appends the normal form of a line.
fn push_normalized(text: &mut String, value: &str) {
    let start = text.len();
    if push_quickly(text, value).is_none() {
        text.truncate(start);
        nfc(value).split_whitespace().for_each(|word| push_piece(text, start, word));
    }
}

fn push_piece(text: &mut String, start: usize, piece: &str) {
    if text.len() > start {
        text.push(' ');
    }
    text.push_str(piece);
}

/// The same for what needs a look at its white space alone; `None` for what may have to be composed.
fn push_quickly(text: &mut String, value: &str) -> Option<()> {
    let start = text.len();
    let mut rest = trim(value);
    while let Some(at) = next_break(rest)? {
        let (piece, behind) = rest.split_at_checked(at)?;
        // A lone space stands before a white space that is not ASCII.
        push_piece(text, start, piece.strip_suffix(' ').unwrap_or(piece));
        rest = trim_start(behind);
    }
    if !rest.is_empty() {
        push_piece(text, start, rest);
    }
    Some(())
}

/// What [`str::trim`] returns, sooner where letters of ASCII stand at the ends.
fn trim(text: &str) -> &str {
    let text = trim_start(text);
    if text.as_bytes().last().is_some_and(u8::is_ascii_graphic) { text } else { text.trim_end() }
}

/// The same of [`str::trim_start`].
fn trim_start(text: &str) -> &str {
    let text = text.trim_ascii_start();
    if text.as_bytes().first().is_some_and(u8::is_ascii_graphic) { text } else { text.trim_start() }
}

/// Returns the normal form of one line, as the canonical text has it.
pub(crate) fn normal_line(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    push_normalized(&mut text, value);
    text
}

/// Returns the place of the first white space that is not a lone space, if there is any; `None` when it comes after, or may be, what
/// has to be composed.
fn next_break(text: &str) -> Option<Option<usize>> {
    let mut at = 0;
    loop {
        at += plain_run(text.as_bytes().get(at..)?);
        match text.as_bytes().get(at..)? {
            [] => return Some(None),
            [b'\t'..=b'\r', ..] | [b' ', b'\t'..=b'\r' | b' ', ..] => return Some(Some(at)),
            [..=0x7F, ..] => at += 1,
            _ => {
                for character in text.get(at..)?.chars().take_while(|character| !character.is_ascii()) {
                    match character {
                        '\u{A0}' => return Some(Some(at)),
                        other if is_composed(other) => at += other.len_utf8(),
                        _ => return None,
                    }
                }
            }
        }
    }
}

/// So many bytes are looked at between two decisions.
const RUN_BYTES: usize = 32;

/// Returns a number of bytes at the start that are ASCII, with white space only as lone spaces.
fn plain_run(bytes: &[u8]) -> usize {
    let is_odd = |one: u8, two: u8| !(b' '..0x80).contains(&one) | ((one == b' ') & (two <= b' '));
    let mut rest = bytes;
    while let Some((run, next)) = rest.first_chunk::<RUN_BYTES>().zip(rest.get(1..).and_then(<[u8]>::first_chunk)) {
        // Without an end in between, so that the compiler takes many bytes at a time.
        let pairs = run.iter().zip::<&[u8; RUN_BYTES]>(next);
        if pairs.fold(false, |found, (one, two)| found | is_odd(*one, *two)) {
            break;
        }
        rest = rest.get(RUN_BYTES..).unwrap_or_default();
    }
    let next = rest.iter().skip(1).chain(b".");
    let plain = rest.iter().zip(next).take_while(|(one, two)| !is_odd(**one, **two)).count();
    bytes.len() - rest.len() + plain
}

/// Returns how many bytes at the start are ASCII.
fn ascii_run(bytes: &[u8]) -> usize {
    let whole: usize = bytes.chunks(RUN_BYTES).take_while(|run| run.is_ascii()).map(<[u8]>::len).sum();
    let behind = bytes.get(whole..).unwrap_or_default();
    whole + behind.iter().take_while(|byte| byte.is_ascii()).count()
}

/// Tells, and not for every one, that a character is no white space and stays as it is whatever stands beside it: none of these
/// combines, or is composed anew, with one before it (Unicode Standard Annex #15).
const fn is_composed(character: char) -> bool {
    let is_latin_or_mark =
        matches!(character, '\u{A1}'..='\u{2FF}' | '\u{200B}'..='\u{2027}' | '\u{2030}'..='\u{205E}');
    let is_cyrillic = matches!(character, '\u{400}'..='\u{481}' | '\u{48A}'..='\u{52F}');
    let is_eastern = matches!(character,
        '\u{3001}'..='\u{3029}' | '\u{3041}'..='\u{3096}' | '\u{30A1}'..='\u{30FA}' | '\u{4E00}'..='\u{9FFF}' | '\u{AC00}'..='\u{D7A3}');
    is_latin_or_mark || is_cyrillic || is_eastern
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
    let mut article = Article::default();
    let take = |line: Line, value: &str| match line {
        Line::Headline => value.clone_into(&mut article.headline),
        Line::Deck => value.clone_into(&mut article.deck),
        Line::Author => article.byline.push(value.to_owned()),
        Line::Paragraph => article.paragraphs.push(value.to_owned()),
    };
    read_canonical(text, take)?;
    Ok(article)
}

/// Returns the headline of a canonical text.
///
/// # Errors
/// As [`parse_canonical`].
pub(crate) fn canonical_headline(text: &str) -> Result<&str, CanonicalError> {
    let mut headline = "";
    read_canonical(text, |line, value| headline = if line == Line::Headline { value } else { headline })?;
    Ok(headline)
}

/// Tells the lines of a canonical text, in their order.
fn read_canonical<'a>(text: &'a str, mut tell: impl FnMut(Line, &'a str)) -> Result<(), CanonicalError> {
    let malformed = CanonicalError::Malformed;
    let rest = text.strip_prefix(MAGIC).and_then(|rest| rest.strip_prefix('\n'));
    let rest = rest.ok_or(malformed("it does not begin with \"morgue-article 1\""))?;
    let mut lines = rest.lines();
    while let Some(line) = lines.next() {
        if line.is_empty() {
            tell(Line::Paragraph, lines.next().ok_or(malformed("it ends with a blank line"))?);
            continue;
        }
        let (name, value) = line.split_once(": ").ok_or(malformed("a line of the head has no name"))?;
        match name {
            "headline" => tell(Line::Headline, value),
            "deck" => tell(Line::Deck, value),
            "byline" => tell(Line::Author, value),
            _ => return Err(malformed("a line of the head has an unknown name")),
        }
    }
    Ok(())
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
    let mut fold = Fold::default();
    write_canonical(article, &mut String::new(), |line, normal| fold.push(line, normal));
    fold.take_hash()
}

/// Returns what [`folded`] does of the article that a canonical text describes, whose lines are in their normal form already.
///
/// # Errors
/// As [`parse_canonical`].
pub(crate) fn folded_canonical(text: &str) -> Result<FoldedHash, CanonicalError> {
    let (mut headline, mut deck, mut others) = ("", "", Vec::new());
    let take = |line, value| match line {
        Line::Headline => headline = value,
        Line::Deck => deck = value,
        Line::Author | Line::Paragraph => others.push((line, value)),
    };
    read_canonical(text, take)?;
    let mut fold = Fold::default();
    // An article without them has them empty.
    let head = [(Line::Headline, headline), (Line::Deck, deck)];
    head.into_iter().chain(others).for_each(|(line, value)| fold.push(line, value));
    Ok(fold.take_hash())
}

/// The fold of an article, made of the lines of its canonical text: so an article folds to the same before and after it is canonical.
#[derive(Debug, Default)]
struct Fold {
    text: String,
    has_body: bool,
}

impl Fold {
    fn push(&mut self, line: Line, normal: &str) {
        let is_body = line == Line::Paragraph;
        if is_body && !self.has_body {
            self.begin_body();
        }
        self.push_folded(normal);
        self.text.push(if is_body { ' ' } else { '\n' });
    }

    fn begin_body(&mut self) {
        self.text.push('\n');
        self.has_body = true;
    }

    /// Folds what is in its normal form, of which ASCII stays as it is.
    fn push_folded(&mut self, normal: &str) {
        let mut rest = normal;
        while let Some((run, other)) = rest.split_at_checked(ascii_run(rest.as_bytes())) {
            self.text.push_str(run);
            let mut characters = other.chars();
            let Some(character) = characters.next() else { break };
            match fold_char(character) {
                Folded::To(to) => self.text.push_str(to),
                Folded::Same => self.text.push(character),
            }
            rest = characters.as_str();
        }
    }

    /// Returns the hash, and begins anew.
    fn take_hash(&mut self) -> FoldedHash {
        if !self.has_body {
            self.begin_body();
        }
        let hash = FoldedHash::of(self.text.as_bytes());
        self.text.clear();
        self.has_body = false;
        hash
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
mod tests;
