//! `morgue timeline`: one story along time.

mod list;
mod picture;

use std::io::Write;
use std::path::PathBuf;

use clap::ValueEnum;
use morgue::report::{Event, Timeline, render};
use morgue::{Archive, Revision, Selector, Story, StoryKey, Timestamp};
use serde::Serialize;

use super::Run;
use super::export::Part;
use crate::cli::error::{Exit, Result};
use crate::cli::output::{Output, Paint};
use crate::cli::session::Session;
use crate::cli::{input, resolve};

const AFTER_HELP: &str = "\
Without selectors: all of the story. With one: from it on. With two: from the first to the end of the second; of a day both mean \
all of it. Captures that saw the same are one event. Each revision is compared with the one before it.

Example:
  morgue timeline bridge
  morgue timeline bridge @2026-03-01 @2026-03-07 --format svg > bridge.svg";

/// Show captures, revisions and outcomes of a story along time
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Args {
    /// URL, id, or a part of either or of the headline
    story: String,
    /// From this revision or time on: first, '#3', ~2, @2022-03-29, or digits of its hash
    from: Option<Selector>,
    /// To this revision or time
    to: Option<Selector>,
    /// How to show it [default: json with --json, else what the name of the file says, else text]
    #[arg(long, value_enum, hide_possible_values = true, value_name = "text|svg|json")]
    format: Option<Format>,
    /// File to write, in place of stdout; it appears when it is whole
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

// Plain comments: described values would stretch the help.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Svg,
    Json,
}

#[derive(Serialize)]
struct Row<'a> {
    story: &'a StoryKey,
    #[serde(flatten)]
    event: &'a Event,
}

impl Run for Args {
    fn run(self, session: &Session) -> Result<Exit> {
        let output = self.output.as_ref().filter(|path| !input::is_stdin(path));
        let named =
            output.and_then(|path| path.extension()).and_then(|name| Format::from_str(name.to_str()?, true).ok());
        let format = self.format.or(session.json().then_some(Format::Json)).or(named).unwrap_or(Format::Text);
        let mut part = output.cloned().map(Part::create).transpose()?;
        let archive = session.read()?;
        let story = resolve::story(&archive, &self.story)?;
        let (since, until) = self.range(&archive, &story.story)?;
        let Some(timeline) = Timeline::of(&archive, &story.story, since, until)? else {
            session.note(&format!("nothing of {} was captured then", story.story));
            return Ok(Exit::Nothing);
        };
        if let Some(part) = &mut part {
            let (plain, width) = (Paint { on: false }, session.out().width);
            write(&mut part.file, format, &story, &timeline, plain, width).map_err(|error| part.failed(&error))?;
        } else {
            let mut out = if format == Format::Text { session.paged() } else { session.out() };
            let (paint, width) = (out.paint, out.width);
            write(&mut out, format, &story, &timeline, paint, width)?;
            Output::finish(out)?;
        }
        part.map(Part::finish).transpose()?;
        Ok(Exit::Done)
    }
}

impl Args {
    fn range(&self, archive: &Archive, story: &StoryKey) -> Result<(Option<Timestamp>, Option<Timestamp>)> {
        let revision =
            |selector: &Selector| -> Result<Revision> { Ok(resolve::memento(archive, story, selector)?.revision) };
        let since = match &self.from {
            None => None,
            Some(Selector::At(at)) => Some(start(*at)),
            Some(selector) => Some(revision(selector)?.first_captured),
        };
        let until = match &self.to {
            None => None,
            Some(Selector::At(at)) => Some(*at),
            Some(selector) => end(&archive.revisions(story)?, &revision(selector)?),
        };
        Ok((since, until))
    }
}

/// Of a bare date, which selects the end of its day, the start of that day.
fn start(at: Timestamp) -> Timestamp {
    if at == at.end_of_day() { at.date().parse().unwrap_or(at) } else { at }
}

/// The last moment in which a revision is in force; `None` for the latest.
fn end(revisions: &[Revision], revision: &Revision) -> Option<Timestamp> {
    let next = revisions.iter().find(|next| next.number == revision.number + 1)?;
    // Of several at one time the later ones are told too.
    Timestamp::from_micros(next.first_captured.as_micros() - 1).map(|end| end.max(revision.first_captured))
}

fn write(
    out: &mut dyn Write,
    format: Format,
    story: &Story,
    timeline: &Timeline,
    paint: Paint,
    width: Option<usize>,
) -> std::io::Result<()> {
    match format {
        Format::Svg => out.write_all(render::svg(timeline).as_bytes()),
        Format::Json => timeline.events.iter().try_for_each(|event| {
            serde_json::to_writer(&mut *out, &Row { story: &timeline.story, event })?;
            writeln!(out)
        }),
        Format::Text => {
            picture::head(out, story, timeline, paint, width)?;
            picture::lanes(out, timeline, paint, width)?;
            writeln!(out)?;
            timeline.events.iter().try_for_each(|event| list::line(out, event, paint, width))
        }
    }
}
