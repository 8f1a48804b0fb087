//! Lists of URLs: feeds and sitemaps.
//!
//! RSS 0.9 to 2.0, Atom, JSON Feed; sitemaps, indexes of sitemaps, Google News sitemaps, plain lists of URLs; each also packed by gzip.

mod feed;
mod recognize;
mod sitemap;

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::io::Read;

use flate2::read::MultiGzDecoder;
use url::Url;

use crate::model::{Timestamp, canonical_url};

pub use recognize::{Kind, recognize};

/// A list has so many entries at most; a sitemap may not have more (sitemaps.org, "Sitemap file format").
const MAX_ENTRIES: usize = 50_000;
/// A list that was packed is so long at most, as the same page says.
const MAX_UNPACKED: u64 = 50 << 20;

/// What a feed or a sitemap lists.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct List {
    /// What it is.
    pub kind: Kind,
    /// What a feed calls itself.
    pub title: Option<String>,
    /// What is listed, in the order of the list, each URL once; 50,000 entries at most.
    pub entries: Vec<Listed>,
    /// How many entries were left out, as they have no URL of a page, or are beyond the 50,000.
    pub skipped: usize,
    /// Why the list ends before its end, where it is damaged: what came before the damage is kept.
    pub damage: Option<String>,
}

/// An entry of a feed or a sitemap.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Listed {
    /// The URL, as it is listed, absolute: of a story, or of a sitemap where the list is an index.
    pub url: String,
    /// The headline.
    pub title: Option<String>,
    /// When the list says that it was published.
    pub published_at: Option<Timestamp>,
    /// When the list says that it was last changed.
    pub modified_at: Option<Timestamp>,
}

/// Why bytes are no list.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ListError {
    /// They are neither a feed nor a sitemap.
    #[error("neither a feed (RSS, Atom, JSON Feed) nor a sitemap")]
    Unknown,
    /// They are one that cannot be read.
    #[error("{kind} that cannot be read: {reason}")]
    Damaged {
        /// What they look like.
        kind: Kind,
        /// What is wrong.
        reason: String,
    },
    /// They cannot be unpacked, or are too long when they are.
    #[error("packed by gzip, and cannot be unpacked: {reason}")]
    Packed {
        /// What is wrong.
        reason: String,
    },
}

/// Reads a feed or a sitemap that came from `url`, against which the URLs in it are resolved.
///
/// ```
/// let sitemap = b"<urlset><url><loc>https://news.example/bridge</loc><lastmod>2026-03-01</lastmod></url></urlset>";
/// let list = morgue::fetch::list::parse(sitemap, "https://news.example/sitemap.xml", None).unwrap();
/// assert_eq!(list.entries[0].url, "https://news.example/bridge");
/// assert_eq!(list.entries[0].modified_at, Some("2026-03-01".parse().unwrap()));
/// ```
///
/// # Errors
/// When the bytes are no list, or one of which not even the first entry can be read.
pub fn parse(bytes: &[u8], url: &str, content_type: Option<&str>) -> Result<List, ListError> {
    let bytes = unpacked(bytes)?;
    let kind = recognize(&bytes, content_type).ok_or(ListError::Unknown)?;
    let read = match kind {
        Kind::Feed => feed::read(&bytes, url),
        Kind::Sitemap | Kind::SitemapIndex => sitemap::read(&bytes),
        Kind::UrlList => Ok(plain(&bytes)),
    };
    match read {
        Ok(found) => Ok(found.into_list(kind, url)),
        Err(reason) => Err(ListError::Damaged { kind, reason }),
    }
}

/// What a reader found.
#[derive(Default)]
struct Found {
    title: Option<String>,
    entries: Vec<Entry>,
    damage: Option<String>,
    /// Entries beyond the bound, which were only counted.
    beyond: usize,
}

/// An entry as it stands in the list.
#[derive(Default)]
struct Entry {
    url: Option<String>,
    title: Option<String>,
    published_at: Option<Timestamp>,
    modified_at: Option<Timestamp>,
}

impl Found {
    fn push(&mut self, entry: Entry) {
        if self.entries.len() < MAX_ENTRIES {
            self.entries.push(entry);
        } else {
            self.beyond += 1;
        }
    }

    fn into_list(self, kind: Kind, url: &str) -> List {
        let base = Url::parse(url).ok();
        let mut seen = BTreeSet::new();
        let mut list = List { kind, title: self.title, entries: Vec::new(), skipped: self.beyond, damage: self.damage };
        for entry in self.entries {
            match entry.url.as_deref().and_then(|text| absolute(base.as_ref(), text)) {
                Some((canonical, url)) => {
                    if seen.insert(canonical) {
                        list.entries.push(entry.listed(url));
                    }
                }
                None => list.skipped += 1,
            }
        }
        list
    }
}

impl Entry {
    fn listed(self, url: String) -> Listed {
        let title = self.title.map(|title| title.split_whitespace().collect::<Vec<_>>().join(" "));
        Listed {
            url,
            title: title.filter(|title| !title.is_empty()),
            published_at: self.published_at,
            modified_at: self.modified_at,
        }
    }
}

/// The URL of a page, canonical and as it is listed.
fn absolute(base: Option<&Url>, text: &str) -> Option<(String, String)> {
    let text = text.trim();
    let url = base.map_or_else(|| Url::parse(text), |base| base.join(text)).ok().filter(|_| !text.is_empty())?;
    Some((canonical_url(url.as_str()).ok()?, url.into()))
}

fn unpacked(bytes: &[u8]) -> Result<Cow<'_, [u8]>, ListError> {
    if !bytes.starts_with(&[0x1f, 0x8b]) {
        return Ok(Cow::Borrowed(bytes));
    }
    let mut unpacked = Vec::new();
    let read = MultiGzDecoder::new(bytes).take(MAX_UNPACKED + 1).read_to_end(&mut unpacked);
    match read {
        Ok(length) if length as u64 > MAX_UNPACKED => {
            Err(ListError::Packed { reason: format!("more than {MAX_UNPACKED} bytes") })
        }
        Ok(_) => Ok(Cow::Owned(unpacked)),
        Err(error) => Err(ListError::Packed { reason: error.to_string() }),
    }
}

/// A sitemap may be a text file with one URL a line (sitemaps.org, "Text file").
fn plain(bytes: &[u8]) -> Found {
    let mut found = Found::default();
    for line in String::from_utf8_lossy(bytes).lines().map(str::trim).filter(|line| !line.is_empty()) {
        found.push(Entry { url: Some(line.to_owned()), ..Entry::default() });
    }
    found
}

#[cfg(test)]
mod tests;
