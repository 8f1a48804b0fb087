//! Which captures of a portion are of one story.

use std::collections::HashMap;

use crate::archive::prepare::Prepared;
use crate::archive::{Archive, Error};
use crate::model::StoryKey;

impl Archive {
    /// Puts captures whose keys and aliases lead to one story into one group, in the order in which the stories come.
    pub(super) fn group(&self, prepared: Vec<Prepared>) -> Result<Vec<Vec<Prepared>>, Error> {
        let mut stories = Stories::default();
        let mut places = Vec::with_capacity(prepared.len());
        for capture in &prepared {
            let place = stories.place(self, &capture.capture.key)?;
            for alias in &capture.aliases {
                let other = stories.place(self, alias)?;
                stories.join(place, other);
            }
            places.push(place);
        }
        let mut groups: Vec<Vec<Prepared>> = Vec::new();
        let mut group_of: HashMap<usize, usize> = HashMap::new();
        for (capture, place) in prepared.into_iter().zip(places) {
            let group = *group_of.entry(stories.root(place)).or_insert_with(|| {
                groups.push(Vec::new());
                groups.len() - 1
            });
            if let Some(group) = groups.get_mut(group) {
                group.push(capture);
            }
        }
        Ok(groups)
    }
}

/// Which keys of a batch name one story: sets that are joined (Tarjan's disjoint-set forest, with path halving).
#[derive(Default)]
struct Stories {
    places: HashMap<StoryKey, usize>,
    parents: Vec<usize>,
}

impl Stories {
    fn place(&mut self, archive: &Archive, key: &StoryKey) -> Result<usize, Error> {
        if let Some(place) = self.places.get(key) {
            return Ok(*place);
        }
        let name = archive.with_story(key, |component| Ok(component.name.clone()))?.unwrap_or_else(|| key.clone());
        let new = self.parents.len();
        let place = *self.places.entry(name).or_insert(new);
        if place == new {
            self.parents.push(new);
        }
        self.places.insert(key.clone(), place);
        Ok(place)
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
