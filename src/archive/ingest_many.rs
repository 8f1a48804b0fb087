//! Archiving many captures: prepared and compressed on all cores, planned story by story, kept by few commits, and reported batch by
//! batch.
//!
//! One thread reads captures in chunks, and a job prepares each. The caller's thread takes them in their order; where they may be
//! kept it plans what they change, has jobs compress that, and commits it. Meanwhile the reader goes on. The batch before is made
//! durable while the next one is planned.

mod chunks;
mod groups;
mod keep;

use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TryRecvError, sync_channel};
use std::thread::{self, Scope, ScopedJoinHandle};
use std::time::Duration;

use serde::Serialize;

use crate::engine::Durability;
use crate::model::NewCapture;
use crate::text::Forms;

use self::chunks::{CHUNK_BYTES, Chunk, Chunks, Mark};
use self::keep::Keeping;
use super::prepare::{Prepared, prepare};
use super::{Archive, Error};

/// So many chunks are read and prepared before those before them are kept: 6 MiB of text, so that memory is bounded.
const CHUNKS_AHEAD: usize = 24;

/// How to archive many captures.
#[derive(Debug, Clone)]
pub struct IngestOptions {
    /// What the report of a batch promises: with `Synced`, that the batch survives power loss.
    pub durability: Durability,
    /// How many captures make a batch; 1,000 by default. 8 MiB of text close a batch as well, which bounds the memory: about three
    /// times as much is held at once.
    pub batch: usize,
}

impl Default for IngestOptions {
    fn default() -> Self {
        Self { durability: Durability::Synced, batch: 1_000 }
    }
}

/// Counts of an ingest.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct IngestReport {
    /// How many captures were taken from the iterator.
    pub read: u64,
    /// How many of them were new.
    pub captures: u64,
    /// How many were in the archive already.
    pub known: u64,
    /// How many stories came into being.
    pub stories: u64,
    /// By how many revisions the archive grew.
    pub revisions: u64,
    /// How many were rejected.
    pub rejected: u64,
}

/// A capture that could not be kept.
#[derive(Debug)]
#[non_exhaustive]
pub struct Rejected {
    /// Its place in the iterator, from 0.
    pub position: u64,
    /// Why not.
    pub error: Error,
}

/// A batch that has been kept.
#[derive(Debug)]
#[non_exhaustive]
pub struct Batch {
    /// The counts of this and all earlier batches.
    pub so_far: IngestReport,
    /// What was rejected in this batch.
    pub rejected: Vec<Rejected>,
}

/// What the reader sends.
enum Read {
    /// What is prepared of a chunk, once it is, and what may be done after it.
    Chunk(Receiver<Vec<Result<Prepared, Error>>>, Mark),
    /// Nothing. It takes the place of a chunk, beside one that is as large as several.
    Weight,
}

impl Archive {
    /// Archives many captures, batch by batch.
    ///
    /// Captures are prepared on all cores. `on_batch` is called when a batch is kept: what it reports is acknowledged, with the
    /// durability chosen. Captures of a batch that follow each other and name one story are one atomic commit, so none is ever torn; a
    /// batch is several commits. A capture that cannot be kept is reported and does not stop the others.
    ///
    /// ```
    /// use morgue::{Archive, Article, IngestOptions, NewCapture, StoryKey};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let archive = Archive::in_memory();
    /// let captures = (1..=28).map(|day| {
    ///     let at = format!("2026-02-{day:02}").parse().expect("a date");
    ///     NewCapture::article(StoryKey::Id("weather".into()), at, Article::new(format!("Day {day}")))
    /// });
    /// let report = archive.ingest_many(captures, &IngestOptions::default(), |_| {})?;
    /// assert_eq!((report.captures, report.stories, report.revisions), (28, 1, 28));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Errors of the engine, and [`Error::Busy`]. What was reported before is kept; archiving everything again is safe and goes on
    /// where it stopped.
    pub fn ingest_many<I>(
        &self,
        captures: I,
        options: &IngestOptions,
        on_batch: impl FnMut(&Batch),
    ) -> Result<IngestReport, Error>
    where
        I: IntoIterator<Item = NewCapture, IntoIter: Send>,
    {
        self.writable()?;
        let chunks = Chunks::new(captures.into_iter(), options.batch);
        thread::scope(|scope| {
            let (sender, inbox) = sync_channel(CHUNKS_AHEAD);
            scope.spawn(move || prepare_all(chunks, &sender));
            let mut reports =
                Reports { archive: self, scope, durability: options.durability, on_batch, unflushed: None };
            let mut keeping = Keeping::new(self);
            let kept = keep_all(&inbox, &mut keeping, &mut reports);
            // The batch before is reported first, also when this one fails.
            reports.settle()?;
            kept?;
            self.upkeep_at_end()?;
            Ok(keeping.so_far)
        })
    }
}

/// Reads chunks and has each prepared, in its own time.
fn prepare_all<I: Iterator<Item = NewCapture> + Send>(chunks: Chunks<I>, sender: &SyncSender<Read>) {
    rayon::in_place_scope(|scope| {
        for Chunk { captures, bytes, mark } in chunks {
            let (done, slot) = sync_channel(1);
            // Waits while too much is under way. Nobody listens after an error.
            if sender.send(Read::Chunk(slot, mark)).is_err() {
                return;
            }
            scope.spawn(move |_| {
                let mut forms = Forms::default();
                let ready = captures.into_iter().map(|capture| prepare(capture, &mut forms)).collect();
                drop(done.send(ready));
            });
            if (1..(bytes / CHUNK_BYTES).min(CHUNKS_AHEAD)).any(|_| sender.send(Read::Weight).is_err()) {
                return;
            }
        }
    });
}

/// Keeps chunks as they come, and reports batches.
fn keep_all<F: FnMut(&Batch)>(
    inbox: &Receiver<Read>,
    keeping: &mut Keeping<'_>,
    reports: &mut Reports<'_, '_, F>,
) -> Result<(), Error> {
    loop {
        let read = match inbox.try_recv() {
            Ok(read) => Some(read),
            Err(_) => {
                // A batch is not left unreported while the iterator is waited for.
                reports.settle()?;
                wait(inbox)
            }
        };
        let (slot, mark) = match read {
            Some(Read::Chunk(slot, mark)) => (slot, mark),
            Some(Read::Weight) => continue,
            None => return Ok(()),
        };
        // What has panicked is told by the scope that it is in.
        let Some(ready) = wait(&slot) else { return Ok(()) };
        keeping.add(ready);
        if mark != Mark::None {
            // What was reported before is on disk alone, whatever becomes of this.
            keeping.keep(|| reports.settle())?;
        }
        if mark == Mark::Report {
            reports.add(keeping.end_batch()?)?;
        }
    }
}

/// Waits for what a job or the reader sends; `None` when nothing will come.
///
/// In a thread of a pool it does the pool's work meanwhile: that may be the very job.
fn wait<T>(slot: &Receiver<T>) -> Option<T> {
    loop {
        match slot.try_recv() {
            Ok(sent) => return Some(sent),
            Err(TryRecvError::Disconnected) => return None,
            Err(TryRecvError::Empty) => {}
        }
        match rayon::yield_now() {
            None => return slot.recv().ok(),
            Some(rayon::Yield::Executed) => {}
            Some(rayon::Yield::Idle) => match slot.recv_timeout(LOOK_AGAIN) {
                Ok(sent) => return Some(sent),
                Err(RecvTimeoutError::Disconnected) => return None,
                Err(RecvTimeoutError::Timeout) => {}
            },
        }
    }
}

/// How often a thread of a pool looks for work while it waits.
const LOOK_AGAIN: Duration = Duration::from_millis(1);

/// The batches that are kept: made durable and reported, in their order.
struct Reports<'scope, 'env, F> {
    archive: &'scope Archive,
    scope: &'scope Scope<'scope, 'env>,
    durability: Durability,
    on_batch: F,
    /// The one that is being made durable.
    unflushed: Option<(ScopedJoinHandle<'scope, Result<(), Error>>, Batch)>,
}

impl<F: FnMut(&Batch)> Reports<'_, '_, F> {
    fn add(&mut self, batch: Batch) -> Result<(), Error> {
        self.settle()?;
        if self.durability == Durability::Synced {
            let archive = self.archive;
            self.unflushed = Some((self.scope.spawn(|| archive.flush()), batch));
        } else {
            (self.on_batch)(&batch);
        }
        Ok(())
    }

    /// Waits until the last batch is durable, and reports it.
    fn settle(&mut self) -> Result<(), Error> {
        let Some((flushing, batch)) = self.unflushed.take() else { return Ok(()) };
        flushing.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))?;
        (self.on_batch)(&batch);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;
    use crate::model::{Article, StoryKey};

    /// Chunks are counted by their size: of pages of 16 MiB, so many as of short texts would be read ahead.
    #[test]
    fn no_more_is_read_ahead_than_its_size_allows() {
        let read = AtomicUsize::new(0);
        let captures = (0..60).map(|story| {
            read.fetch_add(1, Ordering::SeqCst);
            let article = Article::new("").with_text(&"x".repeat(1 << 20));
            NewCapture::article(StoryKey::Id(format!("{story}")), "2026-03-01".parse().unwrap(), article)
        });
        let options = IngestOptions { batch: 1, durability: Durability::Buffered };
        let mut kept = 0;
        let on_batch = |_: &Batch| {
            if kept == 0 {
                thread::sleep(Duration::from_millis(500));
            }
            kept += 1;
            let ahead = read.load(Ordering::SeqCst) - kept;
            assert!(ahead <= 9, "{ahead} MiB are read ahead");
        };
        assert_eq!(Archive::in_memory().ingest_many(captures, &options, on_batch).unwrap().captures, 60);
    }
}
