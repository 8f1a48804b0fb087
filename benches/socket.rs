//! Reading an archive by way of the process that has it open, beside opening it.
//!
//! ```text
//! cargo bench --bench socket -- [--captures N] [--rounds N] [--engine E] [--dir DIR]
//! ```
//!
//! "opened": nobody has the archive, and a command opens it itself. "served": this process has it and answers by the socket. "while writing": so it
//! does, and archives a capture every two milliseconds or so in a second thread. Inside the timer: a command from its start to its end, its output read and
//! thrown away; below the line, calls of the library on an archive that was opened before, and which has read nothing yet. The middle of the rounds is shown; rounds of the
//! three ways take turns. What `log`, `show` and `diff` print is compared, opened and served, and the files are in the system's cache.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, clippy::indexing_slicing, missing_docs)]

mod common;

#[cfg(not(unix))]
fn main() {
    println!("there are no Unix sockets here");
}

#[cfg(unix)]
fn main() {
    bench::main();
}

#[cfg(unix)]
mod bench {
    use std::path::Path;
    use std::process::{Command, Stdio};
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::thread;
    use std::time::{Duration, Instant};

    use morgue::{Archive, Durability, IngestOptions, NewCapture, OpenOptions, Selector, StoryFilter};

    use crate::common::news::Crawl;
    use crate::common::{bytes_under, directory, mb, number, open_options, p50_p99};

    /// What is written meanwhile.
    type Further<'a> = dyn Iterator<Item = NewCapture> + Send + 'a;

    /// The pause between two captures that are written meanwhile.
    const BETWEEN: Duration = Duration::from_millis(2);

    #[derive(Clone, Copy, PartialEq)]
    enum Way {
        Opened,
        Served,
        Writing,
    }

    /// One thing to do, by a command or by the library.
    enum What {
        Command(Vec<String>),
        Library(&'static str, fn(&Archive) -> usize),
    }

    pub(super) fn main() {
        let captures = number("--captures", 10_000);
        let rounds = number("--rounds", 9);
        // Five captures for two stories.
        let stories = captures * 2 / 5;
        let crawl = Crawl { stories, stories_a_day: 2_000, captures: (2, 3), paragraphs: (2, 6) };
        let mut further =
            (stories..).flat_map(|story| (0..crawl.captures_of(story)).map(move |nth| crawl.capture(story, nth)));
        let directory = directory();
        let path = directory.path().join("archive");
        let archive = Archive::open(&path, &open_options()).unwrap();
        archive.ingest_many(crawl.captures(), &IngestOptions::default(), |_| {}).unwrap();
        let engine = archive.engine_kind().unwrap();
        drop(archive);
        println!(
            "{captures} captures on {engine}, {:.1} MB; ms, and how many times as long as opened\n",
            mb(bytes_under(&path))
        );
        println!("| | opened | served | ratio | while writing | ratio |");
        println!("|---|---|---|---|---|---|");
        let story = crawl.key(crawl.stories / 2).as_str().to_owned();
        let words = |words: &[&str]| What::Command(words.iter().map(|word| (*word).to_owned()).collect());
        let all = [
            words(&["log", &story]),
            words(&["show", &story]),
            words(&["diff", &story]),
            words(&["list"]),
            words(&["stats", "--json"]),
            words(&["changes"]),
            words(&["export"]),
            words(&["check"]),
            What::Library("the latest version of each story", latest),
            What::Library("revisions of each story", revisions),
            What::Library("all stories", all_stories),
            What::Library("export", export),
        ];
        for what in &all {
            measure(what, &path, rounds, &mut further);
        }
    }

    fn measure(what: &What, path: &Path, rounds: u64, further: &mut Further<'_>) {
        let mut times = [Way::Opened, Way::Served, Way::Writing].map(|way| (way, Vec::new()));
        let mut printed: Option<Vec<u8>> = None;
        for _ in 0..rounds {
            for (way, times) in &mut times {
                let (time, out) = once(what, path, *way, further);
                times.push(time);
                if *way != Way::Writing && !is_of_the_disk(what) {
                    assert!(*printed.get_or_insert_with(|| out.clone()) == out, "the output differs");
                }
            }
        }
        let ms = times.map(|(_, mut times)| p50_p99(&mut times).0.as_secs_f64() * 1e3);
        let name = match what {
            What::Command(words) => format!("`morgue {}`", words[0]),
            What::Library(name, _) => (*name).to_owned(),
        };
        println!(
            "| {name} | {:.1} | {:.1} | {:.2} | {:.1} | {:.2} |",
            ms[0],
            ms[1],
            ms[1] / ms[0],
            ms[2],
            ms[2] / ms[0]
        );
    }

    /// What an archive takes changes while it is open, and so does what is listed when something was written in between.
    fn is_of_the_disk(what: &What) -> bool {
        !matches!(what, What::Command(words) if ["log", "show", "diff"].contains(&words[0].as_str()))
    }

    fn once(what: &What, path: &Path, way: Way, further: &mut Further<'_>) -> (Duration, Vec<u8>) {
        if way == Way::Opened {
            return timed(what, path);
        }
        let archive = Archive::open(path, &OpenOptions::default()).unwrap();
        let reads = archive.serve_reads("measuring").unwrap();
        let over = AtomicBool::new(way == Way::Served);
        let timed = thread::scope(|scope| {
            let writer = scope.spawn(|| {
                while !over.load(Ordering::Relaxed) {
                    archive.ingest(further.next().unwrap(), Durability::Buffered).unwrap();
                    thread::sleep(BETWEEN);
                }
            });
            let timed = timed(what, path);
            over.store(true, Ordering::Relaxed);
            writer.join().unwrap();
            timed
        });
        drop(reads);
        timed
    }

    fn timed(what: &What, path: &Path) -> (Duration, Vec<u8>) {
        match what {
            What::Command(words) => {
                let mut command = Command::new(env!("CARGO_BIN_EXE_morgue"));
                command.env_clear().arg("--archive").arg(path).args(words).stdin(Stdio::null());
                let begin = Instant::now();
                let output = command.output().unwrap();
                let time = begin.elapsed();
                assert!(output.status.code() < Some(2), "{}", String::from_utf8_lossy(&output.stderr));
                (time, output.stdout)
            }
            What::Library(_, read) => {
                let options = OpenOptions { read_only: true, ..OpenOptions::default() };
                let archive = Archive::open(path, &options).unwrap();
                let begin = Instant::now();
                assert!(read(&archive) > 0);
                (begin.elapsed(), Vec::new())
            }
        }
    }

    fn all_stories(archive: &Archive) -> usize {
        archive.stories(&StoryFilter::default()).map(Result::unwrap).count()
    }

    fn latest(archive: &Archive) -> usize {
        let filter = StoryFilter::default();
        let stories = archive.stories(&filter).map(Result::unwrap);
        stories.filter(|story| archive.memento(&story.story, &Selector::Latest).unwrap().is_some()).count()
    }

    fn revisions(archive: &Archive) -> usize {
        let filter = StoryFilter::default();
        archive.stories(&filter).map(|story| archive.revisions(&story.unwrap().story).unwrap().len()).sum()
    }

    fn export(archive: &Archive) -> usize {
        archive.export(&[]).unwrap().map(Result::unwrap).count()
    }
}
