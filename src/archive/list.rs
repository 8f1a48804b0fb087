//! Listing and finding stories.

use crate::format::record::{IndexRecord, Role};
use crate::model::{Story, StoryKey, Timestamp};

use super::read::{describe, from_summary};
use super::store::key_of;
use super::{Archive, Error};

/// Which stories to list. The default is all of them.
#[derive(Debug, Clone, Default)]
pub struct StoryFilter {
    /// Only stories with this text in a name or the headline, in any case.
    pub text: Option<String>,
    /// Only stories at this host or one under it.
    pub host: Option<String>,
    /// Only stories captured at or after this time.
    pub since: Option<Timestamp>,
    /// Only stories captured at or before this time.
    pub until: Option<Timestamp>,
    /// Only stories that have changed: that have a revision which is neither first nor cosmetic.
    pub changed: bool,
}

/// The stories that some text may mean.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// None.
    None,
    /// One.
    One(Box<Story>),
    /// Several, in the order of their names.
    Many(Vec<Story>),
}

impl Archive {
    /// Returns the stories that pass a filter, in the order of their names: ids first, then URLs by host.
    ///
    /// Lazy. At its end it counts: an index with fewer stories than there are names ends in an error.
    ///
    /// ```
    /// # use morgue::{Archive, Article, Durability, NewCapture, StoryKey};
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let archive = Archive::in_memory();
    /// # let story = StoryKey::id("bridge")?;
    /// # for (day, headline) in [("2026-03-01", "Bridge closed"), ("2026-03-02", "Bridge open")] {
    /// #     archive.ingest(NewCapture::article(story.clone(), day.parse()?, Article::new(headline)), Durability::Buffered)?;
    /// # }
    /// let filter = morgue::StoryFilter { changed: true, ..Default::default() };
    /// let stories = archive.stories(&filter).collect::<Result<Vec<_>, _>>()?;
    /// assert_eq!(stories[0].story, story);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Errors of the engine, and damage; the iteration ends with them.
    pub fn stories<'a>(&'a self, filter: &'a StoryFilter) -> impl Iterator<Item = Result<Story, Error>> + 'a {
        let text = filter.text.as_deref().map(str::to_lowercase);
        let host = filter.host.as_deref().map(str::to_lowercase);
        self.all_stories().filter(move |story| match story {
            Ok(story) => filter.passes(story, text.as_deref(), host.as_deref()),
            Err(_) => true,
        })
    }

    /// Returns the stories that a text may mean: the one with this URL or id, else all with the text in a name or the headline.
    ///
    /// ```
    /// # use morgue::{Archive, Article, Durability, NewCapture, StoryKey};
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let archive = Archive::in_memory();
    /// # let story = StoryKey::id("bridge")?;
    /// # for (day, headline) in [("2026-03-01", "Bridge closed"), ("2026-03-02", "Bridge open")] {
    /// #     archive.ingest(NewCapture::article(story.clone(), day.parse()?, Article::new(headline)), Durability::Buffered)?;
    /// # }
    /// assert!(matches!(archive.find("open")?, morgue::Found::One(found) if found.story == story));
    /// assert_eq!(archive.find("harbour")?, morgue::Found::None);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Archive::stories`].
    pub fn find(&self, text: &str) -> Result<Found, Error> {
        for key in [StoryKey::parse(text), StoryKey::id(text)].into_iter().flatten() {
            if let Some(story) = self.story(&key)? {
                return Ok(Found::One(Box::new(story)));
            }
        }
        let filter = StoryFilter { text: Some(text.to_owned()), ..StoryFilter::default() };
        let mut stories = self.stories(&filter).collect::<Result<Vec<_>, _>>()?;
        Ok(match (stories.pop(), stories.is_empty()) {
            (None, _) => Found::None,
            (Some(story), true) => Found::One(Box::new(story)),
            (Some(story), false) => {
                stories.push(story);
                Found::Many(stories)
            }
        })
    }

    /// The stories, up to the first error.
    fn all_stories(&self) -> impl Iterator<Item = Result<Story, Error>> + '_ {
        let mut entries = self.whole_index();
        let mut is_over = false;
        std::iter::from_fn(move || {
            while !is_over {
                let story = entries.next()?.and_then(|(sort, record)| self.story_of(&sort, record)).transpose();
                is_over = story.as_ref().is_some_and(Result::is_err);
                if story.is_some() {
                    return story;
                }
            }
            None
        })
    }

    /// The story that an entry of the index names; an alias names none of its own.
    fn story_of(&self, sort: &[u8], record: IndexRecord) -> Result<Option<Story>, Error> {
        let Role::Name { others, summary: Some(summary) } = record.role else { return Ok(None) };
        let name = key_of(sort)?;
        if others.is_empty() {
            return from_summary(&name, Vec::new(), &summary).map(Some);
        }
        // What the entry said may be old: read again.
        let story = self.with_story(&name, |component| Ok((component.name == name).then(|| component.clone())))?;
        story.flatten().map_or(Ok(None), |component| describe(&component))
    }
}

impl StoryFilter {
    fn passes(&self, story: &Story, text: Option<&str>, host: Option<&str>) -> bool {
        let names = || std::iter::once(&story.story).chain(&story.aliases);
        let has_text = |text: &str| {
            names().any(|name| name.as_str().to_lowercase().contains(text))
                || story.headline.to_lowercase().contains(text)
        };
        let is_under = |host: &str| {
            names()
                .filter_map(StoryKey::host)
                .any(|own| own == host || own.strip_suffix(host).is_some_and(|rest| rest.ends_with('.')))
        };
        text.is_none_or(has_text)
            && host.is_none_or(is_under)
            && self.since.is_none_or(|since| story.last_captured >= since)
            && self.until.is_none_or(|until| story.first_captured <= until)
            && (!self.changed || story.changes > 0)
    }
}
