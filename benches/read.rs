//! Reading versions and histories, from morgue, from SQLite and from git, warm.
//!
//! ```text
//! cargo bench --bench read -- [--corpus digitalgov] [--corpora DIR] [--stories 3000] [--stores sled,fjall,sqlite,git] [--by-time] [--compact] [--dir DIR]
//! ```
//!
//! Inside the timer: one call, or one request to a `git cat-file --batch` that runs, of one story after the other, after an
//! untimed round in which what is read is compared with the input. There are five rounds, and the middle of its five calls is what a
//! story takes: whatever else the machine does is not what is measured. p50 and p99 are of all stories. morgue and SQLite verify the hash of what they read and
//! parse it into an article; git does neither. git is told the name of the oldest text, where the others find it; its history is
//! a process of `git log`, with changed paths indexed before, and of 20 stories only. All is measured again after `Archive::compact`
//! and `VACUUM`; with `--compact` also after `git gc --aggressive`, which takes minutes, else git's rows are the same store again.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, clippy::indexing_slicing, missing_docs)]

#[path = "common/allocator.rs"]
mod allocator;
mod common;

use std::collections::HashMap;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use common::store::{self, Reader, Store, Version};
use common::work::Work;
use common::{git, p50_p99};
use morgue::text::canonical;
use morgue::{Article, StoryKey};

/// `git log` is slow: it is asked for the history of so many stories only.
const HISTORIES: usize = 20;
/// The middle of so many calls is what a story takes.
const ROUNDS: usize = 5;
const GOAL_LATEST: f64 = 15.0;
const GOAL_OLDEST: f64 = 80.0;
/// How many times p50 p99 may be.
const GOAL_SPREAD: f64 = 5.0;

/// A story, and what its oldest and its latest version said: more than one where the input has several of the same time.
struct Known {
    key: StoryKey,
    oldest: Vec<Article>,
    /// The place of the oldest version in the input.
    place: usize,
    latest: Vec<Article>,
    versions: usize,
}

/// What is timed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum What {
    Latest,
    Oldest,
    History,
}

impl What {
    fn words(self) -> &'static str {
        match self {
            Self::Latest => "latest version",
            Self::Oldest => "oldest version",
            Self::History => "history",
        }
    }

    /// The goal of an archive's p50, in microseconds.
    fn goal(self) -> Option<f64> {
        match self {
            Self::Latest => Some(GOAL_LATEST),
            Self::Oldest => Some(GOAL_OLDEST),
            Self::History => None,
        }
    }
}

fn main() {
    let Some((work, directory)) = store::begin(3_000) else { return };
    let stories = stories(&work);
    println!("{}: {} stories\n", work.name(), stories.len());
    let mut stores = Vec::new();
    for store in Store::chosen() {
        let path = directory.path().join(store.name());
        store.fill(&path, &work.options());
        stores.push((store, path));
    }
    show_all("as ingested", &stores, &stories);
    for (store, path) in &stores {
        if *store != Store::Git || store::is_compacted() {
            store.compact(path, &work.options());
        }
    }
    show_all("after compacting", &stores, &stories);
}

fn show_all(when: &str, stores: &[(Store, PathBuf)], stories: &[Known]) {
    println!("{when}; ratios: how many times as much as the first row of each kind\n");
    println!("| | | p50 us | ratio | p99 us | p99 / p50 | goals |");
    println!("|---|---|---|---|---|---|---|");
    for what in [What::Latest, What::Oldest, What::History] {
        let mut first = None;
        for (store, path) in stores {
            let mut reader = store.reader(path);
            let (p50, p99) = measure(what, &mut reader, stories);
            show(what, *store, (p50, p99), *first.get_or_insert(p50));
        }
    }
    println!();
}

fn show(what: What, store: Store, (p50, p99): (f64, f64), first: f64) {
    let met = |is_met| if is_met { "met" } else { "MISSED" };
    let spread = p99 / p50;
    let goals = match what.goal().filter(|_| store.is_archive()) {
        Some(goal) => format!("{goal} us: {}; {GOAL_SPREAD} times: {}", met(p50 <= goal), met(spread < GOAL_SPREAD)),
        None => String::new(),
    };
    let ratio = p50 / first;
    println!("| {} | {} | {p50:.1} | {ratio:.2} | {p99:.1} | {spread:.1} | {goals} |", what.words(), store.name());
}

/// Reads once of each story to warm up and to compare, then in rounds in the timer; returns p50 and p99 in microseconds.
fn measure(what: What, reader: &mut Reader, stories: &[Known]) -> (f64, f64) {
    let stories = match reader {
        Reader::Git(git, _) if what == What::History => {
            git.index_history();
            &stories[..stories.len().min(HISTORIES)]
        }
        _ => stories,
    };
    for story in stories {
        compare(what, reader, story);
    }
    let mut times = vec![Vec::new(); stories.len()];
    for _ in 0..ROUNDS {
        times.iter_mut().zip(stories).for_each(|(times, story)| times.push(time(what, reader, story)));
    }
    let mut times: Vec<Duration> = times.iter_mut().map(|times| p50_p99(times).0).collect();
    let (p50, p99) = p50_p99(&mut times);
    (p50.as_secs_f64() * 1e6, p99.as_secs_f64() * 1e6)
}

fn time(what: What, reader: &mut Reader, story: &Known) -> Duration {
    let begin = Instant::now();
    match what {
        What::Latest => drop(std::hint::black_box(reader.latest(&story.key))),
        What::Oldest => drop(std::hint::black_box(reader.oldest(&story.key, story.place))),
        What::History => drop(std::hint::black_box(reader.history(&story.key))),
    }
    begin.elapsed()
}

fn compare(what: What, reader: &mut Reader, story: &Known) {
    let (version, given) = match what {
        What::Latest => (reader.latest(&story.key), &story.latest),
        What::Oldest => (reader.oldest(&story.key, story.place), &story.oldest),
        // Those who fold what is seen again have fewer, and a file that is written again as it was is no commit of git's.
        What::History => {
            let length = reader.history(&story.key);
            return assert!((1..=story.versions).contains(&length), "{} has {length}", story.key);
        }
    };
    let is_equal = given.iter().any(|given| match &version {
        Version::Article(article) => canonical(article).unwrap().text == canonical(given).unwrap().text,
        Version::Text(text) => *text == git::plain(given),
    });
    assert!(is_equal, "{} is not as it was given", story.key);
}

/// The stories, mixed, so that neighbours are not read one after the other.
fn stories(work: &Work) -> Vec<Known> {
    let mut known: HashMap<StoryKey, Known> = HashMap::new();
    let mut times = HashMap::new();
    for (place, capture) in work.captures().enumerate() {
        let (at, article) = (capture.captured_at, capture.outcome.text().unwrap());
        let (oldest, latest) = times.entry(capture.key.clone()).or_insert((at, at));
        let key = capture.key.clone();
        let story = known.entry(capture.key).or_insert(Known {
            key,
            oldest: Vec::new(),
            place,
            latest: Vec::new(),
            versions: 0,
        });
        story.versions += 1;
        if at < *oldest {
            (*oldest, story.oldest, story.place) = (at, Vec::new(), place);
        }
        if at > *latest {
            (*latest, story.latest) = (at, Vec::new());
        }
        story.oldest.extend((at == *oldest).then(|| article.clone()));
        story.latest.extend((at == *latest).then(|| article.clone()));
    }
    // A HashMap's order differs from run to run; a hash's does not.
    let mut stories: Vec<Known> = known.into_values().collect();
    stories.sort_by_key(|story| *morgue::ArticleHash::of(story.key.as_str().as_bytes()).as_bytes());
    stories
}
