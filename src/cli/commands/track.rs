//! `morgue track`: following stories as they change.

use std::path::{Path, PathBuf};

use morgue::track::{Error, Every, Source, SourceKind, Watchlist};

use super::Run;
use crate::cli::args::Making;
use crate::cli::error::{Exit, Failure, MAKE_ROOM, Result, found_no_room};
use crate::cli::session::Session;

mod edit;
mod live;
mod opml;
mod probe;
mod run;
mod status;
mod telling;

const AFTER_HELP: &str = "\
A source is a feed, a sitemap, a front page or one story: which, is found out. What is followed stands in the archive and in the \
file track.toml in its directory, which you may edit; a tracker that is running takes changes over.

A story is visited often while it is new and ever more rarely later, and more often where it, or its site, was found to change. \
Servers are asked as robots.txt allows, one request at a time a host, and left alone for as long as they ask.

Example:
  morgue track add https://news.example/feed.xml
  morgue track run";

/// Follow stories as they change
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP, subcommand_required = true, arg_required_else_help = true)]
#[command(disable_help_subcommand = true)]
pub(crate) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, clap::Subcommand)]
enum Verb {
    /// Follow sources: feeds, sitemaps, front pages, single stories
    Add(Add),
    /// List what is followed
    List,
    /// Leave sources alone for now, and the stories that no other source lists
    Pause(Names),
    /// Follow paused sources again
    Resume(Names),
    /// Follow sources no more; what was archived stays
    Remove(Names),
    /// Show what would be found at a URL, and archive nothing
    Test(probe::Test),
    /// Visit what is due, when it is due
    Run(run::Run),
    /// Say what was done, what failed, and what is next
    Status(status::Status),
    /// Follow the feeds of an OPML list
    Import {
        /// The file; - for stdin
        file: PathBuf,
    },
    /// Write the feeds as an OPML list
    Export {
        /// The file to write in place of stdout
        #[arg(short, long, value_name = "FILE")]
        output: Option<PathBuf>,
    },
}

#[derive(Debug, clap::Args)]
struct Add {
    /// Where the sources are
    #[arg(required = true, value_name = "URL")]
    urls: Vec<String>,
    /// What to call it
    #[arg(long)]
    name: Option<String>,
    /// How often to look for new stories, such as 15m or 2h [default: as often as there are any]
    #[arg(long, value_name = "PAUSE")]
    every: Option<Every>,
    /// A word for its stories, to filter by; can be given several times
    #[arg(long = "tag", value_name = "TAG")]
    tags: Vec<String>,
    /// What it is, where it is not to be found out
    #[arg(long, value_parser = kind)]
    kind: Option<SourceKind>,
    /// Fetch from private addresses too, such as those of this machine
    #[arg(long)]
    allow_private: bool,
    #[command(flatten)]
    making: Making,
}

#[derive(Debug, clap::Args)]
struct Names {
    /// Names or URLs of sources
    #[arg(required = true, value_name = "SOURCE")]
    names: Vec<String>,
}

fn kind(text: &str) -> Result<SourceKind, String> {
    let kinds = [SourceKind::Feed, SourceKind::Sitemap, SourceKind::Section, SourceKind::Story];
    let found = kinds.into_iter().find(|kind| kind.as_str() == text);
    found.ok_or_else(|| "expected feed, sitemap, section or story".to_owned())
}

impl Run for Args {
    fn run(self, session: &Session) -> Result<Exit> {
        match self.verb {
            Verb::Add(add) => edit::add(session, add),
            Verb::List => status::list(session),
            Verb::Pause(names) => edit::pause(session, &names.names, true),
            Verb::Resume(names) => edit::pause(session, &names.names, false),
            Verb::Remove(names) => edit::remove(session, &names.names),
            Verb::Test(test) => test.run(session),
            Verb::Run(run) => run.run(session),
            Verb::Status(status) => status.run(session),
            Verb::Import { file } => opml::import(session, &file),
            Verb::Export { output } => opml::export(session, output.as_deref()),
        }
    }
}

/// The file with the list, in the directory of the archive.
pub(super) fn file_of(directory: &Path) -> PathBuf {
    directory.join("track.toml")
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        match error {
            Error::Archive(error) => error.into(),
            Error::File { .. } => {
                Self::of(&error).hint("nothing was changed: mend the file, or move it away to have it written anew")
            }
            Error::Io { ref source, .. } if found_no_room(source) => Self::of(&error).hint(MAKE_ROOM),
            Error::State { .. } => Self::of(&error).hint("use a newer morgue for it"),
            error => Self::of(&error),
        }
    }
}

/// What a source is called, and where it is.
fn titled(source: &Source) -> String {
    match &source.name {
        Some(name) => format!("{name} ({})", source.url),
        None => source.url.clone(),
    }
}

/// The list as it stands, for those who only read.
fn list_of(session: &Session) -> Result<Watchlist> {
    let path = file_of(&session.directory()?);
    // The file is what people see; the archive has the same, but for what they have changed since.
    if path.exists() { Ok(Watchlist::of_file(&path)?) } else { Ok(Watchlist::of(&session.read()?)?) }
}
