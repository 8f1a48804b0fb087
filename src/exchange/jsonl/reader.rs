//! Rows out of a stream of bytes.

use std::io::{self, BufRead, Read};

use super::fields::Fields;
use super::row::{Fact, LastNames, judge};
use crate::exchange::warning::{Warning, Warnings, visible};

/// The longest row, in bytes with its line break: 32 MiB.
pub const MAX_ROW_BYTES: usize = 32 << 20;

/// A row that was understood.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Row {
    /// The number of its line, from 1.
    pub line: u64,
    /// The length of its line in bytes, with the line break.
    pub bytes: u64,
    /// What it says.
    pub fact: Fact,
}

/// A row that could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RowError {
    /// The row is not as it should be. Reading goes on with the next one.
    #[error("line {line}: {reason}; the row begins: {excerpt}")]
    Bad {
        /// The number of its line, from 1.
        line: u64,
        /// What is wrong, and what to do.
        reason: String,
        /// How the row begins, at most 80 characters.
        excerpt: String,
    },
    /// The input failed. Nothing more is read.
    #[error("the input failed in line {line}")]
    Io {
        /// The number of the line that could not be read, from 1.
        line: u64,
        /// Why.
        #[source]
        source: io::Error,
    },
}

impl RowError {
    /// Returns the number of the line, from 1.
    #[must_use]
    pub const fn line(&self) -> u64 {
        match self {
            Self::Bad { line, .. } | Self::Io { line, .. } => *line,
        }
    }
}

/// Reads captures and aliases from JSON Lines; see [the module](super) for the fields.
///
/// An iterator. After a [`RowError::Bad`] it goes on with the next row; after a [`RowError::Io`] it ends. Lines of white space
/// alone, and a byte order mark at the start, are skipped. A row takes at most [`MAX_ROW_BYTES`] of memory for its line;
/// a longer one is skipped and reported.
///
/// ```
/// use morgue::exchange::{Fact, JsonlReader};
///
/// let rows = concat!(
///     r#"{"url":"https://news.example/bridge","captured_at":"2026-03-01T12:00:00Z","headline":"Bridge closed"}"#, "\n",
///     r#"{"url":"https://news.example/bridge","captured_at":"yesterday","outcome":"gone"}"#, "\n",
/// );
/// let rows: Vec<_> = JsonlReader::new(rows.as_bytes()).collect();
/// assert!(matches!(rows[0].as_ref().unwrap().fact, Fact::Capture(_)));
/// assert_eq!(rows[1].as_ref().unwrap_err().line(), 2);
/// ```
#[derive(Debug)]
pub struct JsonlReader<R> {
    input: R,
    buffer: Vec<u8>,
    line: u64,
    ended: bool,
    last: LastNames,
    warnings: Warnings,
}

/// One line as it came.
enum Line {
    Whole { bytes: u64 },
    TooLong { bytes: u64, excerpt: String },
}

impl<R: BufRead> JsonlReader<R> {
    /// Returns a reader of the rows of `input`.
    #[must_use]
    pub const fn new(input: R) -> Self {
        Self { input, buffer: Vec::new(), line: 0, ended: false, last: LastNames::new(), warnings: Warnings::new() }
    }

    /// Returns what was read and left out so far, each thing once with its count.
    #[must_use]
    pub fn warnings(&self) -> &[Warning] {
        self.warnings.as_slice()
    }

    fn read_line(&mut self) -> io::Result<Option<Line>> {
        let mut bytes = self.read_part(MAX_ROW_BYTES)?;
        if bytes == 0 {
            return Ok(None);
        }
        if bytes < MAX_ROW_BYTES as u64 || self.buffer.ends_with(b"\n") {
            return Ok(Some(Line::Whole { bytes }));
        }
        let excerpt = excerpt(&self.buffer);
        loop {
            let part = self.read_part(1 << 20)?;
            bytes += part;
            if part == 0 || self.buffer.ends_with(b"\n") {
                return Ok(Some(Line::TooLong { bytes, excerpt }));
            }
        }
    }

    /// Reads to the end of the line, the end of the input or `limit`, whichever comes first.
    fn read_part(&mut self, limit: usize) -> io::Result<u64> {
        self.buffer.clear();
        let read = self.input.by_ref().take(limit as u64).read_until(b'\n', &mut self.buffer)?;
        Ok(read as u64)
    }

    /// The row in the buffer, or `None` for a blank line.
    fn row(&mut self, bytes: u64) -> Option<Result<Row, RowError>> {
        let line = self.line;
        let mut text = self.buffer.trim_ascii();
        if line == 1 {
            text = text.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(text).trim_ascii();
        }
        if text.is_empty() {
            return None;
        }
        let fact = parse(text).and_then(|fields| judge(fields, &mut self.last, &mut self.warnings));
        let bad = |reason| RowError::Bad { line, reason, excerpt: excerpt(text) };
        Some(fact.map(|fact| Row { line, bytes, fact }).map_err(bad))
    }
}

impl<R: BufRead> Iterator for JsonlReader<R> {
    type Item = Result<Row, RowError>;

    fn next(&mut self) -> Option<Self::Item> {
        while !self.ended {
            self.line += 1;
            let line = self.line;
            match self.read_line() {
                Ok(Some(Line::Whole { bytes })) => match self.row(bytes) {
                    None => {}
                    row => return row,
                },
                Ok(Some(Line::TooLong { bytes, excerpt })) => {
                    let reason =
                        format!("the row has {bytes} bytes, and at most {MAX_ROW_BYTES} are read as one: split it");
                    return Some(Err(RowError::Bad { line, reason, excerpt }));
                }
                Ok(None) => self.ended = true,
                Err(source) => {
                    self.ended = true;
                    return Some(Err(RowError::Io { line, source }));
                }
            }
        }
        None
    }
}

fn parse(line: &[u8]) -> Result<Fields<'_>, String> {
    let text = std::str::from_utf8(line).map_err(|error| {
        let utf16 = line.starts_with(b"\xFF\xFE") || line.starts_with(b"\xFE\xFF");
        let what = if utf16 { "the input is UTF-16" } else { "the row is not UTF-8" };
        format!("{what} (at byte {} of the line): convert it to UTF-8", error.valid_up_to() + 1)
    })?;
    serde_json::from_str(text).map_err(|error| reason(&error))
}

/// The message without serde_json's own line number, which is always 1 here.
fn reason(error: &serde_json::Error) -> String {
    let (message, column) = (error.to_string(), error.column());
    let place = format!(" at line {} column {column}", error.line());
    let message = message.strip_suffix(&place).unwrap_or(&message);
    let kind = if error.is_data() { "" } else { "the row is not JSON: " };
    format!("{kind}{message} (at byte {column} of the line)")
}

fn excerpt(line: &[u8]) -> String {
    const CHARACTERS: usize = 80;
    let start = line.get(..CHARACTERS * 4).unwrap_or(line);
    let text = String::from_utf8_lossy(start);
    let mut excerpt: String = text.trim().chars().take(CHARACTERS).map(visible).collect();
    if text.chars().nth(CHARACTERS).is_some() {
        excerpt.push_str("...");
    }
    excerpt
}
