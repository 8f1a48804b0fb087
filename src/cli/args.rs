//! What stands before and after every command.

use std::path::PathBuf;
use std::sync::LazyLock;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Parser, ValueEnum};

use morgue::EngineKind;

use super::commands::Command;

static VERSION: LazyLock<String> =
    LazyLock::new(|| format!("{} (archive format {})", env!("CARGO_PKG_VERSION"), morgue::FORMAT_VERSION));

const AFTER_HELP: &str = "\
A story is named by its URL, its id, or a part of either or of its headline. A selector says which revision of it: \
@ (latest), first, '#3', ~2 (two before the latest), @2022-03-29 (as it was then), or the first digits of a hash.

Exit codes: 0 done, 1 nothing found or different, 2 error, 3 archive in use, 4 damage, 5 other format.

Example:
  morgue add bridge.txt && morgue log bridge";

/// Archive news articles in all their versions
#[derive(Debug, Parser)]
#[command(name = "morgue", version = VERSION.as_str(), max_term_width = 100, after_help = AFTER_HELP)]
#[command(disable_help_subcommand = true, subcommand_required = true, arg_required_else_help = true)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) globals: Globals,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What every command takes.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "General options")]
pub(crate) struct Globals {
    /// Directory of the archive [default: $MORGUE_ARCHIVE, else morgue in the user's data directory]
    #[arg(long, value_name = "DIR", global = true)]
    pub(crate) archive: Option<PathBuf>,
    /// Print JSON: lines from commands that read, a summary from commands that write
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// When to use colour; NO_COLOR and CLICOLOR_FORCE are heeded
    #[arg(long, value_name = "WHEN", value_enum, default_value_t = Colour::Auto, global = true)]
    pub(crate) color: Colour,
    /// Print to a terminal without a pager
    #[arg(long, global = true)]
    pub(crate) no_pager: bool,
    /// Say nothing on stderr but errors
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub(crate) quiet: bool,
    /// Say more on stderr
    #[arg(short, long, action = clap::ArgAction::Count, global = true)]
    pub(crate) verbose: u8,
}

/// What every command takes that makes an archive where there is none.
#[derive(Debug, Clone, Args)]
pub(crate) struct Making {
    /// Engine for a new archive, which keeps it: sled [default] or fjall
    #[arg(long, value_name = "ENGINE", hide_possible_values = true, value_parser = engines())]
    pub(crate) engine: Option<EngineKind>,
}

/// The engines of this program.
fn engines() -> impl TypedValueParser<Value = EngineKind> {
    let built = EngineKind::ALL.into_iter().filter(|engine| engine.is_built());
    PossibleValuesParser::new(built.map(EngineKind::name)).try_map(|name| name.parse::<EngineKind>())
}

// Plain comments: described values would stretch the help of every command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Colour {
    Auto,
    Always,
    Never,
}
