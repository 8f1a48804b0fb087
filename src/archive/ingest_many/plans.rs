//! What was read and prepared, planned story by story, portion by portion, and compressed in jobs: while the portion before is kept.
//!
//! A plan holds as long as nobody changes what it has read. So what a portion has of stories that the one before changes is planned
//! once that one is kept, and nothing is planned while upkeep is due, which rewrites the index.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use rayon::Scope;
use rustc_hash::FxHashSet;

use crate::archive::ingest::Written;
use crate::archive::plan::{Planned, plan};
use crate::archive::prepare::Boxed;
use crate::archive::transaction::{Change, Place, Size, Transaction};
use crate::archive::{Archive, Error};
use crate::engine;

use super::chunks::Mark;
use super::groups::Group;
use super::help::with_help;
use super::incoming::Read;
use super::places::{Encoded, Places};
use super::{IngestReport, Rejected};

/// A commit is closed at so many captures or rows of the index, so that few rows change at once: sled keeps every page that one commit
/// touches in memory, and large commits of scattered rows cost gigabytes. Atomicity is needed for a capture, durability for a
/// batch ...
const CAPTURES_PER_COMMIT: usize = 512;
const ROWS_PER_COMMIT: usize = 96;
/// ... or at so many bytes of text. Each commit costs sled two writes, whatever is in it.
const BYTES_PER_COMMIT: usize = 512 << 10;

/// So many stories are planned by one core at a time.
const GROUPS_AT_ONCE: usize = 4;

/// Captures of one story, and their plan where there is one that still holds.
pub(super) type Open = (Vec<Boxed>, Option<Planned>);

/// What will be one commit, and what it writes, once that is encoded.
pub(super) type Encoding = (Vec<Open>, Receiver<Encoded>);

/// What is kept at a time.
pub(super) struct Portion {
    pub(super) commits: Vec<Encoding>,
    /// The counts of what was read, without those of what the commits change.
    pub(super) counts: IngestReport,
    pub(super) rejected: Vec<Rejected>,
    /// Whether it is the end of a batch.
    pub(super) mark: Mark,
}

/// What is told of a portion that has been kept.
pub(super) struct Kept {
    /// How much more may be written until upkeep is due.
    pub(super) until_upkeep: Written,
    /// Whether its commits did not go where they were expected to.
    pub(super) is_misplaced: bool,
}

/// Where plans are made.
pub(super) struct Planning<'a, 'scope> {
    archive: &'a Archive,
    jobs: &'scope Scope<'a>,
    /// Told when a portion has been kept.
    kept: Receiver<Kept>,
    last: Kept,
    places: Places,
    /// How many commits were planned.
    planned: u64,
    /// The rows of the index that the portion before writes, by sort form; `None` when it has been kept.
    under_way: Option<FxHashSet<Vec<u8>>>,
    /// The place of the next capture.
    position: u64,
    ready: Vec<Boxed>,
    counts: IngestReport,
    rejected: Vec<Rejected>,
}

/// Why no more is planned.
pub(super) enum Stop {
    /// Nobody takes it any more.
    Abandoned,
    Error(Error),
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

impl<'a, 'scope> Planning<'a, 'scope> {
    pub(super) fn new(archive: &'a Archive, jobs: &'scope Scope<'a>, kept: Receiver<Kept>, place: Place) -> Self {
        Self {
            archive,
            jobs,
            kept,
            last: Kept { until_upkeep: archive.until_upkeep(Written::default()), is_misplaced: false },
            places: Places::new(place),
            planned: 0,
            under_way: None,
            position: 0,
            ready: Vec::new(),
            counts: IngestReport::default(),
            rejected: Vec::new(),
        }
    }

    /// Plans what is read, and hands it over.
    pub(super) fn plan_all(mut self, inbox: &Receiver<Read>, outbox: &SyncSender<Result<Portion, Error>>) {
        for read in inbox {
            let Read::Chunk(slot, mark) = read else { continue };
            // What has panicked is told by the scope that it is in.
            let Ok(ready) = slot.recv() else { return };
            self.add(ready);
            if mark == Mark::None {
                continue;
            }
            match self.hand_over(mark, outbox) {
                Ok(()) => {}
                Err(Stop::Abandoned) => return,
                // Nobody listens after an error of their own.
                Err(Stop::Error(error)) => return drop(outbox.send(Err(error))),
            }
        }
    }

    /// Plans what was read, hands it over, and waits until something more may be planned.
    fn hand_over(&mut self, mark: Mark, outbox: &SyncSender<Result<Portion, Error>>) -> Result<(), Stop> {
        let (portion, rows) = self.plan(mark)?;
        // Each pack has a row of its own at least, but for the last one of a commit.
        let packs = (rows.len() + portion.commits.len()) as u64;
        let written = Written { packs, rows: rows.len() as u64 };
        outbox.send(Ok(portion)).map_err(|_| Stop::Abandoned)?;
        self.wait()?;
        self.under_way = Some(rows);
        let left = self.last.until_upkeep;
        let is_upkeep_due = mark == Mark::Report && (written.packs >= left.packs || written.rows >= left.rows);
        if is_upkeep_due || self.last.is_misplaced {
            self.wait()?;
        }
        if std::mem::take(&mut self.last.is_misplaced) {
            self.places.begin_at(self.archive.next_place()?);
        }
        Ok(())
    }

    fn add(&mut self, ready: Vec<Result<Boxed, Error>>) {
        for outcome in ready {
            match outcome {
                Ok(ready) => self.ready.push(ready),
                Err(error) => {
                    self.rejected.push(Rejected { position: self.position, error });
                    self.counts.rejected += 1;
                }
            }
            self.counts.read += 1;
            self.position += 1;
        }
    }

    /// Waits until the portion before has been kept.
    fn wait(&mut self) -> Result<(), Stop> {
        if self.under_way.take().is_some() {
            let is_misplaced = self.last.is_misplaced;
            self.last = self.kept.recv().map_err(|_| Stop::Abandoned)?;
            self.last.is_misplaced |= is_misplaced;
        }
        Ok(())
    }

    /// Plans what was read, and has it compressed. Returns it, and which rows of the index it writes.
    fn plan(&mut self, mark: Mark) -> Result<(Portion, FxHashSet<Vec<u8>>), Stop> {
        let groups = self.archive.group(self.jobs, std::mem::take(&mut self.ready))?;
        let before = self.under_way.as_ref();
        let waits = |group: &Group<'_>| {
            before.is_some_and(|rows| group.transaction.as_ref().is_ok_and(|transaction| transaction.has_read(rows)))
        };
        let (late, early): (Vec<_>, Vec<_>) = groups.into_iter().partition(waits);
        let mut rows = FxHashSet::default();
        let mut commits = self.commits(early, &mut rows)?;
        if !late.is_empty() {
            self.wait()?;
            let late = self.archive.group(self.jobs, late.into_iter().flat_map(|group| group.captures).collect())?;
            commits.extend(self.commits(late, &mut rows)?);
        }
        let (counts, rejected) = (std::mem::take(&mut self.counts), std::mem::take(&mut self.rejected));
        Ok((Portion { commits, counts, rejected, mark }, rows))
    }

    /// Plans groups, and divides the plans into commits. Plans that change nothing are counted at once.
    fn commits(&mut self, groups: Vec<Group<'a>>, rows: &mut FxHashSet<Vec<u8>>) -> Result<Vec<Encoding>, Stop> {
        let plan = |Group { captures, transaction }: Group<'a>| {
            let planned = transaction
                .and_then(|mut transaction| plan(&mut transaction, &captures).map(|planned| (planned, transaction)));
            (captures, planned)
        };
        let plans = with_help(self.jobs, groups, GROUPS_AT_ONCE, plan).ok_or(Stop::Abandoned)?;
        let mut commits = Vec::new();
        let mut pending = Pending::default();
        for (captures, planned) in plans {
            match planned {
                // Overtaken while it was planned: an empty commit, after which it is planned again.
                Err(Error::Engine(engine::Error::Conflict)) => pending.open.push((captures, None)),
                Err(error) => return Err(error.into()),
                Ok((planned, transaction)) if transaction.is_empty() => self.counts.count(&planned),
                Ok((planned, transaction)) => {
                    let size = transaction.size();
                    if !pending.has_room(size) {
                        commits.push(self.encode(std::mem::take(&mut pending)));
                    }
                    rows.extend(transaction.written().map(<[u8]>::to_vec));
                    pending.size = pending.size.and(size);
                    pending.open.push((captures, Some(planned)));
                    pending.transactions.push(transaction);
                }
            }
        }
        if !pending.open.is_empty() {
            commits.push(self.encode(pending));
        }
        Ok(commits)
    }

    fn encode(&mut self, Pending { open, transactions, .. }: Pending<'a>) -> Encoding {
        let (done, slot) = sync_channel(1);
        let (places, number) = (self.places.clone(), self.planned);
        self.planned += 1;
        self.jobs.spawn(move |jobs| places.take(jobs, number, Change::of(transactions), done));
        (open, slot)
    }
}

/// What will be one commit.
#[derive(Default)]
struct Pending<'a> {
    open: Vec<Open>,
    transactions: Vec<Transaction<'a>>,
    size: Size,
}

impl Pending<'_> {
    fn has_room(&self, more: Size) -> bool {
        let Size { captures, rows, bytes } = self.size.and(more);
        captures <= CAPTURES_PER_COMMIT && rows <= ROWS_PER_COMMIT && bytes <= BYTES_PER_COMMIT
    }
}
