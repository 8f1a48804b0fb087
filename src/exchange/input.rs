//! Input that may be compressed.

use std::fmt;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Cursor, Read};
use std::mem;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bzip2::bufread::MultiBzDecoder;
use flate2::bufread::MultiGzDecoder;
use liblzma::bufread::XzDecoder;
use liblzma::stream::{CONCATENATED, Stream};

/// Bytes that are read from the file, and decompressed, at a time.
const BUFFER_BYTES: usize = 256 << 10;
/// What an xz or lzma file may ask for in memory; `xz -9` asks for 65 MiB.
const MAX_DICTIONARY_BYTES: u64 = 512 << 20;

/// How far an input has been read, for a progress bar. Clones share the count.
#[derive(Debug, Clone)]
pub struct Progress {
    read: Arc<AtomicU64>,
    total: Option<u64>,
}

impl Progress {
    /// Returns the bytes read so far, as they stand in the file: compressed ones if it is compressed.
    #[must_use]
    pub fn read(&self) -> u64 {
        self.read.load(Ordering::Relaxed)
    }

    /// Returns the size of the file, or `None` for a pipe.
    #[must_use]
    pub const fn total(&self) -> Option<u64> {
        self.total
    }
}

/// An open input, decompressed as it is read.
///
/// gzip (any number of members), bzip2, Zstandard and xz are told by their first bytes, whatever the file is called. The old
/// `.lzma` form has no such mark and is told by its name. Anything else is read as it is.
///
/// Every error names the input. A compressed file that was cut short is an error at its end, never a silent end.
///
/// ```
/// use std::io::Read;
/// use morgue::exchange::Input;
///
/// let mut text = String::new();
/// Input::from_reader("a test", &b"not compressed"[..]).unwrap().read_to_string(&mut text).unwrap();
/// assert_eq!(text, "not compressed");
/// ```
pub struct Input {
    name: String,
    inner: Box<dyn BufRead + Send>,
    progress: Progress,
}

impl Input {
    /// Opens a file.
    ///
    /// # Errors
    /// When it cannot be opened or its first bytes cannot be read.
    pub fn open(path: &Path) -> io::Result<Self> {
        let is_lzma = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("lzma"));
        Self::open_file(path, |reader| decompress(reader, is_lzma))
    }

    /// Opens a file whose gzip members are left as they are, for a reader that minds where each begins. Other compression is
    /// undone.
    ///
    /// # Errors
    /// Those of [`Input::open`].
    pub fn open_members(path: &Path) -> io::Result<Self> {
        Self::open_file(path, |mut reader| {
            let (head, format) = head(&mut reader, false)?;
            decompress_as(if format == Format::Gzip { Format::Plain } else { format }, Cursor::new(head).chain(reader))
        })
    }

    fn open_file(
        path: &Path,
        read: impl FnOnce(Counted<File>) -> io::Result<Box<dyn BufRead + Send>>,
    ) -> io::Result<Self> {
        let name = path.display().to_string();
        let file = File::open(path).map_err(|error| named(&name, &error))?;
        let metadata = file.metadata().map_err(|error| named(&name, &error))?;
        let total = metadata.is_file().then_some(metadata.len());
        Self::new(name, file, total, read)
    }

    /// Takes input that is open already, such as standard input. `name` is how errors call it.
    ///
    /// The `.lzma` form cannot be told here.
    ///
    /// # Errors
    /// When its first bytes cannot be read.
    pub fn from_reader(name: impl Into<String>, reader: impl Read + Send + 'static) -> io::Result<Self> {
        Self::new(name.into(), reader, None, |reader| decompress(reader, false))
    }

    fn new<R>(
        name: String,
        reader: R,
        total: Option<u64>,
        open: impl FnOnce(Counted<R>) -> io::Result<Box<dyn BufRead + Send>>,
    ) -> io::Result<Self> {
        let read = Arc::new(AtomicU64::new(0));
        let counted = Counted { inner: reader, read: Arc::clone(&read) };
        let inner = open(counted).map_err(|error| named(&name, &error))?;
        Ok(Self { name, inner, progress: Progress { read, total } })
    }

    /// Returns how the input begins, decompressed: `bytes` of it, or all of a shorter one; of a pipe, which may have no more yet,
    /// the first line at most. They are read again after that, and then an error that ended them.
    pub fn peek(&mut self, bytes: usize) -> Vec<u8> {
        let mut start = Vec::new();
        let mut limited = self.inner.by_ref().take(bytes as u64);
        let read = match self.progress.total {
            Some(_) => limited.read_to_end(&mut start),
            None => limited.read_until(b'\n', &mut start),
        };
        let rest = mem::replace(&mut self.inner, Box::new(io::empty()));
        let again = Cursor::new(start.clone());
        self.inner = match read {
            Ok(_) => Box::new(again.chain(rest)),
            Err(error) => Box::new(again.chain(BufReader::new(Failed(Some(error))))),
        };
        start
    }

    /// Returns a view of how far the input has been read.
    #[must_use]
    pub fn progress(&self) -> Progress {
        self.progress.clone()
    }

    /// Returns how errors call the input.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl fmt::Debug for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Input").field("name", &self.name).field("progress", &self.progress).finish_non_exhaustive()
    }
}

impl Read for Input {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.inner.read(buffer).map_err(|error| named(&self.name, &error))
    }
}

impl BufRead for Input {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.inner.fill_buf().map_err(|error| named(&self.name, &error))
    }

    fn consume(&mut self, amount: usize) {
        self.inner.consume(amount);
    }
}

fn decompress(mut reader: impl Read + Send + 'static, is_lzma: bool) -> io::Result<Box<dyn BufRead + Send>> {
    let (head, format) = head(&mut reader, is_lzma)?;
    decompress_as(format, Cursor::new(head).chain(reader))
}

/// The first bytes of a file, and what they say of its compression.
fn head(reader: &mut impl Read, is_lzma: bool) -> io::Result<(Vec<u8>, Format)> {
    let mut head = Vec::with_capacity(6);
    reader.by_ref().take(6).read_to_end(&mut head)?;
    let format = Format::of(&head, is_lzma);
    Ok((head, format))
}

fn decompress_as(format: Format, reader: impl Read + Send + 'static) -> io::Result<Box<dyn BufRead + Send>> {
    let whole = BufReader::with_capacity(BUFFER_BYTES, reader);
    Ok(match format {
        Format::Plain => Box::new(whole),
        Format::Gzip => buffered(MultiGzDecoder::new(whole)),
        Format::Bzip2 => buffered(MultiBzDecoder::new(whole)),
        Format::Zstd => buffered(zstd::stream::read::Decoder::with_buffer(whole)?),
        Format::Xz => {
            buffered(XzDecoder::new_stream(whole, Stream::new_stream_decoder(MAX_DICTIONARY_BYTES, CONCATENATED)?))
        }
        Format::Lzma => buffered(XzDecoder::new_stream(whole, Stream::new_lzma_decoder(MAX_DICTIONARY_BYTES)?)),
    })
}

fn buffered(reader: impl Read + Send + 'static) -> Box<dyn BufRead + Send> {
    Box::new(BufReader::with_capacity(BUFFER_BYTES, reader))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    Plain,
    Gzip,
    Bzip2,
    Zstd,
    Xz,
    Lzma,
}

impl Format {
    fn of(head: &[u8], is_lzma: bool) -> Self {
        match head {
            [0x1F, 0x8B, ..] => Self::Gzip,
            // The size of a block, and the mark of the first one.
            [b'B', b'Z', b'h', b'1'..=b'9', 0x31, 0x41] => Self::Bzip2,
            // A frame, or a skippable frame (RFC 8878, section 3.1).
            [0x28, 0xB5, 0x2F, 0xFD, ..] | [0x50..=0x5F, 0x2A, 0x4D, 0x18, ..] => Self::Zstd,
            [0xFD, b'7', b'z', b'X', b'Z', 0, ..] => Self::Xz,
            _ if is_lzma => Self::Lzma,
            _ => Self::Plain,
        }
    }
}

/// The same error with the name of the input, and in words where the file was cut short.
fn named(name: &str, error: &io::Error) -> io::Error {
    let message = match error.kind() {
        io::ErrorKind::UnexpectedEof => {
            format!("{name}: the compressed data ends too early; the file was cut short ({error})")
        }
        _ => format!("{name}: {error}"),
    };
    io::Error::new(error.kind(), message)
}

/// Gives an error that came up too early, then an end.
struct Failed(Option<io::Error>);

impl Read for Failed {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        self.0.take().map_or(Ok(0), Err)
    }
}

struct Counted<R> {
    inner: R,
    read: Arc<AtomicU64>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.read.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use proptest::prelude::*;

    use super::*;

    const TEXT: &[u8] = b"{\"id\":\"a\",\"captured_at\":\"2026-03-01\",\"text\":\"The ferry ran late.\"}\n";

    fn text() -> Vec<u8> {
        // Longer than a buffer, and not too regular.
        (0..20_000_u32).flat_map(|number| [TEXT, number.to_string().as_bytes(), b"\n"].concat()).collect()
    }

    fn gzip(data: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(data).unwrap();
        encoder.finish().unwrap()
    }

    fn bzip2(data: &[u8]) -> Vec<u8> {
        let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
        encoder.write_all(data).unwrap();
        encoder.finish().unwrap()
    }

    fn xz(data: &[u8]) -> Vec<u8> {
        let mut encoder = liblzma::write::XzEncoder::new(Vec::new(), 0);
        encoder.write_all(data).unwrap();
        encoder.finish().unwrap()
    }

    fn lzma(data: &[u8]) -> Vec<u8> {
        let options = liblzma::stream::LzmaOptions::new_preset(0).unwrap();
        let stream = Stream::new_lzma_encoder(&options).unwrap();
        let mut encoder = liblzma::write::XzEncoder::new_stream(Vec::new(), stream);
        encoder.write_all(data).unwrap();
        encoder.finish().unwrap()
    }

    fn zstd(data: &[u8]) -> Vec<u8> {
        zstd::encode_all(data, 1).unwrap()
    }

    fn read_all(name: &str, data: &[u8]) -> io::Result<Vec<u8>> {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join(name);
        std::fs::write(&path, data).unwrap();
        let mut input = Input::open(&path)?;
        let progress = input.progress();
        assert_eq!(progress.total(), Some(data.len() as u64));
        let mut text = Vec::new();
        input.read_to_end(&mut text)?;
        assert_eq!(progress.read(), data.len() as u64);
        Ok(text)
    }

    #[test]
    fn each_compression_is_told_by_its_first_bytes() {
        let text = text();
        for data in [gzip(&text), bzip2(&text), zstd(&text), xz(&text), text.clone()] {
            assert!(read_all("rows.misnamed", &data).unwrap() == text);
        }
        assert!(read_all("rows.LZMA", &lzma(&text)).unwrap() == text);
    }

    #[test]
    fn files_joined_end_to_end_are_read_to_the_last() {
        for pack in [gzip, bzip2, zstd, xz] {
            let joined = [pack(b"one\n"), pack(b""), pack(b"two\n")].concat();
            assert_eq!(read_all("rows", &joined).unwrap(), b"one\ntwo\n");
        }
    }

    #[test]
    fn a_compressed_file_cut_short_anywhere_is_an_error_that_names_it() {
        let text = text();
        for (name, whole) in [
            ("a.gz", gzip(&text)),
            ("a.bz2", bzip2(&text)),
            ("a.zst", zstd(&text)),
            ("a.xz", xz(&text)),
            ("a.lzma", lzma(&text)),
        ] {
            for cut in [8, 20, whole.len() / 2, whole.len() - 9, whole.len() - 1] {
                let error = read_all(name, &whole[..cut]).unwrap_err();
                assert!(error.to_string().contains(name), "{name} cut to {cut}: {error}");
                assert!(error.to_string().contains("cut short"), "{name} cut to {cut}: {error}");
            }
        }
    }

    #[test]
    fn a_missing_file_and_a_directory_are_errors_that_name_them() {
        let directory = tempfile::tempdir().unwrap();
        let missing = directory.path().join("nothing.jsonl");
        assert!(Input::open(&missing).unwrap_err().to_string().contains("nothing.jsonl"));
        let error = Input::open(directory.path()).unwrap_err();
        assert!(error.to_string().contains(&directory.path().display().to_string()), "{error}");
    }

    #[test]
    fn input_shorter_than_a_mark_is_read_as_it_is() {
        for data in [&b""[..], b"\x1f", b"{", b"\x28\xb5"] {
            assert_eq!(read_all("rows", data).unwrap(), data);
        }
    }

    #[test]
    fn a_pipe_that_gives_a_byte_at_a_time_is_told_too() {
        struct Drip(Cursor<Vec<u8>>);
        impl Read for Drip {
            fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
                let end = buffer.len().min(1);
                self.0.read(&mut buffer[..end])
            }
        }
        let mut text = String::new();
        let mut input = Input::from_reader("standard input", Drip(Cursor::new(gzip(b"slow")))).unwrap();
        input.read_to_string(&mut text).unwrap();
        assert_eq!((text.as_str(), input.progress().total()), ("slow", None));
    }

    #[test]
    fn what_was_peeked_at_is_read_again() {
        let text = text();
        let mut input = Input::from_reader("standard input", Cursor::new(gzip(&text))).unwrap();
        assert_eq!(input.peek(7), &text[..7]);
        assert_eq!(input.peek(9), &text[..9]);
        assert_eq!(input.peek(9_999), TEXT);
        let mut all = Vec::new();
        input.read_to_end(&mut all).unwrap();
        assert!(all == text);
    }

    #[test]
    fn members_are_left_as_they_are_and_other_compression_is_undone() {
        let directory = tempfile::tempdir().unwrap();
        for (data, expected) in [(gzip(b"one"), gzip(b"one")), (zstd(b"two"), b"two".to_vec())] {
            let path = directory.path().join("a.warc");
            std::fs::write(&path, data).unwrap();
            let mut read = Vec::new();
            Input::open_members(&path).unwrap().read_to_end(&mut read).unwrap();
            assert_eq!(read, expected);
        }
    }

    proptest! {
        #[test]
        fn damage_never_panics(mark in 0..5_usize, data in proptest::collection::vec(any::<u8>(), 0..400), at in any::<prop::sample::Index>()) {
            let mut packed = vec![gzip(&data), bzip2(&data), zstd(&data), xz(&data), lzma(&data)].swap_remove(mark);
            let at = at.index(packed.len());
            packed[at] ^= 0x55;
            let mut input = Input::new("x".into(), Cursor::new(packed), None, |reader| decompress(reader, true)).unwrap();
            let _ = input.read_to_end(&mut Vec::new());
        }
    }
}
