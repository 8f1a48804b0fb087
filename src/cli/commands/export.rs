//! `morgue export`: captures as JSON Lines, or as a web archive.

mod git;
mod sinks;

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use morgue::{Archive, Exported, StoryKey};

use super::Run;
use crate::cli::error::{Exit, Failure, Result};
use crate::cli::session::Session;
use crate::cli::words::count;
use crate::cli::{input, progress, resolve};

use sinks::{Format, Written};

const AFTER_HELP: &str = "\
The order is canonical: archives that hold the same captures export the same rows. \
`morgue import` of JSON Lines or WARC gives the same archive. git is a stream of revisions for `git fast-import`; \
ninjs has articles alone.

Example:
  morgue export -o backup.jsonl";

/// Write captures as JSON Lines, or in another format
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Args {
    /// Stories to export [default: all]
    #[arg(value_name = "STORY")]
    stories: Vec<String>,
    /// What to write
    #[arg(long, value_enum, default_value_t = Format::Jsonl)]
    format: Format,
    /// File to write, in place of stdout; it appears when it is whole
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Index of a WARC file, in CDXJ [default: beside the file that -o names]
    #[arg(long, value_name = "FILE")]
    cdxj: Option<PathBuf>,
}

impl Run for Args {
    fn run(self, session: &Session) -> Result<Exit> {
        if self.cdxj.is_some() && !self.format.has_index() {
            return Err(Failure::new("--cdxj is the index of a WARC file").hint("add --format warc"));
        }
        let archive = session.read()?;
        let stories: Vec<StoryKey> = self
            .stories
            .iter()
            .map(|text| resolve::story(&archive, text).map(|story| story.story))
            .collect::<Result<_>>()?;
        let output = self.output.filter(|path| !input::is_stdin(path));
        let beside = || output.as_deref().filter(|_| self.format.has_index()).map(sinks::beside);
        let index = self.cdxj.or_else(beside).map(Part::create).transpose()?;
        let pour = Pour { session, archive: &archive, stories: &stories, format: self.format };
        let (rows, written) = match output {
            Some(path) => pour.to_file(path)?,
            None => {
                let mut out = session.out();
                let written = pour.to(&mut out, "-", &Failure::from)?;
                out.finish()?;
                written
            }
        };
        if let Some(mut index) = index {
            let lines = written.index.iter().try_for_each(|line| writeln!(index.file, "{line}"));
            lines.map_err(|error| index.failed(&error))?;
            index.finish()?;
        }
        if written.left_out > 0 {
            let what = count(written.left_out, "fact was", "facts were");
            session.warn(&format!("{what} left out, as the format has no place for them; JSON Lines and WARC have"));
        }
        let (one, many) = if self.format == Format::Git { ("commit", "commits") } else { ("row", "rows") };
        session.note(&count(rows - written.left_out, one, many));
        Ok(Exit::Done)
    }
}

/// A file under another name until it is whole. Gone when it is dropped before that.
pub(super) struct Part {
    path: PathBuf,
    part: PathBuf,
    pub(super) file: BufWriter<File>,
}

impl Part {
    pub(super) fn create(path: PathBuf) -> Result<Self> {
        let mut part = path.as_os_str().to_owned();
        part.push(".part");
        let part = PathBuf::from(part);
        let file = File::create(&part).map_err(|error| Failure::file("write", &path, &error))?;
        Ok(Self { path, part, file: BufWriter::with_capacity(1 << 20, file) })
    }

    pub(super) fn failed(&self, error: &io::Error) -> Failure {
        Failure::file("write", &self.path, error)
    }

    pub(super) fn finish(mut self) -> Result<()> {
        let synced = self.file.flush().and_then(|()| self.file.get_ref().sync_all());
        synced.and_then(|()| fs::rename(&self.part, &self.path)).map_err(|error| self.failed(&error))
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        // After `finish` there is none.
        let _ = fs::remove_file(&self.part);
    }
}

/// All facts on their way out.
struct Pour<'a> {
    session: &'a Session,
    archive: &'a Archive,
    stories: &'a [StoryKey],
    format: Format,
}

/// The number of facts, and what else was written.
type Poured = (u64, Written);

impl Pour<'_> {
    fn to_file(&self, path: PathBuf) -> Result<Poured> {
        let name = path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
        let mut part = Part::create(path)?;
        let path = part.path.clone();
        let written = self.to(&mut part.file, &name, &|error| Failure::file("write", &path, &error))?;
        part.finish()?;
        Ok(written)
    }

    fn to(&self, out: &mut dyn Write, name: &str, failed: &dyn Fn(io::Error) -> Failure) -> Result<Poured> {
        if self.format == Format::Git {
            return Ok((git::write(self, out, failed)?, Written::default()));
        }
        let mut sink = sinks::open(self.format, out, name, self.session.now()).map_err(failed)?;
        let bar = progress::rows(self.session);
        let mut rows = 0;
        for fact in self.archive.export(self.stories)? {
            match fact? {
                Exported::Capture(capture) => sink.capture(&capture).map_err(failed)?,
                Exported::Alias(alias) => sink.alias(&alias).map_err(failed)?,
                // A kind of fact that this command does not know must not be lost without a word.
                other => return Err(Failure::new(format!("this version cannot export {other:?}"))),
            }
            rows += 1;
            bar.0.inc(1);
        }
        Ok((rows, sink.finish().map_err(failed)?))
    }
}

/// The name of a file with another extension: `a.warc.gz` becomes `a.cdxj`.
fn with_extension(path: &Path, extension: &str) -> PathBuf {
    let is_packed = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("gz"));
    let plain = if is_packed { path.with_extension("") } else { path.to_owned() };
    plain.with_extension(extension)
}
