//! The status of a tracker that is running, kept up to date on a terminal.

use std::thread;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use morgue::{Archive, ChangeKind, Cursor};

use super::status::{found, tell};
use crate::cli::commands::changes;
use crate::cli::error::{Exit, Result};
use crate::cli::interrupt;
use crate::cli::output::Paint;
use crate::cli::session::Session;

/// How often to look, ...
const EVERY: Duration = Duration::from_secs(1);
/// ... or so many times as long as looking takes, which costs the tracker time.
const TIMES: u32 = 20;
/// How soon Ctrl-C is noticed.
const STEP: Duration = Duration::from_millis(50);

/// What stands on the terminal: changes, which scroll away, and below them how things are.
struct Screen {
    bar: ProgressBar,
    paint: Paint,
    cursor: Cursor,
}

/// Shows how things are until Ctrl-C, or until the tracker ends.
pub(super) fn show(session: &Session) -> Result<Exit> {
    interrupt::catch("");
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stdout());
    if let Ok(style) = ProgressStyle::with_template("{msg}") {
        bar.set_style(style);
    }
    let mut screen = Screen { bar, paint: session.out().paint, cursor: session.read()?.last_cursor() };
    let mut has_failed = false;
    while !interrupt::stopped() {
        let started = Instant::now();
        match screen.look(session) {
            Ok(true) => has_failed = false,
            Ok(false) => break,
            // A tracker that ends in the middle of an answer is looked at again, to say that it has ended.
            Err(_) if !has_failed => has_failed = true,
            Err(failure) => {
                screen.bar.finish_and_clear();
                return Err(failure);
            }
        }
        rest(EVERY.max(started.elapsed() * TIMES));
    }
    // How things were last stays on the terminal.
    screen.bar.abandon();
    if interrupt::stopped() {
        return Ok(Exit::Interrupted);
    }
    session.note("the tracker has ended");
    Ok(Exit::Done)
}

fn rest(pause: Duration) {
    let started = Instant::now();
    while started.elapsed() < pause && !interrupt::stopped() {
        thread::sleep(STEP);
    }
}

impl Screen {
    /// Shows how things are now; says whether a tracker still runs. The archive is opened anew each time, so as not to keep the next one out.
    fn look(&mut self, session: &Session) -> Result<bool> {
        let archive = session.read()?;
        self.print_new(&archive)?;
        let mut text = Vec::new();
        tell(&found(session, &archive)?, &archive, self.paint, &mut text)?;
        self.bar.set_message(String::from_utf8_lossy(&text).trim_end().to_owned());
        Ok(archive.is_served())
    }

    fn print_new(&mut self, archive: &Archive) -> Result<()> {
        for change in archive.changes(self.cursor) {
            let change = change?;
            self.cursor = change.cursor;
            if !ChangeKind::of(&change).is_news() {
                continue;
            }
            let account = changes::account(archive, &change)?;
            let mut text = Vec::new();
            changes::tell(&change, account.as_ref(), self.paint, &mut text)?;
            self.bar.println(String::from_utf8_lossy(&text).trim_end());
        }
        Ok(())
    }
}
