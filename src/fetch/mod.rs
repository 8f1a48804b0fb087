//! Over HTTP: pages, feeds and sitemaps.
//!
//! A [`Client`] asks one server, once, and ends in bounded time and memory whatever it is told. A [`Fetcher`] is polite besides:
//! it reads robots.txt, and visits a host one page at a time with a pause between two. A *visit* ([`Fetcher::visit`]) makes
//! captures of what was at a URL, a failure too: an archive wants to know that a story is gone, has moved, or could not be
//! reached. [`Fetcher::visit_all`] makes many, hosts side by side. Feeds and sitemaps are [`list`]s of URLs.
//!
//! Nothing here keeps anything between two runs: what to visit when, and the [`Validators`] of the last visit, are the caller's.
//!
//! ```no_run
//! use std::sync::Arc;
//! use morgue::fetch::{Client, Fetcher, Options, Request, SystemClock};
//! use morgue::{Archive, Durability, OpenOptions, page};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let archive = Archive::open("news", &OpenOptions::default())?;
//! let fetcher = Fetcher::new(Client::new(Options::default()), Arc::new(SystemClock));
//! let visit = fetcher.visit(&Request::new("https://news.example/bridge"), &page::Options::default())?;
//! for capture in visit.seen.into_captures() {
//!     archive.ingest(capture, Durability::Synced)?;
//! }
//! # Ok(())
//! # }
//! ```

mod address;
mod body;
mod client;
mod clock;
mod error;
mod fetched;
mod fetcher;
pub mod list;
mod many;
mod options;
mod post;
mod resolve;
mod robots;
#[cfg(test)]
mod testing;
mod turns;
mod visit;

pub use address::is_public;
pub use client::Client;
#[cfg(feature = "track")]
pub(crate) use clock::after;
pub use clock::{Clock, SystemClock};
pub use error::{Cause, Error};
pub use fetched::{Fetched, Redirect, RetryAfter, Validators};
pub use fetcher::Fetcher;
pub use many::{ManyOptions, Visited};
pub use options::Options;
pub use resolve::{Resolve, SystemResolver};
pub use visit::{Request, Seen, Visit};

/// The host and port of a URL, which stand for one server.
pub(crate) fn authority(url: &url::Url) -> String {
    let host = url.host_str().unwrap_or_default();
    match url.port_or_known_default() {
        Some(port) if url.port().is_some() => format!("{host}:{port}"),
        _ => host.to_owned(),
    }
}
