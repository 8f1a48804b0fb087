//! What strangers write is text and nothing else, and what is drawn stays small.

use super::*;
use crate::archive::Archive;
use crate::engine::Durability;
use crate::model::{Article, NewCapture, NewOutcome, Timestamp};
use crate::report::tests::{BRIDGE, archive, article, capture, history, key};
use crate::report::{Options, Report, Timeline};

const HOSTILE: &str = "<script>alert(1)</script>\"'&]]>\u{202e}<img src=x onerror=alert(2)>";

fn hostile() -> Archive {
    let story = "https://news.example/%3Cscript%3E?q=<script>";
    archive([
        capture(story, "2026-03-01T08:00:00Z", article("Quiet", "The flood killed 17 people.")),
        capture(
            story,
            "2026-03-01T09:00:00Z",
            article(HOSTILE, "The flood killed 22 people.\n\nCorrection: the number was wrong."),
        ),
        capture(story, "2026-03-01T10:00:00Z", article(&format!("{HOSTILE} again"), "The flood killed 23 people.")),
        capture(story, "2026-03-01T11:00:00Z", NewOutcome::Moved(key("<script>alert(3)</script>"))),
        capture(story, "2026-03-01T12:00:00Z", NewOutcome::Unreachable("<script>alert(4)</script>".into())),
    ])
}

fn page(archive: &Archive) -> String {
    let report = Report::of(archive, &Options::default()).unwrap();
    html(&report, &report.diffs(archive, 10).unwrap())
}

fn drawing(archive: &Archive, story: &str) -> String {
    svg(&Timeline::of(archive, &key(story), None, None).unwrap().unwrap())
}

fn story(archive: &Archive) -> String {
    archive.stories(&Default::default()).next().unwrap().unwrap().story.to_string()
}

#[test]
fn a_hostile_headline_is_text_in_a_page() {
    let archive = hostile();
    let page = page(&archive);
    assert_eq!(page.matches("<script").count(), 1, "ours");
    assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&amp;]]&gt;\u{202e}&lt;img"));
    assert!(!page.contains("<img") && !page.chars().any(|c| c.is_control() && c != '\n'));
    // Frames hold pages of ours in which strangers' text is escaped already: there it is escaped twice, and nothing runs.
    assert_eq!(page.matches("<iframe sandbox ").count(), 2);
    assert!(page.contains("&amp;lt;script&amp;gt;alert(1)"));
}

#[test]
fn what_turns_the_direction_of_writing_ends_with_its_element() {
    let page = page(&hostile());
    let (mut found, mut tag) = (0, String::new());
    for character in page.chars() {
        match character {
            '<' => tag.clear(),
            '\u{202e}' => {
                // Diffs have elements of their own for each text; there the brackets are escaped.
                let isolates = ["<bdi>", "<a dir=\"auto\"", "<del dir=\"auto\"", "<iframe "];
                assert!(isolates.iter().any(|isolate| tag.starts_with(isolate)), "{tag:.80}");
                found += 1;
            }
            _ => {}
        }
        tag.push(character);
    }
    assert!(found > 4, "{found}");
}

#[test]
fn a_hostile_headline_is_text_in_a_drawing() {
    let archive = hostile();
    let drawing = drawing(&archive, &story(&archive));
    assert!(!drawing.contains("<script") && !drawing.contains("<img"));
    assert!(drawing.contains("<text class=\"headline\" x=\"20\" y=\"34\">&lt;script&gt;alert(1)"));
    assert!(!drawing.chars().any(|c| c.is_control() && c != '\n'));
}

#[cfg(feature = "exchange")]
#[test]
fn drawings_are_well_formed() {
    let (hostile, plain) = (hostile(), archive(history()));
    for drawing in [drawing(&hostile, &story(&hostile)), drawing(&plain, BRIDGE)] {
        let mut reader = quick_xml::Reader::from_str(&drawing);
        reader.config_mut().check_end_names = true;
        let mut elements = 0;
        loop {
            match reader.read_event().unwrap() {
                quick_xml::events::Event::Eof => break,
                quick_xml::events::Event::Start(tag) | quick_xml::events::Event::Empty(tag) => {
                    assert!(tag.attributes().all(|attribute| attribute.is_ok()));
                    elements += 1;
                }
                _ => {}
            }
        }
        assert!(elements > 20);
    }
}

#[test]
fn a_drawing_names_itself_and_what_it_shows() {
    let drawing = drawing(&archive(history()), BRIDGE);
    assert!(drawing.contains("role=\"img\" aria-labelledby=\"title desc\""));
    assert!(drawing.contains("<title id=\"title\">Timeline: Mayor says sorry for bridge</title>"));
    assert!(
        drawing.contains("4 revisions, 6 captures, 1 unreachable, 2026-03-01 08:00 to 2026-03-03 08:00 UTC.</desc>")
    );
    assert!(drawing.contains("prefers-color-scheme:dark"));
    assert!(drawing.contains("<g class=\"first\"><title>#1: first</title>"));
}

#[test]
fn ten_thousand_captures_are_drawn_in_bounded_room() {
    let archive = Archive::in_memory();
    let capture = |nth: i64| {
        let outcome = match nth % 5 {
            0 => article("Flood", &format!("The flood killed {nth} people.")),
            1 => NewOutcome::Gone,
            2 => NewOutcome::Teaser(Article::new("For subscribers")),
            3 => NewOutcome::Unreachable(format!("status {}", 500 + nth % 7)),
            _ => NewOutcome::NotModified,
        };
        NewCapture::new(key("flood"), Timestamp::from_micros(nth * nth * 1_000_000).unwrap(), outcome)
    };
    archive.ingest_many((0..10_000).map(capture), &Default::default(), |_| {}).unwrap();
    let drawing = drawing(&archive, "flood");
    assert!(drawing.len() < 200_000, "{} bytes", drawing.len());
    assert!(drawing.contains("2000 revisions, 10000 captures"));
    let report = Report::of(&archive, &Options::default()).unwrap();
    let (small, page) = (html(&report, &[]), html(&report, &report.diffs(&archive, 10).unwrap()));
    assert!(small.len() < 100_000 && page.len() < 300_000, "{} {}", small.len(), page.len());
    assert_eq!((report.total.edits, report.total.taken_down, report.total.came_back), (1_999, 2_000, 2_000));
}

#[test]
fn right_to_left_headlines_begin_at_the_right() {
    let archive = archive([
        capture("bridge", "2026-03-01", article("الجسر مغلق", "أغلق الجسر.")),
        capture("bridge", "2026-03-02", article("الجسر مفتوح", "فتح الجسر أمس.")),
    ]);
    let drawing = drawing(&archive, "bridge");
    assert!(drawing.contains("y=\"34\" direction=\"rtl\" text-anchor=\"end\">الجسر مفتوح</text>"));
    let page = page(&archive);
    assert!(page.contains("<h3 dir=\"auto\"><bdi>الجسر مفتوح</bdi></h3>"));
    assert!(page.contains("<del dir=\"auto\">الجسر مغلق</del>"));
}

#[test]
fn days_without_an_edit_have_room_while_they_can_be_seen() {
    let flood = |at: &str, dead: u32| capture("flood", at, article("Flood", &format!("It killed {dead} people.")));
    let bars = |last: &str| {
        let page = page(&archive([flood("2026-03-01", 1), flood("2026-03-02", 2), flood(last, 3)]));
        let chart = page.split("id=\"by-day-title\"").nth(1).unwrap().split("</svg>").next().unwrap();
        let places: Vec<f64> = chart
            .split("<rect class=\"bar\" x=\"")
            .skip(1)
            .map(|bar| bar.split('"').next().unwrap().parse().unwrap())
            .collect();
        (places[1] - places[0], page.contains("those without one left out"))
    };
    let (near, far, never) = (bars("2026-03-03"), bars("2026-03-09"), bars("2036-03-09"));
    assert_eq!(near, (274.0, false));
    assert_eq!(far, (479.5, false));
    assert_eq!(never, (274.0, true));
}

#[test]
fn a_page_of_nothing_says_so() {
    let report = Report::of(&Archive::in_memory(), &Options::default()).unwrap();
    let page = html(&report, &[]);
    assert!(page.contains("all stories, nothing captured") && !page.contains("<table>") && !page.contains("<svg"));
}

#[test]
fn a_diff_that_is_too_long_is_left_out() {
    let archive = archive(history());
    let report = Report::of(&archive, &Options::default()).unwrap();
    let page = html(&report, &["x".repeat((512 << 10) + 1)]);
    assert!(page.contains("too long to be shown") && !page.contains("<iframe"));
}

#[test]
fn words_are_those_of_people() {
    assert_eq!(
        [0, 59, 60, 61, 2_879, 2_880].map(length),
        ["0 min", "59 min", "1 h", "1 h 1 min", "47 h 59 min", "2 days"]
    );
    assert_eq!(count(1, "story", "stories"), "1 story");
    assert_eq!((fit("bridges", 6).as_str(), fit("bridge", 6).as_str()), ("bridg\u{2026}", "bridge"));
    let archive = Archive::in_memory();
    archive.ingest(capture("a", "2026-03-01", article("b", "")), Durability::Buffered).unwrap();
    assert!(page(&archive).contains("<dd>0.0%</dd>"));
}
