//! Keys: first byte the keyspace (high bit set: derived), numbers big-endian, so that they sort as the domain sorts.

use super::FormatError;

/// Everything primary: packs by their ids.
pub(crate) const PACKS: u8 = 0x05;
/// Primary: pages as they were fetched.
pub(crate) const RAWS: u8 = 0x06;
/// Primary: what parts around the archive keep in it.
pub(crate) const STATES: u8 = 0x07;
/// Derived: a key and what is known of it, one row each.
pub(crate) const INDEX: u8 = 0x85;
/// Derived: many keys and what is known of them, by the first of them. A row under [`INDEX`] goes before what a page says.
pub(crate) const PAGES: u8 = 0x86;
/// Derived: captures in the order of their arrival.
pub(crate) const FEED: u8 = 0x87;

/// The row that holds the format version. Facts about the archive itself are keyspace 0x00.
pub(crate) const META_FORMAT: &[u8] = b"\x00format";
/// The row that says how far a migration has come.
pub(crate) const META_MIGRATION: &[u8] = b"\x00migration";
/// The row that stands while derived data is being rebuilt.
pub(crate) const META_REINDEX: &[u8] = b"\x00reindex";
/// The row that says how far fresh packs have been sealed.
pub(crate) const META_SEAL: &[u8] = b"\x00seal";
/// The row that says that the store is a backup of an archive.
pub(crate) const META_BACKUP: &[u8] = b"\x00backup";
/// The row that changes whenever packs or pages are rewritten.
pub(crate) const META_GENERATION: &[u8] = b"\x00generation";

/// The id of a pack: a number given out in order, with [`SEALED`] set when the pack was made of others.
pub(crate) type PackId = u64;
/// Set in the ids of sealed packs, so that they sort behind the fresh ones.
pub(crate) const SEALED: PackId = 1 << 56;

/// The number in the id of a pack.
pub(crate) const fn pack_number(id: PackId) -> u64 {
    id & (SEALED - 1)
}

pub(crate) fn numbered(keyspace: u8, number: u64) -> Vec<u8> {
    let mut key = Vec::with_capacity(9);
    key.push(keyspace);
    key.extend(number.to_be_bytes());
    key
}

pub(crate) fn pack(id: PackId) -> Vec<u8> {
    numbered(PACKS, id)
}

/// The row of a keyspace whose rows are sorted by story key.
pub(crate) fn sorted(keyspace: u8, sort: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(1 + sort.len());
    bytes.push(keyspace);
    bytes.extend(sort);
    bytes
}

/// A row of a page: no sort form holds a zero byte, so that the pages of a key stand together.
pub(crate) fn raw(sort: &[u8], hash: &[u8; 16], number: u16) -> Vec<u8> {
    let mut bytes = sorted(RAWS, sort);
    bytes.push(0);
    bytes.extend(hash);
    bytes.extend(number.to_be_bytes());
    bytes
}

/// The row of what a part around the archive keeps under a name. No part has a zero byte, so that those of one stand together.
pub(crate) fn state(part: &str, name: &str) -> Vec<u8> {
    let mut bytes = sorted(STATES, part.as_bytes());
    bytes.push(0);
    bytes.extend(name.as_bytes());
    bytes
}

/// Reads the name in the row of a state, whose part is known.
pub(crate) fn parse_state<'a>(key: &'a [u8], part: &str) -> Result<&'a str, FormatError> {
    let name = parse_sorted(key, STATES)?.strip_prefix(part.as_bytes()).and_then(|rest| rest.strip_prefix(&[0]));
    let name = name.and_then(|name| std::str::from_utf8(name).ok());
    name.ok_or(FormatError::Key { keyspace: STATES })
}

/// Reads the number that follows the keyspace byte.
pub(crate) fn parse_number(key: &[u8], keyspace: u8) -> Result<u64, FormatError> {
    let malformed = FormatError::Key { keyspace };
    let rest = key.strip_prefix(&[keyspace]).ok_or_else(|| malformed.clone())?;
    Ok(u64::from_be_bytes(rest.try_into().map_err(|_| malformed)?))
}

/// Reads the sort form that follows the keyspace byte.
pub(crate) fn parse_sorted(key: &[u8], keyspace: u8) -> Result<&[u8], FormatError> {
    key.strip_prefix(&[keyspace]).ok_or(FormatError::Key { keyspace })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_read_back_and_one_of_another_keyspace_or_length_is_refused() {
        let id = SEALED | 7;
        assert_eq!(parse_number(&pack(id), PACKS), Ok(id));
        assert_eq!(pack_number(id), 7);
        assert!(parse_number(&pack(id), FEED).is_err());
        assert!(parse_number(&[PACKS, 1], PACKS).is_err());
        assert_eq!(parse_sorted(&sorted(INDEX, b"ia"), INDEX), Ok(b"ia".as_slice()));
        assert!(parse_sorted(&sorted(INDEX, b"ia"), PAGES).is_err());
    }

    #[test]
    fn derived_keyspaces_and_no_others_have_the_high_bit() {
        assert!([INDEX, PAGES, FEED].iter().all(|space| space & 0x80 != 0));
        assert_eq!((PACKS | RAWS) & 0x80, 0);
        assert!(pack(SEALED) > pack(SEALED - 1));
    }
}
