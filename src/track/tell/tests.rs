//! Stopped at every step, and begun again.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::keep::Keep;
use super::step::Mode;
use super::*;
use crate::archive::{Archive, Error};
use crate::engine::Durability;
use crate::fetch::Clock;
use crate::model::{Article, NewCapture, StoryKey, Timestamp};

/// An archive that takes so many commits of states, and then no more: as if the process had been killed.
struct Mortal<'a> {
    archive: &'a Archive,
    left: AtomicUsize,
}

impl Keep for Mortal<'_> {
    fn get(&self, part: &str, name: &str) -> Result<Option<Vec<u8>>, Error> {
        self.archive.state(part, name)
    }

    fn all(&self, part: &str) -> Result<Vec<(String, Vec<u8>)>, Error> {
        self.archive.states(part)
    }

    fn set(&self, part: &str, changes: &[(&str, Option<&[u8]>)], durability: Durability) -> Result<(), Error> {
        let left = self.left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
        left.map_err(|_| Error::ReadOnly)?;
        self.archive.set_states(part, changes, durability)
    }
}

#[derive(Debug)]
struct At(i64);

impl Clock for At {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(1_772_323_200_000_000 + self.0 * 60_000_000).unwrap()
    }

    fn sleep(&self, _: std::time::Duration) {}
}

fn edits(from: i64, to: i64) -> Archive {
    let archive = Archive::in_memory();
    add(&archive, from, to);
    archive
}

fn add(archive: &Archive, from: i64, to: i64) {
    for number in from..=to {
        let article = Article::new("Bridge").with_text(&format!("At least {} people died.", number + 16));
        let key = StoryKey::url("https://news.example/bridge").unwrap();
        archive.ingest(NewCapture::article(key, At(number).now(), article), Durability::Buffered).unwrap();
    }
}

fn teller(config: &str) -> Teller {
    Teller::new(&Config::parse(config).unwrap().tell, &|_| None).unwrap()
}

fn log(dir: &Path) -> Vec<String> {
    fs::read_to_string(dir.join("log")).unwrap_or_default().lines().map(str::to_owned).collect()
}

/// Runs until the death of the archive after `left` commits, then as it ought to be.
fn killed_after(left: usize, teller: &Teller, archive: &Archive, minute: i64) -> bool {
    let mortal = Mortal { archive, left: AtomicUsize::new(left) };
    let result = teller.run(archive, &mortal, &At(minute), &|_| Vec::new(), Mode::Tell);
    teller.tell(archive, &At(minute), &|_| Vec::new()).unwrap();
    result.is_err()
}

#[test]
fn killed_at_any_moment_at_most_one_change_is_told_again_under_its_own_id_and_none_is_lost() {
    let mut deaths = 0;
    for left in 0..20 {
        let archive = edits(1, 6);
        let dir = tempfile::tempdir().unwrap();
        let shell = format!("echo \"$MORGUE_DELIVERY $MORGUE_SUMMARY\" >> {}/log", dir.path().display());
        let config = format!("[[tell]]\nname = \"desk\"\nkind = \"command\"\nfrom = \"start\"\nshell = '{shell}'\n");
        let was_killed = killed_after(left, &teller(&config), &archive, 100);
        let log = log(dir.path());
        let mut distinct = log.clone();
        distinct.dedup();
        let told: Vec<&str> = distinct.iter().map(|line| line.split_once(' ').unwrap().1).collect();
        let expected: Vec<String> =
            (17..22).map(|number| format!("{number} -> {} people; no notice", number + 1)).collect();
        assert_eq!(told, expected, "after {left} commits");
        assert_eq!(distinct.iter().collect::<BTreeSet<_>>().len(), 5);
        // The first commit says where the target begins: before it, nothing is told.
        let again = usize::from(was_killed && left > 0 && left <= 5);
        assert_eq!(log.len(), 5 + again, "after {left} commits: {log:?}");
        deaths += usize::from(was_killed);
    }
    assert!((6..20).contains(&deaths), "{deaths}");
}

#[test]
fn killed_at_any_moment_a_digest_is_told_with_the_same_and_nothing_twice_in_two() {
    for left in 0..8 {
        let archive = edits(1, 2);
        let dir = tempfile::tempdir().unwrap();
        let shell = format!("echo \"$MORGUE_DELIVERY $MORGUE_COUNT\" >> {}/log", dir.path().display());
        let config = format!("[[tell]]\nname = \"desk\"\nkind = \"command\"\nevery = \"1h\"\nshell = '{shell}'\n");
        let teller = teller(&config);
        teller.tell(&archive, &At(100), &|_| Vec::new()).unwrap();
        add(&archive, 3, 5);
        let mortal = Mortal { archive: &archive, left: AtomicUsize::new(left) };
        let was_killed = teller.run(&archive, &mortal, &At(160), &|_| Vec::new(), Mode::Tell).is_err();
        // While it was dead, more came.
        add(&archive, 6, 6);
        teller.tell(&archive, &At(170), &|_| Vec::new()).unwrap();
        teller.tell(&archive, &At(300), &|_| Vec::new()).unwrap();
        let mut log = log(dir.path());
        let again = log.len();
        log.dedup();
        let counts: Vec<&str> = log.iter().map(|line| line.split_once(' ').unwrap().1).collect();
        // Without a word of it in the archive, the digest had not begun.
        let expected: &[&str] = if left == 0 { &["4"] } else { &["3", "1"] };
        assert_eq!(counts, expected, "after {left} commits");
        assert_eq!(again - log.len(), usize::from(was_killed && left == 1), "after {left} commits");
    }
}

#[test]
fn killed_at_any_moment_a_feed_has_every_entry_once() {
    let mut deaths = 0;
    for left in 0..16 {
        let archive = edits(1, 6);
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("feed");
        let config = format!(
            "[[tell]]\nname = \"feed\"\nkind = \"json-feed\"\nfrom = \"start\"\nentries = 3\nfile = {:?}\n",
            file.to_str().unwrap()
        );
        deaths += usize::from(killed_after(left, &teller(&config), &archive, 100));
        let feed: serde_json::Value = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
        let titles: Vec<&str> =
            feed["items"].as_array().unwrap().iter().map(|item| item["title"].as_str().unwrap()).collect();
        let expected =
            ["21 -> 22", "20 -> 21", "19 -> 20"].map(|numbers| format!("Bridge: {numbers} people; no notice"));
        assert_eq!(titles, expected, "after {left} commits");
        let kept = archive.states("tell/feed").unwrap();
        assert_eq!(kept.len(), 4, "no more is kept than is shown");
    }
    assert!((6..16).contains(&deaths), "{deaths}");
}

#[test]
fn what_the_archive_keeps_of_a_target_and_cannot_be_read_concerns_no_other() {
    let archive = edits(1, 2);
    archive.set_states("tell/bad", &[("progress", Some(b"{"))], Durability::Buffered).unwrap();
    let of =
        |name| format!("[[tell]]\nname = \"{name}\"\nkind = \"command\"\nfrom = \"start\"\ncommand = [\"true\"]\n");
    let report = teller(&format!("{}{}", of("bad"), of("good"))).tell(&archive, &At(100), &|_| Vec::new()).unwrap();
    let held = report.targets[0].held.as_ref().unwrap();
    assert!(held.reason.starts_with("how far it was told cannot be read"), "{}", held.reason);
    assert_eq!(report.targets[1].told.len(), 1);
}

#[test]
fn fields_of_a_later_program_are_no_fault() {
    let archive = edits(1, 2);
    let kept = br#"{"cursor":"0","created":"2026-03-01T00:00:00Z","of_a_later_program":{"x":1}}"#;
    archive.set_states("tell/desk", &[("progress", Some(kept))], Durability::Buffered).unwrap();
    let config = "[[tell]]\nname = \"desk\"\nkind = \"command\"\ncommand = [\"true\"]\n";
    assert_eq!(teller(config).tell(&archive, &At(100), &|_| Vec::new()).unwrap().targets[0].told.len(), 1);
}
