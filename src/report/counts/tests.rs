use super::*;
use crate::report::tests::{archive, history, time};

#[test]
fn hosts_and_days_add_up_to_the_whole() {
    let archive = archive(history());
    let (hosts, days) =
        (by_host(&archive, &StoryFilter::default()).unwrap(), by_day(&archive, &StoryFilter::default()).unwrap());
    let stats = archive.stats().unwrap();
    let sum = |of: fn(&Counts) -> u64| -> [u64; 2] {
        [hosts.iter().map(|row| of(&row.counts)).sum(), days.iter().map(|row| of(&row.counts)).sum()]
    };
    assert_eq!(sum(|counts| counts.captures), [stats.captures; 2]);
    assert_eq!(sum(|counts| counts.revisions), [stats.revisions; 2]);
    assert_eq!(sum(|counts| counts.edits), [4; 2]);
    assert_eq!(hosts.iter().map(|row| row.counts.stories).sum::<u64>(), stats.stories);
}

#[test]
fn each_row_has_its_own_numbers() {
    let archive = archive(history());
    let hosts = by_host(&archive, &StoryFilter::default()).unwrap();
    let told: Vec<_> = hosts.iter().map(|row| (row.host.as_deref(), row.counts.stories, row.counts.captures)).collect();
    assert_eq!(told, [(Some("news.example"), 3, 12), (Some("b.example"), 1, 3), (None, 1, 1)]);
    let seen = hosts[0].counts.outcomes;
    assert_eq!((seen.article, seen.not_modified, seen.gone, seen.unreachable), (8, 1, 2, 1));
    let days = by_day(&archive, &StoryFilter::default()).unwrap();
    let told: Vec<_> = days
        .iter()
        .map(|row| (row.day.as_str(), row.counts.stories, row.counts.captures, row.counts.revisions, row.counts.edits))
        .collect();
    assert_eq!(
        told,
        [
            ("2026-03-01", 5, 7, 5, 1),
            ("2026-03-02", 3, 5, 2, 1),
            ("2026-03-03", 1, 1, 1, 1),
            ("2026-03-04", 1, 1, 0, 0),
            ("2026-03-05", 1, 1, 1, 1),
            ("2026-03-06", 1, 1, 0, 0),
        ]
    );
}

#[test]
fn a_range_leaves_out_what_was_captured_before_and_after() {
    let archive = archive(history());
    let filter = StoryFilter {
        since: Some(time("2026-03-02T08:30:00Z")),
        until: Some(time("2026-03-02T12:00:00Z")),
        ..StoryFilter::default()
    };
    for counts in [by_host(&archive, &filter).unwrap()[0].counts, by_day(&archive, &filter).unwrap()[0].counts] {
        assert_eq!((counts.stories, counts.captures, counts.revisions, counts.edits), (2, 2, 0, 0));
    }
}
