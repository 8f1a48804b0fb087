//! What the archive promises, held on real news and through the command, as a user has it.
//!
//! The corpora stand beside the project and not in it; without them these tests say that they were skipped. Some take a slice of
//! a corpus, so that all of them together stay under a few minutes: `MORGUE_TEST_WHOLE=1` takes the whole.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::print_stdout, reason = "a test")]
#![cfg(unix)]

mod corpora;
mod crash;
mod damage;
mod diff;
mod disk_full;
mod doors;
#[cfg(feature = "fetch")]
mod feeds;
mod interrupt;
mod merge;
mod migrate;
#[cfg(feature = "page")]
mod page;
mod second_process;
mod support;
#[path = "../support/v1.rs"]
mod v1;
