//! How much there is.

use serde::Serialize;

use crate::format::FORMAT_VERSION;
use crate::format::record::Role;

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
    /// Counts what is in the archive. Reads every row of the index and of the texts, and unpacks none.
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
        for entry in self.whole_index() {
            let (sort, record) = entry?;
            if let Role::Name { summary: Some(summary), .. } = &record.role {
                stats.stories += 1;
                stats.captures += summary.captures;
                stats.revisions += summary.revisions;
            }
            let texts = self.load_key(&key_of(&sort)?)?.texts();
            stats.articles += texts.len() as u64;
            stats.bytes_text += texts.values().sum::<u64>();
        }
        Ok(stats)
    }
}
