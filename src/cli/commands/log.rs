//! `morgue log`: what became of a story.

use std::collections::VecDeque;
use std::io::Write;

use morgue::diff::{self, Summary};
use morgue::text::safe::for_terminal;
use morgue::{
    Archive, Article, ArticleHash, Capture, Outcome, OutcomeKind, Revision, RevisionKind, Story, StoryKey, Timestamp,
};
use serde::Serialize;

use super::Run;
use crate::cli::error::{Exit, Result};
use crate::cli::output::Output;
use crate::cli::resolve;
use crate::cli::session::Session;
use crate::cli::table::wrap;
use crate::cli::words::{claimed, count, first_words, minute, title};

const AFTER_HELP: &str = "\
Times are when the archive captured them, in UTC; what the publisher claims is marked as such.

Example:
  morgue log bridge";

/// Show the revisions of a story, newest first
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Args {
    /// URL, id, or a part of either or of the headline
    story: String,
    /// Show cosmetic revisions and single captures too
    #[arg(long)]
    all: bool,
}

#[derive(Serialize)]
struct RevisionRow<'a> {
    story: &'a StoryKey,
    revision: u64,
    kind: RevisionKind,
    hash: ArticleHash,
    first_captured: Timestamp,
    last_captured: Timestamp,
    captures: u64,
    headline: &'a str,
    words: usize,
    published_at: Option<Timestamp>,
    modified_at: Option<Timestamp>,
    summary: Option<Summary>,
}

#[derive(Serialize)]
struct CaptureRow<'a> {
    story: &'a StoryKey,
    captured_at: Timestamp,
    outcome: OutcomeKind,
    hash: Option<ArticleHash>,
    detail: Option<String>,
}

/// One thing that is told.
enum Event<'a> {
    Revision(&'a Revision),
    Capture(&'a Capture),
}

impl Run for Args {
    fn run(self, session: &Session) -> Result<Exit> {
        let archive = session.read()?;
        let story = resolve::story(&archive, &self.story)?;
        let captures = archive.captures(&story.story)?;
        let revisions = morgue::fold(&captures);
        let mut texts = Texts::new(&archive, &story.story, &revisions)?;
        let mut out = if session.json() { session.out() } else { session.paged() };
        if !session.json() {
            let latest = revisions.last().map(|revision| texts.get(revision.number)).transpose()?;
            head(&story, latest.as_ref(), &mut out)?;
        }
        for event in events(&revisions, &captures, self.all) {
            match (event, session.json()) {
                (Event::Revision(revision), true) => json(&story.story, revision, &mut texts, &mut out)?,
                (Event::Revision(revision), false) => line(revision, &mut texts, &mut out)?,
                (Event::Capture(capture), true) if self.all => out.json(&row(&story.story, capture))?,
                (Event::Capture(_), true) => {}
                (Event::Capture(capture), false) => capture_line(capture, &mut out)?,
            }
        }
        out.finish()?;
        Ok(Exit::Done)
    }
}

/// What is told, newest first: revisions, and the captures that saw no article. Of these, a run of the same is told once, by its
/// first. With `all`, every capture that is not the first of a revision too.
fn events<'a>(revisions: &'a [Revision], captures: &'a [Capture], all: bool) -> Vec<Event<'a>> {
    let mut coming = revisions.iter().peekable();
    let mut events = Vec::new();
    let mut last: Option<&Capture> = None;
    for capture in captures {
        let starts = coming.next_if(|revision| {
            Some(revision.hash) == capture.outcome.article() && revision.first_captured == capture.captured_at
        });
        let told = match (starts, &capture.outcome) {
            (Some(revision), _) => {
                (all || revision.kind != RevisionKind::Cosmetic).then_some(Event::Revision(revision))
            }
            (None, Outcome::Article(_) | Outcome::NotModified) => all.then_some(Event::Capture(capture)),
            (None, outcome) => {
                (all || last.is_none_or(|last| last.outcome != *outcome)).then_some(Event::Capture(capture))
            }
        };
        events.extend(told);
        last = Some(capture);
    }
    events.reverse();
    events
}

fn head(story: &Story, latest: Option<&Article>, out: &mut Output) -> Result<()> {
    // A text without a headline is known by its first words.
    for line in latest.map(|article| wrap(&title(article), out.prose_width(), "")).unwrap_or_default() {
        writeln!(out, "{}", out.paint.strong(line))?;
    }
    writeln!(out, "{}", for_terminal(story.story.as_str()))?;
    for alias in &story.aliases {
        writeln!(out, "{}", out.paint.faint(format!("also {}", for_terminal(alias.as_str()))))?;
    }
    let (first, last) = (minute(story.first_captured), minute(story.last_captured));
    let when = if first == last { first } else { format!("{first} to {last}") };
    let many = count(story.captures, "capture", "captures");
    writeln!(
        out,
        "{}",
        out.paint.faint(format!("{}, {many}, {when}", count(story.revisions, "revision", "revisions")))
    )?;
    writeln!(out)?;
    Ok(())
}

fn line(revision: &Revision, texts: &mut Texts<'_>, out: &mut Output) -> Result<()> {
    let (article, summary) = texts.describe(revision)?;
    let mut told = match (&summary, revision.kind) {
        (Some(summary), RevisionKind::Edit | RevisionKind::Cosmetic | RevisionKind::Restored) => summary.to_string(),
        _ => count(article.words() as u64, "word", "words"),
    };
    if summary.as_ref().is_some_and(|summary| summary.headline_changed) && !article.headline.is_empty() {
        told = format!("{told}; now \"{}\"", first_words(&article.headline, 80));
    }
    let number = format!("#{:<3}", revision.number);
    let kind = format!("{:<8}", revision.kind.as_str());
    entry(out, (&number, &minute(revision.first_captured), &kind), &told)?;
    let claims = claims(revision);
    let is_news = texts.before(revision).is_none_or(|before| self::claims(before) != claims);
    if is_news && !claims.is_empty() {
        writeln!(out, "      {}", out.paint.faint(claims))?;
    }
    Ok(())
}

/// What the publisher says of a revision's dates; told where it differs from the revision before.
fn claims(revision: &Revision) -> String {
    let claims = [("published", revision.published_at), ("modified", revision.modified_at)];
    let claims = claims.into_iter().filter_map(|(name, at)| Some(format!("{name} {}", claimed(at?))));
    claims.collect::<Vec<_>>().join(", ")
}

fn capture_line(capture: &Capture, out: &mut Output) -> Result<()> {
    let kind = match capture.outcome.kind() {
        OutcomeKind::Article => "again",
        kind => kind.as_str(),
    };
    let told = detail(capture).unwrap_or_default();
    entry(out, ("    ", &minute(capture.captured_at), &format!("{kind:<8}")), &told)
}

/// `#3   2026-03-02 14:05  edit      what changed`; what does not fit goes below.
fn entry(out: &mut Output, (number, time, kind): (&str, &str, &str), told: &str) -> Result<()> {
    let told = for_terminal(told);
    let used = number.len() + 1 + time.len() + 2 + kind.len() + 2;
    let fits = out.width.is_none_or(|width| used + textwrap::core::display_width(&told) <= width);
    let start = format!("{} {}  {}", out.paint.mark(number), out.paint.faint(time), out.paint.strong(kind.trim_end()));
    let gap = " ".repeat(kind.len() - kind.trim_end().len());
    match (told.is_empty(), fits) {
        (true, _) => writeln!(out, "{start}")?,
        (false, true) => writeln!(out, "{start}{gap}  {told}")?,
        (false, false) => {
            writeln!(out, "{start}")?;
            for line in wrap(&told, out.width.unwrap_or(80), "      ") {
                writeln!(out, "{line}")?;
            }
        }
    }
    Ok(())
}

fn detail(capture: &Capture) -> Option<String> {
    match &capture.outcome {
        Outcome::Moved(to) => Some(format!("to {to}")),
        Outcome::Unreachable(cause) => Some(cause.clone()),
        _ => capture.observation.status.map(|status| format!("status {status}")),
    }
}

fn row<'a>(story: &'a StoryKey, capture: &Capture) -> CaptureRow<'a> {
    CaptureRow {
        story,
        captured_at: capture.captured_at,
        outcome: capture.outcome.kind(),
        hash: capture.outcome.text_hash(),
        detail: detail(capture),
    }
}

fn json(story: &StoryKey, revision: &Revision, texts: &mut Texts<'_>, out: &mut Output) -> Result<()> {
    let (article, summary) = texts.describe(revision)?;
    out.json(&RevisionRow {
        story,
        revision: revision.number,
        kind: revision.kind,
        hash: revision.hash,
        first_captured: revision.first_captured,
        last_captured: revision.last_captured,
        captures: revision.captures,
        headline: &article.headline,
        words: article.words(),
        published_at: revision.published_at,
        modified_at: revision.modified_at,
        summary,
    })?;
    Ok(())
}

type Articles<'a> = Box<dyn Iterator<Item = Result<Article, morgue::Error>> + 'a>;

/// The articles of a story, read newest first and only as far as they are asked for: older texts are packed against newer ones,
/// so that this order is the cheap one, and the first line of a long log comes at once.
struct Texts<'a> {
    archive: &'a Archive,
    story: &'a StoryKey,
    revisions: &'a [Revision],
    reader: Articles<'a>,
    /// The number of the revision that `reader` gives next.
    next: u64,
    kept: VecDeque<(u64, Article)>,
}

/// A revision and the one that it is compared with are almost always neighbours; several extractors in turn need a few more.
const KEPT: usize = 16;

impl<'a> Texts<'a> {
    fn new(archive: &'a Archive, story: &'a StoryKey, revisions: &'a [Revision]) -> Result<Self> {
        let reader = archive.articles(story, revisions.iter().rev().map(|revision| revision.hash))?;
        Ok(Self {
            archive,
            story,
            revisions,
            reader: Box::new(reader),
            next: revisions.len() as u64,
            kept: VecDeque::new(),
        })
    }

    /// Returns the article of a revision, and what changed from the one that it is compared with.
    fn describe(&mut self, revision: &Revision) -> Result<(Article, Option<Summary>)> {
        let article = self.get(revision.number)?;
        let Some(previous) = revision.previous else { return Ok((article, None)) };
        let before = self.get(previous)?;
        let summary = diff::compare(&before, &article, &diff::Options::default()).summary;
        Ok((article, Some(summary)))
    }

    /// Revisions are numbered from 1, without gaps.
    fn numbered(&self, number: u64) -> Option<&'a Revision> {
        self.revisions.get(usize::try_from(number.checked_sub(1)?).ok()?)
    }

    fn before(&self, revision: &Revision) -> Option<&'a Revision> {
        self.numbered(revision.number.checked_sub(1)?)
    }

    fn get(&mut self, number: u64) -> Result<Article> {
        while self.next >= number && self.next - number < KEPT as u64 {
            let Some(article) = self.reader.next() else { break };
            self.kept.push_back((self.next, article?));
            self.next -= 1;
            if self.kept.len() > KEPT {
                self.kept.pop_front();
            }
        }
        if let Some((_, article)) = self.kept.iter().find(|(kept, _)| *kept == number) {
            return Ok(article.clone());
        }
        let hash = self
            .numbered(number)
            .map(|revision| revision.hash)
            .ok_or_else(|| morgue::Error::NoStory(self.story.clone()))?;
        Ok(self.archive.article(self.story, &hash)?)
    }
}
