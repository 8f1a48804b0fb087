//! Files of other programs come in, and what goes out comes back.

use std::fs;
use std::path::Path;

use crate::support::{corpus, files, json, morgue, run, said};

const FIRST: &str = "warc/BL-20140325121225068-00000-32090~opera~8443.warc.gz";
const SECOND: &str = "warc/BL-20140325122341434-00000-32090~opera~8443.warc.gz";

fn number(summary: &serde_json::Value, name: &str) -> u64 {
    summary[name].as_u64().unwrap()
}

#[test]
fn every_web_archive_is_read_or_refused_with_a_reason_and_a_place() {
    let Some(directory) = corpus("warc") else { return };
    let dir = tempfile::tempdir().unwrap();
    let mut files: Vec<_> = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    for file in files {
        let name = file.file_name().unwrap().to_str().unwrap().to_owned();
        if name.starts_with("BL-") || name.starts_with("news_aeb") {
            continue;
        }
        let output = morgue(&dir.path().join(&name), &["import", file.to_str().unwrap()]).output().unwrap();
        let text = said(&output);
        let broken = ["bad.arc", "example-trunc.warc", "example-space-in-url.arc"].contains(&name.as_str());
        assert_eq!(output.status.code(), Some(if broken { 2 } else { 0 }), "{name}: {text}");
        assert_eq!(broken, text.contains(&format!("{name} at byte ")), "{name}: {text}");
        // Most hold one page that is no story: then it is said so.
        let is_told = text.contains("skipped") || text.contains("there are no captures in it") || broken;
        assert!(is_told || !text.contains("read 0 rows"), "{name}: {text}");
    }
}

#[test]
fn news_in_a_web_archive_become_stories_and_come_back_from_an_export() {
    let Some(file) = corpus("warc/news_aeb.warc.gz") else { return };
    let dir = tempfile::tempdir().unwrap();
    let archive = dir.path().join("archive");
    let summary = json(&archive, &["import", file.to_str().unwrap()]);
    assert_eq!((number(&summary, "stories"), number(&summary, "rejected")), (181, 0), "{summary}");
    comes_back(dir.path(), &archive);
}

#[test]
fn revisits_are_the_same_article_again_in_one_import_or_in_two() {
    let (Some(first), Some(second)) = (corpus(FIRST), corpus(SECOND)) else { return };
    let dir = tempfile::tempdir().unwrap();
    let (one, two) = (dir.path().join("one"), dir.path().join("two"));
    let (first, second) = (first.to_str().unwrap(), second.to_str().unwrap());
    run(&one, &["-q", "import", first, second]);
    run(&two, &["-q", "import", first]);
    run(&two, &["-q", "import", second]);
    let stories = json(&one, &["stats"]);
    assert!(number(&stories, "captures") >= 2 * number(&stories, "revisions"), "{stories}");
    // The archive has no pages of the first crawl to give again, only texts.
    let texts = |archive: &Path| {
        let rows = run(archive, &["-q", "export"]);
        let row = |line: &str| -> serde_json::Value { serde_json::from_str(line).unwrap() };
        let seen = |row: serde_json::Value| {
            ["url", "captured_at", "outcome", "headline", "text"].map(|field| row[field].to_string())
        };
        // A page that is no story leaves nothing behind, so a revisit of it is told from others only in one import.
        rows.lines().map(|line| seen(row(line))).filter(|row| row[1] != "null" && row[2] == "null").collect::<Vec<_>>()
    };
    let revisits = texts(&one).iter().filter(|row| row[1].as_str() > "\"2014-03-25T12:23").count();
    assert!(revisits >= 20, "{revisits}");
    assert_eq!(texts(&one), texts(&two));
    comes_back(dir.path(), &one);
}

/// Writes a web archive, reads it into a new archive, and compares the two.
fn comes_back(dir: &Path, archive: &Path) {
    let (file, again) = (dir.join("out.warc.gz"), dir.join("again"));
    run(archive, &["-q", "export", "--format", "warc", "-o", file.to_str().unwrap()]);
    run(&again, &["-q", "import", file.to_str().unwrap()]);
    let rows = |archive: &Path| run(archive, &["-q", "export"]);
    assert!(rows(archive) == rows(&again), "the archive is not the same after a way out and in");
    let index = fs::read_to_string(dir.join("out.cdxj")).unwrap();
    assert!(index.lines().is_sorted() && index.lines().count() > 0);
}

#[test]
fn every_item_of_an_agency_is_read_or_refused_with_a_reason() {
    let Some(directory) = corpus("ninjs") else { return };
    let dir = tempfile::tempdir().unwrap();
    let archive = dir.path().join("archive");
    let (mut captures, mut refused) = (0, 0);
    for file in files(&directory) {
        let output = morgue(&archive, &["--json", "import", file.to_str().unwrap()]).output().unwrap();
        let text = said(&output);
        let summary: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        captures += number(&summary, "captures");
        refused += u64::from(output.status.code() != Some(0));
        let reasons = ["no articles", "no `versionCreated`", "no `uri`"];
        let has_reason = reasons.iter().any(|reason| text.contains(reason));
        assert_eq!(has_reason, number(&summary, "read") != 1 || output.status.code() != Some(0), "{file:?}: {text}");
    }
    assert_eq!((captures, refused), (12, 1), "one has no time");
    let items = run(&archive, &["-q", "export", "--format", "ninjs"]);
    assert_eq!(items.lines().count(), 12);
    let file = dir.path().join("items.json");
    fs::write(&file, &items).unwrap();
    let again = dir.path().join("again");
    run(&again, &["-q", "import", file.to_str().unwrap()]);
    let rows = |archive: &Path| run(archive, &["-q", "export"]);
    let aliases =
        |rows: String| rows.lines().filter(|row| !row.starts_with("{\"alias\"")).collect::<Vec<_>>().join("\n");
    assert_eq!(aliases(rows(&archive)), aliases(rows(&again)));
}
