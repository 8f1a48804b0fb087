//! The archive as a library, through its public API: one binary, so that it is linked once.

// This file runs only as a test.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, missing_docs, unreachable_pub)]

mod bases;
mod blame;
mod changes;
mod compare;
mod concurrency;
mod faults;
mod golden;
mod identity;
mod invariants;
mod migrate;
mod order;
mod pages;
mod power;
#[cfg(feature = "fjall")]
mod power_on_disk;
mod read_only;
#[cfg(feature = "page")]
mod reextract;
mod reindex;
mod salvage;
#[cfg(unix)]
mod socket;
mod state;
mod support;
mod upkeep;
#[path = "../support/v1.rs"]
mod v1;
