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
    /// By the sort forms with which they begin; each reaches up to the next one, the last one up to the end. Nothing is known of
    /// what is before the first one.
    regions: BTreeMap<Box<[u8]>, Region>,
    bytes: usize,
    /// Where to go on forgetting when there are too many.
    hand: Box<[u8]>,
}

/// What is known of the sort forms that lie side by side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Region {
    /// Nothing.
    Unseen,
    /// They would stand before all pages, in none.
    Nowhere,
    /// They would stand in the page that begins where they do.
    Page(PageSum),
}

/// How many bytes of memory a region takes, about: nodes of the map are two thirds full.
fn weight(begin: &[u8]) -> usize {
    begin.len() + size_of::<(Box<[u8]>, Region)>() * 3 / 2
}

/// The page in which a key would stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum PagePlace {
    /// It is before all pages.
    Nowhere,
    /// In the page that begins with this sort form and had this checksum.
    Page(Vec<u8>, PageSum),
}

impl PagePlace {
    /// The first sort form that would stand there.
    fn begin(&self) -> &[u8] {
        match self {
            Self::Nowhere => &[],
            Self::Page(begin, _) => begin,
        }
    }
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
        let (begin, region) = seen.region_of(sort)?;
        match region {
            Region::Unseen => None,
            Region::Nowhere => Some(PagePlace::Nowhere),
            Region::Page(sum) => Some(PagePlace::Page(begin.to_vec(), sum)),
        }
    }

    /// Notes where a page begins and the next one, for one who has read this generation before. It is not noted when pages were
    /// rewritten since.
    pub(super) fn note(&self, place: &PagePlace, end: Option<&[u8]>, generation: u64) {
        let mut seen = self.seen();
        if seen.generation != generation {
            return;
        }
        seen.put(place, end);
        seen.shrink(self.most_bytes);
    }

    /// Says that the commit that has made this generation has rewritten no pages.
    pub(super) fn keep(&self, generation: u64) {
        self.follow(generation, |_| {});
    }

    /// Says that the commit that has made this generation has rewritten pages from one sort form up to another, and which pages stand
    /// there now.
    pub(super) fn rewrite(&self, from: &[u8], upto: Option<&[u8]>, pages: &[PagePlace], generation: u64) {
        self.follow(generation, |seen| {
            seen.forget(from, upto);
            let ends = pages.iter().skip(1).map(|next| Some(next.begin())).chain([upto]);
            pages.iter().zip(ends).for_each(|(place, end)| seen.put(place, end));
            seen.shrink(self.most_bytes);
        });
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
    /// The region in which a sort form lies, and where it begins.
    fn region_of(&self, sort: &[u8]) -> Option<(&[u8], Region)> {
        let upto = (Bound::Unbounded, Bound::Included(sort));
        self.regions.range::<[u8], _>(upto).next_back().map(|(begin, region)| (&**begin, *region))
    }

    /// Notes a page, and where the next one begins.
    fn put(&mut self, place: &PagePlace, upto: Option<&[u8]>) {
        self.forget(place.begin(), upto);
        if let Some(upto) = upto.filter(|upto| !self.regions.contains_key(*upto)) {
            // Nothing that is known reaches over it: that was forgotten.
            self.begin_at(upto, Region::Unseen);
        }
        let region = match place {
            PagePlace::Nowhere => Region::Nowhere,
            PagePlace::Page(_, sum) => Region::Page(*sum),
        };
        self.begin_at(place.begin(), region);
    }

    fn begin_at(&mut self, begin: &[u8], region: Region) {
        if self.regions.insert(begin.into(), region).is_none() {
            self.bytes += weight(begin);
        }
    }

    /// Forgets all regions that overlap what lies between two sort forms.
    fn forget(&mut self, from: &[u8], upto: Option<&[u8]>) {
        let upto_from = (Bound::Unbounded, Bound::Included(from));
        if let Some((_, region)) = self.regions.range_mut::<[u8], _>(upto_from).next_back() {
            *region = Region::Unseen;
        }
        // What is before those in between is unseen, and reaches over them once they are gone.
        if upto.is_none_or(|upto| from < upto) {
            let end: Bound<Box<[u8]>> = upto.map_or(Bound::Unbounded, |upto| Bound::Excluded(upto.into()));
            let inside = self.regions.extract_if((Bound::Excluded(from.into()), end), |_, _| true);
            self.bytes -= inside.map(|(begin, _)| weight(&begin)).sum::<usize>();
        }
    }

    /// Where there is too much, forgets that and an eighth more, of what comes next in turn: one region is asked for as often as
    /// another.
    fn shrink(&mut self, most_bytes: usize) {
        while self.bytes > most_bytes {
            let least = self.bytes - most_bytes + most_bytes / 8;
            let from = std::mem::take(&mut self.hand);
            let behind = self.regions.range::<[u8], _>((Bound::Excluded(&*from), Bound::Unbounded));
            let mut sum = 0;
            let next = behind.map(|(begin, _)| begin).find(|begin| {
                sum += weight(begin);
                sum > least
            });
            let next = next.cloned();
            self.forget(&from, next.as_deref());
            if next.is_none() && from.is_empty() {
                (self.regions, self.bytes) = (BTreeMap::new(), 0);
            }
            self.hand = next.unwrap_or_default();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use proptest::prelude::*;

    use super::*;
    use crate::engine::MemoryEngine;
    use crate::model::{Article, NewCapture, StoryKey};
    use crate::{Archive, CheckOptions, IngestOptions, OpenOptions};

    fn page(begin: &str) -> PagePlace {
        let sum = begin.bytes().next().unwrap_or_default();
        PagePlace::Page(begin.into(), [sum; 8])
    }

    /// Pages that begin with d, h and p.
    fn map() -> PageMap {
        let map = PageMap::new(1 << 20);
        assert_eq!(map.find(b"k", 7), None);
        map.note(&PagePlace::Nowhere, Some(b"d"), 7);
        map.note(&page("d"), Some(b"h"), 7);
        map.note(&page("h"), Some(b"p"), 7);
        map.note(&page("p"), None, 7);
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
        map.note(&page("h"), Some(b"p"), 7);
        assert_eq!((map.find(b"g", 7), map.find(b"h", 7), map.find(b"p", 7)), (None, Some(page("h")), None));
    }

    #[test]
    fn pages_that_were_rewritten_are_forgotten_and_the_others_kept() {
        let map = map();
        map.rewrite(b"e", Some(b"h"), &[], 8);
        assert_eq!([b"a", b"d", b"h"].map(|sort| map.find(sort, 8)), [Some(PagePlace::Nowhere), None, Some(page("h"))]);
        map.keep(9);
        assert_eq!(map.find(b"h", 9), Some(page("h")));
        map.rewrite(b"h", None, &[], 10);
        assert_eq!([b"a", b"h", b"z"].map(|sort| map.find(sort, 10)), [Some(PagePlace::Nowhere), None, None]);
    }

    #[test]
    fn the_pages_that_came_in_their_place_are_known() {
        let map = map();
        map.rewrite(b"d", Some(b"p"), &[page("d"), page("f"), page("k")], 8);
        let found = ["d", "f", "j", "k", "p"].map(|sort| map.find(sort.as_bytes(), 8));
        assert_eq!(found, ["d", "f", "f", "k", "p"].map(|begin| Some(page(begin))));
    }

    #[test]
    fn nothing_holds_for_another_generation() {
        let map = map();
        assert_eq!(map.find(b"k", 6), None, "one who reads an older one");
        map.note(&page("i"), Some(b"j"), 6);
        assert_eq!(map.find(b"k", 7), Some(page("h")));
        // Another process has rewritten something.
        assert_eq!(map.find(b"k", 9), None);
        map.note(&page("h"), Some(b"p"), 7);
        assert_eq!((map.find(b"k", 7), map.find(b"k", 9)), (None, None));
        map.note(&page("h"), Some(b"p"), 9);
        // The news of what was seen already comes late.
        map.rewrite(b"h", None, &[], 9);
        assert_eq!(map.find(b"k", 9), Some(page("h")));
    }

    #[test]
    fn after_clearing_generations_begin_anew() {
        let map = map();
        map.clear();
        assert_eq!((map.find(b"k", 1), map.find(b"k", 7)), (None, None));
    }

    /// What does not fit is forgotten piece by piece, so that most of what was seen is still known.
    #[test]
    fn memory_is_bounded_and_as_much_is_known_as_fits() {
        let map = PageMap::new(10_000);
        let name = |number: usize| format!("{number:04}");
        assert_eq!(map.find(b"0", 1), None);
        for number in (0..1_000).map(|number| number * 7 % 1_000) {
            map.note(&page(&name(number)), Some(name(number + 1).as_bytes()), 1);
            let seen = map.seen();
            assert!(seen.bytes <= 10_000);
            assert_eq!(seen.bytes, seen.regions.keys().map(|begin| weight(begin)).sum::<usize>());
        }
        let known = |number: &usize| {
            map.find(name(*number).as_bytes(), 1).inspect(|found| assert_eq!(*found, page(&name(*number))))
        };
        let count = (0..1_000).filter_map(|number| known(&number)).count();
        assert!(count > 80, "{count} pages are known");
    }

    proptest! {
        /// Against a list of all that was noted since it was last touched.
        #[test]
        fn what_was_noted_holds_until_something_over_it_is_noted_or_rewritten(
            steps in prop::collection::vec((0_u8..20, 1_u8..8, any::<bool>()), 0..40),
        ) {
            let map = PageMap::new(1 << 20);
            assert_eq!(map.find(&[], 0), None);
            let mut generation = 0;
            let mut noted: Vec<(u8, Option<u8>)> = Vec::new();
            for (from, length, is_rewritten) in steps {
                let upto = Some(from + length).filter(|upto| *upto < 20);
                noted.retain(|(begin, end)| upto.is_some_and(|upto| upto <= *begin) || end.is_some_and(|end| end <= from));
                if is_rewritten {
                    generation += 1;
                    map.rewrite(&[from], upto.as_ref().map(std::slice::from_ref), &[], generation);
                } else {
                    noted.push((from, upto));
                    let place = PagePlace::Page(vec![from], [from; 8]);
                    map.note(&place, upto.as_ref().map(std::slice::from_ref), generation);
                }
                for sort in 0..20 {
                    let over = noted.iter().find(|(begin, end)| *begin <= sort && end.is_none_or(|end| sort < end));
                    let wanted = over.map(|(begin, _)| PagePlace::Page(vec![*begin], [*begin; 8]));
                    prop_assert_eq!(map.find(&[sort], generation), wanted);
                }
            }
        }
    }

    #[test]
    fn a_map_without_memory_knows_nothing() {
        let map = PageMap::new(0);
        assert_eq!(map.find(b"k", 1), None);
        map.note(&PagePlace::Nowhere, Some(b"d"), 1);
        map.note(&page("d"), None, 1);
        assert_eq!((map.find(b"a", 1), map.find(b"k", 1)), (None, None));
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
