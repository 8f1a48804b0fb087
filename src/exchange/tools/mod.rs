//! What other programs that watch pages have kept: read, never changed.
//!
//! | program | what is read | story | article |
//! |---|---|---|---|
//! | changedetection.io | its data directory: `url-watches.json` or a `watch.json` in each watch, `history.txt`, snapshots plain or in brotli | the watch's URL | the snapshot's text, without a headline |
//! | diffengine | its SQLite database, feature `tools` | the URL of a version; that of its feed entry is an alias | title and summary |
//! | urlwatch | its `cache.db`, feature `tools` | the URL, where a `urls.yaml` beside it names it, else an id with the hash that urlwatch has for it | the text that it compared |
//!
//! Each names itself as the source, so that its texts are never called edits of those that another program made.

mod changedetection;
#[cfg(feature = "tools")]
mod sqlite;

pub use changedetection::ChangeDetectionReader;
#[cfg(feature = "tools")]
pub use sqlite::{SqliteError, SqliteReader};

#[cfg(test)]
mod tests;
