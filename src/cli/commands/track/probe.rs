//! What would be found at a URL.

use std::io::Write;
use std::sync::Arc;

use morgue::fetch::{self, Client, Fetcher, SystemClock, Validators};
use morgue::text::safe::for_terminal;
use morgue::track::{Entry, Source, SourceKind, find};
use serde::Serialize;

use crate::cli::error::{Exit, Failure, Result};
use crate::cli::manners::Manners;
use crate::cli::session::Session;
use crate::cli::words::{count, first_words, minute};

/// Shows what would be found at a URL.
#[derive(Debug, clap::Args)]
pub(super) struct Test {
    /// Where the source is
    url: String,
    /// What it is, where it is not to be found out
    #[arg(long, value_parser = super::kind)]
    kind: Option<SourceKind>,
    /// Fetch from private addresses too, such as those of this machine
    #[arg(long)]
    allow_private: bool,
    #[command(flatten)]
    manners: Manners,
}

/// A story that is listed.
#[derive(Serialize)]
struct Row<'a> {
    kind: Option<SourceKind>,
    url: &'a str,
    title: Option<&'a str>,
    dated: Option<morgue::Timestamp>,
}

impl Test {
    pub(super) fn run(self, session: &Session) -> Result<Exit> {
        let options = fetch::Options { allow_private: self.allow_private, ..self.manners.options()? };
        let fetcher = Fetcher::new(Client::new(options), Arc::new(SystemClock));
        let source = Source { kind: self.kind, ..Source::new(self.url) };
        let found = find(&fetcher, &source, &Validators::default()).map_err(|error| {
            let failure = Failure::new(format!("{}: {error}", source.url));
            if error.is_refusal { failure.hint("see --allow-private and --ignore-robots") } else { failure }
        })?;
        let mut out = session.out();
        let kind = found.kind.map_or("nothing", SourceKind::as_str);
        let many = count(found.stories.len() as u64, "story", "stories");
        session.note(&for_terminal(&match &found.title {
            Some(title) => format!("{kind} with {many}: {title}"),
            None => format!("{kind} with {many}"),
        }));
        for Entry { url, title, dated, .. } in &found.stories {
            if session.json() {
                out.json(&Row { kind: found.kind, url, title: title.as_deref(), dated: *dated })?;
            } else {
                let date = dated.map_or_else(|| " ".repeat(16), minute);
                writeln!(out, "{}  {}", out.paint.faint(date), for_terminal(url))?;
                if let Some(title) = title.as_deref().filter(|title| !title.is_empty()) {
                    writeln!(out, "{:18}{}", "", out.paint.strong(first_words(title, 60)))?;
                }
            }
        }
        out.finish()?;
        for feed in found.feeds.iter().filter(|_| found.kind == Some(SourceKind::Section)) {
            session.hint(&format!("the page names a feed, which is the better source: {feed}"));
        }
        Ok(if found.stories.is_empty() { Exit::Nothing } else { Exit::Done })
    }
}
