//! Authors, as pages name them.

use crate::page::dom::fold_space;

/// The most authors of a story.
const MAX_AUTHORS: usize = 40;
/// The longest name, in characters.
const MAX_NAME_CHARS: usize = 120;

/// The words before a byline, in ten languages.
const PREFIXES: [&str; 22] = [
    "written by",
    "reported by",
    "story by",
    "text by",
    "by",
    "von",
    "par",
    "por",
    "de",
    "text:",
    "author:",
    "autor:",
    "auteur :",
    "автор:",
    "текст:",
    "بقلم",
    "كتب",
    "โดย",
    "作者：",
    "作者:",
    "文/",
    "द्वारा",
];

/// Adds the authors that a text names, without repeating one.
pub(super) fn add(text: &str, byline: &mut Vec<String>) {
    let text = unprefixed(&fold_space(text)).to_owned();
    for part in split(&text) {
        let name = part.trim_matches([',', ';', '|', '-', '–', '—', '•', '·', ' ']).to_owned();
        let is_name = name.chars().any(char::is_alphabetic)
            && name.chars().count() <= MAX_NAME_CHARS
            && !name.contains("://")
            && !name.starts_with("www.");
        let is_known = byline.iter().any(|known| known.to_lowercase() == name.to_lowercase());
        if is_name && !is_known && byline.len() < MAX_AUTHORS {
            byline.push(name);
        }
    }
}

fn unprefixed(text: &str) -> &str {
    let lower = text.to_lowercase();
    for prefix in PREFIXES {
        let is_whole_word = prefix.ends_with([':', '：', '/'])
            || lower.strip_prefix(prefix).is_some_and(|rest| rest.starts_with([' ', ':']));
        if lower.starts_with(prefix) && is_whole_word {
            return text.get(prefix.len()..).unwrap_or(text).trim_start_matches([':', ' ']);
        }
    }
    text
}

/// `A and B`, `A; B`, `A | B`, `A, B and C`. A comma alone may stand before an office, as in `Ada Lund, science editor`, and does not
/// separate.
fn split(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    for part in text.split([';', '|', '；', '、']) {
        let mut both = part.splitn(2, " and ");
        match (both.next(), both.next()) {
            (Some(first), Some(last)) if is_name(last.split(',').next().unwrap_or_default()) => {
                if first.split(',').all(is_name) {
                    parts.extend(first.split(','));
                } else {
                    parts.push(first);
                }
                parts.push(last);
            }
            _ => parts.push(part),
        }
    }
    parts
}

/// Two to five words that each begin with a capital, or have no case.
fn is_name(text: &str) -> bool {
    let words: Vec<&str> = text.split_whitespace().collect();
    (2..=5).contains(&words.len()) && words.iter().all(|word| !word.chars().next().is_some_and(char::is_lowercase))
}
