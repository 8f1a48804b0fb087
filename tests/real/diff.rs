//! What a diff promises, held on real edits, and how well it finds what is known to have been done.

use std::path::Path;
use std::process::Command;

use morgue::Article;
use morgue::diff::{ArticleDiff, Change, Field, Group, Options, Span, compare};
use rayon::prelude::*;
use serde_json::Value;

use crate::support::{corpus, lines, run, truth, write_lines};

/// The least that is reached on each metric, F1 in per cent, with the texts made from known operations and with those of WikiSplit.
/// What a metric cannot be counted on has 0.
const FLOORS: [(&str, f64, f64); 9] = [
    ("edges_changed", 97.6, 99.7),
    ("add", 98.6, 99.6),
    ("delete", 97.4, 98.0),
    ("edit", 98.3, 0.0),
    ("split", 96.4, 99.7),
    ("merge", 99.4, 99.0),
    ("move", 97.7, 98.6),
    ("macro", 98.1, 99.3),
    ("doc_exact", 87.0, 93.0),
];

/// The same of the tags, on the texts made from known operations.
const TAG_FLOORS: [(&str, f64); 6] =
    [("boilerplate", 58.0), ("hedge", 97.0), ("name", 90.9), ("number", 98.0), ("quote", 68.7), ("typo", 98.5)];

/// So many of a thousand groups must be the same when the older and the newer article change places.
const MIN_MIRRORED: usize = 995;

struct Pair {
    name: String,
    old: Article,
    new: Article,
}

#[test]
fn every_real_edit_makes_each_article_from_the_other() {
    let mut all = real_pairs();
    all.extend(pairs_of(truth("truth.dev.jsonl.gz").as_deref()));
    let failures: Vec<String> = all.par_iter().filter_map(|pair| fault(pair).err()).collect();
    assert!(failures.is_empty(), "{} of {} pairs: {failures:#?}", failures.len(), all.len());
    println!("{} pairs made again from their diffs", all.len());
}

fn fault(pair: &Pair) -> Result<(), String> {
    let fail = |what: &str| Err(format!("{}: {what}", pair.name));
    let diff = compare(&pair.old, &pair.new, &Options::default());
    if diff.degraded {
        return fail("degraded");
    }
    if diff.identical != (pair.old == pair.new) {
        return fail("identical is wrong");
    }
    let read: ArticleDiff = serde_json::from_str(&serde_json::to_string(&diff).unwrap()).unwrap();
    for (diff, what) in [(&diff, "the diff"), (&read, "the diff read from its JSON")] {
        if diff.apply(&pair.old).as_ref() != Ok(&pair.new) {
            return fail(&format!("{what} does not make the newer article"));
        }
        if diff.revert(&pair.new).as_ref() != Ok(&pair.old) {
            return fail(&format!("{what} does not make the older article"));
        }
    }
    Ok(())
}

#[test]
fn the_diff_of_real_edits_is_the_mirror_of_its_reverse() {
    let mut all = real_pairs();
    all.extend(pairs_of(truth("truth.dev.jsonl.gz").as_deref()));
    let counts: Vec<(usize, usize, &str)> = all.par_iter().map(mirrored).collect();
    let (same, groups) = counts.iter().fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
    println!("{same} of {groups} groups are mirrored");
    let odd: Vec<&str> = counts.iter().filter(|one| one.0 < one.1).map(|one| one.2).take(20).collect();
    assert!(1000 * same >= MIN_MIRRORED * groups, "{same} of {groups} groups, not all in {odd:?}");
}

/// How many groups are the same both ways, and how many there are.
fn mirrored(pair: &Pair) -> (usize, usize, &str) {
    let there = compare(&pair.old, &pair.new, &Options::default());
    let back = compare(&pair.new, &pair.old, &Options::default());
    let mut told: Vec<Told> = there.groups.iter().map(told).collect();
    let mut turned: Vec<Told> = back.groups.iter().map(turned_round).collect();
    told.sort();
    turned.sort();
    let same = told.iter().filter(|one| turned.binary_search(one).is_ok()).count();
    (same, told.len().max(turned.len()), &pair.name)
}

/// What a group says: its field, both sides, whether it moved, the words that went and those that came.
type Told = (String, Vec<[usize; 4]>, Vec<[usize; 4]>, bool, Vec<String>, Vec<String>);

fn told(group: &Group) -> Told {
    let spans = |spans: &[Span]| spans.iter().map(|span| [span.para, span.sent, span.start, span.end]).collect();
    let words = |change| group.tokens.iter().filter(|op| op.op == change).map(|op| op.text.clone()).collect();
    let field = match group.field {
        Field::Headline => "headline",
        Field::Deck => "deck",
        Field::Byline => "byline",
        _ => "body",
    };
    (field.to_owned(), spans(&group.old), spans(&group.new), group.moved, words(Change::Del), words(Change::Ins))
}

fn turned_round(group: &Group) -> Told {
    let (field, old, new, moved, went, came) = told(group);
    (field, new, old, moved, came, went)
}

#[test]
fn what_is_known_to_have_been_done_is_found() {
    for (name, of) in [("truth.dev.jsonl.gz", 1), ("wikisplit.dev.jsonl.gz", 2)] {
        let (Some(file), Some(scorer)) = (truth(name), truth("score.py")) else { return };
        if Command::new("python3").arg("--version").output().is_err() {
            println!("skipped: python3 not found");
            return;
        }
        let dir = tempfile::tempdir().unwrap();
        let (known, found) = (dir.path().join("known.jsonl"), dir.path().join("found.jsonl"));
        write_lines(&known, &lines(&file));
        // No archive is needed, so none is made.
        let answers = run(&dir.path().join("none"), &["--quiet", "compare", "--pairs", known.to_str().unwrap()]);
        std::fs::write(&found, answers).unwrap();
        let scores: Value = serde_json::from_str(&score(&scorer, &known, &found, &["--json"])).unwrap();
        let mut missed = Vec::new();
        for (metric, truth_floor, wikisplit_floor) in FLOORS {
            let floor = if of == 1 { truth_floor } else { wikisplit_floor };
            let value = scores[metric]["f1"].as_f64().or(scores[metric].as_f64()).unwrap();
            check(&mut missed, &format!("{name} {metric}"), 100.0 * value, floor);
        }
        assert_eq!(scores["missing"], 0);
        if of == 1 {
            let table = score(&scorer, &known, &found, &[]);
            for (tag, floor) in TAG_FLOORS {
                check(&mut missed, &format!("{name} {tag}"), tag_f1(&table, tag), floor);
            }
        }
        assert!(missed.is_empty(), "{missed:#?}");
    }
}

fn score(scorer: &Path, known: &Path, found: &Path, args: &[&str]) -> String {
    let output = Command::new("python3").arg(scorer).args([known, found]).args(args).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// The number after `F1` in the row of a tag.
fn tag_f1(table: &str, tag: &str) -> f64 {
    let row = table.lines().find(|line| line.split_whitespace().next() == Some(&*format!("tag:{tag}")));
    let f1 = row.unwrap_or_default().split_whitespace().skip_while(|word| *word != "F1").nth(1);
    f1.and_then(|number| number.parse().ok()).unwrap_or(0.0)
}

fn check(missed: &mut Vec<String>, what: &str, value: f64, floor: f64) {
    println!("{what}: {value:.2}, at least {floor:.2}");
    if value < floor {
        missed.push(format!("{what} is {value:.2} and not {floor:.2}"));
    }
}

/// The pairs of real versions, of all that is there.
fn real_pairs() -> Vec<Pair> {
    let mut pairs = Vec::new();
    for name in ["real-wikipedia.dev.jsonl.gz", "real-peps.dev.jsonl.gz"] {
        pairs.extend(pairs_of(truth(name).as_deref()));
    }
    if let Some(file) = corpus("cnn_lite_multi.jsonl.gz") {
        let rows = rows(&file);
        let versions = rows.windows(2).filter(|two| two[0]["id"] == two[1]["id"]);
        pairs.extend(versions.map(|two| {
            let [old, new] =
                [&two[0], &two[1]].map(|row| Article::new(text(&row["title"])).with_text(&text(&row["text"])));
            Pair { name: format!("{} {}", two[1]["id"], two[1]["version"]), old, new }
        }));
    }
    if let Some(file) = corpus("newsedits/pairs.jsonl.gz") {
        pairs.extend(rows(&file).iter().map(|row| {
            let [old, new] = ["old", "new"].map(|side| Article {
                headline: text(&row[format!("headline_{side}")]),
                paragraphs: row[side].as_array().unwrap().iter().map(text).collect(),
                ..Article::default()
            });
            Pair { name: row["id"].to_string(), old, new }
        }));
    }
    pairs
}

/// The pairs of plain texts in a file.
fn pairs_of(file: Option<&Path>) -> Vec<Pair> {
    let rows = file.map(rows).unwrap_or_default();
    let article = |text: &Value| Article::default().with_text(text.as_str().unwrap());
    rows.iter()
        .map(|row| Pair { name: row["id"].to_string(), old: article(&row["old"]), new: article(&row["new"]) })
        .collect()
}

fn rows(file: &Path) -> Vec<Value> {
    lines(file).par_iter().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
