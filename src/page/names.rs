//! Which story a page is of: its key and its other names.

use crate::model::{StoryKey, StoryKeyError};

use super::Page;

/// What a page says of its own and other addresses.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Links {
    /// `<link rel="canonical">`, absolute.
    pub canonical: Option<String>,
    /// `og:url`, or the `url` or `mainEntityOfPage` of its schema.org article, absolute.
    pub own: Option<String>,
    /// `<link rel="amphtml">`, absolute.
    pub amp: Option<String>,
    /// The publisher's own id of the article.
    pub publisher_id: Option<String>,
}

/// The names of a story, known from one page.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Names {
    /// The name under which the capture is kept.
    pub key: StoryKey,
    /// Other names of the same story.
    pub aliases: Vec<StoryKey>,
}

/// Returns the names that a page gives its story.
///
/// # Errors
/// When its URL cannot be the key of a story.
pub fn names(page: &Page<'_>, links: &Links) -> Result<Names, StoryKeyError> {
    let _ = links;
    Ok(Names { key: StoryKey::url(page.url)?, aliases: Vec::new() })
}
