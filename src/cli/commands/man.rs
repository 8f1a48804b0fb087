//! `morgue man`: the manual.

use std::fs;
use std::io::Write;
use std::path::PathBuf;

use clap::{Command, CommandFactory};
use clap_mangen::Man;

use super::Run;
use crate::cli::args::Cli;
use crate::cli::error::{Exit, Failure, Result};
use crate::cli::session::Session;

/// Print the manual
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  morgue man | man -l -\n  morgue man --dir ~/.local/share/man/man1")]
pub(crate) struct Args {
    /// Write a page for each command into this directory
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
}

impl Run for Args {
    fn run(self, session: &Session) -> Result<Exit> {
        let mut command = Cli::command().disable_help_subcommand(true);
        command.build();
        let Some(dir) = self.dir else {
            let mut out = session.out();
            out.write_all(named(&whole(&command)?).as_bytes())?;
            out.finish()?;
            return Ok(Exit::Done);
        };
        fs::create_dir_all(&dir).map_err(|error| Failure::file("make", &dir, &error))?;
        let mut pages = vec![("morgue".to_owned(), command.clone())];
        pages.extend(command.get_subcommands().map(|sub| (format!("morgue-{}", sub.get_name()), sub.clone())));
        for (name, page) in pages {
            let path = dir.join(format!("{name}.1"));
            let mut roff = Vec::new();
            Man::new(page).title(name).render(&mut roff)?;
            fs::write(&path, named(&roff)).map_err(|error| Failure::file("write", &path, &error))?;
            session.note(&path.display().to_string());
        }
        Ok(Exit::Done)
    }
}

/// What stands after the options is notes to a reader.
fn named(roff: &[u8]) -> String {
    String::from_utf8_lossy(roff).replace("SH EXTRA", "SH NOTES").replace("SS EXTRA", "SS NOTES")
}

/// The page of the command, then a section for each of its commands.
fn whole(command: &Command) -> Result<Vec<u8>> {
    let mut roff = Vec::new();
    Man::new(command.clone()).render(&mut roff)?;
    for sub in command.get_subcommands() {
        let mut section = Vec::new();
        let man = Man::new(sub.clone());
        man.render_synopsis_section(&mut section)?;
        man.render_description_section(&mut section)?;
        man.render_options_section(&mut section)?;
        man.render_extra_section(&mut section)?;
        let name = format!("morgue {}", sub.get_name()).to_uppercase();
        writeln!(roff, ".SH \"{name}\"")?;
        roff.extend(String::from_utf8_lossy(&section).replace(".SH ", ".SS ").into_bytes());
    }
    Ok(roff)
}
