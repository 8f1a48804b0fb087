//! What changed in many stories.

mod account;
mod days;
mod items;
mod story;
mod tally;
mod times;
mod top;

use rayon::prelude::*;
use serde::Serialize;

use crate::archive::{Archive, Error, StoryFilter};
use crate::diff::{self, render};
use crate::model::{Selector, Story, Timestamp};

pub use account::{Figures, Publisher};
pub use days::DayEdits;
pub use items::{Edited, MostEdited, TakeDown};

use tally::Tally;

/// The version of the shape in which a report is serialised.
pub const SCHEMA: u32 = 1;

/// The longest list that a report has.
pub const MOST_TOP: usize = 1_000;

/// What to report on.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Options {
    /// Only what was captured at or after this time.
    pub since: Option<Timestamp>,
    /// Only what was captured at or before this time.
    pub until: Option<Timestamp>,
    /// Only stories at this host or one under it.
    pub host: Option<String>,
    /// The length of each list: at most 1,000. The default is 10.
    pub top: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self { since: None, until: None, host: None, top: 10 }
    }
}

/// What changed in many stories.
///
/// Serialised it is one object; fields may be added, and what one means changes only together with `schema`.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Report {
    /// [`SCHEMA`].
    pub schema: u32,
    /// As in [`Options`].
    pub since: Option<Timestamp>,
    /// As in [`Options`].
    pub until: Option<Timestamp>,
    /// As in [`Options`].
    pub host: Option<String>,
    /// The time of the first visit that counts; `None` when there is none.
    pub first_captured: Option<Timestamp>,
    /// The time of the last.
    pub last_captured: Option<Timestamp>,
    /// All of it in numbers.
    pub total: Figures,
    /// The same by host, those with the most visits first, then by name.
    pub publishers: Vec<Publisher>,
    /// What hosts past the first 10,000 by name have, together; `None` when there are not so many.
    pub other_publishers: Option<Figures>,
    /// Edits by the whole hours from the first capture of an article to them: 72 counts, for less than one hour to less than 72.
    pub edits_by_hour: Vec<u64>,
    /// Edits after that.
    pub edits_later: u64,
    /// Edits by the day of their capture in UTC, oldest first; days without one are left out.
    pub edits_by_day: Vec<DayEdits>,
    /// How many days each entry of `edits_by_day` is: 1, or a power of two, so that there are at most 400.
    pub days_per_entry: u32,
    /// The edits that matter most, by [`Summary::significance`](diff::Summary::significance).
    pub significant: Vec<Edited>,
    /// The stories with the most edits.
    pub most_edited: Vec<MostEdited>,
    /// Edits of facts that the publisher did not own up to ([`Summary::stealth`](diff::Summary::stealth)): first those without a notice
    /// and with an unchanged time of modification, then those without a notice, each by significance.
    pub stealth: Vec<Edited>,
    /// Edits that added a notice: retractions, corrections, clarifications, editor's notes, updates, each by significance.
    pub corrections: Vec<Edited>,
    /// Edits of a headline beyond typos and typography, by significance.
    pub headlines: Vec<Edited>,
    /// Stories that were gone or moved after an article had been seen, those gone first, each latest first.
    pub take_downs: Vec<TakeDown>,
}

/// Stories are read together until they have so many captures, or are so many.
const CHUNK_CAPTURES: u64 = 4_096;
const CHUNK_STORIES: usize = 512;

impl Report {
    /// Looks at all stories that `options` let through.
    ///
    /// Each capture of the range is looked at once, and each edit compared with the text before it, on all cores. An edit that looks as
    /// if a page had not been read whole ([`extraction_suspect`](diff::Summary::extraction_suspect)) is counted as such and told
    /// in no list. Takes memory for the lists, for at most 10,000 hosts, and for a few stories at a time, not for the archive.
    ///
    /// ```
    /// use morgue::{Archive, Article, Durability, NewCapture, StoryKey, report::{Options, Report}};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let archive = Archive::in_memory();
    /// let story = StoryKey::url("https://news.example/flood")?;
    /// for (hour, text) in [("08", "The flood killed 17 people."), ("11", "The flood killed 22 people.")] {
    ///     let article = Article::new("Flood").with_text(text);
    ///     let captured_at = format!("2026-03-01T{hour}:00:00Z").parse()?;
    ///     archive.ingest(NewCapture::article(story.clone(), captured_at, article), Durability::Buffered)?;
    /// }
    /// let report = Report::of(&archive, &Options::default())?;
    /// assert_eq!((report.total.edits, report.total.stealth, report.edits_by_hour[3]), (1, 1, 1));
    /// assert_eq!(report.significant[0].summary, "17 -> 22 people; no notice");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Archive::stories`], [`Archive::captures`] and [`Archive::article`].
    pub fn of(archive: &Archive, options: &Options) -> Result<Self, Error> {
        let top = options.top.min(MOST_TOP);
        let filter = StoryFilter {
            host: options.host.clone(),
            since: options.since,
            until: options.until,
            ..StoryFilter::default()
        };
        let mut tally = Tally::new(top);
        let mut stories = archive.stories(&filter);
        loop {
            let chunk = chunk(&mut stories)?;
            if chunk.is_empty() {
                break;
            }
            let told: Vec<Result<Tally, Error>> =
                chunk.par_iter().map(|story| story::tally(archive, story, options, top)).collect();
            for story in told {
                tally.merge(story?);
            }
        }
        Ok(tally.report(options))
    }

    /// Returns the first so many of [`significant`](Report::significant) as pages of HTML that stand alone, as
    /// [`render::html`] makes them, in the same order. One that is no longer there is empty.
    ///
    /// # Errors
    /// As [`Archive::compare`].
    pub fn diffs(&self, archive: &Archive, many: usize) -> Result<Vec<String>, Error> {
        self.significant.iter().take(many).map(|edit| page(archive, edit)).collect()
    }
}

/// The next stories.
fn chunk(stories: &mut impl Iterator<Item = Result<Story, Error>>) -> Result<Vec<Story>, Error> {
    let mut chunk = Vec::new();
    let mut captures = 0;
    while chunk.len() < CHUNK_STORIES && captures < CHUNK_CAPTURES {
        let Some(story) = stories.next().transpose()? else { break };
        captures += story.captures;
        chunk.push(story);
    }
    Ok(chunk)
}

fn page(archive: &Archive, edit: &Edited) -> Result<String, Error> {
    let (old, new) = (Selector::Number(edit.previous), Selector::Number(edit.revision));
    let Some(found) = archive.compare(&edit.story, &old, &new, &diff::Options::default())? else {
        return Ok(String::new());
    };
    let label = |memento: &crate::model::Memento| {
        let at = memento.revision.first_captured.to_chrono().format("%Y-%m-%d %H:%M");
        format!("#{}, captured {at}", memento.revision.number)
    };
    let options = render::Options {
        old_label: label(&found.old),
        new_label: label(&found.new),
        title: edit.headline.clone(),
        ..render::Options::default()
    };
    Ok(render::html(&found.diff, &found.old.article, &found.new.article, &options))
}

#[cfg(test)]
mod tests;
