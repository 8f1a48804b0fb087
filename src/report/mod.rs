//! Looking back on what an archive holds.
//!
//! [`Timeline`] tells one story along time: its revisions, its visits, and what was seen instead of an article. [`Report`] tells what
//! changed in many: which edits matter most, which were made without a word, what was corrected, rewritten and taken down, and how
//! publishers compare. [`by_host`] and [`by_day`] only count. [`render`] makes pictures and pages of them.
//!
//! A *visit* is a capture that counts: where a page was read again by a later version of the same program, only the later reading
//! does (see [`standing`](crate::model::standing)). An *edit* is a revision that is neither first nor cosmetic, as in
//! [`Story::changes`](crate::model::Story::changes).
//!
//! All of it follows from captures alone: archives that hold the same captures, in whatever order they came, give the same answer.

mod axis;
mod counts;
pub mod render;
#[cfg(test)]
mod tests;
mod texts;
mod timeline;
mod whole;

pub use axis::{Tick, ticks};
pub use counts::{Counts, DayCounts, HostCounts, Outcomes, by_day, by_host};
pub use timeline::{Column, Event, EventKind, Picture, Span, Timeline};
pub use whole::{DayEdits, Edited, Figures, MOST_TOP, MostEdited, Options, Publisher, Report, SCHEMA, TakeDown};
