//! The command of this repository: a run of the tracker at each look, as cron would have it, then the changes since the last.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::program::Usage;
use crate::support::{command, run};
use crate::tool::{Told, Watcher, What, Work};

/// How it is set up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Setup {
    /// As it comes.
    Plain,
    /// Without keeping the pages beside the articles.
    NoRaw,
    /// On the other engine.
    Fjall,
}

impl Setup {
    /// What is added to every command that may make the archive.
    fn options(self) -> &'static [&'static str] {
        if self == Self::Fjall { &["--engine", "fjall"] } else { &[] }
    }
}

pub(crate) struct Ours {
    archive: PathBuf,
    log: PathBuf,
    setup: Setup,
    stories: String,
    cursor: u64,
    usage: Usage,
}

impl Ours {
    pub(crate) fn start(work: &Work, directory: &Path, setup: Setup) -> Self {
        let (archive, log) = (directory.join("news"), directory.join("log"));
        let sources = work.sources.iter().map(String::as_str);
        let add = ["track", "add", "--allow-private", "--quiet"].into_iter();
        let add: Vec<&str> = add.chain(setup.options().iter().copied()).chain(sources).collect();
        assert!(command(&archive, &add).status().unwrap().success());
        // All of them, also those that come later.
        let stories = (2 * work.stories.len()).to_string();
        Self { archive, log, setup, stories, cursor: 0, usage: Usage::default() }
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = command(&self.archive, args);
        command.stderr(File::options().create(true).append(true).open(&self.log).unwrap());
        command
    }
}

impl Watcher for Ours {
    fn look(&mut self) -> Vec<Told> {
        let mut args = vec!["track", "run", "--once", "--all", "--delay", "0", "--parallel", "10", "--quiet"];
        args.extend(["--first", &self.stories]);
        args.extend((self.setup == Setup::NoRaw).then_some("--no-raw"));
        let mut run = self.command(&args);
        self.usage.run(&mut run, &[0]);
        let since = self.cursor.to_string();
        let mut changes = self.command(&["changes", "--since", &since, "--json", "--quiet"]);
        // 1: there are none.
        let text = self.usage.run(&mut changes, &[0, 1]);
        let mut told = Vec::new();
        for line in text.lines() {
            let row: serde_json::Value = serde_json::from_str(line).unwrap();
            self.cursor =
                row["cursor"].as_str().map_or_else(|| row["cursor"].as_u64(), |text| text.parse().ok()).unwrap();
            let what = match row["kind"].as_str().unwrap() {
                "edit" | "restored" => What::Changed,
                "gone" => What::Gone,
                _ => continue,
            };
            told.push(Told { url: row["story"].as_str().unwrap().to_owned(), what });
        }
        told
    }

    fn usage(&self) -> Usage {
        self.usage
    }

    fn tidy(&mut self) -> bool {
        run(&self.archive, &["compact", "--quiet"]);
        true
    }
}
