//! `morgue story`: which names are of one story.

use std::io::Write;

use morgue::text::safe::for_terminal;
use morgue::{Alias, AliasDates, Durability, StoryKey};
use serde::Serialize;

use super::Run;
use crate::cli::error::{Exit, Failure, Result};
use crate::cli::resolve;
use crate::cli::session::Session;
use crate::cli::words::{minute, shell_word};

const AFTER_HELP: &str = "\
Pages say by their links which names are of one story. Where they are wrong, or say nothing, a person decides, and that \
counts more than what any page says later. `merge` and `split` undo each other.

Example:
  morgue story aliases bridge
  morgue story split https://news.example/bridge-opens";

/// Say which names are of one story
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP, subcommand_required = true, arg_required_else_help = true)]
#[command(disable_help_subcommand = true)]
pub(crate) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, clap::Subcommand)]
enum Verb {
    /// List the names of a story: since when, and what was decided
    Aliases {
        /// URL, id, or a part of either or of the headline
        story: String,
    },
    /// Make one story of two
    Merge {
        /// The story that becomes a part of the other
        story: String,
        /// The story that gives its name
        into: String,
    },
    /// Take a name out of its story, with what was captured under it
    Split {
        /// The name: a URL or an id, whole
        name: String,
        /// Undo only what connects it with this name
        #[arg(long, value_name = "NAME")]
        from: Option<String>,
    },
}

/// The summary for scripts.
#[derive(Serialize)]
struct Summary<'a> {
    changed: bool,
    story: StoryKey,
    facts: &'a [Alias],
}

impl Run for Args {
    fn run(self, session: &Session) -> Result<Exit> {
        match self.verb {
            Verb::Aliases { story } => aliases(session, &story),
            Verb::Merge { story, into } => merge(session, &story, &into),
            Verb::Split { name, from } => split(session, &name, from.as_deref()),
        }
    }
}

fn aliases(session: &Session, story: &str) -> Result<Exit> {
    let archive = session.read()?;
    let story = resolve::story(&archive, story)?.story;
    let facts = archive.aliases(&story)?;
    let mut out = session.out();
    if !session.json() && !facts.is_empty() {
        writeln!(out, "{}", out.paint.strong(for_terminal(story.as_str())))?;
    }
    for fact in &facts {
        if session.json() {
            out.json(fact)?;
        } else {
            let (alias, of) = (for_terminal(fact.alias.as_str()), for_terminal(fact.of.as_str()));
            writeln!(out, "{alias}")?;
            writeln!(out, "  {}", out.paint.faint(about(&of, fact.dates)))?;
        }
    }
    out.finish()?;
    if facts.is_empty() {
        session.note("the story has no other name");
    }
    Ok(if facts.is_empty() { Exit::Nothing } else { Exit::Done })
}

fn about(of: &str, dates: AliasDates) -> String {
    let AliasDates { since, merged_at, split_at } = dates;
    let seen = since.map(|at| format!("since {}", minute(at)));
    match (dates.holds(), merged_at, split_at) {
        (true, Some(at), _) => format!("names {of}, merged {}", minute(at)),
        (false, _, Some(at)) => format!("does not name {of} any more, split {}", minute(at)),
        _ => format!("names {of}, {}", seen.unwrap_or_else(|| "date not known".to_owned())),
    }
}

fn merge(session: &Session, story: &str, into: &str) -> Result<Exit> {
    let archive = session.write(None)?;
    let (story, into) = (resolve::story(&archive, story)?.story, resolve::story(&archive, into)?.story);
    if story == into {
        session.note(&format!("{story} is one story already"));
        return Ok(Exit::Done);
    }
    let changed = archive.merge_stories(&story, &into, session.now(), Durability::Synced)?;
    let name = resolve::story(&archive, into.as_str())?.story;
    let mut out = session.out();
    if session.json() {
        out.json(&Summary { changed, story: name, facts: &archive.aliases(&story)? })?;
        out.finish()?;
        return Ok(Exit::Done);
    }
    writeln!(out, "{} is a part of {} now", for_terminal(story.as_str()), for_terminal(name.as_str()))?;
    out.finish()?;
    let (story, into) = (shell_word(story.as_str()), shell_word(into.as_str()));
    session.hint(&format!("to undo it: morgue story split {story} --from {into}"));
    Ok(Exit::Done)
}

fn split(session: &Session, name: &str, from: Option<&str>) -> Result<Exit> {
    let archive = session.write(None)?;
    let key = |text: &str| StoryKey::parse(text).map_err(|error| Failure::of(&error));
    let (name, from) = (key(name)?, from.map(key).transpose()?);
    let cut = match archive.split_story(&name, from.as_ref(), session.now(), Durability::Synced) {
        Err(morgue::Error::NoStory(name)) => {
            return Err(Failure::nothing(format!("no story has the name {name}"))
                .hint("`morgue story aliases STORY` lists the names of a story"));
        }
        cut => cut?,
    };
    let mut out = session.out();
    if session.json() {
        out.json(&Summary { changed: !cut.is_empty(), story: name, facts: &cut })?;
        out.finish()?;
        return Ok(if cut.is_empty() { Exit::Nothing } else { Exit::Done });
    }
    for fact in &cut {
        let other = if fact.alias == name { &fact.of } else { &fact.alias };
        writeln!(out, "{} and {} are two stories", for_terminal(name.as_str()), for_terminal(other.as_str()))?;
    }
    out.finish()?;
    if cut.is_empty() {
        session.note(&format!("nothing connects {name} with another name directly"));
        return Ok(Exit::Nothing);
    }
    for fact in &cut {
        let (alias, of) = (shell_word(fact.alias.as_str()), shell_word(fact.of.as_str()));
        session.hint(&format!("to undo it: morgue story merge {alias} {of}"));
    }
    Ok(Exit::Done)
}
