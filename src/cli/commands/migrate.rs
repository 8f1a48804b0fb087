//! `morgue migrate`: an older archive to the present format.

use std::io::Write;

use morgue::Archive;

use super::Run;
use crate::cli::error::{Exit, Result};
use crate::cli::progress;
use crate::cli::session::Session;

const AFTER_HELP: &str = "\
Stopped at any moment, it can be run again and goes on. A newer archive is refused.

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
        let plan = session.open(|path, options| {
            if self.dry_run {
                return Archive::migration(path, &options);
            }
            let bar = progress::rows(session);
            Archive::migrate(path, &options, |step| {
                bar.0.set_message(step.to_owned());
                bar.0.inc(1);
            })
        })?;
        let mut out = session.out();
        if session.json() {
            out.json(&plan)?;
        } else if plan.is_empty() {
            writeln!(out, "the archive has format {} already", plan.to)?;
        } else {
            for step in &plan.steps {
                writeln!(out, "{step}")?;
            }
            let verb = if self.dry_run { "would bring" } else { "brought" };
            writeln!(out, "{verb} the archive from format {} to {}", plan.from, plan.to)?;
        }
        out.finish()?;
        Ok(Exit::Done)
    }
}
