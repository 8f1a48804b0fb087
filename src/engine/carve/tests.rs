use std::collections::{BTreeMap, HashSet};

use super::*;
use crate::engine::{Commit, Durability, Engine, SledEngine, SledOptions};

/// Knows rows by a hash at the end of the value; a loose row says how long it is.
#[derive(Default)]
struct Sums {
    seen: HashSet<Vec<u8>>,
    loose: usize,
}

const MARK: &[u8] = b"invented row ";

fn value(key: &[u8], length: usize) -> Vec<u8> {
    let mut value = [MARK, &(length as u32).to_le_bytes(), key].concat();
    value.extend((value.len()..length).map(|at| (at * 31 + key.len()) as u8));
    value.extend(&blake3::Hasher::new().update(key).update(&value).finalize().as_bytes()[..8]);
    value
}

fn length_at(bytes: &[u8]) -> Option<usize> {
    Some(u32::from_le_bytes(*bytes.strip_prefix(MARK)?.first_chunk::<4>()?) as usize + 8)
}

impl Judge for Sums {
    fn judge(&mut self, key: &[u8], value: &[u8]) -> Verdict {
        let Some((record, sum)) = value.split_last_chunk::<8>() else { return Verdict::None };
        if blake3::Hasher::new().update(key).update(record).finalize().as_bytes()[..8] != *sum {
            return Verdict::None;
        }
        if self.seen.insert(value.to_vec()) { Verdict::New } else { Verdict::Known }
    }

    fn loose(&mut self, bytes: &[u8]) -> Option<(Vec<u8>, usize)> {
        let length = length_at(bytes)?;
        let key = bytes.get(MARK.len() + 4..MARK.len() + 13)?.to_vec();
        let known = bytes.get(..length).is_some_and(|value| self.seen.contains(value));
        self.loose += usize::from(!known);
        (!known).then_some((key, length))
    }
}

fn key(number: u64) -> Vec<u8> {
    [&[5][..], &number.to_be_bytes()].concat()
}

/// A store of rows in which pages were split, rewritten and linked to; the rows by their keys.
fn store(directory: &Path, rows: u64) -> BTreeMap<Vec<u8>, Vec<u8>> {
    let engine = SledEngine::open(directory, &SledOptions::default().create(true)).unwrap();
    let mut all = BTreeMap::new();
    for number in 0..rows {
        let key = key(number);
        let value = value(&key, 40 + (number as usize * 997) % 9_000);
        let writes = vec![(key.clone(), Some(value.clone()))];
        engine.commit(&Commit { writes, ..Commit::default() }, Durability::Buffered).unwrap();
        all.insert(key, value);
    }
    drop(engine);
    all
}

fn found(directory: &Path, judge: &mut Sums) -> BTreeMap<Vec<u8>, Vec<u8>> {
    let carved = Carved::from(directory, judge).unwrap();
    carved.places.iter().map(|place| (place.key.clone(), carved.value(place).unwrap())).collect()
}

#[test]
fn every_row_of_a_log_is_found_by_what_sled_writes_around_it() {
    let directory = tempfile::tempdir().unwrap();
    let rows = store(directory.path(), 700);
    let mut judge = Sums::default();
    assert!(found(directory.path(), &mut judge) == rows);
    assert_eq!(judge.loose, 0, "pages and links told all of them");
}

#[test]
fn what_was_not_hit_is_found_and_nothing_else() {
    let directory = tempfile::tempdir().unwrap();
    let rows = store(directory.path(), 300);
    let path = directory.path().join("sled/db");
    let whole = fs::read(&path).unwrap();
    for round in 0..6_usize {
        let mut bytes = whole.clone();
        let used = bytes.iter().rposition(|byte| *byte != 0).unwrap();
        // Scattered: equal steps could come back to the same few places, whatever the length.
        let mut place = round as u64 + 1;
        for hit in 0..400 {
            place = place.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            bytes[(place >> 33) as usize % used] ^= 1 << (hit % 8);
        }
        fs::write(&path, &bytes).unwrap();
        let found = found(directory.path(), &mut Sums::default());
        assert!(found.iter().all(|(key, value)| rows.get(key) == Some(value)), "nothing is invented");
        let marks = (0..bytes.len()).filter(|at| bytes[*at..].starts_with(MARK));
        let there: HashSet<&[u8]> = marks.filter_map(|at| bytes[at..].get(..length_at(&bytes[at..])?)).collect();
        for (key, value) in &rows {
            assert_eq!(found.contains_key(key), there.contains(value.as_slice()), "round {round}: row {key:?}");
        }
        assert!(found.len() < rows.len(), "round {round}: something was hit");
    }
}

#[test]
fn a_log_of_noise_holds_nothing_and_ends() {
    let directory = tempfile::tempdir().unwrap();
    let noise: Vec<u8> = (0..2_000_000_u64).map(|at| (at.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40) as u8).collect();
    fs::write(directory.path().join("db"), noise).unwrap();
    fs::write(directory.path().join("eights"), vec![8; 100_000]).unwrap();
    assert!(found(directory.path(), &mut Sums::default()).is_empty());
}

#[test]
fn a_row_over_the_edge_of_a_window_is_found() {
    let directory = tempfile::tempdir().unwrap();
    let key = key(7);
    let value = value(&key, 5_000);
    for before in [STEP - 1, STEP - 4_000, STEP] {
        fs::write(directory.path().join("db"), [vec![0; before], value.clone(), vec![0; 100]].concat()).unwrap();
        assert_eq!(found(directory.path(), &mut Sums::default()).get(&key), Some(&value), "after {before} bytes");
    }
}
