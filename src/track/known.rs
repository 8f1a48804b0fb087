//! Which stories a source has listed before.

use std::collections::{HashSet, VecDeque};

/// Of one source, so many are remembered, those that came last: more than a sitemap may list.
const MAX_KNOWN: usize = 100_000;

/// Hashes of URLs, those that came first in front.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Known {
    order: VecDeque<[u8; 8]>,
    hashes: HashSet<[u8; 8]>,
}

impl Known {
    /// Reads what [`Known::bytes`] wrote.
    pub(super) fn read(bytes: &[u8]) -> Self {
        let (hashes, _) = bytes.as_chunks::<8>();
        Self { order: hashes.iter().copied().collect(), hashes: hashes.iter().copied().collect() }
    }

    /// Returns it as bytes, of which there are less than a value of the archive may have.
    pub(super) fn bytes(&self) -> Vec<u8> {
        self.order.iter().flatten().copied().collect()
    }

    /// Notes a URL; says whether it is new.
    pub(super) fn add(&mut self, url: &str) -> bool {
        let hash = hash(url);
        if !self.hashes.insert(hash) {
            return false;
        }
        self.order.push_back(hash);
        self.shorten(MAX_KNOWN);
        true
    }

    /// Forgets all but the last `most`.
    pub(super) fn shorten(&mut self, most: usize) {
        while self.order.len() > most
            && let Some(oldest) = self.order.pop_front()
        {
            self.hashes.remove(&oldest);
        }
    }

    /// Says whether nothing was noted yet.
    pub(super) fn is_empty(&self) -> bool {
        self.order.is_empty()
    }
}

fn hash(url: &str) -> [u8; 8] {
    let mut hash = [0; 8];
    blake3::Hasher::new().update(url.as_bytes()).finalize_xof().fill(&mut hash);
    hash
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_comes_back_as_it_was_and_forgets_the_first() {
        let mut known = Known::default();
        assert!((0..=MAX_KNOWN).all(|number| known.add(&number.to_string())));
        assert_eq!(Known::read(&known.bytes()), known);
        assert!(known.bytes().len() <= crate::archive::MAX_STATE_BYTES);
        assert!(!known.add("1") && known.add("0"), "the first was forgotten");
    }
}
