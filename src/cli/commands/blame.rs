//! `morgue blame`: in which revision each sentence came.

use std::io::Write;

use morgue::diff::{self, Field, Removed, Sentence, Span};
use morgue::text::safe::for_terminal;
use morgue::{BlamedStory, Selector, StoryKey, Timestamp};
use serde::Serialize;

use super::Run;
use crate::cli::error::{Exit, Result};
use crate::cli::output::{Output, Paint};
use crate::cli::resolve;
use crate::cli::session::Session;
use crate::cli::table::{pad, wrap};
use crate::cli::words::minute;

const AFTER_HELP: &str = "\
Each sentence stands after the revision in which it came and when that was captured; ~#5 says that #5 edited it last. \
A sentence that is moved, edited, split or merged stays the same while half of its words do; typography is no edit. \
Every revision up to the one shown is read and compared.

Example:
  morgue blame bridge
  morgue blame bridge '#3' --removed";

/// Show in which revision each sentence came
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Args {
    /// URL, id, or a part of either or of the headline
    story: String,
    /// Which revision: @, first, '#3', ~2, @2022-03-29, or digits of its hash
    #[arg(default_value = "@", hide_default_value = true)]
    selector: Selector,
    /// Show what was removed, too
    #[arg(long)]
    removed: bool,
}

#[derive(Serialize)]
struct Row<'a> {
    story: &'a StoryKey,
    field: Field,
    #[serde(flatten)]
    span: Span,
    text: &'a str,
    revision: u64,
    captured_at: Option<Timestamp>,
    edited_revision: Option<u64>,
    edited_at: Option<Timestamp>,
    #[serde(flatten)]
    removed: Option<RemovedIn>,
}

/// What a row says of a sentence that is gone; its place is the one in `last_revision`.
#[derive(Serialize)]
struct RemovedIn {
    last_revision: u64,
    removed_revision: u64,
    removed_at: Option<Timestamp>,
}

impl Run for Args {
    fn run(self, session: &Session) -> Result<Exit> {
        let archive = session.read()?;
        let story = resolve::story(&archive, &self.story)?.story;
        let Some(found) = archive.blame(&story, &self.selector, &diff::Options::default())? else {
            // Says what there is instead.
            resolve::memento(&archive, &story, &self.selector)?;
            return Ok(Exit::Nothing);
        };
        let mut out = if session.json() { session.out() } else { session.paged() };
        if session.json() {
            rows(&found, self.removed, &mut out)?;
        } else {
            Page::of(&found, &out).print(self.removed, &mut out)?;
        }
        out.finish()?;
        if let Some(first) = found.revisions.first().filter(|first| first.number > 1) {
            session.note(&format!(
                "the earliest is #{}: texts of other extractors are not compared with it",
                first.number
            ));
        }
        Ok(Exit::Done)
    }
}

fn rows(found: &BlamedStory, removed: bool, out: &mut Output) -> Result<()> {
    let at = |number: u64| found.revision(number).map(|revision| revision.first_captured);
    let blamed = &found.blamed;
    let row = |field, span, text, revision, edited: Option<u64>| Row {
        story: &found.story,
        field,
        span,
        text,
        revision,
        captured_at: at(revision),
        edited_revision: edited,
        edited_at: edited.and_then(at),
        removed: None,
    };
    for Sentence { field, span, since, edited, .. } in blamed.sentences.iter().copied() {
        out.json(&row(field, span, span.of(field, &blamed.article), since, edited))?;
    }
    for gone in blamed.removed.iter().filter(|_| removed) {
        let removed =
            RemovedIn { last_revision: gone.last, removed_revision: gone.removed_in, removed_at: at(gone.removed_in) };
        let row = row(gone.field, gone.span, &gone.text, gone.since, gone.edited);
        out.json(&Row { removed: Some(removed), ..row })?;
    }
    Ok(())
}

/// What is printed for people: a margin with the origin, and the sentence beside it.
struct Page<'a> {
    found: &'a BlamedStory,
    /// The columns of the numbers in the margin.
    numbers: usize,
    edits: usize,
    /// The columns of the text; `None` where lines may be of any length.
    columns: Option<usize>,
}

/// The narrowest and the widest text beside the margin.
const COLUMNS: (usize, usize) = (20, 80);

impl<'a> Page<'a> {
    fn of(found: &'a BlamedStory, out: &Output) -> Self {
        let blamed = &found.blamed;
        let sentences = blamed.sentences.iter().map(|sentence| (sentence.since, sentence.edited));
        let removed = blamed.removed.iter().map(|gone| (gone.since, gone.edited));
        let (mut numbers, mut edits) = (0, 0);
        for (since, edited) in sentences.chain(removed) {
            numbers = numbers.max(format!("#{since}").len());
            edits = edits.max(edited.map_or(0, |edited| format!(" ~#{edited}").len()));
        }
        let margin = numbers + edits + 2 + "2026-03-02 07:30".len() + 2;
        let columns = out.width.map(|width| width.saturating_sub(margin).clamp(COLUMNS.0, COLUMNS.1));
        Self { found, numbers, edits, columns }
    }

    fn print(&self, removed: bool, out: &mut Output) -> Result<()> {
        if let Some(revision) = self.found.revisions.last() {
            let story = for_terminal(self.found.story.as_str());
            let (number, kind) = (revision.number, revision.kind.as_str());
            let about = format!("{story} #{number} ({kind}), captured {}", minute(revision.first_captured));
            writeln!(out, "{}", out.paint.faint(about))?;
        }
        let blamed = &self.found.blamed;
        let mut last = None;
        for Sentence { field, span, since, edited, .. } in blamed.sentences.iter().copied() {
            let paragraph = (field == Field::Body).then_some(span.para);
            if last != Some(paragraph) {
                writeln!(out)?;
            }
            last = Some(paragraph);
            self.sentence(field, span.of(field, &blamed.article), (since, edited), out)?;
        }
        if removed { self.removed(out) } else { Ok(()) }
    }

    fn removed(&self, out: &mut Output) -> Result<()> {
        let mut last = None;
        for Removed { text, field, since, edited, removed_in, .. } in &self.found.blamed.removed {
            if last != Some(removed_in) {
                let when = self.found.revision(*removed_in).map(|revision| minute(revision.first_captured));
                let heading = format!("Removed in #{removed_in}, {}", when.unwrap_or_default());
                writeln!(out, "\n{}", out.paint.strong(heading))?;
            }
            last = Some(removed_in);
            // Among paragraphs that are gone a headline would pass for one.
            let label = match field {
                Field::Headline => "headline: ",
                Field::Deck => "deck: ",
                _ => "",
            };
            self.sentence(*field, &format!("{label}{text}"), (*since, *edited), out)?;
        }
        Ok(())
    }

    /// `#1 ~#5  2026-03-02 07:30  The old bridge was closed.`
    fn sentence(&self, field: Field, text: &str, origin: (u64, Option<u64>), out: &mut Output) -> Result<()> {
        let text = for_terminal(text);
        let text = if field == Field::Byline { format!("By {text}") } else { text.into_owned() };
        let lines = self.columns.map_or_else(|| vec![text.clone()], |columns| wrap(&text, columns, ""));
        let (mut margin, indent) = self.margin(origin, out.paint);
        for line in lines {
            let line = if field == Field::Headline { out.paint.strong(line) } else { line };
            writeln!(out, "{}{line}", std::mem::replace(&mut margin, indent.clone()))?;
        }
        Ok(())
    }

    /// What stands before the first line of a sentence, and before the others.
    fn margin(&self, (since, edited): (u64, Option<u64>), paint: Paint) -> (String, String) {
        let when = self.found.revision(since).map(|revision| minute(revision.first_captured)).unwrap_or_default();
        let number = pad(&format!("#{since}"), self.numbers);
        let edited = edited.map(|edited| format!(" ~#{edited}")).unwrap_or_default();
        let gap = " ".repeat((self.edits + 2).saturating_sub(edited.len()));
        let indent = " ".repeat(self.numbers + self.edits + 2 + when.len() + 2);
        let edited = if edited.is_empty() { edited } else { paint.help(edited) };
        (format!("{}{edited}{gap}{}  ", paint.mark(number), paint.faint(when)), indent)
    }
}
