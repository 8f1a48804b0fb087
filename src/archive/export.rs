//! Everything that was archived, in canonical order.

use std::collections::HashMap;
use std::iter;

use crate::format::pack::Link;
use crate::format::raw::RawHash;
use crate::model::{Alias, Article, ArticleHash, Capture, NewCapture, NewOutcome, Outcome, StoryKey, Timestamp};

use super::ahead::Ahead;
use super::component::{Known, Loaded};
use super::facts::{Facts, unit_of};
use super::raw::by_capture;
use super::read::{Texts, parse};
use super::store::{Rows, Store, key_of};
use super::{Archive, Error};

/// A primary fact, as [`Archive::export`] yields it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Exported {
    /// A capture, ready to be archived elsewhere.
    Capture(Box<NewCapture>),
    /// The fact that one key names the story of another, or that it was decided not to.
    Alias(Alias),
}

impl Archive {
    /// Returns every primary fact of the archive, or of some stories, in canonical order.
    ///
    /// Key by key in the order of [`StoryKey::sort_bytes`]: first the alias facts of the key by their targets, then its captures in their
    /// order. Two archives hold the same facts exactly when they export the same sequence, in whatever order the facts came. Lazy:
    /// memory does not grow with the archive.
    ///
    /// ```
    /// use morgue::{Archive, Article, Durability, Exported, NewCapture, StoryKey};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let (one, other) = (Archive::in_memory(), Archive::in_memory());
    /// let capture = NewCapture::article(StoryKey::id("bridge")?, "2026-03-01".parse()?, Article::new("Closed"));
    /// one.ingest(capture, Durability::Buffered)?;
    /// for fact in one.export(&[])? {
    ///     match fact? {
    ///         Exported::Capture(capture) => drop(other.ingest(*capture, Durability::Buffered)?),
    ///         Exported::Alias(alias) => drop(other.add_alias_fact(&alias, Durability::Buffered)?),
    ///         _ => {}
    ///     }
    /// }
    /// assert_eq!(other.stats()?.captures, 1);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::NoStory`] for a story that is not there; errors of the engine, and damage. After an error the rest of that key's
    /// captures is left out and the next key follows, so that what is whole can be saved.
    pub fn export(&self, stories: &[StoryKey]) -> Result<impl Iterator<Item = Result<Exported, Error>> + '_, Error> {
        let mut chosen: Vec<StoryKey> = Vec::new();
        for story in stories {
            let keys = self.with_story(story, |component| Ok(component.keys.clone()))?;
            let keys = keys.ok_or_else(|| Error::NoStory(story.clone()))?;
            chosen.extend(keys.into_iter().map(|known| known.key));
        }
        chosen.sort();
        chosen.dedup();
        let all = stories.is_empty().then(|| self.all_facts()).into_iter().flatten();
        Ok(chosen.into_iter().flat_map(|key| self.facts_of(key)).chain(all))
    }

    /// The facts of all keys, read ahead.
    fn all_facts(&self) -> impl Iterator<Item = Result<Exported, Error>> + '_ {
        let units = self.whole_index().map(|entry| entry.map(|(sort, record)| unit_of(sort, record)));
        Ahead::new(self.store(), units, true).flat_map(|done| -> Box<dyn Iterator<Item = _> + '_> {
            let read = done
                .and_then(|(unit, parts)| Ok((key_of(&unit.sort)?, parts.and_then(Facts::join).filter(is_complete))));
            match read {
                Ok((key, Some(facts))) => Box::new(exported(self.store(), key, facts)),
                // Something is damaged, or has changed meanwhile.
                Ok((key, None)) => Box::new(self.facts_of(key)),
                Err(error) => Box::new(iter::once(Err(error))),
            }
        })
    }

    /// The facts of one key, read by itself.
    pub(super) fn facts_of(&self, key: StoryKey) -> Box<dyn Iterator<Item = Result<Exported, Error>> + '_> {
        match self.stored_facts(key) {
            Ok(facts) => Box::new(facts),
            Err(error) => Box::new(iter::once(Err(error))),
        }
    }

    /// The facts of one key: aliases first, then captures in their order.
    fn stored_facts(&self, key: StoryKey) -> Result<impl Iterator<Item = Result<Exported, Error>> + use<'_>, Error> {
        let loaded = self.load_key(&key)?;
        let aliases = loaded.aliases();
        let raws = by_capture(&loaded.raws());
        let captures = loaded.captures.clone();
        let texts = Texts::of(self.store(), loaded);
        let links = aliases.links().into_iter();
        let aliases = links.map(move |link| Ok(told(&key, link)));
        Ok(aliases.chain(
            captures
                .into_iter()
                .flat_map(move |capture| to_new(self.store(), capture, &raws, |hash| parse(&texts.read(&hash)?))),
        ))
    }

    /// Reads all that there is of one key, whatever story it belongs to.
    pub(super) fn load_key(&self, key: &StoryKey) -> Result<Loaded, Error> {
        self.attempt(key, || {
            let Some(record) = self.store().index(key)? else { return Ok(Loaded::default()) };
            let known = Known::of(key.clone(), record.clone());
            Loaded::read(self.store(), &[known]).map_err(|error| match self.store().index(key) {
                Ok(now) if now.as_ref() != Some(&record) => crate::engine::Error::Conflict.into(),
                _ => error,
            })
        })
    }
}

/// Says whether every text is there that a capture saw.
fn is_complete(facts: &Facts) -> bool {
    facts.captures.iter().filter_map(|capture| capture.outcome.text_hash()).all(|hash| facts.texts.contains_key(&hash))
}

/// The facts of one key, whose texts have been read.
fn exported(
    store: &Store,
    key: StoryKey,
    Facts { aliases, raws, captures, texts, .. }: Facts,
) -> impl Iterator<Item = Result<Exported, Error>> + '_ {
    let raws = by_capture(&raws);
    let aliases = aliases.links().into_iter().map(move |link| Ok(told(&key, link)));
    aliases.chain(captures.into_iter().flat_map(move |capture| {
        let article = |hash| parse(texts.get(&hash).map(|text| &**text).unwrap_or_default());
        to_new(store, capture, &raws, article)
    }))
}

fn told(key: &StoryKey, Link { of, dates }: Link) -> Exported {
    Exported::Alias(Alias { alias: key.clone(), of, dates })
}

/// Pages by the captures beside which they were kept.
type Raws = HashMap<(Timestamp, [u8; 8]), Vec<RawHash>>;

/// A capture as it is told: once, or once for each page where it has several.
fn to_new(
    store: &Store,
    capture: Capture,
    raws: &Raws,
    article: impl Fn(ArticleHash) -> Result<Article, Error>,
) -> Vec<Result<Exported, Error>> {
    let (key, at, sort) = (capture.key.clone(), capture.captured_at, capture.key.sort_bytes());
    let hashes = raws.get(&(at, capture.digest)).cloned().unwrap_or_default();
    let in_place = |error: Error| error.in_story(&key).at(at);
    let new = match without_page(capture, article) {
        Ok(new) => new,
        Err(error) => return vec![Err(in_place(error))],
    };
    if hashes.is_empty() {
        return vec![Ok(Exported::Capture(Box::new(new)))];
    }
    let with_page = |hash| {
        let page = store.raw_page(&sort, hash).map_err(in_place)?;
        Ok(Exported::Capture(Box::new(NewCapture { raw: Some(page), ..new.clone() })))
    };
    hashes.into_iter().map(with_page).collect()
}

fn without_page(
    capture: Capture,
    article: impl Fn(ArticleHash) -> Result<Article, Error>,
) -> Result<NewCapture, Error> {
    let outcome = match capture.outcome {
        Outcome::Article(hash) => NewOutcome::Article(article(hash)?),
        Outcome::Teaser(hash) => NewOutcome::Teaser(article(hash)?),
        Outcome::NotModified => NewOutcome::NotModified,
        Outcome::Gone => NewOutcome::Gone,
        Outcome::Moved(to) => NewOutcome::Moved(to),
        Outcome::Unreachable(cause) => NewOutcome::Unreachable(cause),
    };
    let Capture { key, captured_at, observation, .. } = capture;
    Ok(NewCapture { observation, ..NewCapture::new(key, captured_at, outcome) })
}
