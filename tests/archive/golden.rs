//! The golden dump of the present format, held both ways: what is written today is what was written then, and what was written then
//! reads as it read then. What earlier versions wrote of the same facts, and what becomes of it, is held by `migrate.rs`.
//!
//! `MORGUE_BLESS=1` writes the dump anew: only before a format is released, and for a new zstd. A new zstd may make other frames
//! of the same bytes. Then the old dump must still load, and both are kept: the old one under another name, with a test that
//! loads it. What the archive exports has not changed since version 1 and never does.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use morgue::engine::MemoryEngine;
use morgue::{Archive, Durability, IngestOptions, NewCapture, NewOutcome, Observation, RawPage};

use crate::support::{add, article, assert_clean, exported, from, in_memory, key, minute, on, saw, seen};

const HEADER: &str = "\
# An archive of format version 3, row by row: key, space, value, both in hexadecimal.
# Made by tests/archive/golden.rs; see README.md.
";

pub fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations").join(name)
}

/// Everything that version 1 knew: every kind of outcome, told in this order.
pub fn build(archive: &Archive) {
    let bridge = "https://news.example/bridge";
    let observed = Observation {
        published_at: Some(minute(-90)),
        modified_at: Some(minute(-30)),
        lang: Some("en-GB".into()),
        section: Some("Region".into()),
        source: Some("reader 1".into()),
        status: Some(200),
    };
    let mut first = seen(bridge, 0, "The bridge is closed");
    first.observation = observed;
    // One by one: each text is packed against the next.
    add(archive, [first]);
    archive.add_alias(&key("https://amp.news.example/bridge"), &key(bridge), Durability::Synced).unwrap();
    add(
        archive,
        ["\u{201c}It is closed\u{201d}", "\"It is closed\"", "It is open"]
            .into_iter()
            .zip(1..)
            .map(|(text, at)| from("reader 1", seen(bridge, at, text))),
    );
    // Together: a text seen again, a teaser, and whatever else can happen. At most one new story a batch, as several are numbered
    // in any order.
    let many = [
        from("reader 1", saw(bridge, 5, NewOutcome::Teaser(article("Sign in to read on")))),
        from("reader 1", seen(bridge, 6, "\"It is closed\"")),
        saw(bridge, 7, NewOutcome::NotModified),
        saw(bridge, 8, NewOutcome::Gone),
        saw(bridge, 9, NewOutcome::Moved(key("wire-7"))),
        saw("wire-7", 10, NewOutcome::Unreachable("status 503".into())),
        from("reader 2", seen("https://amp.news.example/bridge", 11, "Bridge: open again")),
    ];
    // In two imports: one would plan what is new to a batch before what goes on in it.
    let (one, other) = many.split_at(4);
    for batch in [one, other] {
        archive.ingest_many(batch.to_vec(), &IngestOptions::default(), |_| {}).unwrap();
    }
    archive.add_alias(&key("wire-7"), &key(bridge), Durability::Synced).unwrap();
    add(
        archive,
        [
            seen("caf\u{e9} \u{2603}", -1, "The caf\u{e9} \u{2013} \u{fb01}nally"),
            NewCapture::article(key("empty"), "0000-01-01".parse().unwrap(), morgue::Article::default()),
            NewCapture::new(key("empty"), "9999-12-31T23:59:59.999999Z".parse().unwrap(), NewOutcome::Gone),
        ],
    );
    // Late: before everything else of its story.
    add(archive, [from("reader 1", seen(bridge, -7, "A crack in the bridge"))]);
    add(archive, (0..40).map(|day| seen("weather", day * 1440, &format!("Day {day}: rain, {} mm", day * 7 % 11))));
    archive.flush().unwrap();
}

/// A page of a few thousand bytes, most of which zstd cannot make smaller.
pub fn page(url: &str, headline: &str) -> RawPage {
    let noise = (0..2_500_u32).map(|n| format!("{:x}", n.wrapping_mul(2_654_435_761))).collect::<String>();
    let html = format!("<!doctype html><title>{headline}</title><script>\"{noise}\"</script><h1>{headline}</h1>");
    RawPage {
        content_type: Some("text/html; charset=utf-8".into()),
        etag: Some(format!("\"{headline}\"")),
        last_modified: Some("Sun, 01 Mar 2026 07:00:00 GMT".into()),
        ..RawPage::new(url, html.into_bytes())
    }
}

/// What came with version 3: aliases with dates, decisions, pages.
fn build_more(archive: &Archive) {
    let url = "https://news.example/ferry";
    let on_page = |at: i64, headline: &str| {
        let raw = Some(page(url, headline));
        NewCapture { raw, ..from("reader 1", seen(url, at, headline)) }
    };
    let mut first = on_page(100, "The ferry is late");
    first.aliases = vec![key("https://m.news.example/ferry"), key("news.example#2041")];
    add(archive, [first, on_page(101, "The ferry is very late")]);
    add(archive, [on_page(102, "The ferry is cancelled")]);
    // A page that came to a capture which was there already, and bytes that are no text.
    let late = from("reader 1", seen(url, 103, "The ferry sails"));
    add(archive, [late.clone()]);
    add(archive, [NewCapture { raw: Some(RawPage::new(url, vec![0xff, 0xfe, 0x00])), ..late }]);
    add(
        archive,
        [seen("https://news.example/harbour", 104, "The harbour"), seen("wire-9", 105, "The harbour, by wire")],
    );
    archive
        .merge_stories(&key("wire-9"), &key("https://news.example/harbour"), minute(200), Durability::Synced)
        .unwrap();
    archive.split_story(&key("news.example#2041"), None, minute(201), Durability::Synced).unwrap();
    archive.flush().unwrap();
}

pub fn dump(engine: &MemoryEngine, header: &str) -> String {
    let hex = |bytes: &[u8]| {
        bytes.iter().fold(String::new(), |mut text, byte| {
            write!(text, "{byte:02x}").unwrap();
            text
        })
    };
    let rows = engine.rows();
    rows.iter().fold(header.to_owned(), |text, (key, value)| format!("{text}{} {}\n", hex(key), hex(value)))
}

pub fn load(text: &str) -> MemoryEngine {
    let bytes = |hex: &str| {
        let digits = hex.as_bytes().chunks(2);
        digits.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect::<Vec<u8>>()
    };
    let rows = text.lines().filter(|line| !line.starts_with('#')).map(|line| line.split_once(' ').unwrap());
    MemoryEngine::from_rows(rows.map(|(key, value)| (bytes(key), bytes(value))))
}

pub fn golden(name: &str, now: &str) -> String {
    if std::env::var_os("MORGUE_BLESS").is_some() {
        fs::write(file(name), now).unwrap();
    }
    fs::read_to_string(file(name)).unwrap()
}

#[test]
fn what_is_written_today_is_what_was_written_then() {
    let (archive, engine) = in_memory();
    build(&archive);
    build_more(&archive);
    assert_clean(&archive);
    let now = dump(&engine, HEADER);
    assert_same_rows(&now, &golden("v3/golden.dump", &now));
    let exported = exported(&archive);
    assert_eq!(exported, golden("v3/golden.jsonl", &exported));
}

pub fn assert_same_rows(now: &str, then: &str) {
    for (row, (now, then)) in now.lines().zip(then.lines()).enumerate() {
        assert_eq!(now, then, "line {}", row + 1);
    }
    assert_eq!(now.lines().count(), then.lines().count());
}

#[test]
fn what_was_written_then_reads_as_it_read_then() {
    let engine = load(&fs::read_to_string(file("v3/golden.dump")).unwrap());
    let archive = on(&engine);
    assert_clean(&archive);
    assert_eq!(exported(&archive), fs::read_to_string(file("v3/golden.jsonl")).unwrap());
    let before = engine.rows();
    archive.reindex(|_, _| {}).unwrap();
    assert_clean(&archive);
    // A commit makes a row of the feed, and a rebuild larger ones.
    let without_feed =
        |rows: Vec<(Vec<u8>, Vec<u8>)>| rows.into_iter().filter(|(key, _)| key[0] != 0x87).collect::<Vec<_>>();
    assert_eq!(without_feed(engine.rows()), without_feed(before));
}

/// Earlier programs compressed more, and put the older texts of a story into a frame of their own, however short they were.
#[test]
fn what_was_written_into_other_frames_reads_the_same() {
    for then in ["v3/golden.level-3.dump", "v3/golden.frames-apart.dump"] {
        let archive = on(&load(&fs::read_to_string(file(then)).unwrap()));
        assert_clean(&archive);
        assert_eq!(exported(&archive), fs::read_to_string(file("v3/golden.jsonl")).unwrap());
    }
}

#[test]
fn the_dump_has_every_keyspace_and_every_outcome() {
    let engine = load(&fs::read_to_string(file("v3/golden.dump")).unwrap());
    let mut spaces: Vec<u8> = engine.rows().iter().map(|(key, _)| key[0]).collect();
    spaces.dedup();
    assert_eq!(spaces, [0x00, 0x05, 0x06, 0x85, 0x87]);
    let export = fs::read_to_string(file("v3/golden.jsonl")).unwrap();
    for field in ["since", "merged_at", "split_at", "html", "html_base64"] {
        assert!(export.contains(&format!("\"{field}\":")), "{field}");
    }
    for outcome in ["not-modified", "teaser", "gone", "moved", "unreachable"] {
        assert!(export.contains(&format!(r#""outcome":"{outcome}""#)), "{outcome}");
    }
}
