//! What several packs hold of a key, as sections for new packs.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::format::key::PackId;
use crate::format::pack::build::{NewSection, NewText};
use crate::format::pack::{Link, Part, Raw};
use crate::model::{ArticleHash, Capture, FoldedHash, StoryKey};

use super::Error;
use super::component::{Known, Loaded};
use super::facts::Facts;
use super::read::Texts;
use super::store::Store;
use super::transaction::put_in_order;

/// The sections of one key, newest first, each no larger than a pack takes, so that a story of any length is read in bounded
/// memory.
pub(super) struct Merge<'a> {
    key: StoryKey,
    links: Vec<Link>,
    raws: Vec<Raw>,
    /// Those that are not told yet, in their order.
    captures: Vec<Capture>,
    texts: Source<'a>,
    told: HashSet<ArticleHash>,
    is_first: bool,
}

/// Where the texts are.
enum Source<'a> {
    Stored(Texts<'a>),
    Read(HashMap<ArticleHash, Arc<str>>),
}

impl Source<'_> {
    fn has(&self, hash: &ArticleHash) -> bool {
        match self {
            Self::Stored(texts) => texts.has(hash),
            Self::Read(texts) => texts.contains_key(hash),
        }
    }

    fn read(&self, hash: &ArticleHash) -> Result<Arc<str>, Error> {
        match self {
            Self::Stored(texts) => Ok(texts.read(hash)?.into()),
            Self::Read(texts) => Ok(texts.get(hash).cloned().unwrap_or_default()),
        }
    }
}

impl<'a> Merge<'a> {
    /// Reads what packs hold of a key. Texts that stand in other packs stay there.
    pub(super) fn of(store: &'a Store, key: StoryKey, packs: &[PackId]) -> Result<Self, Error> {
        let mut known = Known::new(key.clone());
        known.packs = packs.to_vec();
        let loaded = Loaded::read(store, &[known])?;
        let (links, raws) = (loaded.aliases().links(), loaded.raws());
        let captures = loaded.captures.clone();
        let texts = Source::Stored(Texts::of(store, loaded));
        Ok(Self { key, links, raws, captures, texts, told: HashSet::new(), is_first: true })
    }

    /// What packs hold of a key, when it has been read; `None` when texts are missing.
    pub(super) fn of_read(key: StoryKey, parts: Vec<Part>) -> Option<Self> {
        let Facts { aliases, raws, captures, texts, .. } = Facts::join(parts)?;
        let links = aliases.links();
        Some(Self { key, links, raws, captures, texts: Source::Read(texts), told: HashSet::new(), is_first: true })
    }

    fn next_section(&mut self) -> Result<NewSection, Error> {
        let mut section = NewSection::new(self.key.clone());
        section.links = std::mem::take(&mut self.links);
        section.raws = std::mem::take(&mut self.raws);
        while let Some(capture) = self.captures.pop_if(|_| !section.is_full()) {
            if let Some((hash, folded)) = capture.outcome.text_hash().zip(capture.folded) {
                let text = self.new_text(hash, folded);
                section.texts.extend(text.map_err(|error| error.in_story(&self.key).at(capture.captured_at))?);
            }
            section.captures.push(capture);
        }
        put_in_order(&mut section);
        Ok(section)
    }

    /// A text that is told for the first time, if it is here at all.
    fn new_text(&mut self, hash: ArticleHash, folded: FoldedHash) -> Result<Option<NewText>, Error> {
        if !self.texts.has(&hash) || !self.told.insert(hash) {
            return Ok(None);
        }
        Ok(Some(NewText { hash, folded, text: self.texts.read(&hash)? }))
    }
}

impl Iterator for Merge<'_> {
    type Item = Result<NewSection, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        let is_first = std::mem::take(&mut self.is_first);
        (is_first || !self.captures.is_empty()).then(|| self.next_section())
    }
}
