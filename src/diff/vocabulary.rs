//! Words as numbers: equal words, whatever their case, have one, and rare ones weigh more.

use std::borrow::Cow;

use rustc_hash::FxHashMap;

use super::stop_words::is_stop_word;

/// A word, or a sequence of characters, by its number.
pub(super) type Id = u32;

/// The words of both articles.
#[derive(Debug, Default)]
pub(super) struct Vocabulary<'a> {
    words: FxHashMap<Cow<'a, str>, Id>,
    sequences: FxHashMap<(Id, Id), Id>,
    entries: Vec<Entry>,
    scratch: String,
}

#[derive(Debug, Clone, Copy, Default)]
struct Entry {
    /// In how many sentences it stands.
    sentences: u32,
    weight: u32,
    is_stop_word: bool,
}

impl<'a> Vocabulary<'a> {
    /// Returns the number of a word or a mark; case and the kind of quotation mark or dash make no other word.
    pub(super) fn id(&mut self, word: &'a str) -> Id {
        let plain = word.bytes().all(|byte| byte.is_ascii() && !byte.is_ascii_uppercase());
        let known = if plain {
            self.words.get(word)
        } else {
            self.scratch.clear();
            self.scratch.extend(word.chars().flat_map(folded));
            self.words.get(self.scratch.as_str())
        };
        if let Some(id) = known {
            return *id;
        }
        let key = if plain { Cow::Borrowed(word) } else { Cow::Owned(self.scratch.clone()) };
        let id = self.add(is_stop_word(&key));
        self.words.insert(key, id);
        id
    }

    /// Returns the number of a sequence of two.
    pub(super) fn sequence(&mut self, first: Id, second: Id) -> Id {
        if let Some(id) = self.sequences.get(&(first, second)) {
            return *id;
        }
        let id = self.add(false);
        self.sequences.insert((first, second), id);
        id
    }

    fn add(&mut self, is_stop_word: bool) -> Id {
        let id = Id::try_from(self.entries.len()).unwrap_or(Id::MAX);
        self.entries.push(Entry { is_stop_word, ..Entry::default() });
        id
    }

    /// Counts one more sentence, or several equal ones, that it stands in.
    pub(super) fn count(&mut self, id: Id, sentences: u32) {
        if let Some(entry) = self.entries.get_mut(id as usize) {
            entry.sentences = entry.sentences.saturating_add(sentences);
        }
    }

    /// Sets the weights, once all sentences have been counted: the inverse document frequency (Karen Spärck Jones, 1972), with
    /// the sentences of both articles as the documents.
    pub(super) fn weigh(&mut self, sentences: usize) {
        let all = 2 + sentences as u64;
        for entry in &mut self.entries {
            let rarity = log2_sixteenths(256 * all / u64::from(entry.sentences.max(1))).saturating_sub(8 * 16);
            let weight = if entry.is_stop_word { rarity / 4 } else { rarity };
            entry.weight = u32::try_from(weight.max(1)).unwrap_or(u32::MAX);
        }
    }

    pub(super) fn weight(&self, id: Id) -> u64 {
        self.entries.get(id as usize).map_or(0, |entry| u64::from(entry.weight))
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }
}

/// The logarithm to base two in sixteenths, linear between powers: whole numbers, for the same answer on any machine.
fn log2_sixteenths(number: u64) -> u64 {
    let whole = u64::from(number.max(1).ilog2());
    let fraction = if whole >= 4 { (number >> (whole - 4)) & 15 } else { (number << (4 - whole)) & 15 };
    16 * whole + fraction
}

fn folded(character: char) -> impl Iterator<Item = char> {
    let plain = match character {
        '\u{2018}' | '\u{2019}' | '\u{201A}' | '\u{201B}' | '\u{2032}' => '\'',
        '\u{201C}'..='\u{201F}' | '\u{00AB}' | '\u{00BB}' => '"',
        '\u{2010}'..='\u{2015}' | '\u{2212}' => '-',
        other => other,
    };
    plain.to_lowercase()
}
