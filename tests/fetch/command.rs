//! `morgue add URL`, as people use it.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use morgue::fetch::{Client, Validators};

use crate::newspaper::{Dress, Newspaper, Response, Server};
use crate::support::{ends_with, options, rows, run};

fn archive() -> (tempfile::TempDir, std::path::PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("archive");
    (directory, path)
}

fn add(archive: &Path, more: &[&str]) -> String {
    run(archive, &[&["add", "--allow-private", "--delay", "0"], more].concat())
}

#[test]
fn a_url_is_archived_and_seen_again() {
    let (_guard, archive) = archive();
    let paper = Newspaper::open(Dress::Noisy);
    let url = paper.story_url(0);
    let first = add(&archive, &[&url]);
    assert!(
        first.starts_with(&format!(
            "{url}: archived #1, \"Harbour bridge closed after divers find crack\", published 2026-03-01"
        )),
        "{first}"
    );
    let again = add(&archive, &[&format!("{url}?utm_source=letter#top")]);
    assert!(again.starts_with(&format!("{url}: archived #1 (seen again), ")), "{again}");
    paper.set_round(2);
    let edited = add(&archive, &[&url]);
    assert!(edited.starts_with(&format!("{url}: archived #2 (edit), ")), "{edited}");
    let diff = ends_with(1, &archive, &["diff", "harbour-bridge"]).0;
    assert!(diff.contains("two") && diff.contains("three") && !diff.contains("shares"), "{diff}");
}

#[test]
fn a_dry_run_fetches_and_keeps_nothing() {
    let (_guard, archive) = archive();
    let paper = Newspaper::open(Dress::Calm);
    let told = add(&archive, &["--dry-run", &paper.story_url(0)]);
    assert!(told.contains(": would archive #1, \"Harbour bridge closed"), "{told}");
    assert!(!archive.exists());
    add(&archive, &[&paper.story_url(0)]);
    paper.set_round(2);
    let told = add(&archive, &["--dry-run", &paper.story_url(0)]);
    assert!(told.contains(": would archive #2 (edit), "), "{told}");
    assert_eq!(rows(&archive, &["log", "harbour"]).len(), 1);
}

#[test]
fn a_feed_a_sitemap_and_an_index_stand_for_their_stories() {
    let paper = Newspaper::open(Dress::Calm);
    for (path, told) in [
        ("/feed.xml", "a feed with 20 stories"),
        ("/sitemap-news.xml", "a sitemap with 20 stories"),
        ("/sitemap.xml", "an index of sitemaps with 1 sitemap"),
    ] {
        let (_guard, archive) = archive();
        let url = paper.url(path);
        let (out, err) = ends_with(0, &archive, &["add", "--allow-private", "--delay", "0", &url]);
        assert_eq!(out.lines().filter(|line| line.contains(": archived #1, ")).count(), 20, "{out}{err}");
        assert!(err.contains(&format!("{url}: {told}")), "{err}");
        assert_eq!(rows(&archive, &["list"]).len(), 20);
    }
}

#[test]
fn a_list_can_be_printed_or_taken_in_part() {
    let (_guard, archive) = archive();
    let paper = Newspaper::open(Dress::Calm);
    let listed = add(&archive, &["--list", &paper.url("/feed.xml")]);
    assert_eq!(listed.lines().count(), 20);
    let first = listed.lines().next().unwrap().split('\t').collect::<Vec<_>>();
    assert_eq!(
        first,
        [
            format!("{}?utm_source=rss", paper.story_url(0)).as_str(),
            "",
            "Harbour bridge closed after divers find crack"
        ]
    );
    let rows = rows(&archive, &["add", "--allow-private", "--list", &paper.url("/sitemap.xml")]);
    assert_eq!(rows[0]["modified_at"], "2026-03-01T07:10:00Z");
    assert!(!archive.exists(), "nothing is archived");
    let added = add(&archive, &["--limit", "2", &paper.url("/sitemap-news.xml")]);
    assert_eq!(added.lines().count(), 2);
    assert!(added.contains("rowing-club-record") && added.contains("heat-pump-grants-end"), "the newest: {added}");
    let (_, err) = ends_with(2, &archive, &["add", "--allow-private", "--list", &paper.story_url(0)]);
    assert!(err.contains("neither a feed nor a sitemap"), "{err}");
}

#[test]
fn a_page_that_is_gone_is_recorded_where_its_story_is_known() {
    let (_guard, archive) = archive();
    let paper = Newspaper::open(Dress::Calm);
    let (bridge, stadium) = (paper.story_url(0), paper.story_url(12));
    add(&archive, &[&bridge, &stadium]);
    paper.set_round(2);
    assert_eq!(add(&archive, &[&stadium]), format!("{stadium}: recorded as gone (status 410)\n"));
    let (out, err) = ends_with(2, &archive, &["add", "--allow-private", &paper.url("/local/slip-9999")]);
    assert!(out.is_empty() && err.contains("gone (status 404)") && err.contains("nothing was archived"), "{out}{err}");
    assert_eq!(rows(&archive, &["list"]).len(), 2);
}

#[test]
fn a_move_is_told_once() {
    let (_guard, archive) = archive();
    let paper = Newspaper::open(Dress::Calm);
    let url = paper.story_url(10);
    add(&archive, &[&url]);
    paper.set_round(2);
    let told = add(&archive, &[&url]);
    assert!(told.contains("recorded as moved to ") && told.contains("(seen again)"), "{told}");
    assert!(!add(&archive, &[&url]).contains("moved"));
    assert_eq!(rows(&archive, &["list"]).len(), 1, "one story under both URLs");
}

#[test]
fn refusals_say_what_to_do() {
    let (_guard, archive) = archive();
    let server = Server::start(|request| match request.path.as_str() {
        "/robots.txt" => Response::new(200, "text/plain", "User-agent: morgue\nDisallow: /\n"),
        _ => Response::html("x"),
    });
    let url = server.url("/bridge");
    let (_, err) = ends_with(2, &archive, &["add", &url]);
    assert!(
        err.contains(&format!("{url}: 127.0.0.1 is not a public address")) && err.contains("--allow-private"),
        "{err}"
    );
    let (_, err) = ends_with(2, &archive, &["add", "--allow-private", &url]);
    assert!(err.contains("forbids it (Disallow: /)") && err.contains("--ignore-robots"), "{err}");
    assert_eq!(server.paths(), ["/robots.txt"]);
    let (_, err) = ends_with(2, &archive, &["add", "--allow-private", "--headline", "x", &url]);
    assert!(err.contains("--headline is for text files"), "{err}");
    let (_, err) = ends_with(2, &archive, &["add", "--delay", "soon", &url]);
    assert!(err.contains("expected a number of seconds"), "{err}");
    let (_, err) = ends_with(2, &archive, &["add", "--user-agent", "caf\u{e9}", &url]);
    assert!(err.contains("cannot be a user agent"), "{err}");
}

#[test]
fn the_summary_for_scripts_has_every_page() {
    let (_guard, archive) = archive();
    let paper = Newspaper::open(Dress::Calm);
    let urls = [paper.story_url(0), paper.story_url(12)];
    add(&archive, &[&urls[0], &urls[1]]);
    paper.set_round(2);
    let summary = rows(&archive, &["add", "--allow-private", "--delay", "0", &urls[0], &urls[1]]).remove(0);
    assert_eq!((&summary["captures"], &summary["failed"]), (&2.into(), &0.into()));
    let results = summary["results"].as_array().unwrap();
    assert_eq!(results[0]["effect"], "new-revision");
    assert_eq!(results[1]["outcome"], "gone");
}

/// A page that is kept is asked for again by its ETag; a teaser that came since does not take its place.
#[test]
fn a_page_that_did_not_change_is_not_fetched_again() {
    let (_guard, archive) = archive();
    let paper = Newspaper::open(Dress::Calm);
    let page = Client::new(options()).get(&paper.story_url(2), &Validators::default()).unwrap().body;
    let body = String::from_utf8(page).unwrap().replace(&paper.url(""), "");
    let teaser = Arc::new(AtomicBool::new(false));
    let is_teaser = Arc::clone(&teaser);
    let server = Server::start(move |request| match (request.path.as_str(), request.header("if-none-match")) {
        ("/robots.txt", _) => Response::new(404, "text/plain", ""),
        ("/old/wolf-pack-valley-1002", _) => Response::redirect(301, "/science/wolf-pack-valley-1002"),
        _ if is_teaser.load(Ordering::SeqCst) => Response::new(503, "text/html", "").with("ETag", "\"down\""),
        (_, Some("W/\"v1\"")) => Response::new(304, "text/html", ""),
        _ => Response::html(body.clone()).with("ETag", "W/\"v1\""),
    });
    let url = server.url("/science/wolf-pack-valley-1002");
    assert!(add(&archive, &[&url]).contains(": archived #1, "));
    assert_eq!(add(&archive, &[&url]), format!("{url}: recorded as not modified\n"));
    teaser.store(true, Ordering::SeqCst);
    assert!(add(&archive, &[&url]).contains("unreachable"));
    teaser.store(false, Ordering::SeqCst);
    assert!(add(&archive, &[&url]).contains("not modified"));
    let log = rows(&archive, &["log", &url]);
    assert_eq!(
        log.iter().filter(|row| row["revision"] == 1).map(|row| row["captures"].clone()).collect::<Vec<_>>(),
        [3]
    );
    // Where a URL redirects is another page: it is asked for in any case.
    assert!(add(&archive, &[&server.url("/old/wolf-pack-valley-1002")]).contains("(seen again)"));
    let (_guard, bare) = self::archive();
    add(&bare, &["--no-raw", &url]);
    assert!(add(&bare, &["--no-raw", &url]).contains("(seen again)"), "nothing is kept to ask by");
}
