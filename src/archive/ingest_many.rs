//! Archiving many captures: batches that are prepared and planned on all cores and kept by few, small commits.

use std::collections::HashMap;
use std::sync::mpsc::sync_channel;
use std::thread::{self, ScopedJoinHandle};

use rayon::prelude::*;
use serde::Serialize;

use crate::engine::{self, Durability};
use crate::model::{Article, NewCapture, StoryKey};

use super::ingest::Written;
use super::plan::{Planned, plan};
use super::prepare::{Prepared, prepare};
use super::transaction::{Change, Transaction};
use super::{Archive, Error};

/// A commit is closed at so many rows of the index: sled keeps every page that one commit touches in memory, and large commits of
/// scattered rows cost gigabytes. Atomicity is needed for a capture, durability for a batch ...
const ROWS_PER_COMMIT: usize = 128;
/// ... or at so many captures, half of what a pack takes ...
const CAPTURES_PER_COMMIT: usize = 512;
/// ... or at so many bytes of text, about what a pack takes.
const BYTES_PER_COMMIT: usize = 56 << 10;
/// A batch is closed at so many bytes of text, whatever the number of its captures.
const BYTES_PER_BATCH: usize = 8 << 20;

/// How to archive many captures.
#[derive(Debug, Clone)]
pub struct IngestOptions {
    /// What the report of a batch promises: with `Synced`, that the batch survives power loss.
    pub durability: Durability,
    /// How many captures make a batch; 1,000 by default. 8 MiB of text close a batch as well, which bounds the memory: about four
    /// batches are held at once.
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

type Plans<'a> = Vec<Result<(Planned, Transaction<'a>), Error>>;
/// What is planned of a batch: its groups, a plan for each, and what was rejected.
type PlannedBatch<'a> = (Vec<Vec<Prepared>>, Plans<'a>, Vec<Rejected>);

impl Archive {
    /// Archives many captures, batch by batch.
    ///
    /// Batches are prepared on all cores. `on_batch` is called when a batch is kept: what it reports is acknowledged, with the
    /// durability chosen. Captures of a batch that name one story together are one atomic commit, so none is ever torn; a batch
    /// is several commits. A capture that cannot be kept is reported and does not stop the others.
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
        mut on_batch: impl FnMut(&Batch),
    ) -> Result<IngestReport, Error>
    where
        I: IntoIterator<Item = NewCapture, IntoIter: Send>,
    {
        self.writable()?;
        let captures = captures.into_iter();
        let mut so_far = IngestReport::default();
        // Three batches are under way at a time: one is read and prepared, one is planned and kept, one is made durable.
        thread::scope(|scope| {
            let (sender, batches) = sync_channel(1);
            let size = options.batch.max(1);
            scope.spawn(move || {
                for batch in chunks(captures, size) {
                    let ready: Vec<Result<Prepared, Error>> = batch.into_par_iter().map(prepare).collect();
                    if sender.send(ready).is_err() {
                        return;
                    }
                }
            });
            let mut unflushed = None;
            loop {
                let ready = if let Ok(ready) = batches.try_recv() {
                    ready
                } else {
                    // A batch is not left unreported while the iterator is waited for.
                    settle(&mut unflushed, &mut on_batch)?;
                    let Ok(ready) = batches.recv() else {
                        self.upkeep_at_end()?;
                        return Ok(so_far);
                    };
                    ready
                };
                let planned = self.plan_batch(ready, &mut so_far);
                // The batch before is reported first, also when this one fails.
                settle(&mut unflushed, &mut on_batch)?;
                let (groups, planned, rejected) = planned?;
                self.keep(&groups, planned, &mut so_far)?;
                let batch = Batch { so_far, rejected };
                if options.durability == Durability::Synced {
                    unflushed = Some((scope.spawn(|| self.flush()), batch));
                } else {
                    on_batch(&batch);
                }
            }
        })
    }

    fn plan_batch(
        &self,
        ready: Vec<Result<Prepared, Error>>,
        so_far: &mut IngestReport,
    ) -> Result<PlannedBatch<'_>, Error> {
        let mut prepared = Vec::with_capacity(ready.len());
        let mut rejected = Vec::new();
        for (position, outcome) in (so_far.read..).zip(ready) {
            match outcome {
                Ok(ready) => prepared.push(ready),
                Err(error) => rejected.push(Rejected { position, error }),
            }
        }
        so_far.read += (prepared.len() + rejected.len()) as u64;
        so_far.rejected += rejected.len() as u64;
        let groups = self.group(prepared)?;
        let planned = groups
            .par_iter()
            .map(|group| {
                let mut transaction = Transaction::new(self.store());
                plan(&mut transaction, group).map(|planned| (planned, transaction))
            })
            .collect();
        Ok((groups, planned, rejected))
    }

    /// Commits plans, several in one commit; what other writers have overtaken is planned again, alone.
    fn keep(&self, groups: &[Vec<Prepared>], planned: Plans<'_>, so_far: &mut IngestReport) -> Result<(), Error> {
        let commits = into_commits(groups, planned, so_far)?;
        // Compressing is most of the work, so all cores take part; the commits keep their order.
        let ready: Vec<(Vec<Open<'_>>, Result<Change, Error>)> =
            commits.into_par_iter().map(|Pending { open, transactions }| (open, Change::of(transactions))).collect();
        let mut all = Written::default();
        for (open, change) in ready {
            let is_kept = match change.and_then(|change| self.commit(change)) {
                Ok(written) => {
                    all.add(written);
                    true
                }
                Err(Error::Engine(engine::Error::Conflict)) => false,
                Err(error) => return Err(error),
            };
            for (group, planned) in open {
                match planned.filter(|_| is_kept) {
                    Some(planned) => count(so_far, &planned),
                    None => all.add(self.keep_alone(group, so_far)?),
                }
            }
        }
        // Not before: what it rewrites would overtake the plans.
        self.upkeep(all)
    }

    fn keep_alone(&self, group: &[Prepared], so_far: &mut IngestReport) -> Result<Written, Error> {
        let (planned, written) =
            self.retry(group, |planned, transaction| Ok((planned, self.commit_one(transaction)?)))?;
        count(so_far, &planned);
        Ok(written)
    }

    /// Puts captures whose keys and aliases lead to one story into one group, in the order in which the stories come.
    fn group(&self, prepared: Vec<Prepared>) -> Result<Vec<Vec<Prepared>>, Error> {
        let mut stories = Stories::default();
        let mut places = Vec::with_capacity(prepared.len());
        for capture in &prepared {
            let place = stories.place(self, &capture.capture.key)?;
            for alias in &capture.aliases {
                let other = stories.place(self, alias)?;
                stories.join(place, other);
            }
            places.push(place);
        }
        let mut groups: Vec<Vec<Prepared>> = Vec::new();
        let mut group_of: HashMap<usize, usize> = HashMap::new();
        for (capture, place) in prepared.into_iter().zip(places) {
            let group = *group_of.entry(stories.root(place)).or_insert_with(|| {
                groups.push(Vec::new());
                groups.len() - 1
            });
            if let Some(group) = groups.get_mut(group) {
                group.push(capture);
            }
        }
        Ok(groups)
    }
}

/// A group, and its plan where there is one that still holds.
type Open<'a> = (&'a [Prepared], Option<Planned>);

/// What will be one commit.
#[derive(Default)]
struct Pending<'a> {
    open: Vec<Open<'a>>,
    transactions: Vec<Transaction<'a>>,
}

/// Divides plans into commits. Plans that change nothing are counted at once.
fn into_commits<'a>(
    groups: &'a [Vec<Prepared>],
    planned: Plans<'a>,
    so_far: &mut IngestReport,
) -> Result<Vec<Pending<'a>>, Error> {
    let mut commits = Vec::new();
    let mut pending = Pending::default();
    let (mut captures, mut bytes, mut rows) = (0, 0, 0);
    for (group, outcome) in groups.iter().zip(planned) {
        match outcome {
            // Overtaken while it was planned: an empty commit, after which it is planned again.
            Err(Error::Engine(engine::Error::Conflict)) => pending.open.push((group, None)),
            Err(error) => return Err(error),
            Ok((planned, transaction)) if transaction.is_empty() => count(so_far, &planned),
            Ok((planned, transaction)) => {
                let (more_captures, more_bytes) = transaction.size();
                let more_rows = transaction.rows();
                if bytes + more_bytes > BYTES_PER_COMMIT
                    || captures + more_captures > CAPTURES_PER_COMMIT
                    || rows + more_rows > ROWS_PER_COMMIT
                {
                    commits.push(std::mem::take(&mut pending));
                    (captures, bytes, rows) = (0, 0, 0);
                }
                (captures, bytes, rows) = (captures + more_captures, bytes + more_bytes, rows + more_rows);
                pending.open.push((group, Some(planned)));
                pending.transactions.push(transaction);
            }
        }
    }
    commits.push(pending);
    Ok(commits)
}

/// A batch that is being made durable.
type Unflushed<'scope> = (ScopedJoinHandle<'scope, Result<(), Error>>, Batch);

/// Waits until a batch is durable, and reports it.
fn settle(unflushed: &mut Option<Unflushed<'_>>, on_batch: &mut impl FnMut(&Batch)) -> Result<(), Error> {
    let Some((flushing, batch)) = unflushed.take() else { return Ok(()) };
    flushing.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))?;
    on_batch(&batch);
    Ok(())
}

fn count(so_far: &mut IngestReport, planned: &Planned) {
    let known = planned.known.iter().filter(|known| **known).count() as u64;
    let new = planned.known.len() as u64 - known;
    so_far.known += known;
    so_far.captures += new;
    so_far.stories += planned.new_stories;
    so_far.revisions += planned.revisions_after.saturating_sub(planned.revisions_before);
}

/// Which keys of a batch name one story: sets that are joined (Tarjan's disjoint-set forest, with path halving).
#[derive(Default)]
struct Stories {
    places: HashMap<StoryKey, usize>,
    parents: Vec<usize>,
}

impl Stories {
    fn place(&mut self, archive: &Archive, key: &StoryKey) -> Result<usize, Error> {
        if let Some(place) = self.places.get(key) {
            return Ok(*place);
        }
        let name = archive.with_story(key, |component| Ok(component.name.clone()))?.unwrap_or_else(|| key.clone());
        let new = self.parents.len();
        let place = *self.places.entry(name).or_insert(new);
        if place == new {
            self.parents.push(new);
        }
        self.places.insert(key.clone(), place);
        Ok(place)
    }

    fn root(&mut self, mut place: usize) -> usize {
        while let Some(parent) = self.parents.get(place).copied().filter(|parent| *parent != place) {
            let grandparent = self.parents.get(parent).copied().unwrap_or(parent);
            self.parents.get_mut(place).into_iter().for_each(|own| *own = grandparent);
            place = grandparent;
        }
        place
    }

    fn join(&mut self, a: usize, b: usize) {
        let (a, b) = (self.root(a), self.root(b));
        self.parents.get_mut(b.max(a)).into_iter().for_each(|parent| *parent = a.min(b));
    }
}

/// Batches of at most `size` captures and about [`BYTES_PER_BATCH`] of text.
fn chunks(mut captures: impl Iterator<Item = NewCapture>, size: usize) -> impl Iterator<Item = Vec<NewCapture>> {
    std::iter::from_fn(move || {
        let mut batch = Vec::new();
        let mut bytes = 0;
        while batch.len() < size && bytes < BYTES_PER_BATCH {
            let Some(capture) = captures.next() else { break };
            bytes += capture.outcome.text().map_or(0, article_bytes);
            bytes += capture.raw.as_ref().map_or(0, |page| page.body.len());
            batch.push(capture);
        }
        Some(batch).filter(|batch| !batch.is_empty())
    })
}

fn article_bytes(article: &Article) -> usize {
    article.paragraphs.iter().chain([&article.headline, &article.deck]).map(String::len).sum()
}
