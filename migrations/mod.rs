//! Bringing an archive from an older format to the present one.
//!
//! Version 1 is the first, so there is no step yet; the runner is whole and is tested with steps of its own. A step is a folder
//! `vN_to_vM` here: why; the old and the new shapes, frozen; the step; dumps before and after. [`plan`] says what would be done,
//! [`run`] does it. A step works in commits, each of which also notes how far it came, so that a migration that is stopped at any
//! moment goes on from there.

use serde::Serialize;

use crate::engine::{Commit, Durability, Engine, Error as EngineError};
use crate::format::key::{META_FORMAT, META_MIGRATION};
use crate::format::record::{FormatRecord, MigrationRecord};
use crate::format::{FORMAT_VERSION, FormatError, codec};

/// One step from a version to the next.
pub(crate) trait Step: Sync {
    /// The version that this step starts from; it ends at the next one.
    fn from(&self) -> u32;

    /// What it does, for people.
    fn about(&self) -> &'static str;

    /// Makes the changes that come after `done`, at most a commit's worth, and says how far it came; `None` at the end.
    ///
    /// Must give the same writes when it is asked again.
    fn next(&self, engine: &dyn Engine, done: Option<&[u8]>) -> Result<Option<Progress>, Error>;
}

/// A commit's worth of a step.
pub(crate) struct Progress {
    pub(crate) writes: Vec<(Vec<u8>, Option<Vec<u8>>)>,
    /// Where the step goes on.
    pub(crate) done: Vec<u8>,
}

/// The steps of this program, in order.
pub(crate) const STEPS: &[&dyn Step] = &[];

/// What a migration would do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Plan {
    /// The version that the archive has.
    pub from: u32,
    /// The version that it will have.
    pub to: u32,
    /// What each step does, for people.
    pub steps: Vec<&'static str>,
}

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
}

/// Returns what [`run`] would do to the archive in an engine. Writes nothing.
///
/// # Errors
/// [`Error::Newer`] and [`Error::NoWay`]; errors of the engine, and damage.
pub fn plan(engine: &dyn Engine) -> Result<Plan, Error> {
    plan_with(engine, STEPS, FORMAT_VERSION)
}

/// Brings the archive in an engine to the present format; `progress` is told after every commit which step is at work.
///
/// Each commit is synced. Safe to stop at any moment and to run again.
///
/// # Errors
/// As [`plan`].
pub fn run(engine: &dyn Engine, mut progress: impl FnMut(&str)) -> Result<Plan, Error> {
    run_with(engine, STEPS, FORMAT_VERSION, &mut progress)
}

fn plan_with(engine: &dyn Engine, steps: &[&dyn Step], known: u32) -> Result<Plan, Error> {
    let found = version(engine)?;
    if found > known {
        return Err(Error::Newer { found, known });
    }
    let todo: Vec<&&dyn Step> = steps.iter().filter(|step| step.from() >= found).collect();
    let is_whole = (found..known).eq(todo.iter().map(|step| step.from()));
    if !is_whole {
        return Err(Error::NoWay { found });
    }
    Ok(Plan { from: found, to: known, steps: todo.iter().map(|step| step.about()).collect() })
}

fn run_with(
    engine: &dyn Engine,
    steps: &[&dyn Step],
    known: u32,
    progress: &mut dyn FnMut(&str),
) -> Result<Plan, Error> {
    let plan = plan_with(engine, steps, known)?;
    for step in steps.iter().filter(|step| step.from() >= plan.from) {
        while advance(engine, *step)? {
            progress(step.about());
        }
    }
    Ok(plan)
}

/// Makes one commit of a step; false after its last one, which also writes the new version.
fn advance(engine: &dyn Engine, step: &dyn Step) -> Result<bool, Error> {
    let noted = engine.get(META_MIGRATION)?;
    let record: Option<MigrationRecord> =
        noted.as_deref().map(|bytes| codec::decode(META_MIGRATION, bytes)).transpose()?;
    let record = record.filter(|record| record.from == step.from());
    let next = step.next(engine, record.as_ref().map(|record| record.done.as_slice()))?;
    let is_over = next.is_none();
    let mut commit = Commit { expects: vec![(META_MIGRATION.to_vec(), noted)], writes: Vec::new() };
    match next {
        Some(Progress { writes, done }) => {
            let note = codec::encode(META_MIGRATION, &MigrationRecord { from: step.from(), done })?;
            commit.writes = writes;
            commit.writes.push((META_MIGRATION.to_vec(), Some(note)));
        }
        None => {
            let version = codec::encode(META_FORMAT, &FormatRecord { version: step.from() + 1 })?;
            commit.writes.push((META_MIGRATION.to_vec(), None));
            commit.writes.push((META_FORMAT.to_vec(), Some(version)));
        }
    }
    engine.commit(&commit, Durability::Synced)?;
    Ok(!is_over)
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
            Ok(done.map(|done| Progress { writes, done }))
        }
    }

    const TWO: &[&dyn Step] = &[&Reverse(1), &Reverse(2)];

    fn store(version: u32) -> MemoryEngine {
        let engine = MemoryEngine::default();
        let format = codec::encode(META_FORMAT, &FormatRecord { version }).unwrap();
        let mut writes = vec![(META_FORMAT.to_vec(), Some(format))];
        writes.extend((0..5).map(|n| (vec![SPACE, n], Some(vec![n, 1, 2]))));
        engine.commit(&Commit { expects: Vec::new(), writes }, Durability::Synced).unwrap();
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
        assert!(matches!(run_with(&engine, TWO, 3, &mut |_| {}), Err(Error::Newer { found: 4, known: 3 })));
        assert!(matches!(run_with(&store(0), TWO, 3, &mut |_| {}), Err(Error::NoWay { found: 0 })));
        assert_eq!(engine.rows(), before);
    }

    #[test]
    fn a_migration_stopped_at_any_commit_goes_on_to_the_same_end() {
        let whole = store(1);
        run_with(&whole, &TWO[..1], 2, &mut |_| {}).unwrap();
        for stop in 0..8 {
            let memory = store(1);
            let faulty = FaultEngine::new(Arc::new(memory.clone()));
            faulty.arm(Fault::From(stop));
            let stopped = run_with(&faulty, &TWO[..1], 2, &mut |_| {}).is_err();
            assert_eq!(stopped, stop < 4, "the migration has four commits");
            run_with(&memory, &TWO[..1], 2, &mut |_| {}).unwrap();
            assert_eq!(memory.rows(), whole.rows(), "stopped at commit {stop}");
        }
    }

    #[test]
    fn a_migration_that_runs_twice_changes_nothing_more() {
        let engine = store(1);
        run_with(&engine, TWO, 3, &mut |_| {}).unwrap();
        let once = engine.rows();
        assert!(run_with(&engine, TWO, 3, &mut |_| {}).unwrap().is_empty());
        assert_eq!(engine.rows(), once);
    }
}
