//! Which keys a page of the index may hold, in far less room than the page.

use std::hash::BuildHasher as _;

use rustc_hash::FxBuildHasher;

/// Bits of a filter: eight for each key of a full page.
const BITS: u64 = 512;
/// How many of them a key sets.
const BITS_A_KEY: u32 = 4;

/// A Bloom filter of sort forms (Bloom, "Space/Time Trade-offs in Hash Coding with Allowable Errors", 1970): of the keys that a full
/// page does not hold, it takes one in forty for one that it may hold.
#[derive(Debug, Default)]
pub(super) struct KeyFilter([u64; (BITS / u64::BITS as u64) as usize]);

impl KeyFilter {
    /// The filter of some sort forms.
    pub(super) fn of<'a>(sorts: impl Iterator<Item = &'a [u8]>) -> Self {
        let mut filter = Self::default();
        for sort in sorts {
            for (word, bit) in bits(sort) {
                filter.0.get_mut(word).into_iter().for_each(|word| *word |= bit);
            }
        }
        filter
    }

    /// Says whether a sort form may be one of them: always, if it is.
    pub(super) fn may_hold(&self, sort: &[u8]) -> bool {
        bits(sort).all(|(word, bit)| self.0.get(word).is_some_and(|word| word & bit != 0))
    }
}

/// The bits of a sort form: the number of the word, and the bit in it.
fn bits(sort: &[u8]) -> impl Iterator<Item = (usize, u64)> {
    let hash = FxBuildHasher.hash_one(sort);
    (0..BITS_A_KEY).map(move |nth| {
        let place = (hash >> (nth * BITS.ilog2())) % BITS;
        ((place / u64::from(u64::BITS)) as usize, 1 << (place % u64::from(u64::BITS)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(word: &str, count: usize) -> Vec<String> {
        (0..count).map(|number| format!("uexample,news)/{word}/{number} https")).collect()
    }

    #[test]
    fn every_key_that_it_was_made_of_may_be_there() {
        let there = names("there", 64);
        let filter = KeyFilter::of(there.iter().map(String::as_bytes));
        assert!(there.iter().all(|name| filter.may_hold(name.as_bytes())));
        assert!(!KeyFilter::of(std::iter::empty()).may_hold(b"any"));
    }

    #[test]
    fn few_others_may_be_there() {
        let there = names("there", 64);
        let filter = KeyFilter::of(there.iter().map(String::as_bytes));
        let wrong = names("elsewhere", 100_000).iter().filter(|name| filter.may_hold(name.as_bytes())).count();
        // By the formula 2.4%.
        assert!((1_000..4_000).contains(&wrong), "{wrong} of 100,000");
    }
}
