//! Sources: where stories are found.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Where stories are found: a feed, a sitemap, a front page, or one story.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// Where it is. Tells it from all others.
    pub url: String,
    /// What to call it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What it is; found out at the first visit unless it is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<SourceKind>,
    /// How often to look for new stories there; found out from how often there are any unless it is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub every: Option<Every>,
    /// Words of the user's, which its stories have too.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// Whether it is left alone for now, and with it its stories that no other source has.
    #[serde(default, skip_serializing_if = "is_false")]
    pub paused: bool,
    /// Whether it and its stories may be at addresses that are not of the public internet.
    #[serde(default, skip_serializing_if = "is_false")]
    pub allow_private: bool,
}

// serde asks for a reference.
#[allow(clippy::trivially_copy_pass_by_ref)]
const fn is_false(value: &bool) -> bool {
    !*value
}

impl Source {
    /// Returns a source of which only the URL is known.
    #[must_use]
    pub fn new(url: impl Into<String>) -> Self {
        Self { url: url.into(), ..Self::default() }
    }

    /// Returns what to call it: its name, else its URL.
    #[must_use]
    pub fn title(&self) -> &str {
        self.name.as_deref().unwrap_or(&self.url)
    }
}

/// What a source is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum SourceKind {
    /// RSS, Atom or JSON Feed.
    Feed,
    /// A sitemap, or an index of sitemaps.
    Sitemap,
    /// A front page, or that of a section: links that look like stories.
    Section,
    /// One story.
    Story,
}

impl SourceKind {
    /// Returns the word for it in files and on the command line.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Feed => "feed",
            Self::Sitemap => "sitemap",
            Self::Section => "section",
            Self::Story => "story",
        }
    }
}

impl fmt::Display for SourceKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A pause such as `15m`, `1h 30m` or `2days`, of 10 seconds or more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Every(Duration);

/// Text that is no pause.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is no pause between visits: {reason}")]
pub struct ParseEveryError {
    text: String,
    reason: String,
}

/// Who asks more often is turned away.
const SHORTEST: Duration = Duration::from_secs(10);

impl Every {
    /// Returns the pause.
    #[must_use]
    pub const fn duration(self) -> Duration {
        self.0
    }
}

impl FromStr for Every {
    type Err = ParseEveryError;

    /// Reads a pause.
    ///
    /// ```
    /// use std::time::Duration;
    /// use morgue::track::Every;
    ///
    /// let every: Every = "1h 30m".parse().unwrap();
    /// assert_eq!(every.duration(), Duration::from_secs(90 * 60));
    /// assert_eq!(every.to_string(), "1h 30m");
    /// assert!("1s".parse::<Every>().is_err() && "often".parse::<Every>().is_err());
    /// ```
    fn from_str(text: &str) -> Result<Self, ParseEveryError> {
        let refused = |reason: String| ParseEveryError { text: text.to_owned(), reason };
        let pause = humantime::parse_duration(text.trim())
            .map_err(|error| refused(format!("{error}; expected one such as 15m, 2h or 1day")))?;
        if pause < SHORTEST {
            return Err(refused("it must be 10s or longer".to_owned()));
        }
        Ok(Self(pause))
    }
}

impl TryFrom<String> for Every {
    type Error = ParseEveryError;

    fn try_from(text: String) -> Result<Self, ParseEveryError> {
        text.parse()
    }
}

impl From<Every> for String {
    fn from(every: Every) -> Self {
        every.to_string()
    }
}

impl fmt::Display for Every {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", humantime::format_duration(self.0))
    }
}
