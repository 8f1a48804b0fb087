//! The tracker at work.

use std::io;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use morgue::fetch::SystemClock;
use morgue::track::{Counts, Options, Tracker, Until, Watchlist};
use serde::Serialize;
use tracing_subscriber::filter::LevelFilter;

use super::file_of;
use super::telling::Telling;
use crate::cli::args::Making;
use crate::cli::error::{Exit, Failure, Result};
use crate::cli::interrupt;
use crate::cli::manners::Manners;
use crate::cli::session::Session;
use crate::cli::words::count;

/// How often to look whether the file with the list has changed.
const LOOK: Duration = Duration::from_secs(2);

/// Follows.
#[derive(Debug, clap::Args)]
pub(super) struct Run {
    /// Do what is due now, and end: for cron
    #[arg(long)]
    once: bool,
    /// Visit every source and every story now, due or not
    #[arg(long, requires = "once")]
    all: bool,
    /// How many requests to make a day at most
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    budget: Option<u64>,
    /// How many hosts to visit at the same time
    #[arg(long, value_name = "N", default_value_t = 8)]
    parallel: u16,
    /// Of the stories that a new source lists, how many to follow, the newest
    #[arg(long, value_name = "N", default_value_t = 100)]
    first: usize,
    /// Do not keep the pages beside the articles
    #[arg(long)]
    no_raw: bool,
    #[command(flatten)]
    manners: Manners,
    #[command(flatten)]
    making: Making,
}

/// The summary for scripts: what this run did.
#[derive(Serialize)]
struct Summary {
    polls: u64,
    polls_failed: u64,
    visits: u64,
    stories: u64,
    edits: u64,
    seconds: f64,
}

impl Run {
    pub(super) fn run(self, session: &Session) -> Result<Exit> {
        let archive = session.write(self.making.engine)?;
        let path = file_of(&session.directory()?);
        let list = Watchlist::sync(&archive, &path)?;
        if list.sources().is_empty() {
            return Err(Failure::nothing("nothing is followed")
                .hint("`morgue track add URL` follows a feed, a sitemap, a front page or a story"));
        }
        let _reads = session.serve(&archive, "tracking");
        log(session);
        interrupt::catch("stopping; what was fetched is kept; Ctrl-C again stops at once");
        let mut options = Options::default();
        options.budget = self.budget;
        options.parallel = self.parallel.into();
        options.first = self.first;
        options.page.keep_raw = !self.no_raw;
        let started = Instant::now();
        let mut tracker = Tracker::open(&archive, &list, self.manners.options()?, Arc::new(SystemClock), options)?;
        if self.all {
            tracker.all_due();
        }
        let telling = Telling::start(&archive, &path)?;
        let before = *tracker.counts();
        let mut file = File::of(&path);
        let until = if self.once { Until::NothingDue } else { Until::Stopped };
        let followed = tracker.run(until, |tracker| -> Result<_> {
            if file.has_changed(&path) {
                take_over(session, tracker, &telling, &path)?;
            }
            Ok(if interrupt::stopped() || telling.has_ended() {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            })
        });
        match (followed, telling.finish()) {
            // Whoever met the trouble first knows what it was, and what to do: for the other, the archive has failed before.
            (Err(failure), Err(first)) if failure.hints.is_empty() => return Err(first),
            (followed, told) => followed.and(told)?,
        }
        summarize(session, &before, tracker.counts(), started.elapsed())?;
        Ok(if interrupt::stopped() { Exit::Interrupted } else { Exit::Done })
    }
}

/// Follows what the file says now. One that is wrong, as it may be while it is edited, changes nothing.
fn take_over(session: &Session, tracker: &mut Tracker, telling: &Telling, path: &Path) -> Result<()> {
    if let Err(failure) = telling.take_over(path) {
        session.warn(&format!("{}; who is told stays as it was", failure.message));
    }
    match Watchlist::sync(tracker.archive(), path) {
        Ok(list) => {
            session.note(&format!("the list has changed: {}", count(list.sources().len() as u64, "source", "sources")));
            Ok(tracker.follow(&list)?)
        }
        Err(morgue::track::Error::Archive(error)) => Err(error.into()),
        Err(error) => {
            session.warn(&format!("{error}; the list stays as it was"));
            Ok(())
        }
    }
}

/// When the file with the list was last written.
struct File {
    seen: Option<SystemTime>,
    looked: Instant,
}

impl File {
    fn of(path: &Path) -> Self {
        Self { seen: written(path), looked: Instant::now() }
    }

    fn has_changed(&mut self, path: &Path) -> bool {
        if self.looked.elapsed() < LOOK {
            return false;
        }
        self.looked = Instant::now();
        let now = written(path);
        // While an editor writes it anew it may be gone for a moment.
        let has_changed = now.is_some() && now != self.seen;
        self.seen = now.or(self.seen);
        has_changed
    }
}

fn written(path: &Path) -> Option<SystemTime> {
    std::fs::metadata(path).and_then(|about| about.modified()).ok()
}

/// What is logged goes to stderr: visits and failures; with -v more, with -q errors alone.
fn log(session: &Session) {
    let level = if session.is_quiet() { LevelFilter::ERROR } else { LevelFilter::INFO };
    let log = tracing_subscriber::fmt().with_writer(io::stderr).with_max_level(level).with_target(false);
    // One that is set already stays.
    let _ = log.with_ansi(session.colours_stderr()).try_init();
}

fn summarize(session: &Session, before: &Counts, after: &Counts, time: Duration) -> Result<()> {
    let summary = Summary {
        polls: after.polls - before.polls,
        polls_failed: after.polls_failed - before.polls_failed,
        visits: after.visits - before.visits,
        stories: after.stories - before.stories,
        edits: after.edits - before.edits,
        seconds: time.as_secs_f64(),
    };
    if session.json() {
        let mut out = session.out();
        out.json(&summary)?;
        return Ok(out.finish()?);
    }
    session.note(&format!(
        "{}, {}; {}, {}",
        count(summary.polls, "source visited", "sources visited"),
        count(summary.visits, "story visited", "stories visited"),
        count(summary.stories, "new story", "new stories"),
        count(summary.edits, "edit", "edits"),
    ));
    Ok(())
}
