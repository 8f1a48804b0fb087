//! What is known of a story that is followed.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::archive::{self, Archive};
use crate::fetch::{Validators, after};
use crate::model::{ArticleHash, Capture, OutcomeKind, StoryKey, Timestamp};

use super::schedule::{NEVER_THERE, Next, Schedule, Site, Watched};

/// A story that was never seen, as its server has been in trouble, is given up after so many visits: about a month.
const NEVER_REACHED: u32 = 8;

/// What is kept of a story that is followed. When it is to be visited follows from its captures.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Followed {
    /// The URLs of the sources that list it.
    pub(super) sources: BTreeSet<String>,
    pub(super) found_at: Timestamp,
    /// Why it is visited no more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) ended: Option<String>,
    /// What came with the latest article, where its page is not kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) came_with: Option<CameWith>,
}

/// What a server needs to say that an article has not changed, kept where the archive does not keep the page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct CameWith {
    pub(super) hash: ArticleHash,
    pub(super) etag: Option<String>,
    pub(super) last_modified: Option<String>,
}

/// Returns what to give with the next visit of a story, so that the server can say that the article which was seen last has not changed.
///
/// What is wrong with the archive comes to light when the visit is archived.
pub(super) fn validators(archive: &Archive, url: &str, came_with: Option<CameWith>) -> Validators {
    let Ok(key) = StoryKey::url(url) else { return Validators::default() };
    if let Ok(Some(head)) = archive.raw_head_of_article(&key) {
        return head.into();
    }
    let Some(came_with) = came_with else { return Validators::default() };
    let captures = archive.captures(&key).unwrap_or_default();
    let last = captures.iter().rev().find_map(|capture| capture.outcome.article());
    // Somebody else may have archived another one since.
    if last != Some(came_with.hash) {
        return Validators::default();
    }
    Validators { etag: came_with.etag, last_modified: came_with.last_modified }
}

/// What the captures of a story say of its next visit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Seen {
    pub(super) watched: Watched,
    /// How many captures in a row, the last ones, saw no story, and what the last one saw; 0 where it saw one.
    failures: u32,
    outcome: OutcomeKind,
    /// Whether a story was seen, or may be there all the same, as its server has been in trouble.
    may_be_there: bool,
}

impl Seen {
    /// Reads what an archive knows of the story at a URL, and the name of the story; `None` before its first visit.
    pub(super) fn read(archive: &Archive, url: &StoryKey) -> Result<Option<(StoryKey, Self)>, archive::Error> {
        let Some(story) = archive.story(url)? else { return Ok(None) };
        let outcome = story.last_outcome;
        let captures = if is_failure(outcome) { archive.captures(&story.story)? } else { Vec::new() };
        let failures = failures(&captures);
        let was_there = story.revisions > 0 || failures < u32::try_from(story.captures).unwrap_or(u32::MAX);
        let may_be_there = was_there || (failures < NEVER_REACHED && answers(&captures) < NEVER_THERE);
        let watched = Watched::of(&story);
        Ok(Some((story.story, Self { watched, failures, outcome, may_be_there })))
    }

    pub(super) fn next(&self, schedule: &Schedule, site: &Site, stretch: f64) -> Next {
        if self.failures == 0 {
            return schedule.next(&self.watched, site, stretch);
        }
        schedule.again(self.watched.last_visit, self.failures, self.outcome, self.may_be_there)
    }

    /// Why a story is visited no more.
    pub(super) const fn end(&self) -> &'static str {
        match self.outcome {
            _ if self.failures == 0 => "it has not changed for long",
            OutcomeKind::Gone => "it is gone",
            _ if !self.may_be_there => "no story was ever there",
            _ => "it cannot be reached",
        }
    }
}

const fn is_failure(outcome: OutcomeKind) -> bool {
    matches!(outcome, OutcomeKind::Gone | OutcomeKind::Unreachable)
}

/// How many of the captures are of an answer that says something of the page: a server in trouble, or that asks to be left alone, does not.
fn answers(captures: &[Capture]) -> u32 {
    let says = |capture: &&Capture| {
        let status = capture.observation.status;
        capture.outcome.kind() == OutcomeKind::Gone || status.is_some_and(|status| status < 500 && status != 429)
    };
    u32::try_from(captures.iter().filter(says).count()).unwrap_or(u32::MAX)
}

fn failures(captures: &[Capture]) -> u32 {
    let last = captures.iter().rev().take_while(|capture| is_failure(capture.outcome.kind()));
    u32::try_from(last.count()).unwrap_or(u32::MAX)
}

/// Moves a time by up to a tenth of the pause before it, so that what was found together is not visited together for ever. By the URL and
/// the time, so that it is the same in every run.
pub(super) fn jittered(url: &str, from: Timestamp, to: Timestamp) -> Timestamp {
    let pause = u64::try_from(to.as_micros().saturating_sub(from.as_micros())).unwrap_or_default();
    let mut draw = [0; 8];
    blake3::Hasher::new().update(url.as_bytes()).update(&to.as_micros().to_le_bytes()).finalize_xof().fill(&mut draw);
    let share = u64::from_le_bytes(draw) % 1_000;
    after(to, std::time::Duration::from_micros(pause / 10_000 * share))
}
