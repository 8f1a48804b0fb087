//! The words that the classes know, by subject; each list holds ten languages or those where the class can be told.

use rustc_hash::FxHashMap;

pub(super) mod boilerplate;
pub(super) mod dates;
pub(super) mod names;
pub(super) mod notices;
pub(super) mod numbers;
pub(super) mod speech;

/// Words by their first three bytes, so that a text is not held against each of them.
#[derive(Debug)]
struct Phrases<T> {
    /// A place for each mixed start, to pass over most of a text with one look.
    seen: Vec<bool>,
    by_start: FxHashMap<[u8; 3], Vec<(&'static str, T)>>,
}

impl<T: Copy> Phrases<T> {
    /// Leaves out what is shorter than three bytes.
    fn new(table: impl IntoIterator<Item = (&'static str, T)>) -> Self {
        let mut seen = vec![false; 1 << 16];
        let mut by_start: FxHashMap<[u8; 3], Vec<(&'static str, T)>> = FxHashMap::default();
        for (phrase, value) in table {
            if let Some(start) = phrase.as_bytes().first_chunk() {
                seen.get_mut(mixed(*start)).into_iter().for_each(|seen| *seen = true);
                by_start.entry(*start).or_default().push((phrase, value));
            }
        }
        Self { seen, by_start }
    }

    /// What a text begins with, in the order of the table.
    fn starting(&self, text: &[u8]) -> impl Iterator<Item = (&'static str, T)> {
        let start = text.first_chunk().filter(|start| self.may_start(**start));
        let found = start.and_then(|start| self.by_start.get(start));
        found.into_iter().flatten().copied().filter(move |(phrase, _)| text.starts_with(phrase.as_bytes()))
    }

    fn may_start(&self, start: [u8; 3]) -> bool {
        self.seen.get(mixed(start)).copied().unwrap_or(false)
    }

    /// The first that stands anywhere in a text.
    fn within(&self, text: &str) -> Option<T> {
        let bytes = text.as_bytes();
        let may_start = |start: &[u8]| matches!(start, [a, b, c] if self.may_start([*a, *b, *c]));
        let starts = bytes.windows(3).enumerate().filter(|(_, start)| may_start(start));
        starts.map(|(at, _)| at).find_map(|at| self.starting(bytes.get(at..)?).next()).map(|(_, value)| value)
    }
}

fn mixed([a, b, c]: [u8; 3]) -> usize {
    (usize::from(a) << 8 ^ usize::from(b) << 4 ^ usize::from(c)) & 0xFFFF
}

/// Lines are looked at in normal form C and small letters; a word of a lexicon in another form is never found.
#[cfg(test)]
pub(super) fn check() {
    use unicode_normalization::UnicodeNormalization;
    let all = [boilerplate::all(), notices::all(), speech::all(), numbers::all(), dates::all()].concat();
    assert!(all.len() > 1000);
    for word in all {
        let form: String = word.nfc().collect();
        assert_eq!(word, form, "not in form C");
    }
    for word in [boilerplate::all(), notices::all(), speech::all(), numbers::all()].concat() {
        assert_eq!(word, word.to_lowercase(), "not in small letters");
    }
}
