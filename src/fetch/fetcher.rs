//! Politeness around a [`Client`].

use std::sync::Arc;
use std::time::Duration;

use super::authority;
use super::client::{Body, Client};
use super::clock::Clock;
use super::error::Error;
use super::fetched::{Fetched, Validators};
use super::robots::RobotsCache;
use super::turns::{Turn, Turns};
use crate::model::Timestamp;

/// Asks servers politely.
///
/// One request at a time a host, a pause between two visits of one ([`Options::delay`](super::Options::delay), or what its robots.txt
/// asks for), and nothing that its robots.txt forbids (RFC 9309). The pause is between visits: robots.txt, which is asked for once a day a
/// host, and the redirects of a visit that stay on the host follow at once. When to visit what is for the caller to say.
///
/// Cheap to clone; clones share what is known of the hosts, of 10,000 at most.
#[derive(Debug, Clone)]
pub struct Fetcher {
    client: Client,
    clock: Arc<dyn Clock>,
    turns: Arc<Turns>,
    robots: Arc<RobotsCache>,
}

impl Fetcher {
    /// Returns a fetcher that asks by `client`, and waits by `clock`.
    #[must_use]
    pub fn new(client: Client, clock: Arc<dyn Clock>) -> Self {
        let (turns, robots) = (Turns::new(Arc::clone(&clock)), Arc::new(RobotsCache::new(Arc::clone(&clock))));
        Self { client, clock, turns, robots }
    }

    /// Returns the client that asks.
    #[must_use]
    pub const fn client(&self) -> &Client {
        &self.client
    }

    /// Returns the time by its clock.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Waits for the host's turn, asks for a URL, and follows redirects, each in its host's turn.
    ///
    /// # Errors
    /// As [`Client::get`], and when the robots.txt of one of the hosts forbids it or cannot be had.
    pub fn get(&self, url: &str, validators: &Validators) -> Result<Fetched, Error> {
        self.client.follow(url, validators, Body::Whole, |url, held: Option<Turn>| {
            let (host, pause) = (authority(url), self.client.options().delay);
            // The turn of another host is given back before one waits for the next: two that wait for each other wait for ever.
            let mut turn = match held.filter(|turn| turn.host() == host) {
                Some(turn) => turn,
                None => self.turns.take(&host, pause),
            };
            if !self.client.options().ignore_robots {
                let asked = self.robots.check(&self.client, url).inspect_err(|_| turn.pause = Duration::ZERO)?;
                turn.pause = pause.max(asked);
            }
            Ok(Some(turn))
        })
    }

    /// Returns when a host (with its port, where that is not the usual one) may be visited again; past where it may be now.
    pub(crate) fn not_before(&self, host: &str) -> Timestamp {
        self.turns.not_before(host)
    }
}
