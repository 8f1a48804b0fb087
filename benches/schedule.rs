//! When to visit stories again: the share of edits that is seen, and how soon, for the requests that it takes.
//!
//! ```text
//! cargo bench --bench schedule -- [--corpora DIR] [--days N]
//! ```
//!
//! Plays the histories of real stories in `--corpora` (`../shared/corpora`): headlines of the BBC captured every ten minutes, and stories of CNN
//! captured daily. Each story is published with its first version and visited by each rule for `--days` days (30). An edit is seen when a
//! visit comes before the next one. The delay is from the edit to the visit that sees it. Rules:
//!
//! - fixed pauses;
//! - that of NewsDiffs (`get_update_delay` in its `scraper.py`): 15 minutes while the last change is less than 3 hours ago, 1 hour within a day,
//!   3 hours within a week, 3 days within 30 days;
//! - that of diffengine (`Entry.stale`): when a fifth of the story's age has passed since the last visit; as it is meant, since the version in use
//!   forgets whole days, and run every 5 minutes;
//! - ours, with several shares of an edit to be expected, learning of the site from the same stories as they go.
//!
//! Every eighth of the BBC's stories is left out: on these the constants of our rule were chosen.
//!
//! Nothing here is a matter of time: each run prints the same. The corpora hold only stories that changed (the BBC's at least twice), so that shares and
//! requests are to be compared with each other and not with those of a whole site. The last part adds four stories that never change for each
//! one that does, as published rates have it.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, clippy::indexing_slicing, missing_docs)]

mod common;

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};

use common::{number, option};
use morgue::Timestamp;
use morgue::exchange::Input;
use morgue::track::{Next, Schedule, Site, Watched};

const MINUTE: i64 = 60_000_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// When a story's versions came, the first one first.
type History = Vec<i64>;

fn main() {
    let corpora = option("--corpora").map_or_else(|| PathBuf::from("../shared/corpora"), PathBuf::from);
    if !corpora.is_dir() {
        println!("skipped: {} not found", corpora.display());
        return;
    }
    let days = number("--days", 30) as i64;
    for name in ["bbc_headlines_3plus", "cnn_lite_multi"] {
        let mut histories = read(&corpora.join(format!("{name}.jsonl.gz")));
        if name == "bbc_headlines_3plus" {
            let mut place = 0..;
            histories.retain(|_| place.next().is_some_and(|place| place % 8 != 0));
        }
        table(name, &histories, days);
        // Deterministic, and spread as the stories are.
        let calm = histories.iter().flat_map(|history| vec![vec![history[0]]; 4]);
        let all: Vec<History> = histories.iter().cloned().chain(calm).collect();
        table(&format!("{name}, and four that never change for each"), &all, days);
    }
}

fn read(path: &Path) -> Vec<History> {
    let mut histories: Vec<(String, History)> = Vec::new();
    for line in BufReader::new(Input::open(path).unwrap()).lines() {
        let row: serde_json::Value = serde_json::from_str(&line.unwrap()).unwrap();
        let at: Timestamp = row["timestamp"].as_str().unwrap().parse().unwrap();
        let id = row["id"].as_str().unwrap();
        match histories.last_mut() {
            Some((last, history)) if last == id => history.push(at.as_micros()),
            _ => histories.push((id.to_owned(), vec![at.as_micros()])),
        }
    }
    histories.into_iter().map(|(_, history)| history).collect()
}

/// A rule says how long to wait after a visit.
enum Rule {
    Fixed(i64),
    NewsDiffs,
    Diffengine,
    Ours(Schedule),
}

impl Rule {
    fn name(&self) -> String {
        match self {
            Self::Fixed(pause) => format!("every {} h", *pause as f64 / HOUR as f64),
            Self::NewsDiffs => "NewsDiffs".to_owned(),
            Self::Diffengine => "diffengine".to_owned(),
            Self::Ours(schedule) => format!("morgue, {} edits expected", schedule.expected),
        }
    }

    /// The time of the next visit.
    fn next(&self, story: &Watched, site: &Site) -> i64 {
        let now = story.last_visit.as_micros();
        let pause = match self {
            Self::Fixed(pause) => *pause,
            Self::NewsDiffs => match now - story.last_edit.unwrap_or(story.born).as_micros() {
                since if since < 3 * HOUR => 15 * MINUTE,
                since if since < DAY => HOUR,
                since if since < 7 * DAY => 3 * HOUR,
                _ => 3 * DAY,
            },
            Self::Diffengine => ((now - story.born.as_micros()) / 4).max(5 * MINUTE),
            Self::Ours(schedule) => match schedule.next(story, site, 1.0) {
                Next::At(at) => return at.as_micros(),
                Next::Never => return i64::MAX,
            },
        };
        now + pause
    }
}

#[derive(Default)]
struct Score {
    visits: u64,
    edits: u64,
    seen: u64,
    delays: Vec<i64>,
}

fn play(rule: &Rule, histories: &[History], days: i64) -> Score {
    let at = |micros: i64| Timestamp::from_micros(micros).unwrap();
    let (mut score, mut site) = (Score::default(), Site::default());
    let mut stories: Vec<Watched> = histories
        .iter()
        .map(|history| {
            let born = at(history[0]);
            Watched { born, first_visit: born, last_visit: born, last_edit: None, edits: 0.0 }
        })
        .collect();
    for history in histories {
        score.edits += history[1..].iter().filter(|edit| **edit < history[0] + days * DAY).count() as u64;
    }
    let mut queue: BinaryHeap<Reverse<(i64, usize)>> =
        histories.iter().enumerate().map(|(story, history)| Reverse((history[0], story))).collect();
    while let Some(Reverse((now, place))) = queue.pop() {
        let (history, story) = (&histories[place], &mut stories[place]);
        if now >= history[0] + days * DAY {
            continue;
        }
        score.visits += 1;
        site.remove(story);
        let (before, version) = (version(history, story.last_visit.as_micros()), version(history, now));
        if version > before {
            score.seen += 1;
            score.delays.push(now - history[version]);
            story.edits += 1.0;
            story.last_edit = Some(at(now));
        }
        story.last_visit = at(now);
        site.add(story);
        queue.push(Reverse((rule.next(story, &site), place)));
    }
    score.delays.sort_unstable();
    score
}

/// Which version is there at a time.
fn version(history: &History, now: i64) -> usize {
    history.partition_point(|at| *at <= now) - 1
}

fn table(name: &str, histories: &[History], days: i64) {
    println!("\n{name}: {} stories, {days} days\n", histories.len());
    println!(
        "| rule | visits a story | edits seen | delay, median | delay, mean | edits seen with as many visits by ours |"
    );
    println!("|---|---|---|---|---|---|");
    let ours = |expected: f64| Rule::Ours(Schedule { expected, ..Schedule::default() });
    let peers = [Rule::Fixed(HOUR), Rule::Fixed(6 * HOUR), Rule::Fixed(DAY), Rule::NewsDiffs, Rule::Diffengine];
    for rule in &peers {
        let score = play(rule, histories, days);
        let same = with_as_many(score.visits, histories, days);
        let beside = format!(
            "{} ({} visits, median {})",
            share(&same),
            each(&same, histories),
            hours(same.delays[same.delays.len() / 2])
        );
        print_row(rule, &score, histories, &beside);
    }
    for expected in [0.01, 0.03, 0.1, 0.3] {
        let rule = ours(expected);
        print_row(&rule, &play(&rule, histories, days), histories, "");
    }
}

/// Ours with at most so many visits, and nearly as many.
fn with_as_many(visits: u64, histories: &[History], days: i64) -> Score {
    let of = |expected: f64| {
        let schedule = Schedule { expected, ..Schedule::default() };
        play(&Rule::Ours(schedule), histories, days)
    };
    let (mut few, mut many) = (64.0_f64, 1e-5_f64);
    let mut best = of(few);
    for _ in 0..24 {
        let middle = (few * many).sqrt();
        let score = of(middle);
        if score.visits <= visits {
            (few, best) = (middle, score);
        } else {
            many = middle;
        }
    }
    best
}

fn share(score: &Score) -> String {
    format!("{:.1}%", 100.0 * score.seen as f64 / score.edits as f64)
}

fn each(score: &Score, histories: &[History]) -> String {
    format!("{:.1}", score.visits as f64 / histories.len() as f64)
}

fn hours(micros: i64) -> String {
    format!("{:.1} h", micros as f64 / HOUR as f64)
}

fn print_row(rule: &Rule, score: &Score, histories: &[History], beside: &str) {
    let median = score.delays[score.delays.len() / 2];
    let mean = score.delays.iter().sum::<i64>() / score.delays.len() as i64;
    println!(
        "| {} | {} | {} | {} | {} | {beside} |",
        rule.name(),
        each(score, histories),
        share(score),
        hours(median),
        hours(mean)
    );
}
