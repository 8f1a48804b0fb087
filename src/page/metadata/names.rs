//! Authors, as pages name them.

use crate::page::dom::fold_space;

/// The most authors of a story.
const MAX_AUTHORS: usize = 40;
/// The longest name, in characters.
const MAX_NAME_CHARS: usize = 120;

/// The words before a byline, in ten languages.
const PREFIXES: [&str; 25] = [
    "analysis by",
    "opinion by",
    "review by",
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

/// Words of an office or a house, which stand beside a name. In lower case.
const OFFICES: &[&str] = &[
    "agencies",
    "agency",
    "ap",
    "afp",
    "advance",
    "anchor",
    "associated",
    "bureau",
    "chief",
    "columnist",
    "contributor",
    "contributing",
    "correspondent",
    "desk",
    "director",
    "dpa",
    "editor",
    "editors",
    "editorial",
    "fellow",
    "for",
    "guardian",
    "herald",
    "intern",
    "journal",
    "journalist",
    "media",
    "network",
    "news",
    "newspaper",
    "officer",
    "post",
    "press",
    "producer",
    "professor",
    "redaktion",
    "reporter",
    "report",
    "reuters",
    "senior",
    "special",
    "sponsored",
    "staff",
    "strategist",
    "report",
    "times",
    "today",
    "tribune",
    "wire",
    "writer",
    "writers",
    "rd",
    "md",
    "ms",
    "phd",
    "ldn",
    "ld",
    "rdn",
    "mba",
    "jr",
    "sr",
];

/// Adds the authors that a text names, without repeating one.
pub(super) fn add(text: &str, byline: &mut Vec<String>) {
    if text.contains("://") {
        return;
    }
    for name in split(unprefixed(&fold_space(text))) {
        let name = name.trim_matches([',', ';', '|', '-', '–', '—', '•', '·', ' ', ':']);
        let is_fit = name.chars().any(char::is_alphabetic)
            && name.chars().count() <= MAX_NAME_CHARS
            && !name.contains('@')
            && !name.starts_with("www.")
            && !name.starts_with('/');
        let is_known = byline.iter().any(|known| known.to_lowercase() == name.to_lowercase());
        if is_fit && !is_known && byline.len() < MAX_AUTHORS {
            byline.push(name.to_owned());
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

/// `A and B`, `A; B`, `A | B`, `A, B and C`. An office or a house that follows a name is left out: `Ada Lund, science editor`.
fn split(text: &str) -> Vec<&str> {
    let mut names = Vec::new();
    for part in text.split([';', '|', '；', '、', '/', '•', '·']) {
        let joined: Vec<&str> = [" and ", " und ", " et ", " y ", " и ", " og ", " & "]
            .iter()
            .find_map(|word| {
                part.split_once(word).filter(|(before, after)| is_name_list(before) && is_name(first_part(after)))
            })
            .map_or_else(|| vec![part], |(before, after)| vec![before, after]);
        for part in joined {
            let mut of_list = part.split(',').map(str::trim).filter(|part| !part.is_empty());
            let Some(first) = of_list.next() else { continue };
            let rest: Vec<&str> = of_list.collect();
            if rest.iter().all(|part| is_name(part)) {
                names.push(first);
                names.extend(rest);
            } else if rest.iter().any(|part| is_office(part)) {
                names.push(first);
            } else {
                names.push(part);
            }
        }
    }
    let has_name = names.iter().any(|name| is_name(name));
    names.retain(|name| !has_name || !is_office(name));
    names
}

fn first_part(text: &str) -> &str {
    text.split(',').next().unwrap_or_default()
}

fn is_name_list(text: &str) -> bool {
    text.split(',').all(|part| is_name(part) || is_office(part))
}

fn is_office(text: &str) -> bool {
    let lower = text.to_lowercase();
    lower.contains(".com")
        || lower.contains(".org")
        || lower.split(|letter: char| !letter.is_alphanumeric()).any(|word| OFFICES.contains(&word))
}

/// Two to five words that each begin with a capital, or have no case, and none of an office.
fn is_name(text: &str) -> bool {
    let words: Vec<&str> = text.split_whitespace().collect();
    const PARTICLES: [&str; 12] = ["de", "del", "della", "di", "da", "dos", "van", "von", "der", "den", "bin", "al"];
    (2..=5).contains(&words.len())
        && !is_office(text)
        && words.iter().all(|word| !word.chars().next().is_some_and(char::is_lowercase) || PARTICLES.contains(word))
}
