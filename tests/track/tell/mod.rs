//! Telling, to what is really there: servers on the loopback address, programs, files.

mod command;
mod config;
mod digest;
mod feed;
pub(crate) mod hook;
mod items;
mod mail;
mod session;
pub(crate) mod support;
mod webhook;
