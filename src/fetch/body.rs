//! The body of an answer, with its content encoding undone, within bounds.

use std::io::{self, Read};

use brotli_decompressor::Decompressor;
use flate2::read::{MultiGzDecoder, ZlibDecoder};

use super::error::Cause;

/// What becomes of a body that is longer than the bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Excess {
    /// An error.
    Refuse,
    /// Its beginning is taken.
    Cut,
}

/// Reads a body to its end. Neither what comes over the wire nor what it unpacks to is longer than `max_bytes`: a small body that
/// unpacks to a large one ends at the bound, and so does a large one that unpacks to nothing.
pub(super) fn read(
    wire: impl Read,
    encoding: Option<&str>,
    max_bytes: usize,
    excess: Excess,
) -> Result<Vec<u8>, Cause> {
    // One byte more tells a body that is too long from one that just fits.
    let mut wire = Wire { inner: wire, left: max_bytes.saturating_add(1), failed: None };
    let encoding = encoding.map(|name| name.trim().to_ascii_lowercase()).unwrap_or_default();
    let read = match encoding.as_str() {
        "" | "identity" => take(&mut wire, max_bytes),
        "gzip" | "x-gzip" => take(MultiGzDecoder::new(&mut wire), max_bytes),
        "deflate" => take(ZlibDecoder::new(&mut wire), max_bytes),
        "br" => take(Decompressor::new(&mut wire, 4096), max_bytes),
        _ => return Err(Cause::Encoding { encoding, reason: "it was not asked for".to_owned() }),
    };
    let (body, error) = read;
    let is_long = body.len() > max_bytes || wire.failed.as_ref().is_some_and(is_excess);
    match (wire.failed, error) {
        _ if is_long && excess == Excess::Cut => Ok(cut(body, max_bytes)),
        _ if is_long => Err(Cause::TooLarge { max_bytes }),
        (Some(failed), _) => Err(of_wire(&failed)),
        // A body that ends before its last block of gzip does: the wire ended well, what it carried did not.
        (None, Some(error)) => Err(Cause::Encoding { encoding, reason: error.to_string() }),
        (None, None) => Ok(body),
    }
}

fn cut(mut body: Vec<u8>, max_bytes: usize) -> Vec<u8> {
    body.truncate(max_bytes);
    body
}

/// Reads one byte more than `max_bytes` at most, and returns what was read before an error too.
fn take(reader: impl Read, max_bytes: usize) -> (Vec<u8>, Option<io::Error>) {
    let mut body = Vec::new();
    let error = reader.take((max_bytes as u64).saturating_add(1)).read_to_end(&mut body).err();
    (body, error)
}

/// What comes over the wire, counted. Its own errors are kept, so that they are not taken for those of an encoding.
struct Wire<R> {
    inner: R,
    left: usize,
    failed: Option<io::Error>,
}

impl<R: Read> Read for Wire<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        match self.inner.read(into) {
            Ok(read) if read > self.left => {
                self.failed = Some(io::Error::from(io::ErrorKind::FileTooLarge));
                Err(io::Error::from(io::ErrorKind::FileTooLarge))
            }
            Ok(read) => {
                self.left -= read;
                Ok(read)
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Err(error),
            Err(error) => {
                let told = io::Error::from(error.kind());
                self.failed = Some(error);
                Err(told)
            }
        }
    }
}

fn is_excess(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::FileTooLarge
}

/// Says why the wire failed: ureq hides its own errors in those of `io`.
fn of_wire(error: &io::Error) -> Cause {
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<ureq::Error>());
    match inner {
        Some(ureq::Error::Timeout(reason)) => super::client::timed_out(*reason),
        Some(other) => Cause::BrokenOff { reason: other.to_string() },
        None => Cause::BrokenOff { reason: error.to_string() },
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::{DeflateEncoder, GzEncoder};

    use super::*;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn a_body_is_unpacked() {
        let text = b"The bridge is closed.";
        // Brotli by hand (RFC 7932, section 9): a window of 16 bits, a meta-block of 21 bytes as they are, an empty last one.
        let brotli = [&[0x40, 0x01, 0x10][..], text, &[0x03]].concat();
        assert_eq!(read(brotli.as_slice(), Some("br"), 100, Excess::Refuse).unwrap(), text);
        for (encoding, bytes) in [(None, text.to_vec()), (Some("gzip"), gzip(text)), (Some(" X-GZIP "), gzip(text))] {
            assert_eq!(read(bytes.as_slice(), encoding, 100, Excess::Refuse).unwrap(), text, "{encoding:?}");
        }
        let members = [gzip(b"The bridge "), gzip(b"is closed.")].concat();
        assert_eq!(read(members.as_slice(), Some("gzip"), 100, Excess::Refuse).unwrap(), text);
    }

    #[test]
    fn a_small_body_that_unpacks_to_a_large_one_ends_at_the_bound() {
        let bomb = gzip(&vec![b' '; 50 << 20]);
        assert!(bomb.len() < 100_000);
        let error = read(bomb.as_slice(), Some("gzip"), 1 << 20, Excess::Refuse).unwrap_err();
        assert_eq!(error, Cause::TooLarge { max_bytes: 1 << 20 });
    }

    #[test]
    fn a_large_body_that_unpacks_to_nothing_ends_at_the_bound() {
        let mut header = GzEncoder::new(Vec::new(), Compression::none()).finish().unwrap();
        header.truncate(10);
        // Stored blocks of no bytes, none of them the last.
        let blocks = io::repeat(0).take(0).chain(Blocks(0));
        let error = read(header.as_slice().chain(blocks), Some("gzip"), 100_000, Excess::Refuse).unwrap_err();
        assert_eq!(error, Cause::TooLarge { max_bytes: 100_000 });
    }

    /// Stored blocks of deflate, of no bytes each, for ever.
    struct Blocks(usize);

    impl Read for Blocks {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            for byte in into.iter_mut() {
                *byte = [0, 0, 0, 0xff, 0xff][self.0 % 5];
                self.0 += 1;
            }
            Ok(into.len())
        }
    }

    #[test]
    fn the_bound_itself_is_not_too_large() {
        assert_eq!(read(&[7_u8; 100][..], None, 100, Excess::Refuse).unwrap().len(), 100);
        assert!(read(&[7_u8; 101][..], None, 100, Excess::Refuse).is_err());
        assert_eq!(read(&[7_u8; 101][..], None, 100, Excess::Cut).unwrap().len(), 100);
        assert_eq!(read(gzip(&[7_u8; 200]).as_slice(), Some("gzip"), 100, Excess::Cut).unwrap().len(), 100);
    }

    #[test]
    fn what_is_not_in_the_encoding_is_named() {
        let mut raw = DeflateEncoder::new(Vec::new(), Compression::best());
        raw.write_all(b"text").unwrap();
        let raw = raw.finish().unwrap();
        let whole = gzip(b"The bridge is closed.");
        let torn = &whole[..whole.len() - 12];
        for (encoding, bytes) in
            [("gzip", b"plain text".as_slice()), ("gzip", torn), ("br", b"\xff\xff\xff\xff"), ("deflate", &raw[1..])]
        {
            let error = read(bytes, Some(encoding), 100, Excess::Refuse).unwrap_err();
            assert!(
                matches!(&error, Cause::Encoding { encoding: named, .. } if named == encoding),
                "{encoding}: {error}"
            );
        }
        let error = read(b"x".as_slice(), Some("zstd"), 100, Excess::Refuse).unwrap_err();
        assert!(error.to_string().contains("zstd"), "{error}");
    }
}
