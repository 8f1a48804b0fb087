//! What can go wrong with an archive.

use std::path::PathBuf;

use crate::engine::{self, EngineKind};
use crate::format::{FORMAT_VERSION, FormatError};
use crate::migrations;
use crate::model::{MAX_RAW_BYTES, StoryKey, Timestamp};
use crate::text::CanonicalError;

/// What can go wrong with an archive.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The engine underneath failed.
    #[error(transparent)]
    Engine(engine::Error),
    /// There is no archive in the directory.
    #[error("there is no archive in {}", path.display())]
    NoArchive {
        /// The directory.
        path: PathBuf,
    },
    /// The directory holds other files, so no archive is made in it.
    #[error("{} is not an archive and not empty: it holds {found}", path.display())]
    NotAnArchive {
        /// The directory.
        path: PathBuf,
        /// The name of a file that no archive has.
        found: String,
    },
    /// The archive is kept by another engine than was asked for.
    #[error("the archive in {} is kept by {found}, not by {asked}", path.display())]
    OtherEngine {
        /// The directory.
        path: PathBuf,
        /// The engine of the archive.
        found: EngineKind,
        /// The engine in [`OpenOptions::engine`](super::OpenOptions::engine).
        asked: EngineKind,
    },
    /// The archive is kept by an engine that is not part of this program: a feature that is off.
    #[error("the archive in {} needs the engine {engine}, which this program was built without", path.display())]
    EngineNotBuilt {
        /// The directory.
        path: PathBuf,
        /// The engine, which is also the name of the feature.
        engine: EngineKind,
    },
    /// A directory for a new archive holds something.
    #[error("{} is not empty", path.display())]
    NotEmpty {
        /// The directory.
        path: PathBuf,
    },
    /// A backup would overwrite an archive that is no backup of this one.
    #[error("{} holds an archive that is no backup of this one", path.display())]
    NotABackup {
        /// The directory.
        path: PathBuf,
    },
    /// A file of the archive's own could not be read or written.
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
    /// A part around the archive cannot keep something under a name.
    #[error("{part} cannot keep anything under {name:?}: {reason}")]
    State {
        /// The part.
        part: String,
        /// The name.
        name: String,
        /// Why not.
        reason: String,
    },
    /// The archive was opened read-only and cannot be written.
    #[error("the archive was opened read-only")]
    ReadOnly,
    /// Others cannot read the archive by way of this process.
    #[error("reads of the archive cannot be served to others: {why}")]
    CannotServe {
        /// Why not.
        why: &'static str,
    },
    /// The archive's format is older than this program's; `morgue migrate` brings it up.
    #[error("the archive has format version {found}; this program works with {FORMAT_VERSION}")]
    Older {
        /// The archive's version.
        found: u32,
    },
    /// The archive was written by a newer program.
    #[error("the archive has format version {found}; this program knows versions up to {FORMAT_VERSION}")]
    Newer {
        /// The archive's version.
        found: u32,
    },
    /// A rebuild of derived data was interrupted; `morgue reindex` finishes it.
    #[error("a rebuild of the index was interrupted and must be finished")]
    UnfinishedReindex,
    /// What was read is not what was written.
    #[error("damaged: {what}{}", place(story.as_ref(), *captured_at))]
    Damaged {
        /// What was found, for people.
        what: String,
        /// The story that is hurt, where it is known.
        story: Option<StoryKey>,
        /// The capture that is hurt, where it is known.
        captured_at: Option<Timestamp>,
    },
    /// An article cannot be kept.
    #[error("the capture of {story} at {captured_at} cannot be kept")]
    Rejected {
        /// The story.
        story: StoryKey,
        /// The time of the capture.
        captured_at: Timestamp,
        /// Why not.
        #[source]
        source: CanonicalError,
    },
    /// A page is too long to be kept beside its capture.
    #[error(
        "the page of {story}, captured at {captured_at}, has {bytes} bytes, and at most {MAX_RAW_BYTES} are kept: archive the \
         capture without its page"
    )]
    PageTooLong {
        /// The story.
        story: StoryKey,
        /// The time of the capture.
        captured_at: Timestamp,
        /// How long the page is.
        bytes: usize,
    },
    /// Other writers changed the same story again and again; nothing of this call was kept.
    #[error("other writers changed {story} {attempts} times in a row; try again")]
    Busy {
        /// A story of the call.
        story: StoryKey,
        /// How often it was tried.
        attempts: u32,
    },
    /// There is no such story.
    #[error("no story is named {0}")]
    NoStory(StoryKey),
}

fn place(story: Option<&StoryKey>, captured_at: Option<Timestamp>) -> String {
    let story = story.map(|story| format!(", in {story}")).unwrap_or_default();
    let capture = captured_at.map(|at| format!(", captured at {at}")).unwrap_or_default();
    format!("{story}{capture}")
}

impl Error {
    pub(crate) fn damaged(what: impl Into<String>) -> Self {
        Self::Damaged { what: what.into(), story: None, captured_at: None }
    }

    /// Names the story that is hurt, where it is not named yet.
    pub(crate) fn in_story(mut self, name: &StoryKey) -> Self {
        if let Self::Damaged { story, .. } = &mut self {
            story.get_or_insert_with(|| name.clone());
        }
        self
    }

    /// Names the capture that is hurt, where it is not named yet.
    pub(crate) fn at(mut self, time: Timestamp) -> Self {
        if let Self::Damaged { captured_at, .. } = &mut self {
            captured_at.get_or_insert(time);
        }
        self
    }

    /// Returns true for damage, found by the archive or by the engine underneath.
    #[must_use]
    pub const fn is_damage(&self) -> bool {
        matches!(self, Self::Damaged { .. } | Self::UnfinishedReindex | Self::Engine(engine::Error::Damaged { .. }))
    }
}

impl From<engine::Error> for Error {
    fn from(error: engine::Error) -> Self {
        Self::Engine(error)
    }
}

impl From<migrations::Error> for Error {
    fn from(error: migrations::Error) -> Self {
        match error {
            migrations::Error::Newer { found, .. } => Self::Newer { found },
            migrations::Error::NoWay { found } => Self::Older { found },
            migrations::Error::Engine(error) => Self::Engine(error),
            migrations::Error::Format(error) => error.into(),
            migrations::Error::Damaged { what, story, captured_at } => Self::Damaged { what, story, captured_at },
            error @ migrations::Error::NoFormat => Self::damaged(error.to_string()),
        }
    }
}

impl From<FormatError> for Error {
    fn from(error: FormatError) -> Self {
        Self::damaged(error.to_string())
    }
}
