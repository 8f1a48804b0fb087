//! JSON Feed 1.1.

use std::io;

use serde::Serialize;
use serde_json::Value;

use super::Whole;

#[derive(Serialize)]
struct Feed<'a> {
    version: &'static str,
    title: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    feed_url: Option<&'a str>,
    authors: [Author; 1],
    items: Vec<Item<'a>>,
}

#[derive(Serialize)]
struct Author {
    name: &'static str,
}

#[derive(Serialize)]
struct Item<'a> {
    id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<&'a str>,
    title: &'a str,
    content_html: &'a str,
    content_text: &'a str,
    date_published: String,
    tags: &'a [String],
    /// An extension, as the specification allows it: its name begins with `_`.
    #[serde(rename = "_morgue")]
    facts: &'a Value,
}

pub(super) fn bytes(feed: &Whole<'_>) -> io::Result<Vec<u8>> {
    let items = feed.entries.iter().map(|entry| Item {
        id: &entry.id,
        url: entry.url.as_deref(),
        title: &entry.title,
        content_html: &entry.html,
        content_text: &entry.text,
        date_published: entry.at.to_string(),
        tags: &entry.tags,
        facts: &entry.facts,
    });
    let whole = Feed {
        version: "https://jsonfeed.org/version/1.1",
        title: feed.title,
        feed_url: feed.link,
        authors: [Author { name: "morgue" }],
        items: items.collect(),
    };
    let mut bytes = serde_json::to_vec_pretty(&whole)?;
    bytes.push(b'\n');
    Ok(bytes)
}
