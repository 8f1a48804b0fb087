//! An axis of time.

use chrono::{Datelike, NaiveDate};

use crate::model::Timestamp;

/// A mark on an axis of time.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Tick {
    /// Where it stands.
    pub at: Timestamp,
    /// What stands at it: `08:00`, `03-02` (also for midnight), `2026-03` or `2026`, by how far the marks are apart. At most seven
    /// characters.
    pub label: String,
}

const MINUTE: i64 = 60_000_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// How far marks are apart.
#[derive(Debug, Clone, Copy)]
enum Step {
    Micros(i64),
    Months(i32),
}

const STEPS: [Step; 28] = [
    Step::Micros(MINUTE),
    Step::Micros(5 * MINUTE),
    Step::Micros(15 * MINUTE),
    Step::Micros(30 * MINUTE),
    Step::Micros(HOUR),
    Step::Micros(2 * HOUR),
    Step::Micros(3 * HOUR),
    Step::Micros(6 * HOUR),
    Step::Micros(12 * HOUR),
    Step::Micros(DAY),
    Step::Micros(2 * DAY),
    Step::Micros(4 * DAY),
    Step::Micros(7 * DAY),
    Step::Micros(14 * DAY),
    Step::Months(1),
    Step::Months(2),
    Step::Months(3),
    Step::Months(6),
    Step::Months(12),
    Step::Months(24),
    Step::Months(60),
    Step::Months(120),
    Step::Months(240),
    Step::Months(600),
    Step::Months(1_200),
    Step::Months(6_000),
    Step::Months(12_000),
    Step::Months(60_000),
];

/// Returns the marks of an axis from `first` to `last`, as close as they can be while there are at most `most` of them.
///
/// They stand at whole minutes, hours, days, months or years in UTC. At least one is returned: where none of these lies between, it
/// is `first`.
///
/// ```
/// use morgue::report::ticks;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let labels = |first: &str, last: &str| -> Result<Vec<String>, Box<dyn std::error::Error>> {
///     Ok(ticks(first.parse()?, last.parse()?, 4).into_iter().map(|tick| tick.label).collect())
/// };
/// assert_eq!(labels("2026-03-01T20:00Z", "2026-03-02T08:00Z")?, ["21:00", "03-02", "03:00", "06:00"]);
/// assert_eq!(labels("2026-01-10", "2026-04-02")?, ["2026-02", "2026-03", "2026-04"]);
/// # Ok(())
/// # }
/// ```
#[must_use]
pub fn ticks(first: Timestamp, last: Timestamp, most: usize) -> Vec<Tick> {
    let fitting = STEPS.iter().filter_map(|step| step.marks(first, last, most.max(1)));
    let marks = fitting.into_iter().next().unwrap_or_default();
    if marks.is_empty() {
        return vec![Tick { at: first, label: first.to_chrono().format("%H:%M").to_string() }];
    }
    marks
}

impl Step {
    /// The marks; `None` when there are too many.
    fn marks(self, first: Timestamp, last: Timestamp, most: usize) -> Option<Vec<Tick>> {
        let mut marks = Vec::new();
        let mut next = self.at_or_after(first);
        while let Some(at) = next.filter(|at| *at <= last) {
            if marks.len() == most {
                return None;
            }
            marks.push(Tick { at, label: self.label(at) });
            next = self.after(at);
        }
        Some(marks)
    }

    fn at_or_after(self, at: Timestamp) -> Option<Timestamp> {
        let micros = at.as_micros();
        match self {
            // Weeks begin on Monday, as 1970-01-05 was one.
            Self::Micros(step) if step >= 7 * DAY => up(micros - 4 * DAY, step)?.checked_add(4 * DAY),
            Self::Micros(step) => up(micros, step),
            Self::Months(step) => {
                let date = at.to_chrono().date_naive();
                let months = date.year() * 12 + i32::try_from(date.month0()).ok()?;
                let this = months - months.rem_euclid(step);
                let start = month(this)?;
                return if start >= at { Some(start) } else { month(this + step) };
            }
        }
        .and_then(Timestamp::from_micros)
    }

    fn after(self, at: Timestamp) -> Option<Timestamp> {
        match self {
            Self::Micros(step) => Timestamp::from_micros(at.as_micros().checked_add(step)?),
            Self::Months(_) => self.at_or_after(Timestamp::from_micros(at.as_micros() + 1)?),
        }
    }

    fn label(self, at: Timestamp) -> String {
        let form = match self {
            Self::Micros(step) if step >= DAY || at.as_micros().rem_euclid(DAY) == 0 => "%m-%d",
            Self::Micros(_) => "%H:%M",
            Self::Months(step) if step < 12 => "%Y-%m",
            Self::Months(_) => "%Y",
        };
        at.to_chrono().format(form).to_string()
    }
}

/// The least multiple at or above.
fn up(micros: i64, step: i64) -> Option<i64> {
    let over = micros.rem_euclid(step);
    if over == 0 { Some(micros) } else { micros.checked_add(step - over) }
}

/// The start of a month, counted from the year 0.
fn month(months: i32) -> Option<Timestamp> {
    let number = u32::try_from(months.rem_euclid(12)).ok()? + 1;
    let day = NaiveDate::from_ymd_opt(months.div_euclid(12), number, 1)?;
    Timestamp::from_micros(day.and_hms_opt(0, 0, 0)?.and_utc().timestamp_micros())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(first: &str, last: &str, most: usize) -> Vec<String> {
        ticks(first.parse().unwrap(), last.parse().unwrap(), most).into_iter().map(|tick| tick.label).collect()
    }

    #[test]
    fn marks_are_sensible_from_minutes_to_millennia() {
        assert_eq!(labels("2026-03-01T08:00:30Z", "2026-03-01T08:04:00Z", 5), ["08:01", "08:02", "08:03", "08:04"]);
        assert_eq!(labels("2026-02-27", "2026-03-02", 4), ["02-27", "02-28", "03-01", "03-02"]);
        assert_eq!(labels("2026-03-01", "2026-03-31", 5), ["03-02", "03-09", "03-16", "03-23", "03-30"]);
        assert_eq!(labels("2019-06-01", "2026-06-01", 8).first().map(String::as_str), Some("2020"));
        assert_eq!(labels("0000-01-01", "9999-12-31", 3), ["0000", "5000"]);
    }

    #[test]
    fn there_is_always_a_mark_and_never_one_too_many() {
        assert_eq!(labels("2026-03-01T08:00:10Z", "2026-03-01T08:00:20Z", 5), ["08:00"]);
        let start: Timestamp = "1999-12-31T23:59:59.5Z".parse().unwrap();
        for micros in (0..60).map(|power| 1_i64 << power).filter(|micros| *micros < 200_000_000_000_000_000) {
            let last = Timestamp::from_micros(start.as_micros() + micros).unwrap_or(Timestamp::MAX);
            for most in [0, 1, 2, 7, 40] {
                let marks = ticks(start, last, most);
                assert!((1..=most.max(1)).contains(&marks.len()), "{micros} {most}");
                assert!(marks.iter().all(|tick| tick.at >= start && tick.at <= last && tick.label.len() <= 7));
                assert!(marks.is_sorted_by(|a, b| a.at < b.at));
            }
        }
    }
}
