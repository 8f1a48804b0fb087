//! What a rebuild of derived data mends.

use morgue::engine::MemoryEngine;
use morgue::{Archive, Cursor};

use crate::support::{add, assert_clean, changes, exported, findings, in_memory, key, on, repair, seen};

/// Rows of the feed were lost and more was archived: arrivals are given out twice.
fn with_repeated_arrivals(later: &str) -> (MemoryEngine, Archive, String) {
    let (archive, engine) = in_memory();
    let old = || [seen("a", 0, "One"), seen("b", 1, "Two"), seen("a", 2, "Three")];
    let new = || [seen(later, 3, "Four"), seen(later, 4, "Five")];
    add(&archive, old());
    let mut rows = engine.rows();
    let feed: Vec<Vec<u8>> = rows.iter().map(|(key, _)| key.clone()).filter(|key| key[0] == 0x87).collect();
    rows.retain(|(key, _)| !feed[1..].contains(key));
    let left = MemoryEngine::from_rows(rows);
    let hurt = repair(&left);
    add(&hurt, new());
    let (whole, _) = in_memory();
    add(&whole, old());
    add(&whole, new());
    (left, hurt, exported(&whole))
}

#[test]
fn captures_with_one_arrival_are_given_two() {
    // Under another key, and under one that has a capture with the same arrival.
    for later in ["c", "a", "b"] {
        let (engine, archive, expected) = with_repeated_arrivals(later);
        assert!(!findings(&archive).is_empty());
        // What was read before must not be kept.
        assert_eq!(exported(&archive), expected);
        archive.reindex(|_, _| {}).unwrap();
        assert_clean(&archive);
        assert_eq!(exported(&archive), expected);
        let mut arrivals: Vec<u64> = ["a", "b", "c"]
            .iter()
            .flat_map(|story| archive.captures(&key(story)).unwrap_or_default())
            .map(|capture| capture.arrival)
            .collect();
        arrivals.sort_unstable();
        arrivals.dedup();
        assert_eq!(arrivals.len(), 5, "{later}: {arrivals:?}");
        assert_eq!(changes(&archive, Cursor::START).len(), 5, "{later}");
        // And it goes on.
        add(&archive, [seen("d", 9, "Six")]);
        assert_clean(&archive);
        assert_clean(&on(&engine));
    }
}
