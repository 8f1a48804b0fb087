//! Sitemaps and indexes of sitemaps (sitemaps.org), with the dates and titles of Google News.

use std::io::BufRead;

use quick_xml::encoding::DecodingReader;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesRef, Event};
use quick_xml::reader::Reader;

use super::{Entry, Found, MAX_ENTRIES};

/// Longer text than this is no URL, date or title: the rest of it is left out.
const MAX_TEXT: usize = 8 << 10;

/// Reads a sitemap or an index. Damage ends it: what came before is kept, unless that is nothing.
pub(super) fn read(bytes: &[u8]) -> Result<Found, String> {
    let mut reader = Reader::from_reader(DecodingReader::new(bytes));
    let config = reader.config_mut();
    // A bare `&` in a URL is the most common fault of sitemaps, and harmless.
    config.allow_dangling_amp = true;
    let mut sitemap = Sitemap::default();
    match sitemap.read(&mut reader) {
        Err(reason) if sitemap.found.entries.is_empty() => Err(reason),
        Err(reason) => {
            sitemap.found.damage = Some(reason);
            Ok(sitemap.found)
        }
        Ok(()) => Ok(sitemap.found),
    }
}

/// What is open while a sitemap is read.
#[derive(Default)]
struct Sitemap {
    found: Found,
    depth: usize,
    entry: Entry,
    /// The text of the element that is open, where it is one that counts.
    text: Option<String>,
}

impl Sitemap {
    fn read(&mut self, reader: &mut Reader<impl BufRead>) -> Result<(), String> {
        let mut buffer = Vec::new();
        loop {
            buffer.clear();
            let event = reader.read_event_into(&mut buffer).map_err(|error| error.to_string())?;
            match event {
                Event::Start(element) => {
                    self.depth += 1;
                    self.open(element.local_name().as_ref());
                }
                Event::End(element) => {
                    self.close(element.local_name().as_ref());
                    self.depth = self.depth.saturating_sub(1);
                }
                Event::Text(text) => self.add(&text),
                Event::CData(text) => self.add(&text),
                Event::GeneralRef(name) => self.add(&character(&name)),
                Event::Eof if self.depth > 0 => return Err("it ends before its end".to_owned()),
                // 50,000 more than are kept are counted, and no more.
                Event::Eof => return Ok(()),
                _ => {}
            }
            if self.found.beyond > MAX_ENTRIES {
                return Ok(());
            }
        }
    }

    /// `urlset > url > loc`, and `urlset > url > news > title`: the URL of a picture lies deeper than that of its page.
    fn open(&mut self, name: &str) {
        match (self.depth, name) {
            (2, "url" | "sitemap") => self.entry = Entry::default(),
            (3, "loc" | "lastmod") | (4, "publication_date" | "title") => self.text = Some(String::new()),
            _ => {}
        }
    }

    fn close(&mut self, name: &str) {
        if self.depth == 2 && matches!(name, "url" | "sitemap") {
            let entry = std::mem::take(&mut self.entry);
            self.found.push(entry);
            return;
        }
        let Some(text) = self.text.take() else { return };
        match (self.depth, name) {
            (3, "loc") => self.entry.url = Some(text),
            (3, "lastmod") => self.entry.modified_at = text.trim().parse().ok(),
            (4, "publication_date") => self.entry.published_at = text.trim().parse().ok(),
            // Pictures and films have titles too, and stand after the news.
            (4, "title") if self.entry.title.is_none() => self.entry.title = Some(text),
            _ => {}
        }
    }

    fn add(&mut self, more: &str) {
        if let Some(text) = &mut self.text
            && text.len() < MAX_TEXT
        {
            text.extend(more.chars().take(MAX_TEXT));
        }
    }
}

/// What `&name;` stands for; itself, where nobody knows.
fn character(name: &BytesRef<'_>) -> String {
    match name.resolve_char_ref() {
        Ok(Some(character)) => character.to_string(),
        _ => resolve_predefined_entity(name).map_or_else(|| format!("&{};", &**name), str::to_owned),
    }
}
