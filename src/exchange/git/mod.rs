//! git repositories of text files: every version of a file a capture, and every revision of a story a commit.
//!
//! # Reading
//! [`GitReader`] asks the installed git for the history of the checked-out branch, oldest commit first, as that branch had it (of a merge,
//! what it brought). Nothing of the repository is run or changed.
//!
//! | of the repository | is |
//! |---|---|
//! | the `url` in a file's front matter, else its path | the story |
//! | the committer's date | `captured_at`; a file's later version is at least a microsecond later |
//! | the file | the article, as [`TextFile`](super::TextFile) reads it |
//! | a file that was deleted | `Gone` |
//!
//! [`Layout::NewsDiffs`] reads the files of NewsDiffs: the path is the URL without its scheme, the first lines are date, headline and
//! byline, the rest is the body.
//!
//! # Writing
//! [`GitWriter`] writes a stream for `git fast-import`: a file a story, a commit a revision, in the order of time.

mod path;
mod read;
mod write;

pub use read::{GitError, GitReader, Layout};
pub use write::GitWriter;

#[cfg(test)]
mod tests;
