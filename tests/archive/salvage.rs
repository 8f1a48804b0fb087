//! What is saved of a damaged archive on disk, and what is said of the rest. All the news is invented.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use morgue::engine::{Commit, Durability, Engine, Order, Row, SledEngine, SledOptions, prefix_range};
use morgue::{Archive, Article, Error, NewCapture, NewOutcome, OpenOptions, SalvageReport, StoryKey};

use crate::support::{assert_clean, exported, key, minute, saw, seen, version_of, view};

struct Desk {
    dir: tempfile::TempDir,
}

impl Desk {
    fn new() -> Self {
        morgue::engine::quiet_panics();
        Self { dir: tempfile::tempdir().unwrap() }
    }

    fn hurt(&self) -> PathBuf {
        self.dir.path().join("hurt")
    }

    fn log(&self) -> PathBuf {
        self.hurt().join("sled/db")
    }

    /// Salvages into a new directory; holds that nothing was written to the old one.
    fn salvage(&self, name: &str) -> (Archive, SalvageReport) {
        let before = files(&self.hurt());
        let to = self.dir.path().join(name);
        let report = Archive::salvage(self.hurt(), &to, &OpenOptions::default(), |_| {}).unwrap();
        assert!(files(&self.hurt()) == before, "nothing is written to what is salvaged");
        let saved = Archive::open(&to, &OpenOptions { create: false, ..OpenOptions::default() }).unwrap();
        assert_clean(&saved);
        assert!(!to.join("salvage").exists(), "the copy is gone");
        (saved, report)
    }

    fn rows(&self, keyspace: u8) -> Vec<Row> {
        let engine = SledEngine::open(self.hurt(), &SledOptions::default()).unwrap();
        engine.scan(prefix_range(&[keyspace]), Order::Ascending).map(Result::unwrap).collect()
    }

    fn write(&self, writes: Vec<(Vec<u8>, Option<Vec<u8>>)>) {
        let engine = SledEngine::open(self.hurt(), &SledOptions::default()).unwrap();
        engine.commit(&Commit { writes, ..Commit::default() }, Durability::Synced).unwrap();
    }
}

fn files(directory: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut all = BTreeMap::new();
    for entry in fs::read_dir(directory).unwrap().map(Result::unwrap) {
        let path = entry.path();
        if path.is_dir() { all.extend(files(&path)) } else { drop(all.insert(path.clone(), fs::read(path).unwrap())) }
    }
    all
}

/// Words without an end, other ones for each seed (a linear congruential generator, Knuth's constants).
struct Words(u64);

impl Words {
    fn next(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % below
    }

    fn text(&mut self, words: usize) -> String {
        let syllables = ["ba", "ri", "to", "mel", "sun", "ka", "dor", "pen", "li", "gu", "vas", "ne"];
        let mut word = || (0..1 + self.next(4)).map(|_| syllables[self.next(12) as usize]).collect::<String>();
        let words: Vec<String> = (0..words).map(|_| word()).collect();
        words.join(" ")
    }
}

/// Some stories of several captures each, archived one by one and in batches; two of them are one by an alias fact.
fn make(desk: &Desk) -> Archive {
    let archive = Archive::open(desk.hurt(), &OpenOptions::default()).unwrap();
    let mut words = Words(7);
    let mut captures = Vec::new();
    for round in 0..6 {
        for story in 0..30 {
            let at = minute(round * 60 + story);
            let name = key(&format!("https://news{}.example/story-{story}", story % 4));
            captures.push(match (round, story % 7) {
                (3, 1) => NewCapture::new(name, at, NewOutcome::Gone),
                (4, 2) => NewCapture::new(name, at, NewOutcome::NotModified),
                (2, 3) => NewCapture::new(name, at, NewOutcome::Teaser(Article::new("Sign in to read"))),
                // The text of the round before is seen again.
                (5, _) => NewCapture::article(name, at, text_of(4, story)),
                _ => NewCapture::article(name, at, text_of(round, story)),
            });
        }
    }
    let (first, rest) = captures.split_at(40);
    for capture in first.iter().cloned() {
        archive.ingest(capture, Durability::Buffered).unwrap();
    }
    for batch in rest.chunks(20) {
        archive.ingest_many(batch.to_vec(), &morgue::IngestOptions::default(), |_| {}).unwrap();
    }
    archive.add_alias(&key("wire-9"), &key("https://news1.example/story-9"), Durability::Synced).unwrap();
    archive.ingest(seen("wire-9", 900, &words.text(30)), Durability::Synced).unwrap();
    archive
}

fn text_of(round: i64, story: i64) -> Article {
    let mut words = Words((round * 1_000 + story) as u64);
    Article::new(words.text(6)).with_text(&words.text(250 + (story as usize * 37) % 400))
}

/// The facts of an archive, a line each.
fn facts(archive: &Archive) -> BTreeSet<String> {
    exported(archive).lines().map(str::to_owned).collect()
}

/// Nothing is invented, and as many captures are said to be lost as are missing.
fn assert_honest(whole: &BTreeSet<String>, saved: &Archive, report: &SalvageReport, about: &str) -> usize {
    let saved = facts(saved);
    let invented: Vec<&String> = saved.difference(whole).collect();
    assert!(invented.is_empty(), "{about}: {invented:?}");
    let is_capture = |line: &&String| !line.contains("\"alias\"");
    let missing = whole.difference(&saved).filter(is_capture).count();
    let lost: u64 = report.lost.iter().map(|lost| lost.captures).sum();
    assert_eq!(lost, missing as u64, "{about}: {:#?}", report.lost);
    // An alias fact stands beside the row of the index that tells of it: what is more than one bit can hit both.
    let aliases = whole.difference(&saved).count() - missing;
    let is_told = !about.contains("one bit") || report.lost.iter().any(|lost| lost.captures == 0);
    assert!(aliases == 0 || is_told, "{about}: an alias is missed");
    missing
}

#[test]
fn a_whole_archive_is_saved_whole() {
    let desk = Desk::new();
    let archive = make(&desk);
    let expected = view(&archive);
    drop(archive);
    let (saved, report) = desk.salvage("saved");
    assert_eq!(view(&saved), expected);
    assert_eq!((report.lost, report.packs_lost, report.carved), (vec![], 0, false));
    assert_eq!(report.captures, 181);
}

#[test]
fn an_archive_of_which_only_the_log_is_left_is_saved_from_its_bytes() {
    let desk = Desk::new();
    let archive = make(&desk);
    let expected = view(&archive);
    drop(archive);
    // Every segment's header and the file of settings: sled finds nothing any more.
    let mut log = fs::read(desk.log()).unwrap();
    log.chunks_mut(8 << 20).for_each(|segment| segment[..20].fill(0xff));
    fs::write(desk.log(), log).unwrap();
    fs::write(desk.hurt().join("sled/conf"), "gone").unwrap();
    fs::remove_file(desk.hurt().join("MORGUE")).unwrap();
    let (saved, report) = desk.salvage("saved");
    assert!(report.carved);
    assert_eq!(report.lost, []);
    assert_eq!(view(&saved), expected);
}

#[test]
fn packs_that_are_gone_are_named_by_story_and_the_others_are_saved() {
    let desk = Desk::new();
    let archive = make(&desk);
    let whole = facts(&archive);
    drop(archive);
    // Only once sled has written its pages anew would the bytes of the rows be gone as well, so the new archive may have all.
    let packs = desk.rows(5);
    desk.write(packs.iter().step_by(9).map(|(key, _)| (key.clone(), None)).collect());
    let (saved, report) = desk.salvage("saved");
    assert!(report.carved);
    assert_honest(&whole, &saved, &report, "deleted rows");
}

/// Rows are overwritten in the log itself, wherever they stand in it.
fn overwrite(desk: &Desk, value: &[u8], change: impl Fn(&mut [u8])) {
    let mut log = fs::read(desk.log()).unwrap();
    let mut places = Vec::new();
    let head = &value[..24];
    for at in 0..log.len() - value.len() {
        if log[at..].starts_with(head) && log[at..].starts_with(value) {
            places.push(at);
        }
    }
    assert!(!places.is_empty());
    for at in places {
        change(&mut log[at..at + value.len()]);
    }
    fs::write(desk.log(), log).unwrap();
}

#[test]
fn a_pack_whose_bytes_are_zeros_is_lost_and_its_stories_are_named() {
    let desk = Desk::new();
    let archive = make(&desk);
    let whole = facts(&archive);
    drop(archive);
    let packs = desk.rows(5);
    // The first capture of the first story is a pack of its own.
    let (_, first) = &packs[0];
    overwrite(&desk, first, |bytes| bytes.fill(0));
    let (saved, report) = desk.salvage("saved");
    assert!(report.carved);
    assert_eq!(assert_honest(&whole, &saved, &report, "zeros"), 1);
    let lost = &report.lost[0];
    assert_eq!(lost.story, Some(key("https://news0.example/story-0")));
    assert!(lost.what.starts_with("1 capture of 6, which were from 2026-"), "{lost}");
}

#[test]
fn a_pack_with_a_flipped_bit_names_the_captures_that_were_in_it_with_time_and_revision() {
    let desk = Desk::new();
    let archive = make(&desk);
    let whole = facts(&archive);
    let story = key("https://news0.example/story-0");
    let first = archive.captures(&story).unwrap()[0].captured_at;
    drop(archive);
    let packs = desk.rows(5);
    // In the texts, which come last.
    overwrite(&desk, &packs[0].1, |bytes| bytes[bytes.len() - 30] ^= 4);
    let (saved, report) = desk.salvage("saved");
    assert_eq!(assert_honest(&whole, &saved, &report, "a flipped bit"), 1);
    let lost = &report.lost[0];
    assert_eq!((lost.story.as_ref(), lost.captured_at, lost.revision), (Some(&story), Some(first), Some(1)));
    assert_eq!(report.packs_lost, 1);
}

#[test]
fn a_capture_whose_text_was_in_a_lost_pack_is_named_with_its_time() {
    let desk = Desk::new();
    let archive = Archive::open(desk.hurt(), &OpenOptions::default()).unwrap();
    for capture in [seen("a", 0, "One"), seen("a", 1, "Two"), seen("a", 2, "Two"), saw("a", 3, NewOutcome::Gone)] {
        archive.ingest(capture, Durability::Synced).unwrap();
    }
    let whole = facts(&archive);
    drop(archive);
    let packs = desk.rows(5);
    overwrite(&desk, &packs[1].1, |bytes| bytes.fill(0));
    let (saved, report) = desk.salvage("saved");
    assert_eq!(assert_honest(&whole, &saved, &report, "a text"), 2);
    let said: Vec<String> = report.lost.iter().map(ToString::to_string).collect();
    assert_eq!(report.lost[1].captured_at, Some(minute(2)), "{said:?}");
    assert!(said[1].contains("its text is lost"), "{said:?}");
    assert_eq!(report.lost[0].captures, 1, "{said:?}");
}

/// Two stories in some versions, one capture a pack: the later ones hang on the first.
fn versions(desk: &Desk) -> BTreeSet<String> {
    let archive = Archive::open(desk.hurt(), &OpenOptions::default()).unwrap();
    for version in 0..4 {
        for story in ["bridge", "ferry"] {
            archive.ingest(version_of(story, version), Durability::Synced).unwrap();
        }
    }
    facts(&archive)
}

#[test]
fn versions_that_hang_on_a_text_that_can_be_read_are_saved() {
    let desk = Desk::new();
    let whole = versions(&desk);
    let packs = desk.rows(5);
    // One that nothing hangs on.
    overwrite(&desk, &packs[2].1, |bytes| bytes.fill(0));
    let (saved, report) = desk.salvage("saved");
    assert!(report.carved);
    assert_eq!(assert_honest(&whole, &saved, &report, "zeros"), 1);
}

#[test]
fn versions_whose_base_is_lost_are_named_each_with_its_time() {
    let desk = Desk::new();
    let whole = versions(&desk);
    let packs = desk.rows(5);
    overwrite(&desk, &packs[0].1, |bytes| bytes.fill(0));
    let (saved, report) = desk.salvage("saved");
    assert_eq!(assert_honest(&whole, &saved, &report, "zeros"), 4);
    let times: BTreeSet<_> = report.lost.iter().map(|lost| lost.captured_at).collect();
    assert!((1..4).all(|version| times.contains(&Some(minute(version * 60)))), "{:#?}", report.lost);
    assert!(report.lost.iter().any(|lost| lost.to_string().contains("the text it hangs on")), "{:#?}", report.lost);
}

#[test]
fn whatever_is_hit_the_rest_is_saved_and_nothing_is_invented() {
    let desk = Desk::new();
    let archive = make(&desk);
    let whole = facts(&archive);
    drop(archive);
    let log = fs::read(desk.log()).unwrap();
    let used = log.iter().rposition(|byte| *byte != 0).unwrap() as u64;
    let mut dice = Words(99);
    let mut losses = 0;
    for trial in 0..24 {
        let mut hurt = log.clone();
        let kind = ["one bit", "many bits", "zeros", "cut off"][trial % 4];
        match kind {
            "one bit" => hurt[dice.next(used) as usize] ^= 1 << dice.next(8),
            "many bits" => (0..40).for_each(|_| hurt[dice.next(used) as usize] ^= 1 << dice.next(8)),
            "zeros" => {
                let at = dice.next(used) as usize;
                hurt.iter_mut().skip(at).take(8192).for_each(|byte| *byte = 0);
            }
            _ => hurt.truncate(dice.next(used) as usize),
        }
        fs::write(desk.log(), hurt).unwrap();
        let (saved, report) = desk.salvage(&format!("saved{trial}"));
        let missing = assert_honest(&whole, &saved, &report, &format!("trial {trial}, {kind}"));
        losses += usize::from(missing > 0);
        let is_small = kind == "one bit" || kind == "zeros";
        // Some packs of twenty captures each, and those that saw a text of theirs again.
        assert!(!is_small || missing * 2 < whole.len(), "trial {trial}, {kind}: {missing} captures are missing");
    }
    assert!(losses > 5, "only {losses} trials lost anything");
}

#[test]
fn damage_to_derived_data_alone_loses_nothing() {
    let desk = Desk::new();
    let archive = make(&desk);
    let expected = view(&archive);
    drop(archive);
    for keyspace in [0x85, 0x87] {
        let rows = desk.rows(keyspace);
        desk.write(rows.into_iter().step_by(2).map(|(key, value)| (key, Some(value[1..].to_vec()))).collect());
    }
    let (saved, report) = desk.salvage("saved");
    assert_eq!(report.lost, []);
    assert_eq!(view(&saved), expected);
}

#[test]
fn the_target_must_be_empty_and_the_source_an_archive_that_nobody_has_open() {
    let desk = Desk::new();
    let archive = make(&desk);
    let to = desk.dir.path().join("to");
    let salvage = |from: &Path, to: &Path| Archive::salvage(from, to, &OpenOptions::default(), |_| {}).unwrap_err();
    assert!(matches!(salvage(&desk.hurt(), &to), Error::Engine(morgue::engine::Error::InUse { .. })));
    assert!(!to.exists());
    drop(archive);
    fs::create_dir(&to).unwrap();
    fs::write(to.join("thesis.txt"), "mine").unwrap();
    assert!(matches!(salvage(&desk.hurt(), &to), Error::NotEmpty { .. }));
    let nothing = desk.dir.path().join("nothing");
    assert!(matches!(salvage(&nothing, &desk.dir.path().join("other")), Error::NoArchive { .. }));
    assert!(!nothing.exists());
}

#[test]
fn an_older_format_is_to_be_migrated_first() {
    let desk = Desk::new();
    drop(Archive::open(desk.hurt(), &OpenOptions::default()).unwrap());
    desk.write(vec![(b"\x00format".to_vec(), Some(format_row(1)))]);
    let to = desk.dir.path().join("to");
    let refused = Archive::salvage(desk.hurt(), &to, &OpenOptions::default(), |_| {});
    assert!(matches!(refused, Err(Error::Older { found: 1 })), "{refused:?}");
    assert_eq!(fs::read_dir(&to).unwrap().count(), 0, "nothing is left behind");
}

fn format_row(version: u8) -> Vec<u8> {
    let key = b"\x00format";
    let mut record = vec![1, version];
    let mut hasher = blake3::Hasher::new();
    hasher.update(&(key.len() as u64).to_le_bytes()).update(key).update(&record);
    record.extend(&hasher.finalize().as_bytes()[..8]);
    record
}

#[test]
fn alias_facts_that_are_lost_are_named() {
    let desk = Desk::new();
    let archive = Archive::open(desk.hurt(), &OpenOptions::default()).unwrap();
    archive.ingest(seen("a", 0, "One"), Durability::Synced).unwrap();
    archive.add_alias(&key("b"), &key("a"), Durability::Synced).unwrap();
    drop(archive);
    let packs = desk.rows(5);
    overwrite(&desk, &packs[1].1, |bytes| bytes.fill(0));
    let (_, report) = desk.salvage("saved");
    let [lost] = report.lost.as_slice() else { panic!("{:?}", report.lost) };
    assert!(lost.what.contains('b') && lost.captures == 0, "{lost}");
    assert_eq!(lost.story, Some(StoryKey::Id("a".into())));
}
