//! Changing the list.

use std::path::Path;

use morgue::track::{Source, Watchlist};
use morgue::{Archive, EngineKind};
use serde::Serialize;

use super::{Add, file_of, titled};
use crate::cli::error::{Exit, Failure, Result};
use crate::cli::session::Session;

/// The summary for scripts.
#[derive(Serialize)]
struct Summary {
    changed: Vec<String>,
    sources: usize,
}

/// Changes the list, in the archive and in the file; in the file alone while another process has the archive: if that is a tracker,
/// it takes the change over.
pub(super) fn change(
    session: &Session,
    engine: Option<EngineKind>,
    makes: bool,
    change: impl FnOnce(&mut Watchlist) -> Result<Vec<String>>,
) -> Result<Exit> {
    let directory = session.directory()?;
    let path = file_of(&directory);
    let opened = if makes || directory.exists() { session.write(engine) } else { session.read() };
    let (changed, list) = match opened {
        Ok(archive) => in_both(&archive, &path, change)?,
        Err(failure) if failure.exit == Exit::InUse => {
            let mut list = Watchlist::of_file(&path)?;
            let changed = change(&mut list)?;
            list.save_file(&path)?;
            session.note("another process has the archive open: if it is a tracker, it takes this over");
            (changed, list)
        }
        Err(failure) => return Err(failure),
    };
    if session.json() {
        let mut out = session.out();
        out.json(&Summary { changed, sources: list.sources().len() })?;
        out.finish()?;
    } else {
        changed.iter().for_each(|line| session.note(line));
    }
    Ok(Exit::Done)
}

fn in_both(
    archive: &Archive,
    path: &Path,
    change: impl FnOnce(&mut Watchlist) -> Result<Vec<String>>,
) -> Result<(Vec<String>, Watchlist)> {
    let mut list = Watchlist::sync(archive, path)?;
    let changed = change(&mut list)?;
    list.save(archive, path)?;
    Ok((changed, list))
}

pub(super) fn add(session: &Session, add: Add) -> Result<Exit> {
    let Add { urls, name, every, tags, kind, allow_private, making } = add;
    if name.is_some() && urls.len() > 1 {
        return Err(Failure::new("--name is for one source").hint("add the others by themselves"));
    }
    let sources = urls.into_iter().map(|url| Source {
        name: name.clone(),
        every,
        tags: tags.clone(),
        kind,
        allow_private,
        ..Source::new(url)
    });
    let sources: Vec<Source> = sources.collect();
    change(session, making.engine, true, |list| {
        let before = list.sources().len();
        for source in sources {
            list.add(source)?;
        }
        let added = list.sources().iter().skip(before);
        Ok(added.map(|source| format!("follows {}", titled(source))).collect())
    })
}

pub(super) fn pause(session: &Session, names: &[String], paused: bool) -> Result<Exit> {
    change(session, None, false, |list| {
        let mut changed = Vec::new();
        for name in names {
            let source = list.change(name, |source| source.paused = paused).ok_or_else(|| unknown(name))?;
            changed.push(format!("{} {}", if paused { "paused" } else { "follows again" }, titled(source)));
        }
        Ok(changed)
    })
}

pub(super) fn remove(session: &Session, names: &[String]) -> Result<Exit> {
    change(session, None, false, |list| {
        let mut changed = Vec::new();
        for name in names {
            let source = list.remove(name).ok_or_else(|| unknown(name))?;
            changed.push(format!("no longer follows {}", titled(&source)));
        }
        Ok(changed)
    })
}

fn unknown(name: &str) -> Failure {
    Failure::nothing(format!("no source is called {name:?}")).hint("`morgue track list` shows them")
}
