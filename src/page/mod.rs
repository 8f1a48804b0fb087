//! From pages to articles: the bytes of a web page become a [`NewCapture`].
//!
//! Pure: nothing here fetches, and no clock is read. The same bytes give the same reading, on every machine.
//!
//! # The text
//! Tags, roles and the words of classes tell what is no story: advertisements, other stories, buttons to share, comments. The crate
//! trafilatura says which of the rest is the story. The text itself is then taken from the page, one paragraph for each that a reader
//! sees, in page order, with captions, the rows of tables (`Pier | 2.1`), lists and corrections, which the extractor drops. The
//! headline, the deck and the byline have fields of their own and are no paragraphs.
//!
//! # What stands beside it
//! The order of trust is the same for all: schema.org in JSON-LD, OpenGraph (`og:`, `article:`), microdata, other `<meta>`, what is
//! seen on the page. A headline that was cut is completed from a source where it is whole. The deck is only what readers see. A time
//! without a zone is taken as UTC; sentinels such as 0001-01-01 and impossible times are refused, as are those a year and more after
//! the capture. The publisher's id is the `identifier` (or `articleId`) of schema.org, else a `<meta>` such as `article:id`.
//!
//! # Limits
//! [`Options::max_bytes`], 100,000 tags, 200,000 nodes and 256 attributes of one tag: a page with more is refused with that
//! cause, and not read in part, since half a story looks like an edit. Elements nested deeper than 256 lose their tags and keep their
//! text. All limits are in counts; none is in seconds.

mod bounds;
mod charset;
mod dom;
mod front;
mod metadata;
mod names;
mod parse;
#[cfg(test)]
mod tests;
mod text;
mod verdict;

use crate::model::{
    Article, MAX_RAW_BYTES, NewCapture, NewOutcome, Observation, RawPage, StoryKey, StoryKeyError, Timestamp,
};

pub use front::{Front, front};
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
    /// The `ETag` header, which is kept with the page.
    pub etag: Option<&'a str>,
    /// The `Last-Modified` header, which is kept with the page.
    pub last_modified: Option<&'a str>,
    /// The bytes, with the encodings of the transfer (chunks, gzip) undone.
    pub body: &'a [u8],
}

impl<'a> Page<'a> {
    /// Returns a page of which nothing else is known.
    #[must_use]
    pub const fn new(url: &'a str, body: &'a [u8]) -> Self {
        Self { url, redirects: &[], status: None, content_type: None, etag: None, last_modified: None, body }
    }
}

/// What a page is, as far as can be told from it alone.
///
/// The words that tell are known in English, German, French, Spanish, Russian, Arabic, Hindi, Thai, Chinese and Japanese. They
/// count in titles, headings and on short pages; never beside a story of 200 words or one that schema.org or `og:type` calls so.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Verdict {
    /// The story itself.
    Article,
    /// A stub in place of the story, such as a paywall's: the page says that the story is not free (or asks to subscribe), and
    /// the text is short, cut off, or without the part that is to be paid for. A page that says so and shows the whole is an article.
    Teaser,
    /// A page that asks for consent to cookies in place of the story.
    ConsentWall,
    /// A CAPTCHA or a notice of a block.
    Blocked,
    /// A page that says, with a status of success, that there is no such page.
    SoftNotFound,
    /// Taken down: status 404 or 410.
    Gone,
    /// Another error of the server (the cause is the status), or a page past the limits of this reader.
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
    /// What schema.org says is the caption of the lead image. A caption that readers see is a paragraph of the article.
    pub image_caption: Option<String>,
    /// Whether the page says that it can be read without paying.
    pub is_free: Option<bool>,
}

/// How to read pages.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Options {
    /// Whether the page itself is handed on in [`NewCapture::raw`].
    pub keep_raw: bool,
    /// The most bytes of a page that are read. By default what can be kept beside a capture, [`MAX_RAW_BYTES`].
    pub max_bytes: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self { keep_raw: true, max_bytes: MAX_RAW_BYTES }
    }
}

/// The version of the rules by which pages are read. It rises with every change that can change a text, so that texts before and
/// after it are never called edits of each other.
pub const VERSION: u32 = 1;

/// Reads a page.
///
/// Never fails: what is no story says so in [`Reading::verdict`] and [`Reading::cause`]. A status other than success is believed
/// without a look at the page.
///
/// ```
/// use morgue::page::{Options, Page, Verdict, read};
///
/// let html = "<html lang=en><meta name=author content='Ada Lund'><article><h1>Bridge closed</h1>
///     <p>The old bridge over the Lind was closed on Monday, after divers had found a crack of two metres in its northern pier.
///     <div class=share-bar>31 shares</div>
///     <p>The town will decide in April whether it can be mended, or whether a new one has to be built beside the old.</article>";
/// let reading = read(&Page::new("https://post.example/bridge", html.as_bytes()), &Options::default());
/// assert_eq!(reading.verdict, Verdict::Article);
/// assert_eq!(reading.article.headline, "Bridge closed");
/// assert_eq!(reading.article.byline, ["Ada Lund"]);
/// assert_eq!(reading.article.paragraphs.len(), 2);
/// ```
#[must_use]
pub fn read(page: &Page<'_>, options: &Options) -> Reading {
    let observation = Observation { status: page.status, source: Some(source()), ..Observation::default() };
    if let Some((verdict, cause)) = verdict::of_status(page.status) {
        return Reading::without_text(verdict, cause, observation);
    }
    let bytes = page.body.len();
    let parsed = if bytes > options.max_bytes {
        Err(bounds::TooLarge::Bytes { bytes, max: options.max_bytes })
    } else {
        parse::parse(&charset::decode(page.body, page.content_type))
    };
    let html = match parsed {
        Ok(html) => html,
        Err(too_large) => return Reading::without_text(Verdict::Failed, too_large.to_string(), observation),
    };
    let facts = metadata::facts(&html, page.url);
    let signs = verdict::Signs::of(&html, &facts);
    let hints = text::Hints { headline: &facts.headline, byline: &facts.byline, descriptions: &facts.descriptions };
    let text::Story { deck, mut paragraphs } = text::story(html, hints);
    text::add_correction(facts.correction.as_deref(), &mut paragraphs);
    let (verdict, cause) = verdict::of_text(page, &facts, &signs, &paragraphs);
    Reading {
        verdict,
        cause,
        article: Article { headline: facts.headline, deck, byline: facts.byline, paragraphs },
        observation: Observation {
            published_at: facts.published_at,
            modified_at: facts.modified_at,
            lang: facts.lang,
            section: facts.section,
            ..observation
        },
        links: facts.links,
        image: facts.image,
        image_caption: facts.image_caption,
        is_free: facts.is_free,
    }
}

/// Returns who extracts the text, for [`Observation::source`]: the version of our rules, the extractor's, its options.
///
/// ```
/// assert!(morgue::page::source().starts_with("morgue-page "));
/// ```
#[must_use]
pub fn source() -> String {
    format!("morgue-page {VERSION} (trafilatura 0.6.0 fallback precision)")
}

impl Reading {
    fn without_text(verdict: Verdict, cause: String, observation: Observation) -> Self {
        let (article, links) = (Article::default(), Links::default());
        Self { verdict, cause, article, observation, links, image: None, image_caption: None, is_free: None }
    }

    /// Returns what was seen at a time, and what else is known, without a word of which story it is.
    ///
    /// A publisher's time that is more than a year after `captured_at` is left out: nobody was there yet.
    #[must_use]
    pub fn into_outcome(self, captured_at: Timestamp) -> (NewOutcome, Observation) {
        let outcome = match self.verdict {
            Verdict::Article => NewOutcome::Article(self.article),
            Verdict::Teaser => NewOutcome::Teaser(self.article),
            Verdict::Gone => NewOutcome::Gone,
            Verdict::ConsentWall | Verdict::Blocked | Verdict::SoftNotFound | Verdict::Failed | Verdict::NotAStory => {
                NewOutcome::Unreachable(self.cause)
            }
        };
        let observation = Observation {
            published_at: believed(self.observation.published_at, captured_at),
            modified_at: believed(self.observation.modified_at, captured_at),
            ..self.observation
        };
        (outcome, observation)
    }

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
        Ok(NewCapture { aliases, ..self.into_named_capture(key, page, captured_at, options) })
    }

    /// Returns the capture that this reading of `page` is, of a story that the caller names; the page's own names are not asked for.
    #[must_use]
    pub fn into_named_capture(
        self,
        key: StoryKey,
        page: &Page<'_>,
        captured_at: Timestamp,
        options: &Options,
    ) -> NewCapture {
        let (outcome, observation) = self.into_outcome(captured_at);
        let is_kept = options.keep_raw && page.body.len() <= MAX_RAW_BYTES;
        let raw = is_kept.then(|| RawPage {
            url: page.url.to_owned(),
            content_type: page.content_type.map(str::to_owned),
            etag: page.etag.map(str::to_owned),
            last_modified: page.last_modified.map(str::to_owned),
            body: page.body.into(),
        });
        NewCapture { observation, raw, ..NewCapture::new(key, captured_at, outcome) }
    }
}

/// How long after the capture a publisher's time may be, in microseconds: a year, for what is announced.
const MAX_AHEAD_MICROS: i64 = 366 * 86_400_000_000;

/// A time that the publisher claims, unless it is long after the capture.
fn believed(claimed: Option<Timestamp>, captured_at: Timestamp) -> Option<Timestamp> {
    claimed.filter(|claimed| claimed.as_micros() <= captured_at.as_micros().saturating_add(MAX_AHEAD_MICROS))
}
