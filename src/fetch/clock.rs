//! Time, as an argument.

use std::fmt;
use std::thread;
use std::time::{Duration, SystemTime};

use crate::model::Timestamp;

/// Tells the time and waits: the system's, or one that a test moves.
pub trait Clock: fmt::Debug + Send + Sync {
    /// Returns the time.
    fn now(&self) -> Timestamp;

    /// Returns when `time` has passed.
    fn sleep(&self, time: Duration);
}

/// The system's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::from(chrono::DateTime::from(SystemTime::now()))
    }

    fn sleep(&self, time: Duration) {
        thread::sleep(time);
    }
}

/// Returns the time so long after `at`; the latest there is where that is later.
pub(crate) fn after(at: Timestamp, time: Duration) -> Timestamp {
    let micros = i64::try_from(time.as_micros()).unwrap_or(i64::MAX);
    Timestamp::from_micros(at.as_micros().saturating_add(micros)).unwrap_or(Timestamp::MAX)
}

/// Returns how long it is from one time to another; nothing where that is past.
pub(super) fn between(from: Timestamp, to: Timestamp) -> Duration {
    Duration::from_micros(u64::try_from(to.as_micros().saturating_sub(from.as_micros())).unwrap_or_default())
}
