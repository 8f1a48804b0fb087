//! The command `morgue`: the library from a shell.

use std::process::ExitCode;

mod cli;

/// What one thread of an import allocates another one frees, which the system's allocator may be slow at.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    cli::main()
}
