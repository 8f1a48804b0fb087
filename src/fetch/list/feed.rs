//! RSS, Atom and JSON Feed.

use chrono::{DateTime, Utc};
use feed_rs::model::Text;

use super::{Entry, Found};
use crate::model::Timestamp;

/// Reads a feed, or says why it cannot be read.
pub(super) fn read(bytes: &[u8], url: &str) -> Result<Found, String> {
    let parser = feed_rs::parser::Builder::new().base_uri(Some(url)).build();
    let feed = parser.parse(bytes).map_err(|error| error.to_string())?;
    let mut found = Found { title: feed.title.map(text), ..Found::default() };
    for entry in feed.entries {
        found.push(listed(entry));
    }
    Ok(found)
}

fn listed(entry: feed_rs::model::Entry) -> Entry {
    let url = story_link(&entry.links).or_else(|| {
        // RSS: a guid is the URL of the story, unless it says that it is not; feed-rs keeps it as the id.
        entry.links.is_empty().then_some(entry.id).filter(|id| id.starts_with("http://") || id.starts_with("https://"))
    });
    let time = |time: DateTime<Utc>| Timestamp::from(time);
    Entry {
        url,
        title: entry.title.map(text),
        published_at: entry.published.map(time),
        modified_at: entry.updated.map(time),
    }
}

/// The link to the story itself, and not to comments, an enclosure or the entry's own feed (RFC 4287, 4.2.7.2).
fn story_link(links: &[feed_rs::model::Link]) -> Option<String> {
    let is_story = |link: &&feed_rs::model::Link| link.rel.as_deref().is_none_or(|rel| rel == "alternate");
    links.iter().find(is_story).map(|link| link.href.clone())
}

fn text(text: Text) -> String {
    text.content
}
