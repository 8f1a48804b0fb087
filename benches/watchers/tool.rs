//! The tools that are run: where they are, and what they are asked to do.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::changedetection::ChangeDetection;
use crate::common::{disk_of, mb, option};
use crate::ours::{Ours, Setup};
use crate::program::Usage;
use crate::urlwatch::Urlwatch;

/// What a tool follows.
#[derive(Debug, Clone)]
pub(crate) struct Work {
    /// Feeds, sitemaps and fronts that list the stories, for those that read such.
    pub(crate) sources: Vec<String>,
    /// The stories that are there at the beginning, for those that do not.
    pub(crate) stories: Vec<String>,
}

/// What a tool says of a story.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Told {
    pub(crate) url: String,
    pub(crate) what: What,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum What {
    /// It reads otherwise than before.
    Changed,
    /// It is there no more.
    Gone,
}

/// A tool at work.
pub(crate) trait Watcher {
    /// Visits all that is followed, once, and returns what it says of that.
    fn look(&mut self) -> Vec<Told>;

    /// What its processes have used since it began to look.
    fn usage(&self) -> Usage;

    /// Ends it, as a user would.
    fn end(&mut self) {}

    /// Makes what it keeps as small as it can, where it can.
    fn tidy(&mut self) -> bool {
        false
    }
}

/// What a tool that has ended keeps, in MB, and what it comes to when it is made smaller.
pub(crate) fn kept(watcher: &mut dyn Watcher, directory: &Path) -> String {
    // What is written for this bench alone.
    let kept = || mb(disk_of(directory, &|path| path.file_name().is_some_and(|name| name != "log")).allocated);
    let before = kept();
    if watcher.tidy() { format!("{before:.1}, compacted {:.1}", kept()) } else { format!("{before:.1}") }
}

/// A tool that can be run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Tool {
    Ours(Setup),
    Urlwatch(PathBuf),
    ChangeDetection(PathBuf),
}

impl Tool {
    /// Ours, and the others that are installed; of those that are not it is said how to install them.
    pub(crate) fn found() -> Vec<Self> {
        let mut tools = vec![Self::Ours(Setup::Plain), Self::Ours(Setup::NoRaw), Self::Ours(Setup::Fjall)];
        tools.extend(find("urlwatch").map(Self::Urlwatch));
        tools.extend(find("changedetection.io").map(Self::ChangeDetection));
        tools
    }

    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Ours(Setup::Plain) => "morgue",
            Self::Ours(Setup::NoRaw) => "morgue --no-raw",
            Self::Ours(Setup::Fjall) => "morgue on fjall",
            Self::Urlwatch(_) => "urlwatch",
            Self::ChangeDetection(_) => "changedetection.io",
        }
    }

    pub(crate) fn version(&self) -> String {
        match self {
            Self::Ours(_) => env!("CARGO_PKG_VERSION").to_owned(),
            Self::Urlwatch(path) | Self::ChangeDetection(path) => version(path, self.name()),
        }
    }

    /// Sets it up in an empty directory; it has not visited anything yet.
    pub(crate) fn start(&self, work: &Work, directory: &Path) -> Box<dyn Watcher> {
        match self {
            Self::Ours(setup) => Box::new(Ours::start(work, directory, *setup)),
            Self::Urlwatch(program) => Box::new(Urlwatch::start(program, work, directory)),
            Self::ChangeDetection(program) => Box::new(ChangeDetection::start(program, work, directory)),
        }
    }
}

fn find(name: &str) -> Option<PathBuf> {
    let venvs = option("--python").unwrap_or_default();
    let venvs = venvs.split(',').filter(|venv| !venv.is_empty()).map(|venv| Path::new(venv).join("bin"));
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = venvs.chain(std::env::split_paths(&path)).map(|folder| folder.join(name)).find(|file| file.is_file());
    if found.is_none() {
        println!(
            "{name}: skipped, it is not installed: `python3 -m venv DIR && DIR/bin/pip install {name}`, then `--python DIR`"
        );
    }
    found
}

/// The version, as the Python that a script names in its first line has it.
fn version(script: &Path, package: &str) -> String {
    let text = std::fs::read_to_string(script).unwrap_or_default();
    let python = text.lines().next().and_then(|line| line.strip_prefix("#!")).unwrap_or("python3");
    let ask = format!("from importlib.metadata import version; print(version({package:?}))");
    let output = Command::new(python).args(["-c", &ask]).output();
    output.map_or_else(|_| "?".to_owned(), |output| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
