//! Real news goes in and comes out again.

use std::fs;
use std::path::Path;

use crate::support::{corpus, ends_with, json, morgue, run, size};

const SEED: &str = "seed/000_99a8a53922663c20.txt";

#[test]
fn one_wire_story_is_archived_and_told_with_its_date() {
    let Some(file) = corpus(SEED) else { return };
    let dir = tempfile::tempdir().unwrap();
    let archive = dir.path().join("archive");
    let name = file.file_name().unwrap().to_str().unwrap();
    let added = run(&archive, &["add", file.to_str().unwrap()]);
    assert!(added.contains(&format!("file:{name}: archived #1")), "{added}");
    assert!(added.contains("published 2022-03-29"), "{added}");
    let shown = json(&archive, &["show", name]);
    assert_eq!(shown["published_at"].as_str().map(|time| time.get(..10).unwrap()), Some("2022-03-29"));
    let text = run(&archive, &["show", name]);
    assert!(text.contains("2022-03-29"), "{text}");
    for command in [["log", name], ["list", name]] {
        let told = run(&archive, &command);
        assert!(told.contains(name) || told.contains("#1"), "{command:?}: {told}");
    }
    // What is shown without a wrapped line must be what the file says, to the last word.
    let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    let canonical = run(&archive, &["show", name, "--canonical"]);
    let last = fs::read_to_string(&file).unwrap();
    assert_eq!(words(&canonical).last(), words(&last).last());
    assert_eq!(shown["hash"].as_str(), Some(blake3::hash(canonical.as_bytes()).to_hex().as_str()));
}

#[test]
fn an_edited_version_is_revision_2_and_the_same_again_is_nothing() {
    let Some(file) = corpus(SEED) else { return };
    let dir = tempfile::tempdir().unwrap();
    let archive = dir.path().join("archive");
    let name = file.file_name().unwrap().to_str().unwrap();
    let edited = dir.path().join(name);
    let text = fs::read_to_string(&file).unwrap();
    assert!(text.contains("progress"));
    fs::write(&edited, text.replace("progress", "no progress at all")).unwrap();
    run(&archive, &["add", file.to_str().unwrap()]);
    let added = run(&archive, &["add", edited.to_str().unwrap()]);
    assert!(added.contains("archived #2"), "{added}");
    let diff = String::from_utf8(ends_with(1, &archive, &["diff", name]).stdout).unwrap();
    assert!(diff.contains("no") && diff.contains("at all"), "{diff}");
    let before = json(&archive, &["stats"]);
    let again = run(&archive, &["add", edited.to_str().unwrap()]);
    assert!(again.contains("unchanged"), "{again}");
    let after = json(&archive, &["stats"]);
    assert_eq!((&after["captures"], &after["revisions"]), (&before["captures"], &before["revisions"]));
    assert_eq!((after["captures"].as_u64(), after["revisions"].as_u64()), (Some(2), Some(2)));
}

/// Imports a corpus, twice.
fn import_twice(name: &str, rows: u64, stories: u64) {
    let Some(file) = corpus(name) else { return };
    let dir = tempfile::tempdir().unwrap();
    let archive = dir.path().join("archive");
    let import = ["import", file.to_str().unwrap()];
    let first = json(&archive, &import);
    assert_eq!((first["read"].as_u64(), first["rejected"].as_u64()), (Some(rows), Some(0)), "{first}");
    assert_eq!(first["stories"].as_u64(), Some(stories), "{first}");
    // A row that stands in the file twice is one capture.
    assert_eq!(first["captures"].as_u64().unwrap() + first["known"].as_u64().unwrap(), rows, "{first}");
    assert!(first["known"].as_u64().unwrap() * 1000 < rows, "{first}");
    let before = size(&archive);

    let second = json(&archive, &import);
    assert_eq!((second["read"].as_u64(), second["known"].as_u64()), (Some(rows), Some(rows)), "{second}");
    for nothing in ["captures", "stories", "revisions", "rejected"] {
        assert_eq!(second[nothing].as_u64(), Some(0), "{second}");
    }
    let after = size(&archive);
    assert!(after <= before + before / 100, "{before} bytes before the second import, {after} after it");
    let stats = json(&archive, &["stats"]);
    assert_eq!((&stats["stories"], &stats["captures"]), (&first["stories"], &first["captures"]));
    println!("{name}: {} s, again {} s, {after} bytes", first["seconds"], second["seconds"]);
    is_whole(&archive);
}

fn is_whole(archive: &Path) {
    let checked = morgue(archive, &["check"]).output().unwrap();
    assert_eq!(checked.status.code(), Some(0), "{}", crate::support::said(&checked));
}

#[test]
fn digitalgov_is_imported_once_and_known_the_second_time() {
    import_twice("digitalgov_news.jsonl.gz", 18_593, 2_150);
}

#[test]
fn cnn_is_imported_once_and_known_the_second_time() {
    import_twice("cnn_lite_multi.jsonl.gz", 797, 360);
}

#[test]
fn bbc_is_imported_once_and_known_the_second_time() {
    import_twice("bbc_headlines_3plus.jsonl.gz", 30_874, 5_159);
}
