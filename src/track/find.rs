//! What is at a source, and which stories it lists.

use crate::fetch::list::{self, Kind, ListError, Listed};
use crate::fetch::{Cause, Fetched, Fetcher, Validators};
use crate::model::Timestamp;
use crate::page::{self, Page, Verdict};

use super::source::{Source, SourceKind};

/// A page with so many links that look like stories, and no story of its own, is the front of a section.
const MIN_STORIES: usize = 3;
/// Of an index of sitemaps, so many are read at a time, the newest.
const MAX_SITEMAPS: usize = 5;

/// What is at a source.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Found {
    /// What it is; `None` where the server says that nothing has changed.
    pub kind: Option<SourceKind>,
    /// What it calls itself.
    pub title: Option<String>,
    /// The stories, in the order of the list.
    pub stories: Vec<Entry>,
    /// Feeds that a page names for machines, which tell of new stories sooner and cost the site less.
    pub feeds: Vec<String>,
    /// What to give with the next visit of the source.
    pub validators: Validators,
    /// How many requests it took.
    pub requests: u64,
}

/// A story that a source lists.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Entry {
    /// Its URL.
    pub url: String,
    /// The headline, or the text of the link.
    pub title: Option<String>,
    /// The latest date that the source gives it.
    pub dated: Option<Timestamp>,
}

/// Why nothing was found at a source.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{cause}")]
#[non_exhaustive]
pub struct NotFound {
    /// Why, for people.
    pub cause: String,
    /// The status, where the server answered.
    pub status: Option<u16>,
    /// After how long the server wants to be asked again, where it said so.
    pub retry_after: Option<std::time::Duration>,
    /// Whether the server was not asked, as its robots.txt or the address forbids it.
    pub is_refusal: bool,
}

/// Asks a source which stories it lists; what it is, is found out unless the source says so.
///
/// A URL is taken for a feed or a sitemap when it can be read as one; for a story when the page holds one; for a section when it
/// links to three pages or more that look like stories (see [`page::front`]). Of an index of sitemaps the five that changed last are
/// read as well, each a request more.
///
/// # Errors
/// When the server cannot be asked, answers with a failure, or has something else there.
pub fn find(fetcher: &Fetcher, source: &Source, validators: &Validators) -> Result<Found, NotFound> {
    let fetched = get(fetcher, &source.url, validators)?;
    if fetched.status == 304 {
        let validators = if fetched.validators.is_empty() { validators.clone() } else { fetched.validators };
        return Ok(Found { validators, requests: 1, ..Found::default() });
    }
    let own = if fetched.redirects.is_empty() { fetched.validators.clone() } else { Validators::default() };
    let mut found = match list::parse(&fetched.body, &fetched.url, fetched.content_type.as_deref()) {
        Ok(list) if list.kind == Kind::SitemapIndex => sitemaps(fetcher, list.entries)?,
        Ok(list) => {
            let kind = if list.kind == Kind::Feed { SourceKind::Feed } else { SourceKind::Sitemap };
            let stories = list.entries.into_iter().map(Entry::of).collect();
            Found { kind: Some(kind), title: list.title, stories, ..Found::default() }
        }
        Err(ListError::Unknown) => page_at(&fetched, source)?,
        Err(damaged) => return Err(nothing(damaged.to_string(), Some(fetched.status))),
    };
    if let Some(kind) = source.kind.filter(|kind| found.kind != Some(*kind)) {
        let other = found.kind.map_or("something else", SourceKind::as_str);
        return Err(nothing(format!("a {other} is there, not a {kind}"), Some(fetched.status)));
    }
    found.validators = own;
    found.requests += 1;
    Ok(found)
}

fn get(fetcher: &Fetcher, url: &str, validators: &Validators) -> Result<Fetched, NotFound> {
    let fetched = fetcher.get(url, validators).map_err(|error| NotFound {
        cause: error.cause.to_string(),
        status: None,
        retry_after: None,
        // A host that cannot say what it allows is in trouble.
        is_refusal: error.is_refusal() && !matches!(error.cause, Cause::RobotsUnavailable { .. }),
    })?;
    if matches!(fetched.status, 200 | 304) {
        return Ok(fetched);
    }
    let retry_after = fetched.retry_after.map(|after| after.wait(fetcher.now()));
    let status = fetched.status;
    Err(NotFound { retry_after, ..nothing(format!("the server answers {status}"), Some(status)) })
}

fn nothing(cause: String, status: Option<u16>) -> NotFound {
    NotFound { cause, status, retry_after: None, is_refusal: false }
}

/// Reads the newest sitemaps of an index.
fn sitemaps(fetcher: &Fetcher, mut entries: Vec<Listed>) -> Result<Found, NotFound> {
    // Those without a date stay in the order of the index, behind those with one.
    entries.sort_by_key(|entry| std::cmp::Reverse(entry.modified_at));
    let mut found = Found { kind: Some(SourceKind::Sitemap), ..Found::default() };
    let mut failed = None;
    for entry in entries.into_iter().take(MAX_SITEMAPS) {
        found.requests += 1;
        let fetched = match get(fetcher, &entry.url, &Validators::default()) {
            Ok(fetched) => fetched,
            Err(error) => {
                failed = Some(error);
                continue;
            }
        };
        match list::parse(&fetched.body, &fetched.url, fetched.content_type.as_deref()) {
            Ok(list) if list.kind != Kind::SitemapIndex => {
                found.stories.extend(list.entries.into_iter().map(Entry::of));
            }
            _ => failed = Some(nothing(format!("{}: listed as a sitemap, but it is none", entry.url), Some(200))),
        }
    }
    match failed {
        Some(error) if found.stories.is_empty() => Err(error),
        _ => Ok(found),
    }
}

/// A page is a story, or the front of a section.
fn page_at(fetched: &Fetched, source: &Source) -> Result<Found, NotFound> {
    let front = page::front(&fetched.url, &fetched.body, fetched.content_type.as_deref());
    let page = Page {
        status: Some(fetched.status),
        content_type: fetched.content_type.as_deref(),
        ..Page::new(&fetched.url, &fetched.body)
    };
    let reading = page::read(&page, &page::Options::default());
    let is_story = matches!(reading.verdict, Verdict::Article | Verdict::Teaser);
    let is_section = front.stories.len() >= MIN_STORIES;
    let kind = match source.kind {
        Some(SourceKind::Section) if !front.stories.is_empty() => SourceKind::Section,
        Some(SourceKind::Story) if is_story => SourceKind::Story,
        None | Some(SourceKind::Feed | SourceKind::Sitemap) if is_story => SourceKind::Story,
        None | Some(SourceKind::Feed | SourceKind::Sitemap) if is_section => SourceKind::Section,
        _ => {
            let links = front.stories.len();
            let cause = format!("neither a feed nor a sitemap nor a story, and {links} links there look like stories");
            return Err(nothing(cause, Some(fetched.status)));
        }
    };
    let (title, stories) = if kind == SourceKind::Section {
        let entry = |(url, title): (String, String)| Entry { url, title: Some(title), dated: None };
        (front.title, front.stories.into_iter().map(entry).collect())
    } else {
        let headline = Some(reading.article.headline).filter(|headline| !headline.is_empty());
        let dated = reading.observation.published_at;
        (headline.clone(), vec![Entry { url: source.url.clone(), title: headline, dated }])
    };
    Ok(Found { kind: Some(kind), title, stories, feeds: front.feeds, ..Found::default() })
}

impl Entry {
    fn of(listed: Listed) -> Self {
        Self { dated: listed.published_at.max(listed.modified_at), url: listed.url, title: listed.title }
    }
}
