//! `morgue migrate`: an older archive to the present format.

use std::io::Write;

use morgue::Archive;
use morgue::migrations::Plan;

use super::Run;
use crate::cli::error::{Exit, Failure, Result};
use crate::cli::output::Output;
use crate::cli::progress;
use crate::cli::session::Session;
use crate::cli::words::{bytes, count};

const AFTER_HELP: &str = "\
Everything is read and verified before the first change. Stopped at any moment, it
can be run again and goes on. A newer archive is refused.

Example:
  morgue migrate --dry-run";

/// Bring an older archive to the present format
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Args {
    /// Say what would be done, and change nothing
    #[arg(long)]
    dry_run: bool,
}

impl Run for Args {
    fn run(self, session: &Session) -> Result<Exit> {
        let plan = session.open(|path, options| Archive::migration(path, &options))?;
        if !self.dry_run {
            if !plan.is_empty() {
                session.note(&needs(&plan));
            }
            migrate(session).map_err(|failure| advise(session, failure))?;
        }
        let mut out = session.out();
        if session.json() {
            out.json(&plan)?;
        } else {
            tell(&mut out, &plan, self.dry_run)?;
        }
        out.finish()?;
        if !self.dry_run && !plan.is_empty() {
            session.hint("`morgue compact` gives back the space that the old rows took");
        }
        Ok(Exit::Done)
    }
}

fn migrate(session: &Session) -> Result<Plan> {
    session.open(|path, options| {
        let mut show = progress::stages(session);
        Archive::migrate(path, &options, |what, done, total| show(what, done, total))
    })
}

fn tell(out: &mut Output, plan: &Plan, is_dry: bool) -> Result<()> {
    if plan.is_empty() {
        writeln!(out, "the archive has format {} already", plan.to)?;
        return Ok(());
    }
    for step in &plan.steps {
        writeln!(out, "{step}")?;
    }
    let verb = if is_dry { "would bring" } else { "brought" };
    let captures = count(plan.captures, "capture", "captures");
    writeln!(out, "{verb} the archive from format {} to {}: {captures}", plan.from, plan.to)?;
    if is_dry {
        writeln!(out, "{}", needs(plan))?;
        writeln!(out, "old and new rows stand beside each other meanwhile; `morgue compact` gives the space back")?;
    }
    Ok(())
}

/// What it takes: `takes about 2 minutes and 40.1 MB more disk (it has 42.1 MB)`.
fn needs(plan: &Plan) -> String {
    let goes_on = if plan.resumes { "goes on with what was stopped, " } else { "" };
    let (more, now) = (bytes(plan.bytes_needed), bytes(plan.bytes_disk));
    format!("{goes_on}takes about {} and up to {more} more disk (now {now})", duration(plan.seconds))
}

fn duration(seconds: u64) -> String {
    match seconds {
        0..=90 => count(seconds.max(1), "second", "seconds"),
        91..=5_400 => count(seconds.div_ceil(60), "minute", "minutes"),
        _ => count(seconds.div_ceil(3_600), "hour", "hours"),
    }
}

/// Says what to do about damage: this program's `check` does not read the old format.
fn advise(session: &Session, mut failure: Failure) -> Failure {
    if failure.exit != Exit::Damage {
        return failure;
    }
    let plan = session.open(|path, options| Archive::migration(path, &options));
    let is_begun = plan.is_ok_and(|plan| plan.resumes || plan.is_empty());
    failure.hints = if is_begun {
        vec![
            "a part has been moved, and nothing is lost that could be read: run it again on a copy made before it"
                .into(),
        ]
    } else {
        vec![
            "nothing was changed: the morgue that wrote it can still read it, and its `check` shows all that is hurt"
                .into(),
            "its `export` of the other stories, imported into a new archive, is a way out".into(),
        ]
    };
    failure
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_told_in_the_unit_that_people_would_use() {
        assert_eq!([0, 1, 90].map(duration), ["1 second", "1 second", "90 seconds"]);
        assert_eq!([91, 5_400].map(duration), ["2 minutes", "90 minutes"]);
        assert_eq!([5_401, 36_000].map(duration), ["2 hours", "10 hours"]);
    }
}
