//! `morgue show`: an article as it was.

use std::io::Write;

use morgue::text::safe::for_terminal;
use morgue::{Archive, ArticleHash, Capture, Memento, RawPage, RevisionKind, Selector, StoryKey, Timestamp};
use serde::Serialize;

use super::Run;
use crate::cli::error::{Exit, Failure, Result};
use crate::cli::output::Output;
use crate::cli::session::Session;
use crate::cli::table::wrap;
use crate::cli::words::{claimed, minute};
use crate::cli::{pages, resolve};

const AFTER_HELP: &str = "\
Example:
  morgue show bridge @2026-03-01
  morgue show bridge --canonical | b3sum";

/// Show an article as it was
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Args {
    /// URL, id, or a part of either or of the headline
    story: String,
    /// Which revision: @, first, '#3', ~2, @2022-03-29, or digits of its hash
    #[arg(default_value = "@", hide_default_value = true)]
    selector: Selector,
    /// Print exactly the bytes that were hashed
    #[arg(long, conflicts_with_all = ["html", "json"])]
    canonical: bool,
    /// Print the page as it was fetched, byte by byte
    #[arg(long, conflicts_with_all = ["canonical", "html", "json"])]
    raw: bool,
    /// Print a page of HTML that stands alone
    #[arg(long, conflicts_with = "json")]
    html: bool,
}

/// The article as a row that `import` takes, and what follows from it.
#[derive(Serialize)]
struct Row<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<&'a str>,
    captured_at: Timestamp,
    outcome: &'static str,
    headline: &'a str,
    deck: &'a str,
    byline: &'a [String],
    text: String,
    published_at: Option<Timestamp>,
    modified_at: Option<Timestamp>,
    lang: Option<&'a str>,
    section: Option<&'a str>,
    source: Option<&'a str>,
    status: Option<u16>,
    story: &'a StoryKey,
    revision: u64,
    kind: RevisionKind,
    hash: ArticleHash,
    first_captured: Timestamp,
    last_captured: Timestamp,
    captures: u64,
    words: usize,
}

impl Run for Args {
    fn run(self, session: &Session) -> Result<Exit> {
        let archive = session.read()?;
        let story = resolve::story(&archive, &self.story)?.story;
        let memento = resolve::memento(&archive, &story, &self.selector)?;
        if self.canonical {
            let text = archive.canonical_text(&story, &memento.revision.hash)?;
            let mut out = session.out();
            out.write_all(text.as_bytes())?;
            out.finish()?;
        } else if self.raw {
            let page = raw_page(&archive, &memento)?;
            let mut out = session.out();
            out.write_all(&page.body)?;
            out.finish()?;
        } else if self.html {
            let mut out = session.out();
            out.write_all(pages::article(&memento).as_bytes())?;
            out.finish()?;
        } else if session.json() {
            let captures = archive.captures(&story)?;
            let mut out = session.out();
            out.json(&row(&memento, &captures))?;
            out.finish()?;
        } else {
            let mut out = session.paged();
            page(&memento, &mut out)?;
            out.finish()?;
        }
        Ok(Exit::Done)
    }
}

/// The page of the first capture of a revision that has one.
fn raw_page(archive: &Archive, memento: &Memento) -> Result<RawPage> {
    let (story, revision) = (&memento.story, &memento.revision);
    for capture in archive.captures(story)? {
        let is_of_revision = capture.outcome.article() == Some(revision.hash)
            && (revision.first_captured..=revision.last_captured).contains(&capture.captured_at);
        if is_of_revision && let Some(page) = archive.raw_page(&capture)? {
            return Ok(page);
        }
    }
    Err(Failure::nothing(format!("no page of #{} of {story} was kept", revision.number))
        .hint("only captures that were made of web pages have one, unless --no-raw was given"))
}

fn row<'a>(memento: &'a Memento, captures: &'a [Capture]) -> Row<'a> {
    let (article, revision) = (&memento.article, &memento.revision);
    let first = captures.iter().find(|capture| {
        capture.captured_at == revision.first_captured && capture.outcome.article() == Some(revision.hash)
    });
    let observation = first.map(|capture| &capture.observation);
    let name = memento.story.as_str();
    let is_url = matches!(memento.story, StoryKey::Url(_));
    Row {
        id: (!is_url).then_some(name),
        url: is_url.then_some(name),
        captured_at: revision.first_captured,
        outcome: "article",
        headline: &article.headline,
        deck: &article.deck,
        byline: &article.byline,
        text: article.text(),
        published_at: revision.published_at,
        modified_at: revision.modified_at,
        lang: observation.and_then(|seen| seen.lang.as_deref()),
        section: observation.and_then(|seen| seen.section.as_deref()),
        source: revision.source.as_deref(),
        status: observation.and_then(|seen| seen.status),
        story: &memento.story,
        revision: revision.number,
        kind: revision.kind,
        hash: revision.hash,
        first_captured: revision.first_captured,
        last_captured: revision.last_captured,
        captures: revision.captures,
        words: article.words(),
    }
}

fn page(memento: &Memento, out: &mut Output) -> Result<()> {
    let (article, revision, width) = (&memento.article, &memento.revision, out.prose_width());
    for line in wrap(&for_terminal(&article.headline), width, "") {
        writeln!(out, "{}", out.paint.strong(line))?;
    }
    let byline = if article.byline.is_empty() { String::new() } else { format!("By {}", article.byline.join(", ")) };
    for text in [&article.deck, &byline] {
        wrap(&for_terminal(text), width, "").iter().try_for_each(|line| writeln!(out, "{line}"))?;
    }
    for line in about(memento) {
        writeln!(out, "{}", out.paint.faint(line))?;
    }
    writeln!(
        out,
        "{}",
        out.paint.faint(format!("#{} ({}), {}", revision.number, revision.kind.as_str(), revision.hash.short()))
    )?;
    for paragraph in &article.paragraphs {
        writeln!(out)?;
        wrap(&for_terminal(paragraph), width, "").iter().try_for_each(|line| writeln!(out, "{line}"))?;
    }
    Ok(())
}

/// Where it stood, and whose clock says what.
fn about(memento: &Memento) -> Vec<String> {
    let revision = &memento.revision;
    let mut lines = vec![for_terminal(memento.story.as_str()).into_owned()];
    let claims = [("published", revision.published_at), ("modified", revision.modified_at)];
    let claims = claims.into_iter().filter_map(|(name, at)| Some(format!("{name} {}", claimed(at?))));
    let claims = claims.collect::<Vec<_>>().join(", ");
    lines.extend((!claims.is_empty()).then_some(claims));
    let (first, last) = (minute(revision.first_captured), minute(revision.last_captured));
    lines.push(if first == last { format!("captured {first}") } else { format!("captured {first} to {last}") });
    lines
}
