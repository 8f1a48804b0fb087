//! Counts by day in bounded memory.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::model::Timestamp;

/// The edits of a day, or of several.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct DayEdits {
    /// The first day in UTC, as `2026-03-01`.
    pub day: String,
    /// How many edits were first captured then.
    pub edits: u64,
}

const MICROS_PER_DAY: i64 = 86_400_000_000;

/// At most so many entries.
const MOST: usize = 400;

/// Counts by stretches of so many days, counted from 1970. When there are too many stretches, each two become one: as that rests on
/// the set of days alone, the answer does not depend on the order in which they come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Days {
    width: u32,
    counts: BTreeMap<i64, u64>,
}

impl Default for Days {
    fn default() -> Self {
        Self { width: 1, counts: BTreeMap::new() }
    }
}

impl Days {
    pub(super) fn add(&mut self, at: Timestamp) {
        let day = at.as_micros().div_euclid(MICROS_PER_DAY);
        *self.counts.entry(day.div_euclid(i64::from(self.width))).or_default() += 1;
        self.narrow();
    }

    pub(super) fn merge(&mut self, mut other: Self) {
        while self.width < other.width {
            self.double();
        }
        while other.width < self.width {
            other.double();
        }
        for (stretch, count) in other.counts {
            *self.counts.entry(stretch).or_default() += count;
        }
        self.narrow();
    }

    fn narrow(&mut self) {
        while self.counts.len() > MOST {
            self.double();
        }
    }

    fn double(&mut self) {
        self.width = self.width.saturating_mul(2);
        for (stretch, count) in std::mem::take(&mut self.counts) {
            *self.counts.entry(stretch.div_euclid(2)).or_default() += count;
        }
    }

    pub(super) const fn width(&self) -> u32 {
        self.width
    }

    pub(super) fn entries(&self) -> Vec<DayEdits> {
        let day = |stretch: i64| {
            let micros = stretch.saturating_mul(i64::from(self.width)).saturating_mul(MICROS_PER_DAY);
            // A stretch may begin before the first year that there is.
            Timestamp::from_micros(micros).unwrap_or(Timestamp::MIN).date()
        };
        self.counts.iter().map(|(stretch, edits)| DayEdits { day: day(*stretch), edits: *edits }).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn days(days: impl IntoIterator<Item = i64>) -> Days {
        let mut all = Days::default();
        days.into_iter().for_each(|day| all.add(Timestamp::from_micros(day * MICROS_PER_DAY).unwrap()));
        all
    }

    #[test]
    fn each_day_has_an_entry_while_they_are_few() {
        let few = days([3, 1, 3]);
        assert_eq!(few.width(), 1);
        let told: Vec<(String, u64)> = few.entries().into_iter().map(|entry| (entry.day, entry.edits)).collect();
        assert_eq!(told, [("1970-01-02".to_owned(), 1), ("1970-01-04".to_owned(), 2)]);
    }

    #[test]
    fn many_days_are_joined_alike_in_any_order_and_by_merging() {
        let forwards = days(-700..1_000);
        assert_eq!(forwards.width(), 8);
        assert!(forwards.entries().len() <= MOST);
        assert_eq!(forwards.entries().iter().map(|entry| entry.edits).sum::<u64>(), 1_700);
        assert_eq!(days((-700..1_000).rev()), forwards);
        for (mut one, other) in [(days(-700..10), days(10..1_000)), (days(10..1_000), days(-700..10))] {
            one.merge(other);
            assert_eq!(one, forwards);
        }
    }
}
