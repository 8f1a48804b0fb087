//! Mementos and the list of them, after RFC 7089.

use serde::Serialize;

use super::article::Article;
use super::revision::Revision;
use super::story::StoryKey;

/// The article of a story that was in force at some time (RFC 7089, section 1.1).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Memento {
    /// The name of the story.
    pub story: StoryKey,
    /// The revision that the article belongs to.
    pub revision: Revision,
    /// What the story said, in canonical form.
    pub article: Article,
}

/// The list of a story's mementos, oldest first (RFC 7089, section 5).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct TimeMap {
    /// The name of the story.
    pub story: StoryKey,
    /// One entry a memento; each is in force from its `first_captured` until that of the next.
    pub mementos: Vec<Revision>,
}
