use proptest::prelude::*;

use super::*;

const HEAD: &str = r#"<?xml version="1.0"?><mediawiki xmlns="http://www.mediawiki.org/xml/export-0.11/"><siteinfo><sitename>W</sitename>
    <base>https://wiki.example/wiki/Main_Page</base></siteinfo>"#;

fn revision(id: u32, day: u32, text: &str) -> String {
    format!(
        "<revision><id>{id}</id><timestamp>2026-03-{day:02}T08:00:00Z</timestamp><contributor><username>A</username><id>9</id>\
         </contributor><comment>c</comment>{text}<sha1>x</sha1></revision>"
    )
}

fn read(xml: &str) -> Vec<Result<NewCapture, DoorError>> {
    let items = MediaWikiReader::new(xml.as_bytes()).map(|item| {
        item.map(|item| match item.fact {
            Fact::Capture(capture) => *capture,
            other => panic!("{other:?}"),
        })
    });
    items.collect()
}

#[test]
fn every_revision_of_every_page_is_a_capture() {
    let xml = format!(
        "{HEAD}<page><title>Old bridge/Talk &amp; more</title><ns>0</ns><id>1</id>{}{}</page><page><title>Ferry</title>{}</page></mediawiki>",
        revision(1, 1, "<text bytes=\"3\">It&#39;s &lt;b&gt;one&lt;/b&gt;.\n\nTwo &quot;x&quot; &#x2019;.</text>"),
        revision(2, 2, "<text/>"),
        revision(3, 1, "<text><![CDATA[A < B]]></text>"),
    );
    let captures: Vec<NewCapture> = read(&xml).into_iter().map(Result::unwrap).collect();
    let told: Vec<_> = captures
        .iter()
        .map(|capture| {
            (capture.key.as_str(), capture.captured_at.date(), capture.outcome.text().unwrap().paragraphs.clone())
        })
        .collect();
    let bridge = "https://wiki.example/wiki/Old_bridge/Talk_&_more";
    assert_eq!(
        told,
        [
            (bridge, "2026-03-01".to_owned(), vec!["It's <b>one</b>.".to_owned(), "Two \"x\" ’.".to_owned()]),
            (bridge, "2026-03-02".to_owned(), vec![]),
            ("https://wiki.example/wiki/Ferry", "2026-03-01".to_owned(), vec!["A < B".to_owned()]),
        ]
    );
    assert_eq!(captures[0].outcome.text().unwrap().headline, "Old bridge/Talk & more");
    let without_base = xml.replace("base>", "case>");
    assert_eq!(read(&without_base)[2].as_ref().unwrap().key, StoryKey::id("Ferry").unwrap());
}

#[test]
fn revisions_of_one_second_stay_apart_and_in_their_order() {
    let texts = ["<text>A</text>", "<text>B</text>", "<text>A</text>"];
    let revisions: String = (1..).zip(texts).map(|(id, text)| revision(id, 1, text)).collect();
    let xml =
        format!("{HEAD}<page><title>A</title>{revisions}</page><page><title>B</title>{revisions}</page></mediawiki>");
    let captures: Vec<NewCapture> = read(&xml).into_iter().map(Result::unwrap).collect();
    let said: Timestamp = "2026-03-01T08:00:00Z".parse().unwrap();
    let times: Vec<i64> = captures.iter().map(|capture| capture.captured_at.as_micros() - said.as_micros()).collect();
    assert_eq!(times, [0, 1, 2, 0, 1, 2], "each page begins anew");
    assert!(captures.iter().all(|capture| capture.observation.modified_at == Some(said)));
}

#[test]
fn a_deleted_text_does_not_replace_the_one_before_it() {
    let xml =
        format!("{HEAD}<page><title>A</title>{}</page></mediawiki>", revision(1, 1, "<text deleted=\"deleted\" />"));
    let mut reader = MediaWikiReader::new(xml.as_bytes());
    let Fact::Capture(capture) = reader.next().unwrap().unwrap().fact else { panic!() };
    assert!(matches!(capture.outcome, NewOutcome::Unreachable(_)));
    assert_eq!(reader.warnings()[0].to_string(), "texts that were deleted were kept as unreachable (1 time)");
}

#[test]
fn a_bad_revision_is_passed_by_with_its_place() {
    let bad = revision(7, 1, "<text>x</text>").replace("2026-03-01T08:00:00Z", "soon");
    let xml = format!("{HEAD}<page><title>A</title>{bad}{}</page></mediawiki>", revision(8, 2, "<text>y</text>"));
    let read = read(&xml);
    assert!(
        matches!(&read[0], Err(DoorError::Bad { place, .. }) if place.to_string() == "at revision 7 of \"A\""),
        "{read:?}"
    );
    assert!(read[1].is_ok() && read.len() == 2);
}

#[test]
fn an_export_that_was_cut_short_or_is_none_is_an_error() {
    let xml = format!("{HEAD}<page><title>A</title>{}", revision(7, 1, "<text>x</text>"));
    for end in [xml.len() - 5, xml.len() - 20, xml.len() - 60] {
        let last = read(xml.get(..end).unwrap()).pop().unwrap();
        assert!(matches!(last, Err(DoorError::Failed { .. })), "{end}: {last:?}");
    }
    let whole = read(&xml);
    assert!(matches!(&whole[..], [Ok(_), Err(DoorError::Failed { .. })]), "{whole:?}");
    let Err(DoorError::Failed { source, .. }) = &read("<rss><channel/></rss>")[0] else { panic!() };
    assert!(source.to_string().contains("begins with <rss>"), "{source}");
}

proptest! {
    #[test]
    fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = MediaWikiReader::new(&bytes[..]).count();
        let _ = MediaWikiReader::new(&[HEAD.as_bytes(), b"<page><revision>", &bytes[..]].concat()[..]).count();
    }
}
