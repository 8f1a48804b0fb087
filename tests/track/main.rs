//! Tracking, on loopback addresses and with programs of the test.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::string_slice, reason = "a test")]

mod command;
mod faults;
mod killed;
mod live;
#[path = "../newspaper/mod.rs"]
#[allow(dead_code, reason = "the tests of fetching need more of it")]
mod newspaper;
mod press;
mod simulated;
mod support;
mod tell;
