//! git as a peer: it too keeps texts by hash, packs versions against each other and finds them again.

use std::fs;
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use morgue::{Article, NewCapture, StoryKey};

use super::process::peak_memory_of;
use super::{Disk, disk_of};

/// Where a story's file stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Layout {
    /// Where its key says, folder in folder: a few objects more for each commit.
    Folders,
    /// All in one folder, which is one long object to be written anew for each commit.
    Flat,
}

/// A bare repository.
pub(crate) struct Git {
    path: PathBuf,
    /// The name of each version's text, in the order of the import.
    pub(crate) texts: Vec<String>,
    pub(crate) peak_memory: u64,
}

/// Says whether there is a git.
pub(crate) fn is_there() -> bool {
    Command::new("git").arg("--version").stdout(Stdio::null()).status().is_ok_and(|status| status.success())
}

impl Git {
    /// Imports every version as a commit of its own, with `git fast-import`.
    pub(crate) fn import(path: &Path, layout: Layout, captures: impl Iterator<Item = NewCapture>) -> Self {
        let mut git = Self { path: path.to_owned(), texts: Vec::new(), peak_memory: 0 };
        git.run(&["init", "-q", "--bare", "."]);
        let mut command = git.command();
        command.args(["fast-import", "--quiet", "--export-marks=marks"]).stdin(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut input = BufWriter::new(child.stdin.take().unwrap());
        for (capture, mark) in captures.zip(1_u64..) {
            let article = capture.outcome.text().expect("only articles");
            let name = match layout {
                Layout::Folders => file(&capture.key),
                Layout::Flat => file(&capture.key).replace('/', "_"),
            };
            write_commit(&mut input, &capture, &name, &plain(article), mark).unwrap();
            if mark % 256 == 0 {
                git.peak_memory = git.peak_memory.max(peak_memory_of(child.id()));
            }
        }
        input.flush().unwrap();
        git.peak_memory = git.peak_memory.max(peak_memory_of(child.id()));
        drop(input);
        assert!(child.wait().unwrap().success());
        git.read_marks();
        git
    }

    /// Opens what was imported before.
    pub(crate) fn open(path: &Path) -> Self {
        let mut git = Self { path: path.to_owned(), texts: Vec::new(), peak_memory: 0 };
        git.read_marks();
        git
    }

    /// Lines of `:mark name`, in any order.
    fn read_marks(&mut self) {
        let text = fs::read_to_string(self.path.join("marks")).unwrap();
        let parse = |line: &str| -> (u64, String) {
            let (mark, name) = line.split_once(' ').unwrap();
            (mark.trim_start_matches(':').parse().unwrap(), name.to_owned())
        };
        let mut marks: Vec<_> = text.lines().map(parse).collect();
        marks.sort();
        self.texts = marks.into_iter().map(|(_, name)| name).collect();
    }

    /// Packs everything as small as git can.
    pub(crate) fn collect_garbage(&self) {
        self.run(&["gc", "--quiet", "--aggressive", "--prune=now"]);
    }

    /// Verifies every object; returns the most that it had in memory, as far as a look every few milliseconds tells.
    pub(crate) fn fsck(&self) -> u64 {
        let mut child = self.command().args(["fsck", "--full", "--no-dangling", "--no-progress"]).spawn().unwrap();
        let mut peak = 0;
        let status = loop {
            peak = peak.max(peak_memory_of(child.id()));
            match child.try_wait().unwrap() {
                Some(status) => break status,
                None => std::thread::sleep(std::time::Duration::from_millis(5)),
            }
        };
        assert!(status.success(), "git fsck");
        peak
    }

    /// Returns what its packs take, with their indexes.
    pub(crate) fn packs(&self) -> Disk {
        let is_pack = |path: &Path| path.extension().is_some_and(|extension| extension == "pack" || extension == "idx");
        disk_of(&self.path.join("objects"), &is_pack)
    }

    /// Lets git prepare for reading: what `git log -- PATH` needs to skip commits.
    pub(crate) fn index_history(&self) {
        self.run(&["commit-graph", "write", "--reachable", "--changed-paths"]);
    }

    /// Returns how many commits touch a story.
    pub(crate) fn history(&self, story: &StoryKey) -> usize {
        let output = self.command().args(["log", "--format=%H", "main", "--", &file(story)]).output().unwrap();
        output.stdout.lines().count()
    }

    pub(crate) fn reader(&self) -> Reader {
        let mut command = self.command();
        let mut child =
            command.args(["cat-file", "--batch"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (input, output) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
        Reader { child, input: Some(input), output }
    }

    fn command(&self) -> Command {
        fs::create_dir_all(&self.path).unwrap();
        let mut command = Command::new("git");
        // Whoever runs this has settings of their own.
        command.current_dir(&self.path).env("GIT_CONFIG_NOSYSTEM", "1").env("HOME", &self.path).stderr(Stdio::null());
        command.env_remove("GIT_DIR").env_remove("GIT_WORK_TREE");
        command
    }

    fn run(&self, arguments: &[&str]) {
        assert!(self.command().args(arguments).status().unwrap().success(), "git {arguments:?}");
    }
}

/// A `git cat-file --batch` that runs.
pub(crate) struct Reader {
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

impl Reader {
    /// Returns a text by its name.
    pub(crate) fn text(&mut self, name: &str) -> String {
        let input = self.input.as_mut().unwrap();
        writeln!(input, "{name}").unwrap();
        input.flush().unwrap();
        String::from_utf8(answer(&mut self.output)).unwrap()
    }

    /// Reads texts by their names, asked for while others come; returns how many came, and how many bytes they have.
    pub(crate) fn stream<'a>(&mut self, names: impl Iterator<Item = &'a str> + Send) -> (u64, u64) {
        let input = self.input.as_mut().unwrap();
        let output = &mut self.output;
        let (sender, asked) = std::sync::mpsc::channel();
        std::thread::scope(|scope| {
            scope.spawn(move || {
                let mut input = BufWriter::new(input);
                for name in names {
                    writeln!(input, "{name}").unwrap();
                    sender.send(()).unwrap();
                }
                input.flush().unwrap();
            });
            asked.iter().fold((0, 0), |(count, bytes), ()| (count + 1, bytes + answer(output).len() as u64))
        })
    }

    /// The most that it has had in memory.
    pub(crate) fn peak_memory(&self) -> u64 {
        peak_memory_of(self.child.id())
    }

    /// Returns the latest text of a story.
    pub(crate) fn latest(&mut self, story: &StoryKey) -> String {
        self.text(&format!("main:{}", file(story)))
    }
}

/// Reads a text as `cat-file --batch` writes it.
fn answer(output: &mut impl BufRead) -> Vec<u8> {
    let mut head = String::new();
    output.read_line(&mut head).unwrap();
    let bytes: usize = head.trim().rsplit(' ').next().and_then(|bytes| bytes.parse().ok()).expect("a size");
    let mut text = vec![0; bytes + 1];
    output.read_exact(&mut text).unwrap();
    text.pop();
    text
}

impl Drop for Reader {
    fn drop(&mut self) {
        self.input = None;
        let _ = self.child.wait();
    }
}

fn write_commit(out: &mut impl Write, capture: &NewCapture, name: &str, text: &str, mark: u64) -> std::io::Result<()> {
    let seconds = capture.captured_at.as_micros() / 1_000_000;
    write!(out, "blob\nmark :{mark}\ndata {}\n{text}\n", text.len())?;
    write!(out, "commit refs/heads/main\ncommitter A <a@b.example> {seconds} +0000\ndata 0\n")?;
    write!(out, "M 100644 :{mark} {name}\n\n")
}

/// The text that git is given: that of the article, field by field.
pub(crate) fn plain(article: &Article) -> String {
    [&article.headline, "\n", &article.deck, "\n", &article.byline.join("\n"), "\n\n", &article.text(), "\n"].concat()
}

/// The length of that.
pub(crate) fn plain_bytes(article: &Article) -> u64 {
    let joined = |parts: &[String], mark: &str| {
        parts.iter().map(String::len).sum::<usize>() + mark.len() * parts.len().saturating_sub(1)
    };
    let parts = [&article.headline, &article.deck].map(String::len).iter().sum::<usize>();
    (parts + joined(&article.byline, "\n") + joined(&article.paragraphs, "\n\n") + 5) as u64
}

/// The file of a story.
fn file(story: &StoryKey) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '-' | '_' | '.');
    let name: String = story.as_str().chars().map(|c| if is_plain(c) { c } else { '_' }).collect();
    let parts: Vec<&str> = name.split('/').filter(|part| !matches!(*part, "" | "." | "..")).collect();
    parts.join("/") + ".txt"
}
