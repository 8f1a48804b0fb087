//! Invented histories.

use crate::archive::Archive;
use crate::engine::Durability;
use crate::model::{Article, NewCapture, NewOutcome, StoryKey, Timestamp};

pub(super) fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub(super) fn key(text: &str) -> StoryKey {
    StoryKey::parse(text).unwrap()
}

pub(super) fn article(headline: &str, text: &str) -> NewOutcome {
    NewOutcome::Article(Article::new(headline).with_text(text))
}

pub(super) fn capture(story: &str, at: &str, outcome: NewOutcome) -> NewCapture {
    NewCapture::new(key(story), time(at), outcome)
}

pub(super) fn modified(capture: NewCapture, at: &str) -> NewCapture {
    let mut capture = capture;
    capture.observation.modified_at = Some(time(at));
    capture
}

pub(super) fn archive(captures: impl IntoIterator<Item = NewCapture>) -> Archive {
    let archive = Archive::in_memory();
    for capture in captures {
        archive.ingest(capture, Durability::Buffered).unwrap();
    }
    archive
}

pub(super) const BRIDGE: &str = "https://news.example/bridge";
pub(super) const FERRY: &str = "https://news.example/ferry";
pub(super) const TRAM: &str = "https://b.example/tram";

/// Five stories of two publishers and of an agency, in which every number is known.
pub(super) fn history() -> Vec<NewCapture> {
    const QUIET: &str = "https://news.example/quiet";
    let crack = |metres: &str| article("Old bridge closed", &format!("Divers found a crack of {metres} metres."));
    let correction =
        "Divers found a crack of two metres.\n\nCorrection: An earlier version gave a wrong length of the crack.";
    let ferry = || article("Ferry runs all night", "The ferry runs every ten minutes.");
    vec![
        modified(capture(BRIDGE, "2026-03-01T08:00:00Z", crack("two")), "2026-03-01T07:00:00Z"),
        capture(BRIDGE, "2026-03-01T09:00:00Z", NewOutcome::NotModified),
        modified(capture(BRIDGE, "2026-03-01T10:30:00Z", crack("three")), "2026-03-01T07:00:00Z"),
        modified(
            capture(BRIDGE, "2026-03-02T08:00:00Z", article("Old bridge closed", correction)),
            "2026-03-02T07:00:00Z",
        ),
        capture(BRIDGE, "2026-03-02T12:00:00Z", NewOutcome::Unreachable("status 503".into())),
        modified(
            capture(BRIDGE, "2026-03-03T08:00:00Z", article("Mayor says sorry for bridge", correction)),
            "2026-03-03T07:00:00Z",
        ),
        capture(FERRY, "2026-03-01T08:00:00Z", ferry()),
        capture(FERRY, "2026-03-02T08:00:00Z", NewOutcome::Gone),
        capture(FERRY, "2026-03-02T09:00:00Z", NewOutcome::Gone),
        capture(FERRY, "2026-03-04T08:00:00Z", ferry()),
        capture(QUIET, "2026-03-01T08:00:00Z", article("Council \"meets\"", "It met.")),
        capture(QUIET, "2026-03-02T08:00:00Z", article("Council \u{201c}meets\u{201d}", "It met.")),
        capture(TRAM, "2026-03-01T00:00:00Z", article("Tram is late", "The tram was 10 minutes late.")),
        capture(TRAM, "2026-03-05T00:00:00Z", article("Tram is late", "The tram was 20 minutes late.")),
        capture(TRAM, "2026-03-06T00:00:00Z", NewOutcome::Moved(key("https://b.example/trams"))),
        capture("wire-7", "2026-03-01T08:00:00Z", NewOutcome::Teaser(Article::new("For subscribers"))),
    ]
}
