//! Where the pages of the index begin, as far as it was seen: a key without a row of its own is then looked up without asking the
//! engine for the page in which it would stand, which takes longer than reading that page.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The checksum at the end of a page's row.
pub(super) type PageSum = [u8; 8];

/// What is known of pages at one generation.
#[derive(Debug)]
pub(super) struct PageMap {
    /// About so many bytes of memory are taken.
    most_bytes: usize,
    seen: Mutex<Seen>,
}

#[derive(Debug, Default)]
struct Seen {
    generation: u64,
    /// By the sort forms with which they begin; none overlaps another.
    regions: BTreeMap<Vec<u8>, Region>,
    bytes: usize,
}

/// The sort forms that would stand in one page, or in none: those before the first one.
#[derive(Debug)]
struct Region {
    /// Where the next page begins.
    end: Option<Vec<u8>>,
    page: Option<PageSum>,
}

impl Region {
    fn weight(&self, begin: &[u8]) -> usize {
        begin.len() + self.end.as_ref().map_or(0, Vec::len) + size_of::<(Vec<u8>, Self)>()
    }
}

/// The page in which a key would stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum PagePlace {
    /// It is before all pages.
    Nowhere,
    /// In the page that begins with this sort form and had this checksum.
    Page(Vec<u8>, PageSum),
}

impl PageMap {
    pub(super) fn new(most_bytes: u64) -> Self {
        Self { most_bytes: usize::try_from(most_bytes).unwrap_or(usize::MAX), seen: Mutex::default() }
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns where a sort form would stand, for one who has read this generation; `None` where that was not seen.
    pub(super) fn find(&self, sort: &[u8], generation: u64) -> Option<PagePlace> {
        let mut seen = self.seen();
        if seen.generation < generation {
            // Somebody else has rewritten pages.
            *seen = Seen { generation, ..Seen::default() };
        }
        if seen.generation != generation {
            return None;
        }
        let upto = (Bound::Unbounded, Bound::Included(sort));
        let (begin, region) = seen.regions.range::<[u8], _>(upto).next_back()?;
        if region.end.as_ref().is_some_and(|end| sort >= end.as_slice()) {
            return None;
        }
        Some(region.page.map_or(PagePlace::Nowhere, |sum| PagePlace::Page(begin.clone(), sum)))
    }

    /// Notes where a page begins and the next one, for one who has read this generation before. It is not noted when pages were
    /// rewritten since.
    pub(super) fn note(&self, place: PagePlace, end: Option<Vec<u8>>, generation: u64) {
        let mut seen = self.seen();
        if seen.generation != generation {
            return;
        }
        let (begin, page) = match place {
            PagePlace::Nowhere => (Vec::new(), None),
            PagePlace::Page(begin, sum) => (begin, Some(sum)),
        };
        seen.forget(&begin, end.as_deref());
        let region = Region { end, page };
        seen.bytes += region.weight(&begin);
        seen.regions.insert(begin, region);
        if seen.bytes > self.most_bytes {
            *seen = Seen { generation, ..Seen::default() };
        }
    }

    /// Says that the commit that has made this generation has rewritten no pages.
    pub(super) fn keep(&self, generation: u64) {
        self.follow(generation, |_| {});
    }

    /// Says that the commit that has made this generation has rewritten pages from one sort form up to another.
    pub(super) fn rewrite(&self, from: &[u8], upto: Option<&[u8]>, generation: u64) {
        self.follow(generation, |seen| seen.forget(from, upto));
    }

    /// Forgets everything.
    pub(super) fn clear(&self) {
        *self.seen() = Seen::default();
    }

    fn follow(&self, generation: u64, change: impl FnOnce(&mut Seen)) {
        let mut seen = self.seen();
        // Else what was seen is of that generation already, or it is forgotten when somebody has read this one.
        if seen.generation + 1 == generation {
            change(&mut seen);
            seen.generation = generation;
        }
    }
}

impl Seen {
    /// Forgets all regions that overlap what lies between two sort forms.
    fn forget(&mut self, from: &[u8], upto: Option<&[u8]>) {
        let is_before_end = |begin: &[u8]| upto.is_none_or(|upto| begin < upto);
        let first = self.regions.range::<[u8], _>((Bound::Unbounded, Bound::Included(from))).next_back();
        let reaches = |region: &Region| region.end.as_ref().is_none_or(|end| end.as_slice() > from);
        let first = first.filter(|(_, region)| reaches(region)).map(|(begin, _)| begin.clone());
        let inside = self.regions.range::<[u8], _>((Bound::Excluded(from), Bound::Unbounded));
        let inside = inside.map(|(begin, _)| begin).take_while(|begin| is_before_end(begin)).cloned();
        for begin in first.into_iter().chain(inside).collect::<Vec<_>>() {
            let gone = self.regions.remove(&begin);
            self.bytes -= gone.map_or(0, |region| region.weight(&begin));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::engine::MemoryEngine;
    use crate::model::{Article, NewCapture, StoryKey};
    use crate::{Archive, CheckOptions, IngestOptions, OpenOptions};

    fn page(begin: &str) -> PagePlace {
        let sum = begin.bytes().next().unwrap_or_default();
        PagePlace::Page(begin.into(), [sum; 8])
    }

    fn end(end: &str) -> Option<Vec<u8>> {
        Some(end.into())
    }

    /// Pages that begin with d, h and p.
    fn map() -> PageMap {
        let map = PageMap::new(1 << 20);
        assert_eq!(map.find(b"k", 7), None);
        map.note(PagePlace::Nowhere, end("d"), 7);
        map.note(page("d"), end("h"), 7);
        map.note(page("h"), end("p"), 7);
        map.note(page("p"), None, 7);
        map
    }

    #[test]
    fn a_key_is_found_in_the_page_that_begins_at_or_before_it() {
        let map = map();
        for (sort, place) in
            [("a", PagePlace::Nowhere), ("d", page("d")), ("g", page("d")), ("h", page("h")), ("z", page("p"))]
        {
            assert_eq!(map.find(sort.as_bytes(), 7), Some(place), "{sort}");
        }
    }

    #[test]
    fn what_was_not_seen_is_not_told() {
        let map = PageMap::new(1 << 20);
        assert_eq!(map.find(b"k", 7), None);
        map.note(page("h"), end("p"), 7);
        assert_eq!((map.find(b"g", 7), map.find(b"h", 7), map.find(b"p", 7)), (None, Some(page("h")), None));
    }

    #[test]
    fn pages_that_were_rewritten_are_forgotten_and_the_others_kept() {
        let map = map();
        map.rewrite(b"e", Some(b"h"), 8);
        assert_eq!([b"a", b"d", b"h"].map(|sort| map.find(sort, 8)), [Some(PagePlace::Nowhere), None, Some(page("h"))]);
        map.keep(9);
        assert_eq!(map.find(b"h", 9), Some(page("h")));
        map.rewrite(b"h", None, 10);
        assert_eq!([b"a", b"h", b"z"].map(|sort| map.find(sort, 10)), [Some(PagePlace::Nowhere), None, None]);
    }

    #[test]
    fn nothing_holds_for_another_generation() {
        let map = map();
        assert_eq!(map.find(b"k", 6), None, "one who reads an older one");
        map.note(page("i"), end("j"), 6);
        assert_eq!(map.find(b"k", 7), Some(page("h")));
        // Another process has rewritten something.
        assert_eq!(map.find(b"k", 9), None);
        map.note(page("h"), end("p"), 7);
        assert_eq!((map.find(b"k", 7), map.find(b"k", 9)), (None, None));
        map.note(page("h"), end("p"), 9);
        // The news of what was seen already comes late.
        map.rewrite(b"h", None, 9);
        assert_eq!(map.find(b"k", 9), Some(page("h")));
    }

    #[test]
    fn after_clearing_generations_begin_anew() {
        let map = map();
        map.clear();
        assert_eq!((map.find(b"k", 1), map.find(b"k", 7)), (None, None));
    }

    #[test]
    fn memory_is_bounded() {
        let map = PageMap::new(10_000);
        assert_eq!(map.find(b"0", 1), None);
        for number in 0..1_000 {
            map.note(page(&format!("{number:04}")), end(&format!("{:04}", number + 1)), 1);
            let seen = map.seen();
            assert!(seen.bytes <= 10_000);
            assert_eq!(seen.bytes, seen.regions.iter().map(|(begin, region)| region.weight(begin)).sum::<usize>());
        }
        assert_eq!(map.find(b"0999", 1), Some(page("0999")));
    }

    /// Two archives on one engine, each of which gathers rows into pages that the other one has seen otherwise.
    #[test]
    fn what_somebody_else_has_put_into_pages_is_found() {
        let engine = MemoryEngine::default();
        let open = || Archive::with_engine(Arc::new(engine.clone()), &OpenOptions::default()).unwrap();
        let (one, other) = (open(), open());
        let ingest = |archive: &Archive, day: u32, stories: std::ops::Range<usize>| {
            let captures = stories.map(|story| {
                let key = StoryKey::Id(format!("{:03}", story * 7 % 300));
                NewCapture::article(
                    key,
                    format!("2026-03-{day:02}").parse().unwrap(),
                    Article::new(format!("Day {day}")),
                )
            });
            let report = archive.ingest_many(captures, &IngestOptions::default(), |_| {}).unwrap();
            archive.seal().unwrap();
            report.stories
        };
        let made = [
            ingest(&one, 1, 0..200),
            ingest(&other, 2, 100..300),
            ingest(&one, 3, 0..300),
            ingest(&other, 4, 0..300),
            ingest(&one, 5, 0..300),
        ];
        assert_eq!(made, [200, 100, 0, 0, 0]);
        let report = one.check(&CheckOptions { deep: true }, |_, _| {}).unwrap();
        assert!(report.findings.is_empty(), "{:?}", report.findings);
    }
}
