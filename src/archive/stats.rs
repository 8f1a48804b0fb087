//! How much there is.

use std::collections::HashMap;

use serde::Serialize;

use crate::format::FORMAT_VERSION;
use crate::format::pack::{Pack, Section};
use crate::format::record::{IndexRecord, Role};
use crate::model::ArticleHash;

use super::ahead::{Ahead, Part, Unit};
use super::store::key_of;
use super::{Archive, Error};

/// How much there is in an archive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Stats {
    /// Stories with at least one capture.
    pub stories: u64,
    /// Captures.
    pub captures: u64,
    /// Revisions.
    pub revisions: u64,
    /// Different texts, each counted once a key: articles and teasers.
    pub articles: u64,
    /// The length of these texts in canonical form, in bytes.
    pub bytes_text: u64,
    /// What the archive takes on disk, in bytes; 0 in memory.
    pub bytes_disk: u64,
    /// The version of the format.
    pub format_version: u32,
    /// The name of the engine.
    pub engine: String,
}

impl Archive {
    /// Counts what is in the archive. Reads every row of the index and every pack, and unpacks no text.
    ///
    /// ```
    /// # use morgue::{Archive, Article, Durability, NewCapture, StoryKey};
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let archive = Archive::in_memory();
    /// # let story = StoryKey::id("bridge")?;
    /// # for (day, headline) in [("2026-03-01", "Bridge closed"), ("2026-03-02", "Bridge open")] {
    /// #     archive.ingest(NewCapture::article(story.clone(), day.parse()?, Article::new(headline)), Durability::Buffered)?;
    /// # }
    /// let stats = archive.stats()?;
    /// assert_eq!((stats.stories, stats.captures, stats.articles), (1, 2, 2));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Errors of the engine, and damage.
    pub fn stats(&self) -> Result<Stats, Error> {
        let engine = self.engine();
        let mut stats = Stats {
            stories: 0,
            captures: 0,
            revisions: 0,
            articles: 0,
            bytes_text: 0,
            bytes_disk: engine.size_on_disk()?,
            format_version: FORMAT_VERSION,
            engine: engine.name().to_owned(),
        };
        let units = self.whole_index().map(|entry| entry.map(|(sort, record)| counted(sort, record)));
        for done in Ahead::new(self.store(), units, |_, pack, section, _| Ok(Lengths::of(pack, section))) {
            let ((sort, counts), parts) = done?;
            if let Some((captures, revisions)) = counts {
                stats.stories += 1;
                stats.captures += captures;
                stats.revisions += revisions;
            }
            let texts: HashMap<ArticleHash, u64> = match parts {
                Some(parts) => parts.into_iter().flat_map(|Lengths(texts)| texts).collect(),
                // It is damaged, or has changed meanwhile.
                None => self.load_key(&key_of(&sort)?)?.texts(),
            };
            stats.articles += texts.len() as u64;
            stats.bytes_text += texts.values().sum::<u64>();
        }
        Ok(stats)
    }
}

/// The texts that a pack holds of a key, with their lengths in bytes.
struct Lengths(Vec<(ArticleHash, u64)>);

impl Lengths {
    fn of(pack: &Pack, section: &Section) -> Self {
        Self(pack.texts_of(section).iter().map(|text| (text.hash, text.bytes as u64)).collect())
    }
}

impl Part for Lengths {
    fn bytes(&self) -> usize {
        size_of::<(u32, Self)>() + 16 + self.0.len() * size_of::<(ArticleHash, u64)>()
    }

    fn settled(&self) -> Self {
        Self(self.0.clone())
    }
}

/// The sort form of a key; of a story's name also how many captures and revisions it has.
type Counted = (Vec<u8>, Option<(u64, u64)>);

fn counted(sort: Vec<u8>, record: IndexRecord) -> Unit<Counted> {
    let counts = match &record.role {
        Role::Name { summary: Some(summary), .. } => Some((summary.captures, summary.revisions)),
        _ => None,
    };
    Unit { bytes: sort.len() + 16, keys: vec![(sort.clone(), record.packs)], of: (sort, counts) }
}
