//! Every story held to its captures: read ahead, judged on all cores, told in the order of the index.

use std::collections::HashSet;

use rayon::prelude::*;

use crate::format::pack::{Pack, Part, Section};
use crate::format::record::{IndexRecord, Role};
use crate::model::StoryKey;

use super::super::Error;
use super::super::ahead::{Ahead, Unit};
use super::super::component::Component;
use super::super::facts::{Facts, record_bytes};
use super::super::store::{Store, key_of};
use super::{Check, Finding, Remedy, arrival_hash, first_hash, fold_of, multiset_hash, of_text, place};

/// So many stories are judged at a time, on all cores.
const STORIES_AT_ONCE: usize = 512;

/// What a key of the index leads to. A chunk of them is moved about.
type Boxed = Box<Found>;

struct Found {
    /// What the index says of the key.
    record: IndexRecord,
    story: Option<Component>,
}

/// What was found of a key.
#[derive(Default)]
struct Judged {
    sections: u128,
    arrivals: u128,
    keys: u64,
    stories: u64,
    captures: u64,
    texts: u64,
    findings: Vec<Finding>,
    /// The key when its story cannot be read, and why.
    hurt: Option<(StoryKey, IndexRecord, Error)>,
}

impl Check<'_> {
    /// Reads every story, and holds the index to it.
    pub(super) fn stories(&mut self, progress: &mut dyn FnMut(u64)) {
        let store = self.archive.store();
        let mut stories = Ahead::new(store, looked_up(store), self.is_deep);
        loop {
            let batch: Vec<_> = stories.by_ref().take(STORIES_AT_ONCE).collect();
            if batch.is_empty() {
                break;
            }
            let judge = |done: Result<_, Error>| done.map(|(unit, parts): (Unit<Boxed>, _)| self.judge(unit, parts));
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
                self.report.texts += judged.texts;
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

    fn judge(&self, unit: Unit<Boxed>, parts: Option<Vec<Part>>) -> Judged {
        let mut judged = Judged::default();
        if let Err(error) = self.judge_key(unit, parts, &mut judged) {
            judged.findings.push(Finding::of(error, Remedy::Reindex));
        }
        judged
    }

    fn judge_key(&self, unit: Unit<Boxed>, parts: Option<Vec<Part>>, judged: &mut Judged) -> Result<(), Error> {
        let Unit { sort, of, .. } = unit;
        let key = key_of(&sort)?;
        let Found { record, story: component } = *of;
        for id in &record.packs {
            judged.sections = judged.sections.wrapping_add(multiset_hash(&sort, *id));
        }
        let (component, facts) = match component.zip(parts.and_then(Facts::join)).filter(is_counted) {
            Some(read) => read,
            None => match self.load(&key) {
                Ok(found) => found.ok_or_else(|| Error::damaged("the index lost the key").in_story(&key))?,
                Err(error) => {
                    judged.keys = u64::from(record.first_arrival.is_some());
                    if self.is_deep {
                        self.texts_left(&sort, &record, judged);
                    }
                    judged.hurt = Some((key, record, error));
                    return Ok(());
                }
            },
        };
        if let Some(first) = record.first_arrival {
            judged.keys = 1;
            judged.arrivals = first_hash(&sort, first);
            for capture in facts.captures.iter().filter(|capture| capture.key == key) {
                judged.arrivals = judged.arrivals.wrapping_add(arrival_hash(first, capture.arrival));
            }
        }
        if let Role::Alias(name) = &record.role {
            let is_so = component.name == StoryKey::from(name.clone());
            let what = "the index names a story that does not know the key";
            return if is_so { Ok(()) } else { Err(Error::damaged(what).in_story(&key)) };
        }
        judged.stories = u64::from(!facts.captures.is_empty());
        judged.captures = facts.captures.len() as u64;
        judged.findings.extend(Self::missing(&facts));
        if self.is_deep {
            self.texts(&component, &facts, judged);
        }
        judged.findings.extend(Self::bases_of(&component, &facts));
        self.summary_of(&component, &facts).map_err(|error| error.in_story(&component.name))
    }

    /// Reads a story by itself: the slow way, which says what is wrong.
    fn load(&self, key: &StoryKey) -> Result<Option<(Component, Facts)>, Error> {
        let store = self.archive.store();
        self.archive.with_story(key, |component| Ok((component.clone(), Facts::of(&component.load(store)?))))
    }

    /// Holds the texts of a story to the fold that stands beside them. Those that were read have been held to their hashes.
    fn texts(&self, component: &Component, facts: &Facts, judged: &mut Judged) {
        if !facts.listed.is_empty() {
            return self.listed_texts(component, judged);
        }
        let mut seen = HashSet::new();
        for capture in &facts.captures {
            let Some((hash, fold)) = capture.outcome.text_hash().zip(capture.folded) else { continue };
            let Some(text) = facts.texts.get(&hash).filter(|_| seen.insert((hash, fold))) else { continue };
            if let Err(error) = fold_of(text, fold) {
                let error = of_text(&hash, &error).in_story(&capture.key).at(capture.captured_at);
                judged.findings.push(Finding::of(error, Remedy::Salvage));
            }
        }
        judged.texts = facts.texts.len() as u64;
    }

    /// The same text by text, where some could not be read ahead: names those that are wrong.
    fn listed_texts(&self, component: &Component, judged: &mut Judged) {
        let store = self.archive.store();
        // One that cannot be read is told by what wanted it before.
        let Ok(loaded) = component.load(store) else { return };
        loaded.sections().for_each(|(pack, section)| Self::texts_in(store, pack, section, judged));
    }

    /// The same for what is left of a key whose story cannot be read.
    fn texts_left(&self, sort: &[u8], record: &IndexRecord, judged: &mut Judged) {
        let store = self.archive.store();
        for pack in record.packs.iter().filter_map(|id| store.pack(*id).ok()?) {
            pack.section(sort).into_iter().for_each(|section| Self::texts_in(store, &pack, section, judged));
        }
    }

    fn texts_in(store: &Store, pack: &Pack, section: &Section, judged: &mut Judged) {
        for text in pack.texts_of(section) {
            judged.texts += 1;
            let read = store.read_text(pack, text, |read| fold_of(read, text.folded));
            if let Err(error) = read.flatten() {
                let error = place(of_text(&text.hash, &error), section, text);
                judged.findings.push(Finding::of(error, Remedy::Salvage));
            }
        }
    }
}

/// Says whether there are as many captures as the index counts.
fn is_counted((component, facts): &(Component, Facts)) -> bool {
    component.summary.as_ref().map_or(0, |summary| summary.captures) == facts.captures.len() as u64
}

/// The keys of the index in order, each with the story that it leads to.
fn looked_up(store: &Store) -> impl Iterator<Item = Result<Unit<Boxed>, Error>> + '_ {
    store.index_from(Vec::new()).map(|entry| entry.map(|(sort, record)| unit_of(store, sort, record)))
}

fn unit_of(store: &Store, sort: Vec<u8>, record: IndexRecord) -> Unit<Boxed> {
    let component = key_of(&sort).and_then(|key| Component::told(store, &key, record.clone())).ok();
    // By way of its story an alias is found as it was read, or else the slow way is taken.
    let is_told = |component: &Component| {
        matches!(record.role, Role::Name { .. }) || component.clone().into_index_rows().any(|(_, own)| own == record)
    };
    let component = component.filter(is_told);
    let keys = component.iter().flat_map(|component| &component.keys);
    let keys: Vec<_> = keys.map(|known| (known.key.sort_bytes(), known.packs.clone())).collect();
    let bytes = size_of::<Found>() + record_bytes(&record) * (keys.len() + 1);
    Unit { sort, of: Box::new(Found { record, story: component }), keys, bytes }
}
