//! `morgue reindex`: derived data, anew.

use std::io::Write;

use morgue::{Archive, OpenOptions};

use super::Run;
use crate::cli::error::{Exit, Result};
use crate::cli::progress;
use crate::cli::session::Session;
use crate::cli::words::count;

const AFTER_HELP: &str = "\
Captures are not touched. Stopped at any moment, it can be run again.

Example:
  morgue reindex && morgue check";

/// Rebuild everything that follows from the captures
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Args {}

impl Run for Args {
    fn run(self, session: &Session) -> Result<Exit> {
        let archive = session
            .open(|path, options| Archive::open(path, &OpenOptions { create: false, repair: true, ..options }))?;
        let report = archive.reindex(progress::counter(session, "indexing"))?;
        let mut out = session.out();
        if session.json() {
            out.json(&report)?;
        } else {
            let (stories, captures) =
                (count(report.stories, "story", "stories"), count(report.captures, "capture", "captures"));
            writeln!(out, "rebuilt the index of {stories}, {captures}")?;
        }
        out.finish()?;
        Ok(Exit::Done)
    }
}
