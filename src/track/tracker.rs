//! The tracker: what it knows, and what follows from a visit.

mod keep;
mod list;
mod visits;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use crate::archive::Archive;
use crate::fetch::{self, Client, Clock, Fetcher, Resolve, SystemResolver};
use crate::model::{StoryKey, Timestamp};

use super::budget::Budget;
use super::counts::Counts;
use super::error::Error;
use super::hosts::{Hosts, Job};
use super::options::Options;
use super::poll::Polled;
use super::schedule::Site;
use super::source::Source;
use super::story::{CameWith, Followed, Seen};
use super::watchlist::Watchlist;

pub(super) use keep::decode;

/// Follows stories: visits sources for new ones, and stories for changes, and archives what it finds.
///
/// All that it knows is in the archive: that a story is followed, and what was seen of it, from which follows when it is to be visited
/// again. So one that was stopped, however hard, goes on where it was; a visit that was not archived is made again, and one that was is not.
///
/// ```no_run
/// use std::ops::ControlFlow;
/// use std::path::Path;
/// use std::sync::Arc;
/// use morgue::fetch::{self, SystemClock};
/// use morgue::track::{Options, Source, Tracker, Until, Watchlist};
/// use morgue::{Archive, OpenOptions};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let archive = Archive::open("news", &OpenOptions::default())?;
/// let list = Watchlist::new([Source::new("https://news.example/feed.xml")])?;
/// let mut tracker = Tracker::open(&archive, &list, fetch::Options::default(), Arc::new(SystemClock), Options::default())?;
/// tracker.run(Until::NothingDue, |_| Ok::<_, morgue::track::Error>(ControlFlow::Continue(())))?;
/// println!("{} edits so far", tracker.counts().edits);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Tracker {
    pub(super) archive: Archive,
    pub(super) options: Options,
    pub(super) clock: Arc<dyn Clock>,
    /// For the public internet, and for sources that may be elsewhere.
    fetchers: [Fetcher; 2],
    /// When the pause after the last visit of a host by an earlier run ends.
    rested: HashMap<String, Timestamp>,
    list: Watchlist,
    pub(super) hosts: Hosts,
    polled: HashMap<String, Polled>,
    /// Those that are visited, by their URLs.
    stories: HashMap<String, Story>,
    by_name: HashMap<StoryKey, String>,
    sites: HashMap<String, Site>,
    budget: Option<Budget>,
    /// By how much pauses are lengthened, and until when that holds.
    stretch: f64,
    stretch_until: Timestamp,
    counts: Counts,
    /// What is to be written with the next sync.
    unwritten: BTreeMap<String, Option<Vec<u8>>>,
    /// When a story was last found.
    newest_found: Option<Timestamp>,
    pub(super) synced_at: Timestamp,
    is_synced: bool,
}

/// When hosts may be visited again.
struct Rest<'a> {
    fetchers: &'a [Fetcher; 2],
    before: &'a HashMap<String, Timestamp>,
}

impl Rest<'_> {
    fn over(&self, host: &str) -> Timestamp {
        let [public, private] = self.fetchers;
        let before = self.before.get(host).copied().unwrap_or(Timestamp::MIN);
        public.not_before(host).max(private.not_before(host)).max(before)
    }
}

#[derive(Debug)]
struct Story {
    followed: Followed,
    name: Option<StoryKey>,
    seen: Option<Seen>,
}

impl Tracker {
    /// Returns a tracker of what a list names, which goes on where the last one of this archive was.
    ///
    /// Sources that are new to it are due at once; those that the list no longer has are forgotten, with the stories that no other source
    /// lists. What was archived of them stays.
    ///
    /// # Errors
    /// An archive that is read-only or damaged, or was followed by a newer program.
    pub fn open(
        archive: &Archive,
        list: &Watchlist,
        fetch: fetch::Options,
        clock: Arc<dyn Clock>,
        options: Options,
    ) -> Result<Self, Error> {
        Self::with_resolver(archive, list, fetch, Arc::new(SystemResolver), clock, options)
    }

    /// Returns a tracker, as [`Tracker::open`] does, that looks names of hosts up by `names`.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use morgue::Archive;
    /// use morgue::fetch::{self, SystemClock, SystemResolver};
    /// use morgue::track::{Options, Tracker, Watchlist};
    ///
    /// let (archive, names) = (Archive::in_memory(), Arc::new(SystemResolver));
    /// let (list, fetch, clock) = (Watchlist::default(), fetch::Options::default(), Arc::new(SystemClock));
    /// let tracker = Tracker::with_resolver(&archive, &list, fetch, names, clock, Options::default())?;
    /// assert_eq!(tracker.counts().visits, 0);
    /// # Ok::<(), morgue::track::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Tracker::open`].
    pub fn with_resolver(
        archive: &Archive,
        list: &Watchlist,
        fetch: fetch::Options,
        names: Arc<dyn Resolve>,
        clock: Arc<dyn Clock>,
        options: Options,
    ) -> Result<Self, Error> {
        let open = |allow_private| {
            let options = fetch::Options { allow_private, ..fetch.clone() };
            Fetcher::new(Client::with_resolver(options, Arc::clone(&names)), Arc::clone(&clock))
        };
        let now = clock.now();
        let mut tracker = Self {
            fetchers: [open(fetch.allow_private), open(true)],
            rested: HashMap::new(),
            archive: archive.clone(),
            list: Watchlist::default(),
            hosts: Hosts::default(),
            polled: HashMap::new(),
            stories: HashMap::new(),
            by_name: HashMap::new(),
            sites: HashMap::new(),
            budget: None,
            stretch: 1.0,
            stretch_until: Timestamp::MIN,
            counts: Counts::default(),
            unwritten: BTreeMap::new(),
            newest_found: None,
            synced_at: now,
            is_synced: true,
            clock,
            options,
        };
        tracker.read()?;
        tracker.follow(list)?;
        tracker.sync()?;
        Ok(tracker)
    }

    /// The fetcher for a source or a story.
    pub(super) fn fetcher(&self, job: &Job) -> Fetcher {
        let may = match job {
            Job::Source(url) => self.list.get(url).is_some_and(|source| source.allow_private),
            Job::Story(url) => {
                self.stories.get(url).is_some_and(|story| self.sources_of(story).any(|source| source.allow_private))
            }
        };
        let [public, private] = &self.fetchers;
        if may { private.clone() } else { public.clone() }
    }

    pub(super) fn take_job(&mut self, upto: Timestamp, now: Timestamp) -> Option<Job> {
        let rest = Rest { fetchers: &self.fetchers, before: &self.rested };
        self.hosts.take(upto, |host| rest.over(host), now)
    }

    pub(super) fn next_due(&self) -> Option<Timestamp> {
        let rest = Rest { fetchers: &self.fetchers, before: &self.rested };
        self.hosts.next(|host| rest.over(host))
    }

    /// When the latest story of those that wait for their first visit was found.
    pub(super) const fn newest_found(&self) -> Option<Timestamp> {
        self.newest_found
    }

    /// When the budget allows a request: now or later.
    pub(super) fn allowed_at(&mut self, now: Timestamp) -> Timestamp {
        match (self.options.budget, &mut self.budget) {
            (Some(a_day), Some(budget)) => budget.next(a_day, now),
            _ => now,
        }
    }

    /// Returns the source of a URL, and what is needed to visit it again.
    pub(super) fn source(&self, url: &str) -> Option<(Source, Polled)> {
        let source = self.list.get(url)?.clone();
        let polled = self.polled.get(url).cloned().unwrap_or_default();
        Some((Source { kind: source.kind.or(polled.kind), ..source }, polled))
    }

    /// Returns what came with a story whose page is not kept.
    pub(super) fn came_with(&self, job: &Job) -> Option<CameWith> {
        self.stories.get(job.url())?.followed.came_with.clone()
    }

    /// Returns what was done so far, by earlier runs too.
    #[must_use]
    pub const fn counts(&self) -> &Counts {
        &self.counts
    }

    /// Returns the archive.
    #[must_use]
    pub const fn archive(&self) -> &Archive {
        &self.archive
    }
}
