//! `morgue backup`: what the archive holds now, also in another directory.

use std::io::Write;
use std::path::PathBuf;

use morgue::{EngineKind, OpenOptions};

use super::Run;
use crate::cli::error::{Exit, Result};
use crate::cli::progress;
use crate::cli::session::Session;
use crate::cli::words::{bytes, count};

const AFTER_HELP: &str = "\
The backup is an archive: `morgue --archive OUT list` reads it. What an earlier backup in the same directory has is not copied
again. Stopped, it says so when it is opened, and the next backup finishes it.

Example:
  morgue backup /mnt/disk/morgue";

/// Bring another directory to hold what the archive holds
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Args {
    /// The directory of the backup: new, or that of an earlier backup
    #[arg(value_name = "OUT")]
    out: PathBuf,
    /// The engine of a new backup: sled or fjall; that of the archive unless set
    #[arg(long)]
    engine: Option<EngineKind>,
}

impl Run for Args {
    fn run(self, session: &Session) -> Result<Exit> {
        let archive = session.read()?;
        let own = || if self.out.join("MORGUE").exists() { None } else { archive.engine_kind() };
        let options = OpenOptions { engine: self.engine.or_else(own), ..OpenOptions::default() };
        let report = archive.backup(&self.out, &options, progress::counter(session, "backing up"))?;
        let mut out = session.out();
        if session.json() {
            out.json(&report)?;
        } else {
            writeln!(
                out,
                "the backup holds {}; {} copied, {}",
                count(report.captures, "capture", "captures"),
                count(report.packs, "pack was", "packs were"),
                bytes(report.bytes)
            )?;
        }
        out.finish()?;
        Ok(Exit::Done)
    }
}
