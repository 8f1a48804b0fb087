//! Random operations on an engine and on a map, side by side.

use std::collections::BTreeMap;
use std::ops::Bound;

use super::{Make, all, rows};
use crate::engine::{Commit, Durability, Engine, Error, KeyRange, Order, Read, Row};

type Map = BTreeMap<Vec<u8>, Vec<u8>>;

/// Runs random operations from a seed; each answer must be that of the map.
pub(super) fn check(engine: &dyn Engine, seed: u64) {
    let (mut random, mut map, mut read) = (Random::new(seed), Map::new(), Read::default());
    for _ in 0..1500 {
        step(engine, &mut map, &mut read, &mut random);
    }
    assert_eq!(rows(engine, all(), Order::Ascending), to_rows(&map), "seed {seed}");
}

/// The same, with the engine dropped and opened again now and then.
pub(super) fn check_reopen(open: &Make<'_>, seed: u64) {
    let (mut random, mut map, mut read) = (Random::new(seed), Map::new(), Read::default());
    for _ in 0..6 {
        let engine = open();
        assert_eq!(rows(engine.as_ref(), all(), Order::Ascending), to_rows(&map), "seed {seed}, after reopening");
        for _ in 0..200 {
            step(engine.as_ref(), &mut map, &mut read, &mut random);
        }
        engine.flush().unwrap_or_else(|error| panic!("{error}"));
    }
}

/// `read` is what was read some steps ago, maybe of an engine that was closed since.
fn step(engine: &dyn Engine, map: &mut Map, read: &mut Read, random: &mut Random) {
    match random.below(11) {
        0..5 => commit(engine, map, read, random),
        10 => {
            let since = engine.now();
            let get = |key: Vec<u8>| {
                let value = engine.get(&key).unwrap_or_else(|error| panic!("{error}"));
                (key, value)
            };
            *read = Read { since, entries: (0..random.below(3)).map(|_| get(random.key())).collect() };
        }
        5 => {
            let keys: Vec<_> = (0..random.below(5)).map(|_| random.key()).collect();
            let values = engine.get_many(&keys).unwrap_or_else(|error| panic!("{error}"));
            assert!(values.iter().eq(keys.iter().map(|key| map.get(key).cloned()).collect::<Vec<_>>().iter()));
        }
        6..8 => {
            let key = random.key();
            assert_eq!(engine.get(&key).unwrap_or_else(|error| panic!("{error}")).as_ref(), map.get(&key));
        }
        _ => scan(engine, map, random),
    }
}

fn commit(engine: &dyn Engine, map: &mut Map, read: &Read, random: &mut Random) {
    let writes = (0..random.below(6)).map(|_| (random.key(), (random.below(3) > 0).then(|| random.value())));
    let writes: Vec<_> = writes.collect();
    let expects = (0..random.below(3)).map(|_| {
        let key = random.key();
        let holds = random.below(8) > 0;
        let value = if holds { map.get(&key).cloned() } else { Some(random.value()) };
        (key, value)
    });
    let expects = expects.collect();
    let read = if random.below(2) == 0 { read.clone() } else { Read::default() };
    let commit = Commit { expects, read, writes };
    let holds = commit.expects.iter().chain(&commit.read.entries).all(|(key, value)| map.get(key) == value.as_ref());
    let durability = if random.below(20) == 0 { Durability::Synced } else { Durability::Buffered };
    match engine.commit(&commit, durability) {
        Ok(()) => assert!(holds, "a wrong expectation was taken: {commit:?}"),
        Err(Error::Conflict) => assert!(!holds, "a right expectation was refused: {commit:?}"),
        Err(error) => panic!("{error}"),
    }
    for (key, value) in commit.writes.into_iter().take_while(|_| holds) {
        match value {
            Some(value) => map.insert(key, value),
            None => map.remove(&key),
        };
    }
}

fn scan(engine: &dyn Engine, map: &Map, random: &mut Random) {
    let range: KeyRange = (random.bound(), random.bound());
    let inside = |key: &Vec<u8>| {
        let after = match &range.0 {
            Bound::Included(start) => key >= start,
            Bound::Excluded(start) => key > start,
            Bound::Unbounded => true,
        };
        let before = match &range.1 {
            Bound::Included(end) => key <= end,
            Bound::Excluded(end) => key < end,
            Bound::Unbounded => true,
        };
        after && before
    };
    let mut expected: Vec<Row> = to_rows(map).into_iter().filter(|(key, _)| inside(key)).collect();
    let descending = random.below(2) == 0;
    if descending {
        expected.reverse();
    }
    let order = if descending { Order::Descending } else { Order::Ascending };
    assert_eq!(rows(engine, range.clone(), order), expected, "{range:?} {order:?}");
}

fn to_rows(map: &Map) -> Vec<Row> {
    map.iter().map(|(key, value)| (key.clone(), value.clone())).collect()
}

/// SplitMix64 (Steele, Lea, Flood, 2014): enough for tests, and the same everywhere.
struct Random(u64);

impl Random {
    fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    /// Few letters and short keys, so that keys meet and are prefixes of each other.
    fn key(&mut self) -> Vec<u8> {
        let letters = [0, 1, b'a', b'b', 0xfe, 0xff];
        (0..=self.below(4)).map(|_| letters[self.below(6) as usize]).collect()
    }

    fn value(&mut self) -> Vec<u8> {
        let bytes = if self.below(30) == 0 { 20_000 } else { self.below(60) as usize };
        vec![self.below(256) as u8; bytes]
    }

    fn bound(&mut self) -> Bound<Vec<u8>> {
        match self.below(5) {
            0 => Bound::Unbounded,
            1 | 2 => Bound::Included(self.key()),
            _ => Bound::Excluded(self.key()),
        }
    }
}
