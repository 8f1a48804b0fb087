//! An import that goes on after its engine stalled.
//!
//! A store that hangs can neither be closed nor opened again by the process that it hangs in. So the command starts itself anew in its
//! own place (`exec`), which ends all threads and gives back all locks, and passes by what was reported as kept.

use std::env;
use std::path::PathBuf;

use morgue::IngestReport;
use morgue::engine::Error as EngineError;
use serde::{Deserialize, Serialize};

use crate::cli::error::{Failure, Result};
use crate::cli::input;
use crate::cli::session::Session;
use crate::cli::words::count;

use super::rows::Tally;

/// Where a process leaves to the one in its place how far it came.
const VARIABLE: &str = "MORGUE_IMPORT_RESUMED";
/// An engine that stalls so often in one import will do so again.
const MOST: u32 = 5;

/// What earlier processes of the same import came to.
#[derive(Debug, Default)]
pub(super) struct Resumed {
    times: u32,
    pub(super) so_far: IngestReport,
    pub(super) aliases: u64,
    /// Bad rows that were told; the first ones in the files.
    pub(super) bad: u64,
    pub(super) seconds: f64,
}

/// The same, as it is passed on.
#[derive(Debug, Serialize, Deserialize)]
struct Passed {
    times: u32,
    /// Read, captures, known, stories, revisions, rejected.
    counts: [u64; 6],
    aliases: u64,
    bad: u64,
    seconds: f64,
}

impl Resumed {
    pub(super) fn from_env() -> Self {
        env::var(VARIABLE).ok().and_then(|text| Self::parse(&text)).unwrap_or_default()
    }

    fn parse(text: &str) -> Option<Self> {
        let Passed { times, counts, aliases, bad, seconds } = serde_json::from_str(text).ok()?;
        let mut so_far = IngestReport::default();
        [so_far.read, so_far.captures, so_far.known, so_far.stories, so_far.revisions, so_far.rejected] = counts;
        Some(Self { times, so_far, aliases, bad, seconds })
    }

    /// Starts the import anew in the place of this process, behind what was kept. Returns when that cannot be: too often, or
    /// input that cannot be read again.
    pub(super) fn again(
        &self,
        session: &Session,
        files: &[PathBuf],
        kept: &IngestReport,
        tally: &Tally<'_>,
    ) -> Result<()> {
        if self.times >= MOST || files.iter().any(|path| input::is_stdin(path)) {
            return Ok(());
        }
        let counts = [kept.read, kept.captures, kept.known, kept.stories, kept.revisions, kept.rejected];
        let seconds = self.seconds + tally.seconds();
        let passed = Passed { times: self.times + 1, counts, aliases: tally.new_aliases(), bad: tally.bad(), seconds };
        let passed = serde_json::to_string(&passed).map_err(|error| Failure::of(&error))?;
        session.warn(&format!(
            "the engine stalled; opening the archive again and going on behind {}",
            count(kept.read, "row", "rows")
        ));
        exec(&passed)
    }
}

/// Replaces this process by the same command.
#[cfg(unix)]
fn exec(passed: &str) -> Result<()> {
    use std::os::unix::process::CommandExt as _;
    let command = env::current_exe().map_err(|error| Failure::new(format!("cannot start again: {error}")))?;
    let mut again = std::process::Command::new(command);
    again.args(env::args_os().skip(1)).env(VARIABLE, passed);
    #[cfg(feature = "testing")]
    again.env_remove(crate::cli::session::STALL);
    Err(Failure::new(format!("cannot start again: {}", again.exec())))
}

/// Elsewhere the new process would wait for the locks of this one: the user is told to run it again.
#[cfg(not(unix))]
fn exec(_passed: &str) -> Result<()> {
    Ok(())
}

/// Says whether an error means that the engine stalled: what was asked of it after that has failed for the same reason.
pub(super) fn is_stall(error: &morgue::Error) -> bool {
    match error {
        morgue::Error::Engine(EngineError::Stalled { .. }) => true,
        morgue::Error::Engine(EngineError::Failed { what }) => {
            let stalled = EngineError::Stalled { seconds: 0 }.to_string();
            what.split_whitespace().take(5).eq(stalled.split_whitespace().take(5))
        }
        _ => false,
    }
}

/// The counts of an earlier process and those of this one.
pub(super) fn sum(before: &IngestReport, now: &IngestReport) -> IngestReport {
    let mut sum = *now;
    sum.read += before.read;
    sum.captures += before.captures;
    sum.known += before.known;
    sum.stories += before.stories;
    sum.revisions += before.revisions;
    sum.rejected += before.rejected;
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stall_is_known_by_what_follows_it_too() {
        let stalled = EngineError::Stalled { seconds: 60 };
        let failed = EngineError::Failed { what: stalled.to_string() };
        let other = EngineError::Failed { what: "cannot write to a: no space left on device".to_owned() };
        assert!(is_stall(&stalled.into()) && is_stall(&failed.into()));
        assert!(!is_stall(&other.into()));
    }

    #[test]
    fn what_is_passed_on_is_read_back() {
        let text = r#"{"times":2,"counts":[6,5,4,3,2,1],"aliases":9,"bad":8,"seconds":1.5}"#;
        let resumed = Resumed::parse(text).unwrap();
        assert_eq!((resumed.times, resumed.so_far.read, resumed.so_far.rejected, resumed.aliases), (2, 6, 1, 9));
        assert!(Resumed::parse("yes").is_none());
    }
}
