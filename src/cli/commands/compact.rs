//! `morgue compact`: the same archive, as small as it can be.

use std::io::Write;

use morgue::{Archive, CompactOptions, CompactReport};

use super::Run;
use crate::cli::error::{Exit, Result};
use crate::cli::output::Output;
use crate::cli::progress;
use crate::cli::session::Session;
use crate::cli::words::{bytes, count};

const AFTER_HELP: &str = "\
Writes a fresh store beside the old one, verifies every byte, and puts it in its place in one step: a stop at any moment
leaves one whole archive. Until then the disk holds both. Everything reads as before, also faster.

Example:
  morgue compact --dry-run && morgue compact";

/// Rewrite the archive so that it takes as little room as it can
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Args {
    /// Say what it would take, and change nothing
    #[arg(long)]
    dry_run: bool,
    /// How hard to compress, 1 to 22: lower is quicker and larger
    #[arg(long, default_value_t = 19, value_parser = clap::value_parser!(i32).range(1..=22))]
    level: i32,
}

impl Run for Args {
    fn run(self, session: &Session) -> Result<Exit> {
        let compact = CompactOptions { level: self.level, dry_run: self.dry_run };
        let name = if self.dry_run { "measuring" } else { "compacting" };
        let report = session
            .open(|path, options| Archive::compact(path, &options, &compact, progress::counter(session, name)))?;
        let mut out = session.out();
        if session.json() {
            out.json(&report)?;
        } else {
            let verb = if report.dry_run { "would take about" } else { "takes" };
            tell(&mut out, "the archive", verb, &report)?;
        }
        out.finish()?;
        Ok(Exit::Done)
    }
}

/// Says what was rewritten and what it takes now.
pub(super) fn tell(out: &mut Output, what: &str, verb: &str, report: &CompactReport) -> Result<()> {
    let (before, after) = (report.bytes_before, report.bytes_after);
    let share = after.saturating_mul(100) / before.max(1);
    let captures = count(report.captures, "capture", "captures");
    writeln!(out, "{captures}: {what} {verb} {} of {} ({share}%)", bytes(after), bytes(before))?;
    Ok(())
}
