//! What an archive does to itself - sealing, gathering, compacting, copying - changes nothing that can be read of it.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::thread;

use morgue::engine::faults::{Fault, FaultEngine};
use morgue::engine::{Commit, Durability as Promise, Engine, MemoryEngine};
use morgue::{
    Archive, CompactOptions, Cursor, Durability, EngineKind, Error, IngestOptions, NewCapture, NewOutcome, OpenOptions,
};

use crate::support::{
    View, add, article, assert_clean, changes, exported, from, in_memory, key, on, open, saw, seen, view,
};

/// A crawl of some stories, round after round, with all that can happen to them.
fn crawl(stories: usize, rounds: i64) -> Vec<NewCapture> {
    crawl_of(stories, rounds, 0)
}

/// The same, the articles longer by so many words.
fn crawl_of(stories: usize, rounds: i64, words: usize) -> Vec<NewCapture> {
    let more = ", and so on".repeat(words);
    let mut captures = Vec::new();
    for round in 0..rounds {
        for story in 0..stories {
            let name = format!("https://news{}.example/{story}", story % 3);
            let at = round * 60 + story as i64;
            captures.push(match (story + round as usize) % 7 {
                0 if round > 0 => saw(&name, at, NewOutcome::Gone),
                1 => from("reader 2", saw(&name, at, NewOutcome::Teaser(article("Sign in")))),
                // A text that was there before comes back.
                2 => seen(&name, at, &format!("Story {story} as it was")),
                _ => seen(&name, at, &format!("Story {story}, part {round}{more}")),
            });
        }
    }
    captures
}

fn tell(archive: &Archive, captures: Vec<NewCapture>) {
    let options = IngestOptions { durability: Durability::Synced, batch: 50 };
    archive.ingest_many(captures, &options, |_| {}).unwrap();
    archive.add_alias(&key("https://amp.example/1"), &key("https://news1.example/1"), Durability::Synced).unwrap();
    archive.add_alias(&key("wire-2"), &key("https://news2.example/2"), Durability::Synced).unwrap();
    add(archive, [seen("wire-2", 7, "Story 2 by wire"), seen("https://news1.example/1", -5, "Earlier")]);
}

/// Everything that can be read, and the feed with its cursors.
fn all(archive: &Archive) -> (View, String) {
    assert_clean(archive);
    (view(archive), format!("{:?}", changes(archive, Cursor::START)))
}

fn packs(engine: &MemoryEngine) -> (usize, usize) {
    let rows = engine.rows();
    let packs = rows.iter().filter(|(key, value)| key[0] == 0x05 && !value.is_empty());
    let (fresh, sealed): (Vec<_>, Vec<_>) = packs.partition(|(key, _)| key[1] == 0);
    (fresh.len(), sealed.len())
}

fn rows(engine: &MemoryEngine, space: u8) -> usize {
    engine.rows().iter().filter(|(key, _)| key[0] == space).count()
}

#[test]
fn sealing_changes_nothing_that_can_be_read() {
    let (archive, engine) = in_memory();
    tell(&archive, crawl(40, 12));
    let before = all(&archive);
    let (fresh, _) = packs(&engine);
    archive.seal().unwrap();
    let (left, sealed) = packs(&engine);
    assert!(left == 0 && sealed > 0 && sealed < fresh, "{fresh} fresh packs became {sealed}, {left} are left");
    assert_eq!(rows(&engine, 0x85), 0, "every row of the index is in a page");
    assert!(rows(&engine, 0x86) > 0);
    assert_eq!(all(&archive), before);
    assert_eq!(all(&on(&engine)), before, "opened again");
}

#[test]
fn what_comes_after_sealing_is_as_if_nothing_had_been_sealed() {
    let captures = crawl(40, 12);
    let (straight, _) = in_memory();
    let (sealed, engine) = in_memory();
    for (part, captures) in captures.chunks(60).enumerate() {
        for archive in [&straight, &sealed] {
            archive.ingest_many(captures.to_vec(), &IngestOptions::default(), |_| {}).unwrap();
        }
        if part % 2 == 0 {
            sealed.seal().unwrap();
        }
        if part % 3 == 0 {
            assert_eq!(all(&sealed), all(&straight), "part {part}");
        }
    }
    tell(&straight, captures.clone());
    tell(&sealed, captures);
    sealed.seal().unwrap();
    assert_eq!(all(&sealed), all(&straight));
    sealed.reindex(|_, _| {}).unwrap();
    assert_eq!(all(&sealed), all(&on(&engine)));
    assert_eq!(exported(&sealed), exported(&straight));
}

#[test]
fn an_archive_seals_itself_while_it_grows_and_only_when_it_may() {
    let grow = |seal| {
        let engine = MemoryEngine::default();
        let options = OpenOptions { seal, ..OpenOptions::default() };
        let archive = Archive::with_engine(Arc::new(engine.clone()), &options).unwrap();
        // One by one, so that each is a pack of its own.
        add(&archive, (0..1_200).map(|at| seen(&format!("story {}", at % 90), at, &format!("Version {at}"))));
        (packs(&engine), all(&archive))
    };
    let ((fresh, sealed), read) = grow(true);
    assert!(sealed > 0 && fresh < 700, "{fresh} fresh packs, {sealed} sealed ones");
    let ((fresh, sealed), read_without) = grow(false);
    assert_eq!((fresh, sealed), (1_200, 0));
    assert_eq!(read, read_without);
}

/// The index is gathered while an archive grows where it has rows of many keys, not where those of few are written again and again.
#[test]
fn rows_of_many_keys_are_gathered_before_the_end_and_those_of_few_at_the_end() {
    let pages = |stories: usize| {
        let (archive, engine) = in_memory();
        let captures = (0..10_000).map(|at| seen(&format!("story {}", at % stories), at as i64, "As it was"));
        let mut before = 0;
        let options = IngestOptions { durability: Durability::Buffered, batch: 100 };
        archive.ingest_many(captures, &options, |_| before = rows(&engine, 0x86)).unwrap();
        (before, rows(&engine, 0x86))
    };
    let (before, _) = pages(10_000);
    let (of_few, at_the_end) = pages(100);
    assert!(before > 0 && of_few == 0 && at_the_end > 0, "{before}, {of_few}, {at_the_end}");
}

/// Stopped after any commit, sealing leaves an archive in which everything is as it was, and goes on from there.
#[test]
fn sealing_that_is_stopped_at_any_commit_leaves_everything_readable_and_goes_on() {
    let memory = MemoryEngine::default();
    {
        let archive = on(&memory);
        tell(&archive, crawl_of(30, 6, 200));
    }
    let rows = memory.rows();
    let before = all(&on(&memory));
    let mut stops = 0;
    for stop in 0.. {
        let engine = MemoryEngine::from_rows(rows.clone());
        let faulty = Arc::new(FaultEngine::new(Arc::new(engine.clone())));
        let archive = open(Arc::<FaultEngine>::clone(&faulty));
        faulty.arm(Fault::From(stop));
        let stopped = archive.seal().is_err();
        drop(archive);
        let again = on(&engine);
        assert_eq!(all(&again), before, "stopped at commit {stop}");
        // A capture between the two parts.
        add(&again, [seen("https://news1.example/1", 9_999, "Later")]);
        again.seal().unwrap();
        assert_eq!(packs(&engine).0, 0);
        assert_clean(&again);
        again.reindex(|_, _| {}).unwrap();
        assert_clean(&again);
        if !stopped {
            break;
        }
        stops += 1;
    }
    assert!(stops > 5, "sealing has more commits than {stops}");
}

/// Rebuilding the index in the middle of sealing finds some captures in two packs, and counts them once.
#[test]
fn a_reindex_in_the_middle_of_sealing_counts_every_capture_once() {
    let memory = MemoryEngine::default();
    tell(&on(&memory), crawl_of(60, 4, 200));
    let before = all(&on(&memory));
    let faulty = Arc::new(FaultEngine::new(Arc::new(memory.clone())));
    let archive = open(Arc::<FaultEngine>::clone(&faulty));
    faulty.arm(Fault::From(3));
    archive.seal().unwrap_err();
    drop(archive);
    let (fresh, sealed) = packs(&memory);
    assert!(fresh > 0 && sealed > 0, "{fresh} and {sealed}: it was stopped in the middle");
    let archive = on(&memory);
    archive.reindex(|_, _| {}).unwrap();
    assert_eq!(all(&archive), before);
    archive.seal().unwrap();
    assert_eq!(all(&archive), before);
}

/// Readers and a writer beside sealing: nobody misses a story, nobody sees damage.
#[test]
fn stories_are_read_and_written_while_packs_are_sealed() {
    let engine = MemoryEngine::default();
    let archive = on(&engine);
    tell(&archive, crawl(90, 6));
    thread::scope(|scope| {
        let writer = scope.spawn(|| add(&archive, (0..150).map(|at| seen(&format!("new {}", at % 20), at, "More"))));
        let sealer = scope.spawn(|| {
            for _ in 0..20 {
                archive.seal().unwrap();
            }
        });
        while !(writer.is_finished() && sealer.is_finished()) {
            let every = morgue::StoryFilter::default();
            assert!(archive.stories(&every).map(Result::unwrap).count() >= 90);
            for story in 0..90 {
                let story = key(&format!("https://news{}.example/{story}", story % 3));
                assert!(!archive.captures(&story).unwrap().is_empty());
            }
        }
    });
    assert_clean(&archive);
}

fn directory(path: &Path, engine: EngineKind) -> Archive {
    Archive::open(path, &OpenOptions { engine: Some(engine), ..OpenOptions::default() }).unwrap()
}

#[test]
fn compacting_changes_nothing_that_can_be_read_and_leaves_one_store() {
    for engine in EngineKind::ALL {
        let dir = tempfile::tempdir().unwrap();
        let archive = directory(dir.path(), engine);
        tell(&archive, crawl(50, 20));
        let before = all(&archive);
        drop(archive);
        let stores = || {
            let names =
                fs::read_dir(dir.path()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
            let mut stores: Vec<String> = names.filter(|name| name.starts_with(engine.name())).collect();
            stores.sort();
            stores
        };
        for round in 0..3 {
            let dry = CompactOptions { dry_run: true, ..CompactOptions::default() };
            let told = Archive::compact(dir.path(), &OpenOptions::default(), &dry, |_, _| {}).unwrap();
            assert!(told.dry_run && told.bytes_after > 0);
            assert_eq!(stores().len(), 1);
            let mut last = (0, 0);
            let options = CompactOptions { level: 3, ..CompactOptions::default() };
            let report =
                Archive::compact(dir.path(), &OpenOptions::default(), &options, |done, of| last = (done, of)).unwrap();
            assert_eq!(report.captures, told.captures);
            assert_eq!(last.0, last.1, "the progress comes to its end");
            assert_eq!(stores(), [format!("{}-{}", engine.name(), round + 2)]);
            assert_eq!(all(&directory(dir.path(), engine)), before);
        }
        // And it goes on as before.
        let archive = directory(dir.path(), engine);
        add(&archive, [seen("https://news1.example/1", 9_999, "Later")]);
        assert_clean(&archive);
    }
}

#[test]
fn a_compact_that_was_stopped_leaves_the_archive_and_what_it_left_is_removed() {
    let dir = tempfile::tempdir().unwrap();
    let archive = directory(dir.path(), EngineKind::Sled);
    tell(&archive, crawl(10, 3));
    let before = all(&archive);
    drop(archive);
    // As a kill in the middle leaves it: a fresh store that is not whole, and no marker that names it.
    let stray = dir.path().join("sled-2");
    fs::create_dir(&stray).unwrap();
    fs::write(stray.join("db"), "half").unwrap();
    assert_eq!(all(&directory(dir.path(), EngineKind::Sled)), before);
    assert!(!stray.exists());
}

#[test]
fn a_damaged_archive_is_not_compacted_and_stays_as_it_is() {
    let (archive, engine) = in_memory();
    tell(&archive, crawl(10, 3));
    let (row, mut value) = engine.rows().into_iter().find(|(key, value)| key[0] == 0x05 && value.len() > 900).unwrap();
    let middle = value.len() / 2;
    value[middle] ^= 1;
    let commit = Commit { writes: vec![(row, Some(value))], ..Commit::default() };
    engine.commit(&commit, Promise::Synced).unwrap();
    let out = tempfile::tempdir().unwrap();
    let copy = out.path().join("copy");
    let options = OpenOptions::default();
    let refused = on(&engine).copy(&copy, &options, &CompactOptions::default(), |_, _| {});
    assert!(refused.unwrap_err().is_damage());
    assert!(matches!(Archive::open(&copy, &OpenOptions { create: false, ..options }), Err(Error::NoArchive { .. })));
}

#[test]
fn a_copy_on_another_engine_is_the_same_archive() {
    let dir = tempfile::tempdir().unwrap();
    let mut archive = directory(&dir.path().join("0"), EngineKind::Sled);
    tell(&archive, crawl(20, 5));
    let before = all(&archive);
    for (number, engine) in EngineKind::ALL.into_iter().cycle().take(4).enumerate() {
        let out = dir.path().join((number + 1).to_string());
        let options = OpenOptions { engine: Some(engine), ..OpenOptions::default() };
        let report = archive.copy(&out, &options, &CompactOptions::default(), |_, _| {}).unwrap();
        assert_eq!(report.engine, engine);
        let again = archive.copy(&out, &options, &CompactOptions::default(), |_, _| {});
        assert!(matches!(again, Err(Error::NotEmpty { .. })), "{again:?}");
        archive = directory(&out, engine);
        assert_eq!(archive.engine_kind(), Some(engine));
        assert_eq!(all(&archive), before);
    }
}

#[test]
fn a_backup_holds_what_was_there_when_it_began_and_the_next_one_costs_what_is_new() {
    let dir = tempfile::tempdir().unwrap();
    let (one, two) = (dir.path().join("one"), dir.path().join("two"));
    let archive = directory(&one, EngineKind::Sled);
    tell(&archive, crawl(40, 10));
    let options = OpenOptions::default();
    let first = archive.backup(&two, &options, |_, _| {}).unwrap();
    assert_eq!(all(&directory(&two, EngineKind::Sled)), all(&archive));
    add(&archive, [seen("https://news1.example/1", 9_999, "Later")]);
    let second = archive.backup(&two, &options, |_, _| {}).unwrap();
    assert_eq!((second.packs, second.removed, second.captures), (1, 0, first.captures + 1));
    assert_eq!(all(&directory(&two, EngineKind::Sled)), all(&archive));
    archive.seal().unwrap();
    let third = archive.backup(&two, &options, |_, _| {}).unwrap();
    assert!(third.removed > third.packs && third.packs > 0, "{third:?}");
    assert_eq!(all(&directory(&two, EngineKind::Sled)), all(&archive));
}

/// The packs of an archive that was compacted have the ids of others before: the ids alone would say that nothing is new.
#[test]
fn a_backup_of_an_archive_that_was_compacted_copies_what_is_other() {
    let dir = tempfile::tempdir().unwrap();
    let (one, two) = (dir.path().join("one"), dir.path().join("two"));
    let backup = || directory(&one, EngineKind::Sled).backup(&two, &OpenOptions::default(), |_, _| {}).unwrap();
    let compact = || {
        Archive::compact(&one, &OpenOptions::default(), &CompactOptions::default(), |_, _| {}).unwrap();
    };
    tell(&directory(&one, EngineKind::Sled), crawl(40, 10));
    compact();
    backup();
    add(&directory(&one, EngineKind::Sled), [seen("https://news1.example/1", 9_999, "Later")]);
    compact();
    assert!(backup().packs > 0);
    assert_eq!(all(&directory(&two, EngineKind::Sled)), all(&directory(&one, EngineKind::Sled)));
}

#[test]
fn a_backup_overwrites_no_other_archive_and_no_backup_of_another() {
    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str| dir.path().join(name);
    for (name, story) in [("one", "a"), ("other", "b"), ("third", "c")] {
        add(&directory(&path(name), EngineKind::Sled), [seen(story, 0, "One")]);
    }
    let backup = |from: &str, to: &str| {
        directory(&path(from), EngineKind::Sled).backup(path(to), &OpenOptions::default(), |_, _| {})
    };
    assert!(matches!(backup("one", "other"), Err(Error::NotABackup { .. })));
    backup("third", "saved").unwrap();
    assert!(matches!(backup("one", "saved"), Err(Error::NotABackup { .. })));
    for (name, story) in [("other", "b"), ("saved", "c")] {
        assert_eq!(directory(&path(name), EngineKind::Sled).captures(&key(story)).unwrap().len(), 1);
    }
}

#[test]
fn a_backup_taken_while_others_archive_is_whole() {
    let dir = tempfile::tempdir().unwrap();
    let archive = directory(&dir.path().join("one"), EngineKind::Sled);
    tell(&archive, crawl(40, 4));
    let told = archive.stats().unwrap().captures;
    thread::scope(|scope| {
        let writer = scope.spawn(|| add(&archive, (0..400).map(|at| seen(&format!("new {}", at % 50), at, "More"))));
        for number in 0.. {
            let out = dir.path().join(format!("backup {}", number % 2));
            let report = archive.backup(&out, &OpenOptions::default(), |_, _| {}).unwrap();
            let backup = directory(&out, EngineKind::Sled);
            assert_clean(&backup);
            assert!(report.captures >= told);
            assert_eq!(backup.stats().unwrap().captures, report.captures);
            if writer.is_finished() && number > 2 {
                break;
            }
        }
    });
}

#[test]
fn a_backup_that_was_stopped_says_so_and_the_next_one_finishes_it() {
    let dir = tempfile::tempdir().unwrap();
    let (one, two) = (dir.path().join("one"), dir.path().join("two"));
    let archive = directory(&one, EngineKind::Sled);
    tell(&archive, crawl(40, 10));
    archive.backup(&two, &OpenOptions::default(), |_, _| {}).unwrap();
    add(&archive, [seen("https://news1.example/1", 9_999, "Later")]);
    // Damage in the archive stops a backup in the middle.
    drop(archive);
    let engine = morgue::engine::SledEngine::open(&one, &morgue::engine::SledOptions::default()).unwrap();
    let range = morgue::engine::prefix_range(&[0x05]);
    let packs = engine.scan(range, morgue::engine::Order::Descending).map(Result::unwrap);
    let (row, whole) = packs.into_iter().find(|(_, value)| !value.is_empty()).unwrap();
    let write = |value: &[u8]| {
        let commit = Commit { writes: vec![(row.clone(), Some(value.to_vec()))], ..Commit::default() };
        engine.commit(&commit, Promise::Synced).unwrap();
    };
    write(&whole[1..]);
    let shared: Arc<dyn Engine> = Arc::new(engine);
    let archive = Archive::with_engine(Arc::clone(&shared), &OpenOptions::default()).unwrap();
    assert!(archive.backup(&two, &OpenOptions::default(), |_, _| {}).unwrap_err().is_damage());
    assert!(matches!(Archive::open(&two, &OpenOptions::default()), Err(Error::UnfinishedReindex)));
    let commit = Commit { writes: vec![(row, Some(whole))], ..Commit::default() };
    shared.commit(&commit, Promise::Synced).unwrap();
    archive.backup(&two, &OpenOptions::default(), |_, _| {}).unwrap();
    assert_eq!(all(&directory(&two, EngineKind::Sled)), all(&archive));
}
