//! Days of several papers on a simulated clock.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use morgue::fetch::{self, Clock};
use morgue::track::{Error, Options, Source, Status, Tracker, Until, Watchlist};
use morgue::{Archive, CheckOptions, OutcomeKind, Timestamp};

use crate::press::{Account, Paper, Press};
use crate::support::SimulatedClock;

const PAPERS: usize = 4;
const STORIES: usize = 15;
const HOURS: f64 = 72.0;

fn fetch_options() -> fetch::Options {
    fetch::Options { allow_private: true, ..fetch::Options::default() }
}

fn options() -> Options {
    let mut options = Options::default();
    // Nobody is to be asked whether to go on, so that the clock may take long steps.
    options.pulse = Duration::from_secs(600);
    options
}

fn watchlist(press: &Press) -> Watchlist {
    Watchlist::new(press.papers.iter().map(|paper| Source { tags: vec!["test".into()], ..Source::new(paper.feed()) }))
        .unwrap()
}

/// Follows until a time, in as many runs as there are times.
fn follow(
    archive: &Archive,
    list: &Watchlist,
    clock: &Arc<dyn Clock>,
    until: Timestamp,
    options: &Options,
) -> morgue::track::Counts {
    let mut tracker = Tracker::open(archive, list, fetch_options(), Arc::clone(clock), options.clone()).unwrap();
    tracker
        .run(Until::Stopped, |_| -> Result<_, Error> {
            Ok(if clock.now() >= until { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
        })
        .unwrap();
    *tracker.counts()
}

/// No host has two visits within the pause that is asked for, but for the redirects of one.
fn is_polite(paper: &Paper) {
    let asked = paper.asked.lock().unwrap();
    for pair in asked.windows(2) {
        let pause = pair[1].0.as_micros() - pair[0].0.as_micros();
        assert!(pause >= 1_000_000 || pair[1].1.contains("renamed"), "{pair:?}");
    }
}

#[test]
fn days_of_several_papers_are_followed_without_a_false_edit() {
    let clock: Arc<dyn Clock> = Arc::new(SimulatedClock::at("2026-03-01T00:00:00Z"));
    let begin = clock.now();
    let press = Press::open(PAPERS, STORIES, 24.0, &clock);
    let archive = Archive::in_memory();
    let list = watchlist(&press);
    let at = |hours: f64| Timestamp::from_micros(begin.as_micros() + (hours * 3.6e9) as i64).unwrap();
    // Stopped and started again: what is known is in the archive alone. It was off for a while, too.
    let mut visits = Vec::new();
    for until in [20.0, 40.0, HOURS] {
        visits.push(follow(&archive, &list, &clock, at(until), &options()).visits);
    }
    let mut told = Account::default();
    press.papers.iter().for_each(|paper| told.add(&archive, paper, HOURS));
    let status = Status::of(&archive).unwrap();
    let requests = status.counts.requests;
    println!("{} of {} edits, {requests} requests, {visits:?} visits", told.seen, told.edits);
    assert!(told.wrong.is_empty(), "{:#?}", told.wrong);
    assert!(told.edits >= 20 && told.seen * 10 >= told.edits * 7, "{} of {}", told.seen, told.edits);
    assert!(requests < 60 * (PAPERS * STORIES) as u64, "{requests}");
    press.papers.iter().for_each(is_polite);
    let check = archive.check(&CheckOptions { deep: true }, |_, _| {}).unwrap();
    assert!(check.findings.is_empty(), "{:?}", check.findings);
    assert_eq!(status.stories + status.ended, kept_rows(&archive, "story:"));
    what_became_of_stories_is_told(&archive, &press);
}

/// The take-downs, moves, paywalls and outages are in the captures as what they are.
fn what_became_of_stories_is_told(archive: &Archive, press: &Press) {
    let mut outcomes: BTreeMap<OutcomeKind, usize> = BTreeMap::new();
    for story in archive.stories(&morgue::StoryFilter::default()) {
        for capture in archive.captures(&story.unwrap().story).unwrap() {
            *outcomes.entry(capture.outcome.kind()).or_default() += 1;
        }
    }
    for kind in
        [OutcomeKind::Gone, OutcomeKind::Moved, OutcomeKind::Teaser, OutcomeKind::NotModified, OutcomeKind::Unreachable]
    {
        assert!(outcomes.contains_key(&kind), "{kind:?} in {outcomes:?}");
    }
    // During the outage the paper is left alone for as long as it asks: it is not asked for each of its stories.
    let asked = press.papers[1].asked.lock().unwrap();
    let first = asked[0].0.as_micros();
    let during =
        asked.iter().filter(|(at, _)| (30.0..33.0).contains(&((at.as_micros() - first) as f64 / 3.6e9))).count();
    assert!((1..=20).contains(&during), "{during}");
}

fn kept_rows(archive: &Archive, prefix: &str) -> u64 {
    archive.states("track").unwrap().iter().filter(|(name, _)| name.starts_with(prefix)).count() as u64
}

#[test]
fn a_budget_holds_and_is_spread_over_the_day() {
    let clock: Arc<dyn Clock> = Arc::new(SimulatedClock::at("2026-03-01T00:00:00Z"));
    let press = Press::open(2, 10, 1.0, &clock);
    let archive = Archive::in_memory();
    let mut options = options();
    options.budget = Some(120);
    let until = "2026-03-02T00:00:00Z".parse().unwrap();
    let counts = follow(&archive, &watchlist(&press), &clock, until, &options);
    assert!((100..=126).contains(&counts.requests), "{counts:?}");
    let mut hours = [0; 24];
    let begin = "2026-03-01T00:00:00Z".parse::<Timestamp>().unwrap().as_micros();
    for paper in &press.papers {
        for (at, _) in paper.asked.lock().unwrap().iter() {
            hours[((at.as_micros() - begin) / 3_600_000_000) as usize % 24] += 1;
        }
    }
    assert!(hours.iter().all(|requests| *requests <= 12), "{hours:?}");
}

#[test]
fn a_source_that_is_followed_no_more_takes_its_stories_with_it_and_leaves_what_was_archived() {
    let clock: Arc<dyn Clock> = Arc::new(SimulatedClock::at("2026-03-01T00:00:00Z"));
    let press = Press::open(2, 3, 0.0, &clock);
    let archive = Archive::in_memory();
    let both = watchlist(&press);
    let hour = |hours: i64| Timestamp::from_micros(clock.now().as_micros() + hours * 3_600_000_000).unwrap();
    follow(&archive, &both, &clock, hour(1), &options());
    assert_eq!(Status::of(&archive).unwrap().stories, 6);
    let one = Watchlist::new([both.sources()[0].clone()]).unwrap();
    let before = press.papers[1].asked.lock().unwrap().len();
    follow(&archive, &one, &clock, hour(2), &options());
    assert_eq!(Status::of(&archive).unwrap().stories, 3);
    assert_eq!(press.papers[1].asked.lock().unwrap().len(), before, "it is not asked any more");
    assert_eq!(archive.stats().unwrap().stories, 6);
    let mut paused = both.clone();
    paused.change(&both.sources()[0].url, |source| source.paused = true).unwrap();
    let before = press.papers[0].asked.lock().unwrap().len();
    follow(&archive, &paused, &clock, hour(2), &options());
    assert_eq!(press.papers[0].asked.lock().unwrap().len(), before, "it is paused");
    assert_eq!(Status::of(&archive).unwrap().stories, 6, "what is paused is still followed, and the other again");
}
