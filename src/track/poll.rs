//! How often a source is visited.
//!
//! By the same rule as a story ([`Schedule`](super::Schedule)): when the edits that are missed reach a share. Until a story is found, its edits are
//! missed; `r` new stories an hour wait half a pause `p` each, in which an edit is made with a chance of `u * p / 2` (`u`: what is usual of a young
//! story), so that `r * p * u * p / 2` edits are missed in a pause. That is the share at `p = sqrt(2 * share / (u * r))`: four times as many stories
//! halve the pause.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::fetch::{Validators, after};
use crate::model::Timestamp;

use super::options::Options;
use super::schedule::USUAL_RATE;
use super::source::{Source, SourceKind};

/// The new stories an hour of a source of which nothing is known: as many as make its first pause a quarter of an hour.
const FIRST_RATE: f64 = 8.0;
/// The weight of the latest pause in the rate of new stories.
const LATEST: f64 = 0.3;

/// What is kept of a source between two visits.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Polled {
    /// When it was visited last.
    pub(super) at: Option<Timestamp>,
    /// When it is to be visited again.
    pub(super) due: Option<Timestamp>,
    /// What it was found to be.
    pub(super) kind: Option<SourceKind>,
    pub(super) title: Option<String>,
    pub(super) etag: Option<String>,
    pub(super) last_modified: Option<String>,
    /// New stories an hour, the latest pauses weighing most.
    rate: Option<f64>,
    /// How many stories it has listed.
    pub(super) stories: u64,
    /// How many visits in a row have failed, and why the last one did.
    pub(super) failures: u32,
    pub(super) failure: Option<String>,
}

impl Polled {
    pub(super) fn validators(&self) -> Validators {
        Validators { etag: self.etag.clone(), last_modified: self.last_modified.clone() }
    }

    /// Notes a visit that found so many new stories.
    pub(super) fn well(&mut self, new: usize, source: &Source, now: Timestamp, options: &Options) {
        if let Some(last) = self.at {
            let hours = (now.as_micros() - last.as_micros()).max(1) as f64 / 3.6e9;
            let now = new as f64 / hours;
            // One pause without news is no reason to stay away for hours.
            let before = self.rate.unwrap_or(FIRST_RATE);
            self.rate = Some(before + LATEST * (now - before));
        }
        (self.at, self.failures, self.failure) = (Some(now), 0, None);
        self.stories += new as u64;
        self.due = Some(after(now, self.pause(source, options)));
    }

    /// Notes a visit that failed.
    pub(super) fn failed(&mut self, cause: String, source: &Source, now: Timestamp, options: &Options) {
        self.failures = self.failures.saturating_add(1);
        self.failure = Some(cause);
        let pause = self.pause(source, options).saturating_mul(1 << self.failures.min(16));
        self.due = Some(after(now, pause.min(options.poll_longest.max(self.pause(source, options)))));
    }

    fn pause(&self, source: &Source, options: &Options) -> Duration {
        if let Some(every) = source.every {
            return every.duration();
        }
        let rate = self.rate.unwrap_or(FIRST_RATE).max(1e-6);
        let hours = (2.0 * options.schedule.expected / (USUAL_RATE * rate)).sqrt();
        let pause = Duration::try_from_secs_f64(hours * 3_600.0).unwrap_or(options.poll_longest);
        pause.clamp(options.poll_shortest, options.poll_longest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pauses(polls: &[(i64, usize)], source: &Source) -> Vec<i64> {
        let at = |minutes: i64| Timestamp::from_micros(minutes * 60_000_000).unwrap();
        let mut polled = Polled::default();
        polls
            .iter()
            .map(|(minute, new)| {
                polled.well(*new, source, at(*minute), &Options::default());
                (polled.due.unwrap().as_micros() - at(*minute).as_micros()) / 60_000_000
            })
            .collect()
    }

    #[test]
    fn a_source_is_visited_as_often_as_it_has_something_new() {
        let source = Source::new("https://news.example/");
        assert_eq!(pauses(&[(0, 50)], &source), [15], "what it lists at first is no news");
        let busy = pauses(&[(0, 50), (15, 9), (20, 4), (25, 4)], &source);
        assert_eq!(busy[1..], [10, 8, 7]);
        let calm: Vec<i64> =
            pauses(&[(0, 50), (15, 1), (30, 0), (60, 0), (120, 0), (240, 0), (480, 0), (840, 0)], &source);
        assert!(calm[1..].is_sorted() && calm.last() == Some(&47), "{calm:?}");
        let slow = pauses(&[(0, 50), (15, 0), (36, 0), (66, 0)], &source);
        assert_eq!(slow, [15, 17, 21, 25], "nothing new in the first pauses");
    }

    #[test]
    fn a_pause_that_was_asked_for_holds_but_where_the_source_fails() {
        let source = Source { every: Some("1m".parse().unwrap()), ..Source::new("https://news.example/") };
        assert_eq!(pauses(&[(0, 5), (1, 0), (2, 0)], &source), [1, 1, 1]);
        let at = Timestamp::from_micros(0).unwrap();
        let mut polled = Polled::default();
        let minutes: Vec<i64> = (0..12)
            .map(|_| {
                polled.failed("500".into(), &source, at, &Options::default());
                polled.due.unwrap().as_micros() / 60_000_000
            })
            .collect();
        assert_eq!((&minutes[..3], minutes[11]), (&[2, 4, 8][..], 360));
    }
}
