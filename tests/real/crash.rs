//! `kill -9` at any time: what was acknowledged is there, nothing is torn, and the next import finishes the work.

use std::collections::HashSet;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::Stdio;
use std::thread::{self, sleep};
use std::time::{Duration, Instant};

use morgue::EngineKind;

use crate::support::{Dice, corpus, every_nth_story, lines, morgue, run, whole, write_lines};

const BATCH: usize = 100;

#[test]
fn what_was_acknowledged_survives_kill_9() {
    let Some(file) = corpus("bbc_headlines_3plus.jsonl.gz") else { return };
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

    for engine in EngineKind::ALL.into_iter().filter(|engine| engine.is_built()) {
        let given = Given { engine, dir: dir.path(), input: &input, rows: &rows, whole: &whole };
        kill_again_and_again(&given);
    }
}

/// What all trials of an engine have in common.
struct Given<'a> {
    engine: EngineKind,
    dir: &'a Path,
    input: &'a Path,
    rows: &'a [String],
    /// The export of an archive that was never stopped.
    whole: &'a str,
}

fn kill_again_and_again(given: &Given<'_>) {
    let trials = if whole() { 200 } else { 50 };
    let mut kills = Vec::new();
    let half = |odd: u64| move || (0..trials / 2).map(|n| trial(n * 2 + odd, given)).collect::<Vec<_>>();
    thread::scope(|scope| {
        let both = [0, 1].map(|odd| scope.spawn(half(odd)));
        both.into_iter().for_each(|half| kills.extend(half.join().unwrap()));
    });
    let stopped = kills.iter().flatten().count();
    let between = kills.iter().flatten().filter(|acknowledged| (1..given.rows.len()).contains(*acknowledged)).count();
    println!(
        "{}: {} trials, {stopped} killed in time, {between} of them between the first batch and the last",
        given.engine,
        kills.len()
    );
    assert!(between >= kills.len() / 2, "the kills come too early or too late: {kills:?}");
}

/// Returns how many rows were acknowledged when the import was killed; `None` when it was done before.
fn trial(seed: u64, given: &Given<'_>) -> Option<usize> {
    let Given { engine, dir, input, rows, whole } = *given;
    let mut dice = Dice::new(seed);
    let archive = dir.join(format!("{engine}{seed}"));
    let batch = BATCH.to_string();
    let import = ["-v", "import", "--engine", engine.name(), "--batch", &batch, input.to_str().unwrap()];
    let started = Instant::now();
    let mut child = morgue(&archive, &import).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut said = BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok);
    // So many batches are waited for, and then about as long as one takes.
    let batches = dice.below((rows.len() / BATCH) as u64 - 1);
    let mut acknowledged = 0;
    for _ in 0..batches {
        acknowledged = said.find_map(|line| kept(&line)).unwrap();
    }
    // Before the first batch nobody knows how long one takes; the directory is being made then.
    let a_batch = (started.elapsed().as_micros() as u64).checked_div(batches).unwrap_or(50_000);
    sleep(Duration::from_micros(dice.below(2 * a_batch.max(1_000))));
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
            assert!(
                there.contains(row.as_str()),
                "{engine}, seed {seed}: row {number} of {acknowledged} acknowledged is lost"
            );
        }
        let given: HashSet<&str> = rows.iter().map(String::as_str).collect();
        assert!(there.is_subset(&given), "{engine}, seed {seed}: a row that nobody gave");
    } else {
        assert_eq!(acknowledged, 0, "{engine}, seed {seed}");
    }
    run(&archive, &["--quiet", "import", "--engine", engine.name(), input.to_str().unwrap()]);
    assert!(
        run(&archive, &["--quiet", "export"]) == whole,
        "{engine}, seed {seed}: the import after the kill misses something"
    );
    run(&archive, &["check"]);
    fs::remove_dir_all(&archive).unwrap();
    was_killed.then_some(acknowledged)
}

/// The number in `1,200 rows kept, 345 a second`.
pub(crate) fn kept(line: &str) -> Option<usize> {
    line.split_once(" rows kept")?.0.replace(',', "").parse().ok()
}
