//! What every engine must do, as a suite that each of them runs.
//!
//! [`check`] takes a maker of empty engines, [`check_reopen`] an opener of one and the same store. Both panic where the
//! contract of [`Engine`] is broken.

#![allow(clippy::panic, reason = "a test suite reports by panicking")]
#![allow(clippy::indexing_slicing, reason = "and an index out of bounds reports a broken suite")]

mod concurrent;
mod model;

use std::ops::Bound::{self, Excluded, Included, Unbounded};

use super::{
    Commit, Durability, Engine, Error, KeyRange, MAX_KEY_BYTES, MAX_VALUE_BYTES, Order, Read, Row, prefix_range,
};

/// A key, and its value or that it is absent.
type Expect<'a> = (&'a [u8], Option<&'a [u8]>);

/// Makes an engine for a test.
pub type Make<'a> = dyn Fn() -> Box<dyn Engine> + 'a;

/// Holds an engine to its contract. `make` makes an empty one on each call; the one before may still be open.
///
/// # Panics
/// Where the engine breaks the contract.
pub fn check(make: &Make<'_>) {
    values_come_back(make().as_ref());
    many_values_come_back_in_order(make().as_ref());
    ranges_have_their_bounds(make().as_ref());
    prefixes_are_ranges(make().as_ref());
    the_last_write_of_a_commit_counts(make().as_ref());
    a_conflict_changes_nothing(make().as_ref());
    what_was_read_since_a_moment_is_expected(make().as_ref(), make().as_ref());
    limits_hold(make().as_ref());
    reserved_keys_are_absent_or_empty(make().as_ref());
    large_values_come_back(make().as_ref());
    long_scans_come_whole(make().as_ref());
    for seed in 0..4 {
        model::check(make().as_ref(), seed);
    }
    concurrent::check(make);
}

/// Holds an engine that persists to its promises. `open` opens one and the same store, empty at first, and is called again
/// only after the engine before was dropped.
///
/// # Panics
/// Where the engine breaks the contract.
pub fn check_reopen(open: &Make<'_>) {
    let engine = open();
    let large = vec![0xa5; MAX_VALUE_BYTES];
    write(engine.as_ref(), &[(b"gone", Some(b"1")), (b"kept", Some(b"1")), (b"large", Some(&large))]);
    write(engine.as_ref(), &[(b"gone", None), (b"kept", Some(b"2"))]);
    drop(engine);

    let engine = open();
    let kept = [(b"kept".to_vec(), b"2".to_vec()), (b"large".to_vec(), large)];
    assert_eq!(rows(engine.as_ref(), all(), Order::Ascending), kept, "what was synced is there again");
    let buffered = Commit { writes: vec![(b"later".to_vec(), Some(b"3".to_vec()))], ..Commit::default() };
    engine.commit(&buffered, Durability::Buffered).unwrap_or_else(|error| panic!("{error}"));
    engine.flush().unwrap_or_else(|error| panic!("{error}"));
    drop(engine);

    let engine = open();
    assert_eq!(get(engine.as_ref(), b"later"), Some(b"3".to_vec()), "a flush keeps what was buffered");
    assert_eq!(get(engine.as_ref(), b"gone"), None, "what was deleted stays so");
    drop(engine);
    for seed in 0..2 {
        let engine = open();
        for (key, _) in rows(engine.as_ref(), all(), Order::Ascending) {
            write(engine.as_ref(), &[(&key, None)]);
        }
        drop(engine);
        model::check_reopen(open, seed);
    }
}

fn values_come_back(engine: &dyn Engine) {
    assert_eq!(get(engine, b"a"), None);
    assert!(rows(engine, all(), Order::Ascending).is_empty());
    let high = [0xff; 40];
    write(engine, &[(b"a", Some(b"1")), (b"\0", Some(b"")), (&high, Some(b"2")), (b"ab", Some(b"\0\xff"))]);
    assert_eq!(get(engine, b"a"), Some(b"1".to_vec()));
    assert_eq!(get(engine, b"\0"), Some(Vec::new()), "an empty value is a value");
    assert_eq!(get(engine, &high), Some(b"2".to_vec()));
    assert_eq!(get(engine, b"ab"), Some(b"\0\xff".to_vec()));
    for absent in [&b"aa"[..], b"abc", b"\0\0", &[0xff; 39], &[0xff; 41]] {
        assert_eq!(get(engine, absent), None, "{absent:?}");
    }
    write(engine, &[(b"a", Some(b"3")), (b"ab", None), (b"never", None)]);
    assert_eq!(get(engine, b"a"), Some(b"3".to_vec()));
    assert_eq!(get(engine, b"ab"), None);
    engine.commit(&Commit::default(), Durability::Synced).unwrap_or_else(|error| panic!("an empty commit: {error}"));
    assert!(!engine.name().is_empty());
    engine.size_on_disk().unwrap_or_else(|error| panic!("{error}"));
}

fn many_values_come_back_in_order(engine: &dyn Engine) {
    write(engine, &[(b"a", Some(b"1")), (b"b", Some(b"2"))]);
    let keys: Vec<Vec<u8>> = ["b", "x", "a", "b"].map(|key| key.into()).to_vec();
    let values = engine.get_many(&keys).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(values, [Some(b"2".to_vec()), None, Some(b"1".to_vec()), Some(b"2".to_vec())]);
    assert_eq!(engine.get_many(&[]).unwrap_or_else(|error| panic!("{error}")), Vec::<Option<Vec<u8>>>::new());
}

/// Every kind of bound at, between, below and above the keys, in both orders, against a filter over a list.
fn ranges_have_their_bounds(engine: &dyn Engine) {
    let keys: [&[u8]; 8] = [b"\0", b"a", b"a\0", b"a\0\xff", b"ab", b"b", b"\xfe", b"\xff\xff"];
    for key in keys {
        write(engine, &[(key, Some(key))]);
    }
    let places: [&[u8]; 12] =
        [b"", b"\0", b"\0\0", b"a", b"a\0", b"a\0\0", b"aa", b"ab", b"c", b"\xfe", b"\xff\xff", b"\xff\xff\xff"];
    let bound = |place: &[u8], kind| if kind { Included(place.to_vec()) } else { Excluded(place.to_vec()) };
    let bounds: Vec<Bound<Vec<u8>>> =
        places.iter().flat_map(|place| [bound(place, true), bound(place, false)]).chain([Unbounded]).collect();
    for start in &bounds {
        for end in &bounds {
            let range = (start.clone(), end.clone());
            let inside = |key: &&[u8]| {
                let after = match start {
                    Included(start) => *key >= start.as_slice(),
                    Excluded(start) => *key > start.as_slice(),
                    Unbounded => true,
                };
                let before = match end {
                    Included(end) => *key <= end.as_slice(),
                    Excluded(end) => *key < end.as_slice(),
                    Unbounded => true,
                };
                after && before
            };
            let mut expected: Vec<Row> =
                keys.into_iter().filter(inside).map(|key| (key.to_vec(), key.to_vec())).collect();
            assert_eq!(rows(engine, range.clone(), Order::Ascending), expected, "{range:?}");
            expected.reverse();
            assert_eq!(rows(engine, range.clone(), Order::Descending), expected, "{range:?}, descending");
        }
    }
}

fn prefixes_are_ranges(engine: &dyn Engine) {
    let keys: [&[u8]; 6] = [b"a", b"a\0", b"a\xff", b"a\xff\xff", b"b", b"\xff\xff"];
    for key in keys {
        write(engine, &[(key, Some(b""))]);
    }
    for prefix in [&b""[..], b"a", b"a\xff", b"b", b"c", b"\xff", b"\xff\xff"] {
        let found: Vec<Vec<u8>> =
            rows(engine, prefix_range(prefix), Order::Ascending).into_iter().map(|(key, _)| key).collect();
        let expected: Vec<&[u8]> = keys.into_iter().filter(|key| key.starts_with(prefix)).collect();
        assert_eq!(found, expected, "{prefix:?}");
    }
}

fn the_last_write_of_a_commit_counts(engine: &dyn Engine) {
    write(engine, &[(b"k", Some(b"0")), (b"gone", Some(b"0"))]);
    write(engine, &[(b"k", Some(b"1")), (b"k", None), (b"k", Some(b"2")), (b"gone", Some(b"1")), (b"gone", None)]);
    assert_eq!(get(engine, b"k"), Some(b"2".to_vec()));
    assert_eq!(get(engine, b"gone"), None);
}

fn a_conflict_changes_nothing(engine: &dyn Engine) {
    write(engine, &[(b"a", Some(b"1")), (b"empty", Some(b""))]);
    let before = rows(engine, all(), Order::Ascending);
    let wrong: [&[Expect<'_>]; 6] = [
        &[(b"a", None)],
        &[(b"a", Some(b"2"))],
        &[(b"b", Some(b""))],
        &[(b"empty", None)],
        &[(b"a", Some(b"1")), (b"b", Some(b"1"))],
        &[(b"b", Some(b"1")), (b"a", Some(b"1"))],
    ];
    let own = |rows: &[Expect<'_>]| rows.iter().map(|(key, value)| (key.to_vec(), value.map(<[u8]>::to_vec))).collect();
    let writes = own(&[(b"a", Some(b"9")), (b"b", Some(b"9")), (b"empty", None)]);
    for durability in [Durability::Buffered, Durability::Synced] {
        for expects in wrong {
            let commit = Commit { expects: own(expects), writes: Clone::clone(&writes), ..Commit::default() };
            let result = engine.commit(&commit, durability);
            assert!(matches!(result, Err(Error::Conflict)), "{expects:?}: {result:?}");
            assert_eq!(rows(engine, all(), Order::Ascending), before);
        }
    }
    let right = own(&[(b"a", Some(b"1")), (b"b", None), (b"empty", Some(b""))]);
    let commit = Commit { expects: right, writes, ..Commit::default() };
    engine.commit(&commit, Durability::Buffered).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(get(engine, b"b"), Some(b"9".to_vec()));
    assert!(matches!(engine.commit(&commit, Durability::Buffered), Err(Error::Conflict)));
}

/// Whatever an engine knows of its moments: what has changed since is found out, also by the moment of another engine.
fn what_was_read_since_a_moment_is_expected(engine: &dyn Engine, other: &dyn Engine) {
    write(engine, &[(b"a", Some(b"1")), (b"b", Some(b"1"))]);
    write(other, &[(b"a", Some(b"1")), (b"b", Some(b"1"))]);
    let rows = |engine: &dyn Engine| [b"a", b"b", b"c"].map(|key| (key.to_vec(), get(engine, key))).to_vec();
    let changes: [&[Expect<'_>]; 4] =
        [&[(b"a", Some(b"2"))], &[(b"b", None)], &[(b"c", Some(b""))], &[(b"d", Some(b"2")), (b"b", Some(b"2"))]];
    for change in changes {
        let reads = [engine, other, engine].map(|of| Read { since: of.now(), entries: rows(engine) });
        let and = |read: &Read, key: &[u8]| {
            let writes = vec![(key.to_vec(), Some(b"v".to_vec()))];
            engine.commit(&Commit { read: read.clone(), writes, ..Commit::default() }, Durability::Buffered)
        };
        and(&reads[0], b"other").unwrap_or_else(|error| panic!("nothing has changed: {error}"));
        write(engine, change);
        for read in &reads {
            assert!(matches!(and(read, b"a"), Err(Error::Conflict)), "{change:?} was not seen");
        }
        let read = Read { since: engine.now(), entries: rows(engine) };
        and(&read, b"other").unwrap_or_else(|error| panic!("read anew: {error}"));
    }
    let read = Read { since: engine.now(), entries: vec![(vec![b'k'; MAX_KEY_BYTES + 1], None)] };
    let refused = engine.commit(&Commit { read, ..Commit::default() }, Durability::Buffered);
    assert!(matches!(refused, Err(Error::TooLarge { what: "key", .. })), "{refused:?}");
}

fn limits_hold(engine: &dyn Engine) {
    let (key, value) = (vec![b'k'; MAX_KEY_BYTES], vec![b'v'; MAX_VALUE_BYTES]);
    let (long_key, long_value) = (vec![b'k'; MAX_KEY_BYTES + 1], vec![b'v'; MAX_VALUE_BYTES + 1]);
    write(engine, &[(b"a", Some(b"1"))]);
    let refused = |key: &[u8], value: Option<&[u8]>| {
        let row = (key.to_vec(), value.map(<[u8]>::to_vec));
        let good = (b"a".to_vec(), Some(b"2".to_vec()));
        let commit = Commit { writes: vec![good, row], ..Commit::default() };
        engine.commit(&commit, Durability::Buffered).expect_err("because it is over a limit")
    };
    assert!(matches!(refused(&long_key, Some(b"")), Error::TooLarge { what: "key", .. }));
    assert!(matches!(refused(&long_key, None), Error::TooLarge { what: "key", .. }));
    assert!(matches!(refused(b"k", Some(&long_value)), Error::TooLarge { what: "value", .. }));
    assert!(matches!(refused(b"", Some(b"")), Error::EmptyKey));
    assert_eq!(get(engine, b"a"), Some(b"1".to_vec()), "a commit that was refused changed something");
    assert_eq!(get(engine, b""), None);
    assert_eq!(get(engine, &long_key), None);
    write(engine, &[(&key, Some(&value))]);
    assert_eq!(get(engine, &key), Some(value));
}

fn reserved_keys_are_absent_or_empty(engine: &dyn Engine) {
    write(engine, &[(b"r\x00\x05", Some(b"there before")), (b"s", Some(b"1"))]);
    let keys: Vec<Vec<u8>> = (0..100).map(|n| vec![b'r', 0, n]).collect();
    let read = Read { since: engine.now(), entries: vec![(keys[0].clone(), get(engine, &keys[0]))] };
    for _ in 0..2 {
        engine.reserve(&keys).unwrap_or_else(|error| panic!("{error}"));
    }
    let holds = engine.commit(&Commit { read, ..Commit::default() }, Durability::Buffered).is_ok();
    assert_eq!(holds, get(engine, &keys[0]).is_none(), "what was reserved since counts as changed");
    engine.reserve(&[]).unwrap_or_else(|error| panic!("nothing to reserve: {error}"));
    for key in &keys {
        let value = get(engine, key);
        if key.ends_with(&[5]) {
            assert_eq!(value, Some(b"there before".to_vec()), "a value was lost");
        } else {
            assert!(value.is_none_or(|value| value.is_empty()), "{key:?}");
        }
    }
    let expects = keys.iter().map(|key| (key.clone(), get(engine, key))).collect();
    let writes = keys.iter().map(|key| (key.clone(), Some([key.as_slice(), &[7; 3000]].concat()))).collect();
    let commit = Commit { expects, writes, ..Commit::default() };
    engine.commit(&commit, Durability::Synced).unwrap_or_else(|error| panic!("{error}"));
    engine.reserve(&keys).unwrap_or_else(|error| panic!("{error}"));
    let mut expected: Vec<Row> = keys.iter().map(|key| (key.clone(), [key.as_slice(), &[7; 3000]].concat())).collect();
    expected.push((b"s".to_vec(), b"1".to_vec()));
    assert!(rows(engine, all(), Order::Ascending) == expected, "what was written into reserved keys differs");
}

fn large_values_come_back(engine: &dyn Engine) {
    let value = |n: u8| (0..MAX_VALUE_BYTES).map(|i| n ^ (i % 251) as u8).collect::<Vec<u8>>();
    let commit = (0..3).map(|n| (vec![b'l', n], Some(value(n)))).collect();
    let commit = Commit { writes: commit, ..Commit::default() };
    engine.commit(&commit, Durability::Synced).unwrap_or_else(|error| panic!("{error}"));
    write(engine, &[(b"l\x01", Some(&value(9))), (b"l\x02", None)]);
    let found = rows(engine, all(), Order::Descending);
    assert!(found == [(b"l\x01".to_vec(), value(9)), (b"l\x00".to_vec(), value(0))], "large values differ");
}

fn long_scans_come_whole(engine: &dyn Engine) {
    let expected: Vec<Row> = (0_u32..3000).map(|n| (n.to_be_bytes().to_vec(), vec![0; (n % 700) as usize])).collect();
    for rows in expected.chunks(100) {
        let writes = rows.iter().map(|(key, value)| (key.clone(), Some(value.clone()))).collect();
        let commit = Commit { writes, ..Commit::default() };
        engine.commit(&commit, Durability::Buffered).unwrap_or_else(|error| panic!("{error}"));
    }
    assert!(rows(engine, all(), Order::Ascending) == expected, "ascending rows differ");
    assert!(
        rows(engine, all(), Order::Descending).into_iter().rev().eq(expected.iter().cloned()),
        "descending rows differ"
    );
    // Commits may come between the rows of a scan: what they leave alone is seen once and in order.
    let mut seen = Vec::new();
    for (n, row) in engine.scan(all(), Order::Ascending).enumerate() {
        let (key, _) = row.unwrap_or_else(|error| panic!("{error}"));
        if n % 10 == 0 {
            let mut between = key.clone();
            between.push(1);
            write(
                engine,
                &[(&between, Some(b"")), (&(3000_u32 + n as u32).to_be_bytes(), Some(b"")), (b"\0\0\0\0", None)],
            );
        }
        seen.push(key);
    }
    assert!(seen.is_sorted_by(|a, b| a < b), "a scan went back");
    seen.retain(|key| key.len() == 4 && key.as_slice() < &3000_u32.to_be_bytes()[..]);
    assert!(seen.iter().eq(expected.iter().map(|(key, _)| key)), "a scan lost rows that were there all the time");
}

fn all() -> KeyRange {
    (Unbounded, Unbounded)
}

fn get(engine: &dyn Engine, key: &[u8]) -> Option<Vec<u8>> {
    engine.get(key).unwrap_or_else(|error| panic!("{error}"))
}

fn rows(engine: &dyn Engine, range: KeyRange, order: Order) -> Vec<Row> {
    engine.scan(range, order).map(|row| row.unwrap_or_else(|error| panic!("{error}"))).collect()
}

fn write(engine: &dyn Engine, rows: &[(&[u8], Option<&[u8]>)]) {
    let writes = rows.iter().map(|(key, value)| (key.to_vec(), value.map(<[u8]>::to_vec))).collect();
    let commit = Commit { writes, ..Commit::default() };
    engine.commit(&commit, Durability::Synced).unwrap_or_else(|error| panic!("{error}"));
}
