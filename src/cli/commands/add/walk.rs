//! The walk of `morgue add` over URLs, and over what feeds and sitemaps list.

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::ops::ControlFlow;

use morgue::fetch::list::{Kind, List, Listed};
use morgue::fetch::{self, Cause, Fetcher, ManyOptions, Request, Seen, Validators, Visit};
use morgue::text::safe::for_terminal;
use morgue::{Archive, StoryKey, Timestamp, page};

use crate::cli::error::{Exit, Failure, Result};
use crate::cli::interrupt;
use crate::cli::session::Session;
use crate::cli::words::count;

/// So many sitemaps of an index are read.
const MAX_SITEMAPS: usize = 1_000;

/// The latest time that a list gives a story.
pub(super) fn newest(story: &Listed) -> Option<Timestamp> {
    story.published_at.max(story.modified_at)
}

/// The newest of the stories that are listed. Of a whole paper's sitemaps, which list millions, few are held at a time.
pub(super) struct Newest {
    limit: usize,
    stories: Vec<Listed>,
    left_out: u64,
}

impl Newest {
    pub(super) const fn new(limit: usize) -> Self {
        Self { limit, stories: Vec::new(), left_out: 0 }
    }

    pub(super) fn take(&mut self, entries: Vec<Listed>) {
        self.stories.extend(entries);
        if self.stories.len() > self.limit.saturating_mul(2) {
            self.cut();
        }
    }

    /// Leaves each story once, and of more than the limit the newest; the order stays that of the lists where nothing is cut.
    fn cut(&mut self) {
        let mut seen = BTreeSet::new();
        self.stories.retain(|story| StoryKey::url(&story.url).is_ok_and(|key| seen.insert(key)));
        if self.stories.len() > self.limit {
            self.left_out += (self.stories.len() - self.limit) as u64;
            self.stories.sort_by_key(|story| Reverse(newest(story)));
            self.stories.truncate(self.limit);
        }
    }

    /// Returns the URLs, and how many are listed.
    pub(super) fn finish(mut self) -> (Vec<String>, u64) {
        self.cut();
        let listed = self.stories.len() as u64 + self.left_out;
        (self.stories.into_iter().map(|story| story.url).collect(), listed)
    }
}

/// A walk over URLs and what they list.
pub(super) struct Walk<'a> {
    session: &'a Session,
    fetcher: Fetcher,
    page: page::Options,
    /// Where the pages of earlier visits are kept, if they are to be asked for conditionally.
    archive: Option<&'a Archive>,
    /// How many URLs could not be fetched, or held nothing to archive.
    pub(super) failed: u64,
}

impl<'a> Walk<'a> {
    pub(super) fn new(
        session: &'a Session,
        fetcher: Fetcher,
        page: page::Options,
        archive: Option<&'a Archive>,
    ) -> Self {
        Self { session, fetcher, page, archive, failed: 0 }
    }

    /// Visits URLs, and hands over the pages and the lists of stories among them, and those of the indexes among them.
    pub(super) fn lists(
        &mut self,
        urls: &[String],
        mut page: impl FnMut(&str, Seen) -> Result<()>,
        mut stories: impl FnMut(List) -> Result<()>,
    ) -> Result<()> {
        let mut sitemaps = Vec::new();
        self.visit(urls, |walk, url, visit| match visit.seen {
            Seen::List(list) if list.kind == Kind::SitemapIndex => {
                walk.announce(url, &list, "sitemap", "sitemaps");
                sitemaps.extend(list.entries.into_iter().map(|entry| entry.url));
                Ok(())
            }
            Seen::List(list) => {
                walk.announce(url, &list, "story", "stories");
                stories(list)
            }
            seen => page(url, seen),
        })?;
        if sitemaps.len() > MAX_SITEMAPS {
            self.session.warn(&format!("of {} sitemaps, the first {MAX_SITEMAPS} are read", sitemaps.len()));
            sitemaps.truncate(MAX_SITEMAPS);
        }
        self.visit(&sitemaps, |_, url, visit| match visit.seen {
            Seen::List(list) if list.kind != Kind::SitemapIndex => stories(list),
            _ => Err(Failure::new(format!("{url}: listed as a sitemap, but it is none"))),
        })
    }

    fn announce(&self, url: &str, list: &List, one: &str, more: &str) {
        let many = count(list.entries.len() as u64, one, more);
        self.session.note(&format!("{}: {} with {many}", for_terminal(url), list.kind));
        if let Some(damage) = &list.damage {
            self.session.warn(&format!("{url}: damaged, what comes after is not read: {damage}"));
        }
    }

    /// Visits URLs side by side. What fails is reported; what is wrong with the archive ends it.
    pub(super) fn visit(
        &mut self,
        urls: &[String],
        mut each: impl FnMut(&mut Self, &str, Visit) -> Result<()>,
    ) -> Result<()> {
        let mut options = ManyOptions { page: self.page.clone(), ..ManyOptions::default() };
        options.parallel = options.parallel.min(urls.len());
        let mut fatal = None;
        let fetcher = self.fetcher.clone();
        let archive = self.archive;
        let requests = urls.iter().map(|url| {
            // What is wrong with the archive comes to light when something is added to it.
            let validators = archive.and_then(|archive| validators(archive, url).ok()).flatten();
            Request { url: url.clone(), validators: validators.unwrap_or_default() }
        });
        fetcher.visit_all(requests, &options, |visited| {
            let kept = match visited.result {
                Ok(visit) => each(self, &visited.request.url, visit),
                Err(error) => Err(failure(&error)),
            };
            match kept {
                Err(failure) if failure.exit != Exit::Error || failure.message.is_empty() => fatal = Some(failure),
                Err(failure) => {
                    self.session.report(&failure);
                    self.failed += 1;
                }
                Ok(()) => {}
            }
            if fatal.is_some() || interrupt::stopped() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        fatal.map_or(Ok(()), Err)
    }
}

/// What came with the article that was last seen at a URL, where its page is kept.
fn validators(archive: &Archive, url: &str) -> Result<Option<Validators>> {
    let Ok(key) = StoryKey::url(url) else { return Ok(None) };
    Ok(archive.raw_head_of_article(&key)?.map(Validators::from))
}

fn failure(error: &fetch::Error) -> Failure {
    let failure = Failure::new(error.to_string());
    match error.cause {
        Cause::PrivateAddress { .. } => failure.hint("allow it with --allow-private, where you trust the URL"),
        Cause::Robots { .. } => failure.hint("--ignore-robots fetches it all the same, where you have the right to"),
        Cause::RobotsUnavailable { .. } => failure.hint("try again later, or go on without it with --ignore-robots"),
        _ => failure,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The entries of a sitemap of these pages, each changed on its day of March.
    fn listed(days: impl IntoIterator<Item = usize>) -> Vec<Listed> {
        let url = |day| format!("<url><loc>https://news.example/{day}</loc><lastmod>2026-03-{day:02}</lastmod></url>");
        let urls: String = days.into_iter().map(url).collect();
        let sitemap = format!("<urlset>{urls}</urlset>");
        fetch::list::parse(sitemap.as_bytes(), "https://news.example/", None).expect("a sitemap").entries
    }

    fn days(newest: Newest) -> (Vec<String>, u64) {
        let (urls, listed) = newest.finish();
        (urls.iter().map(|url| url.rsplit('/').next().unwrap_or_default().to_owned()).collect(), listed)
    }

    #[test]
    fn what_fits_keeps_its_order_and_is_taken_once() {
        let mut newest = Newest::new(4);
        newest.take(listed([3, 9]));
        newest.take(listed([9, 5]));
        assert_eq!(days(newest), (vec!["3".to_owned(), "9".to_owned(), "5".to_owned()], 3));
    }

    #[test]
    fn of_more_the_newest_are_held() {
        let mut newest = Newest::new(2);
        for day in [4, 31, 2, 7, 30, 1, 8] {
            newest.take(listed([day]));
            assert!(newest.stories.len() <= 4);
        }
        assert_eq!(days(newest), (vec!["31".to_owned(), "30".to_owned()], 7));
    }
}
