//! `morgue list`: the stories.

use std::cmp::Reverse;
use std::io::Write;

use morgue::text::safe::for_terminal;
use morgue::{Archive, Selector, Story, StoryFilter, Timestamp};

use super::Run;
use crate::cli::error::{Exit, Result};
use crate::cli::output::Output;
use crate::cli::session::Session;
use crate::cli::table::{fit, pad};
use crate::cli::words::{count, number, title};

const AFTER_HELP: &str = "\
Columns: day of the last change, number of revisions, headline (else the first words), story.

Example:
  morgue list --host news.example --since 2026-03-01 --changed";

/// Stories without a headline are read for their first words; beyond so many that would be slow.
const FIRST_WORDS: usize = 1_000;
/// Below so many columns a story takes two lines.
const NARROW: usize = 60;

/// List the stories, latest change first
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Args {
    /// Only stories with this text in a name or the headline
    text: Option<String>,
    /// Only stories at this host or one under it
    #[arg(long)]
    host: Option<String>,
    /// Only stories captured at or after this time
    #[arg(long, value_name = "TIME")]
    since: Option<Timestamp>,
    /// Only stories captured at or before this time; a day means all of it
    #[arg(long, value_name = "TIME", value_parser = until)]
    until: Option<Timestamp>,
    /// Only stories that have changed
    #[arg(long)]
    changed: bool,
}

/// A bare date reaches to the end of its day, as in selectors.
pub(super) fn until(text: &str) -> Result<Timestamp, morgue::model::ParseTimestampError> {
    let time: Timestamp = text.parse()?;
    Ok(if text.trim().len() == "2026-03-01".len() { time.end_of_day() } else { time })
}

impl Run for Args {
    fn run(self, session: &Session) -> Result<Exit> {
        let archive = session.read()?;
        let filter = StoryFilter {
            text: self.text,
            host: self.host,
            since: self.since,
            until: self.until,
            changed: self.changed,
        };
        let mut stories = archive.stories(&filter).collect::<Result<Vec<Story>, _>>()?;
        // Equal times keep the order of the names.
        stories.sort_by_key(|story| Reverse(story.last_changed.unwrap_or(story.last_captured)));
        if session.json() {
            let mut out = session.out();
            stories.iter().try_for_each(|story| out.json(story))?;
            out.finish()?;
        } else {
            let mut out = session.paged();
            table(&archive, &stories, &mut out)?;
            out.finish()?;
            session.note(&count(stories.len() as u64, "story", "stories"));
        }
        Ok(if stories.is_empty() { Exit::Nothing } else { Exit::Done })
    }
}

struct Line {
    day: String,
    revisions: String,
    headline: String,
    story: String,
}

fn table(archive: &Archive, stories: &[Story], out: &mut Output) -> Result<()> {
    let mut unread = FIRST_WORDS;
    let lines = stories.iter().map(|story| line(archive, story, &mut unread)).collect::<Result<Vec<_>>>()?;
    let columns = Columns::of(&lines, out.width);
    for line in &lines {
        let (day, revisions) = (out.paint.faint(&line.day), format!("{:>1$}", line.revisions, columns.revisions));
        let headline = fit(&line.headline, columns.headline);
        if columns.narrow {
            writeln!(out, "{day}  {revisions}  {}", out.paint.strong(headline))?;
            let story = fit(&line.story, columns.story).into_owned();
            writeln!(out, "  {story}")?;
        } else {
            let gap = pad("", columns.headline.saturating_sub(textwrap::core::display_width(&headline)));
            let headline = out.paint.strong(headline);
            let story = fit(&line.story, columns.story).into_owned();
            writeln!(out, "{day}  {revisions}  {headline}{gap}  {story}")?;
        }
    }
    Ok(())
}

fn line(archive: &Archive, story: &Story, unread: &mut usize) -> Result<Line> {
    let headline = if story.headline.is_empty() {
        words_of(archive, story, unread)?
    } else {
        for_terminal(&story.headline).into_owned()
    };
    Ok(Line {
        day: story.last_changed.unwrap_or(story.last_captured).date(),
        revisions: number(story.revisions),
        headline,
        story: format!("{}{}", for_terminal(story.story.as_str()), published(story)),
    })
}

/// The publisher's date, where it gives one: the day in front is that of the last change.
fn published(story: &Story) -> String {
    story.published_at.map(|at| format!(", published {}", at.date())).unwrap_or_default()
}

fn words_of(archive: &Archive, story: &Story, unread: &mut usize) -> Result<String> {
    if story.revisions == 0 {
        return Ok(format!("({})", story.last_outcome.as_str()));
    }
    if *unread == 0 {
        return Ok("(no headline)".to_owned());
    }
    *unread -= 1;
    let memento = archive.memento(&story.story, &Selector::Latest)?;
    Ok(memento.map_or_else(|| "(no headline)".to_owned(), |memento| title(&memento.article)))
}

/// How wide each column is.
struct Columns {
    revisions: usize,
    headline: usize,
    story: usize,
    narrow: bool,
}

impl Columns {
    fn of(lines: &[Line], width: Option<usize>) -> Self {
        let widest = |text: fn(&Line) -> &str| {
            lines.iter().map(|line| textwrap::core::display_width(text(line))).max().unwrap_or(0)
        };
        let revisions = widest(|line| &line.revisions);
        let (headline, story) = (widest(|line| &line.headline), widest(|line| &line.story));
        let used = "2026-03-01".len() + 2 + revisions + 2;
        let Some(width) = width else {
            return Self { revisions, headline: headline.min(80), story: usize::MAX, narrow: false };
        };
        if width < NARROW {
            return Self {
                revisions,
                headline: width.saturating_sub(used),
                story: width.saturating_sub(2),
                narrow: true,
            };
        }
        let left = width.saturating_sub(used + 2);
        let story = story.min(left * 45 / 100).max(left.saturating_sub(headline));
        Self { revisions, headline: headline.min(left - story), story, narrow: false }
    }
}
