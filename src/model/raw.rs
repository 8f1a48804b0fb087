//! Pages as they were fetched.

use std::sync::Arc;

/// The longest page that can be kept beside a capture, in bytes: 8 MiB.
pub const MAX_RAW_BYTES: usize = 8 << 20;

/// A page as it was fetched, kept beside the capture that was made of it, so that a better extractor can read it again.
///
/// ```
/// use morgue::RawPage;
///
/// let page = RawPage::new("https://news.example/bridge", b"<h1>Bridge closed</h1>".to_vec());
/// assert_eq!(page.body.len(), 22);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawPage {
    /// Where it came from, after redirects.
    pub url: String,
    /// The `Content-Type` header, which may name the charset.
    pub content_type: Option<String>,
    /// The `ETag` header, with which a later visit can ask whether the page has changed.
    pub etag: Option<String>,
    /// The `Last-Modified` header as it came, which serves the same end.
    pub last_modified: Option<String>,
    /// The bytes, with the encodings of the transfer (chunks, gzip) undone.
    pub body: Arc<[u8]>,
}

impl RawPage {
    /// Returns a page without headers.
    #[must_use]
    pub fn new(url: impl Into<String>, body: impl Into<Arc<[u8]>>) -> Self {
        Self { url: url.into(), content_type: None, etag: None, last_modified: None, body: body.into() }
    }
}

/// What came with a page that is kept: all but its bytes.
///
/// ```
/// use morgue::{RawHead, RawPage};
///
/// let page = RawPage { etag: Some("\"7\"".to_owned()), ..RawPage::new("https://news.example/bridge", b"<h1>Closed</h1>".to_vec()) };
/// let head = RawHead::of(&page);
/// assert_eq!((head.etag.as_deref(), head.bytes), (Some("\"7\""), 15));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RawHead {
    /// Where it came from, after redirects.
    pub url: String,
    /// The `Content-Type` header.
    pub content_type: Option<String>,
    /// The `ETag` header.
    pub etag: Option<String>,
    /// The `Last-Modified` header as it came.
    pub last_modified: Option<String>,
    /// How long the page is, in bytes.
    pub bytes: usize,
}

impl RawHead {
    /// Returns what came with a page.
    #[must_use]
    pub fn of(page: &RawPage) -> Self {
        let RawPage { url, content_type, etag, last_modified, body } = page.clone();
        Self { url, content_type, etag, last_modified, bytes: body.len() }
    }
}
