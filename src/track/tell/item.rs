//! A change, with what there is to say of it.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::archive::{Archive, Change, ChangeKind, Cursor, Error};
use crate::diff::{self, ArticleDiff, Class, Op, Stealth};
use crate::model::{Article, ArticleHash, Capture, Outcome, OutcomeKind, Revision, Selector, StoryKey, Timestamp};

use super::kind::Name;

/// A change, with what there is to say of it. In JSON it has these fields; those that do not apply are left out.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Item {
    /// A name for this change that never changes and that no other has: a URN made of the capture's key, time and content.
    pub id: String,
    /// The place after the change in the feed of the archive.
    pub cursor: Cursor,
    /// The name of the story.
    pub story: StoryKey,
    /// Where it was captured.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The host of the URL.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// The headline, after the change.
    pub headline: String,
    /// The headline before, where the change is from one text to another.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub old_headline: Option<String>,
    /// What the change is.
    pub kind: ChangeKind,
    /// What was seen.
    pub outcome: OutcomeKind,
    /// The number of the revision, as it stands now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revision: Option<u64>,
    /// The number of the revision that it is a change of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub previous: Option<u64>,
    /// The hash of the text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hash: Option<ArticleHash>,
    /// When it was seen.
    pub captured_at: Timestamp,
    /// Where the story has moved to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub moved_to: Option<StoryKey>,
    /// The tags of the story.
    pub tags: Vec<String>,
    /// The change in one line.
    pub summary: String,
    /// How much it matters, from 0 to 1; only of a change from one text to another.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub significance: Option<f64>,
    /// Which kinds of edits it is made of.
    pub classes: BTreeSet<Class>,
    /// Whether a fact changed that the publisher does not own up to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stealth: Option<Stealth>,
    /// Whether it looks as if the page was not read whole, so that it is no edit.
    pub suspect: bool,
    /// Whether the same was seen before, with nothing but failures since: no news.
    pub repeated: bool,
    /// The words that came, in the order of the text.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub added: Vec<String>,
    /// The words that went.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub removed: Vec<String>,
    /// The change from one text to another, in full.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub diff: Option<ArticleDiff>,
    /// The texts that the diff is of.
    #[serde(skip)]
    pub articles: Option<Box<(Article, Article)>>,
}

impl Item {
    /// Reads what there is to say of a change; `None` when it no longer stands, as what came since made another of it.
    ///
    /// Two texts are read and compared where it is a change from one to another.
    ///
    /// ```
    /// use morgue::ChangeKind;
    /// use morgue::track::tell::Item;
    /// use morgue::{Archive, Article, Cursor, Durability, NewCapture, StoryKey};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let archive = Archive::in_memory();
    /// for (day, text) in [("2026-03-01", "At least 17 people died."), ("2026-03-02", "At least 22 people died.")] {
    ///     let article = Article::new("Bridge collapse").with_text(text);
    ///     let capture = NewCapture::article(StoryKey::url("https://news.example/bridge")?, day.parse()?, article);
    ///     archive.ingest(capture, Durability::Buffered)?;
    /// }
    /// let change = archive.changes(Cursor::START).last().expect("there are two")?;
    /// let item = Item::read(&archive, &change, vec!["harbour".to_owned()])?.expect("it stands");
    /// assert_eq!((item.kind, item.summary.as_str()), (ChangeKind::Edit, "17 -> 22 people; no notice"));
    /// assert_eq!(item.host.as_deref(), Some("news.example"));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Archive::compare`].
    pub fn read(archive: &Archive, change: &Change, tags: Vec<String>) -> Result<Option<Self>, Error> {
        let mut item = Self::bare(change, tags);
        if let Some(revision) = &change.revision {
            return Ok(if item.compare(archive, revision)? { Some(item) } else { None });
        }
        item.repeated = match item.kind {
            ChangeKind::Gone | ChangeKind::Moved => is_repeated(&archive.captures(&change.story)?, &change.capture),
            _ => false,
        };
        Ok(Some(item))
    }

    /// What can be said without reading a text.
    fn bare(change: &Change, tags: Vec<String>) -> Self {
        let capture = &change.capture;
        let key = [&capture.key, &change.story].into_iter().find(|key| matches!(key, StoryKey::Url(_)));
        let (kind, moved_to) = (ChangeKind::of(change), moved_to(&capture.outcome));
        let revision = change.revision.as_ref();
        Self {
            id: id(capture),
            cursor: change.cursor,
            story: change.story.clone(),
            url: key.map(|key| key.as_str().to_owned()),
            host: key.and_then(StoryKey::host).map(str::to_owned),
            headline: change.headline.clone(),
            old_headline: None,
            kind,
            outcome: capture.outcome.kind(),
            revision: revision.map(|revision| revision.number),
            previous: None,
            hash: revision.map(|revision| revision.hash),
            captured_at: capture.captured_at,
            summary: summary(kind, &capture.outcome),
            moved_to,
            tags,
            significance: None,
            classes: BTreeSet::new(),
            stealth: None,
            suspect: false,
            repeated: false,
            added: Vec::new(),
            removed: Vec::new(),
            diff: None,
            articles: None,
        }
    }

    /// Compares the revision with the one that it is a change of. Says whether it still stands.
    fn compare(&mut self, archive: &Archive, revision: &Revision) -> Result<bool, Error> {
        let Some(mut previous) = revision.previous else { return Ok(true) };
        let mut number = revision.number;
        let options = diff::Options::default();
        let compare = |old, new| archive.compare(&self.story, &Selector::Number(old), &Selector::Number(new), &options);
        let is_it = |found: &Revision| (found.hash, found.arrival) == (revision.hash, revision.arrival);
        let mut compared = compare(previous, number)?;
        if !compared.as_ref().is_some_and(|compared| is_it(&compared.new.revision)) {
            // Since the feed was read a capture came that renumbered them.
            let all = archive.revisions(&self.story)?;
            let Some(now) = all.iter().find(|found| is_it(found)) else { return Ok(false) };
            let Some(before) = now.previous else { return Ok(false) };
            (number, previous) = (now.number, before);
            compared = compare(previous, number)?.filter(|compared| is_it(&compared.new.revision));
        }
        let Some(compared) = compared else { return Ok(false) };
        (self.revision, self.previous) = (Some(number), Some(previous));
        self.tell(compared.diff, compared.old.article, compared.new.article);
        Ok(true)
    }

    fn tell(&mut self, diff: ArticleDiff, old: Article, new: Article) {
        self.summary = diff.summary.to_string();
        self.significance = Some(diff.summary.significance);
        self.classes = diff.groups.iter().flat_map(|group| group.tags.iter().copied()).collect();
        self.stealth = diff.summary.stealth;
        self.suspect = diff.summary.extraction_suspect;
        for group in diff.groups.iter().filter(|group| group.op != Op::Unchanged) {
            for token in &group.tokens {
                match token.op {
                    diff::Change::Ins => push_words(&mut self.added, &token.text),
                    diff::Change::Del => push_words(&mut self.removed, &token.text),
                    diff::Change::Eq => {}
                }
            }
        }
        self.old_headline = Some(old.headline.clone());
        self.headline = new.headline.clone();
        self.diff = Some(diff);
        self.articles = Some(Box::new((old, new)));
    }

    /// Says whether a name fits.
    pub(super) fn is(&self, name: Name) -> bool {
        let summary = self.diff.as_ref().map(|diff| &diff.summary);
        match name {
            // An edit of typography alone is as little to a reader.
            Name::Kind(ChangeKind::Cosmetic) if summary.is_some_and(|summary| summary.cosmetic_only) => true,
            Name::Kind(kind) => self.kind == kind,
            Name::Class(class) => self.classes.contains(&class),
            Name::Stealth => self.stealth.is_some(),
            Name::Suspect => self.suspect,
        }
    }

    /// What this change is, where that is no news by itself and is told only to those who ask for it by name.
    pub(super) fn quiet(&self) -> Option<Name> {
        match self.kind {
            kind if !kind.is_news() => Some(Name::Kind(kind)),
            _ if self.suspect => Some(Name::Suspect),
            _ if self.is(Name::Kind(ChangeKind::Cosmetic)) => Some(Name::Kind(ChangeKind::Cosmetic)),
            _ if self.diff.as_ref().is_some_and(|diff| diff.summary.boilerplate_only) => {
                Some(Name::Class(Class::Boilerplate))
            }
            _ => None,
        }
    }

    /// How early it stands among others, from 0 to 1. That a story is gone matters as much as the gravest edit.
    pub(super) fn weight(&self) -> f64 {
        self.significance.unwrap_or(match self.kind {
            ChangeKind::Gone => 1.0,
            ChangeKind::Back | ChangeKind::Moved | ChangeKind::Restored => 0.5,
            ChangeKind::First => 0.2,
            _ => 0.0,
        })
    }
}

fn push_words(list: &mut Vec<String>, words: &str) {
    let words = words.trim();
    if !words.is_empty() {
        list.push(words.to_owned());
    }
}

fn moved_to(outcome: &Outcome) -> Option<StoryKey> {
    match outcome {
        Outcome::Moved(to) => Some(to.clone()),
        _ => None,
    }
}

fn summary(kind: ChangeKind, outcome: &Outcome) -> String {
    match (kind, outcome) {
        (ChangeKind::First, _) => "first seen".to_owned(),
        (ChangeKind::Back, _) => "back, with the same text".to_owned(),
        (ChangeKind::Restored, _) => "restored".to_owned(),
        (_, Outcome::Moved(to)) => format!("moved to {to}"),
        (_, Outcome::Unreachable(cause)) => format!("unreachable: {cause}"),
        (_, Outcome::Teaser(_)) => "only a teaser".to_owned(),
        (kind, _) => kind.as_str().to_owned(),
    }
}

/// The same was seen before, and since then nothing but failures; that a page has moved to the same place is said at each visit.
fn is_repeated(captures: &[Capture], capture: &Capture) -> bool {
    let Some(at) = captures.iter().position(|other| other.arrival == capture.arrival) else { return false };
    let mut before = captures.iter().take(at).rev().filter(|other| other.outcome.kind() != OutcomeKind::Unreachable);
    let last = match capture.outcome {
        // What is at the new place is captured as well, under its own key.
        Outcome::Moved(_) => before.find(|other| other.key == capture.key),
        _ => before.next(),
    };
    last.is_some_and(|last| last.outcome == capture.outcome)
}

/// Names a change by its capture, which never changes, whatever is made of it later.
fn id(capture: &Capture) -> String {
    let at = capture.captured_at.as_micros().to_le_bytes();
    urn(&[b"change", &capture.key.sort_bytes(), &at, &capture.digest])
}

/// Returns a UUID of what there is to name, as a URN: version 8 (RFC 9562), of a hash that has the length of each part in it.
pub(super) fn urn(parts: &[&[u8]]) -> String {
    let mut hasher = blake3::Hasher::new();
    for part in parts {
        hasher.update(&(part.len() as u64).to_le_bytes()).update(part);
    }
    let mut bytes = [0; 16];
    hasher.finalize_xof().fill(&mut bytes);
    let number = u128::from_be_bytes(bytes) & !(0xF << 76) & !(0b11 << 62) | (8 << 76) | (0b10 << 62);
    let hex = format!("{number:032x}");
    let part = |from, to| hex.get(from..to).unwrap_or_default();
    format!("urn:uuid:{}-{}-{}-{}-{}", part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32))
}
