//! Archiving many captures: prepared and compressed on all cores, planned story by story, kept by few commits, and reported batch by
//! batch.
//!
//! One thread reads captures in chunks, and a job prepares each. A second one takes them in their order; where they may be kept it
//! plans what they change, and has jobs compress that. The caller's thread commits what was planned, while the two go on. The batch
//! before is made durable meanwhile.

mod chunks;
mod groups;
mod help;
mod incoming;
mod keep;
mod places;
mod plans;

use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, TryRecvError, channel, sync_channel};
use std::thread::{self, Scope, ScopedJoinHandle};
use std::time::Duration;

use serde::Serialize;

use crate::engine::{self, Durability};
use crate::model::NewCapture;

use self::chunks::Mark;
pub use self::incoming::Incoming;
use self::keep::Keeping;
use self::plans::{Kept, Planning, Portion};
use super::plan::Planned;
use super::{Archive, Error};

/// How to archive many captures.
#[derive(Debug, Clone)]
pub struct IngestOptions {
    /// What the report of a batch promises: with `Synced`, that the batch survives power loss.
    pub durability: Durability,
    /// How many captures make a batch; 1,000 by default. 8 MiB of text close a batch as well, which bounds the memory: about four
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

impl IngestReport {
    fn and(&mut self, more: Self) {
        let Self { read, captures, known, stories, revisions, rejected } = more;
        self.read += read;
        self.captures += captures;
        self.known += known;
        self.stories += stories;
        self.revisions += revisions;
        self.rejected += rejected;
    }

    /// Counts what a plan comes to.
    fn count(&mut self, planned: &Planned) {
        let known = planned.known.iter().filter(|known| **known).count() as u64;
        self.known += known;
        self.captures += planned.known.len() as u64 - known;
        self.stories += planned.new_stories;
        self.revisions += planned.revisions_after.saturating_sub(planned.revisions_before);
    }
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
        thread::scope(|scope| self.ingest_incoming(Incoming::read(scope, captures, options), on_batch))
    }

    /// Archives captures that are being read already; otherwise as [`Archive::ingest_many`].
    ///
    /// # Errors
    /// As [`Archive::ingest_many`].
    pub fn ingest_incoming(&self, incoming: Incoming, on_batch: impl FnMut(&Batch)) -> Result<IngestReport, Error> {
        self.writable()?;
        let Incoming { inbox, durability } = incoming;
        thread::scope(|scope| {
            let (outbox, portions) = sync_channel(1);
            let (kept, told) = channel();
            let place = self.next_place()?;
            scope.spawn(move || {
                rayon::in_place_scope(|jobs| Planning::new(self, jobs, told, place).plan_all(&inbox, &outbox));
            });
            let mut reports = Reports { archive: self, scope, durability, on_batch, unflushed: None };
            let mut keeping = Keeping::new(self);
            let outcome = keep_all(portions, kept, &mut keeping, &mut reports);
            // The batch before is reported first, also when this one fails. What fails later may only know that something has failed.
            match (outcome, reports.settle()) {
                (Err(error), Ok(()) | Err(Error::Engine(engine::Error::Failed { .. }))) => return Err(error),
                (_, settled) => settled?,
            }
            self.upkeep_at_end()?;
            Ok(keeping.so_far)
        })
    }
}

/// Keeps portions as they come, tells the planner of each, and reports batches. Both channels are closed in the end: nobody waits for
/// more.
#[expect(clippy::needless_pass_by_value, reason = "so that they are closed")]
fn keep_all<F: FnMut(&Batch)>(
    portions: Receiver<Result<Portion, Error>>,
    kept: Sender<Kept>,
    keeping: &mut Keeping<'_>,
    reports: &mut Reports<'_, '_, F>,
) -> Result<(), Error> {
    // A batch is not left unreported while the iterator is waited for.
    while let Some(portion) = wait(&portions, || reports.look())? {
        let portion = portion?;
        let mark = portion.mark;
        keeping.keep(portion)?;
        let batch = if mark == Mark::Report { Some(keeping.end_batch()?) } else { None };
        // The planner has gone when there was no more to read.
        _ = kept.send(keeping.state());
        batch.map_or(Ok(()), |batch| reports.add(batch))?;
    }
    Ok(())
}

/// Waits for what a job or the planner sends; `None` when nothing will come. Meanwhile it looks now and then after something else, as
/// long as that says that there is anything to look after.
///
/// In a thread of a pool it does the pool's work meanwhile: that may be the very job.
fn wait<T>(slot: &Receiver<T>, mut look: impl FnMut() -> Result<bool, Error>) -> Result<Option<T>, Error> {
    loop {
        match slot.try_recv() {
            Ok(sent) => return Ok(Some(sent)),
            Err(TryRecvError::Disconnected) => return Ok(None),
            Err(TryRecvError::Empty) => {}
        }
        match (look()?, rayon::yield_now()) {
            (false, None) => return Ok(slot.recv().ok()),
            (_, Some(rayon::Yield::Executed)) => {}
            _ => match slot.recv_timeout(LOOK_AGAIN) {
                Ok(sent) => return Ok(Some(sent)),
                Err(RecvTimeoutError::Disconnected) => return Ok(None),
                Err(RecvTimeoutError::Timeout) => {}
            },
        }
    }
}

/// How often one that waits looks after something else.
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

    /// Reports the last batch if it is durable; says whether it is not.
    fn look(&mut self) -> Result<bool, Error> {
        match &self.unflushed {
            Some((flushing, _)) if flushing.is_finished() => self.settle().map(|()| false),
            unflushed => Ok(unflushed.is_some()),
        }
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
            assert!(ahead <= 11, "{ahead} MiB are read ahead");
        };
        assert_eq!(Archive::in_memory().ingest_many(captures, &options, on_batch).unwrap().captures, 60);
    }

    /// Reading begins before there is an archive, and ends when there will be none, though there would always be more to read.
    #[test]
    fn captures_are_read_before_there_is_an_archive_and_not_for_nothing() {
        let read = AtomicUsize::new(0);
        thread::scope(|scope| {
            let captures = (0..).map(|minute| {
                read.fetch_add(1, Ordering::SeqCst);
                capture(minute % 7, minute % 1_440)
            });
            let incoming = Incoming::read(scope, captures, &IngestOptions::default());
            while read.load(Ordering::SeqCst) < 1_000 {
                thread::yield_now();
            }
            drop(incoming);
        });
    }

    fn capture(story: usize, minute: usize) -> NewCapture {
        let at = format!("2026-03-01T{:02}:{:02}:00Z", minute / 60, minute % 60).parse().unwrap();
        let article = Article::new(format!("Minute {minute}")).with_text(&format!("Story {story}."));
        NewCapture::article(StoryKey::Id(format!("{story}")), at, article)
    }

    /// What one portion has of a story is planned when what the one before has of it is kept: nothing is planned twice, which
    /// would divide its commits.
    #[test]
    fn stories_that_go_on_from_batch_to_batch_are_planned_once() {
        let archive = Archive::in_memory();
        let captures = (0..600).map(|minute| capture(minute % 7, minute));
        let options = IngestOptions { batch: 10, durability: Durability::Buffered };
        let report = archive.ingest_many(captures, &options, |_| {}).unwrap();
        assert_eq!((report.captures, report.stories, report.revisions), (600, 7, 600));
        // Of ten captures, those of three stories are two each. All stories are in the batch before.
        assert_eq!(archive.tail().fresh.next, 60);
        let report = archive.check(&crate::CheckOptions { deep: true }, |_, _| {}).unwrap();
        assert!(report.findings.is_empty(), "{:?}", report.findings);
    }

    /// Every thread of the pool archives, and none is left for the jobs.
    #[test]
    fn a_pool_whose_threads_all_archive_comes_to_an_end() {
        let archives: Vec<Archive> = (0..2 * rayon::current_num_threads()).map(|_| Archive::in_memory()).collect();
        rayon::scope(|scope| {
            for archive in &archives {
                scope.spawn(move |_| {
                    let captures = (0..1_000).map(|minute| capture(minute / 10, minute));
                    let options = IngestOptions { batch: 100, durability: Durability::Synced };
                    assert_eq!(archive.ingest_many(captures, &options, |_| {}).unwrap().captures, 1_000);
                });
            }
        });
    }
}
