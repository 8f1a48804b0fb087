//! From pages to articles: the bytes of a web page become a [`NewCapture`](crate::NewCapture).
//!
//! Pure: nothing here fetches, and no clock is read.

mod names;

use crate::model::{Article, NewCapture, NewOutcome, Observation, RawPage, StoryKeyError, Timestamp};

pub use names::{Links, Names, names};

/// A page as it came.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Page<'a> {
    /// Where it came from, after redirects.
    pub url: &'a str,
    /// The URLs that led to it by redirects, the one that was asked for first; empty when there were none.
    pub redirects: &'a [String],
    /// The HTTP status.
    pub status: Option<u16>,
    /// The `Content-Type` header.
    pub content_type: Option<&'a str>,
    /// The bytes, with the encodings of the transfer (chunks, gzip) undone.
    pub body: &'a [u8],
}

impl<'a> Page<'a> {
    /// Returns a page of which nothing else is known.
    #[must_use]
    pub const fn new(url: &'a str, body: &'a [u8]) -> Self {
        Self { url, redirects: &[], status: None, content_type: None, body }
    }
}

/// What a page is, as far as can be told from it alone.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Verdict {
    /// The story itself.
    Article,
    /// A stub in place of the story, such as a paywall's.
    Teaser,
    /// A page that asks for consent to cookies in place of the story.
    ConsentWall,
    /// A CAPTCHA or a notice of a block.
    Blocked,
    /// A page that says, with a status of success, that there is no such page.
    SoftNotFound,
    /// Taken down: status 404 or 410.
    Gone,
    /// Another error of the server or of the way to it.
    Failed,
    /// A page, but no story: a front, a list of links, a script without text.
    NotAStory,
}

/// What was read of a page.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Reading {
    /// What the page is.
    pub verdict: Verdict,
    /// Why, where it is not an article; for people.
    pub cause: String,
    /// The text that was found, a teaser's too; may be empty.
    pub article: Article,
    /// The publisher's claims, the extractor and the status.
    pub observation: Observation,
    /// What the page says of its own and other addresses.
    pub links: Links,
    /// The address of the lead image.
    pub image: Option<String>,
    /// Whether the page says that it can be read without paying.
    pub is_free: Option<bool>,
}

/// How to read pages.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Options {
    /// Whether the page itself is handed on in [`NewCapture::raw`].
    pub keep_raw: bool,
    /// The most bytes of a page that are read.
    pub max_bytes: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self { keep_raw: true, max_bytes: 16 << 20 }
    }
}

/// Reads a page.
#[must_use]
pub fn read(page: &Page<'_>, options: &Options) -> Reading {
    let _ = options;
    Reading {
        verdict: Verdict::NotAStory,
        cause: "not read yet".to_owned(),
        article: Article::default(),
        observation: Observation { status: page.status, ..Observation::default() },
        links: Links::default(),
        image: None,
        is_free: None,
    }
}

impl Reading {
    /// Returns the capture that this reading of `page` is.
    ///
    /// A teaser keeps its text; what is no article is archived as what it is, so that it never ends a run of good text.
    ///
    /// # Errors
    /// When the page's URL cannot be the key of a story.
    pub fn into_capture(
        self,
        page: &Page<'_>,
        captured_at: Timestamp,
        options: &Options,
    ) -> Result<NewCapture, StoryKeyError> {
        let Names { key, aliases } = names(page, &self.links)?;
        let outcome = match self.verdict {
            Verdict::Article => NewOutcome::Article(self.article),
            Verdict::Teaser => NewOutcome::Teaser(self.article),
            Verdict::Gone => NewOutcome::Gone,
            Verdict::ConsentWall | Verdict::Blocked | Verdict::SoftNotFound | Verdict::Failed | Verdict::NotAStory => {
                NewOutcome::Unreachable(self.cause)
            }
        };
        let raw = options.keep_raw.then(|| RawPage {
            url: page.url.to_owned(),
            content_type: page.content_type.map(str::to_owned),
            body: page.body.into(),
        });
        Ok(NewCapture { aliases, observation: self.observation, raw, ..NewCapture::new(key, captured_at, outcome) })
    }
}
