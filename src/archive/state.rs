//! What parts around the archive keep in it: which sources are followed, how far somebody was told.

use crate::engine::{Commit, Durability, Engine, Order, prefix_range};
use crate::format::codec;
use crate::format::key::{self, STATES};
use crate::format::record::StateRecord;

use super::store::keyspace;
use super::{Archive, Error};

/// A value that a part keeps has at most so many bytes.
pub const MAX_STATE_BYTES: usize = 1 << 20;
/// So many rows are copied at a time: with the longest values, no more than a commit may hold.
const ROWS_AT_ONCE: usize = 32;
/// The name of a part has at most so many bytes, ...
const MAX_PART_BYTES: usize = 64;
/// ... and a name of its own so many, as that of a story.
const MAX_NAME_BYTES: usize = 4_096;

impl Archive {
    /// Returns what a part around the archive keeps in it under a name; `None` where that is nothing.
    ///
    /// A part is what uses the archive and must remember something between two runs: a tracker, say. Parts do not see each other's
    /// values, which belong to no story, are not exported and not merged; `copy`, `compact` and `backup` take them along.
    ///
    /// ```
    /// use morgue::{Archive, Durability};
    ///
    /// # fn main() -> Result<(), morgue::Error> {
    /// let archive = Archive::in_memory();
    /// archive.set_states("my-crawler", &[("upto", Some(b"1024"))], Durability::Synced)?;
    /// assert_eq!(archive.state("my-crawler", "upto")?.as_deref(), Some(&b"1024"[..]));
    /// assert_eq!(archive.state("another", "upto")?, None);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::State`] for a part that cannot be one: empty, of more than 64 bytes, with a zero byte; I/O; damage.
    pub fn state(&self, part: &str, name: &str) -> Result<Option<Vec<u8>>, Error> {
        check(part, name)?;
        let row = key::state(part, name);
        let value = self.engine().get(&row)?;
        value.map(|value| decode(part, name, &row, &value)).transpose()
    }

    /// Returns all that a part keeps, with the names, in the order of the names' bytes.
    ///
    /// # Errors
    /// As [`Archive::state`].
    pub fn states(&self, part: &str) -> Result<Vec<(String, Vec<u8>)>, Error> {
        check(part, "")?;
        let rows = self.engine().scan(prefix_range(&key::state(part, "")), Order::Ascending);
        let read = |row: Result<(Vec<u8>, Vec<u8>), _>| {
            let (row, value) = row?;
            let name = key::parse_state(&row, part)?;
            Ok((name.to_owned(), decode(part, name, &row, &value)?))
        };
        rows.map(read).collect()
    }

    /// Sets values of a part, or removes those that are `None`: all of them or, after an error, none.
    ///
    /// Of one name that stands twice, the last counts. A value has at most [`MAX_STATE_BYTES`], a name 4,096 bytes.
    ///
    /// # Errors
    /// [`Error::State`] for a part, a name or a value that is none, or too long; [`Error::ReadOnly`]; errors of the engine, such as for more than it
    /// takes at once.
    pub fn set_states(
        &self,
        part: &str,
        changes: &[(&str, Option<&[u8]>)],
        durability: Durability,
    ) -> Result<(), Error> {
        self.writable()?;
        let mut writes = Vec::with_capacity(changes.len());
        for (name, value) in changes {
            check(part, name)?;
            if value.is_some_and(|value| value.len() > MAX_STATE_BYTES) {
                return Err(refused(part, name, format!("the value has more than {MAX_STATE_BYTES} bytes")));
            }
            let row = key::state(part, name);
            let record = value.map(|value| codec::encode(&row, &StateRecord { value: value.to_vec() })).transpose()?;
            writes.push((row, record));
        }
        Ok(self.engine().commit(&Commit { writes, ..Commit::default() }, durability)?)
    }

    /// Makes the states of a copy those of this archive.
    pub(super) fn copy_states(&self, copy: &dyn Engine) -> Result<(), Error> {
        let rows = |engine: &dyn Engine| engine.scan(keyspace(STATES), Order::Ascending).collect::<Result<Vec<_>, _>>();
        let (ours, theirs) = (rows(self.engine())?, rows(copy)?);
        let gone = theirs.into_iter().map(|(row, _)| (row, None));
        // What is gone comes first: of a row that stands twice, the last counts.
        let writes: Vec<_> = gone.chain(ours.into_iter().map(|(row, value)| (row, Some(value)))).collect();
        for writes in writes.chunks(ROWS_AT_ONCE) {
            copy.commit(&Commit { writes: writes.to_vec(), ..Commit::default() }, Durability::Buffered)?;
        }
        Ok(())
    }

    /// Says what is wrong with rows of states.
    pub(super) fn damaged_states(&self) -> impl Iterator<Item = Error> + '_ {
        self.engine().scan(keyspace(STATES), Order::Ascending).filter_map(|row| match row {
            Ok((row, value)) if is_whole(&row, &value) => None,
            Ok((row, _)) => {
                let name = String::from_utf8_lossy(row.get(1..).unwrap_or_default()).replace('\0', " ");
                Some(Error::damaged(format!("what a part around the archive keeps, {name}")))
            }
            Err(error) => Some(error.into()),
        })
    }
}

/// Says whether a row is one of a state, as it was written.
pub(super) fn is_whole(row: &[u8], value: &[u8]) -> bool {
    codec::decode::<StateRecord>(row, value).is_ok()
}

fn decode(part: &str, name: &str, row: &[u8], value: &[u8]) -> Result<Vec<u8>, Error> {
    let record: StateRecord = codec::decode(row, value)
        .map_err(|error| Error::damaged(format!("what {part} keeps under {name:?}: {error}")))?;
    Ok(record.value)
}

fn check(part: &str, name: &str) -> Result<(), Error> {
    if part.is_empty() || part.len() > MAX_PART_BYTES || part.contains('\0') {
        return Err(refused(part, name, format!("a part has 1 to {MAX_PART_BYTES} bytes and no zero byte")));
    }
    if name.len() > MAX_NAME_BYTES {
        return Err(refused(part, name, format!("the name has more than {MAX_NAME_BYTES} bytes")));
    }
    Ok(())
}

fn refused(part: &str, name: &str, reason: String) -> Error {
    Error::State { part: part.to_owned(), name: name.chars().take(80).collect(), reason }
}
