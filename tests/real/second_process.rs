//! Two processes at one archive.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::thread;
use std::time::Duration;

use morgue::{Alias, Archive, Article, Durability, NewCapture, OpenOptions, RawPage, StoryKey, Timestamp};

use crate::crash::kept;
use crate::support::{corpus, ends_with, lines, morgue, run};

#[test]
fn a_second_process_is_told_who_has_the_archive_and_reads_it() {
    let Some(file) = corpus("bbc_headlines_3plus.jsonl.gz") else { return };
    let dir = tempfile::tempdir().unwrap();
    let rows: Vec<String> = lines(&file).into_iter().take(500).collect();
    let (archive, mut holder) = importing(dir.path(), &rows);
    refused(&archive, &["import", file.to_str().unwrap()], holder.child.id());
    for args in [&["stats"][..], &["check"]] {
        run(&archive, args);
    }
    holder.end();
    run(&archive, &["check"]);
}

/// An import that waits for more input holds the archive for as long as the test likes.
struct Holder {
    child: Child,
    input: Option<std::process::ChildStdin>,
}

impl Holder {
    fn end(&mut self) {
        drop(self.input.take());
        assert!(self.child.wait().unwrap().success());
    }
}

impl Drop for Holder {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn importing(dir: &Path, rows: &[String]) -> (PathBuf, Holder) {
    let archive = dir.join("archive");
    let mut import = morgue(&archive, &["-v", "import", "--batch", "50", "-"]);
    let mut child = import.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    rows.iter().for_each(|line| writeln!(input, "{line}").unwrap());
    let mut said = BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok);
    said.find_map(|line| kept(&line)).unwrap();
    thread::spawn(move || said.count());
    (archive, Holder { child, input: Some(input) })
}

fn refused(archive: &Path, args: &[&str], pid: u32) -> String {
    let error = String::from_utf8(ends_with(3, archive, args).stderr).unwrap();
    assert!(error.contains(&format!("process {pid}, which is ")) && error.contains("kill "), "{args:?}: {error}");
    error
}

fn at(minute: i64) -> Timestamp {
    Timestamp::from_micros(1_772_323_200_000_000 + minute * 60_000_000).unwrap()
}

const HARBOUR: &str = "https://news.example/harbour";

fn said(story: &str, minute: i64, headline: &str, text: &str) -> NewCapture {
    let article = Article::new(headline).with_byline(["Ada Lund"]).with_text(text);
    NewCapture::article(StoryKey::parse(story).unwrap(), at(minute), article)
}

/// A few stories with a history.
fn fill(archive: &Archive) {
    for round in 0..4_i64 {
        for story in 0..12 {
            let text = format!("The council of ward {story} met {} times.\n\nIt will meet again in May.", 3 + round);
            let name = format!("https://news.example/ward-{story}");
            archive
                .ingest(said(&name, round * 60 + story, &format!("Ward {story} votes"), &text), Durability::Buffered)
                .unwrap();
        }
        let text = format!("The harbour wall has {} cracks.\n\nDivers were sent on Monday.", 2 + round);
        let mut capture = said(HARBOUR, round * 60 + 30, "Harbour wall cracked", &text);
        capture.raw = Some(RawPage::new(HARBOUR, format!("<h1>Harbour</h1><p>{text}</p>").into_bytes()));
        archive.ingest(capture, Durability::Synced).unwrap();
    }
    let alias = Alias {
        alias: StoryKey::parse("https://amp.example/harbour").unwrap(),
        of: StoryKey::parse(HARBOUR).unwrap(),
        dates: Default::default(),
    };
    archive.add_alias_fact(&alias, Durability::Synced).unwrap();
}

const READS: [&[&str]; 16] = [
    &["log", HARBOUR],
    &["log", "https://amp.example/harbour", "--all", "--json"],
    &["diff", HARBOUR],
    &["diff", HARBOUR, "first", "@", "--format", "json"],
    &["list"],
    &["list", "ward", "--changed", "--json"],
    &["show", HARBOUR],
    &["show", HARBOUR, "#1", "--canonical"],
    &["show", HARBOUR, "--html"],
    &["blame", HARBOUR],
    &["changes"],
    &["changes", "--json", "--kind", "number"],
    &["stats", "--json"],
    &["export"],
    &["check", "--deep"],
    &["show", "nowhere"],
];

/// Both streams and the exit code; what the archive takes on disk is another number once it is closed.
fn told(archive: &Path, args: &[&str]) -> (Option<i32>, String, String) {
    let output = morgue(archive, args).output().unwrap();
    let out = String::from_utf8(output.stdout).unwrap();
    let out = match out.split_once("\"bytes_disk\":") {
        Some((before, after)) => [before, after.trim_start_matches(|c: char| c.is_ascii_digit())].concat(),
        None => out,
    };
    (output.status.code(), out, String::from_utf8(output.stderr).unwrap())
}

#[test]
fn commands_print_the_same_whether_another_process_has_the_archive_or_not() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("archive");
    let archive = Archive::open(&path, &OpenOptions::default()).unwrap();
    fill(&archive);
    let reads = archive.serve_reads("tracking").unwrap();
    let served = READS.map(|args| told(&path, args));
    fs::write(dir.path().join("note.txt"), "Note\n\nA text.").unwrap();
    let note = dir.path().join("note.txt");
    for args in [
        &["add", note.to_str().unwrap()][..],
        &["import", note.to_str().unwrap()],
        &["story", "merge", HARBOUR, "https://news.example/ward-1"],
        &["reindex"],
        &["compact"],
        &["compact", "--dry-run"],
        &["copy", dir.path().join("copy").to_str().unwrap()],
    ] {
        let error = refused(&path, args, std::process::id());
        assert!(error.contains("which is tracking"), "{error}");
    }
    let backup = dir.path().join("backup");
    run(&path, &["backup", backup.to_str().unwrap()]);
    drop((reads, archive));
    assert_eq!(run(&backup, &["export"]), run(&path, &["export"]));
    for (args, served) in READS.iter().zip(served) {
        assert_eq!(told(&path, args), served, "{args:?}");
        // Two versions differ, and there is no such story.
        let one = args.contains(&"diff") || args.contains(&"nowhere");
        assert_eq!(served.0, Some(i32::from(one)), "{args:?}: {}", served.2);
    }
}

#[test]
fn followed_changes_come_from_the_process_that_writes_them_and_go_on_after_it() {
    let dir = tempfile::tempdir().unwrap();
    let (path, out) = (dir.path().join("archive"), dir.path().join("followed.jsonl"));
    let archive = Archive::open(&path, &OpenOptions::default()).unwrap();
    let reads = archive.serve_reads("tracking").unwrap();
    let mut follow = morgue(&path, &["changes", "--follow", "--json"]);
    let mut follow = follow.stdout(fs::File::create(&out).unwrap()).stderr(Stdio::null()).spawn().unwrap();
    let until = |lines: usize| {
        for _ in 0..6_000 {
            let found = fs::read_to_string(&out).unwrap().matches('\n').count();
            assert!(found <= lines, "{found} lines");
            if found == lines {
                return;
            }
            thread::sleep(Duration::from_millis(10));
        }
        panic!("no {lines} lines: {}", fs::read_to_string(&out).unwrap());
    };
    for round in 0..3 {
        let text = format!("Round {round}.");
        archive.ingest(said(HARBOUR, round, "Harbour", &text), Durability::Buffered).unwrap();
        until(round as usize + 1);
    }
    // The host goes, another one comes, and one that writes and closes.
    drop((reads, archive));
    let note = dir.path().join("note.txt");
    fs::write(&note, "Note\n\nA text.").unwrap();
    run(&path, &["--quiet", "add", note.to_str().unwrap()]);
    until(4);
    let archive = Archive::open(&path, &OpenOptions { lock_wait: Duration::from_secs(60), ..OpenOptions::default() });
    let archive = archive.unwrap();
    let reads = archive.serve_reads("tracking").unwrap();
    archive.ingest(said(HARBOUR, 9, "Harbour", "Another."), Durability::Synced).unwrap();
    until(5);
    assert!(std::process::Command::new("kill").args(["-INT", &follow.id().to_string()]).status().unwrap().success());
    assert_eq!(follow.wait().unwrap().code(), Some(130));
    drop((reads, archive));
    let changes = morgue(&path, &["changes", "--json"]).output().unwrap().stdout;
    assert_eq!(String::from_utf8(changes).unwrap(), fs::read_to_string(&out).unwrap());
}

#[test]
fn an_import_is_read_while_it_runs_and_its_kill_leaves_nothing_in_the_way() {
    let dir = tempfile::tempdir().unwrap();
    let row = |n: usize| {
        format!("{{\"id\":\"s{}\",\"captured_at\":\"2026-03-{:02}\",\"text\":\"Row {n}.\"}}", n % 9, 1 + n / 9)
    };
    let rows: Vec<String> = (0..200).map(row).collect();
    let (archive, mut holder) = importing(dir.path(), &rows);
    assert!(run(&archive, &["list"]).contains("s3"));
    assert!(run(&archive, &["check"]).contains("all is well"));
    assert!(refused(&archive, &["story", "merge", "s1", "s2"], holder.child.id()).contains("which is importing"));
    holder.child.kill().unwrap();
    holder.child.wait().unwrap();
    assert!(archive.join("socket").exists(), "it had no time to remove it");
    assert!(run(&archive, &["list"]).contains("s3"));
    fs::write(dir.path().join("rows.jsonl"), rows.join("\n")).unwrap();
    run(&archive, &["--quiet", "import", dir.path().join("rows.jsonl").to_str().unwrap()]);
    assert!(!archive.join("socket").exists());
    assert!(run(&archive, &["check", "--deep"]).contains("all is well"));
}
