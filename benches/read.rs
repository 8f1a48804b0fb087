//! Reading versions and histories, from morgue and from git, warm.
//!
//! ```text
//! cargo bench --bench read -- [--corpus FILE.jsonl.gz] [--stories 3000] [--dir DIR]
//! ```
//!
//! Inside the timer: one call, or one request to a `git cat-file --batch` that runs, of one story after the other, each once after
//! an untimed round. morgue verifies the hash of what it reads and parses it into an article; git does neither. git is told the name
//! of the oldest text, where morgue finds it; its history is a process of `git log`, with changed paths indexed before.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, clippy::indexing_slicing, missing_docs)]

mod common;

use std::collections::HashMap;
use std::time::{Duration, Instant};

use common::git::{self, Git, Layout};
use common::work::Work;
use common::{directory, p50_p99};
use morgue::{Archive, Article, IngestOptions, OpenOptions, Selector, StoryKey};

/// `git log` is slow: it is asked for the history of so many stories only.
const HISTORIES: usize = 20;

struct Known {
    key: StoryKey,
    /// The places of its oldest and latest version in the input.
    oldest: usize,
    latest: usize,
}

fn main() {
    let Some(work) = Work::chosen(3_000) else { return };
    let directory = directory();
    let path = directory.path().join("archive");
    let archive = Archive::open(&path, &OpenOptions::default()).unwrap();
    archive.ingest_many(work.captures(), &IngestOptions::default(), |_| {}).unwrap();
    drop(archive);
    let archive = Archive::open(&path, &OpenOptions::default()).unwrap();
    let stories = stories(&work);
    println!("{}: {} stories", work.name(), stories.len());
    println!("| | p50 us | p99 us |");
    println!("|---|---|---|");
    let of = |story: &Known, selector| archive.memento(&story.key, &selector).unwrap().unwrap().article;
    row("latest version, morgue", &stories, |story| of(story, Selector::Latest));
    let git = git::is_there().then(|| Git::import(&directory.path().join("git"), Layout::Folders, work.captures()));
    let mut reader = git.as_ref().map(Git::reader);
    if let Some(reader) = &mut reader {
        row("latest version, git cat-file --batch", &stories, |story| reader.latest(&story.key));
    }
    row("oldest version, morgue", &stories, |story| of(story, Selector::First));
    if let (Some(git), Some(reader)) = (&git, &mut reader) {
        row("oldest version, git cat-file --batch", &stories, |story| reader.text(&git.texts[story.oldest]));
    }
    row("history, morgue", &stories, |story| archive.revisions(&story.key).unwrap());
    let Some((git, mut reader)) = git.zip(reader) else {
        println!("git: skipped, there is none");
        return;
    };
    git.index_history();
    let some: Vec<Known> = stories.into_iter().take(HISTORIES).collect();
    row(&format!("history, git log ({HISTORIES} stories)"), &some, |story| git.history(&story.key));
    let articles: Vec<Article> = work.captures().map(|capture| capture.outcome.text().unwrap().clone()).collect();
    for story in &some {
        assert_eq!(reader.latest(&story.key), git::plain(&articles[story.latest]));
        assert_eq!(reader.text(&git.texts[story.oldest]), git::plain(&articles[story.oldest]));
    }
}

/// Calls once for each story to warm up, then once for each in the timer.
fn row<T>(what: &str, stories: &[Known], mut call: impl FnMut(&Known) -> T) {
    let mut time = |story: &Known| {
        let begin = Instant::now();
        std::hint::black_box(call(story));
        begin.elapsed()
    };
    for story in stories {
        time(story);
    }
    let mut times: Vec<Duration> = stories.iter().map(time).collect();
    let (p50, p99) = p50_p99(&mut times);
    println!("| {what} | {:.1} | {:.1} |", p50.as_secs_f64() * 1e6, p99.as_secs_f64() * 1e6);
}

/// The stories, mixed, so that neighbours are not read one after the other.
fn stories(work: &Work) -> Vec<Known> {
    let mut known: HashMap<StoryKey, Known> = HashMap::new();
    let mut times = HashMap::new();
    for (place, capture) in work.captures().enumerate() {
        let at = capture.captured_at;
        let (oldest, latest) = times.entry(capture.key.clone()).or_insert((at, at));
        let story =
            known.entry(capture.key.clone()).or_insert(Known { key: capture.key, oldest: place, latest: place });
        if at < *oldest {
            (*oldest, story.oldest) = (at, place);
        }
        if at >= *latest {
            (*latest, story.latest) = (at, place);
        }
    }
    // A HashMap's order differs from run to run; a hash's does not.
    let mut stories: Vec<Known> = known.into_values().collect();
    stories.sort_by_key(|story| *morgue::ArticleHash::of(story.key.as_str().as_bytes()).as_bytes());
    stories
}
