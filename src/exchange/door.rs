//! What all doors in have in common.

use std::fmt;
use std::io::{self, BufRead};

use super::jsonl::{Fact, JsonlReader, RowError};
use super::warning::Warning;

/// Where in a file something stands.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Place {
    /// In a line, from 1.
    Line(u64),
    /// At a byte of the file, from 0. In a compressed file, the byte where the compressed part begins that holds it.
    Byte(u64),
    /// At something that has a name, such as a revision of a page.
    Named(String),
}

impl Place {
    /// Returns the place within a file, for people: `rows.jsonl:12`, `crawl.warc at byte 4711`, `dump.xml: revision 7`.
    ///
    /// ```
    /// use morgue::exchange::Place;
    ///
    /// assert_eq!(Place::Line(12).within("rows.jsonl"), "rows.jsonl:12");
    /// ```
    #[must_use]
    pub fn within(&self, file: &str) -> String {
        match self {
            Self::Line(line) => format!("{file}:{line}"),
            Self::Byte(byte) => format!("{file} at byte {byte}"),
            Self::Named(name) => format!("{file}: {name}"),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line(line) => write!(f, "in line {line}"),
            Self::Byte(byte) => write!(f, "at byte {byte}"),
            Self::Named(name) => write!(f, "at {name}"),
        }
    }
}

/// Something that came in by a door, and from where.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Item {
    /// Where it stands.
    pub place: Place,
    /// What it says.
    pub fact: Fact,
}

impl Item {
    /// Returns a fact with its place.
    #[must_use]
    pub const fn new(place: Place, fact: Fact) -> Self {
        Self { place, fact }
    }
}

/// Something that could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DoorError {
    /// One thing is not as it should be. Reading goes on behind it.
    #[error("{reason} ({place})")]
    Bad {
        /// Where it stands.
        place: Place,
        /// What is wrong, and what to do.
        reason: String,
    },
    /// The input failed. Nothing more is read.
    #[error("the input failed {place}")]
    Failed {
        /// How far it had been read.
        place: Place,
        /// Why.
        #[source]
        source: io::Error,
    },
}

/// A way in: an iterator over what a file says, whatever its format.
///
/// After a [`DoorError::Bad`] it goes on; after a [`DoorError::Failed`] it ends. The same input gives the same items, so that a
/// reader that was stopped can pass by what it has seen.
pub trait Door: Iterator<Item = Result<Item, DoorError>> {
    /// Returns what was read and left out so far, each thing once with its count.
    fn warnings(&self) -> &[Warning];
}

/// The door of JSON Lines.
#[derive(Debug)]
pub struct JsonlDoor<R>(JsonlReader<R>);

impl<R: BufRead> JsonlDoor<R> {
    /// Returns the door that reads the rows of `input`.
    #[must_use]
    pub const fn new(input: R) -> Self {
        Self(JsonlReader::new(input))
    }
}

impl<R: BufRead> Iterator for JsonlDoor<R> {
    type Item = Result<Item, DoorError>;

    fn next(&mut self) -> Option<Self::Item> {
        Some(match self.0.next()? {
            Ok(row) => Ok(Item { place: Place::Line(row.line), fact: row.fact }),
            Err(RowError::Bad { line, reason, excerpt }) => {
                Err(DoorError::Bad { place: Place::Line(line), reason: format!("{reason}; the row begins: {excerpt}") })
            }
            Err(RowError::Io { line, source }) => Err(DoorError::Failed { place: Place::Line(line), source }),
        })
    }
}

impl<R: BufRead> Door for JsonlDoor<R> {
    fn warnings(&self) -> &[Warning] {
        self.0.warnings()
    }
}

/// What comes in through a door: the captures, and what is said of the rest, warnings last.
#[cfg(test)]
pub(super) fn read_all(door: &mut dyn Door) -> (Vec<crate::model::NewCapture>, Vec<String>) {
    let (mut captures, mut told) = (Vec::new(), Vec::new());
    for item in &mut *door {
        match item {
            Ok(item) => match item.fact {
                Fact::Capture(capture) => captures.push(*capture),
                other => panic!("{other:?}"),
            },
            Err(DoorError::Bad { place, reason }) => told.push(format!("{place}: {reason}")),
            Err(other) => panic!("{other}"),
        }
    }
    told.extend(door.warnings().iter().map(ToString::to_string));
    (captures, told)
}
