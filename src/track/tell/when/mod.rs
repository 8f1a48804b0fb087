//! Filters: which changes are told.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::item::Item;
use crate::archive::ChangeKind;

use super::kind::Name;

mod expr;
mod lexer;
mod parser;
#[cfg(test)]
mod tests;

use expr::Expr;

/// The longest filter, in bytes.
pub const MAX_FILTER_BYTES: usize = 4096;

/// A filter of changes.
///
/// | written | lets through |
/// |---|---|
/// | `edit`, `gone`, `number`, `stealth` ... | changes of this kind or class: all that `morgue changes --kind` knows, and `suspect` |
/// | `kind = edit`, `kind != gone` | the same |
/// | `host = news.example`, `tag = politics` | by `host`, `tag`, `story` or `url` as a whole |
/// | `headline = "Bridge open"` | by `headline` (old or new) or `summary` as a whole |
/// | `host ~ "*.example"` | as a whole, `*` being anything and `?` one character |
/// | `headline ~ "bridge"`, `text ~ "crack?d"` | by what stands anywhere in `headline`, `summary` or `text` |
/// | `significance >= 0.3`, `revision > 1` | by number: `=`, `!=`, `<`, `<=`, `>`, `>=` |
/// | `not A`, `A and B`, `A or B`, `(A)` | as they say; `not` binds closest, then `and` |
///
/// Case does not matter. `text` is the headlines, the summary, and the words that were added and removed. A change without a host,
/// tag or number is never equal, less or more, and so fits `!=` and `!~`. Words of other signs than letters, digits and `._-/:*?%@+&#`
/// stand in double quotes, in which `\"` and `\\` are those signs. At most [`MAX_FILTER_BYTES`], nested 32 deep.
///
/// ```
/// use morgue::track::tell::When;
///
/// let when: When = "stealth or (number and significance >= 0.3)".parse().unwrap();
/// assert_eq!(when.to_string(), "stealth or (number and significance >= 0.3)");
/// let error = "stealth or nubmer".parse::<When>().unwrap_err();
/// assert!(error.to_string().starts_with("column 12: expected a kind or class"), "{error}");
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct When {
    text: String,
    expr: Expr,
    names: BTreeSet<Name>,
}

impl When {
    /// Says whether a change fits, whether it is news or not.
    #[must_use]
    pub fn matches(&self, item: &Item) -> bool {
        self.expr.matches(item)
    }

    /// Says whether it is worth telling: it fits, and it is news or of a kind that the filter names.
    #[must_use]
    pub fn admits(&self, item: &Item) -> bool {
        !item.repeated && item.quiet().is_none_or(|quiet| self.names.contains(&quiet)) && self.matches(item)
    }
}

impl When {
    /// Says whether the filter names a kind.
    pub(super) fn names_kind(&self, kind: ChangeKind) -> bool {
        self.names.contains(&Name::Kind(kind))
    }
}

impl FromStr for When {
    type Err = WhenError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let expr = parser::parse(text)?;
        let mut names = BTreeSet::new();
        expr.names(&mut names);
        Ok(Self { text: text.trim().to_owned(), expr, names })
    }
}

impl fmt::Display for When {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Serialize for When {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl<'de> Deserialize<'de> for When {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// Says whether a change is told where there is no filter: it is news.
pub(super) fn is_news(item: &Item) -> bool {
    !item.repeated && item.quiet().is_none()
}

/// A filter that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("column {column}: expected {expected}, found {found}")]
#[non_exhaustive]
pub struct WhenError {
    /// The character at which it cannot be read, from 1.
    pub column: usize,
    /// What could stand there.
    pub expected: String,
    /// What stands there.
    pub found: String,
}
