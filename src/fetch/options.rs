//! How to fetch.

use std::net::IpAddr;
use std::time::Duration;

/// How to fetch: the name to give, and the bounds.
///
/// ```
/// let options = morgue::fetch::Options { user_agent: "gazette-watch/2".to_owned(), ..Default::default() };
/// assert_eq!(options.agent(), "gazette-watch");
/// assert!(!options.allow_private);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// The `User-Agent` header. What stands before its first `/` or space is the name that robots.txt is read for.
    pub user_agent: String,
    /// Whether addresses may be connected to that are not of the public internet: loopback, a local network and so on.
    pub allow_private: bool,
    /// Addresses that may be connected to though they are not public, where not all may be.
    pub trusted: Vec<IpAddr>,
    /// Whether robots.txt is left unread.
    pub ignore_robots: bool,
    /// The most bytes of a body, both as sent and with gzip or brotli undone.
    pub max_bytes: usize,
    /// The most redirects that are followed.
    pub max_redirects: usize,
    /// The time for looking up a name, and again for connecting with TLS.
    pub connect_timeout: Duration,
    /// The time that a server may be silent.
    pub read_timeout: Duration,
    /// The time for all of it, redirects included, without the waits for a host's turn.
    pub total_timeout: Duration,
    /// The time between two visits of one host; what its robots.txt asks for counts where it is longer, up to 5 minutes.
    pub delay: Duration,
    /// Certificates in DER to trust in place of Mozilla's list, such as those of a network of one's own; empty for that list.
    pub roots: Vec<Vec<u8>>,
}

impl Default for Options {
    /// Ten redirects, 16 MiB, 10 s to connect, 20 s of silence, 60 s in all, 1 s between visits.
    fn default() -> Self {
        Self {
            user_agent: default_user_agent(),
            allow_private: false,
            trusted: Vec::new(),
            ignore_robots: false,
            max_bytes: 16 << 20,
            max_redirects: 10,
            connect_timeout: Duration::from_secs(10),
            read_timeout: Duration::from_secs(20),
            total_timeout: Duration::from_secs(60),
            delay: Duration::from_secs(1),
            roots: Vec::new(),
        }
    }
}

impl Options {
    /// Returns the name that robots.txt is read for.
    #[must_use]
    pub fn agent(&self) -> &str {
        self.user_agent.split(['/', ' ']).next().unwrap_or_default()
    }
}

/// Name and version, and where to read more, if the package says so.
fn default_user_agent() -> String {
    let name = concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION"));
    match [env!("CARGO_PKG_HOMEPAGE"), env!("CARGO_PKG_REPOSITORY")].into_iter().find(|url| !url.is_empty()) {
        Some(url) => format!("{name} (+{url})"),
        None => name.to_owned(),
    }
}
