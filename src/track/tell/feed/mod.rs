//! Feeds of changes, as files.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::model::Timestamp;

use super::channel::{Content, Parcel};
use super::config::{ConfigError, Target, TargetKind};
use super::html;

mod atom;
mod json_feed;

/// The most entries of a feed, and how many there are by default.
const MAX_ENTRIES: usize = 1_000;
const USUAL_ENTRIES: usize = 100;
/// The most bytes of text of an entry: its HTML is bounded where it is made.
const MAX_TEXT: usize = 32 << 10;

/// A feed in a file.
#[derive(Debug)]
pub(super) struct Feed {
    path: PathBuf,
    is_atom: bool,
    pub(super) entries: usize,
    title: String,
    link: Option<String>,
}

/// What one entry of a feed says. The archive keeps it, so that it never changes after it was told.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Entry {
    pub(super) id: String,
    pub(super) title: String,
    pub(super) url: Option<String>,
    /// When the change was seen.
    pub(super) at: Timestamp,
    /// When it was told.
    pub(super) told_at: Timestamp,
    pub(super) html: String,
    pub(super) text: String,
    pub(super) tags: Vec<String>,
    /// What programs want to know, for JSON Feed.
    #[serde(default)]
    pub(super) facts: Value,
}

/// A feed as a whole.
struct Whole<'a> {
    id: &'a str,
    title: &'a str,
    link: Option<&'a str>,
    updated: Timestamp,
    /// The latest first.
    entries: &'a [Entry],
}

impl Feed {
    pub(super) fn new(target: &Target) -> Result<Self, ConfigError> {
        let path = PathBuf::from(target.need("file", target.file.as_ref())?);
        let directory = directory(&path);
        if path.file_name().is_none() || !directory.is_dir() {
            return Err(target.wrong("file", format!("there is no directory {} to write it in", directory.display())));
        }
        let entries = target.entries.unwrap_or(USUAL_ENTRIES);
        if !(1..=MAX_ENTRIES).contains(&entries) {
            return Err(target.wrong("entries", format!("expected a number from 1 to {MAX_ENTRIES}")));
        }
        if target.link.as_ref().is_some_and(|link| !html::is_web(link) || url::Url::parse(link).is_err()) {
            return Err(target.wrong("link", "expected the URL of http or https at which the feed can be read"));
        }
        let title = target.title.clone().unwrap_or_else(|| "Changes in the news".to_owned());
        Ok(Self { path, is_atom: target.kind == TargetKind::Atom, entries, title, link: target.link.clone() })
    }

    pub(super) fn is_there(&self) -> bool {
        self.path.exists()
    }

    /// Writes the feed, the latest entry first. Who reads the file meanwhile sees the one before or this one, and never a part.
    pub(super) fn write(&self, id: &str, created: Timestamp, entries: &[Entry]) -> Result<(), String> {
        let updated = entries.iter().map(|entry| entry.told_at).max().unwrap_or(created);
        let whole = Whole { id, title: &self.title, link: self.link.as_deref(), updated, entries };
        let bytes = if self.is_atom { atom::bytes(&whole) } else { json_feed::bytes(&whole) };
        let bytes = bytes.map_err(|error| format!("cannot make the feed: {error}"))?;
        replace(&self.path, &bytes).map_err(|error| format!("cannot write {}: {error}", self.path.display()))
    }
}

fn directory(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Replaces a file as a whole.
fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".new");
    let new = path.with_file_name(name);
    let write = || {
        let mut file = File::create(&new)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&new, path)?;
        // Until the directory is on the disk, a loss of power may bring the old feed back; not every system can sync one.
        File::open(directory(path)).and_then(|directory| directory.sync_all()).or(Ok(()))
    };
    write().inspect_err(|_| drop(fs::remove_file(&new)))
}

impl Entry {
    pub(super) fn of(parcel: &Parcel<'_>) -> Self {
        let mut text = parcel.text.clone();
        text.truncate(text.floor_char_boundary(MAX_TEXT));
        let common = Self {
            id: String::new(),
            title: parcel.subject.clone(),
            url: None,
            at: parcel.now,
            told_at: parcel.now,
            html: String::new(),
            text,
            tags: Vec::new(),
            facts: Value::Null,
        };
        match parcel.content {
            Content::Item(item) => Self {
                id: item.id.clone(),
                url: item.url.clone().filter(|url| html::is_web(url)),
                at: item.captured_at,
                html: html::of_item(item, html::MAX_BYTES),
                tags: item.tags.iter().cloned().chain([item.kind.as_str().to_owned()]).collect(),
                facts: json!({
                    "story": item.story, "host": item.host, "kind": item.kind, "outcome": item.outcome,
                    "revision": item.revision, "summary": item.summary, "significance": item.significance,
                    "classes": item.classes, "stealth": item.stealth, "captured_at": item.captured_at, "cursor": item.cursor,
                }),
                ..common
            },
            Content::Digest(digest) => Self {
                id: digest.id.clone(),
                at: digest.until,
                html: digest.html(),
                tags: vec!["digest".to_owned()],
                facts: json!({ "kind": "digest", "count": digest.count, "stories": digest.stories }),
                ..common
            },
        }
    }
}
