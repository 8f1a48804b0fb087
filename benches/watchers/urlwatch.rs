//! urlwatch, run again and again as cron would have it, with a selector for the story, which its reports are made of as text.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::program::Usage;
use crate::tool::{Told, Watcher, What, Work};

/// Only what is told, without colours or diffs to skip.
const CONFIG: &str = "display: {new: false, error: true, unchanged: false}\n\
                      report: {text: {details: true, footer: false, line_length: 0, minimal: false}, stdout: {enabled: true, color: false}}\n";

pub(crate) struct Urlwatch {
    program: PathBuf,
    directory: PathBuf,
    usage: Usage,
}

impl Urlwatch {
    pub(crate) fn start(program: &Path, work: &Work, directory: &Path) -> Self {
        let mut jobs = String::new();
        for url in &work.stories {
            write!(jobs, "---\nurl: {url}\nfilter: [{{css: article}}, html2text]\n").unwrap();
        }
        fs::write(directory.join("urls.yaml"), jobs).unwrap();
        fs::write(directory.join("urlwatch.yaml"), CONFIG).unwrap();
        Self { program: program.to_owned(), directory: directory.to_owned(), usage: Usage::default() }
    }
}

impl Watcher for Urlwatch {
    fn look(&mut self) -> Vec<Told> {
        let mut command = Command::new(&self.program);
        let log = File::options().create(true).append(true).open(self.directory.join("log")).unwrap();
        command.env("HOME", &self.directory).stderr(log);
        for (option, file) in [("--urls", "urls.yaml"), ("--config", "urlwatch.yaml"), ("--cache", "cache.db")] {
            command.arg(option).arg(self.directory.join(file));
        }
        told(&self.usage.run(&mut command, &[0, 1]))
    }

    fn usage(&self) -> Usage {
        self.usage
    }
}

/// What a report says: of a change `CHANGED: URL`, of a failure `ERROR: URL` and its cause below.
fn told(report: &str) -> Vec<Told> {
    let (mut told, mut failed) = (Vec::new(), None);
    for line in report.lines() {
        if let Some(url) = line.strip_prefix("CHANGED: ") {
            told.push(Told { url: url.to_owned(), what: What::Changed });
        } else if let Some(url) = line.strip_prefix("ERROR: ") {
            failed = Some(url.to_owned());
        } else if ["404 Client Error", "410 Client Error"].iter().any(|error| line.contains(error)) {
            told.extend(failed.take().map(|url| Told { url, what: What::Gone }));
        }
    }
    told
}
