//! A median in bounded memory.

use std::collections::BTreeMap;

/// Spans of time in counted classes: each minute of the first two days, each hour of the first year, each day of ten years. What is
/// longer counts as ten years. So a median is exact to the minute, the hour or the day, and memory is bounded by 14,879 counts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Times {
    counts: BTreeMap<u64, u64>,
}

const HOUR: u64 = 60;
const DAY: u64 = 24 * HOUR;
/// From here on hours are counted, and from there on days.
const HOURS_FROM: u64 = 2 * DAY;
const DAYS_FROM: u64 = 365 * DAY;
const MOST: u64 = 3_650 * DAY;

impl Times {
    pub(super) fn add(&mut self, minutes: u64) {
        let minutes = minutes.min(MOST);
        let class = match minutes {
            DAYS_FROM.. => minutes - minutes % DAY,
            HOURS_FROM.. => minutes - minutes % HOUR,
            minutes => minutes,
        };
        *self.counts.entry(class).or_default() += 1;
    }

    pub(super) fn merge(&mut self, other: &Self) {
        for (class, count) in &other.counts {
            *self.counts.entry(*class).or_default() += count;
        }
    }

    /// The lower median: one of the times that were counted, in minutes.
    pub(super) fn median(&self) -> Option<u64> {
        let all: u64 = self.counts.values().sum();
        let mut before = 0;
        self.counts.iter().find_map(|(class, count)| {
            before += count;
            (2 * before >= all).then_some(*class)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn median(minutes: &[u64]) -> Option<u64> {
        let mut times = Times::default();
        minutes.iter().for_each(|minutes| times.add(*minutes));
        times.median()
    }

    #[test]
    fn the_median_is_the_lower_one_in_the_middle() {
        assert_eq!(median(&[]), None);
        assert_eq!(median(&[7]), Some(7));
        assert_eq!(median(&[9, 1, 5]), Some(5));
        assert_eq!(median(&[9, 1, 5, 6]), Some(5));
        assert_eq!(median(&[1, 1, 1, 900]), Some(1));
    }

    #[test]
    fn long_times_are_exact_to_the_hour_and_the_day_and_memory_is_bounded() {
        assert_eq!(median(&[2 * DAY - 1]), Some(2 * DAY - 1));
        assert_eq!(median(&[2 * DAY + 59]), Some(2 * DAY));
        assert_eq!(median(&[400 * DAY + 59]), Some(400 * DAY));
        assert_eq!(median(&[u64::MAX]), Some(MOST));
        let mut times = Times::default();
        (0..MOST + DAY).step_by(7).for_each(|minutes| times.add(minutes));
        assert!(times.counts.len() <= 14_879, "{}", times.counts.len());
    }
}
