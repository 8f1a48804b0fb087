//! A story and its names.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::capture::OutcomeKind;
use super::time::Timestamp;
use super::url::{canonical_url, from_sort_form, push_sort_form};

/// The longest name of a story, in bytes of UTF-8.
pub const MAX_KEY_BYTES: usize = 4096;

/// A name of a story: its canonical URL, or an id that the caller gives.
///
/// ```
/// use morgue::StoryKey;
///
/// let url = StoryKey::url("https://news.example/bridge/?utm_source=feed").unwrap();
/// assert_eq!(url.to_string(), "https://news.example/bridge");
/// assert_eq!(url.host(), Some("news.example"));
/// assert_eq!(StoryKey::id("wire-2041").unwrap().to_string(), "wire-2041");
/// ```
///
/// # Example: text of either kind
/// ```
/// # use morgue::StoryKey;
/// assert!(matches!(StoryKey::parse("https://news.example/a").unwrap(), StoryKey::Url(_)));
/// assert!(matches!(StoryKey::parse("file:draft.txt").unwrap(), StoryKey::Id(_)));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum StoryKey {
    /// An id in the caller's own terms; compared byte by byte. Made by [`StoryKey::id`].
    Id(String),
    /// A URL in the form of [`canonical_url`]. Made by [`StoryKey::url`].
    Url(String),
}

/// Text that cannot name a story.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StoryKeyError {
    /// The URL could not be understood.
    #[error("{text:?} is not the URL of a story: {reason}")]
    Url {
        /// The text as given.
        text: String,
        /// Why not, for people.
        reason: String,
    },
    /// The id is empty, or begins or ends with white space, or holds a control character.
    #[error("{text:?} cannot be an id: {reason}")]
    Id {
        /// The text as given.
        text: String,
        /// Why not, for people.
        reason: &'static str,
    },
    /// The name is longer than [`MAX_KEY_BYTES`].
    #[error("the name of a story has {bytes} bytes; at most {MAX_KEY_BYTES} are allowed: {start}...")]
    TooLong {
        /// How long it is.
        bytes: usize,
        /// How it begins.
        start: String,
    },
}

impl StoryKey {
    /// Returns the key of a URL, in its canonical form.
    ///
    /// # Errors
    /// When it is not an absolute `http` or `https` URL, or longer than [`MAX_KEY_BYTES`].
    pub fn url(text: &str) -> Result<Self, StoryKeyError> {
        let canonical = canonical_url(text).map_err(|reason| StoryKeyError::Url { text: text.to_owned(), reason })?;
        within_limit(&canonical)?;
        Ok(Self::Url(canonical))
    }

    /// Returns the key of an id.
    ///
    /// # Errors
    /// When it is empty, begins or ends with white space, holds a control character, or is longer than [`MAX_KEY_BYTES`].
    pub fn id(text: &str) -> Result<Self, StoryKeyError> {
        let refuse = |reason| Err(StoryKeyError::Id { text: text.to_owned(), reason });
        if text.is_empty() {
            return refuse("it is empty");
        }
        if text.trim() != text {
            return refuse("it begins or ends with white space");
        }
        if text.chars().any(char::is_control) {
            return refuse("it holds a control character");
        }
        within_limit(text)?;
        Ok(Self::Id(text.to_owned()))
    }

    /// Returns the key of a URL when the text begins with `http://` or `https://`, else that of an id.
    ///
    /// # Errors
    /// Those of [`StoryKey::url`] and [`StoryKey::id`].
    pub fn parse(text: &str) -> Result<Self, StoryKeyError> {
        let scheme = text.split("://").next().unwrap_or_default().to_ascii_lowercase();
        if matches!(scheme.as_str(), "http" | "https") { Self::url(text) } else { Self::id(text) }
    }

    /// Returns the name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Id(text) | Self::Url(text) => text,
        }
    }

    /// Returns the host of a URL; an id has none.
    #[must_use]
    pub fn host(&self) -> Option<&str> {
        let Self::Url(url) = self else { return None };
        let rest = url.split_once("://")?.1;
        let authority = rest.split(['/', '?']).next()?;
        match authority.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => Some(host),
            _ => Some(authority),
        }
    }

    /// Returns bytes that sort as stories are listed: ids first, then URLs by host from its right end.
    ///
    /// Different keys have different bytes.
    #[must_use]
    pub fn sort_bytes(&self) -> Vec<u8> {
        let mut sort = String::with_capacity(self.as_str().len() + 1);
        match self {
            Self::Id(id) => {
                sort.push('i');
                sort.push_str(id);
            }
            Self::Url(url) => {
                sort.push('u');
                push_sort_form(url, &mut sort);
            }
        }
        sort.into_bytes()
    }

    /// Returns the key that has these bytes for [`StoryKey::sort_bytes`]; `None` where none has.
    pub(crate) fn from_sort_bytes(bytes: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(bytes).ok()?;
        match text.strip_prefix('u') {
            Some(sort) => from_sort_form(sort).map(Self::Url),
            None => text.strip_prefix('i').map(|id| Self::Id(id.to_owned())),
        }
    }
}

fn within_limit(text: &str) -> Result<(), StoryKeyError> {
    if text.len() <= MAX_KEY_BYTES {
        return Ok(());
    }
    Err(StoryKeyError::TooLong { bytes: text.len(), start: text.chars().take(60).collect() })
}

impl fmt::Display for StoryKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Ord for StoryKey {
    /// Orders as [`StoryKey::sort_bytes`] does.
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.sort_bytes().cmp(&other.sort_bytes())
    }
}

impl PartialOrd for StoryKey {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Serialize for StoryKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for StoryKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

/// Returns the one of a story's keys that names it.
///
/// `aliases` holds the facts "the first names the story of the second". The name is the smallest key that is not
/// itself an alias of another of the keys, else (aliases in a circle) the smallest of all. So it depends on the set of facts
/// and never on the order in which they came. `None` when there are no keys.
///
/// ```
/// use std::collections::BTreeSet;
/// use morgue::{StoryKey, model::name_of};
///
/// let story = StoryKey::url("https://news.example/bridge").unwrap();
/// let amp = StoryKey::url("https://amp.news.example/bridge").unwrap();
/// let keys = BTreeSet::from([story.clone(), amp.clone()]);
/// assert_eq!(name_of(&keys, &[(amp, story.clone())]), Some(&story));
/// ```
#[must_use]
pub fn name_of<'a>(keys: &'a BTreeSet<StoryKey>, aliases: &[(StoryKey, StoryKey)]) -> Option<&'a StoryKey> {
    let is_alias =
        |key: &StoryKey| aliases.iter().any(|(alias, target)| alias == key && target != key && keys.contains(target));
    keys.iter().find(|key| !is_alias(key)).or_else(|| keys.first())
}

/// What an archive knows of a story at a glance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Story {
    /// The name of the story.
    pub story: StoryKey,
    /// Its other names, in order.
    pub aliases: Vec<StoryKey>,
    /// The headline of the latest article, shortened to 300 bytes; empty when it has none.
    pub headline: String,
    /// The time of the earliest capture.
    pub first_captured: Timestamp,
    /// The time of the latest capture, whatever it saw.
    pub last_captured: Timestamp,
    /// When the latest revision that is not cosmetic was first captured; `None` when there is no article.
    pub last_changed: Option<Timestamp>,
    /// How many captures there are.
    pub captures: u64,
    /// How many revisions there are.
    pub revisions: u64,
    /// How many of the revisions are changes: neither first nor cosmetic.
    pub changes: u64,
    /// The publisher's own date of the latest article, if it gives one.
    pub published_at: Option<Timestamp>,
    /// What the latest capture saw.
    pub last_outcome: OutcomeKind,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> StoryKey {
        StoryKey::url(text).unwrap()
    }

    #[test]
    fn an_id_that_could_hide_is_refused() {
        for bad in ["", " a", "a\n", "a\u{7}b"] {
            assert!(StoryKey::id(bad).is_err(), "{bad:?}");
        }
        assert!(matches!(StoryKey::id(&"x".repeat(MAX_KEY_BYTES + 1)), Err(StoryKeyError::TooLong { .. })));
    }

    #[test]
    fn the_name_does_not_depend_on_the_order_of_the_facts() {
        let (a, b, c) = (url("https://a.example/1"), url("https://a.example/2"), url("https://a.example/3"));
        let keys = BTreeSet::from([a.clone(), b.clone(), c.clone()]);
        let mut facts = vec![(a.clone(), c.clone()), (b.clone(), c.clone())];
        assert_eq!(name_of(&keys, &facts), Some(&c));
        facts.reverse();
        assert_eq!(name_of(&keys, &facts), Some(&c));
    }

    #[test]
    fn aliases_in_a_circle_still_have_a_name() {
        let (a, b) = (url("https://a.example/1"), url("https://a.example/2"));
        let keys = BTreeSet::from([a.clone(), b.clone()]);
        assert_eq!(name_of(&keys, &[(a.clone(), b.clone()), (b, a.clone())]), Some(&a));
    }

    #[test]
    fn keys_of_one_host_sort_together() {
        let mut keys = [
            url("https://b.example/"),
            url("https://x.a.example/"),
            url("https://a.example/"),
            StoryKey::id("z").unwrap(),
        ];
        keys.sort();
        let names: Vec<&str> = keys.iter().map(StoryKey::as_str).collect();
        assert_eq!(names, ["z", "https://a.example/", "https://x.a.example/", "https://b.example/"]);
    }
}
