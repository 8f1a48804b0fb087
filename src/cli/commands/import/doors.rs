//! The way in for each format.

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use clap::ValueEnum;
use morgue::Archive;
use morgue::exchange::git::{GitReader, Layout};
use morgue::exchange::tools::ChangeDetectionReader;
use morgue::exchange::{self, Door, Input, JsonlDoor, MediaWikiReader, NinjsReader, Progress};
#[cfg(feature = "page")]
use morgue::{NewCapture, StoryKey, Timestamp};

#[cfg(feature = "tools")]
use crate::cli::error::chain;
use crate::cli::error::{Failure, Result};
use crate::cli::input;

/// What the files are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    #[value(hide = true)]
    Auto,
    Jsonl,
    Warc,
    Mediawiki,
    Ninjs,
    Git,
    Newsdiffs,
}

/// An open door, and how far it has been read where that can be told.
type Opened = (Box<dyn Door + Send>, Option<Progress>);

/// The archive of an import, which may still be being opened when reading begins.
#[derive(Clone, Default)]
pub(super) struct Opening(Arc<OnceLock<Mutex<Option<Archive>>>>);

impl Opening {
    /// Says that the archive is open, or that it could not be opened.
    pub(super) fn end(&self, archive: Option<&Archive>) {
        // A second time never comes.
        _ = self.0.set(Mutex::new(archive.cloned()));
    }

    /// Waits for the archive; `None` when there will be none, or none any more.
    pub(super) fn wait(&self) -> Option<Archive> {
        held(self.0.wait()).clone()
    }

    /// Lets go of the archive.
    pub(super) fn close(&self) {
        self.0.get().and_then(|archive| held(archive).take());
    }
}

/// Nothing can panic while it is held.
fn held(archive: &Mutex<Option<Archive>>) -> MutexGuard<'_, Option<Archive>> {
    archive.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Opens the files of one import. What one file tells of another is kept here.
pub(super) struct Doors {
    format: Format,
    /// Which files of a repository are read.
    glob: Option<String>,
    #[cfg(feature = "page")]
    seen: morgue::exchange::warc::Seen,
    #[cfg(feature = "page")]
    opening: Opening,
}

impl Doors {
    pub(super) fn new(opening: &Opening, format: Format, glob: Option<String>) -> Self {
        #[cfg(not(feature = "page"))]
        let _ = opening;
        Self {
            format,
            glob,
            #[cfg(feature = "page")]
            seen: Default::default(),
            #[cfg(feature = "page")]
            opening: opening.clone(),
        }
    }

    pub(super) fn open(&self, path: &Path) -> Result<Opened> {
        match self.format {
            Format::Git => return self.git(path, Layout::Text),
            Format::Newsdiffs => return self.git(path, Layout::NewsDiffs),
            Format::Auto if path.is_dir() => return self.directory(path),
            _ => {}
        }
        let mut input = input::open(path)?;
        let format = match self.format {
            Format::Auto => sniff(&mut input),
            Format::Jsonl => exchange::Format::Jsonl,
            Format::Warc => exchange::Format::Warc,
            Format::Mediawiki => exchange::Format::MediaWiki,
            Format::Ninjs => exchange::Format::Ninjs,
            Format::Git | Format::Newsdiffs => exchange::Format::Git,
        };
        match format {
            exchange::Format::Warc => self.warc(path, input),
            exchange::Format::MediaWiki => {
                let progress = input.progress();
                Ok((Box::new(MediaWikiReader::new(input)), Some(progress)))
            }
            exchange::Format::Ninjs => {
                let progress = input.progress();
                Ok((Box::new(NinjsReader::new(input)), Some(progress)))
            }
            exchange::Format::Sqlite => sqlite(path),
            // What nothing is known of is told row by row what is wrong with it.
            _ => {
                let progress = input.progress();
                Ok((Box::new(JsonlDoor::new(input)), Some(progress)))
            }
        }
    }

    /// Tells what a directory is by what lies in it.
    fn directory(&self, path: &Path) -> Result<Opened> {
        if path.join(".git").exists() || (path.join("HEAD").is_file() && path.join("objects").is_dir()) {
            return self.git(path, Layout::Text);
        }
        if ChangeDetectionReader::is_one(path) {
            let reader = ChangeDetectionReader::open(path).map_err(|error| cannot_read(&error))?;
            return Ok((Box::new(reader), None));
        }
        Err(Failure::new(format!("{} is a directory, and not one of a kind that can be imported", path.display()))
            .hint("name the files in it, or say with --format what it is"))
    }

    fn git(&self, path: &Path, layout: Layout) -> Result<Opened> {
        let reader = GitReader::open(path, layout, self.glob.as_deref()).map_err(|error| Failure::of(&error))?;
        Ok((Box::new(reader), None))
    }

    #[cfg(feature = "page")]
    fn warc(&self, path: &Path, mut input: Input) -> Result<Opened> {
        if !input::is_stdin(path) {
            input = Input::open_members(path).map_err(|error| cannot_read(&error))?;
        }
        let progress = input.progress();
        let opening = self.opening.clone();
        let reader = exchange::WarcReader::new(input, morgue::page::Options::default())
            .share(&self.seen)
            .recall_with(Arc::new(move |key, at| in_force(&opening.wait()?, key, at)));
        Ok((Box::new(reader), Some(progress)))
    }

    #[cfg(not(feature = "page"))]
    fn warc(&self, path: &Path, _input: Input) -> Result<Opened> {
        Err(Failure::new(format!("{} is a web archive, and this morgue was built without pages", path.display()))
            .hint("use a morgue that was built with the feature `page`"))
    }
}

#[cfg(feature = "tools")]
fn sqlite(path: &Path) -> Result<Opened> {
    if input::is_stdin(path) {
        return Err(Failure::new("a database cannot be read from standard input").hint("name its file"));
    }
    let reader = exchange::tools::SqliteReader::open(path);
    let reader = reader.map_err(|error| Failure::new(format!("{}: {}", path.display(), chain(&error))))?;
    Ok((Box::new(reader), None))
}

#[cfg(not(feature = "tools"))]
fn sqlite(path: &Path) -> Result<Opened> {
    Err(Failure::new(format!("{} is an SQLite database, and this morgue was built without them", path.display()))
        .hint("use a morgue that was built with the feature `tools`"))
}

/// What was archived of a URL and in force at some time, as a capture.
#[cfg(feature = "page")]
fn in_force(archive: &Archive, key: &StoryKey, at: Timestamp) -> Option<NewCapture> {
    let captures = archive.captures(key).ok()?;
    let found =
        captures.into_iter().rev().find(|capture| capture.captured_at <= at && capture.outcome.article().is_some())?;
    let article = archive.article(key, &found.outcome.article()?).ok()?;
    let capture = NewCapture::article(found.key, found.captured_at, article);
    Some(NewCapture { observation: found.observation, ..capture })
}

fn sniff(input: &mut Input) -> exchange::Format {
    exchange::Format::sniff(&input.peek(exchange::Format::SNIFF_BYTES)).unwrap_or(exchange::Format::Jsonl)
}

/// The error names the file.
fn cannot_read(error: &std::io::Error) -> Failure {
    Failure::new(format!("cannot read {error}"))
}
