//! Telling people and programs what changed.
//!
//! A [`Teller`] follows the archive's feed of changes and tells each of its [`Target`]s what a filter ([`When`]) lets through: a program, a
//! webhook, a mail, a feed in a file; one by one or as a digest. How far each was told is kept in the archive.

mod channel;
mod command;
mod config;
mod digest;
mod feed;
mod html;
mod item;
mod keep;
mod kind;
mod mail;
mod process;
mod report;
mod step;
mod teller;
mod template;
#[cfg(test)]
mod tests;
mod webhook;
mod when;

pub use config::{Config, ConfigError, Start, Target, TargetKind};
pub use item::Item;
pub use report::{Dropped, Held, Report, TargetReport, Told};
pub use teller::{Tags, Teller};
pub use when::{MAX_FILTER_BYTES, When, WhenError};
