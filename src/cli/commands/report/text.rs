//! A report for reading on a terminal.

use std::io::{self, Write};

use morgue::StoryKey;
use morgue::diff::NoticeKind;
use morgue::report::{Edited, Figures, MostEdited, Report, TakeDown};
use morgue::text::safe::for_terminal;

use crate::cli::output::Paint;
use crate::cli::table::{Grid, fit, wrap};
use crate::cli::words::{count, first_words, length, minute, number, percent};

/// So many publishers are told; the other formats have all.
const PUBLISHERS: usize = 30;

pub(super) struct Text<'a> {
    pub(super) out: &'a mut dyn Write,
    pub(super) paint: Paint,
    pub(super) width: usize,
}

impl Text<'_> {
    pub(super) fn report(&mut self, report: &Report) -> io::Result<()> {
        self.head(report)?;
        if report.total.visits == 0 {
            return Ok(());
        }
        self.edits("Edits that matter most", &report.significant, |_| String::new())?;
        self.most_edited(&report.most_edited)?;
        let stealth = match report.total.stealth_unmodified {
            0 => "Stealth edits",
            _ => "Stealth edits, first those with an unchanged time of modification",
        };
        self.edits(stealth, &report.stealth, |_| String::new())?;
        self.edits("Corrections and other notices", &report.corrections, notice)?;
        self.headlines(&report.headlines)?;
        self.take_downs(&report.take_downs)?;
        self.publishers(report)
    }

    fn head(&mut self, report: &Report) -> io::Result<()> {
        let host = report.host.as_deref().unwrap_or("all stories");
        let when = report.first_captured.zip(report.last_captured);
        let when = when.map_or_else(
            || "nothing captured".to_owned(),
            |(first, last)| format!("{} to {}", minute(first), minute(last)),
        );
        self.strong(&format!("{host}, {when}"))?;
        let total = &report.total;
        if total.visits == 0 {
            return Ok(());
        }
        let first = total.first_edit_minutes.map(|minutes| format!("; the first after {} (median)", length(minutes)));
        self.text(
            "",
            &format!(
                "{}, {}, {}: {:.2} a story, {} of stories edited{}",
                count(total.stories, "story", "stories"),
                count(total.visits, "visit", "visits"),
                count(total.edits, "edit", "edits"),
                total.edits_a_story,
                percent(total.share_edited),
                first.unwrap_or_default(),
            ),
        )?;
        self.text(
            "",
            &format!(
                "{} ({} with an unchanged time of modification), {}, {}, {} gone, {} moved, {} back, {} of visits unreachable",
                count(total.stealth, "stealth edit", "stealth edits"),
                number(total.stealth_unmodified),
                count(total.corrections, "notice added", "notices added"),
                count(total.headlines, "headline rewritten", "headlines rewritten"),
                number(total.taken_down),
                number(total.moved),
                number(total.came_back),
                percent(total.share_unreachable),
            ),
        )?;
        if total.suspect > 0 {
            let many = count(total.suspect, "edit looks", "edits look");
            self.text("", &format!("{many} as if a page had not been read whole, and told in no list"))?;
        }
        Ok(())
    }

    fn strong(&mut self, text: &str) -> io::Result<()> {
        for line in wrap(&for_terminal(text), self.width, "") {
            writeln!(self.out, "{}", self.paint.strong(line))?;
        }
        Ok(())
    }

    /// Running text, not wider than is good to read.
    fn text(&mut self, indent: &str, text: &str) -> io::Result<()> {
        for line in wrap(&for_terminal(text), self.width.min(100), indent) {
            writeln!(self.out, "{line}")?;
        }
        Ok(())
    }

    fn title(&mut self, title: &str, many: usize) -> io::Result<bool> {
        if many > 0 {
            writeln!(self.out)?;
            self.strong(title)?;
        }
        Ok(many > 0)
    }

    /// `  0.50  2026-03-02 08:00  Headline`, and below it where and what.
    fn edits(&mut self, title: &str, edits: &[Edited], told: impl Fn(&Edited) -> String) -> io::Result<()> {
        if !self.title(title, edits.len())? {
            return Ok(());
        }
        for edit in edits {
            self.line(&format!("{:.2}", edit.significance), edit.captured_at, &edit.story, &edit.headline)?;
            self.place(&edit.story, &format!(" #{}, after {}", edit.revision, length(edit.minutes)))?;
            self.text("        ", &format!("{}{}", told(edit), edit.summary))?;
        }
        Ok(())
    }

    fn line(&mut self, first: &str, at: morgue::Timestamp, story: &StoryKey, headline: &str) -> io::Result<()> {
        let name = if headline.is_empty() { story.as_str() } else { headline };
        let room = self.width.saturating_sub(2 + first.len() + 2 + 16 + 2);
        let name = first_words(name, 200);
        let (first, at) = (self.paint.mark(first), self.paint.faint(minute(at)));
        if room < 20 {
            writeln!(self.out, "  {first}  {at}")?;
            return self.text("        ", &name);
        }
        writeln!(self.out, "  {first}  {at}  {}", self.paint.strong(fit(&name, room)))
    }

    fn place(&mut self, story: &StoryKey, rest: &str) -> io::Result<()> {
        let room = self.width.saturating_sub(8 + rest.len());
        let name = for_terminal(story.as_str());
        writeln!(self.out, "        {}", self.paint.faint(format!("{}{rest}", fit(&name, room))))
    }

    fn most_edited(&mut self, stories: &[MostEdited]) -> io::Result<()> {
        if !self.title("Most edited stories", stories.len())? {
            return Ok(());
        }
        let widest = stories.iter().map(|story| number(story.edits).len()).max().unwrap_or(0);
        for story in stories {
            let edits = format!("{:>widest$}", number(story.edits));
            self.line(&edits, story.last_edit, &story.story, &story.headline)?;
            self.place(&story.story, &format!(", {}", count(story.visits, "visit", "visits")))?;
        }
        Ok(())
    }

    fn headlines(&mut self, edits: &[Edited]) -> io::Result<()> {
        if !self.title("Headlines rewritten", edits.len())? {
            return Ok(());
        }
        for edit in edits {
            writeln!(
                self.out,
                "  {}  {}",
                self.paint.mark(format!("{:.2}", edit.significance)),
                self.paint.faint(minute(edit.captured_at))
            )?;
            for (mark, headline) in [('-', &edit.old_headline), ('+', &edit.headline)] {
                let lines = wrap(&first_words(headline, 200), self.width.min(100), "        ");
                let (first, rest) =
                    lines.split_first().map_or(("", &[][..]), |(first, rest)| (first.trim_start(), rest));
                writeln!(self.out, "      {mark} {first}")?;
                rest.iter().try_for_each(|line| writeln!(self.out, "{line}"))?;
            }
            self.place(&edit.story, &format!(" #{}", edit.revision))?;
        }
        Ok(())
    }

    fn take_downs(&mut self, stories: &[TakeDown]) -> io::Result<()> {
        if !self.title("Taken down or moved", stories.len())? {
            return Ok(());
        }
        for story in stories {
            let what = format!("{:<5}", story.outcome.as_str());
            self.line(&what, story.captured_at, &story.story, &story.headline)?;
            self.place(&story.story, "")?;
            let to = story.to.as_ref().map(|to| format!("to {to}; ")).unwrap_or_default();
            let back = story.back_at.map_or_else(|| "not yet back".to_owned(), |at| format!("back at {}", minute(at)));
            self.text("        ", &format!("{to}last seen {}; {back}", minute(story.last_seen)))?;
        }
        Ok(())
    }

    fn publishers(&mut self, report: &Report) -> io::Result<()> {
        if !self.title("Publishers", report.publishers.len())? {
            return Ok(());
        }
        let mut grid = Grid::new(&HEADS);
        for publisher in report.publishers.iter().take(PUBLISHERS) {
            grid.row(row(publisher.host.as_deref().unwrap_or("(stories with an id)"), &publisher.figures));
        }
        grid.print(self.out, self.paint, self.width)?;
        match report.publishers.len().saturating_sub(PUBLISHERS) {
            0 => Ok(()),
            more => {
                let more = count(more as u64, "publisher", "publishers");
                writeln!(self.out, "{}", self.paint.faint(format!("and {more} more: --format json or html has all")))
            }
        }
    }
}

const HEADS: [&str; 13] = [
    "publisher",
    "stories",
    "visits",
    "edits",
    "a story",
    "edited",
    "first edit",
    "stealth",
    "notices",
    "headlines",
    "gone",
    "moved",
    "unreachable",
];

fn row(name: &str, figures: &Figures) -> Vec<String> {
    vec![
        for_terminal(name).into_owned(),
        number(figures.stories),
        number(figures.visits),
        number(figures.edits),
        format!("{:.2}", figures.edits_a_story),
        percent(figures.share_edited),
        figures.first_edit_minutes.map_or_else(|| "-".to_owned(), length),
        number(figures.stealth),
        number(figures.corrections),
        number(figures.headlines),
        number(figures.taken_down),
        number(figures.moved),
        percent(figures.share_unreachable),
    ]
}

fn notice(edit: &Edited) -> String {
    format!("{}: ", edit.notice.unwrap_or(NoticeKind::Update).as_str())
}
