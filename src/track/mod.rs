//! Tracking: following stories as they change.
//!
//! A [`Watchlist`] names [`Source`]s: feeds, sitemaps, front pages, single stories. A [`Tracker`] visits them for new stories, and each story again and
//! again, ever more rarely as it grows older ([`Schedule`]), and archives what it finds. What it must know over a restart it keeps in the
//! archive ([`Archive::state`](crate::Archive::state)); when a story is to be visited follows from its captures.

mod budget;
mod counts;
mod error;
mod file;
mod find;
mod hosts;
mod known;
mod opml;
mod options;
mod poll;
mod run;
mod schedule;
mod source;
mod status;
mod story;
pub mod tell;
mod tracker;
mod watchlist;

pub use counts::Counts;
pub use error::Error;
pub use find::{Entry, Found, NotFound, find};
pub use opml::{OpmlError, from_opml, to_opml};
pub use options::Options;
pub use run::Until;
pub use schedule::{Next, Schedule, Site, Watched};
pub use source::{Every, ParseEveryError, Source, SourceKind};
pub use status::{SourceStatus, Status, Troubled, tags_of};
pub use tracker::Tracker;
pub use watchlist::Watchlist;
