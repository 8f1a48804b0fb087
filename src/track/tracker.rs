//! The tracker: what it knows, and what follows from a visit.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;
use tracing::{info, warn};

use crate::archive::{Archive, Effect, Error as ArchiveError, Ingested};
use crate::engine::Durability;
use crate::fetch::{self, Client, Clock, Fetcher, Seen as There, Visit, after};
use crate::model::{NewOutcome, OutcomeKind, RevisionKind, StoryKey, Timestamp};

use super::budget::Budget;
use super::counts::Counts;
use super::error::Error;
use super::find::{Entry, Found, NotFound};
use super::hosts::{Answer, Health, Hosts, Job, host};
use super::known::Known;
use super::options::Options;
use super::poll::Polled;
use super::schedule::{Next, Site};
use super::source::{Source, SourceKind};
use super::story::{Followed, Seen, jittered};
use super::watchlist::{PART, Watchlist};

/// A visit that robots.txt or the address forbids is thought of again after a day.
const REFUSED_AGAIN: std::time::Duration = std::time::Duration::from_secs(86_400);
const STRETCH_HOLDS: std::time::Duration = std::time::Duration::from_secs(60);
const DAY_MICROS: f64 = 86_400e6;
/// As many stories beyond those that it lists now are remembered of a source.
const KNOWN_BEYOND: usize = 1_000;

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
        let open = |allow_private| {
            let options = fetch::Options { allow_private, ..fetch.clone() };
            Fetcher::new(Client::new(options), Arc::clone(&clock))
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

    /// Reads what the last run has kept.
    fn read(&mut self) -> Result<(), Error> {
        let now = self.clock.now();
        for (name, value) in self.archive.states(PART)? {
            match name.split_once(':') {
                Some(("poll", url)) => {
                    let polled: Polled = decode(&name, &value)?;
                    self.rest(url, polled.at);
                    self.polled.insert(url.to_owned(), polled);
                }
                Some(("host", host)) => self.hosts.set_health(host, decode(&name, &value)?),
                Some(("story", url)) => {
                    let followed: Followed = decode(&name, &value)?;
                    if followed.ended.is_none() {
                        self.take_up(url, followed)?;
                    }
                }
                None if name == "counts" => self.counts = decode(&name, &value)?,
                None if name == "budget" => self.budget = Some(decode(&name, &value)?),
                _ => {}
            }
        }
        if let Some(a_day) = self.options.budget {
            self.budget.get_or_insert_with(|| Budget::new(a_day, now));
        }
        Ok(())
    }

    /// Has a host rest after a visit by an earlier run.
    fn rest(&mut self, url: &str, visited_at: Option<Timestamp>) {
        let Some(at) = visited_at else { return };
        let [public, _] = &self.fetchers;
        let over = after(at, public.client().options().delay);
        if over > self.clock.now() {
            let rested = self.rested.entry(host(url)).or_insert(over);
            *rested = over.max(*rested);
        }
    }

    /// Takes up a story that is followed.
    fn take_up(&mut self, url: &str, followed: Followed) -> Result<(), Error> {
        let Ok(key) = StoryKey::url(url) else { return Ok(()) };
        let seen = Seen::read(&self.archive, &key)?;
        let (name, seen) = seen.map_or((None, None), |(name, seen)| (Some(name), Some(seen)));
        self.rest(url, seen.as_ref().map(|seen| seen.watched.last_visit));
        if let Some(seen) = &seen {
            self.sites.entry(host(url)).or_default().add(&seen.watched);
        }
        if let Some(name) = &name {
            self.by_name.entry(name.clone()).or_insert_with(|| url.to_owned());
        }
        self.stories.insert(url.to_owned(), Story { followed, name, seen });
        Ok(())
    }

    /// Follows another list from now on.
    ///
    /// # Errors
    /// Errors of the archive.
    pub fn follow(&mut self, list: &Watchlist) -> Result<(), Error> {
        let wanted: BTreeSet<&str> = list.sources().iter().map(|source| source.url.as_str()).collect();
        let gone: Vec<String> = self.polled.keys().filter(|url| !wanted.contains(url.as_str())).cloned().collect();
        for url in &gone {
            self.polled.remove(url);
            self.hosts.remove(&Job::Source(url.clone()));
            self.unwritten.extend([(format!("poll:{url}"), None), (format!("known:{url}"), None)]);
        }
        if !gone.is_empty() {
            self.leave_stories_of(&gone.into_iter().collect())?;
        }
        self.list = list.clone();
        let now = self.clock.now();
        for source in self.list.sources() {
            let job = Job::Source(source.url.clone());
            let polled = self.polled.entry(source.url.clone()).or_default();
            let is_over = polled.kind == Some(SourceKind::Story);
            if source.paused || is_over {
                self.hosts.remove(&job);
            } else {
                self.hosts.put(job, polled.due.unwrap_or(now));
            }
        }
        let urls: Vec<String> = self.stories.keys().cloned().collect();
        urls.into_iter().for_each(|url| self.plan(&url));
        Ok(())
    }

    /// Leaves the stories that no other source lists.
    fn leave_stories_of(&mut self, gone: &BTreeSet<String>) -> Result<(), Error> {
        // Those that are visited no more are in the archive alone.
        for (name, value) in self.archive.states(PART)? {
            let Some(url) = name.strip_prefix("story:").map(str::to_owned) else { continue };
            let mut followed: Followed = decode(&name, &value)?;
            let before = followed.sources.len();
            followed.sources.retain(|source| !gone.contains(source));
            if followed.sources.len() == before {
                continue;
            }
            if followed.sources.is_empty() {
                self.forget(&url);
                self.unwritten.insert(name, None);
            } else {
                self.write(name, &followed)?;
                if let Some(story) = self.stories.get_mut(&url) {
                    story.followed = followed;
                }
            }
        }
        Ok(())
    }

    /// Visits a story no more.
    fn forget(&mut self, url: &str) {
        self.hosts.remove(&Job::Story(url.to_owned()));
        let Some(story) = self.stories.remove(url) else { return };
        if let Some(name) = story.name.filter(|name| self.by_name.get(name).is_some_and(|of| of == url)) {
            self.by_name.remove(&name);
        }
    }

    /// Makes every source and every story due now.
    pub fn all_due(&mut self) {
        let now = self.clock.now();
        let sources =
            self.list.sources().iter().filter(|source| !source.paused).map(|source| Job::Source(source.url.clone()));
        let stories = self.stories.keys().filter(|url| self.is_active(url)).map(|url| Job::Story(url.clone()));
        let jobs: Vec<Job> = sources.chain(stories).collect();
        jobs.into_iter().for_each(|job| self.hosts.put(job, now));
    }

    /// Whether a story has a source that is not paused.
    fn is_active(&self, url: &str) -> bool {
        let story = self.stories.get(url);
        story.is_some_and(|story| self.sources_of(story).any(|source| !source.paused))
    }

    fn sources_of<'a>(&'a self, story: &'a Story) -> impl Iterator<Item = &'a Source> {
        let is_its = |source: &&Source| story.followed.sources.contains(&source.url);
        self.list.sources().iter().filter(is_its)
    }

    /// Says when a story is to be visited next.
    fn plan(&mut self, url: &str) {
        if !self.is_active(url) {
            return self.hosts.remove(&Job::Story(url.to_owned()));
        }
        let Some(story) = self.stories.get(url) else { return };
        let (found_at, seen) = (story.followed.found_at, story.seen);
        let site = self.sites.get(&host(url)).copied().unwrap_or_default();
        let stretch = self.stretch();
        let next = match &seen {
            None => Next::At(found_at),
            Some(seen) => seen.next(&self.options.schedule, &site, stretch),
        };
        match (next, &seen) {
            (Next::At(at), Some(seen)) => {
                let at = jittered(url, seen.watched.last_visit, at);
                self.hosts.put(Job::Story(url.to_owned()), at);
            }
            (Next::At(at), None) => self.hosts.put(Job::Story(url.to_owned()), at),
            (Next::Never, seen) => {
                let why = seen.as_ref().map_or("", Seen::end).to_owned();
                self.end(url, why);
            }
        }
    }

    /// Notes why a story is visited no more.
    fn end(&mut self, url: &str, why: String) {
        info!(url, why, "no longer followed");
        if let Some(story) = self.stories.get(url) {
            let followed = Followed { ended: Some(why), ..story.followed.clone() };
            if let Ok(value) = serde_json::to_vec(&followed) {
                self.unwritten.insert(format!("story:{url}"), Some(value));
            }
        }
        self.forget(url);
    }

    /// By how much pauses are lengthened so that the visits to come stay within the budget. Looked at once a minute.
    fn stretch(&mut self) -> f64 {
        let Some(a_day) = self.options.budget else { return 1.0 };
        let now = self.clock.now();
        if self.stretch_until <= now {
            let schedule = &self.options.schedule;
            let visits = |(url, story): (&String, &Story)| {
                let site = self.sites.get(&host(url)).copied().unwrap_or_default();
                let seen = story.seen.as_ref()?;
                let Next::At(next) = seen.next(schedule, &site, 1.0) else { return None };
                let pause = next.as_micros().saturating_sub(seen.watched.last_visit.as_micros()).max(1);
                Some(DAY_MICROS / pause as f64)
            };
            let demand: f64 = self.stories.iter().filter_map(visits).sum();
            self.stretch = (demand / a_day.max(1) as f64).max(1.0);
            self.stretch_until = after(now, STRETCH_HOLDS);
        }
        self.stretch
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

    fn spend(&mut self, requests: u64) {
        self.counts.requests += requests;
        if let Some(budget) = &mut self.budget {
            budget.take(requests);
        }
    }

    /// Takes what came of a visit of a source.
    pub(super) fn polled(&mut self, url: &str, result: Result<Found, NotFound>) -> Result<(), Error> {
        let now = self.clock.now();
        self.spend(result.as_ref().map_or(1, |found| found.requests));
        let answer = match &result {
            Err(error) => answer(error.status, error.retry_after, error.is_refusal),
            Ok(_) => Answer::Well,
        };
        self.host_answered(&Job::Source(url.to_owned()), answer)?;
        let Some(source) = self.list.get(url).cloned() else { return Ok(()) };
        let mut polled = self.polled.get(url).cloned().unwrap_or_default();
        self.counts.polls += 1;
        let mut new = 0;
        match result {
            Ok(found) => {
                new = self.take_found(&source, &found)?;
                info!(url, listed = found.stories.len(), new, "visited a source");
                polled.well(new, &source, now, &self.options);
                (polled.etag, polled.last_modified) = (found.validators.etag, found.validators.last_modified);
                polled.kind = found.kind.or(polled.kind);
                polled.title = found.title.or(polled.title);
            }
            Err(error) => {
                self.counts.polls_failed += 1;
                warn!(url, cause = error.cause, "a source failed");
                polled.failed(error.cause, &source, now, &self.options);
            }
        }
        let due = polled.due.filter(|_| polled.kind != Some(SourceKind::Story) && !source.paused);
        if let Some(due) = due {
            self.hosts.put(Job::Source(url.to_owned()), due);
        }
        self.write(format!("poll:{url}"), &polled)?;
        self.polled.insert(url.to_owned(), polled);
        if new > 0 {
            // Whoever is told of a story wants to know its tags: it is noted before its first visit.
            self.sync()?;
        }
        Ok(())
    }

    /// Follows what a source lists and has not listed before; of what it lists at first, the newest. Returns how many that are.
    fn take_found(&mut self, source: &Source, found: &Found) -> Result<usize, Error> {
        let name = format!("known:{}", source.url);
        let mut known = self.kept(&name)?.map_or_else(Known::default, |bytes| Known::read(&bytes));
        let is_first = known.is_empty();
        let mut new: Vec<&Entry> = found.stories.iter().filter(|entry| known.add(&entry.url)).collect();
        if new.is_empty() {
            return Ok(0);
        }
        known.shorten(2 * found.stories.len() + KNOWN_BEYOND);
        self.unwritten.insert(name, Some(known.bytes()));
        if is_first && new.len() > self.options.first {
            new.sort_by_key(|entry| std::cmp::Reverse(entry.dated));
            new.truncate(self.options.first);
        }
        let urls: Vec<String> = new.into_iter().map(|entry| entry.url.clone()).collect();
        for url in &urls {
            let is_new = self.follow_story(url, &source.url)?;
            self.counts.stories += u64::from(is_new);
        }
        Ok(urls.len())
    }

    /// Follows a story as one of a source; says whether it was not followed before.
    fn follow_story(&mut self, url: &str, source: &str) -> Result<bool, Error> {
        let Ok(key) = StoryKey::url(url) else { return Ok(false) };
        let (url, name) = (key.as_str().to_owned(), format!("story:{}", key.as_str()));
        let followed: Option<Followed> = self.kept(&name)?.map(|value| decode(&name, &value)).transpose()?;
        let is_new = followed.is_none();
        let new = Followed { sources: BTreeSet::new(), found_at: self.clock.now(), ended: None };
        let mut followed = followed.unwrap_or(new);
        if !followed.sources.insert(source.to_owned()) {
            return Ok(false);
        }
        self.write(name, &followed)?;
        if let Some(story) = self.stories.get_mut(&url) {
            story.followed = followed;
        } else if is_new {
            self.newest_found = Some(followed.found_at);
            self.take_up(&url, followed)?;
        }
        self.plan(&url);
        Ok(is_new)
    }

    /// Takes what came of a visit of a story: archives it, and says when to come again.
    pub(super) fn visited(&mut self, url: &str, result: Result<Visit, fetch::Error>) -> Result<(), Error> {
        self.spend(1);
        self.counts.visits += 1;
        let visit = match result {
            Ok(visit) => visit,
            Err(error) => {
                self.counts.refused += 1;
                warn!(url, cause = %error.cause, "not visited");
                self.host_answered(&Job::Story(url.to_owned()), Answer::None)?;
                if self.stories.contains_key(url) {
                    self.hosts.put(Job::Story(url.to_owned()), after(self.clock.now(), REFUSED_AGAIN));
                }
                return Ok(());
            }
        };
        self.host_answered(&Job::Story(url.to_owned()), of_visit(&visit))?;
        let There::Page { moved, .. } = &visit.seen else {
            self.end(url, "a list is there".to_owned());
            return Ok(());
        };
        let moved_to = moved.as_ref().and_then(|moved| match &moved.outcome {
            NewOutcome::Moved(to) => Some(to.clone()),
            _ => None,
        });
        for capture in visit.seen.into_captures() {
            let outcome = capture.outcome.kind();
            match self.archive.ingest(capture, Durability::Buffered) {
                Ok(ingested) => self.count(url, outcome, &ingested),
                // It would be the same again: looked at as one that could not be had.
                Err(error @ ArchiveError::Rejected { .. }) => {
                    warn!(url, %error, "not archived");
                    self.counts.refused += 1;
                    self.hosts.put(Job::Story(url.to_owned()), after(self.clock.now(), REFUSED_AGAIN));
                    return Ok(());
                }
                Err(error) => return Err(error.into()),
            }
        }
        self.is_synced = false;
        let url = match moved_to {
            Some(to) => self.move_to(url, &to)?,
            None => url.to_owned(),
        };
        self.see(&url)
    }

    fn count(&mut self, url: &str, outcome: OutcomeKind, ingested: &Ingested) {
        let counts = &mut self.counts;
        match outcome {
            OutcomeKind::NotModified => counts.not_modified += 1,
            OutcomeKind::Teaser => counts.teasers += 1,
            OutcomeKind::Gone => counts.gone += 1,
            OutcomeKind::Unreachable => counts.unreachable += 1,
            OutcomeKind::Article | OutcomeKind::Moved => {}
        }
        let is_edit = ingested.effect == Effect::NewRevision
            && matches!(ingested.kind, Some(RevisionKind::Edit | RevisionKind::Restored));
        counts.edits += u64::from(is_edit);
        info!(url, outcome = outcome.as_str(), edit = is_edit, "visited a story");
    }

    /// Follows a story at another URL, if it is not followed there already.
    fn move_to(&mut self, url: &str, to: &StoryKey) -> Result<String, Error> {
        let Some(story) = self.stories.get(url).filter(|_| to.as_str() != url) else { return Ok(url.to_owned()) };
        let followed = story.followed.clone();
        self.end(url, format!("it has moved to {to}"));
        for source in &followed.sources {
            self.follow_story(to.as_str(), source)?;
        }
        Ok(to.as_str().to_owned())
    }

    /// Looks at what the archive knows of a story now, and plans its next visit.
    fn see(&mut self, url: &str) -> Result<(), Error> {
        let Ok(key) = StoryKey::url(url) else { return Ok(()) };
        let Some((name, seen)) = Seen::read(&self.archive, &key)? else { return Ok(()) };
        let Some(story) = self.stories.get_mut(url) else { return Ok(()) };
        let site = self.sites.entry(host(url)).or_default();
        if let Some(old) = &story.seen {
            site.remove(&old.watched);
        }
        site.add(&seen.watched);
        story.seen = Some(seen);
        story.name = Some(name.clone());
        let first = self.by_name.entry(name).or_insert_with(|| url.to_owned()).clone();
        if first != url && self.stories.contains_key(&first) {
            let sources = self.stories.get(url).map(|story| story.followed.sources.clone()).unwrap_or_default();
            self.end(url, format!("it is the story at {first}"));
            for source in sources {
                self.follow_story(&first, &source)?;
            }
            return Ok(());
        }
        self.plan(url);
        Ok(())
    }

    fn host_answered(&mut self, job: &Job, answer: Answer) -> Result<(), Error> {
        let now = self.clock.now();
        if let Some((host, health)) = self.hosts.done(job, answer, now) {
            if health == Health::default() {
                self.unwritten.insert(format!("host:{host}"), None);
            } else {
                self.write(format!("host:{host}"), &health)?;
            }
        }
        Ok(())
    }

    /// What is kept under a name, written or not.
    fn kept(&self, name: &str) -> Result<Option<Vec<u8>>, Error> {
        match self.unwritten.get(name) {
            Some(value) => Ok(value.clone()),
            None => Ok(self.archive.state(PART, name)?),
        }
    }

    fn write(&mut self, name: String, value: &impl Serialize) -> Result<(), Error> {
        let value = serde_json::to_vec(value).map_err(|error| Error::state(&name, &error))?;
        self.unwritten.insert(name, Some(value));
        Ok(())
    }

    /// Syncs what was archived, and writes what is to be known at the next run.
    ///
    /// # Errors
    /// Errors of the archive.
    pub fn sync(&mut self) -> Result<(), Error> {
        self.synced_at = self.clock.now();
        if self.is_synced && self.unwritten.is_empty() {
            return Ok(());
        }
        self.write("counts".to_owned(), &self.counts.clone())?;
        if let Some(budget) = self.budget {
            self.write("budget".to_owned(), &budget)?;
        }
        let unwritten = std::mem::take(&mut self.unwritten);
        let changes: Vec<(&str, Option<&[u8]>)> =
            unwritten.iter().map(|(name, value)| (name.as_str(), value.as_deref())).collect();
        // A part of it is no harm: what a source lists is noted as known together with its stories, in one.
        self.archive.set_states(PART, &changes, Durability::Synced)?;
        self.is_synced = true;
        Ok(())
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

pub(super) fn decode<T: DeserializeOwned>(name: &str, value: &[u8]) -> Result<T, Error> {
    serde_json::from_slice(value).map_err(|error| Error::state(name, &error))
}

const fn answer(status: Option<u16>, asked: Option<std::time::Duration>, is_refusal: bool) -> Answer {
    match status {
        _ if is_refusal => Answer::None,
        Some(429) | None => Answer::Ill(asked),
        Some(500..) if asked.is_some() => Answer::Ill(asked),
        Some(500..) => Answer::Faulty,
        Some(_) => Answer::Well,
    }
}

/// How a visit of a story went for the host.
fn of_visit(visit: &Visit) -> Answer {
    let There::Page { capture, .. } = &visit.seen else { return Answer::Well };
    match &capture.outcome {
        NewOutcome::Unreachable(_) => answer(capture.observation.status, visit.retry_after, false),
        _ => Answer::Well,
    }
}
