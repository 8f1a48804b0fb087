//! What is counted of a host, and of all.

use serde::Serialize;

use super::times::Times;
use crate::report::counts::Outcomes;

/// What there is of a publisher, or of all.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Figures {
    /// Stories with a visit.
    pub stories: u64,
    /// Captures that count.
    pub visits: u64,
    /// Revisions that were first captured.
    pub revisions: u64,
    /// Those that are neither first nor cosmetic.
    pub edits: u64,
    /// Edits that look as if a page had not been read whole. They count as edits, also by hour, by day and as the first of a story; they
    /// are none of the stealth edits, notices and headlines below.
    pub suspect: u64,
    /// Stories with an edit.
    pub stories_edited: u64,
    /// Edits for each story; 0 where there is no story.
    pub edits_a_story: f64,
    /// The share of stories with an edit, 0 to 1.
    pub share_edited: f64,
    /// The median of the minutes from the first capture of an article to the first edit, over stories whose first edit is among the
    /// edits: one of these times (of an even number the lower middle one), exact to the minute in the first two days, to the hour in
    /// the first year, to the day in ten years, which is the most. `None` without an edit. It is never less than the time between visits.
    pub first_edit_minutes: Option<u64>,
    /// Edits of facts that the publisher did not own up to: [`Summary::stealth`](crate::diff::Summary::stealth).
    pub stealth: u64,
    /// How many of these have no notice, and the publisher's time of modification given on both sides and the same.
    pub stealth_unmodified: u64,
    /// Edits that added a notice to readers.
    pub corrections: u64,
    /// Edits of a headline beyond typos and typography.
    pub headlines: u64,
    /// How often a story that had been seen was gone.
    pub taken_down: u64,
    /// How often a story that had been seen was elsewhere.
    pub moved: u64,
    /// How often either came back: seen again in the range.
    pub came_back: u64,
    /// What the visits saw.
    pub outcomes: Outcomes,
    /// The share of visits that could not see the story, 0 to 1.
    pub share_unreachable: f64,
}

/// What there is of a host.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Publisher {
    /// The host of the stories' names; `None` for stories that are named by an id.
    pub host: Option<String>,
    /// What there is.
    #[serde(flatten)]
    pub figures: Figures,
}

/// The counts that add up.
#[derive(Debug, Clone, Default)]
pub(super) struct Account {
    pub(super) stories: u64,
    pub(super) visits: u64,
    pub(super) revisions: u64,
    pub(super) edits: u64,
    pub(super) suspect: u64,
    pub(super) stories_edited: u64,
    pub(super) stealth: u64,
    pub(super) stealth_unmodified: u64,
    pub(super) corrections: u64,
    pub(super) headlines: u64,
    pub(super) taken_down: u64,
    pub(super) moved: u64,
    pub(super) came_back: u64,
    pub(super) outcomes: Outcomes,
    pub(super) first_edit: Times,
}

impl Account {
    pub(super) fn merge(&mut self, other: &Self) {
        self.stories += other.stories;
        self.visits += other.visits;
        self.revisions += other.revisions;
        self.edits += other.edits;
        self.suspect += other.suspect;
        self.stories_edited += other.stories_edited;
        self.stealth += other.stealth;
        self.stealth_unmodified += other.stealth_unmodified;
        self.corrections += other.corrections;
        self.headlines += other.headlines;
        self.taken_down += other.taken_down;
        self.moved += other.moved;
        self.came_back += other.came_back;
        self.outcomes.merge(&other.outcomes);
        self.first_edit.merge(&other.first_edit);
    }

    pub(super) fn figures(&self) -> Figures {
        let share = |part: u64, whole: u64| if whole == 0 { 0.0 } else { thousandths(part as f64 / whole as f64) };
        Figures {
            stories: self.stories,
            visits: self.visits,
            revisions: self.revisions,
            edits: self.edits,
            suspect: self.suspect,
            stories_edited: self.stories_edited,
            edits_a_story: share(self.edits, self.stories),
            share_edited: share(self.stories_edited, self.stories),
            first_edit_minutes: self.first_edit.median(),
            stealth: self.stealth,
            stealth_unmodified: self.stealth_unmodified,
            corrections: self.corrections,
            headlines: self.headlines,
            taken_down: self.taken_down,
            moved: self.moved,
            came_back: self.came_back,
            outcomes: self.outcomes,
            share_unreachable: share(self.outcomes.unreachable, self.visits),
        }
    }
}

fn thousandths(number: f64) -> f64 {
    (number * 1_000.0).round() / 1_000.0
}
