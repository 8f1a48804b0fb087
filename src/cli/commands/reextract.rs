//! `morgue reextract`: kept pages, read again.

use super::Run;
use crate::cli::error::{Exit, Result};
use crate::cli::session::Session;

const AFTER_HELP: &str = "\
Each page that an earlier version of the rules has read is read by the present ones. What they make of it counts in the \
stead of what was read then, under the same time: a better text is no edit. Stopped at any moment, it can be run again.

Example:
  morgue reextract --dry-run";

/// Read the kept pages again by the present rules
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Args {
    /// Stories to read again [default: all]
    #[arg(value_name = "STORY")]
    stories: Vec<String>,
    /// Say what would change, and change nothing
    #[arg(long)]
    dry_run: bool,
}

#[cfg(feature = "page")]
impl Run for Args {
    fn run(self, session: &Session) -> Result<Exit> {
        use std::io::Write;

        use morgue::exchange::{ReextractOptions, reextract};

        use crate::cli::words::count;
        use crate::cli::{progress, resolve};

        let archive = if self.dry_run { session.read()? } else { session.write(None)? };
        let _reads = (!self.dry_run).then(|| session.serve(&archive, "reading pages again"));
        let stories = self.stories.iter().map(|text| resolve::story(&archive, text).map(|story| story.story));
        let stories = stories.collect::<Result<Vec<_>>>()?;
        let bar = progress::rows(session);
        let options = ReextractOptions { dry_run: self.dry_run };
        let report = reextract(&archive, &stories, &options, |pages| bar.0.set_position(pages))?;
        drop(bar);
        let mut out = session.out();
        if session.json() {
            out.json(&report)?;
        } else {
            let verb = if self.dry_run { "would read" } else { "read" };
            writeln!(
                out,
                "{verb} {} again: {}",
                count(report.pages, "page", "pages"),
                if report.changed == 0 {
                    "nothing reads otherwise".to_owned()
                } else {
                    format!("{} otherwise", count(report.changed, "reads", "read"))
                },
            )?;
        }
        out.finish()?;
        Ok(Exit::Done)
    }
}

#[cfg(not(feature = "page"))]
impl Run for Args {
    fn run(self, _: &Session) -> Result<Exit> {
        let Self { stories: _, dry_run: _ } = self;
        Err(crate::cli::error::Failure::new("this build cannot read pages")
            .hint("build it with the feature `page`, which the default features have"))
    }
}
