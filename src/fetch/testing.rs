//! What the tests of this module share.

use std::sync::Mutex;
use std::time::Duration;

use super::clock::{Clock, after};
use crate::model::Timestamp;

/// A clock that moves by what is slept.
#[derive(Debug)]
pub(super) struct SimulatedClock(Mutex<Timestamp>);

impl SimulatedClock {
    pub(super) fn at(time: &str) -> Self {
        Self(Mutex::new(time.parse().unwrap()))
    }
}

impl Clock for SimulatedClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }

    fn sleep(&self, time: Duration) {
        let mut now = self.0.lock().unwrap();
        *now = after(*now, time);
    }
}
