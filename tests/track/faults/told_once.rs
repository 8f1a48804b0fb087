//! A tracker that tells, and is killed again and again.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::sleep;
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use morgue::fetch::Clock;
use morgue::track::tell::Item;
use morgue::{Archive, ArticleHash, ChangeKind, CheckOptions, Cursor, Durability, OpenOptions, StoryKey, Timestamp};
use ring::hmac;
use serde_json::Value;

use crate::press::{Account, Fault, Paper};
use crate::support::{Dice, SimulatedClock, command, run};
use crate::tell::hook::{Answer, Hook, Post};
use crate::tell::support::{SECRET, script};

const KILLS: usize = 30;
const SEED: u64 = 5;

/// What all of it works on.
struct Desk {
    paper: Paper,
    clock: Arc<dyn Clock>,
    hook: Hook,
    /// Whether the hook fails now and then.
    fails: Arc<AtomicBool>,
    directory: tempfile::TempDir,
}

impl Desk {
    fn open() -> Self {
        let clock: Arc<dyn Clock> = Arc::new(SimulatedClock::at("2026-03-01T00:00:00Z"));
        let edits: Vec<f64> = (1..KILLS as u32 + 2).map(f64::from).collect();
        let paper = Paper::at_hand(6, &edits, &clock, |_, _| None);
        let fails = Arc::new(AtomicBool::new(true));
        let (own, dice) = (Arc::clone(&fails), Mutex::new(Dice::new(SEED + 1)));
        let hook = Hook::by(move || match dice.lock().unwrap().next() {
            drawn if drawn < 0.1 && own.load(Ordering::SeqCst) => Answer::Status(500),
            drawn if drawn < 0.2 && own.load(Ordering::SeqCst) => Answer::Close,
            _ => Answer::Status(200),
        });
        let desk = Self { paper, clock, hook, fails, directory: tempfile::tempdir().unwrap() };
        run(&desk.archive(), &["track", "add", &desk.paper.feed(), "--allow-private"]);
        let file = desk.archive().join("track.toml");
        fs::write(&file, fs::read_to_string(&file).unwrap() + &desk.targets()).unwrap();
        desk
    }

    fn archive(&self) -> PathBuf {
        self.directory.path().join("news")
    }

    fn file(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn targets(&self) -> String {
        let (program, log) = (self.file("notify"), self.file("log"));
        let line = "$MORGUE_DELIVERY $MORGUE_ID $MORGUE_STORY $MORGUE_CAPTURED_AT";
        script(&program, &format!("echo \"{line}\" >> {}", log.display()));
        let (url, feed) = (self.hook.url(), self.file("changes.atom"));
        format!(
            "\n[[tell]]\nname = \"hook\"\nkind = \"webhook\"\nurl = \"{url}\"\nallow_private = true\nsecret_env = \"HOOK_SECRET\"\nwhen = \"edit\"\n\
             \n[[tell]]\nname = \"run\"\nkind = \"command\"\ncommand = [{program:?}]\nwhen = \"edit\"\n\
             \n[[tell]]\nname = \"feed\"\nkind = \"atom\"\nfile = {feed:?}\nentries = 1000\nwhen = \"edit\"\n"
        )
    }

    /// An hour passes at the paper, in which each story is edited.
    fn an_hour_passes(&self) {
        self.clock.sleep(Duration::from_secs(3_600));
    }

    fn track(&self) -> std::process::Command {
        let args = ["track", "run", "--once", "--all", "--delay", "0", "--quiet"];
        let mut tracker = command(&self.archive(), &args);
        tracker.env("HOOK_SECRET", SECRET).stdout(Stdio::null()).stderr(Stdio::null());
        tracker
    }

    /// What the archive holds; the wait after a failed delivery is over.
    fn look(&self) -> Archive {
        let archive = self.opened();
        if let Some(bytes) = archive.state("tell/hook", "progress").unwrap() {
            let mut progress: Value = serde_json::from_slice(&bytes).unwrap();
            progress["not_before"] = Value::Null;
            let bytes = serde_json::to_vec(&progress).unwrap();
            archive.set_states("tell/hook", &[("progress", Some(&bytes))], Durability::Synced).unwrap();
        }
        archive
    }

    /// Opens the archive. A program that was about to be run when the kill came has its files, and with them the lock, for a moment more.
    fn opened(&self) -> Archive {
        for _ in 0..500 {
            match Archive::open(self.archive(), &OpenOptions::default()) {
                Err(morgue::Error::Engine(morgue::engine::Error::InUse { .. })) => sleep(Duration::from_millis(10)),
                opened => return opened.unwrap(),
            }
        }
        panic!("the lock of a process that was killed is never free");
    }

    fn log(&self) -> Vec<Told> {
        let log = fs::read_to_string(self.file("log")).unwrap_or_default();
        let told = |line: &str| {
            let words: Vec<&str> = line.split(' ').collect();
            let [delivery, id, story, at] = words[..] else { panic!("{line:?}") };
            Told { delivery: delivery.into(), id: id.into(), story: story.into(), at: at.parse().unwrap(), hash: None }
        };
        log.lines().map(told).collect()
    }

    fn feed(&self) -> Vec<Told> {
        let Ok(bytes) = fs::read(self.file("changes.atom")) else { return Vec::new() };
        let feed = feed_rs::parser::parse(bytes.as_slice()).expect("a feed is never there in part");
        let told = |entry: feed_rs::model::Entry| Told {
            delivery: entry.id.clone(),
            id: entry.id,
            story: entry.links[0].href.clone(),
            at: Timestamp::from(entry.published.unwrap()),
            hash: None,
        };
        feed.entries.into_iter().rev().map(told).collect()
    }
}

/// One telling of a change.
#[derive(Debug, Clone, PartialEq)]
struct Told {
    delivery: String,
    id: String,
    story: String,
    at: Timestamp,
    hash: Option<ArticleHash>,
}

impl Told {
    fn by(post: &Post) -> Self {
        let json = post.json();
        let text = |name: &str| json["data"][name].as_str().unwrap().to_owned();
        let hash = Some(text("hash").parse().unwrap());
        let delivery = post.header("webhook-id").to_owned();
        Self { delivery, id: text("id"), story: text("story"), at: text("captured_at").parse().unwrap(), hash }
    }

    /// Whether the archive holds what was told, with the same text.
    fn happened(&self, archive: &Archive) -> bool {
        let captures = archive.captures(&StoryKey::url(&self.story).unwrap()).unwrap();
        captures.iter().any(|capture| match &capture.outcome {
            morgue::Outcome::Article(hash) => {
                capture.captured_at == self.at && self.hash.as_ref().is_none_or(|told| told == hash)
            }
            _ => false,
        })
    }
}

/// That it was signed by who knows the secret.
fn is_signed(post: &Post) -> bool {
    let key = BASE64_STANDARD.decode(SECRET.strip_prefix("whsec_").unwrap()).unwrap();
    let key = hmac::Key::new(hmac::HMAC_SHA256, &key);
    let signed = format!("{}.{}.{}", post.header("webhook-id"), post.header("webhook-timestamp"), post.body);
    let signature = BASE64_STANDARD.decode(post.header("webhook-signature").strip_prefix("v1,").unwrap()).unwrap();
    hmac::verify(&key, signed.as_bytes(), &signature).is_ok()
}

/// The edits that an archive holds, in order.
fn edits(archive: &Archive) -> Vec<String> {
    let items = archive.changes(Cursor::START).filter_map(|change| {
        let change = change.unwrap();
        (ChangeKind::of(&change) == ChangeKind::Edit)
            .then(|| Item::read(archive, &change, Vec::new()).unwrap().unwrap().id)
    });
    items.collect()
}

/// The changes in the order in which they were told first, and how often one was told again. Each has one name, and each name one change.
fn first(told: &[Told], what: &str) -> (Vec<String>, usize) {
    let (mut order, mut again, mut names) = (Vec::new(), 0, BTreeMap::new());
    for told in told {
        let known: &mut Told = names.entry(told.id.clone()).or_insert_with(|| {
            order.push(told.id.clone());
            told.clone()
        });
        assert_eq!(known, told, "{what}: told again as another");
        again += 1;
    }
    let deliveries: BTreeSet<&String> = names.values().map(|told| &told.delivery).collect();
    assert_eq!(deliveries.len(), order.len(), "{what}: one name for two");
    (order.clone(), again - order.len())
}

#[test]
fn killed_at_random_it_tells_each_target_all_that_happened_in_order_and_nothing_else() {
    let desk = Desk::open();
    let mut dice = Dice::new(SEED);
    let (mut killed, mut checked) = (0, [0; 2]);
    for round in 0..KILLS {
        let mut tracker = desk.track().spawn().unwrap();
        sleep(Duration::from_millis(40 + (dice.next() * 500.0) as u64));
        killed += usize::from(tracker.try_wait().unwrap().is_none());
        tracker.kill().unwrap();
        tracker.wait().unwrap();
        desk.an_hour_passes();
        let archive = desk.look();
        // What was told so far must have happened, whatever the kill has taken.
        let posts: Vec<Told> = desk.hook.posts().iter().map(Told::by).collect();
        let log = desk.log();
        for told in posts.iter().skip(checked[0]).chain(log.iter().skip(checked[1])).chain(&desk.feed()) {
            assert!(told.happened(&archive), "seed {SEED}, round {round}: {told:?}");
        }
        checked = [posts.len(), log.len()];
        let check = archive.check(&CheckOptions { deep: true }, |_, _| {}).unwrap();
        assert!(check.findings.is_empty(), "seed {SEED}, round {round}: {:?}", check.findings);
    }
    assert!(killed >= KILLS / 3, "{killed} were killed at work");
    desk.fails.store(false, Ordering::SeqCst);
    assert!(desk.track().status().unwrap().success());
    all_is_told(&desk, killed);
}

/// What is told between two syncs of the tracker must be on the disk all the same: the receiver could act on it.
#[test]
fn nothing_is_told_that_a_kill_could_take_back() {
    let clock: Arc<dyn Clock> = Arc::new(SimulatedClock::at("2026-03-01T00:00:00Z"));
    // One edit at a time: sled writes a commit out when the next one comes, so that a kill takes the last one alone.
    let paper = Paper::at_hand(1, &[1.0, 2.0, 3.0], &clock, |_, _| None);
    // A visit that lasts keeps the tracker from being idle, which is when it syncs.
    let lasting = Paper::at_hand(1, &[], &clock, |_, hour| (hour >= 1.0).then_some(Fault::Silent));
    let directory = tempfile::tempdir().unwrap();
    let archive = directory.path().join("news");
    run(&archive, &["track", "add", &paper.feed(), &lasting.feed(), "--allow-private"]);
    run(&archive, &["track", "run", "--once", "--delay", "0"]);
    let list = fs::read_to_string(archive.join("track.toml")).unwrap();
    for hour in 1..=3 {
        clock.sleep(Duration::from_secs(3_600));
        let hook = Hook::start(vec![Answer::Silence; 9]);
        let target = format!(
            "\n[[tell]]\nname = \"hook-{hour}\"\nkind = \"webhook\"\nurl = \"{}\"\nallow_private = true\nwhen = \"edit\"\n",
            hook.url()
        );
        fs::write(archive.join("track.toml"), format!("{list}{target}")).unwrap();
        let mut tracker = command(&archive, &["track", "run", "--once", "--all", "--delay", "0", "--quiet"])
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        for _ in 0..2_000 {
            if !hook.posts().is_empty() {
                break;
            }
            sleep(Duration::from_millis(5));
        }
        tracker.kill().unwrap();
        tracker.wait().unwrap();
        let posts = hook.posts();
        let told = Told::by(posts.first().expect("an edit is told"));
        let archive = Archive::open(&archive, &OpenOptions::default()).unwrap();
        assert!(told.happened(&archive), "hour {hour}: {told:?}");
    }
}

fn all_is_told(desk: &Desk, killed: usize) {
    let archive = desk.look();
    let mut account = Account::default();
    account.add(&archive, &desk.paper, KILLS as f64 + 0.5);
    assert!(account.wrong.is_empty(), "{:?}", account.wrong);
    let expected = edits(&archive);
    assert!(expected.len() >= KILLS, "{} edits are too few to say much", expected.len());
    let posts = desk.hook.posts();
    assert!(posts.iter().all(is_signed));
    let (hooked, _) = first(&posts.iter().map(Told::by).collect::<Vec<_>>(), "hook");
    assert_eq!(hooked, expected, "seed {SEED}: hook");
    // Of what was confirmed, only that may come again whose confirmation was on its way when the kill came.
    let confirmed: Vec<Told> = posts.iter().filter(|post| post.is_confirmed).map(Told::by).collect();
    let (confirmed, again) = first(&confirmed, "hook");
    assert_eq!((confirmed.len(), again <= killed), (expected.len(), true), "seed {SEED}: {again} confirmed twice");
    let (ran, again_ran) = first(&desk.log(), "run");
    assert_eq!(ran, expected, "seed {SEED}: run");
    assert!(again_ran <= killed, "seed {SEED}: {again_ran} told again after {killed} kills");
    let (listed, twice) = first(&desk.feed(), "feed");
    assert_eq!((listed, twice), (expected.clone(), 0), "seed {SEED}: feed");
    drop(archive);
    // Nothing is left to be told.
    let so_far = (desk.hook.posts().len(), desk.log().len(), fs::read(desk.file("changes.atom")).unwrap());
    let quiet = ["track", "run", "--once", "--delay", "0", "--quiet"];
    assert!(command(&desk.archive(), &quiet).env("HOOK_SECRET", SECRET).status().unwrap().success());
    let now = (desk.hook.posts().len(), desk.log().len(), fs::read(desk.file("changes.atom")).unwrap());
    assert_eq!(so_far, now, "nothing new");
    assert!(!Path::new(&desk.file("changes.atom.new")).exists());
}
