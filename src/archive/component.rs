//! A story as the store has it: the keys that its alias facts connect, and what is known of it at a glance.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::sync::Arc;

use crate::engine;
use crate::format::key::PackId;
use crate::format::pack::{Pack, Raw, Section};
use crate::format::record::{IndexRecord, LatestRecord, NameRecord, Role, SummaryRecord, outcome_number};
use crate::model::{
    Alias, ArticleHash, Capture, FoldedHash, Revision, RevisionKind, StoryKey, Timestamp, fold, standing,
};

use super::Error;
use super::aliases::Aliases;
use super::store::{Rows, Store, pack_name};
use super::transaction::Transaction;

/// The keys of one story and its summary.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Component {
    pub(super) name: StoryKey,
    /// Every key of the story, the name first.
    pub(super) keys: Vec<Known>,
    pub(super) summary: Option<SummaryRecord>,
}

/// What the index knows of a key by itself.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Known {
    pub(super) key: StoryKey,
    pub(super) packs: Vec<PackId>,
    pub(super) first_arrival: Option<u64>,
    /// The pack against whose newest text of the key the next one may be compressed.
    pub(super) base: Option<PackId>,
    texts: Option<Vec<u32>>,
}

/// More texts of a key than so many are not listed in the index.
const MAX_LISTED_TEXTS: usize = 256;

impl Known {
    pub(super) const fn new(key: StoryKey) -> Self {
        Self { key, packs: Vec::new(), base: None, first_arrival: None, texts: Some(Vec::new()) }
    }

    pub(super) fn of(key: StoryKey, record: IndexRecord) -> Self {
        let IndexRecord { packs, base, first_arrival, texts, .. } = record;
        Self { key, packs, base, first_arrival, texts }
    }

    /// Takes over what follows from the captures of the key.
    pub(super) fn follow<C: Borrow<Capture>>(&mut self, captures: &[C]) {
        let captures = captures.iter().map(Borrow::borrow);
        self.first_arrival = captures.clone().map(|capture| capture.arrival).min();
        self.texts = Some(Vec::new());
        captures.filter_map(|capture| capture.outcome.text_hash()).for_each(|hash| self.note(&hash));
    }

    /// Says whether the key may have a text; false means that it has not.
    pub(super) fn may_have(&self, hash: &ArticleHash) -> bool {
        self.texts.as_ref().is_none_or(|texts| texts.binary_search(&fingerprint(hash)).is_ok())
    }

    /// Lists a text as one that the key has.
    pub(super) fn note(&mut self, hash: &ArticleHash) {
        let Some(texts) = &mut self.texts else { return };
        let Err(place) = texts.binary_search(&fingerprint(hash)) else { return };
        if texts.len() < MAX_LISTED_TEXTS { texts.insert(place, fingerprint(hash)) } else { self.texts = None }
    }
}

fn fingerprint(hash: &ArticleHash) -> u32 {
    hash.as_bytes().first_chunk::<4>().map_or(0, |bytes| u32::from_be_bytes(*bytes))
}

impl Component {
    /// Returns the story that `key` names, or `None`.
    pub(super) fn resolve<R: Rows + ?Sized>(rows: &R, key: &StoryKey) -> Result<Option<Self>, Error> {
        let Some(record) = rows.index(key)? else { return Ok(None) };
        Self::told(rows, key, record).map(Some)
    }

    /// Returns the story that `key` names, of which the index says this.
    pub(super) fn told<R: Rows + ?Sized>(rows: &R, key: &StoryKey, record: IndexRecord) -> Result<Self, Error> {
        if let Role::Alias(of) = &record.role {
            let name = StoryKey::from(of.clone());
            return match rows.index(&name)? {
                Some(named) if matches!(named.role, Role::Name { .. }) => Self::named(rows, name, named),
                // Between the two reads a new fact can have given the story another name.
                named if has_changed(rows, &[(key, Some(&record)), (&name, named.as_ref())])? => {
                    Err(engine::Error::Conflict.into())
                }
                _ => Err(Error::damaged(format!("the index names {name} as its story, which is none")).in_story(key)),
            };
        }
        Self::named(rows, key.clone(), record)
    }

    fn named<R: Rows + ?Sized>(rows: &R, name: StoryKey, record: IndexRecord) -> Result<Self, Error> {
        let Role::Name { others, summary } = &record.role else {
            return Err(Error::damaged("the index has a name that is an alias").in_story(&name));
        };
        let mut aliases = Vec::with_capacity(others.len());
        for other in others {
            let key = StoryKey::from(other.clone());
            match rows.index(&key)? {
                Some(own) if own.role == Role::Alias((&name).into()) => aliases.push(Known::of(key, own)),
                own if has_changed(rows, &[(&name, Some(&record)), (&key, own.as_ref())])? => {
                    return Err(engine::Error::Conflict.into());
                }
                _ => return Err(Error::damaged(format!("the index does not know its alias {key}")).in_story(&name)),
            }
        }
        let summary = summary.clone();
        let keys = [Known::of(name.clone(), record)].into_iter().chain(aliases).collect();
        Ok(Self { name, keys, summary })
    }

    /// A story that is made of one key, of which nothing is known.
    fn new(name: StoryKey) -> Self {
        Self { keys: vec![Known::new(name.clone())], name, summary: None }
    }

    pub(super) fn known(&self, key: &StoryKey) -> Result<&Known, Error> {
        let missing = || Error::damaged("the index does not name a key that it leads to").in_story(key);
        self.keys.iter().find(|known| known.key == *key).ok_or_else(missing)
    }

    /// Reads all that the store has of the story.
    ///
    /// Fewer or more captures than the summary counts are damage, and so is a pack that is missing, unless the index has
    /// changed since it was read: that is a conflict, and the caller begins again.
    pub(super) fn load(&self, store: &Store) -> Result<Loaded, Error> {
        let loaded = Loaded::read(store, &self.keys).map_err(|error| self.unless_changed(store, error))?;
        let expected = self.summary.as_ref().map_or(0, |summary| summary.captures);
        let found = loaded.captures.len() as u64;
        if found == expected {
            return Ok(loaded);
        }
        let what = format!("the index counts {expected} captures and {found} are there");
        Err(self.unless_changed(store, Error::damaged(what)))
    }

    fn unless_changed(&self, store: &Store, error: Error) -> Error {
        match Self::resolve(store, &self.name) {
            Ok(Some(now)) if now == *self => error.in_story(&self.name),
            Ok(_) => engine::Error::Conflict.into(),
            Err(error) => error,
        }
    }

    /// Returns all captures of the story in their order.
    pub(super) fn captures(&self, store: &Store) -> Result<Vec<Capture>, Error> {
        self.load(store).map(|loaded| loaded.captures)
    }

    /// Writes the rows of the index for this story.
    pub(super) fn write(self, transaction: &mut Transaction<'_>) {
        for (key, record) in self.into_index_rows() {
            transaction.put_index(&key, record);
        }
    }

    /// What the index must hold for this story.
    pub(super) fn into_index_rows(self) -> impl Iterator<Item = (StoryKey, IndexRecord)> {
        let Self { name, keys, mut summary } = self;
        let mut others: Vec<&StoryKey> = keys.iter().map(|known| &known.key).filter(|key| **key != name).collect();
        others.sort();
        let mut others: Vec<NameRecord> = others.into_iter().map(Into::into).collect();
        keys.into_iter().map(move |Known { key, packs, base, first_arrival, texts }| {
            // The name is one of the keys, once.
            let role = match key == name {
                true => Role::Name { others: std::mem::take(&mut others), summary: summary.take() },
                false => Role::Alias((&name).into()),
            };
            (key, IndexRecord { packs, base, first_arrival, texts, role })
        })
    }
}

/// Says whether the index no longer knows of keys what was read of them. A transaction may have read one of them long before the
/// other.
fn has_changed<R: Rows + ?Sized>(rows: &R, read: &[(&StoryKey, Option<&IndexRecord>)]) -> Result<bool, Error> {
    for (key, record) in read {
        if rows.store().index(key)?.as_ref() != *record {
            return Ok(true);
        }
    }
    Ok(false)
}

/// All that the store has of some keys.
#[derive(Debug, Default)]
pub(super) struct Loaded {
    /// In their order.
    pub(super) captures: Vec<Capture>,
    /// The packs, each with the sort form of the key that it was read for.
    packs: Vec<(Arc<Pack>, Vec<u8>)>,
}

impl Loaded {
    /// Reads the sections of keys.
    pub(super) fn read(store: &Store, keys: &[Known]) -> Result<Self, Error> {
        let mut loaded = Self::default();
        for known in keys {
            let sort = known.key.sort_bytes();
            for id in &known.packs {
                let pack = store.pack(*id).map_err(|error| error.in_story(&known.key))?;
                let lost = |what| Error::damaged(format!("pack {} {what}", pack_name(*id))).in_story(&known.key);
                let pack = pack.ok_or_else(|| lost("is missing"))?;
                let section = pack.section(&sort).ok_or_else(|| lost("has nothing of the key"))?;
                loaded.captures.extend(section.captures.iter().cloned());
                loaded.packs.push((pack, sort.clone()));
            }
        }
        if loaded.packs.len() > 1 {
            put_in_order(&mut loaded.captures);
        }
        Ok(loaded)
    }

    /// The sections that were read, each with its pack.
    pub(super) fn sections(&self) -> impl Iterator<Item = (&Pack, &Section)> {
        self.packs.iter().filter_map(|(pack, sort)| Some((&**pack, pack.section(sort)?)))
    }

    /// The section at a place among them.
    pub(super) fn section(&self, place: usize) -> Option<(&Pack, &Section)> {
        let (pack, sort) = self.packs.get(place)?;
        Some((&**pack, pack.section(sort)?))
    }

    /// Returns a text of the story, verified.
    pub(super) fn text(&self, store: &Store, hash: &ArticleHash) -> Result<String, Error> {
        self.read_text(store, hash, |text| Ok(text.to_owned()))
    }

    /// Does something with a text of the story, verified, without copying it.
    pub(super) fn read_text<T>(
        &self,
        store: &Store,
        hash: &ArticleHash,
        act: impl Fn(&str) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let mut failed = None;
        for (pack, section) in self.sections() {
            let Some(text) = pack.texts_of(section).iter().find(|text| text.hash == *hash) else { continue };
            match store.read_text(pack, text, &act) {
                Ok(done) => return done,
                // It may stand in another pack as well.
                Err(error) => failed = Some(Error::damaged(format!("the text {}: {error}", hash.short()))),
            }
        }
        Err(failed.unwrap_or_else(|| Error::damaged(format!("the text {} is missing", hash.short()))))
    }

    /// Says whether a key has a text.
    pub(super) fn has_text(&self, key: &StoryKey, hash: &ArticleHash) -> bool {
        let own = self.sections().filter(|(_, section)| section.key == *key);
        own.flat_map(|(pack, section)| pack.texts_of(section)).any(|text| text.hash == *hash)
    }

    /// The texts that were read, each once, with their lengths in bytes.
    pub(super) fn texts(&self) -> HashMap<ArticleHash, u64> {
        let texts = self.sections().flat_map(|(pack, section)| pack.texts_of(section));
        texts.map(|text| (text.hash, text.bytes as u64)).collect()
    }

    /// The alias facts of the keys.
    pub(super) fn aliases(&self) -> Aliases {
        let mut aliases = Aliases::default();
        self.sections().for_each(|(_, section)| aliases.add_links(&section.key, &section.links));
        aliases
    }

    /// Which pages were kept beside captures of one key.
    pub(super) fn raws_of(&self, key: &StoryKey) -> Vec<&Raw> {
        self.sections().filter(|(_, section)| section.key == *key).flat_map(|(_, section)| &section.raws).collect()
    }

    /// Which pages were kept beside captures, where all that was read is of one key: sorted, each once.
    pub(super) fn raws(&self) -> Vec<Raw> {
        let mut raws: Vec<Raw> = self.sections().flat_map(|(_, section)| section.raws.clone()).collect();
        raws.sort();
        raws.dedup();
        raws
    }
}

/// Returns the story that `key` names; where there is none, one that is to be written.
pub(super) fn resolve_or_new(transaction: &Transaction<'_>, key: &StoryKey) -> Result<Component, Error> {
    Ok(Component::resolve(transaction, key)?.unwrap_or_else(|| Component::new(key.clone())))
}

/// Adds an alias fact; returns false when nothing of it is new.
pub(super) fn link(transaction: &mut Transaction<'_>, fact: &Alias) -> Result<bool, Error> {
    let Alias { alias, of, dates } = fact;
    let told = transaction.links_of(alias).iter().find(|link| link.of == *of);
    if alias == of || told.is_some_and(|link| link.dates.join(*dates) == link.dates) {
        return Ok(false);
    }
    let from = resolve_or_new(transaction, alias)?;
    let to = resolve_or_new(transaction, of)?;
    let (a, b) = (from.load(transaction.store())?, to.load(transaction.store())?);
    let mut aliases = a.aliases();
    aliases.extend(&b.aliases());
    for known in from.keys.iter().chain(&to.keys) {
        aliases.add_links(&known.key, transaction.links_of(&known.key));
    }
    let known = aliases.get(alias, of);
    if known.is_some_and(|known| known.join(*dates) == known) {
        return Ok(false);
    }
    transaction.add_link(alias, of, *dates);
    aliases.add(alias, of, *dates);
    for story in rearrange(transaction.store(), (from, a), (to, b), &aliases)? {
        story.write(transaction);
    }
    Ok(true)
}

/// The stories that the keys of two are, which may be one story already, by all alias facts about them.
///
/// No other fact can come in between: one would add a pack to the index row of a key, which the transaction has read.
fn rearrange(
    store: &Store,
    a: (Component, Loaded),
    b: (Component, Loaded),
    aliases: &Aliases,
) -> Result<Vec<Component>, Error> {
    let ((a, a_loaded), (b, b_loaded)) = (a, b);
    let mut captures = a_loaded.captures.clone();
    let mut keys = a.keys;
    if a.name != b.name {
        captures.extend(b_loaded.captures.iter().cloned());
        put_in_order(&mut captures);
        keys.extend(b.keys);
    }
    let latest = [&a.summary, &b.summary].into_iter().flatten().filter_map(|summary| summary.latest.as_ref());
    let headline = |hash: &ArticleHash| match latest.clone().find(|latest| latest.hash == *hash.as_bytes()) {
        Some(latest) => Ok(latest.headline.clone()),
        None => super::read::headline(&a_loaded.text(store, hash).or_else(|_| b_loaded.text(store, hash))?),
    };
    let mut stories = Vec::new();
    for names in aliases.stories(&keys.iter().map(|known| known.key.clone()).collect()) {
        let name = aliases.name_of(&names).ok_or_else(|| Error::damaged("a story without a name"))?;
        let mut keys: Vec<Known> = keys.iter().filter(|known| names.contains(&known.key)).cloned().collect();
        keys.sort_by_key(|known| known.key != name);
        let captures: Vec<Capture> = captures.iter().filter(|capture| names.contains(&capture.key)).cloned().collect();
        let revisions = fold(&captures);
        let headline = revisions.last().map(|latest| headline(&latest.hash)).transpose();
        let headline = headline.map_err(|error| error.in_story(&name))?.unwrap_or_default();
        let summary = summarize(&captures, &revisions, |_| headline.clone());
        stories.push(Component { name, keys, summary });
    }
    Ok(stories)
}

/// Sorts the captures of a story, those of all its keys together, and leaves each once.
pub(super) fn put_in_order<C: Borrow<Capture>>(captures: &mut Vec<C>) {
    captures.sort_by(|a, b| {
        let (a, b) = (a.borrow(), b.borrow());
        a.order().cmp(&b.order()).then_with(|| a.key.cmp(&b.key))
    });
    captures.dedup_by(|a, b| {
        let (a, b): (&Capture, &Capture) = ((*a).borrow(), (*b).borrow());
        a.order() == b.order() && a.key == b.key
    });
}

/// What is known of a story at a glance, from all its captures; `None` when there are none.
pub(super) fn summarize<C: Borrow<Capture>>(
    captures: &[C],
    revisions: &[Revision],
    headline: impl Fn(&[u8; 32]) -> String,
) -> Option<SummaryRecord> {
    let (first, last) = (captures.first()?.borrow(), captures.last()?.borrow());
    let changed = |revision: &&Revision| matches!(revision.kind, RevisionKind::Edit | RevisionKind::Restored);
    let standing = standing(captures);
    // A reading that a later version of its program replaced may sort behind that one.
    let stands = |place: usize| standing.as_ref().is_none_or(|standing| standing.get(place) == Some(&place));
    let latest_article = captures
        .iter()
        .map(Borrow::borrow)
        .enumerate()
        .rev()
        .find(|(place, capture)| capture.outcome.article().is_some() && stands(*place));
    let latest = revisions.last().zip(latest_article).map(|(revision, (_, capture))| LatestRecord {
        hash: *revision.hash.as_bytes(),
        folded: capture.folded.map(|FoldedHash(folded)| folded),
        source: capture.observation.source.clone(),
        headline: headline(revision.hash.as_bytes()),
        published_at: revision.published_at.map(Timestamp::as_micros),
        last_changed: last_change(revisions).unwrap_or(revision.first_captured).as_micros(),
    });
    Some(SummaryRecord {
        first_captured: first.captured_at.as_micros(),
        last_captured: last.captured_at.as_micros(),
        captures: captures.len() as u64,
        revisions: revisions.len() as u64,
        changes: revisions.iter().filter(changed).count() as u64,
        last_outcome: outcome_number(last.outcome.kind()),
        latest,
    })
}

fn last_change(revisions: &[Revision]) -> Option<Timestamp> {
    let substantial = revisions.iter().rev().find(|revision| revision.kind != RevisionKind::Cosmetic);
    substantial.map(|revision| revision.first_captured)
}
