//! An archive of version 1 with real news, brought to the present format on disk, by a command that is killed on the way.
//!
//! The rows are those that version 1 wrote of the corpus, by a writer that is frozen in `tests/support/v1.rs` and held to that
//! program's own dump. The program itself has made such archives too, once: `migrations/v1_to_v2/README.md` has the figures.

use std::fs;
use std::path::Path;
use std::thread::sleep;
use std::time::Duration;

use morgue::engine::{Commit, Engine, SledEngine, SledOptions};
use morgue::{Article, Durability, NewCapture, StoryKey};

use crate::support::{Dice, corpus, ends_with, every_nth_story, json, lines, morgue, run, said, whole, write_lines};
use crate::v1::Writer;

fn write_store(path: &Path, rows: &[String]) -> usize {
    let mut writer = Writer::default();
    for row in rows {
        let row: serde_json::Value = serde_json::from_str(row).unwrap();
        // Some have no title.
        let text = |field: &str| row[field].as_str().unwrap_or_default();
        let article = Article::new(text("title")).with_text(text("text"));
        let story = StoryKey::parse(text("id")).unwrap();
        writer.capture(&NewCapture::article(story, text("timestamp").parse().unwrap(), article));
    }
    let engine = SledEngine::open(path, &SledOptions::default().create(true)).unwrap();
    let rows = writer.rows();
    for rows in rows.chunks(256) {
        let writes = rows.iter().map(|(row, value)| (row.clone(), Some(value.clone()))).collect();
        engine.commit(&Commit { writes, ..Commit::default() }, Durability::Buffered).unwrap();
    }
    engine.flush().unwrap();
    fs::write(path.join("MORGUE"), "morgue archive\nengine: sled\n").unwrap();
    rows.len()
}

#[test]
fn real_news_of_version_1_come_over_whole_however_often_the_migration_is_killed() {
    let Some(file) = corpus("digitalgov_news.jsonl.gz") else { return };
    let rows = every_nth_story(&lines(&file), if whole() { 1 } else { 6 });
    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str| dir.path().join(name);
    write_lines(&path("rows.jsonl"), &rows);
    run(&path("new"), &["--quiet", "import", path("rows.jsonl").to_str().unwrap()]);
    let expected = export(&path("new"));
    assert!(write_store(&path("old"), &rows) > 2 * rows.len());

    let refused = ends_with(5, &path("old"), &["check"]);
    assert!(said(&refused).contains("format version 1"), "{}", said(&refused));
    let plan = json(&path("old"), &["migrate", "--dry-run"]);
    assert_eq!(plan["captures"], export_rows(&expected));
    let mut dice = Dice::new(7);
    let mut kills = 0;
    while kills < 12 {
        let mut migration =
            morgue(&path("old"), &["--quiet", "migrate"]).stdout(std::process::Stdio::null()).spawn().unwrap();
        sleep(Duration::from_millis(60 + dice.below(500)));
        if let Some(status) = migration.try_wait().unwrap() {
            assert!(status.success());
            break;
        }
        migration.kill().unwrap();
        migration.wait().unwrap();
        kills += 1;
    }
    println!("killed {kills} times");
    run(&path("old"), &["--quiet", "migrate"]);
    assert!(export(&path("old")) == expected, "the migrated archive exports something else");
    let checked = run(&path("old"), &["check", "--deep"]);
    assert!(checked.contains("all is well"), "{checked}");
    assert_eq!(json(&path("old"), &["stats"])["format_version"], morgue::FORMAT_VERSION);
}

fn export_rows(export: &[u8]) -> usize {
    export.iter().filter(|byte| **byte == b'\n').count()
}

fn export(archive: &Path) -> Vec<u8> {
    let file = archive.with_extension("export");
    run(archive, &["--quiet", "export", "-o", file.to_str().unwrap()]);
    fs::read(file).unwrap()
}
