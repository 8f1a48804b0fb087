//! The first of many, in bounded memory.

use std::collections::BTreeMap;

/// The so many items with the highest keys. No two items have the same key, so that the order in which they come does not matter.
#[derive(Debug, Clone)]
pub(super) struct Top<K, T> {
    most: usize,
    items: BTreeMap<K, T>,
}

impl<K: Ord, T> Top<K, T> {
    pub(super) const fn new(most: usize) -> Self {
        Self { most, items: BTreeMap::new() }
    }

    /// Whether an item with this key would be kept.
    pub(super) fn takes(&self, key: &K) -> bool {
        self.items.len() < self.most || self.items.first_key_value().is_some_and(|(least, _)| key > least)
    }

    pub(super) fn add(&mut self, key: K, item: T) {
        self.items.insert(key, item);
        if self.items.len() > self.most {
            self.items.pop_first();
        }
    }

    pub(super) fn merge(&mut self, other: Self) {
        other.items.into_iter().for_each(|(key, item)| self.add(key, item));
    }

    /// The items, the highest first.
    pub(super) fn into_items(self) -> Vec<T> {
        self.items.into_values().rev().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_highest_stay_in_any_order() {
        for order in [[1, 2, 3, 4], [4, 3, 2, 1], [2, 4, 1, 3]] {
            let mut top = Top::new(2);
            order.into_iter().for_each(|key| top.add(key, key));
            assert!(top.takes(&5) && !top.takes(&3));
            assert_eq!(top.into_items(), [4, 3]);
        }
        let mut none = Top::new(0);
        none.add(1, 1);
        assert!(!none.takes(&9) && none.into_items().is_empty());
    }
}
