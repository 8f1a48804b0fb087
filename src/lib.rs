//! morgue is an embedded archive of news articles in all their versions.
//!
//! # Concepts
//! A [`Story`] is what a publisher keeps updating; its keys ([`StoryKey`]) are its URLs, or an id. An [`Article`] is what it said at one
//! moment, named by its [`ArticleHash`]. A [`Capture`] is one observation of a story at one time: of an article, or of its
//! absence ([`Outcome`]). Captures are all that is kept; from them follow the [`Revision`]s (runs of captures with the same article), the
//! [`Memento`]s (the article in force at some time, after RFC 7089) and the [`Change`]s (what became known, in the order in which it did).
//!
//! # The archive
//! [`Archive`] has a method for everything one can do. It is cheap to clone and can be used from many threads:
//!
//! ```
//! use morgue::{Archive, Article, Durability, NewCapture, OpenOptions, Selector, StoryKey, diff};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let dir = tempfile::tempdir()?;
//! let archive = Archive::open(dir.path(), &OpenOptions::default())?;
//! let story = StoryKey::url("https://news.example/bridge")?;
//! for (at, text) in [
//!     ("2026-03-01T09:00:00Z", "Divers found a crack of two metres."),
//!     ("2026-03-02T07:30:00Z", "Divers found a crack of three metres."),
//! ] {
//!     let article = Article::new("Old bridge closed").with_text(text);
//!     archive.ingest(NewCapture::article(story.clone(), at.parse()?, article), Durability::Synced)?;
//! }
//! let changed = archive.compare(&story, &"~1".parse::<Selector>()?, &Selector::Latest, &diff::Options::default())?;
//! let changed = changed.expect("there are two revisions");
//! let shown = diff::render::ansi(&changed.diff, &changed.old.article, &changed.new.article, &Default::default());
//! assert!(shown.contains("[-two-]{+three+}"));
//! # Ok(())
//! # }
//! ```
//!
//! The library reads no clock, terminal, environment or home directory: time is an argument.
//!
//! # Modules
//! [`model`] is plain data and pure functions, [`text`] the canonical form of articles, [`mod@diff`] what changed between two, [`engine`]
//! the key-value store underneath, [`migrations`] the way from older formats. The words of the model stand at the
//! root. With the feature `report` there is the module `report`, which looks back: timelines, reports, counts.

mod archive;
pub mod diff;
pub mod engine;
#[cfg(feature = "exchange")]
pub mod exchange;
#[cfg(feature = "fetch")]
pub mod fetch;
mod format;
#[path = "../migrations/mod.rs"]
pub mod migrations;
pub mod model;
#[cfg(feature = "page")]
pub mod page;
#[cfg(feature = "report")]
pub mod report;
pub mod text;
#[cfg(feature = "track")]
pub mod track;

pub use archive::*;
pub use engine::{Durability, EngineKind};
pub use format::{FORMAT_VERSION, FormatError};
pub use model::*;

/// The examples of the README are run as tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
