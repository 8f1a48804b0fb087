//! What sled says, in the words of the engine.

use std::io::{self, ErrorKind};
use std::path::Path;

use crate::engine::Error;

/// Translates an error of sled.
pub(super) fn from_sled(error: ::sled::Error, doing: &'static str, directory: &Path) -> Error {
    use ::sled::Error as E;
    match error {
        E::Io(error) => from_io(error, doing, directory),
        E::Corruption { at: Some(at), .. } => damaged(format!("unreadable data at {at}"), directory),
        E::Corruption { at: None, .. } => damaged("unreadable data".to_owned(), directory),
        // Only damage brings these about: one tree, always the same settings.
        E::Unsupported(what) | E::ReportableBug(what) => damaged(what, directory),
        E::CollectionNotFound(_) => damaged("the tree is missing".to_owned(), directory),
    }
}

/// Translates a panic of sled: most are about damage, some about a file operation that failed.
pub(super) fn from_panic(message: &str, doing: &'static str, directory: &Path) -> Error {
    match os_error(message) {
        Some(error) => from_io(error, doing, directory),
        None => damaged(first_line(message), directory),
    }
}

/// Tells whether another handle has sled's files open. sled wraps that error in one without a kind.
pub(super) fn is_locked(error: &::sled::Error) -> bool {
    matches!(error, ::sled::Error::Io(error) if error.to_string().starts_with("could not acquire lock"))
}

fn from_io(error: io::Error, doing: &'static str, directory: &Path) -> Error {
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

fn damaged(what: String, directory: &Path) -> Error {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_of_an_os_error_survives_sled() {
        // What `Error::clone` of sled makes of an error on its way from one thread to another.
        let full = io::Error::from_raw_os_error(28);
        let passed_on = io::Error::new(full.kind(), format!("{full:?}"));
        let error = from_sled(::sled::Error::Io(passed_on), "write to", Path::new("a"));
        let Error::Io { source, .. } = error else { panic!("{error:?}") };
        assert_eq!(source.raw_os_error(), Some(28));

        let panic = format!("called `Result::unwrap()` on an `Err` value: {:?}", ::sled::Error::Io(full));
        let error = from_panic(&panic, "write to", Path::new("a"));
        assert!(matches!(&error, Error::Io { source, .. } if source.raw_os_error() == Some(28)), "{error:?}");
    }

    #[test]
    fn a_file_that_ends_early_is_damage() {
        let error = from_sled(::sled::Error::Io(ErrorKind::UnexpectedEof.into()), "read", Path::new("a"));
        assert!(matches!(error, Error::Damaged { .. }));
        let error = from_panic("index out of bounds\nand more", "read", Path::new("a"));
        assert!(matches!(error, Error::Damaged { what, .. } if what == "index out of bounds"));
    }
}
