//! Names that do not resolve.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use morgue::Timestamp;
use morgue::fetch::{Clock, Resolve};
use morgue::track::{Source, Tracker, Watchlist};

use super::support::{Days, causes, fetch_options, options};
use crate::press::Paper;
use crate::support::{rows, run};

const FAULT: std::ops::Range<f64> = 1.0..7.0;
const EDITS: [f64; 3] = [0.3, 4.0, 12.0];
const END: f64 = 40.0;

/// Every name leads to the loopback address, but for one that is not known, and one that cannot be looked up for a while.
#[derive(Debug)]
struct Names {
    clock: Arc<dyn Clock>,
    failing: std::ops::Range<Timestamp>,
}

impl Resolve for Names {
    fn resolve(&self, host: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
        let failed = |why: &str| Err(io::Error::other(format!("failed to lookup address information: {why}")));
        match host {
            "nowhere.example" => failed("Name or service not known"),
            "north.example" if self.failing.contains(&self.clock.now()) => {
                failed("Temporary failure in name resolution")
            }
            _ => Ok(vec![SocketAddr::from(([127, 0, 0, 1], port))]),
        }
    }
}

fn hourly(url: String) -> Source {
    Source { every: Some("1h".parse().unwrap()), ..Source::new(url) }
}

#[test]
fn a_name_that_cannot_be_looked_up_for_a_while_is_no_edit_and_no_take_down_and_comes_back() {
    let days = Days::new();
    let named = |host| Paper::named(host, 3, &EDITS, &days.clock, |_, _| None);
    let (north, south) = (named("north.example"), named("south.example"));
    let failing = days.hour(FAULT.start)..days.hour(FAULT.end);
    let names: Arc<dyn Resolve> = Arc::new(Names { clock: Arc::clone(&days.clock), failing });
    let nowhere = "http://nowhere.example/feed.xml".to_owned();
    let list = Watchlist::new([north.feed(), south.feed(), nowhere].map(hourly)).unwrap();
    let path = tempfile::tempdir().unwrap();
    list.save(&days.archive, &path.path().join("track.toml")).unwrap();
    let open = || {
        let (clock, names) = (Arc::clone(&days.clock), Arc::clone(&names));
        Tracker::with_resolver(&days.archive, &list, fetch_options(), names, clock, options()).unwrap()
    };
    days.run(open(), 6.9);
    let status = days.status();
    let failure = |at: usize| status.sources[at].failure.clone().unwrap_or_default();
    assert_eq!(failure(0), "north.example cannot be looked up: Temporary failure in name resolution");
    assert_eq!(failure(1), "");
    assert_eq!(failure(2), "nowhere.example cannot be looked up: Name or service not known");
    assert!(status.sources[0].failures > 1, "{:?}", status.sources[0]);
    let troubled: Vec<&str> = status.troubled.iter().map(|troubled| troubled.host.as_str()).collect();
    let [host, _] = [&north, &south].map(|paper| paper.root().replace("http://", ""));
    assert_eq!(troubled, [host.as_str(), "nowhere.example"]);
    days.run(open(), END);
    let status = days.status();
    assert_eq!((&status.sources[0].failure, status.sources[0].failures), (&None, 0), "{:?}", status.sources[0]);
    let causes = causes(&days.seen(&north, FAULT.start, FAULT.end), "north");
    let words = "north.example cannot be looked up";
    assert!(!causes.is_empty() && causes.iter().all(|cause| cause.contains(words)), "{causes:?}");
    days.is_well_told(&north, END, "north");
    days.is_well_told(&south, END, "south");
}

#[test]
fn the_command_says_which_name_it_was() {
    let directory = tempfile::tempdir().unwrap();
    let archive = directory.path().join("news");
    run(&archive, &["track", "add", "http://feed.invalid/rss"]);
    run(&archive, &["track", "run", "--once", "--delay", "0", "--quiet"]);
    let list = &rows(&archive, &["track", "list"])[0];
    let failure = list["failure"].as_str().unwrap_or_default();
    assert!(failure.contains("feed.invalid"), "{list}");
    let status = run(&archive, &["track", "status"]);
    assert!(status.contains("feed.invalid: no good answer 1 time") && status.contains("failed: "), "{status}");
    assert!(rows(&archive, &["track", "status"])[0]["troubled"][0]["until"].is_string());
}
