//! How captures stand in our own WARC files, so that they come back as they were.
//!
//! A capture is a `metadata` record with its row of [JSON Lines](crate::exchange::jsonl), then, named by `WARC-Concurrent-To`, the
//! record of what was seen: a `response` where the page itself was kept, else, for an article or teaser, a `resource` with the
//! canonical text, which the row then leaves out. A page or text that was written before is a `revisit`. An alias is a `metadata`
//! record alone.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use crate::exchange::jsonl::{Fact, JsonlReader};
use crate::model::{NewCapture, NewOutcome, RawPage};
use crate::text::parse_canonical;

use super::head::PageHeaders;

/// The type of a row in a `metadata` record.
pub(super) const ROW: &str = "application/vnd.morgue.row+json";

/// What revisits may refer to is remembered so long: the writer forgets sooner than the reader, so that the reader finds it.
pub(super) const WRITER_BYTES: usize = 16 << 20;
const READER_BYTES: usize = 2 * WRITER_BYTES;

/// Things by name, of which the oldest are forgotten.
#[derive(Debug)]
pub(super) struct Recent<T> {
    max_bytes: usize,
    bytes: usize,
    things: HashMap<String, (T, usize)>,
    order: VecDeque<String>,
}

impl<T> Recent<T> {
    pub(super) fn new(max_bytes: usize) -> Self {
        Self { max_bytes, bytes: 0, things: HashMap::new(), order: VecDeque::new() }
    }

    pub(super) fn get(&self, name: &str) -> Option<&T> {
        self.things.get(name).map(|(thing, _)| thing)
    }

    pub(super) fn insert(&mut self, name: String, thing: T, bytes: usize) {
        if self.things.insert(name.clone(), (thing, bytes)).is_some() {
            return;
        }
        self.bytes += bytes;
        self.order.push_back(name);
        while self.bytes > self.max_bytes && self.order.len() > 1 {
            let oldest = self.order.pop_front().and_then(|name| self.things.remove(&name));
            self.bytes -= oldest.map_or(0, |(_, bytes)| bytes);
        }
    }
}

/// What a capture saw, as a record holds it.
#[derive(Debug)]
pub(super) enum Content {
    Page {
        headers: PageHeaders,
        body: Vec<u8>,
    },
    Text(Vec<u8>),
    /// That of an earlier record.
    Again {
        refers_to: String,
    },
}

/// Puts rows and what they saw together.
#[derive(Debug)]
pub(super) struct Joiner {
    /// The row that waits for its record, and the name of that.
    waiting: Option<(Box<NewCapture>, String)>,
    contents: Recent<Kept>,
}

#[derive(Debug, Clone)]
enum Kept {
    Page { headers: PageHeaders, body: Arc<[u8]> },
    Text(Arc<str>),
}

impl Default for Joiner {
    fn default() -> Self {
        Self { waiting: None, contents: Recent::new(READER_BYTES) }
    }
}

impl Joiner {
    /// Gives up the row that waits, if one does: its record did not come.
    pub(super) fn lost(&mut self) -> Option<String> {
        let (capture, record) = self.waiting.take()?;
        let (story, at) = (&capture.key, capture.captured_at);
        Some(format!("the capture of {story} at {at} is lost: the record {record} with what it saw did not follow"))
    }

    /// Takes a row. `concurrent_to` names the record of what it saw.
    pub(super) fn row(&mut self, row: &[u8], concurrent_to: Option<&str>) -> Result<Option<Fact>, String> {
        let fact = match JsonlReader::new(row).next() {
            Some(Ok(row)) => row.fact,
            Some(Err(error)) => return Err(format!("the row of a capture: {error}")),
            None => return Err("the row of a capture is empty".to_owned()),
        };
        match (fact, concurrent_to) {
            (Fact::Capture(capture), Some(record)) => {
                self.waiting = Some((capture, record.to_owned()));
                Ok(None)
            }
            (fact, _) => Ok(Some(fact)),
        }
    }

    /// Takes the record of what the last row saw.
    pub(super) fn content(&mut self, id: &str, uri: &str, content: Content) -> Result<Option<Fact>, String> {
        let Some((mut capture, _)) = self.waiting.take_if(|(_, record)| record == id) else {
            return Err("the record is not the one that the capture before it names".to_owned());
        };
        let kept = match content {
            Content::Again { refers_to } => {
                let kept = self.contents.get(&refers_to).cloned();
                kept.ok_or_else(|| format!("it refers to the record {refers_to}, which is not in the file before it"))?
            }
            Content::Page { headers, body } => {
                let bytes = body.len();
                let kept = Kept::Page { headers, body: body.into() };
                self.contents.insert(id.to_owned(), kept.clone(), bytes);
                kept
            }
            Content::Text(text) => {
                let text: Arc<str> =
                    String::from_utf8(text).map_err(|_| "the text of the capture is not UTF-8".to_owned())?.into();
                self.contents.insert(id.to_owned(), Kept::Text(Arc::clone(&text)), text.len());
                Kept::Text(text)
            }
        };
        match kept {
            Kept::Page { headers, body } => {
                let PageHeaders { content_type, etag, last_modified } = headers;
                capture.raw = Some(RawPage { url: uri.to_owned(), content_type, etag, last_modified, body });
            }
            Kept::Text(text) => {
                let article = parse_canonical(&text).map_err(|error| error.to_string())?;
                capture.outcome = match capture.outcome {
                    NewOutcome::Teaser(_) => NewOutcome::Teaser(article),
                    _ => NewOutcome::Article(article),
                };
            }
        }
        Ok(Some(Fact::Capture(capture)))
    }
}
