//! Captures into items.

use std::io::{self, Write};

use serde::Serialize;

use crate::exchange::markup::escape;
use crate::exchange::uri::uri_of;
use crate::model::{Article, NewCapture, NewOutcome, Timestamp};

const SCHEMA: &str = "http://www.iptc.org/std/ninjs/ninjs-schema_3.0.json";

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ItemOut<'a> {
    standard: Standard,
    uri: String,
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    first_created: Option<Timestamp>,
    version_created: Timestamp,
    pub_status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    language: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    headlines: Vec<Entry<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    descriptions: Vec<Entry<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    by: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    bodies: Vec<Entry<'a>>,
}

#[derive(Serialize)]
struct Standard {
    name: &'static str,
    version: &'static str,
    schema: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Entry<'a> {
    role: &'static str,
    content_type: &'static str,
    value: std::borrow::Cow<'a, str>,
}

/// Writes a capture as an item of ninjs 3.0, in one line; says whether ninjs has a place for it.
///
/// An article is `usable`, a story that is gone `canceled`. A teaser, and what was not seen, is no item. What ninjs has no field for,
/// such as the status, is left out.
///
/// ```
/// use morgue::{Article, NewCapture, StoryKey, exchange::ninjs::write_item};
///
/// let story = StoryKey::url("https://news.example/bridge").unwrap();
/// let mut line = Vec::new();
/// let capture = NewCapture::article(story, "2026-03-01".parse().unwrap(), Article::new("Bridge closed").with_text("A crack."));
/// assert!(write_item(&mut line, &capture).unwrap());
/// assert!(String::from_utf8(line).unwrap().contains(r#""value":"<p>A crack.</p>""#));
/// ```
///
/// # Errors
/// Those of `out`.
pub fn write_item<W: Write + ?Sized>(out: &mut W, capture: &NewCapture) -> io::Result<bool> {
    let (pub_status, article) = match &capture.outcome {
        NewOutcome::Article(article) => ("usable", Some(article)),
        NewOutcome::Gone => ("canceled", None),
        _ => return Ok(false),
    };
    let observation = &capture.observation;
    let item = ItemOut {
        standard: Standard { name: "ninjs", version: "3.0", schema: SCHEMA },
        uri: uri_of(&capture.key),
        kind: "text",
        first_created: observation.published_at,
        version_created: capture.captured_at,
        pub_status,
        language: observation.lang.as_deref(),
        headlines: article.map_or_else(Vec::new, |article| plain("main", &article.headline)),
        descriptions: article.map_or_else(Vec::new, |article| plain("summary", &article.deck)),
        by: article.map(|article| article.byline.join(", ")).filter(|by| !by.is_empty()),
        bodies: article.map_or_else(Vec::new, bodies),
    };
    serde_json::to_writer(&mut *out, &item)?;
    out.write_all(b"\n")?;
    Ok(true)
}

fn plain<'a>(role: &'static str, value: &'a str) -> Vec<Entry<'a>> {
    let entry = Entry { role, content_type: "text/plain", value: value.into() };
    if value.is_empty() { Vec::new() } else { vec![entry] }
}

fn bodies(article: &Article) -> Vec<Entry<'_>> {
    if article.paragraphs.is_empty() {
        return Vec::new();
    }
    let html: String = article.paragraphs.iter().map(|paragraph| format!("<p>{}</p>", escape(paragraph))).collect();
    vec![Entry { role: "main", content_type: "text/html", value: html.into() }]
}
