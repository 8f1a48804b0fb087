//! An engine in memory, for tests and for archives that need no disk.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use super::moment::{Changed, Moments};
use super::pages::{Page, PageLimit, Pages};
use super::{Commit, Durability, Engine, Entry, Error, KeyRange, Moment, Order, Row, Scan, check_keys, check_limits};

type Rows = BTreeMap<Vec<u8>, Vec<u8>>;

#[derive(Debug)]
struct State {
    rows: Rows,
    changed: Changed,
}

/// An engine that keeps its rows in memory.
///
/// It holds callers to the contract more strictly than any other. Clones share the rows; they go with the last clone,
/// whatever [`Durability`] was asked for.
///
/// ```
/// use morgue::engine::{Commit, Durability, Engine, MemoryEngine};
///
/// let engine = MemoryEngine::default();
/// let (absent, there) = ((b"k".to_vec(), None), (b"k".to_vec(), Some(b"v".to_vec())));
/// let commit = Commit { expects: vec![absent], writes: vec![there], ..Commit::default() };
/// engine.commit(&commit, Durability::Synced)?;
/// assert_eq!(engine.get(b"k")?.as_deref(), Some(&b"v"[..]));
/// assert!(engine.commit(&commit, Durability::Synced).is_err());
/// # Ok::<(), morgue::engine::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct MemoryEngine {
    state: Arc<RwLock<State>>,
    moments: Moments,
}

impl Default for MemoryEngine {
    fn default() -> Self {
        Self::from_rows([])
    }
}

impl MemoryEngine {
    /// Makes an engine that holds the given rows. Where a key stands twice, the last one counts.
    ///
    /// Limits are not checked, so that a test can begin from rows that no commit would have written.
    pub fn from_rows(rows: impl IntoIterator<Item = Row>) -> Self {
        let moments = Moments::new();
        let state = State { rows: rows.into_iter().collect(), changed: Changed::new(&moments) };
        Self { state: Arc::new(RwLock::new(state)), moments }
    }

    /// Returns all rows in byte order of their keys.
    #[must_use]
    pub fn rows(&self) -> Vec<Row> {
        self.read().rows.iter().map(|(key, value)| (key.clone(), value.clone())).collect()
    }

    // No code that can panic runs while the rows are half changed, so a poisoned lock guards good rows.
    fn read(&self) -> RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, State> {
        self.state.write().unwrap_or_else(PoisonError::into_inner)
    }

    fn page(&self, range: &KeyRange, order: Order, limit: PageLimit) -> Result<Page, Error> {
        let state = self.read();
        let rows = state.rows.range::<Vec<u8>, _>(range.clone()).map(|(key, value)| Ok((key.clone(), value.clone())));
        match order {
            Order::Ascending => Page::take(rows, limit),
            Order::Descending => Page::take(rows.rev(), limit),
        }
    }
}

impl Engine for MemoryEngine {
    fn name(&self) -> &'static str {
        "memory"
    }

    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Error> {
        Ok(self.read().rows.get(key).cloned())
    }

    fn scan(&self, range: KeyRange, order: Order) -> Scan<'_> {
        Box::new(Pages::new(range, order, |range, order, limit| self.page(range, order, limit)))
    }

    fn commit(&self, commit: &Commit, _: Durability) -> Result<(), Error> {
        check_limits(commit)?;
        let Commit { expects, read, writes } = commit;
        let State { rows, changed } = &mut *self.write();
        let differs = |(key, value): &Entry| rows.get(key) != value.as_ref();
        if changed.to_look_at(expects, &read.entries, read.since).any(differs) {
            return Err(Error::Conflict);
        }
        changed.begin(writes.iter().map(|(key, _)| key.as_slice()));
        for (key, value) in writes {
            match value {
                Some(value) => rows.insert(key.clone(), value.clone()),
                None => rows.remove(key),
            };
        }
        changed.end();
        Ok(())
    }

    fn now(&self) -> Moment {
        self.moments.now()
    }

    /// Makes every key that is absent there with an empty value: the most that the contract allows.
    fn reserve(&self, keys: &[Vec<u8>]) -> Result<(), Error> {
        check_keys(keys)?;
        let State { rows, changed } = &mut *self.write();
        changed.begin(keys.iter().map(Vec::as_slice));
        for key in keys {
            rows.entry(key.clone()).or_default();
        }
        changed.end();
        Ok(())
    }

    fn flush(&self) -> Result<(), Error> {
        Ok(())
    }

    fn size_on_disk(&self) -> Result<u64, Error> {
        Ok(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_the_contract() {
        crate::engine::conformance::check(&|| Box::new(MemoryEngine::default()));
    }

    #[test]
    fn rows_come_back_as_they_went_in() {
        let rows = vec![(b"a".to_vec(), b"1".to_vec()), (b"b".to_vec(), Vec::new())];
        let engine = MemoryEngine::from_rows(rows.iter().rev().cloned());
        assert_eq!(engine.rows(), rows);
    }

    #[test]
    fn clones_share_their_rows() {
        let engine = MemoryEngine::default();
        let write = Commit { writes: vec![(b"k".to_vec(), Some(b"v".to_vec()))], ..Commit::default() };
        engine.clone().commit(&write, Durability::Buffered).unwrap();
        assert_eq!(engine.get(b"k").unwrap(), Some(b"v".to_vec()));
    }
}
