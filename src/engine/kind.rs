//! The engines that keep an archive in a directory, by name.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// An engine that keeps an archive in a directory. An archive keeps the one that it was made with.
///
/// ```
/// use morgue::engine::EngineKind;
///
/// assert_eq!("fjall".parse(), Ok(EngineKind::Fjall));
/// assert_eq!(EngineKind::default().to_string(), "sled");
/// assert!("redb".parse::<EngineKind>().is_err());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum EngineKind {
    /// [`SledEngine`](super::SledEngine), always there.
    #[default]
    Sled,
    /// `FjallEngine`, with the feature `fjall`.
    Fjall,
}

impl EngineKind {
    /// All of them, the default first, those that this program was built without included.
    pub const ALL: [Self; 2] = [Self::Sled, Self::Fjall];

    /// Returns the name, as `stats` and `--engine` have it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sled => "sled",
            Self::Fjall => "fjall",
        }
    }

    /// Returns true for an engine that this program was built with.
    #[must_use]
    pub const fn is_built(self) -> bool {
        match self {
            Self::Sled => true,
            Self::Fjall => cfg!(feature = "fjall"),
        }
    }
}

impl fmt::Display for EngineKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for EngineKind {
    type Err = UnknownEngine;

    fn from_str(text: &str) -> Result<Self, UnknownEngine> {
        Self::ALL.into_iter().find(|kind| kind.name() == text).ok_or_else(|| UnknownEngine { name: text.to_owned() })
    }
}

/// There is no engine of this name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no engine {name:?}; there are sled and fjall")]
pub struct UnknownEngine {
    /// The name.
    pub name: String,
}
