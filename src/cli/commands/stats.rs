//! `morgue stats`: how much there is.

use std::io::Write;

use super::Run;
use crate::cli::error::{Exit, Result};
use crate::cli::session::Session;
use crate::cli::words::{bytes, number};

/// Count what is in the archive
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  morgue stats --json")]
pub(crate) struct Args {}

impl Run for Args {
    fn run(self, session: &Session) -> Result<Exit> {
        let stats = session.read()?.stats()?;
        let mut out = session.out();
        if session.json() {
            out.json(&stats)?;
        } else {
            let rows = [
                ("stories", number(stats.stories)),
                ("captures", number(stats.captures)),
                ("revisions", number(stats.revisions)),
                ("articles", number(stats.articles)),
                ("text", bytes(stats.bytes_text)),
                ("pages", number(stats.pages)),
                ("of pages", bytes(stats.bytes_pages)),
                ("on disk", bytes(stats.bytes_disk)),
                ("format", number(stats.format_version.into())),
                ("engine", stats.engine),
            ];
            for (name, value) in rows {
                writeln!(out, "{name:<9}  {value:>12}")?;
            }
        }
        out.finish()?;
        Ok(Exit::Done)
    }
}
