//! Everything that was archived, in canonical order.

use crate::engine::{Order, Row, prefix_range};
use crate::format::codec;
use crate::format::key::{self, ALIASES, INDEX, KeyNumber};
use crate::format::record::IndexRecord;
use crate::model::{Capture, NewCapture, NewOutcome, Outcome, StoryKey};

use super::read::parse;
use super::store::{Rows, captures_of, keyspace};
use super::texts::TextReader;
use super::{Archive, Error};

/// A primary fact, as [`Archive::export`] yields it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Exported {
    /// A capture, ready to be archived elsewhere.
    Capture(Box<NewCapture>),
    /// The fact that one key names the story of another.
    Alias {
        /// The other name.
        alias: StoryKey,
        /// A key of the story that it names.
        story: StoryKey,
    },
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
    ///         Exported::Alias { alias, story } => drop(other.add_alias(&alias, &story, Durability::Buffered)?),
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
        let mut chosen: Vec<(StoryKey, KeyNumber)> = Vec::new();
        for story in stories {
            let keys = self.with_story(story, |component| Ok(component.keys.clone()))?;
            chosen.extend(keys.ok_or_else(|| Error::NoStory(story.clone()))?);
        }
        chosen.sort_by(|(a, _), (b, _)| a.cmp(b));
        chosen.dedup();
        let all = stories.is_empty().then(|| self.engine().scan(keyspace(INDEX), Order::Ascending));
        let all = all.into_iter().flatten().map(|row| self.key_of(row?));
        let keys = chosen.into_iter().map(Ok).chain(all);
        Ok(keys.flat_map(|key| -> Box<dyn Iterator<Item = Result<Exported, Error>> + '_> {
            match key {
                Ok((key, number)) => Box::new(self.facts_of(key, number)),
                Err(error) => Box::new(std::iter::once(Err(error))),
            }
        }))
    }

    fn key_of(&self, (key, value): Row) -> Result<(StoryKey, KeyNumber), Error> {
        let record: IndexRecord = codec::decode(&key, &value)?;
        let name = self.engine().key_numbered(record.number)?;
        if key::index(&name) == key {
            return Ok((name, record.number));
        }
        Err(Error::damaged("the index leads to another story").in_story(&name))
    }

    fn facts_of(&self, key: StoryKey, number: KeyNumber) -> impl Iterator<Item = Result<Exported, Error>> + '_ {
        let aliases = match self.targets_of(&key, number) {
            Ok(targets) => targets.into_iter().map(|story| Ok(Exported::Alias { alias: key.clone(), story })).collect(),
            Err(error) => vec![Err(error)],
        };
        let mut reader = TextReader::new(self.engine(), number);
        let captures = captures_of(self.engine(), number, key).map(move |capture| {
            let capture = capture?;
            let (name, at) = (capture.key.clone(), capture.captured_at);
            to_new(capture, &mut reader).map_err(|error| error.in_story(&name).at(at))
        });
        aliases.into_iter().chain(captures)
    }

    fn targets_of(&self, key: &StoryKey, number: KeyNumber) -> Result<Vec<StoryKey>, Error> {
        let range = prefix_range(&key::numbered(ALIASES, number));
        let mut targets = Vec::new();
        for row in self.engine().scan(range, Order::Ascending) {
            let (_, target) = key::parse_alias(&row?.0)?;
            targets.push(self.engine().key_numbered(target).map_err(|error| error.in_story(key))?);
        }
        targets.sort();
        Ok(targets)
    }
}

fn to_new<R: Rows + ?Sized>(capture: Capture, reader: &mut TextReader<'_, R>) -> Result<Exported, Error> {
    let mut article = |hash| parse(&reader.read(&hash)?);
    let outcome = match capture.outcome {
        Outcome::Article(hash) => NewOutcome::Article(article(hash)?),
        Outcome::Teaser(hash) => NewOutcome::Teaser(article(hash)?),
        Outcome::NotModified => NewOutcome::NotModified,
        Outcome::Gone => NewOutcome::Gone,
        Outcome::Moved(to) => NewOutcome::Moved(to),
        Outcome::Unreachable(cause) => NewOutcome::Unreachable(cause),
    };
    let Capture { key, captured_at, observation, .. } = capture;
    Ok(Exported::Capture(Box::new(NewCapture { key, aliases: Vec::new(), captured_at, outcome, observation })))
}
