//! Records of WARC and ARC files, one after the other.
//!
//! WARC 1.1 is ISO 28500:2017; ARC is "The ARC File Format" of the Internet Archive, 1996. A crate for records exists (`warc`); it
//! knows neither ARC nor where a record stands, and cannot go on behind a damaged one.

use std::io::{self, BufRead};

use crate::model::Timestamp;

use super::head::{self, Head};
use super::source::{Broken, Source};

/// The longest head of a record, in bytes, and the longest line that is looked at between records.
const MAX_HEAD_BYTES: usize = 64 << 10;

/// What a record holds. Those that tell nothing of pages are one kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A response, with its HTTP head.
    Response,
    /// A file or page without HTTP.
    Resource,
    Revisit,
    Metadata,
    Info,
    Other,
}

/// A record.
#[derive(Debug)]
pub(super) struct Record {
    /// Where it stands: see [`Source::at`].
    pub(super) at: u64,
    pub(super) kind: Kind,
    /// The URI of what was captured; empty where a record has none.
    pub(super) uri: String,
    pub(super) date: Option<Timestamp>,
    pub(super) head: Head,
    /// What it holds, without what is beyond the limit.
    pub(super) content: Vec<u8>,
    /// How long its content is.
    pub(super) bytes: u64,
}

/// Why there is no record.
#[derive(Debug)]
pub(super) enum RecordError {
    Bad { at: u64, reason: String },
    Io { at: u64, source: io::Error },
}

/// Reads records.
#[derive(Debug)]
pub(super) struct Records<R: BufRead> {
    source: Source<R>,
    /// The most bytes of a record that are kept in memory.
    max_bytes: usize,
    ended: bool,
    /// Lines are being passed by that belong to no record; this has been told.
    lost: bool,
    line: Vec<u8>,
    /// The ARC file has lines of version 2, with ten fields.
    is_long_arc: bool,
}

impl<R: BufRead> Records<R> {
    pub(super) const fn new(input: R, max_bytes: usize) -> Self {
        let source = Source::new(input);
        Self { source, max_bytes, ended: false, lost: false, line: Vec::new(), is_long_arc: false }
    }

    /// Finds the next record, and reads it.
    fn advance(&mut self) -> Result<Option<Record>, Trouble> {
        loop {
            let at = self.next_at()?;
            let Some(is_whole) = self.read_line()? else { return Ok(None) };
            let line = self.line.trim_ascii();
            if line.is_empty() {
                continue;
            }
            if let Some(version) = line.strip_prefix(b"WARC/") {
                let is_known = version.starts_with(b"1.") || version.starts_with(b"0.");
                self.lost = false;
                let version = String::from_utf8_lossy(version).into_owned();
                if !is_known {
                    self.lost = true;
                    return Err(Trouble::bad(at, format!("WARC {version} is not known: 1.0 and 1.1 are")));
                }
                return self.warc(at).map(Some);
            }
            if is_whole && let Some(fields) = head::arc_line(line, self.is_long_arc) {
                self.lost = false;
                let fields = fields.map_err(|reason| self.lose(at, reason))?;
                return self.arc(at, fields).map(Some);
            }
            if !self.lost {
                self.lost = true;
                let start: String = String::from_utf8_lossy(line).chars().take(40).collect();
                return Err(Trouble::bad(
                    at,
                    format!("no record begins here, but {start:?}; what follows is passed by"),
                ));
            }
        }
    }

    fn next_at(&mut self) -> Result<u64, Trouble> {
        self.source.fill()?;
        Ok(self.source.at())
    }

    /// Reads a line into the buffer; says whether all of it is there, and nothing at the end of the file.
    fn read_line(&mut self) -> Result<Option<bool>, Trouble> {
        self.line.clear();
        let mut any = false;
        loop {
            let bytes = self.source.fill()?;
            if bytes.is_empty() {
                return Ok(any.then_some(true));
            }
            any = true;
            let end = bytes.iter().position(|byte| *byte == b'\n');
            let taken = end.map_or(bytes.len(), |end| end + 1);
            let room = MAX_HEAD_BYTES - self.line.len();
            self.line.extend(bytes.iter().take(taken.min(room)));
            self.source.consume(taken);
            if end.is_some() {
                return Ok(Some(self.line.ends_with(b"\n")));
            }
        }
    }

    fn warc(&mut self, at: u64) -> Result<Record, Trouble> {
        let head = self.head(at)?;
        let Some(length) = head.get("Content-Length") else {
            return Err(self.lose(at, "the record has no Content-Length".to_owned()));
        };
        let Ok(length) = length.parse::<u64>() else {
            return Err(self.lose(at, format!("the Content-Length {length:?} is no number")));
        };
        let (content, bytes) = self.content(at, length)?;
        let kind = match head.get("WARC-Type") {
            Some("response") => Kind::Response,
            Some("resource") => Kind::Resource,
            Some("revisit") => Kind::Revisit,
            Some("metadata") => Kind::Metadata,
            Some("warcinfo") => Kind::Info,
            _ => Kind::Other,
        };
        let uri = head.get("WARC-Target-URI").unwrap_or_default();
        // wget wrote what the grammar of WARC 1.0 says, and nobody meant.
        let uri = uri.strip_prefix('<').and_then(|uri| uri.strip_suffix('>')).unwrap_or(uri).to_owned();
        let date = head.get("WARC-Date").and_then(|date| date.parse().ok());
        Ok(Record { at, kind, uri, date, head, content, bytes })
    }

    /// Reads the lines of a head, to the empty line.
    fn head(&mut self, at: u64) -> Result<Head, Trouble> {
        let mut text = Vec::new();
        loop {
            match self.read_line()? {
                None => return Err(Trouble::bad(at, "the file ends within the head of a record".to_owned())),
                Some(true) if text.len() + self.line.len() <= MAX_HEAD_BYTES => {}
                Some(_) => return Err(self.lose(at, format!("the head has more than {MAX_HEAD_BYTES} bytes"))),
            }
            if self.line.trim_ascii().is_empty() {
                return Ok(Head::parse(&text));
            }
            text.extend_from_slice(&self.line);
        }
    }

    fn arc(&mut self, at: u64, fields: head::ArcLine) -> Result<Record, Trouble> {
        let (content, bytes) = self.content(at, fields.length)?;
        let is_info = fields.uri.starts_with("filedesc:");
        if is_info {
            self.is_long_arc = content.starts_with(b"2 ");
        }
        let kind = match fields.uri.split(':').next() {
            Some("filedesc") => Kind::Info,
            Some("http" | "https") => Kind::Response,
            _ => Kind::Resource,
        };
        let head = Head::of("Content-Type", &fields.mime);
        Ok(Record { at, kind, uri: fields.uri, date: fields.date, head, content, bytes })
    }

    /// Reads the content of a record, as much of it as may be kept.
    fn content(&mut self, at: u64, length: u64) -> Result<(Vec<u8>, u64), Trouble> {
        let mut content = Vec::new();
        let mut left = length;
        let member = self.source.member();
        while left > 0 {
            self.source.fill()?;
            let is_next_member = self.source.member() != member;
            let bytes = self.source.fill()?;
            if is_next_member && bytes.starts_with(b"WARC/") {
                let held = length - left;
                let reason = format!("the record is to have {length} bytes, and its gzip member holds {held} of them");
                return Err(Trouble::bad(at, reason));
            }
            if bytes.is_empty() {
                let missing = format!("the file ends {left} bytes before the record does; it was cut short");
                return Err(Trouble::bad(at, missing));
            }
            let taken = bytes.len().min(usize::try_from(left).unwrap_or(usize::MAX));
            let kept = taken.min(self.max_bytes - content.len());
            content.extend(bytes.iter().take(kept));
            self.source.consume(taken);
            left -= taken as u64;
        }
        Ok((content, length))
    }

    /// A record whose end is not known: what follows is passed by, up to the next record, without another word.
    fn lose(&mut self, at: u64, reason: String) -> Trouble {
        self.lost = true;
        Trouble::bad(at, reason)
    }
}

/// What stops a record.
enum Trouble {
    Bad { at: u64, reason: String },
    Broken(Broken),
}

impl Trouble {
    const fn bad(at: u64, reason: String) -> Self {
        Self::Bad { at, reason }
    }
}

impl From<Broken> for Trouble {
    fn from(broken: Broken) -> Self {
        Self::Broken(broken)
    }
}

impl<R: BufRead> Iterator for Records<R> {
    type Item = Result<Record, RecordError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        Some(match self.advance() {
            Ok(Some(record)) => Ok(record),
            Ok(None) => {
                self.ended = true;
                return None;
            }
            Err(Trouble::Bad { at, reason }) => Err(RecordError::Bad { at, reason }),
            Err(Trouble::Broken(Broken::Member { at, reason })) => {
                // A member that follows begins with a record or with the rest of one.
                self.lost = true;
                Err(RecordError::Bad { at, reason: format!("the gzip member is damaged: {reason}") })
            }
            Err(Trouble::Broken(Broken::Io(source))) => {
                self.ended = true;
                Err(RecordError::Io { at: self.source.at(), source })
            }
        })
    }
}
