//! Versions of files into captures.

use std::collections::{HashMap, VecDeque};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use crate::exchange::door::{Door, DoorError, Item, Place};
use crate::exchange::jsonl::Fact;
use crate::exchange::text_file::{TextFile, TextFileError};
use crate::exchange::warning::{Warning, WarningKind, Warnings};
use crate::model::{Article, NewCapture, NewOutcome, Observation, StoryKey, Timestamp};

/// The largest file that is read, in bytes; the longest article is far shorter.
const MAX_FILE_BYTES: u64 = 32 << 20;

/// How the files of a repository are to be read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Layout {
    /// As [`TextFile`] reads them.
    #[default]
    Text,
    /// As NewsDiffs writes them.
    NewsDiffs,
}

/// Why a repository cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GitError {
    /// There is no git.
    #[error("git was not found; it is needed to read a repository: install it")]
    NoGit,
    /// git could not be run.
    #[error("git could not be run")]
    Run(#[source] io::Error),
    /// git says why.
    #[error("git cannot read the history of {path}: {reason}")]
    Refused {
        /// The repository.
        path: String,
        /// What git said.
        reason: String,
    },
}

/// Reads captures from the history of a git repository; see [the module](super).
///
/// Takes memory for the names of the files, not for their history. Its processes end with it.
///
/// ```no_run
/// use morgue::exchange::git::{GitReader, Layout};
///
/// let reader = GitReader::open("articles".as_ref(), Layout::Text, Some("posts/**/*.md"))?;
/// for item in reader {
///     println!("{:?}", item?.fact);
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct GitReader {
    log: BufReader<ChildStdout>,
    children: [Child; 2],
    ask: ChildStdin,
    answer: BufReader<ChildStdout>,
    layout: Layout,
    commit: Commit,
    /// Files that the commit deleted: told after what it wrote, so that a file with a new name is not gone.
    deleted: Vec<String>,
    /// What the commit wrote.
    written: Vec<StoryKey>,
    stories: HashMap<String, StoryKey>,
    last: HashMap<StoryKey, Timestamp>,
    ready: VecDeque<Result<Item, DoorError>>,
    ended: bool,
    warnings: Warnings,
}

#[derive(Debug, Default, Clone)]
struct Commit {
    hash: String,
    seconds: i64,
}

impl GitReader {
    /// Starts to read the history of the checked-out branch of a repository. `glob` chooses files, as in `posts/**/*.md`.
    ///
    /// # Errors
    /// When there is no git, or no repository with a commit.
    pub fn open(path: &Path, layout: Layout, glob: Option<&str>) -> Result<Self, GitError> {
        let checked = git(path).args(["rev-parse", "--verify", "HEAD^{commit}"]).output().map_err(not_run)?;
        if !checked.status.success() {
            let said = String::from_utf8_lossy(&checked.stderr);
            let reason = said.lines().next().unwrap_or_default().trim_start_matches("fatal: ").to_owned();
            return Err(GitError::Refused { path: path.display().to_string(), reason });
        }
        let mut log = git(path);
        log.args([
            "log",
            "--first-parent",
            "-m",
            "--reverse",
            "--raw",
            "-z",
            "--no-abbrev",
            "--no-renames",
            "--no-color",
        ]);
        log.args(["--no-ext-diff", "--no-textconv", "--format=%x01%H %ct", "HEAD", "--"]);
        log.args(glob.map(|glob| format!(":(glob){glob}")));
        let mut log = log.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().map_err(not_run)?;
        let mut files = git(path);
        files.args(["cat-file", "--batch"]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut files = files.spawn().map_err(not_run)?;
        let missing = || GitError::Run(io::Error::other("its output is not to be had"));
        let (history, answer) = (log.stdout.take().ok_or_else(missing)?, files.stdout.take().ok_or_else(missing)?);
        let ask = files.stdin.take().ok_or_else(missing)?;
        Ok(Self {
            log: BufReader::new(history),
            children: [log, files],
            ask,
            answer: BufReader::new(answer),
            layout,
            commit: Commit::default(),
            deleted: Vec::new(),
            written: Vec::new(),
            stories: HashMap::new(),
            last: HashMap::new(),
            ready: VecDeque::new(),
            ended: false,
            warnings: Warnings::new(),
        })
    }

    /// The next part of the history up to a NUL; `None` at its end.
    fn token(&mut self) -> io::Result<Option<Vec<u8>>> {
        let mut token = Vec::new();
        self.log.read_until(0, &mut token)?;
        if token.pop().is_none() {
            return Ok(None);
        }
        Ok(Some(token.strip_prefix(b"\n").map(<[u8]>::to_vec).unwrap_or(token)))
    }

    /// Reads one change of a file, or the start of a commit; says whether there was one.
    fn step(&mut self) -> io::Result<bool> {
        let Some(token) = self.token()? else {
            self.tell_deleted();
            let status = self.children.first_mut().map(Child::wait).transpose()?;
            if status.is_some_and(|status| !status.success()) {
                return Err(io::Error::other("git ended in the middle of the history; `git fsck` may say why"));
            }
            return Ok(false);
        };
        let text = String::from_utf8_lossy(&token).into_owned();
        if let Some(commit) = text.strip_prefix('\u{1}') {
            self.tell_deleted();
            let (hash, seconds) = commit.trim_end().split_once(' ').unwrap_or((commit, ""));
            self.commit = Commit { hash: hash.to_owned(), seconds: seconds.parse().unwrap_or_default() };
            return Ok(true);
        }
        let Some(fields) = text.strip_prefix(':') else { return Ok(true) };
        let fields: Vec<String> = fields.split(' ').map(str::to_owned).collect();
        let path = String::from_utf8_lossy(&self.token()?.unwrap_or_default()).into_owned();
        let [_, mode, _, blob, status] = fields.as_slice() else { return Ok(true) };
        match (status.as_str(), mode.as_str()) {
            ("D", _) => self.deleted.push(path),
            (_, "100644" | "100755") => self.file(path, blob)?,
            _ => self.warnings.count(WarningKind::Skipped, "links and repositories within the repository were"),
        }
        Ok(true)
    }

    fn file(&mut self, path: String, blob: &str) -> io::Result<()> {
        let Some(bytes) = self.blob(blob)? else {
            self.warnings.count(WarningKind::Skipped, &format!("files of more than {MAX_FILE_BYTES} bytes were"));
            return Ok(());
        };
        let place = self.place(&path);
        let version = match self.layout {
            Layout::Text => text_version(&path, &bytes),
            Layout::NewsDiffs => newsdiffs_version(&path, &bytes),
        };
        let (key, article, observation) = match version {
            Ok(version) => version,
            Err(NoVersion::Binary) => {
                self.warnings.count(WarningKind::Skipped, "files that are no text were");
                return Ok(());
            }
            Err(NoVersion::Bad(reason)) => {
                self.ready.push_back(Err(DoorError::Bad { place, reason }));
                return Ok(());
            }
        };
        self.stories.insert(path, key.clone());
        self.written.push(key.clone());
        let at = self.time(&key);
        let capture = NewCapture { observation, ..NewCapture::article(key, at, article) };
        self.ready.push_back(Ok(Item::new(place, Fact::Capture(Box::new(capture)))));
        Ok(())
    }

    fn tell_deleted(&mut self) {
        for path in std::mem::take(&mut self.deleted) {
            let place = self.place(&path);
            let Some(key) = self.stories.remove(&path).filter(|key| !self.written.contains(key)) else { continue };
            let capture = NewCapture::new(key.clone(), self.time(&key), NewOutcome::Gone);
            self.ready.push_back(Ok(Item::new(place, Fact::Capture(Box::new(capture)))));
        }
        self.written.clear();
    }

    /// The time of the commit, or a little later: a rebase gives many commits the same second, and clocks go wrong.
    fn time(&mut self, key: &StoryKey) -> Timestamp {
        let own = Timestamp::from_micros(self.commit.seconds.saturating_mul(1_000_000)).unwrap_or(Timestamp::MAX);
        let next = self.last.get(key).and_then(|last| Timestamp::from_micros(last.as_micros() + 1));
        let at = next.map_or(own, |next| own.max(next));
        self.last.insert(key.clone(), at);
        at
    }

    /// The content of a file, unless it is too long.
    fn blob(&mut self, blob: &str) -> io::Result<Option<Vec<u8>>> {
        writeln!(self.ask, "{blob}")?;
        self.ask.flush()?;
        let mut head = String::new();
        self.answer.read_line(&mut head)?;
        let size: u64 =
            head.split_ascii_whitespace().nth(2).and_then(|size| size.parse().ok()).ok_or_else(|| {
                io::Error::other(format!("git does not have the file {blob}; `git fsck` may say why"))
            })?;
        if size > MAX_FILE_BYTES {
            io::copy(&mut self.answer.by_ref().take(size + 1), &mut io::sink())?;
            return Ok(None);
        }
        let mut bytes = Vec::new();
        self.answer.by_ref().take(size + 1).read_to_end(&mut bytes)?;
        if bytes.pop().is_none() || bytes.len() as u64 != size {
            return Err(io::Error::from(io::ErrorKind::UnexpectedEof));
        }
        Ok(Some(bytes))
    }

    fn place(&self, path: &str) -> Place {
        Place::Named(format!("{path} in commit {}", self.commit.hash.get(..12).unwrap_or_default()))
    }
}

/// git on a repository, with nothing that it could be told to run.
fn git(path: &Path) -> Command {
    let mut command = Command::new("git");
    for name in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_NAMESPACE"] {
        command.env_remove(name);
    }
    command.env("GIT_OPTIONAL_LOCKS", "0").env("LC_ALL", "C").stdin(Stdio::null());
    command.arg("--no-pager").args(["-c", "core.fsmonitor=false"]).arg("-C").arg(path);
    command
}

fn not_run(error: io::Error) -> GitError {
    if error.kind() == io::ErrorKind::NotFound { GitError::NoGit } else { GitError::Run(error) }
}

enum NoVersion {
    Binary,
    Bad(String),
}

type Version = (StoryKey, Article, Observation);

fn text_version(path: &str, bytes: &[u8]) -> Result<Version, NoVersion> {
    let file = match TextFile::parse(bytes) {
        Ok(file) => file,
        Err(TextFileError::Binary { .. }) => return Err(NoVersion::Binary),
        Err(error) => return Err(NoVersion::Bad(error.to_string())),
    };
    let key = match file.url {
        Some(url) => url,
        None => StoryKey::id(path).map_err(|error| NoVersion::Bad(error.to_string()))?,
    };
    Ok((key, file.article, file.observation))
}

/// Date, headline and byline in a line each, then the body (NewsDiffs, `parsers/baseparser.py`).
fn newsdiffs_version(path: &str, bytes: &[u8]) -> Result<Version, NoVersion> {
    let bad = |error: &dyn std::error::Error| NoVersion::Bad(error.to_string());
    let text = std::str::from_utf8(bytes).map_err(|error| bad(&error))?;
    let key = StoryKey::url(&format!("http://{path}")).map_err(|error| bad(&error))?;
    let mut lines = text.splitn(4, '\n');
    let mut next = || lines.next().unwrap_or_default().trim();
    // The date is in the words of the page; few are such that they can be told.
    let (date, headline, byline) = (next(), next(), next());
    let mut article = Article::new(headline).with_text(lines.next().unwrap_or_default());
    article.byline.extend((!byline.is_empty()).then(|| byline.to_owned()));
    Ok((key, article, Observation { published_at: date.parse().ok(), ..Observation::default() }))
}

impl Iterator for GitReader {
    type Item = Result<Item, DoorError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(item) = self.ready.pop_front() {
                return Some(item);
            }
            if self.ended {
                return None;
            }
            match self.step() {
                Ok(more) => self.ended = !more,
                Err(source) => {
                    self.ended = true;
                    let place = Place::Named(format!("commit {}", self.commit.hash));
                    return Some(Err(DoorError::Failed { place, source }));
                }
            }
        }
    }
}

impl Door for GitReader {
    fn warnings(&self) -> &[Warning] {
        self.warnings.as_slice()
    }
}

impl Drop for GitReader {
    fn drop(&mut self) {
        for child in &mut self.children {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}
