//! Both sides together, and each against one that misbehaves.

use std::fs;
use std::io::{self, Read as _, Write as _};
use std::net::Shutdown;
use std::ops::Bound;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use tempfile::TempDir;

use super::client::Host;
use super::server::MAX_CLIENTS;
use super::wire::{self, Answer, MAX_ANSWER, MAX_REQUEST, Request, VERSION, Welcome};
use super::*;
use crate::engine::{Commit, Durability, Engine, Error, KeyRange, MemoryEngine, Moment, Order, Row, Scan};

#[derive(Default)]
struct NoPause(Arc<AtomicUsize>);

struct Counted<'a>(&'a AtomicUsize);

impl Held for Counted<'_> {}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Pause for NoPause {
    fn hold(&self, _: Hold) -> Box<dyn Held + '_> {
        self.0.fetch_add(1, Ordering::SeqCst);
        Box::new(Counted(&self.0))
    }
}

fn serve(directory: &Path, engine: impl Engine + 'static) -> Server {
    Server::start(directory, Arc::new(engine), Box::new(NoPause::default()), "testing").unwrap()
}

fn rows() -> Vec<Row> {
    (0..40_u8).map(|n| (vec![b'k', n], vec![n; usize::from(n)])).collect()
}

fn all() -> KeyRange {
    (Bound::Unbounded, Bound::Unbounded)
}

fn scanned(engine: &dyn Engine) -> Result<Vec<Row>, Error> {
    engine.scan(all(), Order::Ascending).collect()
}

/// Written directly, read by way of the socket.
#[derive(Debug)]
struct Split {
    memory: MemoryEngine,
    remote: RemoteEngine,
    _server: Server,
    _directory: TempDir,
}

impl Split {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let memory = MemoryEngine::default();
        let server = serve(directory.path(), memory.clone());
        let remote = RemoteEngine::connect(directory.path()).unwrap();
        Self { memory, remote, _server: server, _directory: directory }
    }
}

impl Engine for Split {
    fn name(&self) -> &'static str {
        self.remote.name()
    }

    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Error> {
        self.remote.get(key)
    }

    fn get_many(&self, keys: &[Vec<u8>]) -> Result<Vec<Option<Vec<u8>>>, Error> {
        self.remote.get_many(keys)
    }

    fn scan(&self, range: KeyRange, order: Order) -> Scan<'_> {
        self.remote.scan(range, order)
    }

    fn commit(&self, commit: &Commit, durability: Durability) -> Result<(), Error> {
        self.memory.commit(commit, durability)
    }

    fn now(&self) -> Moment {
        self.memory.now()
    }

    fn reserve(&self, keys: &[Vec<u8>]) -> Result<(), Error> {
        self.memory.reserve(keys)
    }

    fn flush(&self) -> Result<(), Error> {
        self.memory.flush()
    }

    fn size_on_disk(&self) -> Result<u64, Error> {
        self.remote.size_on_disk()
    }
}

#[test]
fn keeps_the_contract_of_reading() {
    crate::engine::conformance::check(&|| Box::new(Split::new()));
}

#[test]
fn writing_is_refused_and_says_by_whom() {
    let split = Split::new();
    let pid = std::process::id();
    let refused = |done: Result<(), Error>| matches!(done, Err(Error::Served { pid: by, .. }) if by == pid);
    assert!(refused(split.remote.commit(&Commit::default(), Durability::Buffered)));
    assert!(refused(split.remote.reserve(&[])));
    assert!(refused(split.remote.flush()));
    assert_eq!((split.remote.host().pid, split.remote.host().doing.as_str()), (pid, "testing"));
}

#[test]
fn many_values_come_whatever_their_size_and_number() {
    let key = |n: u32| n.to_be_bytes().to_vec();
    let value = |n: u32| vec![n as u8; if n.is_multiple_of(100) { 700_000 } else { 3 }];
    let rows = (0..2_000).filter(|n| n % 7 != 0).map(|n| (key(n), value(n)));
    let memory = MemoryEngine::from_rows(rows);
    let directory = tempfile::tempdir().unwrap();
    let server = serve(directory.path(), memory.clone());
    let remote = RemoteEngine::connect(directory.path()).unwrap();
    let mut keys: Vec<Vec<u8>> = (0..2_100).rev().map(key).collect();
    keys.insert(9, vec![1; 9_000]);
    assert!(remote.get_many(&keys).unwrap() == memory.get_many(&keys).unwrap());
    drop(server);
}

#[test]
fn scans_in_turns_come_whole() {
    let directory = tempfile::tempdir().unwrap();
    let memory = MemoryEngine::from_rows(rows());
    let _server = serve(directory.path(), memory);
    let remote = RemoteEngine::connect(directory.path()).unwrap();
    // More than the server keeps at a time.
    let mut scans: Vec<_> = (0..7).map(|_| remote.scan(all(), Order::Descending)).collect();
    let mut seen: Vec<Vec<Row>> = vec![Vec::new(); scans.len()];
    for _ in 0..rows().len() {
        for (scan, seen) in scans.iter_mut().zip(&mut seen) {
            seen.push(scan.next().unwrap().unwrap());
        }
    }
    let expected: Vec<Row> = rows().into_iter().rev().collect();
    assert!(scans.iter_mut().all(|scan| scan.next().is_none()));
    assert!(seen.iter().all(|seen| *seen == expected));
}

#[test]
fn the_socket_is_for_its_owner_alone_and_goes_with_the_server() {
    let directory = tempfile::tempdir().unwrap();
    let names = || fs::read_dir(directory.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect::<Vec<_>>();
    // As a process leaves them that is killed while it makes a socket, or serves.
    fs::create_dir(directory.path().join("socket.new")).unwrap();
    drop(UnixListener::bind(directory.path().join("socket")).unwrap());
    assert!(RemoteEngine::connect(directory.path()).is_none());
    let server = serve(directory.path(), MemoryEngine::default());
    assert_eq!(names(), ["socket"]);
    let mode = fs::metadata(directory.path().join("socket")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert!(RemoteEngine::connect(directory.path()).is_some());
    drop(server);
    assert!(names().is_empty());
    assert!(RemoteEngine::connect(directory.path()).is_none());
}

#[cfg(target_os = "linux")]
#[test]
fn a_path_that_is_too_long_for_a_socket_is_none_here() {
    let outer = tempfile::tempdir().unwrap();
    let directory = outer.path().join("a".repeat(120)).join("b".repeat(120));
    fs::create_dir_all(&directory).unwrap();
    let server = serve(&directory, MemoryEngine::from_rows(rows()));
    assert_eq!(scanned(&RemoteEngine::connect(&directory).unwrap()).unwrap(), rows());
    drop(server);
    assert_eq!(fs::read_dir(&directory).unwrap().count(), 0);
}

#[test]
fn more_clients_than_there_are_places_wait_outside() {
    let directory = tempfile::tempdir().unwrap();
    let _server = serve(directory.path(), MemoryEngine::from_rows(rows()));
    let mut clients: Vec<_> = (0..MAX_CLIENTS).map(|_| RemoteEngine::connect(directory.path()).unwrap()).collect();
    assert!(RemoteEngine::connect(directory.path()).is_none());
    assert!(clients.iter().all(|client| client.get(&[b'k', 3]).unwrap().is_some()));
    clients.pop();
    // Its place is free as soon as its thread has seen that it is gone.
    while RemoteEngine::connect(directory.path()).is_none() {
        thread::yield_now();
    }
}

/// What strangers send: nothing, half a frame, a length that is none, noise, a frame that is none, an answer.
#[test]
fn garbage_harms_neither_the_server_nor_other_clients() {
    let directory = tempfile::tempdir().unwrap();
    let server = serve(directory.path(), MemoryEngine::from_rows(rows()));
    let good = RemoteEngine::connect(directory.path()).unwrap();
    let frame = |payload: &[u8]| {
        let mut bytes = Vec::new();
        wire::send(&mut bytes, payload).unwrap();
        bytes
    };
    let noise: Vec<u8> = (0..5_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    let over_long = (MAX_REQUEST as u32 + 1).to_le_bytes().to_vec();
    let mut pieces: Vec<Vec<u8>> =
        vec![Vec::new(), vec![7], vec![255; 4], noise, over_long, frame(b""), frame(b"\x09")];
    pieces.push(frame(&Answer::Size(9).encode()));
    pieces.push(frame(&[2, 0, 0, 0]));
    pieces.push(frame(&[&[1][..], &u32::MAX.to_le_bytes()].concat()));
    let mut strangers = Vec::new();
    for greets in [false, true] {
        for piece in &pieces {
            let mut stranger = UnixStream::connect(directory.path().join("socket")).unwrap();
            if greets {
                stranger.write_all(&frame(&wire::hello())).unwrap();
            }
            // A server that has hung up already is one that was not harmed.
            let _ = stranger.write_all(piece);
            strangers.push(stranger);
        }
    }
    assert_eq!(scanned(&good).unwrap(), rows());
    assert_eq!(scanned(&RemoteEngine::connect(directory.path()).unwrap()).unwrap(), rows());
    // Some of them still stand there with half a frame.
    drop(server);
    assert!(matches!(good.get(b"k"), Err(Error::Gone { .. })));
    drop(strangers);
}

/// A client that asks for much and takes nothing must not keep the server from ending.
#[test]
fn a_client_that_stalls_does_not_hold_up_the_end() {
    let directory = tempfile::tempdir().unwrap();
    let big: Vec<Row> = (0..4_u8).map(|n| (vec![n], vec![n; 3 << 20])).collect();
    let server = serve(directory.path(), MemoryEngine::from_rows(big));
    let mut stalled = UnixStream::connect(directory.path().join("socket")).unwrap();
    wire::send(&mut stalled, &wire::hello()).unwrap();
    for n in 0..4 {
        wire::send(&mut stalled, &Request::Get(vec![vec![n]]).encode()).unwrap();
    }
    let mut one = [0];
    stalled.read_exact(&mut one).unwrap();
    drop(server);
    let mut rest = Vec::new();
    let _ = stalled.read_to_end(&mut rest);
    assert!(rest.len() < 12 << 20);
}

/// Answers whatever the client asks with the same bytes.
fn fake(directory: &Path, welcome: Vec<u8>, answer: Vec<u8>) -> thread::JoinHandle<()> {
    let _ = fs::remove_file(directory.join("socket"));
    let listener = UnixListener::bind(directory.join("socket")).unwrap();
    thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let _ = wire::receive(&mut stream, MAX_REQUEST);
        let _ = stream.write_all(&welcome);
        while let Ok(Some(_)) = wire::receive(&mut stream, MAX_REQUEST) {
            if stream.write_all(&answer).is_err() {
                return;
            }
        }
    })
}

fn framed(payload: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    wire::send(&mut bytes, payload).unwrap();
    bytes
}

fn welcome() -> Welcome {
    Welcome { version: VERSION, pid: 7, engine: "sled".to_owned(), doing: String::new() }
}

/// Asks something of an engine; how many rows came.
type Ask<'a> = dyn Fn(&RemoteEngine) -> Result<usize, Error> + 'a;

#[test]
fn a_server_that_answers_what_was_not_asked_is_left() {
    let directory = tempfile::tempdir().unwrap();
    let row = |key: &[u8]| (key.to_vec(), Vec::new());
    let page = |rows: Vec<Row>| Answer::Page { is_last: false, rows };
    let range = (Bound::Included(b"b".to_vec()), Bound::Excluded(b"d".to_vec()));
    let answers: Vec<(&str, Vec<u8>)> = vec![
        ("no values", framed(&Answer::Values(Vec::new()).encode())),
        ("too many values", framed(&Answer::Values(vec![None; 9]).encode())),
        ("another answer", framed(&Answer::Done.encode())),
        ("a row before the range", framed(&page(vec![row(b"a")]).encode())),
        ("a row behind the range", framed(&page(vec![row(b"d")]).encode())),
        ("rows that go back", framed(&page(vec![row(b"c"), row(b"b")]).encode())),
        ("a row twice", framed(&page(vec![row(b"b"), row(b"b")]).encode())),
        ("noise", framed(&[99, 1, 2, 3])),
        ("an empty frame", framed(&[])),
        ("an over-long frame", (MAX_ANSWER as u32 + 1).to_le_bytes().to_vec()),
    ];
    for (what, answer) in answers {
        let asks: [&Ask<'_>; 4] = [
            &|remote| remote.get(b"k").map(|_| 0),
            &|remote| {
                remote
                    .scan(range.clone(), Order::Ascending)
                    .take(9)
                    .collect::<Result<Vec<_>, _>>()
                    .map(|rows| rows.len())
            },
            &|remote| remote.size_on_disk().map(|_| 0),
            &|remote| remote.get_many(&[b"a".to_vec(), b"b".to_vec()]).map(|values| values.len()),
        ];
        let mut failed = 0;
        for ask in &asks {
            let server = fake(directory.path(), framed(&welcome().encode()), answer.clone());
            let remote = RemoteEngine::connect(directory.path()).unwrap();
            if let Err(error) = ask(&remote) {
                assert!(matches!(error, Error::Io { doing: "understand", .. }), "{what}: {error}");
                assert!(matches!(ask(&remote), Err(Error::Gone { .. })), "{what}: it was asked again");
                failed += 1;
            }
            drop(remote);
            server.join().unwrap();
        }
        assert_eq!(failed, asks.len(), "{what}");
    }
}

#[test]
fn a_server_of_another_kind_is_none() {
    let directory = tempfile::tempdir().unwrap();
    let other = |change: fn(&mut Welcome)| {
        let mut welcome = welcome();
        change(&mut welcome);
        framed(&welcome.encode())
    };
    let greetings = [
        other(|welcome| welcome.version += 1),
        other(|welcome| welcome.engine = "redb".to_owned()),
        framed(b"SSH-2.0-OpenSSH"),
        framed(b""),
        Vec::new(),
        (MAX_ANSWER as u32).to_le_bytes().to_vec(),
        framed(&[7; 1000]),
    ];
    for greeting in greetings {
        let server = fake(directory.path(), greeting.clone(), Vec::new());
        // One that says nothing is waited for: end it.
        let quiet = greeting.is_empty();
        if quiet {
            drop(UnixStream::connect(directory.path().join("socket")).unwrap());
            server.join().unwrap();
            assert!(RemoteEngine::connect(directory.path()).is_none());
        } else {
            assert!(RemoteEngine::connect(directory.path()).is_none(), "{greeting:?}");
            server.join().unwrap();
        }
    }
}

/// Passes bytes on between a client and a server, only so many to either side.
fn relay(directory: &Path, to: &Path, limits: (usize, usize)) -> thread::JoinHandle<(usize, usize)> {
    let listener = UnixListener::bind(directory.join("socket")).unwrap();
    let to = to.join("socket");
    thread::spawn(move || {
        let (client, _) = listener.accept().unwrap();
        let server = UnixStream::connect(to).unwrap();
        let pass = |from: &UnixStream, to: &UnixStream, limit: usize| {
            let passed = io::copy(&mut from.take(limit as u64), &mut &*to).unwrap_or(0);
            if passed as usize == limit {
                drop((from.shutdown(Shutdown::Both), to.shutdown(Shutdown::Both)));
            }
            let _ = to.shutdown(Shutdown::Write);
            passed as usize
        };
        thread::scope(|scope| {
            let there = scope.spawn(|| pass(&client, &server, limits.0));
            let back = pass(&server, &client, limits.1);
            (there.join().unwrap(), back)
        })
    })
}

#[test]
fn a_connection_cut_at_any_byte_is_an_error_and_never_a_wrong_answer() {
    let (home, between) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let few: Vec<Row> = rows().into_iter().take(4).collect();
    let server = serve(home.path(), MemoryEngine::from_rows(few.clone()));
    let talk = |limits| {
        let relayed = relay(between.path(), home.path(), limits);
        let talk = || -> Result<(Option<Vec<u8>>, Vec<Row>), Error> {
            let remote = RemoteEngine::connect(between.path()).ok_or(Error::EmptyKey)?;
            let value = remote.get(&[b'k', 3]);
            assert!(matches!(&value, Err(Error::Gone { .. })) || value.as_ref().unwrap() == &Some(vec![3; 3]));
            let mut seen = Vec::new();
            for row in remote.scan(all(), Order::Ascending) {
                seen.push(row.inspect_err(|error| assert!(matches!(error, Error::Gone { .. }), "{error}"))?);
                assert!(few.starts_with(&seen));
            }
            Ok((value?, seen))
        };
        let told = talk();
        fs::remove_file(between.path().join("socket")).unwrap();
        (told, relayed.join().unwrap())
    };
    let (whole, (there, back)) = talk((usize::MAX, usize::MAX));
    assert_eq!(whole.unwrap(), (Some(vec![3; 3]), few.clone()));
    assert!(there > 60 && back > 60, "{there} and {back} bytes");
    for limit in 0..back {
        assert!(talk((usize::MAX, limit)).0.is_err(), "{limit} of {back} bytes came back");
    }
    for limit in 0..there {
        assert!(talk((limit, usize::MAX)).0.is_err(), "{limit} of {there} bytes went there");
    }
    assert_eq!(scanned(&RemoteEngine::connect(home.path()).unwrap()).unwrap(), few);
    drop(server);
}

/// An engine that fails as engines do.
#[derive(Debug)]
struct Hurt;

impl Engine for Hurt {
    fn name(&self) -> &'static str {
        "memory"
    }

    fn get(&self, _: &[u8]) -> Result<Option<Vec<u8>>, Error> {
        Err(Error::Damaged { path: "there".into(), what: "torn".into() })
    }

    fn scan(&self, _: KeyRange, _: Order) -> Scan<'_> {
        let row = Ok((b"k".to_vec(), b"v".to_vec()));
        Box::new([row, Err(Error::Stalled { seconds: 9 })].into_iter())
    }

    fn commit(&self, _: &Commit, _: Durability) -> Result<(), Error> {
        Ok(())
    }

    fn flush(&self) -> Result<(), Error> {
        Ok(())
    }

    fn size_on_disk(&self) -> Result<u64, Error> {
        // Over the limit of what a client takes.
        Err(Error::Failed { what: "x".repeat(9_000_000) })
    }
}

#[test]
fn errors_of_the_engine_come_over_and_end_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let _server = serve(directory.path(), Hurt);
    let remote = RemoteEngine::connect(directory.path()).unwrap();
    for _ in 0..2 {
        assert!(matches!(remote.get(b"k"), Err(Error::Damaged { what, .. }) if what == "torn"));
        let mut scan = remote.scan(all(), Order::Ascending);
        assert!(scan.next().unwrap().is_ok());
        assert!(matches!(scan.next(), Some(Err(Error::Stalled { seconds: 9 }))));
        assert!(scan.next().is_none());
        assert!(matches!(remote.size_on_disk(), Err(Error::Failed { what }) if what.len() == 2_000));
    }
}

#[test]
fn rows_over_the_limits_are_an_error_and_not_sent() {
    let directory = tempfile::tempdir().unwrap();
    let _server = serve(directory.path(), MemoryEngine::from_rows([(vec![1], vec![0; (6 << 20) + 1])]));
    let remote = RemoteEngine::connect(directory.path()).unwrap();
    assert!(matches!(remote.get(&[1]), Err(Error::Failed { what }) if what.contains("over the limit")));
    assert!(scanned(&remote).is_err());
    assert_eq!(remote.get(&[2]).unwrap(), None, "the connection is as good as before");
}

fn successive(directory: &Path, next: Successor) -> Successive {
    let next = Mutex::new(Some(next));
    let succeed = move |_: &Host| next.lock().unwrap().take().ok_or_else(|| Error::Failed { what: "nobody".into() });
    Successive::new(Arc::new(RemoteEngine::connect(directory).unwrap()), succeed)
}

#[test]
fn after_a_goodbye_reading_goes_on_where_it_was() {
    let directory = tempfile::tempdir().unwrap();
    let memory = MemoryEngine::from_rows(rows());
    let server = serve(directory.path(), memory.clone());
    let engine = successive(directory.path(), Successor::Own(Arc::new(memory)));
    let mut scan = engine.scan(all(), Order::Ascending);
    let mut seen: Vec<Row> = scan.by_ref().take(5).map(Result::unwrap).collect();
    assert!(engine.remote().is_some());
    drop(server);
    seen.extend(scan.map(Result::unwrap));
    assert_eq!(seen, rows());
    assert_eq!(engine.get(&[b'k', 3]).unwrap(), Some(vec![3; 3]));
    assert!(engine.remote().is_none());
    assert!(engine.commit(&Commit::default(), Durability::Synced).is_ok(), "it is our own now");
}

#[test]
fn without_a_goodbye_or_while_something_is_held_reading_ends() {
    let directory = tempfile::tempdir().unwrap();
    let memory = MemoryEngine::from_rows(rows());
    let next = || Successor::Own(Arc::new(memory.clone()) as Arc<dyn Engine>);
    let server = serve(directory.path(), memory.clone());
    let engine = successive(directory.path(), next());
    server.hang_up();
    assert!(matches!(engine.get(b"k"), Err(Error::Gone { .. })));
    let engine = successive(directory.path(), next());
    let holding = engine.hold(Hold::Writes).unwrap();
    drop(server);
    assert!(matches!(engine.get(b"k"), Err(Error::Gone { .. })));
    drop(holding);
    assert!(engine.get(b"k").is_ok(), "what was not held is read on");
}

#[test]
fn what_is_held_is_given_back_by_the_client_its_end_and_its_silence() {
    let directory = tempfile::tempdir().unwrap();
    let pause = NoPause::default();
    let count = Arc::clone(&pause.0);
    let is = |expected| {
        while count.load(Ordering::SeqCst) != expected {
            thread::yield_now();
        }
    };
    let _server =
        Server::start(directory.path(), Arc::new(MemoryEngine::default()), Box::new(pause), "testing").unwrap();
    let remote = RemoteEngine::connect(directory.path()).unwrap();
    remote.hold(Hold::Packs).unwrap();
    is(1);
    remote.hold(Hold::Writes).unwrap();
    is(1);
    remote.release().unwrap();
    is(0);
    remote.hold(Hold::Writes).unwrap();
    is(1);
    drop(remote);
    is(0);
    // Silent for longer than the limit, which is short in tests.
    let remote = RemoteEngine::connect(directory.path()).unwrap();
    remote.hold(Hold::Writes).unwrap();
    is(1);
    is(0);
    assert!(matches!(remote.get(b"k"), Err(Error::Gone { .. })), "it is told that it holds nothing any more");
    assert!(!remote.said_goodbye());
}
