//! From every earlier version to the present one: the same archive, whatever stops it on the way.
//!
//! `before.dump` was written by the program of version 1, `golden.jsonl` is what that program exported of it. Larger stores are
//! written by [`v1::Writer`], which is held to the dump here.

use std::collections::BTreeSet;
use std::fs;
use std::sync::Arc;

use morgue::engine::faults::{Fault, FaultEngine};
use morgue::engine::power::PowerEngine;
use morgue::engine::{Engine, MemoryEngine, Row};
use morgue::migrations::{self, Plan};
use morgue::{Archive, CheckOptions, Cursor, Error, NewCapture, NewOutcome, OpenOptions};

use crate::golden::{assert_same_rows, build, dump, file, load, page};
use crate::support::{Fact, add, alias};
use crate::support::{
    assert_clean, changes, exported, from, in_memory, key, minute, on, saw, seen, stories, tell, view,
};
use crate::v1::{self, Writer};

fn before() -> MemoryEngine {
    load(&fs::read_to_string(file("v1_to_v2/before.dump")).unwrap())
}

fn migrate(engine: Arc<dyn Engine>) -> Result<Plan, Error> {
    Archive::migrate_engine(engine, &OpenOptions::default(), |_, _, _| {})
}

fn migrated(rows: &[Row]) -> MemoryEngine {
    let engine = MemoryEngine::from_rows(rows.to_vec());
    assert!(!migrate(Arc::new(engine.clone())).unwrap().is_empty());
    engine
}

/// Stories of every length: one of so many pieces, with texts that come again, and many short ones.
fn facts() -> Vec<Fact> {
    let capture = |capture: NewCapture| Fact::Capture(Box::new(capture));
    let mut facts: Vec<Fact> = Vec::new();
    for at in 0..2_500 {
        facts.push(capture(match at % 5 {
            0 => saw("long", at, NewOutcome::NotModified),
            1 => saw("long", at, NewOutcome::Unreachable(format!("status {at}"))),
            // The same text every few hundred minutes, so that a piece sees texts of newer ones.
            2 => seen("long", at, &format!("Again {}", at % 300)),
            _ => from("reader 1", seen("long", at, &format!("Minute {at}"))),
        }));
        if at % 10 == 0 {
            facts.push(capture(seen(&format!("https://news-{}.example/{at}", at % 7), at, &format!("Short {at}"))));
        }
    }
    facts.push(alias(key("also-long"), key("long")));
    facts.push(alias(key("https://news-0.example/0"), key("never-seen")));
    facts.push(capture(seen("also-long", 2_501, "By its other name")));
    facts
}

fn written(facts: &[Fact]) -> Vec<Row> {
    let mut writer = Writer::default();
    for fact in facts {
        match fact {
            Fact::Capture(capture) => writer.capture(capture),
            Fact::Alias(fact) => writer.alias(&fact.alias, &fact.of),
        }
    }
    writer.rows()
}

/// The rows without the one that tells the version: the next steps change it.
fn but_version(engine: &MemoryEngine) -> MemoryEngine {
    MemoryEngine::from_rows(engine.rows().into_iter().filter(|(key, _)| key != b"\x00format"))
}

const HEADER: &str = "\
# What the migration makes of before.dump, the index rebuilt: key, space, value,
# Made by tests/archive/migrate.rs; see README.md.
";

#[test]
fn the_step_writes_what_it_wrote() {
    let after = load(&fs::read_to_string(file("v1_to_v2/after.dump")).unwrap());
    let now = migrated(&before().rows());
    if std::env::var_os("MORGUE_BLESS").is_some() {
        let version = |engine: &MemoryEngine| engine.rows().into_iter().filter(|(key, _)| key == b"\x00format");
        let rows = but_version(&now).rows().into_iter().chain(version(&after));
        fs::write(file("v1_to_v2/after.dump"), dump(&MemoryEngine::from_rows(rows), HEADER)).unwrap();
    }
    let after = load(&fs::read_to_string(file("v1_to_v2/after.dump")).unwrap());
    assert_same_rows(&dump(&but_version(&now), ""), &dump(&but_version(&after), ""));
}

/// An earlier program put the older texts of a story into a frame of their own, however short they were.
#[test]
fn what_the_step_made_of_it_earlier_reads_the_same() {
    let after = load(&fs::read_to_string(file("v1_to_v2/after.frames-apart.dump")).unwrap());
    let archive = on(&migrated(&after.rows()));
    assert_clean(&archive);
    assert_eq!(exported(&archive), fs::read_to_string(file("v1_to_v2/golden.jsonl")).unwrap());
}

#[test]
fn a_migrated_archive_means_what_it_meant() {
    let archive = on(&migrated(&before().rows()));
    assert_clean(&archive);
    assert_eq!(exported(&archive), fs::read_to_string(file("v1_to_v2/golden.jsonl")).unwrap());
    let (new, _) = in_memory();
    build(&new);
    assert_eq!(view(&archive), view(&new));
    // Arrivals are those that version 1 gave, which the present program gives as well: so cursors go on.
    for story in stories(&new) {
        assert_eq!(archive.captures(&story.story).unwrap(), new.captures(&story.story).unwrap());
    }
    let all = changes(&archive, Cursor::START);
    assert_eq!(all, changes(&new, Cursor::START));
    for (told, change) in all.iter().enumerate() {
        assert_eq!(changes(&archive, change.cursor), all[told + 1..]);
    }
}

#[test]
fn a_migrated_archive_can_be_told_more() {
    let archive = on(&migrated(&before().rows()));
    let (new, _) = in_memory();
    build(&new);
    for archive in [&archive, &new] {
        add(archive, [seen("https://news.example/bridge", 99, "It is closed again"), seen("new", 1, "New")]);
        assert_clean(archive);
    }
    assert_eq!(view(&archive), view(&new));
    assert_eq!(changes(&archive, Cursor::START), changes(&new, Cursor::START));
}

#[test]
fn the_writer_of_version_1_writes_what_that_program_wrote() {
    let before = before();
    let archive = on(&migrated(&before.rows()));
    let mut writer = Writer::default();
    for name in ["https://amp.news.example/bridge", "https://news.example/bridge", "wire-7", "caf\u{e9} \u{2603}"] {
        writer.number(&key(name));
    }
    let mut captures: Vec<_> =
        stories(&archive).iter().flat_map(|story| archive.captures(&story.story).unwrap()).collect();
    captures.sort_by_key(|capture| capture.arrival);
    for capture in captures {
        let article = capture.outcome.text_hash().map(|hash| archive.article(&capture.key, &hash).unwrap());
        let mut new = NewCapture::new(
            capture.key,
            capture.captured_at,
            match capture.outcome {
                morgue::Outcome::Article(_) => NewOutcome::Article(article.unwrap()),
                morgue::Outcome::Teaser(_) => NewOutcome::Teaser(article.unwrap()),
                morgue::Outcome::NotModified => NewOutcome::NotModified,
                morgue::Outcome::Gone => NewOutcome::Gone,
                morgue::Outcome::Moved(to) => NewOutcome::Moved(to),
                morgue::Outcome::Unreachable(cause) => NewOutcome::Unreachable(cause),
                other => panic!("{other:?}"),
            },
        );
        new.observation = capture.observation;
        writer.capture(&new);
    }
    writer.alias(&key("https://amp.news.example/bridge"), &key("https://news.example/bridge"));
    writer.alias(&key("wire-7"), &key("https://news.example/bridge"));
    // The index has no summaries, the feed a row a capture, and which text is packed against which is free.
    let primary = |rows: Vec<Row>| rows.into_iter().filter(|(key, _)| key[0] < 0x80);
    let (written, expected): (Vec<Row>, Vec<Row>) =
        (primary(writer.rows()).collect(), primary(before.rows()).collect());
    assert_eq!(written.len(), expected.len());
    for (written, expected) in written.iter().zip(&expected) {
        assert_eq!(written.0, expected.0);
        assert!(written.0[0] == 0x03 || written == expected, "{written:02x?}\n{expected:02x?}");
    }
}

#[test]
fn stories_of_every_length_come_over_whole() {
    let facts = facts();
    let engine = migrated(&written(&facts));
    let archive = on(&engine);
    assert_clean(&archive);
    let (new, _) = in_memory();
    tell(&new, &facts);
    assert_eq!(view(&archive), view(&new));
    assert_eq!(changes(&archive, Cursor::START), changes(&new, Cursor::START));
    let packs = packs(&engine);
    assert!(packs.iter().all(|id| id >> 56 == 1), "the index named every key: {packs:x?}");
    assert!(packs.len() > 4, "the long story is in several packs: {packs:x?}");
}

fn packs(engine: &MemoryEngine) -> Vec<u64> {
    let rows = engine.rows().into_iter().filter(|(key, value)| key[0] == 0x05 && !value.is_empty());
    rows.map(|(key, _)| u64::from_be_bytes(key[1..].try_into().unwrap())).collect()
}

#[test]
fn nothing_of_version_1_is_left() {
    for rows in [before().rows(), written(&facts())] {
        let spaces: BTreeSet<u8> = migrated(&rows).rows().iter().map(|(key, _)| key[0]).collect();
        assert_eq!(spaces, [0x00, 0x05, 0x85, 0x87].into());
    }
}

#[test]
fn a_migration_stopped_at_any_commit_goes_on_to_the_same_end() {
    for rows in [before().rows(), written(&facts())] {
        let whole = migrated(&rows).rows();
        for fault in [Fault::From, Fault::After] {
            let mut stops = 0;
            loop {
                let engine = MemoryEngine::from_rows(rows.clone());
                let faulty = Arc::new(FaultEngine::new(Arc::new(engine.clone())));
                faulty.arm(fault(stops));
                if migrate(faulty).is_ok() {
                    break;
                }
                refused(&engine);
                migrate(Arc::new(engine.clone())).unwrap();
                assert_eq!(differing(&engine.rows(), &whole), Vec::<Vec<u8>>::new(), "stopped at commit {stops}");
                stops += 1;
            }
            assert!(stops > 5, "{stops} commits");
        }
    }
}

/// More than a commit takes of one key: the next one goes on in the middle of it.
#[test]
fn a_story_of_several_commits_comes_over_whole_also_when_it_is_stopped_between_them() {
    let long = |at: i64| match at % 4 {
        // Texts that come again: those of older pieces stand with newer ones.
        0 => seen("long", at, &format!("Again {}", at % 100)),
        1 => saw("long", at, NewOutcome::Gone),
        _ => saw("long", at, NewOutcome::NotModified),
    };
    let mut facts: Vec<Fact> = (0..17_500).map(|at| Fact::Capture(Box::new(long(at)))).collect();
    facts.push(Fact::Capture(Box::new(seen("short", 0, "Short"))));
    let rows = written(&facts);
    let whole = migrated(&rows);
    let archive = on(&whole);
    let report = archive.check(&CheckOptions { deep: true }, |_, _| {}).unwrap();
    assert_eq!((report.captures, report.texts, report.findings.len()), (17_501, 26, 0), "every text once");
    let told: Vec<_> = archive.captures(&key("long")).unwrap().iter().map(|capture| capture.captured_at).collect();
    assert_eq!(told, (0..17_500).map(minute).collect::<Vec<_>>());
    for stop in 0..5 {
        let engine = MemoryEngine::from_rows(rows.clone());
        let faulty = Arc::new(FaultEngine::new(Arc::new(engine.clone())));
        faulty.arm(Fault::From(stop));
        assert!(migrate(faulty).is_err());
        migrate(Arc::new(engine.clone())).unwrap();
        assert_eq!(differing(&engine.rows(), &whole.rows()), Vec::<Vec<u8>>::new(), "stopped at commit {stop}");
    }
}

/// The keys of rows that are not in both, apart from packs without anything: engines may lay out room or not.
fn differing(one: &[Row], other: &[Row]) -> Vec<Vec<u8>> {
    let is_told = |row: &&Row| row.0[0] != 0x05 || !row.1.is_empty();
    let set = |rows: &'_ [Row]| rows.iter().filter(is_told).cloned().collect::<BTreeSet<Row>>();
    let (one, other) = (set(one), set(other));
    one.symmetric_difference(&other).map(|(key, _)| key.clone()).collect()
}

/// What is not version 2 yet is opened by no means.
fn refused(engine: &MemoryEngine) {
    let has = |row: &[u8]| engine.get(row).unwrap().is_some();
    let is_moved = migrations::plan(engine).unwrap().is_empty();
    for (read_only, repair) in [(false, false), (true, false), (false, true)] {
        let options = OpenOptions { read_only, repair, ..OpenOptions::default() };
        match Archive::with_engine(Arc::new(engine.clone()), &options) {
            Err(Error::Older { found: 1 | 2 }) => assert!(!is_moved),
            Err(Error::UnfinishedReindex) => assert!(is_moved && !repair),
            Ok(_) => assert!(is_moved && (repair || !has(b"\x00reindex"))),
            Err(error) => panic!("{error}"),
        }
    }
}

#[test]
fn a_migration_that_lost_power_at_any_moment_goes_on_to_the_same_end() {
    for rows in [before().rows(), written(&facts())] {
        let whole = migrated(&rows).rows();
        let engine = Arc::new(PowerEngine::from_rows(rows));
        migrate(Arc::clone(&engine) as Arc<_>).unwrap();
        let mut states = 0;
        for crash in engine.history() {
            migrate(Arc::new(crash.left.clone())).unwrap();
            assert_eq!(differing(&crash.left.rows(), &whole), Vec::<Vec<u8>>::new(), "{} commits kept", crash.kept);
            states += 1;
        }
        assert!(states > 5, "{states} states");
    }
}

#[test]
fn a_migration_that_runs_twice_changes_nothing_more() {
    let engine = migrated(&before().rows());
    let once = engine.rows();
    assert!(migrate(Arc::new(engine.clone())).unwrap().is_empty());
    assert_eq!(engine.rows(), once);
}

#[test]
fn a_program_of_version_1_takes_what_is_half_moved_for_a_newer_archive() {
    let rows = before().rows();
    let engine = Arc::new(PowerEngine::from_rows(rows.clone()));
    migrate(Arc::clone(&engine) as Arc<_>).unwrap();
    let key = b"\x00format".to_vec();
    for crash in engine.history() {
        let version = crash.left.get(&key).unwrap();
        let is_old = version == Some(v1::record(&key, vec![1]));
        assert_eq!(is_old, crash.left.rows() == rows);
    }
}

#[test]
fn the_plan_tells_how_much_there_is_to_do() {
    let plan = migrations::plan(&before()).unwrap();
    assert_eq!((plan.from, plan.to, plan.captures, plan.resumes), (1, 3, 55, false));
    assert_eq!(plan.steps.len(), 2);
    assert!(plan.seconds >= 1 && plan.bytes_needed > 0 && !plan.is_empty());
    let engine = MemoryEngine::from_rows(written(&facts()));
    let faulty = FaultEngine::new(Arc::new(engine.clone()));
    let all = migrations::plan(&engine).unwrap();
    faulty.arm(Fault::From(8));
    let mut last = (0, 0);
    assert!(migrations::run(&faulty, |_, done, total| last = (done, total)).is_err());
    let rest = migrations::plan(&engine).unwrap();
    assert!(rest.resumes && rest.captures < all.captures && rest.bytes_needed <= all.bytes_needed, "{rest:?}");
    assert!(last.0 > 0 && last.0 <= last.1, "{last:?}");
}

#[test]
fn what_is_damaged_is_named_and_nothing_is_changed() {
    let rows = before().rows();
    for (place, (row, value)) in rows.iter().enumerate().filter(|(_, (row, _))| (0x01..=0x04).contains(&row[0])) {
        let mut flipped = rows.clone();
        flipped[place].1[value.len() / 2] ^= 1;
        let mut without = rows.clone();
        without.remove(place);
        for hurt in [flipped, without] {
            let engine = MemoryEngine::from_rows(hurt.clone());
            let error = migrate(Arc::new(engine.clone())).unwrap_err();
            let Error::Damaged { story, captured_at, .. } = &error else { panic!("{row:02x?}: {error}") };
            match row[0] {
                0x02 | 0x03 => assert!(story.is_some() && captured_at.is_some(), "{row:02x?}: {error}"),
                0x04 => assert!(story.is_some(), "{row:02x?}: {error}"),
                _ => {}
            }
            assert!(engine.rows() == hurt, "{row:02x?}: {error}");
        }
    }
}

#[test]
fn what_is_derived_may_be_damaged_or_missing() {
    let whole = view(&on(&migrated(&before().rows())));
    let all: Vec<Row> = before().rows();
    let flip = |(row, mut value): Row| {
        value[0] ^= if row[0] & 0x80 == 0 { 0 } else { 1 };
        (row, value)
    };
    let flipped: Vec<Row> = all.iter().cloned().map(flip).collect();
    let missing: Vec<Row> = all.iter().filter(|(row, _)| row[0] & 0x80 == 0).cloned().collect();
    // Half of the index is there.
    let half: Vec<Row> = all
        .iter()
        .enumerate()
        .filter(|(n, (row, _))| row[0] != 0x81 || n % 2 == 0)
        .map(|(_, row)| row.clone())
        .collect();
    // An index that was not written by this archive: whole, and every number is another's.
    let wrong = |(row, value): Row| {
        let value = if row[0] == 0x81 { v1::record(&row, vec![(value[1] + 1) % 6, 0, 0, 0]) } else { value };
        (row, value)
    };
    let wrong: Vec<Row> = all.iter().cloned().map(wrong).collect();
    for (rows, kinds) in [(flipped, 1), (missing, 1), (half, 2), (wrong, 1)] {
        let engine = migrated(&rows);
        assert_clean(&on(&engine));
        assert_eq!(view(&on(&engine)), whole);
        let found: BTreeSet<u64> = packs(&engine).into_iter().map(|id| id >> 56).collect();
        assert!(found.contains(&0) && found.len() == kinds, "keys that the index does not name are fresh: {found:?}");
    }
}

#[test]
fn hosts_with_commas_and_moves_to_them_come_over() {
    let capture = |capture: NewCapture| Fact::Capture(Box::new(capture));
    let facts = [
        capture(seen("https://a,b.example/x", 1, "A comma")),
        capture(seen("https://b.a.example/x", 1, "No comma")),
        capture(saw("mover", 2, NewOutcome::Moved(key("https://a,b.example/x")))),
        capture(saw("mover", 2, NewOutcome::Moved(key("https://c.example/a,b")))),
        capture(saw("mover", 2, NewOutcome::Gone)),
    ];
    let archive = on(&migrated(&written(&facts)));
    assert_clean(&archive);
    let (new, _) = in_memory();
    tell(&new, &facts);
    assert_eq!(view(&archive), view(&new));
    assert_eq!(archive.captures(&key("mover")).unwrap().first().unwrap().captured_at, minute(2));
}

/// What the program of version 2 wrote.
fn version_2() -> [MemoryEngine; 2] {
    ["v2/golden.dump", "v2/bases.dump"].map(|name| load(&fs::read_to_string(file(name)).unwrap()))
}

#[test]
fn version_2_is_brought_over_by_its_version_alone() {
    for engine in version_2() {
        let before = engine.rows();
        let plan = migrate(Arc::new(engine.clone())).unwrap();
        assert_eq!((plan.from, plan.to, plan.captures), (2, 3, 0));
        assert_eq!(BTreeSet::from_iter(differing(&engine.rows(), &before)), [b"\x00format".to_vec()].into());
        let archive = on(&engine);
        assert_clean(&archive);
        let told = exported(&archive);
        archive.reindex(|_, _| {}).unwrap();
        assert_clean(&archive);
        assert_eq!(exported(&archive), told);
        assert!(migrate(Arc::new(engine.clone())).unwrap().is_empty());
    }
    let [golden, bases] = version_2();
    for engine in [&golden, &bases] {
        migrate(Arc::new(engine.clone())).unwrap();
    }
    assert_eq!(exported(&on(&golden)), fs::read_to_string(file("v1_to_v2/golden.jsonl")).unwrap());
    let (new, _) = in_memory();
    build(&new);
    assert_eq!(view(&on(&golden)), view(&new));
    assert_eq!(changes(&on(&golden), Cursor::START), changes(&new, Cursor::START));
    let present = on(&load(&fs::read_to_string(file("v3/bases.dump")).unwrap()));
    assert_eq!(view(&on(&bases)), view(&present));
}

#[test]
fn version_2_that_lost_power_or_was_stopped_is_as_it_was_or_as_it_will_be() {
    for engine in version_2() {
        let before = engine.rows();
        for fault in [Fault::From, Fault::After] {
            let stopped = MemoryEngine::from_rows(before.clone());
            let faulty = Arc::new(FaultEngine::new(Arc::new(stopped.clone())));
            faulty.arm(fault(0));
            let is_stopped = migrate(faulty).is_err();
            assert_eq!(is_stopped, matches!(fault(0), Fault::From(_)) || stopped.rows() != before);
            migrate(Arc::new(stopped.clone())).unwrap();
            assert_clean(&on(&stopped));
        }
        let power = Arc::new(PowerEngine::from_rows(before.clone()));
        migrate(Arc::clone(&power) as Arc<_>).unwrap();
        for crash in power.history() {
            assert!(differing(&crash.left.rows(), &before).iter().all(|row| row == b"\x00format"));
            migrate(Arc::new(crash.left.clone())).unwrap();
            assert_clean(&on(&crash.left));
        }
    }
}

#[test]
fn an_archive_from_version_2_takes_pages_dates_and_decisions() {
    let [engine, _] = version_2();
    migrate(Arc::new(engine.clone())).unwrap();
    let (archive, url) = (on(&engine), "https://news.example/bridge");
    let capture = from("reader 1", seen(url, 99, "It is closed again"));
    let aliases = vec![key("https://amp.news.example/bridge"), key("https://m.news.example/bridge")];
    add(&archive, [NewCapture { aliases, raw: Some(page(url, "It is closed again")), ..capture }]);
    archive.split_story(&key("wire-7"), None, minute(200), morgue::Durability::Synced).unwrap();
    assert_clean(&archive);
    let facts = archive.aliases(&key(url)).unwrap();
    assert_eq!(facts.iter().map(|fact| fact.dates.since).collect::<Vec<_>>(), [Some(minute(99)); 2]);
    assert_eq!(archive.captures(&key("wire-7")).unwrap().len(), 1);
    let before = exported(&archive);
    archive.seal().unwrap();
    archive.reindex(|_, _| {}).unwrap();
    assert_clean(&archive);
    assert_eq!(exported(&archive), before);
}
