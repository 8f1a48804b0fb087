//! `morgue track`, as people use it.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::newspaper::{Dress, Newspaper, Response, Server};
use crate::support::{ends_with, rows, run};

const QUICK: [&str; 3] = ["--once", "--delay", "0"];

#[test]
fn a_feed_is_followed_and_an_edit_is_found() {
    let paper = Newspaper::open(Dress::Noisy);
    let directory = tempfile::tempdir().unwrap();
    let archive = directory.path().join("news");
    let (_, err) = ends_with(2, &archive, &["track", "list"]);
    assert!(err.contains("there is no archive"), "{err}");
    let feed = paper.url("/feed.xml");
    run(&archive, &["track", "add", &feed, "--allow-private", "--name", "Gazette", "--tag", "town"]);
    let (_, err) = ends_with(2, &archive, &["track", "add", &feed]);
    assert!(err.contains("Gazette is followed already"), "{err}");
    let first = &rows(&archive, &[&["track", "run"][..], &QUICK].concat())[0];
    assert_eq!((&first["stories"], &first["visits"], &first["edits"]), (&20.into(), &20.into(), &0.into()), "{first}");
    let again = &rows(&archive, &[&["track", "run"][..], &QUICK].concat())[0];
    assert_eq!((&again["polls"], &again["visits"]), (&0.into(), &0.into()), "nothing is due: {again}");
    paper.set_round(2);
    let all = &rows(&archive, &[&["track", "run", "--all"][..], &QUICK].concat())[0];
    let edits = crate::newspaper::visited(2).iter().filter(|(_, is_edit)| *is_edit).count();
    assert_eq!((&all["polls"], &all["visits"], &all["edits"]), (&1.into(), &20.into(), &edits.into()), "{all}");
    // One of the twenty has another address by now, which the feed lists too.
    let source = &rows(&archive, &["track", "list"])[0];
    assert_eq!(
        (&source["name"], &source["found"], &source["stories"]),
        (&"Gazette".into(), &"feed".into(), &21.into())
    );
    let status = &rows(&archive, &["track", "status"])[0];
    assert_eq!(status["stories"], 20, "and is followed under one: {status}");
    let told = rows(&archive, &["changes", "--when", "tag = town and edit"]);
    assert_eq!(told.len(), edits, "the tags are those of the source");
    ends_with(1, &archive, &["changes", "--when", "tag = village"]);
    let metrics = run(&archive, &["track", "status", "--prometheus"]);
    assert!(metrics.contains("morgue_track_visits_total 40\n"), "{metrics}");
    assert!(run(&archive, &["track", "status"]).contains("1 source, 0 paused, 0 failing"));
    run(&archive, &["track", "remove", "Gazette"]);
    let (_, err) = ends_with(1, &archive, &["track", "list"]);
    assert!(err.contains("track add URL"), "{err}");
    assert_eq!(rows(&archive, &["list"]).len(), 20, "what was archived stays");
}

#[test]
fn what_a_source_is_is_found_out() {
    let paper = Newspaper::open(Dress::Calm);
    let directory = tempfile::tempdir().unwrap();
    let archive = directory.path().join("news");
    for (path, kind, stories) in
        [("/feed.xml", "feed", 20), ("/sitemap-news.xml", "sitemap", 20), ("/sitemap.xml", "sitemap", 20)]
    {
        let found = rows(&archive, &["track", "test", &paper.url(path), "--allow-private", "--delay", "0"]);
        assert_eq!(found.len(), stories, "{path}");
        assert_eq!(found[0]["kind"], kind, "{path}");
    }
    let found = rows(&archive, &["track", "test", &paper.story_url(3), "--allow-private", "--delay", "0"]);
    assert_eq!((found.len(), &found[0]["kind"]), (1, &"story".into()));
    let (_, err) = ends_with(2, &archive, &["track", "test", &paper.url("/nothing"), "--allow-private"]);
    assert!(err.contains("404"), "{err}");
    let (_, err) = ends_with(2, &archive, &["track", "test", &paper.url("/feed.xml")]);
    assert!(err.contains("not a public address") && err.contains("--allow-private"), "{err}");
    assert!(!archive.exists(), "a test archives nothing");
}

#[test]
fn the_list_can_be_edited_by_hand_and_goes_over_as_opml() {
    let directory = tempfile::tempdir().unwrap();
    let archive = directory.path().join("news");
    run(&archive, &["track", "add", "https://news.example/feed.xml", "--name", "News", "--every", "30m"]);
    let file = archive.join("track.toml");
    let text = fs::read_to_string(&file).unwrap();
    fs::write(&file, format!("{text}\n# the other one\n[[source]]\nurl = \"https://town.example/\"\n")).unwrap();
    run(&archive, &["track", "pause", "News"]);
    let list = rows(&archive, &["track", "list"]);
    assert_eq!(list.len(), 2);
    assert_eq!((&list[0]["paused"], &list[0]["every"]), (&true.into(), &"30m".into()));
    assert!(fs::read_to_string(&file).unwrap().contains("# the other one"));
    run(&archive, &["track", "resume", "News"]);
    let opml = directory.path().join("feeds.opml");
    run(&archive, &["track", "export", "-o", opml.to_str().unwrap()]);
    let other = directory.path().join("other");
    run(&other, &["track", "import", opml.to_str().unwrap()]);
    let urls: Vec<_> = rows(&other, &["track", "list"]).into_iter().map(|row| row["url"].clone()).collect();
    assert_eq!(urls, ["https://news.example/feed.xml", "https://town.example/"]);
    let third = directory.path().join("third");
    fs::create_dir(&third).unwrap();
    fs::copy(&file, third.join("track.toml")).unwrap();
    run(&third, &["track", "add", "https://third.example/"]);
    assert_eq!(rows(&third, &["track", "list"]).len(), 3, "the list may come before the archive");
    fs::write(&file, "[[source]]\nurl = 7\n").unwrap();
    let (_, err) = ends_with(2, &archive, &["track", "add", "https://third.example/"]);
    assert!(err.contains("track.toml") && err.contains("line 2"), "{err}");
    assert_eq!(fs::read_to_string(&file).unwrap(), "[[source]]\nurl = 7\n", "it is left as it is");
}

/// A process that ends with the test.
struct Running(std::process::Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Waits until something is so, or has not become so in a long while.
fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    for _ in 0..1_200 {
        if is_so() {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    panic!("{what} never came");
}

#[cfg(unix)]
#[test]
fn others_read_the_archive_and_change_the_list_while_it_runs() {
    let paper = Newspaper::open(Dress::Calm);
    let directory = tempfile::tempdir().unwrap();
    let archive = directory.path().join("news");
    run(&archive, &["track", "add", &paper.url("/feed.xml"), "--allow-private"]);
    let mut tracker = crate::support::command(&archive, &["track", "run", "--delay", "0", "--quiet"]);
    let running = Running(tracker.spawn().unwrap());
    until("twenty stories", || {
        let list = crate::support::command(&archive, &["list", "--json"]).output().unwrap();
        String::from_utf8_lossy(&list.stdout).lines().count() == 20
    });
    let (log, err) = ends_with(0, &archive, &["log", &paper.story_url(3)]);
    assert!(log.contains("1 revision") && err.is_empty(), "nothing is said of it: {err}");
    until("the sync", || rows(&archive, &["track", "status"])[0]["counts"]["visits"] == 20);
    let (_, err) = ends_with(3, &archive, &["story", "merge", &paper.story_url(3), &paper.story_url(4)]);
    assert!(err.contains("tracking"), "{err}");
    run(&archive, &["track", "add", &paper.url("/sitemap-news.xml"), "--allow-private", "--name", "Map"]);
    until("the new source", || {
        let list = rows(&archive, &["track", "list"]);
        list.len() == 2 && list[1]["stories"] == 20
    });
    drop(running);
    assert_eq!(rows(&archive, &["list"]).len(), 20, "after it was killed too");
    assert_eq!(rows(&archive, &["track", "status"])[0]["stories"], 20, "each is followed once");
}

#[test]
fn an_edit_becomes_an_entry_of_a_feed_and_is_told_once() {
    let paper = Newspaper::open(Dress::Calm);
    let directory = tempfile::tempdir().unwrap();
    let archive = directory.path().join("news");
    let feed = directory.path().join("changes.atom");
    run(&archive, &["track", "add", &paper.url("/feed.xml"), "--allow-private", "--tag", "town"]);
    let file = archive.join("track.toml");
    let text = fs::read_to_string(&file).unwrap();
    let target = |name: &str, when: &str, file: &std::path::Path| {
        format!("\n[[tell]]\nname = \"{name}\"\nkind = \"atom\"\nfile = {file:?}\nwhen = \"{when}\"\n")
    };
    let none = directory.path().join("none.atom");
    let told = target("all", "edit and tag = town", &feed) + &target("none", "tag = country", &none);
    fs::write(&file, text + &told).unwrap();
    run(&archive, &[&["track", "run"][..], &QUICK].concat());
    paper.set_round(2);
    for _ in 0..2 {
        run(&archive, &[&["track", "run", "--all"][..], &QUICK].concat());
        let entries = |path: &std::path::Path| fs::read_to_string(path).unwrap().matches("<entry>").count();
        let edits = crate::newspaper::visited(2).iter().filter(|(_, is_edit)| *is_edit).count();
        assert_eq!((entries(&feed), entries(&none)), (edits, 0));
    }
    assert!(fs::read_to_string(&feed).unwrap().contains("&lt;ins"), "the diff is in it");
    assert!(fs::read_to_string(&file).unwrap().contains("[[tell]]"), "what a person wrote stays");
}

#[test]
fn a_story_whose_page_is_not_kept_is_asked_for_again_only_if_it_has_changed() {
    let people = Arc::new(AtomicUsize::new(17));
    let edition = Arc::clone(&people);
    let paper = Server::start(move |request| {
        let people = edition.load(Ordering::SeqCst);
        let etag = format!("\"{people}\"");
        if request.header("if-none-match") == Some(&etag) {
            return Response::new(304, "text/html", "").with("ETag", etag);
        }
        let text =
            format!("In the snow {people} people waited for the last tram to the harbour, and none came. ").repeat(4);
        let html =
            format!("<html><body><article><h1>Tram is late</h1><p>{text}</p><p>{text}</p></article></body></html>");
        Response::html(html).with("ETag", etag)
    });
    let directory = tempfile::tempdir().unwrap();
    let archive = directory.path().join("news");
    run(&archive, &["track", "add", &paper.url("/2026/03/tram-48210.html"), "--allow-private"]);
    let visit = || {
        let ran = rows(&archive, &[&["track", "run", "--no-raw", "--all"][..], &QUICK].concat()).remove(0);
        let counts = &rows(&archive, &["track", "status"])[0]["counts"];
        (ran["visits"].as_u64().unwrap(), ran["edits"].as_u64().unwrap(), counts["not_modified"].as_u64().unwrap())
    };
    assert_eq!(visit(), (1, 0, 0));
    assert_eq!(visit(), (1, 0, 1));
    people.store(22, Ordering::SeqCst);
    assert_eq!(visit(), (1, 1, 1));
    assert_eq!(visit(), (1, 0, 2));
    // What another program has archived since is not what the server is asked about.
    people.store(23, Ordering::SeqCst);
    run(&archive, &["add", &paper.url("/2026/03/tram-48210.html"), "--allow-private", "--no-raw", "--delay", "0"]);
    people.store(22, Ordering::SeqCst);
    assert_eq!(visit(), (1, 1, 2));
}
