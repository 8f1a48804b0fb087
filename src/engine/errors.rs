//! What goes wrong in a store, in the words of the engine: what sled and fjall have in common.

use std::io::{self, ErrorKind};
use std::path::Path;

use super::Error;

/// Translates a panic of a store: most are about damage, some about a file operation that failed.
pub(super) fn from_panic(message: &str, doing: &'static str, directory: &Path) -> Error {
    match os_error(message) {
        Some(error) => from_io(error, doing, directory),
        None => damaged(first_line(message), directory),
    }
}

/// Translates an error of the system.
pub(super) fn from_io(error: io::Error, doing: &'static str, directory: &Path) -> Error {
    // sled passes errors of its threads on as the text of their debug form; the number of the OS is in there.
    let error = if error.raw_os_error().is_some() { error } else { os_error(&error.to_string()).unwrap_or(error) };
    match error.kind() {
        // The files are there to be opened: one that has gone, or ends too early, is damage.
        ErrorKind::NotFound | ErrorKind::UnexpectedEof | ErrorKind::InvalidData => {
            damaged(error.to_string(), directory)
        }
        _ => Error::Io { doing, path: directory.to_owned(), source: error },
    }
}

pub(super) fn damaged(what: String, directory: &Path) -> Error {
    Error::Damaged { path: directory.to_owned(), what }
}

/// Finds `Os { code: 28, ..` in a text.
fn os_error(text: &str) -> Option<io::Error> {
    let (_, rest) = text.split_once("Os { code: ")?;
    let (code, _) = rest.split_once(',')?;
    Some(io::Error::from_raw_os_error(code.parse().ok()?))
}

/// Panics print whole pages of a tree; people get the beginning of the first line.
fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().chars().take(160).collect()
}
