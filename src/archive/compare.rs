//! What changed between two revisions.

use crate::diff::{self, ArticleDiff};
use crate::model::{Memento, Selector, StoryKey};

use super::read::select;
use super::{Archive, Error};

/// Two mementos of a story and what changed from the one to the other.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Comparison {
    /// What the story said first.
    pub old: Memento,
    /// What it said then.
    pub new: Memento,
    /// What changed.
    pub diff: ArticleDiff,
}

impl Archive {
    /// Compares two revisions of a story; `None` when the story lacks either.
    ///
    /// Where `options` does not say when they were modified, the publisher's claims in the archive do.
    ///
    /// ```
    /// use morgue::{Archive, Article, Durability, NewCapture, Selector, StoryKey, diff};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let archive = Archive::in_memory();
    /// let story = StoryKey::id("bridge")?;
    /// for (day, headline) in [("2026-03-01", "Bridge closed"), ("2026-03-02", "Bridge open")] {
    ///     archive.ingest(NewCapture::article(story.clone(), day.parse()?, Article::new(headline)), Durability::Buffered)?;
    /// }
    /// let changed = archive.compare(&story, &Selector::First, &Selector::Latest, &diff::Options::default())?;
    /// assert!(changed.expect("both are there").diff.summary.headline_changed);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Archive::memento`].
    pub fn compare(
        &self,
        story: &StoryKey,
        old: &Selector,
        new: &Selector,
        options: &diff::Options,
    ) -> Result<Option<Comparison>, Error> {
        // One reading for both, so that a capture that comes in between cannot move the one against the other.
        let found = self.with_story(story, |component| {
            let outline = component.outline(self.store())?;
            let select = |selector| select(self.store(), component, &outline, selector);
            Ok(select(old)?.zip(select(new)?))
        })?;
        let Some((old, new)) = found.flatten() else { return Ok(None) };
        let mut options = options.clone();
        options.old_modified_at = options.old_modified_at.or(old.revision.modified_at);
        options.new_modified_at = options.new_modified_at.or(new.revision.modified_at);
        let diff = diff::compare(&old.article, &new.article, &options);
        Ok(Some(Comparison { old, new, diff }))
    }
}
