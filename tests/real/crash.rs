//! `kill -9` at any time: what was acknowledged is there, nothing is torn, and the next import finishes the work.

use std::collections::HashSet;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::Stdio;
use std::thread::{self, sleep};
use std::time::{Duration, Instant};

use crate::support::{Dice, corpus, every_nth_story, lines, morgue, run, whole, write_lines};

const BATCH: usize = 100;

#[test]
fn what_was_acknowledged_survives_kill_9() {
    let Some(file) = corpus("bbc_headlines_3plus.jsonl.gz") else { return };
    let trials = if whole() { 200 } else { 50 };
    let dir = tempfile::tempdir().unwrap();
    // The rows as an export has them, so that what is kept can be compared line by line; shuffled, so that batches touch
    // stories that are there already.
    let (straight, input) = (dir.path().join("straight"), dir.path().join("rows.jsonl"));
    write_lines(&input, &every_nth_story(&lines(&file), 20));
    run(&straight, &["import", input.to_str().unwrap()]);
    let whole = run(&straight, &["export"]);
    let mut rows: Vec<String> = whole.lines().map(str::to_owned).collect();
    Dice::new(2).shuffle(&mut rows);
    write_lines(&input, &rows);
    assert!(rows.len() >= 10 * BATCH, "{} rows", rows.len());

    let mut kills = Vec::new();
    let half = |odd: u64| {
        let (whole, rows, input, dir) = (&whole, &rows, &input, dir.path());
        move || (0..trials / 2).map(|n| trial(n * 2 + odd, dir, input, rows, whole)).collect::<Vec<_>>()
    };
    thread::scope(|scope| {
        let both = [0, 1].map(|odd| scope.spawn(half(odd)));
        both.into_iter().for_each(|half| kills.extend(half.join().unwrap()));
    });
    let stopped = kills.iter().flatten().count();
    let between = kills.iter().flatten().filter(|acknowledged| (1..rows.len()).contains(*acknowledged)).count();
    println!(
        "{} trials, {stopped} killed in time, {between} of them between the first batch and the last",
        kills.len()
    );
    assert!(between >= kills.len() / 2, "the kills come too early or too late: {kills:?}");
}

/// Returns how many rows were acknowledged when the import was killed; `None` when it was done before.
fn trial(seed: u64, dir: &Path, input: &Path, rows: &[String], whole: &str) -> Option<usize> {
    let mut dice = Dice::new(seed);
    let archive = dir.join(format!("trial{seed}"));
    let batch = BATCH.to_string();
    let import = ["-v", "import", "--batch", &batch, input.to_str().unwrap()];
    let started = Instant::now();
    let mut child = morgue(&archive, &import).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut said = BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok);
    // So many batches are waited for, and then about as long as one takes.
    let batches = dice.below((rows.len() / BATCH) as u64 - 1);
    let mut acknowledged = 0;
    for _ in 0..batches {
        acknowledged = said.find_map(|line| kept(&line)).unwrap();
    }
    let a_batch = started.elapsed().as_micros() as u64 / batches.max(1);
    sleep(Duration::from_micros(dice.below(2 * a_batch.max(50_000))));
    child.kill().unwrap();
    let was_killed = child.wait().unwrap().code().is_none();
    // What it said before it died counts too.
    acknowledged = said.filter_map(|line| kept(&line)).last().unwrap_or(acknowledged);

    // Killed before the directory was an archive, there is none.
    if archive.join("MORGUE").exists() {
        run(&archive, &["check", "--deep"]);
        let export = run(&archive, &["--quiet", "export"]);
        let there: HashSet<&str> = export.lines().collect();
        for (number, row) in rows.iter().take(acknowledged).enumerate() {
            assert!(there.contains(row.as_str()), "seed {seed}: row {number} of {acknowledged} acknowledged is lost");
        }
        let given: HashSet<&str> = rows.iter().map(String::as_str).collect();
        assert!(there.is_subset(&given), "seed {seed}: a row that nobody gave");
    } else {
        assert_eq!(acknowledged, 0, "seed {seed}");
    }
    run(&archive, &["--quiet", "import", input.to_str().unwrap()]);
    assert!(run(&archive, &["--quiet", "export"]) == whole, "seed {seed}: the import after the kill misses something");
    run(&archive, &["check"]);
    fs::remove_dir_all(&archive).unwrap();
    was_killed.then_some(acknowledged)
}

/// The number in `1,200 rows kept, 345 a second`.
pub(crate) fn kept(line: &str) -> Option<usize> {
    line.split_once(" rows kept")?.0.replace(',', "").parse().ok()
}
