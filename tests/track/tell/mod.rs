//! Telling, to what is really there: servers on the loopback address, programs, files.

mod command;
mod config;
mod digest;
mod feed;
mod hook;
mod items;
mod mail;
mod session;
mod support;
mod webhook;
