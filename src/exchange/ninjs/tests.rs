use super::*;
use crate::exchange::door::{Door, DoorError};
use crate::exchange::jsonl::Fact;
use crate::model::{Article, NewCapture, NewOutcome, Observation, StoryKey};

fn read(text: &str) -> Vec<Result<NewCapture, String>> {
    let items = NinjsReader::new(text.as_bytes()).map(|item| match item {
        Ok(item) => match item.fact {
            Fact::Capture(capture) => Ok(*capture),
            other => panic!("{other:?}"),
        },
        Err(DoorError::Bad { reason, .. }) => Err(reason),
        Err(other) => panic!("{other}"),
    });
    items.collect()
}

fn one(text: &str) -> NewCapture {
    read(text).remove(0).unwrap()
}

#[test]
fn all_three_versions_say_the_same() {
    let first = r#"{"uri":"https://agency.example/1","type":"text","versioncreated":"2026-03-01T10:00:00+02:00","byline":"Ada Lund",
        "headline":"Bridge closed","description_text":"A crack","body_text":"Run together.","body_xhtml":"<p>One.</p><p>Two.</p>"}"#;
    let second = r#"{"uri":"https://agency.example/1","versioncreated":"2026-03-01T08:00:00Z","by":"Ada Lund",
        "headlines":[{"role":"print","value":"Closed"},{"role":"main","value":"Bridge closed"}],
        "descriptions":[{"contenttype":"text/html","value":"<p>no"},{"contenttype":"text/plain","value":"A crack"}],
        "bodies":[{"contenttype":"text/plain","value":"x"},{"contenttype":"text/html","value":"<body><p>One.</p><p>Two.</p></body>"}]}"#;
    let third = second.replace("versioncreated", "versionCreated").replace("contenttype", "contentType");
    let article =
        Article::new("Bridge closed").with_deck("A crack").with_byline(["Ada Lund"]).with_text("One.\n\nTwo.");
    for item in [first, second, &third] {
        let capture = one(item);
        assert_eq!(capture.outcome, NewOutcome::Article(article.clone()), "{item}");
        assert_eq!(capture.captured_at.to_string(), "2026-03-01T08:00:00Z");
        assert_eq!(capture.key, StoryKey::url("https://agency.example/1").unwrap());
    }
}

#[test]
fn a_canceled_item_is_gone_and_a_withheld_one_is_not_seen() {
    let item = r#"{"uri":"urn:x:1","versioncreated":"2026-03-01","pubstatus":"canceled","headline":"Bridge closed"}"#;
    assert_eq!(one(item).outcome, NewOutcome::Gone);
    let outcome = one(&item.replace("canceled", "withheld").replace("pubstatus", "pubStatus")).outcome;
    assert!(matches!(outcome, NewOutcome::Unreachable(_)), "{outcome:?}");
}

#[test]
fn items_stand_in_an_array_or_one_behind_the_other() {
    let item = r#"{"uri":"urn:x:1","versioncreated":"2026-03-01","headline":"Bridge closed"}"#;
    for text in [format!("[{item},{item}]"), format!("{item}\n{item}\n"), format!("{item}[{item}]")] {
        assert_eq!(read(&text).len(), 2, "{text}");
    }
    let cut = format!("{item}{}", item.get(..30).unwrap());
    let last = NinjsReader::new(cut.as_bytes()).last().unwrap();
    assert!(matches!(last, Err(DoorError::Failed { .. })), "{last:?}");
}

#[test]
fn what_is_no_article_is_passed_by_and_what_is_wrong_is_told() {
    let text = r#"{"uri":"urn:x:1","type":"picture"} {"type":"text"} {"uri":"urn:x:1","headline":"x"} 7
        {"uri":"urn:x:1","versioncreated":"soon"} {"uri":"urn:x:1","versioncreated":"2026-03-01"}"#;
    let reasons: Vec<String> = read(text).into_iter().map(Result::unwrap_err).collect();
    for (reason, part) in
        reasons.iter().zip(["no `uri`", "no `versionCreated`", "JSON object", "not a time", "neither"])
    {
        assert!(reason.contains(part), "{reason}");
    }
    assert_eq!(reasons.len(), 5);
    let mut reader = NinjsReader::new(text.as_bytes());
    while reader.next().is_some() {}
    assert_eq!(reader.warnings()[0].to_string(), "items of type picture are no articles and were skipped (1 time)");
}

#[test]
fn urls_among_the_other_ids_are_aliases() {
    let item = r#"{"uri":"urn:x:1","versioncreated":"2026-03-01","headline":"x","altIds":[{"role":"a","value":"7"},
        {"role":"web","value":"https://agency.example/1"}]}"#;
    let aliases = vec![StoryKey::url("https://agency.example/1").unwrap()];
    assert_eq!(one(item).aliases, aliases);
    let first = item.replace("altIds", "altids").replace(
        r#"[{"role":"a","value":"7"},
        {"role":"web","value":"https://agency.example/1"}]"#,
        r#"{"a":"7","web":"https://agency.example/1"}"#,
    );
    assert_eq!(one(&first).aliases, aliases);
}

#[test]
fn what_is_written_is_read_back() {
    let at = "2026-03-01T08:00:00Z".parse().unwrap();
    let article =
        Article::new("A < B & “C”").with_deck("Deck").with_byline(["Ada Lund"]).with_text("One & two.\n\nThree <b>.");
    let observation = Observation {
        published_at: Some("2026-02-28".parse().unwrap()),
        modified_at: Some(at),
        lang: Some("en".into()),
        source: Some("morgue-ninjs 1".into()),
        ..Observation::default()
    };
    for key in ["https://news.example/bridge", "wire 7", "urn:newsml:agency.example:1"] {
        let key = StoryKey::parse(key).unwrap();
        let capture = NewCapture { observation: observation.clone(), ..NewCapture::article(key, at, article.clone()) };
        let mut line = Vec::new();
        assert!(write_item(&mut line, &capture).unwrap());
        assert_eq!(one(std::str::from_utf8(&line).unwrap()), capture);
    }
    let mut line = Vec::new();
    let teaser = NewCapture::new(StoryKey::id("a").unwrap(), at, NewOutcome::Teaser(article));
    assert!(!write_item(&mut line, &teaser).unwrap() && line.is_empty());
}
