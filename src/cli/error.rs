//! What can go wrong, for people: a message, a hint, an exit code.

use std::borrow::Cow;
use std::error::Error as StdError;
use std::io;
use std::path::Path;

use morgue::engine;

/// How a command ended. The codes are part of the contract with scripts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Done; compared texts do not differ.
    Done,
    /// Nothing was found.
    Nothing,
    /// The compared texts differ.
    Differs,
    /// Bad use, bad input, I/O.
    Error,
    /// Another process has the archive open.
    InUse,
    /// The archive is damaged.
    Damage,
    /// The archive has another format.
    Format,
    /// Stopped by Ctrl-C, in good order.
    Interrupted,
}

impl Exit {
    pub(crate) const fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Nothing | Self::Differs => 1,
            Self::Error => 2,
            Self::InUse => 3,
            Self::Damage => 4,
            Self::Format => 5,
            Self::Interrupted => 130,
        }
    }
}

/// Why a command failed.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) exit: Exit,
    /// One sentence; empty when nothing is to be said.
    pub(crate) message: String,
    /// What to do, a line each.
    pub(crate) hints: Vec<String>,
}

/// The result of everything that can fail here.
pub(crate) type Result<T, E = Failure> = std::result::Result<T, E>;

impl Failure {
    /// A failure with exit code 2.
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self { exit: Exit::Error, message: message.into(), hints: Vec::new() }
    }

    /// The answer that nothing was found, with exit code 1.
    pub(crate) fn nothing(message: impl Into<String>) -> Self {
        Self { exit: Exit::Nothing, ..Self::new(message) }
    }

    /// A failure on a file.
    pub(crate) fn file(doing: &str, path: &Path, error: &io::Error) -> Self {
        Self::new(format!("cannot {doing} {}: {}", path.display(), reason(error)))
    }

    /// A failure with all its causes.
    pub(crate) fn of(error: &(dyn StdError + 'static)) -> Self {
        Self::new(chain(error))
    }

    /// Adds a line that says what to do.
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }
}

/// An error without the number that the system gives it: `No such file or directory`.
fn reason(error: &(dyn StdError + 'static)) -> String {
    let text = error.to_string();
    match text.rsplit_once(" (os error ") {
        Some((words, number)) if number.trim_end_matches(')').bytes().all(|byte| byte.is_ascii_digit()) => {
            words.to_owned()
        }
        _ => text,
    }
}

/// An error and its causes in one sentence, without repeating a cause that the error names itself.
pub(crate) fn chain(error: &(dyn StdError + 'static)) -> String {
    let mut message = reason(error);
    let mut cause = error.source();
    while let Some(error) = cause {
        let text = reason(error);
        if !message.contains(&text) {
            message = format!("{message}: {text}");
        }
        cause = error.source();
    }
    message
}

impl From<io::Error> for Failure {
    /// Errors of stdout: a reader that went away, as `head` does, is success.
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            return Self { exit: Exit::Done, message: String::new(), hints: Vec::new() };
        }
        Self::new(format!("cannot write the output: {}", reason(&error)))
    }
}

impl From<morgue::Error> for Failure {
    fn from(error: morgue::Error) -> Self {
        let exit = exit_of(&error);
        let failure = Self { exit, ..Self::of(&error) };
        match hint_of(&error) {
            Some(hint) => failure.hint(hint),
            None => failure,
        }
    }
}

fn exit_of(error: &morgue::Error) -> Exit {
    match error {
        morgue::Error::Engine(engine::Error::InUse { .. } | engine::Error::Gone { .. }) => Exit::InUse,
        morgue::Error::Older { .. } | morgue::Error::Newer { .. } => Exit::Format,
        error if error.is_damage() => Exit::Damage,
        _ => Exit::Error,
    }
}

/// What to do about a full disk.
pub(crate) const MAKE_ROOM: &str = "what was acknowledged is kept; make room on the disk (or raise the limit on the size of files), and run the same again";

fn hint_of(error: &morgue::Error) -> Option<Cow<'static, str>> {
    if let morgue::Error::Engine(engine::Error::InUse { pid: Some(pid), doing: Some(_), .. }) = error {
        let hint = format!(
            "it can be read meanwhile; to write, wait for that process to end, or stop it with Ctrl-C or `kill {pid}`"
        );
        return Some(hint.into());
    }
    fixed_hint_of(error).map(Cow::Borrowed)
}

fn fixed_hint_of(error: &morgue::Error) -> Option<&'static str> {
    Some(match error {
        morgue::Error::Engine(engine::Error::InUse { .. }) => {
            "one process at a time can have an archive open: wait for the other to end, or end it"
        }
        morgue::Error::Engine(engine::Error::Gone { .. }) => "run the same again",
        morgue::Error::NoArchive { .. } => {
            "make one with `morgue add FILE` or `morgue import FILE`, or name another with --archive DIR"
        }
        morgue::Error::NotAnArchive { .. } => "name a new or empty directory with --archive DIR",
        morgue::Error::OtherEngine { .. } => "an archive keeps the engine that it was made with: leave out --engine",
        morgue::Error::EngineNotBuilt { .. } => "use a morgue that was built with that feature",
        morgue::Error::NotABackup { .. } => "name another directory for the backup",
        morgue::Error::Older { .. } => "run `morgue migrate`; a copy of the directory before it does no harm",
        morgue::Error::Newer { .. } => "use a newer morgue for it",
        morgue::Error::UnfinishedReindex => "run `morgue reindex`",
        morgue::Error::NoStory(_) => "`morgue list` shows the stories",
        error if is_full(error) => MAKE_ROOM,
        error if error.is_damage() => "run `morgue check` to see all that is hurt; nothing of it was changed",
        _ => return None,
    })
}

/// Says whether a file of the archive could not grow.
fn is_full(error: &morgue::Error) -> bool {
    let (morgue::Error::Io { source, .. } | morgue::Error::Engine(engine::Error::Io { source, .. })) = error else {
        return false;
    };
    found_no_room(source)
}

/// Says whether there was no room for a file: the disk is full, or a quota or a limit is reached.
pub(crate) fn found_no_room(error: &io::Error) -> bool {
    use io::ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull};
    matches!(error.kind(), StorageFull | QuotaExceeded | FileTooLarge)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("cannot read the page")]
    struct Outer(#[source] io::Error);

    #[test]
    fn causes_are_told_in_one_sentence() {
        let error = Outer(io::Error::other("the disk is gone"));
        assert_eq!(Failure::of(&error).message, "cannot read the page: the disk is gone");
    }

    #[test]
    fn the_number_of_a_system_error_is_left_out() {
        let error = io::Error::from_raw_os_error(2);
        assert!(!reason(&error).contains("os error"), "{error}");
        assert_eq!(reason(&io::Error::other("a (os error x)")), "a (os error x)");
    }

    #[test]
    fn a_reader_that_went_away_is_success_without_a_word() {
        let failure = Failure::from(io::Error::from(io::ErrorKind::BrokenPipe));
        assert_eq!((failure.exit.code(), failure.message.as_str()), (0, ""));
        assert_eq!(Failure::from(io::Error::other("full")).exit, Exit::Error);
    }

    #[test]
    fn each_kind_of_error_has_its_exit_code() {
        let path = std::path::PathBuf::from("a");
        let code = |error: morgue::Error| Failure::from(error).exit.code();
        assert_eq!(code(morgue::Error::NoArchive { path: path.clone() }), 2);
        assert_eq!(code(engine::Error::InUse { path: path.clone(), pid: Some(7), doing: None }.into()), 3);
        assert_eq!(code(engine::Error::Gone { path: path.clone(), pid: 7 }.into()), 3);
        assert_eq!(code(engine::Error::Damaged { path, what: "torn".into() }.into()), 4);
        assert_eq!(code(morgue::Error::UnfinishedReindex), 4);
        assert_eq!(code(morgue::Error::Older { found: 0 }), 5);
        assert_eq!(code(morgue::Error::Newer { found: 9 }), 5);
    }
}
