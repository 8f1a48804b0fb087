//! Power that fails at any moment: an engine in memory that remembers what was synced, and when.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::{Commit, Durability, Engine, Error, KeyRange, MemoryEngine, Order, Row, Scan};

/// An engine in memory that keeps its whole history, so that a test can see what a loss of power would have left.
///
/// What the contract promises then: everything synced is there, and of the later commits the first few, whole. So what is left is
/// always a *prefix* of all commits, and at a moment at which `written` commits were made and `durable` of them were synced, a prefix
/// of any length from `durable` to `written` may be left. A *moment* is a number of operations: 0 before the first commit or flush,
/// 1 after it, and so on. What a loss amid an operation leaves, one just before or just after it leaves as well.
///
/// Both numbers only grow. So each prefix can be left during one run of moments: from the one when its last commit was made to the last one
/// at which no more than it was synced. Every prefix has such a run, if only of one moment, which makes [`history`](Self::history)
/// one state a commit and not one a commit and moment; what was promised until the end of the run must be in it.
///
/// ```
/// use morgue::engine::power::PowerEngine;
/// use morgue::engine::{Commit, Durability, Engine};
///
/// let engine = PowerEngine::default();
/// let put = |key: &str| Commit { writes: vec![(key.into(), Some(b"v".to_vec()))], ..Commit::default() };
/// engine.commit(&put("a"), Durability::Synced)?;
/// engine.commit(&put("b"), Durability::Buffered)?;
/// let left: Vec<usize> = engine.crashes().map(|crash| crash.left.rows().len()).collect();
/// assert_eq!(left, [1, 2]);
/// assert_eq!(engine.history().count(), 3);
/// # Ok::<(), morgue::engine::Error>(())
/// ```
#[derive(Debug, Default)]
pub struct PowerEngine {
    live: MemoryEngine,
    log: Mutex<Log>,
}

/// What a loss of power left.
#[derive(Debug)]
pub struct Crash {
    /// How many commits were kept, the first ones.
    pub kept: usize,
    /// The moments at which a loss could leave just this.
    pub moments: RangeInclusive<usize>,
    /// What was left, for the next process to open.
    pub left: MemoryEngine,
}

#[derive(Debug, Default)]
struct Log {
    /// What was there, synced, before the first commit.
    before: BTreeMap<Vec<u8>, Vec<u8>>,
    commits: Vec<Commit>,
    /// One entry an operation: how many commits were synced after it, and how many were made.
    operations: Vec<Moment>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Moment {
    durable: usize,
    written: usize,
}

impl PowerEngine {
    /// Makes an engine that holds the given rows, synced. Where a key stands twice, the last one counts.
    pub fn from_rows(rows: impl IntoIterator<Item = Row>) -> Self {
        let before: BTreeMap<_, _> = rows.into_iter().collect();
        let live = MemoryEngine::from_rows(before.clone());
        Self { live, log: Mutex::new(Log { before, ..Log::default() }) }
    }

    /// Returns the present moment: how many commits and flushes there were. Those that failed are no operations.
    #[must_use]
    pub fn moment(&self) -> usize {
        self.log().operations.len()
    }

    /// Returns everything that a loss of power could leave now, the shortest prefix first.
    pub fn crashes(&self) -> impl Iterator<Item = Crash> {
        self.crashes_at(usize::MAX)
    }

    /// Returns everything that a loss of power could have left at a moment; a moment to come is the present one.
    pub fn crashes_at(&self, moment: usize) -> impl Iterator<Item = Crash> {
        let at = self.log().at(moment);
        self.history().take(at.written + 1).skip(at.durable)
    }

    /// Returns everything that a loss of power could have left at any moment until now, the shortest prefix first.
    pub fn history(&self) -> impl Iterator<Item = Crash> {
        let (mut rows, commits, runs) = {
            let log = self.log();
            (log.before.clone(), log.commits.clone(), log.runs())
        };
        let mut commits = commits.into_iter();
        runs.into_iter().enumerate().map(move |(kept, moments)| {
            // The prefix of no commits is what was there before.
            let next = if kept == 0 { None } else { commits.next() };
            for (key, value) in next.into_iter().flat_map(|commit| commit.writes) {
                match value {
                    Some(value) => rows.insert(key, value),
                    None => rows.remove(&key),
                };
            }
            Crash { kept, moments, left: MemoryEngine::from_rows(rows.clone()) }
        })
    }

    fn log(&self) -> MutexGuard<'_, Log> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Log {
    fn at(&self, moment: usize) -> Moment {
        let last = moment.min(self.operations.len()).checked_sub(1);
        last.and_then(|last| self.operations.get(last)).copied().unwrap_or_default()
    }

    /// For each prefix, the moments at which it could be left.
    fn runs(&self) -> Vec<RangeInclusive<usize>> {
        let run = |kept: usize| {
            let first = self.operations.partition_point(|moment| moment.written < kept);
            let last = self.operations.partition_point(|moment| moment.durable <= kept);
            // Operation n leads to moment n + 1; before the first one there is moment 0, when nothing was written.
            if kept == 0 { 0..=last } else { first + 1..=last }
        };
        (0..=self.commits.len()).map(run).collect()
    }

    fn add(&mut self, sync: bool) {
        let written = self.commits.len();
        let durable = if sync { written } else { self.at(usize::MAX).durable };
        self.operations.push(Moment { durable, written });
    }
}

impl Engine for PowerEngine {
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
        // Held over both, so that the log has commits in the order in which they happened.
        let mut log = self.log();
        self.live.commit(commit, durability)?;
        // A commit that writes nothing would only be the same state once more.
        if !commit.writes.is_empty() {
            log.commits.push(commit.clone());
        }
        log.add(durability == Durability::Synced);
        Ok(())
    }

    fn now(&self) -> super::Moment {
        self.live.now()
    }

    fn flush(&self) -> Result<(), Error> {
        self.log().add(true);
        Ok(())
    }

    fn size_on_disk(&self) -> Result<u64, Error> {
        Ok(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(key: &str) -> Commit {
        Commit { writes: vec![(key.into(), Some(b"v".to_vec()))], ..Commit::default() }
    }

    fn keys(crash: &Crash) -> String {
        crash.left.rows().into_iter().map(|(key, _)| String::from_utf8(key).unwrap()).collect()
    }

    /// Buffered `a` and `b`, a flush, buffered `c`, synced `d`, buffered removal of `a`.
    fn told() -> PowerEngine {
        let engine = PowerEngine::default();
        engine.commit(&put("a"), Durability::Buffered).unwrap();
        engine.commit(&put("b"), Durability::Buffered).unwrap();
        engine.flush().unwrap();
        engine.commit(&put("c"), Durability::Buffered).unwrap();
        engine.commit(&put("d"), Durability::Synced).unwrap();
        let removal = Commit { writes: vec![(b"a".to_vec(), None)], ..Commit::default() };
        engine.commit(&removal, Durability::Buffered).unwrap();
        engine
    }

    #[test]
    fn keeps_the_contract() {
        crate::engine::conformance::check(&|| Box::<PowerEngine>::default());
        crate::engine::conformance::check(&|| Box::new(PowerEngine::from_rows([])));
    }

    #[test]
    fn a_loss_of_power_leaves_what_was_synced_and_any_prefix_of_what_was_not() {
        let engine = told();
        let expected: [&[&str]; 7] =
            [&[""], &["", "a"], &["", "a", "ab"], &["ab"], &["ab", "abc"], &["abcd"], &["abcd", "bcd"]];
        assert_eq!(engine.moment() + 1, expected.len());
        for (moment, expected) in expected.into_iter().enumerate() {
            assert_eq!(
                engine.crashes_at(moment).map(|crash| keys(&crash)).collect::<Vec<_>>(),
                expected,
                "at {moment}"
            );
        }
        assert_eq!(engine.crashes().map(|crash| keys(&crash)).collect::<Vec<_>>(), ["abcd", "bcd"]);
    }

    #[test]
    fn the_history_has_each_state_once_with_all_its_moments() {
        let engine = told();
        let crashes: Vec<Crash> = engine.history().collect();
        assert_eq!(crashes.iter().map(keys).collect::<Vec<_>>(), ["", "a", "ab", "abc", "abcd", "bcd"]);
        for crash in crashes {
            let possible: Vec<usize> = (0..=engine.moment())
                .filter(|moment| engine.crashes_at(*moment).any(|other| other.kept == crash.kept))
                .collect();
            assert_eq!(crash.moments.clone().collect::<Vec<_>>(), possible, "{} kept", crash.kept);
        }
    }

    #[test]
    fn what_was_there_before_is_never_lost() {
        let engine = PowerEngine::from_rows([(b"old".to_vec(), Vec::new())]);
        engine.commit(&put("new"), Durability::Buffered).unwrap();
        assert_eq!(engine.crashes().map(|crash| keys(&crash)).collect::<Vec<_>>(), ["old", "newold"]);
    }

    #[test]
    fn what_failed_or_wrote_nothing_is_no_state_of_its_own() {
        let engine = PowerEngine::default();
        engine.commit(&put("a"), Durability::Buffered).unwrap();
        let conflict = Commit { expects: vec![(b"a".to_vec(), None)], ..put("b") };
        assert!(matches!(engine.commit(&conflict, Durability::Synced), Err(Error::Conflict)));
        assert_eq!((engine.moment(), engine.crashes().count()), (1, 2), "nothing was synced");
        engine.commit(&Commit::default(), Durability::Synced).unwrap();
        assert_eq!((engine.moment(), engine.crashes().count(), engine.history().count()), (2, 1, 2));
    }
}
