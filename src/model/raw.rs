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
    /// The bytes, with the encodings of the transfer (chunks, gzip) undone.
    pub body: Arc<[u8]>,
}

impl RawPage {
    /// Returns a page without a `Content-Type`.
    #[must_use]
    pub fn new(url: impl Into<String>, body: impl Into<Arc<[u8]>>) -> Self {
        Self { url: url.into(), content_type: None, body: body.into() }
    }
}
