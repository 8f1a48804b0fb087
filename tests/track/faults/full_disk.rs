//! A disk that is full while it follows and tells. The full disk is a limit on the size of files.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Arc;
use std::thread::sleep;
use std::time::Duration;

use morgue::fetch::Clock;

use crate::press::Paper;
use crate::support::{SimulatedClock, ends_with, rows, run};
use crate::tell::support::script;

/// Runs the command where no file may have more than so many blocks of 512 bytes.
fn limited(blocks: u32, archive: &Path, args: &[&str]) -> Output {
    let mut limited = Command::new("sh");
    limited.args(["-c", r#"trap "" XFSZ; ulimit -f "$0"; exec "$@""#, &blocks.to_string()]);
    limited.arg(env!("CARGO_BIN_EXE_morgue")).arg("--archive").arg(archive).args(args);
    limited.env_clear().env("LC_ALL", "C.UTF-8").output().unwrap()
}

const FOLLOW: [&str; 5] = ["track", "run", "--once", "--delay", "0"];

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A paper that is followed, with two targets that are told of each new story.
struct Followed {
    paper: Paper,
    directory: tempfile::TempDir,
}

impl Followed {
    fn new() -> Self {
        let clock: Arc<dyn Clock> = Arc::new(SimulatedClock::at("2026-03-01T00:00:00Z"));
        let paper = Paper::at_hand(20, &[], &clock, |_, _| {
            // So that some is told while the rest is visited.
            sleep(Duration::from_millis(40));
            None
        });
        let directory = tempfile::tempdir().unwrap();
        let followed = Self { paper, directory };
        let (program, log, feed) = (followed.path("notify"), followed.path("log"), followed.path("feed.json"));
        script(&program, &format!("echo \"$MORGUE_ID $MORGUE_STORY $MORGUE_CAPTURED_AT\" >> {}", log.display()));
        let url = followed.paper.feed();
        let list = format!(
            "[[source]]\nurl = {url:?}\nallow_private = true\n\
             [[tell]]\nname = \"run\"\nkind = \"command\"\ncommand = [{program:?}]\nwhen = \"first\"\n\
             [[tell]]\nname = \"feed\"\nkind = \"json-feed\"\nfile = {feed:?}\nwhen = \"first\"\n"
        );
        fs::create_dir(followed.archive()).unwrap();
        fs::write(followed.list(), list).unwrap();
        followed
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn archive(&self) -> PathBuf {
        self.path("news")
    }

    fn list(&self) -> PathBuf {
        self.archive().join("track.toml")
    }

    fn log(&self) -> Vec<String> {
        let log = fs::read_to_string(self.path("log")).unwrap_or_default();
        log.lines().map(str::to_owned).collect()
    }

    fn told(&self) -> Vec<String> {
        self.log().iter().map(|line| line.split(' ').next().unwrap().to_owned()).collect()
    }

    /// The ids of the feed, the oldest first.
    fn feed(&self) -> Vec<String> {
        let Ok(bytes) = fs::read(self.path("feed.json")) else { return Vec::new() };
        let feed: serde_json::Value = serde_json::from_slice(&bytes).expect("a feed is never there in part");
        feed["items"].as_array().unwrap().iter().rev().map(|item| item["id"].as_str().unwrap().to_owned()).collect()
    }

    /// Each story was told once, in order, to both; one of them again at most so often, as the note that it was told found no room.
    fn all_is_told(&self, stories: usize, again: usize) {
        assert_eq!(rows(&self.archive(), &["changes", "--kind", "first"]).len(), stories);
        let mut told = self.told();
        assert!(told.len() <= stories + again, "{told:?}");
        told.dedup();
        let once: BTreeSet<&String> = told.iter().collect();
        assert_eq!((once.len(), told.len()), (stories, stories), "{told:?}");
        assert_eq!(self.feed(), told);
    }
}

#[test]
fn a_tracker_on_a_full_disk_says_so_and_goes_on_when_there_is_room() {
    let mut told_before = 0;
    // The disk is full at once, in the midst, and late.
    for blocks in [8, 128, 256, 384] {
        let followed = Followed::new();
        let archive = followed.archive();
        let output = limited(blocks, &archive, &FOLLOW);
        let words = said(&output);
        assert_eq!(output.status.code(), Some(2), "{blocks}: {words}");
        let error = words.lines().find(|line| line.starts_with("error: ")).unwrap_or_else(|| panic!("{words}"));
        assert!(error.contains(archive.to_str().unwrap()) && error.contains("too large"), "{blocks}: {error}");
        assert!(words.contains("hint: ") && words.contains("make room"), "{blocks}: {words}");
        // What was told has happened, and is there.
        if !followed.told().is_empty() || archive.join("MORGUE").exists() {
            ends_with(0, &archive, &["check", "--deep", "--quiet"]);
            let there = run(&archive, &["--quiet", "export"]);
            for line in followed.log() {
                let words: Vec<&str> = line.split(' ').collect();
                let is_it = |row: &str| row.contains(words[1]) && row.contains(words[2]);
                assert!(there.lines().any(is_it), "{blocks}: {line} in {there}");
            }
            assert!(followed.feed().iter().all(|id| followed.told().contains(id) || there.len() > 100), "{blocks}");
        }
        told_before += followed.told().len();
        run(&archive, &FOLLOW);
        // What was under way may have been tried.
        run(&archive, &["track", "run", "--once", "--all", "--delay", "0"]);
        followed.all_is_told(20, 1);
        ends_with(0, &archive, &["check", "--deep", "--quiet"]);
    }
    assert!(told_before > 0, "nothing was told while there was room");
}

/// Makes what is to take the place of a file as a whole find no room.
#[cfg(target_os = "linux")]
fn has_no_room(file: &Path) {
    std::os::unix::fs::symlink("/dev/full", file).unwrap();
}

#[cfg(target_os = "linux")]
#[test]
fn a_feed_that_finds_no_room_stays_whole_and_is_made_up_for() {
    let followed = Followed::new();
    let archive = followed.archive();
    run(&archive, &FOLLOW);
    followed.all_is_told(20, 0);
    let before = fs::read(followed.path("feed.json")).unwrap();
    let add = |id: &str| {
        let file = followed.path("story.txt");
        fs::write(&file, "The ferry\n\nThe ferry sails again, its owner said on Monday.\n").unwrap();
        run(&archive, &["--quiet", "add", file.to_str().unwrap(), "--id", id]);
    };
    add("ferry");
    has_no_room(&followed.path("feed.json.new"));
    let (_, said) = ends_with(0, &archive, &FOLLOW);
    let feed = followed.path("feed.json").to_str().unwrap().to_owned();
    let words = said.lines().find(|line| line.contains("could not be told yet")).unwrap_or_else(|| panic!("{said}"));
    assert!(words.contains(&feed) && words.contains("No space left on device"), "{words}");
    assert_eq!(fs::read(followed.path("feed.json")).unwrap(), before, "it is there as it was");
    assert_eq!(followed.told().len(), 21, "the other target is told all the same");
    run(&archive, &FOLLOW);
    followed.all_is_told(21, 0);
}

#[cfg(target_os = "linux")]
#[test]
fn a_list_that_finds_no_room_stays_as_it_was() {
    let followed = Followed::new();
    let (archive, file) = (followed.archive(), followed.list());
    run(&archive, &["track", "pause", &followed.paper.feed()]);
    let before = fs::read_to_string(&file).unwrap();
    has_no_room(&archive.join("track.toml.new"));
    let add = ["track", "add", "https://other.example/feed.xml"];
    let (_, said) = ends_with(2, &archive, &add);
    assert!(said.contains(file.to_str().unwrap()) && said.contains("No space left on device"), "{said}");
    assert!(said.contains("make room"), "{said}");
    assert_eq!(fs::read_to_string(&file).unwrap(), before);
    assert!(fs::symlink_metadata(archive.join("track.toml.new")).is_err(), "nothing is left behind");
    assert_eq!(rows(&archive, &["track", "list"]).len(), 1);
    run(&archive, &add);
    assert_eq!(rows(&archive, &["track", "list"]).len(), 2);
    assert!(fs::read_to_string(&file).unwrap().contains("[[tell]]"), "what a person wrote stays");
}
