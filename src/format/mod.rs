//! Which bytes stand for what: keys, records, compressed contents.
//!
//! `migrations/FORMAT.md` is the authority. A change here that changes bytes is a new format version.

pub(crate) mod codec;
pub(crate) mod frame;
pub(crate) mod gather;
pub(crate) mod key;
pub(crate) mod pack;
pub(crate) mod raw;
pub(crate) mod record;

/// The version of the bytes that this program reads and writes.
pub const FORMAT_VERSION: u32 = 3;

/// Bytes that are not what the format says.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FormatError {
    /// A key is not of the form of its keyspace.
    #[error("a key of keyspace {keyspace:#04x} is malformed")]
    Key {
        /// The first byte of the key.
        keyspace: u8,
    },
    /// A record has another version byte than 1.
    #[error("a record has version {found}, expected {expected}")]
    Version {
        /// The version byte found.
        found: u8,
        /// The one expected.
        expected: u8,
    },
    /// The checksum of a record does not match.
    #[error("the checksum of a record does not match")]
    Checksum,
    /// A record does not decode.
    #[error("a record does not decode: {0}")]
    Record(String),
    /// A compressed text does not unpack, or not to the text that its hash names.
    #[error("a text does not unpack: {0}")]
    Content(String),
}
