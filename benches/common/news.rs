//! News of invented words: a crawl in which stories appear over time and are seen again while they are edited.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::LazyLock;

use morgue::{Article, NewCapture, NewOutcome, StoryKey, Timestamp};

const HOUR: i64 = 3_600_000_000;
/// 2026-01-01.
const START: i64 = 1_767_225_600_000_000;
const WORDS: usize = 6_000;
const SITES: u64 = 40;

/// A crawl: everything in it follows from these numbers.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Crawl {
    pub(crate) stories: u64,
    /// How many stories a day appear.
    pub(crate) stories_a_day: u64,
    /// How often a story is captured: as many times, at least and at most.
    pub(crate) captures: (u64, u64),
    /// The paragraphs of a first version; one to three sentences each.
    pub(crate) paragraphs: (u64, u64),
}

/// A small generator of random numbers (Marsaglia's xorshift, multiplied), seeded with whatever tells one use from another.
pub(crate) struct Rng(u64);

impl Rng {
    pub(crate) fn of(parts: [u64; 3]) -> Self {
        let mix = |state: u64, part: u64| (state ^ part).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29);
        let mut rng = Self(parts.into_iter().fold(0x1234_5678_9abc_def1, mix) | 1);
        rng.next();
        rng.next();
        rng
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    /// A number from `low` to `high`, both included.
    pub(crate) fn between(&mut self, low: u64, high: u64) -> u64 {
        low + (self.next() >> 16) % (high - low + 1)
    }

    pub(crate) fn place(&mut self, length: usize) -> usize {
        self.between(0, length as u64 - 1) as usize
    }

    pub(crate) fn is(&mut self, percent: u64) -> bool {
        self.between(1, 100) <= percent
    }

    /// A word; few are frequent and most are rare, as in any language (Zipf).
    pub(crate) fn word(&mut self) -> &'static str {
        let share = (self.next() >> 11) as f64 / (1_u64 << 53) as f64;
        &VOCABULARY[(WORDS as f64).powf(share) as usize - 1]
    }
}

static VOCABULARY: LazyLock<Vec<String>> = LazyLock::new(|| {
    const ONSETS: [&str; 14] = ["b", "d", "f", "gr", "k", "l", "m", "n", "pr", "r", "s", "t", "v", "st"];
    const ENDS: [&str; 12] = ["a", "e", "i", "o", "u", "an", "er", "in", "or", "es", "al", "en"];
    let mut rng = Rng::of([7, 7, 7]);
    let mut word = |at: usize| -> String {
        let syllables = if at < 60 { 1 } else { rng.between(2, 4) };
        (0..syllables).map(|_| [ONSETS[rng.place(ONSETS.len())], ENDS[rng.place(ENDS.len())]].concat()).collect()
    };
    (0..WORDS).map(&mut word).collect()
});

/// What a story says; a paragraph is a list of sentences.
struct Text {
    headline: String,
    paragraphs: Vec<Vec<String>>,
}

impl Crawl {
    /// One of about so many captures: two or three a story, so five for two stories.
    pub(crate) fn of_captures(captures: u64) -> Self {
        Self { stories: captures * 2 / 5, stories_a_day: 2_000, captures: (2, 3), paragraphs: (2, 6) }
    }

    /// How many captures there are.
    pub(crate) fn len(&self) -> u64 {
        (0..self.stories).map(|story| self.captures_of(story)).sum()
    }

    pub(crate) fn captures_of(&self, story: u64) -> u64 {
        let (least, most) = self.captures;
        least + story % (most - least + 1)
    }

    /// All captures in the order of their times; at any time only what is to be seen again is held.
    pub(crate) fn captures(self) -> impl Iterator<Item = NewCapture> + Send {
        let mut pending: BinaryHeap<Reverse<(i64, u64, u64)>> = BinaryHeap::new();
        let mut next_story = 0;
        std::iter::from_fn(move || {
            let Reverse((_, story, nth)) = match pending.peek() {
                Some(Reverse((at, ..))) if next_story == self.stories || *at <= self.time(next_story, 0) => {
                    pending.pop()?
                }
                _ if next_story == self.stories => return None,
                _ => {
                    next_story += 1;
                    Reverse((0, next_story - 1, 0))
                }
            };
            if nth + 1 < self.captures_of(story) {
                pending.push(Reverse((self.time(story, nth + 1), story, nth + 1)));
            }
            Some(self.capture(story, nth))
        })
    }

    /// The `nth` capture of a story, from 0.
    pub(crate) fn capture(&self, story: u64, nth: u64) -> NewCapture {
        let at = Timestamp::from_micros(self.time(story, nth)).unwrap();
        let outcome = match seen(story, nth) {
            Seen::NotModified => NewOutcome::NotModified,
            Seen::Gone => NewOutcome::Gone,
            Seen::Edited | Seen::Same => NewOutcome::Article(self.article(story, nth)),
        };
        NewCapture::new(self.key(story), at, outcome)
    }

    fn time(&self, story: u64, nth: u64) -> i64 {
        let first = START + (story as i64) * 24 * HOUR / (self.stories_a_day as i64);
        (1..=nth).fold(first, |at, nth| at + Rng::of([3, story, nth]).between(1, 40) as i64 * HOUR + nth as i64)
    }

    /// Half the sites have the day in their addresses, so that new ones come last; half do not.
    pub(crate) fn key(&self, story: u64) -> StoryKey {
        let mut rng = Rng::of([1, story, 0]);
        let site = rng.between(0, SITES - 1).min(rng.between(0, SITES - 1));
        let slug = [rng.word(), rng.word(), rng.word(), rng.word()].join("-");
        let name = &VOCABULARY[100 + site as usize];
        let date = Timestamp::from_micros(self.time(story, 0)).unwrap().date().replace('-', "/");
        let url = match site % 2 {
            0 => format!("https://www.{name}.example/{date}/{slug}-{story}"),
            _ => format!("https://www.{name}.example/{}/{slug}-{:08x}", rng.word(), rng.next() >> 32 ^ story),
        };
        StoryKey::url(&url).unwrap()
    }

    fn article(&self, story: u64, nth: u64) -> Article {
        let mut text = first_version(&mut Rng::of([2, story, 0]), self.paragraphs);
        for edit in (1..=nth).filter(|nth| matches!(seen(story, *nth), Seen::Edited)) {
            edit_text(&mut Rng::of([5, story, edit]), &mut text);
        }
        let mut article = Article::new(text.headline);
        article.byline = vec![["Ana", "Ben", "Cy", "Dee"][story as usize % 4].to_owned() + " Marlo"];
        article.paragraphs = text.paragraphs.iter().map(|sentences| sentences.join(" ")).collect();
        article
    }
}

enum Seen {
    Edited,
    Same,
    NotModified,
    Gone,
}

/// What a capture sees: the first one always an article, later ones mostly an edited one.
fn seen(story: u64, nth: u64) -> Seen {
    match Rng::of([4, story, nth]).between(1, 100) {
        _ if nth == 0 => Seen::Same,
        1..=75 => Seen::Edited,
        76..=85 => Seen::Same,
        86..=97 => Seen::NotModified,
        _ => Seen::Gone,
    }
}

fn first_version(rng: &mut Rng, (least, most): (u64, u64)) -> Text {
    let headline = sentence(rng, 5, 9).trim_end_matches('.').to_owned();
    let paragraphs = (0..rng.between(least, most)).map(|_| paragraph(rng)).collect();
    Text { headline, paragraphs }
}

fn paragraph(rng: &mut Rng) -> Vec<String> {
    (0..rng.between(1, 3)).map(|_| sentence(rng, 8, 20)).collect()
}

pub(crate) fn sentence(rng: &mut Rng, least: u64, most: u64) -> String {
    let mut words: Vec<String> = (0..rng.between(least, most)).map(|_| rng.word().to_owned()).collect();
    if rng.is(25) {
        let at = rng.place(words.len());
        words[at] = rng.between(2, 9_999).to_string();
    }
    let text = words.join(" ");
    let (first, rest) = text.split_at(1);
    first.to_uppercase() + rest + "."
}

/// One to three small changes, as newsrooms make them.
fn edit_text(rng: &mut Rng, text: &mut Text) {
    for _ in 0..rng.between(1, 3) {
        let at = rng.place(text.paragraphs.len());
        let sentences = &mut text.paragraphs[at];
        match rng.between(1, 100) {
            1..=45 => {
                let at = rng.place(sentences.len());
                let word = rng.word();
                sentences[at] = replace_word(rng, &sentences[at], word);
            }
            46..=65 => sentences.push(sentence(rng, 8, 20)),
            66..=75 if sentences.len() > 1 => drop(sentences.pop()),
            76..=88 => text.paragraphs.insert(at, paragraph(rng)),
            89..=92 if text.paragraphs.len() > 2 => drop(text.paragraphs.remove(at)),
            _ => {
                let word = rng.word();
                text.headline = replace_word(rng, &text.headline, word);
            }
        }
    }
}

pub(crate) fn replace_word(rng: &mut Rng, sentence: &str, word: &str) -> String {
    let mut words: Vec<&str> = sentence.split(' ').collect();
    // Neither the first, which has a capital, nor the last, which has the full stop.
    let at = 1 + rng.place(words.len() - 2);
    words[at] = word;
    words.join(" ")
}
