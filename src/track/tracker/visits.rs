//! What follows from a visit.

use std::time::Duration;

use tracing::{info, warn};

use crate::archive::{Effect, Error as ArchiveError, Ingested};
use crate::engine::Durability;
use crate::fetch::{self, Cause, Seen as There, Validators, Visit, after};
use crate::model::{ArticleHash, NewOutcome, OutcomeKind, RevisionKind, StoryKey};

use super::super::error::Error;
use super::super::find::{Entry, Found, NotFound};
use super::super::hosts::{Answer, Health, Job, host};
use super::super::known::Known;
use super::super::source::{Source, SourceKind};
use super::super::story::{CameWith, Seen};
use super::Tracker;

/// A visit that robots.txt or the address forbids is thought of again after a day.
const REFUSED_AGAIN: Duration = Duration::from_secs(86_400);
/// As many stories beyond those that it lists now are remembered of a source.
const KNOWN_BEYOND: usize = 1_000;

impl Tracker {
    /// Takes what came of a visit of a source.
    pub(in crate::track) fn polled(&mut self, url: &str, result: Result<Found, NotFound>) -> Result<(), Error> {
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
    pub(super) fn take_found(&mut self, source: &Source, found: &Found) -> Result<usize, Error> {
        let [earlier, later] = [format!("known:{}", source.url), format!("later:{}", source.url)];
        let kept = |name: &str| self.kept(name).map(Option::unwrap_or_default);
        let mut known = Known::read(&kept(&earlier)?, &kept(&later)?);
        let is_first = known.is_empty();
        let mut new: Vec<&Entry> = found.stories.iter().filter(|entry| known.add(&entry.url)).collect();
        if new.is_empty() {
            return Ok(0);
        }
        let kept = known.keep(2 * found.stories.len() + KNOWN_BEYOND);
        self.unwritten.extend(kept.earlier.map(|bytes| (earlier, Some(bytes))));
        self.unwritten.insert(later, Some(kept.later));
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

    /// Takes what came of a visit of a story: archives it, and says when to come again.
    pub(in crate::track) fn visited(&mut self, url: &str, result: Result<Visit, fetch::Error>) -> Result<(), Error> {
        self.spend(1);
        self.counts.visits += 1;
        let visit = match result {
            Ok(visit) => visit,
            Err(error) => {
                self.counts.refused += 1;
                warn!(url, cause = %error.cause, "not visited");
                // That nobody can say now what is allowed passes with the trouble of the host.
                let (answer, again) = match error.cause {
                    Cause::RobotsUnavailable { .. } => (Answer::Ill(None), Duration::ZERO),
                    _ => (Answer::None, REFUSED_AGAIN),
                };
                self.host_answered(&Job::Story(url.to_owned()), answer)?;
                if self.stories.contains_key(url) {
                    self.hosts.put(Job::Story(url.to_owned()), after(self.clock.now(), again));
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
                Ok(ingested) => {
                    self.count(url, outcome, &ingested);
                    if let Some(hash) = ingested.hash.filter(|_| !self.options.page.keep_raw) {
                        self.note_validators(url, hash, &visit.validators)?;
                    }
                }
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

    pub(super) fn count(&mut self, url: &str, outcome: OutcomeKind, ingested: &Ingested) {
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

    /// Notes what came with an article whose page is not kept.
    fn note_validators(&mut self, url: &str, hash: ArticleHash, validators: &Validators) -> Result<(), Error> {
        let Some(story) = self.stories.get_mut(url) else { return Ok(()) };
        let Validators { etag, last_modified } = validators.clone();
        let came_with = Some(CameWith { hash, etag, last_modified }).filter(|_| !validators.is_empty());
        if story.followed.came_with != came_with {
            story.followed.came_with = came_with;
            let followed = story.followed.clone();
            self.write(format!("story:{url}"), &followed)?;
        }
        Ok(())
    }

    /// Follows a story at another URL, if it is not followed there already.
    pub(super) fn move_to(&mut self, url: &str, to: &StoryKey) -> Result<String, Error> {
        let Some(story) = self.stories.get(url).filter(|_| to.as_str() != url) else { return Ok(url.to_owned()) };
        let followed = story.followed.clone();
        self.end(url, format!("it has moved to {to}"));
        for source in &followed.sources {
            self.follow_story(to.as_str(), source)?;
        }
        Ok(to.as_str().to_owned())
    }

    /// Looks at what the archive knows of a story now, and plans its next visit.
    pub(super) fn see(&mut self, url: &str) -> Result<(), Error> {
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

    pub(super) fn host_answered(&mut self, job: &Job, answer: Answer) -> Result<(), Error> {
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

    pub(super) fn spend(&mut self, requests: u64) {
        self.counts.requests += requests;
        if let Some(budget) = &mut self.budget {
            budget.take(requests);
        }
    }
}

const fn answer(status: Option<u16>, asked: Option<Duration>, is_refusal: bool) -> Answer {
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
