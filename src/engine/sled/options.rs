//! How to open a sled store.

use std::time::Duration;

/// The size of a segment of sled's log. It is stored with the directory and so part of the format, version 1: sled refuses
/// to open a directory with another. At sled's own 512 KiB long fills deadlock in most runs; at 8 MiB none was seen to.
pub(super) const SEGMENT_BYTES: usize = 8 << 20;
/// sled's files stand here, apart from those of the archive.
pub(super) const SUBDIRECTORY: &str = "sled";

/// How to open a [`SledEngine`](super::SledEngine).
#[derive(Debug, Clone)]
pub struct SledOptions {
    pub(super) store: String,
    pub(super) cache_bytes: u64,
    pub(super) create: bool,
    pub(super) lock_wait: Duration,
    pub(super) stall_after: Duration,
    pub(super) segment_bytes: usize,
}

impl Default for SledOptions {
    fn default() -> Self {
        Self {
            store: SUBDIRECTORY.to_owned(),
            cache_bytes: 64 << 20,
            create: false,
            lock_wait: Duration::ZERO,
            stall_after: Duration::from_secs(60),
            segment_bytes: SEGMENT_BYTES,
        }
    }
}

impl SledOptions {
    /// Sets the name of the subdirectory that holds the store; `sled` unless set.
    #[must_use]
    pub fn store(mut self, name: impl Into<String>) -> Self {
        self.store = name.into();
        self
    }

    /// Sets how much of the store may stay in memory; 64 MiB unless set. sled treats it as a wish.
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

    /// Sets how long to wait for another process to let go of the directory; not at all unless set.
    #[must_use]
    pub fn lock_wait(mut self, wait: Duration) -> Self {
        self.lock_wait = wait;
        self
    }

    /// Sets after how long without progress the engine is given up ([`Error::Stalled`](crate::engine::Error::Stalled)); a minute unless set.
    #[must_use]
    pub fn stall_after(mut self, limit: Duration) -> Self {
        self.stall_after = limit;
        self
    }

    /// Sets the size of a segment, for the test that shows why it is what it is.
    #[cfg(any(test, feature = "testing"))]
    #[doc(hidden)]
    #[must_use]
    pub fn segment_bytes(mut self, bytes: usize) -> Self {
        self.segment_bytes = bytes;
        self
    }
}
