//! `morgue stats`: how much there is.

use std::io::Write;

use clap::ValueEnum;
use morgue::report::{Counts, by_day, by_host};
use morgue::text::safe::for_terminal;
use morgue::{Archive, StoryFilter, Timestamp};

use super::Run;
use super::list::until;
use crate::cli::error::{Exit, Result};
use crate::cli::session::Session;
use crate::cli::table::Grid;
use crate::cli::words::{bytes, number};

const AFTER_HELP: &str = "\
With --by the captures of each host or day are counted: the stories that they are of, the revisions first captured by them, how \
many of these are edits (neither first nor cosmetic), and what they saw.

Example:
  morgue stats --json
  morgue stats --by host --since 2026-03-01";

/// Count what is in the archive
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Args {
    /// Count by host (those with the most captures first) or by day of capture in UTC
    #[arg(long, value_enum, hide_possible_values = true, value_name = "host|day")]
    by: Option<By>,
    /// Only what was captured at or after this time
    #[arg(long, value_name = "TIME", requires = "by")]
    since: Option<Timestamp>,
    /// Only what was captured at or before this time; a day means all of it
    #[arg(long, value_name = "TIME", value_parser = until, requires = "by")]
    until: Option<Timestamp>,
}

// Plain comments: described values would stretch the help.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum By {
    Host,
    Day,
}

impl Run for Args {
    fn run(self, session: &Session) -> Result<Exit> {
        let archive = session.read()?;
        match self.by {
            None => whole(session, &archive),
            Some(by) => {
                let filter = StoryFilter { since: self.since, until: self.until, ..StoryFilter::default() };
                counted(session, &archive, by, &filter)
            }
        }
    }
}

fn whole(session: &Session, archive: &Archive) -> Result<Exit> {
    let stats = archive.stats()?;
    let mut out = session.out();
    if session.json() {
        out.json(&stats)?;
    } else {
        let rows = [
            ("stories", number(stats.stories)),
            ("captures", number(stats.captures)),
            ("revisions", number(stats.revisions)),
            ("articles", number(stats.articles)),
            ("text", bytes(stats.bytes_text)),
            ("pages", number(stats.pages)),
            ("of pages", bytes(stats.bytes_pages)),
            ("on disk", bytes(stats.bytes_disk)),
            ("format", number(stats.format_version.into())),
            ("engine", stats.engine),
        ];
        for (name, value) in rows {
            writeln!(out, "{name:<9}  {value:>12}")?;
        }
    }
    out.finish()?;
    Ok(Exit::Done)
}

fn counted(session: &Session, archive: &Archive, by: By, filter: &StoryFilter) -> Result<Exit> {
    let mut out = session.out();
    let mut rows: Vec<(String, Counts)> = Vec::new();
    match by {
        By::Host => {
            for row in by_host(archive, filter)? {
                if session.json() {
                    out.json(&row)?;
                }
                rows.push((row.host.unwrap_or_else(|| "(stories with an id)".to_owned()), row.counts));
            }
        }
        By::Day => {
            for row in by_day(archive, filter)? {
                if session.json() {
                    out.json(&row)?;
                }
                rows.push((row.day, row.counts));
            }
        }
    }
    if !session.json() && !rows.is_empty() {
        let heads = heads(by);
        let mut grid = Grid::new(&heads);
        rows.iter().for_each(|(name, counts)| grid.row(cells(name, counts)));
        let (paint, width) = (out.paint, out.width.unwrap_or(usize::MAX));
        grid.print(&mut out, paint, width)?;
    }
    out.finish()?;
    if rows.is_empty() {
        session.note("nothing was captured then");
    }
    Ok(if rows.is_empty() { Exit::Nothing } else { Exit::Done })
}

const fn heads(by: By) -> [&'static str; 11] {
    let name = match by {
        By::Host => "host",
        By::Day => "day",
    };
    [
        name,
        "stories",
        "captures",
        "revisions",
        "edits",
        "article",
        "not-modified",
        "teaser",
        "gone",
        "moved",
        "unreachable",
    ]
}

fn cells(name: &str, counts: &Counts) -> Vec<String> {
    let seen = &counts.outcomes;
    let numbers = [
        counts.stories,
        counts.captures,
        counts.revisions,
        counts.edits,
        seen.article,
        seen.not_modified,
        seen.teaser,
        seen.gone,
        seen.moved,
        seen.unreachable,
    ];
    std::iter::once(for_terminal(name).into_owned()).chain(numbers.map(number)).collect()
}
