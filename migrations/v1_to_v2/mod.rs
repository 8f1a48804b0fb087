//! Version 1, a row a capture and a row a text, to version 2, packs. See `README.md`.
//!
//! Both stand beside each other meanwhile, in keyspaces of their own. A commit writes a few packs and deletes the rows that went into
//! them. First come the keys in the order of version 1's index, so that packs are sorted by site as sealed ones are; an entry of
//! that index is believed only where the name under its number agrees. Then come the keys that the index did not name. So nothing
//! hangs on what is derived but the order.

mod batch;
mod old;
mod read;
mod survey;

use crate::engine::{Engine, Order, prefix_range};
use crate::format::codec::{self, Decode, Encode};

use self::old::{ALIASES, CAPTURES, CONTENTS, FEED, INDEX, NAMES, Number, Place};
use self::read::{first_of, rows_of};
use super::{Error, Progress, Step, Work};

/// The step from version 1 to version 2.
pub(crate) struct V1ToV2;

/// How far it came.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
struct Done {
    stage: Stage,
    /// Where the next piece of the first key begins, when others of it are in packs.
    before: Option<Place>,
    /// A long key that is in packs while its rows are not all deleted.
    clearing: Option<Number>,
    /// How many packs of each kind were written.
    sealed: u64,
    fresh: u64,
    captures: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
enum Stage {
    /// Keys in the order of the old index, from this sort form on.
    Sorted(Vec<u8>),
    /// Keys that are left, from this number on.
    Left(Number),
    /// Names and derived rows are being deleted.
    Rest,
}

/// So many rows are deleted by a commit, or a few more.
const DELETES: usize = 1_000;

impl Step for V1ToV2 {
    fn from(&self) -> u32 {
        1
    }

    fn about(&self) -> &'static str {
        "gather captures and texts into packs"
    }

    fn work(&self, engine: &dyn Engine, done: Option<&[u8]>) -> Result<Work, Error> {
        Ok(Work { done: Done::read(done)?.captures, ..survey::count(engine)? })
    }

    fn verify(&self, engine: &dyn Engine, progress: &mut dyn FnMut(u64)) -> Result<(), Error> {
        survey::verify(engine, progress)
    }

    fn next(&self, engine: &dyn Engine, done: Option<&[u8]>) -> Result<Option<Progress>, Error> {
        let done = Done::read(done)?;
        match (done.clearing, &done.stage) {
            (Some(number), _) => clear(engine, done, number).map(Some),
            (None, Stage::Sorted(_) | Stage::Left(_)) => batch::next(engine, done).map(Some),
            (None, Stage::Rest) => delete_rest(engine, done),
        }
    }

    fn rebuilds(&self) -> bool {
        true
    }
}

impl Done {
    fn read(done: Option<&[u8]>) -> Result<Self, Error> {
        let nothing =
            Self { stage: Stage::Sorted(Vec::new()), before: None, clearing: None, sealed: 0, fresh: 0, captures: 0 };
        Ok(done.map(codec::decode_part).transpose()?.unwrap_or(nothing))
    }

    fn with(self, writes: Vec<(Vec<u8>, Option<Vec<u8>>)>) -> Result<Progress, Error> {
        Ok(Progress { writes, captures: self.captures, done: codec::encode_part(&self)? })
    }
}

/// Deletes rows of a key that is in packs.
fn clear(engine: &dyn Engine, done: Done, number: Number) -> Result<Progress, Error> {
    let mut rows = Vec::new();
    for keyspace in [CAPTURES, CONTENTS, ALIASES] {
        let some = engine.scan(rows_of(keyspace, number), Order::Ascending).take(DELETES - rows.len());
        for row in some {
            rows.push((row?.0, None));
        }
    }
    let is_over = rows.len() < DELETES;
    Done { clearing: Some(number).filter(|_| !is_over), ..done }.with(rows)
}

/// Deletes names and what is derived, once everything else is in packs.
fn delete_rest(engine: &dyn Engine, done: Done) -> Result<Option<Progress>, Error> {
    for keyspace in [CAPTURES, CONTENTS, ALIASES] {
        if let Some((row, _)) = first_of(engine, prefix_range(&[keyspace]))? {
            let number = old::number_of(&row)?;
            return Err(Error::damaged(format!("a row of the key number {number} was left behind")));
        }
    }
    let spaces = [NAMES, INDEX, FEED].into_iter();
    let rows = spaces.flat_map(|keyspace| engine.scan(prefix_range(&[keyspace]), Order::Ascending)).take(DELETES);
    let deletes: Vec<_> = rows.map(|row| row.map(|(row, _)| (row, None))).collect::<Result<_, _>>()?;
    if deletes.is_empty() { Ok(None) } else { done.with(deletes).map(Some) }
}
