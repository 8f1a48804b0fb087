//! How to open a fjall store, and how its tree is laid out.

use std::time::Duration;

use ::fjall::compaction::Leveled;
use ::fjall::{Database, DatabaseBuilder, KeyspaceCreateOptions};

/// So much is kept in memory before it becomes a table on disk. fjall holds writers up when four such tables wait.
const WRITE_BUFFER_BYTES: u64 = 16 << 20;
/// Tables on disk are about this large. fjall merges once for each table that it writes out of memory: with smaller ones, which take
/// more merges, it falls behind and leaves the rest to the next openings.
const TABLE_BYTES: u64 = 32 << 20;
/// One thread writes and merges tables. With several, fjall lets one of them spin while another merges.
const WORKERS: usize = 1;
/// fjall's files stand here, apart from those of the archive.
const SUBDIRECTORY: &str = "fjall";

/// How to open a [`FjallEngine`](super::FjallEngine).
#[derive(Debug, Clone)]
pub struct FjallOptions {
    pub(super) store: String,
    pub(super) cache_bytes: u64,
    pub(super) create: bool,
    pub(super) cut_damage: bool,
    pub(super) lock_wait: Duration,
    pub(super) stall_after: Duration,
}

impl Default for FjallOptions {
    fn default() -> Self {
        Self {
            store: SUBDIRECTORY.to_owned(),
            cache_bytes: 64 << 20,
            create: false,
            cut_damage: false,
            lock_wait: Duration::ZERO,
            stall_after: Duration::from_secs(60),
        }
    }
}

impl FjallOptions {
    /// Sets the name of the subdirectory that holds the store; `fjall` unless set.
    #[must_use]
    pub fn store(mut self, name: impl Into<String>) -> Self {
        self.store = name.into();
        self
    }

    /// Sets how much of what was read may stay in memory; 64 MiB unless set. Up to 80 MiB more hold what was written last.
    #[must_use]
    pub fn cache_bytes(mut self, bytes: u64) -> Self {
        self.cache_bytes = bytes;
        self
    }

    /// Sets whether a store that is missing is made; unless set, it is an error.
    #[must_use]
    pub fn create(mut self, create: bool) -> Self {
        self.create = create;
        self
    }

    /// Sets whether a journal that is damaged is cut where the damage begins, with all that stood behind it, instead of refused:
    /// for a copy out of which is to be read what can be. Off unless set.
    #[must_use]
    pub(crate) fn cut_damage(mut self, cut: bool) -> Self {
        self.cut_damage = cut;
        self
    }

    /// Sets how long to wait for another process to let go of the directory; not at all unless set.
    #[must_use]
    pub fn lock_wait(mut self, wait: Duration) -> Self {
        self.lock_wait = wait;
        self
    }

    /// Sets after how long without progress the engine is given up ([`Error::Stalled`](crate::engine::Error::Stalled)); a minute
    /// unless set.
    #[must_use]
    pub fn stall_after(mut self, limit: Duration) -> Self {
        self.stall_after = limit;
        self
    }

    pub(super) fn database(&self, inner: &std::path::Path) -> DatabaseBuilder<Database> {
        Database::builder(inner).cache_size(self.cache_bytes).worker_threads(WORKERS)
    }
}

/// fjall keeps these with the keyspace, so they are those of the program that made it. Nothing is compressed: fjall is built
/// without that, and large values are compressed already.
pub(super) fn keyspace() -> KeyspaceCreateOptions {
    KeyspaceCreateOptions::default()
        .max_memtable_size(WRITE_BUFFER_BYTES)
        .compaction_strategy(std::sync::Arc::new(Leveled::default().with_table_target_size(TABLE_BYTES)))
}
