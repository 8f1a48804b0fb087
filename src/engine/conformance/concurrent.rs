//! Many threads at one engine.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use super::{Make, all, get, rows, write};
use crate::engine::{Commit, Durability, Engine, Error, Order, Read};

pub(super) fn check(make: &Make<'_>) {
    no_reader_sees_half_a_commit(make().as_ref());
    no_increment_is_lost(make().as_ref());
    synced_commits_of_many_threads_all_happen(make().as_ref());
}

/// Every commit writes one number under all keys, so a read of all of them in one scan page, or of two in the order of
/// their commits, may never show a later key behind an earlier one.
fn no_reader_sees_half_a_commit(engine: &dyn Engine) {
    let keys: [&[u8]; 3] = [b"a", b"m", b"z"];
    let write_all = |n: u32| {
        let value = n.to_be_bytes();
        write(engine, &keys.map(|key| (key, Some(&value[..]))));
    };
    write_all(0);
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        for reader in 0..2 {
            let (stop, keys) = (&stop, &keys);
            scope.spawn(move || {
                while !stop.load(Ordering::Relaxed) {
                    // The commit that the first read saw is there whole: the second cannot be older.
                    let (first, second) = if reader == 0 { (0, 2) } else { (2, 0) };
                    let first = get(engine, keys[first]);
                    assert!(get(engine, keys[second]) >= first, "half a commit was seen");
                }
            });
        }
        (1..300).for_each(write_all);
        stop.store(true, Ordering::Relaxed);
    });
}

/// Threads add one by reading, and writing on the condition that nothing changed: every other time since a moment before they read.
fn no_increment_is_lost(engine: &dyn Engine) {
    let (threads, rounds) = (4_u32, 50);
    write(engine, &[(b"n", Some(&0_u32.to_be_bytes()))]);
    let increment = |round: u32| loop {
        let since = engine.now();
        let old = get(engine, b"n").expect("because it was written before");
        let new = old.first_chunk().map(|old| u32::from_be_bytes(*old) + 1).expect("because it is a u32");
        let write = (b"n".to_vec(), Some(new.to_be_bytes().to_vec()));
        let expects = vec![(b"n".to_vec(), Some(old))];
        let (read, expects) = if round.is_multiple_of(2) { (expects, Vec::new()) } else { (Vec::new(), expects) };
        let commit = Commit { expects, read: Read { since, entries: read }, writes: vec![write] };
        match engine.commit(&commit, Durability::Buffered) {
            Ok(()) => return,
            Err(Error::Conflict) => (),
            Err(error) => panic!("{error}"),
        }
    };
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| (0..rounds).for_each(increment));
        }
    });
    assert_eq!(get(engine, b"n"), Some((threads * rounds).to_be_bytes().to_vec()));
}

fn synced_commits_of_many_threads_all_happen(engine: &dyn Engine) {
    thread::scope(|scope| {
        for thread in 0_u8..4 {
            scope.spawn(move || {
                for n in 0_u8..20 {
                    write(engine, &[(&[thread, n], Some(&[n]))]);
                    assert_eq!(get(engine, &[thread, n]), Some(vec![n]), "a commit does not see itself");
                }
            });
        }
    });
    assert_eq!(rows(engine, all(), Order::Ascending).len(), 80);
}
