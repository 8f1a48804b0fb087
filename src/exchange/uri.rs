//! URIs for stories that have an id in place of a URL.

use crate::model::{StoryKey, StoryKeyError};

const URN: &str = "urn:morgue:";

/// The URI under which a story stands in formats that ask for one: its URL, its id where that is a URI, else its id as a URN.
pub(super) fn uri_of(key: &StoryKey) -> String {
    match key {
        StoryKey::Url(url) => url.clone(),
        StoryKey::Id(id) if is_other_uri(id) => id.clone(),
        StoryKey::Id(id) => {
            let mut urn = URN.to_owned();
            for byte in id.bytes() {
                match byte {
                    b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => urn.push(char::from(byte)),
                    _ => urn.push_str(&format!("%{byte:02X}")),
                }
            }
            urn
        }
    }
}

/// The story of a URI: the other way round.
pub(super) fn key_of(uri: &str) -> Result<StoryKey, StoryKeyError> {
    match uri.strip_prefix(URN).and_then(decode) {
        Some(id) => StoryKey::id(&id),
        None => StoryKey::parse(uri),
    }
}

/// Agencies name their items by `urn:newsml:...` and `tag:...`; those read back as themselves.
fn is_other_uri(id: &str) -> bool {
    let is_name = ["urn:", "tag:"].iter().any(|scheme| id.starts_with(scheme)) && !id.starts_with(URN);
    is_name && id.bytes().all(|byte| byte.is_ascii_graphic() && !b"<>\"".contains(&byte))
}

fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        rest = tail;
        if *first != b'%' {
            bytes.push(*first);
            continue;
        }
        let (digits, tail) = rest.split_at_checked(2)?;
        bytes.push(u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?);
        rest = tail;
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_of_agencies_stay_as_they_are() {
        let id = StoryKey::id("urn:newsml:agency.example:20260301:77").unwrap();
        assert_eq!(uri_of(&id), id.as_str());
        assert_eq!(uri_of(&StoryKey::id("wire 7").unwrap()), "urn:morgue:wire%207");
    }

    proptest! {
        #[test]
        fn every_id_comes_back(id in "(urn:|tag:|urn:morgue:|)[ -~ö]{1,20}") {
            let Ok(key) = StoryKey::id(&id) else { return Ok(()) };
            prop_assert_eq!(key_of(&uri_of(&key)), Ok(key));
        }
    }
}
