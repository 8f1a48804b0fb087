//! Which captures of a portion are of one story.

use rayon::Scope;
use rustc_hash::FxHashMap;

use crate::archive::component::Component;
use crate::archive::prepare::{Boxed, Prepared};
use crate::archive::transaction::Transaction;
use crate::archive::{Archive, Error};
use crate::engine;
use crate::model::StoryKey;

use super::help::with_help;
use super::plans::Stop;

/// So many keys are looked up by one core at a time.
const KEYS_AT_ONCE: usize = 16;

/// Captures that are planned together, and a transaction that has read what the index knows of their keys.
pub(super) struct Group<'a> {
    pub(super) captures: Vec<Boxed>,
    /// A conflict when the index changed while it was read.
    pub(super) transaction: Result<Transaction<'a>, Error>,
}

/// The name of the story that a key leads to, and what was read to know it.
type Found<'a> = (StoryKey, Result<Transaction<'a>, Error>);

impl Archive {
    /// Puts captures whose keys and aliases lead to one story into one group, in the order in which the stories come.
    pub(super) fn group<'a>(&'a self, jobs: &Scope<'a>, prepared: Vec<Boxed>) -> Result<Vec<Group<'a>>, Stop> {
        let (keys, places) = keys_of(&prepared);
        let found = self.look_up(jobs, keys)?;
        let mut stories = Stories::new(found.len());
        let mut by_name: FxHashMap<&StoryKey, usize> = FxHashMap::default();
        for (place, (name, _)) in found.iter().enumerate() {
            stories.join(place, *by_name.entry(name).or_insert(place));
        }
        let mut rest = places.as_slice();
        for capture in &prepared {
            let own = split_off(&mut rest, capture);
            own.windows(2).for_each(|pair| {
                if let [one, other] = pair {
                    stories.join(*one, *other)
                }
            });
        }
        let mut reads: Vec<Option<_>> = found.into_iter().map(|(_, read)| Some(read)).collect();
        let mut groups: Vec<Group<'_>> = Vec::new();
        let mut group_of: FxHashMap<usize, usize> = FxHashMap::default();
        let mut rest = places.as_slice();
        for capture in prepared {
            let own = split_off(&mut rest, &capture);
            let mut reads = own.iter().filter_map(|place| reads.get_mut(*place)?.take());
            let Some(first) = own.first() else { continue };
            let group = *group_of.entry(stories.root(*first)).or_insert(groups.len());
            if group == groups.len() {
                let transaction = reads.next().unwrap_or_else(|| Ok(Transaction::new(self.store())));
                groups.push(Group { captures: Vec::new(), transaction });
            }
            let Some(group) = groups.get_mut(group) else { continue };
            reads.for_each(|read| group.take_reads(read));
            group.captures.push(capture);
        }
        Ok(groups)
    }

    /// Looks keys up, with help. Returns what was found in their order.
    fn look_up<'a>(&'a self, jobs: &Scope<'a>, keys: Vec<StoryKey>) -> Result<Vec<Found<'a>>, Stop> {
        let store = self.store();
        let since = store.engine().now();
        // Read once for all of them; the commits hold it to what it is then.
        let generation = store.read_generation()?;
        let find = move |key: StoryKey| -> Result<Found<'a>, Error> {
            let transaction = Transaction::at(store, since, generation.clone());
            match Component::resolve(&transaction, &key) {
                Ok(component) => Ok((component.map_or(key, |component| component.name), Ok(transaction))),
                // It is planned again then, for which its name at any moment is good enough.
                Err(Error::Engine(engine::Error::Conflict)) => {
                    let name = self.with_story(&key, |component| Ok(component.name.clone()))?;
                    Ok((name.unwrap_or(key), Err(engine::Error::Conflict.into())))
                }
                Err(error) => Err(error),
            }
        };
        let found = with_help(jobs, keys, KEYS_AT_ONCE, find).ok_or(Stop::Abandoned)?;
        Ok(found.into_iter().collect::<Result<_, Error>>()?)
    }
}

/// The keys of captures and their aliases, each once; and the places among them of the aliases and the key of each capture.
fn keys_of(prepared: &[Boxed]) -> (Vec<StoryKey>, Vec<usize>) {
    let mut keys = Vec::new();
    let mut place_of: FxHashMap<&StoryKey, usize> = FxHashMap::default();
    let place = |key| {
        *place_of.entry(key).or_insert_with(|| {
            keys.push(key.clone());
            keys.len() - 1
        })
    };
    let all = prepared.iter().flat_map(|prepared| prepared.aliases.iter().chain([&prepared.capture.key]));
    let places = all.map(place).collect();
    (keys, places)
}

/// Takes the places of the next capture's keys.
fn split_off<'p>(places: &mut &'p [usize], capture: &Prepared) -> &'p [usize] {
    let (own, rest) = places.split_at_checked(capture.aliases.len() + 1).unwrap_or_default();
    *places = rest;
    own
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

/// Which keys name one story: sets that are joined (Tarjan's disjoint-set forest, with path halving).
struct Stories {
    parents: Vec<usize>,
}

impl Stories {
    fn new(keys: usize) -> Self {
        Self { parents: (0..keys).collect() }
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
