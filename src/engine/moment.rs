//! Which rows nobody has changed for a while, told without looking at them.
//!
//! What a commit expects was read a moment before, and looking at it once more costs as much as reading it did. So the one thread that
//! changes a store remembers when it changed which keys: by their hashes, in a table of fixed size, so that it may take a row for
//! changed that was not, and never the other way round. Only what may have changed is looked at. (Optimistic concurrency control
//! validates by such numbers: Kung and Robinson, "On Optimistic Methods for Concurrency Control", 1981.)

use std::hash::BuildHasher as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use rustc_hash::FxBuildHasher;

/// The table has so many places, 512 KiB: of the rows that were not changed, one in a hundred is looked at when some 600 others were.
const PLACES: u64 = 1 << 16;

/// A moment in the order of the commits of one open engine: see [`Engine::now`](super::Engine::now).
///
/// That of [`Moment::default`] lies before everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Moment {
    /// Which engine it is of; 0 of none.
    engine: u64,
    /// So many commits had been made.
    commits: u64,
}

impl Moment {
    /// Returns the earlier one of two moments; of two engines, that before everything.
    ///
    /// ```
    /// use morgue::engine::{Commit, Durability, Engine, MemoryEngine, Moment};
    ///
    /// let engine = MemoryEngine::default();
    /// let before = engine.now();
    /// let write = Commit { writes: vec![(b"k".to_vec(), Some(b"v".to_vec()))], ..Commit::default() };
    /// engine.commit(&write, Durability::Synced)?;
    /// assert_eq!(engine.now().earlier(before), before);
    /// assert_eq!(MemoryEngine::default().now().earlier(before), Moment::default());
    /// # Ok::<(), morgue::engine::Error>(())
    /// ```
    #[must_use]
    pub fn earlier(self, other: Self) -> Self {
        if self.engine == other.engine {
            Self { engine: self.engine, commits: self.commits.min(other.commits) }
        } else {
            Self::default()
        }
    }
}

/// Tells the moments of an open engine.
#[derive(Debug, Clone)]
pub(super) struct Moments(Arc<Count>);

#[derive(Debug)]
struct Count {
    engine: u64,
    commits: AtomicU64,
}

impl Moments {
    pub(super) fn new() -> Self {
        static ENGINES: AtomicU64 = AtomicU64::new(1);
        let engine = ENGINES.fetch_add(1, Ordering::Relaxed);
        Self(Arc::new(Count { engine, commits: AtomicU64::new(0) }))
    }

    /// Whoever reads after that sees the commits that are counted in it.
    pub(super) fn now(&self) -> Moment {
        Moment { engine: self.0.engine, commits: self.0.commits.load(Ordering::Acquire) }
    }
}

/// When the keys of a store were changed, as the one who changes it remembers it.
#[derive(Debug)]
pub(super) struct Changed {
    moments: Moments,
    /// By the hash of the key, the number of the last commit that has changed one.
    last: Vec<u64>,
}

impl Changed {
    pub(super) fn new(moments: &Moments) -> Self {
        Self { moments: moments.clone(), last: vec![0; PLACES as usize] }
    }

    /// Returns what a commit has to look at: all that it expects, and of what was read since a moment what may have changed since.
    pub(super) fn to_look_at<'a, K: AsRef<[u8]>, V>(
        &'a self,
        expects: &'a [(K, V)],
        read: &'a [(K, V)],
        since: Moment,
    ) -> impl Iterator<Item = &'a (K, V)> {
        expects.iter().chain(read.iter().filter(move |(key, _)| !self.is_unchanged(key.as_ref(), since)))
    }

    /// Says whether nobody has changed a key since a moment, for certain.
    fn is_unchanged(&self, key: &[u8], since: Moment) -> bool {
        since.engine == self.moments.0.engine && self.last.get(place(key)).is_some_and(|last| *last <= since.commits)
    }

    /// Notes what a commit changes, before anybody can see anything of it.
    pub(super) fn begin<'a>(&mut self, keys: impl Iterator<Item = &'a [u8]>) {
        let number = self.moments.0.commits.load(Ordering::Relaxed) + 1;
        for key in keys {
            self.last.get_mut(place(key)).into_iter().for_each(|last| *last = number);
        }
    }

    /// Counts it, once everybody sees all of it.
    pub(super) fn end(&self) {
        self.moments.0.commits.fetch_add(1, Ordering::Release);
    }
}

fn place(key: &[u8]) -> usize {
    (FxBuildHasher.hash_one(key) % PLACES) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_changed_since_a_moment_is_known_and_little_else_taken_for_it() {
        let moments = Moments::new();
        let mut changed = Changed::new(&moments);
        let keys: Vec<Vec<u8>> = (0..10_000_u32).map(|n| format!("uexample,news)/{n} https").into_bytes()).collect();
        let before = moments.now();
        changed.begin(keys[..600].iter().map(Vec::as_slice));
        let during = moments.now();
        changed.end();
        let after = moments.now();
        for since in [before, during] {
            assert!(keys[..600].iter().all(|key| !changed.is_unchanged(key, since)));
            let others = keys[600..].iter().filter(|key| !changed.is_unchanged(key, since)).count();
            assert!(others < 188, "{others} of 9,400 were not changed");
        }
        assert!(keys.iter().all(|key| changed.is_unchanged(key, after)));
    }

    #[test]
    fn nothing_is_known_of_another_engine() {
        let changed = Changed::new(&Moments::new());
        assert!(!changed.is_unchanged(b"k", Moments::new().now()));
        assert!(!changed.is_unchanged(b"k", Moment::default()));
    }
}
