//! Who may be inside sled: many readers or one writer, and nobody waits for ever.
//!
//! sled 0.34 has one reader-writer lock for the whole process, not one for each store, and holds it through a batch
//! (`concurrency_control.rs` there). A batch that hangs would therefore hang every later read of every store. This gate
//! stands in front of that lock and mirrors it, with a time limit on the wait.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// The gate of this process.
pub(super) static GATE: Gate = Gate::new();

#[derive(Debug)]
pub(super) struct Gate {
    state: Mutex<State>,
    turn: Condvar,
}

#[derive(Debug, Clone, Copy)]
struct State {
    readers: usize,
    writing: bool,
    writers_waiting: usize,
    readers_waiting: usize,
    /// Readers that waited out a write and go before the next one: so neither side starves.
    admitted: usize,
}

/// The wait was over before the turn came: something inside hangs.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct TimedOut;

impl Gate {
    const fn new() -> Self {
        let state = State { readers: 0, writing: false, writers_waiting: 0, readers_waiting: 0, admitted: 0 };
        Self { state: Mutex::new(state), turn: Condvar::new() }
    }

    /// Waits at most `limit` for a place beside other readers.
    pub(super) fn read(&self, limit: Duration) -> Result<Reading<'_>, TimedOut> {
        let mut state = self.lock();
        if state.writing || state.writers_waiting > 0 {
            state.readers_waiting += 1;
            let end = Instant::now() + limit;
            while state.writing || (state.writers_waiting > 0 && state.admitted == 0) {
                let Some(left) = end.checked_duration_since(Instant::now()) else {
                    state.leave_queue();
                    self.turn.notify_all();
                    return Err(TimedOut);
                };
                state = self.turn.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
            }
            state.leave_queue();
        }
        state.readers += 1;
        Ok(Reading(self))
    }

    /// Waits until nobody else is inside. The thread that waits here has a watchdog of its own.
    pub(super) fn write(&self) -> Writing<'_> {
        let mut state = self.lock();
        state.writers_waiting += 1;
        while state.writing || state.readers > 0 || state.admitted > 0 {
            state = self.turn.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        state.writers_waiting -= 1;
        state.writing = true;
        Writing(self)
    }

    // Counters change in single steps, so a poisoned lock guards good counters.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn leave_queue(&mut self) {
        self.readers_waiting -= 1;
        self.admitted = self.admitted.min(self.readers_waiting);
    }
}

/// A reader's place inside.
#[derive(Debug)]
pub(super) struct Reading<'a>(&'a Gate);

impl Drop for Reading<'_> {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        state.readers -= 1;
        if state.readers == 0 && state.writers_waiting > 0 {
            self.0.turn.notify_all();
        }
    }
}

/// The writer's place inside.
#[derive(Debug)]
pub(super) struct Writing<'a>(&'a Gate);

impl Drop for Writing<'_> {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        state.writing = false;
        state.admitted = state.readers_waiting;
        if state.readers_waiting > 0 || state.writers_waiting > 0 {
            self.0.turn.notify_all();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
    use std::thread;

    use super::*;

    const SHORT: Duration = Duration::from_millis(20);
    const LONG: Duration = Duration::from_secs(60);

    #[test]
    fn readers_stand_together_and_a_writer_alone() {
        let gate = Gate::new();
        let first = gate.read(SHORT).unwrap();
        let second = gate.read(SHORT).unwrap();
        drop((first, second));
        let writing = gate.write();
        assert_eq!(gate.read(SHORT).unwrap_err(), TimedOut);
        drop(writing);
        drop(gate.read(SHORT).unwrap());
        // The reader that gave up has left no debt behind.
        drop(gate.write());
    }

    #[test]
    fn neither_readers_nor_writers_starve_and_a_writer_is_alone() {
        let (gate, stop) = (Arc::new(Gate::new()), Arc::new(AtomicBool::new(false)));
        let (reads, writes, inside) = (AtomicU64::new(0), AtomicU64::new(0), AtomicU64::new(0));
        thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| {
                    while !stop.load(Ordering::Relaxed) {
                        let _reading = gate.read(LONG).unwrap();
                        assert_eq!(inside.load(Ordering::SeqCst), 0);
                        reads.fetch_add(1, Ordering::Relaxed);
                    }
                });
            }
            for _ in 0..2 {
                scope.spawn(|| {
                    while !stop.load(Ordering::Relaxed) {
                        let _writing = gate.write();
                        assert_eq!(inside.fetch_add(1, Ordering::SeqCst), 0);
                        inside.fetch_sub(1, Ordering::SeqCst);
                        writes.fetch_add(1, Ordering::Relaxed);
                    }
                });
            }
            let end = Instant::now() + LONG;
            let enough = || reads.load(Ordering::Relaxed) > 1000 && writes.load(Ordering::Relaxed) > 1000;
            while !enough() && Instant::now() < end {
                thread::sleep(Duration::from_millis(1));
            }
            stop.store(true, Ordering::Relaxed);
            assert!(enough(), "{reads:?} reads, {writes:?} writes");
        });
    }
}
