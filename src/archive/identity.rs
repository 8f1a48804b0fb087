//! Which names are of one story: what pages said of it, and what people decided.

use std::collections::BTreeSet;

use crate::engine::Durability;
use crate::model::{Alias, AliasDates, StoryKey, Timestamp};

use super::component::{Loaded, link};
use super::ingest::Written;
use super::transaction::Transaction;
use super::{Archive, Error};

impl Archive {
    /// Returns the alias facts of all keys of a story, those that do not hold as well: in the order of the alias, then of what it
    /// names. Empty when the archive does not know the story.
    ///
    /// A fact that was [split](Archive::split_story) is told with the story that its alias is of.
    ///
    /// ```
    /// use morgue::{Archive, Article, Durability, NewCapture, StoryKey};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let archive = Archive::in_memory();
    /// let story = StoryKey::url("https://news.example/bridge")?;
    /// let mut capture = NewCapture::article(story.clone(), "2026-03-01".parse()?, Article::new("Closed"));
    /// capture.aliases.push(StoryKey::url("https://amp.news.example/bridge")?);
    /// archive.ingest(capture, Durability::Synced)?;
    /// let facts = archive.aliases(&story)?;
    /// assert_eq!(facts[0].dates.since, Some("2026-03-01".parse()?));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Errors of the engine, and damage.
    pub fn aliases(&self, key: &StoryKey) -> Result<Vec<Alias>, Error> {
        let facts = self.with_story(key, |component| {
            let aliases = Loaded::read(self.store(), &component.keys)?.aliases();
            let fact = |(alias, of, dates): (&StoryKey, &StoryKey, AliasDates)| Alias {
                alias: alias.clone(),
                of: of.clone(),
                dates,
            };
            Ok(aliases.iter().map(fact).collect())
        })?;
        Ok(facts.unwrap_or_default())
    }

    /// Decides that two keys are of one story; returns false when they were so by decision already. `at` is the time of the decision,
    /// by the caller's clock; one that was made before about the same keys is overruled in any case.
    ///
    /// [`Archive::split_story`] undoes it.
    ///
    /// ```
    /// # use morgue::{Archive, Article, Durability, NewCapture, StoryKey};
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let archive = Archive::in_memory();
    /// let (old, new) = (StoryKey::id("old slug")?, StoryKey::id("new slug")?);
    /// for (key, day) in [(&old, "2026-03-01"), (&new, "2026-03-02")] {
    ///     archive.ingest(NewCapture::article(key.clone(), day.parse()?, Article::new("Closed")), Durability::Buffered)?;
    /// }
    /// archive.merge_stories(&old, &new, "2026-03-03".parse()?, Durability::Synced)?;
    /// assert_eq!(archive.captures(&new)?.len(), 2);
    /// archive.split_story(&old, None, "2026-03-04".parse()?, Durability::Synced)?;
    /// assert_eq!(archive.captures(&new)?.len(), 1);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::NoStory`] for a key that the archive does not know; as [`Archive::ingest`].
    pub fn merge_stories(
        &self,
        alias: &StoryKey,
        of: &StoryKey,
        at: Timestamp,
        durability: Durability,
    ) -> Result<bool, Error> {
        for key in [alias, of] {
            self.with_story(key, |_| Ok(()))?.ok_or_else(|| Error::NoStory(key.clone()))?;
        }
        let known = self.aliases(alias)?.into_iter().find(|fact| fact.alias == *alias && fact.of == *of);
        let dates = known.map(|fact| fact.dates).unwrap_or_default();
        if dates.merged_at.is_some() && dates.holds() {
            return Ok(false);
        }
        let after = dates.split_at.and_then(|split| Timestamp::from_micros(split.as_micros() + 1));
        let dates = AliasDates::merged(after.map_or(at, |after| after.max(at)));
        self.add_alias_fact(&Alias { alias: alias.clone(), of: of.clone(), dates }, durability)
    }

    /// Decides that a key is not of the story that it is of: every alias fact that connects it directly with another key of the
    /// story, or with `from` alone, holds no more. Returns these facts as they were; none when there are no such.
    ///
    /// The key may still be of the story when only `from` was cut off and others connect them. What pages say later does not
    /// overrule the decision; [`Archive::merge_stories`] does.
    ///
    /// # Errors
    /// [`Error::NoStory`] when the archive does not know the key; as [`Archive::ingest`].
    pub fn split_story(
        &self,
        key: &StoryKey,
        from: Option<&StoryKey>,
        at: Timestamp,
        durability: Durability,
    ) -> Result<Vec<Alias>, Error> {
        self.writable()?;
        let (cut, written) = self.attempt(key, || {
            let keys = self.with_story(key, |component| Ok(component.keys.clone()))?;
            let keys = keys.ok_or_else(|| Error::NoStory(key.clone()))?;
            let names: BTreeSet<&StoryKey> = keys.iter().map(|known| &known.key).collect();
            let mut transaction = Transaction::new(self.store());
            let mut cut = Vec::new();
            for (alias, of, dates) in Loaded::read(self.store(), &keys)?.aliases().iter() {
                let other = if alias == key { of } else { alias };
                let is_asked_for = [alias, of].contains(&key) && from.is_none_or(|from| from == other);
                if !is_asked_for || !dates.holds() || !names.contains(other) {
                    continue;
                }
                let fact = Alias { alias: alias.clone(), of: of.clone(), dates };
                // Of two decisions at one moment, the one to split counts.
                let split = AliasDates::split(dates.merged_at.map_or(at, |merged| merged.max(at)));
                link(&mut transaction, &Alias { dates: split, ..fact.clone() })?;
                cut.push(fact);
            }
            let written = if cut.is_empty() { Written::default() } else { self.commit_one(transaction)? };
            Ok((cut, written))
        })?;
        if durability == Durability::Synced {
            self.flush()?;
        }
        self.upkeep(written)?;
        Ok(cut)
    }
}
