//! Ctrl-C, in good order.

use std::io::{self, Write};
use std::process;
use std::sync::atomic::{AtomicBool, Ordering};

use super::error::Exit;

static STOP: AtomicBool = AtomicBool::new(false);

/// From now on the first Ctrl-C asks to stop, with a word to the user if there is one, and the second one kills.
pub(crate) fn catch(word: &'static str) {
    // A handler that is already set stays; without one, Ctrl-C kills as ever, which loses nothing that was acknowledged.
    let _ = ctrlc::set_handler(move || {
        if STOP.swap(true, Ordering::SeqCst) {
            process::exit(Exit::Interrupted.code().into());
        }
        if !word.is_empty() {
            let _ = writeln!(io::stderr().lock(), "{word}");
        }
    });
}

/// From now on Ctrl-C does nothing: another program on the terminal takes it.
pub(crate) fn ignore() {
    let _ = ctrlc::set_handler(|| {});
}

/// Says whether it was asked to stop.
pub(crate) fn stopped() -> bool {
    STOP.load(Ordering::SeqCst)
}
