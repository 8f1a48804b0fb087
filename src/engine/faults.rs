//! Engines that fail on command, for tests of what stands above them.

use std::collections::VecDeque;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{Commit, Durability, Engine, Error, KeyRange, MemoryEngine, Moment, Order, Scan};

/// What a [`FaultEngine`] is to do. Calls count from 0 and are those that write: commits and flushes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Fault {
    /// Nothing.
    #[default]
    None,
    /// The call of this number fails and nothing of it happens.
    Before(u64),
    /// The call of this number happens whole and fails all the same.
    After(u64),
    /// The call of this number and every later one fails before it happens; reads go on.
    From(u64),
    /// The call of this number and every later one says that the engine stalled, and nothing of it happens.
    Stall(u64),
}

/// An engine that passes every call on to another, but for the one that is to fail.
///
/// ```
/// use std::sync::Arc;
/// use morgue::engine::faults::{Fault, FaultEngine};
/// use morgue::engine::{Commit, Durability, Engine, MemoryEngine};
///
/// let engine = FaultEngine::new(Arc::new(MemoryEngine::default()));
/// engine.arm(Fault::After(1));
/// let commit = Commit { writes: vec![(b"k".to_vec(), Some(b"v".to_vec()))], ..Commit::default() };
/// assert!(engine.commit(&Commit::default(), Durability::Synced).is_ok());
/// assert!(engine.commit(&commit, Durability::Synced).is_err());
/// assert!(engine.get(b"k")?.is_some());
/// # Ok::<(), morgue::engine::Error>(())
/// ```
#[derive(Debug)]
pub struct FaultEngine {
    inner: Arc<dyn Engine>,
    plan: Mutex<Plan>,
}

#[derive(Debug, Default)]
struct Plan {
    fault: Fault,
    calls: u64,
}

impl FaultEngine {
    /// Wraps an engine; nothing fails yet.
    #[must_use]
    pub fn new(inner: Arc<dyn Engine>) -> Self {
        Self { inner, plan: Mutex::default() }
    }

    /// Sets what is to fail and counts calls from 0 again.
    pub fn arm(&self, fault: Fault) {
        *self.plan() = Plan { fault, calls: 0 };
    }

    /// Returns how many calls that write there were since the last [`arm`](Self::arm), those that failed included.
    #[must_use]
    pub fn calls(&self) -> u64 {
        self.plan().calls
    }

    fn plan(&self) -> MutexGuard<'_, Plan> {
        self.plan.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self, call: impl FnOnce() -> Result<(), Error>) -> Result<(), Error> {
        let (fault, number) = {
            let mut plan = self.plan();
            plan.calls += 1;
            (plan.fault, plan.calls - 1)
        };
        match fault {
            Fault::Before(n) if n == number => Err(injected()),
            Fault::From(n) if n <= number => Err(injected()),
            Fault::Stall(n) if n <= number => Err(Error::Stalled { seconds: 60 }),
            Fault::After(n) if n == number => call().and(Err(injected())),
            _ => call(),
        }
    }
}

fn injected() -> Error {
    Error::Io { doing: "write to", path: PathBuf::from("(a test)"), source: io::Error::other("a fault on command") }
}

impl Engine for FaultEngine {
    fn name(&self) -> &'static str {
        self.inner.name()
    }

    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Error> {
        self.inner.get(key)
    }

    fn get_many(&self, keys: &[Vec<u8>]) -> Result<Vec<Option<Vec<u8>>>, Error> {
        self.inner.get_many(keys)
    }

    fn scan(&self, range: KeyRange, order: Order) -> Scan<'_> {
        self.inner.scan(range, order)
    }

    fn commit(&self, commit: &Commit, durability: Durability) -> Result<(), Error> {
        self.write(|| self.inner.commit(commit, durability))
    }

    fn now(&self) -> Moment {
        self.inner.now()
    }

    /// Not counted, since no fault of it may matter; from [`Fault::From`] on it does nothing.
    fn reserve(&self, keys: &[Vec<u8>]) -> Result<(), Error> {
        let (fault, calls) = {
            let plan = self.plan();
            (plan.fault, plan.calls)
        };
        match fault {
            Fault::From(n) if n <= calls => Err(injected()),
            _ => self.inner.reserve(keys),
        }
    }

    fn flush(&self) -> Result<(), Error> {
        self.write(|| self.inner.flush())
    }

    fn size_on_disk(&self) -> Result<u64, Error> {
        self.inner.size_on_disk()
    }
}

/// An engine in memory that can crash: what was not synced may be lost then, whole commits and the latest first.
#[derive(Debug, Default)]
pub struct CrashEngine {
    live: MemoryEngine,
    disk: Mutex<Disk>,
}

#[derive(Debug, Default)]
struct Disk {
    synced: MemoryEngine,
    buffered: VecDeque<Commit>,
}

impl CrashEngine {
    /// Returns how many commits a crash could lose now.
    #[must_use]
    pub fn buffered(&self) -> usize {
        self.disk().buffered.len()
    }

    /// Returns what a crash now would leave: everything synced, and the first `kept` commits after it.
    ///
    /// # Errors
    /// None on memory.
    pub fn crash(&self, kept: usize) -> Result<MemoryEngine, Error> {
        let disk = self.disk();
        let left = MemoryEngine::from_rows(disk.synced.rows());
        disk.buffered.iter().take(kept).try_for_each(|commit| left.commit(commit, Durability::Synced))?;
        Ok(left)
    }

    fn disk(&self) -> MutexGuard<'_, Disk> {
        self.disk.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Disk {
    fn sync(&mut self) -> Result<(), Error> {
        self.buffered.drain(..).try_for_each(|commit| self.synced.commit(&commit, Durability::Synced))
    }
}

impl Engine for CrashEngine {
    fn name(&self) -> &'static str {
        self.live.name()
    }

    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Error> {
        self.live.get(key)
    }

    fn scan(&self, range: KeyRange, order: Order) -> Scan<'_> {
        self.live.scan(range, order)
    }

    fn commit(&self, commit: &Commit, durability: Durability) -> Result<(), Error> {
        // Held over both, so that the disk sees commits in the order in which they happened.
        let mut disk = self.disk();
        self.live.commit(commit, durability)?;
        disk.buffered.push_back(commit.clone());
        if durability == Durability::Synced { disk.sync() } else { Ok(()) }
    }

    fn now(&self) -> Moment {
        self.live.now()
    }

    fn flush(&self) -> Result<(), Error> {
        self.disk().sync()
    }

    fn size_on_disk(&self) -> Result<u64, Error> {
        Ok(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::conformance;

    fn put(key: &str) -> Commit {
        Commit { writes: vec![(key.into(), Some(b"v".to_vec()))], ..Commit::default() }
    }

    #[test]
    fn without_a_fault_they_keep_the_contract() {
        conformance::check(&|| Box::new(FaultEngine::new(Arc::new(MemoryEngine::default()))));
        conformance::check(&|| Box::<CrashEngine>::default());
    }

    #[test]
    fn each_fault_strikes_where_it_should() {
        for (fault, failing, there) in [
            (Fault::None, [false; 4], [true; 3]),
            (Fault::Before(1), [false, true, false, false], [true, false, true]),
            (Fault::After(1), [false, true, false, false], [true; 3]),
            (Fault::From(1), [false, true, true, true], [true, false, false]),
            (Fault::Stall(2), [false, false, true, true], [true, true, false]),
            (Fault::Before(3), [false, false, false, true], [true; 3]),
        ] {
            let engine = FaultEngine::new(Arc::new(MemoryEngine::default()));
            engine.arm(fault);
            let commits = ["a", "b", "c"].map(|key| engine.commit(&put(key), Durability::Buffered).is_err());
            let flush = engine.flush().is_err();
            assert_eq!([commits[0], commits[1], commits[2], flush], failing, "{fault:?}");
            assert_eq!(["a", "b", "c"].map(|key| engine.get(key.as_bytes()).unwrap().is_some()), there, "{fault:?}");
            assert_eq!(engine.calls(), 4);
        }
    }

    #[test]
    fn a_conflict_after_which_a_fault_would_strike_stays_a_conflict() {
        let engine = FaultEngine::new(Arc::new(MemoryEngine::default()));
        engine.arm(Fault::After(0));
        let wrong = Commit { expects: vec![(b"a".to_vec(), Some(Vec::new()))], ..put("a") };
        assert!(matches!(engine.commit(&wrong, Durability::Synced), Err(Error::Conflict)));
    }

    #[test]
    fn a_crash_loses_the_latest_commits_that_were_not_synced() {
        let engine = CrashEngine::default();
        engine.commit(&put("a"), Durability::Synced).unwrap();
        engine.commit(&put("b"), Durability::Buffered).unwrap();
        engine.commit(&put("c"), Durability::Buffered).unwrap();
        assert_eq!(engine.buffered(), 2);
        let left = |kept| engine.crash(kept).unwrap().rows().len();
        assert_eq!((left(0), left(1), left(2)), (1, 2, 3));
        engine.flush().unwrap();
        assert_eq!((engine.buffered(), left(0)), (0, 3));
    }
}
