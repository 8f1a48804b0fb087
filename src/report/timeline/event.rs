//! Runs of equal captures.

use serde::Serialize;

use crate::archive::Error;
use crate::diff::{NoticeKind, Stealth};
use crate::model::{ArticleHash, Capture, Outcome, Revision, RevisionKind, Timestamp};
use crate::report::texts::{Texts, shorten};

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum EventKind {
    /// A revision began: see [`RevisionKind::First`].
    First,
    /// See [`RevisionKind::Edit`].
    Edit,
    /// See [`RevisionKind::Cosmetic`].
    Cosmetic,
    /// See [`RevisionKind::Restored`].
    Restored,
    /// The revision in force was seen again, or the publisher said that nothing had changed.
    Unchanged,
    /// The publisher said that nothing had changed, before any article was seen.
    NotModified,
    /// See [`Outcome::Teaser`].
    Teaser,
    /// See [`Outcome::Gone`].
    Gone,
    /// See [`Outcome::Moved`].
    Moved,
    /// See [`Outcome::Unreachable`].
    Unreachable,
}

impl EventKind {
    /// Returns the word for it in JSON and on the command line.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::First => "first",
            Self::Edit => "edit",
            Self::Cosmetic => "cosmetic",
            Self::Restored => "restored",
            Self::Unchanged => "unchanged",
            Self::NotModified => "not-modified",
            Self::Teaser => "teaser",
            Self::Gone => "gone",
            Self::Moved => "moved",
            Self::Unreachable => "unreachable",
        }
    }

    /// Returns whether a revision begins with it.
    #[must_use]
    pub const fn is_revision(self) -> bool {
        matches!(self, Self::First | Self::Edit | Self::Cosmetic | Self::Restored)
    }

    const fn of_revision(kind: RevisionKind) -> Self {
        match kind {
            RevisionKind::First => Self::First,
            RevisionKind::Edit => Self::Edit,
            RevisionKind::Cosmetic => Self::Cosmetic,
            RevisionKind::Restored => Self::Restored,
        }
    }

    const fn of_outcome(outcome: &Outcome, is_in_force: bool) -> Self {
        match outcome {
            Outcome::Article(_) => Self::Unchanged,
            Outcome::NotModified if is_in_force => Self::Unchanged,
            Outcome::NotModified => Self::NotModified,
            Outcome::Teaser(_) => Self::Teaser,
            Outcome::Gone => Self::Gone,
            Outcome::Moved(_) => Self::Moved,
            Outcome::Unreachable(_) => Self::Unreachable,
        }
    }
}

/// One capture by which a revision began, or a run of captures that saw the same.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Event {
    /// What happened.
    pub kind: EventKind,
    /// The time of its first capture.
    pub from: Timestamp,
    /// The time of its last capture.
    pub to: Timestamp,
    /// How many captures it is.
    pub captures: u64,
    /// How many of these are earlier readings of a page that was read again, and do not count.
    #[serde(skip_serializing_if = "is_zero")]
    pub readings: u64,
    /// The revision that begins, or that is in force; `None` before the first.
    pub revision: Option<u64>,
    /// The text that was seen, an article's or a teaser's; `None` where the captures of one event need not have one.
    pub hash: Option<ArticleHash>,
    /// Where it moved to, why it could not be seen, or the HTTP status.
    pub detail: Option<String>,
    /// Of a revision: its headline, at most 300 bytes of it.
    pub headline: Option<String>,
    /// Of a revision: its words.
    pub words: Option<u64>,
    /// Of a revision: when it was published, as the publisher claims.
    pub published_at: Option<Timestamp>,
    /// Of a revision: when it was modified, as the publisher claims.
    pub modified_at: Option<Timestamp>,
    /// Of a revision that is compared with another: how much the change matters, 0 to 1.
    pub significance: Option<f64>,
    /// What changed, in one line.
    pub summary: Option<String>,
    /// Whether a fact changed, and the publisher did not say so.
    pub stealth: Option<Stealth>,
    /// The kind of the first notice to readers that was added.
    pub notice: Option<NoticeKind>,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
const fn is_zero(number: &u64) -> bool {
    *number == 0
}

impl Event {
    fn new(kind: EventKind, capture: &Capture, revision: Option<&Revision>) -> Self {
        let own = revision.filter(|_| kind.is_revision());
        Self {
            kind,
            from: capture.captured_at,
            to: capture.captured_at,
            captures: 0,
            readings: 0,
            revision: revision.map(|revision| revision.number),
            hash: capture.outcome.text_hash().filter(|_| kind != EventKind::Unchanged),
            detail: detail(capture).filter(|_| kind != EventKind::Unchanged && own.is_none()),
            headline: None,
            words: None,
            published_at: own.and_then(|own| own.published_at),
            modified_at: own.and_then(|own| own.modified_at),
            significance: None,
            summary: None,
            stealth: None,
            notice: None,
        }
    }

    /// Whether a capture with this event of its own goes on with this one.
    fn goes_on(&self, next: &Self) -> bool {
        let same = |event: &Self| (event.kind, event.hash, event.revision, event.detail.clone());
        !next.kind.is_revision() && same(self) == same(next)
    }

    /// Adds what the text of a revision tells.
    pub(super) fn describe(&mut self, revisions: &[Revision], texts: &mut Texts<'_>) -> Result<(), Error> {
        let number = self.revision.filter(|_| self.kind.is_revision());
        let Some(revision) = revisions.iter().rev().find(|revision| Some(revision.number) == number) else {
            return Ok(());
        };
        let article = texts.get(revision.number)?;
        self.headline = Some(shorten(&article.headline));
        self.words = Some(article.words() as u64);
        if let Some(compared) = texts.compare(revision)? {
            let summary = &compared.diff.summary;
            self.significance = Some(summary.significance);
            self.summary = Some(summary.to_string());
            self.stealth = summary.stealth;
            self.notice = summary.notice;
        }
        Ok(())
    }
}

fn detail(capture: &Capture) -> Option<String> {
    match &capture.outcome {
        Outcome::Moved(to) => Some(format!("to {to}")),
        Outcome::Unreachable(cause) => Some(shorten(cause)),
        _ => capture.observation.status.map(|status| format!("status {status}")),
    }
}

/// The events of the captures that are told, without what their texts tell.
pub(super) fn events(
    captures: &[Capture],
    revisions: &[Revision],
    standing: Option<&[usize]>,
    is_told: impl Fn(Timestamp) -> bool,
) -> Vec<Event> {
    let readings = readings(captures.len(), standing);
    let mut coming = revisions.iter().peekable();
    let mut in_force: Option<&Revision> = None;
    let mut events: Vec<Event> = Vec::new();
    for (place, (capture, readings)) in captures.iter().zip(readings).enumerate() {
        if standing.is_some_and(|standing| standing.get(place) != Some(&place)) {
            continue;
        }
        let begins = coming.next_if(|revision| {
            Some(revision.hash) == capture.outcome.article() && revision.first_captured == capture.captured_at
        });
        in_force = begins.or(in_force);
        let kind = match begins {
            Some(revision) => EventKind::of_revision(revision.kind),
            None => EventKind::of_outcome(&capture.outcome, in_force.is_some()),
        };
        if !is_told(capture.captured_at) {
            continue;
        }
        let own = Event::new(kind, capture, in_force);
        if !events.last().is_some_and(|last| last.goes_on(&own)) {
            events.push(own);
        }
        if let Some(event) = events.last_mut() {
            event.to = capture.captured_at;
            event.captures += 1 + readings;
            event.readings += readings;
        }
    }
    events
}

/// For each capture, how many earlier readings of the same page it counts in the stead of.
fn readings(captures: usize, standing: Option<&[usize]>) -> Vec<u64> {
    let mut readings = vec![0; captures];
    for (_, stands) in standing.unwrap_or_default().iter().enumerate().filter(|(place, stands)| place != *stands) {
        readings.get_mut(*stands).into_iter().for_each(|count| *count += 1);
    }
    readings
}
