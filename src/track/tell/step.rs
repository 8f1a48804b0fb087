//! One target, from where it was told last.

use std::time::Duration;

use crate::archive::{Archive, Change, ChangeKind, Cursor};
use crate::engine::Durability;
use crate::fetch::{Clock, after};
use crate::model::Timestamp;

use super::channel::{Content, Failure, Parcel};
use super::config::Start;
use super::digest::Collector;
use super::feed::{Entry, Feed};
use super::item::{Item, urn};
use super::keep::{Keep, Kept, KeptError, Progress};
use super::report::{Dropped, Held, TargetReport, Told};
use super::teller::{Outlet, Prepared, Tags};
use super::when;

/// The most messages of one step.
pub(super) const MAX_MESSAGES: usize = 100;
/// After so many changes that need not be told the place is kept, so that a restart does not read them all again.
const SAVE_EVERY: usize = 1_024;
/// How long to wait after a failure, doubled with each, and at most.
const FIRST_WAIT: Duration = Duration::from_secs(30);
const MAX_WAIT: Duration = Duration::from_secs(3_600);
/// How often a message may be refused before it is dropped.
pub(super) const MAX_REFUSALS: u32 = 5;

/// Whether to tell, or only to say what would be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    Tell,
    Preview,
}

/// One target while it is told.
pub(super) struct Step<'a> {
    target: &'a Prepared,
    archive: &'a Archive,
    kept: Kept<'a>,
    clock: &'a dyn Clock,
    tags: &'a Tags<'a>,
    mode: Mode,
    progress: Progress,
    saved: Option<Progress>,
    /// From when on the next digest collects, once this one is told.
    next_since: Option<Timestamp>,
    /// The names of the entries of a feed, once they are known.
    entries: Option<Vec<String>>,
    report: TargetReport,
}

impl<'a> Step<'a> {
    pub(super) fn new(
        target: &'a Prepared,
        archive: &'a Archive,
        keep: &'a dyn Keep,
        clock: &'a dyn Clock,
        tags: &'a Tags<'a>,
        mode: Mode,
    ) -> Result<Self, KeptError> {
        let kept = Kept::of(keep, &target.name);
        let saved = kept.progress()?;
        let start = || match target.from {
            Start::Now => archive.last_cursor(),
            Start::Start => Cursor::START,
        };
        let progress = saved.clone().unwrap_or_else(|| Progress::new(start(), clock.now()));
        let report = TargetReport { target: target.name.clone(), ..TargetReport::default() };
        let (next_since, entries) = (None, None);
        Ok(Self { target, archive, kept, clock, tags, mode, progress, saved, next_since, entries, report })
    }

    /// Keeps where a new target begins, which must be known even if nothing can be told.
    pub(super) fn begin(&mut self) -> Result<(), KeptError> {
        self.save(Durability::Synced)
    }

    /// Tells what there is to tell.
    pub(super) fn run(mut self) -> Result<TargetReport, KeptError> {
        self.begin()?;
        let now = self.clock.now();
        match (self.progress.not_before, self.target.every) {
            (Some(until), _) if now < until && self.mode == Mode::Tell => self.hold(until),
            (_, None) => self.each()?,
            (_, Some(every)) => self.digest(every, now)?,
        }
        self.write_feed()?;
        self.save(Durability::Buffered)?;
        Ok(self.report)
    }

    /// Tells changes one by one.
    fn each(&mut self) -> Result<(), KeptError> {
        let end = self.archive.last_cursor();
        let mut passed = 0;
        for change in self.archive.changes(self.progress.cursor) {
            let change = change?;
            if self.report.told.len() >= MAX_MESSAGES {
                self.report.more = true;
                return Ok(());
            }
            match self.read(&change)? {
                Some(item) => {
                    if !self.one(Content::Item(&item), change.cursor)? {
                        return Ok(());
                    }
                }
                None => self.progress.pass(change.cursor),
            }
            passed += 1;
            if passed % SAVE_EVERY == 0 {
                self.save(Durability::Buffered)?;
            }
        }
        self.progress.cursor = self.progress.cursor.max(end);
        Ok(())
    }

    /// Tells all changes of a time at once, when it is over.
    fn digest(&mut self, every: Duration, now: Timestamp) -> Result<(), KeptError> {
        let since = *self.progress.digest_since.get_or_insert(now);
        let due = after(since, every);
        // One that was tried before is told as it was, as its receiver may have got it.
        let (until, at) = match self.progress.digest_until {
            Some(pending) => pending,
            None if now < due && self.mode == Mode::Tell => {
                self.report.next = Some(due);
                return Ok(());
            }
            None => (self.archive.last_cursor(), now),
        };
        let mut collector = Collector::default();
        for change in self.archive.changes(self.progress.cursor) {
            let change = change?;
            if change.cursor > until {
                break;
            }
            self.read(&change)?.into_iter().for_each(|item| collector.add(item));
        }
        self.next_since = Some(last_turn(since, every, at));
        match collector.digest(&self.target.name, self.progress.cursor, until, (since, at)) {
            None => self.pass(until),
            Some(digest) => {
                self.progress.digest_until = Some((until, at));
                self.save(Durability::Synced)?;
                if !self.one(Content::Digest(&digest), until)? {
                    return Ok(());
                }
            }
        }
        self.report.next = self.progress.digest_since.map(|since| after(since, every));
        Ok(())
    }

    /// Reads a change if it is one for this target.
    fn read(&self, change: &Change) -> Result<Option<Item>, KeptError> {
        let when = self.target.when.as_ref();
        // Of what is most frequent no text need be read.
        let is_cosmetic = ChangeKind::of(change) == ChangeKind::Cosmetic;
        if is_cosmetic && !when.is_some_and(|when| when.names_kind(ChangeKind::Cosmetic)) {
            return Ok(None);
        }
        let item = Item::read(self.archive, change, (self.tags)(&change.story))?;
        Ok(item.filter(|item| when.map_or_else(|| when::is_news(item), |when| when.admits(item))))
    }

    /// Tells one message. Says whether to go on after it.
    fn one(&mut self, content: Content<'_>, cursor: Cursor) -> Result<bool, KeptError> {
        let target = self.target;
        let (texts, id, changes) = match content {
            Content::Item(item) => (target.templates.item(item), &item.id, 1),
            Content::Digest(digest) => (target.templates.digest(digest), &digest.id, digest.count),
        };
        let id = urn(&[b"delivery", target.name.as_bytes(), id.as_bytes()]);
        let (subject, text) = match texts {
            Ok(texts) => texts,
            Err(error) => return self.failed(Failure::Broken { reason: error.to_string() }, String::new(), cursor),
        };
        let parcel = Parcel { id, content, subject, text, now: self.clock.now() };
        if self.mode == Mode::Tell {
            // What is told must have happened: nothing may take back what was archived of it.
            self.archive.flush()?;
            match &target.outlet {
                Outlet::Feed(feed) => self.add_entry(feed, &Entry::of(&parcel), cursor)?,
                Outlet::Channel(channel) => match channel.deliver(&parcel) {
                    Ok(()) => {
                        self.pass(cursor);
                        self.save(Durability::Synced)?;
                    }
                    Err(failure) => return self.failed(failure, parcel.subject, cursor),
                },
            }
        } else {
            self.pass(cursor);
        }
        self.report.told.push(Told { id: parcel.id, subject: parcel.subject, changes });
        Ok(true)
    }

    fn failed(&mut self, failure: Failure, subject: String, cursor: Cursor) -> Result<bool, KeptError> {
        let progress = &mut self.progress;
        progress.failures = progress.failures.saturating_add(1);
        let usual = wait(&self.target.name, progress.failures);
        let (reason, wait) = match failure {
            Failure::Later { reason, wait } => (reason, wait.unwrap_or_default().max(usual)),
            Failure::Broken { reason } => (reason, MAX_WAIT),
            Failure::Refused { reason } => {
                progress.refusals += 1;
                if progress.refusals >= MAX_REFUSALS {
                    self.pass(cursor);
                    self.save(Durability::Synced)?;
                    self.report.dropped.push(Dropped { subject, reason });
                    return Ok(true);
                }
                (reason, usual)
            }
        };
        let until = after(self.clock.now(), wait);
        (progress.reason, progress.not_before) = (Some(reason), Some(until));
        self.save(Durability::Synced)?;
        self.hold(until);
        Ok(false)
    }

    fn hold(&mut self, until: Timestamp) {
        let reason = self.progress.reason.clone().unwrap_or_default();
        self.report.held = Some(Held { reason, tries: self.progress.failures, until });
        self.report.next = Some(until);
    }

    fn pass(&mut self, cursor: Cursor) {
        self.progress.pass(cursor);
        if let Some(since) = self.next_since {
            self.progress.digest_since = Some(since);
            self.progress.digest_until = None;
        }
    }

    /// Keeps an entry for the feed, which is written at the end of the step or, after a crash, of the next one.
    fn add_entry(&mut self, feed: &Feed, entry: &Entry, cursor: Cursor) -> Result<(), KeptError> {
        self.pass(cursor);
        self.progress.is_unwritten = true;
        let mut names = match self.entries.take() {
            Some(names) => names,
            None => self.kept.entry_names()?,
        };
        let too_many = (names.len() + 1).saturating_sub(feed.entries);
        let gone: Vec<String> = names.drain(..too_many.min(names.len())).collect();
        names.push(self.kept.add_entry(&self.progress, entry, &gone)?);
        self.saved = Some(self.progress.clone());
        self.entries = Some(names);
        Ok(())
    }

    fn write_feed(&mut self) -> Result<(), KeptError> {
        let Outlet::Feed(feed) = &self.target.outlet else { return Ok(()) };
        if self.mode == Mode::Preview || (feed.is_there() && !self.progress.is_unwritten) {
            return Ok(());
        }
        let created = self.progress.created;
        let id = urn(&[b"feed", self.target.name.as_bytes(), &created.as_micros().to_le_bytes()]);
        let mut entries = self.kept.entries()?;
        entries.truncate(feed.entries);
        match feed.write(&id, created, &entries) {
            Ok(()) => {
                self.progress.is_unwritten = false;
                self.save(Durability::Synced)
            }
            Err(reason) => {
                let until = after(self.clock.now(), FIRST_WAIT);
                self.report.held = Some(Held { reason, tries: 1, until });
                self.report.next = Some(until);
                Ok(())
            }
        }
    }

    fn save(&mut self, durability: Durability) -> Result<(), KeptError> {
        if self.mode == Mode::Tell && self.saved.as_ref() != Some(&self.progress) {
            self.kept.save(&self.progress, durability)?;
            self.saved = Some(self.progress.clone());
        }
        Ok(())
    }
}

/// How long to wait after so many failures in a row: twice as long each time, and up to a fifth longer, so that not all who
/// wait for one server ask it again at the same time.
fn wait(target: &str, failures: u32) -> Duration {
    let usual = FIRST_WAIT.saturating_mul(2_u32.saturating_pow(failures.saturating_sub(1))).min(MAX_WAIT);
    let hash = blake3::hash(format!("{target} {failures}").as_bytes());
    let share = f64::from(hash.as_bytes().first().copied().unwrap_or_default()) / 255.0;
    usual.mul_f64(1.0 + share / 5.0)
}

/// The last time, counted in whole turns from `since`, that is not after `at`.
fn last_turn(since: Timestamp, every: Duration, at: Timestamp) -> Timestamp {
    let every = i64::try_from(every.as_micros()).unwrap_or(i64::MAX).max(1);
    let turns = at.as_micros().saturating_sub(since.as_micros()).max(0) / every;
    Timestamp::from_micros(since.as_micros().saturating_add(turns.saturating_mul(every))).unwrap_or(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_an_hour_and_differ_by_target() {
        let waits: Vec<u64> = (1..12).map(|failures| wait("desk", failures).as_secs()).collect();
        for (place, seconds) in waits.iter().enumerate() {
            let usual = (30 << place).min(3_600);
            assert!((usual..=usual * 6 / 5).contains(seconds), "{waits:?}");
        }
        assert_ne!(wait("desk", 1), wait("wire", 1));
        assert!(wait("desk", u32::MAX) <= Duration::from_secs(4_320));
    }

    #[test]
    fn a_turn_is_counted_from_the_first() {
        let at = |seconds: i64| Timestamp::from_micros(seconds * 1_000_000).unwrap();
        let hour = Duration::from_secs(3_600);
        assert_eq!(last_turn(at(100), hour, at(3_800)), at(3_700));
        assert_eq!(last_turn(at(100), hour, at(10_900)), at(10_900));
        assert_eq!(last_turn(at(100), hour, at(99)), at(100));
    }
}
