//! What one record says, as far as it can be told from it alone.

use crate::model::{NewCapture, NewOutcome, Observation, StoryKeyError, Timestamp};
use crate::page::{self, Links, Names, Page, Reading};

use super::head::{Head, PageHeaders};
use super::http::{NoBody, Response};
use super::profile::{Content, ROW};
use super::record::{Kind, Record};

/// What names a page that an archive keeps, and a revisit that refers to it.
#[derive(Debug, Clone)]
pub(super) struct Visit {
    pub(super) uri: String,
    pub(super) date: Timestamp,
    /// The digest of the payload, as it is written.
    pub(super) digest: Option<String>,
}

/// What a record comes to.
#[derive(Debug)]
pub(super) enum Step {
    /// A capture that needs nothing more.
    Capture(Box<NewCapture>),
    /// A page that has been read.
    Page(Box<ReadPage>),
    /// A page that is elsewhere.
    Moved {
        to: String,
        status: u16,
    },
    /// A row of our own, and the record of what it saw.
    Row {
        row: Vec<u8>,
        concurrent_to: Option<String>,
    },
    /// What the row before it saw.
    Content {
        id: String,
        content: Content,
    },
    /// The same as was seen before.
    Revisit(Revisit),
    /// Nothing that an archive of news takes; said once, with its count.
    Skip(String),
    /// Nothing to speak of.
    Nothing,
    Bad(String),
}

/// A page and what was read of it.
#[derive(Debug)]
pub(super) struct ReadPage {
    pub(super) status: Option<u16>,
    pub(super) headers: PageHeaders,
    pub(super) body: Vec<u8>,
    pub(super) reading: Reading,
}

/// What a revisit refers to.
#[derive(Debug)]
pub(super) struct Revisit {
    pub(super) refers_to: Option<(String, Timestamp)>,
    pub(super) status: Option<u16>,
}

/// A record with what it comes to.
#[derive(Debug)]
pub(super) struct Prepared {
    pub(super) at: u64,
    pub(super) visit: Option<Visit>,
    pub(super) step: Step,
}

/// Says of a record of our own with a row which record holds what the row saw.
pub(super) fn row_of(record: &Record) -> Option<Option<&str>> {
    let is_row = record.kind == Kind::Metadata && record.head.get("Content-Type") == Some(ROW);
    is_row.then(|| record.head.get("WARC-Concurrent-To"))
}

/// Takes a record of our own as it is: `is_content` when the row before it names it.
pub(super) fn ours(record: Record, is_content: bool, max_bytes: usize) -> Prepared {
    let at = record.at;
    let visit = record.date.map(|date| Visit { uri: record.uri.clone(), date, digest: None });
    let step = if record.bytes > record.content.len() as u64 {
        Step::Bad(format!("the record is longer than {max_bytes} bytes"))
    } else if is_content {
        content(record, max_bytes)
    } else {
        let concurrent_to = record.head.get("WARC-Concurrent-To").map(str::to_owned);
        Step::Row { row: record.content, concurrent_to }
    };
    Prepared { at, visit, step }
}

fn content(record: Record, max_bytes: usize) -> Step {
    let id = record.head.get("WARC-Record-ID").unwrap_or_default().to_owned();
    let content = match record.kind {
        Kind::Revisit => Content::Again { refers_to: record.head.get("WARC-Refers-To").unwrap_or_default().to_owned() },
        Kind::Response => {
            let Some(response) = Response::parse(&record.content) else {
                return Step::Bad("the response has no HTTP head".to_owned());
            };
            let headers = PageHeaders::of(&response.head);
            match response.body(max_bytes) {
                Ok(body) => Content::Page { headers, body },
                Err(error) => return Step::Bad(format!("the page of the capture cannot be read: {error:?}")),
            }
        }
        _ => Content::Text(record.content),
    };
    Step::Content { id, content }
}

/// Reads a record. Much work for a page, and no state: for many threads.
pub(super) fn prepare(record: Record, options: &page::Options) -> Prepared {
    let at = record.at;
    if matches!(record.kind, Kind::Info | Kind::Metadata | Kind::Other) {
        return Prepared { at, visit: None, step: Step::Nothing };
    }
    let Some(scheme) = record.uri.split_once("://").map(|(scheme, _)| scheme.to_ascii_lowercase()) else {
        return Prepared { at, visit: None, step: without_host(&record.uri) };
    };
    if scheme != "http" && scheme != "https" {
        return Prepared { at, visit: None, step: Step::Skip(format!("records of {scheme}: are no pages and were")) };
    }
    let Some(date) = record.date else {
        let reason = match record.head.get("WARC-Date") {
            Some(date) => format!("the WARC-Date {date:?} is not a time"),
            None => "the record does not say when it was captured".to_owned(),
        };
        return Prepared { at, visit: None, step: Step::Bad(reason) };
    };
    let digest = record.head.get("WARC-Payload-Digest").map(str::to_ascii_lowercase);
    let visit = Visit { uri: record.uri.clone(), date, digest };
    let step = match record.kind {
        Kind::Revisit => revisit(&record, &visit),
        Kind::Response => response(&record, &visit, options),
        _ => resource(&record, &visit, options),
    };
    Prepared { at, visit: Some(visit), step }
}

fn without_host(uri: &str) -> Step {
    match uri.split_once(':') {
        Some((scheme, _)) => Step::Skip(format!("records of {}: are no pages and were", scheme.to_ascii_lowercase())),
        None if uri.is_empty() => {
            Step::Bad("the record does not say of what it is: it has no WARC-Target-URI".to_owned())
        }
        None => Step::Bad(format!("{:?} is no URI", uri.chars().take(60).collect::<String>())),
    }
}

fn response(record: &Record, visit: &Visit, options: &page::Options) -> Step {
    let Some(response) = Response::parse(&record.content) else {
        // HTTP 0.9, or a writer that left the head out. The line before an ARC record has the type.
        let mime = record.head.get("Content-Type").filter(|mime| !mime.starts_with("application/http"));
        return match no_page(mime) {
            Some(other) => Step::Skip(other),
            None if looks_like_html(&record.content) => {
                read(visit, None, PageHeaders::default(), record.content.clone(), options)
            }
            None => Step::Bad("the response has no HTTP head".to_owned()),
        };
    };
    let status = response.status;
    match status {
        304 => return capture(visit, NewOutcome::NotModified, status),
        300..=399 => return moved(&response.head, visit, status),
        _ if status >= 400 && !may_be_a_page(&visit.uri) => {
            return Step::Skip("errors for what is no page, such as pictures, were".to_owned());
        }
        404 | 410 => return capture(visit, NewOutcome::Gone, status),
        400.. => return capture(visit, NewOutcome::Unreachable(format!("status {status}")), status),
        100..=199 | 204 | 205 => return Step::Skip(format!("answers without a page (status {status}) were")),
        _ => {}
    }
    let headers = PageHeaders::of(&response.head);
    if let Some(other) = no_page(headers.content_type.as_deref()) {
        return Step::Skip(other);
    }
    let cut = |cause: String| capture(visit, NewOutcome::Unreachable(cause), status);
    // A part of a page would be an edit that nobody made.
    if status == 206 {
        return cut("only a part of the page was sent (status 206)".to_owned());
    }
    if let Some(why) = record.head.get("WARC-Truncated") {
        return cut(format!("the page was cut short by the crawler ({why})"));
    }
    if record.bytes > record.content.len() as u64 {
        return cut(format!("the page is longer than {} bytes", options.max_bytes));
    }
    match response.body(options.max_bytes) {
        Ok(body) if headers.content_type.is_none() && !looks_like_html(&body) => {
            Step::Skip("records that do not say what they hold were".to_owned())
        }
        Ok(body) => read(visit, Some(status), headers, body, options),
        Err(NoBody::TooLong) => cut(format!("the page is longer than {} bytes", options.max_bytes)),
        Err(NoBody::Cut(why)) => cut(format!("the page was kept in part: {why}")),
        Err(NoBody::Encoding(coding)) => Step::Bad(format!("the content encoding {coding:?} is not known")),
    }
}

fn resource(record: &Record, visit: &Visit, options: &page::Options) -> Step {
    let headers = PageHeaders::of(&record.head);
    if let Some(other) = no_page(headers.content_type.as_deref()) {
        return Step::Skip(other);
    }
    if record.bytes > record.content.len() as u64 {
        return Step::Bad(format!("the page is longer than {} bytes", options.max_bytes));
    }
    read(visit, None, headers, record.content.clone(), options)
}

fn read(visit: &Visit, status: Option<u16>, headers: PageHeaders, body: Vec<u8>, options: &page::Options) -> Step {
    let mut page = headers.page(&visit.uri, &body);
    page.status = status;
    let reading = page::read(&page, options);
    Step::Page(Box::new(ReadPage { status, headers, body, reading }))
}

fn moved(head: &Head, visit: &Visit, status: u16) -> Step {
    let Some(location) = head.get("Location") else {
        return Step::Skip(format!("redirects to nowhere (status {status}, no Location) were"));
    };
    match url::Url::parse(&visit.uri).and_then(|base| base.join(location)) {
        Ok(to) => Step::Moved { to: to.into(), status },
        Err(_) => {
            let location: String = location.chars().take(60).collect();
            capture(visit, NewOutcome::Unreachable(format!("it redirects to {location:?}, which is no URL")), status)
        }
    }
}

fn revisit(record: &Record, visit: &Visit) -> Step {
    let response = Response::parse(&record.content);
    let status = response.as_ref().map(|response| response.status);
    let content_type = response.as_ref().and_then(|response| response.head.get("Content-Type"));
    if let Some(other) = content_type.and_then(|content_type| no_page(Some(content_type))) {
        return Step::Skip(other);
    }
    if !may_be_a_page(&visit.uri) {
        return Step::Skip("revisits of what is no page, such as pictures, were".to_owned());
    }
    if let Some(response) = &response
        && (300..400).contains(&response.status)
        && response.status != 304
    {
        return moved(&response.head, visit, response.status);
    }
    let profile = record.head.get("WARC-Profile").unwrap_or_default();
    if profile.ends_with("/server-not-modified") || status == Some(304) {
        return capture(visit, NewOutcome::NotModified, 304);
    }
    let uri = record.head.get("WARC-Refers-To-Target-URI");
    let date = record.head.get("WARC-Refers-To-Date").and_then(|date| date.parse().ok());
    let refers_to = uri.zip(date).map(|(uri, date)| (uri.to_owned(), date));
    Step::Revisit(Revisit { refers_to, status })
}

/// A capture that needs no more than its URI.
pub(super) fn capture(visit: &Visit, outcome: NewOutcome, status: u16) -> Step {
    let observation = Observation { status: Some(status), ..Observation::default() };
    match named(visit) {
        Ok(Names { key, aliases }) => {
            Step::Capture(Box::new(NewCapture { aliases, observation, ..NewCapture::new(key, visit.date, outcome) }))
        }
        Err(error) => Step::Bad(error.to_string()),
    }
}

/// The names of a page of which only the address is known.
pub(super) fn named(visit: &Visit) -> Result<Names, StoryKeyError> {
    page::names(&Page::new(&visit.uri, b""), &Links::default())
}

/// Says of a content type that is none of a page what is to be told of it.
fn no_page(content_type: Option<&str>) -> Option<String> {
    let mime = content_type?.split(';').next()?.trim().to_ascii_lowercase();
    if matches!(mime.as_str(), "" | "text/html" | "application/xhtml+xml" | "application/vnd.wap.xhtml+xml") {
        return None;
    }
    let is_script = mime.ends_with("/css") || mime.contains("javascript") || mime.ends_with("/json");
    Some(match mime.split_once('/') {
        Some(("image" | "audio" | "video" | "font", _)) => "pictures, sound and fonts were".to_owned(),
        _ if is_script => "style sheets, scripts and JSON were".to_owned(),
        _ => format!("records of {} are no pages and were", mime.chars().take(60).collect::<String>()),
    })
}

fn looks_like_html(body: &[u8]) -> bool {
    let start = body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(body).trim_ascii_start();
    start.starts_with(b"<!") || start.get(..5).is_some_and(|tag| tag.eq_ignore_ascii_case(b"<html"))
}

/// Crawlers ask for much that is no page and get pages of errors for it.
fn may_be_a_page(uri: &str) -> bool {
    const OTHER: [&str; 24] = [
        "7z", "avi", "bmp", "css", "eot", "gif", "gz", "ico", "jpeg", "jpg", "js", "json", "mp3", "mp4", "pdf", "png",
        "rss", "svg", "ttf", "txt", "webp", "woff", "woff2", "xml",
    ];
    let path = uri.split(['?', '#']).next().unwrap_or_default();
    let name = path.rsplit('/').next().unwrap_or_default();
    let extension = name.rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase());
    // The part behind the host's last dot is no extension.
    let has_path = path.splitn(4, '/').nth(3).is_some();
    !(has_path && extension.is_some_and(|extension| OTHER.contains(&extension.as_str())))
}
