//! What can go wrong with following stories.

use std::path::PathBuf;

use crate::archive;

/// What can go wrong with following stories.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The archive failed.
    #[error(transparent)]
    Archive(#[from] archive::Error),
    /// Something cannot be a source.
    #[error("{url} cannot be followed: {reason}")]
    Source {
        /// The URL.
        url: String,
        /// Why not.
        reason: String,
    },
    /// What the file of sources says cannot be understood.
    #[error("{}: {reason}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong, and where.
        reason: String,
    },
    /// A file could not be read or written.
    #[error("cannot {doing} {}", path.display())]
    Io {
        /// What was tried, as a verb.
        doing: &'static str,
        /// On what.
        path: PathBuf,
        /// Why it failed.
        #[source]
        source: std::io::Error,
    },
    /// What the archive keeps of the tracker was written by another program.
    #[error("what the archive keeps of {name:?} for the tracker cannot be read: {reason}")]
    State {
        /// Under which name.
        name: String,
        /// What is wrong.
        reason: String,
    },
}

impl Error {
    pub(super) fn state(name: &str, reason: &dyn std::fmt::Display) -> Self {
        Self::State { name: name.to_owned(), reason: reason.to_string() }
    }
}
