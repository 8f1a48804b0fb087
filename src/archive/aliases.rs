//! What is known of which keys are of one story.

use std::collections::{BTreeMap, BTreeSet};

use crate::format::pack::Link;
use crate::model::{AliasDates, StoryKey, name_of};

/// Alias facts: the alias and a key of the story that it names, with what is known of the pair.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Aliases(BTreeMap<(StoryKey, StoryKey), AliasDates>);

impl Aliases {
    pub(super) fn add(&mut self, alias: &StoryKey, of: &StoryKey, dates: AliasDates) {
        let known = self.0.entry((alias.clone(), of.clone())).or_insert(dates);
        *known = known.join(dates);
    }

    /// Adds the facts of one key.
    pub(super) fn add_links(&mut self, alias: &StoryKey, links: &[Link]) {
        links.iter().for_each(|link| self.add(alias, &link.of, link.dates));
    }

    pub(super) fn extend(&mut self, other: &Self) {
        other.0.iter().for_each(|((alias, of), dates)| self.add(alias, of, *dates));
    }

    pub(super) fn get(&self, alias: &StoryKey, of: &StoryKey) -> Option<AliasDates> {
        self.0.get(&(alias.clone(), of.clone())).copied()
    }

    /// All facts, in their order.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&StoryKey, &StoryKey, AliasDates)> {
        self.0.iter().map(|((alias, of), dates)| (alias, of, *dates))
    }

    /// The facts of one key, in their order.
    pub(super) fn links(self) -> Vec<Link> {
        self.0.into_iter().map(|((_, of), dates)| Link { of, dates }).collect()
    }

    /// The pairs that are of one story.
    pub(super) fn holding(&self) -> Vec<(StoryKey, StoryKey)> {
        self.0.iter().filter(|(_, dates)| dates.holds()).map(|(pair, _)| pair.clone()).collect()
    }

    /// Divides keys into stories: what the facts that hold connect.
    pub(super) fn stories(&self, keys: &BTreeSet<StoryKey>) -> Vec<BTreeSet<StoryKey>> {
        let links = Connected::of(self.holding());
        let mut rest = keys.clone();
        let mut stories = Vec::new();
        while let Some(first) = rest.pop_first() {
            let story: BTreeSet<StoryKey> =
                links.story_of(&first).into_iter().cloned().chain([first.clone()]).collect();
            rest.retain(|key| !story.contains(key));
            stories.push(story);
        }
        stories
    }

    /// The name of a story that is made up of these keys.
    pub(super) fn name_of(&self, keys: &BTreeSet<StoryKey>) -> Option<StoryKey> {
        name_of(keys, &self.holding()).cloned()
    }
}

/// Which keys the alias facts that hold connect.
#[derive(Debug, Default)]
pub(super) struct Connected {
    neighbours: BTreeMap<StoryKey, BTreeSet<StoryKey>>,
    facts: BTreeSet<(StoryKey, StoryKey)>,
}

impl Connected {
    pub(super) fn of(pairs: impl IntoIterator<Item = (StoryKey, StoryKey)>) -> Self {
        let mut links = Self::default();
        for (alias, of) in pairs {
            links.neighbours.entry(alias.clone()).or_default().insert(of.clone());
            links.neighbours.entry(of.clone()).or_default().insert(alias.clone());
            links.facts.insert((alias, of));
        }
        links
    }

    /// Every key of the story that `key` names, in order; empty when no fact is about it.
    pub(super) fn story_of(&self, key: &StoryKey) -> Vec<&StoryKey> {
        let mut found: BTreeSet<&StoryKey> = BTreeSet::new();
        let mut open: Vec<&StoryKey> = self.neighbours.get_key_value(key).map(|(key, _)| key).into_iter().collect();
        while let Some(next) = open.pop() {
            if found.insert(next) {
                open.extend(self.neighbours.get(next).into_iter().flatten());
            }
        }
        found.into_iter().collect()
    }

    /// The facts whose alias is one of some keys.
    pub(super) fn among(&self, keys: &BTreeSet<StoryKey>) -> Vec<(StoryKey, StoryKey)> {
        let of = |key: &StoryKey| {
            let targets = self.neighbours.get(key).into_iter().flatten();
            targets
                .map(|target| (key.clone(), target.clone()))
                .filter(|fact| self.facts.contains(fact))
                .collect::<Vec<_>>()
        };
        keys.iter().flat_map(of).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Timestamp;

    #[test]
    fn stories_are_what_holding_facts_connect() {
        let key = |name: &str| StoryKey::id(name).unwrap();
        let at = |minute: i64| Timestamp::from_micros(minute).unwrap();
        let keys: BTreeSet<StoryKey> = ["a", "b", "c", "d"].map(key).into();
        let mut aliases = Aliases::default();
        aliases.add(&key("a"), &key("b"), AliasDates::since(at(1)));
        aliases.add(&key("c"), &key("b"), AliasDates::since(at(1)));
        assert_eq!(aliases.stories(&keys), [["a", "b", "c"].map(key).into(), BTreeSet::from([key("d")])]);
        aliases.add(&key("c"), &key("b"), AliasDates::split(at(2)));
        assert_eq!(aliases.stories(&keys).len(), 3);
        aliases.add(&key("c"), &key("b"), AliasDates::merged(at(3)));
        assert_eq!(aliases.stories(&keys).len(), 2);
    }
}
