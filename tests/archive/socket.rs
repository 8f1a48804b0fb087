//! Reading an archive by way of the process that has it open. Here that process is the test itself: a lock is one of an opening.

use std::collections::HashMap;
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::Shutdown;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use morgue::engine::{Error as EngineError, SledEngine, SledOptions, prefix_range};
use morgue::{
    Archive, Article, CheckOptions, CompactOptions, Cursor, Durability, EngineKind, Error, IngestOptions, NewCapture,
    OpenOptions, Selector, StoryFilter, engine,
};

use crate::support::{add, assert_clean, changes, exported, key, minute, seen, view};

fn read_only() -> OpenOptions {
    OpenOptions { read_only: true, ..OpenOptions::default() }
}

fn engines() -> impl Iterator<Item = EngineKind> {
    EngineKind::ALL.into_iter().filter(|engine| engine.is_built())
}

fn writer(path: &Path, engine: EngineKind) -> Archive {
    Archive::open(path, &OpenOptions { engine: Some(engine), ..OpenOptions::default() }).unwrap()
}

fn reader(path: &Path) -> Archive {
    let reader = Archive::open(path, &read_only()).unwrap();
    assert!(reader.is_served());
    reader
}

fn name(story: usize) -> String {
    format!("https://news.example/{story}")
}

/// What a story says in a round: with it, a reader can tell whose text it has, and how old it is.
fn told(story: usize, round: usize) -> NewCapture {
    let body: String = (0..12).map(|n| format!("Paragraph {n} of {story} in round {round} and so on.\n\n")).collect();
    let article = Article::new(format!("{story} {round}")).with_text(&body);
    NewCapture::article(key(&name(story)), minute((round * 2_000 + story) as i64), article)
}

fn is_overtaken<T>(result: Result<T, Error>) -> Option<T> {
    match result {
        Err(Error::Busy { .. }) => None,
        result => Some(result.unwrap()),
    }
}

const STORIES: usize = 150;
const ROUNDS: usize = 24;

/// Goes through all stories as a command would, and holds each text to what it must say: of the right story, no older than what
/// had been acknowledged before it was asked for, no older than what was seen before.
fn read_all(reader: &Archive, acknowledged: &AtomicUsize, seen: &mut HashMap<usize, usize>) {
    let least = acknowledged.load(Ordering::SeqCst);
    let filter = StoryFilter::default();
    let stories = reader.stories(&filter).map(|story| is_overtaken(story.map(|story| story.story)));
    let stories: Vec<_> = stories.flatten().collect();
    assert!(stories.len() >= STORIES || least == 0, "{} stories", stories.len());
    for key in &stories {
        let Some(memento) = is_overtaken(reader.memento(key, &Selector::Latest)) else { continue };
        let headline = memento.unwrap().article.headline;
        let (story, round) = headline.split_once(' ').unwrap();
        let (story, round): (usize, usize) = (story.parse().unwrap(), round.parse().unwrap());
        assert_eq!(key.as_str(), name(story));
        assert!(round >= least.max(*seen.get(&story).unwrap_or(&0)), "{key}: round {round} after {least}");
        seen.insert(story, round);
        let first = is_overtaken(reader.memento(key, &Selector::First)).flatten();
        assert!(first.is_none_or(|first| first.article.headline == format!("{story} 0")));
        is_overtaken(reader.revisions(key)).inspect(|revisions| assert!(revisions.len() > round));
    }
}

/// Packs that were made of others.
fn sealed_packs(path: &Path) -> usize {
    let engine = SledEngine::open(path, &SledOptions::default()).unwrap();
    let packs = engine::Engine::scan(&engine, prefix_range(&[5]), engine::Order::Ascending).map(Result::unwrap);
    packs.filter(|(key, value)| key[1] != 0 && !value.is_empty()).count()
}

/// Makes a directory from which an archive is read by a long way: between two answers the writer gets on.
fn far_from(home: &Path, far: &Path) {
    fs::create_dir(far).unwrap();
    let (listener, to) = (UnixListener::bind(far.join("socket")).unwrap(), home.join("socket"));
    let pass = |mut from: UnixStream, mut to: UnixStream, delay: Duration| {
        thread::spawn(move || {
            let mut bytes = vec![0; 1 << 20];
            while let Ok(length @ 1..) = from.read(&mut bytes) {
                thread::sleep(delay);
                if to.write_all(&bytes[..length]).is_err() {
                    break;
                }
            }
            drop((from.shutdown(Shutdown::Both), to.shutdown(Shutdown::Both)));
        });
    };
    thread::spawn(move || {
        for client in listener.incoming().map(Result::unwrap) {
            let Ok(server) = UnixStream::connect(&to) else { return };
            pass(client.try_clone().unwrap(), server.try_clone().unwrap(), Duration::ZERO);
            pass(server, client, Duration::from_millis(2));
        }
    });
}

/// Packs are merged and go, rows of the index move into pages, and a reader elsewhere sees neither damage nor what is old.
#[test]
fn a_reader_beside_a_writer_that_seals_sees_no_damage_and_nothing_stale() {
    for engine in engines() {
        let directory = tempfile::tempdir().unwrap();
        let (home, far) = (directory.path().join("archive"), directory.path().join("far"));
        let archive = writer(&home, engine);
        let reads = archive.serve_reads("testing").unwrap();
        far_from(&home, &far);
        let (acknowledged, over) = (AtomicUsize::new(0), AtomicBool::new(false));
        let loops = AtomicUsize::new(0);
        thread::scope(|scope| {
            for (own, path) in [&home, &home, &far].into_iter().enumerate() {
                let (acknowledged, over, loops) = (&acknowledged, &over, &loops);
                scope.spawn(move || {
                    let kept = reader(path);
                    let mut seen = HashMap::new();
                    while !over.load(Ordering::SeqCst) {
                        let fresh;
                        // One that has read before knows packs that are gone; one that comes now must find its way in.
                        let archive = if own == 0 {
                            &kept
                        } else {
                            fresh = reader(path);
                            &fresh
                        };
                        read_all(archive, acknowledged, &mut seen);
                        if own == 1 {
                            is_overtaken(archive.changes(Cursor::START).try_for_each(|change| change.map(drop)));
                            is_overtaken(archive.export(&[]).unwrap().try_for_each(|fact| fact.map(drop)));
                            is_overtaken(archive.stats());
                        }
                        loops.fetch_add(1, Ordering::SeqCst);
                    }
                });
            }
            let options = IngestOptions { durability: Durability::Buffered, batch: 4 };
            for round in 0..ROUNDS {
                archive.ingest_many((0..STORIES).map(|story| told(story, round)), &options, |_| {}).unwrap();
                acknowledged.store(round, Ordering::SeqCst);
                // Of what a reader has just learned where it is, some is elsewhere when it asks for it.
                if round % 2 == 1 {
                    archive.seal().unwrap();
                }
            }
            over.store(true, Ordering::SeqCst);
        });
        assert!(loops.into_inner() > 2);
        let served = reader(&home);
        assert_clean(&served);
        let expected = (view(&served), format!("{:?}", changes(&served, Cursor::START)));
        drop((served, reads, archive));
        let own = Archive::open(&home, &read_only()).unwrap();
        assert!(!own.is_served());
        assert!((view(&own), format!("{:?}", changes(&own, Cursor::START))) == expected);
        drop(own);
        if engine == EngineKind::Sled {
            assert!(sealed_packs(&home) > 2, "nothing was sealed meanwhile");
        }
    }
}

/// A check that counts while others write finds differences that are none; it must not tell them.
#[test]
fn a_check_beside_a_writer_finds_no_fault_and_a_backup_is_whole() {
    let directory = tempfile::tempdir().unwrap();
    let (home, copy) = (directory.path().join("archive"), directory.path().join("copy"));
    let archive = writer(&home, EngineKind::Sled);
    let _reads = archive.serve_reads("testing").unwrap();
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        let checks = scope.spawn(|| {
            let mut checks = 0;
            while !over.load(Ordering::SeqCst) || checks == 0 {
                let reader = reader(&home);
                let report = reader.check(&CheckOptions { deep: checks % 2 == 0 }, |_, _| {}).unwrap();
                assert_eq!(report.findings, []);
                checks += 1;
                if checks % 4 == 1 {
                    let kept = reader.stats().unwrap().captures;
                    let report = reader.backup(&copy, &OpenOptions::default(), |_, _| {}).unwrap();
                    assert!(report.captures >= kept);
                }
            }
            checks
        });
        let options = IngestOptions { durability: Durability::Buffered, batch: 3 };
        for round in 0..20 {
            archive.ingest_many((0..STORIES).map(|story| told(story, round)), &options, |_| {}).unwrap();
        }
        over.store(true, Ordering::SeqCst);
        assert!(checks.join().unwrap() > 2);
    });
    assert_clean(&Archive::open(&copy, &read_only()).unwrap());
}

/// Packs that a backup has seen and not copied yet must stay where they are.
#[test]
fn a_backup_is_whole_though_the_other_process_would_merge_packs_meanwhile() {
    let directory = tempfile::tempdir().unwrap();
    let (home, copy) = (directory.path().join("archive"), directory.path().join("copy"));
    let archive = writer(&home, EngineKind::Sled);
    let _reads = archive.serve_reads("testing").unwrap();
    add(&archive, (0..5).flat_map(|round| (0..30).map(move |story| told(story, round))));
    let served = reader(&home);
    let mut sealing = None;
    let report = served.backup(&copy, &OpenOptions::default(), |_, _| {
        let archive = archive.clone();
        sealing.get_or_insert_with(|| {
            let sealing = thread::spawn(move || archive.seal().unwrap());
            thread::sleep(Duration::from_millis(300));
            sealing
        });
    });
    assert_eq!(report.unwrap().captures, 150);
    drop(served);
    sealing.unwrap().join().unwrap();
    let backup = Archive::open(&copy, &read_only()).unwrap();
    assert_clean(&backup);
    assert!(exported(&backup) == exported(&archive));
}

#[test]
fn a_served_archive_is_the_same_and_cannot_be_written() {
    let directory = tempfile::tempdir().unwrap();
    for engine in engines() {
        let home = directory.path().join(engine.name());
        let archive = writer(&home, engine);
        add(&archive, (0..5).flat_map(|round| (0..9).map(move |story| told(story, round))));
        archive.add_alias(&key("https://amp.example/1"), &key(&name(1)), Durability::Buffered).unwrap();
        let reads = archive.serve_reads("testing").unwrap();
        let served = reader(&home);
        assert!(view(&served) == view(&archive));
        assert_eq!(served.stats().unwrap(), archive.stats().unwrap());
        assert_eq!(served.engine_kind(), Some(engine));
        assert!(matches!(served.ingest(told(0, 9), Durability::Synced), Err(Error::ReadOnly)));
        assert!(matches!(served.serve_reads("x"), Err(Error::CannotServe { .. })));
        served.flush().unwrap();
        let out = directory.path().join("copy");
        let copied = served.copy(&out, &OpenOptions::default(), &CompactOptions::default(), |_, _| {});
        let is_told = |error: &Error| {
            matches!(error, Error::Engine(EngineError::InUse { pid: Some(pid), doing: Some(doing), .. })
                if *pid == std::process::id() && doing == "testing")
        };
        assert!(is_told(&copied.unwrap_err()) && !out.exists());
        let others = EngineKind::ALL.into_iter().find(|other| *other != engine);
        let other = Archive::open(&home, &OpenOptions { engine: others, ..read_only() });
        assert!(matches!(other, Err(Error::OtherEngine { .. })));
        // Who wants to write is told by whom it is held, and what that one does.
        let refused = Archive::open(&home, &OpenOptions::default()).unwrap_err();
        assert!(is_told(&refused) && refused.to_string().ends_with(", which is testing"), "{refused}");
        assert!(matches!(archive.serve_reads("x"), Err(Error::CannotServe { .. })));
        drop(reads);
        drop(archive.serve_reads("again").unwrap());
    }
    assert!(matches!(Archive::in_memory().serve_reads("x"), Err(Error::CannotServe { .. })));
}

#[test]
fn reading_goes_on_when_the_host_closes_the_archive() {
    let directory = tempfile::tempdir().unwrap();
    let archive = writer(directory.path(), EngineKind::Sled);
    add(&archive, (0..5).flat_map(|round| (0..30).map(move |story| told(story, round))));
    let reads = archive.serve_reads("testing").unwrap();
    let expected = exported(&archive);
    let served = reader(directory.path());
    let mut facts = served.export(&[]).unwrap();
    let first = facts.next().unwrap().unwrap();
    drop((reads, archive));
    let rest = facts.map(Result::unwrap).count();
    assert_eq!(1 + rest, expected.lines().count());
    drop(first);
    assert!(exported(&served) == expected);
    assert!(!served.is_served(), "it has the archive open itself now");
    assert!(matches!(served.ingest(told(0, 9), Durability::Synced), Err(Error::ReadOnly)));
    assert!(matches!(
        Archive::open(directory.path(), &OpenOptions::default()),
        Err(Error::Engine(EngineError::InUse { doing: None, .. }))
    ));
    drop(served);
    add(&writer(directory.path(), EngineKind::Sled), [told(0, 9)]);
}

/// Another store under the same name of the directory has other packs under the ids that a reader knows.
#[test]
fn reading_does_not_go_on_in_a_store_that_was_rewritten() {
    let directory = tempfile::tempdir().unwrap();
    let archive = writer(directory.path(), EngineKind::Sled);
    add(&archive, [told(0, 0)]);
    let reads = archive.serve_reads("testing").unwrap();
    let served = reader(directory.path());
    drop((reads, archive));
    Archive::compact(directory.path(), &OpenOptions::default(), &CompactOptions::default(), |_, _| {}).unwrap();
    let gone = served.revisions(&key(&name(0))).unwrap_err();
    assert!(matches!(gone, Error::Engine(EngineError::Gone { .. })), "{gone}");
    drop(served);
    assert_clean(&Archive::open(directory.path(), &read_only()).unwrap());
}

/// A rebuild of the index gives packs other contents under the same ids, at worst.
#[test]
fn a_rebuild_of_the_index_ends_what_is_read_and_not_what_comes_after() {
    let directory = tempfile::tempdir().unwrap();
    let archive = writer(directory.path(), EngineKind::Sled);
    add(&archive, [told(0, 0), told(0, 1)]);
    let _reads = archive.serve_reads("testing").unwrap();
    let served = reader(directory.path());
    assert_eq!(served.revisions(&key(&name(0))).unwrap().len(), 2);
    archive.reindex(|_, _| {}).unwrap();
    assert!(matches!(served.revisions(&key(&name(0))), Err(Error::Engine(EngineError::Gone { .. }))));
    assert_eq!(reader(directory.path()).revisions(&key(&name(0))).unwrap().len(), 2);
}

#[test]
fn a_subscription_hears_of_what_another_process_archives() {
    let directory = tempfile::tempdir().unwrap();
    let archive = writer(directory.path(), EngineKind::Sled);
    let _reads = archive.serve_reads("testing").unwrap();
    let mut news = reader(directory.path()).subscribe(Cursor::START);
    assert!(news.recv_timeout(Duration::from_millis(10)).unwrap().is_none());
    let write = thread::spawn(move || {
        thread::sleep(Duration::from_millis(50));
        archive.ingest(seen("a", 0, "One"), Durability::Buffered).unwrap();
        archive
    });
    let change = news.recv_timeout(Duration::from_secs(3_600)).unwrap().unwrap();
    assert_eq!(change.headline, "One");
    drop(write.join().unwrap());
}

/// The file beside the store says how much was acknowledged, and the store how much there is: both while a writer goes on.
#[test]
fn opening_beside_a_writer_never_misses_what_was_acknowledged() {
    let directory = tempfile::tempdir().unwrap();
    let archive = writer(directory.path(), EngineKind::Sled);
    let _reads = archive.serve_reads("testing").unwrap();
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        let opener = scope.spawn(|| {
            let mut opened = 0;
            while !over.load(Ordering::SeqCst) {
                reader(directory.path());
                opened += 1;
            }
            opened
        });
        for round in 0..300 {
            archive.ingest(told(0, round), Durability::Synced).unwrap();
        }
        over.store(true, Ordering::SeqCst);
        assert!(opener.join().unwrap() > 10);
    });
}

/// A process that was killed leaves its socket, and one that serves none has it as before.
#[test]
fn a_socket_that_was_left_behind_is_in_nobodys_way() {
    let directory = tempfile::tempdir().unwrap();
    drop(UnixListener::bind(directory.path().join("socket")).unwrap());
    fs::create_dir(directory.path().join("socket.new")).unwrap();
    let archive = writer(directory.path(), EngineKind::Sled);
    add(&archive, [told(0, 0)]);
    let refused = Archive::open(directory.path(), &read_only()).unwrap_err();
    assert!(matches!(refused, Error::Engine(EngineError::InUse { doing: None, .. })), "{refused}");
    drop(archive);
    assert!(!Archive::open(directory.path(), &read_only()).unwrap().is_served());
    let archive = writer(directory.path(), EngineKind::Sled);
    let reads = archive.serve_reads("testing").unwrap();
    assert_eq!(reader(directory.path()).stats().unwrap().captures, 1);
    drop(reads);
    assert!(!directory.path().join("socket").exists() && !directory.path().join("socket.new").exists());
}

#[test]
fn a_reader_waits_for_one_who_serves_nothing_and_for_no_one_else() {
    let directory = tempfile::tempdir().unwrap();
    let archive = writer(directory.path(), EngineKind::Sled);
    let waiting = OpenOptions { lock_wait: Duration::from_secs(60), ..read_only() };
    thread::scope(|scope| {
        let opened = scope.spawn(|| Archive::open(directory.path(), &waiting).map(|archive| archive.is_served()));
        thread::sleep(Duration::from_millis(100));
        assert!(!opened.is_finished());
        let reads = archive.serve_reads("testing").unwrap();
        assert!(opened.join().unwrap().unwrap());
        drop(reads);
        let opened = scope.spawn(|| Archive::open(directory.path(), &waiting).map(|archive| archive.is_served()));
        thread::sleep(Duration::from_millis(100));
        assert!(!opened.is_finished());
        drop(archive);
        assert!(!opened.join().unwrap().unwrap());
    });
}
