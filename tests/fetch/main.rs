//! Fetching, from servers on the loopback address: hostile ones, polite manners, and a newspaper.

mod command;
mod hostile;
#[path = "../newspaper/mod.rs"]
mod newspaper;
mod polite;
mod rounds;
mod support;
mod tls;
mod visits;
