//! What was planned, on its way into the store: kept by few commits.

use crate::archive::ingest::Written;
use crate::archive::prepare::Boxed;
use crate::archive::transaction::Transaction;
use crate::archive::{Archive, Error};
use crate::engine;

use super::places::Encoded;
use super::plans::{Kept, Open, Portion};
use super::{Batch, IngestReport, Rejected, wait};

/// What the ingest has come to.
pub(super) struct Keeping<'a> {
    archive: &'a Archive,
    pub(super) so_far: IngestReport,
    rejected: Vec<Rejected>,
    /// What had no upkeep yet.
    written: Written,
    /// Whether commits did not go where they were expected to.
    is_misplaced: bool,
}

impl<'a> Keeping<'a> {
    pub(super) fn new(archive: &'a Archive) -> Self {
        let (so_far, rejected, written) = (IngestReport::default(), Vec::new(), Written::default());
        Self { archive, so_far, rejected, written, is_misplaced: false }
    }

    /// Commits what was planned, in its order, each commit once its texts are compressed.
    pub(super) fn keep(&mut self, Portion { commits, counts, rejected, .. }: Portion) -> Result<(), Error> {
        self.so_far.and(counts);
        self.rejected.extend(rejected);
        for (open, slot) in commits {
            // What has panicked is told by the scope that it is in.
            let Some(encoded) = wait(&slot, || Ok(false))? else { return Ok(()) };
            self.commit(open, encoded)?;
        }
        Ok(())
    }

    /// Makes one commit; what other writers have overtaken is planned again, alone.
    fn commit(&mut self, open: Vec<Open>, encoded: Encoded) -> Result<(), Error> {
        let is_kept = match encoded.and_then(|(change, placed)| self.archive.commit_placed(change, Some(placed))) {
            Ok((written, stays)) => {
                self.written.add(written);
                self.is_misplaced |= !stays;
                true
            }
            Err(Error::Engine(engine::Error::Conflict)) => {
                self.is_misplaced = true;
                false
            }
            Err(error) => return Err(error),
        };
        for (captures, planned) in open {
            match planned.filter(|_| is_kept) {
                Some(planned) => self.so_far.count(&planned),
                None => self.keep_alone(&captures)?,
            }
        }
        Ok(())
    }

    fn keep_alone(&mut self, group: &[Boxed]) -> Result<(), Error> {
        let archive = self.archive;
        let keep = |planned, transaction: Transaction<'_>| Ok((planned, archive.commit_one(transaction)?));
        let (planned, written) = archive.retry(group, keep)?;
        self.so_far.count(&planned);
        self.written.add(written);
        Ok(())
    }

    /// Does the upkeep that is due, and returns what the batch came to.
    pub(super) fn end_batch(&mut self) -> Result<Batch, Error> {
        self.archive.upkeep(std::mem::take(&mut self.written))?;
        Ok(Batch { so_far: self.so_far, rejected: std::mem::take(&mut self.rejected) })
    }

    /// What the planner must know after a portion.
    pub(super) fn state(&mut self) -> Kept {
        let is_misplaced = std::mem::take(&mut self.is_misplaced);
        Kept { until_upkeep: self.archive.until_upkeep(self.written), is_misplaced }
    }
}
