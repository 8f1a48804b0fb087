//! What the tests of telling share.

use std::path::Path;
use std::sync::Mutex;
use std::time::Duration;

use morgue::fetch::Clock;
use morgue::track::tell::{Config, Report, TargetReport, Teller};
use morgue::{Archive, Article, Durability, NewCapture, NewOutcome, StoryKey, Timestamp};

/// A clock that goes when it is told to.
#[derive(Debug)]
pub(crate) struct Hand(Mutex<Timestamp>);

impl Hand {
    pub(crate) fn new() -> Self {
        Self(Mutex::new(minute(10_000)))
    }

    pub(crate) fn pass(&self, seconds: u64) {
        self.sleep(Duration::from_secs(seconds));
    }
}

impl Clock for Hand {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }

    fn sleep(&self, time: Duration) {
        let mut now = self.0.lock().unwrap();
        *now = Timestamp::from_micros(now.as_micros() + i64::try_from(time.as_micros()).unwrap()).unwrap();
    }
}

/// So many minutes after the start of a day in March.
pub(crate) fn minute(minute: i64) -> Timestamp {
    Timestamp::from_micros(1_772_323_200_000_000 + minute * 60_000_000).unwrap()
}

pub(crate) fn key(story: &str) -> StoryKey {
    StoryKey::parse(story).unwrap()
}

pub(crate) fn url(slug: &str) -> String {
    format!("https://news.example/{slug}")
}

pub(crate) fn add(archive: &Archive, capture: NewCapture) {
    archive.ingest(capture, Durability::Buffered).unwrap();
}

/// Archives a text, under a headline of its own.
pub(crate) fn see(archive: &Archive, slug: &str, at: i64, headline: &str, text: &str) {
    let article = Article::new(headline).with_text(text);
    add(archive, NewCapture::article(key(&url(slug)), minute(at), article));
}

pub(crate) fn saw(archive: &Archive, slug: &str, at: i64, outcome: NewOutcome) {
    add(archive, NewCapture::new(key(&url(slug)), minute(at), outcome));
}

/// Archives a story and so many edits of it, from revision `from` on.
pub(crate) fn edits(archive: &Archive, slug: &str, from: i64, to: i64) {
    for number in from..=to {
        let text = format!("At least {} people died, Mayor Lund said.\n\nA crack was found.", number + 16);
        see(archive, slug, number * 10, "Bridge collapse", &text);
    }
}

pub(crate) fn teller(config: &str) -> Teller {
    Teller::new(&Config::parse(config).unwrap().tell, &secret).unwrap()
}

pub(crate) const SECRET: &str = "whsec_bW9yZ3VlIGlzIG5vdCBhIHNlY3JldCBhdCBhbGw=";

pub(crate) fn secret(name: &str) -> Option<String> {
    (name == "HOOK_SECRET").then(|| SECRET.to_owned())
}

pub(crate) fn tell(teller: &Teller, archive: &Archive, clock: &Hand) -> Report {
    teller.tell(archive, clock, &|_| vec!["harbour".to_owned()]).unwrap()
}

/// Tells the only target.
pub(crate) fn tell_one(teller: &Teller, archive: &Archive, clock: &Hand) -> TargetReport {
    tell(teller, archive, clock).targets.into_iter().next().unwrap()
}

pub(crate) fn subjects(report: &TargetReport) -> Vec<&str> {
    report.told.iter().map(|told| told.subject.as_str()).collect()
}

/// Writes a program of the shell.
pub(crate) fn script(path: &Path, lines: &str) {
    std::fs::write(path, format!("#!/bin/sh\n{lines}\n")).unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
    }
}
