//! The heads of records: lines of WARC and HTTP, and the one line of ARC.

use chrono::NaiveDateTime;

use crate::model::Timestamp;
use crate::page::Page;

/// Named lines, as WARC and HTTP have them. Names are compared without regard to case.
///
/// Tolerant, as these are read long after they were written: a line without a colon is passed by, bytes that are no UTF-8 are taken
/// for Latin-1 (RFC 9110, section 5.5), a line that begins with white space goes on with the one before.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Head(Vec<(String, String)>);

impl Head {
    pub(super) fn of(name: &str, value: &str) -> Self {
        Self(vec![(name.to_owned(), value.to_owned())])
    }

    pub(super) fn parse(text: &[u8]) -> Self {
        let mut lines: Vec<(String, String)> = Vec::new();
        for line in text.split(|byte| *byte == b'\n') {
            let line = decode(line);
            if line.starts_with([' ', '\t']) {
                if let Some((_, value)) = lines.last_mut() {
                    value.push(' ');
                    value.push_str(line.trim());
                }
            } else if let Some((name, value)) = line.split_once(':') {
                lines.push((name.trim().to_owned(), value.trim().to_owned()));
            }
        }
        Self(lines)
    }

    /// The first value of a name.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.all(name).next()
    }

    /// The values of a name, in their order.
    pub(super) fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.0.iter().filter(move |(own, _)| own.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}

fn decode(bytes: &[u8]) -> String {
    let bytes = bytes.strip_suffix(b"\r").unwrap_or(bytes);
    String::from_utf8(bytes.to_vec())
        .unwrap_or_else(|error| error.into_bytes().iter().copied().map(char::from).collect())
}

/// What the line before an ARC record says.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct ArcLine {
    pub(super) uri: String,
    pub(super) date: Option<Timestamp>,
    pub(super) mime: String,
    pub(super) length: u64,
}

/// The headers of a page that are kept with it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct PageHeaders {
    pub(super) content_type: Option<String>,
    pub(super) etag: Option<String>,
    pub(super) last_modified: Option<String>,
}

impl PageHeaders {
    pub(super) fn of(head: &Head) -> Self {
        let value = |name| head.get(name).map(str::to_owned);
        Self { content_type: value("Content-Type"), etag: value("ETag"), last_modified: value("Last-Modified") }
    }

    /// The page that came with these.
    pub(super) fn page<'a>(&'a self, url: &'a str, body: &'a [u8]) -> Page<'a> {
        let mut page = Page::new(url, body);
        page.content_type = self.content_type.as_deref();
        page.etag = self.etag.as_deref();
        page.last_modified = self.last_modified.as_deref();
        page
    }
}

/// Reads the line before an ARC record; `None` when it is none.
///
/// Five fields, or ten in version 2. A URL may hold spaces, the fields behind it do not.
pub(super) fn arc_line(line: &[u8], is_long: bool) -> Option<Result<ArcLine, String>> {
    let line = std::str::from_utf8(line).ok()?;
    let scheme = line.split_once(':')?.0;
    if scheme.is_empty() || !scheme.bytes().all(|byte| byte.is_ascii_lowercase()) {
        return None;
    }
    let behind = if is_long && !line.starts_with("filedesc:") { 9 } else { 4 };
    let mut fields: Vec<&str> = line.rsplitn(behind + 1, ' ').collect();
    fields.reverse();
    let [uri, address, date, mime, .., length] = fields.as_slice() else { return None };
    // A line of text that begins like a URL has no date at this place.
    if date.len() < 12 || !date.bytes().all(|byte| byte.is_ascii_digit()) || address.is_empty() {
        return None;
    }
    Some(
        length.parse().map_err(|_| format!("the length {length:?} of the record is no number")).map(|length| ArcLine {
            uri: (*uri).to_owned(),
            date: arc_date(date),
            mime: (*mime).to_owned(),
            length,
        }),
    )
}

/// `20140216050221`, in UTC; old files leave out the seconds.
pub(super) fn arc_date(digits: &str) -> Option<Timestamp> {
    let padded = format!("{digits:0<14}");
    let time = NaiveDateTime::parse_from_str(&padded, "%Y%m%d%H%M%S").ok()?;
    Some(time.and_utc().into())
}
