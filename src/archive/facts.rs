//! All that there is of some keys, put together of what packs hold of them.

use std::collections::HashMap;
use std::sync::Arc;

use crate::format::key::PackId;
use crate::format::pack::{Pack, Part, Raw, Section, Texts};
use crate::format::record::IndexRecord;
use crate::model::{ArticleHash, Capture};

use super::Error;
use super::ahead::Unit;
use super::aliases::Aliases;
use super::component::{Loaded, put_in_order};
use super::store::Store;

/// What several packs hold of a key, or of the keys of a story.
#[derive(Debug, Default)]
pub(super) struct Facts {
    /// Sorted, each once.
    pub(super) raws: Vec<Raw>,
    /// In their order.
    pub(super) captures: Vec<Capture>,
    pub(super) aliases: Aliases,
    /// The texts, where they were read.
    pub(super) texts: HashMap<ArticleHash, Arc<str>>,
    /// The lengths of texts that were not.
    pub(super) listed: HashMap<ArticleHash, u64>,
    /// The packs in which the newest text of a key hangs on no other.
    pub(super) heads: Vec<PackId>,
}

impl Facts {
    /// Joins what each pack holds; `None` when some texts hang on one that is missing.
    pub(super) fn join(parts: Vec<Part>) -> Option<Self> {
        let is_one = parts.len() == 1;
        let mut all = Self::default();
        let mut waiting = Vec::new();
        for Part { key, pack, links, raws, captures, texts, has_head } in parts {
            all.heads.extend(has_head.then_some(pack));
            all.aliases.add_links(&key, &links);
            all.raws.extend(raws);
            all.captures.extend(captures);
            match texts {
                Texts::Listed(texts) => all.listed.extend(texts),
                Texts::Read(texts, hanging) => {
                    all.texts.extend(texts);
                    waiting.extend(hanging);
                }
            }
        }
        for hanging in waiting {
            let unpacked = hanging.unpack(all.texts.get(&hanging.base)?).ok()?;
            all.texts.extend(unpacked);
        }
        if !is_one {
            put_in_order(&mut all.captures);
        }
        all.raws.sort();
        all.raws.dedup();
        Some(all)
    }

    /// The facts of a story, its texts not read.
    pub(super) fn of(loaded: &Loaded) -> Self {
        let heads = loaded.sections().filter(|(pack, section)| pack.has_head(section)).map(|(pack, _)| pack.id);
        Self {
            raws: loaded.raws(),
            captures: loaded.captures.clone(),
            aliases: loaded.aliases(),
            texts: HashMap::new(),
            listed: loaded.texts(),
            heads: heads.collect(),
        }
    }

    pub(super) fn has_text(&self, hash: &ArticleHash) -> bool {
        self.texts.contains_key(hash) || self.listed.contains_key(hash)
    }
}

/// Takes out of a pack what it holds of a key, with its texts or only their lengths.
pub(super) fn part_of(store: &Store, pack: &Pack, section: &Section, with_texts: bool) -> Result<Part, Error> {
    if !with_texts {
        return Ok(pack.listed(section));
    }
    pack.taken(section, |text| store.read_text(pack, text, |text| Arc::from(text)))
}

/// A key with what the index says of it.
pub(super) fn unit_of(sort: Vec<u8>, record: IndexRecord) -> Unit<IndexRecord> {
    let bytes = record_bytes(&record);
    Unit { keys: vec![(sort.clone(), record.packs.clone())], sort, of: record, bytes }
}

/// How many bytes of memory what the index says of a key takes, about.
pub(super) fn record_bytes(record: &IndexRecord) -> usize {
    let texts = record.texts.as_ref().map_or(0, Vec::len) * 4;
    size_of::<IndexRecord>() + record.packs.len() * 8 + texts + 200
}
