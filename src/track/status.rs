//! What a tracker has been doing, as the archive tells it: also while another process runs it.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::archive::Archive;
use crate::model::{StoryKey, Timestamp};

use super::counts::Counts;
use super::error::Error;
use super::hosts::Health;
use super::poll::Polled;
use super::source::{Source, SourceKind};
use super::story::Followed;
use super::tracker::decode;
use super::watchlist::{PART, Watchlist};

/// What a tracker has been doing.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Status {
    /// The sources, in the order of the list.
    pub sources: Vec<SourceStatus>,
    /// How many stories are visited.
    pub stories: u64,
    /// How many are visited no more.
    pub ended: u64,
    /// Hosts that are left alone for a while, in order of name.
    pub troubled: Vec<Troubled>,
    /// What was done so far.
    pub counts: Counts,
}

/// What is known of a source.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct SourceStatus {
    /// The source.
    #[serde(flatten)]
    pub source: Source,
    /// What it was found to be.
    pub found: Option<SourceKind>,
    /// What it calls itself.
    pub title: Option<String>,
    /// How many stories it has listed; of those that it listed at first, only those that are followed count.
    pub stories: u64,
    /// When it was last visited with success.
    pub visited_at: Option<Timestamp>,
    /// When it is to be visited next; `None` before its first visit, and for single stories.
    pub due_at: Option<Timestamp>,
    /// Why the last visit failed, if it did, and how many in a row have.
    pub failure: Option<String>,
    /// See `failure`.
    pub failures: u32,
}

/// Returns the tags of a story: those of the sources that list it under one of its names, sorted, each once.
///
/// ```
/// let story = morgue::StoryKey::url("https://news.example/bridge").unwrap();
/// assert_eq!(morgue::track::tags_of(&morgue::Archive::in_memory(), &story)?, [""; 0]);
/// # Ok::<(), morgue::track::Error>(())
/// ```
///
/// # Errors
/// As [`Status::of`].
pub fn tags_of(archive: &Archive, story: &StoryKey) -> Result<Vec<String>, Error> {
    let aliases = archive.story(story)?.map(|story| story.aliases).unwrap_or_default();
    let mut tags = BTreeSet::new();
    for name in std::iter::once(story).chain(&aliases) {
        let name = format!("story:{name}");
        let Some(value) = archive.state(PART, &name)? else { continue };
        let followed: Followed = decode(&name, &value)?;
        for url in followed.sources {
            tags.extend(Watchlist::source_of(archive, &url)?.map(|source| source.tags).unwrap_or_default());
        }
    }
    Ok(tags.into_iter().collect())
}

impl SourceStatus {
    /// Returns that of a source of which nothing is known yet.
    #[must_use]
    pub const fn new(source: Source) -> Self {
        Self {
            source,
            found: None,
            title: None,
            stories: 0,
            visited_at: None,
            due_at: None,
            failure: None,
            failures: 0,
        }
    }

    /// Returns the same of a source that was changed since.
    #[must_use]
    pub fn with(&self, source: Source) -> Self {
        Self { due_at: self.due_at.filter(|_| !source.paused), source, ..self.clone() }
    }
}

/// A host that is left alone for a while.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Troubled {
    /// Its name, with the port where that is not the usual one.
    pub host: String,
    /// How many visits in a row got no answer, or that of a server in trouble.
    pub failures: u32,
    /// Until when.
    pub until: Timestamp,
}

impl Status {
    /// Reads from an archive what its tracker has been doing, up to its last sync.
    ///
    /// ```
    /// let archive = morgue::Archive::in_memory();
    /// assert_eq!(morgue::track::Status::of(&archive)?.stories, 0);
    /// # Ok::<(), morgue::track::Error>(())
    /// ```
    ///
    /// # Errors
    /// Errors of the archive; an archive that was followed by a newer program.
    pub fn of(archive: &Archive) -> Result<Self, Error> {
        let mut status =
            Self { sources: Vec::new(), stories: 0, ended: 0, troubled: Vec::new(), counts: Counts::default() };
        let mut polled: Vec<(String, Polled)> = Vec::new();
        for (name, value) in archive.states(PART)? {
            match name.split_once(':') {
                Some(("poll", url)) => polled.push((url.to_owned(), decode(&name, &value)?)),
                Some(("story", _)) => {
                    let followed: Followed = decode(&name, &value)?;
                    let count = if followed.ended.is_none() { &mut status.stories } else { &mut status.ended };
                    *count += 1;
                }
                Some(("host", host)) => {
                    let Health { failures, not_before } = decode(&name, &value)?;
                    let troubled = not_before.map(|until| Troubled { host: host.to_owned(), failures, until });
                    status.troubled.extend(troubled);
                }
                None if name == "counts" => status.counts = decode(&name, &value)?,
                _ => {}
            }
        }
        for source in Watchlist::of(archive)?.sources() {
            // They come in order of name, and so do these.
            let known = polled.binary_search_by(|(url, _)| url.as_str().cmp(&source.url)).ok();
            let known = known.and_then(|place| polled.get(place)).map(|(_, polled)| polled.clone()).unwrap_or_default();
            status.sources.push(SourceStatus {
                source: source.clone(),
                found: known.kind,
                title: known.title,
                stories: known.stories,
                visited_at: known.at,
                due_at: known.due.filter(|_| known.kind != Some(SourceKind::Story) && !source.paused),
                failure: known.failure,
                failures: known.failures,
            });
        }
        Ok(status)
    }
}
