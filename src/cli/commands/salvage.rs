//! `morgue salvage`: what can be read of a damaged archive, as a new one.

use std::io::Write;
use std::path::PathBuf;

use morgue::text::safe::for_terminal;
use morgue::{Archive, OpenOptions, SalvageReport};

use super::Run;
use crate::cli::error::{Exit, Failure, Result};
use crate::cli::progress;
use crate::cli::session::Session;
use crate::cli::words::count;

const AFTER_HELP: &str = "\
Nothing in DIR is changed. OUT takes the space of DIR twice for the time of the work. Exit code 4 says that something is \
lost; what is, is printed.

Example:
  morgue salvage hurt saved && morgue --archive saved check";

/// Rebuild what can be read of a damaged archive into a new one, and name what is lost
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Args {
    /// Directory of the damaged archive
    #[arg(value_name = "DIR")]
    from: PathBuf,
    /// Directory for the new archive; must not exist or be empty
    #[arg(value_name = "OUT")]
    to: PathBuf,
}

impl Run for Args {
    fn run(self, session: &Session) -> Result<Exit> {
        let bar = progress::rows(session);
        let options = OpenOptions::default();
        let salvaged = Archive::salvage(&self.from, &self.to, &options, |packs| bar.0.set_position(packs));
        drop(bar);
        let report = salvaged.map_err(|error| match error {
            morgue::Error::Older { .. } => {
                let migrate = format!("run `morgue --archive {} migrate` first, on a copy", self.from.display());
                Failure { hints: vec![migrate], ..error.into() }
            }
            morgue::Error::NotEmpty { .. } => {
                Failure { hints: vec!["name a new or empty directory as OUT".to_owned()], ..error.into() }
            }
            morgue::Error::NoArchive { .. } => Failure { hints: Vec::new(), ..error.into() },
            error => error.into(),
        })?;
        tell(session, &report)?;
        if report.lost.is_empty() {
            return Ok(Exit::Done);
        }
        session.hint("what is lost comes back by `morgue import` of an export, or of what was imported once");
        Ok(Exit::Damage)
    }
}

fn tell(session: &Session, report: &SalvageReport) -> Result<()> {
    let mut out = session.out();
    if session.json() {
        out.json(report)?;
        out.finish()?;
        return Ok(());
    }
    for lost in &report.lost {
        writeln!(out, "lost: {}", for_terminal(&lost.to_string()))?;
    }
    let captures: u64 = report.lost.iter().map(|lost| lost.captures).sum();
    writeln!(
        out,
        "saved {}, {}, {}{}: {}",
        count(report.stories, "story", "stories"),
        count(report.captures, "capture", "captures"),
        count(report.texts, "text", "texts"),
        if report.carved { ", reading the engine's files byte by byte" } else { "" },
        match captures {
            0 if report.lost.is_empty() => "nothing is lost".to_owned(),
            0 => format!("{} lost", count(report.lost.len() as u64, "alias is", "aliases are")),
            captures => format!("{} lost", count(captures, "capture is", "captures are")),
        }
    )?;
    out.finish()?;
    Ok(())
}
