//! Words that say little by themselves.

/// Returns whether a word says little by itself: articles, prepositions, conjunctions, pronouns and auxiliary verbs. The word is
/// given in lower case.
pub(super) fn is_stop_word(word: &str) -> bool {
    // The longest of them has five letters.
    word.len() <= 12 && STOP_WORDS.binary_search(&word).is_ok()
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

