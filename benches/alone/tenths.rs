//! Whether an engine alone keeps its rate: what the import of a crawl asked of its engine, asked again, tenth by tenth.

use std::fs::File;
use std::io::{BufReader, BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use bincode::config::standard;

use super::common::news::Crawl;
use super::common::process::{Clock, forget_files};
use super::common::{disk, settle};
use super::record::{Asked, record};
use super::replay::Bare;

const TENTHS: u64 = 10;

/// Records the import of so many captures, as those of `million` are, gives each engine alone the same again, and opens it once more.
pub(crate) fn measure(directory: &Path, captures: u64) {
    let crawl = Crawl::of_captures(captures);
    let each = crawl.len() / TENTHS;
    println!("{} captures of {} stories, by tenths", crawl.len(), crawl.stories);
    let (mut files, mut reads) = (Vec::new(), Vec::new());
    let mut take = |asked: Vec<Asked>| {
        reads.push(reads_of(&asked, each));
        files.push(keep(directory, files.len(), asked));
        files.len() as u64
    };
    let mut taken = 0;
    let rest = record(crawl.captures(), |batch, asked| {
        if batch.so_far.read >= each * (taken + 1) && taken + 1 < TENTHS {
            taken = take(std::mem::take(asked));
        }
    });
    take(rest);
    println!("rows asked for by key and ranges looked into, a capture, by tenths:");
    println!("{}", reads.iter().map(|(rows, ranges)| format!("{rows:.2} {ranges:.3}")).collect::<Vec<_>>().join("; "));
    println!("\n| engine | | first tenth | last tenth | first / last |");
    println!("|---|---|---|---|---|");
    replay("sled", Bare::sled, directory, &files, each);
    #[cfg(feature = "fjall")]
    replay("fjall", Bare::fjall, directory, &files, each);
}

/// How many rows were asked for and how many ranges looked into, a capture.
fn reads_of(asked: &[Asked], each: u64) -> (f64, f64) {
    let count = |is: fn(&&Asked) -> bool| asked.iter().filter(is).count() as f64 / each as f64;
    (count(|asked| matches!(asked, Asked::Get(_))), count(|asked| matches!(asked, Asked::Scan(..))))
}

/// Writes what was asked in a tenth into a file: all of it is too much for memory.
fn keep(directory: &Path, tenth: usize, asked: Vec<Asked>) -> PathBuf {
    let path = directory.join(format!("tenth {tenth}"));
    let mut file = BufWriter::new(File::create(&path).unwrap());
    bincode::encode_into_std_write(&asked, &mut file, standard()).unwrap();
    file.flush().unwrap();
    path
}

fn asked_in(path: &Path) -> Vec<Asked> {
    bincode::decode_from_std_read(&mut BufReader::new(File::open(path).unwrap()), standard()).unwrap()
}

/// What one tenth took: microseconds of wall and of CPU time a capture, those in which the engine was read, and the bytes of disk a
/// capture at its end.
struct Took {
    wall: f64,
    reading: f64,
    cpu: f64,
    disk: f64,
}

fn replay(name: &str, open: impl Fn(&Path) -> Bare, directory: &Path, files: &[PathBuf], each: u64) {
    settle();
    let path = directory.join(name);
    let engine = open(&path);
    let all: Vec<Took> = (1..).zip(files).map(|(tenth, file)| ask_all(&engine, &path, file, tenth, each)).collect();
    drop(engine);
    show(name, &all, each);
    settle();
    let how =
        if forget_files(&path) { "the system told to forget its files" } else { "its files in the system's cache" };
    let clock = Clock::start();
    let engine = open(&path);
    let spent = clock.read();
    drop(engine);
    let (wall, cpu) = (spent.wall.as_secs_f64(), spent.own.as_secs_f64());
    println!("| {name} | opened again, {how}: {wall:.2} s, CPU {cpu:.2} s | | | |");
    std::fs::remove_dir_all(path).unwrap();
}

/// Asks an engine what was asked in one tenth.
fn ask_all(engine: &Bare, path: &Path, file: &Path, tenth: u64, each: u64) -> Took {
    let asked = asked_in(file);
    let mut reading = Duration::ZERO;
    let clock = Clock::start();
    for asked in &asked {
        let begin = Instant::now();
        engine.ask(asked);
        if matches!(asked, Asked::Get(_) | Asked::Scan(..)) {
            reading += begin.elapsed();
        }
    }
    let spent = clock.read();
    // What is in memory still is no part of what this takes.
    engine.ask(&Asked::Flush);
    let us = |time: Duration| time.as_secs_f64() * 1e6 / each as f64;
    let disk = disk(path).allocated as f64 / (each * tenth) as f64;
    Took { wall: us(spent.wall), reading: us(reading), cpu: us(spent.own), disk }
}

fn show(name: &str, all: &[Took], each: u64) {
    let (first, last) = (&all[0], &all[all.len() - 1]);
    let row = |what: &str, of: fn(&Took) -> f64| {
        println!("| {name} | {what} | {:.1} | {:.1} | {:.2} |", of(first), of(last), of(first) / of(last));
    };
    row("wall us a capture", |took| took.wall);
    row("of these reading", |took| took.reading);
    row("CPU us a capture", |took| took.cpu);
    row("disk at its end, bytes a capture so far", |took| took.disk);
    let sum = |of: fn(&Took) -> f64| all.iter().map(of).sum::<f64>() * each as f64 / 1e6;
    println!("| {name} | all tenths: {:.1} s, CPU {:.1} s | | | |", sum(|took| took.wall), sum(|took| took.cpu));
}
