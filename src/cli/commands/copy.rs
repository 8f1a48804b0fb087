//! `morgue copy`: a whole archive into another directory, also to another engine.

use std::path::PathBuf;

use morgue::{CompactOptions, EngineKind, OpenOptions};

use super::{Run, compact};
use crate::cli::error::{Exit, Result};
use crate::cli::progress;
use crate::cli::session::Session;

const AFTER_HELP: &str = "\
The copy is packed as `compact` does it, and verified to the last byte before it counts as an archive.

Example:
  morgue copy ~/archive-on-fjall --engine fjall";

/// Copy the archive into a new directory, also to another engine
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Args {
    /// The directory of the copy, which must be empty or missing
    #[arg(value_name = "OUT")]
    out: PathBuf,
    /// The engine of the copy: sled or fjall; that of the archive unless set
    #[arg(long)]
    engine: Option<EngineKind>,
    /// How hard to compress, 1 to 22: lower is quicker and larger
    #[arg(long, default_value_t = 19, value_parser = clap::value_parser!(i32).range(1..=22))]
    level: i32,
}

impl Run for Args {
    fn run(self, session: &Session) -> Result<Exit> {
        let archive = session.read()?;
        let engine = self.engine.or_else(|| archive.engine_kind());
        let options = OpenOptions { engine, ..OpenOptions::default() };
        let how = CompactOptions { level: self.level, ..CompactOptions::default() };
        let report = archive.copy(&self.out, &options, &how, progress::counter(session, "copying"))?;
        let mut out = session.out();
        if session.json() {
            out.json(&report)?;
        } else {
            compact::tell(&mut out, &format!("the copy on {}", report.engine), "takes", &report)?;
        }
        out.finish()?;
        Ok(Exit::Done)
    }
}
