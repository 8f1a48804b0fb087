//! The bytes of a file of records, plain or in gzip members, and where they stand in it.

use std::io::{self, BufRead, Chain, Cursor, Read};
use std::mem;

use flate2::bufread::GzDecoder;

/// Bytes that are decompressed at a time.
const BUFFER_BYTES: usize = 64 << 10;
/// A damaged member that is not longer is looked through for the start of the next one: a short one may have run into it.
const MAX_TAPE_BYTES: usize = 1 << 20;
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

/// A reader that knows how many bytes it has given, and can go back to the start of a member.
#[derive(Debug)]
struct Counted<R> {
    inner: R,
    at: u64,
    /// What was given since the start of a member, while it is not too much; `None` when nobody will ask.
    tape: Option<Vec<u8>>,
    /// What is given once more, and how much of it has been.
    again: (Vec<u8>, usize),
}

impl<R: BufRead> Counted<R> {
    const fn new(inner: R) -> Self {
        Self { inner, at: 0, tape: None, again: (Vec::new(), 0) }
    }

    fn record(&mut self) {
        self.tape = Some(Vec::new());
    }

    /// Goes back to where recording began; stays where it is when that is too far.
    fn rewind(&mut self) {
        let Some(mut tape) = self.tape.take() else { return };
        self.at -= tape.len() as u64;
        tape.extend(self.again.0.iter().skip(self.again.1));
        self.again = (tape, 0);
    }
}

impl<R: BufRead> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let given = self.fill_buf()?;
        let amount = given.len().min(buffer.len());
        for (to, from) in buffer.iter_mut().zip(given) {
            *to = *from;
        }
        self.consume(amount);
        Ok(amount)
    }
}

impl<R: BufRead> BufRead for Counted<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        match self.again.0.get(self.again.1..) {
            Some(again) if !again.is_empty() => Ok(again),
            _ => self.inner.fill_buf(),
        }
    }

    fn consume(&mut self, amount: usize) {
        if let Some(mut tape) = self.tape.take()
            && tape.len() + amount <= MAX_TAPE_BYTES
        {
            // What was filled stays as it is until it is consumed, so this reads nothing.
            tape.extend(self.fill_buf().unwrap_or_default().iter().take(amount));
            self.tape = Some(tape);
        }
        self.at += amount as u64;
        if self.again.1 < self.again.0.len() {
            self.again.1 += amount;
        } else {
            self.again = (Vec::new(), 0);
            self.inner.consume(amount);
        }
    }
}

/// A member being read: its mark was taken to find it, and is put in front again.
type Member<R> = GzDecoder<Chain<Cursor<[u8; 3]>, Counted<R>>>;

/// What came before a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum After {
    Whole,
    /// Its mark may be there by chance, so its damage is told only where a record begins, and nobody goes back for it: that could go on
    /// for ever.
    Damage,
}

#[derive(Debug)]
enum State<R: BufRead> {
    /// Nothing has been read.
    Start(Counted<R>),
    Plain(Counted<R>),
    /// Behind a gzip member; when that was damaged, what follows may be the rest of it.
    Between(Counted<R>, After),
    Member(Box<Member<R>>, After),
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
        let state = State::Start(Counted::new(input));
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
                self.state = if is_gzip { State::Between(input, After::Whole) } else { State::Plain(input) };
                Ok(true)
            }
            State::Plain(mut input) => {
                self.at = input.at;
                let read = (&mut input).take(BUFFER_BYTES as u64).read_to_end(&mut self.buffer);
                read.map_err(Broken::Io)?;
                self.state = State::Plain(input);
                Ok(!self.buffer.is_empty())
            }
            State::Between(input, after) => self.next_member(input, after),
            State::Member(decoder, after) => Ok(self.decompress(decoder, after)),
            State::Ended => Ok(false),
        }
    }

    /// Looks for the mark of a gzip member, past zeros that fill a block and past what is left of a damaged one.
    fn next_member(&mut self, mut input: Counted<R>, after: After) -> Result<bool, Broken> {
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
                if after == After::Whole {
                    input.record();
                }
                self.state = State::Member(Box::new(GzDecoder::new(Cursor::new(MARK).chain(input))), after);
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn decompress(&mut self, mut decoder: Box<Member<R>>, after: After) -> bool {
        let error = match decoder.by_ref().take(BUFFER_BYTES as u64).read_to_end(&mut self.buffer) {
            Ok(0) => {
                self.state = State::Between(decoder.into_inner().into_inner().1, After::Whole);
                return true;
            }
            Ok(_) => {
                self.state = State::Member(decoder, after);
                return true;
            }
            Err(error) => error,
        };
        let mut input = decoder.into_inner().into_inner().1;
        let is_cut = error.kind() == io::ErrorKind::UnexpectedEof;
        let is_new = after == After::Whole || self.buffer.starts_with(b"WARC/");
        if !is_cut {
            // It may be wrong as well: that only shows at the end of a member.
            self.buffer.clear();
        }
        let reason = if is_cut { "it ends too early; the file was cut short".to_owned() } else { error.to_string() };
        if is_new {
            self.broken = Some(Broken::Member { at: self.at, reason });
        }
        if after == After::Whole && !is_cut {
            input.rewind();
        }
        self.state = State::Between(input, After::Damage);
        true
    }
}

/// The next byte, left where it is.
fn first<R: BufRead>(input: &mut Counted<R>) -> Result<Option<u8>, Broken> {
    Ok(input.fill_buf().map_err(Broken::Io)?.first().copied())
}
