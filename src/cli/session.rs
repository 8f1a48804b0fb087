//! One run of the command: where the archive is, and how to speak to the user.

use std::env;
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use anstream::{AutoStream, ColorChoice};
use morgue::text::safe::for_terminal;
use morgue::{Archive, EngineKind, OpenOptions, Timestamp};

use super::args::{Colour, Globals};
use super::error::{Failure, Result};
use super::output::{Output, Paint};
use super::pager::Pager;

/// How long to wait for the process that has the archive open: two commands in one line of a shell must work.
const LOCK_WAIT: Duration = Duration::from_secs(2);

/// One run of the command.
pub(crate) struct Session {
    globals: Globals,
}

impl Session {
    pub(crate) const fn new(globals: Globals) -> Self {
        Self { globals }
    }

    pub(crate) const fn json(&self) -> bool {
        self.globals.json
    }

    /// The time now: the library has no clock.
    pub(crate) fn now(&self) -> Timestamp {
        chrono::DateTime::<chrono::Utc>::from(SystemTime::now()).into()
    }

    /// Opens the archive for reading.
    pub(crate) fn read(&self) -> Result<Archive> {
        self.open(|path, options| Archive::open(path, &OpenOptions { read_only: true, ..options }))
    }

    /// Opens the archive for writing; makes it where there is none.
    pub(crate) fn write(&self, engine: Option<EngineKind>) -> Result<Archive> {
        #[cfg(feature = "testing")]
        if let Some(calls) = env::var(STALL).ok().and_then(|calls| calls.parse().ok()) {
            return self.open(|path, options| stalling(path, &options, calls));
        }
        self.open(|path, options| Archive::open(path, &OpenOptions { engine, ..options }))
    }

    /// Lets other commands read the archive for as long as the guard is there. Where that cannot be, they wait for this one to end.
    #[cfg(unix)]
    #[must_use]
    pub(crate) fn serve(&self, archive: &Archive, doing: &str) -> Option<morgue::ReadServer> {
        let served = archive.serve_reads(doing);
        served.inspect_err(|error| self.detail(&super::error::chain(error))).ok()
    }

    #[cfg(not(unix))]
    pub(crate) fn serve(&self, _: &Archive, _: &str) -> Option<()> {
        None
    }

    /// Does something with the directory of the archive and the usual options.
    pub(crate) fn open<T>(&self, open: impl FnOnce(&Path, OpenOptions) -> Result<T, morgue::Error>) -> Result<T> {
        let path = self.directory()?;
        let started = Instant::now();
        let opened = open(&path, OpenOptions { lock_wait: LOCK_WAIT, ..OpenOptions::default() })?;
        self.detail(&format!("opened {} in {}", path.display(), milliseconds(started.elapsed())));
        Ok(opened)
    }

    /// Returns the directory of the archive.
    pub(crate) fn directory(&self) -> Result<PathBuf> {
        let from_env = |name: &str| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        self.globals
            .archive
            .clone()
            .or_else(|| from_env("MORGUE_ARCHIVE"))
            .or_else(|| from_env("XDG_DATA_HOME").map(|data| data.join("morgue")))
            .or_else(|| from_env("HOME").map(|home| home.join(".local/share/morgue")))
            .ok_or_else(|| Failure::new("no directory is known for the archive").hint("name one with --archive DIR"))
    }

    /// Returns stdout.
    pub(crate) fn out(&self) -> Output {
        Output::stdout(self.paint(), width())
    }

    /// Returns a pager when stdout is a terminal and people read, else stdout.
    pub(crate) fn paged(&self) -> Output {
        let wanted = io::stdout().is_terminal() && !self.globals.no_pager && !self.json();
        match wanted.then(Pager::start).flatten() {
            Some(pager) => Output::pager(pager, self.paint(), width()),
            None => self.out(),
        }
    }

    /// Says whether a person looks at stdout.
    pub(crate) fn is_terminal(&self) -> bool {
        io::stdout().is_terminal()
    }

    fn paint(&self) -> Paint {
        Paint { on: self.colour(|| AutoStream::choice(&io::stdout())) }
    }

    fn colour(&self, auto: impl FnOnce() -> ColorChoice) -> bool {
        match self.globals.color {
            Colour::Always => true,
            Colour::Never => false,
            Colour::Auto => auto() != ColorChoice::Never,
        }
    }

    /// Says on stderr what happened.
    pub(crate) fn note(&self, text: &str) {
        if !self.globals.quiet {
            say(text);
        }
    }

    /// Says on stderr what to do next.
    pub(crate) fn hint(&self, text: &str) {
        if !self.globals.quiet {
            say(&format!("{} {}", self.err().help("hint:"), for_terminal(text)));
        }
    }

    /// Warns on stderr of something that was left out.
    pub(crate) fn warn(&self, text: &str) {
        if !self.globals.quiet {
            say(&format!("{} {}", self.err().mark("warning:"), for_terminal(text)));
        }
    }

    /// Says on stderr, with `-v`, how it went.
    pub(crate) fn detail(&self, text: &str) {
        if self.globals.verbose > 0 {
            say(&for_terminal(text));
        }
    }

    /// Reports an error on stderr, each hint in a line of its own.
    pub(crate) fn report(&self, failure: &Failure) {
        if failure.message.is_empty() {
            return;
        }
        say(&format!("{} {}", self.err().bad("error:"), for_terminal(&failure.message)));
        let marks = std::iter::once(self.err().help("hint:")).chain(std::iter::repeat(" ".repeat("hint:".len())));
        for (mark, hint) in marks.zip(&failure.hints) {
            say(&format!("{mark} {}", for_terminal(hint)));
        }
    }

    pub(crate) const fn is_quiet(&self) -> bool {
        self.globals.quiet
    }

    /// Says whether what goes to stderr may be coloured.
    #[cfg(feature = "track")]
    pub(crate) fn colours_stderr(&self) -> bool {
        self.err().on
    }

    fn err(&self) -> Paint {
        Paint { on: self.colour(|| AutoStream::choice(&io::stderr())) }
    }
}

/// Names the variable that says after how many calls the engine of a test is to stall.
#[cfg(feature = "testing")]
pub(crate) const STALL: &str = "MORGUE_TEST_STALL";

/// Opens an archive whose engine stalls after so many calls that write: for a test, as sled does so too rarely.
#[cfg(feature = "testing")]
fn stalling(path: &Path, options: &OpenOptions, calls: u64) -> Result<Archive, morgue::Error> {
    use morgue::engine::faults::{Fault, FaultEngine};
    use morgue::engine::{SledEngine, SledOptions};
    // What makes it an archive.
    drop(Archive::open(path, options)?);
    let engine = FaultEngine::new(std::sync::Arc::new(SledEngine::open(path, &SledOptions::default())?));
    engine.arm(Fault::Stall(calls));
    Archive::with_engine(std::sync::Arc::new(engine), options)
}

/// A stderr that is closed is no reason to stop.
fn say(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// The columns of the terminal: `$COLUMNS` when it is set, which works for tests and recordings too.
fn width() -> Option<usize> {
    let set = env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok()).filter(|columns| *columns > 0);
    set.or_else(|| terminal_size::terminal_size_of(io::stdout()).map(|(width, _)| usize::from(width.0)))
}

fn milliseconds(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1000.0)
}
