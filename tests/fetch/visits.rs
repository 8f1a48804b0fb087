//! What a visit makes of what a server says.

use morgue::fetch::{Cause, Client, Request, Seen, Validators, Visit};
use morgue::{NewCapture, NewOutcome, StoryKey, page};

use crate::newspaper::{Dress, Newspaper, Response, Server};
use crate::support::{fetcher, options};

fn visit(url: &str) -> Visit {
    fetcher(options()).0.visit(&Request::new(url), &page::Options::default()).unwrap()
}

fn get(url: &str) -> Vec<u8> {
    Client::new(options()).get(url, &Validators::default()).unwrap().body
}

/// The capture of the URL, and that it has moved, if it has.
fn captures(url: &str) -> (NewCapture, Option<NewCapture>) {
    match visit(url).seen {
        Seen::Page { capture, moved } => (*capture, moved.map(|moved| *moved)),
        other => panic!("{other:?}"),
    }
}

fn cause(url: &str) -> String {
    let (capture, moved) = captures(url);
    assert_eq!((capture.key, moved), (StoryKey::url(url).unwrap(), None));
    match capture.outcome {
        NewOutcome::Unreachable(cause) => cause,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_story_is_captured_with_its_page() {
    let paper = Newspaper::open(Dress::Noisy);
    let (capture, moved) = captures(&paper.story_url(0));
    let NewOutcome::Article(article) = &capture.outcome else { panic!("{:?}", capture.outcome) };
    assert_eq!(article.headline, "Harbour bridge closed after divers find crack");
    assert_eq!(capture.captured_at.to_string(), "2026-03-01T12:00:00Z", "by the fetcher's clock");
    assert_eq!((capture.key.as_str(), moved), (paper.story_url(0).as_str(), None));
    assert_eq!(capture.observation.status, Some(200));
    assert!(capture.raw.unwrap().body.starts_with(b"<!doctype html>"), "gzip is undone");
}

#[test]
fn a_story_that_moved_for_good_is_told_under_both_urls() {
    let paper = Newspaper::open(Dress::Calm);
    paper.set_round(2);
    let old = StoryKey::url(&paper.story_url(10)).unwrap();
    let new = StoryKey::url(&paper.url("/travel/sleeping-cars-to-tromsund-1010")).unwrap();
    let (capture, moved) = captures(old.as_str());
    let moved = moved.unwrap();
    assert_eq!((&moved.key, &moved.outcome), (&old, &NewOutcome::Moved(new.clone())));
    assert_eq!(moved.observation.status, Some(301));
    assert!(matches!(capture.outcome, NewOutcome::Article(_)));
    let joined = [&capture, &moved].iter().any(|seen| {
        let named: Vec<&StoryKey> = seen.aliases.iter().chain([&seen.key]).collect();
        named.contains(&&old) && named.contains(&&new)
    });
    assert!(joined, "both URLs name one story: {capture:?} {moved:?}");
}

#[test]
fn a_redirect_that_may_pass_or_leads_to_the_same_place_is_no_move() {
    let paper = Newspaper::open(Dress::Calm);
    let to = paper.story_url(3);
    let server = Server::start(move |request| match request.path.as_str() {
        "/robots.txt" => Response::new(404, "text/plain", ""),
        _ => Response::redirect(302, to.clone()),
    });
    let (capture, moved) = captures(&server.url("/short/3"));
    assert!(matches!(capture.outcome, NewOutcome::Article(_)), "{:?}", capture.outcome);
    assert_eq!(moved, None);
}

#[test]
fn what_is_no_story_is_told_of_the_url_that_was_asked_for() {
    // As much text as a story has.
    let front = get(&Newspaper::open(Dress::Calm).story_url(2));
    let server = Server::start(move |request| match request.path.as_str() {
        "/old" => Response::redirect(301, "/"),
        "/wall" => Response::redirect(302, "/consent?back=/wall"),
        "/taken" => Response::redirect(301, "/gone"),
        "/gone" => Response::new(410, "text/html", "<h1>Gone</h1>"),
        "/broken" => Response::redirect(301, "http://127.0.0.1:1/"),
        "/robots.txt" => Response::new(404, "text/plain", ""),
        "/" => Response::html(front.clone()),
        _ => Response::html("<!doctype html><title>The Gazette</title><body></body>"),
    });
    assert_eq!(cause(&server.url("/old")), format!("redirects to the front page, {}", server.url("/")));
    let wall = cause(&server.url("/wall"));
    assert!(wall.starts_with(&format!("redirects to {}: ", server.url("/consent?back=/wall"))), "{wall}");
    let cause = cause(&server.url("/broken"));
    assert!(cause.starts_with("redirects to http://127.0.0.1:1/: cannot connect to 127.0.0.1: "), "{cause}");
    let (capture, moved) = captures(&server.url("/taken"));
    assert_eq!((capture.key.as_str(), capture.outcome, moved), (server.url("/taken").as_str(), NewOutcome::Gone, None));
}

#[test]
fn each_failure_is_a_capture_with_its_cause() {
    let server = Server::start(|request| match request.path.as_str() {
        "/410" => Response::new(410, "text/html", "<h1>Gone</h1>"),
        "/404" => Response::new(404, "text/html", "<h1>Not found</h1>"),
        "/503" => Response::new(503, "text/html", "<h1>Later</h1>").with("Retry-After", "120"),
        "/loop" => Response::redirect(302, "/loop"),
        _ => Response::new(404, "text/plain", ""),
    });
    for path in ["/404", "/410"] {
        let (capture, _) = captures(&server.url(path));
        assert_eq!((capture.outcome, capture.observation.status), (NewOutcome::Gone, path[1..].parse().ok()));
    }
    assert!(cause(&server.url("/503")).contains("503"));
    assert_eq!(visit(&server.url("/503")).retry_after, Some(std::time::Duration::from_secs(120)));
    assert!(cause(&server.url("/loop")).contains("a loop of redirects"));
    let closed = Server::start(|_| Response::html("")).url("/");
    let told = cause(&closed);
    assert!(told.contains("cannot connect to 127.0.0.1") || told.contains("broke off"), "{told}");
    assert!(cause("https://nowhere.invalid/bridge").starts_with("nowhere.invalid cannot be looked up: "));
}

#[test]
fn what_was_not_asked_is_no_capture() {
    let server = Server::start(|request| match request.path.as_str() {
        "/robots.txt" => Response::new(200, "text/plain", "User-agent: *\nDisallow: /private\n"),
        _ => Response::html("x"),
    });
    let refused =
        |url: &str, options| fetcher(options).0.visit(&Request::new(url), &page::Options::default()).unwrap_err().cause;
    assert!(matches!(refused(&server.url("/private"), options()), Cause::Robots { .. }));
    assert!(matches!(refused("ftp://news.example/", options()), Cause::Url { .. }));
    assert!(matches!(refused(&server.url("/"), Default::default()), Cause::PrivateAddress { .. }));
    assert_eq!(server.paths(), ["/robots.txt"]);
}

#[test]
fn a_page_that_did_not_change_is_not_sent_again() {
    let paper = Newspaper::open(Dress::Calm);
    let to = paper.story_url(5);
    let body = get(&to);
    let server = Server::start(move |request| match (request.path.as_str(), request.header("if-none-match")) {
        ("/robots.txt", _) => Response::new(404, "text/plain", ""),
        (_, Some("\"v1\"")) => Response::new(304, "text/html", ""),
        _ => Response::html(body.clone()).with("ETag", "\"v1\""),
    });
    let (fetcher, options) = (fetcher(options()).0, page::Options::default());
    let mut request = Request::new(server.url("/chess"));
    let first = fetcher.visit(&request, &options).unwrap();
    assert_eq!(first.validators.etag.as_deref(), Some("\"v1\""));
    request.validators = first.validators.clone();
    let second = fetcher.visit(&request, &options).unwrap();
    assert_eq!(second.validators, first.validators, "they still hold");
    let captures = second.seen.into_captures();
    assert_eq!(captures.len(), 1);
    assert_eq!((&captures[0].outcome, captures[0].observation.status), (&NewOutcome::NotModified, Some(304)));
}

#[test]
fn feeds_and_sitemaps_are_lists() {
    let paper = Newspaper::open(Dress::Calm);
    for (path, listed) in [("/feed.xml", 20), ("/sitemap-news.xml", 20), ("/sitemap.xml", 1)] {
        let Seen::List(list) = visit(&paper.url(path)).seen else { panic!("{path}") };
        assert_eq!(list.entries.len(), listed, "{path}");
    }
}

#[test]
fn what_is_neither_a_page_nor_a_list_is_named() {
    let paper = Newspaper::open(Dress::Calm);
    let page = get(&paper.story_url(4));
    let server = Server::start(move |request| match request.path.as_str() {
        "/robots.txt" => Response::new(404, "text/plain", ""),
        "/report.pdf" => Response::new(200, "application/pdf; x=y", "%PDF-1.7 The bridge is closed. ".repeat(99)),
        "/torn.xml" => Response::new(200, "text/xml", "<rss version='2.0'><channel><item><title>"),
        _ => Response::new(200, "application/octet-stream", page.clone()),
    });
    assert_eq!(cause(&server.url("/report.pdf")), "application/pdf, which is no page");
    let torn = cause(&server.url("/torn.xml"));
    assert!(torn.starts_with("a feed that cannot be read: "), "{torn}");
    let (capture, _) = captures(&server.url("/mislabelled"));
    assert!(matches!(capture.outcome, NewOutcome::Article(_)), "a page under a wrong header: {:?}", capture.outcome);
}
