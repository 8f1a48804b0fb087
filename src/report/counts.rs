//! Counting by host and by day.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::archive::{Archive, Error, StoryFilter};
use crate::model::{Capture, OutcomeKind, RevisionKind, Timestamp, fold};

/// How many captures saw what.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
#[allow(missing_docs, reason = "the names are those of Outcome")]
pub struct Outcomes {
    pub article: u64,
    pub not_modified: u64,
    pub teaser: u64,
    pub gone: u64,
    pub moved: u64,
    pub unreachable: u64,
}

impl Outcomes {
    /// The kinds that are no article, in the order in which they are told.
    pub const OTHERS: [OutcomeKind; 5] = [
        OutcomeKind::NotModified,
        OutcomeKind::Teaser,
        OutcomeKind::Gone,
        OutcomeKind::Moved,
        OutcomeKind::Unreachable,
    ];

    /// Returns how many saw an outcome of this kind.
    #[must_use]
    pub const fn of(&self, kind: OutcomeKind) -> u64 {
        match kind {
            OutcomeKind::Article => self.article,
            OutcomeKind::NotModified => self.not_modified,
            OutcomeKind::Teaser => self.teaser,
            OutcomeKind::Gone => self.gone,
            OutcomeKind::Moved => self.moved,
            OutcomeKind::Unreachable => self.unreachable,
        }
    }

    pub(super) const fn add(&mut self, kind: OutcomeKind) {
        let count = match kind {
            OutcomeKind::Article => &mut self.article,
            OutcomeKind::NotModified => &mut self.not_modified,
            OutcomeKind::Teaser => &mut self.teaser,
            OutcomeKind::Gone => &mut self.gone,
            OutcomeKind::Moved => &mut self.moved,
            OutcomeKind::Unreachable => &mut self.unreachable,
        };
        *count += 1;
    }

    pub(super) const fn merge(&mut self, other: &Self) {
        self.article += other.article;
        self.not_modified += other.not_modified;
        self.teaser += other.teaser;
        self.gone += other.gone;
        self.moved += other.moved;
        self.unreachable += other.unreachable;
    }
}

/// What there is of something.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Counts {
    /// Stories with a capture among these.
    pub stories: u64,
    /// Captures, earlier readings of pages that were read again included.
    pub captures: u64,
    /// Revisions first captured among these.
    pub revisions: u64,
    /// How many of the revisions are edits: neither first nor cosmetic.
    pub edits: u64,
    /// What the captures saw.
    pub outcomes: Outcomes,
}

/// What there is of one host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct HostCounts {
    /// The host of the stories' names; `None` for stories that are named by an id.
    pub host: Option<String>,
    /// What there is.
    #[serde(flatten)]
    pub counts: Counts,
}

/// What there is of one day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct DayCounts {
    /// The day of capture in UTC, as `2026-03-01`.
    pub day: String,
    /// What there is.
    #[serde(flatten)]
    pub counts: Counts,
}

const MICROS_PER_DAY: i64 = 86_400_000_000;

/// Counts what each host has, those with the most captures first, then by name.
///
/// Only captures from `since` to `until` count, both included, and only stories that the filter lets through. Takes memory for each
/// host and for one story at a time.
///
/// ```
/// use morgue::{Archive, Article, Durability, NewCapture, StoryFilter, StoryKey, report};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let archive = Archive::in_memory();
/// let story = StoryKey::url("https://news.example/bridge")?;
/// for (day, headline) in [("2026-03-01", "Bridge closed"), ("2026-03-02", "Bridge open")] {
///     archive.ingest(NewCapture::article(story.clone(), day.parse()?, Article::new(headline)), Durability::Buffered)?;
/// }
/// let hosts = report::by_host(&archive, &StoryFilter::default())?;
/// assert_eq!(hosts[0].host.as_deref(), Some("news.example"));
/// assert_eq!((hosts[0].counts.captures, hosts[0].counts.edits), (2, 1));
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// As [`Archive::captures`].
pub fn by_host(archive: &Archive, filter: &StoryFilter) -> Result<Vec<HostCounts>, Error> {
    let mut hosts: BTreeMap<Option<String>, Counts> = BTreeMap::new();
    count(archive, filter, |host, _| host.map(str::to_owned), &mut hosts)?;
    let mut rows: Vec<HostCounts> = hosts.into_iter().map(|(host, counts)| HostCounts { host, counts }).collect();
    // Sorting keeps the order of the names among equals.
    rows.sort_by_key(|row| std::cmp::Reverse(row.counts.captures));
    Ok(rows)
}

/// Counts what each day has, oldest first; days without a capture are left out.
///
/// Only captures from `since` to `until` count, both included, and only stories that the filter lets through. Takes memory for each
/// day and for one story at a time.
///
/// ```
/// use morgue::{Archive, Article, Durability, NewCapture, StoryFilter, StoryKey, report};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let archive = Archive::in_memory();
/// for (day, headline) in [("2026-03-01", "Bridge closed"), ("2026-03-02", "Bridge open")] {
///     let capture = NewCapture::article(StoryKey::id("bridge")?, day.parse()?, Article::new(headline));
///     archive.ingest(capture, Durability::Buffered)?;
/// }
/// let days = report::by_day(&archive, &StoryFilter::default())?;
/// assert_eq!(days[1].day, "2026-03-02");
/// assert_eq!((days[1].counts.captures, days[1].counts.edits), (1, 1));
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// As [`Archive::captures`].
pub fn by_day(archive: &Archive, filter: &StoryFilter) -> Result<Vec<DayCounts>, Error> {
    let mut days: BTreeMap<Timestamp, Counts> = BTreeMap::new();
    count(archive, filter, |_, at| start_of_day(at), &mut days)?;
    Ok(days.into_iter().map(|(day, counts)| DayCounts { day: day.date(), counts }).collect())
}

fn start_of_day(at: Timestamp) -> Timestamp {
    let micros = at.as_micros();
    Timestamp::from_micros(micros - micros.rem_euclid(MICROS_PER_DAY)).unwrap_or(at)
}

fn count<K: Ord + Clone>(
    archive: &Archive,
    filter: &StoryFilter,
    key: impl Fn(Option<&str>, Timestamp) -> K,
    rows: &mut BTreeMap<K, Counts>,
) -> Result<(), Error> {
    for story in archive.stories(filter) {
        let story = story?;
        let captures = archive.captures(&story.story)?;
        let mut seen = BTreeSet::new();
        for capture in captures.iter().filter(|capture| is_within(filter, capture)) {
            let key = key(story.story.host(), capture.captured_at);
            let counts = rows.entry(key.clone()).or_default();
            counts.captures += 1;
            counts.outcomes.add(capture.outcome.kind());
            counts.stories += u64::from(seen.insert(key));
        }
        for revision in fold(&captures) {
            // One that began before `since` has its row elsewhere, or none.
            let at = revision.first_captured;
            if let Some(counts) = rows.get_mut(&key(story.story.host(), at)).filter(|_| holds(filter, at)) {
                counts.revisions += 1;
                counts.edits += u64::from(is_edit(revision.kind));
            }
        }
    }
    Ok(())
}

pub(super) const fn is_edit(kind: RevisionKind) -> bool {
    matches!(kind, RevisionKind::Edit | RevisionKind::Restored)
}

fn is_within(filter: &StoryFilter, capture: &Capture) -> bool {
    holds(filter, capture.captured_at)
}

fn holds(filter: &StoryFilter, at: Timestamp) -> bool {
    filter.since.is_none_or(|since| at >= since) && filter.until.is_none_or(|until| at <= until)
}

#[cfg(test)]
mod tests;
