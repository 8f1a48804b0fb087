//! Manners: robots.txt, one request at a time a host, pauses.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use morgue::fetch::{Cause, Client, Clock, Fetcher, ManyOptions, Options, Request, Validators};

use crate::newspaper::{Response, Server};
use crate::support::{SimulatedClock, fetcher, options};

const NONE: Validators = Validators { etag: None, last_modified: None };

fn with_robots(status: u16, robots: &'static str) -> Server {
    Server::start(move |request| match request.path.as_str() {
        "/robots.txt" => Response::new(status, "text/plain", robots),
        _ => Response::html("page"),
    })
}

#[test]
fn robots_txt_is_asked_once_and_heeded() {
    let server = with_robots(
        200,
        "User-agent: other\nDisallow: /\n\nUser-agent: Morgue\nDisallow: /private/\nAllow: /private/open\n\nUser-agent: *\nDisallow: /\n",
    );
    let (fetcher, clock) = fetcher(options());
    for path in ["/a", "/private/open", "/b?x=/private/"] {
        assert_eq!(fetcher.get(&server.url(path), &NONE).unwrap().status, 200, "{path}");
    }
    let error = fetcher.get(&server.url("/private/x"), &NONE).unwrap_err();
    assert!(matches!(&error.cause, Cause::Robots { rule, .. } if rule == "Disallow: /private/"), "{error}");
    assert!(error.is_refusal());
    assert_eq!(server.paths(), ["/robots.txt", "/a", "/private/open", "/b?x=/private/"]);
    clock.sleep(Duration::from_secs(25 * 3600));
    fetcher.get(&server.url("/a"), &NONE).unwrap();
    assert_eq!(server.paths().iter().filter(|path| *path == "/robots.txt").count(), 2, "it is asked again after a day");
}

#[test]
fn robots_txt_can_be_left_unread() {
    let server = with_robots(200, "User-agent: *\nDisallow: /\n");
    let (polite, _) = fetcher(options());
    assert!(polite.get(&server.url("/a"), &NONE).is_err());
    let (rude, _) = fetcher(Options { ignore_robots: true, ..options() });
    assert_eq!(rude.get(&server.url("/a"), &NONE).unwrap().status, 200);
    assert_eq!(server.paths(), ["/robots.txt", "/a"]);
}

#[test]
fn another_name_reads_other_rules() {
    let server = with_robots(200, "User-agent: gazette-watch\nDisallow: /\n");
    let (watch, _) = fetcher(Options { user_agent: "gazette-watch/2 (ask@news.example)".to_owned(), ..options() });
    assert!(watch.get(&server.url("/a"), &NONE).is_err());
    assert!(fetcher(options()).0.get(&server.url("/a"), &NONE).is_ok());
}

/// RFC 9309, 2.3.1: what is not there forbids nothing, and what cannot be had forbids all for now.
#[test]
fn a_missing_robots_txt_allows_and_a_failing_one_forbids() {
    for (status, is_allowed) in [(404, true), (403, true), (410, true), (500, false), (503, false), (429, false)] {
        let server = with_robots(status, "User-agent: *\nDisallow: /\n");
        let (fetcher, _) = fetcher(options());
        match fetcher.get(&server.url("/a"), &NONE) {
            Ok(_) => assert!(is_allowed, "{status}"),
            Err(error) => {
                assert!(!is_allowed && matches!(error.cause, Cause::RobotsUnavailable { .. }), "{status}: {error}")
            }
        }
    }
}

#[test]
fn a_failing_robots_txt_is_asked_again_soon() {
    let tries = AtomicUsize::new(0);
    let server = Server::start(move |request| match request.path.as_str() {
        "/robots.txt" if tries.fetch_add(1, Ordering::SeqCst) == 0 => Response::new(503, "text/plain", ""),
        "/robots.txt" => Response::new(200, "text/plain", ""),
        _ => Response::html("page"),
    });
    let (fetcher, clock) = fetcher(options());
    assert!(fetcher.get(&server.url("/a"), &NONE).is_err());
    assert!(fetcher.get(&server.url("/a"), &NONE).is_err());
    assert_eq!(server.paths(), ["/robots.txt"]);
    clock.sleep(Duration::from_secs(61));
    assert!(fetcher.get(&server.url("/a"), &NONE).is_ok());
}

#[test]
fn a_huge_robots_txt_is_read_in_part() {
    let server = Server::start(|request| match request.path.as_str() {
        "/robots.txt" => {
            let text = format!("User-agent: *\nDisallow: /private\n{}", "# nothing\n".repeat(3 << 20));
            Response::new(200, "text/plain", text)
        }
        _ => Response::html("page"),
    });
    let (fetcher, _) = fetcher(options());
    assert!(fetcher.get(&server.url("/a"), &NONE).is_ok());
    assert!(fetcher.get(&server.url("/private"), &NONE).is_err());
}

#[test]
fn a_redirect_is_held_against_robots_txt_too() {
    let server = Server::start(|request| match request.path.as_str() {
        "/robots.txt" => Response::new(200, "text/plain", "User-agent: *\nDisallow: /members\n"),
        "/a" => Response::redirect(302, "/members/a"),
        _ => Response::html("page"),
    });
    let (fetcher, _) = fetcher(options());
    let error = fetcher.get(&server.url("/a"), &NONE).unwrap_err();
    assert!(matches!(error.cause, Cause::Robots { .. }) && !error.is_refusal(), "{error}");
    assert_eq!(server.paths(), ["/robots.txt", "/a"]);
}

#[test]
fn between_two_visits_of_a_host_is_a_pause() {
    for (robots, pause) in [
        ("", 1_000_000),
        ("User-agent: *\nCrawl-delay: 7\n", 7_000_000),
        ("User-agent: *\nCrawl-delay: 99999\n", 300_000_000),
    ] {
        let server = with_robots(200, robots);
        let (fetcher, clock) = fetcher(options());
        let mut before = clock.now();
        for (number, expected) in [0, pause, pause].into_iter().enumerate() {
            fetcher.get(&server.url(&format!("/{number}")), &NONE).unwrap();
            assert_eq!(clock.now().as_micros() - before.as_micros(), expected, "{robots}{number}");
            before = clock.now();
        }
    }
}

#[test]
fn redirects_of_a_visit_follow_at_once_and_those_to_another_host_wait_for_its_turn() {
    let other = Server::start(|_| Response::html("page"));
    let to = other.url("/there");
    let server = Server::start(move |request| match request.path.as_str() {
        "/a" => Response::redirect(301, "/b"),
        "/b" => Response::redirect(301, to.clone()),
        _ => Response::new(404, "text/plain", ""),
    });
    let (fetcher, clock) = fetcher(options());
    let start = clock.now();
    let fetched = fetcher.get(&server.url("/a"), &NONE).unwrap();
    assert_eq!((fetched.url, fetched.redirects.len()), (other.url("/there"), 2));
    assert_eq!(clock.now(), start);
    fetcher.get(&other.url("/x"), &NONE).unwrap();
    assert_eq!(clock.now().as_micros() - start.as_micros(), 1_000_000, "the other host was visited too");
}

/// Counts who is inside of a server at the same time.
struct Inside {
    server: Server,
    most: Arc<AtomicUsize>,
}

fn counting(all: &Arc<AtomicUsize>, most_of_all: &Arc<AtomicUsize>) -> Inside {
    let (here, most) = (AtomicUsize::new(0), Arc::new(AtomicUsize::new(0)));
    let (all, most_of_all, told) = (Arc::clone(all), Arc::clone(most_of_all), Arc::clone(&most));
    let server = Server::start(move |request| {
        told.fetch_max(here.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
        most_of_all.fetch_max(all.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
        std::thread::sleep(Duration::from_millis(30));
        all.fetch_sub(1, Ordering::SeqCst);
        here.fetch_sub(1, Ordering::SeqCst);
        if request.path == "/robots.txt" { Response::new(404, "text/plain", "") } else { Response::html("page") }
    });
    Inside { server, most }
}

#[test]
fn hosts_are_visited_side_by_side_and_each_one_visit_at_a_time() {
    let (all, most_of_all) = (Arc::default(), Arc::default());
    let servers: Vec<Inside> = (0..4).map(|_| counting(&all, &most_of_all)).collect();
    let (fetcher, _) = fetcher(options());
    let urls: Vec<String> = (0..24).map(|number| servers[number % 4].server.url(&format!("/{number}"))).collect();
    let done = Mutex::new(BTreeMap::<String, Vec<String>>::new());
    let many = ManyOptions { parallel: 3, ..ManyOptions::default() };
    fetcher.visit_all(urls.iter().map(Request::new), &many, |visited| {
        let (host, path) = visited.request.url["http://".len()..].split_once('/').unwrap();
        done.lock().unwrap().entry(host.to_owned()).or_default().push(path.to_owned());
        assert!(visited.result.is_ok());
        ControlFlow::Continue(())
    });
    for (number, inside) in servers.iter().enumerate() {
        let expected: Vec<String> = (0..6).map(|at| (number + at * 4).to_string()).collect();
        assert_eq!(
            done.lock().unwrap()[&inside.server.address().to_string()],
            expected,
            "in the order of the requests"
        );
        assert_eq!(inside.most.load(Ordering::SeqCst), 1);
    }
    let most = most_of_all.load(Ordering::SeqCst);
    assert!((2..=3).contains(&most), "{most} at the same time");
}

#[test]
fn requests_are_taken_as_there_is_room_and_the_rest_can_be_left() {
    let server = with_robots(404, "");
    let (fetcher, _) = fetcher(options());
    let (mut taken, mut seen) = (0, 0);
    let urls = std::iter::from_fn(|| {
        taken += 1;
        Some(Request::new(server.url(&format!("/{taken}"))))
    });
    let many = ManyOptions { parallel: 2, ahead: 10, ..ManyOptions::default() };
    fetcher.visit_all(urls, &many, |_| {
        seen += 1;
        if seen == 5 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    assert_eq!(seen, 5);
    assert!(taken <= 20, "{taken} requests were taken");
}

/// Two visits that redirect to each other's hosts do not wait for each other for ever.
#[test]
fn visits_that_cross_do_not_block() {
    let addresses: Arc<Mutex<Vec<String>>> = Arc::default();
    let cross = |to: usize| {
        let known = Arc::clone(&addresses);
        Server::start(move |request| match request.path.as_str() {
            "/robots.txt" => Response::new(404, "text/plain", ""),
            "/end" => Response::html("page"),
            _ => {
                std::thread::sleep(Duration::from_millis(50));
                Response::redirect(302, format!("{}end", known.lock().unwrap()[to]))
            }
        })
    };
    let servers = [cross(1), cross(0)];
    *addresses.lock().unwrap() = servers.iter().map(|server| server.url("/")).collect();
    let clock: Arc<dyn Clock> = fetcher(options()).1 as Arc<SimulatedClock>;
    let fetcher = Fetcher::new(Client::new(options()), clock);
    let urls: Vec<String> = servers.iter().map(|server| server.url("/start")).collect();
    let mut ends = Vec::new();
    fetcher.visit_all(urls.iter().map(Request::new), &ManyOptions::default(), |visited| {
        ends.push(visited.result.is_ok());
        ControlFlow::Continue(())
    });
    assert_eq!(ends, [true, true]);
}
