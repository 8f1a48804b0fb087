//! What parts around the archive keep in it.

use std::path::Path;
use std::sync::Arc;

use morgue::{Archive, CompactOptions, Durability, Error, MAX_STATE_BYTES, OpenOptions};

use crate::support::{add, assert_clean, exported, findings, in_memory, merge, seen};

fn open(directory: &Path) -> Archive {
    Archive::open(directory, &OpenOptions::default()).unwrap()
}

fn set(archive: &Archive, part: &str, name: &str, value: Option<&[u8]>) -> Result<(), Error> {
    archive.set_states(part, &[(name, value)], Durability::Synced)
}

fn named(archive: &Archive, part: &str) -> Vec<(String, String)> {
    let states = archive.states(part).unwrap().into_iter();
    states.map(|(name, value)| (name, String::from_utf8(value).unwrap())).collect()
}

fn pair(name: &str, value: &str) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

#[test]
fn each_part_has_its_own_names_in_their_order() {
    let (archive, _) = in_memory();
    let changes: [(&str, Option<&[u8]>); 4] =
        [("https://news.example/b", Some(b"2")), ("", Some(b"none")), ("z", Some(b"old")), ("z", Some(b"new"))];
    archive.set_states("tracker", &changes, Durability::Synced).unwrap();
    set(&archive, "track", "er", Some(b"another part")).unwrap();
    assert_eq!(named(&archive, "tracker"), [pair("", "none"), pair("https://news.example/b", "2"), pair("z", "new")]);
    assert_eq!(archive.state("tracker", "z").unwrap().as_deref(), Some(&b"new"[..]));
    set(&archive, "tracker", "z", None).unwrap();
    assert_eq!(archive.state("tracker", "z").unwrap(), None);
    assert_eq!(named(&archive, "track"), [pair("er", "another part")]);
    assert_clean(&archive);
}

#[test]
fn what_cannot_be_kept_is_refused_and_nothing_of_it_is_kept() {
    let (archive, _) = in_memory();
    let long = "n".repeat(4_097);
    let large = vec![0; MAX_STATE_BYTES + 1];
    for (part, name, value) in
        [("", "n", &b""[..]), (&"p".repeat(65), "n", b""), ("a\0b", "n", b""), ("p", &long, b""), ("p", "n", &large)]
    {
        let changes = [("before", Some(&b"1"[..])), (name, Some(value))];
        let refused = archive.set_states(part, &changes, Durability::Synced).unwrap_err();
        assert!(matches!(refused, Error::State { .. }), "{refused}");
    }
    assert_eq!(named(&archive, "p"), []);
    set(&archive, "p", &"n".repeat(4_096), Some(&vec![1; MAX_STATE_BYTES])).unwrap();
    assert_eq!(archive.states("p").unwrap()[0].1.len(), MAX_STATE_BYTES);
}

#[test]
fn it_stays_through_everything_that_an_archive_does_to_itself() {
    let directory = tempfile::tempdir().unwrap();
    let at = |name: &str| directory.path().join(name);
    let archive = open(&at("news"));
    add(&archive, [seen("a", 0, "One"), seen("a", 1, "Two")]);
    set(&archive, "tracker", "a", Some(b"1")).unwrap();
    set(&archive, "tracker", "gone", Some(b"2")).unwrap();
    archive.backup(at("backup"), &OpenOptions::default(), |_, _| {}).unwrap();
    set(&archive, "tracker", "gone", None).unwrap();
    set(&archive, "tracker", "a", Some(b"3")).unwrap();
    archive.reindex(|_, _| {}).unwrap();
    archive.backup(at("backup"), &OpenOptions::default(), |_, _| {}).unwrap();
    drop(archive);
    Archive::compact(at("news"), &OpenOptions::default(), &CompactOptions::default(), |_, _| {}).unwrap();
    Archive::salvage(at("news"), at("salvaged"), &OpenOptions::default(), |_| {}).unwrap();
    for name in ["news", "backup", "salvaged"] {
        let archive = open(&at(name));
        assert_eq!(named(&archive, "tracker"), [pair("a", "3")], "{name}");
        assert_clean(&archive);
    }
}

#[test]
fn it_is_neither_exported_nor_merged() {
    let ((one, _), (other, _)) = (in_memory(), in_memory());
    add(&one, [seen("a", 0, "One")]);
    let before = exported(&one);
    set(&one, "tracker", "a", Some(b"1")).unwrap();
    assert_eq!(exported(&one), before);
    merge(&other, &one);
    assert_eq!(named(&other, "tracker"), []);
}

#[test]
fn damage_of_it_is_found_and_named() {
    use morgue::engine::MemoryEngine;
    let (archive, engine) = in_memory();
    set(&archive, "tracker", "wire-7", Some(b"1024")).unwrap();
    let mut rows = engine.rows();
    for (_, value) in rows.iter_mut().filter(|(key, _)| key[0] == 0x07) {
        value[2] ^= 1;
    }
    let hurt = Archive::with_engine(Arc::new(MemoryEngine::from_rows(rows)), &OpenOptions::default()).unwrap();
    let found = findings(&hurt);
    assert!(found.len() == 1 && found[0].contains("tracker wire-7"), "{found:?}");
    let said = hurt.state("tracker", "wire-7").unwrap_err().to_string();
    assert!(said.contains("tracker keeps under \"wire-7\""), "{said}");
}
