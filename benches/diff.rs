//! Comparing two versions of an article, beside plain diffs of their words, on one thread.
//!
//! ```text
//! cargo bench --bench diff -- [--only typical] [--size 500] [--runs 9] [--ours]
//! ```
//!
//! Inside the timer: for morgue all of `compare`, from two articles to their diff: hashing, sentences, alignment with splits,
//! merges and moves, words, classes, summary. For the others splitting both texts into words and marks, and their diff; they know
//! neither sentences nor moves. Making the input and dropping the result are outside. The median of `--runs`, after one more that
//! warms up; what takes longer than [`LONG`] is run once.
//!
//! imara-diff runs without its postprocessing, `similar` without a deadline. Allocations are counted in all of them by the same
//! allocator.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, clippy::indexing_slicing, missing_docs)]

mod common;

use std::alloc::System;
use std::hint::black_box;
use std::time::{Duration, Instant};

use common::pairs::{Kind, Pair};
use common::{number, option};
use imara_diff::InternedInput;
use morgue::diff::{Options, compare};
use similar::TextDiff;
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

const LONG: Duration = Duration::from_secs(2);
const KB: usize = 1000;

/// What one comparison takes.
#[derive(Clone, Copy, Default)]
struct Cost {
    time: Duration,
    allocations: usize,
    bytes: usize,
}

impl Cost {
    fn ms(self) -> f64 {
        self.time.as_secs_f64() * 1e3
    }

    fn ns_a_byte(self, bytes: usize) -> f64 {
        self.time.as_secs_f64() * 1e9 / bytes as f64
    }
}

fn main() {
    let (only, size) = (option("--only"), number("--size", 0) as usize * KB);
    println!(
        "| workload | KB | morgue ms | imara-diff histogram | imara-diff Myers | similar patience | similar Myers | \
         ns a byte | allocations | MB allocated |"
    );
    println!("|---|---|---|---|---|---|---|---|---|---|");
    let mut growth = Vec::new();
    for kind in Kind::ALL.into_iter().filter(|kind| only.as_deref().is_none_or(|only| kind.name().contains(only))) {
        let chosen = |bytes: &&usize| size == 0 || **bytes == size;
        let costs: Vec<(usize, Cost)> = sizes(kind).iter().filter(chosen).map(|bytes| row(kind, *bytes)).collect();
        if let [first, .., last] = costs.as_slice() {
            growth.push((kind, *first, *last));
        }
    }
    println!("\n| growth | ns a byte at KB | ns a byte at KB | ratio |\n|---|---|---|---|");
    for (kind, (less, first), (more, last)) in growth {
        let (first, last) = (first.ns_a_byte(less), last.ns_a_byte(more));
        println!(
            "| {} | {first:.0} at {} | {last:.0} at {} | {:.2} |",
            kind.name(),
            less / KB,
            more / KB,
            last / first
        );
    }
}

/// The sizes of a workload. Those above 500 KB are for morgue alone.
fn sizes(kind: Kind) -> &'static [usize] {
    match kind {
        Kind::OneSentence | Kind::NearDuplicates => &[500 * KB],
        _ => &[5 * KB, 50 * KB, 500 * KB, 5000 * KB],
    }
}

/// Prints a row, the least time in bold, and returns what ours took.
fn row(kind: Kind, bytes: usize) -> (usize, Cost) {
    let pair = kind.pair(bytes);
    let ours = cost(|| compare(&pair.old, &pair.new, &Options::default()));
    let mut times = vec![Some(ours.ms())];
    if bytes <= 500 * KB && !std::env::args().any(|word| word == "--ours") {
        times.extend(others(&pair).map(|cost| Some(cost.ms())));
    } else {
        times.extend([None; 4]);
    }
    let alone = times.iter().flatten().count() == 1;
    let least = times.iter().flatten().copied().fold(f64::INFINITY, f64::min);
    let cell = |time: &Option<f64>| match time {
        Some(ms) if *ms == least && !alone => format!("**{ms:.2}**"),
        Some(ms) => format!("{ms:.2}"),
        None => String::new(),
    };
    println!(
        "| {} | {} | {} | {:.0} | {} | {:.2} |",
        kind.name(),
        bytes / KB,
        times.iter().map(cell).collect::<Vec<_>>().join(" | "),
        ours.ns_a_byte(bytes),
        ours.allocations,
        ours.bytes as f64 / 1e6
    );
    (bytes, ours)
}

/// Word diffs of the texts: imara-diff by histogram and by Myers, similar by patience and by Myers.
fn others(pair: &Pair) -> [Cost; 4] {
    let (old, new) = (pair.old.text(), pair.new.text());
    let imara = |algorithm| {
        cost(|| {
            let input = InternedInput::new(Words(&old), Words(&new));
            imara_diff::Diff::compute(algorithm, &input)
        })
    };
    let similar = |algorithm| {
        cost(|| {
            let (old, new): (Vec<&str>, Vec<&str>) = (words(&old).collect(), words(&new).collect());
            TextDiff::configure().algorithm(algorithm).diff_slices(&old, &new).ops().len()
        })
    };
    [
        imara(imara_diff::Algorithm::Histogram),
        imara(imara_diff::Algorithm::Myers),
        similar(similar::Algorithm::Patience),
        similar(similar::Algorithm::Myers),
    ]
}

fn cost<T>(mut work: impl FnMut() -> T) -> Cost {
    let mut once = || {
        let region = Region::new(ALLOCATOR);
        let begin = Instant::now();
        let result = black_box(work());
        let time = begin.elapsed();
        let change = region.change();
        drop(result);
        let grown = change.bytes_reallocated.max(0) as usize;
        Cost { time, allocations: change.allocations + change.reallocations, bytes: change.bytes_allocated + grown }
    };
    let first = once();
    if first.time > LONG {
        return first;
    }
    let mut costs: Vec<Cost> = (0..number("--runs", 9).max(1)).map(|_| once()).collect();
    costs.sort_by_key(|cost| cost.time);
    costs[costs.len() / 2]
}

/// The words, numbers, runs of white space and single marks of a text.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let kind = |character: char| (character.is_alphanumeric(), character.is_whitespace());
        let first = rest.chars().next()?;
        let end = match kind(first) {
            (false, false) => first.len_utf8(),
            of_first => rest.find(|character| kind(character) != of_first).unwrap_or(rest.len()),
        };
        let (word, after) = rest.split_at(end);
        rest = after;
        Some(word)
    })
}

/// A text that imara-diff takes apart itself.
struct Words<'a>(&'a str);

impl<'a> imara_diff::TokenSource for Words<'a> {
    type Token = &'a str;
    type Tokenizer = Box<dyn Iterator<Item = &'a str> + 'a>;

    fn tokenize(&self) -> Self::Tokenizer {
        Box::new(words(self.0))
    }

    fn estimate_tokens(&self) -> u32 {
        (self.0.len() / 3) as u32
    }
}
