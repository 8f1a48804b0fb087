//! Answering the reads of other processes while this one has the archive open.

use std::fmt;
use std::sync::{Arc, MutexGuard, PoisonError, Weak};

use crate::engine::remote::{Held, Hold, Pause, Server};

use super::seal::Sealing;
use super::tail::Tail;
use super::{Archive, Error, Inner};

/// Answers reads of other processes, made by [`Archive::serve_reads`]. Dropping it ends that.
///
/// Drop it before the last clone of the archive: until then it keeps the archive open. Those who read meanwhile are told, and go on
/// as soon as this process has closed the archive, or another one serves it.
#[derive(Debug)]
#[must_use = "reads are served until this is dropped"]
pub struct ReadServer {
    _server: Arc<Server>,
}

impl Archive {
    /// Lets other processes of the same user read the archive while this one has it open.
    ///
    /// An archive has one process at a time. As long as the guard is there, [`Archive::open`] with
    /// [`read_only`](super::OpenOptions::read_only) in another process finds this one and reads by way of it, through a local socket
    /// in the directory; whoever uses it sees no difference. What was committed is seen at once, synced or not. `doing` says in a word or two
    /// what this process is doing, as after "which is": it is told to those who want to write and cannot.
    ///
    /// Up to 64 processes are served at a time, each by a thread of its own. One that hangs or dies harms nobody.
    ///
    /// ```
    /// use morgue::{Archive, Article, Durability, NewCapture, OpenOptions, StoryKey};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let dir = tempfile::tempdir()?;
    /// let archive = Archive::open(dir.path(), &OpenOptions::default())?;
    /// let reads = archive.serve_reads("tracking")?;
    /// // As in another process:
    /// let reader = Archive::open(dir.path(), &OpenOptions { read_only: true, ..OpenOptions::default() })?;
    /// let story = StoryKey::id("bridge")?;
    /// archive.ingest(NewCapture::article(story.clone(), "2026-03-01".parse()?, Article::new("Closed")), Durability::Synced)?;
    /// assert!(reader.is_served());
    /// assert_eq!(reader.revisions(&story)?.len(), 1);
    /// let refused = Archive::open(dir.path(), &OpenOptions::default()).unwrap_err();
    /// assert!(refused.to_string().ends_with("which is tracking"));
    /// drop(reads);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// On Unix alone.
    ///
    /// # Errors
    /// [`Error::CannotServe`] for an archive that has no directory, that is served already, or that is itself read by way of another process;
    /// I/O, such as on a file system without sockets.
    pub fn serve_reads(&self, doing: &str) -> Result<ReadServer, Error> {
        let Some(directory) = self.inner.directory() else {
            return Err(Error::CannotServe { why: "it has no directory" });
        };
        if self.inner.served.is_some() {
            return Err(Error::CannotServe { why: "it is read by way of another process" });
        }
        let mut serving = self.inner.serving.lock().unwrap_or_else(PoisonError::into_inner);
        if serving.upgrade().is_some() {
            return Err(Error::CannotServe { why: "that is done already" });
        }
        let pause = Pausing { inner: Arc::clone(&self.inner) };
        let server = Arc::new(Server::start(directory, self.inner.store.shared_engine(), Box::new(pause), doing)?);
        *serving = Arc::downgrade(&server);
        Ok(ReadServer { _server: server })
    }

    /// Ends the conversations with those who read: packs get other contents under the same ids, of which they may know.
    pub(super) fn hang_up(&self) {
        let serving = self.inner.serving.lock().unwrap_or_else(PoisonError::into_inner).upgrade();
        serving.iter().for_each(|server| server.hang_up());
    }
}

/// The server of an archive, while there is one.
pub(super) type Serving = Weak<Server>;

/// Keeps the archive as it is, for a reader that asks for it.
struct Pausing {
    inner: Arc<Inner>,
}

/// In the order in which they are taken everywhere: the tail is given back first.
struct Paused<'a> {
    _tail: Option<MutexGuard<'a, Tail>>,
    _sealing: MutexGuard<'a, Sealing>,
}

impl Held for Paused<'_> {}

impl Pause for Pausing {
    fn hold(&self, hold: Hold) -> Box<dyn Held + '_> {
        let sealing = self.inner.sealing.lock().unwrap_or_else(PoisonError::into_inner);
        let tail = (hold == Hold::Writes).then(|| self.inner.tail.lock().unwrap_or_else(PoisonError::into_inner));
        Box::new(Paused { _tail: tail, _sealing: sealing })
    }
}

impl fmt::Debug for Pausing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pausing")
    }
}
