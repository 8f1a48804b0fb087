//! The one thread that changes a store, and the watch over it.
//!
//! A store may hang for ever (sled 0.34 does, see `sled.rs`). So changes run on a thread of their own that can be given
//! up, and callers wait for its answer with a time limit. Since everything goes through this thread, commits are one after
//! the other, and those that wait together share one flush.

use std::error::Error as _;
use std::fmt;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender, SyncSender};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread;
use std::time::Duration;

use super::Error;

/// So many commits are made at most before those among them that asked for it are flushed.
const MOST_TOGETHER: usize = 256;

/// A store as its own thread sees it.
pub(super) trait Store: 'static {
    /// What one commit changes.
    type Change: Send + 'static;

    /// Makes one change, whole or not at all.
    fn apply(&mut self, change: Self::Change) -> Result<(), Error>;

    /// Makes the changes so far survive power loss.
    fn flush(&mut self) -> Result<(), Error>;

    /// Closes the store; after a failure it may not answer any more.
    fn close(self, health: &Health);
}

/// Whether a store still works, and that it moves.
#[derive(Debug, Default)]
pub(super) struct Health {
    failed: OnceLock<Failure>,
    steps: AtomicU64,
}

#[derive(Debug)]
struct Failure {
    what: String,
    io: bool,
    stall: bool,
}

impl Health {
    /// Returns [`Error::Failed`] once an error has made the store unusable.
    pub(super) fn check(&self) -> Result<(), Error> {
        self.failed.get().map_or(Ok(()), |failure| Err(Error::Failed { what: failure.what.clone() }))
    }

    /// Passes a result on; an error that leaves the store in doubt is its last.
    pub(super) fn note<T>(&self, result: Result<T, Error>) -> Result<T, Error> {
        if let Err(error) = &result
            && !matches!(error, Error::Conflict | Error::TooLarge { .. } | Error::EmptyKey | Error::Failed { .. })
        {
            let source = error.source().map(|source| format!(": {source}")).unwrap_or_default();
            let (io, stall) = (matches!(error, Error::Io { .. }), matches!(error, Error::Stalled { .. }));
            // The first failure is the one to tell; what follows is its consequence.
            let _ = self.failed.set(Failure { what: format!("{error}{source}"), io, stall });
        }
        result
    }

    /// Tells whether a file operation failed, as a full disk does: the store itself is sound then and can be closed.
    pub(super) fn failed_by_io(&self) -> bool {
        self.failed.get().is_some_and(|failure| failure.io)
    }

    /// Tells whether the store was given up because it did not answer, so that nothing more is to be expected of it.
    pub(super) fn hangs(&self) -> bool {
        self.failed.get().is_some_and(|failure| failure.stall)
    }

    fn step(&self) {
        self.steps.fetch_add(1, Ordering::Relaxed);
    }
}

struct Job<C> {
    change: Option<C>,
    sync: bool,
    reply: SyncSender<Result<(), Error>>,
}

/// The caller's end of a store's thread.
pub(super) struct Watchdog<C> {
    /// `None` once closed.
    jobs: Option<Sender<Job<C>>>,
    /// A lock only because a `Receiver` is not `Sync`.
    closed: Mutex<Receiver<()>>,
    health: Arc<Health>,
    stall_after: Duration,
}

impl<C: Send + 'static> Watchdog<C> {
    /// Opens a store on a thread of its own and returns what `open` gives for the callers' side.
    ///
    /// An opening that takes longer than `open_limit` is given up; should it end after all, the store is closed.
    pub(super) fn start<S, T>(
        directory: &Path,
        open_limit: Duration,
        stall_after: Duration,
        open: impl FnOnce() -> Result<(S, T), Error> + Send + 'static,
    ) -> Result<(Self, T), Error>
    where
        S: Store<Change = C>,
        T: Send + 'static,
    {
        let health = Arc::new(Health::default());
        let (jobs, inbox) = mpsc::channel();
        let (opened, opening) = mpsc::sync_channel(1);
        let (closing, closed) = mpsc::sync_channel(1);
        let thread_health = Arc::clone(&health);
        let run = move || {
            let health = thread_health;
            match open() {
                Err(error) => drop(opened.send(Err(error))),
                Ok((mut store, shared)) => {
                    if opened.send(Ok(shared)).is_ok() {
                        serve(&mut store, &inbox, &health);
                    }
                    store.close(&health);
                }
            }
            let _ = closing.send(());
        };
        let spawned = thread::Builder::new().name("morgue-engine".to_owned()).spawn(run);
        spawned.map_err(|source| Error::Io { doing: "start a thread for", path: directory.to_owned(), source })?;
        match opening.recv_timeout(open_limit) {
            Ok(Ok(shared)) => Ok((Self { jobs: Some(jobs), closed: Mutex::new(closed), health, stall_after }, shared)),
            Ok(Err(error)) => {
                // The thread is about to end: whatever it held is free again when this returns.
                let _ = closed.recv_timeout(stall_after);
                Err(error)
            }
            Err(RecvTimeoutError::Timeout) => Err(Error::Stalled { seconds: open_limit.as_secs() }),
            Err(RecvTimeoutError::Disconnected) => Err(ended()),
        }
    }

    /// Has a change made, a flush, or both, and waits for it.
    pub(super) fn run(&self, change: Option<C>, sync: bool) -> Result<(), Error> {
        self.health.check()?;
        let (reply, answer) = mpsc::sync_channel(1);
        let jobs = self.jobs.as_ref().ok_or_else(ended)?;
        jobs.send(Job { change, sync, reply }).map_err(|_| ended())?;
        let mut steps = self.health.steps.load(Ordering::Relaxed);
        loop {
            match answer.recv_timeout(self.stall_after) {
                Ok(result) => return result,
                Err(RecvTimeoutError::Disconnected) => return self.health.note(Err(ended())),
                Err(RecvTimeoutError::Timeout) => {
                    let now = self.health.steps.load(Ordering::Relaxed);
                    if now == steps {
                        return self.health.note(Err(self.stalled()));
                    }
                    steps = now;
                }
            }
        }
    }

    /// Lets the thread close the store and waits until it has, but not for ever.
    pub(super) fn close(&mut self) {
        self.jobs = None;
        let closed = self.closed.get_mut().unwrap_or_else(PoisonError::into_inner);
        let _ = closed.recv_timeout(self.stall_after);
    }

    pub(super) fn health(&self) -> &Health {
        &self.health
    }

    pub(super) fn stall_after(&self) -> Duration {
        self.stall_after
    }

    /// Returns the error for a wait that was too long.
    pub(super) fn stalled(&self) -> Error {
        Error::Stalled { seconds: self.stall_after.as_secs() }
    }
}

impl<C> fmt::Debug for Watchdog<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watchdog").field("health", &self.health).finish_non_exhaustive()
    }
}

fn ended() -> Error {
    Error::Failed { what: "its thread has ended".to_owned() }
}

/// Makes changes until nobody can ask for more.
fn serve<S: Store>(store: &mut S, inbox: &Receiver<Job<S::Change>>, health: &Health) {
    while let Ok(first) = inbox.recv() {
        let mut to_flush = Vec::new();
        for job in std::iter::once(first).chain(inbox.try_iter().take(MOST_TOGETHER - 1)) {
            let made = health.check().and_then(|()| job.change.map_or(Ok(()), |change| store.apply(change)));
            health.step();
            match health.note(made) {
                Ok(()) if job.sync => to_flush.push(job.reply),
                // A caller that has given up no longer listens.
                result => drop(job.reply.send(result)),
            }
        }
        let mut replies = to_flush.into_iter();
        if let Some(first) = replies.next() {
            let flushed = health.check().and_then(|()| store.flush());
            health.step();
            drop(first.send(health.note(flushed)));
            replies.for_each(|reply| drop(reply.send(health.check())));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;

    use super::*;

    /// Waits, conflicts, fails or hangs as it is told; counts its flushes.
    struct Puppet {
        flushes: Arc<AtomicUsize>,
        closed: Arc<Mutex<Option<bool>>>,
    }

    #[derive(Clone, Copy)]
    enum Act {
        Wait(u64),
        Conflict,
        Fail,
        Hang,
    }

    impl Store for Puppet {
        type Change = Act;

        fn apply(&mut self, act: Act) -> Result<(), Error> {
            match act {
                Act::Wait(ms) => thread::sleep(Duration::from_millis(ms)),
                Act::Conflict => return Err(Error::Conflict),
                Act::Fail => return Err(Error::Damaged { path: "x".into(), what: "act".to_owned() }),
                Act::Hang => loop {
                    thread::park();
                },
            }
            Ok(())
        }

        fn flush(&mut self) -> Result<(), Error> {
            self.flushes.fetch_add(1, Ordering::SeqCst);
            Ok(())
        }

        fn close(self, health: &Health) {
            *self.closed.lock().unwrap() = Some(health.check().is_ok());
        }
    }

    type Seen = (Arc<AtomicUsize>, Arc<Mutex<Option<bool>>>);

    fn start(stall_after_ms: u64) -> (Watchdog<Act>, Seen) {
        let seen = Seen::default();
        let (flushes, closed) = seen.clone();
        let open = || Ok((Puppet { flushes, closed }, ()));
        let limit = Duration::from_millis(stall_after_ms);
        (Watchdog::start(Path::new("x"), limit.max(Duration::from_secs(10)), limit, open).unwrap().0, seen)
    }

    #[test]
    fn a_hang_is_given_up_and_nothing_is_tried_again() {
        let (watchdog, _) = start(50);
        assert!(matches!(watchdog.run(Some(Act::Hang), false), Err(Error::Stalled { .. })));
        assert!(matches!(watchdog.run(Some(Act::Wait(0)), false), Err(Error::Failed { .. })));
        assert!(matches!(watchdog.run(None, true), Err(Error::Failed { .. })));
    }

    #[test]
    fn a_long_queue_that_moves_is_no_stall() {
        let (watchdog, _) = start(200);
        thread::scope(|scope| {
            let waits: Vec<_> = (0..8).map(|_| scope.spawn(|| watchdog.run(Some(Act::Wait(80)), false))).collect();
            waits.into_iter().for_each(|wait| wait.join().unwrap().unwrap());
        });
    }

    #[test]
    fn commits_that_wait_together_share_a_flush() {
        let (watchdog, (flushes, _)) = start(10_000);
        thread::scope(|scope| {
            scope.spawn(|| watchdog.run(Some(Act::Wait(300)), false).unwrap());
            thread::sleep(Duration::from_millis(50));
            for _ in 0..10 {
                scope.spawn(|| watchdog.run(Some(Act::Wait(0)), true).unwrap());
            }
        });
        let flushes = flushes.load(Ordering::SeqCst);
        assert!((1..=5).contains(&flushes), "{flushes} flushes");
    }

    #[test]
    fn a_conflict_is_an_answer_and_damage_is_the_end() {
        let (mut watchdog, (flushes, closed)) = start(10_000);
        assert!(matches!(watchdog.run(Some(Act::Conflict), true), Err(Error::Conflict)));
        assert_eq!(flushes.load(Ordering::SeqCst), 0);
        watchdog.run(Some(Act::Wait(0)), true).unwrap();
        assert!(matches!(watchdog.run(Some(Act::Fail), true), Err(Error::Damaged { .. })));
        assert!(matches!(watchdog.run(None, true), Err(Error::Failed { what }) if what.contains("act")));
        assert_eq!(flushes.load(Ordering::SeqCst), 1);
        watchdog.close();
        assert_eq!(*closed.lock().unwrap(), Some(false));
    }

    #[test]
    fn an_opening_that_never_ends_is_given_up() {
        let open = || -> Result<(Puppet, ()), Error> {
            loop {
                thread::park();
            }
        };
        let limit = Duration::from_millis(50);
        assert!(matches!(Watchdog::start(Path::new("x"), limit, limit, open), Err(Error::Stalled { .. })));
    }
}
