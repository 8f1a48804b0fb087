//! What stands beside the text.

use super::*;

fn jsonld(json: &str) -> Reading {
    read_html(&page_of(&format!("<script type=\"application/ld+json\">{json}</script>"), &story()))
}

#[test]
fn schema_org_is_trusted_before_opengraph_and_that_before_the_rest() {
    let metas = r#"<meta property="og:title" content="From OpenGraph"><meta name="author" content="Meta Author">
        <meta property="article:published_time" content="2026-03-01T10:00:00Z"><meta name="date" content="2026-03-01T11:00:00Z">"#;
    let ld = r#"<script type="application/ld+json">{"@type":"NewsArticle","headline":"From schema.org","author":"Ada Lund","datePublished":"2026-03-01T09:00:00Z"}</script>"#;
    let both = read_html(&page_of(&format!("{metas}{ld}"), &story()));
    assert_eq!(both.article.headline, "From schema.org");
    assert_eq!(both.article.byline, ["Ada Lund"]);
    assert_eq!(both.observation.published_at, "2026-03-01T09:00:00Z".parse().ok());
    let one = read_html(&page_of(metas, &story()));
    assert_eq!(one.article.headline, "From OpenGraph");
    assert_eq!(one.article.byline, ["Meta Author"]);
    assert_eq!(one.observation.published_at, "2026-03-01T10:00:00Z".parse().ok());
    let none = read_html(&page_of(
        "",
        &format!("<p class='byline'>By Ben Ode</p><time datetime='2026-03-01T12:00:00Z'>1 March</time>{}", story()),
    ));
    assert_eq!(none.article.headline, "Old bridge closed");
    assert_eq!(none.article.byline, ["Ben Ode"]);
    assert_eq!(none.observation.published_at, "2026-03-01T12:00:00Z".parse().ok());
    assert_eq!(none.article.paragraphs, STORY);
}

#[test]
fn microdata_is_read_where_it_is_of_the_story() {
    let article = format!(
        "<div itemscope itemtype='https://schema.org/NewsArticle'><span itemprop='author' itemscope itemtype='https://schema.org/Person'>\
         <b itemprop='name'>Ada Lund</b></span><meta itemprop='dateModified' content='2026-03-02T07:30:00+01:00'><div itemprop='articleBody'>{}</div></div>\
         <div itemscope itemtype='https://schema.org/Product'><span itemprop='author'>A Seller</span></div>",
        story()
    );
    let reading = read_html(&page_of("", &article));
    assert_eq!(reading.article.byline, ["Ada Lund"]);
    assert_eq!(reading.observation.modified_at, "2026-03-02T06:30:00Z".parse().ok());
}

#[test]
fn json_is_read_as_pages_write_it() {
    for json in [
        r#"[{"@type":"WebSite","name":"Post"},{"@type":["NewsArticle","Article"],"headline":"Found"}]"#,
        r#"{"@context":"https://schema.org","@graph":[{"@type":"Organization","name":"Post"},{"@type":"NewsArticle","headline":"Found"}]}"#,
        r#"<!-- {"@type":"NewsArticle","headline":"Found"} -->"#,
        r#"//<![CDATA[
            {"@type":"NewsArticle","headline":"Found"}
        //]]>"#,
        r#"{"@type":"NewsArticle","headline":"Found",}"#,
        "{\"@type\":\"NewsArticle\",\"description\":\"one\ntwo\",\"headline\":\"Found\"}",
        r#"{"@type":"NewsArticle","headline":"Found"};"#,
        r#"{"@type":"http://schema.org/ReportageNewsArticle","headline":"Found"}"#,
        r#"{"@type":"WebPage","mainEntity":{"@type":"NewsArticle","headline":"&#70;ound"}}"#,
        r#"{"@type":"Article","headline":"Other","url":"https://post.example/other"}</script><script type="application/ld+json">{"@type":"Article","headline":"Found","url":"/2026/03/bridge"}"#,
    ] {
        assert_eq!(jsonld(json).article.headline, "Found", "{json}");
    }
}

#[test]
fn a_headline_that_was_cut_is_completed_from_where_it_is_whole() {
    let long = "Old bridge over the Lind closed after divers found a crack of two metres in its northern pier, the harbour master says";
    let head = format!(
        "<script type='application/ld+json'>{{\"@type\":\"NewsArticle\",\"headline\":\"{}…\"}}</script><meta property='og:title' content='{long}'>",
        long.get(..100).unwrap()
    );
    assert_eq!(read_html(&page_of(&head, &story())).article.headline, long);
}

#[test]
fn authors_are_names() {
    for (author, expected) in [
        (r#""Ada Lund""#, vec!["Ada Lund"]),
        (r#"{"@type":"Person","name":"By Ada Lund"}"#, vec!["Ada Lund"]),
        (r#"[{"name":"Ada Lund"},{"name":"Ben Ode"},{"name":"ada lund"}]"#, vec!["Ada Lund", "Ben Ode"]),
        (r#"{"name":["Ada Lund","Ben Ode"]}"#, vec!["Ada Lund", "Ben Ode"]),
        (r#""By ADA LUND and BEN ODE, Harbour Press""#, vec!["ADA LUND", "BEN ODE"]),
        (r#""Ada Lund, Ben Ode and Cleo Pram""#, vec!["Ada Lund", "Ben Ode", "Cleo Pram"]),
        (r#""Ada Lund, Chief Reporter""#, vec!["Ada Lund"]),
        (r#""Ada Lund | Lind Media for post.example""#, vec!["Ada Lund"]),
        (r#"{"@type":"Organization","name":"The Harbour Post"}"#, vec!["The Harbour Post"]),
        (r#""Felix Sund und Jana Ohm, dpa""#, vec!["Felix Sund", "Jana Ohm"]),
        (r#""https://social.example/ada""#, vec![]),
        (r#"{"name":""}"#, vec![]),
    ] {
        let reading = jsonld(&format!(r#"{{"@type":"NewsArticle","headline":"x","author":{author}}}"#));
        assert_eq!(reading.article.byline, expected, "{author}");
    }
}

#[test]
fn an_author_may_be_told_elsewhere_in_the_graph() {
    let reading = jsonld(
        r##"{"@graph":[{"@type":"Article","headline":"x","author":{"@id":"#ada"}},{"@type":"Person","@id":"#ada","name":"Ada Lund"}]}"##,
    );
    assert_eq!(reading.article.byline, ["Ada Lund"]);
}

#[test]
fn times_are_read_with_their_zone() {
    for (text, expected) in [
        ("2026-03-01T09:00:00+01:00", Some("2026-03-01T08:00:00Z")),
        ("2026-03-01T09:00:00+0100", Some("2026-03-01T08:00:00Z")),
        ("2026-03-01T09:00Z", Some("2026-03-01T09:00:00Z")),
        ("2026-03-01 09:00:00 -0500", Some("2026-03-01T14:00:00Z")),
        ("2026-03-01T09:00:00.123456Z EST", Some("2026-03-01T09:00:00.123456Z")),
        ("Sun, 01 Mar 2026 09:00:00 PST", Some("2026-03-01T17:00:00Z")),
        ("Sun Mar 01 2026 09:00:00 GMT+0100 (CET)", Some("2026-03-01T08:00:00Z")),
        ("Sun Mar 01 09:00:00 CET 2026", Some("2026-03-01T08:00:00Z")),
        ("1 Mar 2026 09:00 GMT", Some("2026-03-01T09:00:00Z")),
        ("09:00:00 PM IST Mar 01, 2026", Some("2026-03-01T15:30:00Z")),
        ("3/1/2026 9:00:00 PM", Some("2026-03-01T21:00:00Z")),
        ("20/03/2026 09:00:00", Some("2026-03-20T09:00:00Z")),
        ("20260301T090000+0900", Some("2026-03-01T00:00:00Z")),
        ("2026-03-01T09:00:00EET", Some("2026-03-01T07:00:00Z")),
        ("March 1, 2026", Some("2026-03-01T00:00:00Z")),
        ("2026-03-01", Some("2026-03-01T00:00:00Z")),
        ("2026-03-01T09:00:00", Some("2026-03-01T09:00:00Z")),
        ("03/04/2026 09:00:00", None),
        ("0001-01-01T00:00:00Z", None),
        ("1900-01-01T00:00:00", None),
        ("1970-01-01T00:00:00Z", None),
        ("2026-02-30T09:00:00Z", None),
        ("3026-03-01T09:00:00Z", None),
        ("yesterday", None),
        ("", None),
    ] {
        let reading = jsonld(&format!(r#"{{"@type":"NewsArticle","headline":"x","datePublished":"{text}"}}"#));
        assert_eq!(reading.observation.published_at.map(|at| at.to_string()).as_deref(), expected, "{text}");
    }
}

#[test]
fn a_time_long_after_the_capture_is_not_believed() {
    let captured_at = "2026-03-02T00:00:00Z".parse().unwrap();
    let at = |time: &str| {
        let html = page_of(&format!("<meta property='article:published_time' content='{time}'>"), &story());
        let page = Page::new("https://post.example/a", html.as_bytes());
        read(&page, &Options::default())
            .into_capture(&page, captured_at, &Options::default())
            .unwrap()
            .observation
            .published_at
    };
    assert!(at("2026-03-03T00:00:00Z").is_some());
    assert_eq!(at("2029-03-03T00:00:00Z"), None);
}

#[test]
fn languages_are_tags_of_bcp_47() {
    for (lang, expected) in [
        ("\"en_us\"", "en-US"),
        ("\"DE\"", "de"),
        ("\"zh-hans-cn\"", "zh-Hans-CN"),
        ("\"English\"", "en-GB"),
        ("[\"fr-FR\"]", "fr-FR"),
        ("{\"@type\":\"Language\",\"alternateName\":\"es\"}", "es"),
    ] {
        let reading = jsonld(&format!(r#"{{"@type":"NewsArticle","headline":"x","inLanguage":{lang}}}"#));
        assert_eq!(reading.observation.lang.as_deref(), Some(expected), "{lang}");
    }
}

#[test]
fn links_are_absolute() {
    let head = "<base href='/2026/'><link rel='canonical' href='bridge'><link rel='amphtml' href='//amp.post.example/bridge'>\
        <meta property='og:url' content='https://post.example/2026/bridge?x=1'><meta property='og:image' content='/p.jpg'><meta name='article:id' content='4711'>";
    let reading = read_html(&page_of(head, &story()));
    assert_eq!(reading.links.canonical.as_deref(), Some("https://post.example/2026/bridge"));
    assert_eq!(reading.links.amp.as_deref(), Some("https://amp.post.example/bridge"));
    assert_eq!(reading.links.own.as_deref(), Some("https://post.example/2026/bridge?x=1"));
    assert_eq!(reading.links.publisher_id.as_deref(), Some("4711"));
    assert_eq!(reading.image.as_deref(), Some("https://post.example/p.jpg"));
    let script = read_html(&page_of("<link rel='canonical' href='javascript:alert(1)'>", &story()));
    assert_eq!(script.links.canonical, None);
}

#[test]
fn the_publishers_id_is_read_from_schema_org() {
    for (identifier, expected) in [
        ("\"abc-1\"", "abc-1"),
        ("4711", "4711"),
        (r#"{"@type":"PropertyValue","value":"uid9"}"#, "uid9"),
        (r#"{"value":12}"#, "12"),
    ] {
        let reading = jsonld(&format!(r#"{{"@type":"NewsArticle","headline":"x","identifier":{identifier}}}"#));
        assert_eq!(reading.links.publisher_id.as_deref(), Some(expected), "{identifier}");
    }
}

#[test]
fn charsets_are_found_by_header_mark_meta_and_looks() {
    let text = "Die Fähre fährt wieder: „Schön“, sagte der Kapitän aus Österreich über die Überfahrt.";
    let windows = encoding_rs::WINDOWS_1252.encode(text).0.into_owned();
    let utf16: Vec<u8> = [0xfe, 0xff].into_iter().chain(text.encode_utf16().flat_map(u16::to_be_bytes)).collect();
    let meta = [b"<meta charset='windows-1252'>".as_slice(), &windows].concat();
    let http_equiv =
        [b"<meta http-equiv='Content-Type' content='text/html; charset=iso-8859-1'>".as_slice(), &windows].concat();
    let lying = [b"<meta charset='utf-8'>".as_slice(), &windows].concat();
    for (name, body, header) in [
        ("header", windows.as_slice(), Some("text/html; charset=\"ISO-8859-1\"")),
        ("mark", &utf16, Some("text/html; charset=utf-8")),
        ("meta", &meta, None),
        ("http-equiv", &http_equiv, Some("text/html")),
        ("looks", &windows, None),
        ("a meta that lies", &lying, None),
        ("a header that lies", text.as_bytes(), Some("text/html; charset=iso-8859-1")),
        ("UTF-8 without a word", text.as_bytes(), None),
        ("an unknown name", text.as_bytes(), Some("text/html; charset=klingon")),
    ] {
        assert!(charset::decode(body, header).ends_with(text), "{name}: {}", charset::decode(body, header));
    }
    let japanese = "橋は月曜日に閉鎖された。港の責任者によると、冬から誰も渡るべきではなかったという。";
    for encoding in [encoding_rs::SHIFT_JIS, encoding_rs::EUC_JP, encoding_rs::ISO_2022_JP] {
        let bytes = encoding.encode(japanese).0.into_owned();
        let header = format!("text/html;charset={}", encoding.name());
        assert_eq!(charset::decode(&bytes, Some(&header)), japanese, "{}", encoding.name());
    }
}
