//! Telling, beside a tracker at work: who is slow to be told must not keep visits waiting.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use morgue::fetch::{Clock as _, SystemClock};
use morgue::track::tell::{Report, Teller};
use morgue::{Archive, Cursor, Timestamp};
use tracing::{info, warn};

use crate::cli::commands::tell::run::{tags, teller_of};
use crate::cli::error::{Failure, Result};

/// How often to look for changes.
const POLL: Duration = Duration::from_millis(500);

/// What tells, in a thread of its own.
pub(super) struct Telling {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<Result<(), morgue::Error>>>,
}

struct Shared {
    /// Whom to tell; changes with the file.
    teller: Mutex<Option<Arc<Teller>>>,
    is_over: AtomicBool,
}

impl Telling {
    /// Begins to tell the targets in a file.
    pub(super) fn start(archive: &Archive, path: &Path) -> Result<Self> {
        let teller = read(path)?;
        // Before anything is archived that it is to be told.
        teller.iter().try_for_each(|teller| teller.begin(archive, &SystemClock))?;
        let teller = Mutex::new(teller.map(Arc::new));
        let shared = Arc::new(Shared { teller, is_over: AtomicBool::new(false) });
        let (own, archive) = (Arc::clone(&shared), archive.clone());
        let thread = thread::Builder::new().name("tell".to_owned()).spawn(move || work(&own, &archive));
        let thread = thread.map_err(|error| Failure::new(format!("cannot start a thread to tell: {error}")))?;
        Ok(Self { shared, thread: Some(thread) })
    }

    /// Tells the targets that the file has now.
    pub(super) fn take_over(&self, path: &Path) -> Result<()> {
        let teller = read(path)?;
        *self.shared.teller.lock().unwrap_or_else(PoisonError::into_inner) = teller.map(Arc::new);
        Ok(())
    }

    /// Whether it has ended before its time.
    pub(super) fn has_ended(&self) -> bool {
        self.thread.as_ref().is_none_or(JoinHandle::is_finished)
    }

    /// Tells what is still to be told, and ends.
    pub(super) fn finish(mut self) -> Result<()> {
        self.shared.is_over.store(true, Ordering::SeqCst);
        match self.thread.take().map(JoinHandle::join) {
            Some(Ok(ended)) => Ok(ended?),
            Some(Err(panic)) => std::panic::resume_unwind(panic),
            None => Ok(()),
        }
    }
}

impl Drop for Telling {
    fn drop(&mut self) {
        self.shared.is_over.store(true, Ordering::SeqCst);
    }
}

fn read(path: &Path) -> Result<Option<Teller>> {
    match std::fs::read_to_string(path) {
        Ok(text) => teller_of(&text, path),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Failure::file("read", path, &error)),
    }
}

fn work(shared: &Shared, archive: &Archive) -> Result<(), morgue::Error> {
    let mut seen: Option<(Cursor, usize)> = None;
    let mut next: Option<Timestamp> = None;
    loop {
        // Looked at before, so that what came until the end is told.
        let is_over = shared.is_over.load(Ordering::SeqCst);
        let teller = shared.teller.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(teller) = teller {
            // Another teller is asked at once: its targets may be new.
            let now = (archive.last_cursor(), Arc::as_ptr(&teller).addr());
            let is_due = next.is_some_and(|next| next <= SystemClock.now());
            if seen != Some(now) || is_due {
                let report = teller.tell(archive, &SystemClock, &|story| tags(archive, story))?;
                log(&report);
                next = report.next();
                seen = (!report.has_more()).then_some(now);
                if report.has_more() {
                    continue;
                }
            }
        }
        if is_over {
            return Ok(());
        }
        thread::sleep(POLL);
    }
}

fn log(report: &Report) {
    for target in &report.targets {
        for told in &target.told {
            info!(target = target.target, subject = told.subject, "told");
        }
        for dropped in &target.dropped {
            warn!(
                target = target.target,
                subject = dropped.subject,
                reason = dropped.reason,
                "could not be told, dropped"
            );
        }
        if let Some(held) = &target.held {
            warn!(target = target.target, reason = held.reason, again = %held.until, "could not be told yet");
        }
    }
}
