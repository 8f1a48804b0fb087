//! Keys: first byte the keyspace (high bit set: derived), numbers big-endian, so that they sort as the domain sorts.

use crate::model::{ArticleHash, Capture, StoryKey, Timestamp};

use super::FormatError;

/// Key number to key.
pub(crate) const NAMES: u8 = 0x01;
/// Captures by key number and order.
pub(crate) const CAPTURES: u8 = 0x02;
/// Texts by key number and hash.
pub(crate) const CONTENTS: u8 = 0x03;
/// Alias facts by the numbers of alias and target.
pub(crate) const ALIASES: u8 = 0x04;
/// Derived: key to number, story and summary.
pub(crate) const INDEX: u8 = 0x81;
/// Derived: captures in the order of their arrival.
pub(crate) const FEED: u8 = 0x82;

/// The row that holds the format version. Facts about the archive itself are keyspace 0x00.
pub(crate) const META_FORMAT: &[u8] = b"\x00format";
/// The row that says how far a migration has come.
pub(crate) const META_MIGRATION: &[u8] = b"\x00migration";
/// The row that stands while derived data is being rebuilt.
pub(crate) const META_REINDEX: &[u8] = b"\x00reindex";

/// The number of a key within this archive, given out in order of arrival from 0.
pub(crate) type KeyNumber = u64;

/// The place of a capture under its key: time, hash, digest. Sorts as [`Capture::order`].
pub(crate) type Place = [u8; 24];

pub(crate) fn numbered(keyspace: u8, number: u64) -> Vec<u8> {
    let mut key = Vec::with_capacity(9);
    key.push(keyspace);
    key.extend(number.to_be_bytes());
    key
}

pub(crate) fn capture(number: KeyNumber, place: &Place) -> Vec<u8> {
    let mut key = numbered(CAPTURES, number);
    key.extend(place);
    key
}

pub(crate) fn content(number: KeyNumber, hash: &ArticleHash) -> Vec<u8> {
    let mut key = numbered(CONTENTS, number);
    key.extend(hash.as_bytes());
    key
}

pub(crate) fn alias(alias: KeyNumber, target: KeyNumber) -> Vec<u8> {
    let mut key = numbered(ALIASES, alias);
    key.extend(target.to_be_bytes());
    key
}

pub(crate) fn index(key: &StoryKey) -> Vec<u8> {
    let mut bytes = vec![INDEX];
    bytes.extend(key.sort_bytes());
    bytes
}

pub(crate) fn place_of(capture: &Capture) -> Place {
    let (at, hash, digest) = capture.order();
    place(at, hash, digest)
}

pub(crate) fn place(at: Timestamp, hash: [u8; 8], digest: [u8; 8]) -> Place {
    let mut place = [0; 24];
    let parts = order_preserving(at.as_micros()).into_iter().chain(hash).chain(digest);
    for (slot, byte) in place.iter_mut().zip(parts) {
        *slot = byte;
    }
    place
}

/// Two's complement with the sign bit turned over sorts negative numbers first.
fn order_preserving(number: i64) -> [u8; 8] {
    (number.cast_unsigned() ^ (1 << 63)).to_be_bytes()
}

/// Splits what follows the keyspace byte into numbers of eight bytes and the rest.
fn take_u64(bytes: &[u8], keyspace: u8) -> Result<(u64, &[u8]), FormatError> {
    let (number, rest) = bytes.split_first_chunk::<8>().ok_or(FormatError::Key { keyspace })?;
    Ok((u64::from_be_bytes(*number), rest))
}

fn body(key: &[u8], keyspace: u8) -> Result<&[u8], FormatError> {
    key.strip_prefix(&[keyspace]).ok_or(FormatError::Key { keyspace })
}

/// Reads the number that follows the keyspace byte.
pub(crate) fn parse_number(key: &[u8], keyspace: u8) -> Result<u64, FormatError> {
    Ok(take_u64(body(key, keyspace)?, keyspace)?.0)
}

pub(crate) fn parse_alias(key: &[u8]) -> Result<(KeyNumber, KeyNumber), FormatError> {
    let (alias, rest) = take_u64(body(key, ALIASES)?, ALIASES)?;
    let (target, rest) = take_u64(rest, ALIASES)?;
    if rest.is_empty() { Ok((alias, target)) } else { Err(FormatError::Key { keyspace: ALIASES }) }
}

pub(crate) fn parse_content(key: &[u8]) -> Result<(KeyNumber, ArticleHash), FormatError> {
    let (number, rest) = take_u64(body(key, CONTENTS)?, CONTENTS)?;
    let hash = <[u8; 32]>::try_from(rest).map_err(|_| FormatError::Key { keyspace: CONTENTS })?;
    Ok((number, ArticleHash::from_bytes(hash)))
}

pub(crate) fn parse_capture(key: &[u8]) -> Result<(KeyNumber, Timestamp, Place), FormatError> {
    let malformed = FormatError::Key { keyspace: CAPTURES };
    let (number, rest) = take_u64(body(key, CAPTURES)?, CAPTURES)?;
    let place = Place::try_from(rest).map_err(|_| malformed.clone())?;
    let (time, _) = take_u64(&place, CAPTURES)?;
    let at = Timestamp::from_micros((time ^ (1 << 63)).cast_signed()).ok_or(malformed)?;
    Ok((number, at, place))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn captures_sort_by_time_also_before_1970() {
        let places: Vec<Place> = [Timestamp::MIN.as_micros(), -1, 0, 1, Timestamp::MAX.as_micros()]
            .into_iter()
            .map(|micros| place(Timestamp::from_micros(micros).unwrap(), [7; 8], [9; 8]))
            .collect();
        assert!(places.is_sorted_by(|a, b| a < b));
    }

    #[test]
    fn keys_are_read_back_and_malformed_ones_refused() {
        let at = Timestamp::from_micros(-5).unwrap();
        let place = place(at, [1; 8], [2; 8]);
        assert_eq!(parse_capture(&capture(3, &place)), Ok((3, at, place)));
        let hash = ArticleHash::of(b"x");
        assert_eq!(parse_content(&content(4, &hash)), Ok((4, hash)));
        assert_eq!(parse_alias(&alias(5, 6)), Ok((5, 6)));
        for bad in [vec![], vec![CAPTURES], capture(3, &place)[..32].to_vec(), content(4, &hash)] {
            assert!(parse_capture(&bad).is_err());
        }
    }

    #[test]
    fn derived_keyspaces_have_the_high_bit_and_primary_ones_do_not() {
        assert!([0x00, NAMES, CAPTURES, CONTENTS, ALIASES].iter().all(|keyspace| keyspace & 0x80 == 0));
        assert!([INDEX, FEED].iter().all(|keyspace| keyspace & 0x80 != 0));
    }
}
