//! How much there is.

use std::collections::HashMap;

use serde::Serialize;

use crate::format::FORMAT_VERSION;
use crate::format::pack::Raw;
use crate::format::raw::RawHash;
use crate::format::record::{IndexRecord, Role};

use super::ahead::{Ahead, Unit};
use super::facts::Facts;
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
    /// Different pages that were kept beside captures, each counted once a key.
    pub pages: u64,
    /// The length of these pages as they came, in bytes.
    pub bytes_pages: u64,
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
            pages: 0,
            bytes_pages: 0,
            bytes_disk: engine.size_on_disk()?,
            format_version: FORMAT_VERSION,
            engine: engine.name().to_owned(),
        };
        let units = self.whole_index().map(|entry| entry.map(|(sort, record)| counted(sort, record)));
        for done in Ahead::new(self.store(), units, false) {
            let (Unit { sort, of: counts, .. }, parts) = done?;
            if let Some((captures, revisions)) = counts {
                stats.stories += 1;
                stats.captures += captures;
                stats.revisions += revisions;
            }
            let (texts, raws) = match parts.and_then(Facts::join) {
                Some(facts) => (facts.listed, facts.raws),
                // It is damaged, or has changed meanwhile.
                None => {
                    let loaded = self.load_key(&key_of(&sort)?)?;
                    (loaded.texts(), loaded.raws())
                }
            };
            let pages: HashMap<RawHash, u64> = raws.iter().map(page_bytes).collect();
            stats.articles += texts.len() as u64;
            stats.bytes_text += texts.values().sum::<u64>();
            stats.pages += pages.len() as u64;
            stats.bytes_pages += pages.values().sum::<u64>();
        }
        Ok(stats)
    }
}

fn page_bytes(raw: &Raw) -> (RawHash, u64) {
    (raw.hash, u64::from(raw.bytes))
}

/// Of a story's name how many captures and revisions it has.
type Counted = Option<(u64, u64)>;

fn counted(sort: Vec<u8>, record: IndexRecord) -> Unit<Counted> {
    let counts = match &record.role {
        Role::Name { summary: Some(summary), .. } => Some((summary.captures, summary.revisions)),
        _ => None,
    };
    Unit { keys: vec![(sort.clone(), record.packs)], sort, of: counts, bytes: 16 }
}
