//! All that there is of a key, as it is read ahead of an export or a rewriting.

use std::collections::HashMap;
use std::sync::Arc;

use crate::format::pack::{Hanging, Link, Pack, Raw, Section};
use crate::format::record::IndexRecord;
use crate::model::{ArticleHash, Capture, StoryKey};

use super::Error;
use super::ahead::{Part, Unit};
use super::aliases::Aliases;
use super::component::put_in_order;
use super::store::Store;

/// What a pack holds of a key, its texts unpacked and verified but for those that hang on one in another pack; or what several hold
/// of it.
#[derive(Debug, Default)]
pub(super) struct Facts {
    /// Alias facts, each pair once.
    pub(super) links: Vec<Link>,
    /// Sorted, each once.
    pub(super) raws: Vec<Raw>,
    /// In their order.
    pub(super) captures: Vec<Capture>,
    pub(super) texts: Vec<(ArticleHash, Arc<str>)>,
    hanging: Vec<Hanging>,
}

impl Facts {
    pub(super) fn read(store: &Store, pack: &Pack, section: &Section) -> Result<Self, Error> {
        let mut texts = Vec::new();
        for text in pack.texts_of(section).iter().filter(|text| !pack.hangs_elsewhere(text)) {
            texts.push((text.hash, store.read_text(pack, text, |text| Arc::from(text))?));
        }
        let (links, captures, raws) = (section.links.clone(), section.captures.clone(), section.raws.clone());
        Ok(Self { links, raws, captures, texts, hanging: pack.hanging(section) })
    }

    /// All facts of a key, with the texts in a table; `None` when some hang on one that is missing.
    pub(super) fn join(parts: Vec<Self>) -> Option<(Self, HashMap<ArticleHash, Arc<str>>)> {
        let is_one = parts.len() == 1;
        let mut all = Self::default();
        let mut texts = HashMap::new();
        for part in parts {
            all.links.extend(part.links);
            all.raws.extend(part.raws);
            all.captures.extend(part.captures);
            texts.extend(part.texts);
            all.hanging.extend(part.hanging);
        }
        for hanging in std::mem::take(&mut all.hanging) {
            let unpacked = hanging.unpack(texts.get(&hanging.base)?).ok()?;
            texts.extend(unpacked);
        }
        if !is_one {
            put_in_order(&mut all.captures);
        }
        all.links = joined(&all.links);
        all.raws.sort();
        all.raws.dedup();
        Some((all, texts))
    }
}

impl Part for Facts {
    fn bytes(&self) -> usize {
        let texts = self.texts.iter().map(|(_, text)| text.len() + 72).sum::<usize>();
        let links = self.links.iter().map(|link| link.of.as_str().len() + 96).sum::<usize>();
        let raws = self.raws.len() * size_of::<Raw>();
        let hanging = self.hanging.iter().map(Hanging::weight).sum::<usize>();
        size_of::<(u32, Self)>() + captures_bytes(&self.captures) + texts + links + raws + hanging
    }

    fn settled(&self) -> Self {
        let texts = self.texts.iter().map(|(hash, text)| (*hash, Arc::from(&**text)));
        Self {
            links: self.links.clone(),
            raws: self.raws.clone(),
            captures: self.captures.clone(),
            texts: texts.collect(),
            hanging: self.hanging.clone(),
        }
    }
}

/// The facts of one key, each pair once.
fn joined(links: &[Link]) -> Vec<Link> {
    let mut aliases = Aliases::default();
    // The key is the same for all.
    let key = StoryKey::Id(String::new());
    aliases.add_links(&key, links);
    aliases.links()
}

/// How many bytes of memory captures take, about.
pub(super) fn captures_bytes(captures: &[Capture]) -> usize {
    let each = |capture: &Capture| {
        let of = &capture.observation;
        let words =
            [&of.lang, &of.section, &of.source].into_iter().flatten().map(|word| word.len() + 16).sum::<usize>();
        size_of::<Capture>() + capture.key.as_str().len() + 16 + words
    };
    captures.iter().map(each).sum()
}

/// A key with what the index says of it.
pub(super) fn unit_of(sort: Vec<u8>, record: IndexRecord) -> Unit<(Vec<u8>, IndexRecord)> {
    let bytes = sort.len() + record_bytes(&record);
    Unit { keys: vec![(sort.clone(), record.packs.clone())], of: (sort, record), bytes }
}

/// How many bytes of memory what the index says of a key takes, about.
pub(super) fn record_bytes(record: &IndexRecord) -> usize {
    let texts = record.texts.as_ref().map_or(0, Vec::len) * 4;
    size_of::<IndexRecord>() + record.packs.len() * 8 + texts + 200
}
