//! Observations of a story.

use serde::{Deserialize, Serialize};

use super::article::Article;
use super::hash::{ArticleHash, FoldedHash};
use super::raw::RawPage;
use super::story::StoryKey;
use super::time::Timestamp;

/// What a capture saw.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
#[non_exhaustive]
pub enum Outcome {
    /// The article with this hash.
    Article(ArticleHash),
    /// The publisher said that nothing changed (HTTP 304).
    NotModified,
    /// A stub in place of the article, such as a paywall's; its text is kept and is never a revision.
    Teaser(ArticleHash),
    /// The story was taken down (HTTP 404 or 410).
    Gone,
    /// The story is elsewhere now.
    Moved(StoryKey),
    /// The story could not be seen; the cause, for people.
    Unreachable(String),
}

/// The kind of an [`Outcome`], without what it saw.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum OutcomeKind {
    /// See [`Outcome::Article`].
    Article,
    /// See [`Outcome::NotModified`].
    NotModified,
    /// See [`Outcome::Teaser`].
    Teaser,
    /// See [`Outcome::Gone`].
    Gone,
    /// See [`Outcome::Moved`].
    Moved,
    /// See [`Outcome::Unreachable`].
    Unreachable,
}

impl OutcomeKind {
    /// Returns the word for it in JSON and on the command line.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Article => "article",
            Self::NotModified => "not-modified",
            Self::Teaser => "teaser",
            Self::Gone => "gone",
            Self::Moved => "moved",
            Self::Unreachable => "unreachable",
        }
    }
}

impl Outcome {
    /// Returns the kind alone.
    #[must_use]
    pub const fn kind(&self) -> OutcomeKind {
        match self {
            Self::Article(_) => OutcomeKind::Article,
            Self::NotModified => OutcomeKind::NotModified,
            Self::Teaser(_) => OutcomeKind::Teaser,
            Self::Gone => OutcomeKind::Gone,
            Self::Moved(_) => OutcomeKind::Moved,
            Self::Unreachable(_) => OutcomeKind::Unreachable,
        }
    }

    /// Returns the hash of the text that was seen, an article's or a teaser's.
    #[must_use]
    pub const fn text_hash(&self) -> Option<ArticleHash> {
        match self {
            Self::Article(hash) | Self::Teaser(hash) => Some(*hash),
            _ => None,
        }
    }

    /// Returns the hash of the article that was seen, if it was one.
    #[must_use]
    pub const fn article(&self) -> Option<ArticleHash> {
        match self {
            Self::Article(hash) => Some(*hash),
            _ => None,
        }
    }
}

/// What is known of a capture beside its outcome: the publisher's claims and who looked.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Observation {
    /// When the publisher says that the story was published.
    pub published_at: Option<Timestamp>,
    /// When the publisher says that the story was last changed.
    pub modified_at: Option<Timestamp>,
    /// The language of the text, as a BCP 47 tag.
    pub lang: Option<String>,
    /// The publisher's section or desk.
    pub section: Option<String>,
    /// Who extracted the text, with version and options. Texts of different sources are never called edits of each other.
    pub source: Option<String>,
    /// The HTTP status.
    pub status: Option<u16>,
}

/// One observation of a story at one time. Immutable, and the only primary event of an archive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Capture {
    /// The key under which the story was captured; one of the story's names.
    pub key: StoryKey,
    /// When it was captured, by the archive's clock.
    pub captured_at: Timestamp,
    /// What was seen.
    pub outcome: Outcome,
    /// What else is known.
    pub observation: Observation,
    /// The hash of the text after typographic folding; `None` where the outcome has no text.
    pub folded: Option<FoldedHash>,
    /// The place of this capture in the order in which this archive took captures in, from 0. Not part of what was observed.
    pub arrival: u64,
    /// Eight bytes that tell this observation from all others of the story: see `migrations/FORMAT.md`.
    pub digest: [u8; 8],
}

impl Capture {
    /// Returns what captures of a story are sorted by: time, then hash, then the rest of the observation.
    #[must_use]
    pub fn order(&self) -> (Timestamp, [u8; 8], [u8; 8]) {
        (self.captured_at, hash_order(&self.outcome), self.digest)
    }
}

/// Returns the eight bytes that tell an observation from all others of the same key at the same time.
///
/// The first bytes of the BLAKE3 hash of what was seen, field by field; `migrations/FORMAT.md` specifies it ("Digest").
#[must_use]
pub fn digest(outcome: &Outcome, observation: &Observation) -> [u8; 8] {
    // Hashed at once, which takes half the time of field by field.
    let mut fields = Vec::with_capacity(256);
    let mut field = |name: &str, value: Option<&[u8]>| {
        if let Some(value) = value {
            fields.extend_from_slice(name.as_bytes());
            fields.extend_from_slice(&(value.len() as u64).to_le_bytes());
            fields.extend_from_slice(value);
        }
    };
    field("outcome", Some(outcome.kind().as_str().as_bytes()));
    field("hash", outcome.text_hash().as_ref().map(|hash| hash.as_bytes().as_slice()));
    match outcome {
        Outcome::Moved(to) => field("to", Some(&to.sort_bytes())),
        Outcome::Unreachable(cause) => field("cause", Some(cause.as_bytes())),
        _ => {}
    }
    let micros = |at: Option<Timestamp>| at.map(|at| at.as_micros().to_le_bytes());
    field("published_at", micros(observation.published_at).as_ref().map(<[u8; 8]>::as_slice));
    field("modified_at", micros(observation.modified_at).as_ref().map(<[u8; 8]>::as_slice));
    field("lang", observation.lang.as_deref().map(str::as_bytes));
    field("section", observation.section.as_deref().map(str::as_bytes));
    field("source", observation.source.as_deref().map(str::as_bytes));
    field("status", observation.status.map(u16::to_le_bytes).as_ref().map(<[u8; 2]>::as_slice));
    let hash = *blake3::hash(&fields).as_bytes();
    let [a, b, c, d, e, f, g, h, ..] = hash;
    [a, b, c, d, e, f, g, h]
}

/// The first eight bytes of the text's hash, or zeros.
fn hash_order(outcome: &Outcome) -> [u8; 8] {
    outcome.text_hash().and_then(|hash| hash.as_bytes().first_chunk::<8>().copied()).unwrap_or_default()
}

/// What a caller saw, to be archived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NewOutcome {
    /// The article itself.
    Article(Article),
    /// See [`Outcome::NotModified`].
    NotModified,
    /// A stub in place of the article.
    Teaser(Article),
    /// See [`Outcome::Gone`].
    Gone,
    /// See [`Outcome::Moved`].
    Moved(StoryKey),
    /// See [`Outcome::Unreachable`].
    Unreachable(String),
}

impl NewOutcome {
    /// Returns the kind alone.
    #[must_use]
    pub const fn kind(&self) -> OutcomeKind {
        match self {
            Self::Article(_) => OutcomeKind::Article,
            Self::NotModified => OutcomeKind::NotModified,
            Self::Teaser(_) => OutcomeKind::Teaser,
            Self::Gone => OutcomeKind::Gone,
            Self::Moved(_) => OutcomeKind::Moved,
            Self::Unreachable(_) => OutcomeKind::Unreachable,
        }
    }

    /// Returns the text that was seen, an article's or a teaser's.
    #[must_use]
    pub const fn text(&self) -> Option<&Article> {
        match self {
            Self::Article(article) | Self::Teaser(article) => Some(article),
            _ => None,
        }
    }
}

/// One observation of a story, to be archived.
///
/// ```
/// use morgue::{Article, NewCapture, StoryKey};
///
/// let capture = NewCapture::article(
///     StoryKey::url("https://news.example/bridge").unwrap(),
///     "2026-03-01T12:00:00Z".parse().unwrap(),
///     Article::new("Bridge closed").with_text("The old bridge was closed on Monday."),
/// );
/// assert!(capture.aliases.is_empty());
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewCapture {
    /// The story's URL or id.
    pub key: StoryKey,
    /// Other names of the same story, known from this observation.
    pub aliases: Vec<StoryKey>,
    /// When it was captured, by the caller's clock.
    pub captured_at: Timestamp,
    /// What was seen.
    pub outcome: NewOutcome,
    /// What else is known.
    pub observation: Observation,
    /// The page that it was made of.
    pub raw: Option<RawPage>,
}

impl NewCapture {
    /// Returns a capture of an article, with nothing else known.
    #[must_use]
    pub fn article(key: StoryKey, captured_at: Timestamp, article: Article) -> Self {
        Self::new(key, captured_at, NewOutcome::Article(article))
    }

    /// Returns a capture with any outcome, with nothing else known.
    #[must_use]
    pub fn new(key: StoryKey, captured_at: Timestamp, outcome: NewOutcome) -> Self {
        Self { key, aliases: Vec::new(), captured_at, outcome, observation: Observation::default(), raw: None }
    }
}
