use proptest::prelude::*;

use super::*;

fn parse(text: &str) -> TextFile {
    TextFile::parse(text.as_bytes()).unwrap()
}

fn fields(file: &TextFile) -> Vec<(&str, WarningKind)> {
    file.warnings.iter().map(|warning| (warning.field.as_str(), warning.kind)).collect()
}

#[test]
fn a_wire_story_with_its_date_in_front_keeps_every_word_but_the_date() {
    let file = parse(
        " date 2026-03-01 The ferry to the islands stopped on Monday, the harbour office said.\n\n\n\nStorms are expected.\n\nMore rain.\n",
    );
    assert_eq!(file.observation.published_at.unwrap().to_string(), "2026-03-01T00:00:00Z");
    assert_eq!(file.article.headline, "");
    assert_eq!(
        file.article.paragraphs,
        ["The ferry to the islands stopped on Monday, the harbour office said.", "Storms are expected.", "More rain."]
    );
}

#[test]
fn a_date_may_stand_in_a_line_of_its_own() {
    for text in [
        "date 2026-03-01\nThe ferry stopped.\n",
        "\n\t date\t2026-03-01\r\n\r\nThe ferry stopped.",
        "\u{feff}date 2026-03-01 The ferry stopped.",
    ] {
        let file = parse(text);
        assert_eq!(file.observation.published_at.unwrap().date(), "2026-03-01", "{text:?}");
        assert_eq!(file.article.paragraphs, ["The ferry stopped."], "{text:?}");
    }
}

#[test]
fn what_only_looks_like_a_date_is_text() {
    for text in [
        "date 2026-13-01 x.",
        "date 2026-03-011 x.",
        "date2026-03-01 x.",
        "dates 2026-03-01 x.",
        "date 2026-3-1 x.",
        "date +026-03-01 x.",
        "date",
        "date 2026-03-0",
    ] {
        let file = parse(text);
        assert_eq!((file.observation.published_at, file.article.text().as_str()), (None, text));
    }
}

#[test]
fn a_short_open_first_line_with_text_after_a_blank_line_is_the_headline() {
    for (text, headline) in [
        ("Ferry stops\n\nStorms are expected.", "Ferry stops"),
        ("\n Ferry stops? \r\n\r\nStorms are expected.", "Ferry stops?"),
        ("# Ferry stops.\nStorms are expected.", "Ferry stops."),
        ("# Ferry stops", "Ferry stops"),
    ] {
        assert_eq!(parse(text).article.headline, headline, "{text:?}");
    }
    assert_eq!(parse("# Ferry stops\nStorms.").article.paragraphs, ["Storms."]);
}

#[test]
fn prose_at_the_start_is_no_headline() {
    let long = format!("{}\n\nmore", "x".repeat(MAX_HEADLINE_CHARACTERS + 1));
    for text in [
        "It rained.\n\nIt stopped.",
        "\"It rained.\"\n\nIt stopped.",
        "One\ntwo\n\nthree",
        "Only this",
        "Only this\n\n \n",
        "He said:\n\nNo.",
        "#tag\nx",
        &long,
    ] {
        let file = parse(text);
        assert_eq!(file.article.headline, "", "{text:?}");
        let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(words(&file.article.text()), words(text));
    }
}

#[test]
fn front_matter_gives_the_claims_and_the_body_stays_as_it_is() {
    let file = parse(concat!(
        "---\r\ntitle: \"Ferry: stops\"\nsubtitle: Storms ahead\nauthors:\n  - name: Ada Lund\n    mail: none\n  - Bo Ek\n",
        "date: 2026-03-01 19:00:00 -0500\nlastmod: 2026-03-02\nlanguage: en-GB\ncategory: [Islands, Weather]\n",
        "permalink: https://news.example/ferry/?utm_source=x\n--- \n\nDate lines stay\n\ndate 2026-01-01 here too.\n"
    ));
    assert_eq!(file.article.headline, "Ferry: stops");
    assert_eq!(file.article.deck, "Storms ahead");
    assert_eq!(file.article.byline, ["Ada Lund", "Bo Ek"]);
    assert_eq!(file.article.paragraphs, ["Date lines stay", "date 2026-01-01 here too."]);
    assert_eq!(file.observation.published_at.unwrap().to_string(), "2026-03-02T00:00:00Z");
    assert_eq!(file.observation.modified_at.unwrap().date(), "2026-03-02");
    assert_eq!(file.observation.lang.as_deref(), Some("en-GB"));
    assert_eq!(file.observation.section.as_deref(), Some("Islands, Weather"));
    assert_eq!(file.url.unwrap().as_str(), "https://news.example/ferry");
    assert_eq!(file.warnings, []);
}

#[test]
fn texts_of_front_matter_stay_as_they_were_typed() {
    for typed in ["1.10", "2026", "yes", "007", "2026-03-01", "on", "1_000"] {
        assert_eq!(parse(&format!("---\ntitle: {typed}\n---\nx\n")).article.headline, typed);
    }
}

#[test]
fn the_better_name_counts_and_what_is_left_out_is_named() {
    let file =
        parse("---\nsummary: long\ndeck: short\nslug: x\n1: y\ndate: soon\ntitle:\nauthor: ''\n---\nHead\n\nBody.\n");
    assert_eq!(file.article.deck, "short");
    assert_eq!(file.article.headline, "Head");
    assert!(file.article.byline.is_empty());
    assert_eq!(
        fields(&file),
        [
            ("slug", WarningKind::Unknown),
            ("1", WarningKind::Unknown),
            ("summary", WarningKind::NotStored),
            ("published_at", WarningKind::NotATime)
        ]
    );
    assert_eq!(fields(&parse("---\nsummary: same\ndeck: same\n---\n")), []);
}

#[test]
fn an_unknown_name_may_stand_twice() {
    let file = parse("---\nslug: a\ntitle: Ferry\nslug: b\n---\n");
    assert_eq!((file.article.headline.as_str(), file.warnings[0].times), ("Ferry", 2));
}

#[test]
fn empty_front_matter_claims_nothing() {
    for text in ["---\n---\nBody.", "---\n# only a comment\n...\nBody."] {
        let file = parse(text);
        assert_eq!(file.article, Article::new("").with_text("Body."));
    }
}

#[test]
fn broken_front_matter_is_an_error_with_its_line() {
    for (text, line_of_error) in [
        ("---\ntitle: a\nbyline: [x\n---\nbody", None),
        ("---\ntitle: a\ntitle: b\n---\nbody", Some(3)),
        ("---\njust a sentence\n---\nbody", Some(2)),
        ("---\ntitle: a\ndeck: {a: b}\n---\nbody", Some(3)),
    ] {
        let error = TextFile::parse(text.as_bytes()).unwrap_err();
        let TextFileError::FrontMatter { line, reason } = &error else { panic!("{error}") };
        assert!((2..=4).contains(line), "{error}");
        assert!(line_of_error.is_none_or(|expected| expected == *line), "{error}");
        assert!(!reason.contains(&format!("line {line}")), "{error}");
    }
}

#[test]
fn front_matter_without_an_end_is_an_error_in_bounded_work() {
    let long = format!("---\n{}---\n", "# comment\n".repeat(MAX_FRONT_MATTER_BYTES / 10 + 2));
    for text in ["---\ntitle: x\nbody", long.as_str()] {
        assert!(matches!(TextFile::parse(text.as_bytes()), Err(TextFileError::Unended)));
    }
    assert_eq!(parse("\n---\ntitle: x\n").article.paragraphs, ["---\ntitle: x"]);
}

#[test]
fn aliases_that_multiply_are_refused() {
    let mut yaml = "---\na: &a [x, x, x, x, x, x, x, x, x]\n".to_owned();
    for (one, two) in "abcdefgh".chars().zip("bcdefghi".chars()) {
        yaml.push_str(&format!(
            "{two}: &{two} [*{one}, *{one}, *{one}, *{one}, *{one}, *{one}, *{one}, *{one}, *{one}]\n"
        ));
    }
    yaml.push_str("authors: *i\n---\nbody\n");
    assert!(matches!(TextFile::parse(yaml.as_bytes()), Err(TextFileError::FrontMatter { .. })));
    let deep = format!("---\nauthors: {}{}\n---\n", "[".repeat(5_000), "]".repeat(5_000));
    assert!(matches!(TextFile::parse(deep.as_bytes()), Err(TextFileError::FrontMatter { .. })));
}

#[test]
fn what_is_no_utf8_text_is_refused_with_the_place() {
    let message = |bytes: &[u8]| TextFile::parse(bytes).unwrap_err().to_string();
    assert!(message(b"\xff\xfeF\0e\0").contains("UTF-16"));
    assert!(message(b"\xfe\xff\0F").contains("UTF-16"));
    assert!(message(b"PK\x03\x04\0").contains("offset 4"));
    assert!(message(b"caf\xe9 closed").contains("offset 3"));
}

#[test]
fn a_url_that_is_none_is_an_error() {
    assert!(matches!(TextFile::parse(b"---\nurl: /ferry/\n---\nx\n"), Err(TextFileError::Url(_))));
}

proptest! {
    #[test]
    fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300), front in any::<bool>()) {
        let bytes = if front { [b"---\ntitle: ".as_slice(), &bytes, b"\n---\n"].concat() } else { bytes };
        let _ = TextFile::parse(&bytes);
    }

    #[test]
    fn no_word_of_a_plain_text_is_lost(text in "[a-z#.:\n -]{0,200}") {
        prop_assume!(!text.starts_with("---") && !text.trim_start().starts_with("date"));
        let article = parse(&text).article;
        let kept = format!("{}\n\n{}", article.headline, article.text());
        let expected: Vec<&str> = text.split_whitespace().collect();
        let kept: Vec<&str> = kept.split_whitespace().collect();
        let marks = usize::from(text.trim_start().lines().next().is_some_and(|line| line.trim().starts_with("# ")));
        prop_assert_eq!(&kept[..], &expected[marks..]);
    }
}
