//! How to follow.

use std::time::Duration;

use crate::page;

use super::schedule::Schedule;

/// How to follow stories.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Options {
    /// When stories are visited again.
    pub schedule: Schedule,
    /// How many hosts are visited at the same time.
    pub parallel: usize,
    /// Of the stories that a source lists at its first visit, so many are followed, the newest; all that come later are.
    pub first: usize,
    /// How many requests may be made a day, if not any number. They are spread over the day.
    pub budget: Option<u64>,
    /// How pages are read.
    pub page: page::Options,
    /// The pauses between two visits of a source that does not say how often: the shortest ...
    pub poll_shortest: Duration,
    /// ... and the longest.
    pub poll_longest: Duration,
    /// While nothing is due, the caller is asked so often whether to go on.
    pub pulse: Duration,
    /// What was archived is synced so often.
    pub sync: Duration,
}

impl Default for Options {
    /// Eight hosts at a time, the 100 newest stories of a new source, no budget, sources every 5 minutes to 6 hours, a pulse a second, a sync
    /// every 5 seconds.
    fn default() -> Self {
        Self {
            schedule: Schedule::default(),
            parallel: 8,
            first: 100,
            budget: None,
            page: page::Options::default(),
            poll_shortest: Duration::from_secs(5 * 60),
            poll_longest: Duration::from_secs(6 * 3_600),
            pulse: Duration::from_secs(1),
            sync: Duration::from_secs(5),
        }
    }
}
