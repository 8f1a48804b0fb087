//! `morgue diff`: what changed.

use std::io::Write;

use clap::ValueEnum;
use morgue::diff::{self, ArticleDiff, render};
use morgue::{Archive, Article, Memento, Revision, RevisionKind, Selector, StoryKey};
use serde::Serialize;

use super::Run;
use crate::cli::error::{Exit, Result};
use crate::cli::output::Output;
use crate::cli::resolve;
use crate::cli::session::Session;
use crate::cli::words::{minute, title};

const AFTER_HELP: &str = "\
Without selectors: the latest edit. With one: from it to the latest. With two: from the first to the second. \
Quote '#1', which is a comment to most shells. Exit code 1 says that they differ.

Example:
  morgue diff bridge first @2026-03-01
  morgue diff bridge '#1' '#3' --format html > changes.html";

/// Show what changed between two revisions
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Args {
    /// URL, id, or a part of either or of the headline
    story: String,
    /// The older revision: @, first, '#3', ~2, @2022-03-29, or digits of its hash
    old: Option<Selector>,
    /// The newer revision [default: the latest]
    new: Option<Selector>,
    /// How to show it; --json is --format json
    #[arg(long, value_enum)]
    format: Option<Format>,
}

/// How to show a diff.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For reading on a terminal (the default)
    Ansi,
    /// As `diff -u` does, for tools
    Unified,
    /// The diff itself, for programs
    Json,
    /// A page of HTML that stands alone
    Html,
    /// Old and new beside each other
    SideBySide,
    /// For issues and messages
    Markdown,
}

/// What is compared, and what the sides are called.
pub(super) struct Sides<'a> {
    pub(super) old: &'a Article,
    pub(super) new: &'a Article,
    pub(super) old_label: String,
    pub(super) new_label: String,
    pub(super) title: String,
}

#[derive(Serialize)]
struct JsonDiff<'a> {
    story: &'a StoryKey,
    old: &'a Revision,
    new: &'a Revision,
    #[serde(flatten)]
    diff: &'a ArticleDiff,
}

impl Run for Args {
    fn run(self, session: &Session) -> Result<Exit> {
        let archive = session.read()?;
        let story = resolve::story(&archive, &self.story)?.story;
        let Some((old, new)) = self.mementos(session, &archive, &story)? else { return Ok(Exit::Done) };
        let diff = diff::compare(&old.article, &new.article, &options(&old.revision, &new.revision));
        match Format::chosen(self.format, session) {
            Format::Json => {
                let mut out = session.out();
                out.json(&JsonDiff { story: &story, old: &old.revision, new: &new.revision, diff: &diff })?;
                out.finish()?;
            }
            format => print(session, &diff, &sides(&old, &new), format)?,
        }
        Ok(if diff.identical { Exit::Done } else { Exit::Differs })
    }
}

impl Args {
    /// The two that are meant; `None`, with a word, when the story has but one revision.
    fn mementos(&self, session: &Session, archive: &Archive, story: &StoryKey) -> Result<Option<(Memento, Memento)>> {
        let (old, new) = match &self.old {
            Some(old) => (old.clone(), self.new.clone().unwrap_or(Selector::Latest)),
            None => match latest_change(&archive.revisions(story)?) {
                Some((old, new)) => (Selector::Number(old), Selector::Number(new)),
                None => {
                    // Tells apart a story without any article.
                    resolve::memento(archive, story, &Selector::Latest)?;
                    session.note(&format!("{story} has not changed since it was first captured"));
                    return Ok(None);
                }
            },
        };
        Ok(Some((resolve::memento(archive, story, &old)?, resolve::memento(archive, story, &new)?)))
    }
}

/// How two revisions are compared: with what the publisher says of when they were modified.
pub(super) fn options(old: &Revision, new: &Revision) -> diff::Options {
    let mut options = diff::Options::default();
    (options.old_modified_at, options.new_modified_at) = (old.modified_at, new.modified_at);
    options
}

/// The latest edit and what it is compared with; where nothing was edited, the latest change of any kind.
fn latest_change(revisions: &[Revision]) -> Option<(u64, u64)> {
    let pair = |revision: &Revision| Some((revision.previous?, revision.number));
    let is_edit = |revision: &&Revision| matches!(revision.kind, RevisionKind::Edit | RevisionKind::Restored);
    revisions.iter().rev().filter(is_edit).find_map(pair).or_else(|| revisions.iter().rev().find_map(pair))
}

fn sides<'a>(old: &'a Memento, new: &'a Memento) -> Sides<'a> {
    let label = |memento: &Memento| {
        format!("{} #{}, captured {}", memento.story, memento.revision.number, minute(memento.revision.first_captured))
    };
    Sides {
        old: &old.article,
        new: &new.article,
        old_label: label(old),
        new_label: label(new),
        title: title(&new.article),
    }
}

impl Format {
    pub(super) fn chosen(format: Option<Self>, session: &Session) -> Self {
        format.unwrap_or(if session.json() { Self::Json } else { Self::Ansi })
    }
}

/// Prints a diff in any format but JSON.
pub(super) fn print(session: &Session, diff: &ArticleDiff, sides: &Sides<'_>, format: Format) -> Result<()> {
    let for_eyes = matches!(format, Format::Ansi | Format::SideBySide | Format::Unified);
    let mut out = if for_eyes { session.paged() } else { session.out() };
    if diff.degraded {
        session.note("these texts are too long and too unlike for a word-by-word comparison of all their parts: some are shown replaced");
    }
    let options = render::Options {
        width: columns(&out, format),
        color: out.paint.on,
        old_label: sides.old_label.clone(),
        new_label: sides.new_label.clone(),
        title: sides.title.clone(),
        exact: !session.is_terminal(),
    };
    let (old, new) = (sides.old, sides.new);
    if format == Format::Ansi {
        heading(&mut out, diff, sides)?;
    }
    let text = match format {
        Format::Ansi | Format::Json => render::ansi(diff, old, new, &options),
        Format::Unified => render::unified(diff, old, new, &options),
        Format::Html => render::html(diff, old, new, &options),
        Format::SideBySide => render::side_by_side(diff, old, new, &options),
        Format::Markdown => render::markdown(diff, old, new, &options),
    };
    out.write_all(text.as_bytes())?;
    out.finish()?;
    Ok(())
}

/// Two columns of text need more room than one.
fn columns(out: &Output, format: Format) -> usize {
    match format {
        Format::SideBySide => out.width.unwrap_or(120).min(200),
        _ => out.width.unwrap_or(80).min(100),
    }
}

fn heading(out: &mut Output, diff: &ArticleDiff, sides: &Sides<'_>) -> Result<()> {
    use morgue::text::safe::for_terminal;
    writeln!(out, "{}", out.paint.faint(format!("from {}", for_terminal(&sides.old_label))))?;
    writeln!(out, "{}", out.paint.faint(format!("to   {}", for_terminal(&sides.new_label))))?;
    writeln!(out, "{}", out.paint.strong(&diff.summary))?;
    writeln!(out)?;
    Ok(())
}
