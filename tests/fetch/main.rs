//! Fetching, from servers on the loopback address: hostile ones, polite manners, and a newspaper.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::string_slice, reason = "a test")]

mod command;
mod hostile;
#[path = "../newspaper/mod.rs"]
mod newspaper;
mod polite;
mod rounds;
mod support;
mod tls;
mod visits;
