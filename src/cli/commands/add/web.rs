//! `morgue add URL`: pages, and what feeds and sitemaps list.

use std::io::Write;
use std::sync::Arc;

use morgue::fetch::list::Listed;
use morgue::fetch::{self, Client, Fetcher, Seen, SystemClock};
use morgue::text::safe::for_terminal;
use morgue::{Archive, Durability, NewCapture, NewOutcome, Outcome, page};
use serde::Serialize;

use super::walk::{Newest, Walk, newest};
use super::{Added, Args, Summary, describe};
use crate::cli::error::{Exit, Failure, Result};
use crate::cli::interrupt;
use crate::cli::manners::Manners;
use crate::cli::output::Output;
use crate::cli::session::Session;
use crate::cli::words::count;

/// How URLs are fetched.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Options for URLs")]
pub(super) struct Web {
    /// Fetch from private addresses too, such as those of this machine
    #[arg(long)]
    allow_private: bool,
    /// Print what a feed or sitemap lists (URL, date and headline, by tabs), and archive nothing
    #[arg(long)]
    pub(super) list: bool,
    /// How many stories of feeds and sitemaps to fetch at most, the newest first
    #[arg(long, value_name = "N", default_value_t = 500)]
    limit: usize,
    #[command(flatten)]
    manners: Manners,
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
        let options = fetch::Options { allow_private: self.allow_private, ..self.manners.options()? };
        Ok(Fetcher::new(Client::new(options), Arc::new(SystemClock)))
    }

    /// Prints what feeds and sitemaps list, as it comes.
    pub(super) fn print_lists(&self, session: &Session, urls: &[String]) -> Result<Exit> {
        let mut walk = Walk::new(session, self.fetcher()?, page::Options::default(), None);
        let mut out = session.out();
        let is_json = session.json();
        let no_list = |url: &str, _: Seen| -> Result<()> {
            Err(Failure::new(format!("{url}: neither a feed nor a sitemap")).hint("without --list it is archived"))
        };
        walk.lists(urls, no_list, |list| {
            for entry in &list.entries {
                print(entry, is_json, &mut out)?;
            }
            Ok(())
        })?;
        out.finish()?;
        Ok(if walk.failed > 0 { Exit::Error } else { Exit::Done })
    }
}

fn print(entry: &Listed, is_json: bool, out: &mut Output) -> Result<()> {
    let (url, title) = (entry.url.as_str(), entry.title.as_deref());
    if is_json {
        let (published_at, modified_at) = (entry.published_at, entry.modified_at);
        out.json(&ListedRow { url, title, published_at, modified_at })?;
    } else {
        let date = newest(entry).map(|at| at.to_string()).unwrap_or_default();
        writeln!(out, "{}\t{date}\t{}", for_terminal(url), for_terminal(title.unwrap_or_default()))?;
    }
    Ok(())
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
        let mut options = page::Options::default();
        options.keep_raw = !self.no_raw;
        let mut walk = Walk::new(session, self.web.fetcher()?, options, Some(archive));
        let mut keep = |url: &str, seen: Seen| self.keep(session, archive, url, seen, summary);
        let mut newest = Newest::new(self.web.limit);
        walk.lists(urls, &mut keep, |list| {
            newest.take(list.entries);
            Ok(())
        })?;
        let (stories, listed) = newest.finish();
        if listed > stories.len() as u64 {
            session.warn(&format!(
                "of {} that are listed, the newest {} are fetched; --limit sets another number",
                count(listed, "story", "stories"),
                stories.len()
            ));
        }
        walk.visit(&stories, |_, url, visit| match visit.seen {
            Seen::List(list) => {
                session.warn(&format!("{url}: listed as a story, but it is {}: left out", list.kind));
                Ok(())
            }
            seen => keep(url, seen),
        })?;
        summary.failed += walk.failed;
        Ok(())
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
