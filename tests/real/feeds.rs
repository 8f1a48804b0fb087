//! Feeds and sitemaps as others have met them.

use std::fs;

use morgue::fetch::list::{Kind, List, parse};

use super::support::corpus;

/// Every file of the corpus, and how many stories it lists.
const FILES: [(&str, Kind, usize); 11] = [
    ("diffengine/feed1.xml", Kind::Feed, 20),
    ("diffengine/feed2.xml", Kind::Feed, 24),
    ("news-crawl/feed-with-sitemap-namespace.xml", Kind::Feed, 2),
    ("news-crawl/sitemap-news.xml", Kind::Sitemap, 1),
    ("trafilatura/feed.json", Kind::Feed, 25),
    ("trafilatura/feed1.atom", Kind::Feed, 1),
    ("trafilatura/feed2.rss", Kind::Feed, 1),
    ("trafilatura/sitemap-hreflang.xml", Kind::Sitemap, 4),
    ("trafilatura/sitemap.xml", Kind::Sitemap, 84),
    ("trafilatura/sitemap.xml.gz", Kind::Sitemap, 84),
    ("trafilatura/sitemap2.xml", Kind::SitemapIndex, 2),
];

#[test]
fn every_feed_and_sitemap_of_the_corpus_is_read() {
    let Some(directory) = corpus("feeds") else { return };
    let there = super::support::files(&directory);
    assert_eq!(there.len(), FILES.len(), "each file is listed here: {there:?}");
    let lists = FILES.map(|(file, kind, entries)| {
        let bytes = fs::read(directory.join(file)).unwrap();
        let list =
            parse(&bytes, "https://lists.example/feeds/list", None).unwrap_or_else(|error| panic!("{file}: {error}"));
        assert_eq!((list.kind, list.entries.len(), &list.damage), (kind, entries, &None), "{file}");
        list
    });
    let dated =
        |list: &List| list.entries.iter().filter(|entry| entry.published_at.max(entry.modified_at).is_some()).count();
    let titled = |list: &List| list.entries.iter().filter(|entry| entry.title.is_some()).count();
    // Those of the two files of diffengine have no dates, an index and plain sitemaps no titles.
    assert_eq!(lists.each_ref().map(dated), [0, 0, 2, 1, 25, 1, 1, 0, 84, 84, 2]);
    assert_eq!(lists.each_ref().map(titled), [20, 24, 2, 1, 25, 1, 1, 0, 0, 0, 0]);
    let news = &lists[3].entries[0];
    assert_eq!(
        (news.url.as_str(), news.published_at),
        ("http://www.example.com/business/article55.html", "2008-12-23".parse().ok())
    );
}
