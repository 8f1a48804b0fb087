//! Why something could not be fetched.

use std::net::IpAddr;

use super::fetched::Redirect;

/// A URL that could not be fetched.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{url}: {cause}")]
#[non_exhaustive]
pub struct Error {
    /// The URL at which it failed, the last one after redirects.
    pub url: String,
    /// The redirects that led there, the one of the URL that was asked for first.
    pub redirects: Vec<Redirect>,
    /// Why.
    pub cause: Cause,
}

impl Error {
    /// Says whether nothing was asked of the server: the fault is in what was asked for, and tells nothing of the page.
    #[must_use]
    pub fn is_refusal(&self) -> bool {
        self.redirects.is_empty()
            && matches!(
                self.cause,
                Cause::Url { .. }
                    | Cause::PrivateAddress { .. }
                    | Cause::Robots { .. }
                    | Cause::RobotsUnavailable { .. }
            )
    }
}

/// Why a URL could not be fetched. Said without the URL, and without anything that differs from one try to the next.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Cause {
    /// It is no URL of a page.
    #[error("not a URL that can be fetched: {reason}")]
    Url {
        /// Why not.
        reason: String,
    },
    /// The host is at an address that is not of the public internet.
    #[error("{address} is not a public address")]
    PrivateAddress {
        /// The address.
        address: IpAddr,
    },
    /// The host's robots.txt forbids it.
    #[error("robots.txt of {host} forbids it ({rule})")]
    Robots {
        /// The host.
        host: String,
        /// The rule, as it stands there.
        rule: String,
    },
    /// The host's robots.txt could not be read, so that it must be taken to forbid everything for now (RFC 9309, 2.3.1.4).
    #[error("robots.txt of {host} answers {status}, so that nothing may be fetched there now")]
    RobotsUnavailable {
        /// The host.
        host: String,
        /// The status of the answer.
        status: u16,
    },
    /// The name has no address, or none can be found out now.
    #[error("{host} cannot be looked up: {reason}")]
    NoSuchHost {
        /// The host.
        host: String,
        /// What the look-up said.
        reason: String,
    },
    /// No connection came about.
    #[error("cannot connect to {host}: {reason}")]
    Connect {
        /// The host.
        host: String,
        /// Why not.
        reason: String,
    },
    /// The connection is not to be trusted.
    #[error("no trusted connection to {host}: {reason}")]
    Tls {
        /// The host.
        host: String,
        /// Why not.
        reason: String,
    },
    /// It took too long.
    #[error("timed out: {what}")]
    Timeout {
        /// What took too long.
        what: String,
    },
    /// The body is longer than is read.
    #[error("more than {max_bytes} bytes")]
    TooLarge {
        /// The bound.
        max_bytes: usize,
    },
    /// There are more redirects than are followed.
    #[error("more than {max} redirects")]
    TooManyRedirects {
        /// The bound.
        max: usize,
    },
    /// The redirects lead back to where they were.
    #[error("a loop of redirects, back to {to}")]
    RedirectLoop {
        /// Where they lead back to.
        to: String,
    },
    /// A redirect leads to what is no page.
    #[error("a redirect to {to:?}, which is not followed: {reason}")]
    Redirect {
        /// Where it leads.
        to: String,
        /// Why it is not followed.
        reason: String,
    },
    /// The body is not in the encoding that the header names, or that one is not known.
    #[error("cannot undo the content encoding {encoding}: {reason}")]
    Encoding {
        /// The `Content-Encoding`.
        encoding: String,
        /// Why not.
        reason: String,
    },
    /// The connection ended before the answer did.
    #[error("the connection broke off: {reason}")]
    BrokenOff {
        /// How.
        reason: String,
    },
    /// The answer is not HTTP as it should be.
    #[error("not a valid answer: {reason}")]
    Protocol {
        /// What is wrong with it.
        reason: String,
    },
}
