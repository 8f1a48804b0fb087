//! What a body is.

use std::fmt;

use quick_xml::encoding::DecodingReader;
use quick_xml::events::Event;
use quick_xml::reader::Reader;

/// The kinds of lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// RSS, Atom or JSON Feed.
    Feed,
    /// A sitemap.
    Sitemap,
    /// An index of sitemaps: its entries are lists themselves.
    SitemapIndex,
    /// A text file with a URL a line.
    UrlList,
}

impl fmt::Display for Kind {
    /// Writes the name with its article, as `a feed`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Feed => "a feed",
            Self::Sitemap => "a sitemap",
            Self::SitemapIndex => "an index of sitemaps",
            Self::UrlList => "a list of URLs",
        })
    }
}

/// So many bytes of a body are looked at; what it is stands at its beginning.
const LOOKED_AT: usize = 16 << 10;

/// Says what list a body is, by its beginning; `None` where it is none, as a page is.
///
/// ```
/// use morgue::fetch::list::{Kind, recognize};
///
/// assert_eq!(recognize(b"<?xml version='1.0'?><!-- new --><rss version='2.0'>", None), Some(Kind::Feed));
/// assert_eq!(recognize(b"<!doctype html><title>Bridge closed</title>", Some("application/rss+xml")), None);
/// ```
#[must_use]
pub fn recognize(body: &[u8], content_type: Option<&str>) -> Option<Kind> {
    let head = body.get(..LOOKED_AT).unwrap_or(body);
    let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii_start();
    match text.first()? {
        b'{' => is_json_feed(text, content_type).then_some(Kind::Feed),
        b'h' => is_url_list(text, content_type).then_some(Kind::UrlList),
        _ => by_root(head),
    }
}

fn is_json_feed(text: &[u8], content_type: Option<&str>) -> bool {
    let text = String::from_utf8_lossy(text).replace("\\/", "/");
    text.contains("//jsonfeed.org/version/") || content_type.is_some_and(|name| name.contains("application/feed+json"))
}

/// Plain text whose first lines are URLs.
fn is_url_list(text: &[u8], content_type: Option<&str>) -> bool {
    let text = String::from_utf8_lossy(text);
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty()).take(5);
    let is_url = |line: &str| ["http://", "https://"].iter().any(|scheme| line.starts_with(scheme));
    content_type.is_none_or(|name| name.starts_with("text/plain"))
        && lines.all(|line| is_url(line) && !line.contains([' ', '<', '\t']))
}

/// By the name of the first element of XML, whatever its character set.
fn by_root(head: &[u8]) -> Option<Kind> {
    let mut reader = Reader::from_reader(DecodingReader::new(head));
    let mut buffer = Vec::new();
    loop {
        buffer.clear();
        return match reader.read_event_into(&mut buffer).ok()? {
            Event::Start(root) | Event::Empty(root) => match root.local_name().as_ref() {
                "rss" | "RDF" | "feed" => Some(Kind::Feed),
                "urlset" => Some(Kind::Sitemap),
                "sitemapindex" => Some(Kind::SitemapIndex),
                _ => None,
            },
            Event::Text(text) if !text.trim().is_empty() => None,
            Event::Eof => None,
            _ => continue,
        };
    }
}
