//! Records to bytes and back. The only user of bincode.
//!
//! A record is one version byte, the bincode payload, and eight bytes of a BLAKE3 hash over key and record, so that a row that
//! was damaged or stands under another key is found at the first read.

use bincode::config::{Configuration, Limit, LittleEndian, Varint};
pub(crate) use bincode::{Decode, Encode};

use super::FormatError;

const RECORD_VERSION: u8 = 1;
const CHECKSUM_BYTES: usize = 8;
/// No record is larger than the largest value of an engine; a length in a damaged record is never believed past it.
const MAX_RECORD_BYTES: usize = 8 << 20;

const fn config() -> Configuration<LittleEndian, Varint, Limit<MAX_RECORD_BYTES>> {
    bincode::config::standard().with_limit::<MAX_RECORD_BYTES>()
}

fn checksum(key: &[u8], record: &[u8]) -> [u8; CHECKSUM_BYTES] {
    let length = (key.len() as u64).to_le_bytes();
    let hash = if length.len() + key.len() + record.len() <= blake3::CHUNK_LEN {
        // What is one chunk takes half the time so.
        blake3::hash(&[&length, key, record].concat())
    } else {
        blake3::Hasher::new().update(&length).update(key).update(record).finalize()
    };
    let [a, b, c, d, e, f, g, h, ..] = *hash.as_bytes();
    [a, b, c, d, e, f, g, h]
}

/// What can be a record.
pub(crate) trait Record: Encode + Decode<()> {}

impl<T: Encode + Decode<()>> Record for T {}

/// Returns the bytes of a record under `key`.
pub(crate) fn encode<T: Record>(key: &[u8], record: &T) -> Result<Vec<u8>, FormatError> {
    let mut bytes = vec![RECORD_VERSION];
    bincode::encode_into_std_write(record, &mut bytes, config())
        .map_err(|error| FormatError::Record(error.to_string()))?;
    let sum = checksum(key, &bytes);
    bytes.extend(sum);
    Ok(bytes)
}

/// Reads the record under `key`.
pub(crate) fn decode<T: Record>(key: &[u8], bytes: &[u8]) -> Result<T, FormatError> {
    decode_part(part_of(key, bytes)?)
}

/// Returns the record under `key` as [`encode_part`] makes it, without reading it.
pub(crate) fn part_of<'a>(key: &[u8], bytes: &'a [u8]) -> Result<&'a [u8], FormatError> {
    let (record, sum) = bytes.split_last_chunk::<CHECKSUM_BYTES>().ok_or(FormatError::Checksum)?;
    if checksum(key, record) != *sum {
        return Err(FormatError::Checksum);
    }
    let (version, payload) = record.split_first().ok_or(FormatError::Checksum)?;
    if *version != RECORD_VERSION {
        return Err(FormatError::Version { found: *version, expected: RECORD_VERSION });
    }
    Ok(payload)
}

/// Says whether bytes are a record under `key`, of whatever shape.
pub(crate) fn is_whole(key: &[u8], bytes: &[u8]) -> bool {
    bytes.split_last_chunk::<CHECKSUM_BYTES>().is_some_and(|(record, sum)| checksum(key, record) == *sum)
}

/// The checksum at the end of a record.
pub(crate) fn sum_of(bytes: &[u8]) -> Option<[u8; CHECKSUM_BYTES]> {
    bytes.last_chunk::<CHECKSUM_BYTES>().copied()
}

/// Reads a record without a look at its checksum: for what is told of damage, and for nothing else.
pub(crate) fn decode_unverified<T: Record>(bytes: &[u8]) -> Result<T, FormatError> {
    let record = bytes.split_last_chunk::<CHECKSUM_BYTES>().map(|(record, _)| record);
    decode_part(record.and_then(|record| record.get(1..)).ok_or(FormatError::Checksum)?)
}

/// Returns the length of a record whose fields are a number and two strings of bytes, and the first of these; `None` where none
/// begins here.
pub(crate) fn measure(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let payload = bytes.strip_prefix(&[RECORD_VERSION])?;
    let ((_, first, _), read): ((u32, &[u8], &[u8]), _) = bincode::borrow_decode_from_slice(payload, config()).ok()?;
    let length = 1 + read + CHECKSUM_BYTES;
    (length <= bytes.len()).then_some((length, first))
}

/// Returns the bytes of a part of a record that is packed on its own, without version and checksum.
pub(crate) fn encode_part<T: Record>(part: &T) -> Result<Vec<u8>, FormatError> {
    bincode::encode_to_vec(part, config()).map_err(|error| FormatError::Record(error.to_string()))
}

/// Reads a part of a record that was packed on its own, and another one that stands behind it or is left out.
pub(crate) fn decode_parts<T: Record, U: Record + Default>(bytes: &[u8]) -> Result<(T, U), FormatError> {
    let (first, rest) = decode_first(bytes)?;
    Ok((first, if rest.is_empty() { U::default() } else { decode_part(rest)? }))
}

/// Reads a part of a record that was packed on its own.
pub(crate) fn decode_part<T: Record>(bytes: &[u8]) -> Result<T, FormatError> {
    match decode_first(bytes)? {
        (value, []) => Ok(value),
        (_, rest) => Err(FormatError::Record(format!("{} bytes are left over", rest.len()))),
    }
}

/// Reads the first of several parts that were packed on their own; returns it with the bytes behind it.
pub(crate) fn decode_first<T: Record>(bytes: &[u8]) -> Result<(T, &[u8]), FormatError> {
    let (value, read) =
        bincode::decode_from_slice(bytes, config()).map_err(|error| FormatError::Record(error.to_string()))?;
    Ok((value, bytes.get(read..).unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    type Sample = (u64, Option<String>, Vec<u8>, Option<[u8; 32]>);

    proptest! {
        #[test]
        fn a_record_is_read_back_under_its_own_key_only(number: u64, text: Option<String>, bytes: Vec<u8>) {
            let record: Sample = (number, text, bytes, Some([7; 32]));
            let encoded = encode(b"key", &record).unwrap();
            prop_assert_eq!(decode::<Sample>(b"key", &encoded), Ok(record));
            prop_assert_eq!(decode::<Sample>(b"kez", &encoded), Err(FormatError::Checksum));
        }

        #[test]
        fn random_bytes_never_panic_the_decoder(mut bytes: Vec<u8>) {
            prop_assert!(decode::<Sample>(b"key", &bytes).is_err());
            // With a right checksum the payload itself is reached.
            let sum = checksum(b"key", &bytes);
            bytes.extend(sum);
            let _ = decode::<Sample>(b"key", &bytes);
        }
    }

    #[test]
    fn a_length_beyond_reason_is_an_error() {
        let mut bytes = vec![RECORD_VERSION];
        // The number 1, a text that is there, and a length of eight bytes that are all ones.
        bytes.extend([1, 1, 253]);
        bytes.extend(u64::MAX.to_le_bytes());
        let sum = checksum(b"key", &bytes);
        bytes.extend(sum);
        assert!(matches!(decode::<Sample>(b"key", &bytes), Err(FormatError::Record(_))));
    }
}
