//! The loop of a tracker: many hosts side by side, and what they answer one after the other.

use std::ops::ControlFlow;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, SyncSender};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use crate::archive::Archive;
use crate::fetch::{self, Fetcher, Request, Validators, Visit};
use crate::model::Timestamp;
use crate::page;

use super::error::Error;
use super::find::{Found, NotFound, find};
use super::hosts::Job;
use super::source::Source;
use super::story::{CameWith, validators};
use super::tracker::Tracker;

/// How long to follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Until {
    /// Until the caller says so.
    Stopped,
    /// Until all that was due at the beginning is done, and all stories that were found meanwhile were visited once. Hosts that are in trouble, or
    /// whose pause is asked for, are left for the next time.
    NothingDue,
}

/// A visit to be made, with all that it takes.
struct Task {
    job: Job,
    fetcher: Fetcher,
    /// What a source is, and what came with it last.
    source: Option<(Source, Validators)>,
    /// What came with a story whose page is not kept.
    came_with: Option<CameWith>,
}

/// What came of it.
enum Done {
    Polled(Result<Found, NotFound>),
    Visited(Result<Visit, fetch::Error>),
}

impl Tracker {
    /// Follows: visits what is due when it is due, and archives what it finds.
    ///
    /// `pulse` is called after each visit, and once in [`Options::pulse`](super::Options::pulse) while nothing is due; it may stop the run, after which what is
    /// under way is waited for and archived. At the end, and every few seconds, what was archived is synced.
    ///
    /// # Errors
    /// Errors of the archive, such as a full disk, and those of `pulse`; what was archived before is kept.
    pub fn run<E: From<Error>>(
        &mut self,
        until: Until,
        mut pulse: impl FnMut(&mut Self) -> Result<ControlFlow<()>, E>,
    ) -> Result<(), E> {
        let parallel = self.options.parallel.max(1);
        let (tasks, work) = mpsc::sync_channel::<Task>(parallel);
        let (done, results) = mpsc::sync_channel::<(Job, Done)>(parallel);
        let work = Mutex::new(work);
        let (archive, page) = (self.archive.clone(), self.options.page.clone());
        thread::scope(|scope| {
            // The workers end when this does.
            let tasks = tasks;
            for number in 0..parallel {
                let (done, work, archive, page) = (done.clone(), &work, &archive, &page);
                let worker = thread::Builder::new().name(format!("visit-{number}"));
                let spawned = worker.spawn_scoped(scope, move || visit_all(work, &done, archive, page));
                if let Err(source) = spawned {
                    return Err(Error::Io { doing: "start a thread for", path: "visits".into(), source }.into());
                }
            }
            drop(done);
            let ended = self.follow_until(until, parallel, &tasks, &results, &mut pulse);
            // What was archived is kept, whatever ended it.
            let synced = self.sync();
            ended?;
            Ok(synced?)
        })
    }

    fn follow_until<E: From<Error>>(
        &mut self,
        until: Until,
        parallel: usize,
        tasks: &SyncSender<Task>,
        results: &Receiver<(Job, Done)>,
        pulse: &mut impl FnMut(&mut Self) -> Result<ControlFlow<()>, E>,
    ) -> Result<(), E> {
        let begun = self.clock.now();
        let (mut busy, mut is_over) = (0, false);
        loop {
            let now = self.clock.now();
            let upto = if until == Until::NothingDue { self.once_upto(begun) } else { now };
            while !is_over && busy < parallel && self.allowed_at(now) <= now {
                let Some(task) = self.task(upto, now) else { break };
                if tasks.send(task).is_err() {
                    return Ok(());
                }
                busy += 1;
            }
            if busy == 0 {
                let nothing_is_due = until == Until::NothingDue && !self.hosts.has_due(upto, now);
                if is_over || nothing_is_due {
                    return Ok(());
                }
                self.sync()?;
                is_over = pulse(self)?.is_break();
                let wait = self.wait(now).min(self.options.pulse);
                if !is_over && !wait.is_zero() {
                    self.clock.sleep(wait);
                }
                continue;
            }
            // Other hosts may be due before one answers.
            match results.recv_timeout(self.wait(now).clamp(Duration::from_millis(1), Duration::from_secs(1))) {
                Ok((job, done)) => {
                    busy -= 1;
                    match done {
                        Done::Polled(result) => self.polled(job.url(), result)?,
                        Done::Visited(result) => self.visited(job.url(), result)?,
                    }
                    if self.is_sync_due() {
                        self.sync()?;
                    }
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return Ok(()),
            }
            is_over |= pulse(self)?.is_break();
        }
    }

    /// Stories that are found in a run that is to end are due when they are found.
    fn once_upto(&self, begun: Timestamp) -> Timestamp {
        self.newest_found().map_or(begun, |found| found.max(begun))
    }

    fn task(&mut self, upto: Timestamp, now: Timestamp) -> Option<Task> {
        let job = self.take_job(upto, now)?;
        let source = match &job {
            Job::Source(url) => self.source(url).map(|(source, polled)| (source, polled.validators())),
            Job::Story(_) => None,
        };
        Some(Task { fetcher: self.fetcher(&job), source, came_with: self.came_with(&job), job })
    }

    /// How long nothing is to be done.
    fn wait(&mut self, now: Timestamp) -> Duration {
        let due = self.next_due().unwrap_or(Timestamp::MAX).max(self.allowed_at(now));
        Duration::from_micros(u64::try_from(due.as_micros().saturating_sub(now.as_micros())).unwrap_or_default())
    }

    fn is_sync_due(&self) -> bool {
        let since = self.clock.now().as_micros().saturating_sub(self.synced_at.as_micros());
        u128::try_from(since).is_ok_and(|since| since >= self.options.sync.as_micros())
    }
}

/// Makes visits until there are no more.
fn visit_all(work: &Mutex<Receiver<Task>>, done: &SyncSender<(Job, Done)>, archive: &Archive, options: &page::Options) {
    loop {
        let task = work.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(Task { job, fetcher, source, came_with }) = task else { return };
        let result = match source {
            Some((source, validators)) => Done::Polled(find(&fetcher, &source, &validators)),
            None => {
                let validators = validators(archive, job.url(), came_with);
                Done::Visited(fetcher.visit(&Request { url: job.url().to_owned(), validators }, options))
            }
        };
        if done.send((job, result)).is_err() {
            return;
        }
    }
}
