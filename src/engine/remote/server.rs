//! The side that answers.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::fs;
use std::io::{self, BufReader};
use std::net::Shutdown;
use std::os::fd::OwnedFd;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::place;
use super::wire::{
    self, Answer, ENOUGH, Failure, Hold, MAX_GREETING, MAX_REQUEST, MAX_ROWS, Request, VERSION, Welcome,
};
use crate::engine::{Engine, Error, KeyRange, MAX_KEY_BYTES, MAX_VALUE_BYTES, Order, Scan};

/// So many clients at a time.
pub(super) const MAX_CLIENTS: usize = 64;
/// Who connects says so at once.
const HELLO_LIMIT: Duration = Duration::from_secs(10);
/// For so long a client that holds something back may ask for nothing: a stopped one must not stop the host.
const HOLD_LIMIT: Duration = if cfg!(test) { Duration::from_millis(200) } else { Duration::from_secs(30) };
/// At the end, an answer that is under way has so long to be taken.
const LAST_ANSWERS: Duration = Duration::from_secs(1);
/// And a thread that still reads the engine so long to return; after that it is left behind.
const LAST_READS: Duration = Duration::from_secs(10);
/// So many scans of one client may go on in turns.
const SCANS: usize = 4;

/// What keeps something as it is for as long as it is there.
pub(crate) trait Held {}

/// How a client can have the host keep something as it is.
pub(crate) trait Pause: Send + Sync {
    fn hold(&self, hold: Hold) -> Box<dyn Held + '_>;
}

/// Answers the reads of other processes. Dropping it ends that, with a goodbye to all clients.
pub(crate) struct Server {
    shared: Arc<Shared>,
    directory: PathBuf,
    listener: UnixListener,
    accepting: Option<JoinHandle<()>>,
}

struct Shared {
    engine: Arc<dyn Engine>,
    pause: Box<dyn Pause>,
    welcome: Vec<u8>,
    is_ending: AtomicBool,
    clients: Mutex<BTreeMap<u64, UnixStream>>,
    /// Told when a client has gone.
    gone: Condvar,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

impl Server {
    /// Answers reads of an engine at the socket of a directory, which this process must have locked.
    pub(crate) fn start(
        directory: &Path,
        engine: Arc<dyn Engine>,
        pause: Box<dyn Pause>,
        doing: &str,
    ) -> Result<Self, Error> {
        let failed = |source| Error::Io { doing: "serve reads at", path: directory.join(place::FILE), source };
        let (pid, name) = (std::process::id(), engine.name().to_owned());
        let welcome = Welcome { version: VERSION, pid, engine: name, doing: doing.to_owned() }.encode();
        let listener = place::bind(directory).map_err(failed)?;
        let shared = Arc::new(Shared {
            engine,
            pause,
            welcome,
            is_ending: AtomicBool::new(false),
            clients: Mutex::default(),
            gone: Condvar::new(),
            threads: Mutex::default(),
        });
        let directory = directory.to_owned();
        let mut server = Self { shared: Arc::clone(&shared), directory, listener, accepting: None };
        let listener = server.listener.try_clone().map_err(failed)?;
        // Should it never wake up again, it must not keep the store open.
        let shared = Arc::downgrade(&shared);
        let accept = move || accept(&listener, &shared);
        server.accepting = Some(thread::Builder::new().name("morgue reads".to_owned()).spawn(accept).map_err(failed)?);
        Ok(server)
    }

    /// Ends all conversations without a word: what was read before is not so any more.
    pub(crate) fn hang_up(&self) {
        self.shared.clients().values().for_each(|client| drop(client.shutdown(Shutdown::Both)));
    }

    /// Wakes the thread that waits for clients.
    fn wake(&self) {
        // Linux ends the waiting when a listening socket is shut down; the standard library has this for streams only.
        if let Ok(listener) = self.listener.try_clone() {
            let _ = UnixStream::from(OwnedFd::from(listener)).shutdown(Shutdown::Both);
        }
        let _ = place::connect(&self.directory);
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shared.is_ending.store(true, Ordering::SeqCst);
        self.wake();
        let _ = fs::remove_file(self.directory.join(place::FILE));
        let shut = |how| self.shared.clients().values().for_each(|client| drop(client.shutdown(how)));
        // What was asked is answered; then each finds that nothing more can come.
        shut(Shutdown::Read);
        self.shared.wait_for_all(LAST_ANSWERS);
        shut(Shutdown::Both);
        self.shared.wait_for_all(LAST_READS);
        // Who opens the store next must not find that one of them has not let go of it yet.
        let threads = std::mem::take(&mut *self.shared.threads());
        let end = Instant::now() + LAST_ANSWERS;
        self.accepting.take().into_iter().chain(threads).for_each(|thread| join(thread, end));
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server").field("directory", &self.directory).finish_non_exhaustive()
    }
}

/// Waits for the end of a thread that is about to end, and no longer than until some time.
fn join(thread: JoinHandle<()>, end: Instant) {
    while !thread.is_finished() && Instant::now() < end {
        thread::sleep(Duration::from_millis(1));
    }
    if thread.is_finished() {
        let _ = thread.join();
    }
}

/// Gives each client a thread, until the server ends.
fn accept(listener: &UnixListener, shared: &Weak<Shared>) {
    for number in 0.. {
        let accepted = listener.accept();
        let Some(shared) = shared.upgrade().filter(|shared| !shared.is_ending.load(Ordering::SeqCst)) else { return };
        match accepted {
            Ok((stream, _)) => start(shared, number, stream),
            // Too many open files, say: it passes.
            Err(_) => thread::sleep(Duration::from_millis(50)),
        }
    }
}

/// A client for which there is no place finds the connection closed.
fn start(shared: Arc<Shared>, number: u64, stream: UnixStream) {
    let Ok(own) = stream.try_clone() else { return };
    if !shared.register(number, own) {
        return;
    }
    let registered = Registered { shared: Arc::clone(&shared), number };
    let converse = move || drop(registered.shared.converse(&stream));
    // Where no thread can be had, the closure is dropped, and with it the place.
    let spawned = thread::Builder::new().name(format!("morgue reads {number}")).spawn(converse);
    let mut threads = shared.threads();
    threads.retain(|thread| !thread.is_finished());
    threads.extend(spawned);
}

/// The place of a client; dropping it gives it back.
struct Registered {
    shared: Arc<Shared>,
    number: u64,
}

impl Drop for Registered {
    fn drop(&mut self) {
        self.shared.clients().remove(&self.number);
        self.shared.gone.notify_all();
    }
}

/// A scan of a client that goes on.
struct Cursor<'a> {
    number: u64,
    rows: Scan<'a>,
}

impl Shared {
    fn clients(&self) -> MutexGuard<'_, BTreeMap<u64, UnixStream>> {
        self.clients.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn threads(&self) -> MutexGuard<'_, Vec<JoinHandle<()>>> {
        self.threads.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Says whether there is a place for a client.
    fn register(&self, number: u64, stream: UnixStream) -> bool {
        let mut clients = self.clients();
        let has_place = clients.len() < MAX_CLIENTS && !self.is_ending.load(Ordering::SeqCst);
        if has_place {
            clients.insert(number, stream);
        }
        has_place
    }

    fn wait_for_all(&self, limit: Duration) {
        let clients = self.clients();
        let waited = self.gone.wait_timeout_while(clients, limit, |clients| !clients.is_empty());
        drop(waited.unwrap_or_else(PoisonError::into_inner));
    }

    /// Answers a client until it has gone, or the server ends.
    fn converse(&self, stream: &UnixStream) -> io::Result<()> {
        let mut from = BufReader::with_capacity(16 << 10, stream);
        let mut to = stream;
        stream.set_read_timeout(Some(HELLO_LIMIT))?;
        stream.set_write_timeout(Some(HELLO_LIMIT))?;
        let hello = wire::receive(&mut from, MAX_GREETING)?.ok_or(io::ErrorKind::UnexpectedEof)?;
        let version = wire::parse_hello(&hello)?;
        wire::send(&mut to, &self.welcome)?;
        if version != VERSION {
            return Ok(());
        }
        let mut talk = Talk { shared: self, scans: VecDeque::new(), held: None };
        talk.limit(stream)?;
        while let Some(frame) = wire::receive(&mut from, MAX_REQUEST)? {
            let held = talk.held.is_some();
            let answer = talk.answer(Request::parse(&frame)?);
            wire::send(&mut to, &answer.encode())?;
            if talk.held.is_some() != held {
                talk.limit(stream)?;
            }
        }
        // What was held back may go on while the goodbye is sent.
        drop(talk);
        if self.is_ending.load(Ordering::SeqCst) {
            wire::send(&mut to, &Answer::Goodbye.encode())?;
        }
        Ok(())
    }
}

/// What a client has under way.
struct Talk<'a> {
    shared: &'a Shared,
    /// The latest last.
    scans: VecDeque<Cursor<'a>>,
    held: Option<Box<dyn Held + 'a>>,
}

impl<'a> Talk<'a> {
    /// A client takes its time, unless it holds something back.
    fn limit(&self, stream: &UnixStream) -> io::Result<()> {
        let limit = self.held.as_ref().map(|_| HOLD_LIMIT);
        stream.set_read_timeout(limit)?;
        stream.set_write_timeout(limit)
    }

    fn answer(&mut self, request: Request) -> Answer {
        let answered = match request {
            Request::Get(keys) => self.values(&keys),
            Request::Page { scan, order, rows, range } => self.page(scan, order, rows as usize, range),
            Request::Size => self.shared.engine.size_on_disk().map(Answer::Size),
            Request::Hold(hold) => {
                // Two at a time would wait for each other.
                self.held = None;
                self.held = Some(self.shared.pause.hold(hold));
                Ok(Answer::Done)
            }
            Request::Release => {
                self.held = None;
                Ok(Answer::Done)
            }
        };
        answered.unwrap_or_else(|error| Answer::Error(Failure::of(&error)))
    }

    /// Values of as many keys as one answer takes.
    fn values(&self, keys: &[Vec<u8>]) -> Result<Answer, Error> {
        if let [key] = keys {
            return Ok(Answer::Values(vec![checked(self.shared.engine.get(key)?)?]));
        }
        let (mut values, mut bytes) = (Vec::new(), 0);
        for keys in keys.chunks(KEYS_AT_ONCE) {
            for value in self.shared.engine.get_many(keys)? {
                bytes += value.as_ref().map_or(0, Vec::len);
                values.push(checked(value)?);
                if bytes >= ENOUGH {
                    return Ok(Answer::Values(values));
                }
            }
        }
        Ok(Answer::Values(values))
    }

    /// The next rows of a scan. It goes on where it stands, since the engine reads ahead as the client does.
    fn page(&mut self, number: u64, order: Order, most: usize, range: KeyRange) -> Result<Answer, Error> {
        let known = self.scans.iter().position(|cursor| cursor.number == number);
        let mut cursor = match known.and_then(|place| self.scans.remove(place)) {
            Some(cursor) => cursor,
            None => Cursor { number, rows: self.shared.engine.scan(range, order) },
        };
        let (mut rows, mut bytes, mut is_last) = (Vec::new(), 0, false);
        while rows.len() < most.clamp(1, MAX_ROWS) && bytes < ENOUGH {
            let Some(row) = cursor.rows.next().transpose()? else {
                is_last = true;
                break;
            };
            bytes += row.0.len() + row.1.len();
            rows.push(checked_row(row)?);
        }
        if !is_last {
            self.scans.push_back(cursor);
        }
        if self.scans.len() > SCANS {
            self.scans.pop_front();
        }
        Ok(Answer::Page { is_last, rows })
    }
}

/// So many values are read at a time: those that go past an answer are read again.
const KEYS_AT_ONCE: usize = 8;

/// What is over the limits of the contract is no answer that a client would take.
fn checked(value: Option<Vec<u8>>) -> Result<Option<Vec<u8>>, Error> {
    crate::engine::check_size("value", value.as_deref().unwrap_or_default(), MAX_VALUE_BYTES)?;
    Ok(value)
}

fn checked_row(row: (Vec<u8>, Vec<u8>)) -> Result<(Vec<u8>, Vec<u8>), Error> {
    crate::engine::check_size("key", &row.0, MAX_KEY_BYTES)?;
    crate::engine::check_size("value", &row.1, MAX_VALUE_BYTES)?;
    Ok(row)
}
