//! Requests and answers as bytes.

use std::io::{self, Read, Write};
use std::ops::Bound;

use crate::engine::{Error, KeyRange, MAX_KEY_BYTES, MAX_VALUE_BYTES, Order, Row};

/// The version of the protocol: the same on both sides, or they do not talk.
pub(super) const VERSION: u32 = 1;
const MAGIC: &[u8] = b"morgue reads";
/// A hello or a welcome is no longer.
pub(super) const MAX_GREETING: usize = 1 << 10;
/// A request asks for keys of so many bytes at most: one at least fits.
pub(super) const MAX_REQUEST: usize = 1 << 20;
/// An answer is ended once its keys and values reach this size; the last of them may go past it.
pub(super) const ENOUGH: usize = 1 << 20;
/// So many rows or values have an answer at most.
pub(super) const MAX_ROWS: usize = 1 << 10;
/// No answer is longer: enough, one more row, and the lengths of all.
pub(super) const MAX_ANSWER: usize = ENOUGH + MAX_KEY_BYTES + MAX_VALUE_BYTES + 8 * MAX_ROWS + 64;
/// What is told of the host: so many bytes for each text.
const MAX_WORD: usize = 256;

/// What the other side sent makes no sense.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Malformed;

impl From<Malformed> for io::Error {
    fn from(_: Malformed) -> Self {
        Self::new(io::ErrorKind::InvalidData, "what came makes no sense")
    }
}

/// What is to stay as it is for a while.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hold {
    /// Packs are not merged; new ones may come.
    Packs,
    /// Nothing is written.
    Writes,
}

/// What a client asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Request {
    Get(Vec<Vec<u8>>),
    /// The next rows of a scan. Its number is for the server to know the scan again; the range is what is left of it.
    Page {
        scan: u64,
        order: Order,
        rows: u32,
        range: KeyRange,
    },
    Size,
    Hold(Hold),
    Release,
}

/// What a server answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Answer {
    Values(Vec<Option<Vec<u8>>>),
    Page { is_last: bool, rows: Vec<Row> },
    Size(u64),
    Done,
    Error(Failure),
    Goodbye,
}

/// An error of the engine, as it is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Failure {
    kind: u8,
    number: u64,
    text: String,
}

const DAMAGED: u8 = 1;
const IO: u8 = 2;
const STALLED: u8 = 3;
const FAILED: u8 = 4;

/// What a host tells of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Welcome {
    pub(super) version: u32,
    pub(super) pid: u32,
    pub(super) engine: String,
    pub(super) doing: String,
}

impl Failure {
    pub(super) fn of(error: &Error) -> Self {
        let (kind, number, text) = match error {
            Error::Damaged { what, .. } => (DAMAGED, 0, what.clone()),
            // The path and the cause are the host's: a number of the system says the same here.
            Error::Io { source, .. } => {
                (IO, source.raw_os_error().and_then(|code| u64::try_from(code).ok()).unwrap_or(0), source.to_string())
            }
            Error::Stalled { seconds } => (STALLED, *seconds, String::new()),
            Error::Failed { what } => (FAILED, 0, what.clone()),
            other => (FAILED, 0, other.to_string()),
        };
        Self { kind, number, text: cut(text, 2_000) }
    }

    pub(super) fn into_error(self, directory: &std::path::Path) -> Error {
        let path = directory.to_owned();
        match self.kind {
            DAMAGED => Error::Damaged { path, what: self.text },
            IO => {
                let code = i32::try_from(self.number).ok().filter(|code| *code != 0);
                let source = code.map_or_else(|| io::Error::other(self.text), io::Error::from_raw_os_error);
                Error::Io { doing: "read", path, source }
            }
            STALLED => Error::Stalled { seconds: self.number },
            _ => Error::Failed { what: self.text },
        }
    }
}

/// Shortens a text to so many bytes, or a few less.
fn cut(mut text: String, bytes: usize) -> String {
    while text.len() > bytes {
        text.pop();
    }
    text
}

/// Sends a frame in one piece.
pub(super) fn send(to: &mut impl Write, frame: &[u8]) -> io::Result<()> {
    let length = u32::try_from(frame.len()).map_err(|_| io::Error::from(Malformed))?;
    let mut bytes = Vec::with_capacity(frame.len() + 4);
    bytes.extend(length.to_le_bytes());
    bytes.extend(frame);
    to.write_all(&bytes)?;
    to.flush()
}

/// Receives a frame; `None` when the other side has ended between two of them.
pub(super) fn receive(from: &mut impl Read, limit: usize) -> io::Result<Option<Vec<u8>>> {
    let mut length = [0; 4];
    let mut filled = 0;
    while let Some(rest) = length.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        match from.read(rest) {
            Ok(0) if filled == 0 => return Ok(None),
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(read) => filled += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    let length = u32::from_le_bytes(length) as usize;
    if length > limit {
        return Err(Malformed.into());
    }
    // Memory is taken as bytes come, and not because somebody says that they will.
    let mut frame = Vec::new();
    if from.take(length as u64).read_to_end(&mut frame)? < length {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(Some(frame))
}

pub(super) fn hello() -> Vec<u8> {
    [MAGIC, &VERSION.to_le_bytes()].concat()
}

/// The version in a hello.
pub(super) fn parse_hello(frame: &[u8]) -> Result<u32, Malformed> {
    let mut rest = Rest(frame);
    if rest.take(MAGIC.len())? != MAGIC {
        return Err(Malformed);
    }
    // A later version may say more.
    rest.u32()
}

impl Welcome {
    pub(super) fn encode(&self) -> Vec<u8> {
        let mut frame = [MAGIC, &self.version.to_le_bytes(), &self.pid.to_le_bytes()].concat();
        put(&mut frame, cut(self.engine.clone(), MAX_WORD).as_bytes());
        put(&mut frame, cut(self.doing.clone(), MAX_WORD).as_bytes());
        frame
    }

    pub(super) fn parse(frame: &[u8]) -> Result<Self, Malformed> {
        let version = parse_hello(frame)?;
        let mut rest = Rest(frame);
        rest.take(MAGIC.len() + 4)?;
        let word = |rest: &mut Rest<'_>| {
            let text = rest.bytes(MAX_WORD)?;
            String::from_utf8(text.to_vec()).map_err(|_| Malformed)
        };
        // Of another version no more is known than that it begins so.
        let pid = rest.u32()?;
        let (engine, doing) =
            if version == VERSION { (word(&mut rest)?, word(&mut rest)?) } else { (String::new(), String::new()) };
        Ok(Self { version, pid, engine, doing })
    }
}

impl Request {
    pub(super) fn encode(&self) -> Vec<u8> {
        let mut frame = Vec::new();
        match self {
            Self::Get(keys) => {
                frame.push(1);
                keys.iter().for_each(|key| put(&mut frame, key));
            }
            Self::Page { scan, order, rows, range } => {
                frame.push(2);
                frame.extend(scan.to_le_bytes());
                frame.push(u8::from(*order == Order::Descending));
                frame.extend(rows.to_le_bytes());
                put_bound(&mut frame, &range.0);
                put_bound(&mut frame, &range.1);
            }
            Self::Size => frame.push(3),
            Self::Hold(hold) => frame.extend([4, u8::from(*hold == Hold::Writes)]),
            Self::Release => frame.push(5),
        }
        frame
    }

    pub(super) fn parse(frame: &[u8]) -> Result<Self, Malformed> {
        let mut rest = Rest(frame);
        let request = match rest.u8()? {
            1 => {
                let mut keys = Vec::new();
                while !rest.0.is_empty() && keys.len() < MAX_ROWS {
                    keys.push(rest.bytes(MAX_KEY_BYTES)?.to_vec());
                }
                Self::Get(keys)
            }
            2 => Self::Page {
                scan: rest.u64()?,
                order: if rest.flag()? { Order::Descending } else { Order::Ascending },
                rows: rest.u32()?,
                range: (rest.bound()?, rest.bound()?),
            },
            3 => Self::Size,
            4 => Self::Hold(if rest.flag()? { Hold::Writes } else { Hold::Packs }),
            5 => Self::Release,
            _ => return Err(Malformed),
        };
        rest.end(request)
    }
}

impl Answer {
    pub(super) fn encode(&self) -> Vec<u8> {
        let mut frame = Vec::new();
        match self {
            Self::Values(values) => {
                frame.reserve(values.iter().flatten().map(|value| value.len() + 5).sum::<usize>() + 1);
                frame.push(1);
                for value in values {
                    frame.push(u8::from(value.is_some()));
                    value.iter().for_each(|value| put(&mut frame, value));
                }
            }
            Self::Page { is_last, rows } => {
                frame.reserve(rows.iter().map(|(key, value)| key.len() + value.len() + 8).sum::<usize>() + 2);
                frame.extend([2, u8::from(*is_last)]);
                for (key, value) in rows {
                    put(&mut frame, key);
                    put(&mut frame, value);
                }
            }
            Self::Size(bytes) => {
                frame.push(3);
                frame.extend(bytes.to_le_bytes());
            }
            Self::Done => frame.push(4),
            Self::Error(Failure { kind, number, text }) => {
                frame.extend([5, *kind]);
                frame.extend(number.to_le_bytes());
                put(&mut frame, text.as_bytes());
            }
            Self::Goodbye => frame.push(6),
        }
        frame
    }

    pub(super) fn parse(frame: &[u8]) -> Result<Self, Malformed> {
        let mut rest = Rest(frame);
        let answer = match rest.u8()? {
            1 => {
                let mut values = Vec::new();
                while !rest.0.is_empty() && values.len() < MAX_ROWS {
                    values.push(if rest.flag()? { Some(rest.bytes(MAX_VALUE_BYTES)?.to_vec()) } else { None });
                }
                Self::Values(values)
            }
            2 => {
                let is_last = rest.flag()?;
                let mut rows = Vec::new();
                while !rest.0.is_empty() && rows.len() < MAX_ROWS {
                    rows.push((rest.bytes(MAX_KEY_BYTES)?.to_vec(), rest.bytes(MAX_VALUE_BYTES)?.to_vec()));
                }
                Self::Page { is_last, rows }
            }
            3 => Self::Size(rest.u64()?),
            4 => Self::Done,
            5 => {
                let (kind, number) = (rest.u8()?, rest.u64()?);
                let text = String::from_utf8_lossy(rest.bytes(MAX_ANSWER)?).into_owned();
                Self::Error(Failure { kind, number, text })
            }
            6 => Self::Goodbye,
            _ => return Err(Malformed),
        };
        rest.end(answer)
    }
}

fn put(frame: &mut Vec<u8>, bytes: &[u8]) {
    // Every caller is held to a limit far below.
    frame.extend(u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_le_bytes());
    frame.extend(bytes);
}

fn put_bound(frame: &mut Vec<u8>, bound: &Bound<Vec<u8>>) {
    let (kind, key) = match bound {
        Bound::Unbounded => return frame.push(0),
        Bound::Included(key) => (1, key),
        Bound::Excluded(key) => (2, key),
    };
    frame.push(kind);
    // No key is longer, so where a bound stands among keys is told by so much of it.
    put(frame, key.get(..=MAX_KEY_BYTES).unwrap_or(key));
}

/// What is left of a frame.
struct Rest<'a>(&'a [u8]);

impl<'a> Rest<'a> {
    fn take(&mut self, bytes: usize) -> Result<&'a [u8], Malformed> {
        let (taken, rest) = self.0.split_at_checked(bytes).ok_or(Malformed)?;
        self.0 = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Malformed> {
        self.take(N)?.first_chunk().copied().ok_or(Malformed)
    }

    fn u8(&mut self) -> Result<u8, Malformed> {
        self.array().map(|[byte]| byte)
    }

    fn u32(&mut self) -> Result<u32, Malformed> {
        self.array().map(u32::from_le_bytes)
    }

    fn u64(&mut self) -> Result<u64, Malformed> {
        self.array().map(u64::from_le_bytes)
    }

    fn flag(&mut self) -> Result<bool, Malformed> {
        match self.u8()? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(Malformed),
        }
    }

    fn bytes(&mut self, limit: usize) -> Result<&'a [u8], Malformed> {
        let length = self.u32()? as usize;
        if length > limit { Err(Malformed) } else { self.take(length) }
    }

    fn bound(&mut self) -> Result<Bound<Vec<u8>>, Malformed> {
        Ok(match self.u8()? {
            0 => Bound::Unbounded,
            1 => Bound::Included(self.bytes(MAX_KEY_BYTES + 1)?.to_vec()),
            2 => Bound::Excluded(self.bytes(MAX_KEY_BYTES + 1)?.to_vec()),
            _ => return Err(Malformed),
        })
    }

    fn end<T>(self, read: T) -> Result<T, Malformed> {
        if self.0.is_empty() { Ok(read) } else { Err(Malformed) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn bound() -> impl Strategy<Value = Bound<Vec<u8>>> {
        let key = || proptest::collection::vec(any::<u8>(), 0..20);
        prop_oneof![Just(Bound::Unbounded), key().prop_map(Bound::Included), key().prop_map(Bound::Excluded)]
    }

    fn request() -> impl Strategy<Value = Request> {
        let keys = proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..20), 0..5);
        let page = (any::<u64>(), any::<bool>(), any::<u32>(), bound(), bound());
        prop_oneof![
            keys.prop_map(Request::Get),
            page.prop_map(|(scan, down, rows, start, end)| Request::Page {
                scan,
                order: if down { Order::Descending } else { Order::Ascending },
                rows,
                range: (start, end),
            }),
            Just(Request::Size),
            Just(Request::Hold(Hold::Packs)),
            Just(Request::Hold(Hold::Writes)),
            Just(Request::Release),
        ]
    }

    fn answer() -> impl Strategy<Value = Answer> {
        let bytes = || proptest::collection::vec(any::<u8>(), 0..20);
        let values = proptest::collection::vec(proptest::option::of(bytes()), 0..5);
        let page = (any::<bool>(), proptest::collection::vec((bytes(), bytes()), 0..5));
        let failure = (any::<u8>(), any::<u64>(), ".*");
        prop_oneof![
            values.prop_map(Answer::Values),
            page.prop_map(|(is_last, rows)| Answer::Page { is_last, rows }),
            any::<u64>().prop_map(Answer::Size),
            Just(Answer::Done),
            failure.prop_map(|(kind, number, text)| Answer::Error(Failure { kind, number, text })),
            Just(Answer::Goodbye),
        ]
    }

    proptest! {
        #[test]
        fn what_is_sent_is_what_is_received(request in request(), answer in answer()) {
            let mut sent = Vec::new();
            send(&mut sent, &request.encode()).unwrap();
            send(&mut sent, &answer.encode()).unwrap();
            let mut received = sent.as_slice();
            let mut next = || receive(&mut received, MAX_ANSWER).unwrap();
            prop_assert_eq!(Request::parse(&next().unwrap()), Ok(request));
            prop_assert_eq!(Answer::parse(&next().unwrap()), Ok(answer));
            prop_assert_eq!(next(), None);
        }

        #[test]
        fn hostile_bytes_are_refused_and_never_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let (_, _, _, _) = (Request::parse(&bytes), Answer::parse(&bytes), Welcome::parse(&bytes), parse_hello(&bytes));
            let _ = receive(&mut bytes.as_slice(), MAX_REQUEST);
        }

        /// What begins as it should goes further into the decoders than dice do.
        #[test]
        fn a_frame_with_a_changed_byte_is_refused_or_another_one(answer in answer(), at in any::<prop::sample::Index>(), to in any::<u8>()) {
            let mut frame = answer.encode();
            let at = at.index(frame.len());
            frame[at] = to;
            if let Ok(read) = Answer::parse(&frame) {
                let told = read.encode();
                // A text that is none is shown with marks.
                prop_assert!(told == frame || matches!(read, Answer::Error(_)));
            }
            frame.truncate(at);
            let _ = Answer::parse(&frame);
        }
    }

    #[test]
    fn an_over_long_frame_is_refused_before_it_is_read() {
        let length = (MAX_REQUEST as u32 + 1).to_le_bytes();
        let mut frame = length.as_slice().chain(io::repeat(0));
        let error = receive(&mut frame, MAX_REQUEST).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidData);
        let length = 9_u32.to_le_bytes();
        let mut torn = length.as_slice().chain(&b"12345678"[..]);
        assert_eq!(receive(&mut torn, MAX_REQUEST).unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
    }

    #[test]
    fn the_longest_answers_fit() {
        let row = (vec![1; MAX_KEY_BYTES], vec![2; MAX_VALUE_BYTES]);
        let mut rows: Vec<Row> = (0..MAX_ROWS - 1).map(|_| (vec![1; 512], vec![2; 512])).collect();
        rows.push(row);
        let answer = Answer::Page { is_last: true, rows };
        let frame = answer.encode();
        assert!(frame.len() <= MAX_ANSWER, "{}", frame.len());
        assert_eq!(Answer::parse(&frame), Ok(answer));
    }

    #[test]
    fn errors_come_over_with_what_the_caller_acts_upon() {
        let path = std::path::PathBuf::from("there");
        let full = io::Error::from_raw_os_error(28);
        let over = |error: &Error| Failure::of(error).into_error(std::path::Path::new("here"));
        let told = over(&Error::Damaged { path: path.clone(), what: "torn".into() });
        assert!(matches!(&told, Error::Damaged { path, what } if path.ends_with("here") && what == "torn"), "{told}");
        let told = over(&Error::Io { doing: "read", path, source: full });
        assert!(matches!(&told, Error::Io { source, .. } if source.raw_os_error() == Some(28)), "{told}");
        assert!(matches!(over(&Error::Stalled { seconds: 7 }), Error::Stalled { seconds: 7 }));
        assert!(matches!(over(&Error::Failed { what: "x".into() }), Error::Failed { what } if what == "x"));
    }

    #[test]
    fn a_welcome_of_another_version_says_at_least_which() {
        let welcome = Welcome { version: VERSION, pid: 7, engine: "sled".into(), doing: "tracking".into() };
        assert_eq!(Welcome::parse(&welcome.encode()), Ok(welcome.clone()));
        let mut later = Welcome { version: VERSION + 1, ..welcome }.encode();
        later.extend(b"and more");
        let parsed = Welcome::parse(&later).unwrap();
        assert_eq!((parsed.version, parsed.pid), (VERSION + 1, 7));
    }
}
