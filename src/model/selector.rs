//! Which of a story's revisions is meant.

use std::fmt;
use std::str::FromStr;

use super::revision::{Revision, memento_at};
use super::time::Timestamp;

/// The fewest digits of a hash that select by it.
const MIN_HASH_DIGITS: usize = 4;

/// Which of a story's revisions is meant.
///
/// | text | means |
/// |---|---|
/// | `@` or nothing | the latest |
/// | `first` | the first |
/// | `#3` | number 3 |
/// | `~2` | two before the latest |
/// | `@2022-03-29` | the one in force at the end of that day (UTC) |
/// | `@2022-03-29T12:00Z` | the one in force at that time |
/// | `3f9a` | the latest whose hash begins so; at least 4 digits |
///
/// ```
/// use morgue::Selector;
///
/// assert_eq!("".parse(), Ok(Selector::Latest));
/// assert_eq!("#3".parse(), Ok(Selector::Number(3)));
/// assert!("yesterday".parse::<Selector>().is_err());
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Selector {
    /// The latest revision.
    Latest,
    /// The first revision.
    First,
    /// The revision with this number.
    Number(u64),
    /// So many before the latest.
    Back(u64),
    /// The one in force at this time.
    At(Timestamp),
    /// The latest whose hash begins with these lower-case hexadecimal digits.
    Hash(String),
}

/// Text that is not a selector.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} selects no revision: expected @, first, #3, ~2, @2022-03-29, @2022-03-29T12:00Z, or at least 4 digits of a hash"
)]
pub struct ParseSelectorError(String);

impl Selector {
    /// Returns the revision that is meant, if the story has it. `revisions` must be oldest first.
    #[must_use]
    pub fn select<'a>(&self, revisions: &'a [Revision]) -> Option<&'a Revision> {
        match self {
            Self::Latest => revisions.last(),
            Self::First => revisions.first(),
            Self::Number(number) => revisions.iter().find(|revision| revision.number == *number),
            Self::Back(steps) => usize::try_from(*steps).ok().and_then(|steps| revisions.iter().rev().nth(steps)),
            Self::At(at) => memento_at(revisions, *at),
            Self::Hash(digits) => {
                revisions.iter().rev().find(|revision| revision.hash.to_string().starts_with(digits.as_str()))
            }
        }
    }
}

impl FromStr for Selector {
    type Err = ParseSelectorError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        parse(text.trim()).ok_or_else(|| ParseSelectorError(text.to_owned()))
    }
}

fn parse(text: &str) -> Option<Selector> {
    if let Some(number) = text.strip_prefix('#') {
        return number.parse().ok().filter(|number| *number > 0).map(Selector::Number);
    }
    if let Some(steps) = text.strip_prefix('~') {
        return steps.parse().ok().map(Selector::Back);
    }
    match text.strip_prefix('@') {
        Some("") => Some(Selector::Latest),
        Some(time) => parse_time(time).map(Selector::At),
        None if text.is_empty() => Some(Selector::Latest),
        None if text == "first" => Some(Selector::First),
        None => parse_hash(text),
    }
}

fn parse_time(text: &str) -> Option<Timestamp> {
    let time: Timestamp = text.parse().ok()?;
    let bare_date = text.len() == "2022-03-29".len();
    Some(if bare_date { time.end_of_day() } else { time })
}

fn parse_hash(text: &str) -> Option<Selector> {
    let is_hash = (MIN_HASH_DIGITS..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_hash.then(|| Selector::Hash(text.to_ascii_lowercase()))
}

impl fmt::Display for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Latest => f.write_str("@"),
            Self::First => f.write_str("first"),
            Self::Number(number) => write!(f, "#{number}"),
            Self::Back(steps) => write!(f, "~{steps}"),
            Self::At(time) => write!(f, "@{time}"),
            Self::Hash(digits) => f.write_str(digits),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_person_types_is_understood() {
        let day = "2022-03-29T23:59:59.999999Z".parse().unwrap();
        let noon = "2022-03-29T12:00:00Z".parse().unwrap();
        for (text, selector) in [
            ("", Selector::Latest),
            ("@", Selector::Latest),
            ("first", Selector::First),
            ("#12", Selector::Number(12)),
            ("~0", Selector::Back(0)),
            ("@2022-03-29", Selector::At(day)),
            ("@2022-03-29T12:00Z", Selector::At(noon)),
            ("3F9a", Selector::Hash("3f9a".into())),
        ] {
            assert_eq!(text.parse(), Ok(selector), "{text:?}");
        }
    }

    #[test]
    fn what_selects_nothing_is_refused() {
        for bad in ["#0", "#", "#-1", "~", "~x", "@noon", "3f9", "latest", "xyzw", "3f9a "] {
            if bad.trim() == bad {
                assert!(bad.parse::<Selector>().is_err(), "{bad:?}");
            }
        }
    }

    #[test]
    fn every_selector_is_read_back_as_it_is_shown() {
        for selector in
            [Selector::Latest, Selector::First, Selector::Number(7), Selector::Back(3), Selector::Hash("abcd".into())]
        {
            assert_eq!(selector.to_string().parse(), Ok(selector));
        }
    }
}
