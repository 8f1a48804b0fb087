//! The command line, on the public API of the library alone.
//!
//! A command is a file in `commands` and its lines in `commands/mod.rs`. stdout is data; stderr is progress, status and hints.

mod args;
mod commands;
mod error;
mod filter;
mod input;
mod interrupt;
#[cfg(feature = "fetch")]
mod manners;
mod output;
mod pager;
mod pages;
mod progress;
mod resolve;
mod session;
mod table;
mod words;

use std::process::ExitCode;

use clap::Parser;

use args::Cli;
use error::Exit;
use session::Session;

/// Runs the command that the process was started with.
pub(crate) fn main() -> ExitCode {
    morgue::engine::quiet_panics();
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help into a pipe that was closed is no failure.
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(Exit::Error.code()));
        }
    };
    let session = Session::new(cli.globals);
    let exit = match cli.command.run(&session) {
        Ok(exit) => exit,
        Err(failure) => {
            session.report(&failure);
            failure.exit
        }
    };
    ExitCode::from(exit.code())
}
