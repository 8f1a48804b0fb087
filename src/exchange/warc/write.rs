//! Captures into a WARC file.

use std::io::{self, Write};

use flate2::Compression;
use flate2::write::GzEncoder;
use sha1::{Digest, Sha1};

use crate::exchange::jsonl::{write_alias, write_capture};
use crate::exchange::uri::uri_of;
use crate::model::{Alias, Article, NewCapture, NewOutcome, RawPage, Timestamp};
use crate::text::canonical;

use super::cdxj::Line;
use super::profile::{ROW, Recent, WRITER_BYTES};

const REVISIT: &str = "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest";
const CONFORMS_TO: &str = "http://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/";

/// How to write a WARC file.
#[derive(Debug, Clone)]
pub struct WriteOptions {
    /// Whether each record is a gzip member.
    pub compress: bool,
    /// When the file is written: the library has no clock.
    pub written_at: Timestamp,
    /// The name of the file, for its first record and for the index.
    pub filename: String,
}

/// Writes captures as WARC 1.1, and the lines of a CDXJ index.
///
/// Whatever is written is read back by [`WarcReader`](super::WarcReader) as it was. A page that was kept becomes a `response`, a text
/// without its page a `resource`, what was written before a `revisit`; the rest of a capture stands in a `metadata` record before
/// it.
///
/// ```
/// use morgue::exchange::warc::{WarcWriter, WriteOptions};
/// use morgue::{Article, NewCapture, StoryKey};
///
/// let options = WriteOptions { compress: false, written_at: "2026-03-02".parse().unwrap(), filename: "a.warc".into() };
/// let mut writer = WarcWriter::new(Vec::new(), options).unwrap();
/// let story = StoryKey::url("https://news.example/bridge").unwrap();
/// writer.capture(&NewCapture::article(story, "2026-03-01".parse().unwrap(), Article::new("Bridge closed"))).unwrap();
/// let (file, index) = writer.finish().unwrap();
/// assert!(file.starts_with(b"WARC/1.1\r\nWARC-Type: warcinfo\r\n"));
/// assert!(index[0].starts_with("example,news)/bridge 20260301000000 {"));
/// ```
#[derive(Debug)]
pub struct WarcWriter<W> {
    out: W,
    options: WriteOptions,
    offset: u64,
    records: u64,
    written: Recent<Earlier>,
    index: Vec<String>,
}

/// Where something was written before.
#[derive(Debug)]
struct Earlier {
    id: String,
    uri: String,
    date: Timestamp,
}

/// A record on its way out.
struct Record<'a> {
    kind: &'static str,
    id: String,
    uri: Option<&'a str>,
    date: Timestamp,
    content_type: &'a str,
    content: Vec<u8>,
    payload: Option<&'a str>,
    more: Vec<(&'static str, String)>,
}

impl<W: Write> WarcWriter<W> {
    /// Begins a file with its `warcinfo` record.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn new(out: W, options: WriteOptions) -> io::Result<Self> {
        let written = Recent::new(WRITER_BYTES);
        let mut writer = Self { out, options, offset: 0, records: 0, written, index: Vec::new() };
        let content = format!(
            "software: morgue/{}\r\nformat: WARC File Format 1.1\r\nconformsTo: {CONFORMS_TO}\r\n",
            env!("CARGO_PKG_VERSION")
        );
        let id = writer.next_id(content.as_bytes());
        writer.record(Record {
            kind: "warcinfo",
            id,
            uri: None,
            date: writer.options.written_at,
            content_type: "application/warc-fields",
            content: content.into_bytes(),
            payload: None,
            more: vec![("WARC-Filename", writer.options.filename.clone())],
        })?;
        Ok(writer)
    }

    /// Writes a capture.
    ///
    /// # Errors
    /// Those of `out`; a text that is too long to be an article's.
    pub fn capture(&mut self, capture: &NewCapture) -> io::Result<()> {
        let uri = uri_of(&capture.key);
        match (&capture.raw, capture.outcome.text()) {
            (Some(raw), _) if fits_a_head(capture, raw) => self.page(capture, raw),
            // The row holds all of it.
            (Some(_), _) => self.row(capture, Some(&uri), None),
            (None, Some(article)) => {
                let text = canonical(article).map_err(io::Error::other)?.text;
                let outcome = match capture.outcome {
                    NewOutcome::Teaser(_) => NewOutcome::Teaser(Article::default()),
                    _ => NewOutcome::Article(Article::default()),
                };
                let content =
                    Content { uri: &uri, content_type: "text/plain; charset=utf-8", head: None, payload: text.into() };
                self.with_content(&NewCapture { outcome, ..capture.clone() }, content)
            }
            (None, None) => self.row(capture, Some(&uri), None),
        }
    }

    /// Writes the fact that one name names the story of another.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn alias(&mut self, alias: &Alias) -> io::Result<()> {
        let mut row = Vec::new();
        write_alias(&mut row, alias)?;
        self.metadata(row, Some(&uri_of(&alias.alias)), self.options.written_at, None)
    }

    /// Ends the file; returns it and the lines of its index, sorted, without line breaks.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn finish(mut self) -> io::Result<(W, Vec<String>)> {
        self.out.flush()?;
        self.index.sort_unstable();
        Ok((self.out, self.index))
    }

    fn page(&mut self, capture: &NewCapture, raw: &RawPage) -> io::Result<()> {
        let status = capture.observation.status.unwrap_or(200);
        let mut head = format!("HTTP/1.1 {status}\r\n");
        let headers = [("Content-Type", &raw.content_type), ("ETag", &raw.etag), ("Last-Modified", &raw.last_modified)];
        for (name, value) in headers {
            head.extend(value.iter().flat_map(|value| [name, ": ", value, "\r\n"]));
        }
        head.push_str(&format!("Content-Length: {}\r\n\r\n", raw.body.len()));
        let content_type = "application/http; msgtype=response";
        let content = Content { uri: &raw.url, content_type, head: Some(head), payload: raw.body.to_vec() };
        self.with_content(capture, content)
    }

    /// Writes a row, and the record of what it saw: once in full, later as a revisit.
    fn with_content(&mut self, row: &NewCapture, content: Content<'_>) -> io::Result<()> {
        let Content { uri, content_type, head, payload } = content;
        let digest = digest(&payload);
        // The page of one address is not the page of another: a revisit stays within a URI. So it does with the headers, since a reader
        // takes those of the record that it refers to.
        let name = format!("{content_type} {digest} {uri} {}", head.as_deref().unwrap_or_default());
        let id = self.next_id(&payload);
        self.row(row, Some(uri), Some(&id))?;
        let (kind, more) = match self.written.get(&name) {
            Some(earlier) => ("revisit", earlier.fields()),
            None => (if head.is_some() { "response" } else { "resource" }, Vec::new()),
        };
        let mut block = head.unwrap_or_default().into_bytes();
        let bytes = payload.len();
        if kind != "revisit" {
            block.extend(payload);
            let earlier = Earlier { id: id.clone(), uri: uri.to_owned(), date: row.captured_at };
            self.written.insert(name, earlier, bytes);
        }
        let record = Record {
            kind,
            id,
            uri: Some(uri),
            date: row.captured_at,
            content_type,
            content: block,
            payload: Some(&digest),
            more,
        };
        let (offset, length) = self.record(record)?;
        let mime = match kind {
            "revisit" => "warc/revisit",
            _ => row.raw.as_ref().map_or(content_type, |raw| raw.content_type.as_deref().unwrap_or("unk")),
        };
        let status = row.raw.as_ref().map(|_| row.observation.status.unwrap_or(200));
        let filename = &self.options.filename;
        let line = Line { uri, date: row.captured_at, mime, status, digest: &digest, length, offset, filename };
        self.index.push(line.to_string());
        Ok(())
    }

    fn row(&mut self, capture: &NewCapture, uri: Option<&str>, concurrent_to: Option<&str>) -> io::Result<()> {
        let mut row = Vec::new();
        if concurrent_to.is_some() {
            write_capture(&mut row, &NewCapture { raw: None, ..capture.clone() })?;
        } else {
            write_capture(&mut row, capture)?;
        }
        self.metadata(row, uri, capture.captured_at, concurrent_to)
    }

    fn metadata(
        &mut self,
        row: Vec<u8>,
        uri: Option<&str>,
        date: Timestamp,
        concurrent_to: Option<&str>,
    ) -> io::Result<()> {
        let id = self.next_id(&row);
        let more = concurrent_to.map(|id| ("WARC-Concurrent-To", id.to_owned())).into_iter().collect();
        let record = Record { kind: "metadata", id, uri, date, content_type: ROW, content: row, payload: None, more };
        self.record(record).map(drop)
    }

    /// Writes a record; returns its place and length in the file.
    fn record(&mut self, record: Record<'_>) -> io::Result<(u64, u64)> {
        let bytes = record.into_bytes();
        let bytes = if self.options.compress {
            let mut member = GzEncoder::new(Vec::new(), Compression::default());
            member.write_all(&bytes)?;
            member.finish()?
        } else {
            bytes
        };
        self.out.write_all(&bytes)?;
        let place = (self.offset, bytes.len() as u64);
        self.offset += place.1;
        Ok(place)
    }

    /// A name for the next record, the same for the same file: a UUID of version 8 (RFC 9562) out of a hash.
    fn next_id(&mut self, content: &[u8]) -> String {
        self.records += 1;
        let mut hasher = blake3::Hasher::new();
        hasher.update(&self.records.to_le_bytes()).update(content);
        let mut bytes = [0; 16];
        hasher.finalize_xof().fill(&mut bytes);
        let number = u128::from_be_bytes(bytes) & !(0xF000 << 64 | 0xC000 << 48) | 0x8000 << 64 | 0x8000 << 48;
        let hex = format!("{number:032x}");
        let mut id = "<urn:uuid:".to_owned();
        for (place, digit) in hex.chars().enumerate() {
            if matches!(place, 8 | 12 | 16 | 20) {
                id.push('-');
            }
            id.push(digit);
        }
        id.push('>');
        id
    }
}

/// What a capture saw, to be written.
struct Content<'a> {
    uri: &'a str,
    content_type: &'a str,
    head: Option<String>,
    payload: Vec<u8>,
}

impl Earlier {
    fn fields(&self) -> Vec<(&'static str, String)> {
        vec![
            ("WARC-Profile", REVISIT.to_owned()),
            ("WARC-Refers-To", self.id.clone()),
            ("WARC-Refers-To-Target-URI", self.uri.clone()),
            ("WARC-Refers-To-Date", self.date.to_string()),
        ]
    }
}

impl Record<'_> {
    fn into_bytes(self) -> Vec<u8> {
        let mut head = format!("WARC/1.1\r\nWARC-Type: {}\r\nWARC-Record-ID: {}\r\n", self.kind, self.id);
        if let Some(uri) = self.uri {
            head.push_str(&format!("WARC-Target-URI: {uri}\r\n"));
        }
        head.push_str(&format!("WARC-Date: {}\r\n", self.date));
        for (name, value) in &self.more {
            head.push_str(&format!("{name}: {}\r\n", one_line(value)));
        }
        if let Some(payload) = self.payload {
            head.push_str(&format!("WARC-Payload-Digest: {payload}\r\n"));
        }
        let block = digest(&self.content);
        let (mime, length) = (self.content_type, self.content.len());
        head.push_str(&format!(
            "WARC-Block-Digest: {block}\r\nContent-Type: {mime}\r\nContent-Length: {length}\r\n\r\n"
        ));
        [head.as_bytes(), &self.content, b"\r\n\r\n"].concat()
    }
}

/// Says whether a page can stand in a response, and be read back from there as it was.
fn fits_a_head(capture: &NewCapture, raw: &RawPage) -> bool {
    let fits = |text: &str| !text.is_empty() && text.trim() == text && !text.chars().any(char::is_control);
    let has_status = capture.observation.status.is_none_or(|status| (100..1000).contains(&status));
    let headers = [&raw.content_type, &raw.etag, &raw.last_modified];
    let has_headers = headers.into_iter().all(|header| header.as_deref().is_none_or(fits));
    has_status && fits(&raw.url) && !raw.url.starts_with('<') && has_headers
}

/// A value must not begin a line of its own.
fn one_line(value: &str) -> String {
    value.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// The digest that other tools expect: SHA-1 in base 32 (RFC 4648).
fn digest(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let mut text = "sha1:".to_owned();
    for part in Sha1::digest(bytes).chunks(5) {
        let number = part.iter().fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
        for place in (0..8).rev() {
            let digit = usize::try_from(number >> (5 * place) & 31).unwrap_or_default();
            text.push(ALPHABET.get(digit).copied().map_or('A', char::from));
        }
    }
    text
}
