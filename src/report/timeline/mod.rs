//! One story along time.

mod event;
mod picture;

use crate::archive::{Archive, Error};
use crate::model::{OutcomeKind, StoryKey, Timestamp, fold, standing};

pub use event::{Event, EventKind};
pub use picture::{Column, Picture, Span};

use super::texts::{Texts, shorten};

/// One story along time: what was captured, in runs of the same.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Timeline {
    /// The name of the story.
    pub story: StoryKey,
    /// The headline of the latest revision that is told, at most 300 bytes of it; empty when there is none.
    pub headline: String,
    /// The time of the first capture that is told.
    pub first_captured: Timestamp,
    /// The time of the last capture that is told.
    pub last_captured: Timestamp,
    /// What happened, oldest first. Each capture is in exactly one event.
    pub events: Vec<Event>,
    /// The captures that count.
    visits: Vec<(Timestamp, OutcomeKind)>,
}

impl Timeline {
    /// Returns the timeline of a story, with its captures from `since` to `until`, both included; `None` when there are none.
    ///
    /// Revisions keep the numbers that they have in the whole story, and each edit is compared with the revision before it, whether
    /// or not that is in the range. Reads every article of the range once; keeps one event for each run of equal captures.
    ///
    /// ```
    /// use morgue::{Archive, Article, Durability, NewCapture, StoryKey, report::{EventKind, Timeline}};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let archive = Archive::in_memory();
    /// let story = StoryKey::id("bridge")?;
    /// for (day, headline) in [("2026-03-01", "Closed"), ("2026-03-02", "Closed"), ("2026-03-03", "Closed"), ("2026-03-04", "Open")] {
    ///     archive.ingest(NewCapture::article(story.clone(), day.parse()?, Article::new(headline)), Durability::Buffered)?;
    /// }
    /// let timeline = Timeline::of(&archive, &story, None, None)?.expect("there are captures");
    /// let told: Vec<_> = timeline.events.iter().map(|event| (event.kind, event.captures)).collect();
    /// assert_eq!(told, [(EventKind::First, 1), (EventKind::Unchanged, 2), (EventKind::Edit, 1)]);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Archive::captures`] and [`Archive::article`].
    pub fn of(
        archive: &Archive,
        story: &StoryKey,
        since: Option<Timestamp>,
        until: Option<Timestamp>,
    ) -> Result<Option<Self>, Error> {
        let captures = archive.captures(story)?;
        let is_told = |at: Timestamp| since.is_none_or(|since| at >= since) && until.is_none_or(|until| at <= until);
        let standing = standing(&captures);
        let counts = |place: usize| standing.as_ref().is_none_or(|standing| standing.get(place) == Some(&place));
        let told =
            captures.iter().enumerate().filter(|(place, capture)| counts(*place) && is_told(capture.captured_at));
        let visits: Vec<(Timestamp, OutcomeKind)> =
            told.map(|(_, capture)| (capture.captured_at, capture.outcome.kind())).collect();
        let (Some((first_captured, _)), Some((last_captured, _))) = (visits.first(), visits.last()) else {
            return Ok(None);
        };
        let revisions = fold(&captures);
        let mut events = event::events(&captures, &revisions, standing.as_deref(), is_told);
        let mut texts = Texts::new(archive, story, &revisions);
        let mut headline = None;
        // Newest first, as older texts are packed against newer ones.
        for event in events.iter_mut().rev() {
            event.describe(&revisions, &mut texts)?;
            headline = headline.or_else(|| event.headline.clone());
        }
        // The range may begin within a revision.
        let last = revisions.iter().rev().find(|revision| revision.first_captured <= *last_captured);
        if let (None, Some(revision)) = (&headline, last) {
            headline = Some(shorten(&texts.get(revision.number)?.headline));
        }
        let (first_captured, last_captured) = (*first_captured, *last_captured);
        Ok(Some(Self {
            story: story.clone(),
            headline: headline.unwrap_or_default(),
            first_captured,
            last_captured,
            events,
            visits,
        }))
    }

    /// Returns how many captures are told, earlier readings of pages that were read again included.
    #[must_use]
    pub fn captures(&self) -> u64 {
        self.events.iter().map(|event| event.captures).sum()
    }

    /// Returns how many revisions begin among the captures that are told.
    #[must_use]
    pub fn revisions(&self) -> u64 {
        self.events.iter().map(|event| u64::from(event.kind.is_revision())).sum()
    }

    /// Returns the timeline drawn on so many columns of equal time, at least one.
    #[must_use]
    pub fn picture(&self, columns: usize) -> Picture {
        picture::draw(self, &self.visits, columns.clamp(1, 100_000))
    }
}

#[cfg(test)]
mod tests;
