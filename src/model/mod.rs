//! What an archive holds: stories, articles, captures and what follows from them.
//!
//! Everything here is plain data and pure functions. Nothing reads a clock, a file or an engine.

mod alias;
mod article;
mod capture;
mod hash;
mod raw;
mod revision;
mod selector;
mod story;
mod time;
mod timemap;
mod url;

pub use alias::{Alias, AliasDates};
pub use article::{Article, MAX_CANONICAL_BYTES};
pub use capture::{Capture, NewCapture, NewOutcome, Observation, Outcome, OutcomeKind, digest};
pub use hash::{ArticleHash, FoldedHash, ParseHashError};
pub use raw::{MAX_RAW_BYTES, RawHead, RawPage};
pub use revision::{Revision, RevisionKind, fold, memento_at, standing};
pub use selector::{ParseSelectorError, Selector};
pub use story::{MAX_KEY_BYTES, Story, StoryKey, StoryKeyError, name_of};
pub use time::{ParseTimestampError, Timestamp};
pub use timemap::{Memento, TimeMap};
pub use url::canonical_url;
