//! `morgue import`: captures in bulk.

mod doors;
mod resume;
mod rows;

use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::thread::{self, Scope};
use std::time::Instant;

use morgue::{Archive, Batch, Durability, Incoming, IngestOptions, IngestReport, NewCapture};
use serde::Serialize;

use super::Run;
use crate::cli::args::Making;
use crate::cli::error::{Exit, Failure, Result};
use crate::cli::session::Session;
use crate::cli::words::{count, number};
use crate::cli::{input, interrupt};

use doors::{Doors, Format, Opening};
use resume::Resumed;
use rows::{Rows, Tally};

const AFTER_HELP: &str = "\
JSON Lines, web archives (WARC, ARC), MediaWiki exports, IPTC ninjs, and git repositories of text files are told by how \
they begin; files may be compressed (.gz, .bz2, .zst, .xz, .lzma). A row of JSON Lines has `id` or `url`, `captured_at`, \
and `headline`, `text` and others. What is known already is skipped, so that an import that was stopped can be run again. A bad \
row is reported and skipped, and makes the exit code 2.

Example:
  morgue import captures.jsonl.gz";

/// Archive captures in bulk
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Args {
    /// Files or directories to read; `-` is standard input
    #[arg(required = true, value_name = "FILE|-")]
    files: Vec<PathBuf>,
    /// What the files are [default: told by how they begin]
    #[arg(long, value_enum, default_value_t = Format::Auto, hide_default_value = true)]
    format: Format,
    /// Which files of a git repository to read, such as 'posts/**/*.md'
    #[arg(long, value_name = "GLOB")]
    path: Option<String>,
    #[command(flatten)]
    making: Making,
    /// Keep the text of pages alone, and not the pages that it came from
    #[arg(long)]
    no_raw: bool,
    /// Stop at the first bad row; what came before it is kept
    #[arg(long)]
    strict: bool,
    /// Sync to disk once at the end and not after every 1,000 captures: faster, but a crash loses more
    #[arg(long)]
    buffered: bool,
    /// How many captures to keep between two syncs
    #[arg(long, value_name = "N", default_value_t = IngestOptions::default().batch, hide = true)]
    batch: usize,
}

/// The summary for scripts.
#[derive(Serialize)]
struct Summary {
    read: u64,
    captures: u64,
    known: u64,
    stories: u64,
    revisions: u64,
    aliases: u64,
    rejected: u64,
    seconds: f64,
}

impl Run for Args {
    fn run(self, session: &Session) -> Result<Exit> {
        let are_files = self.look_at_files()?;
        let started = Instant::now();
        let (opening, resumed) = (Opening::default(), Resumed::from_env());
        let tally = Tally::new(session, self.strict, &opening, &resumed);
        thread::scope(|scope| {
            let (archive, incoming) = if are_files {
                // Meanwhile the archive is opened.
                let incoming = self.read(scope, &opening, &tally);
                (self.open(session, &opening, &tally)?, incoming)
            } else {
                // A failure must not wait until a pipe gives something.
                (self.open(session, &opening, &tally)?, self.read(scope, &opening, &tally))
            };
            let reads = session.serve(&archive, "importing");
            interrupt::catch("stopping after this batch; Ctrl-C again stops at once");
            let mut report = resumed.so_far;
            let imported = import(&archive, incoming, &tally, &mut report);
            if let Err(error) = &imported
                && resume::is_stall(error)
            {
                // What hangs cannot be closed: a new process goes on. It returns only when that is not to be.
                tally.finish();
                resumed.again(session, &self.files, &report, &tally)?;
            }
            // An engine may have much to do then, for which somebody waits.
            tally.closing();
            opening.close();
            drop((reads, archive));
            let seconds = resumed.seconds + started.elapsed().as_secs_f64();
            tally.finish();
            // After an error, what the batches before it brought is kept, and said.
            let summary = Summary::of(&report, &tally, seconds);
            tell(session, &summary)?;
            imported?;
            tally.input_failure()?;
            Ok(exit(session, &tally, &summary))
        })
    }
}

impl Args {
    /// A missing file must not be found out after an hour. Says whether all are files or directories: these do not keep one waiting.
    fn look_at_files(&self) -> Result<bool> {
        let mut are_files = true;
        for path in &self.files {
            are_files &= !input::is_stdin(path) && {
                let found = fs::metadata(path).map_err(|error| Failure::file("read", path, &error))?;
                found.is_file() || found.is_dir()
            };
        }
        Ok(are_files)
    }

    /// Begins to read the files.
    fn read<'scope>(
        &'scope self,
        scope: &'scope Scope<'scope, '_>,
        opening: &Opening,
        tally: &'scope Tally<'scope>,
    ) -> Incoming {
        let durability = if self.buffered { Durability::Buffered } else { Durability::Synced };
        let no_raw = self.no_raw;
        let rows = Rows::new(&self.files, Doors::new(opening, self.format, self.path.clone()), tally);
        let rows = rows.map(move |capture| NewCapture { raw: capture.raw.filter(|_| !no_raw), ..capture });
        Incoming::read(scope, rows, &IngestOptions { durability, batch: self.batch })
    }

    /// Opens the archive, and says so to those who read.
    fn open(&self, session: &Session, opening: &Opening, tally: &Tally<'_>) -> Result<Archive> {
        let opened = session.write(self.making.engine);
        opening.end(opened.as_ref().ok());
        opened.inspect_err(|_| tally.finish())
    }
}

impl Summary {
    fn of(report: &IngestReport, tally: &Tally<'_>, seconds: f64) -> Self {
        Self {
            read: report.read + tally.aliases() + tally.bad(),
            captures: report.captures,
            known: report.known,
            stories: report.stories,
            revisions: report.revisions,
            aliases: tally.new_aliases(),
            rejected: tally.bad() + report.rejected,
            seconds: (seconds * 1000.0).round() / 1000.0,
        }
    }
}

/// Archives all rows; `kept` is what was kept so far, also after an error.
fn import(
    archive: &Archive,
    incoming: Incoming,
    tally: &Tally<'_>,
    kept: &mut IngestReport,
) -> Result<(), morgue::Error> {
    let before = *kept;
    let mut failed = None;
    archive.ingest_incoming(incoming, |batch: &Batch| {
        *kept = resume::sum(&before, &batch.so_far);
        tally.batch(batch, before.read);
        if failed.is_none() {
            failed = tally.add_aliases(archive).err();
        }
    })?;
    failed.map_or(Ok(()), Err)?;
    tally.add_aliases(archive)?;
    archive.flush()
}

fn tell(session: &Session, summary: &Summary) -> Result<()> {
    let mut out = session.out();
    if session.json() {
        out.json(summary)?;
    } else {
        let rate = summary.read as f64 / summary.seconds.max(0.001);
        writeln!(
            out,
            "read {} in {:.1} s ({} a second): {} new, {} known, {} rejected",
            count(summary.read, "row", "rows"),
            summary.seconds,
            number(rate as u64),
            count(summary.captures, "capture", "captures"),
            number(summary.known),
            number(summary.rejected),
        )?;
        let aliases = if summary.aliases == 0 {
            String::new()
        } else {
            format!(", {}", count(summary.aliases, "alias", "aliases"))
        };
        let (stories, revisions) =
            (count(summary.stories, "story", "stories"), count(summary.revisions, "revision", "revisions"));
        writeln!(out, "the archive has grown by {stories}, {revisions}{aliases}")?;
    }
    out.finish()?;
    Ok(())
}

fn exit(session: &Session, tally: &Tally<'_>, summary: &Summary) -> Exit {
    if interrupt::stopped() {
        session.note("stopped; what was read is kept");
        session.hint("run the same import again to go on");
        return Exit::Interrupted;
    }
    if tally.was_strict() {
        session.hint("mend the row and run the same import again to go on, or leave out --strict to skip it");
    }
    if summary.rejected > 0 { Exit::Error } else { Exit::Done }
}
