//! Where the pages of the index begin and which keys they may hold, as far as it was seen: a key without a row of its own is then
//! looked up without asking the engine for the page in which it would stand, which takes longer than reading that page, and most
//! keys that are new without reading any.

mod key_filter;

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::ops::Bound;
use std::sync::{Mutex, MutexGuard, PoisonError};

use key_filter::KeyFilter;

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
#[derive(Debug)]
enum Region {
    /// Nothing.
    Unseen,
    /// They would stand before all pages, in none.
    Nowhere,
    /// They would stand in the page that begins where they do.
    Page(PageSum, Box<KeyFilter>),
}

/// How many bytes of memory a region takes, about: nodes of the map are two thirds full.
fn weight(begin: &[u8], region: &Region) -> usize {
    let filter = if let Region::Page(_, keys) = region { size_of_val(&**keys) } else { 0 };
    begin.len() + size_of::<(Box<[u8]>, Region)>() * 3 / 2 + filter
}

/// Where a key stands that has no row of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum PagePlace {
    /// In no page.
    Nowhere,
    /// If anywhere, in the page that begins with this sort form and had this checksum.
    Page(Vec<u8>, PageSum),
}

/// A page that was seen.
#[derive(Debug)]
pub(super) struct SeenPage {
    begin: Box<[u8]>,
    sum: PageSum,
    keys: Box<KeyFilter>,
}

impl SeenPage {
    /// A page by the sort form with which it begins, its checksum, and the sort forms of all its keys.
    pub(super) fn new<'a>(begin: &[u8], sum: PageSum, keys: impl Iterator<Item = &'a [u8]>) -> Self {
        Self { begin: begin.into(), sum, keys: Box::new(KeyFilter::of(keys)) }
    }
}

impl PageMap {
    pub(super) fn new(most_bytes: u64) -> Self {
        Self { most_bytes: usize::try_from(most_bytes).unwrap_or(usize::MAX), seen: Mutex::default() }
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns where a sort form stands, for one who has read this generation; `None` where that was not seen.
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
            Region::Page(_, keys) if !keys.may_hold(sort) => Some(PagePlace::Nowhere),
            Region::Page(sum, _) => Some(PagePlace::Page(begin.to_vec(), *sum)),
        }
    }

    /// Notes a page and where the next one begins, or where the first one begins, for one who has read this generation before. It is
    /// not noted when pages were rewritten since.
    pub(super) fn note(&self, page: Option<SeenPage>, end: Option<&[u8]>, generation: u64) {
        let mut seen = self.seen();
        if seen.generation != generation {
            return;
        }
        seen.put(page, end);
        seen.shrink(self.most_bytes);
    }

    /// Says that the commit that has made this generation has rewritten no pages.
    pub(super) fn keep(&self, generation: u64) {
        self.follow(generation, |_| {});
    }

    /// Says in which regions the commit that has made this generation has rewritten pages.
    pub(super) fn rewrite(&self, regions: Vec<Rewritten>, generation: u64) {
        self.follow(generation, |seen| {
            for Rewritten { from, upto, pages } in regions {
                seen.forget(&from, upto.as_deref());
                let mut pages = pages.into_iter().peekable();
                while let Some(page) = pages.next() {
                    let next = pages.peek().map(|next| &*next.begin);
                    seen.put(Some(page), next.or(upto.as_deref()));
                }
            }
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

/// The pages that stand now from one sort form up to another.
pub(super) struct Rewritten {
    pub(super) from: Vec<u8>,
    pub(super) upto: Option<Vec<u8>>,
    pub(super) pages: Vec<SeenPage>,
}

impl Seen {
    /// The region in which a sort form lies, and where it begins.
    fn region_of(&self, sort: &[u8]) -> Option<(&[u8], &Region)> {
        let upto = (Bound::Unbounded, Bound::Included(sort));
        self.regions.range::<[u8], _>(upto).next_back().map(|(begin, region)| (&**begin, region))
    }

    /// Notes a page and where the next one begins, or where the first one begins.
    fn put(&mut self, page: Option<SeenPage>, upto: Option<&[u8]>) {
        let (begin, region) = match page {
            None => (Box::default(), Region::Nowhere),
            Some(SeenPage { begin, sum, keys }) => (begin, Region::Page(sum, keys)),
        };
        self.forget(&begin, upto);
        if let Some(upto) = upto.filter(|upto| !self.regions.contains_key(*upto)) {
            // Nothing that is known reaches over it: that was forgotten.
            self.begin_at(upto.into(), Region::Unseen);
        }
        self.begin_at(begin, region);
    }

    fn begin_at(&mut self, begin: Box<[u8]>, region: Region) {
        self.bytes += weight(&begin, &region);
        match self.regions.entry(begin) {
            Entry::Vacant(place) => _ = place.insert(region),
            Entry::Occupied(mut place) => {
                let before = place.insert(region);
                self.bytes -= weight(place.key(), &before);
            }
        }
    }

    /// Forgets all regions that overlap what lies between two sort forms.
    fn forget(&mut self, from: &[u8], upto: Option<&[u8]>) {
        let upto_from = (Bound::Unbounded, Bound::Included(from));
        if let Some((begin, region)) = self.regions.range_mut::<[u8], _>(upto_from).next_back() {
            self.bytes -= weight(begin, region);
            *region = Region::Unseen;
            self.bytes += weight(begin, region);
        }
        // What is before those in between is unseen, and reaches over them once they are gone.
        if upto.is_none_or(|upto| from < upto) {
            let end: Bound<Box<[u8]>> = upto.map_or(Bound::Unbounded, |upto| Bound::Excluded(upto.into()));
            let inside = self.regions.extract_if((Bound::Excluded(from.into()), end), |_, _| true);
            self.bytes -= inside.map(|(begin, region)| weight(&begin, &region)).sum::<usize>();
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
            let mut behind = behind.skip_while(|(begin, region)| {
                sum += weight(begin, region);
                sum <= least
            });
            let next = behind.next().map(|(begin, _)| begin.clone());
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

    fn sum(begin: &[u8]) -> PageSum {
        [begin.first().copied().unwrap_or_default(); 8]
    }

    fn page(begin: &[u8]) -> PagePlace {
        PagePlace::Page(begin.into(), sum(begin))
    }

    /// A page with the key with which it begins and with all of one byte.
    fn seen(begin: &[u8]) -> SeenPage {
        let short: Vec<u8> = (0..=u8::MAX).collect();
        SeenPage::new(begin, sum(begin), short.chunks(1).chain([begin]))
    }

    /// Pages that begin with d, h and p.
    fn map() -> PageMap {
        let map = PageMap::new(1 << 20);
        assert_eq!(map.find(b"k", 7), None);
        map.note(None, Some(b"d"), 7);
        map.note(Some(seen(b"d")), Some(b"h"), 7);
        map.note(Some(seen(b"h")), Some(b"p"), 7);
        map.note(Some(seen(b"p")), None, 7);
        map
    }

    #[test]
    fn a_key_is_found_in_the_page_that_begins_at_or_before_it() {
        let map = map();
        for (sort, place) in
            [("a", PagePlace::Nowhere), ("d", page(b"d")), ("g", page(b"d")), ("h", page(b"h")), ("z", page(b"p"))]
        {
            assert_eq!(map.find(sort.as_bytes(), 7), Some(place), "{sort}");
        }
    }

    /// One that would stand there and does not is not looked for: of these, none is taken for a key that the page may hold.
    #[test]
    fn a_key_that_its_page_does_not_hold_is_in_none() {
        let map = PageMap::new(1 << 20);
        assert_eq!(map.find(b"k", 7), None);
        let held: [&[u8]; 3] = [b"hail", b"ice", b"kite"];
        map.note(Some(SeenPage::new(b"hail", [1; 8], held.into_iter())), None, 7);
        assert!(held.into_iter().all(|sort| map.find(sort, 7) == Some(PagePlace::Page(b"hail".to_vec(), [1; 8]))));
        for other in ["hat", "ink", "zoo"] {
            assert_eq!(map.find(other.as_bytes(), 7), Some(PagePlace::Nowhere), "{other}");
        }
        assert_eq!(map.find(b"gale", 7), None);
    }

    #[test]
    fn what_was_not_seen_is_not_told() {
        let map = PageMap::new(1 << 20);
        assert_eq!(map.find(b"k", 7), None);
        map.note(Some(seen(b"h")), Some(b"p"), 7);
        assert_eq!((map.find(b"g", 7), map.find(b"h", 7), map.find(b"p", 7)), (None, Some(page(b"h")), None));
    }

    #[test]
    fn pages_that_were_rewritten_are_forgotten_and_the_others_kept() {
        let map = map();
        map.rewrite(vec![rewritten(b"e", Some(b"h"), vec![])], 8);
        assert_eq!(
            [b"a", b"d", b"h"].map(|sort| map.find(sort, 8)),
            [Some(PagePlace::Nowhere), None, Some(page(b"h"))]
        );
        map.keep(9);
        assert_eq!(map.find(b"h", 9), Some(page(b"h")));
        map.rewrite(vec![rewritten(b"h", None, vec![])], 10);
        assert_eq!([b"a", b"h", b"z"].map(|sort| map.find(sort, 10)), [Some(PagePlace::Nowhere), None, None]);
    }

    #[test]
    fn the_pages_that_came_in_their_place_are_known() {
        let map = map();
        map.rewrite(vec![rewritten(b"d", Some(b"p"), vec![seen(b"d"), seen(b"f"), seen(b"k")])], 8);
        let found = ["d", "f", "j", "k", "p"].map(|sort| map.find(sort.as_bytes(), 8));
        assert_eq!(found, ["d", "f", "f", "k", "p"].map(|begin| Some(page(begin.as_bytes()))));
    }

    #[test]
    fn nothing_holds_for_another_generation() {
        let map = map();
        assert_eq!(map.find(b"k", 6), None, "one who reads an older one");
        map.note(Some(seen(b"i")), Some(b"j"), 6);
        assert_eq!(map.find(b"k", 7), Some(page(b"h")));
        // Another process has rewritten something.
        assert_eq!(map.find(b"k", 9), None);
        map.note(Some(seen(b"h")), Some(b"p"), 7);
        assert_eq!((map.find(b"k", 7), map.find(b"k", 9)), (None, None));
        map.note(Some(seen(b"h")), Some(b"p"), 9);
        // The news of what was seen already comes late.
        map.rewrite(vec![rewritten(b"h", None, vec![])], 9);
        assert_eq!(map.find(b"k", 9), Some(page(b"h")));
    }

    #[test]
    fn after_clearing_generations_begin_anew() {
        let map = map();
        map.clear();
        assert_eq!((map.find(b"k", 1), map.find(b"k", 7)), (None, None));
    }

    fn rewritten(from: &[u8], upto: Option<&[u8]>, pages: Vec<SeenPage>) -> Rewritten {
        Rewritten { from: from.to_vec(), upto: upto.map(<[u8]>::to_vec), pages }
    }

    /// What does not fit is forgotten piece by piece, so that most of what was seen is still known.
    #[test]
    fn memory_is_bounded_and_as_much_is_known_as_fits() {
        let map = PageMap::new(20_000);
        let name = |number: usize| format!("{number:04}");
        assert_eq!(map.find(b"0", 1), None);
        for number in (0..1_000).map(|number| number * 7 % 1_000) {
            map.note(Some(seen(name(number).as_bytes())), Some(name(number + 1).as_bytes()), 1);
            let seen = map.seen();
            assert!(seen.bytes <= 20_000);
            assert_eq!(seen.bytes, seen.regions.iter().map(|(begin, region)| weight(begin, region)).sum::<usize>());
        }
        let known = |number: &usize| {
            map.find(name(*number).as_bytes(), 1).inspect(|found| assert_eq!(*found, page(name(*number).as_bytes())))
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
                    map.rewrite(vec![rewritten(&[from], upto.as_ref().map(std::slice::from_ref), vec![])], generation);
                } else {
                    noted.push((from, upto));
                    map.note(Some(seen(&[from])), upto.as_ref().map(std::slice::from_ref), generation);
                }
                for sort in 0..20 {
                    let over = noted.iter().find(|(begin, end)| *begin <= sort && end.is_none_or(|end| sort < end));
                    let wanted = over.map(|(begin, _)| page(&[*begin]));
                    prop_assert_eq!(map.find(&[sort], generation), wanted);
                }
            }
        }
    }

    #[test]
    fn a_map_without_memory_knows_nothing() {
        let map = PageMap::new(0);
        assert_eq!(map.find(b"k", 1), None);
        map.note(None, Some(b"d"), 1);
        map.note(Some(seen(b"d")), None, 1);
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
