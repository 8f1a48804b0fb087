use super::*;
use crate::diff::{NoticeKind, Stealth};
use crate::model::{NewOutcome, OutcomeKind};
use crate::report::tests::{BRIDGE, FERRY, TRAM, archive, article, capture, history, key, time};

fn report(archive: &Archive) -> Report {
    Report::of(archive, &Options::default()).unwrap()
}

fn host<'a>(report: &'a Report, name: Option<&str>) -> &'a Figures {
    &report.publishers.iter().find(|publisher| publisher.host.as_deref() == name).unwrap().figures
}

#[test]
fn every_number_of_a_known_history_is_right() {
    let report = report(&archive(history()));
    let total = &report.total;
    assert_eq!((total.stories, total.visits, total.revisions, total.edits, total.suspect), (5, 16, 9, 4, 0));
    assert_eq!((total.stories_edited, total.edits_a_story, total.share_edited), (2, 0.8, 0.4));
    // 150 minutes and four days.
    assert_eq!(total.first_edit_minutes, Some(150));
    assert_eq!((total.stealth, total.stealth_unmodified, total.corrections, total.headlines), (3, 1, 1, 1));
    assert_eq!((total.taken_down, total.moved, total.came_back), (1, 1, 1));
    let seen = &total.outcomes;
    assert_eq!((seen.article, seen.not_modified, seen.teaser), (10, 1, 1));
    assert_eq!((seen.gone, seen.moved, seen.unreachable), (2, 1, 1));
    assert_eq!(total.share_unreachable, 0.063);
    assert_eq!((report.first_captured, report.last_captured), (Some(time("2026-03-01")), Some(time("2026-03-06"))));
}

#[test]
fn publishers_are_told_apart_and_those_with_most_visits_come_first() {
    let report = report(&archive(history()));
    let names: Vec<Option<&str>> = report.publishers.iter().map(|publisher| publisher.host.as_deref()).collect();
    assert_eq!(names, [Some("news.example"), Some("b.example"), None]);
    let news = host(&report, Some("news.example"));
    assert_eq!((news.stories, news.visits, news.edits, news.stories_edited), (3, 12, 3, 1));
    assert_eq!((news.stealth, news.corrections, news.taken_down, news.moved), (2, 1, 1, 0));
    assert_eq!((news.edits_a_story, news.share_edited, news.first_edit_minutes), (1.0, 0.333, Some(150)));
    let other = host(&report, Some("b.example"));
    assert_eq!((other.stories, other.edits, other.first_edit_minutes, other.moved), (1, 1, Some(5_760), 1));
    assert_eq!((host(&report, None).stories, host(&report, None).edits), (1, 0));
    assert_eq!(report.other_publishers, None);
}

#[test]
fn edits_stand_at_their_hour_and_their_day() {
    let report = report(&archive(history()));
    let hours: Vec<usize> = (0..72).filter(|hour| report.edits_by_hour[*hour] == 1).collect();
    assert_eq!((hours, report.edits_by_hour.len(), report.edits_later), (vec![2, 24, 48], 72, 1));
    let days: Vec<(&str, u64)> = report.edits_by_day.iter().map(|entry| (entry.day.as_str(), entry.edits)).collect();
    assert_eq!(days, [("2026-03-01", 1), ("2026-03-02", 1), ("2026-03-03", 1), ("2026-03-05", 1)]);
    assert_eq!(report.days_per_entry, 1);
}

#[test]
fn each_list_has_what_belongs_to_it_in_its_order() {
    let report = report(&archive(history()));
    let places = |edits: &[Edited]| edits.iter().map(|edit| (edit.story.clone(), edit.revision)).collect::<Vec<_>>();
    let bridge = |revision| (key(BRIDGE), revision);
    assert_eq!(places(&report.headlines), [bridge(4)]);
    let rewritten = &report.headlines[0];
    assert_eq!((rewritten.old_headline.as_str(), rewritten.previous), ("Old bridge closed", 3));
    assert_eq!((rewritten.headline.as_str(), rewritten.minutes), ("Mayor says sorry for bridge", 2_880));
    assert_eq!(places(&report.corrections), [bridge(3)]);
    assert_eq!(report.corrections[0].notice, Some(NoticeKind::Correction));
    // Without a word and with the old time of modification comes first, however little it weighs.
    assert_eq!(places(&report.stealth)[0], bridge(2));
    assert_eq!(report.stealth[0].stealth, Some(Stealth::Both));
    assert!(report.stealth[0].significance < report.stealth[1].significance);
    assert_eq!(report.significant.len(), 4);
    assert!(report.significant.is_sorted_by(|a, b| a.significance >= b.significance));
    let most: Vec<_> =
        report.most_edited.iter().map(|story| (story.story.clone(), story.edits, story.visits)).collect();
    assert_eq!(most, [(key(BRIDGE), 3, 6), (key(TRAM), 1, 3)]);
    assert_eq!(report.most_edited[0].first_edit, time("2026-03-01T10:30:00Z"));
    assert_eq!(report.most_edited[0].last_edit, time("2026-03-03T08:00:00Z"));
    let [gone, moved] = report.take_downs.as_slice() else { panic!("{:?}", report.take_downs) };
    assert_eq!((&gone.story, gone.outcome, gone.to.clone()), (&key(FERRY), OutcomeKind::Gone, None));
    assert_eq!((gone.last_seen, gone.captured_at), (time("2026-03-01T08:00:00Z"), time("2026-03-02T08:00:00Z")));
    assert_eq!(gone.back_at, Some(time("2026-03-04T08:00:00Z")));
    assert_eq!((&moved.story, moved.outcome, moved.back_at), (&key(TRAM), OutcomeKind::Moved, None));
    assert_eq!(moved.to, Some(key("https://b.example/trams")));
}

#[test]
fn a_range_holds_what_was_captured_in_it_and_nothing_else() {
    let mut options = Options::default();
    (options.since, options.until) = (Some(time("2026-03-02")), Some(time("2026-03-03")));
    let report = Report::of(&archive(history()), &options).unwrap();
    let total = &report.total;
    assert_eq!((total.stories, total.visits, total.revisions, total.edits), (3, 5, 2, 1));
    assert_eq!((total.corrections, total.taken_down, total.came_back), (1, 1, 0));
    assert_eq!(total.first_edit_minutes, None, "the first edit was before");
    assert_eq!((report.take_downs[0].back_at, report.significant[0].revision), (None, 3));
    options.host = Some("b.example".into());
    let other = Report::of(&archive(history()), &options).unwrap();
    assert_eq!((other.total.visits, other.publishers.len(), other.first_captured), (0, 0, None));
}

#[test]
fn the_order_in_which_captures_came_changes_nothing() {
    let forwards = report(&archive(history()));
    assert_eq!(report(&archive(history().into_iter().rev())), forwards);
    let mut shuffled = history();
    for at in 0..shuffled.len() {
        shuffled.swap(at, (at * 7 + 3) % 16);
    }
    assert_eq!(report(&archive(shuffled.into_iter().chain(history()))), forwards);
}

#[test]
fn lists_have_no_more_than_was_asked_for_and_keep_the_first() {
    let all = report(&archive(history()));
    let options = Options { top: 1, ..Options::default() };
    let one = Report::of(&archive(history()), &options).unwrap();
    assert_eq!(one.significant, all.significant[..1]);
    assert_eq!((one.stealth.len(), one.most_edited.len(), one.take_downs.len()), (1, 1, 1));
    assert_eq!(one.total, all.total);
}

#[test]
fn hosts_past_the_limit_are_counted_as_one() {
    let stories = (0..8).map(|host| {
        capture(&format!("https://h{host}.example/"), "2026-03-01", article("Same", "The same everywhere."))
    });
    let report = report(&archive(stories));
    assert_eq!(report.publishers.len(), 5);
    assert_eq!(report.other_publishers.map(|figures| (figures.stories, figures.visits)), Some((3, 3)));
    assert_eq!(report.total.stories, 8);
}

#[test]
fn a_page_that_was_not_read_whole_is_counted_apart() {
    let long = "The harbour froze on Monday, and ships could not leave before the evening. ".repeat(12);
    let stub = "Please accept cookies to go on.";
    let story = [
        capture("frost", "2026-03-01", article("Harbour frozen", &long)),
        capture("frost", "2026-03-02", article("Harbour frozen", stub)),
    ];
    let report = report(&archive(story));
    assert_eq!((report.total.edits, report.total.suspect, report.total.stealth), (1, 1, 0));
    assert_eq!((report.significant.len(), report.stealth.len(), report.most_edited.len()), (0, 0, 1));
}

#[test]
fn what_was_never_seen_cannot_be_taken_down_and_a_failed_visit_ends_nothing() {
    let seen = |at: &str, outcome| capture("frost", at, outcome);
    let frost = || article("Frost", "It froze.");
    let unreachable = || NewOutcome::Unreachable("timeout".into());
    let outcomes = [
        seen("2026-03-01", NewOutcome::Gone),
        seen("2026-03-02", frost()),
        seen("2026-03-03", unreachable()),
        seen("2026-03-04", NewOutcome::Gone),
        seen("2026-03-05", unreachable()),
        seen("2026-03-06", NewOutcome::Gone),
        seen("2026-03-07", frost()),
        seen("2026-03-08", NewOutcome::Gone),
    ];
    let report = report(&archive(outcomes));
    let total = &report.total;
    assert_eq!((total.taken_down, total.came_back, total.edits), (2, 1, 0));
    let told: Vec<_> = report.take_downs.iter().map(|down| (down.captured_at, down.last_seen, down.back_at)).collect();
    let day = |day: u32| time(&format!("2026-03-0{day}"));
    assert_eq!(told, [(day(8), day(7), None), (day(4), day(2), Some(day(7)))]);
}

#[test]
fn the_diffs_are_pages_of_the_edits_that_matter_most() {
    let archive = archive(history());
    let report = report(&archive);
    let pages = report.diffs(&archive, 2).unwrap();
    assert_eq!(pages.len(), 2);
    assert!(pages.iter().zip(&report.significant).all(|(page, edit)| page.contains(&edit.headline)));
}
