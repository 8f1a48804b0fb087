//! Which captures of a portion are of one story.

use std::collections::{HashMap, HashSet};

use rayon::prelude::*;

use crate::archive::component::Component;
use crate::archive::prepare::Prepared;
use crate::archive::transaction::Transaction;
use crate::archive::{Archive, Error};
use crate::engine;
use crate::format::key::META_GENERATION;
use crate::model::StoryKey;

/// So many keys at least are looked up by one core at a time.
const KEYS_AT_ONCE: usize = 16;

/// Captures that are planned together, and a transaction that has read what the index knows of their keys.
pub(super) struct Group<'a> {
    pub(super) captures: Vec<Prepared>,
    /// A conflict when the index changed while it was read.
    pub(super) transaction: Result<Transaction<'a>, Error>,
}

/// The name of the story that a key leads to, and what was read to know it.
type Found<'a> = (StoryKey, Result<Transaction<'a>, Error>);

impl Archive {
    /// Puts captures whose keys and aliases lead to one story into one group, in the order in which the stories come.
    pub(super) fn group(&self, prepared: Vec<Prepared>) -> Result<Vec<Group<'_>>, Error> {
        let mut found = self.look_up(&prepared)?;
        let mut stories = Stories::default();
        let mut places = Vec::with_capacity(prepared.len());
        for capture in &prepared {
            let place = stories.place(&found, &capture.capture.key);
            for alias in &capture.aliases {
                let other = stories.place(&found, alias);
                stories.join(place, other);
            }
            places.push(place);
        }
        let mut groups: Vec<Group<'_>> = Vec::new();
        let mut group_of: HashMap<usize, usize> = HashMap::new();
        for (capture, place) in prepared.into_iter().zip(places) {
            let read = found.remove(&capture.capture.key).map(|(_, transaction)| transaction);
            let place = stories.root(place);
            if let Some(group) = group_of.get(&place).and_then(|group| groups.get_mut(*group)) {
                group.add(capture, read);
            } else {
                group_of.insert(place, groups.len());
                let transaction = read.unwrap_or_else(|| Ok(Transaction::new(self.store())));
                groups.push(Group { captures: vec![capture], transaction });
            }
        }
        Ok(groups)
    }

    /// Looks all keys up, on all cores.
    fn look_up(&self, prepared: &[Prepared]) -> Result<HashMap<StoryKey, Found<'_>>, Error> {
        let store = self.store();
        let mut seen = HashSet::new();
        let all = prepared.iter().flat_map(|prepared| prepared.aliases.iter().chain([&prepared.capture.key]));
        let keys: Vec<&StoryKey> = all.filter(|key| seen.insert(*key)).collect();
        // Read once for all of them; the commits hold it to what it is then.
        let generation = store.engine().get(META_GENERATION)?;
        let find = |key: &StoryKey| {
            let transaction = Transaction::having_read(store, META_GENERATION, generation.clone());
            match Component::resolve(&transaction, key) {
                Ok(component) => {
                    Ok((component.map_or_else(|| key.clone(), |component| component.name), Ok(transaction)))
                }
                // It is planned again then, for which its name at any moment is good enough.
                Err(Error::Engine(engine::Error::Conflict)) => {
                    let name = self.with_story(key, |component| Ok(component.name.clone()))?;
                    Ok((name.unwrap_or_else(|| key.clone()), Err(engine::Error::Conflict.into())))
                }
                Err(error) => Err(error),
            }
        };
        keys.into_par_iter().with_min_len(KEYS_AT_ONCE).map(|key| Ok((key.clone(), find(key)?))).collect()
    }
}

impl<'a> Group<'a> {
    /// Adds a capture, and what was read for its key where that was not added before.
    fn add(&mut self, capture: Prepared, read: Option<Result<Transaction<'a>, Error>>) {
        self.captures.push(capture);
        let (Some(read), Ok(own)) = (read, &mut self.transaction) else { return };
        if let Err(error) = read.and_then(|read| own.take_reads(read)) {
            self.transaction = Err(error);
        }
    }
}

/// Which keys of a batch name one story: sets that are joined (Tarjan's disjoint-set forest, with path halving).
#[derive(Default)]
struct Stories {
    places: HashMap<StoryKey, usize>,
    parents: Vec<usize>,
}

impl Stories {
    fn place(&mut self, found: &HashMap<StoryKey, Found<'_>>, key: &StoryKey) -> usize {
        if let Some(place) = self.places.get(key) {
            return *place;
        }
        let name = found.get(key).map_or(key, |(name, _)| name);
        let new = self.parents.len();
        let place = *self.places.entry(name.clone()).or_insert(new);
        if place == new {
            self.parents.push(new);
        }
        self.places.insert(key.clone(), place);
        place
    }

    fn root(&mut self, mut place: usize) -> usize {
        while let Some(parent) = self.parents.get(place).copied().filter(|parent| *parent != place) {
            let grandparent = self.parents.get(parent).copied().unwrap_or(parent);
            self.parents.get_mut(place).into_iter().for_each(|own| *own = grandparent);
            place = grandparent;
        }
        place
    }

    fn join(&mut self, a: usize, b: usize) {
        let (a, b) = (self.root(a), self.root(b));
        self.parents.get_mut(b.max(a)).into_iter().for_each(|parent| *parent = a.min(b));
    }
}
