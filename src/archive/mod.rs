//! The archive itself, one file a verb.

mod acknowledged;
mod ahead;
mod aliases;
mod backup;
mod blame;
mod change_kind;
mod changes;
mod check;
mod compact;
mod compare;
mod component;
mod directory;
mod error;
mod export;
mod facts;
mod fill;
mod identity;
mod ingest;
mod ingest_many;
mod list;
mod marker;
mod merge;
mod migrate;
mod open;
mod outline;
mod page_map;
mod plan;
mod prepare;
mod raw;
mod read;
#[cfg(unix)]
mod reads;
mod reindex;
mod salvage;
mod seal;
#[cfg(unix)]
mod served;
#[cfg(not(unix))]
#[path = "unserved.rs"]
mod served;
mod state;
mod stats;
mod store;
mod tail;
mod transaction;

use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use crate::engine::{Engine, EngineKind};

pub use backup::BackupReport;
pub use blame::BlamedStory;
pub use change_kind::ChangeKind;
pub use changes::{Change, Changes, Cursor, Subscription};
pub use check::{CheckOptions, CheckReport, Finding, Remedy};
pub use compact::{CompactOptions, CompactReport};
pub use compare::Comparison;
pub use error::Error;
pub use export::Exported;
pub use ingest::{Effect, Ingested};
pub use ingest_many::{Batch, Incoming, IngestOptions, IngestReport, Rejected};
pub use list::{Found, StoryFilter};
pub use open::OpenOptions;
#[cfg(unix)]
pub use reads::ReadServer;
pub use reindex::ReindexReport;
pub use salvage::{Lost, SalvageReport};
pub use state::MAX_STATE_BYTES;
pub use stats::Stats;

use acknowledged::Acknowledged;
use seal::Sealing;
use served::Served;
use store::Store;
use tail::Tail;

/// An archive of news stories in all their versions.
///
/// Cheap to clone; clones share one archive and can be used from many threads at once. On disk it is a directory that one
/// process has open at a time.
///
/// ```
/// use morgue::{Archive, Article, Durability, NewCapture, Selector, StoryKey};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let archive = Archive::in_memory();
/// let story = StoryKey::url("https://news.example/bridge")?;
/// for (day, text) in [("2026-03-01", "The bridge is closed."), ("2026-03-02", "The bridge is open again.")] {
///     let article = Article::new("The old bridge").with_text(text);
///     archive.ingest(NewCapture::article(story.clone(), day.parse()?, article), Durability::Synced)?;
/// }
/// let first = archive.memento(&story, &Selector::First)?.expect("it was just archived");
/// assert_eq!(first.article.paragraphs, ["The bridge is closed."]);
/// assert_eq!(archive.revisions(&story)?.len(), 2);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct Archive {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    store: Store,
    read_only: bool,
    /// Whether it keeps itself up while it grows.
    seals: bool,
    tail: Mutex<Tail>,
    sealing: Mutex<Sealing>,
    /// Told after every commit of captures.
    changed: Condvar,
    acknowledged: Option<Acknowledged>,
    /// Where another process has the archive open.
    served: Option<Arc<Served>>,
    /// Where this process has others read it.
    #[cfg(unix)]
    serving: Mutex<reads::Serving>,
}

impl Inner {
    /// The directory of the archive, if it has one.
    fn directory(&self) -> Option<&Path> {
        self.acknowledged.as_ref().map(Acknowledged::directory)
    }
}

impl Archive {
    fn engine(&self) -> &dyn Engine {
        self.inner.store.engine()
    }

    fn store(&self) -> &Store {
        &self.inner.store
    }

    /// Returns the engine that the archive is on; `None` for one in memory.
    #[must_use]
    pub fn engine_kind(&self) -> Option<EngineKind> {
        self.engine().name().parse().ok()
    }

    /// Returns true while what is read comes by way of another process, which has the archive open ([`Archive::serve_reads`] there).
    ///
    /// When that process closes the archive, reading goes on: then this one has it open, and this is false.
    ///
    /// ```
    /// assert!(!morgue::Archive::in_memory().is_served());
    /// ```
    #[must_use]
    pub fn is_served(&self) -> bool {
        self.inner.served.as_ref().is_some_and(|served| served.is_elsewhere())
    }

    /// Keeps packs from being merged while the guard is held.
    fn sealing(&self) -> MutexGuard<'_, Sealing> {
        self.inner.sealing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn writable(&self) -> Result<(), Error> {
        if self.inner.read_only { Err(Error::ReadOnly) } else { Ok(()) }
    }
}
