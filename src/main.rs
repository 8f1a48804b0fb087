//! The command `morgue`: the library from a shell.

use std::process::ExitCode;

mod cli;

fn main() -> ExitCode {
    cli::main()
}
