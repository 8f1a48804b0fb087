//! `morgue log`: what became of a story.

use std::collections::BTreeSet;
use std::io::Write;

use morgue::diff::{Class, Summary};
use morgue::text::safe::for_terminal;
use morgue::{Article, ArticleHash, Capture, Outcome, OutcomeKind, Revision, RevisionKind, Story, StoryKey, Timestamp};
use serde::Serialize;

use super::Run;
use crate::cli::error::{Exit, Result};
use crate::cli::filter::{Account, Wanted, significance};
use crate::cli::output::Output;
use crate::cli::resolve;
use crate::cli::session::Session;
use crate::cli::table::wrap;
use crate::cli::words::{claimed, count, first_words, minute, title};

pub(super) mod texts;

use texts::Texts;

const AFTER_HELP: &str = "\
Times are when the archive captured them, in UTC; what the publisher claims is marked as such. The number before what \
changed says how much it matters, from 0 to 1. With --only or --min-significance the edits that they let through are shown \
and nothing else; exit code 1 says that there is none.

Example:
  morgue log bridge
  morgue log bridge --only number,quote --min-significance 0.2";

/// Show the revisions of a story, newest first
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Args {
    /// URL, id, or a part of either or of the headline
    story: String,
    /// Show cosmetic revisions and single captures too
    #[arg(long)]
    all: bool,
    /// Only edits that change something of these kinds
    #[arg(long, value_name = "CLASS,...", value_enum, value_delimiter = ',')]
    only: Vec<Wanted>,
    /// Only edits that matter at least so much, from 0 to 1
    #[arg(long, value_name = "SHARE", value_parser = significance)]
    min_significance: Option<f64>,
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
    significance: Option<f64>,
    classes: Option<&'a BTreeSet<Class>>,
    summary: Option<&'a Summary>,
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
        // A filter that lets nothing through prints nothing.
        let mut has_head = session.json();
        let mut found = !self.is_filter();
        for event in events(&revisions, &captures, self.all, self.shows_cosmetic()) {
            let revision = match event {
                Event::Revision(revision) => Some((revision, texts.describe(revision)?)),
                Event::Capture(_) => None,
            };
            if !self.admits(revision.as_ref().and_then(|(_, (_, account))| account.as_ref())) {
                continue;
            }
            found = true;
            if !std::mem::replace(&mut has_head, true) {
                let latest = revisions.last().map(|revision| texts.get(revision.number)).transpose()?;
                head(&story, latest.as_ref(), &mut out)?;
            }
            match (event, revision, session.json()) {
                (_, Some((revision, told)), true) => json(&story.story, revision, &told, &mut out)?,
                (_, Some((revision, told)), false) => line(revision, texts.before(revision), &told, &mut out)?,
                (Event::Capture(capture), _, true) if self.all => out.json(&row(&story.story, capture))?,
                (Event::Capture(capture), _, false) => capture_line(capture, &mut out)?,
                _ => {}
            }
        }
        out.finish()?;
        if !found {
            session.note("no such edits");
        }
        Ok(if found { Exit::Done } else { Exit::Nothing })
    }
}

impl Args {
    const fn is_filter(&self) -> bool {
        !self.only.is_empty() || self.min_significance.is_some()
    }

    /// Whoever asks for changes of typography wants the revisions in which nothing else changed.
    fn shows_cosmetic(&self) -> bool {
        self.all || self.only.contains(&Wanted::Class(Class::Format))
    }

    /// Says whether something is shown that is an edit with this account, or is none.
    fn admits(&self, account: Option<&Account>) -> bool {
        let admits = |account: &Account| {
            (self.only.is_empty() || account.has_any(&self.only)) && account.reaches(self.min_significance)
        };
        !self.is_filter() || account.is_some_and(admits)
    }
}

/// What is told, newest first: revisions, and the captures that saw no article. Of these, a run of the same is told once, by its
/// first. With `all`, every capture that is not the first of a revision too.
fn events<'a>(revisions: &'a [Revision], captures: &'a [Capture], all: bool, cosmetic: bool) -> Vec<Event<'a>> {
    let mut coming = revisions.iter().peekable();
    let mut events = Vec::new();
    let mut last: Option<&Capture> = None;
    let standing = morgue::standing(captures);
    for (place, capture) in captures.iter().enumerate() {
        // What was read again later is told as it was read then.
        if standing.as_ref().is_some_and(|standing| standing.get(place) != Some(&place)) {
            continue;
        }
        let starts = coming.next_if(|revision| {
            Some(revision.hash) == capture.outcome.article() && revision.first_captured == capture.captured_at
        });
        let told = match (starts, &capture.outcome) {
            (Some(revision), _) => {
                (cosmetic || revision.kind != RevisionKind::Cosmetic).then_some(Event::Revision(revision))
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

fn line(
    revision: &Revision,
    before: Option<&Revision>,
    (article, account): &(Article, Option<Account>),
    out: &mut Output,
) -> Result<()> {
    let (mut told, mut weight) = (count(article.words() as u64, "word", "words"), " ".repeat("  0.00".len()));
    if let Some(Account { summary, .. }) = account {
        (told, weight) = (summary.to_string(), format!("  {:.2}", summary.significance));
        if summary.headline_changed && !article.headline.is_empty() {
            told = format!("{told}; now \"{}\"", first_words(&article.headline, 80));
        }
    }
    let number = format!("#{:<3}", revision.number);
    let kind = format!("{:<8}", revision.kind.as_str());
    entry(out, (&number, &minute(revision.first_captured), &kind, &weight), &told)?;
    let claims = claims(revision);
    let is_news = before.is_none_or(|before| self::claims(before) != claims);
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
    entry(out, ("    ", &minute(capture.captured_at), &format!("{kind:<8}"), ""), &told)
}

/// `#3   2026-03-02 14:05  edit      0.25  what changed`; what does not fit goes below.
fn entry(out: &mut Output, (number, time, kind, weight): (&str, &str, &str, &str), told: &str) -> Result<()> {
    let told = for_terminal(told);
    let used = number.len() + 1 + time.len() + 2 + kind.len() + weight.len() + 2;
    let fits = out.width.is_none_or(|width| used + textwrap::core::display_width(&told) <= width);
    let start = format!("{} {}  {}", out.paint.mark(number), out.paint.faint(time), out.paint.strong(kind.trim_end()));
    let weight = if weight.trim().is_empty() { weight.to_owned() } else { out.paint.faint(weight) };
    let gap = format!("{}{weight}", " ".repeat(kind.len() - kind.trim_end().len()));
    if fits && !told.is_empty() {
        writeln!(out, "{start}{gap}  {told}")?;
        return Ok(());
    }
    writeln!(out, "{start}{}", gap.trim_end())?;
    for line in wrap(&told, out.width.unwrap_or(80), "      ") {
        writeln!(out, "{line}")?;
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

fn json(
    story: &StoryKey,
    revision: &Revision,
    (article, account): &(Article, Option<Account>),
    out: &mut Output,
) -> Result<()> {
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
        significance: account.as_ref().map(|account| account.summary.significance),
        classes: account.as_ref().map(|account| &account.classes),
        summary: account.as_ref().map(|account| &account.summary),
    })?;
    Ok(())
}
