use std::io::Write;

use super::*;

fn parsed(text: &str) -> List {
    parse(text.as_bytes(), "https://news.example/lists/x.xml", None).unwrap_or_else(|error| panic!("{error}: {text}"))
}

fn urls(list: &List) -> Vec<&str> {
    list.entries.iter().map(|entry| entry.url.as_str()).collect()
}

const RSS: &str = r#"<?xml version="1.0"?><rss version="2.0"><channel><title>The Gazette</title><link>https://news.example/</link>
<item><title>Bridge &amp; ferry
  closed</title><link>https://news.example/bridge</link><pubDate>Sun, 01 Mar 2026 09:00:00 +0100</pubDate></item>
<item><title>By its guid</title><guid>https://news.example/guid</guid></item>
<item><title>Nowhere</title><guid isPermaLink="false">77</guid></item>
<item><title>Again</title><link>https://news.example/bridge?utm_source=rss</link></item>
</channel></rss>"#;

const ATOM: &str = r#"<feed xmlns="http://www.w3.org/2005/Atom"><title>The Gazette</title><id>urn:x</id><updated>2026-03-01T00:00:00Z</updated>
<entry><title>Bridge closed</title><id>urn:1</id><link rel="self" href="/entries/1.atom"/><link rel="enclosure" href="/a.mp3"/>
<link href="/bridge"/><published>2026-03-01T08:00:00Z</published><updated>2026-03-02T08:00:00Z</updated></entry></feed>"#;

const NEWS: &str = r#"<?xml version="1.0"?><!-- by hand --><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"
 xmlns:news="http://www.google.com/schemas/sitemap-news/0.9" xmlns:image="http://www.google.com/schemas/sitemap-image/1.1">
<url><loc> https://news.example/a?x=1&amp;y=2 </loc><lastmod>2026-03-02T10:00:00+01:00</lastmod>
<news:news><news:publication><news:name>The Gazette</news:name></news:publication>
<news:publication_date>2026-03-01</news:publication_date><news:title><![CDATA[Fish & ships]]></news:title></news:news>
<image:image><image:loc>https://news.example/a.jpg</image:loc><image:title>A ship</image:title></image:image></url>
<url><loc>https://news.example/b?x=1&y=2</loc><lastmod>yesterday</lastmod></url></urlset>"#;

#[test]
fn rss_lists_stories_with_title_and_date() {
    let list = parsed(RSS);
    assert_eq!((list.kind, list.title.as_deref()), (Kind::Feed, Some("The Gazette")));
    assert_eq!(urls(&list), ["https://news.example/bridge", "https://news.example/guid"]);
    assert_eq!(list.entries[0].title.as_deref(), Some("Bridge & ferry closed"));
    assert_eq!(list.entries[0].published_at, Some("2026-03-01T08:00:00Z".parse().unwrap()));
    assert_eq!(list.skipped, 1, "the one without a URL");
}

#[test]
fn atom_links_to_the_story_and_not_to_its_enclosure() {
    let list = parsed(ATOM);
    assert_eq!(urls(&list), ["https://news.example/bridge"]);
    assert_eq!(list.entries[0].modified_at, Some("2026-03-02T08:00:00Z".parse().unwrap()));
}

#[test]
fn json_feed_is_a_feed() {
    let json = r#"{"version":"https:\/\/jsonfeed.org\/version\/1.1","title":"The Gazette","items":[
        {"id":"1","url":"https://news.example/bridge","title":"Bridge closed","content_text":"x","date_published":"2026-03-01T08:00:00Z"}]}"#;
    let list = parsed(json);
    assert_eq!((list.kind, urls(&list)), (Kind::Feed, vec!["https://news.example/bridge"]));
    assert_eq!(list.entries[0].published_at, Some("2026-03-01T08:00:00Z".parse().unwrap()));
}

#[test]
fn a_news_sitemap_lists_pages_and_not_their_pictures() {
    let list = parsed(NEWS);
    assert_eq!(urls(&list), ["https://news.example/a?x=1&y=2", "https://news.example/b?x=1&y=2"]);
    let first = &list.entries[0];
    assert_eq!(first.title.as_deref(), Some("Fish & ships"));
    assert_eq!(first.published_at, Some("2026-03-01".parse().unwrap()));
    assert_eq!(first.modified_at, Some("2026-03-02T09:00:00Z".parse().unwrap()));
    assert_eq!(list.entries[1].modified_at, None);
}

#[test]
fn an_index_and_a_plain_list_are_told_apart() {
    let index = "<sitemapindex><sitemap><loc>https://news.example/1.xml.gz</loc></sitemap></sitemapindex>";
    assert_eq!((parsed(index).kind, urls(&parsed(index))), (Kind::SitemapIndex, vec!["https://news.example/1.xml.gz"]));
    let plain = "https://news.example/a\n\nhttps://news.example/b\n";
    assert_eq!((parsed(plain).kind, parsed(plain).entries.len()), (Kind::UrlList, 2));
}

#[test]
fn gzip_and_other_character_sets_are_undone() {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    gzip.write_all(NEWS.as_bytes()).unwrap();
    assert_eq!(parse(&gzip.finish().unwrap(), "https://news.example/", None).unwrap().entries.len(), 2);
    let latin =
        b"<?xml version=\"1.0\" encoding=\"iso-8859-1\"?><rss version=\"2.0\"><channel><item><title>Caf\xe9</title>\
        <link>https://news.example/cafe</link></item></channel></rss>";
    assert_eq!(parse(latin, "https://news.example/", None).unwrap().entries[0].title.as_deref(), Some("Caf\u{e9}"));
    let wide: Vec<u8> = format!("\u{feff}{NEWS}").encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(parse(&wide, "https://news.example/", None).unwrap().entries.len(), 2);
}

#[test]
fn what_is_no_list_is_refused() {
    for text in
        ["", " ", "<html><body>x</body></html>", "{\"a\":1}", "Bridge closed", "<svg/>", "https://news.example is down"]
    {
        assert_eq!(parse(text.as_bytes(), "https://news.example/", None), Err(ListError::Unknown), "{text}");
    }
    let error = parse(b"<rss version='2.0'><channel><item><title>", "https://news.example/", None).unwrap_err();
    assert!(error.to_string().starts_with("a feed that cannot be read: "), "{error}");
    assert!(matches!(parse(b"\x1f\x8bnonsense", "https://news.example/", None), Err(ListError::Packed { .. })));
}

#[test]
fn a_sitemap_that_breaks_off_keeps_what_came_before() {
    let torn = NEWS.split("<lastmod>yesterday").next().unwrap();
    let list = parsed(torn);
    assert_eq!((list.entries.len(), list.damage.is_some()), (1, true));
    assert!(parse(b"<urlset><url><loc>", "https://news.example/", None).is_err());
}

#[test]
fn a_list_is_bounded() {
    let one = |n: usize| format!("<url><loc>https://news.example/{n}</loc></url>");
    let long = format!("<urlset>{}</urlset>", (0..MAX_ENTRIES + 7).map(one).collect::<String>());
    let list = parsed(&long);
    assert_eq!((list.entries.len(), list.skipped), (MAX_ENTRIES, 7));
    let deep = format!("<urlset>{}", "<a>".repeat(200_000));
    assert!(parse(deep.as_bytes(), "https://news.example/", None).is_err());
    let deep = format!("<rss><channel>{}", "<a>".repeat(200_000));
    assert!(parse(deep.as_bytes(), "https://news.example/", None).is_err());
    let mut bomb = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    for _ in 0..51 {
        bomb.write_all(&vec![b' '; 1 << 20]).unwrap();
    }
    let error = parse(&bomb.finish().unwrap(), "https://news.example/", None).unwrap_err();
    assert!(error.to_string().contains("more than"), "{error}");
}
