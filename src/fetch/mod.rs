//! Over HTTP: pages, feeds and sitemaps.

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
mod resolve;
mod robots;
#[cfg(test)]
mod testing;
mod turns;
mod visit;

pub use address::is_public;
pub use client::Client;
pub use clock::{Clock, SystemClock};
pub use error::{Cause, Error};
pub use fetched::{Fetched, Redirect, RetryAfter, Validators};
pub use fetcher::Fetcher;
pub use many::{ManyOptions, Visited};
pub use options::Options;
pub use resolve::{Resolve, SystemResolver};
pub use visit::{Request, Seen, Visit};

/// The host and port of a URL, which stand for one server.
fn authority(url: &url::Url) -> String {
    let host = url.host_str().unwrap_or_default();
    match url.port_or_known_default() {
        Some(port) if url.port().is_some() => format!("{host}:{port}"),
        _ => host.to_owned(),
    }
}
