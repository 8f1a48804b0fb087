//! Every story held to its captures: read ahead, judged on all cores, told in the order of the index.

use std::collections::HashMap;

use rayon::prelude::*;

use crate::format::key::PackId;
use crate::format::pack::{Pack, Section};
use crate::format::record::{IndexRecord, Role};
use crate::model::{ArticleHash, Capture, StoryKey};

use super::super::ahead::{Ahead, Part, Unit};
use super::super::aliases::Aliases;
use super::super::component::{Component, Loaded, put_in_order};
use super::super::facts::{captures_bytes, record_bytes};
use super::super::store::{Store, key_of};
use super::super::{Error, read};
use super::{Check, Finding, Remedy, multiset_hash};

/// So many stories are judged at a time, on all cores.
const STORIES_AT_ONCE: usize = 512;

/// A key of the index, and the story that it leads to where it leads to one.
struct Story {
    sort: Vec<u8>,
    found: Found,
}

/// A chunk is moved about.
type Boxed = Box<Story>;

enum Found {
    Component(Component),
    /// What the index says of the key, which leads to no story.
    Record(IndexRecord),
}

/// What packs hold of the keys of a story, texts apart.
#[derive(Debug, Clone, Default)]
pub(super) struct Told {
    /// In their order.
    pub(super) captures: Vec<Capture>,
    /// The texts with their lengths in bytes.
    pub(super) texts: HashMap<ArticleHash, u64>,
    pub(super) aliases: Aliases,
    /// The packs whose newest text of a key hangs on no other.
    pub(super) heads: Vec<PackId>,
    /// The text that is the latest by the index, and its headline, where that was asked for.
    headline: Option<(ArticleHash, String)>,
}

impl Told {
    /// Takes what is needed of a section.
    fn read(store: &Store, pack: &Pack, section: &Section, latest: Option<&[u8; 32]>) -> Self {
        let texts = pack.texts_of(section);
        let latest = latest.and_then(|latest| texts.iter().find(|text| text.hash.as_bytes() == latest));
        let headline = latest.and_then(|text| {
            let headline = store.read_text(pack, text, read::headline).ok()?.ok()?;
            Some((text.hash, headline))
        });
        let mut aliases = Aliases::default();
        aliases.add_links(&section.key, &section.links);
        Self {
            captures: section.captures.clone(),
            texts: texts.iter().map(|text| (text.hash, text.bytes as u64)).collect(),
            aliases,
            heads: pack.has_head(section).then_some(pack.id).into_iter().collect(),
            headline,
        }
    }

    fn join(parts: Vec<Self>) -> Self {
        let mut parts = parts.into_iter();
        let Some(mut all) = parts.next() else { return Self::default() };
        let is_one = parts.len() == 0;
        for part in parts {
            all.captures.extend(part.captures);
            all.texts.extend(part.texts);
            all.aliases.extend(&part.aliases);
            all.heads.extend(part.heads);
            all.headline = all.headline.or(part.headline);
        }
        if !is_one {
            put_in_order(&mut all.captures);
        }
        all
    }

    fn of(loaded: Loaded) -> Self {
        let heads =
            loaded.sections().filter(|(pack, section)| pack.has_head(section)).map(|(pack, _)| pack.id).collect();
        Self { texts: loaded.texts(), aliases: loaded.aliases(), captures: loaded.captures, heads, headline: None }
    }

    /// The headline of a text of the story.
    pub(super) fn headline(&self, store: &Store, component: &Component, hash: &ArticleHash) -> Result<String, Error> {
        match &self.headline {
            Some((own, headline)) if own == hash => Ok(headline.clone()),
            _ => read::headline(&component.load(store)?.text(store, hash)?),
        }
    }
}

impl Part for Told {
    fn bytes(&self) -> usize {
        let headline = self.headline.as_ref().map_or(0, |(_, headline)| headline.len());
        let texts = self.texts.capacity() * size_of::<(ArticleHash, u64)>() + self.heads.len() * size_of::<PackId>();
        size_of::<(u32, Self)>() + captures_bytes(&self.captures) + texts + self.aliases.weight() + headline + 64
    }

    fn settled(&self) -> Self {
        self.clone()
    }
}

/// What was found of a key.
#[derive(Default)]
struct Judged {
    sections: u128,
    arrivals: u128,
    keys: u64,
    stories: u64,
    captures: u64,
    findings: Vec<Finding>,
    /// The key when its story cannot be read, and why.
    hurt: Option<(StoryKey, IndexRecord, Error)>,
}

impl Check<'_> {
    /// Reads every story, and holds the index to it.
    pub(super) fn stories(&mut self, progress: &mut dyn FnMut(u64)) {
        let (store, is_deep) = (self.archive.store(), self.is_deep);
        let read = |store: &Store, pack: &Pack, section: &Section, story: &Boxed| {
            let summary = match &story.found {
                Found::Component(component) => component.summary.as_ref(),
                Found::Record(_) => None,
            };
            let latest = summary.and_then(|summary| summary.latest.as_ref()).filter(|_| is_deep);
            Ok(Told::read(store, pack, section, latest.map(|latest| &latest.hash)))
        };
        let mut stories = Ahead::new(store, looked_up(store), read);
        loop {
            let batch: Vec<_> = stories.by_ref().take(STORIES_AT_ONCE).collect();
            if batch.is_empty() {
                break;
            }
            let judge = |done: Result<_, Error>| done.map(|(story, parts): (Box<Story>, _)| self.judge(*story, parts));
            let judged: Vec<Result<Judged, Error>> = batch.into_par_iter().map(judge).collect();
            judged.into_iter().for_each(|judged| self.accept(judged));
            progress(self.report.captures);
        }
        if self.sections.0 != self.sections.1
            && let Err(error) = self.unlisted()
        {
            self.found(error, Remedy::Reindex);
        }
    }

    fn accept(&mut self, judged: Result<Judged, Error>) {
        match judged {
            Ok(judged) => {
                self.sections.1 = self.sections.1.wrapping_add(judged.sections);
                self.arrivals.0 = self.arrivals.0.wrapping_add(judged.arrivals);
                self.keys += judged.keys;
                self.report.stories += judged.stories;
                self.report.captures += judged.captures;
                self.report.findings.extend(judged.findings);
                if let Some((key, record, error)) = judged.hurt {
                    self.is_partial = true;
                    self.hurt_story(&key, &record, error);
                }
            }
            Err(error) => {
                self.is_partial = true;
                self.found(error, Remedy::Reindex);
            }
        }
    }

    fn judge(&self, story: Story, parts: Option<Vec<Told>>) -> Judged {
        let mut judged = Judged::default();
        if let Err(error) = self.judge_key(story, parts, &mut judged) {
            judged.findings.push(Finding::of(error, Remedy::Reindex));
        }
        judged
    }

    fn judge_key(&self, story: Story, parts: Option<Vec<Told>>, judged: &mut Judged) -> Result<(), Error> {
        let Story { sort, found } = story;
        let key = key_of(&sort)?;
        let (component, record) = match found {
            Found::Record(record) => (None, record),
            Found::Component(component) => match component.index_rows().into_iter().find(|(own, _)| *own == key) {
                Some((_, record)) => (Some(component), record),
                None => return Err(Error::damaged("the index lost the key").in_story(&key)),
            },
        };
        for id in &record.packs {
            judged.sections = judged.sections.wrapping_add(multiset_hash(&sort, *id));
        }
        judged.keys = u64::from(record.first_arrival.is_some());
        let (component, told) = match component.zip(parts.map(Told::join)).filter(is_counted) {
            Some(read) => read,
            None => match self.load(&key) {
                Ok(found) => found.ok_or_else(|| Error::damaged("the index lost the key").in_story(&key))?,
                Err(error) => {
                    judged.hurt = Some((key, record, error));
                    return Ok(());
                }
            },
        };
        for capture in told.captures.iter().filter(|capture| capture.key == key) {
            judged.arrivals = judged.arrivals.wrapping_add(multiset_hash(&sort, capture.arrival));
        }
        if let Role::Alias(name) = &record.role {
            let is_so = component.name == StoryKey::from(name.clone());
            let what = "the index names a story that does not know the key";
            return if is_so { Ok(()) } else { Err(Error::damaged(what).in_story(&key)) };
        }
        judged.stories = u64::from(!told.captures.is_empty());
        judged.captures = told.captures.len() as u64;
        judged.findings.extend(Self::texts_of(&told));
        judged.findings.extend(Self::bases_of(&component, &told));
        self.summary_of(&component, &told).map_err(|error| error.in_story(&component.name))
    }

    /// Reads a story by itself: the slow way, which says what is wrong.
    fn load(&self, key: &StoryKey) -> Result<Option<(Component, Told)>, Error> {
        let store = self.archive.store();
        self.archive.with_story(key, |component| Ok((component.clone(), Told::of(component.load(store)?))))
    }
}

/// Says whether there are as many captures as the index counts.
fn is_counted((component, told): &(Component, Told)) -> bool {
    component.summary.as_ref().map_or(0, |summary| summary.captures) == told.captures.len() as u64
}

/// The keys of the index in order, each with the story that it leads to.
fn looked_up(store: &Store) -> impl Iterator<Item = Result<Unit<Box<Story>>, Error>> + '_ {
    store.index_from(Vec::new()).map(|entry| entry.map(|(sort, record)| unit_of(store, sort, record)))
}

fn unit_of(store: &Store, sort: Vec<u8>, record: IndexRecord) -> Unit<Box<Story>> {
    let component = key_of(&sort).and_then(|key| Component::resolve(store, &key)).ok().flatten();
    // It is found as it was read, or else the slow way is taken.
    let component = component.filter(|component| component.index_rows().iter().any(|(_, own)| *own == record));
    let keys = component.iter().flat_map(|component| &component.keys);
    let keys: Vec<_> = keys.map(|known| (known.key.sort_bytes(), known.packs.clone())).collect();
    let bytes = size_of::<Story>() + sort.len() + record_bytes(&record) * keys.len().max(1);
    let found = component.map_or(Found::Record(record), Found::Component);
    Unit { of: Box::new(Story { sort, found }), keys, bytes }
}
