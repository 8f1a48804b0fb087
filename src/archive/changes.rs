//! The feed of changes: new revisions and outcomes in the order in which they were archived.

use std::collections::VecDeque;
use std::fmt;
use std::str::FromStr;
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::engine::{Order, prefix_range};
use crate::format::gather::{FeedRow, decode_feed};
use crate::format::key::{self, FEED};
use crate::format::record::FeedEntry;
use crate::model::{Capture, Outcome, OutcomeKind, Revision, StoryKey, fold};

use super::component::Component;
use super::plan::locate;
use super::store::{Store, keyspace_from};
use super::{Archive, Error};

/// A place in the feed of changes of one archive. Feeds of different archives have nothing to do with each other.
///
/// ```
/// use morgue::Cursor;
///
/// assert_eq!("17".parse::<Cursor>().unwrap().to_string(), "17");
/// assert_eq!(Cursor::START.to_string(), "0");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cursor(u64);

impl Cursor {
    /// Before the first change.
    pub const START: Self = Self(0);
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for Cursor {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

impl Serialize for Cursor {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Cursor {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// A new revision, an outcome other than the one before it, or a story that is there again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Change {
    /// The place after this change: with it, the feed goes on with the next one.
    pub cursor: Cursor,
    /// The name of the story.
    pub story: StoryKey,
    /// The headline that the story has now.
    pub headline: String,
    /// The capture by which this archive learned of the change.
    pub capture: Capture,
    /// The revision that became known, as it stands now; `None` when no article was seen, or the one that was there before.
    pub revision: Option<Revision>,
}

/// Changes after a cursor, in the order in which they were archived. Ends at the present end, and goes on when there is more;
/// after an error in the feed itself it ends for good.
#[derive(Debug)]
pub struct Changes {
    archive: Archive,
    next: u64,
    buffer: VecDeque<(u64, StoryKey)>,
    stories: VecDeque<(StoryKey, Arc<Loaded>)>,
    /// After an error the feed ends: it could only give the same one again.
    has_failed: bool,
}

/// A story as it was when the feed came to it.
#[derive(Debug)]
struct Loaded {
    name: StoryKey,
    headline: String,
    captures: Vec<Capture>,
    revisions: Vec<Revision>,
}

/// How many captures are read from the feed at once.
const PAGE: usize = 1_024;
/// How often to look for what another process has archived.
const LOOK_AGAIN: Duration = Duration::from_millis(100);
/// How many stories are kept: neighbours in the feed are often of one story.
const KEPT_STORIES: usize = 32;

impl Archive {
    /// Returns the changes after a cursor, in the order in which they were archived.
    ///
    /// A revision is one change, told when the first capture of it is archived; captures that see it again are none. Of the
    /// outcomes without an article, each that differs from the capture before it in time is one. So is the first capture of a story
    /// that was gone and is back with the text that it had: it has no revision of its own. What is told is how things stand when
    /// the feed is read: captures that came late may have renumbered revisions since.
    ///
    /// ```
    /// use morgue::{Archive, Article, Cursor, Durability, NewCapture, StoryKey};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let archive = Archive::in_memory();
    /// for (day, headline) in [("2026-03-01", "Closed"), ("2026-03-02", "Closed"), ("2026-03-03", "Open")] {
    ///     let capture = NewCapture::article(StoryKey::id("bridge")?, day.parse()?, Article::new(headline));
    ///     archive.ingest(capture, Durability::Buffered)?;
    /// }
    /// let changes = archive.changes(Cursor::START).collect::<Result<Vec<_>, _>>()?;
    /// assert_eq!(changes.len(), 2);
    /// assert_eq!(archive.changes(changes[0].cursor).count(), 1);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn changes(&self, after: Cursor) -> Changes {
        Changes {
            archive: self.clone(),
            next: after.0,
            buffer: VecDeque::new(),
            stories: VecDeque::new(),
            has_failed: false,
        }
    }

    /// Returns the place after the last change that there is now: from it on the feed tells only what is new.
    ///
    /// ```
    /// use morgue::{Archive, Article, Cursor, Durability, NewCapture, StoryKey};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let archive = Archive::in_memory();
    /// assert_eq!(archive.last_cursor(), Cursor::START);
    /// let capture = NewCapture::article(StoryKey::id("bridge")?, "2026-03-01".parse()?, Article::new("Closed"));
    /// archive.ingest(capture, Durability::Buffered)?;
    /// assert_eq!(archive.changes(archive.last_cursor()).count(), 0);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn last_cursor(&self) -> Cursor {
        Cursor(self.tail().next_arrival)
    }

    /// Returns a subscription: the same feed, with waiting for what comes. Nothing is lost or told twice by a slow receiver.
    ///
    /// ```
    /// # use morgue::{Archive, Article, Durability, NewCapture, StoryKey};
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let archive = Archive::in_memory();
    /// # let story = StoryKey::id("bridge")?;
    /// # for (day, headline) in [("2026-03-01", "Bridge closed"), ("2026-03-02", "Bridge open")] {
    /// #     archive.ingest(NewCapture::article(story.clone(), day.parse()?, Article::new(headline)), Durability::Buffered)?;
    /// # }
    /// let mut news = archive.subscribe(morgue::Cursor::START);
    /// let first = news.recv_timeout(std::time::Duration::ZERO)?.expect("a change is there");
    /// assert_eq!(first.revision.expect("an article was seen").number, 1);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn subscribe(&self, after: Cursor) -> Subscription {
        Subscription { changes: self.changes(after) }
    }
}

impl Iterator for Changes {
    type Item = Result<Change, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        while !self.has_failed {
            if self.buffer.is_empty()
                && let Err(error) = self.fill()
            {
                self.has_failed = true;
                return Some(Err(error));
            }
            let (arrival, key) = self.buffer.pop_front()?;
            self.next = arrival.saturating_add(1);
            if let Some(change) = self.change(arrival, &key).transpose() {
                return Some(change);
            }
        }
        None
    }
}

impl Changes {
    /// Reads the next captures of the feed, if there are any.
    fn fill(&mut self) -> Result<(), Error> {
        let store = self.archive.store();
        let first = row_with(store, self.next)?.map_or(self.next, |feed| feed.first);
        for row in store.engine().scan(keyspace_from(FEED, first), Order::Ascending) {
            let (row, value) = row?;
            let feed = decode_feed(&row, &value)?;
            for arrival in (feed.first..).take(feed.entries.len()).filter(|arrival| *arrival >= self.next) {
                self.buffer.push_back((arrival, key_in(store, &feed, arrival)?));
            }
            if self.buffer.len() >= PAGE {
                break;
            }
        }
        Ok(())
    }

    fn change(&mut self, arrival: u64, key: &StoryKey) -> Result<Option<Change>, Error> {
        let story = self.story(key, arrival)?;
        let at = story.captures.iter().position(|capture| capture.arrival == arrival);
        let missing = || Error::damaged("the feed names a capture that is not there").in_story(&story.name);
        let at = at.ok_or_else(missing)?;
        let (before, rest) = story.captures.split_at_checked(at).ok_or_else(missing)?;
        let capture = rest.first().ok_or_else(missing)?;
        let revision = match &capture.outcome {
            Outcome::Article(_) => {
                let revision = locate(&story.revisions, &story.captures, at);
                let revision = revision.filter(|revision| revision.arrival == arrival);
                if revision.is_none() && !is_away(before) {
                    return Ok(None);
                }
                revision.cloned()
            }
            Outcome::NotModified if is_away(before) => None,
            outcome if !is_news(outcome, before) => return Ok(None),
            _ => None,
        };
        Ok(Some(Change {
            cursor: Cursor(arrival.saturating_add(1)),
            story: story.name.clone(),
            headline: story.headline.clone(),
            capture: capture.clone(),
            revision,
        }))
    }

    /// The story of a key, from those that were read last, unless it has grown since.
    fn story(&mut self, key: &StoryKey, arrival: u64) -> Result<Arc<Loaded>, Error> {
        let kept = self.stories.iter().find(|(own, _)| own == key).map(|(_, story)| Arc::clone(story));
        if let Some(story) = kept.filter(|story| story.captures.iter().any(|capture| capture.arrival == arrival)) {
            return Ok(story);
        }
        self.stories.retain(|(own, _)| own != key);
        let story = Arc::new(self.load(key)?);
        self.stories.push_back((key.clone(), Arc::clone(&story)));
        if self.stories.len() > KEPT_STORIES {
            self.stories.pop_front();
        }
        Ok(story)
    }

    fn load(&self, key: &StoryKey) -> Result<Loaded, Error> {
        let read = |component: &Component| {
            let captures = component.captures(self.archive.store())?;
            let latest = component.summary.as_ref().and_then(|summary| summary.latest.as_ref());
            let headline = latest.map(|latest| latest.headline.clone()).unwrap_or_default();
            Ok(Loaded { name: component.name.clone(), headline, revisions: fold(&captures), captures })
        };
        let missing = || Error::damaged("the feed names a story that is not in the index").in_story(key);
        self.archive.with_story(key, read)?.ok_or_else(missing)
    }
}

impl Archive {
    /// Waits until there is more than so many captures, and for so long at most.
    fn wait_for_more(&self, next: u64, limit: Duration) {
        // Nobody tells what another process commits.
        if self.inner.served.is_some() {
            return std::thread::sleep(limit.min(LOOK_AGAIN));
        }
        let limit = limit.min(Duration::from_secs(3_600));
        let more = self.inner.changed.wait_timeout_while(self.tail(), limit, |tail| tail.next_arrival <= next);
        drop(more.unwrap_or_else(PoisonError::into_inner));
    }
}

/// The row of the feed that has an arrival, or that would have it.
pub(super) fn row_with(store: &Store, arrival: u64) -> Result<Option<FeedRow>, Error> {
    let upto = (prefix_range(&[FEED]).0, std::ops::Bound::Included(key::numbered(FEED, arrival)));
    let Some((row, value)) = store.engine().scan(upto, Order::Descending).next().transpose()? else { return Ok(None) };
    Ok(Some(decode_feed(&row, &value)?))
}

/// The key of the capture with an arrival in a row of the feed.
pub(super) fn key_in(store: &Store, feed: &FeedRow, arrival: u64) -> Result<StoryKey, Error> {
    let entry = |feed: &FeedRow, arrival: u64| {
        let at = arrival.checked_sub(feed.first).and_then(|at| usize::try_from(at).ok());
        at.and_then(|at| feed.entries.get(at)).cloned()
    };
    let named = |entry| match entry {
        Some(FeedEntry::First(key)) => Some(StoryKey::from(key)),
        _ => None,
    };
    let missing = || Error::damaged(format!("the feed does not say of which story arrival {arrival} is"));
    match entry(feed, arrival) {
        Some(FeedEntry::First(key)) => Ok(key.into()),
        Some(FeedEntry::Again(first)) if first >= feed.first => named(entry(feed, first)).ok_or_else(missing),
        Some(FeedEntry::Again(first)) => {
            let earlier = row_with(store, first)?;
            earlier.and_then(|feed| named(entry(&feed, first))).ok_or_else(missing)
        }
        None => Err(missing()),
    }
}

/// An outcome without an article is news when the capture before it in time saw something else.
fn is_news(outcome: &Outcome, before: &[Capture]) -> bool {
    outcome.kind() != OutcomeKind::NotModified && before.last().is_none_or(|last| last.outcome != *outcome)
}

/// Whether a story was gone when it was last looked for. That it could not be reached since says nothing of it.
fn is_away(before: &[Capture]) -> bool {
    let mut seen = before.iter().rev().map(|capture| capture.outcome.kind());
    seen.find(|kind| *kind != OutcomeKind::Unreachable) == Some(OutcomeKind::Gone)
}

/// A live subscription to the changes of an archive, made by [`Archive::subscribe`].
#[derive(Debug)]
pub struct Subscription {
    changes: Changes,
}

impl Subscription {
    /// Returns the next change, waiting for it at most so long; `None` when none came.
    ///
    /// # Errors
    /// As [`Archive::captures`].
    pub fn recv_timeout(&mut self, timeout: Duration) -> Result<Option<Change>, Error> {
        let deadline = Instant::now().checked_add(timeout);
        loop {
            if let Some(change) = self.changes.next() {
                return change.map(Some);
            }
            let left = deadline.map_or(Duration::MAX, |deadline| deadline.saturating_duration_since(Instant::now()));
            if left.is_zero() || self.changes.has_failed {
                return Ok(None);
            }
            self.changes.archive.wait_for_more(self.changes.next, left);
        }
    }
}
