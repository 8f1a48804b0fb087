//! How many requests may be made.

use serde::{Deserialize, Serialize};

use crate::model::Timestamp;

const DAY_MICROS: f64 = 86_400e6;
/// So much of a day's requests may be saved up: an hour's.
const BURST: f64 = 1.0 / 24.0;

/// Requests that may be made, which grow with time (a token bucket): spread over the day, so that the evening has its share.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) struct Budget {
    /// How many may be made now.
    left: f64,
    /// As of this time.
    at: Timestamp,
}

impl Budget {
    pub(super) fn new(a_day: u64, now: Timestamp) -> Self {
        Self { left: most(a_day), at: now }
    }

    /// When a request may be made: now or later.
    pub(super) fn next(&mut self, a_day: u64, now: Timestamp) -> Timestamp {
        let passed = now.as_micros().saturating_sub(self.at.as_micros()).max(0) as f64;
        self.left = (self.left + passed * a_day as f64 / DAY_MICROS).min(most(a_day));
        self.at = now;
        if self.left >= 1.0 {
            return now;
        }
        let wait = (1.0 - self.left) * DAY_MICROS / (a_day as f64).max(1e-9);
        Timestamp::from_micros(now.as_micros().saturating_add(wait.ceil() as i64)).unwrap_or(Timestamp::MAX)
    }

    /// Takes requests that were made. One visit may be of several, so that there may be a debt.
    pub(super) fn take(&mut self, requests: u64) {
        self.left -= requests as f64;
    }
}

fn most(a_day: u64) -> f64 {
    (a_day as f64 * BURST).max(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_has_its_requests_and_no_more_than_an_hours_at_once() {
        let start = 1_772_323_200_000_000;
        let at = |micros: i64| Timestamp::from_micros(micros).unwrap();
        let mut budget = Budget::new(240, at(start));
        let (mut now, mut made, mut in_a_row) = (at(start), 0, 0);
        loop {
            let next = budget.next(240, now);
            in_a_row = if next == now { in_a_row + 1 } else { 0 };
            assert!(in_a_row <= 10);
            now = next;
            if now.as_micros() >= start + 86_400_000_000 {
                break;
            }
            budget.take(1);
            made += 1;
        }
        assert!((249..=250).contains(&made), "{made}: a day's, and an hour's that were saved up");
    }
}
