//! When to visit a story again.
//!
//! # The rule
//! Edits of a news story become rare in proportion to its age: the rate at which they come falls about as 1 / age. So a story is
//! visited whenever the number of edits that must be expected since the last visit has reached a fixed share
//! ([`Schedule::expected`]), which spends each visit where it finds as much as any other. For a rate that falls as 1 / age this makes the
//! pauses grow in proportion to the age. How many edits are to be expected is learned:
//!
//! - of each site, from how often its stories were found changed ([`Site`]);
//! - of each story, from how often it itself was: both are the means of a Gamma distribution that starts from what is usual and weighs
//!   what was seen (the estimate of a Poisson rate by Bayes; for change of web pages see Cho and Garcia-Molina, "Estimating frequency
//!   of change", ACM TOIT 3(3), 2003);
//! - a story that was changed lately is likely to be changed again, so that a part of the rate falls with the time since its last edit.
//!
//! The constants below were chosen on every eighth story of a corpus of headlines that were captured every ten minutes; the bench
//! `schedule` compares with fixed pauses and the rules of other tools on the others.

use std::time::Duration;

use crate::fetch::after;
use crate::model::{OutcomeKind, Story, Timestamp};

/// In this time after its first moment a story's rate of edits falls to the half, ...
const ONSET_HOURS: f64 = 1.0;
/// ... and in this time after an edit that of the edits which follow it.
const RENEWED_ONSET_HOURS: f64 = 0.5;
/// The edits that are usual of a story in each e-fold of its age.
pub(super) const USUAL_RATE: f64 = 0.12;
/// What is usual counts as much as so many edits: of a site, ...
const SITE_WEIGHT: f64 = 4.0;
/// ... and of a story.
const STORY_WEIGHT: f64 = 4.0;
/// The part of the rate that falls with the time since the last edit.
const RENEWED: f64 = 0.5;
/// The first pause after a story could not be reached; each further one is so many times as long.
const FIRST_RETRY: Duration = Duration::from_secs(15 * 60);
const RETRY_GROWTH: u32 = 3;
/// A story that is gone is looked at again after a while, in case it was a mistake, ...
const GONE_AGAIN: [u64; 4] = [3_600, 6 * 3_600, 86_400, 7 * 86_400];
/// ... and one that was never there so many times.
pub(super) const NEVER_THERE: u32 = 4;

/// How often stories are visited.
#[derive(Debug, Clone, PartialEq)]
pub struct Schedule {
    /// A story is visited when so many edits are to be expected since its last visit. Half of it about doubles the visits.
    pub expected: f64,
    /// The shortest pause between two visits of a story.
    pub shortest: Duration,
    /// The longest.
    pub longest: Duration,
    /// A story that has not changed for so long is no longer visited.
    pub retire_after: Duration,
}

impl Default for Schedule {
    /// A visit for each 0.03 edits to be expected, 5 minutes to 30 days apart, for a year: about 20 in the first month of a story that never changes.
    fn default() -> Self {
        Self {
            expected: 0.03,
            shortest: Duration::from_secs(5 * 60),
            longest: Duration::from_secs(30 * 86_400),
            retire_after: Duration::from_secs(365 * 86_400),
        }
    }
}

/// How often the stories of a site were found changed.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Site {
    /// How many edits were seen.
    edits: f64,
    /// For how long the stories were watched: e-folds of age, all stories together.
    watched: f64,
}

impl Site {
    /// Adds what is known of one of its stories.
    pub fn add(&mut self, story: &Watched) {
        self.edits += story.edits;
        self.watched += story.watched();
    }

    /// Takes back what was added of a story, before it is added as it is now.
    pub fn remove(&mut self, story: &Watched) {
        self.edits = (self.edits - story.edits).max(0.0);
        self.watched = (self.watched - story.watched()).max(0.0);
    }

    /// Returns the edits to be expected in each e-fold of a story's age.
    ///
    /// ```
    /// use morgue::track::Site;
    ///
    /// assert!((Site::default().rate() - 0.12).abs() < 1e-9, "what is usual, while nothing is known");
    /// ```
    #[must_use]
    pub fn rate(&self) -> f64 {
        (self.edits + SITE_WEIGHT) / (self.watched + SITE_WEIGHT / USUAL_RATE)
    }
}

/// What the schedule must know of a story.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Watched {
    /// When it was published, as far as is known.
    pub born: Timestamp,
    /// When it was first visited.
    pub first_visit: Timestamp,
    /// When it was last visited.
    pub last_visit: Timestamp,
    /// When an edit of it was last seen; `None` where none was.
    pub last_edit: Option<Timestamp>,
    /// How many edits were seen.
    pub edits: f64,
}

impl Watched {
    /// Returns what an archive knows of a story.
    ///
    /// The publisher's date counts where it is before the first capture.
    #[must_use]
    pub fn of(story: &Story) -> Self {
        let born = story.published_at.map_or(story.first_captured, |published| published.min(story.first_captured));
        Self {
            born,
            first_visit: story.first_captured,
            last_visit: story.last_captured,
            last_edit: story.last_changed.filter(|_| story.changes > 0),
            edits: story.changes as f64,
        }
    }

    /// The e-folds of its age in which it was watched.
    fn watched(&self) -> f64 {
        let from = hours(self.born, self.first_visit) + ONSET_HOURS;
        let to = hours(self.born, self.last_visit) + ONSET_HOURS;
        (to / from).ln().max(0.0)
    }
}

/// What to do with a story.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// Visit it then.
    At(Timestamp),
    /// Visit it no more.
    Never,
}

impl Schedule {
    /// Returns when to visit a story again.
    ///
    /// `stretch` is by how much all pauses are lengthened, to stay within a budget: 1 where they are not.
    ///
    /// ```
    /// use morgue::track::{Next, Schedule, Site, Watched};
    ///
    /// let at = |time: &str| time.parse().unwrap();
    /// let pause = |last_visit| {
    ///     let born = at("2026-03-01T12:00Z");
    ///     let story = Watched { born, first_visit: born, last_visit, last_edit: None, edits: 0.0 };
    ///     match Schedule::default().next(&story, &Site::default(), 1.0) {
    ///         Next::At(next) => next.as_micros() - last_visit.as_micros(),
    ///         Next::Never => panic!("it is new"),
    ///     }
    /// };
    /// assert!(pause(at("2026-03-02T12:00Z")) > 5 * pause(at("2026-03-01T13:00Z")), "the older, the rarer");
    /// ```
    #[must_use]
    pub fn next(&self, story: &Watched, site: &Site, stretch: f64) -> Next {
        let quiet_since = story.last_edit.unwrap_or(story.born).max(story.first_visit);
        if hours(quiet_since, story.last_visit) >= self.retire_after.as_secs_f64() / 3_600.0 {
            return Next::Never;
        }
        let base = site.rate();
        let rate = base * (story.edits + STORY_WEIGHT) / (base * story.watched() + STORY_WEIGHT);
        let age = hours(story.born, story.last_visit) + ONSET_HOURS;
        let since_edit = story.last_edit.map_or(age, |edit| hours(edit, story.last_visit) + RENEWED_ONSET_HOURS);
        let span = 1.0 / ((1.0 - RENEWED) / age + RENEWED / since_edit);
        let pause = span * (self.expected / rate).exp_m1() * stretch.max(1.0);
        let pause = pause.clamp(self.shortest.as_secs_f64() / 3_600.0, self.longest.as_secs_f64() / 3_600.0);
        Next::At(after(story.last_visit, Duration::from_secs_f64(pause * 3_600.0)))
    }

    /// Returns when to try a story again that could not be reached, or held no story, `times` times in a row.
    ///
    /// `was_there` says whether a story was ever seen there: one that never was is given up after a few tries.
    #[must_use]
    pub fn again(&self, last_visit: Timestamp, times: u32, outcome: OutcomeKind, was_there: bool) -> Next {
        if !was_there && times >= NEVER_THERE {
            return Next::Never;
        }
        let pause = match outcome {
            OutcomeKind::Gone => {
                let place = (times as usize).saturating_sub(1);
                match GONE_AGAIN.get(place) {
                    Some(seconds) => Duration::from_secs(*seconds),
                    None => return Next::Never,
                }
            }
            _ => FIRST_RETRY.saturating_mul(RETRY_GROWTH.saturating_pow(times.saturating_sub(1).min(12))),
        };
        Next::At(after(last_visit, pause.max(self.shortest).min(self.longest)))
    }
}

fn hours(from: Timestamp, to: Timestamp) -> f64 {
    (to.as_micros().saturating_sub(from.as_micros())).max(0) as f64 / 3.6e9
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(hours: f64) -> Timestamp {
        Timestamp::from_micros((hours * 3.6e9) as i64).unwrap()
    }

    fn story(last_visit: f64, last_edit: Option<f64>, edits: f64) -> Watched {
        Watched { born: at(0.0), first_visit: at(0.0), last_visit: at(last_visit), last_edit: last_edit.map(at), edits }
    }

    fn pause(story: &Watched, site: &Site) -> f64 {
        match Schedule::default().next(story, site, 1.0) {
            Next::At(next) => hours(story.last_visit, next),
            Next::Never => f64::INFINITY,
        }
    }

    #[test]
    fn pauses_grow_with_the_age_between_the_shortest_and_the_longest() {
        let site = Site::default();
        let pauses: Vec<f64> =
            [0.0, 1.0, 10.0, 100.0, 1_000.0].map(|age| pause(&story(age, None, 0.0), &site)).to_vec();
        assert!(pauses.is_sorted_by(|a, b| a < b), "{pauses:?}");
        assert!(pauses[0] >= 5.0 / 60.0 && pauses[4] <= 30.0 * 24.0, "{pauses:?}");
        assert_eq!(pause(&story(365.0 * 24.0, None, 0.0), &site), f64::INFINITY);
    }

    #[test]
    fn what_changes_often_or_has_just_changed_is_visited_more_often() {
        let site = Site::default();
        let calm = pause(&story(48.0, None, 0.0), &site);
        let often = pause(&story(48.0, Some(2.0), 6.0), &site);
        let lately = pause(&story(48.0, Some(47.5), 6.0), &site);
        assert!(lately < often && often < calm, "{lately} {often} {calm}");
    }

    #[test]
    fn a_site_is_known_by_its_stories() {
        let mut busy = Site::default();
        let mut calm = Site::default();
        for _ in 0..200 {
            busy.add(&story(100.0, Some(50.0), 5.0));
            calm.add(&story(100.0, None, 0.0));
        }
        assert!(busy.rate() > 4.0 * Site::default().rate() && calm.rate() < 0.2 * Site::default().rate());
        let new = story(1.0, None, 0.0);
        assert!(pause(&new, &busy) < pause(&new, &calm));
        for _ in 0..200 {
            busy.remove(&story(100.0, Some(50.0), 5.0));
        }
        assert!((busy.rate() - Site::default().rate()).abs() < 1e-9);
    }

    #[test]
    fn a_story_that_is_gone_is_asked_for_a_few_times_more_and_one_that_fails_ever_more_rarely() {
        let schedule = Schedule::default();
        let pauses = |outcome, was_there| {
            let next = (1..9).map(|times| schedule.again(at(0.0), times, outcome, was_there));
            next.map(|next| match next {
                Next::At(next) => hours(at(0.0), next),
                Next::Never => -1.0,
            })
            .collect::<Vec<_>>()
        };
        assert_eq!(pauses(OutcomeKind::Gone, true), [1.0, 6.0, 24.0, 168.0, -1.0, -1.0, -1.0, -1.0]);
        assert_eq!(pauses(OutcomeKind::Unreachable, true)[..4], [0.25, 0.75, 2.25, 6.75]);
        assert_eq!(pauses(OutcomeKind::Unreachable, true)[7], 546.75);
        assert_eq!(pauses(OutcomeKind::Unreachable, false)[3..], [-1.0; 5]);
    }

    #[test]
    fn a_stretch_lengthens_pauses() {
        let story = story(10.0, None, 0.0);
        let of = |stretch| match Schedule::default().next(&story, &Site::default(), stretch) {
            Next::At(next) => hours(story.last_visit, next),
            Next::Never => 0.0,
        };
        assert!((of(2.0) / of(1.0) - 2.0).abs() < 1e-3);
    }
}
