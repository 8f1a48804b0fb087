//! Where there are no Unix sockets, no archive is read by way of another process.

use std::path::Path;

use super::{Archive, Error, OpenOptions};

/// There is none.
#[derive(Debug)]
pub(super) enum Served {}

/// Nor is anything held.
#[derive(Debug)]
pub(super) enum Holds {}

impl Served {
    pub(super) fn is_elsewhere(&self) -> bool {
        match *self {}
    }

    pub(super) fn hold_writes(&self) -> Result<Holds, Error> {
        match *self {}
    }

    pub(super) fn hold_packs(&self) -> Result<Holds, Error> {
        match *self {}
    }

    pub(super) fn refuse(&self, _: Option<&Path>) -> Result<(), Error> {
        match *self {}
    }
}

pub(super) fn told(_: &Path, error: Error) -> Error {
    error
}

pub(super) fn open(path: &Path, options: &OpenOptions) -> Result<Archive, Error> {
    Archive::open_own(path, options)
}
