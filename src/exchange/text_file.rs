//! A text file as an article.

use crate::exchange::warning::{Warning, WarningKind, Warnings};
use crate::model::{Article, Observation, StoryKey, StoryKeyError, Timestamp};

mod front_matter;

use front_matter::FrontMatter;

/// The longest front matter, in bytes: 64 KiB.
const MAX_FRONT_MATTER_BYTES: usize = 64 << 10;
/// The longest first paragraph that may be a headline, in characters.
const MAX_HEADLINE_CHARACTERS: usize = 120;

/// What a text file says: an article, and what its publisher claims about it.
///
/// - Front matter, YAML between a first line `---` and the next such line, gives headline, deck, byline, dates, language, section
///   and URL.
/// - Without it, a leading `date YYYY-MM-DD` is the publisher's date, with or without text after it in the same line.
/// - The headline is that of the front matter, else a first line `# Headline`, else a first paragraph that is one line of at most
///   120 characters, does not end as a sentence does, and is followed by more text. A text that begins as
///   prose has no headline; none is made up.
/// - The rest is the body: blank lines separate paragraphs. Markdown is left as it is.
///
/// ```
/// use morgue::exchange::TextFile;
///
/// let file = TextFile::parse(b"date 2026-03-01 Bridge closed\n\nA crack had been found.\n").unwrap();
/// assert_eq!(file.article.headline, "Bridge closed");
/// assert_eq!(file.observation.published_at.unwrap().date(), "2026-03-01");
/// ```
///
/// # Example: front matter
/// ```
/// # use morgue::exchange::TextFile;
/// let text = "---\ntitle: Bridge closed\nauthor: [Ada Lund, Bo Ek]\nmood: grey\n---\nA crack had been found.\n";
/// let file = TextFile::parse(text.as_bytes()).unwrap();
/// assert_eq!(file.article.byline, ["Ada Lund", "Bo Ek"]);
/// assert_eq!(file.warnings[0].field, "mood");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct TextFile {
    /// The article.
    pub article: Article,
    /// The publisher's claims: dates, language, section. `source` and `status` are not set.
    pub observation: Observation,
    /// The URL that the front matter gives.
    pub url: Option<StoryKey>,
    /// What was left out.
    pub warnings: Vec<Warning>,
}

/// A file that is not a text.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TextFileError {
    /// It holds a NUL byte.
    #[error("the file is binary (a NUL byte at offset {offset}): only text can be added")]
    Binary {
        /// Where, in bytes from 0.
        offset: usize,
    },
    /// It begins with the byte order mark of UTF-16.
    #[error("the file is UTF-16: convert it to UTF-8, for example with `iconv -f UTF-16 -t UTF-8`")]
    Utf16,
    /// It is in another encoding.
    #[error(
        "the file is not UTF-8 (at offset {offset}): convert it, for example with `iconv -f WINDOWS-1252 -t UTF-8`"
    )]
    NotUtf8 {
        /// Where, in bytes from 0.
        offset: usize,
    },
    /// Its front matter has no end.
    #[error(
        "the front matter that begins in line 1 has no end within {MAX_FRONT_MATTER_BYTES} bytes: \
         end it with a line `---`, or put a blank line before the first one if it is text"
    )]
    Unended,
    /// Its front matter is not YAML of the expected kind.
    #[error(
        "the front matter cannot be read (line {line}): {reason}; mend it, or put a blank line before the first `---` if it is text"
    )]
    FrontMatter {
        /// The line in the file, from 1.
        line: u64,
        /// What is wrong.
        reason: String,
    },
    /// Its front matter names a URL that cannot be a story's.
    #[error("the front matter's URL cannot name a story")]
    Url(#[source] StoryKeyError),
}

impl TextFile {
    /// Reads the bytes of a text file.
    ///
    /// # Errors
    /// When it is not UTF-8 text, or its front matter is broken.
    pub fn parse(bytes: &[u8]) -> Result<Self, TextFileError> {
        let text = decode(bytes)?;
        match split_front_matter(text)? {
            Some((yaml, body)) => with_front_matter(front_matter::parse(yaml)?, body),
            None => Ok(plain(text)),
        }
    }
}

fn decode(bytes: &[u8]) -> Result<&str, TextFileError> {
    if bytes.starts_with(b"\xFF\xFE") || bytes.starts_with(b"\xFE\xFF") {
        return Err(TextFileError::Utf16);
    }
    if let Some(offset) = bytes.iter().position(|byte| *byte == 0) {
        return Err(TextFileError::Binary { offset });
    }
    let text = std::str::from_utf8(bytes).map_err(|error| TextFileError::NotUtf8 { offset: error.valid_up_to() })?;
    Ok(text.strip_prefix('\u{FEFF}').unwrap_or(text))
}

/// The YAML, from the end of the first line on, and the body; `None` where the first line is not `---`.
fn split_front_matter(text: &str) -> Result<Option<(&str, &str)>, TextFileError> {
    let Some((first, rest)) = text.find('\n').and_then(|end| text.split_at_checked(end)) else { return Ok(None) };
    if first.trim_end() != "---" {
        return Ok(None);
    }
    let mut end = 0;
    for line in rest.split_inclusive('\n') {
        if matches!(line.trim_end(), "---" | "...") {
            let (yaml, body) = rest.split_at_checked(end).unwrap_or((rest, ""));
            return Ok(Some((yaml, body.strip_prefix(line).unwrap_or_default())));
        }
        end += line.len();
        if end > MAX_FRONT_MATTER_BYTES {
            break;
        }
    }
    Err(TextFileError::Unended)
}

fn with_front_matter(claims: FrontMatter, body: &str) -> Result<TextFile, TextFileError> {
    let mut warnings = Warnings::new();
    for field in &claims.unknown {
        warnings.count(WarningKind::Unknown, field);
    }
    for field in &claims.unused {
        warnings.count(WarningKind::NotStored, field);
    }
    let mut time = |field, text: Option<String>| -> Option<Timestamp> {
        let time = text.as_ref()?.parse().ok();
        if time.is_none() {
            warnings.count(WarningKind::NotATime, field);
        }
        time
    };
    let observation = Observation {
        published_at: time("published_at", claims.published_at),
        modified_at: time("modified_at", claims.modified_at),
        lang: claims.lang,
        section: claims.section,
        ..Observation::default()
    };
    let url = claims.url.as_deref().map(StoryKey::url).transpose().map_err(TextFileError::Url)?;
    let (headline, body) = match claims.headline {
        Some(headline) => (headline, body),
        None => split_headline(body),
    };
    let article =
        Article { headline, deck: claims.deck.unwrap_or_default(), byline: claims.byline, paragraphs: Vec::new() };
    Ok(TextFile { article: article.with_text(body), observation, url, warnings: warnings.into_vec() })
}

fn plain(text: &str) -> TextFile {
    let (published_at, text) = split_date(text).map_or((None, text), |(date, rest)| (Some(date), rest));
    let (headline, body) = split_headline(text);
    TextFile {
        article: Article::new(headline).with_text(body),
        observation: Observation { published_at, ..Observation::default() },
        url: None,
        warnings: Vec::new(),
    }
}

/// `date YYYY-MM-DD` at the very start, as some wire archives have it. Anything that only looks like it is text.
fn split_date(text: &str) -> Option<(Timestamp, &str)> {
    let after = text.trim_start().strip_prefix("date")?;
    let date = after.trim_start_matches([' ', '\t']);
    if date.len() == after.len() {
        return None;
    }
    let (day, rest) = date.split_at_checked(10)?;
    let is_day = day.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    if !is_day || !(rest.is_empty() || rest.starts_with(char::is_whitespace)) {
        return None;
    }
    Some((day.parse().ok()?, rest))
}

/// The headline, or an empty one, and the rest of the text.
fn split_headline(text: &str) -> (String, &str) {
    let text = text.trim_start();
    let (line, rest) = text.split_once('\n').unwrap_or((text, ""));
    let line = line.trim();
    if let Some(headline) = line.strip_prefix("# ") {
        return (headline.trim().to_owned(), rest);
    }
    let next_is_blank = rest.split('\n').next().is_some_and(|next| next.trim().is_empty());
    if next_is_blank && !rest.trim().is_empty() && may_be_headline(line) {
        return (line.to_owned(), rest);
    }
    (String::new(), text)
}

fn may_be_headline(line: &str) -> bool {
    let end = line.trim_end_matches(['"', '\'', '\u{2019}', '\u{201D}', ')', ']']);
    let ends_open = end.ends_with(['.', ',', ';', ':', '\u{2026}', '\u{3002}']);
    !line.is_empty() && !ends_open && line.chars().nth(MAX_HEADLINE_CHARACTERS).is_none()
}

#[cfg(test)]
mod tests;
