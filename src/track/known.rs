//! Which stories a source has listed before.

use std::collections::{HashSet, VecDeque};

/// Of one source, so many are remembered, those that came last: more than a sitemap may list.
const MAX_KNOWN: usize = 100_000;
/// So many of the last stand in a value of their own, so that a visit with news does not write all that a large sitemap ever listed.
const MAX_LATER: usize = 1_024;

/// Hashes of URLs, those that came first in front.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Known {
    order: VecDeque<[u8; 8]>,
    hashes: HashSet<[u8; 8]>,
    /// How many of them, in front, are in the value that is seldom written.
    earlier: usize,
}

/// What is to be kept: values of the archive, shorter than one may be.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Kept {
    /// Those that came earlier, if they are not as they were kept before.
    pub(super) earlier: Option<Vec<u8>>,
    /// Those that came later.
    pub(super) later: Vec<u8>,
}

impl Known {
    /// Reads what was kept.
    pub(super) fn read(earlier: &[u8], later: &[u8]) -> Self {
        let ((earlier, _), (later, _)) = (earlier.as_chunks::<8>(), later.as_chunks::<8>());
        let all = || earlier.iter().chain(later).copied();
        Self { order: all().collect(), hashes: all().collect(), earlier: earlier.len() }
    }

    /// Returns what is to be kept. Of more than `most`, the first may be forgotten.
    pub(super) fn keep(&mut self, most: usize) -> Kept {
        if self.order.len() - self.earlier <= MAX_LATER {
            return Kept { earlier: None, later: self.bytes(self.earlier) };
        }
        self.shorten(most.min(MAX_KNOWN));
        self.earlier = self.order.len();
        Kept { earlier: Some(self.bytes(0)), later: Vec::new() }
    }

    fn bytes(&self, from: usize) -> Vec<u8> {
        self.order.iter().skip(from).flatten().copied().collect()
    }

    fn shorten(&mut self, most: usize) {
        while self.order.len() > most
            && let Some(oldest) = self.order.pop_front()
        {
            self.hashes.remove(&oldest);
        }
    }

    /// Notes a URL; says whether it is new.
    pub(super) fn add(&mut self, url: &str) -> bool {
        let hash = hash(url);
        let is_new = self.hashes.insert(hash);
        if is_new {
            self.order.push_back(hash);
        }
        is_new
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

    /// Adds URLs visit by visit, and keeps and reads them after each; returns it with the bytes that each visit wrote.
    fn visits(visits: impl IntoIterator<Item = std::ops::Range<usize>>, most: usize) -> (Known, Vec<usize>) {
        let (mut earlier, mut later) = (Vec::new(), Vec::new());
        let written = visits.into_iter().map(|urls| {
            let mut known = Known::read(&earlier, &later);
            assert!(urls.into_iter().all(|number| known.add(&number.to_string())));
            let kept = known.keep(most);
            let written = kept.earlier.as_ref().map_or(0, Vec::len) + kept.later.len();
            earlier = kept.earlier.unwrap_or_else(|| earlier.clone());
            later = kept.later;
            assert!(earlier.len().max(later.len()) <= crate::archive::MAX_STATE_BYTES);
            assert_eq!(Known::read(&earlier, &later), known);
            written
        });
        let written = written.collect();
        (Known::read(&earlier, &later), written)
    }

    #[test]
    fn it_comes_back_as_it_was_and_forgets_the_first() {
        let (mut known, _) = visits([0..MAX_KNOWN, MAX_KNOWN..MAX_KNOWN + 2 * MAX_LATER], usize::MAX);
        let last = (MAX_KNOWN + 2 * MAX_LATER - 1).to_string();
        assert!(
            !known.add(&last) && !known.add(&(2 * MAX_LATER).to_string()) && known.add("0"),
            "the first is forgotten"
        );
        let (mut known, _) = visits(std::iter::once(0..5_000), 3_000);
        assert!(!known.add("2000") && known.add("1999"));
    }

    #[test]
    fn a_visit_with_little_news_writes_little() {
        let news = (0..1_000).map(|visit| 50_000 + 2 * visit..50_002 + 2 * visit);
        let (_, written) = visits(std::iter::once(0..50_000).chain(news), usize::MAX);
        let once_all: usize = written.iter().skip(1).filter(|bytes| **bytes > MAX_LATER * 8).count();
        assert_eq!((written[0], once_all), (400_000, 1), "all of it once, when the later have become too many");
    }
}
