//! Bringing an archive from an older format to the present one.
//!
//! A step is a folder `vN_to_vM` here: why; the old shapes, frozen; the step; dumps before and after. [`plan`] says what would be
//! done, [`run`] does it. A step works in commits, each of which also notes how far it came, so that a migration that is stopped at
//! any moment goes on from there. The first of them also writes the new version, so that no older program takes what is half
//! moved for an archive; this one refuses it by the note.

mod v1_to_v2;
mod v2_to_v3;

use serde::Serialize;

use crate::engine::{Commit, Durability, Engine, Error as EngineError};
use crate::format::key::{META_FORMAT, META_MIGRATION, META_REINDEX};
use crate::format::record::{FormatRecord, MigrationRecord};
use crate::format::{FORMAT_VERSION, FormatError, codec};
use crate::model::{StoryKey, Timestamp};

/// One step from a version to the next.
pub(crate) trait Step: Sync {
    /// The version that this step starts from; it ends at the next one.
    fn from(&self) -> u32;

    /// What it does, for people.
    fn about(&self) -> &'static str;

    /// How much there is to do; `done` is how far it has come, if it has begun.
    fn work(&self, engine: &dyn Engine, done: Option<&[u8]>) -> Result<Work, Error>;

    /// Reads all that the step will read, before it changes anything; `progress` is told how many captures were read.
    fn verify(&self, engine: &dyn Engine, progress: &mut dyn FnMut(u64)) -> Result<(), Error>;

    /// Makes the changes that come after `done`, at most a commit's worth, and says how far it came; `None` at the end.
    ///
    /// Must give the same writes when it is asked again.
    fn next(&self, engine: &dyn Engine, done: Option<&[u8]>) -> Result<Option<Progress>, Error>;

    /// Whether derived data must be rebuilt after it.
    fn rebuilds(&self) -> bool;
}

/// A commit's worth of a step.
pub(crate) struct Progress {
    pub(crate) writes: Vec<(Vec<u8>, Option<Vec<u8>>)>,
    /// Where the step goes on.
    pub(crate) done: Vec<u8>,
    /// How many captures are done.
    pub(crate) captures: u64,
}

/// How much a step has to do.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Work {
    /// Captures that are done already, and those that are not.
    pub(crate) done: u64,
    pub(crate) todo: u64,
    /// Where the arrivals of those that are not done end.
    pub(crate) arrivals: u64,
}

/// The steps of this program, in order.
pub(crate) const STEPS: &[&dyn Step] = &[&v1_to_v2::V1ToV2, &v2_to_v3::V2ToV3];

/// What a migration would do.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Plan {
    /// The version that the archive has.
    pub from: u32,
    /// The version that it will have.
    pub to: u32,
    /// What each step does, for people.
    pub steps: Vec<&'static str>,
    /// True when a migration was stopped and this one goes on.
    pub resumes: bool,
    /// How many captures are to be moved.
    pub captures: u64,
    /// About how long it takes, in seconds.
    pub seconds: u64,
    /// The bytes that the store takes on disk now.
    pub bytes_disk: u64,
    /// About how many more bytes it takes until it is compacted.
    pub bytes_needed: u64,
    /// Where the arrivals of the captures end.
    #[serde(skip)]
    pub(crate) arrivals: u64,
}

/// Captures a second, and what the new rows take of the disk beside the old ones: measured (see `v1_to_v2/README.md`), on the safe
/// side.
const CAPTURES_PER_SECOND: u64 = 2_000;
const MORE_PERCENT: u64 = 50;
/// What a store takes at least when it grows: a segment of its file or two.
const LEAST_MORE: u64 = 16 << 20;

impl Plan {
    /// Returns true when there is nothing to do.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }
}

/// Why an archive cannot be migrated.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The archive was written by a newer program.
    #[error("the archive has format version {found}; this program knows versions up to {known}")]
    Newer {
        /// The archive's version.
        found: u32,
        /// The newest version that this program knows.
        known: u32,
    },
    /// There is no way from this version to the present one.
    #[error("there is no migration from format version {found}")]
    NoWay {
        /// The archive's version.
        found: u32,
    },
    /// The store has no format version.
    #[error("the format version is missing")]
    NoFormat,
    /// The engine failed.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// A row is damaged.
    #[error(transparent)]
    Format(#[from] FormatError),
    /// What is to be moved is not as it was written.
    #[error("damaged: {what}")]
    Damaged {
        /// What was found, for people.
        what: String,
        /// The story that is hurt, where it is known.
        story: Option<StoryKey>,
        /// The capture that is hurt, where it is known.
        captured_at: Option<Timestamp>,
    },
}

impl Error {
    pub(crate) fn damaged(what: impl Into<String>) -> Self {
        Self::Damaged { what: what.into(), story: None, captured_at: None }
    }

    /// Names the story that is hurt, where it is not named yet.
    pub(crate) fn in_story(mut self, name: &StoryKey) -> Self {
        if let Self::Damaged { story, .. } = &mut self {
            story.get_or_insert_with(|| name.clone());
        }
        self
    }

    /// Names the capture that is hurt, where it is not named yet.
    pub(crate) fn at(mut self, time: Timestamp) -> Self {
        if let Self::Damaged { captured_at, .. } = &mut self {
            captured_at.get_or_insert(time);
        }
        self
    }

    /// Names both.
    pub(crate) fn of(self, name: &StoryKey, time: Timestamp) -> Self {
        self.in_story(name).at(time)
    }
}

/// Returns what [`run`] would do to the archive in an engine. Writes nothing; reads all captures, but not their texts.
///
/// # Errors
/// [`Error::Newer`] and [`Error::NoWay`]; errors of the engine, and damage.
pub fn plan(engine: &dyn Engine) -> Result<Plan, Error> {
    plan_with(engine, STEPS, FORMAT_VERSION)
}

/// Brings the archive in an engine to the present format; `progress` is told what is done now, how many captures of that are done,
/// and of how many.
///
/// Everything is read and verified before the first change. Safe to stop at any moment and to run again. Afterwards derived data
/// may have to be rebuilt, which [`Archive::migrate`](crate::Archive::migrate) does.
///
/// # Errors
/// As [`plan`].
pub fn run(engine: &dyn Engine, mut progress: impl FnMut(&str, u64, u64)) -> Result<Plan, Error> {
    run_with(engine, STEPS, FORMAT_VERSION, &mut progress)
}

fn plan_with(engine: &dyn Engine, steps: &[&dyn Step], known: u32) -> Result<Plan, Error> {
    let note = note(engine)?;
    let found = match &note {
        Some(note) => note.from,
        None => version(engine)?,
    };
    if found > known {
        return Err(Error::Newer { found, known });
    }
    let mut plan = Plan { from: found, to: known, resumes: note.is_some(), ..Plan::default() };
    let todo: Vec<_> = steps.iter().filter(|step| step.from() >= found).collect();
    let Some(first) = todo.first().filter(|_| found < known) else { return Ok(plan) };
    if first.from() != found {
        return Err(Error::NoWay { found });
    }
    let work = first.work(engine, note.as_ref().map(|note| note.done.as_slice()))?;
    plan.steps = todo.iter().map(|step| step.about()).collect();
    plan.captures = work.todo;
    plan.arrivals = work.arrivals;
    plan.seconds = work.todo.div_ceil(CAPTURES_PER_SECOND);
    plan.bytes_disk = engine.size_on_disk()?;
    plan.bytes_needed = more_bytes(plan.bytes_disk, work);
    Ok(plan)
}

/// What the rows of captures that are still to be moved will take.
fn more_bytes(now: u64, work: Work) -> u64 {
    let all = u128::from(work.done + work.todo).max(1);
    let share = u128::from(now) * u128::from(work.todo) * u128::from(MORE_PERCENT) / 100 / all;
    u64::try_from(share).unwrap_or(u64::MAX).saturating_add(LEAST_MORE)
}

fn run_with(
    engine: &dyn Engine,
    steps: &[&dyn Step],
    known: u32,
    progress: &mut dyn FnMut(&str, u64, u64),
) -> Result<Plan, Error> {
    let plan = plan_with(engine, steps, known)?;
    for step in steps.iter().filter(|step| step.from() >= plan.from) {
        run_step(engine, *step, progress)?;
    }
    Ok(plan)
}

/// After so many commits all of them are synced.
const COMMITS_PER_SYNC: usize = 16;

fn run_step(engine: &dyn Engine, step: &dyn Step, progress: &mut dyn FnMut(&str, u64, u64)) -> Result<(), Error> {
    let note = note(engine)?.filter(|note| note.from == step.from());
    let work = step.work(engine, note.as_ref().map(|note| note.done.as_slice()))?;
    let total = work.done + work.todo;
    if note.is_none() {
        step.verify(engine, &mut |captures| progress("verify", captures.min(total), total))?;
    }
    for commit in 1_usize.. {
        let durability = if commit % COMMITS_PER_SYNC == 1 { Durability::Synced } else { Durability::Buffered };
        let Some(captures) = advance(engine, step, durability)? else { break };
        progress(step.about(), captures.min(total), total);
    }
    Ok(())
}

/// Makes one commit of a step and says how many captures are done; `None` after its last one, which is synced with all before it.
fn advance(engine: &dyn Engine, step: &dyn Step, durability: Durability) -> Result<Option<u64>, Error> {
    let noted = engine.get(META_MIGRATION)?;
    let record = note(engine)?.filter(|record| record.from == step.from());
    let next = step.next(engine, record.as_ref().map(|record| record.done.as_slice()))?;
    let mut commit = Commit { expects: vec![(META_MIGRATION.to_vec(), noted)], ..Commit::default() };
    if record.is_none() {
        let version = codec::encode(META_FORMAT, &FormatRecord { version: step.from() + 1 })?;
        commit.writes.push((META_FORMAT.to_vec(), Some(version)));
    }
    let Some(Progress { writes, done, captures }) = next else {
        commit.writes.push((META_MIGRATION.to_vec(), None));
        commit.writes.extend(step.rebuilds().then(|| (META_REINDEX.to_vec(), Some(Vec::new()))));
        engine.commit(&commit, Durability::Synced)?;
        return Ok(None);
    };
    let note = codec::encode(META_MIGRATION, &MigrationRecord { from: step.from(), done })?;
    commit.writes.extend(writes);
    commit.writes.push((META_MIGRATION.to_vec(), Some(note)));
    engine.commit(&commit, durability)?;
    Ok(Some(captures))
}

/// How far a migration came that was stopped.
fn note(engine: &dyn Engine) -> Result<Option<MigrationRecord>, Error> {
    let noted = engine.get(META_MIGRATION)?;
    Ok(noted.map(|bytes| codec::decode(META_MIGRATION, &bytes)).transpose()?)
}

fn version(engine: &dyn Engine) -> Result<u32, Error> {
    let bytes = engine.get(META_FORMAT)?.ok_or(Error::NoFormat)?;
    let record: FormatRecord = codec::decode(META_FORMAT, &bytes)?;
    Ok(record.version)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::faults::{Fault, FaultEngine};
    use crate::engine::{MemoryEngine, Order, prefix_range};
    use std::sync::Arc;

    /// Turns the bytes of every row of one keyspace over, two rows a commit.
    struct Reverse(u32);

    const SPACE: u8 = 0x7f;

    impl Step for Reverse {
        fn from(&self) -> u32 {
            self.0
        }

        fn about(&self) -> &'static str {
            "turn rows over"
        }

        fn next(&self, engine: &dyn Engine, done: Option<&[u8]>) -> Result<Option<Progress>, Error> {
            let rows: Vec<_> = engine.scan(prefix_range(&[SPACE]), Order::Ascending).collect::<Result<_, _>>()?;
            let todo = rows.into_iter().filter(|(key, _)| done.is_none_or(|done| key.as_slice() > done)).take(2);
            let writes: Vec<_> = todo.map(|(key, value)| (key, Some(value.into_iter().rev().collect()))).collect();
            let done = writes.last().map(|(key, _)| key.clone());
            Ok(done.map(|done| Progress { writes, done, captures: 0 }))
        }

        fn work(&self, _: &dyn Engine, _: Option<&[u8]>) -> Result<Work, Error> {
            Ok(Work::default())
        }

        fn verify(&self, engine: &dyn Engine, _: &mut dyn FnMut(u64)) -> Result<(), Error> {
            let rows = engine.scan(prefix_range(&[SPACE]), Order::Ascending);
            let is_whole = rows.map(Result::unwrap).all(|(_, value)| value.len() == 3);
            if is_whole { Ok(()) } else { Err(Error::damaged("short")) }
        }

        fn rebuilds(&self) -> bool {
            self.0 == 2
        }
    }

    const TWO: &[&dyn Step] = &[&Reverse(1), &Reverse(2)];

    fn store(version: u32) -> MemoryEngine {
        let engine = MemoryEngine::default();
        let format = codec::encode(META_FORMAT, &FormatRecord { version }).unwrap();
        let mut writes = vec![(META_FORMAT.to_vec(), Some(format))];
        writes.extend((0..5).map(|n| (vec![SPACE, n], Some(vec![n, 1, 2]))));
        engine.commit(&Commit { writes, ..Commit::default() }, Durability::Synced).unwrap();
        engine
    }

    #[test]
    fn a_plan_names_the_steps_from_the_version_that_is_there() {
        assert_eq!(plan_with(&store(1), TWO, 3).unwrap().steps.len(), 2);
        assert_eq!(plan_with(&store(2), TWO, 3).unwrap().steps.len(), 1);
        assert!(plan_with(&store(3), TWO, 3).unwrap().is_empty());
    }

    #[test]
    fn a_newer_or_unknown_format_is_refused_and_nothing_is_written() {
        let engine = store(4);
        let before = engine.rows();
        assert!(matches!(run_with(&engine, TWO, 3, &mut |_, _, _| {}), Err(Error::Newer { found: 4, known: 3 })));
        assert!(matches!(run_with(&store(0), TWO, 3, &mut |_, _, _| {}), Err(Error::NoWay { found: 0 })));
        assert_eq!(engine.rows(), before);
    }

    #[test]
    fn a_migration_stopped_at_any_commit_goes_on_to_the_same_end() {
        let whole = store(1);
        run_with(&whole, &TWO[..1], 2, &mut |_, _, _| {}).unwrap();
        for stop in 0..8 {
            let memory = store(1);
            let faulty = FaultEngine::new(Arc::new(memory.clone()));
            faulty.arm(Fault::From(stop));
            let stopped = run_with(&faulty, &TWO[..1], 2, &mut |_, _, _| {}).is_err();
            assert_eq!(stopped, stop < 4, "the migration has four commits");
            run_with(&memory, &TWO[..1], 2, &mut |_, _, _| {}).unwrap();
            assert_eq!(memory.rows(), whole.rows(), "stopped at commit {stop}");
        }
    }

    #[test]
    fn what_is_half_moved_is_of_the_new_version_and_goes_on_from_the_old_one() {
        let memory = store(1);
        let faulty = FaultEngine::new(Arc::new(memory.clone()));
        faulty.arm(Fault::From(1));
        assert!(run_with(&faulty, &TWO[..1], 2, &mut |_, _, _| {}).is_err());
        assert_eq!(version(&memory).unwrap(), 2);
        let plan = plan_with(&memory, &TWO[..1], 2).unwrap();
        assert_eq!((plan.from, plan.steps.len(), plan.resumes), (1, 1, true));
    }

    #[test]
    fn nothing_is_changed_where_something_is_damaged() {
        let memory = store(1);
        let cut = Commit { writes: vec![(vec![SPACE, 4], Some(vec![4]))], ..Commit::default() };
        memory.commit(&cut, Durability::Synced).unwrap();
        let before = memory.rows();
        assert!(matches!(run_with(&memory, TWO, 3, &mut |_, _, _| {}), Err(Error::Damaged { .. })));
        assert_eq!(memory.rows(), before);
    }

    #[test]
    fn only_a_step_that_asks_for_it_leaves_derived_data_to_be_rebuilt() {
        let (one, two) = (store(1), store(1));
        run_with(&one, &TWO[..1], 2, &mut |_, _, _| {}).unwrap();
        run_with(&two, TWO, 3, &mut |_, _, _| {}).unwrap();
        assert_eq!(one.get(META_REINDEX).unwrap(), None);
        assert_eq!(two.get(META_REINDEX).unwrap(), Some(Vec::new()));
    }

    #[test]
    fn a_migration_that_runs_twice_changes_nothing_more() {
        let engine = store(1);
        run_with(&engine, TWO, 3, &mut |_, _, _| {}).unwrap();
        let once = engine.rows();
        assert!(run_with(&engine, TWO, 3, &mut |_, _, _| {}).unwrap().is_empty());
        assert_eq!(engine.rows(), once);
    }
}
