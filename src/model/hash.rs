//! The names of texts: BLAKE3 digests.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The name of an article: the BLAKE3 hash of its canonical text.
///
/// Displayed as 64 lower-case hexadecimal digits, the form that `b3sum` prints.
///
/// ```
/// use morgue::ArticleHash;
///
/// let hash = ArticleHash::of(b"morgue-article 1\n");
/// assert_eq!(hash.to_string().parse::<ArticleHash>().unwrap(), hash);
/// assert_eq!(hash.short().len(), 12);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ArticleHash([u8; 32]);

impl ArticleHash {
    /// Returns the hash of canonical bytes.
    #[must_use]
    pub fn of(canonical: &[u8]) -> Self {
        Self(*blake3::hash(canonical).as_bytes())
    }

    /// Takes the 32 bytes of a hash as they are.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Returns the 32 bytes of the hash.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Returns the first twelve hexadecimal digits, enough to tell articles apart by eye.
    #[must_use]
    pub fn short(&self) -> String {
        self.to_string().chars().take(12).collect()
    }
}

impl fmt::Display for ArticleHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(blake3::Hash::from_bytes(self.0).to_hex().as_str())
    }
}

impl fmt::Debug for ArticleHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ArticleHash({self})")
    }
}

/// Text that is not 64 hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not an article hash: expected 64 hexadecimal digits")]
pub struct ParseHashError(String);

impl FromStr for ArticleHash {
    type Err = ParseHashError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        blake3::Hash::from_hex(text).map(|hash| Self(*hash.as_bytes())).map_err(|_| ParseHashError(text.to_owned()))
    }
}

impl Serialize for ArticleHash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ArticleHash {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// The first eight bytes of the BLAKE3 hash of an article after typographic folding.
///
/// Two articles of one story with equal folded hashes and different [`ArticleHash`]es differ
/// only in typography: such a change is [`RevisionKind::Cosmetic`](crate::RevisionKind).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct FoldedHash(pub u64);

impl FoldedHash {
    /// Returns the hash of folded text.
    #[must_use]
    pub fn of(folded: &[u8]) -> Self {
        let digest = *blake3::hash(folded).as_bytes();
        let (first, _) = digest.split_first_chunk::<8>().expect("a digest has 32 bytes");
        Self(u64::from_be_bytes(*first))
    }
}
