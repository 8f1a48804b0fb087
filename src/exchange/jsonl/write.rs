//! Rows into a stream of bytes.

use std::borrow::Cow;
use std::io::{self, Write};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD as BASE64;
use serde::Serialize;

use crate::model::{Alias, AliasDates, Article, NewCapture, NewOutcome, OutcomeKind, RawPage, StoryKey, Timestamp};

/// A story's name as [the reader](super::JsonlReader) takes it.
#[derive(Serialize)]
#[serde(untagged)]
enum Name<'a> {
    Text(&'a str),
    Id { id: &'a str },
}

impl<'a> Name<'a> {
    /// The explicit form is for ids that would be read as something else.
    fn of(key: &'a StoryKey) -> Self {
        match key {
            StoryKey::Id(id) if StoryKey::parse(id).as_ref() != Ok(key) => Self::Id { id },
            key => Self::Text(key.as_str()),
        }
    }
}

/// The fields of a row in their order.
#[derive(Serialize)]
struct RowOut<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<Name<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<&'a str>,
    captured_at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    outcome: Option<&'static str>,
    #[serde(flatten)]
    text: Option<TextOut<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    published_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    modified_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    lang: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    section: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<Name<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cause: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    aliases: Vec<Name<'a>>,
    #[serde(flatten)]
    page: Option<PageOut<'a>>,
}

#[derive(Serialize)]
struct PageOut<'a> {
    html_url: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    html_type: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    html_etag: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    html_modified: Option<&'a str>,
    #[serde(flatten)]
    body: PageBody<'a>,
}

/// Bytes that are no UTF-8 must come back as they were.
#[derive(Serialize)]
enum PageBody<'a> {
    #[serde(rename = "html")]
    Text(&'a str),
    #[serde(rename = "html_base64")]
    Bytes(String),
}

impl<'a> PageOut<'a> {
    fn of(page: &'a RawPage) -> Self {
        let text = std::str::from_utf8(&page.body).ok().filter(|text| is_short_as_json(text));
        Self {
            html_url: &page.url,
            html_type: page.content_type.as_deref(),
            html_etag: page.etag.as_deref(),
            html_modified: page.last_modified.as_deref(),
            body: text.map_or_else(|| PageBody::Bytes(BASE64.encode(&page.body)), PageBody::Text),
        }
    }
}

#[derive(Serialize)]
struct TextOut<'a> {
    #[serde(skip_serializing_if = "str::is_empty")]
    headline: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    deck: &'a str,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    byline: &'a [String],
    // Stands even where it is empty: a row without any text is refused.
    #[serde(flatten)]
    body: Body<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "lowercase")]
enum Body<'a> {
    Text(Cow<'a, str>),
    Paragraphs(&'a [String]),
}

impl<'a> TextOut<'a> {
    fn of(article: &'a Article) -> Self {
        let Article { headline, deck, byline, paragraphs } = article;
        let body = if paragraphs.iter().all(|paragraph| is_one_line(paragraph)) {
            match paragraphs.as_slice() {
                [only] => Body::Text(Cow::Borrowed(only)),
                _ => Body::Text(Cow::Owned(article.text())),
            }
        } else {
            Body::Paragraphs(paragraphs)
        };
        Self { headline, deck, byline, body }
    }
}

/// Says whether text takes no more room as a JSON string than in base64: control characters take six bytes each.
fn is_short_as_json(text: &str) -> bool {
    let more = |byte: u8| match byte {
        b'"' | b'\\' | b'\n' | b'\r' | b'\t' => 1,
        ..0x20 => 5,
        _ => 0,
    };
    text.bytes().map(more).sum::<usize>() <= text.len() / 3
}

/// Canonical paragraphs are: each is read back as itself from a text with blank lines between paragraphs. Others need a list.
fn is_one_line(paragraph: &str) -> bool {
    let breaks = ['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}'];
    !paragraph.trim().is_empty() && !paragraph.contains(breaks)
}

/// Writes a capture as one line: the fields in the order of [the table](super), those without a value left out.
///
/// [`JsonlReader`](super::JsonlReader) gives the same capture back, whatever its text holds.
///
/// ```
/// use morgue::{Article, NewCapture, StoryKey, exchange::write_capture};
///
/// let story = StoryKey::url("https://news.example/bridge").unwrap();
/// let article = Article::new("Bridge closed").with_text("A crack.\n\nA detour.");
/// let mut line = Vec::new();
/// write_capture(&mut line, &NewCapture::article(story, "2026-03-01".parse().unwrap(), article)).unwrap();
/// assert_eq!(
///     String::from_utf8(line).unwrap(),
///     concat!(
///         r#"{"url":"https://news.example/bridge","captured_at":"2026-03-01T00:00:00Z","#,
///         r#""headline":"Bridge closed","text":"A crack.\n\nA detour."}"#,
///         "\n"
///     )
/// );
/// ```
///
/// # Errors
/// Those of `out`.
pub fn write_capture<W: Write + ?Sized>(out: &mut W, capture: &NewCapture) -> io::Result<()> {
    let NewCapture { key, aliases, captured_at, outcome, observation, raw } = capture;
    let (id, url) = match key {
        StoryKey::Url(url) => (None, Some(url.as_str())),
        StoryKey::Id(_) => (Some(Name::of(key)), None),
    };
    let kind = outcome.kind();
    let row = RowOut {
        id,
        url,
        captured_at: *captured_at,
        outcome: (kind != OutcomeKind::Article).then(|| kind.as_str()),
        text: outcome.text().map(TextOut::of),
        published_at: observation.published_at,
        modified_at: observation.modified_at,
        lang: observation.lang.as_deref(),
        section: observation.section.as_deref(),
        source: observation.source.as_deref(),
        status: observation.status,
        to: if let NewOutcome::Moved(to) = outcome { Some(Name::of(to)) } else { None },
        cause: if let NewOutcome::Unreachable(cause) = outcome { Some(cause) } else { None },
        aliases: aliases.iter().map(Name::of).collect(),
        page: raw.as_ref().map(PageOut::of),
    };
    write_line(out, &row)
}

/// Writes an alias fact as one line.
///
/// # Errors
/// Those of `out`.
pub fn write_alias<W: Write + ?Sized>(out: &mut W, fact: &Alias) -> io::Result<()> {
    #[derive(Serialize)]
    struct AliasOut<'a> {
        alias: Name<'a>,
        of: Name<'a>,
        #[serde(flatten)]
        dates: AliasDates,
    }
    let Alias { alias, of, dates } = fact;
    write_line(out, &AliasOut { alias: Name::of(alias), of: Name::of(of), dates: *dates })
}

fn write_line<W: Write + ?Sized, T: Serialize>(out: &mut W, row: &T) -> io::Result<()> {
    serde_json::to_writer(&mut *out, row)?;
    out.write_all(b"\n")
}
