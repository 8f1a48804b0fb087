//! What sled says, in the words of the engine.

use std::path::Path;

use crate::engine::Error;
use crate::engine::errors::{damaged, from_io};

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

/// Tells whether another handle has sled's files open. sled wraps that error in one without a kind.
pub(super) fn is_locked(error: &::sled::Error) -> bool {
    matches!(error, ::sled::Error::Io(error) if error.to_string().starts_with("could not acquire lock"))
}

#[cfg(test)]
mod tests {
    use std::io::{self, ErrorKind};

    use super::*;
    use crate::engine::errors::from_panic;

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
