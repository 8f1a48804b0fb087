//! What fjall says, in the words of the engine.

use std::io;
use std::path::Path;

use crate::engine::Error;
use crate::engine::errors::{damaged, from_io};

/// Translates an error of fjall.
pub(super) fn from_fjall(error: ::fjall::Error, doing: &'static str, directory: &Path) -> Error {
    use ::fjall::Error as E;
    match error {
        E::Io(error) | E::Storage(::fjall::LsmError::Io(error)) => from_io(error, doing, directory),
        E::Locked => Error::InUse { path: directory.to_owned(), pid: None, doing: None },
        // It does not say of what; the caller looks for it.
        E::Poisoned => {
            let source = io::Error::other("an earlier write in the background failed");
            Error::Io { doing, path: directory.to_owned(), source }
        }
        E::Storage(error) => damaged(text(&error), directory),
        E::JournalRecovery(error) => damaged(format!("its journal: {}", text(&error)), directory),
        error => damaged(text(&error), directory),
    }
}

/// fjall's own words are the names of its variants. `ChecksumMismatch { got: .., expected: .. }` is enough without its numbers.
fn text(error: &impl std::fmt::Debug) -> String {
    let text = format!("{error:?}");
    let name = text.split([' ', '{']).next().unwrap_or_default();
    match name {
        "ChecksumMismatch" => "a checksum does not match".to_owned(),
        "Unrecoverable" => "a file that is needed is missing or unreadable".to_owned(),
        _ => text.chars().take(160).collect(),
    }
}
