//! Captures are a set: order, repetition and the way they came make no difference.

use std::fs::File;
use std::path::{Path, PathBuf};

use crate::support::{Dice, corpus, every_nth_story, lines, morgue, run, said, whole, write_lines};

#[test]
fn rows_shuffled_split_and_merged_export_the_same_bytes() {
    let Some(file) = corpus("digitalgov_news.jsonl.gz") else { return };
    let rows = every_nth_story(&lines(&file), if whole() { 1 } else { 8 });
    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str| dir.path().join(name);
    write_lines(&path("straight.jsonl"), &rows);
    run(&path("straight"), &["import", path("straight.jsonl").to_str().unwrap()]);
    let expected = export(&path("straight"));

    let mut shuffled = rows;
    Dice::new(1).shuffle(&mut shuffled);
    let third = shuffled.len().div_ceil(3);
    let parts: Vec<PathBuf> = (0..3).map(|part| path(&format!("part{part}.jsonl"))).collect();
    for (part, rows) in parts.iter().zip(shuffled.chunks(third)) {
        write_lines(part, rows);
    }
    // The middle third goes into both.
    let [one, two, three] = &parts[..] else { panic!("three parts") };
    let mut imports: Vec<_> = [("a", [one, two]), ("b", [three, two])]
        .into_iter()
        .map(|(name, [first, second])| {
            let args = ["--quiet", "import", first.to_str().unwrap(), second.to_str().unwrap()];
            morgue(&path(name), &args).spawn().unwrap()
        })
        .collect();
    for import in &mut imports {
        assert!(import.wait().unwrap().success());
    }
    assert_ne!(export(&path("a")), expected, "one part alone must not be everything");

    let mut exporting =
        morgue(&path("b"), &["--quiet", "export"]).stdout(std::process::Stdio::piped()).spawn().unwrap();
    let merged = morgue(&path("a"), &["import", "-"]).stdin(exporting.stdout.take().unwrap()).output().unwrap();
    assert!(merged.status.success() && exporting.wait().unwrap().success(), "{}", said(&merged));
    assert!(export(&path("a")) == expected, "the merged archive exports something else");

    // And through the export itself, into an empty archive.
    let again = path("again");
    let input = File::open(path("straight.export")).unwrap();
    assert!(morgue(&again, &["--quiet", "import", "-"]).stdin(input).output().unwrap().status.success());
    assert!(export(&again) == expected, "the import of an export exports something else");
}

fn export(archive: &Path) -> Vec<u8> {
    let file = archive.with_extension("export");
    run(archive, &["export", "-o", file.to_str().unwrap()]);
    std::fs::read(file).unwrap()
}
