//! What is followed, and how it goes.

use std::io::Write;

use morgue::Archive;
use morgue::text::safe::for_terminal;
use morgue::track::{SourceStatus, Status as Found, Watchlist};

use super::{file_of, live};
use crate::cli::error::{Exit, Result};
use crate::cli::output::Paint;
use crate::cli::session::Session;
use crate::cli::words::{count, minute, number};

/// Says how it goes.
#[derive(Debug, clap::Args)]
pub(super) struct Status {
    /// Print the counters in the text format of Prometheus
    #[arg(long, conflicts_with = "json")]
    prometheus: bool,
    /// Say it once, also on a terminal, where it is else kept up to date for as long as a tracker runs
    #[arg(long)]
    once: bool,
}

/// The status of the archive, with the list as it stands in the file.
pub(super) fn found(session: &Session, archive: &Archive) -> Result<Found> {
    let mut status = Found::of(archive)?;
    let path = file_of(&session.directory()?);
    if path.exists() {
        // What a person has changed since the tracker looked.
        let list = Watchlist::of_file(&path)?;
        let old = std::mem::take(&mut status.sources);
        for source in list.sources() {
            let known = old.iter().find(|known| known.source.url == source.url);
            status
                .sources
                .push(known.map_or_else(|| SourceStatus::new(source.clone()), |known| known.with(source.clone())));
        }
    }
    Ok(status)
}

pub(super) fn list(session: &Session) -> Result<Exit> {
    let archive = session.read()?;
    let status = found(session, &archive)?;
    let mut out = session.out();
    for source in &status.sources {
        if session.json() {
            out.json(source)?;
        } else {
            print(source, out.paint, &mut out)?;
        }
    }
    out.finish()?;
    if status.sources.is_empty() {
        session.note("nothing is followed");
        session.hint("`morgue track add URL` follows a feed, a sitemap, a front page or a story");
    }
    Ok(if status.sources.is_empty() { Exit::Nothing } else { Exit::Done })
}

fn print(status: &SourceStatus, paint: Paint, out: &mut impl Write) -> Result<()> {
    let source = &status.source;
    let title = source.name.as_deref().or(status.title.as_deref());
    writeln!(out, "{}", paint.strong(for_terminal(title.unwrap_or(&source.url))))?;
    if title.is_some() {
        writeln!(out, "  {}", for_terminal(&source.url))?;
    }
    let kind = status.found.or(source.kind).map(|kind| kind.to_string());
    let stories = (status.stories > 0).then(|| count(status.stories, "story", "stories"));
    let every = source.every.map(|every| format!("every {every}"));
    let tags = (!source.tags.is_empty()).then(|| source.tags.join(", "));
    let next = status.due_at.map(|at| format!("next {}", minute(at)));
    let state = if source.paused { Some("paused".to_owned()) } else { next };
    let visited = status
        .visited_at
        .map_or_else(|| Some("not visited yet".to_owned()), |at| Some(format!("visited {}", minute(at))));
    let parts: Vec<String> = [kind, stories, visited, state, every, tags].into_iter().flatten().collect();
    writeln!(out, "  {}", paint.faint(for_terminal(&parts.join("; "))))?;
    if let Some(failure) = &status.failure {
        let times = if status.failures > 1 {
            format!(" ({} times in a row)", number(status.failures.into()))
        } else {
            String::new()
        };
        writeln!(out, "  {}", paint.bad(for_terminal(&format!("failed: {failure}{times}"))))?;
    }
    Ok(())
}

impl Status {
    pub(super) fn run(self, session: &Session) -> Result<Exit> {
        let archive = session.read()?;
        let is_live = session.is_terminal() && !(self.once || self.prometheus || session.json());
        if is_live && archive.is_served() {
            drop(archive);
            return live::show(session);
        }
        let status = found(session, &archive)?;
        let mut out = session.out();
        if self.prometheus {
            write!(out, "{}", status.counts.prometheus())?;
        } else if session.json() {
            out.json(&status)?;
        } else {
            tell(&status, &archive, out.paint, &mut out)?;
        }
        out.finish()?;
        Ok(Exit::Done)
    }
}

pub(super) fn tell(status: &Found, archive: &Archive, paint: Paint, out: &mut impl Write) -> Result<()> {
    let counts = &status.counts;
    let paused = status.sources.iter().filter(|source| source.source.paused).count() as u64;
    let failing = status.sources.iter().filter(|source| source.failure.is_some()).count() as u64;
    let many = count(status.sources.len() as u64, "source", "sources");
    writeln!(out, "sources    {many}, {} paused, {} failing", number(paused), number(failing))?;
    writeln!(out, "stories    {} visited, {} no longer", number(status.stories), number(status.ended))?;
    let visits = count(counts.visits, "visit", "visits");
    writeln!(
        out,
        "visits     {visits}, {} not modified, {} unreachable",
        number(counts.not_modified),
        number(counts.unreachable)
    )?;
    writeln!(out, "requests   {}", number(counts.requests))?;
    writeln!(out, "edits      {}", number(counts.edits))?;
    let next = status.sources.iter().filter_map(|source| source.due_at).min();
    if let Some(next) = next {
        writeln!(out, "next       source at {}", minute(next))?;
    }
    writeln!(out, "archive    {}", count(archive.stats()?.captures, "capture", "captures"))?;
    for host in &status.troubled {
        let line = format!(
            "{}: no good answer {} in a row, left alone until {}",
            host.host,
            count(host.failures.into(), "time", "times"),
            minute(host.until)
        );
        writeln!(out, "{}", paint.mark(for_terminal(&line)))?;
    }
    for source in status.sources.iter().filter(|source| source.failure.is_some()) {
        print(source, paint, out)?;
    }
    Ok(())
}
