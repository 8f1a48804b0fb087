//! Reading stories, captures, revisions and articles. Whatever is returned has been verified.

use std::collections::HashMap;

use crate::format::record::{LatestRecord, SummaryRecord, outcome_kind};
use crate::model::Article;
use crate::model::{ArticleHash, Capture, Memento, Revision, Selector, Story, StoryKey, TimeMap, Timestamp};
use crate::text::{canonical_headline, parse_canonical};

use super::component::{Component, Loaded};
use super::outline::Outline;
use super::prepare::shorten;
use super::store::Store;
use super::{Archive, Error};

impl Archive {
    /// Returns what is known of a story at a glance; `None` when there is no capture of it.
    ///
    /// ```
    /// # use morgue::{Archive, Article, Durability, NewCapture, StoryKey};
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let archive = Archive::in_memory();
    /// # let story = StoryKey::id("bridge")?;
    /// # for (day, headline) in [("2026-03-01", "Bridge closed"), ("2026-03-02", "Bridge open")] {
    /// #     archive.ingest(NewCapture::article(story.clone(), day.parse()?, Article::new(headline)), Durability::Buffered)?;
    /// # }
    /// let known = archive.story(&story)?.expect("it was just archived");
    /// assert_eq!((known.headline.as_str(), known.captures, known.changes), ("Bridge open", 2, 1));
    /// assert!(archive.story(&StoryKey::id("harbour")?)?.is_none());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Errors of the engine, and damage.
    pub fn story(&self, key: &StoryKey) -> Result<Option<Story>, Error> {
        self.with_story(key, describe).map(Option::flatten)
    }

    /// Returns all captures of a story, oldest first; empty when there is none.
    ///
    /// ```
    /// # use morgue::{Archive, Article, Durability, NewCapture, StoryKey};
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let archive = Archive::in_memory();
    /// # let story = StoryKey::id("bridge")?;
    /// # for (day, headline) in [("2026-03-01", "Bridge closed"), ("2026-03-02", "Bridge open")] {
    /// #     archive.ingest(NewCapture::article(story.clone(), day.parse()?, Article::new(headline)), Durability::Buffered)?;
    /// # }
    /// let times: Vec<String> = archive.captures(&story)?.iter().map(|capture| capture.captured_at.date()).collect();
    /// assert_eq!(times, ["2026-03-01", "2026-03-02"]);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Errors of the engine, and damage: also when captures are missing that the index counts.
    pub fn captures(&self, key: &StoryKey) -> Result<Vec<Capture>, Error> {
        self.with_story(key, |component| component.captures(self.store())).map(Option::unwrap_or_default)
    }

    /// Returns the revisions of a story, oldest first; empty when there is none.
    ///
    /// ```
    /// use morgue::{Archive, Article, Durability, NewCapture, RevisionKind, StoryKey};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let archive = Archive::in_memory();
    /// let story = StoryKey::id("bridge")?;
    /// for (day, headline) in [("2026-03-01", "“Closed”"), ("2026-03-02", "\"Closed\""), ("2026-03-03", "Open")] {
    ///     let capture = NewCapture::article(story.clone(), day.parse()?, Article::new(headline));
    ///     archive.ingest(capture, Durability::Buffered)?;
    /// }
    /// let kinds: Vec<RevisionKind> = archive.revisions(&story)?.iter().map(|revision| revision.kind).collect();
    /// assert_eq!(kinds, [RevisionKind::First, RevisionKind::Cosmetic, RevisionKind::Edit]);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Archive::captures`].
    pub fn revisions(&self, key: &StoryKey) -> Result<Vec<Revision>, Error> {
        let revisions = self.with_story(key, |component| Ok(component.outline(self.store())?.revisions.clone()))?;
        Ok(revisions.unwrap_or_default())
    }

    /// Returns the list of a story's mementos; `None` when the archive does not know the story.
    ///
    /// ```
    /// # use morgue::{Archive, Article, Durability, NewCapture, StoryKey};
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let archive = Archive::in_memory();
    /// # let story = StoryKey::id("bridge")?;
    /// # for (day, headline) in [("2026-03-01", "Bridge closed"), ("2026-03-02", "Bridge open")] {
    /// #     archive.ingest(NewCapture::article(story.clone(), day.parse()?, Article::new(headline)), Durability::Buffered)?;
    /// # }
    /// let timemap = archive.timemap(&story)?.expect("it was just archived");
    /// assert_eq!(timemap.mementos.len(), 2);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Archive::captures`].
    pub fn timemap(&self, key: &StoryKey) -> Result<Option<TimeMap>, Error> {
        self.with_story(key, |component| {
            let mementos = component.outline(self.store())?.revisions.clone();
            Ok(TimeMap { story: component.name.clone(), mementos })
        })
    }

    /// Returns the memento that a selector means; `None` when the story has none such.
    ///
    /// ```
    /// use morgue::{Archive, Article, Durability, NewCapture, Selector, StoryKey};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let archive = Archive::in_memory();
    /// let story = StoryKey::id("bridge")?;
    /// let capture = NewCapture::article(story.clone(), "2026-03-01T08:00:00Z".parse()?, Article::new("Closed"));
    /// archive.ingest(capture, Durability::Buffered)?;
    /// let at = |text: &str| archive.memento(&story, &text.parse::<Selector>().expect("a selector"));
    /// assert_eq!(at("@2026-03-01")?.expect("it is in force").article.headline, "Closed");
    /// assert!(at("@2026-02-28")?.is_none());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Archive::captures`].
    pub fn memento(&self, key: &StoryKey, selector: &Selector) -> Result<Option<Memento>, Error> {
        let found = self.with_story(key, |component| {
            let outline = component.outline(self.store())?;
            select(self.store(), component, &outline, selector)
        })?;
        Ok(found.flatten())
    }

    /// Returns an article of a story by its hash, in canonical form.
    ///
    /// ```
    /// # use morgue::{Archive, Article, Durability, NewCapture, StoryKey};
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let archive = Archive::in_memory();
    /// # let story = StoryKey::id("bridge")?;
    /// # for (day, headline) in [("2026-03-01", "Bridge closed"), ("2026-03-02", "Bridge open")] {
    /// #     archive.ingest(NewCapture::article(story.clone(), day.parse()?, Article::new(headline)), Durability::Buffered)?;
    /// # }
    /// let latest = archive.revisions(&story)?.pop().expect("there are two");
    /// assert_eq!(archive.article(&story, &latest.hash)?.headline, "Bridge open");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::NoStory`] when the archive does not know the story; damage, also when no such text is there.
    pub fn article(&self, key: &StoryKey, hash: &ArticleHash) -> Result<Article, Error> {
        parse(&self.canonical_text(key, hash)?)
    }

    /// Returns the canonical text that a hash names: the very bytes that were hashed.
    ///
    /// ```
    /// # use morgue::{Archive, Article, Durability, NewCapture, StoryKey};
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let archive = Archive::in_memory();
    /// # let story = StoryKey::id("bridge")?;
    /// # for (day, headline) in [("2026-03-01", "Bridge closed"), ("2026-03-02", "Bridge open")] {
    /// #     archive.ingest(NewCapture::article(story.clone(), day.parse()?, Article::new(headline)), Durability::Buffered)?;
    /// # }
    /// let latest = archive.revisions(&story)?.pop().expect("there are two");
    /// let text = archive.canonical_text(&story, &latest.hash)?;
    /// assert_eq!(text, "morgue-article 1\nheadline: Bridge open\n");
    /// assert_eq!(morgue::ArticleHash::of(text.as_bytes()), latest.hash);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Archive::article`].
    pub fn canonical_text(&self, key: &StoryKey, hash: &ArticleHash) -> Result<String, Error> {
        let text = self.with_story(key, |component| component.load(self.store())?.text(self.store(), hash))?;
        text.ok_or_else(|| Error::NoStory(key.clone()))
    }

    /// Returns articles of a story by their hashes, one after the other.
    ///
    /// Cheapest newest first, as older texts are packed against newer ones. After an error the others are still read.
    ///
    /// ```
    /// # use morgue::{Archive, Article, Durability, NewCapture, StoryKey};
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let archive = Archive::in_memory();
    /// # let story = StoryKey::id("bridge")?;
    /// # for (day, headline) in [("2026-03-01", "Bridge closed"), ("2026-03-02", "Bridge open")] {
    /// #     archive.ingest(NewCapture::article(story.clone(), day.parse()?, Article::new(headline)), Durability::Buffered)?;
    /// # }
    /// let hashes: Vec<_> = archive.revisions(&story)?.into_iter().rev().map(|revision| revision.hash).collect();
    /// let articles = archive.articles(&story, hashes)?.collect::<Result<Vec<_>, _>>()?;
    /// assert_eq!(articles[1].headline, "Bridge closed");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Archive::captures`] at once, and as [`Archive::article`] for each.
    pub fn articles<'a>(
        &'a self,
        key: &StoryKey,
        hashes: impl IntoIterator<Item = ArticleHash> + 'a,
    ) -> Result<impl Iterator<Item = Result<Article, Error>> + 'a, Error> {
        let loaded = self.with_story(key, |component| Ok((component.name.clone(), component.load(self.store())?)))?;
        let (name, loaded) = loaded.ok_or_else(|| Error::NoStory(key.clone()))?;
        let texts = Texts::of(self.store(), loaded);
        Ok(hashes
            .into_iter()
            .map(move |hash| texts.read(&hash).and_then(|text| parse(&text)).map_err(|error| error.in_story(&name))))
    }

    /// Reads a story, again from the start while it is being written to.
    pub(super) fn with_story<T>(
        &self,
        key: &StoryKey,
        read: impl Fn(&Component) -> Result<T, Error>,
    ) -> Result<Option<T>, Error> {
        self.attempt(key, || {
            let Some(component) = Component::resolve(self.store(), key)? else { return Ok(None) };
            read(&component).map(Some).map_err(|error| error.in_story(&component.name))
        })
    }
}

/// The memento that a selector means, from all that is known of a story.
pub(super) fn select(
    store: &Store,
    component: &Component,
    outline: &Outline,
    selector: &Selector,
) -> Result<Option<Memento>, Error> {
    let Some(revision) = selector.select(&outline.revisions) else { return Ok(None) };
    let article = outline
        .read_text(store, component, &revision.hash, parse)
        .map_err(|error| error.at(revision.first_captured))?;
    Ok(Some(Memento { story: component.name.clone(), revision: revision.clone(), article }))
}

/// The texts of a story, found by a table: a long story has thousands.
pub(super) struct Texts<'a> {
    store: &'a Store,
    loaded: Loaded,
    /// The place of the section that has a text, and the text's place in it.
    places: HashMap<ArticleHash, (usize, usize)>,
}

impl<'a> Texts<'a> {
    pub(super) fn of(store: &'a Store, loaded: Loaded) -> Self {
        let mut places = HashMap::new();
        for (place, (pack, section)) in loaded.sections().enumerate() {
            places.extend(pack.texts_of(section).iter().enumerate().map(|(at, text)| (text.hash, (place, at))));
        }
        Self { store, loaded, places }
    }

    pub(super) fn has(&self, hash: &ArticleHash) -> bool {
        self.places.contains_key(hash)
    }

    /// Returns a text, verified.
    pub(super) fn read(&self, hash: &ArticleHash) -> Result<String, Error> {
        let place = self.places.get(hash).and_then(|(place, at)| Some((self.loaded.section(*place)?, *at)));
        let text = place.and_then(|((pack, section), at)| Some((pack, pack.texts_of(section).get(at)?)));
        match text.and_then(|(pack, text)| self.store.text(pack, text).ok()) {
            Some(text) => Ok(text),
            // Missing or damaged: the slow way looks everywhere and says what is wrong.
            None => self.loaded.text(self.store, hash),
        }
    }
}

pub(super) fn parse(text: &str) -> Result<Article, Error> {
    parse_canonical(text).map_err(|error| Error::damaged(error.to_string()))
}

/// The headline of a text, as the index holds it.
pub(super) fn headline(text: &str) -> Result<String, Error> {
    let headline = canonical_headline(text).map_err(|error| Error::damaged(error.to_string()))?;
    Ok(shorten(headline.to_owned()))
}

/// The public account of a story; `None` while it has no capture.
pub(super) fn describe(component: &Component) -> Result<Option<Story>, Error> {
    let Some(summary) = &component.summary else { return Ok(None) };
    let mut aliases: Vec<StoryKey> =
        component.keys.iter().map(|known| &known.key).filter(|key| **key != component.name).cloned().collect();
    aliases.sort();
    from_summary(&component.name, aliases, summary).map(Some)
}

pub(super) fn from_summary(name: &StoryKey, aliases: Vec<StoryKey>, summary: &SummaryRecord) -> Result<Story, Error> {
    let damaged = || Error::damaged("the summary in the index is malformed").in_story(name);
    let time = |micros: i64| Timestamp::from_micros(micros).ok_or_else(damaged);
    let latest = summary.latest.as_ref();
    Ok(Story {
        story: name.clone(),
        aliases,
        headline: latest.map(|latest| latest.headline.clone()).unwrap_or_default(),
        first_captured: time(summary.first_captured)?,
        last_captured: time(summary.last_captured)?,
        last_changed: latest.map(|latest| time(latest.last_changed)).transpose()?,
        captures: summary.captures,
        revisions: summary.revisions,
        changes: summary.changes,
        published_at: latest
            .and_then(|LatestRecord { published_at, .. }| *published_at)
            .and_then(Timestamp::from_micros),
        last_outcome: outcome_kind(summary.last_outcome).ok_or_else(damaged)?,
    })
}
