//! The side that asks.

use std::cmp::Ordering as Comparison;
use std::io::{self, BufReader, ErrorKind};
use std::ops::RangeBounds as _;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::place;
use super::wire::{self, Answer, Hold, MAX_ANSWER, MAX_GREETING, MAX_REQUEST, MAX_ROWS, Request, VERSION, Welcome};
use crate::engine::pages::{Page, PageLimit, Pages};
use crate::engine::{Commit, Durability, EngineKind, Error, KeyRange, MAX_KEY_BYTES, Order, Scan};
use crate::engine::{Engine, MemoryEngine};

/// A host that is alive welcomes at once; one that is stopped (Ctrl-Z) does not.
const WELCOME_LIMIT: Duration = Duration::from_secs(2);
/// A host answers as soon as its engine does, which may have to wait for a large commit.
const ANSWER_LIMIT: Duration = Duration::from_secs(120);

/// The process that has a directory open and answers reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Host {
    pub(crate) pid: u32,
    /// What it is doing, in a word.
    pub(crate) doing: String,
}

/// An engine in another process. It can only be read.
#[derive(Debug)]
pub(crate) struct RemoteEngine {
    directory: PathBuf,
    host: Host,
    name: &'static str,
    /// `None` once something went wrong: what comes after half an answer is no answer.
    connection: Mutex<Option<BufReader<UnixStream>>>,
    said_goodbye: AtomicBool,
    scans: AtomicU64,
}

/// Why there is no answer.
enum Failure {
    /// The host said that it closes the store.
    Goodbye,
    /// It has gone without a word, or does not answer, or not what was asked.
    Io(io::Error),
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

fn malformed() -> Failure {
    Failure::Io(wire::Malformed.into())
}

impl RemoteEngine {
    /// Asks the process that has a directory open; `None` where none answers, or in another version of the protocol.
    pub(crate) fn connect(directory: &Path) -> Option<Self> {
        let stream = place::connect(directory).ok()?;
        Self::greet(directory, stream).ok()
    }

    fn greet(directory: &Path, stream: UnixStream) -> io::Result<Self> {
        stream.set_read_timeout(Some(WELCOME_LIMIT))?;
        stream.set_write_timeout(Some(WELCOME_LIMIT))?;
        let mut connection = BufReader::with_capacity(64 << 10, stream);
        wire::send(connection.get_mut(), &wire::hello())?;
        let frame = wire::receive(&mut connection, MAX_GREETING)?.ok_or(ErrorKind::UnexpectedEof)?;
        let Welcome { version, pid, engine, doing } = Welcome::parse(&frame)?;
        let name = name_of(&engine).filter(|_| version == VERSION).ok_or(wire::Malformed)?;
        connection.get_mut().set_read_timeout(Some(ANSWER_LIMIT))?;
        connection.get_mut().set_write_timeout(Some(ANSWER_LIMIT))?;
        Ok(Self {
            directory: directory.to_owned(),
            host: Host { pid, doing },
            name,
            connection: Mutex::new(Some(connection)),
            said_goodbye: AtomicBool::new(false),
            scans: AtomicU64::new(0),
        })
    }

    pub(crate) const fn host(&self) -> &Host {
        &self.host
    }

    /// Whether the host closed the store in good order: then all that was read of it is still so.
    pub(crate) fn said_goodbye(&self) -> bool {
        self.said_goodbye.load(Ordering::SeqCst)
    }

    /// Has the host keep something as it is, until [`release`](Self::release) or the end of the connection. The host ends it when
    /// nothing is asked for half a minute.
    pub(crate) fn hold(&self, hold: Hold) -> Result<(), Error> {
        match self.ask(&Request::Hold(hold))? {
            Answer::Done => Ok(()),
            _ => Err(self.give_up(malformed())),
        }
    }

    pub(crate) fn release(&self) -> Result<(), Error> {
        match self.ask(&Request::Release)? {
            Answer::Done => Ok(()),
            _ => Err(self.give_up(malformed())),
        }
    }

    /// Returns the next rows of a scan.
    pub(super) fn page(&self, scan: u64, range: &KeyRange, order: Order, limit: PageLimit) -> Result<Page, Error> {
        let most = limit.rows().min(MAX_ROWS);
        let rows = u32::try_from(most).unwrap_or(u32::MAX);
        match self.ask(&Request::Page { scan, order, rows, range: range.clone() })? {
            Answer::Page { is_last, rows } if rows.len() <= most && is_forward(&rows, range, order) => {
                // A page without rows would be asked for for ever.
                Ok(Page::of(is_last || rows.is_empty(), rows))
            }
            _ => Err(self.give_up(malformed())),
        }
    }

    fn ask(&self, request: &Request) -> Result<Answer, Error> {
        let asked = match self.connection().as_mut() {
            Some(connection) => exchange(connection, &request.encode()),
            None => Err(Failure::Io(ErrorKind::NotConnected.into())),
        };
        match asked {
            Ok(Answer::Error(failure)) => Err(failure.into_error(&self.directory)),
            Ok(Answer::Goodbye) => Err(self.give_up(Failure::Goodbye)),
            Ok(answer) => Ok(answer),
            Err(failure) => Err(self.give_up(failure)),
        }
    }

    fn give_up(&self, failure: Failure) -> Error {
        // Before anybody else finds that there is no connection.
        if matches!(failure, Failure::Goodbye) {
            self.said_goodbye.store(true, Ordering::SeqCst);
        }
        *self.connection() = None;
        let path = self.directory.clone();
        match failure {
            Failure::Io(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                Error::Stalled { seconds: ANSWER_LIMIT.as_secs() }
            }
            Failure::Io(source) if source.kind() == ErrorKind::InvalidData => {
                Error::Io { doing: "understand", path: path.join(place::FILE), source }
            }
            Failure::Io(_) | Failure::Goodbye => Error::Gone { path, pid: self.host.pid },
        }
    }

    fn connection(&self) -> MutexGuard<'_, Option<BufReader<UnixStream>>> {
        // A panic in between leaves half an answer in the stream at worst, and the next one does not parse.
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn refused(&self) -> Error {
        Error::Served { path: self.directory.clone(), pid: self.host.pid }
    }
}

/// Sends a request and waits for its answer.
fn exchange(connection: &mut BufReader<UnixStream>, request: &[u8]) -> Result<Answer, Failure> {
    let sent = wire::send(connection.get_mut(), request);
    // A host that has stopped listening may have said goodbye before.
    let frame = match (wire::receive(connection, MAX_ANSWER), sent) {
        (Ok(Some(frame)), _) => frame,
        (_, Err(error)) | (Err(error), _) => return Err(error.into()),
        (Ok(None), Ok(())) => return Err(Failure::Io(ErrorKind::UnexpectedEof.into())),
    };
    Answer::parse(&frame).map_err(|_| malformed())
}

/// Whether rows lie in a range and follow one another.
fn is_forward(rows: &[(Vec<u8>, Vec<u8>)], range: &KeyRange, order: Order) -> bool {
    let forward = if order == Order::Ascending { Comparison::Less } else { Comparison::Greater };
    rows.iter().all(|(key, _)| range.contains(key)) && rows.is_sorted_by(|a, b| a.0.cmp(&b.0) == forward)
}

/// The name of an engine that this program knows.
fn name_of(engine: &str) -> Option<&'static str> {
    let memory = MemoryEngine::default().name();
    engine.parse::<EngineKind>().map(EngineKind::name).ok().or((engine == memory).then_some(memory))
}

impl Engine for RemoteEngine {
    /// That of the engine over there.
    fn name(&self) -> &'static str {
        self.name
    }

    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Error> {
        Ok(self.get_many(&[key.to_vec()])?.pop().flatten())
    }

    fn get_many(&self, keys: &[Vec<u8>]) -> Result<Vec<Option<Vec<u8>>>, Error> {
        let mut values = Vec::with_capacity(keys.len());
        while let Some(rest) = keys.get(values.len()..).filter(|rest| !rest.is_empty()) {
            // No row has a longer key.
            let is_askable = |key: &&Vec<u8>| key.len() <= MAX_KEY_BYTES;
            let mut bytes = 0;
            let fits = |key: &&Vec<u8>| {
                bytes += key.len() + 4;
                is_askable(key) && bytes < MAX_REQUEST
            };
            let asked: Vec<Vec<u8>> = rest.iter().take(MAX_ROWS).take_while(fits).cloned().collect();
            if asked.is_empty() {
                values.push(None);
                continue;
            }
            let count = asked.len();
            match self.ask(&Request::Get(asked))? {
                Answer::Values(some) if (1..=count).contains(&some.len()) => values.extend(some),
                _ => return Err(self.give_up(malformed())),
            }
        }
        Ok(values)
    }

    fn scan(&self, range: KeyRange, order: Order) -> Scan<'_> {
        let scan = self.scans.fetch_add(1, Ordering::Relaxed);
        Box::new(Pages::new(range, order, move |range, order, limit| self.page(scan, range, order, limit)))
    }

    fn commit(&self, _: &Commit, _: Durability) -> Result<(), Error> {
        Err(self.refused())
    }

    fn reserve(&self, _: &[Vec<u8>]) -> Result<(), Error> {
        Err(self.refused())
    }

    fn flush(&self) -> Result<(), Error> {
        Err(self.refused())
    }

    fn size_on_disk(&self) -> Result<u64, Error> {
        match self.ask(&Request::Size)? {
            Answer::Size(bytes) => Ok(bytes),
            _ => Err(self.give_up(malformed())),
        }
    }
}
