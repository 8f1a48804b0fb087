//! What the tests of faults share.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use morgue::fetch::{self, Clock};
use morgue::track::{Error, Options, Source, Status, Tracker, Until, Watchlist};
use morgue::{Archive, Capture, CheckOptions, OutcomeKind, StoryKey, Timestamp};

use crate::press::{Account, Paper};
use crate::support::SimulatedClock;

/// Some time, on one clock.
pub(crate) struct Days {
    pub(crate) clock: Arc<dyn Clock>,
    begin: Timestamp,
    pub(crate) archive: Archive,
}

impl Days {
    pub(crate) fn new() -> Self {
        let clock: Arc<dyn Clock> = Arc::new(SimulatedClock::at("2026-03-01T00:00:00Z"));
        Self { begin: clock.now(), clock, archive: Archive::in_memory() }
    }

    /// The time so many hours after the beginning.
    pub(crate) fn hour(&self, hours: f64) -> Timestamp {
        Timestamp::from_micros(self.begin.as_micros() + (hours * 3.6e9) as i64).unwrap()
    }

    /// Follows papers until an hour.
    pub(crate) fn follow(&self, papers: &[&Paper], until: f64, fetch: &fetch::Options) {
        let list = Watchlist::new(papers.iter().map(|paper| Source::new(paper.feed()))).unwrap();
        let (archive, clock) = (&self.archive, Arc::clone(&self.clock));
        self.run(Tracker::open(archive, &list, fetch.clone(), clock, options()).unwrap(), until);
    }

    pub(crate) fn run(&self, mut tracker: Tracker, until: f64) {
        let until = self.hour(until);
        tracker
            .run(Until::Stopped, |_| -> Result<_, Error> {
                Ok(if self.clock.now() >= until { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
            })
            .unwrap();
    }

    pub(crate) fn status(&self) -> Status {
        Status::of(&self.archive).unwrap()
    }

    pub(crate) fn captures(&self, paper: &Paper, id: usize) -> Vec<Capture> {
        self.archive.captures(&StoryKey::url(&paper.story_url(id)).unwrap()).unwrap()
    }

    /// What was seen of a paper's stories between two hours.
    pub(crate) fn seen(&self, paper: &Paper, from: f64, to: f64) -> Vec<Capture> {
        let (from, to) = (self.hour(from), self.hour(to));
        let all = (0..paper.fates.len()).flat_map(|id| self.captures(paper, id));
        all.filter(|capture| (from..to).contains(&capture.captured_at)).collect()
    }

    /// The edits of a paper were seen, none that it did not make, and the last one is what the archive holds now.
    pub(crate) fn is_well_told(&self, paper: &Paper, until: f64, what: &str) {
        let mut account = Account::default();
        account.add(&self.archive, paper, until);
        assert!(account.wrong.is_empty(), "{what}: {:?}", account.wrong);
        for (id, fate) in paper.fates.iter().enumerate() {
            let key = StoryKey::url(&paper.story_url(id)).unwrap();
            let revisions = self.archive.revisions(&key).unwrap();
            let last = revisions.last().unwrap();
            let article = self.archive.article(&key, &last.hash).unwrap();
            let marker = crate::press::marker(fate.visible(until));
            let log = || self.captures(paper, id).iter().map(told).collect::<Vec<_>>();
            assert!(article.paragraphs.contains(&marker), "{what}: story {id} is behind: {:#?}", log());
        }
        let check = self.archive.check(&CheckOptions { deep: true }, |_, _| {}).unwrap();
        assert!(check.findings.is_empty(), "{what}: {:?}", check.findings);
    }
}

/// A capture in a few words.
pub(crate) fn told(capture: &Capture) -> String {
    let cause = match &capture.outcome {
        morgue::Outcome::Unreachable(cause) => cause.as_str(),
        _ => "",
    };
    format!("{} {} {cause}", capture.captured_at, capture.outcome.kind().as_str())
}

/// The causes of those that are unreachable; none may be anything else.
pub(crate) fn causes(captures: &[Capture], what: &str) -> Vec<String> {
    let of = |capture: &Capture| match &capture.outcome {
        morgue::Outcome::Unreachable(cause) => cause.clone(),
        _ => panic!("{what}: {}", told(capture)),
    };
    captures.iter().map(of).collect()
}

pub(crate) fn kinds(captures: &[Capture]) -> Vec<OutcomeKind> {
    captures.iter().map(|capture| capture.outcome.kind()).collect()
}

pub(crate) fn options() -> Options {
    let mut options = Options::default();
    // Nobody is to be asked whether to go on, so that the clock may take long steps.
    options.pulse = Duration::from_secs(600);
    options
}

pub(crate) fn fetch_options() -> fetch::Options {
    fetch::Options { allow_private: true, ..fetch::Options::default() }
}
