//! Which captures of a portion are of one story.

use std::collections::{HashMap, HashSet};

use rayon::Scope;

use crate::archive::component::Component;
use crate::archive::prepare::Prepared;
use crate::archive::transaction::Transaction;
use crate::archive::{Archive, Error};
use crate::engine;
use crate::format::key::META_GENERATION;
use crate::model::StoryKey;

use super::help::with_help;
use super::plans::Stop;

/// So many keys are looked up by one core at a time.
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
    pub(super) fn group<'a>(&'a self, jobs: &Scope<'a>, prepared: Vec<Prepared>) -> Result<Vec<Group<'a>>, Stop> {
        let mut found = self.look_up(jobs, &prepared)?;
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
            let place = *group_of.entry(stories.root(place)).or_insert_with(|| {
                groups.push(Group { captures: Vec::new(), transaction: Ok(Transaction::new(self.store())) });
                groups.len() - 1
            });
            let Some(group) = groups.get_mut(place) else { continue };
            for key in capture.aliases.iter().chain([&capture.capture.key]) {
                found.remove(key).into_iter().for_each(|(_, read)| group.take_reads(read));
            }
            group.captures.push(capture);
        }
        Ok(groups)
    }

    /// Looks all keys up, with help.
    fn look_up<'a>(&'a self, jobs: &Scope<'a>, prepared: &[Prepared]) -> Result<HashMap<StoryKey, Found<'a>>, Stop> {
        let store = self.store();
        let mut seen = HashSet::new();
        let all = prepared.iter().flat_map(|prepared| prepared.aliases.iter().chain([&prepared.capture.key]));
        let keys: Vec<StoryKey> = all.filter(|key| seen.insert(*key)).cloned().collect();
        // Read once for all of them; the commits hold it to what it is then.
        let generation = store.engine().get(META_GENERATION).map_err(Error::from)?;
        let find = move |key: StoryKey| -> Result<(StoryKey, Found<'a>), Error> {
            let transaction = Transaction::having_read(store, META_GENERATION, generation.clone());
            match Component::resolve(&transaction, &key) {
                Ok(component) => {
                    let name = component.map_or_else(|| key.clone(), |component| component.name);
                    Ok((key, (name, Ok(transaction))))
                }
                // It is planned again then, for which its name at any moment is good enough.
                Err(Error::Engine(engine::Error::Conflict)) => {
                    let name = self.with_story(&key, |component| Ok(component.name.clone()))?;
                    let name = name.unwrap_or_else(|| key.clone());
                    Ok((key, (name, Err(engine::Error::Conflict.into()))))
                }
                Err(error) => Err(error),
            }
        };
        let found = with_help(jobs, keys, KEYS_AT_ONCE, find).ok_or(Stop::Abandoned)?;
        Ok(found.into_iter().collect::<Result<_, Error>>()?)
    }
}

impl<'a> Group<'a> {
    /// Takes over what was read for a key.
    fn take_reads(&mut self, read: Result<Transaction<'a>, Error>) {
        let Ok(own) = &mut self.transaction else { return };
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
