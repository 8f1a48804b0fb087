//! `morgue completions`: for shells.

use std::io::Write;

use clap::CommandFactory;
use clap_complete::Shell;

use super::Run;
use crate::cli::args::Cli;
use crate::cli::error::{Exit, Result};
use crate::cli::session::Session;

/// Print completions for a shell
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  morgue completions bash > ~/.local/share/bash-completion/completions/morgue")]
pub(crate) struct Args {
    /// The shell
    shell: Shell,
}

impl Run for Args {
    fn run(self, session: &Session) -> Result<Exit> {
        // Into memory first: the generator panics when its writer fails, and a pipe may be closed.
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Cli::command(), "morgue", &mut script);
        let mut out = session.out();
        out.write_all(&script)?;
        out.finish()?;
        Ok(Exit::Done)
    }
}
