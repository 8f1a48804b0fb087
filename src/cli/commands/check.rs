//! `morgue check`: is all as it was written?

use std::io::Write;

use morgue::text::safe::for_terminal;
use morgue::{Archive, CheckOptions, OpenOptions, Remedy};

use super::Run;
use crate::cli::error::{Exit, Failure, Result};
use crate::cli::progress;
use crate::cli::session::Session;
use crate::cli::words::count;

const AFTER_HELP: &str = "\
Exit code 4 says that something is damaged.

Example:
  morgue check --deep";

/// What helps against every damage.
const WAY_OUT: &str = "what is lost comes back by `morgue import` of an export, or of what was imported once";
const SALVAGE: &str = "`morgue salvage DIR OUT` makes a new archive of all that can be read, and says what is lost";
const REINDEX: &str =
    "only derived data (index, feed) is hurt: `morgue reindex` makes it anew and loses nothing; then check again";

/// Verify the archive, and name what is hurt
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Args {
    /// Unpack and hash every text, not only those of every sixteenth pack
    #[arg(long)]
    deep: bool,
}

impl Run for Args {
    fn run(self, session: &Session) -> Result<Exit> {
        let archive = session
            .open(|path, options| Archive::open(path, &OpenOptions { read_only: true, repair: true, ..options }));
        let archive = archive.map_err(|failure| match failure.exit {
            Exit::Damage => Failure { hints: vec![SALVAGE.to_owned(), WAY_OUT.to_owned()], ..failure },
            _ => failure,
        })?;
        let report = archive.check(&CheckOptions { deep: self.deep }, progress::counter(session, "checking"))?;
        let mut out = session.out();
        if session.json() {
            out.json(&report)?;
        } else {
            for finding in &report.findings {
                writeln!(out, "{}", for_terminal(&finding.to_string()))?;
            }
            writeln!(
                out,
                "checked {}, {}, {}: {}",
                count(report.stories, "story", "stories"),
                count(report.captures, "capture", "captures"),
                count(report.texts, "text", "texts"),
                match report.findings.len() as u64 {
                    0 => "all is well".to_owned(),
                    many => format!("{} found", count(many, "fault was", "faults were")),
                }
            )?;
        }
        out.finish()?;
        if report.findings.is_empty() {
            return Ok(Exit::Done);
        }
        if report.findings.iter().any(|finding| finding.remedy != Remedy::Reindex) {
            session.hint(SALVAGE);
            session.hint(WAY_OUT);
        } else {
            session.hint(REINDEX);
        }
        Ok(Exit::Damage)
    }
}
