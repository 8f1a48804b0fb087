//! A timeline on columns of equal time, as both a terminal and a drawing need it.

use crate::model::{OutcomeKind, Timestamp};
use crate::report::counts::Outcomes;

use super::event::EventKind;
use super::{Event, Timeline};

/// A timeline on columns of equal time.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Picture {
    /// The start of the first column.
    pub first: Timestamp,
    /// A time in the last column, its last.
    pub last: Timestamp,
    /// The columns, oldest first.
    pub columns: Vec<Column>,
    /// Runs of the same outcome other than an article, oldest first: at most one for each column and kind.
    pub spans: Vec<Span>,
}

/// A stretch of time.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Column {
    /// How many captures there are, whatever they saw.
    pub visits: u64,
    /// What they saw.
    pub outcomes: Outcomes,
    /// Whether a revision was in force at its end.
    pub in_force: bool,
    /// The numbers of the first and the last revision that began in it.
    pub revisions: Option<(u64, u64)>,
    /// Of what kinds these are, each once and in the order of [`EventKind`].
    pub kinds: Vec<EventKind>,
    /// Its edits: revisions that are neither first nor cosmetic.
    pub edits: u64,
}

/// A run of the same outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Span {
    /// What was seen.
    pub outcome: OutcomeKind,
    /// The column of the first capture of the run.
    pub from: usize,
    /// The column of the last.
    pub to: usize,
    /// How many captures saw it.
    pub visits: u64,
}

impl Picture {
    /// Returns the column that a time falls into; times outside fall into the first or the last.
    #[must_use]
    pub fn column(&self, at: Timestamp) -> usize {
        let columns = self.columns.len().max(1);
        let length = i128::from(self.last.as_micros()) - i128::from(self.first.as_micros()) + 1;
        let since = i128::from(at.as_micros()) - i128::from(self.first.as_micros());
        let column = since.clamp(0, length - 1) * columns as i128 / length;
        usize::try_from(column).unwrap_or(0)
    }

    /// Returns the kinds of outcome that are no article and were seen, in the order in which they are told.
    #[must_use]
    pub fn outcomes(&self) -> Vec<OutcomeKind> {
        let has = |kind: &OutcomeKind| self.columns.iter().any(|column| column.outcomes.of(*kind) > 0);
        Outcomes::OTHERS.into_iter().filter(has).collect()
    }
}

pub(super) fn draw(timeline: &Timeline, visits: &[(Timestamp, OutcomeKind)], columns: usize) -> Picture {
    let mut picture = Picture {
        first: timeline.first_captured,
        last: timeline.last_captured,
        columns: vec![Column::default(); columns],
        spans: Vec::new(),
    };
    for run in visits.chunk_by(|one, next| one.1 == next.1) {
        picture.add_run(run);
    }
    let mut from = None;
    for event in &timeline.events {
        let at = picture.column(event.from);
        from = from.or(event.revision.map(|_| at));
        if let Some(column) = picture.columns.get_mut(at) {
            column.add(event);
        }
    }
    for column in picture.columns.iter_mut().skip(from.unwrap_or(columns)) {
        column.in_force = true;
    }
    picture
}

impl Picture {
    fn add_run(&mut self, run: &[(Timestamp, OutcomeKind)]) {
        for (at, outcome) in run {
            let at = self.column(*at);
            if let Some(column) = self.columns.get_mut(at) {
                column.visits += 1;
                column.outcomes.add(*outcome);
            }
        }
        let (Some((first, outcome)), Some((last, _))) = (run.first(), run.last()) else { return };
        if *outcome == OutcomeKind::Article {
            return;
        }
        let span =
            Span { outcome: *outcome, from: self.column(*first), to: self.column(*last), visits: run.len() as u64 };
        // A run within the column where the last of its kind ended is nothing new to see.
        let before = self.spans.iter_mut().rev().take(Outcomes::OTHERS.len() * 2);
        match before.into_iter().find(|before| before.outcome == span.outcome && before.to == span.from) {
            Some(before) => {
                before.to = span.to;
                before.visits += span.visits;
            }
            None => self.spans.push(span),
        }
    }
}

impl Column {
    fn add(&mut self, event: &Event) {
        let Some(number) = event.revision.filter(|_| event.kind.is_revision()) else { return };
        self.revisions = Some((self.revisions.map_or(number, |(first, _)| first), number));
        self.edits += u64::from(matches!(event.kind, EventKind::Edit | EventKind::Restored));
        if let Err(place) = self.kinds.binary_search(&event.kind) {
            self.kinds.insert(place, event.kind);
        }
    }
}
