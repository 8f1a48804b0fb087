use proptest::prelude::*;

use super::*;
use crate::model::{Capture, NewCapture, NewOutcome, RevisionKind};
use crate::report::tests::{BRIDGE, archive, article, history, key, time};

fn timeline(captures: Vec<NewCapture>, story: &str) -> Timeline {
    Timeline::of(&archive(captures), &key(story), None, None).unwrap().unwrap()
}

#[test]
fn runs_of_the_same_are_one_event() {
    let told = timeline(history(), BRIDGE);
    let events: Vec<_> = told.events.iter().map(|event| (event.kind, event.captures, event.revision)).collect();
    use EventKind::{Edit, First, Unchanged, Unreachable};
    assert_eq!(
        events,
        [
            (First, 1, Some(1)),
            (Unchanged, 1, Some(1)),
            (Edit, 1, Some(2)),
            (Edit, 1, Some(3)),
            (Unreachable, 1, Some(3)),
            (Edit, 1, Some(4))
        ]
    );
    assert_eq!((told.captures(), told.revisions(), told.headline.as_str()), (6, 4, "Mayor says sorry for bridge"));
    assert_eq!(told.events[2].summary.as_deref(), Some("two -> three metres; no notice, modified time unchanged"));
    assert_eq!(told.events[4].detail.as_deref(), Some("status 503"));
    assert_eq!((told.events[0].words, told.events[0].significance), (Some(10), None));
}

#[test]
fn a_range_keeps_the_numbers_of_revisions_and_the_headline_in_force() {
    let archive = archive(history());
    let of =
        |since: &str, until: &str| Timeline::of(&archive, &key(BRIDGE), Some(time(since)), Some(time(until))).unwrap();
    let told = of("2026-03-02T12:00:00Z", "2026-03-02T23:00:00Z").unwrap();
    assert_eq!((told.events.len(), told.events[0].revision, told.revisions()), (1, Some(3), 0));
    assert_eq!(told.headline, "Old bridge closed");
    let edit = of("2026-03-02", "2026-03-02T09:00:00Z").unwrap();
    assert!(edit.events[0].summary.is_some(), "it is compared with what was before the range");
    assert_eq!(of("2025-01-01", "2025-01-02"), None);
    assert_eq!(Timeline::of(&archive, &key("nothing"), None, None).unwrap(), None);
}

#[test]
fn a_page_that_was_read_again_is_one_visit() {
    let at = |source: &str, text: &str| {
        let mut capture = NewCapture::new(key("frost"), time("2026-03-01"), article("Frost", text));
        capture.observation.source = Some(source.into());
        capture
    };
    let told = timeline(vec![at("reader 1", "It froze. Subscribe."), at("reader 2", "It froze.")], "frost");
    assert_eq!(told.events.len(), 1);
    assert_eq!((told.events[0].captures, told.events[0].readings, told.visits.len()), (2, 1, 1));
}

#[test]
fn a_picture_has_everything_in_its_column() {
    let told = timeline(history(), BRIDGE);
    let picture = told.picture(48);
    assert_eq!(picture.columns.iter().map(|column| column.visits).sum::<u64>(), 6);
    assert_eq!((picture.column(told.first_captured), picture.column(told.last_captured)), (0, 47));
    assert_eq!((picture.column(Timestamp::MIN), picture.column(Timestamp::MAX)), (0, 47));
    // An hour a column.
    assert_eq!((picture.columns[2].revisions, picture.columns[2].edits), (Some((2, 2)), 1));
    assert_eq!(picture.columns[2].kinds, [EventKind::Edit]);
    assert!(picture.columns.iter().all(|column| column.in_force));
    let [not_modified, unreachable] = picture.spans.as_slice() else { panic!("{:?}", picture.spans) };
    assert_eq!((not_modified.outcome, not_modified.from), (OutcomeKind::NotModified, 0));
    assert_eq!((unreachable.outcome, unreachable.from, unreachable.to), (OutcomeKind::Unreachable, 27, 27));
    assert_eq!(picture.outcomes(), [OutcomeKind::NotModified, OutcomeKind::Unreachable]);
    assert_eq!(told.picture(0).columns.len(), 1);
}

fn outcome() -> impl Strategy<Value = NewOutcome> {
    let text = (0_u8..4).prop_map(|which| {
        // Two that differ in typography alone, and two others.
        let headline = ["\"Frost\"", "\u{201c}Frost\u{201d}", "Thaw", "Flood"][usize::from(which)];
        article(headline, "")
    });
    prop_oneof![
        4 => text,
        2 => Just(NewOutcome::NotModified),
        1 => Just(NewOutcome::Gone),
        1 => Just(NewOutcome::Teaser(crate::model::Article::new("For subscribers"))),
        1 => Just(NewOutcome::Moved(key("https://news.example/elsewhere"))),
        1 => (0_u16..2).prop_map(|cause| NewOutcome::Unreachable(format!("status 50{cause}"))),
    ]
}

fn captures() -> impl Strategy<Value = Vec<NewCapture>> {
    let one = (0_i64..12, outcome(), 1_u8..4).prop_map(|(minute, outcome, version)| {
        let at = Timestamp::from_micros(minute * 60_000_000).unwrap();
        let mut capture = NewCapture::new(key("frost"), at, outcome);
        capture.observation.source = Some(format!("reader {version}"));
        capture
    });
    prop::collection::vec(one, 1..20)
}

/// Whether an event may be of a capture.
fn fits(event: &Event, capture: &Capture) -> bool {
    let kind = match capture.outcome.kind() {
        OutcomeKind::Article => event.kind.is_revision() || event.kind == EventKind::Unchanged,
        OutcomeKind::NotModified => matches!(event.kind, EventKind::Unchanged | EventKind::NotModified),
        other => event.kind.as_str() == other.as_str(),
    };
    kind && event.from <= capture.captured_at && capture.captured_at <= event.to
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn events_hold_every_capture_exactly_once(captures in captures()) {
        let archive = archive(captures);
        let story = key("frost");
        let all = archive.captures(&story).unwrap();
        let told = Timeline::of(&archive, &story, None, None).unwrap().unwrap();
        prop_assert_eq!(told.captures(), all.len() as u64);
        prop_assert!(told.events.is_sorted_by_key(|event| event.from));
        // Those that count, in their order, are the events' captures in theirs.
        let places = standing(&all);
        let counted = all.iter().enumerate().filter(|(at, _)| places.as_ref().is_none_or(|places| places[*at] == *at));
        let mut counted = counted.map(|(_, capture)| capture);
        for event in &told.events {
            let own: Vec<&Capture> = counted.by_ref().take((event.captures - event.readings) as usize).collect();
            prop_assert!(own.iter().all(|capture| fits(event, capture)), "{:?} {:?}", event, own);
            prop_assert_eq!((own[0].captured_at, own[own.len() - 1].captured_at), (event.from, event.to));
        }
        prop_assert!(counted.next().is_none());
        // Revisions begin where `fold` says.
        let begun: Vec<(u64, Timestamp)> = told.events.iter().filter(|event| event.kind.is_revision())
            .map(|event| (event.revision.unwrap(), event.from)).collect();
        let revisions = fold(&all);
        prop_assert_eq!(begun, revisions.iter().map(|own| (own.number, own.first_captured)).collect::<Vec<_>>());
        let edits = revisions.iter().filter(|own| own.kind != RevisionKind::First).count();
        prop_assert_eq!(told.events.iter().filter(|event| event.summary.is_some()).count(), edits);
        let picture = told.picture(7);
        let visits: u64 = told.events.iter().map(|event| event.captures - event.readings).sum();
        prop_assert_eq!(picture.columns.iter().map(|column| column.visits).sum::<u64>(), visits);
    }
}
