//! The rows of an import on their way into the archive.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use indicatif::ProgressBar;
use morgue::exchange::{Door, DoorError, Fact, Item, Place, Progress};
use morgue::{Alias, Archive, Batch, Durability, NewCapture};

use crate::cli::error::{Failure, Result, chain};
use crate::cli::session::Session;
use crate::cli::words::{count, number};
use crate::cli::{input, interrupt, progress};

use super::doors::{Doors, Opening};
use super::resume::Resumed;

/// So many bad rows are shown; the others are counted.
const SHOWN: u64 = 20;

/// What is known of an import while it runs. The rows are read on one thread and kept on another.
pub(super) struct Tally<'a> {
    session: &'a Session,
    strict: bool,
    opening: Opening,
    bar: ProgressBar,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Rows that could not be read, and captures that could not be kept.
    bad: u64,
    shown: u64,
    rejected: u64,
    aliases: u64,
    new_aliases: u64,
    /// A bad row under `--strict`: read no more.
    stop: bool,
    input_failure: Option<Failure>,
    /// Facts that wait for the end of the batch.
    waiting: Vec<Alias>,
    /// Where the captures came from that are not kept yet: the place among all captures, file, place in it.
    under_way: VecDeque<(u64, usize, Place)>,
    files: Vec<String>,
    /// Bytes of the files that were read to the end.
    bytes_before: u64,
    /// So many captures an earlier process has kept, and of so many bad rows it told.
    skip: u64,
    told: u64,
}

impl<'a> Tally<'a> {
    pub(super) fn new(session: &'a Session, strict: bool, opening: &Opening, resumed: &Resumed) -> Self {
        let bar = progress::bar(session, None, "");
        let state =
            State { new_aliases: resumed.aliases, skip: resumed.so_far.read, told: resumed.bad, ..State::default() };
        Self { session, strict, opening: opening.clone(), bar, state: Mutex::new(state) }
    }

    /// A thread that panicked has left nothing half done: these are counts.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn bad(&self) -> u64 {
        self.state().bad
    }

    pub(super) fn aliases(&self) -> u64 {
        self.state().aliases
    }

    pub(super) fn new_aliases(&self) -> u64 {
        self.state().new_aliases
    }

    /// Since the import began, in this process.
    pub(super) fn seconds(&self) -> f64 {
        self.bar.elapsed().as_secs_f64()
    }

    pub(super) fn was_strict(&self) -> bool {
        self.state().stop
    }

    /// Returns the error that ended the reading, if one did.
    pub(super) fn input_failure(&self) -> Result<()> {
        let Some(failure) = self.state().input_failure.take() else { return Ok(()) };
        // One that says what to do is not mended by doing the same again.
        let again = "what came before it is kept; run the same import again to go on";
        Err(if failure.hints.is_empty() { failure.hint(again) } else { failure })
    }

    /// Says that the archive is being closed.
    pub(super) fn closing(&self) {
        self.bar.set_message("closing");
    }

    /// Ends the bar, and says how many bad rows were not shown.
    pub(super) fn finish(&self) {
        self.bar.finish_and_clear();
        let state = self.state();
        let hidden = (state.bad + state.rejected).saturating_sub(state.shown);
        if hidden > 0 {
            self.session.note(&format!("and {} like these", count(hidden, "bad row", "bad rows")));
        }
    }

    /// Takes the report of a batch: names the rows that were rejected, and forgets where the others came from.
    ///
    /// Its numbers count from the first capture behind the `before` that an earlier process has kept.
    pub(super) fn batch(&self, batch: &Batch, before: u64) {
        let mut state = self.state();
        for rejected in &batch.rejected {
            let position = before + rejected.position;
            let place = state.under_way.iter().find(|(own, ..)| *own == position);
            let place = place.map_or_else(String::new, |(_, file, place)| {
                format!("{}: ", place.within(state.files.get(*file).map_or("", String::as_str)))
            });
            state.rejected += 1;
            self.show(&mut state, &format!("{place}{}", chain(&rejected.error)));
        }
        let read = before + batch.so_far.read;
        state.under_way.retain(|(position, ..)| *position >= read);
        let rate = batch.so_far.read as f64 / self.bar.elapsed().as_secs_f64().max(0.001);
        let told = format!("{} rows kept, {} a second", number(read), number(rate as u64));
        self.session.detail(&told);
        self.bar.set_message(told);
    }

    fn show(&self, state: &mut State, message: &str) {
        if state.shown < SHOWN {
            state.shown += 1;
            self.bar.suspend(|| self.session.report(&Failure::new(message)));
        }
    }

    /// Archives the aliases that were read. Not within the reading itself: the archive is at work on the batch then.
    pub(super) fn add_aliases(&self, archive: &Archive) -> Result<(), morgue::Error> {
        let waiting = std::mem::take(&mut self.state().waiting);
        for alias in &waiting {
            if archive.add_alias_fact(alias, Durability::Buffered)? {
                self.state().new_aliases += 1;
            }
        }
        Ok(())
    }

    /// Says whether anything may be told. Nothing is before the archive is open, nor is any more read when it could not be opened.
    fn may_tell(&self) -> bool {
        let is_open = self.opening.wait().is_some();
        self.state().stop |= !is_open;
        is_open
    }

    fn bad_row(&self, message: &str) {
        if !self.may_tell() {
            return;
        }
        let mut state = self.state();
        state.bad += 1;
        state.stop |= self.strict;
        if state.told > 0 {
            state.told -= 1;
            state.shown += 1;
        } else {
            self.show(&mut state, message);
        }
    }
}

/// The captures of all files, one after the other. Aliases and bad rows go to the [`Tally`].
pub(super) struct Rows<'a> {
    tally: &'a Tally<'a>,
    files: std::slice::Iter<'a, PathBuf>,
    doors: Doors,
    open: Option<Open>,
    position: u64,
}

struct Open {
    name: String,
    file: usize,
    door: Box<dyn Door + Send>,
    progress: Option<Progress>,
    /// Whether anything came out of it, good or bad.
    has_any: bool,
}

impl Open {
    /// What is no file has no bytes to be counted.
    fn bytes_read(&self) -> u64 {
        self.progress.as_ref().map_or(0, Progress::read)
    }
}

impl<'a> Rows<'a> {
    pub(super) fn new(files: &'a [PathBuf], doors: Doors, tally: &'a Tally<'a>) -> Self {
        let total: Option<u64> = files.iter().map(|path| size(path)).sum();
        progress::over_bytes(&tally.bar, total);
        tally.bar.set_message("0 rows kept");
        Self { tally, files: files.iter(), doors, open: None, position: 0 }
    }

    fn open_next(&mut self) -> Option<()> {
        let path = self.files.next()?;
        let name = if input::is_stdin(path) { "standard input".to_owned() } else { path.display().to_string() };
        match self.doors.open(path) {
            Ok((door, progress)) => {
                let mut state = self.tally.state();
                state.files.push(name.clone());
                let file = state.files.len() - 1;
                self.open = Some(Open { name, file, door, progress, has_any: false });
                Some(())
            }
            Err(failure) => {
                self.tally.state().input_failure = Some(failure);
                None
            }
        }
    }

    fn close(&mut self) {
        let Some(open) = self.open.take() else { return };
        if !self.tally.may_tell() {
            return;
        }
        // An import of nothing must not look like one that went well.
        if !open.has_any && open.door.warnings().is_empty() && !interrupt::stopped() {
            self.tally.bar.suspend(|| self.tally.session.warn(&format!("{}: there are no captures in it", open.name)));
        }
        for warning in open.door.warnings() {
            self.tally.bar.suspend(|| self.tally.session.warn(&format!("{}: {warning}", open.name)));
        }
        self.tally.state().bytes_before += open.bytes_read();
    }

    /// What came in is worth a capture, or nothing more is to be done with it.
    fn take(&mut self, item: Result<Item, DoorError>) -> Option<NewCapture> {
        let open = self.open.as_mut()?;
        open.has_any = true;
        self.tally.bar.set_position(self.tally.state().bytes_before + open.bytes_read());
        match item {
            Ok(item) => match item.fact {
                Fact::Capture(capture) => {
                    let mut state = self.tally.state();
                    self.position += 1;
                    if state.skip > 0 {
                        state.skip -= 1;
                        return None;
                    }
                    state.under_way.push_back((self.position - 1, open.file, item.place));
                    return Some(*capture);
                }
                Fact::Alias(alias) => {
                    let mut state = self.tally.state();
                    state.aliases += 1;
                    state.waiting.push(alias);
                }
            },
            Err(DoorError::Bad { place, reason }) => {
                self.tally.bad_row(&format!("{}: {reason}", place.within(&open.name)));
            }
            Err(error) => self.tally.state().input_failure = Some(Failure::new(chain(&error))),
        }
        None
    }
}

impl Iterator for Rows<'_> {
    type Item = NewCapture;

    fn next(&mut self) -> Option<NewCapture> {
        loop {
            let state = self.tally.state();
            let is_over = interrupt::stopped() || state.stop || state.input_failure.is_some();
            drop(state);
            if is_over {
                self.close();
                return None;
            }
            let Some(open) = &mut self.open else {
                self.open_next()?;
                continue;
            };
            match open.door.next() {
                Some(item) => {
                    if let Some(capture) = self.take(item) {
                        return Some(capture);
                    }
                }
                None => self.close(),
            }
        }
    }
}

/// The size of a file; `None` for what is no file.
fn size(path: &Path) -> Option<u64> {
    let metadata = path.metadata().ok()?;
    metadata.is_file().then_some(metadata.len())
}
