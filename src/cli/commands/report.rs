//! `morgue report`: what changed in many stories.

mod text;

use std::io::{self, Write};
use std::path::PathBuf;

use clap::ValueEnum;
use morgue::report::{MOST_TOP, Options, Report, render};
use morgue::{Archive, Timestamp};

use super::Run;
use super::export::Part;
use super::list::until;
use crate::cli::error::{Exit, Result};
use crate::cli::input;
use crate::cli::output::{Output, Paint};
use crate::cli::session::Session;

const AFTER_HELP: &str = "\
An edit is a revision that is neither first nor cosmetic; a visit is a capture. Stealth is a change of facts with no notice to \
readers, or with an unchanged time of modification. The time to the first edit is never less than the time between visits. \
Edits that look as if a page had not been read whole are counted apart.

Example:
  morgue report --since 2026-03-01 --host news.example
  morgue report --top 25 -o march.html";

/// So many of the edits that matter most have their diff in the page.
const DIFFS: usize = 20;

/// Tell what changed in many stories, and how publishers compare
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Args {
    /// Only what was captured at or after this time
    #[arg(long, value_name = "TIME")]
    since: Option<Timestamp>,
    /// Only what was captured at or before this time; a day means all of it
    #[arg(long, value_name = "TIME", value_parser = until)]
    until: Option<Timestamp>,
    /// Only stories at this host or one under it
    #[arg(long)]
    host: Option<String>,
    /// The length of each list, at most 1000
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = top)]
    top: usize,
    /// How to show it [default: json with --json, else what the name of the file says, else text]
    #[arg(long, value_enum, hide_possible_values = true, value_name = "text|json|html")]
    format: Option<Format>,
    /// File to write, in place of stdout; it appears when it is whole
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

fn top(text: &str) -> Result<usize, String> {
    let number = text.parse().ok().filter(|number| (1..=MOST_TOP).contains(number));
    number.ok_or_else(|| format!("expected a number from 1 to {MOST_TOP}"))
}

// Plain comments: described values would stretch the help.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Json,
    Html,
}

impl Run for Args {
    fn run(self, session: &Session) -> Result<Exit> {
        let output = self.output.filter(|path| !input::is_stdin(path));
        let named = output.as_ref().and_then(|path| path.extension());
        let named = named.and_then(|name| Format::from_str(name.to_str()?, true).ok());
        let format = self.format.or(session.json().then_some(Format::Json)).or(named).unwrap_or(Format::Text);
        let mut part = output.map(Part::create).transpose()?;
        let archive = session.read()?;
        let mut options = Options::default();
        (options.since, options.until, options.host, options.top) = (self.since, self.until, self.host, self.top);
        let report = Report::of(&archive, &options)?;
        let page = if format == Format::Html { page(&archive, &report)? } else { String::new() };
        if let Some(part) = &mut part {
            let (plain, width) = (Paint { on: false }, session.out().width);
            write(&mut part.file, format, &report, &page, plain, width).map_err(|error| part.failed(&error))?;
        } else {
            let mut out = if format == Format::Text { session.paged() } else { session.out() };
            let (paint, width) = (out.paint, out.width);
            write(&mut out, format, &report, &page, paint, width)?;
            Output::finish(out)?;
        }
        part.map(Part::finish).transpose()?;
        Ok(if report.total.visits == 0 { Exit::Nothing } else { Exit::Done })
    }
}

fn page(archive: &Archive, report: &Report) -> Result<String> {
    Ok(render::html(report, &report.diffs(archive, DIFFS)?))
}

fn write(
    out: &mut dyn Write,
    format: Format,
    report: &Report,
    page: &str,
    paint: Paint,
    width: Option<usize>,
) -> io::Result<()> {
    match format {
        Format::Html => out.write_all(page.as_bytes()),
        Format::Json => {
            serde_json::to_writer(&mut *out, report)?;
            writeln!(out)
        }
        Format::Text => text::Text { out, paint, width: width.unwrap_or(80).clamp(30, 160) }.report(report),
    }
}
