//! `morgue track status` on a terminal, while something is archived.
#![cfg(unix)]

use std::fs::{File, OpenOptions as FileOptions};
use std::io::Read;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::process::{Child, ExitStatus};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

use morgue::{Archive, Article, Durability, NewCapture, OpenOptions, StoryKey};
use rustix::process::{Pid, Signal, kill_process};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

use crate::support::command;

/// A hang of what is tested ends the test; nothing else does by time.
const TOO_LONG: Duration = Duration::from_secs(120);

/// A program on a terminal of its own.
struct OnTerminal {
    child: Child,
    shown: Receiver<Vec<u8>>,
    text: String,
}

impl OnTerminal {
    fn start(archive: &Path, args: &[&str], columns: u16) -> Self {
        let terminal: OwnedFd = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&terminal).unwrap();
        unlockpt(&terminal).unwrap();
        let size = Winsize { ws_row: 24, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
        tcsetwinsize(&terminal, size).unwrap();
        let name = ptsname(&terminal, Vec::new()).unwrap();
        let path = Path::new(std::ffi::OsStr::from_bytes(name.to_bytes()));
        let side = FileOptions::new().read(true).write(true).open(path).unwrap();
        let child =
            command(archive, args).env("TERM", "xterm").stdout(side.try_clone().unwrap()).stderr(side).spawn().unwrap();
        let (tell, shown) = mpsc::channel();
        thread::spawn(move || {
            let (mut terminal, mut part) = (File::from(terminal), vec![0; 4_096]);
            // It ends with an error when the last program on it has ended.
            while let Ok(read @ 1..) = terminal.read(&mut part) {
                if tell.send(part[..read].to_vec()).is_err() {
                    return;
                }
            }
        });
        Self { child, shown, text: String::new() }
    }

    /// Waits until a text is shown that was not before.
    fn until(&mut self, text: &str) {
        while !self.text.contains(text) {
            let part = self.shown.recv_timeout(TOO_LONG).unwrap_or_else(|_| panic!("no {text:?} in {:?}", self.text));
            self.text.push_str(&String::from_utf8_lossy(&part));
        }
        self.text.clear();
    }

    /// Waits for the end; returns all that was shown since.
    fn end(mut self) -> (ExitStatus, String) {
        while let Ok(part) = self.shown.recv_timeout(TOO_LONG) {
            self.text.push_str(&String::from_utf8_lossy(&part));
        }
        (self.child.wait().unwrap(), self.text)
    }
}

fn archive(path: &Path, minute: u32, people: u32) -> Archive {
    let archive = Archive::open(path, &OpenOptions::default()).unwrap();
    ingest(&archive, minute, people);
    archive
}

fn ingest(archive: &Archive, minute: u32, people: u32) {
    let story = StoryKey::url("https://gazette.example/tram").unwrap();
    let at = format!("2026-03-01T09:{minute:02}:00Z").parse().unwrap();
    let paragraphs = vec![format!("In the snow {people} people waited for the last tram to the harbour.")];
    let article = Article { headline: "Tram is late".into(), paragraphs, ..Article::default() };
    archive.ingest(NewCapture::article(story, at, article), Durability::Synced).unwrap();
}

#[test]
fn the_status_is_kept_up_to_date_for_as_long_as_a_tracker_runs() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("news");
    let tracker = archive(&path, 0, 17);
    let reads = tracker.serve_reads("tracking").unwrap();
    let mut status = OnTerminal::start(&path, &["track", "status"], 100);
    status.until("archive    1 capture");
    ingest(&tracker, 10, 22);
    status.until("17 -> 22 people");
    status.until("archive    2 captures");
    let mut narrow = OnTerminal::start(&path, &["track", "status", "--color", "never"], 24);
    narrow.until("archive    2 captures");
    kill_process(Pid::from_child(&narrow.child), Signal::INT).unwrap();
    assert_eq!(narrow.end().0.code(), Some(130), "Ctrl-C");
    drop((reads, tracker));
    let (ended, text) = status.end();
    assert!(ended.success() && text.contains("the tracker has ended"), "{ended} {text}");
}

#[test]
fn the_status_is_said_once_where_no_tracker_runs_or_once_is_asked_for() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("news");
    let tracker = archive(&path, 0, 17);
    let reads = tracker.serve_reads("tracking").unwrap();
    let (once, text) = OnTerminal::start(&path, &["track", "status", "--once"], 80).end();
    assert!(once.success() && text.contains("archive    1 capture") && !text.contains("ended"), "{once} {text}");
    drop((reads, tracker));
    let (alone, text) = OnTerminal::start(&path, &["track", "status"], 80).end();
    assert!(alone.success() && text.contains("archive    1 capture") && !text.contains("ended"), "{alone} {text}");
}
