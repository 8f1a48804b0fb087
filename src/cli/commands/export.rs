//! `morgue export`: captures as JSON Lines.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use morgue::exchange::{write_alias, write_capture};
use morgue::{Archive, Exported, StoryKey};

use super::Run;
use crate::cli::error::{Exit, Failure, Result};
use crate::cli::session::Session;
use crate::cli::words::count;
use crate::cli::{input, progress, resolve};

const AFTER_HELP: &str = "\
The order is canonical: archives that hold the same captures export the same bytes. \
`morgue import` of an export gives the same archive.

Example:
  morgue export -o backup.jsonl";

/// Write captures as JSON Lines
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Args {
    /// Stories to export [default: all]
    #[arg(value_name = "STORY")]
    stories: Vec<String>,
    /// File to write, in place of stdout; it appears when it is whole
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

impl Run for Args {
    fn run(self, session: &Session) -> Result<Exit> {
        let archive = session.read()?;
        let stories: Vec<StoryKey> = self
            .stories
            .iter()
            .map(|text| resolve::story(&archive, text).map(|story| story.story))
            .collect::<Result<_>>()?;
        let rows = match self.output.filter(|path| !input::is_stdin(path)) {
            Some(path) => to_file(session, &archive, &stories, &path)?,
            None => {
                let mut out = session.out();
                let rows = write(session, &archive, &stories, &mut out, &Failure::from)?;
                out.finish()?;
                rows
            }
        };
        session.note(&count(rows, "row", "rows"));
        Ok(Exit::Done)
    }
}

/// Writes beside the file and renames at the end: what stands under the name is whole.
fn to_file(session: &Session, archive: &Archive, stories: &[StoryKey], path: &Path) -> Result<u64> {
    let mut part = path.as_os_str().to_owned();
    part.push(".part");
    let part = PathBuf::from(part);
    let failed = |error: io::Error| Failure::file("write", path, &error);
    let mut file = BufWriter::with_capacity(1 << 20, File::create(&part).map_err(failed)?);
    let written = write(session, archive, stories, &mut file, &failed).and_then(|rows| {
        let file = file.into_inner().map_err(|error| failed(error.into_error()))?;
        file.sync_all().and_then(|()| fs::rename(&part, path)).map_err(failed)?;
        Ok(rows)
    });
    if written.is_err() {
        let _ = fs::remove_file(&part);
    }
    written
}

fn write(
    session: &Session,
    archive: &Archive,
    stories: &[StoryKey],
    out: &mut impl Write,
    failed: &dyn Fn(io::Error) -> Failure,
) -> Result<u64> {
    let bar = progress::rows(session);
    let mut rows = 0;
    for fact in archive.export(stories)? {
        match fact? {
            Exported::Capture(capture) => write_capture(&mut *out, &capture).map_err(failed)?,
            Exported::Alias(alias) => write_alias(&mut *out, &alias).map_err(failed)?,
            // A kind of fact that this command does not know must not be lost without a word.
            other => return Err(Failure::new(format!("this version cannot export {other:?}"))),
        }
        rows += 1;
        bar.0.inc(1);
    }
    Ok(rows)
}
