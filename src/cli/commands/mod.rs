//! The commands, one file each. A new command is its file and two lines here: `mod` and the list.

use super::error::{Exit, Result};
use super::session::Session;

mod add;
mod backup;
mod blame;
mod changes;
mod check;
mod compact;
mod compare;
mod completions;
mod copy;
mod diff;
mod export;
mod import;
mod list;
mod log;
mod man;
mod migrate;
mod reextract;
mod reindex;
mod report;
mod salvage;
mod show;
mod stats;
mod story;
#[cfg(feature = "track")]
mod tell;
mod timeline;
#[cfg(feature = "track")]
mod track;

/// What a command does with its arguments.
trait Run {
    fn run(self, session: &Session) -> Result<Exit>;
}

macro_rules! commands {
    ($($(#[$when:meta])* $name:ident => $module:ident),* $(,)?) => {
        /// The commands.
        #[derive(Debug, clap::Subcommand)]
        pub(crate) enum Command {
            $($(#[$when])* $name($module::Args)),*
        }

        impl Command {
            /// Runs the command.
            pub(crate) fn run(self, session: &Session) -> Result<Exit> {
                match self {
                    $($(#[$when])* Self::$name(args) => Run::run(args, session)),*
                }
            }
        }
    };
}

// In the order of the help.
commands! {
    Add => add,
    Import => import,
    Export => export,
    List => list,
    Log => log,
    Timeline => timeline,
    Show => show,
    Diff => diff,
    Compare => compare,
    Blame => blame,
    Changes => changes,
    Report => report,
    Story => story,
    #[cfg(feature = "track")]
    Track => track,
    #[cfg(feature = "track")]
    Tell => tell,
    Check => check,
    Reindex => reindex,
    Reextract => reextract,
    Compact => compact,
    Backup => backup,
    Copy => copy,
    Salvage => salvage,
    Stats => stats,
    Migrate => migrate,
    Completions => completions,
    Man => man,
}
