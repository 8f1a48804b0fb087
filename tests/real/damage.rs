//! Bits flipped and files cut in a real archive: what is read is right, or an error says what is hurt.
//!
//! A store that failed keeps its threads and its lock until the process ends, so the trials run in processes of their own, this
//! test binary again, some trials each. That shows a hang and an abort for what they are, too.

use std::collections::{BTreeMap, HashSet};
use std::fs::{self, File};
use std::io::{BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use morgue::exchange::{Fact, JsonlReader};
use morgue::{
    Archive, Article, ArticleHash, Capture, CheckOptions, Durability, Error, Exported, OpenOptions, Revision,
    StoryFilter, StoryKey,
};

use crate::support::{Dice, copy, corpus, every_nth_story, files, lines, run, whole, write_lines};

const FILL: &str = "MORGUE_TEST_DAMAGE_FILL";
const ROWS: &str = "MORGUE_TEST_DAMAGE_ROWS";
/// The exit code of the process that fills the archive: not that of a test that is over.
const FILLED: i32 = 77;
const SOUND: &str = "MORGUE_TEST_DAMAGE_OF";
const TRIALS: &str = "MORGUE_TEST_DAMAGE_TRIALS";
/// Says what became of each trial.
const EACH: &str = "MORGUE_TEST_DAMAGE_EACH";
const TRIALS_A_PROCESS: u64 = 20;
/// One trial in so many is salvaged as well.
const SALVAGE_EACH: u64 = 5;
const LIMIT: Duration = Duration::from_secs(300);

#[test]
fn a_damaged_archive_gives_what_is_right_or_an_error() {
    let Some(file) = corpus("bbc_headlines_3plus.jsonl.gz") else { return };
    let dir = tempfile::tempdir().unwrap();
    let (sound, rows) = (dir.path().join("sound"), dir.path().join("rows.jsonl"));
    write_lines(&rows, &every_nth_story(&lines(&file), 3));
    let rows = rows.to_str().unwrap();
    // For a log of several segments, as one is left that was not written anew at its closing: sled looks through the last one when
    // it opens, and not through the others.
    let me = std::env::current_exe().unwrap();
    let filled = Command::new(me)
        .args(["--exact", "damage::a_fill_without_an_end", "--nocapture"])
        .env(FILL, &sound)
        .env(ROWS, rows)
        .output()
        .unwrap();
    assert_eq!(filled.status.code(), Some(FILLED), "{}", String::from_utf8_lossy(&filled.stderr));
    // A second time, so that all of sled's files are there.
    run(&sound, &["import", rows]);
    assert!(fs::metadata(sound.join("sled/db")).unwrap().len() > 8 << 20);
    let trials = if whole() { 1000 } else { 200 };
    let (mut seen, mut wrong) = (BTreeMap::<String, u32>::new(), Vec::new());
    let (mut done, mut salvages, mut with_losses) = (0, 0, 0);
    let firsts: Vec<u64> = (0..trials).step_by(TRIALS_A_PROCESS as usize).collect();
    for pair in firsts.chunks(2) {
        let said = std::thread::scope(|scope| {
            let both: Vec<_> = pair.iter().map(|first| scope.spawn(|| elsewhere(dir.path(), &sound, *first))).collect();
            both.into_iter().map(|one| one.join().unwrap()).collect::<String>()
        });
        for line in said.lines().filter_map(|line| line.strip_prefix("trial ")) {
            let (line, saved) = line.split_once("; saved, ").unwrap_or((line, ""));
            salvages += usize::from(!saved.is_empty());
            with_losses += usize::from(!saved.is_empty() && saved != "0 lost");
            let (_, outcome) = line.split_once(": ").unwrap();
            if std::env::var_os(EACH).is_some() {
                println!("{line}");
            }
            *seen.entry(outcome.split(" (").next().unwrap().to_owned()).or_default() += 1;
            if outcome.contains("WRONG") {
                wrong.push(line.to_owned());
            }
            done += 1;
        }
    }
    for (outcome, count) in &seen {
        println!("{count:4} {outcome}");
    }
    assert_eq!(done, trials);
    println!("{salvages:4} salvages, {with_losses} with losses");
    assert!(with_losses < salvages, "every one of {salvages} salvages lost something");
    // sled has most rows more than once in its log, so that of forty it may be that none loses anything.
    assert!(with_losses > 0 || !whole(), "none of {salvages} salvages lost anything");
    assert!(wrong.is_empty(), "{} trials:\n{}", wrong.len(), wrong.join("\n"));
    assert!(seen.keys().any(|outcome| outcome.contains("all is right")), "no damage ever does no harm");
    assert!(seen.keys().any(|outcome| outcome.contains("an error")), "no damage is ever noticed");
}

/// Does nothing but in a process that the test above starts: archives row by row, and leaves the archive as a kill would.
#[test]
fn a_fill_without_an_end() {
    let (Some(archive), Some(rows)) = (std::env::var_os(FILL), std::env::var_os(ROWS)) else { return };
    let archive = Archive::open(Path::new(&archive), &OpenOptions::default()).unwrap();
    for row in JsonlReader::new(BufReader::new(File::open(rows).unwrap())) {
        let Fact::Capture(capture) = row.unwrap().fact else { panic!("an alias") };
        archive.ingest(*capture, Durability::Buffered).unwrap();
    }
    archive.flush().unwrap();
    std::process::exit(FILLED);
}

/// Does nothing but in the processes that the test above starts.
#[test]
fn some_trials() {
    let (Some(sound), Ok(first)) = (std::env::var_os(SOUND), std::env::var(TRIALS)) else { return };
    morgue::engine::quiet_panics();
    let (sound, first): (PathBuf, u64) = (sound.into(), first.parse().unwrap());
    let dir = tempfile::tempdir().unwrap();
    let own = dir.path().join("sound");
    copy(&sound, &own);
    let truth = Truth::of(&Archive::open(&own, &OpenOptions::default()).unwrap());
    assert!(truth.stories.len() >= 80 && truth.texts() > truth.stories.len());
    for seed in first..first + TRIALS_A_PROCESS {
        let path = dir.path().join(format!("trial{seed}"));
        copy(&sound, &path);
        let damage = damage(&path, seed);
        // Before it is opened: what breaks keeps its lock.
        let saved = if seed % SALVAGE_EACH == 0 { salvaged(&truth, &path) } else { String::new() };
        println!("\ntrial {seed}: {}: {}{saved}", damage, outcome(&truth, &path, seed));
    }
}

/// Runs [`some_trials`] in a process of its own and returns what it says.
fn elsewhere(dir: &Path, sound: &Path, first: u64) -> String {
    let said = dir.join(format!("said{first}"));
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "damage::some_trials", "--nocapture"])
        .env(SOUND, sound)
        .env(TRIALS, first.to_string())
        .env("TMPDIR", dir)
        .stdout(File::create(&said).unwrap())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let end = Instant::now() + LIMIT;
    let status = loop {
        match child.try_wait().unwrap() {
            Some(status) => break status,
            None if Instant::now() > end => {
                child.kill().unwrap();
                panic!("it hangs after\n{}", fs::read_to_string(&said).unwrap());
            }
            None => std::thread::sleep(Duration::from_millis(20)),
        }
    };
    let mut error = String::new();
    child.stderr.take().unwrap().read_to_string(&mut error).unwrap();
    let said = fs::read_to_string(&said).unwrap();
    assert!(status.success() && error.is_empty(), "{status}\n{said}{error}");
    said
}

/// What the archive holds while it is whole.
struct Truth {
    stories: BTreeMap<StoryKey, Known>,
    export: Vec<Exported>,
}

struct Known {
    captures: Vec<Capture>,
    revisions: Vec<Revision>,
    /// Newest first, as they are read fastest.
    articles: Vec<(ArticleHash, Article)>,
}

impl Truth {
    fn of(archive: &Archive) -> Self {
        let stories: Vec<_> = archive.stories(&StoryFilter::default()).map(|story| story.unwrap().story).collect();
        let known = |story: StoryKey| {
            let captures = archive.captures(&story).unwrap();
            let mut hashes: Vec<ArticleHash> =
                captures.iter().rev().filter_map(|capture| capture.outcome.text_hash()).collect();
            let mut seen = HashSet::new();
            hashes.retain(|hash| seen.insert(*hash));
            let articles = archive.articles(&story, hashes.clone()).unwrap().map(Result::unwrap);
            let articles: Vec<_> = hashes.into_iter().zip(articles).collect();
            for (hash, article) in articles.iter().take(1) {
                let text = archive.canonical_text(&story, hash).unwrap();
                assert_eq!(ArticleHash::of(text.as_bytes()), *hash);
                assert_eq!(morgue::text::canonical(article).unwrap().text, text);
            }
            let revisions = archive.revisions(&story).unwrap();
            (story, Known { captures, revisions, articles })
        };
        let export = archive.export(&[]).unwrap().map(Result::unwrap).collect();
        Self { stories: stories.into_iter().map(known).collect(), export }
    }

    fn texts(&self) -> usize {
        self.stories.values().map(|known| known.articles.len()).sum()
    }
}

/// What a salvage of a damaged archive comes to, in words: whatever was not hit is there, nothing is invented, and as many captures
/// are said to be lost as are missing.
fn salvaged(truth: &Truth, path: &Path) -> String {
    let to = path.with_extension("saved");
    let report = match Archive::salvage(path, &to, &OpenOptions::default(), |_| {}) {
        Ok(report) => report,
        Err(error) => return format!("; WRONG: salvage fails ({error})"),
    };
    let saved = Archive::open(&to, &OpenOptions::default()).unwrap();
    let facts: Vec<Exported> = saved.export(&[]).unwrap().map(Result::unwrap).collect();
    let invented = facts.iter().filter(|fact| !truth.export.contains(fact)).count();
    let missing = (truth.export.len() - (facts.len() - invented)) as u64;
    let lost: u64 = report.lost.iter().map(|lost| lost.captures).sum();
    if invented > 0 || lost != missing {
        return format!("; WRONG: {invented} invented, {missing} missing, {lost} lost");
    }
    format!("; saved, {lost} lost")
}

/// What reading a damaged archive comes to, in words; `WRONG` for what must not be.
fn outcome(truth: &Truth, path: &Path, seed: u64) -> String {
    // In half the trials as a command that reads does, else as one that writes.
    let options = OpenOptions { read_only: seed.is_multiple_of(2), ..OpenOptions::default() };
    let archive = match Archive::open(path, &options) {
        Ok(archive) => archive,
        Err(error) => return format!("opening is an error{} ({error})", unnamed(&error)),
    };
    let mut read = Reading::default();
    for (story, known) in &truth.stories {
        read.story(&archive, story, known);
    }
    read.list(&archive, truth);
    read.export(&archive, truth);
    let report = archive.check(&CheckOptions { deep: true }, |_, _| {});
    let found = match &report {
        Ok(report) => !report.findings.is_empty(),
        Err(_) => true,
    };
    let checked = if found { "check finds it" } else { "check finds nothing" };
    if read.wrong.is_empty() && !read.absent.is_empty() {
        // sled may lose a row, or pass over some, and not know of it. Then what reads the whole index has to say so, unless it meets
        // something else that is lost before.
        let is_said = found && read.whole_reads_refused == 2;
        let said = if is_said { "list, export and check say so" } else { "WRONG: and nothing says so" };
        return format!(
            "a story is not there, {said} ({})",
            read.absent.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
        );
    }
    if let Some(wrong) = read.wrong.first() {
        return format!(
            "WRONG: {} of {} reads, {} errors; {checked} ({wrong}; {:?})",
            read.wrong.len(),
            read.right,
            read.errors.len(),
            read.errors.first()
        );
    }
    match read.errors.first() {
        None => format!("all is right; {checked}"),
        Some(_) if !found => "WRONG: a read failed; check finds nothing".to_owned(),
        Some(error) => {
            format!("reading is an error; {checked} ({error}; {} more, {} right)", read.errors.len() - 1, read.right)
        }
    }
}

/// An error of a damaged archive has to say that it is damaged.
fn unnamed(error: &Error) -> &'static str {
    let failed = matches!(error, Error::Engine(morgue::engine::Error::Failed { .. }));
    if error.is_damage() || failed { "" } else { " that is not called damage, WRONG" }
}

#[derive(Default)]
struct Reading {
    right: u32,
    errors: Vec<String>,
    wrong: Vec<String>,
    /// Stories that are said not to be there.
    absent: Vec<StoryKey>,
    /// How many of those that read the whole index end with an error.
    whole_reads_refused: usize,
}

impl Reading {
    fn take<T: PartialEq>(&mut self, what: &str, read: Result<T, Error>, expected: &T) {
        match read {
            Ok(read) if read == *expected => self.right += 1,
            Ok(_) => self.wrong.push(what.to_owned()),
            Err(error) => {
                let unnamed = unnamed(&error);
                if !unnamed.is_empty() {
                    self.wrong.push(format!("{what}: {error}"));
                }
                self.errors.push(error.to_string());
            }
        }
    }

    fn story(&mut self, archive: &Archive, story: &StoryKey, known: &Known) {
        if matches!(archive.story(story), Ok(None)) {
            let nothing = (archive.captures(story), archive.revisions(story), archive.articles(story, []).map(drop));
            let is_consistent = matches!(&nothing, (Ok(captures), Ok(revisions), Err(Error::NoStory(_)))
                if captures.is_empty() && revisions.is_empty());
            if is_consistent {
                self.absent.push(story.clone());
            } else {
                self.wrong.push(format!("{story} is there in part"));
            }
            return;
        }
        self.take(&format!("the summary of {story}"), archive.story(story).map(|story| story.is_some()), &true);
        self.take(&format!("the captures of {story}"), archive.captures(story), &known.captures);
        self.take(&format!("the revisions of {story}"), archive.revisions(story), &known.revisions);
        match archive.articles(story, known.articles.iter().map(|(hash, _)| *hash)) {
            Ok(articles) => {
                for ((hash, article), read) in known.articles.iter().zip(articles) {
                    self.take(&format!("the article {hash} of {story}"), read, article);
                }
            }
            Err(error) => self.take("the articles", Err(error), &()),
        }
        if let Some((hash, article)) = known.articles.first() {
            let text = morgue::text::canonical(article).unwrap().text;
            self.take(&format!("the text {hash} of {story}"), archive.canonical_text(story, hash), &text);
        }
    }

    fn list(&mut self, archive: &Archive, truth: &Truth) {
        let filter = StoryFilter::default();
        let listed: Result<Vec<_>, Error> = archive.stories(&filter).map(|story| Ok(story?.story)).collect();
        self.whole_reads_refused += usize::from(listed.is_err());
        self.take("the list", listed, &truth.stories.keys().cloned().collect());
    }

    fn export(&mut self, archive: &Archive, truth: &Truth) {
        let exported = archive.export(&[]).and_then(|facts| facts.collect());
        self.whole_reads_refused += usize::from(exported.is_err());
        self.take("the export", exported, &truth.export);
    }
}

/// Damages one file and says how. Where the dice fall depends on the seed alone.
fn damage(archive: &Path, seed: u64) -> String {
    let mut dice = Dice::new(seed);
    let log = archive.join("sled/db");
    // The log holds all that matters; each other file has its share.
    let others: Vec<PathBuf> =
        files(archive).into_iter().filter(|file| *file != log && !file.ends_with("lock")).collect();
    let path = if seed % 10 < 7 { log.clone() } else { others[(seed / 10) as usize % others.len()].clone() };
    let mut bytes = fs::read(&path).unwrap();
    // The log's end is padding.
    let used = bytes.iter().rposition(|byte| *byte != 0).unwrap() as u64 + 1;
    let what = match dice.below(5) {
        kind @ 0..=2 => {
            let flips = [1, 1, 8][kind as usize];
            for _ in 0..flips {
                bytes[dice.below(used) as usize] ^= 1 << dice.below(8);
            }
            format!("{flips} flipped")
        }
        3 => {
            bytes.truncate(dice.below(used) as usize);
            "cut".to_owned()
        }
        _ => {
            let at = dice.below(used) as usize;
            bytes.iter_mut().skip(at).take(4096).for_each(|byte| *byte = 0);
            "zeros".to_owned()
        }
    };
    fs::write(&path, bytes).unwrap();
    let name = path.strip_prefix(archive).unwrap().display().to_string();
    format!("{}, {what}", name.split('.').next().unwrap_or_default())
}
