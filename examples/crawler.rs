//! A crawler with several threads that feeds one archive, and a reader that follows what changes meanwhile.
//!
//! `cargo run --example crawler [DIRECTORY]`. The pages are made up here: a real crawler puts its fetching and its extraction in
//! the place of `visit`.

#![allow(clippy::print_stdout, reason = "an example says what it does")]

use std::path::PathBuf;
use std::thread;
use std::time::Duration;

use morgue::{Archive, Article, Cursor, Durability, Error, NewCapture, NewOutcome, OpenOptions, StoryKey, Timestamp};

const HOSTS: [&str; 4] = ["herald.example", "courier.example", "gazette.example", "tribune.example"];
const STORIES: usize = 5;
const ROUNDS: i64 = 4;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let given = std::env::args_os().nth(1).map(PathBuf::from);
    let temporary = tempfile::tempdir()?;
    let archive = Archive::open(given.unwrap_or_else(|| temporary.path().to_owned()), &OpenOptions::default())?;
    let mut news = archive.subscribe(Cursor::START);

    // One thread a host: polite crawlers ask a host for one page at a time.
    let crawlers: Vec<_> = HOSTS
        .into_iter()
        .map(|host| {
            let archive = archive.clone();
            thread::spawn(move || crawl(&archive, host))
        })
        .collect();
    for crawler in crawlers {
        crawler.join().map_err(|_| "a crawler panicked")??;
    }
    archive.flush()?;

    while let Some(change) = news.recv_timeout(Duration::ZERO)? {
        let what = change.revision.map_or_else(
            || change.capture.outcome.kind().as_str().to_owned(),
            |revision| format!("#{} {}", revision.number, revision.kind.as_str()),
        );
        println!("{} {} {what}", change.capture.captured_at, change.story);
    }
    let stats = archive.stats()?;
    println!("{} stories, {} captures, {} revisions", stats.stories, stats.captures, stats.revisions);
    Ok(())
}

fn crawl(archive: &Archive, host: &str) -> Result<(), Error> {
    let start: Timestamp = "2026-03-01T06:00:00Z".parse().expect("because it is a time");
    for round in 0..ROUNDS {
        for story in 0..STORIES {
            let key = StoryKey::url(&format!("https://{host}/story-{story}")).expect("because it is a URL");
            let at = Timestamp::from_micros(start.as_micros() + round * 3_600_000_000).expect("because it is in range");
            // Buffered: kept in order, and on disk with the flush at the end.
            archive.ingest(NewCapture::new(key, at, visit(host, story, round)), Durability::Buffered)?;
        }
    }
    Ok(())
}

/// What a visit saw: some stories are edited, one is taken down.
fn visit(host: &str, story: usize, round: i64) -> NewOutcome {
    match (story, round) {
        (0, 3) => NewOutcome::Gone,
        (1, 1) => NewOutcome::NotModified,
        _ => {
            let edits = if story == 2 { round } else { 0 };
            let text = format!("The council of {host} met on Monday.\n\nIt heard {} speakers.", 3 + edits);
            NewOutcome::Article(Article::new(format!("Council meets, item {story}")).with_text(&text))
        }
    }
}
