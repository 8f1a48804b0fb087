//! `morgue tell`: what changed, to those who want to know.

use std::path::PathBuf;

use super::Run;
use crate::cli::error::{Exit, Result};
use crate::cli::session::Session;

pub(super) mod run;

const AFTER_HELP: &str = "\
The configuration is TOML: a [[tell]] for each target, with a name and a kind (command, webhook, mail, atom or json-feed), and with \
what that kind needs. `when` says which changes it is told, `every` makes a digest of them. How far each target was told is kept \
in the archive: nothing is told twice. A target that cannot be told is tried again, and keeps no other waiting. A running \
`morgue track` tells by itself.

Example:
  morgue tell --config tell.toml --once

with a tell.toml of
  [[tell]]
  name = \"feed\"
  kind = \"atom\"
  file = \"/var/www/changes.atom\"
  when = \"gone or stealth or significance >= 0.3\"";

/// Tell people and programs what changed
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Args {
    /// File with the targets [default: track.toml in the directory of the archive]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Tell what is new now, and end; otherwise go on until Ctrl-C
    #[arg(long)]
    once: bool,
    /// Say what would be told now, and tell nothing
    #[arg(long)]
    dry_run: bool,
}

impl Run for Args {
    fn run(self, session: &Session) -> Result<Exit> {
        run::run(&self, session)
    }
}
