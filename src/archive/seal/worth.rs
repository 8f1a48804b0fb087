//! Whether merging fresh packs pays.

use std::hash::BuildHasher as _;

use rustc_hash::FxBuildHasher;

/// Packs are merged when there are so many sections for a hundred keys, those not counted that hang on a text elsewhere, ...
const MERGED_SHARE: usize = 300;
/// ... or the packs are smaller than this, in bytes.
const SMALL_PACK: usize = 4 << 10;

/// What some fresh packs have, as far as it says whether merging them pays.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::archive) struct Worth {
    packs: usize,
    bytes: usize,
    /// The keys of the sections that hang on no text elsewhere, hashed: two keys of one hash among thousands do no harm.
    keys: Vec<u64>,
}

impl Worth {
    /// That of no packs.
    pub(in crate::archive) const fn new() -> Self {
        Self { packs: 0, bytes: 0, keys: Vec::new() }
    }

    /// Adds a pack that weighs so much and has sections of these sort forms that hang on no text elsewhere.
    pub(in crate::archive) fn add<'a>(&mut self, weight: usize, sections: impl Iterator<Item = &'a [u8]>) {
        self.packs += 1;
        self.bytes += weight;
        self.keys.extend(sections.map(|sort| FxBuildHasher.hash_one(sort)));
    }

    /// Adds what others have.
    pub(in crate::archive) fn and(&mut self, more: &Self) {
        self.packs += more.packs;
        self.bytes += more.bytes;
        self.keys.extend(&more.keys);
    }

    /// Says whether merging them pays: because keys stand in several of them, or because they are small.
    pub(super) fn pays(mut self) -> bool {
        let sections = self.keys.len();
        self.keys.sort_unstable();
        self.keys.dedup();
        let repeats = sections * 100 >= self.keys.len() * MERGED_SHARE && sections > 0;
        self.packs > 1 && (repeats || self.bytes < self.packs * SMALL_PACK)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Packs of a weight, each with a section of so many keys.
    fn packs(count: usize, weight: usize, keys: usize) -> Worth {
        let mut worth = Worth::new();
        for pack in 0..count {
            let mut more = Worth::new();
            more.add(weight, [format!("{}", pack % keys).as_bytes()].into_iter());
            worth.and(&more);
        }
        worth
    }

    #[test]
    fn it_pays_when_keys_are_repeated_or_packs_are_small() {
        assert!(packs(12, SMALL_PACK, 4).pays(), "each key three times");
        assert!(!packs(11, SMALL_PACK, 4).pays());
        assert!(packs(11, SMALL_PACK - 1, 11).pays(), "small packs");
        assert!(!packs(1, 10, 1).pays(), "one pack is merged with none");
        let mut hanging = Worth::new();
        (0..9).for_each(|_| hanging.add(SMALL_PACK, std::iter::empty()));
        assert!(!hanging.pays(), "sections that hang elsewhere do not count");
    }
}
