//! What is followed: the list, the stories of its sources, and when each is due.

use std::collections::BTreeSet;
use std::time::Duration;

use tracing::info;

use crate::fetch::after;
use crate::model::StoryKey;

use super::super::error::Error;
use super::super::hosts::{Job, host};
use super::super::schedule::Next;
use super::super::source::{Source, SourceKind};
use super::super::story::{Followed, Seen, jittered};
use super::super::watchlist::{PART, Watchlist};
use super::keep::decode;
use super::{Story, Tracker};

/// For how long it holds by how much pauses are lengthened.
const STRETCH_HOLDS: Duration = Duration::from_secs(60);
const DAY_MICROS: f64 = 86_400e6;

impl Tracker {
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
            self.unwritten.extend(["poll", "known", "later"].map(|what| (format!("{what}:{url}"), None)));
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
    pub(super) fn leave_stories_of(&mut self, gone: &BTreeSet<String>) -> Result<(), Error> {
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

    /// Follows a story as one of a source; says whether it was not followed before.
    pub(super) fn follow_story(&mut self, url: &str, source: &str) -> Result<bool, Error> {
        let Ok(key) = StoryKey::url(url) else { return Ok(false) };
        let (url, name) = (key.as_str().to_owned(), format!("story:{}", key.as_str()));
        let followed: Option<Followed> = self.kept(&name)?.map(|value| decode(&name, &value)).transpose()?;
        let is_new = followed.is_none();
        let new = Followed { sources: BTreeSet::new(), found_at: self.clock.now(), ended: None, came_with: None };
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

    /// Visits a story no more.
    pub(super) fn forget(&mut self, url: &str) {
        self.hosts.remove(&Job::Story(url.to_owned()));
        let Some(story) = self.stories.remove(url) else { return };
        if let Some(name) = story.name.filter(|name| self.by_name.get(name).is_some_and(|of| of == url)) {
            self.by_name.remove(&name);
        }
    }

    /// Notes why a story is visited no more.
    pub(super) fn end(&mut self, url: &str, why: String) {
        info!(url, why, "no longer followed");
        if let Some(story) = self.stories.get(url) {
            let followed = Followed { ended: Some(why), ..story.followed.clone() };
            if let Ok(value) = serde_json::to_vec(&followed) {
                self.unwritten.insert(format!("story:{url}"), Some(value));
            }
        }
        self.forget(url);
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
    pub(super) fn is_active(&self, url: &str) -> bool {
        let story = self.stories.get(url);
        story.is_some_and(|story| self.sources_of(story).any(|source| !source.paused))
    }

    pub(super) fn sources_of<'a>(&'a self, story: &'a Story) -> impl Iterator<Item = &'a Source> {
        let is_its = |source: &&Source| story.followed.sources.contains(&source.url);
        self.list.sources().iter().filter(is_its)
    }

    /// Says when a story is to be visited next.
    pub(super) fn plan(&mut self, url: &str) {
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

    /// By how much pauses are lengthened so that the visits to come stay within the budget. Looked at once a minute.
    pub(super) fn stretch(&mut self) -> f64 {
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
}
