//! The file of a story.

use crate::model::StoryKey;

/// The longest name of a file or folder that is kept as it is, in bytes; file systems end at 255.
const MAX_NAME_BYTES: usize = 200;

/// The path of the file of a story: `news.example/2026/bridge.txt`, or `id/wire-7.txt`.
///
/// A name that a file system or git could take for something else is written with `%`, as in URLs.
pub(super) fn path_of(key: &StoryKey) -> String {
    let (mut names, rest): (Vec<String>, &str) = match key {
        StoryKey::Url(url) => (Vec::new(), url.split_once("://").map_or(url.as_str(), |(_, rest)| rest)),
        StoryKey::Id(id) => (vec!["id".to_owned()], id),
    };
    // What stands behind a question mark belongs to the last name, slashes and all.
    let (path, query) = match rest.split_at_checked(rest.find('?').unwrap_or(rest.len())) {
        Some((path, query)) if matches!(key, StoryKey::Url(_)) => (path, query),
        _ => (rest, ""),
    };
    names.extend(path.split('/').map(escape));
    let query = if query.is_empty() { String::new() } else { escape(query) };
    let last = format!("{}{query}", names.pop().unwrap_or_default());
    // A folder must not have the name of a file.
    let folders = names.into_iter().map(|name| match name.strip_suffix(".txt") {
        Some(start) => format!("{start}%2Etxt"),
        None => name,
    });
    let mut path: Vec<String> = folders.map(|name| shorten(&name)).collect();
    path.push(format!("{}.txt", shorten(&last)));
    path.join("/")
}

fn escape(name: &str) -> String {
    if name.is_empty() {
        return "%index".to_owned();
    }
    let mut escaped = String::with_capacity(name.len());
    for (place, character) in name.char_indices() {
        let is_safe = character.is_alphanumeric() || "-_~,+=@!%".contains(character) || (character == '.' && place > 0);
        if is_safe {
            escaped.push(character);
        } else {
            let mut bytes = [0; 4];
            character.encode_utf8(&mut bytes).bytes().for_each(|byte| escaped.push_str(&format!("%{byte:02X}")));
        }
    }
    escaped
}

/// A name that is too long keeps its start, and a hash of the whole.
fn shorten(name: &str) -> String {
    if name.len() <= MAX_NAME_BYTES {
        return name.to_owned();
    }
    let hash = blake3::hash(name.as_bytes()).to_hex();
    let start: String = name.chars().take(MAX_NAME_BYTES / 4).collect();
    format!("{start}~{}", hash.get(..16).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_says_which_story_it_is_and_is_no_trap() {
        let long = format!("https://news.example/{}", "x".repeat(300));
        for (key, path) in [
            ("https://news.example/2026/bridge", "news.example/2026/bridge.txt"),
            ("https://news.example", "news.example/%index.txt"),
            ("https://news.example:8080/a.txt/b?q=1/2", "news.example%3A8080/a%2Etxt/b%3Fq=1%2F2.txt"),
            ("wire-7", "id/wire-7.txt"),
            ("../../.git/config", "id/%2E./%2E./%2Egit/config.txt"),
            ("a//b", "id/a/%index/b.txt"),
            ("C:\\x \"y\"", "id/C%3A%5Cx%20%22y%22.txt"),
        ] {
            assert_eq!(path_of(&StoryKey::parse(key).unwrap()), path);
        }
        let path = path_of(&StoryKey::parse(&long).unwrap());
        assert!(path.len() < 100 && path_of(&StoryKey::parse(&format!("{long}y")).unwrap()) != path, "{path}");
    }
}
