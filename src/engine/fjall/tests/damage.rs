//! Damage to what was synced, notes that are old or torn, and the journal as it is read here.

use super::loss::{Chance, Loss, PAGE, edit, fill, held, newest, numbered, quiet};
use super::*;

/// What fjall takes for the end of its journal it cuts without a word, wherever that is.
#[test]
fn damage_to_what_was_synced_is_told_and_nothing_is_cut() {
    quiet();
    let loss = Loss::small(false);
    let (mut chance, mut whole) = (Chance(7), 0);
    for trial in 0..60 {
        let at = chance.below(loss.synced);
        let mut hurt = Vec::new();
        let change = |bytes: &mut Vec<u8>| {
            match trial % 4 {
                0 => fill(bytes, &(at..(at / PAGE + 1) * PAGE), || 0),
                1 => bytes[at as usize] ^= 1 << chance.below(8),
                2 => fill(bytes, &(at..at + 100), || chance.below(256) as u8),
                _ => bytes.truncate(at as usize),
            }
            hurt.clone_from(bytes);
        };
        let (directory, opened) = loss.open(|inner| edit(&inner.join(&loss.journal), change));
        match opened {
            Err(error) => assert!(matches!(error, Error::Damaged { .. }), "trial {trial}, byte {at}: {error}"),
            // The number of a batch is in no checksum: a bit of it may be another one.
            Ok(engine) if trial % 4 == 1 => {
                whole += 1;
                assert!(held(&engine) >= loss.acknowledged, "trial {trial}, byte {at}");
                continue;
            }
            Ok(_) => panic!("trial {trial}, byte {at}: it opens"),
        }
        let now = fs::read(directory.path().join("fjall").join(&loss.journal)).unwrap();
        assert!(now == hurt, "trial {trial}, byte {at}: the journal was changed");
    }
    assert!(whole <= 2, "{whole} flipped bits were not seen");
}

#[test]
fn a_copy_out_of_which_is_to_be_read_what_can_be_is_cut_where_the_damage_begins() {
    quiet();
    let loss = Loss::small(false);
    for note in [true, false] {
        let (directory, _) = loss.open(|inner| {
            edit(&inner.join(&loss.journal), |bytes| fill(bytes, &(loss.synced - 600..loss.synced - 500), || 0));
            if !note {
                fs::remove_file(inner.join("synced")).unwrap();
            }
        });
        assert!(FjallEngine::open(directory.path(), &options()).is_err());
        let engine = FjallEngine::open(directory.path(), &options().cut_damage(true)).unwrap();
        assert!((5..12).contains(&held(&engine)), "{}", held(&engine));
    }
}

/// An old note must never cost what a newer one would have kept, and none must never be taken for one.
#[test]
fn a_note_that_is_old_or_torn_or_gone_makes_nothing_worse() {
    quiet();
    let loss = Loss::small(true);
    let note = fs::read(loss.directory.path().join("fjall/synced")).unwrap();
    let older = note::Note::open(&loss.directory.path().join("fjall")).said().unwrap();
    assert_eq!(older.bytes, loss.synced);
    let mut notes = vec![None, Some(Vec::new()), Some(vec![0; note.len()]), Some(Chance(1).bytes(200))];
    notes.extend((0..note.len()).step_by(7).map(|length| Some(note[..length].to_vec())));
    notes.extend((0..note.len()).step_by(5).map(|at| {
        let mut torn = note.clone();
        torn[at..].fill(0);
        Some(torn)
    }));
    // Of a journal that is not there, as after a part of the files was put back.
    let later = note::Synced { journal: 9, bytes: 1 };
    notes.push(Some(note::line(later).into_bytes()));
    let mut opened_after_all = 0;
    for (n, text) in notes.into_iter().enumerate() {
        for page in loss.pages().into_iter().step_by(3) {
            let (_directory, opened) = loss.open(|inner| {
                edit(&inner.join(&loss.journal), |bytes| fill(bytes, &page, || 0));
                match &text {
                    Some(text) => fs::write(inner.join("synced"), text).unwrap(),
                    None => fs::remove_file(inner.join("synced")).unwrap(),
                }
            });
            match opened {
                Ok(engine) => {
                    opened_after_all += 1;
                    assert!(held(&engine) >= loss.acknowledged, "note {n}, {page:?}");
                    engine.commit(&numbered(held(&engine) + 1), Durability::Synced).unwrap();
                    let said = note::Note::open(&engine.directory.join("fjall")).said();
                    let said = said.unwrap_or_else(|| panic!("note {n}, {page:?}: none is written"));
                    assert_eq!((said.journal, said.bytes), (0, newest(&engine.directory).1), "note {n}");
                }
                Err(error) => assert!(matches!(error, Error::Damaged { .. }), "note {n}, {page:?}: {error}"),
            }
        }
    }
    assert!(opened_after_all > 20, "only {opened_after_all}");
}

/// fjall's own reader is the judge: what it wrote and reads again is what is followed here, whatever the lengths.
#[test]
fn every_batch_of_fjall_is_followed_to_its_end() {
    let directory = tempfile::tempdir().unwrap();
    let engine = FjallEngine::open(directory.path(), &options()).unwrap();
    let mut chance = Chance(3);
    let lengths = (0..700).chain([1000, 1002, 1003, 1004, 2026, 2027, 2028, 5_000, 70_000, 6 << 20]);
    for (n, length) in lengths.enumerate() {
        let mut writes = vec![(vec![b'k'; 1 + n % 30], Some(chance.bytes(length)))];
        if n % 7 == 0 {
            writes.push((b"gone".to_vec(), None));
        }
        engine.commit(&Commit { writes, ..Commit::default() }, Durability::Buffered).unwrap();
    }
    engine.flush().unwrap();
    let journal = journal::Journal::numbered(&directory.path().join("fjall"), 0);
    let end = fs::metadata(&journal.path).unwrap().len();
    assert!(end > 6 << 20);
    assert_eq!(journal.follow(0).unwrap(), end);
    assert_eq!(journal.extent().unwrap(), journal::Extent { end, broken: false });
    // Any bit that is another one breaks the batch that it is in.
    for at in (13..end).step_by(300_007) {
        edit(&journal.path, |bytes| bytes[at as usize] ^= 1);
        let extent = journal.extent().unwrap();
        assert!(extent.broken && extent.end <= at, "byte {at}: {extent:?}");
        edit(&journal.path, |bytes| bytes[at as usize] ^= 1);
    }
}
