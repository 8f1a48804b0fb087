//! Captures as they are read: in chunks, with marks where what was read so far may be kept.

use std::hash::BuildHasher as _;
use std::iter::Peekable;

use rustc_hash::{FxBuildHasher, FxHashSet};

use crate::model::{Article, NewCapture, StoryKey};

/// A chunk is what one core prepares at a time: so many captures ...
const CHUNK_CAPTURES: usize = 128;
/// ... or so many bytes of text.
pub(super) const CHUNK_BYTES: usize = 256 << 10;
/// What is kept at a time before the end of a batch, where captures come story by story: about so many bytes of text ...
const PORTION_BYTES: usize = 1 << 20;
/// ... or so many captures.
const PORTION_CAPTURES: usize = 512;
/// A batch is closed at so many bytes of text, whatever the number of its captures.
const BATCH_BYTES: usize = 8 << 20;
/// Captures come story by story when at most one of so many is of a story that another one has interrupted.
const INTERRUPTED_SHARE: usize = 64;

/// What may be done after a chunk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mark {
    /// Go on reading.
    None,
    /// Keep what was read: the story that comes next is another one.
    Keep,
    /// Keep it, and report the batch.
    Report,
}

/// Captures that follow each other, and what may be done after them.
pub(super) struct Chunk {
    pub(super) captures: Vec<NewCapture>,
    /// How long their texts and pages are.
    pub(super) bytes: usize,
    pub(super) mark: Mark,
}

/// Divides captures into batches of at most so many, and those into chunks.
///
/// What one story has in a batch is best kept together, as one section of one pack. So a batch is kept in portions only where
/// captures come story by story, and each portion ends where a story does.
pub(super) struct Chunks<I: Iterator<Item = NewCapture>> {
    captures: Peekable<I>,
    batch_captures: usize,
    /// Of the batch: captures and bytes that are left.
    left: (usize, usize),
    /// Of the portion: captures and bytes so far.
    portion: (usize, usize),
    stories: Stories,
}

impl<I: Iterator<Item = NewCapture>> Chunks<I> {
    pub(super) fn new(captures: I, batch_captures: usize) -> Self {
        let batch_captures = batch_captures.max(1);
        let left = (batch_captures, BATCH_BYTES);
        Self { captures: captures.peekable(), batch_captures, left, portion: (0, 0), stories: Stories::default() }
    }

    fn mark(&mut self) -> Mark {
        if self.left.0 == 0 || self.left.1 == 0 {
            return Mark::Report;
        }
        let is_due = self.portion.0 >= PORTION_CAPTURES || self.portion.1 >= PORTION_BYTES;
        if !is_due || !self.stories.come_one_by_one() {
            return Mark::None;
        }
        match self.captures.peek() {
            Some(next) if self.stories.is_last(&next.key) => Mark::None,
            Some(_) => Mark::Keep,
            None => Mark::Report,
        }
    }
}

impl<I: Iterator<Item = NewCapture>> Iterator for Chunks<I> {
    type Item = Chunk;

    fn next(&mut self) -> Option<Chunk> {
        let mut captures = Vec::with_capacity(CHUNK_CAPTURES.min(self.left.0));
        let mut bytes = 0;
        let mut mark = Mark::None;
        // A chunk that is full is closed at the next end of a portion, where that is near.
        while mark == Mark::None && captures.len() < CHUNK_CAPTURES && bytes < CHUNK_BYTES {
            let Some(capture) = self.captures.next() else {
                if self.stories.counts.captures > 0 {
                    mark = Mark::Report;
                }
                break;
            };
            let more = bytes_of(&capture);
            bytes += more;
            self.portion = (self.portion.0 + 1, self.portion.1 + more);
            self.left = (self.left.0 - 1, self.left.1.saturating_sub(more));
            self.stories.count(&capture.key);
            captures.push(capture);
            mark = self.mark();
        }
        if mark != Mark::None {
            self.portion = (0, 0);
        }
        if mark == Mark::Report {
            self.left = (self.batch_captures, BATCH_BYTES);
            self.stories.end_batch();
        }
        Some(Chunk { captures, bytes, mark }).filter(|chunk| !chunk.captures.is_empty() || mark == Mark::Report)
    }
}

/// Whether captures come story by story, as far as the batch before and this one tell.
#[derive(Default)]
struct Stories {
    /// The stories of the batch so far, by hashes of their keys, and the last of them. Two with one hash do no harm.
    seen: FxHashSet<u64>,
    last: Option<u64>,
    counts: Counts,
    before: Counts,
}

#[derive(Default, Clone, Copy)]
struct Counts {
    captures: usize,
    /// Those of a story that another one has interrupted.
    interrupted: usize,
}

impl Stories {
    fn count(&mut self, key: &StoryKey) {
        let story = FxBuildHasher.hash_one(key);
        self.counts.captures += 1;
        if self.last != Some(story) {
            self.counts.interrupted += usize::from(!self.seen.insert(story));
            self.last = Some(story);
        }
    }

    fn is_last(&self, key: &StoryKey) -> bool {
        self.last == Some(FxBuildHasher.hash_one(key))
    }

    fn come_one_by_one(&self) -> bool {
        let captures = self.counts.captures + self.before.captures;
        (self.counts.interrupted + self.before.interrupted) * INTERRUPTED_SHARE <= captures
    }

    fn end_batch(&mut self) {
        self.before = std::mem::take(&mut self.counts);
        self.seen.clear();
    }
}

fn bytes_of(capture: &NewCapture) -> usize {
    let page = capture.raw.as_ref().map_or(0, |page| page.body.len());
    capture.outcome.text().map_or(0, article_bytes) + page
}

fn article_bytes(article: &Article) -> usize {
    article.paragraphs.iter().chain([&article.headline, &article.deck]).map(String::len).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Timestamp;

    fn capture(story: usize, bytes: usize) -> NewCapture {
        let article = Article::new("x".repeat(bytes));
        NewCapture::article(StoryKey::Id(format!("{story}")), Timestamp::from_micros(0).unwrap(), article)
    }

    /// How many captures go into each batch, and into each portion of it.
    fn portions(captures: impl Iterator<Item = NewCapture>, size: usize) -> Vec<Vec<usize>> {
        let (mut batches, mut portion) = (vec![vec![]], 0);
        for Chunk { captures, mark, .. } in Chunks::new(captures, size) {
            assert!(captures.len() <= CHUNK_CAPTURES);
            portion += captures.len();
            if mark != Mark::None {
                batches.last_mut().unwrap().push(std::mem::take(&mut portion));
            }
            if mark == Mark::Report {
                batches.push(vec![]);
            }
        }
        assert_eq!((batches.pop(), portion), (Some(vec![]), 0), "something was left unreported");
        batches
    }

    #[test]
    fn a_batch_has_so_many_captures_or_so_much_text() {
        let short = |size, count| portions((0..count).map(|_| capture(0, 1)), size);
        assert_eq!(short(1, 2), [[1], [1]]);
        assert_eq!(short(1_000, 2_300), [[1_000], [1_000], [300]]);
        assert_eq!(portions((0..20).map(|_| capture(0, 1 << 20)), 1_000), [[8], [8], [4]]);
    }

    #[test]
    fn a_portion_ends_where_a_story_does() {
        let stories = (0..30).flat_map(|story| (0..70).map(move |_| capture(story, 1)));
        assert_eq!(portions(stories, 1_500), [vec![560, 560, 380], vec![530, 70]]);
        let long = (0..6).flat_map(|story| (0..3).map(move |_| capture(story, 400 << 10)));
        assert_eq!(portions(long, 1_000), [[3, 3, 3, 3, 3, 3]]);
    }

    #[test]
    fn what_comes_in_order_of_time_is_kept_batch_by_batch() {
        let by_time = (0..3_000).map(|place| capture(place % 100, 1));
        assert_eq!(portions(by_time, 1_000), [[1_000], [1_000], [1_000]]);
    }

    #[test]
    fn the_order_is_told_from_the_batch_before_as_well() {
        let by_time = (0..1_000).map(|place| capture(place % 100, 1));
        let by_story = (0..3_000).map(|place| capture(1_000 + place, 1));
        assert_eq!(
            portions(by_time.chain(by_story), 1_000),
            [vec![1_000], vec![1_000], vec![512, 488], vec![512, 488]]
        );
    }
}
