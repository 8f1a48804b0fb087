//! `morgue add URL`: pages, and what feeds and sitemaps list.

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::io::Write;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use morgue::fetch::list::{Kind, List, Listed};
use morgue::fetch::{self, Cause, Client, Fetcher, ManyOptions, Request, Seen, SystemClock, Visit};
use morgue::{Archive, Durability, NewCapture, NewOutcome, Outcome, StoryKey, page};
use serde::Serialize;

use super::{Added, Args, Summary, describe};
use crate::cli::error::{Exit, Failure, Result};
use crate::cli::interrupt;
use crate::cli::session::Session;
use crate::cli::words::count;

/// So many sitemaps of an index are read.
const MAX_SITEMAPS: usize = 1_000;

/// How URLs are fetched.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Options for URLs")]
pub(super) struct Web {
    /// Fetch from private addresses too, such as those of this machine
    #[arg(long)]
    allow_private: bool,
    /// Fetch what robots.txt forbids too
    #[arg(long)]
    ignore_robots: bool,
    /// Print what a feed or sitemap lists (URL, date and headline, by tabs), and archive nothing
    #[arg(long)]
    pub(super) list: bool,
    /// How many stories of feeds and sitemaps to fetch at most, the newest first
    #[arg(long, value_name = "N", default_value_t = 500)]
    limit: usize,
    /// Pause between two visits of one host
    #[arg(long, value_name = "SECONDS", default_value = "1", value_parser = seconds)]
    delay: Duration,
    /// Keep the text alone, and not the page that it came from
    #[arg(long)]
    no_raw: bool,
    /// How to call oneself; robots.txt is read for what stands before the `/`
    #[arg(long, value_name = "NAME/VERSION")]
    user_agent: Option<String>,
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds = text.parse::<f64>().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    seconds.ok_or_else(|| "expected a number of seconds, such as 2.5".to_owned())
}

/// A line of `--list --json`.
#[derive(Serialize)]
struct ListedRow<'a> {
    url: &'a str,
    title: Option<&'a str>,
    published_at: Option<morgue::Timestamp>,
    modified_at: Option<morgue::Timestamp>,
}

impl Web {
    fn fetcher(&self) -> Result<Fetcher> {
        let mut options = fetch::Options {
            allow_private: self.allow_private,
            ignore_robots: self.ignore_robots,
            delay: self.delay,
            ..fetch::Options::default()
        };
        if let Some(name) = &self.user_agent {
            if name.trim().is_empty() || !name.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
                return Err(
                    Failure::new(format!("{name:?} cannot be a user agent")).hint("give it as NAME/VERSION, in ASCII")
                );
            }
            options.user_agent.clone_from(name);
        }
        Ok(Fetcher::new(Client::new(options), Arc::new(SystemClock)))
    }

    /// Prints what feeds and sitemaps list.
    pub(super) fn print_lists(&self, session: &Session, urls: &[String]) -> Result<Exit> {
        let mut walk = Walk::new(self, session)?;
        walk.lists(urls, |url, _| {
            Err(Failure::new(format!("{url}: neither a feed nor a sitemap")).hint("without --list it is archived"))
        })?;
        let mut out = session.out();
        for entry in &walk.stories {
            let (url, title) = (entry.url.as_str(), entry.title.as_deref());
            if session.json() {
                let (published_at, modified_at) = (entry.published_at, entry.modified_at);
                out.json(&ListedRow { url, title, published_at, modified_at })?;
            } else {
                let date = newest(entry).map(|at| at.to_string()).unwrap_or_default();
                let title = morgue::text::safe::for_terminal(title.unwrap_or_default());
                writeln!(out, "{}\t{date}\t{title}", morgue::text::safe::for_terminal(url))?;
            }
        }
        out.finish()?;
        Ok(if walk.failed > 0 { Exit::Error } else { Exit::Done })
    }
}

impl Args {
    /// Fetches and archives pages, and what feeds and sitemaps list.
    pub(super) fn add_urls(
        &self,
        session: &Session,
        archive: &Archive,
        urls: &[String],
        summary: &mut Summary,
    ) -> Result<()> {
        interrupt::catch("stopping; what was fetched is kept; Ctrl-C again stops at once");
        let mut walk = Walk::new(&self.web, session)?;
        let mut keep = |url: &str, seen: Seen| self.keep(session, archive, url, seen, summary);
        walk.lists(urls, &mut keep)?;
        let stories = self.choose(session, std::mem::take(&mut walk.stories));
        walk.visit(&stories, |walk, url, visit| match visit.seen {
            Seen::List(list) => {
                walk.session.warn(&format!("{url}: listed as a story, but it is {}: left out", list.kind));
                Ok(())
            }
            seen => keep(url, seen),
        })?;
        summary.failed += walk.failed;
        Ok(())
    }

    /// The URLs that are fetched of those that are listed.
    fn choose(&self, session: &Session, mut stories: Vec<Listed>) -> Vec<String> {
        let (listed, limit) = (stories.len(), self.web.limit);
        if listed > limit {
            stories.sort_by_key(|story| Reverse(newest(story)));
            stories.truncate(limit);
            session.warn(&format!(
                "of {} that are listed, the newest {limit} are fetched; --limit sets another number",
                count(listed as u64, "story", "stories")
            ));
        }
        stories.into_iter().map(|story| story.url).collect()
    }

    /// Archives what was seen of a page.
    fn keep(&self, session: &Session, archive: &Archive, url: &str, seen: Seen, summary: &mut Summary) -> Result<()> {
        let Seen::Page { capture, moved } = seen else { return Ok(()) };
        if capture.outcome.text().is_none() && !is_known(archive, &capture)? {
            // Of a story that nobody has seen there is no history to keep, and a URL with a slip in it is no story.
            let (_, told) = words(&capture);
            return Err(Failure::new(format!("{url}: {told}")).hint("nothing was archived, as no such story is known"));
        }
        let moved = match moved {
            Some(moved) if !is_told(archive, &moved)? => Some(moved),
            _ => None,
        };
        for capture in moved.into_iter().chain([capture]) {
            let added = self.keep_one(archive, url, *capture)?;
            self.tell(session, added, summary)?;
        }
        Ok(())
    }

    fn keep_one(&self, archive: &Archive, url: &str, capture: NewCapture) -> Result<Added> {
        let (outcome, told) = words(&capture);
        let ingested =
            if self.dry_run { archive.preview(capture) } else { archive.ingest(capture, Durability::Synced) }?;
        Ok(Added::new(url.to_owned(), ingested, outcome, told))
    }
}

/// Says whether a capture is of a story that was seen before.
fn is_known(archive: &Archive, capture: &NewCapture) -> Result<bool> {
    for name in capture.aliases.iter().chain([&capture.key]) {
        if !archive.captures(name)?.is_empty() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// That a story has moved is told once, and not at each visit of its old URL.
fn is_told(archive: &Archive, moved: &NewCapture) -> Result<bool> {
    let NewOutcome::Moved(to) = &moved.outcome else { return Ok(false) };
    let captures = archive.captures(&moved.key)?;
    let last =
        captures.iter().rev().find(|capture| matches!(capture.outcome, Outcome::Moved(_)) && capture.key == moved.key);
    Ok(last.is_some_and(|last| last.outcome == Outcome::Moved(to.clone())))
}

/// The word for a capture that saw no article, and what is told of it.
fn words(capture: &NewCapture) -> (Option<&'static str>, String) {
    let status = capture.observation.status.map(|status| format!(" (status {status})")).unwrap_or_default();
    match &capture.outcome {
        NewOutcome::Article(_) => (None, describe(capture)),
        NewOutcome::Teaser(_) => (Some("teaser"), format!("a teaser, {}", describe(capture))),
        NewOutcome::NotModified => (Some("not-modified"), "not modified".to_owned()),
        NewOutcome::Gone => (Some("gone"), format!("gone{status}")),
        NewOutcome::Moved(to) => (Some("moved"), format!("moved to {}{status}", to.as_str())),
        NewOutcome::Unreachable(cause) => (Some("unreachable"), format!("unreachable: {cause}")),
    }
}

fn newest(story: &Listed) -> Option<morgue::Timestamp> {
    story.published_at.max(story.modified_at)
}

/// A walk over URLs and what they list.
struct Walk<'a> {
    session: &'a Session,
    fetcher: Fetcher,
    page: page::Options,
    stories: Vec<Listed>,
    seen: BTreeSet<StoryKey>,
    failed: u64,
}

impl<'a> Walk<'a> {
    fn new(web: &Web, session: &'a Session) -> Result<Self> {
        let mut page = page::Options::default();
        page.keep_raw = !web.no_raw;
        Ok(Self { session, fetcher: web.fetcher()?, page, stories: Vec::new(), seen: BTreeSet::new(), failed: 0 })
    }

    /// Visits URLs, gathers what the lists among them list, and hands over the pages.
    fn lists(&mut self, urls: &[String], mut page: impl FnMut(&str, Seen) -> Result<()>) -> Result<()> {
        let mut sitemaps = Vec::new();
        self.visit(urls, |walk, url, visit| match visit.seen {
            Seen::List(list) if list.kind == Kind::SitemapIndex => {
                walk.announce(url, &list, "sitemap", "sitemaps");
                sitemaps.extend(list.entries.into_iter().map(|entry| entry.url));
                Ok(())
            }
            Seen::List(list) => {
                walk.announce(url, &list, "story", "stories");
                walk.take(list);
                Ok(())
            }
            seen => page(url, seen),
        })?;
        if sitemaps.len() > MAX_SITEMAPS {
            self.session.warn(&format!("of {} sitemaps, the first {MAX_SITEMAPS} are read", sitemaps.len()));
            sitemaps.truncate(MAX_SITEMAPS);
        }
        self.visit(&sitemaps, |walk, url, visit| match visit.seen {
            Seen::List(list) if list.kind != Kind::SitemapIndex => {
                walk.take(list);
                Ok(())
            }
            _ => Err(Failure::new(format!("{url}: listed as a sitemap, but it is none"))),
        })
    }

    fn announce(&self, url: &str, list: &List, one: &str, more: &str) {
        let many = count(list.entries.len() as u64, one, more);
        self.session.note(&format!("{}: {} with {many}", morgue::text::safe::for_terminal(url), list.kind));
        if let Some(damage) = &list.damage {
            self.session.warn(&format!("{url}: damaged, what comes after is not read: {damage}"));
        }
    }

    fn take(&mut self, list: List) {
        for entry in list.entries {
            if StoryKey::url(&entry.url).is_ok_and(|key| self.seen.insert(key)) {
                self.stories.push(entry);
            }
        }
    }

    /// Visits URLs side by side. What fails is reported; what is wrong with the archive ends it.
    fn visit(&mut self, urls: &[String], mut each: impl FnMut(&mut Self, &str, Visit) -> Result<()>) -> Result<()> {
        let mut options = ManyOptions { page: self.page.clone(), ..ManyOptions::default() };
        options.parallel = options.parallel.min(urls.len());
        let mut fatal = None;
        let fetcher = self.fetcher.clone();
        fetcher.visit_all(urls.iter().map(Request::new), &options, |visited| {
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

fn failure(error: &fetch::Error) -> Failure {
    let failure = Failure::new(error.to_string());
    match error.cause {
        Cause::PrivateAddress { .. } => failure.hint("allow it with --allow-private, where you trust the URL"),
        Cause::Robots { .. } => failure.hint("--ignore-robots fetches it all the same, where you have the right to"),
        Cause::RobotsUnavailable { .. } => failure.hint("try again later, or go on without it with --ignore-robots"),
        _ => failure,
    }
}
