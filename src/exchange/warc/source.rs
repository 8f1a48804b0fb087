//! The bytes of a file of records, plain or in gzip members, and where they stand in it.

use std::io::{self, BufRead, Chain, Cursor, Read};
use std::mem;

use flate2::bufread::GzDecoder;

/// Bytes that are decompressed at a time.
const BUFFER_BYTES: usize = 64 << 10;
/// How every gzip member begins: the mark, and deflate as its method (RFC 1952, section 2.3.1).
const MARK: [u8; 3] = [0x1F, 0x8B, 8];

/// Why bytes could not be had.
#[derive(Debug)]
pub(super) enum Broken {
    /// A gzip member is damaged. Reading goes on with the next one.
    Member {
        /// Where the member begins.
        at: u64,
        /// What is wrong.
        reason: String,
    },
    /// The file itself could not be read.
    Io(io::Error),
}

/// A reader that knows how many bytes it has given.
#[derive(Debug)]
struct Counted<R> {
    inner: R,
    at: u64,
}

impl<R: BufRead> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.at += read as u64;
        Ok(read)
    }
}

impl<R: BufRead> BufRead for Counted<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.inner.fill_buf()
    }

    fn consume(&mut self, amount: usize) {
        self.at += amount as u64;
        self.inner.consume(amount);
    }
}

/// A member being read: its mark was taken to find it, and is put in front again.
type Member<R> = GzDecoder<Chain<Cursor<[u8; 3]>, Counted<R>>>;

#[derive(Debug)]
enum State<R: BufRead> {
    /// Nothing has been read.
    Start(Counted<R>),
    Plain(Counted<R>),
    /// Behind a gzip member; after damage what follows may be the rest of it.
    Between(Counted<R>),
    Member(Box<Member<R>>),
    Ended,
}

/// The bytes of a file of records. A buffer never holds bytes of two gzip members.
#[derive(Debug)]
pub(super) struct Source<R: BufRead> {
    state: State<R>,
    buffer: Vec<u8>,
    used: usize,
    /// Where in the file the bytes of the buffer come from: the first of them in a plain file, else their member.
    at: u64,
    /// Damage that is to be told when what came before it has been used.
    broken: Option<Broken>,
}

impl<R: BufRead> Source<R> {
    pub(super) const fn new(input: R) -> Self {
        let state = State::Start(Counted { inner: input, at: 0 });
        Self { state, buffer: Vec::new(), used: 0, at: 0, broken: None }
    }

    /// Where the next byte stands: in the file, or the gzip member that holds it.
    pub(super) const fn at(&self) -> u64 {
        match self.state {
            State::Plain(_) => self.at + self.used as u64,
            _ => self.at,
        }
    }

    /// The gzip member that holds the next byte; nothing in a plain file.
    pub(super) const fn member(&self) -> Option<u64> {
        match self.state {
            State::Plain(_) => None,
            _ => Some(self.at),
        }
    }

    /// The bytes that are next; none at the end.
    pub(super) fn fill(&mut self) -> Result<&[u8], Broken> {
        while self.used == self.buffer.len() {
            if let Some(broken) = self.broken.take() {
                return Err(broken);
            }
            if !self.refill()? {
                return Ok(&[]);
            }
        }
        Ok(self.buffer.get(self.used..).unwrap_or_default())
    }

    pub(super) fn consume(&mut self, amount: usize) {
        self.used = (self.used + amount).min(self.buffer.len());
    }

    /// Reads on; says whether there may be more.
    fn refill(&mut self) -> Result<bool, Broken> {
        (self.buffer, self.used) = (mem::take(&mut self.buffer), 0);
        self.buffer.clear();
        match mem::replace(&mut self.state, State::Ended) {
            State::Start(mut input) => {
                // A mark may come in two pieces from a pipe; one byte tells enough, as no record begins with it.
                let is_gzip = first(&mut input)? == Some(MARK[0]);
                self.state = if is_gzip { State::Between(input) } else { State::Plain(input) };
                Ok(true)
            }
            State::Plain(mut input) => {
                self.at = input.at;
                let read = (&mut input).take(BUFFER_BYTES as u64).read_to_end(&mut self.buffer);
                read.map_err(Broken::Io)?;
                self.state = State::Plain(input);
                Ok(!self.buffer.is_empty())
            }
            State::Between(input) => self.next_member(input),
            State::Member(decoder) => Ok(self.decompress(decoder)),
            State::Ended => Ok(false),
        }
    }

    /// Looks for the mark of a gzip member, past zeros that fill a block and past what is left of a damaged one.
    fn next_member(&mut self, mut input: Counted<R>) -> Result<bool, Broken> {
        let mut found = 0;
        while let Some(byte) = first(&mut input)? {
            // The first two bytes of the mark differ, so one that fails begins anew at its last byte at the latest.
            found = match MARK.get(found) {
                Some(next) if *next == byte => found + 1,
                _ => usize::from(byte == MARK[0]),
            };
            input.consume(1);
            if found == MARK.len() {
                self.at = input.at - MARK.len() as u64;
                self.state = State::Member(Box::new(GzDecoder::new(Cursor::new(MARK).chain(input))));
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn decompress(&mut self, mut decoder: Box<Member<R>>) -> bool {
        let read = decoder.by_ref().take(BUFFER_BYTES as u64).read_to_end(&mut self.buffer);
        match read {
            Ok(0) => self.state = State::Between(decoder.into_inner().into_inner().1),
            Ok(_) => self.state = State::Member(decoder),
            Err(error) => {
                let reason = match error.kind() {
                    io::ErrorKind::UnexpectedEof => "it ends too early; the file was cut short".to_owned(),
                    _ => error.to_string(),
                };
                self.broken = Some(Broken::Member { at: self.at, reason });
                self.state = State::Between(decoder.into_inner().into_inner().1);
            }
        }
        true
    }
}

/// The next byte, left where it is.
fn first<R: BufRead>(input: &mut Counted<R>) -> Result<Option<u8>, Broken> {
    Ok(input.fill_buf().map_err(Broken::Io)?.first().copied())
}
