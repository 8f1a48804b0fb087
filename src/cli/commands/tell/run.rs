//! Telling, once or for ever.

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::thread;
use std::time::Duration;

use morgue::fetch::SystemClock;
use morgue::text::safe::for_terminal;
use morgue::track::tags_of;
use morgue::track::tell::{Config, Report, TargetReport, Teller};
use morgue::{Archive, StoryKey};

use super::Args;
use crate::cli::commands::changes::fingerprint;
use crate::cli::commands::track::file_of;
use crate::cli::error::{Exit, Failure, Result};
use crate::cli::interrupt;
use crate::cli::output::Output;
use crate::cli::session::Session;
use crate::cli::words::{count, minute};

/// How often to look for changes.
const POLL: Duration = Duration::from_millis(1_000);

/// How often each target was tried and why in vain, as far as it was said: once is enough.
type Said = BTreeMap<String, Option<(u32, String)>>;

pub(super) fn run(args: &Args, session: &Session) -> Result<Exit> {
    let teller = teller(args, session)?;
    let mut said = Said::default();
    let mut out = session.out();
    if args.dry_run {
        let archive = session.read()?;
        let report = teller.preview(&archive, &SystemClock, &|story| tags(&archive, story))?;
        print(session, &report, "would be told", &mut said, &mut out)?;
        out.finish()?;
        return Ok(Exit::Done);
    }
    if args.once {
        interrupt::catch("stopping after this round; Ctrl-C again to stop at once");
        let exit = drain(session, &teller, &mut said, &mut out)?.0;
        out.finish()?;
        return Ok(exit);
    }
    interrupt::catch("");
    follow(session, &teller, &mut said, &mut out)
}

fn teller(args: &Args, session: &Session) -> Result<Teller> {
    let path = match &args.config {
        Some(path) => path.clone(),
        // The list of what is followed is there as well.
        None => file_of(&session.directory()?),
    };
    let text = fs::read_to_string(&path).map_err(|error| {
        Failure::file("read", &path, &error)
            .hint("name the file that describes the targets with --config FILE; `morgue tell --help` shows one")
    })?;
    let none = || {
        Failure::new(format!("{}: it describes no target", path.display()))
            .hint("a target is a [[tell]] with a name and a kind; `morgue tell --help` shows one")
    };
    teller_of(&text, &path)?.ok_or_else(none)
}

/// Returns what tells the targets that the text of a file describes, if it describes any.
pub(in crate::cli::commands) fn teller_of(text: &str, path: &Path) -> Result<Option<Teller>> {
    let failed = |error: &dyn std::fmt::Display| Failure::new(format!("{}: {error}", path.display()));
    let config = Config::parse(text).map_err(|error| failed(&error))?;
    if config.tell.is_empty() {
        return Ok(None);
    }
    Teller::new(&config.tell, &|name| env::var(name).ok()).map(Some).map_err(|error| failed(&error))
}

/// The tags of a story. What is wrong with the archive comes to light where it is told of.
pub(in crate::cli::commands) fn tags(archive: &Archive, story: &StoryKey) -> Vec<String> {
    tags_of(archive, story).unwrap_or_default()
}

/// Tells all that there is to tell now. Also returns the last report.
fn drain(session: &Session, teller: &Teller, said: &mut Said, out: &mut Output) -> Result<(Exit, Report)> {
    let archive = session.write(None)?;
    let mut exit = Exit::Done;
    loop {
        let report = teller.tell(&archive, &SystemClock, &|story| tags(&archive, story))?;
        print(session, &report, "told", said, out)?;
        out.flush()?;
        if report.targets.iter().any(|target| target.held.is_some() || !target.dropped.is_empty()) {
            exit = Exit::Error;
        }
        if !report.has_more() || interrupt::stopped() {
            return Ok((exit, report));
        }
    }
}

/// The archive is open only while it is told from: one that stayed open would shut out those who write what is waited for.
fn follow(session: &Session, teller: &Teller, said: &mut Said, out: &mut Output) -> Result<Exit> {
    let directory = session.directory()?;
    let (mut seen, mut next) = (None, None);
    while !interrupt::stopped() {
        let is_due = next.is_some_and(|next| next <= session.now());
        if is_due || seen != Some(fingerprint(&directory)) {
            match drain(session, teller, said, out) {
                Ok((_, report)) => {
                    // Telling touches the files too.
                    (seen, next) = (Some(fingerprint(&directory)), report.next());
                }
                Err(failure) if failure.exit == Exit::InUse => {}
                Err(failure) => return Err(failure),
            }
        }
        thread::sleep(POLL);
    }
    Ok(Exit::Interrupted)
}

fn print(session: &Session, report: &Report, verb: &str, said: &mut Said, out: &mut Output) -> Result<()> {
    for target in &report.targets {
        let is_news = !target.told.is_empty() || !target.dropped.is_empty() || target.held.is_some();
        if session.json() {
            if is_news {
                out.json(target)?;
            }
            continue;
        }
        for told in &target.told {
            writeln!(out, "{}  {}", out.paint.strong(&target.target), for_terminal(&told.subject))?;
        }
        out.flush()?;
        say(session, target, verb, said);
    }
    Ok(())
}

/// Says on stderr how it went.
fn say(session: &Session, target: &TargetReport, verb: &str, said: &mut Said) {
    let name = &target.target;
    for dropped in &target.dropped {
        session.warn(&format!("{name}: dropped {:?}: {}", dropped.subject, dropped.reason));
    }
    let held = target.held.as_ref();
    let known = said.insert(name.clone(), held.map(|held| (held.tries, held.reason.clone())));
    if let Some(held) = held.filter(|held| known.flatten() != Some((held.tries, held.reason.clone()))) {
        let tries = count(held.tries.into(), "try", "tries");
        session.warn(&format!("{name}: not told after {tries}: {}; again after {}", held.reason, minute(held.until)));
    }
    let changes: u64 = target.told.iter().map(|told| told.changes).sum();
    session.detail(&format!("{name}: {} {verb}", count(changes, "change", "changes")));
}
