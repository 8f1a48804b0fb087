//! One request at a time a host, and a pause between two.

use std::collections::HashMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::clock::{Clock, after, between};
use crate::model::Timestamp;

/// So many hosts are remembered; of those that are idle, the ones whose pause ended first are forgotten.
const MAX_HOSTS: usize = 10_000;

/// Whose turn it is, by host.
#[derive(Debug)]
pub(super) struct Turns {
    clock: Arc<dyn Clock>,
    hosts: Mutex<HashMap<String, Host>>,
    freed: Condvar,
}

#[derive(Debug, Clone, Copy)]
struct Host {
    is_busy: bool,
    /// When the pause after the last turn ends.
    not_before: Timestamp,
}

/// A host's turn, until it is dropped.
#[derive(Debug)]
pub(super) struct Turn {
    turns: Arc<Turns>,
    host: String,
    /// How long the pause after it is to be.
    pub(super) pause: Duration,
}

impl Turns {
    pub(super) fn new(clock: Arc<dyn Clock>) -> Arc<Self> {
        Arc::new(Self { clock, hosts: Mutex::default(), freed: Condvar::new() })
    }

    /// Waits until nobody else asks the host and its pause is over.
    pub(super) fn take(self: &Arc<Self>, host: &str, pause: Duration) -> Turn {
        let mut hosts = self.lock();
        while hosts.get(host).is_some_and(|host| host.is_busy) {
            hosts = self.freed.wait(hosts).unwrap_or_else(PoisonError::into_inner);
        }
        let not_before = hosts.get(host).map_or(Timestamp::MIN, |host| host.not_before);
        make_room(&mut hosts);
        hosts.insert(host.to_owned(), Host { is_busy: true, not_before });
        drop(hosts);
        let turn = Turn { turns: Arc::clone(self), host: host.to_owned(), pause };
        let wait = between(self.clock.now(), not_before);
        if !wait.is_zero() {
            self.clock.sleep(wait);
        }
        turn
    }

    /// Returns when the pause of a host ends, which may be past.
    pub(super) fn not_before(&self, host: &str) -> Timestamp {
        self.lock().get(host).map_or(Timestamp::MIN, |host| host.not_before)
    }

    // A thread that panicked has left a whole table behind.
    fn lock(&self) -> MutexGuard<'_, HashMap<String, Host>> {
        self.hosts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn make_room(hosts: &mut HashMap<String, Host>) {
    if hosts.len() < MAX_HOSTS {
        return;
    }
    let mut idle: Vec<Timestamp> = hosts.values().filter(|host| !host.is_busy).map(|host| host.not_before).collect();
    idle.sort_unstable();
    if let Some(middle) = idle.get(idle.len() / 2).copied() {
        hosts.retain(|_, host| host.is_busy || host.not_before > middle);
    }
}

impl Turn {
    pub(super) fn host(&self) -> &str {
        &self.host
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let not_before = after(self.turns.clock.now(), self.pause);
        self.turns.lock().insert(std::mem::take(&mut self.host), Host { is_busy: false, not_before });
        self.turns.freed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;
    use crate::fetch::testing::SimulatedClock;

    #[test]
    fn two_turns_of_a_host_have_a_pause_between_them() {
        let clock = Arc::new(SimulatedClock::at("2026-03-01T12:00:00Z"));
        let turns = Turns::new(Arc::clone(&clock) as Arc<dyn Clock>);
        drop(turns.take("a.example", Duration::from_secs(3)));
        drop(turns.take("b.example", Duration::from_secs(3)));
        assert_eq!(clock.now().to_string(), "2026-03-01T12:00:00Z", "another host has its own pause");
        drop(turns.take("a.example", Duration::from_secs(3)));
        assert_eq!(clock.now().to_string(), "2026-03-01T12:00:03Z");
    }

    #[test]
    fn a_host_has_one_turn_at_a_time() {
        let turns = Turns::new(Arc::new(SimulatedClock::at("2026-03-01T12:00:00Z")));
        let (inside, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    let turn = turns.take("a.example", Duration::ZERO);
                    most.fetch_max(inside.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                    std::thread::yield_now();
                    inside.fetch_sub(1, Ordering::SeqCst);
                    drop(turn);
                });
            }
        });
        assert_eq!(most.into_inner(), 1);
    }

    #[test]
    fn hosts_are_forgotten_in_the_end() {
        let clock = Arc::new(SimulatedClock::at("2026-03-01T12:00:00Z"));
        let turns = Turns::new(Arc::clone(&clock) as Arc<dyn Clock>);
        for n in 0..MAX_HOSTS + 10 {
            drop(turns.take(&n.to_string(), Duration::from_secs(1)));
            clock.sleep(Duration::from_millis(1));
        }
        assert!(turns.lock().len() <= MAX_HOSTS);
        let last = (MAX_HOSTS + 9).to_string();
        assert!(turns.not_before(&last) > clock.now(), "the latest is remembered");
    }
}
