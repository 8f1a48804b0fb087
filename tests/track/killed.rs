//! A tracker that is killed again and again.

use std::collections::BTreeSet;
use std::process::Stdio;
use std::thread::sleep;
use std::time::Duration;

use crate::newspaper::{Dress, Newspaper, visited};
use crate::support::{Dice, command, ends_with, rows, run};

const KILLS: usize = 30;

#[test]
fn nothing_is_lost_doubled_or_made_up_by_kill_9() {
    let paper = Newspaper::open(Dress::Calm);
    let directory = tempfile::tempdir().unwrap();
    let archive = directory.path().join("news");
    run(&archive, &["track", "add", &paper.url("/feed.xml"), "--allow-private"]);
    let mut dice = Dice::new(3);
    let (mut followed, mut captures, mut killed) = (BTreeSet::new(), BTreeSet::new(), 0);
    for round in 0..KILLS {
        paper.set_round(1 + round * 3 / KILLS);
        let args = ["track", "run", "--once", "--all", "--delay", "0", "--quiet"];
        let mut tracker = command(&archive, &args).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        sleep(Duration::from_millis((dice.next() * 600.0) as u64));
        killed += usize::from(tracker.try_wait().unwrap().is_none());
        tracker.kill().unwrap();
        tracker.wait().unwrap();
        // What was there is there.
        let (now_followed, now_captures) = (names(&archive), lines(&archive));
        assert!(followed.is_subset(&now_followed) && captures.is_subset(&now_captures), "round {round}");
        (followed, captures) = (now_followed, now_captures);
        ends_with(0, &archive, &["check", "--deep", "--quiet"]);
    }
    assert!(killed >= KILLS / 3, "{killed} were killed at work");
    paper.set_round(3);
    run(&archive, &["track", "run", "--once", "--all", "--delay", "0"]);
    let stories = rows(&archive, &["list"]);
    assert_eq!(stories.len(), 20, "each story once");
    let edits = |id: usize| (2..=3).filter(|round| visited(*round).contains(&(id, true))).count() as u64;
    for id in 0..20 {
        let log = rows(&archive, &["log", &paper.story_url(id), "--all"]);
        let revisions: BTreeSet<String> = log.iter().filter_map(|row| Some(row.get("hash")?.to_string())).collect();
        // An edit of a round in which nobody came to the story is not seen, and nothing else is.
        assert!(revisions.len() as u64 <= 2 + edits(id), "{id}: {log:?}");
    }
    ends_with(0, &archive, &["check", "--deep", "--quiet"]);
}

/// The stories that are followed, as the command counts them.
fn names(archive: &std::path::Path) -> BTreeSet<String> {
    let status = &rows(archive, &["track", "status"])[0];
    let stories = status["stories"].as_u64().unwrap() + status["ended"].as_u64().unwrap();
    (0..stories).map(|number| number.to_string()).collect()
}

fn lines(archive: &std::path::Path) -> BTreeSet<String> {
    run(archive, &["export"]).lines().map(str::to_owned).collect()
}
