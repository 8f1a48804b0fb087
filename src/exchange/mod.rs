//! Doors in and out of an archive: JSON Lines, text files, compressed input.
//!
//! Everything here turns bytes into [`NewCapture`](crate::model::NewCapture)s or back. Nothing touches an archive, a terminal or
//! a clock: what is read is handed to the caller, who archives it.

mod door;
mod format;
pub mod git;
mod input;
pub mod jsonl;
mod markup;
pub mod mediawiki;
pub mod ninjs;
#[cfg(feature = "page")]
mod reextract;
mod text_file;
pub mod tools;
mod uri;
#[cfg(feature = "page")]
pub mod warc;
mod warning;

pub use door::{Door, DoorError, Item, JsonlDoor, Place};
pub use format::Format;
pub use git::{GitReader, GitWriter};
pub use input::{Input, Progress};
pub use jsonl::{Fact, JsonlReader, Row, RowError, write_alias, write_capture};
pub use mediawiki::MediaWikiReader;
pub use ninjs::NinjsReader;
#[cfg(feature = "page")]
pub use reextract::{ReextractOptions, ReextractReport, reextract};
pub use text_file::{TextFile, TextFileError};
#[cfg(feature = "page")]
pub use warc::WarcReader;
pub use warning::{Warning, WarningKind};
