//! What came of a request.

use std::time::Duration;

use chrono::{DateTime, Utc};
use ureq::http::header::{self, HeaderMap, HeaderName};

use crate::model::{RawHead, Timestamp};

/// What lets a server say that a page is the one that was seen last (RFC 9110, section 13).
///
/// To be kept with the URL that they came from, and given with the next request of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Validators {
    /// The `ETag` header, with its quotes and a leading `W/`.
    pub etag: Option<String>,
    /// The `Last-Modified` header, as it was sent.
    pub last_modified: Option<String>,
}

/// Those that came with a page which was kept.
impl From<RawHead> for Validators {
    fn from(head: RawHead) -> Self {
        Self { etag: head.etag, last_modified: head.last_modified }
    }
}

impl Validators {
    /// Says whether there is none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.etag.is_none() && self.last_modified.is_none()
    }
}

/// A redirect that was followed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redirect {
    /// The URL that redirects.
    pub from: String,
    /// The status: 301, 302, 303, 307 or 308.
    pub status: u16,
}

impl Redirect {
    /// Says whether the server means it for good: 301 and 308 (RFC 9110, section 15.4).
    #[must_use]
    pub const fn is_permanent(&self) -> bool {
        matches!(self.status, 301 | 308)
    }
}

/// An answer, of any status.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Fetched {
    /// Where it came from, after redirects.
    pub url: String,
    /// The redirects that led there, the one of the URL that was asked for first.
    pub redirects: Vec<Redirect>,
    /// The status, such as 200, or 304 where the validators still hold.
    pub status: u16,
    /// The `Content-Type` header.
    pub content_type: Option<String>,
    /// What to give with the next request.
    pub validators: Validators,
    /// After how long the server wants to be asked again, from `Retry-After`.
    pub retry_after: Option<RetryAfter>,
    /// The bytes, with gzip or brotli undone.
    pub body: Vec<u8>,
}

/// The `Retry-After` header (RFC 9110, section 10.2.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RetryAfter {
    /// So long after the answer.
    In(Duration),
    /// Not before this time.
    At(Timestamp),
}

impl RetryAfter {
    /// Returns how long to wait after an answer that came at `now`.
    ///
    /// ```
    /// use std::time::Duration;
    /// use morgue::fetch::RetryAfter;
    ///
    /// let now = "2026-03-01T12:00:00Z".parse().unwrap();
    /// assert_eq!(RetryAfter::parse("120").unwrap().wait(now), Duration::from_secs(120));
    /// assert_eq!(RetryAfter::parse("Sun, 01 Mar 2026 12:01:00 GMT").unwrap().wait(now), Duration::from_secs(60));
    /// assert_eq!(RetryAfter::parse("Sun, 01 Mar 2026 11:00:00 GMT").unwrap().wait(now), Duration::ZERO);
    /// assert_eq!(RetryAfter::parse("soon"), None);
    /// ```
    #[must_use]
    pub fn wait(self, now: Timestamp) -> Duration {
        match self {
            Self::In(wait) => wait,
            Self::At(at) => {
                Duration::from_micros(u64::try_from(at.as_micros().saturating_sub(now.as_micros())).unwrap_or_default())
            }
        }
    }

    /// Reads the header: seconds, or a date of HTTP.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if let Ok(seconds) = text.parse::<u64>() {
            return Some(Self::In(Duration::from_secs(seconds)));
        }
        let date = DateTime::parse_from_rfc2822(text).ok()?;
        Some(Self::At(Timestamp::from(date.with_timezone(&Utc))))
    }
}

/// Reads a header that is to be text; bytes that are no UTF-8 are replaced.
pub(super) fn text(headers: &HeaderMap, name: HeaderName) -> Option<String> {
    let value = headers.get(name)?;
    Some(String::from_utf8_lossy(value.as_bytes()).trim().to_owned()).filter(|text| !text.is_empty())
}

/// A validator must come back byte by byte, so one that is not plain text is left out.
pub(super) fn validators(headers: &HeaderMap) -> Validators {
    let plain = |name| headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    Validators { etag: plain(header::ETAG), last_modified: plain(header::LAST_MODIFIED) }
}
