//! morgue: an embedded archive of news articles in all their versions.

mod archive;
pub mod diff;
pub mod engine;
#[cfg(feature = "exchange")]
pub mod exchange;
mod format;
#[path = "../migrations/mod.rs"]
pub mod migrations;
pub mod model;
pub mod text;

pub use archive::*;
pub use engine::Durability;
pub use format::{FORMAT_VERSION, FormatError};
pub use model::*;
