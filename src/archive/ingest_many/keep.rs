//! What was read and prepared, on its way into the store: planned story by story, compressed and encoded in jobs, kept by few commits.

use std::collections::VecDeque;
use std::sync::mpsc::{Receiver, sync_channel};

use rayon::prelude::*;

use crate::archive::ingest::Written;
use crate::archive::plan::{Planned, plan};
use crate::archive::prepare::Prepared;
use crate::archive::transaction::{Change, Placed, Size, Transaction};
use crate::archive::{Archive, Error};
use crate::engine;

use super::groups::Group;
use super::{Batch, IngestReport, Rejected, wait};

/// A commit is closed at so many captures or rows of the index, so that few rows change at once: sled keeps every page that one commit
/// touches in memory, and large commits of scattered rows cost gigabytes. Atomicity is needed for a capture, durability for a
/// batch ...
const CAPTURES_PER_COMMIT: usize = 512;
const ROWS_PER_COMMIT: usize = 96;
/// ... or at so many bytes of text. Each commit costs sled two writes, whatever is in it.
const BYTES_PER_COMMIT: usize = 256 << 10;
/// So many commits are encoded before those before them are made.
const PLACED_AHEAD: usize = 2;

type Plans<'a> = Vec<Result<(Planned, Transaction<'a>), Error>>;

/// What was read of a batch and is not kept yet, and what the ingest has come to.
pub(super) struct Keeping<'a> {
    archive: &'a Archive,
    ready: Vec<Prepared>,
    pub(super) so_far: IngestReport,
    rejected: Vec<Rejected>,
    written: Written,
}

impl<'a> Keeping<'a> {
    pub(super) fn new(archive: &'a Archive) -> Self {
        let (ready, rejected) = (Vec::new(), Vec::new());
        Self { archive, ready, so_far: IngestReport::default(), rejected, written: Written::default() }
    }

    pub(super) fn add(&mut self, ready: Vec<Result<Prepared, Error>>) {
        for outcome in ready {
            match outcome {
                Ok(ready) => self.ready.push(ready),
                Err(error) => {
                    self.rejected.push(Rejected { position: self.so_far.read, error });
                    self.so_far.rejected += 1;
                }
            }
            self.so_far.read += 1;
        }
    }

    /// Plans what was read, and commits it after what is to be done before that.
    pub(super) fn keep(&mut self, before: impl FnOnce() -> Result<(), Error>) -> Result<(), Error> {
        let archive = self.archive;
        let groups = archive.group(std::mem::take(&mut self.ready))?;
        let (groups, begun): (Vec<_>, Vec<_>) =
            groups.into_iter().map(|Group { captures, transaction }| (captures, transaction)).unzip();
        let plan = |(group, begun): (&Vec<Prepared>, Result<Transaction<'a>, Error>)| {
            let mut transaction = begun?;
            plan(&mut transaction, group).map(|planned| (planned, transaction))
        };
        let plans = groups.par_iter().zip(begun).map(plan).collect();
        let commits = into_commits(&groups, plans, &mut self.so_far)?;
        before()?;
        self.commit(commits)
    }

    /// Commits plans, in their order, each once its texts are compressed and it is encoded for the place that it will have.
    fn commit(&mut self, commits: Vec<Pending<'_>>) -> Result<(), Error> {
        rayon::in_place_scope(|scope| {
            let compress = |Pending { open, transactions, .. }| {
                let (done, slot) = sync_channel(1);
                scope.spawn(move |_| drop(done.send(Change::of(transactions))));
                (open, slot)
            };
            let commits: Vec<_> = commits.into_iter().map(compress).collect();
            let mut next = self.archive.tail().place();
            let mut placed = VecDeque::new();
            for (open, slot) in commits {
                let Some(change) = wait(&slot) else { return Ok(()) };
                let (done, slot) = sync_channel(1);
                let at = next;
                next = change.as_ref().map_or(next, |change| change.after(at));
                let place = move |mut change: Change| change.place(at).map(|placed| (change, placed));
                scope.spawn(move |_| drop(done.send(change.and_then(place))));
                placed.push_back((open, slot));
                if placed.len() > PLACED_AHEAD {
                    self.commit_first(&mut placed)?;
                }
            }
            while !placed.is_empty() {
                self.commit_first(&mut placed)?;
            }
            Ok(())
        })
    }

    /// Makes one commit; what other writers have overtaken is planned again, alone.
    fn commit_first(&mut self, commits: &mut VecDeque<(Vec<Open<'_>>, Receiver<Encoded>)>) -> Result<(), Error> {
        let Some((open, slot)) = commits.pop_front() else { return Ok(()) };
        // A panic is told by the scope that it is in.
        let Some(placed) = wait(&slot) else { return Ok(()) };
        let is_kept = match placed.and_then(|(change, placed)| self.archive.commit_placed(change, Some(placed))) {
            Ok(written) => {
                self.written.add(written);
                true
            }
            Err(Error::Engine(engine::Error::Conflict)) => false,
            Err(error) => return Err(error),
        };
        for (group, planned) in open {
            match planned.filter(|_| is_kept) {
                Some(planned) => count(&mut self.so_far, &planned),
                None => self.keep_alone(group)?,
            }
        }
        Ok(())
    }

    fn keep_alone(&mut self, group: &[Prepared]) -> Result<(), Error> {
        let archive = self.archive;
        let keep = |planned, transaction: Transaction<'_>| Ok((planned, archive.commit_one(transaction)?));
        let (planned, written) = archive.retry(group, keep)?;
        count(&mut self.so_far, &planned);
        self.written.add(written);
        Ok(())
    }

    /// Does the upkeep that is due, since no plan is open that it could overtake, and returns what the batch came to.
    pub(super) fn end_batch(&mut self) -> Result<Batch, Error> {
        self.archive.upkeep(std::mem::take(&mut self.written))?;
        Ok(Batch { so_far: self.so_far, rejected: std::mem::take(&mut self.rejected) })
    }
}

/// A group, and its plan where there is one that still holds.
type Open<'a> = (&'a [Prepared], Option<Planned>);

/// A change that is encoded for its place, once it is.
type Encoded = Result<(Change, Placed), Error>;

/// What will be one commit.
#[derive(Default)]
struct Pending<'a> {
    open: Vec<Open<'a>>,
    transactions: Vec<Transaction<'a>>,
    size: Size,
}

impl Pending<'_> {
    fn has_room(&self, more: Size) -> bool {
        let Size { captures, rows, bytes } = self.size.and(more);
        captures <= CAPTURES_PER_COMMIT && rows <= ROWS_PER_COMMIT && bytes <= BYTES_PER_COMMIT
    }
}

/// Divides plans into commits. Plans that change nothing are counted at once.
fn into_commits<'a>(
    groups: &'a [Vec<Prepared>],
    plans: Plans<'a>,
    so_far: &mut IngestReport,
) -> Result<Vec<Pending<'a>>, Error> {
    let mut commits = Vec::new();
    let mut pending = Pending::default();
    for (group, outcome) in groups.iter().zip(plans) {
        match outcome {
            // Overtaken while it was planned: an empty commit, after which it is planned again.
            Err(Error::Engine(engine::Error::Conflict)) => pending.open.push((group, None)),
            Err(error) => return Err(error),
            Ok((planned, transaction)) if transaction.is_empty() => count(so_far, &planned),
            Ok((planned, transaction)) => {
                let size = transaction.size();
                if !pending.has_room(size) {
                    commits.push(std::mem::take(&mut pending));
                }
                pending.size = pending.size.and(size);
                pending.open.push((group, Some(planned)));
                pending.transactions.push(transaction);
            }
        }
    }
    commits.push(pending);
    Ok(commits)
}

fn count(so_far: &mut IngestReport, planned: &Planned) {
    let known = planned.known.iter().filter(|known| **known).count() as u64;
    let new = planned.known.len() as u64 - known;
    so_far.known += known;
    so_far.captures += new;
    so_far.stories += planned.new_stories;
    so_far.revisions += planned.revisions_after.saturating_sub(planned.revisions_before);
}
