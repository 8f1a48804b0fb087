//! Versions that come in one by one hang on an earlier text of their story in another pack: small, and whole whatever moves.

use std::fs;

use morgue::engine::{Commit, Durability, Engine, MemoryEngine};
use morgue::{Article, CompactOptions, EngineKind, NewCapture, OpenOptions};

use crate::golden::{assert_same_rows, dump, file, golden, load};
use crate::support::{
    add, assert_clean, exported, findings, from, in_memory, key, minute, on, repair, seen, version_of, view,
};

const PACKS: u8 = 5;
const INDEX: u8 = 0x85;

fn packs(engine: &MemoryEngine) -> Vec<(Vec<u8>, Vec<u8>)> {
    engine.rows().into_iter().filter(|(key, value)| key[0] == PACKS && !value.is_empty()).collect()
}

/// So many versions of each story, in the order of time.
fn in_time(versions: i64) -> impl Iterator<Item = morgue::NewCapture> {
    (0..versions).flat_map(|version| ["bridge", "ferry"].map(|story| version_of(story, version)))
}

#[test]
fn later_versions_take_little_room_and_are_read_as_they_were() {
    let (archive, engine) = in_memory();
    add(&archive, in_time(9));
    let sizes: Vec<usize> = packs(&engine).iter().map(|(_, row)| row.len()).collect();
    assert_eq!(sizes.len(), 18);
    let (first, later) = sizes.split_at(2);
    assert!(later.iter().all(|size| size * 4 < first[0]), "{sizes:?}");
    for version in 0..9 {
        let capture = version_of("ferry", version);
        let expected = capture.outcome.text().unwrap();
        let hash = archive.captures(&key("ferry")).unwrap()[version as usize].outcome.text_hash().unwrap();
        assert_eq!(&archive.article(&key("ferry"), &hash).unwrap(), expected);
    }
    assert_clean(&archive);
}

#[test]
fn a_version_that_is_all_new_stands_alone_and_the_next_hangs_on_it() {
    let (archive, engine) = in_memory();
    // Of numbers alone: what is said in the same words would be small against any text.
    let rewrite = |version: i64| {
        let numbers = |line: i64| {
            (0..12).map(|place| ((line * 12 + place) * 2_654_435_761 % 4_294_967_291).to_string()).collect::<Vec<_>>()
        };
        let lines = (0..30).map(|line| if line == version { "Edited.".to_owned() } else { numbers(line).join(" ") });
        let text = lines.collect::<Vec<_>>().join("\n\n");
        NewCapture::article(key("bridge"), minute(version * 60), Article::new("bridge").with_text(&text))
    };
    let (rewritten, edited) = (rewrite(1), rewrite(2));
    add(&archive, [version_of("bridge", 0), rewritten, edited]);
    let sizes: Vec<usize> = packs(&engine).iter().map(|(_, row)| row.len()).collect();
    assert!(sizes[1] * 2 > sizes[0] && sizes[2] * 4 < sizes[1], "{sizes:?}");
    assert_clean(&archive);
}

#[test]
fn whatever_is_rewritten_the_versions_stay_what_they_were() {
    let (archive, engine) = in_memory();
    let (other, _) = in_memory();
    add(&archive, in_time(4));
    add(&other, in_time(4));
    archive.seal().unwrap();
    // These hang on texts of sealed packs; then those move once more, and their index is made anew.
    let later = || (4..8).flat_map(|version| ["ferry", "bridge"].map(|story| version_of(story, version)));
    add(&archive, later());
    add(&other, later());
    assert_clean(&archive);
    assert_eq!(view(&archive), view(&other));
    // Both stories have rows of their own again.
    let index = || engine.rows().into_iter().filter(|(key, _)| key[0] == INDEX).collect::<Vec<_>>();
    let before = index();
    archive.reindex(|_, _| {}).unwrap();
    assert_eq!(before.len(), 2);
    assert_eq!(index(), before, "the index is made as it was");
    assert_clean(&archive);
    add(&archive, [version_of("bridge", 9)]);
    add(&other, [version_of("bridge", 9)]);
    archive.seal().unwrap();
    add(&archive, [version_of("bridge", 10)]);
    add(&other, [version_of("bridge", 10)]);
    assert_clean(&archive);
    assert_eq!(view(&archive), view(&other));
    assert!(packs(&engine).last().unwrap().1.len() > 1_000);
}

#[test]
fn a_copy_and_a_backup_hold_what_hangs_on_others() {
    let dir = tempfile::tempdir().unwrap();
    let (archive, _) = in_memory();
    add(&archive, in_time(5));
    let expected = exported(&archive);
    let open = |name: &str| morgue::Archive::open(dir.path().join(name), &OpenOptions::default()).unwrap();
    let options = OpenOptions { engine: Some(EngineKind::Sled), ..OpenOptions::default() };
    archive.copy(dir.path().join("copy"), &options, &CompactOptions::default(), |_, _| {}).unwrap();
    archive.backup(dir.path().join("backup"), &options, |_, _| {}).unwrap();
    for name in ["copy", "backup"] {
        let copied = open(name);
        assert_clean(&copied);
        assert_eq!(exported(&copied), expected, "{name}");
    }
}

#[test]
fn two_extractors_and_a_late_capture_hang_on_what_there_is() {
    let (archive, _) = in_memory();
    let (other, _) = in_memory();
    let captures = [
        from("reader 1", version_of("bridge", 3)),
        from("reader 2", version_of("bridge", 4)),
        from("reader 1", version_of("bridge", 1)),
        seen("bridge", 400, "Sold"),
        from("reader 2", version_of("bridge", 7)),
        from("reader 1", version_of("bridge", 3)),
    ];
    add(&archive, captures.clone());
    add(&other, captures.into_iter().rev());
    assert_clean(&archive);
    assert_clean(&other);
    assert_eq!(view(&archive), view(&other));
}

#[test]
fn a_text_whose_base_is_lost_is_found_and_named_and_the_others_are_read() {
    let (archive, engine) = in_memory();
    add(&archive, in_time(3));
    let whole = engine.rows();
    let (base, _) = packs(&engine).into_iter().next().unwrap();
    // The pack of the first version of the bridge goes; then its row holds another text.
    engine.commit(&Commit { writes: vec![(base, None)], ..Commit::default() }, Durability::Synced).unwrap();
    let found = findings(&repair(&engine));
    for version in 1..3 {
        let hash = version_of("bridge", version);
        let text = morgue::text::canonical(hash.outcome.text().unwrap()).unwrap().text;
        let short = morgue::ArticleHash::of(text.as_bytes()).short().to_string();
        assert!(found.iter().any(|finding| finding.contains(&short)), "version {version}: {found:#?}");
    }
    assert!(!found.iter().any(|finding| finding.contains("ferry")), "{found:#?}");
    let facts: Vec<_> = repair(&engine).export(&[]).unwrap().collect();
    let told = facts.iter().flatten().filter(|fact| format!("{fact:?}").contains("ferry")).count();
    assert!(told == 3 && facts.iter().any(Result::is_err), "{facts:#?}");
    assert_eq!(findings(&on(&MemoryEngine::from_rows(whole))), Vec::<String>::new());
}

const HEADER: &str = "\
# Versions that hang on others, in format version 3, row by row: key, space, value, both in hexadecimal.
# Made by tests/archive/bases.rs; see README.md.
";

#[test]
fn what_hangs_on_others_is_written_and_read_as_it_was() {
    let (archive, engine) = in_memory();
    add(&archive, in_time(2));
    archive.seal().unwrap();
    add(&archive, [version_of("bridge", 2), version_of("bridge", 3)]);
    let now = dump(&engine, HEADER);
    assert_same_rows(&now, &golden("v3/bases.dump", &now));
    // Another program wrote other frames.
    for then in ["v3/bases.dump", "v3/bases.level-3.dump", "v3/bases.frames-apart.dump"] {
        let then = on(&load(&fs::read_to_string(file(then)).unwrap()));
        assert_clean(&then);
        assert_eq!(view(&then), view(&archive));
    }
}
