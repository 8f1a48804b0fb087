//! Items into captures.

use std::collections::VecDeque;
use std::io::{self, BufRead, Take};

use serde_json::de::IoRead;
use serde_json::{Deserializer, StreamDeserializer, Value};

use crate::exchange::door::{Door, DoorError, Item, Place};
use crate::exchange::jsonl::Fact;
use crate::exchange::markup;
use crate::exchange::uri::key_of;
use crate::exchange::warning::{Warning, WarningKind, Warnings, visible};
use crate::model::{Article, NewCapture, NewOutcome, Observation, StoryKey, Timestamp};

/// The most bytes of an input: 1 GiB. An array is held in memory as a whole.
pub const MAX_VALUE_BYTES: u64 = 1 << 30;

/// Who turned markup into text: another version of it may come to another text.
const SOURCE: &str = "morgue-ninjs 1";

/// Reads captures from ninjs; see [the module](super).
///
/// ```
/// use morgue::exchange::{Fact, NinjsReader};
///
/// let item = r#"{"uri":"urn:newsml:agency.example:1","versionCreated":"2026-03-01T08:00:00Z","language":"en",
///     "headlines":[{"role":"main","value":"Bridge closed"}],
///     "bodies":[{"contentType":"text/html","value":"<p>A crack.</p><p>A detour.</p>"}]}"#;
/// let item = NinjsReader::new(item.as_bytes()).next().unwrap().unwrap();
/// let Fact::Capture(capture) = item.fact else { panic!() };
/// assert_eq!(capture.outcome.text().unwrap().paragraphs, ["A crack.", "A detour."]);
/// ```
pub struct NinjsReader<R: BufRead> {
    values: StreamDeserializer<'static, IoRead<Take<R>>, Value>,
    ready: VecDeque<Value>,
    read: u64,
    ended: bool,
    warnings: Warnings,
}

impl<R: BufRead> NinjsReader<R> {
    /// Returns a reader of the items of `input`.
    #[must_use]
    pub fn new(input: R) -> Self {
        let values = Deserializer::from_reader(input.take(MAX_VALUE_BYTES)).into_iter();
        Self { values, ready: VecDeque::new(), read: 0, ended: false, warnings: Warnings::new() }
    }

    fn capture(&mut self, item: &Value) -> Result<Option<NewCapture>, String> {
        if !item.is_object() {
            return Err("an item of ninjs is a JSON object".to_owned());
        }
        let is_event = item.get("eventDetails").is_some() || item.get("events").is_some();
        let kind = text(item, &["type"]).unwrap_or(if is_event { "event" } else { "text" });
        if !matches!(kind, "text" | "composite" | "package") {
            let kind: String = kind.chars().take(40).map(visible).collect();
            self.warnings.count(WarningKind::Skipped, &format!("items of type {kind} are no articles and were"));
            return Ok(None);
        }
        let Some(uri) = text(item, &["uri"]) else { return Err("the item has no `uri`".to_owned()) };
        let key = key_of(uri).map_err(|error| format!("`uri`: {error}"))?;
        let Some(created) = text(item, &["versionCreated", "versioncreated"]) else {
            return Err("the item has no `versionCreated`, so nobody knows when it said this".to_owned());
        };
        let captured_at: Timestamp = created.parse().map_err(|error| format!("`versionCreated`: {error}"))?;
        let outcome = match text(item, &["pubStatus", "pubstatus"]).unwrap_or("usable") {
            "canceled" | "cancelled" => NewOutcome::Gone,
            "withheld" => NewOutcome::Unreachable("the agency withholds the item (pubStatus)".to_owned()),
            _ => NewOutcome::Article(article(item)?),
        };
        let observation = Observation {
            published_at: self.claim(item),
            modified_at: Some(captured_at),
            lang: text(item, &["language"]).map(str::to_owned),
            source: outcome.text().map(|_| SOURCE.to_owned()),
            ..Observation::default()
        };
        let aliases = aliases(item, &key);
        Ok(Some(NewCapture { aliases, observation, ..NewCapture::new(key, captured_at, outcome) }))
    }

    fn claim(&mut self, item: &Value) -> Option<Timestamp> {
        let names = ["firstCreated", "firstcreated", "contentCreated", "contentcreated"];
        let time = text(item, &names)?.parse().ok();
        if time.is_none() {
            self.warnings.count(WarningKind::NotATime, "firstCreated");
        }
        time
    }

    /// The next item, out of an array or by itself.
    fn item(&mut self) -> Option<Result<Value, serde_json::Error>> {
        loop {
            if let Some(item) = self.ready.pop_front() {
                return Some(Ok(item));
            }
            match self.values.next()? {
                Ok(Value::Array(items)) => self.ready.extend(items),
                other => return Some(other),
            }
        }
    }
}

impl<R: BufRead> Iterator for NinjsReader<R> {
    type Item = Result<Item, DoorError>;

    fn next(&mut self) -> Option<Self::Item> {
        while !self.ended {
            self.read += 1;
            let item = match self.item()? {
                Ok(item) => item,
                Err(error) => {
                    self.ended = true;
                    let place = Place::Line(error.line() as u64);
                    let source = match error.io_error_kind() {
                        Some(kind) => io::Error::new(kind, error.to_string()),
                        None => io::Error::new(io::ErrorKind::InvalidData, format!("the input is not JSON: {error}")),
                    };
                    return Some(Err(DoorError::Failed { place, source }));
                }
            };
            let place = Place::Named(format!("item {}", self.read));
            match self.capture(&item) {
                Ok(None) => {}
                Ok(Some(capture)) => return Some(Ok(Item::new(place, Fact::Capture(Box::new(capture))))),
                Err(reason) => return Some(Err(DoorError::Bad { place, reason })),
            }
        }
        None
    }
}

impl<R: BufRead> Door for NinjsReader<R> {
    fn warnings(&self) -> &[Warning] {
        self.warnings.as_slice()
    }
}

impl<R: BufRead> std::fmt::Debug for NinjsReader<R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NinjsReader").field("read", &self.read).finish_non_exhaustive()
    }
}

/// The first text among fields that is not empty.
fn text<'a>(item: &'a Value, names: &[&str]) -> Option<&'a str> {
    names.iter().find_map(|name| item.get(name)?.as_str()).filter(|text| !text.trim().is_empty())
}

/// The entries of a list of things with a role, a type and a value, as versions 2 and 3 have them.
fn entries<'a>(item: &'a Value, name: &str) -> &'a [Value] {
    item.get(name).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn content_type(entry: &Value) -> &str {
    text(entry, &["contentType", "contenttype"]).unwrap_or("text/plain")
}

fn is_markup(content_type: &str) -> bool {
    ["html", "xml", "nitf"].iter().any(|kind| content_type.contains(kind))
}

fn article(item: &Value) -> Result<Article, String> {
    let paragraphs = body(item);
    let article = Article {
        headline: headline(item),
        deck: description(item),
        byline: text(item, &["by", "byline"]).map(str::to_owned).into_iter().collect(),
        paragraphs: paragraphs.unwrap_or_default(),
    };
    let is_empty = article.headline.is_empty() && article.deck.is_empty() && article.paragraphs.is_empty();
    if is_empty { Err("the item has neither a headline nor a body".to_owned()) } else { Ok(article) }
}

fn headline(item: &Value) -> String {
    let headlines = entries(item, "headlines");
    let main = headlines.iter().find(|entry| text(entry, &["role"]) == Some("main")).or_else(|| headlines.first());
    let found = main.and_then(|entry| {
        let value = text(entry, &["value"])?;
        Some(if is_markup(content_type(entry)) { markup::paragraphs(value).join(" ") } else { value.to_owned() })
    });
    let plain = || text(item, &["headline", "title"]).map(str::to_owned);
    found.or_else(plain).unwrap_or_default()
}

fn description(item: &Value) -> String {
    let plain = |entry: &&Value| !is_markup(content_type(entry));
    let found = entries(item, "descriptions").iter().find(plain).and_then(|entry| text(entry, &["value"]));
    found.or_else(|| text(item, &["description_text"])).unwrap_or_default().to_owned()
}

/// The body, where there is one. One with markup says where its paragraphs end; one in plain text often does not.
fn body(item: &Value) -> Option<Vec<String>> {
    let plain = |text: &str| Article::default().with_text(text).paragraphs;
    let bodies =
        entries(item, "bodies").iter().filter_map(|entry| Some((content_type(entry), text(entry, &["value"])?)));
    let mut bodies: Vec<(&str, &str)> = bodies.collect();
    for (name, content_type) in [("body_xhtml", "text/html"), ("body_html", "text/html"), ("body_text", "text/plain")] {
        bodies.extend(text(item, &[name]).map(|value| (content_type, value)));
    }
    let marked = bodies.iter().find(|(content_type, _)| is_markup(content_type));
    match marked.or_else(|| bodies.first()) {
        Some((content_type, value)) if is_markup(content_type) => Some(markup::paragraphs(value)),
        Some((_, value)) => Some(plain(value)),
        None => None,
    }
}

/// The URLs among the other ids: what else stands there, such as the number of a transmission, need not be the item's alone.
fn aliases(item: &Value, key: &StoryKey) -> Vec<StoryKey> {
    let ids = ["altIds", "altids"].iter().find_map(|name| item.get(name));
    let values: Vec<&str> = match ids {
        Some(Value::Object(ids)) => ids.values().filter_map(Value::as_str).collect(),
        Some(Value::Array(ids)) => ids.iter().filter_map(|id| text(id, &["value"])).collect(),
        _ => Vec::new(),
    };
    let urls = values.into_iter().filter_map(|value| StoryKey::url(value).ok());
    urls.filter(|url| url != key).collect()
}
