//! The whole history of one long story, streamed in order: every version, oldest first.
//!
//! ```text
//! cargo bench --bench history -- [--corpus wikihist] [--corpora DIR] [--stores sled,fjall,sqlite,git] [--rounds 2] [--compact] [--dir DIR]
//! ```
//!
//! The story is the one with the most versions; of wikihist, its only one. Each store streams in a process of its own, the files in
//! the system's cache; the last of the rounds is told. Inside the timer: finding the versions and reading each of them. morgue and
//! SQLite verify the hash of each and parse it into an article; `git cat-file --batch` does neither, and is given the names of the
//! texts. With `--compact` after `Archive::compact`, `VACUUM` and `git gc --aggressive`, which takes git minutes. MB/s are of text as it was given, counted for every version, also where it repeats an earlier one.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, clippy::indexing_slicing, missing_docs)]

#[path = "common/allocator.rs"]
mod allocator;
mod common;

use std::collections::{HashMap, HashSet};
use std::path::Path;

use common::child::{part, tell};
use common::git::plain_bytes;
use common::process::{Clock, peak_memory};
use common::store::{self, Reader, Store};
use common::work::Work;
use common::{a_core, directory, git, mb, number, option};
use morgue::text::{canonical, parse_canonical};
use morgue::{Article, StoryKey, Timestamp};

const GOAL: f64 = 300.0;

fn main() {
    match part().as_deref() {
        None => {}
        Some("stream") => return stream_here(),
        Some(part) => return store::answer(part),
    }
    let corpus = option("--corpus").unwrap_or_else(|| "wikihist".to_owned());
    let Some(work) = Work::named(&corpus) else { return };
    let longest = Longest::of(&work);
    let versions = longest.places.len();
    let when = if store::is_compacted() { "after compacting" } else { "as ingested" };
    println!("{corpus}, {when}: {versions} versions of {}, {:.1} MB of text\n", longest.key, mb(longest.bytes));
    println!("Ratios: how many times as fast as the first row.\n");
    println!("| | MB/s of text | ratio | wall s | CPU s | MB/s a core | peak MB | goal |");
    println!("|---|---|---|---|---|---|---|---|");
    let directory = directory();
    let places = directory.path().join("places");
    longest.write_places(&places);
    let options = [("--key", longest.key.as_str().to_owned()), ("--places", places.to_str().unwrap().to_owned())];
    let mut first = None;
    for store in Store::chosen() {
        let path = directory.path().join(store.name());
        store.prepare(&path, &work);
        let told = store.run("stream", &path, &options);
        let (versions, bytes) = if store == Store::Git { (versions as u64, longest.bytes) } else { longest.kept };
        assert_eq!((told.get("versions"), told.get("bytes")), (versions as f64, bytes as f64));
        let speed = mb(longest.bytes) / told.get("wall");
        let core = a_core(longest.bytes, told.get("cpu"));
        let first = *first.get_or_insert(speed);
        let goal = match store.is_archive() {
            true if speed >= GOAL => format!("{GOAL} MB/s: met"),
            true => format!("{GOAL} MB/s: MISSED"),
            false => String::new(),
        };
        println!(
            "| {} | {speed:.0} | {:.2} | {:.2} | {:.2} | {core} | {:.0} | {goal} |",
            store.name(),
            speed / first,
            told.get("wall"),
            told.get("cpu"),
            told.get("peak") / 1e6,
        );
    }
}

/// The story with the most versions.
struct Longest {
    key: StoryKey,
    /// The bytes of its texts as they were given.
    bytes: u64,
    /// How many versions there are, and their bytes, where the same text at the same time is one and no white space is too much.
    kept: (u64, u64),
    /// The places of its versions in the input, in order of time.
    places: Vec<usize>,
}

impl Longest {
    fn of(work: &Work) -> Self {
        let mut stories: HashMap<StoryKey, Vec<(Timestamp, usize)>> = HashMap::new();
        for (place, capture) in work.captures().enumerate() {
            stories.entry(capture.key).or_default().push((capture.captured_at, place));
        }
        let longest = stories.into_iter().max_by(|(a, one), (b, other)| (one.len(), b).cmp(&(other.len(), a)));
        let (key, mut places) = longest.expect("a corpus has stories");
        places.sort();
        let places = places.into_iter().map(|(_, place)| place).collect();
        let (mut bytes, mut kept, mut seen) = (0, (0, 0), HashSet::new());
        for capture in work.captures().filter(|capture| capture.key == key) {
            let given = capture.outcome.text().unwrap();
            bytes += git::plain(given).len() as u64;
            let form = canonical(given).unwrap();
            if seen.insert((capture.captured_at, form.hash)) {
                kept = (kept.0 + 1, kept.1 + plain_bytes(&parse_canonical(&form.text).unwrap()));
            }
        }
        Self { key, bytes, kept, places }
    }

    /// For a process that streams: what git must be told.
    fn write_places(&self, file: &Path) {
        let lines: Vec<String> = self.places.iter().map(usize::to_string).collect();
        std::fs::write(file, lines.join("\n")).unwrap();
    }
}

fn stream_here() {
    let store = Store::asked();
    let path = option("--path").unwrap();
    let key = StoryKey::parse(&option("--key").unwrap()).unwrap();
    let places = std::fs::read_to_string(option("--places").unwrap()).unwrap();
    let places: Vec<usize> = places.lines().map(|line| line.parse().unwrap()).collect();
    for _ in 1..number("--rounds", 2) {
        stream(&mut store.reader(Path::new(&path)), &key, &places);
    }
    let mut reader = store.reader(Path::new(&path));
    let clock = Clock::start();
    let (versions, bytes) = stream(&mut reader, &key, &places);
    let spent = clock.read();
    tell("peak", if let Reader::Git(_, git) = &reader { git.peak_memory() } else { peak_memory() } as f64);
    // The CPU time of a git is told once it has ended.
    drop(reader);
    tell("versions", versions as f64);
    tell("bytes", bytes as f64);
    tell("wall", spent.wall.as_secs_f64());
    tell("cpu", if store == Store::Git { clock.read().children } else { spent.own }.as_secs_f64());
}

/// Returns how many versions came, and how many bytes of text.
fn stream(reader: &mut Reader, key: &StoryKey, places: &[usize]) -> (u64, u64) {
    let (mut versions, mut bytes) = (0, 0);
    let mut article = |article: &Article| {
        versions += 1;
        bytes += plain_bytes(article);
    };
    match reader {
        Reader::Archive(archive) => {
            let captures = archive.captures(key).unwrap();
            let hashes = captures.iter().filter_map(|capture| capture.outcome.text_hash());
            archive.articles(key, hashes).unwrap().for_each(|one| article(&one.unwrap()));
        }
        Reader::Sqlite(sqlite) => sqlite.stream(key, |one| article(&one)),
        Reader::Git(git, reader) => {
            let names = places.iter().map(|place| git.texts[*place].as_str());
            return reader.stream(names);
        }
    }
    (versions, bytes)
}
