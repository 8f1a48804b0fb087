//! What robots.txt allows (RFC 9309).

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use robotxt::Robots;
use url::Url;

use super::client::{Body, Client};
use super::clock::{Clock, after};
use super::error::Cause;
use super::fetched::{Fetched, Validators};
use crate::model::Timestamp;

/// So many hosts are remembered; the ones that would be asked again first are forgotten.
const MAX_HOSTS: usize = 1_000;
/// A crawler should not use what it has for longer than a day (RFC 9309, 2.4).
const KEPT: Duration = Duration::from_hours(24);
/// A server that cannot say now what it allows is asked again soon.
const KEPT_FAILURE: Duration = Duration::from_mins(1);
/// A longer `Crawl-delay` is taken as this.
const MAX_DELAY: Duration = Duration::from_mins(5);

/// The rules of the hosts that were asked for them.
#[derive(Debug)]
pub(super) struct RobotsCache {
    clock: Arc<dyn Clock>,
    hosts: Mutex<HashMap<String, Entry>>,
}

#[derive(Debug, Clone)]
struct Entry {
    rules: Rules,
    until: Timestamp,
}

#[derive(Debug, Clone)]
enum Rules {
    Known(Arc<Robots>),
    Unavailable(u16),
    Failed(Cause),
}

impl RobotsCache {
    pub(super) fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, hosts: Mutex::default() }
    }

    /// Returns the pause that the host asks for, if the URL may be fetched; asks the host unless its rules are known.
    pub(super) fn check(&self, client: &Client, url: &Url) -> Result<Duration, Cause> {
        let host = super::authority(url);
        let robots = match self.rules(client, url) {
            Rules::Known(robots) => robots,
            Rules::Unavailable(status) => return Err(Cause::RobotsUnavailable { host, status }),
            Rules::Failed(cause) => return Err(cause),
        };
        if robots.is_url_allowed(url) {
            return Ok(robots.crawl_delay().unwrap_or_default().min(MAX_DELAY));
        }
        let query = url.query().map(|query| format!("?{query}")).unwrap_or_default();
        let rule = robots.matching_rule(&format!("{}{query}", url.path())).map_or("*", |rule| rule.pattern());
        Err(Cause::Robots { host, rule: format!("Disallow: {rule}") })
    }

    fn rules(&self, client: &Client, url: &Url) -> Rules {
        let origin = url.origin().ascii_serialization();
        let now = self.clock.now();
        let known = self.lock().get(&origin).filter(|entry| entry.until > now).cloned();
        if let Some(entry) = known {
            return entry.rules;
        }
        // Not under the lock: other hosts do not wait for this one. Whoever has the turn of this host is alone with it.
        let rules = ask(client, &origin);
        let kept = if matches!(rules, Rules::Known(_)) { KEPT } else { KEPT_FAILURE };
        let mut hosts = self.lock();
        make_room(&mut hosts, now);
        hosts.insert(origin, Entry { rules: rules.clone(), until: after(now, kept) });
        rules
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<String, Entry>> {
        self.hosts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn make_room(hosts: &mut HashMap<String, Entry>, now: Timestamp) {
    if hosts.len() < MAX_HOSTS {
        return;
    }
    hosts.retain(|_, entry| entry.until > now);
    let mut ends: Vec<Timestamp> = hosts.values().map(|entry| entry.until).collect();
    ends.sort_unstable();
    if hosts.len() >= MAX_HOSTS
        && let Some(middle) = ends.get(ends.len() / 2).copied()
    {
        hosts.retain(|_, entry| entry.until > middle);
    }
}

/// Asks a host for its rules, which may lie behind redirects. Of a long file the beginning counts.
fn ask(client: &Client, origin: &str) -> Rules {
    let answer = client.follow(
        &format!("{origin}/robots.txt"),
        &Validators::default(),
        Body::Beginning(robotxt::BYTE_LIMIT + 1),
        |_, ()| Ok(()),
    );
    match answer {
        Ok(fetched) => of_answer(&fetched, client.options().agent()),
        Err(error) if matches!(error.cause, Cause::TooManyRedirects { .. } | Cause::RedirectLoop { .. }) => allow_all(),
        Err(error) => Rules::Failed(error.cause),
    }
}

/// RFC 9309, 2.3.1: what is not there forbids nothing, and what cannot be had forbids all. "Too many requests" is of the second kind.
fn of_answer(fetched: &Fetched, agent: &str) -> Rules {
    match fetched.status {
        200..=299 => Rules::Known(Arc::new(Robots::parse(&fetched.body, agent))),
        status @ (429 | 500..) => Rules::Unavailable(status),
        _ => allow_all(),
    }
}

fn allow_all() -> Rules {
    Rules::Known(Arc::new(Robots::allow_all()))
}
