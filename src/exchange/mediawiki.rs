//! MediaWiki exports: every revision of a page a capture.
//!
//! The export is read as it streams by (`export-0.3.xsd` to `-0.11.xsd`), one revision at a time.
//!
//! | of the export | becomes |
//! |---|---|
//! | site's `base` and page's `title` | the story's URL, such as `https://wiki.example/wiki/Old_bridge`; without a base, the title is its id |
//! | revision's `timestamp` | `captured_at` (a microsecond behind the revision before it, where both have one second), and the publisher's `modified_at` |
//! | `title` | the headline |
//! | `text` | the body, as wikitext: markup is kept as it is, blank lines separate paragraphs |
//! | a text that was deleted | `Unreachable`, so that the text before it stays in force |
//! | page's `redirect`, a text of `#REDIRECT` | what it says, as a text |
//! | `contributor`, `comment` | nothing: who wrote a revision is no part of what it said, and a text that comes again is the same article |

use std::io::{self, BufRead};

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use url::Url;

use crate::model::{Article, MAX_CANONICAL_BYTES, NewCapture, NewOutcome, Observation, StoryKey, Timestamp};

use super::door::{Door, DoorError, Item, Place};
use super::jsonl::Fact;
use super::warning::{Warning, WarningKind, Warnings};

/// The longest text of an element that is kept, in bytes; a longer one is no article.
const MAX_TEXT_BYTES: usize = 2 * MAX_CANONICAL_BYTES;
/// Texts beside that of a revision.
const MAX_NAME_BYTES: usize = 4096;

/// Reads captures from a MediaWiki export; see [the module](self).
///
/// ```
/// use morgue::exchange::{Fact, MediaWikiReader};
///
/// let export = "<mediawiki><siteinfo><base>https://wiki.example/wiki/Main_Page</base></siteinfo>
///   <page><title>Old bridge</title><ns>0</ns><revision><id>7</id><timestamp>2026-03-01T08:00:00Z</timestamp>
///   <text>It was &quot;closed&quot;.</text></revision></page></mediawiki>";
/// let item = MediaWikiReader::new(export.as_bytes()).next().unwrap().unwrap();
/// let Fact::Capture(capture) = item.fact else { panic!() };
/// assert_eq!(capture.key.as_str(), "https://wiki.example/wiki/Old_bridge");
/// assert_eq!(capture.outcome.text().unwrap().paragraphs, ["It was \"closed\"."]);
/// ```
#[derive(Debug)]
pub struct MediaWikiReader<R> {
    xml: Reader<R>,
    buffer: Vec<u8>,
    base: Option<Url>,
    page: Page,
    revision: Option<Revision>,
    /// The element whose text is being read.
    wanted: Option<Wanted>,
    text: String,
    /// The first element has been seen, and its end.
    begun: bool,
    closed: bool,
    ended: bool,
    warnings: Warnings,
}

#[derive(Debug, Default)]
struct Page {
    title: String,
    /// The time of the last revision, as it was said and as it was given.
    last: Option<(Timestamp, Timestamp)>,
}

impl Page {
    /// The time of a revision: a microsecond behind the one before, where both are said to be of one second, so that each stays
    /// itself and their order is kept.
    fn after_last(&mut self, said: Timestamp) -> Timestamp {
        let next = |at: Timestamp| Timestamp::from_micros(at.as_micros() + 1).unwrap_or(at);
        let given = self.last.filter(|(last, _)| *last == said).map_or(said, |(_, given)| next(given));
        self.last = Some((said, given));
        given
    }
}

#[derive(Debug, Default)]
struct Revision {
    id: String,
    timestamp: String,
    text: Option<String>,
    is_deleted: bool,
    is_too_long: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wanted {
    Base,
    Title,
    Id,
    Timestamp,
    Text,
}

impl<R: BufRead> MediaWikiReader<R> {
    /// Returns a reader of the revisions of an export.
    #[must_use]
    pub fn new(input: R) -> Self {
        let mut xml = Reader::from_reader(input);
        let config = xml.config_mut();
        config.check_end_names = false;
        Self {
            xml,
            buffer: Vec::new(),
            base: None,
            page: Page::default(),
            revision: None,
            wanted: None,
            text: String::new(),
            begun: false,
            closed: false,
            ended: false,
            warnings: Warnings::new(),
        }
    }

    /// Reads to the end of the next revision; `None` at the end of the export.
    fn advance(&mut self) -> Result<Option<Revision>, quick_xml::Error> {
        let mut buffer = std::mem::take(&mut self.buffer);
        let found = loop {
            buffer.clear();
            match self.xml.read_event_into(&mut buffer)? {
                Event::Start(element) | Event::Empty(element)
                    if !self.begun && element.local_name().as_ref() != "mediawiki" =>
                {
                    let name = element.local_name().as_ref().to_owned();
                    return Err(
                        io::Error::other(format!("the XML is no MediaWiki export: it begins with <{name}>")).into()
                    );
                }
                Event::Start(element) => {
                    self.begun = true;
                    self.start(&element);
                }
                Event::Empty(element) => {
                    self.start(&element);
                    self.stop();
                }
                Event::Text(text) => self.add(&text),
                Event::CData(text) => self.add(&text),
                Event::GeneralRef(reference) => {
                    let name: &str = &reference;
                    let character = reference.resolve_char_ref()?.map(String::from);
                    let known = || quick_xml::escape::resolve_predefined_entity(name).map(str::to_owned);
                    // One that is not known is kept as it stands.
                    self.add(&character.or_else(known).unwrap_or_else(|| format!("&{name};")));
                }
                Event::End(element) => {
                    self.stop();
                    self.closed = element.local_name().as_ref() == "mediawiki";
                    if element.local_name().as_ref() == "revision"
                        && let Some(revision) = self.revision.take()
                    {
                        break Some(revision);
                    }
                }
                Event::Eof => break None,
                _ => {}
            }
        };
        self.buffer = buffer;
        Ok(found)
    }

    fn start(&mut self, element: &BytesStart<'_>) {
        self.text.clear();
        let in_revision = self.revision.is_some();
        self.wanted = match element.local_name().as_ref() {
            "base" if !in_revision => Some(Wanted::Base),
            "title" if !in_revision => Some(Wanted::Title),
            // The first one: that of the contributor comes later.
            "id" if self.revision.as_ref().is_some_and(|revision| revision.id.is_empty()) => Some(Wanted::Id),
            "timestamp" if in_revision => Some(Wanted::Timestamp),
            "text" => {
                let is_deleted = element.try_get_attribute("deleted").is_ok_and(|found| found.is_some());
                if let Some(revision) = &mut self.revision {
                    revision.is_deleted = is_deleted;
                }
                in_revision.then_some(Wanted::Text)
            }
            "revision" => {
                self.revision = Some(Revision::default());
                None
            }
            "page" => {
                self.page = Page::default();
                None
            }
            _ => None,
        };
    }

    fn add(&mut self, text: &str) {
        let limit = match self.wanted {
            None => return,
            Some(Wanted::Text) => MAX_TEXT_BYTES,
            Some(_) => MAX_NAME_BYTES,
        };
        if self.text.len() + text.len() <= limit {
            self.text.push_str(text);
        } else if let Some(revision) = &mut self.revision {
            revision.is_too_long = true;
        }
    }

    fn stop(&mut self) {
        let text = std::mem::take(&mut self.text);
        match (self.wanted.take(), &mut self.revision) {
            (Some(Wanted::Base), _) => self.base = Url::parse(text.trim()).ok(),
            (Some(Wanted::Title), _) => self.page.title = text.trim().to_owned(),
            (Some(Wanted::Id), Some(revision)) => revision.id = text.trim().to_owned(),
            (Some(Wanted::Timestamp), Some(revision)) => revision.timestamp = text,
            (Some(Wanted::Text), Some(revision)) => revision.text = Some(text),
            _ => {}
        }
    }

    fn capture(&mut self, revision: Revision) -> Result<NewCapture, String> {
        let said: Timestamp = revision.timestamp.parse().map_err(|error| format!("`timestamp`: {error}"))?;
        let captured_at = self.page.after_last(said);
        let key = self.key().map_err(|error| format!("`title`: {error}"))?;
        if revision.is_too_long {
            return Err(format!("the text has more than {MAX_TEXT_BYTES} bytes, and no article has"));
        }
        let outcome = match revision.text {
            Some(text) if !revision.is_deleted => {
                NewOutcome::Article(Article::new(self.page.title.clone()).with_text(&text))
            }
            _ => {
                self.warnings.count(WarningKind::Reduced, "texts that were deleted were kept as unreachable");
                NewOutcome::Unreachable("the text of the revision was deleted".to_owned())
            }
        };
        let observation = Observation { modified_at: Some(said), ..Observation::default() };
        Ok(NewCapture { observation, ..NewCapture::new(key, captured_at, outcome) })
    }

    /// The base is the URL of the main page; other pages stand beside it.
    fn key(&self) -> Result<StoryKey, crate::model::StoryKeyError> {
        let name = self.page.title.replace(' ', "_");
        let Some(mut url) = self.base.clone() else { return StoryKey::id(&self.page.title) };
        if let Ok(mut path) = url.path_segments_mut() {
            // A slash in a title is one in the URL too.
            path.pop().extend(name.split('/'));
        }
        StoryKey::url(url.as_str())
    }

    fn place(&self, revision: &Revision) -> Place {
        Place::Named(format!("revision {} of {:?}", revision.id, self.page.title))
    }
}

impl<R: BufRead> Iterator for MediaWikiReader<R> {
    type Item = Result<Item, DoorError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        Some(match self.advance() {
            Ok(Some(revision)) => {
                let place = self.place(&revision);
                match self.capture(revision) {
                    Ok(capture) => Ok(Item::new(place, Fact::Capture(Box::new(capture)))),
                    Err(reason) => Err(DoorError::Bad { place, reason }),
                }
            }
            Ok(None) => {
                self.ended = true;
                // A file that was cut short at the border of two elements looks to the parser like one that has an end.
                let why = if self.begun { "the XML ends too early; it was cut short" } else { "there is no XML in it" };
                (!self.closed).then(|| self.failed(io::Error::new(io::ErrorKind::UnexpectedEof, why)))?
            }
            Err(error) => {
                self.ended = true;
                let source = match error {
                    quick_xml::Error::Io(error) => io::Error::new(error.kind(), error.to_string()),
                    other => io::Error::new(io::ErrorKind::InvalidData, format!("the XML is broken: {other}")),
                };
                self.failed(source)
            }
        })
    }
}

impl<R: BufRead> MediaWikiReader<R> {
    fn failed(&self, source: io::Error) -> Result<Item, DoorError> {
        Err(DoorError::Failed { place: Place::Byte(self.xml.buffer_position()), source })
    }
}

impl<R: BufRead> Door for MediaWikiReader<R> {
    fn warnings(&self) -> &[Warning] {
        self.warnings.as_slice()
    }
}

#[cfg(test)]
mod tests;
