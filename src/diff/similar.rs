//! Which texts are versions of one another, by the words that they share.

use std::collections::HashMap;

use super::lcs::Budget;
use crate::text::segment::{self, Token, TokenKind};

/// Texts on one side of a comparison that found no equal, each with its words.
pub(super) struct Bags<'a> {
    pub(super) old: Vec<Bag<'a>>,
    pub(super) new: Vec<Bag<'a>>,
    weights: Vec<u64>,
    /// For each feature, the new texts that hold it.
    postings: Vec<Vec<usize>>,
}

/// The words of a text.
pub(super) struct Bag<'a> {
    /// The place of the text in its article.
    pub(super) at: usize,
    pub(super) text: &'a str,
    /// The number of words.
    pub(super) words: usize,
    /// Features with their counts, by feature.
    features: Vec<(usize, u64)>,
    weight: u64,
}

/// The rarest words of a text by which candidates are found, and in how many texts they may stand.
const RARE_WORDS: usize = 24;
const MAX_POSTINGS: usize = 24;
/// The most candidates of one text.
const MAX_CANDIDATES: usize = 12;

impl<'a> Bags<'a> {
    pub(super) fn new(old: Vec<(usize, &'a str)>, new: Vec<(usize, &'a str)>, budget: &mut Budget) -> Self {
        let mut vocabulary = HashMap::new();
        let mut old: Vec<Bag<'a>> = old.into_iter().map(|(at, text)| bag(at, text, &mut vocabulary)).collect();
        let mut new: Vec<Bag<'a>> = new.into_iter().map(|(at, text)| bag(at, text, &mut vocabulary)).collect();
        budget.spend(old.iter().chain(&new).map(|bag| bag.words as u64).sum());

        let mut postings = vec![Vec::new(); vocabulary.len()];
        let mut in_old = vec![0; vocabulary.len()];
        for (place, bag) in new.iter().enumerate() {
            bag.features
                .iter()
                .for_each(|(feature, _)| postings.get_mut(*feature).into_iter().for_each(|list| list.push(place)));
        }
        for (feature, _) in old.iter().flat_map(|bag| &bag.features) {
            in_old.get_mut(*feature).into_iter().for_each(|count| *count += 1);
        }
        let texts = old.len().max(new.len());
        let mut weights = vec![0; vocabulary.len()];
        for (word, feature) in &vocabulary {
            let found = postings.get(*feature).map_or(0, Vec::len).max(in_old.get(*feature).copied().unwrap_or(0));
            weights.get_mut(*feature).into_iter().for_each(|weight| *weight = weigh(word, found, texts));
        }
        for bag in old.iter_mut().chain(&mut new) {
            bag.weight =
                bag.features.iter().map(|(feature, count)| count * weights.get(*feature).copied().unwrap_or(0)).sum();
        }
        Self { old, new, weights, postings }
    }

    /// Returns the new texts that share the most rare words with an old one.
    pub(super) fn candidates(&self, old: &Bag<'a>, budget: &mut Budget) -> Vec<usize> {
        let mut rare: Vec<(usize, usize)> =
            old.features.iter().map(|(feature, _)| (self.holders(*feature).len(), *feature)).collect();
        rare.retain(|(holders, _)| (1..=MAX_POSTINGS).contains(holders));
        rare.sort_unstable();
        rare.truncate(RARE_WORDS);
        let mut votes: HashMap<usize, u64> = HashMap::new();
        for (holders, feature) in rare {
            budget.spend(holders as u64);
            for new in self.holders(feature) {
                *votes.entry(*new).or_default() += self.weights.get(feature).copied().unwrap_or(0);
            }
        }
        let mut votes: Vec<(u64, usize)> = votes.into_iter().map(|(new, weight)| (weight, new)).collect();
        let distance = |new: usize| self.new.get(new).map_or(0, |bag| bag.at.abs_diff(old.at));
        votes.sort_unstable_by_key(|(weight, new)| (std::cmp::Reverse(*weight), distance(*new), *new));
        votes.into_iter().take(MAX_CANDIDATES).map(|(_, new)| new).collect()
    }

    fn holders(&self, feature: usize) -> &[usize] {
        self.postings.get(feature).map(Vec::as_slice).unwrap_or_default()
    }

    /// Returns how much two texts share, in thousandths: the weighted Dice coefficient of their words, or, where the shorter one
    /// is a longer text's part, three fifths of its share.
    pub(super) fn score(&self, old: &Bag<'a>, new: &Bag<'a>, budget: &mut Budget) -> u64 {
        let (short, long) = if old.features.len() <= new.features.len() { (old, new) } else { (new, old) };
        budget.spend(short.features.len() as u64);
        let shared: u64 = short
            .features
            .iter()
            .map(|(feature, count)| {
                let other = long
                    .features
                    .binary_search_by_key(feature, |other| other.0)
                    .ok()
                    .and_then(|at| long.features.get(at));
                other.map_or(0, |other| other.1.min(*count) * self.weights.get(*feature).copied().unwrap_or(0))
            })
            .sum();
        let dice = 2000 * shared / (old.weight + new.weight).max(1);
        let contained = 600 * shared / old.weight.min(new.weight).max(1);
        if old.words.min(new.words) >= 4 { dice.max(contained) } else { dice }
    }
}

/// Rare words weigh more than common ones, and stop words next to nothing. Whole numbers, for the same answer on any machine.
fn weigh(word: &str, found: usize, texts: usize) -> u64 {
    let rarity = 1 + u64::from((texts / found.max(1)).max(1).ilog2());
    if is_stop_word(word) { 1 } else { 4 * rarity }
}

fn bag<'a>(at: usize, text: &'a str, vocabulary: &mut HashMap<String, usize>) -> Bag<'a> {
    let tokens: Vec<Token> = segment::tokens(text).into_iter().filter(|token| token.kind.is_word()).collect();
    let mut ids: Vec<usize> = Vec::with_capacity(tokens.len());
    let mut previous: Option<Token> = None;
    for token in &tokens {
        let next = vocabulary.len();
        ids.push(*vocabulary.entry(feature(text, previous, *token)).or_insert(next));
        previous = Some(*token);
    }
    ids.sort_unstable();
    let features = ids.chunk_by(usize::eq).filter_map(|run| Some((*run.first()?, run.len() as u64))).collect();
    Bag { at, text, words: tokens.len(), features, weight: 0 }
}

/// A word without its case; in scripts without spaces a character with the one before it, since single ones are everywhere.
fn feature(text: &str, previous: Option<Token>, token: Token) -> String {
    let start = match previous {
        Some(previous) if token.kind == TokenKind::Character && previous.end == token.start => previous.start,
        _ => token.start,
    };
    Token { start, ..token }.of(text).to_lowercase()
}

/// Returns whether a word says little by itself: articles, prepositions, conjunctions, pronouns and auxiliary verbs.
pub(super) fn is_stop_word(word: &str) -> bool {
    let lower = word.to_lowercase();
    STOP_WORDS.binary_search(&lower.as_str()).is_ok()
}

/// English, German, French, Spanish, Italian, Portuguese, Dutch, Swedish, Russian and Arabic; sorted. Words of negation are not
/// here: they change the meaning.
#[rustfmt::skip]
const STOP_WORDS: &[&str] = &[
    "a", "al", "als", "also", "am", "an", "and", "are", "as", "at", "att", "au", "auf", "aus", "aux", "av", "be", "been",
    "bei", "but", "by", "con", "da", "das", "dat", "de", "dei", "del", "dem", "den", "der", "des", "det", "di", "die",
    "do", "du", "e", "een", "ein", "eine", "einem", "einen", "einer", "el", "em", "en", "er", "es", "et", "for",
    "from", "för", "för", "had", "has", "have", "he", "her", "het", "his", "i", "il", "im", "in", "is", "ist", "it", "its", "la",
    "las", "le", "les", "lo", "los", "med", "mit", "na", "o", "och", "of", "on", "or", "os", "ou", "par", "para", "per",
    "pour", "på", "que", "qui", "se", "she", "sich", "so", "som", "su", "that", "the", "their", "they", "this", "to",
    "um", "un", "una", "und", "une", "van", "von", "was", "were", "which", "will", "with", "would", "y", "zu", "zum",
    "zur", "à", "è", "é", "в", "и", "к", "на", "о", "от", "по", "с", "что", "إلى", "على", "عن", "في", "من", "و",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn score(old: &str, new: &str) -> u64 {
        let mut budget = Budget::new(1000);
        let bags = Bags::new(vec![(0, old)], vec![(0, new)], &mut budget);
        bags.score(&bags.old[0], &bags.new[0], &mut budget)
    }

    #[test]
    fn stop_words_are_sorted_and_found() {
        assert!(STOP_WORDS.is_sorted());
        for word in ["a", "The", "по", "في", "zur"] {
            assert!(is_stop_word(word), "{word}");
        }
        for word in ["not", "nicht", "bridge", "17", ""] {
            assert!(!is_stop_word(word), "{word}");
        }
    }

    #[test]
    fn shared_stop_words_make_no_likeness_and_shared_names_do() {
        assert!(score("The mayor of the town was in the car", "The river of the north was in the dark") < 360);
        assert!(score("Mayor Lund closed the Alder bridge", "The Alder bridge: Lund closed it on Monday") > 360);
        assert_eq!(score("Same words HERE", "same Words here"), 1000);
        assert_eq!(score("", "..."), 0);
    }

    #[test]
    fn an_extended_text_is_a_version_of_the_short_one() {
        let long = "A crack was found in the bridge. It runs through two of nine piers on the northern bank and takes a year to mend.";
        assert!(score("A crack was found in the bridge.", long) >= 360);
    }

    #[test]
    fn unlike_texts_without_spaces_are_unlike() {
        assert!(score("橋は月曜日に閉鎖された。", "市長は水曜日に辞任した。") < 360);
        assert!(score("橋は月曜日に閉鎖された。", "橋は火曜日に閉鎖された。") > 360);
    }
}
