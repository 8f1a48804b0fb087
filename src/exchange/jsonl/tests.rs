use std::io::{self, BufReader, Read};

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

use super::*;
use crate::exchange::WarningKind;
use crate::model::{Alias, AliasDates, Article, NewCapture, NewOutcome, Observation, RawPage, StoryKey, Timestamp};

fn read(row: &str) -> Result<NewCapture, String> {
    match JsonlReader::new(row.as_bytes()).next().unwrap() {
        Ok(Row { fact: Fact::Capture(capture), .. }) => Ok(*capture),
        Ok(row) => panic!("{row:?}"),
        Err(RowError::Bad { reason, .. }) => Err(reason),
        Err(error) => panic!("{error}"),
    }
}

/// A row with the fields that every row needs.
fn with(fields: &str) -> Result<NewCapture, String> {
    read(&format!(r#"{{"id":"wire-1","captured_at":"2026-03-01",{fields}}}"#))
}

fn article(fields: &str) -> Article {
    match with(fields).unwrap().outcome {
        NewOutcome::Article(article) => article,
        other => panic!("{other:?}"),
    }
}

fn url(text: &str) -> StoryKey {
    StoryKey::url(text).unwrap()
}

fn refused(fields: &str, words: &[&str]) {
    let reason = with(fields).unwrap_err();
    for word in words {
        assert!(reason.contains(word), "{fields}: {reason:?} does not say {word:?}");
    }
}

#[test]
fn a_row_with_every_field_says_all_of_it() {
    let capture = with(concat!(
        r#""headline":"H\u00e4fen","deck":"D","byline":["Ada Lund","Bo Ek"],"text":"One.\n\nTwo.","published_at":"2026-02-28T10:00:00+01:00","#,
        r#""modified_at":"2026-03-01","lang":"en","section":"Islands","source":"hand 1","status":200,"aliases":["https://a.example/x/"]"#
    ))
    .unwrap();
    assert_eq!(capture.key, StoryKey::id("wire-1").unwrap());
    assert_eq!(capture.aliases, [url("https://a.example/x")]);
    let expected = Article::new("Häfen").with_deck("D").with_byline(["Ada Lund", "Bo Ek"]).with_text("One.\n\nTwo.");
    assert_eq!(capture.outcome, NewOutcome::Article(expected));
    let Observation { published_at, modified_at, lang, section, source, status } = capture.observation;
    assert_eq!(published_at.unwrap().to_string(), "2026-02-28T09:00:00Z");
    assert_eq!(modified_at.unwrap().to_string(), "2026-03-01T00:00:00Z");
    assert_eq!(
        (lang.as_deref(), section.as_deref(), source.as_deref(), status),
        (Some("en"), Some("Islands"), Some("hand 1"), Some(200))
    );
}

#[test]
fn every_other_name_of_a_field_is_taken() {
    let row = r#"{"id":"a","timestamp":"2026-03-01T12:00:00Z","title":"T","author":"Ada Lund","paragraphs":["One.","Two."],"published":"2026-02-01","modified":"2026-02-02"}"#;
    let capture = read(row).unwrap();
    assert_eq!(capture.captured_at.to_string(), "2026-03-01T12:00:00Z");
    assert_eq!(
        capture.outcome,
        NewOutcome::Article(Article::new("T").with_byline(["Ada Lund"]).with_text("One.\n\nTwo."))
    );
    assert_eq!(capture.observation.published_at.unwrap().date(), "2026-02-01");
    assert_eq!(capture.observation.modified_at.unwrap().date(), "2026-02-02");
    assert_eq!(article(r#""text":"","authors":["Ada","Bo"]"#).byline, ["Ada", "Bo"]);
}

#[test]
fn two_names_of_one_field_must_agree() {
    assert_eq!(article(r#""headline":"A","title":"A""#).headline, "A");
    assert_eq!(article(r#""headline":null,"title":"A""#).headline, "A");
    assert_eq!(article(r#""text":"","byline":"Ada","authors":["Ada"],"author":"Ada""#).byline, ["Ada"]);
    refused(r#""headline":"A","title":"B""#, &["`headline`", "`title`", "leave one out"]);
    refused(r#""text":"x","byline":"Ada","author":"Bo""#, &["`byline`", "`author`"]);
    refused(r#""text":"x","timestamp":"2026-03-02""#, &["`captured_at`", "`timestamp`"]);
    refused(r#""text":"x","published":"2026-03-02","published_at":"2026-03-03""#, &["`published_at`"]);
    refused(r#""text":"x","modified":"2026-03-02","modified_at":"2026-03-03""#, &["`modified_at`"]);
    refused(r#""text":"x","text":"x""#, &["`text`", "twice"]);
    refused(r#""text":"x","paragraphs":["x"]"#, &["`text`", "`paragraphs`"]);
}

#[test]
fn an_id_that_is_a_url_is_a_url_and_a_url_beside_an_id_is_an_alias() {
    let names = |fields: &str| {
        let capture = read(&format!(r#"{{"captured_at":"2026-03-01","text":"",{fields}}}"#))?;
        Ok::<_, String>((capture.key, capture.aliases))
    };
    let story = url("https://a.example/x");
    let id = StoryKey::id("wire-1").unwrap();
    assert_eq!(names(r#""id":"https://A.example/x/?utm_source=y""#), Ok((story.clone(), vec![])));
    assert_eq!(names(r#""url":"https://a.example/x""#), Ok((story.clone(), vec![])));
    assert_eq!(names(r#""url":"https://a.example/x","id":"""#), Ok((story.clone(), vec![])));
    assert_eq!(names(r#""id":"wire-1","url":"""#), Ok((id.clone(), vec![])));
    assert_eq!(names(r#""id":"wire-1","url":"https://a.example/x""#), Ok((id, vec![story.clone()])));
    assert_eq!(names(r#""id":"https://a.example/x","url":"https://a.example/x#top""#), Ok((story, vec![])));
    for (fields, word) in [
        (r#""url":null"#, "names no story"),
        (r#""url":"wire-1""#, "`url`"),
        (r#""id":"https://""#, "`id`"),
        (r#""id":" x""#, "white space"),
        (r#""id":17"#, "`id`: invalid type: integer `17`, expected a URL or an id in quotes"),
        (r#""id":{"id":"x","y":1}"#, "nothing more"),
        (r#""id":{}"#, "nothing more"),
    ] {
        assert!(names(fields).unwrap_err().contains(word), "{fields}: {:?}", names(fields));
    }
}

/// The reader keeps what the row before named.
#[test]
fn what_a_row_names_does_not_depend_on_the_row_before_it() {
    let names = ["https://news.example/a", "https://news.example/b/", " https://news.example/a", "wire-1", ""];
    let ids = names.iter().flat_map(|name| [format!(r#""id":"{name}""#), format!(r#""id":{{"id":"{name}"}}"#)]);
    let urls = names.iter().map(|name| format!(r#""url":"{name}""#));
    let both = names.iter().flat_map(|id| names.map(|url| format!(r#""id":"{id}","url":"{url}""#)));
    let rows: Vec<String> = ids
        .chain(urls)
        .chain(both)
        .map(|fields| format!(r#"{{{fields},"captured_at":"2026-03-01","outcome":"gone"}}"#))
        .collect();
    for before in &rows {
        for row in &rows {
            let both = format!("{before}\n{row}");
            let after = JsonlReader::new(both.as_bytes()).nth(1).unwrap().map(|row| row.fact);
            let alone = JsonlReader::new(row.as_bytes()).next().unwrap().map(|row| row.fact);
            let reason = |error| if let RowError::Bad { reason, .. } = error { reason } else { panic!("{error}") };
            assert_eq!(after.map_err(reason), alone.map_err(reason), "{both}");
        }
    }
}

#[test]
fn the_time_of_capture_is_required_and_has_no_guesses() {
    for (fields, word) in [
        (r#""text":"x""#, "no `captured_at`"),
        (r#""captured_at":1646000000"#, "does not say its unit"),
        (r#""captured_at":"yesterday""#, "RFC 3339"),
        (r#""captured_at":"""#, "RFC 3339"),
    ] {
        let reason = read(&format!(r#"{{"id":"a","headline":"x",{fields}}}"#)).unwrap_err();
        assert!(reason.contains("captured_at") && reason.contains(word), "{fields}: {reason}");
    }
}

#[test]
fn each_outcome_has_its_fields_and_no_others() {
    let outcome = |fields: &str| with(fields).unwrap().outcome;
    assert_eq!(outcome(r#""outcome":"not-modified","status":304"#), NewOutcome::NotModified);
    assert_eq!(outcome(r#""outcome":"gone","text":null,"headline":"","byline":[]"#), NewOutcome::Gone);
    assert_eq!(outcome(r#""outcome":"teaser","title":"T""#), NewOutcome::Teaser(Article::new("T")));
    assert_eq!(
        outcome(r#""outcome":"moved","to":"https://a.example/y#z""#),
        NewOutcome::Moved(url("https://a.example/y"))
    );
    assert_eq!(outcome(r#""outcome":"unreachable","cause":"time-out""#), NewOutcome::Unreachable("time-out".into()));
    assert_eq!(outcome(r#""outcome":"unreachable","status":503"#), NewOutcome::Unreachable("status 503".into()));
    assert_eq!(outcome(r#""outcome":"unreachable""#), NewOutcome::Unreachable("no cause given".into()));
    refused(r#""outcome":"moved""#, &["`to`"]);
    refused(r#""outcome":"moved","to":"""#, &["`to`", "empty"]);
    refused(r#""outcome":"lost""#, &["`lost`", "not-modified"]);
    refused(r#""outcome":"gone","to":"x""#, &["`to`", "`moved`", "`gone`"]);
    refused(r#""text":"x","cause":"x""#, &["`cause`", "`unreachable`", "`article`"]);
    for text in [
        r#""headline":"x""#,
        r#""title":"x""#,
        r#""deck":"x""#,
        r#""text":"x""#,
        r#""paragraphs":["x"]"#,
        r#""author":"x""#,
    ] {
        refused(&format!(r#""outcome":"gone",{text}"#), &["has no text"]);
    }
}

#[test]
fn an_empty_text_is_a_text_and_no_text_is_an_error() {
    for empty in [r#""text":"""#, r#""headline":"""#, r#""deck":"""#, r#""paragraphs":[]"#] {
        assert_eq!(article(empty), Article::default());
    }
    for none in [r#""status":200"#, r#""text":null"#, r#""byline":"Ada""#, r#""outcome":"teaser""#] {
        refused(none, &["no text"]);
    }
}

#[test]
fn a_value_of_the_wrong_kind_is_an_error_that_names_its_field_and_place() {
    refused(r#""headline":["x"]"#, &["`headline`: invalid type", "at byte "]);
    refused(r#""text":"x","byline":7"#, &["`byline`"]);
    refused(r#""text":"x","byline":[{"name":"Ada"}]"#, &["`byline`"]);
    refused(r#""text":"x","status":"200""#, &["`status`"]);
    refused(r#""text":"x","status":99999"#, &["`status`"]);
    refused(r#""text":"x","lang":["en"]"#, &["`lang`"]);
    assert!(read("[1]").unwrap_err().contains("expected a JSON object"));
    assert!(read("{").unwrap_err().contains("not JSON"));
    assert!(read(r#"{"id":"a"} {}"#).unwrap_err().contains("not JSON"));
}

#[test]
fn what_is_left_out_is_counted_by_name() {
    let rows = concat!(
        r#"{"id":"a","captured_at":"2026-03-01","text":"","version":1,"path":{"deep":[1]},"published_at":"","modified":17}"#,
        "\n",
        r#"{"id":"a","captured_at":"2026-03-02","text":"","version":2,"html":"<p>","published":"0000-00-00","modified_at":{"x":[true]}}"#,
        "\n",
        r#"{"id":"a","version":3}"#,
        "\n",
        r#"{"id":"a","captured_at":"2026-03-03","text":"","html":null,"published_at":null}"#,
    );
    let mut reader = JsonlReader::new(rows.as_bytes());
    let good: Vec<bool> = reader.by_ref().map(|row| row.is_ok()).collect();
    assert_eq!(good, [true, true, false, true]);
    let counts: Vec<_> =
        reader.warnings().iter().map(|warning| (warning.kind, warning.field.as_str(), warning.times)).collect();
    assert_eq!(
        counts,
        [
            (WarningKind::NotATime, "published_at", 2),
            (WarningKind::NotATime, "modified_at", 2),
            (WarningKind::Unknown, "version", 2),
            (WarningKind::Unknown, "path", 1),
        ]
    );
}

#[test]
fn an_alias_is_a_row_of_its_own() {
    let fact = |row: &str| JsonlReader::new(row.as_bytes()).next().unwrap().map(|row| row.fact);
    let (alias, of) = (url("https://a.example/amp"), StoryKey::id("wire-1").unwrap());
    let dates = AliasDates::default();
    let undated = Fact::Alias(Alias { alias, of, dates });
    assert_eq!(fact(r#"{"alias":"https://a.example/amp","of":"wire-1"}"#).unwrap(), undated);
    for bad in [
        r#"{"alias":"a"}"#,
        r#"{"of":"a"}"#,
        r#"{"alias":"a","of":"b","id":"c"}"#,
        r#"{"alias":"a","of":"b","captured_at":"2026-03-01"}"#,
    ] {
        assert!(fact(bad).unwrap_err().to_string().contains("alias"), "{bad}");
    }
}

#[test]
fn after_a_bad_row_reading_goes_on() {
    let good = r#"{"id":"a","captured_at":"2026-03-01","text":""}"#;
    let mut rows = format!("\u{feff}{good}\r\n\n  \t\r\n{{\"id\": \"a\u{7}\n{good}").into_bytes();
    rows.extend_from_slice(b"\n{\"x\":\"caf\xe9\"}\n\xff\xfe{\0\n");
    rows.extend_from_slice(good.as_bytes());
    let read: Vec<_> = JsonlReader::new(rows.as_slice()).collect();
    let lines: Vec<(u64, bool)> = read
        .iter()
        .map(|row| row.as_ref().map_or_else(|error| (error.line(), false), |row| (row.line, true)))
        .collect();
    assert_eq!(lines, [(1, true), (4, false), (5, true), (6, false), (7, false), (8, true)]);
    let bytes: Vec<u64> = read.iter().flatten().map(|row| row.bytes).collect();
    let length = good.len() as u64;
    assert_eq!(bytes, [length + 5, length + 1, length]);
    let message = |index: usize| read[index].as_ref().unwrap_err().to_string();
    assert!(message(1).contains(r#"the row begins: {"id": "a"#) && !message(1).contains('\u{7}'), "{}", message(1));
    assert!(message(3).contains("not UTF-8 (at byte 10"), "{}", message(3));
    assert!(message(4).contains("UTF-16"), "{}", message(4));
}

#[test]
fn a_row_over_the_limit_is_skipped_in_bounded_memory() {
    let good = b"\n{\"id\":\"a\",\"captured_at\":\"2026-03-01\",\"text\":\"\"}\n".as_slice();
    let long = io::repeat(b'x').take(3 * MAX_ROW_BYTES as u64);
    let mut reader = JsonlReader::new(BufReader::new(long.chain(good)));
    let error = reader.next().unwrap().unwrap_err().to_string();
    assert!(error.contains("line 1") && error.contains(&(3 * MAX_ROW_BYTES + 1).to_string()), "{error}");
    assert!(error.len() < 300, "{error}");
    assert_eq!(reader.next().unwrap().unwrap().line, 2);
    assert!(reader.next().is_none());
}

#[test]
fn failing_input_is_an_error_and_the_end() {
    struct Fails;
    impl Read for Fails {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::other("the cable is out"))
        }
    }
    let rows = b"{\"id\":\"a\",\"captured_at\":\"2026-03-01\",\"text\":\"\"}\n{\"id\"".as_slice();
    let mut reader = JsonlReader::new(BufReader::new(rows.chain(Fails)));
    assert!(reader.next().unwrap().is_ok());
    assert!(matches!(reader.next(), Some(Err(RowError::Io { line: 2, .. }))));
    assert!(reader.next().is_none() && reader.next().is_none());
}

fn write(capture: &NewCapture) -> String {
    let mut line = Vec::new();
    write_capture(&mut line, capture).unwrap();
    String::from_utf8(line).unwrap()
}

#[test]
fn a_written_row_has_its_fields_in_a_fixed_order() {
    let at: Timestamp = "2026-03-01T12:00:00.5Z".parse().unwrap();
    let mut capture =
        NewCapture::new(StoryKey::id("wire-1").unwrap(), at, NewOutcome::Moved(url("https://a.example/y")));
    capture.observation.status = Some(301);
    capture.aliases.push(url("https://a.example/x"));
    assert_eq!(
        write(&capture),
        concat!(
            r#"{"id":"wire-1","captured_at":"2026-03-01T12:00:00.500Z","outcome":"moved","status":301,"to":"https://a.example/y","#,
            r#""aliases":["https://a.example/x"]}"#,
            "\n"
        )
    );
    let empty = NewCapture::article(url("https://a.example/x"), at, Article::default());
    assert_eq!(
        write(&empty),
        "{\"url\":\"https://a.example/x\",\"captured_at\":\"2026-03-01T12:00:00.500Z\",\"text\":\"\"}\n"
    );
}

#[test]
fn an_id_that_looks_like_a_url_stays_an_id() {
    let id = StoryKey::id("HTTPS://a.example/x").unwrap();
    let capture = NewCapture::new(id.clone(), Timestamp::MIN, NewOutcome::Moved(id.clone()));
    assert!(write(&capture).starts_with(r#"{"id":{"id":"HTTPS://a.example/x"},"#));
    assert_eq!(read(&write(&capture)), Ok(capture));
    let mut line = Vec::new();
    let alias = Alias { alias: id, of: url("https://a.example/x"), dates: AliasDates::default() };
    write_alias(&mut line, &alias).unwrap();
    let row = JsonlReader::new(line.as_slice()).next().unwrap().unwrap();
    assert_eq!(row.fact, Fact::Alias(alias));
}

fn any_key() -> impl Strategy<Value = StoryKey> {
    let hard = "(https?://|HTTP://|file:|)[a-zA-Z0-9./?&=%#:@ ~+\"\\\\é-]{0,24}";
    prop_oneof![hard.boxed(), ".{1,12}".boxed()].prop_filter_map("not a name", |text| {
        let as_url = text.len() % 2 == 0;
        if as_url { StoryKey::parse(&text).ok() } else { StoryKey::id(&text).ok() }
    })
}

fn any_text() -> impl Strategy<Value = String> {
    // Also line breaks of all kinds, blank text and characters that JSON escapes.
    prop_oneof![".{0,30}", "[a\\n\\r\u{85}\u{2028}\u{2029} \\t\"\\\\\u{0}]{0,12}"]
}

fn any_article() -> impl Strategy<Value = Article> {
    (any_text(), any_text(), vec(any_text(), 0..3), vec(any_text(), 0..5))
        .prop_map(|(headline, deck, byline, paragraphs)| Article { headline, deck, byline, paragraphs })
}

fn any_outcome() -> impl Strategy<Value = NewOutcome> {
    prop_oneof![
        4 => any_article().prop_map(NewOutcome::Article),
        1 => any_article().prop_map(NewOutcome::Teaser),
        1 => Just(NewOutcome::NotModified),
        1 => Just(NewOutcome::Gone),
        1 => any_key().prop_map(NewOutcome::Moved),
        1 => any_text().prop_map(NewOutcome::Unreachable),
    ]
}

fn any_time() -> impl Strategy<Value = Timestamp> {
    (Timestamp::MIN.as_micros()..=Timestamp::MAX.as_micros()).prop_map(|micros| Timestamp::from_micros(micros).unwrap())
}

fn any_dates() -> impl Strategy<Value = AliasDates> {
    let times = (option::of(any_time()), option::of(any_time()), option::of(any_time()));
    times.prop_map(|(since, merged_at, split_at)| AliasDates { since, merged_at, split_at })
}

fn any_page() -> impl Strategy<Value = RawPage> {
    let body = prop_oneof![vec(any::<u8>(), 0..40), any_text().prop_map(String::into_bytes)];
    let header = || option::of(any_text());
    (any_text(), header(), header(), header(), body).prop_map(|(url, content_type, etag, last_modified, body)| {
        RawPage { content_type, etag, last_modified, ..RawPage::new(url, body) }
    })
}

prop_compose! {
    fn any_capture()(
        key in any_key(),
        aliases in vec(any_key(), 0..3),
        captured_at in any_time(),
        outcome in any_outcome(),
        published_at in option::of(any_time()),
        modified_at in option::of(any_time()),
        lang in option::of(any_text()),
        section in option::of(any_text()),
        source in option::of(any_text()),
        status in option::of(any::<u16>()),
        raw in option::of(any_page()),
    ) -> NewCapture {
        let observation = Observation { published_at, modified_at, lang, section, source, status };
        NewCapture { key, aliases, captured_at, outcome, observation, raw }
    }
}

proptest! {
    #[test]
    fn what_is_written_is_read_back_as_it_was(capture in any_capture()) {
        let line = write(&capture);
        prop_assert_eq!(line.matches('\n').count(), 1);
        prop_assert_eq!(read(&line), Ok(capture));
    }

    #[test]
    fn aliases_are_read_back_as_they_were(alias in any_key(), of in any_key(), dates in any_dates()) {
        let alias = Alias { alias, of, dates };
        let mut line = Vec::new();
        write_alias(&mut line, &alias).unwrap();
        let row = JsonlReader::new(line.as_slice()).next().unwrap().unwrap();
        prop_assert_eq!(row.fact, Fact::Alias(alias));
    }

    #[test]
    fn no_bytes_panic_and_every_line_is_accounted_for(lines in vec(vec(any::<u8>().prop_filter("one line", |byte| *byte != b'\n'), 1..40), 0..6)) {
        let input = lines.join(&b'\n');
        let rows = JsonlReader::new(input.as_slice()).count();
        let blank = |line: &[u8]| line.trim_ascii().is_empty();
        prop_assert_eq!(rows, lines.iter().filter(|line| !blank(line)).count());
    }
}

#[test]
fn a_page_is_kept_as_it_came_and_its_bytes_may_be_no_text() {
    let page = |fields: &str| {
        let row = format!(r#"{{"url":"https://a.example/x","captured_at":"2026-03-01","text":"It rained.",{fields}}}"#);
        JsonlReader::new(row.as_bytes()).next().unwrap().map(|row| match row.fact {
            Fact::Capture(capture) => capture.raw,
            Fact::Alias(_) => None,
        })
    };
    let raw = RawPage::new("https://a.example/x", b"<p>It rained.".to_vec());
    assert_eq!(page(r#""html":"<p>It rained.""#).unwrap(), Some(raw.clone()));
    assert_eq!(page(r#""html_base64":"PHA+SXQgcmFpbmVkLg==""#).unwrap(), Some(raw.clone()));
    let typed = RawPage { content_type: Some("text/html".into()), url: "https://a.example/y".into(), ..raw };
    let fields = r#""html":"<p>It rained.","html_type":"text/html","html_url":"https://a.example/y""#;
    assert_eq!(page(fields).unwrap(), Some(typed));
    for (bad, word) in [
        (r#""html":"x","html_base64":"eA==""#, "leave one out"),
        (r#""html_base64":"?""#, "html_base64"),
        (r#""html_type":"text/html""#, "belong to a page"),
        (r#""html":7"#, "html"),
    ] {
        assert!(page(bad).unwrap_err().to_string().contains(word), "{bad}");
    }
}

#[test]
fn a_page_that_would_be_longer_as_json_is_written_in_base64() {
    let capture = |body: &[u8]| NewCapture {
        raw: Some(RawPage::new("https://a.example/x", body.to_vec())),
        ..NewCapture::new(url("https://a.example/x"), Timestamp::MIN, NewOutcome::Gone)
    };
    for (body, field) in [(&b"<p>It rained.\n"[..], "html"), (b"\x01\x02", "html_base64"), (b"\xff", "html_base64")] {
        let capture = capture(body);
        assert!(write(&capture).contains(&format!(r#""{field}":"#)), "{body:?}");
        assert_eq!(read(&write(&capture)), Ok(capture));
    }
}

#[cfg(feature = "page")]
#[test]
fn a_row_with_a_page_alone_is_what_the_page_says() {
    let html = "<html lang=en><head><title>Old bridge is closed</title><link rel=canonical href=https://a.example/old-bridge-is-closed>\
                <meta property=article:published_time content=2026-02-28T07:00:00Z></head><body><article><h1>Old bridge is closed</h1>\
                <p>The old bridge over the river was closed on Monday after divers had found a crack in its second pier, the council \
                said, and nobody can say yet how long the work will take.</p><p>The bridge has carried the road to the harbour since \
                1904, and a ferry ran there before it, as it will again from Thursday until the pier is whole.</p></article></body></html>";
    let row = |names: &str| {
        let html = serde_json::to_string(html).unwrap();
        let row = format!(
            r#"{{{names},"captured_at":"2026-03-01","section":"Region","status":200,"html":{html},"html_url":"https://m.a.example/old-bridge-is-closed"}}"#
        );
        match JsonlReader::new(row.as_bytes()).next().unwrap().unwrap().fact {
            Fact::Capture(capture) => *capture,
            other => panic!("{other:?}"),
        }
    };
    let capture = row(r#""url":"https://m.a.example/old-bridge-is-closed""#);
    assert_eq!(capture.key, url("https://a.example/old-bridge-is-closed"));
    assert_eq!(capture.aliases, [url("https://m.a.example/old-bridge-is-closed")]);
    let NewOutcome::Article(article) = &capture.outcome else { panic!("{:?}", capture.outcome) };
    assert_eq!((article.headline.as_str(), article.paragraphs.len()), ("Old bridge is closed", 2));
    let observed = &capture.observation;
    assert_eq!(observed.published_at, Some("2026-02-28T07:00:00Z".parse().unwrap()));
    assert_eq!((observed.section.as_deref(), observed.source.clone()), (Some("Region"), Some(crate::page::source())));
    assert!(capture.raw.is_some());
    let by_id = row(r#""id":"wire-7""#);
    assert_eq!(by_id.key, StoryKey::id("wire-7").unwrap());
    assert_eq!(by_id.aliases.len(), 2);
}
