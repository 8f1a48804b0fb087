//! What is to be visited, host by host.

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::fetch::{after, authority};
use crate::model::Timestamp;

/// The first pause of a host that failed; each further failure doubles it.
const FIRST_PAUSE: Duration = Duration::from_secs(30);
/// The longest pause of a host that fails.
const LONGEST_PAUSE: Duration = Duration::from_secs(3_600);
/// So many faults in a row are taken to be of the whole server.
const FAULTS: u32 = 3;
/// A host that asks for a longer pause than that is not believed.
const LONGEST_ASKED: Duration = Duration::from_secs(86_400);

/// What is to be visited.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Job {
    /// A source, for new stories. Comes first.
    Source(String),
    /// A story.
    Story(String),
}

impl Job {
    pub(super) fn url(&self) -> &str {
        let (Self::Source(url) | Self::Story(url)) = self;
        url
    }
}

/// How a host bears up: what is kept over a restart.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Health {
    /// How many visits in a row got no answer, or that of a server in trouble.
    pub(super) failures: u32,
    /// Before which time it is left alone.
    pub(super) not_before: Option<Timestamp>,
}

/// How a visit went for the host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer {
    /// The host answered, whatever it said of the page.
    Well,
    /// No answer, or one that asks to be left alone (429, or 503 with the pause that it asks for).
    Ill(Option<Duration>),
    /// A fault of the server (5xx), which may be of one page alone.
    Faulty,
    /// The host was not asked.
    None,
}

#[derive(Debug, Default)]
struct Host {
    queue: BTreeSet<(Timestamp, Job)>,
    is_busy: bool,
    health: Health,
}

/// All that is to be visited.
#[derive(Debug, Default)]
pub(super) struct Hosts {
    hosts: HashMap<String, Host>,
    /// When each job is due.
    due: HashMap<Job, Timestamp>,
}

impl Hosts {
    /// Says when to do a job, in place of when it was to be done.
    pub(super) fn put(&mut self, job: Job, due: Timestamp) {
        self.remove(&job);
        self.hosts.entry(host_of(&job)).or_default().queue.insert((due, job.clone()));
        self.due.insert(job, due);
    }

    /// Leaves a job undone.
    pub(super) fn remove(&mut self, job: &Job) {
        let Some(due) = self.due.remove(job) else { return };
        let host = host_of(job);
        if let Some(found) = self.hosts.get_mut(&host) {
            found.queue.remove(&(due, job.clone()));
            if found.queue.is_empty() && !found.is_busy && found.health == Health::default() {
                self.hosts.remove(&host);
            }
        }
    }

    /// Takes the job that has been due longest, of a host that is free; its host is busy until [`Hosts::done`].
    pub(super) fn take(
        &mut self,
        upto: Timestamp,
        not_before: impl Fn(&str) -> Timestamp,
        now: Timestamp,
    ) -> Option<Job> {
        let ready = self.hosts.iter().filter(|(name, host)| {
            !host.is_busy
                && host.queue.first().is_some_and(|(due, _)| *due <= upto)
                && host.health.not_before.is_none_or(|until| until <= now)
                && not_before(name) <= now
        });
        let (name, _) =
            ready.min_by(|(a_name, a), (b_name, b)| (a.queue.first(), a_name).cmp(&(b.queue.first(), b_name)))?;
        let host = self.hosts.get_mut(&name.clone())?;
        let (_, job) = host.queue.pop_first()?;
        host.is_busy = true;
        self.due.remove(&job);
        Some(job)
    }

    /// When the next job can be done; `None` where nothing waits. Jobs of hosts that are busy do not count.
    pub(super) fn next(&self, not_before: impl Fn(&str) -> Timestamp) -> Option<Timestamp> {
        let idle = self.hosts.iter().filter(|(_, host)| !host.is_busy);
        idle.filter_map(|(name, host)| {
            let (due, _) = host.queue.first()?;
            Some((*due).max(host.health.not_before.unwrap_or(Timestamp::MIN)).max(not_before(name)))
        })
        .min()
    }

    /// Whether something is due at a time, on a host that may be asked for it now or soon: hosts that are left alone do not count.
    pub(super) fn has_due(&self, upto: Timestamp, now: Timestamp) -> bool {
        self.hosts.values().any(|host| {
            host.queue.first().is_some_and(|(due, _)| *due <= upto)
                && host.health.not_before.is_none_or(|until| until <= now)
        })
    }

    /// The host of a job is free again. Returns its name and health where that has changed.
    pub(super) fn done(&mut self, job: &Job, answer: Answer, now: Timestamp) -> Option<(String, Health)> {
        let name = host_of(job);
        let host = self.hosts.entry(name.clone()).or_default();
        host.is_busy = false;
        let before = host.health;
        host.health = match answer {
            Answer::Well => Health::default(),
            Answer::None => before,
            Answer::Faulty if before.failures + 1 < FAULTS => Health { failures: before.failures + 1, ..before },
            Answer::Faulty | Answer::Ill(_) => {
                let asked = if let Answer::Ill(asked) = answer { asked } else { None };
                let failures = before.failures.saturating_add(1);
                let pause = FIRST_PAUSE.saturating_mul(1 << (failures - 1).min(16)).min(LONGEST_PAUSE);
                let pause = pause.max(asked.unwrap_or_default().min(LONGEST_ASKED));
                Health { failures, not_before: Some(after(now, pause)) }
            }
        };
        let health = host.health;
        if host.queue.is_empty() && health == Health::default() {
            self.hosts.remove(&name);
        }
        (health != before).then_some((name, health))
    }

    /// Says how a host was left at the last run.
    pub(super) fn set_health(&mut self, host: &str, health: Health) {
        self.hosts.entry(host.to_owned()).or_default().health = health;
    }
}

/// The host and port of a URL.
pub(super) fn host_of(job: &Job) -> String {
    host(job.url())
}

pub(super) fn host(url: &str) -> String {
    url::Url::parse(url).map(|url| authority(&url)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_micros(seconds * 1_000_000).unwrap()
    }

    fn story(host: &str, name: u32) -> Job {
        Job::Story(format!("https://{host}.example/{name}"))
    }

    fn free(_: &str) -> Timestamp {
        Timestamp::MIN
    }

    #[test]
    fn a_host_has_one_visit_at_a_time_and_what_is_due_longest_comes_first() {
        let mut hosts = Hosts::default();
        hosts.put(story("a", 1), at(5));
        hosts.put(story("a", 2), at(3));
        hosts.put(story("b", 1), at(4));
        hosts.put(story("b", 2), at(90));
        assert_eq!(hosts.take(at(10), free, at(10)), Some(story("a", 2)));
        assert_eq!(hosts.take(at(10), free, at(10)), Some(story("b", 1)));
        assert_eq!(hosts.take(at(10), free, at(10)), None, "both are busy");
        hosts.done(&story("a", 2), Answer::Well, at(11));
        hosts.done(&story("b", 1), Answer::Well, at(11));
        assert_eq!(hosts.take(at(11), free, at(11)), Some(story("a", 1)));
        assert_eq!(hosts.take(at(11), free, at(11)), None);
        assert_eq!(hosts.next(free), Some(at(90)));
        hosts.put(story("b", 2), at(12));
        assert_eq!((hosts.next(free), hosts.due.len()), (Some(at(12)), 1), "in place of what was said before");
        assert_eq!(hosts.next(|_| at(20)), Some(at(20)), "the pause between two visits");
    }

    #[test]
    fn a_host_in_trouble_is_left_alone_ever_longer_and_as_long_as_it_asks() {
        let mut hosts = Hosts::default();
        let job = story("a", 1);
        let mut until = Vec::new();
        for _ in 0..9 {
            hosts.put(job.clone(), at(0));
            let (_, health) = hosts.done(&job, Answer::Ill(None), at(0)).unwrap();
            until.push(health.not_before.unwrap());
            assert_eq!(hosts.take(at(10), free, at(10)), None);
        }
        assert_eq!(until[..3], [at(30), at(60), at(120)]);
        assert_eq!(until[8], at(3_600));
        let asked = |seconds| Answer::Ill(Some(Duration::from_secs(seconds)));
        assert_eq!(hosts.done(&job, asked(7_200), at(0)).unwrap().1.not_before, Some(at(7_200)));
        assert_eq!(hosts.done(&job, asked(u64::MAX), at(0)).unwrap().1.not_before, Some(at(86_400)));
        assert_eq!(hosts.done(&job, Answer::Well, at(0)).unwrap().1, Health::default());
        let pauses = [0; 3].map(|_| hosts.done(&job, Answer::Faulty, at(0)).unwrap().1.not_before);
        assert_eq!(pauses, [None, None, Some(at(120))], "faults may be of a page");
        assert!(hosts.has_due(at(1), at(900)) && !hosts.has_due(at(1), at(10)));
        assert_eq!(hosts.done(&job, Answer::Well, at(0)).unwrap().1, Health::default());
        assert_eq!(hosts.done(&job, Answer::Well, at(0)), None);
        assert_eq!(hosts.take(at(10), free, at(10)), Some(job));
    }

    #[test]
    fn what_is_forgotten_leaves_nothing_behind() {
        let mut hosts = Hosts::default();
        for number in 0..100 {
            hosts.put(story(&format!("h{number}"), 1), at(1));
        }
        for number in 0..100 {
            hosts.remove(&story(&format!("h{number}"), 1));
        }
        assert!(hosts.hosts.is_empty() && hosts.due.is_empty());
    }
}
