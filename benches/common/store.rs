//! The stores that are compared: what each takes to keep the same versions, and whether it gives them back.

use std::path::Path;
use std::thread;

use morgue::text::{Canonical, canonical};
use morgue::{
    Archive, Article, CompactOptions, Durability, EngineKind, Incoming, IngestOptions, NewCapture, OpenOptions,
    Selector, StoryKey,
};
use tempfile::TempDir;

use super::child::{Figures, part, run, tell};
use super::git::{self, Git, Layout};
use super::process::{Clock, peak_memory};
use super::sqlite::Sqlite;
use super::work::Work;
use super::{directory, disk, option};

/// A place to keep versions in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Store {
    Archive(EngineKind),
    Sqlite,
    Git,
}

impl Store {
    const ALL: [Self; 4] = [Self::Archive(EngineKind::Sled), Self::Archive(EngineKind::Fjall), Self::Sqlite, Self::Git];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Archive(EngineKind::Sled) => "morgue, sled",
            Self::Archive(EngineKind::Fjall) => "morgue, fjall",
            Self::Archive(_) => "morgue",
            Self::Sqlite => "SQLite, zstd-3 rows",
            Self::Git => "git fast-import",
        }
    }

    /// The word for it on the command line.
    fn word(self) -> &'static str {
        match self {
            Self::Archive(engine) => engine.name(),
            Self::Sqlite => "sqlite",
            Self::Git => "git",
        }
    }

    /// All of them, or those that `--stores sled,git` names. Says so when one is not there.
    pub(crate) fn chosen() -> Vec<Self> {
        let words = option("--stores");
        let is_chosen =
            |store: &Self| words.as_ref().is_none_or(|words| words.split(',').any(|word| word == store.word()));
        let is_there = |store: &Self| {
            let (is_there, why) = match store {
                Self::Archive(engine) => (engine.is_built(), "built without it"),
                Self::Sqlite => (true, ""),
                Self::Git => (git::is_there(), "there is none"),
            };
            if !is_there {
                println!("{}: skipped, {why}", store.word());
            }
            is_there
        };
        Self::ALL.into_iter().filter(is_chosen).filter(is_there).collect()
    }

    /// Fills the store in a process of its own, for which the bench's main calls [`begin`] or [`answer`],
    /// and reads every version back.
    pub(crate) fn fill(self, path: &Path, corpus: &[(&'static str, String)]) -> Figures {
        self.run("fill", path, corpus)
    }

    /// Makes it as small as it can be made, in a process of its own, and reads every version back.
    pub(crate) fn compact(self, path: &Path, corpus: &[(&'static str, String)]) -> Figures {
        self.run("compact", path, corpus)
    }

    /// Fills it and, with `--compact`, makes it small.
    pub(crate) fn prepare(self, path: &Path, work: &Work) {
        self.fill(path, &work.options());
        if is_compacted() {
            self.compact(path, &work.options());
        }
    }

    /// Runs a part of the bench for the store under a path.
    pub(crate) fn run(self, part: &str, path: &Path, more: &[(&'static str, String)]) -> Figures {
        let mut options = vec![("--store", self.word()), ("--path", path.to_str().unwrap())];
        options.extend(more.iter().map(|(name, value)| (*name, value.as_str())));
        run(part, &options)
    }

    /// The store that a part is asked for.
    pub(crate) fn asked() -> Self {
        let word = option("--store").unwrap();
        Self::ALL.into_iter().find(|store| store.word() == word).unwrap()
    }

    fn fill_here(self, path: &Path, work: &Work) {
        let clock = Clock::start();
        let (spent, cpu, peak) = match self {
            Self::Archive(_) => {
                let mut options = IngestOptions::default();
                if std::env::args().any(|word| word == "--buffered") {
                    options.durability = Durability::Buffered;
                }
                let archive = thread::scope(|scope| {
                    let incoming = Incoming::read(scope, work.captures(), &options);
                    let archive = Archive::open(path, &self.options()).unwrap();
                    archive.ingest_incoming(incoming, |batch| assert!(batch.rejected.is_empty())).unwrap();
                    archive
                });
                let spent = clock.read();
                drop(archive);
                (spent, spent.own, peak_memory())
            }
            Self::Sqlite => {
                let sqlite = if option("--threads").is_some_and(|threads| threads == "1") {
                    Sqlite::fill_by_one_thread(path, work.captures())
                } else {
                    Sqlite::fill(path, work.captures())
                };
                let spent = clock.read();
                sqlite.close();
                (spent, spent.own, peak_memory())
            }
            Self::Git => {
                let git = Git::import(path, Layout::Folders, work.captures());
                let spent = clock.read();
                (spent, spent.children, git.peak_memory)
            }
        };
        tell("wall", spent.wall.as_secs_f64());
        tell("cpu", cpu.as_secs_f64());
        tell("closing", (clock.read().wall - spent.wall).as_secs_f64());
        tell("peak", peak as f64);
        self.tell_disk(path);
        tell("equal", self.equal(path, work) as f64);
    }

    fn compact_here(self, path: &Path, work: &Work) {
        let clock = Clock::start();
        match self {
            Self::Archive(_) => {
                let how = CompactOptions::default();
                Archive::compact(path, &self.options(), &how, |_, _| {}).unwrap();
            }
            Self::Sqlite => {
                let sqlite = Sqlite::open(path);
                sqlite.vacuum();
                sqlite.close();
            }
            Self::Git => Git::open(path).collect_garbage(),
        }
        let spent = clock.read();
        tell("wall", spent.wall.as_secs_f64());
        tell("cpu", (spent.own + spent.children).as_secs_f64());
        tell("peak", peak_memory() as f64);
        self.tell_disk(path);
        tell("equal", self.equal(path, work) as f64);
    }

    /// Tells the bytes of its files and those that they take on the disk.
    pub(crate) fn tell_disk(self, path: &Path) {
        let disk = if self == Self::Git { disk(&path.join("objects")) } else { disk(path) };
        tell("length", disk.length as f64);
        tell("allocated", disk.allocated as f64);
    }

    /// Reads every version back; returns how many are what was given.
    pub(crate) fn equal(self, path: &Path, work: &Work) -> u64 {
        let canonical = |capture: &NewCapture| canonical(capture.outcome.text().unwrap()).unwrap();
        match self {
            Self::Archive(_) => {
                let archive = Archive::open(path, &OpenOptions { read_only: true, ..self.options() }).unwrap();
                groups(work.captures()).map(|group| equal(&archive, &group)).sum()
            }
            Self::Sqlite => {
                let sqlite = Sqlite::open(path);
                let is_there =
                    |capture: &NewCapture| sqlite.text(capture).is_some_and(|text| text == canonical(capture).text);
                work.captures().filter(is_there).count() as u64
            }
            Self::Git => {
                let git = Git::open(path);
                let mut reader = git.reader();
                let pairs = work.captures().zip(&git.texts);
                let is_there =
                    pairs.filter(|(capture, name)| reader.text(name) == git::plain(capture.outcome.text().unwrap()));
                is_there.count() as u64
            }
        }
    }

    /// Opens it for reading.
    pub(crate) fn reader(self, path: &Path) -> Reader {
        match self {
            Self::Archive(_) => {
                let options = OpenOptions { read_only: true, ..self.options() };
                Reader::Archive(Archive::open(path, &options).unwrap())
            }
            Self::Sqlite => Reader::Sqlite(Sqlite::open(path)),
            Self::Git => {
                let git = Git::open(path);
                let reader = git.reader();
                Reader::Git(git, reader)
            }
        }
    }

    pub(crate) fn is_archive(self) -> bool {
        matches!(self, Self::Archive(_))
    }

    /// How to open it, if it is an archive.
    pub(crate) fn options(self) -> OpenOptions {
        let engine = if let Self::Archive(engine) = self { Some(engine) } else { None };
        OpenOptions { engine, ..OpenOptions::default() }
    }
}

/// A store that is open for reading.
pub(crate) enum Reader {
    Archive(Archive),
    Sqlite(Sqlite),
    Git(Git, git::Reader),
}

/// A version as a store hands it out.
pub(crate) enum Version {
    Article(Article),
    Text(String),
}

impl Reader {
    pub(crate) fn latest(&mut self, key: &StoryKey) -> Version {
        match self {
            Self::Archive(archive) => Version::Article(memento(archive, key, &Selector::Latest)),
            Self::Sqlite(sqlite) => Version::Article(sqlite.read(key, true)),
            Self::Git(_, reader) => Version::Text(reader.latest(key)),
        }
    }

    /// Reads a story's oldest version; git is told which one of the input that is.
    pub(crate) fn oldest(&mut self, key: &StoryKey, place: usize) -> Version {
        match self {
            Self::Archive(archive) => Version::Article(memento(archive, key, &Selector::First)),
            Self::Sqlite(sqlite) => Version::Article(sqlite.read(key, false)),
            Self::Git(git, reader) => Version::Text(reader.text(&git.texts[place])),
        }
    }

    /// Returns how many entries a story's history has.
    pub(crate) fn history(&mut self, key: &StoryKey) -> usize {
        match self {
            Self::Archive(archive) => archive.revisions(key).unwrap().len(),
            Self::Sqlite(sqlite) => sqlite.history(key).len(),
            Self::Git(git, _) => git.history(key),
        }
    }
}

fn memento(archive: &Archive, key: &StoryKey, selector: &Selector) -> Article {
    archive.memento(key, selector).unwrap().unwrap().article
}

/// What the command line chooses, in its order, with an empty directory. `None` where that is missing, and in a process that was asked
/// for a part, which has been done then.
pub(crate) fn begin(stories: u64) -> Option<(Work, TempDir)> {
    if let Some(part) = part() {
        answer(&part);
        return None;
    }
    let work = Work::chosen(stories)?;
    let directory = directory();
    let work = work.in_order(directory.path());
    Some((work, directory))
}

/// What a process does that is asked for a part that every bench of stores has.
pub(crate) fn answer(part: &str) {
    let (store, path) = (Store::asked(), option("--path").unwrap());
    let (path, work) = (Path::new(&path), Work::chosen(0).unwrap());
    match part {
        "fill" => store.fill_here(path, &work),
        "compact" => store.compact_here(path, &work),
        _ => panic!("no part is called {part}"),
    }
}

/// Whether the stores are to be made small before they are measured.
pub(crate) fn is_compacted() -> bool {
    std::env::args().any(|word| word == "--compact")
}

/// Captures of one key that follow each other, at most 256 at a time.
fn groups(captures: impl Iterator<Item = NewCapture>) -> impl Iterator<Item = Vec<NewCapture>> {
    let mut captures = captures.peekable();
    std::iter::from_fn(move || {
        let mut group = vec![captures.next()?];
        while let Some(next) = captures.next_if(|next| next.key == group[0].key && group.len() < 256) {
            group.push(next);
        }
        Some(group)
    })
}

/// Reads the articles of captures of one key; returns how many are what was given.
fn equal(archive: &Archive, captures: &[NewCapture]) -> u64 {
    let given: Vec<Canonical> =
        captures.iter().map(|capture| canonical(capture.outcome.text().unwrap()).unwrap()).collect();
    let Ok(articles) = archive.articles(&captures[0].key, given.iter().map(|form| form.hash)) else { return 0 };
    let is_there = |(form, article): (&Canonical, Result<Article, morgue::Error>)| {
        article.is_ok_and(|article| canonical(&article).unwrap().text == form.text)
    };
    given.iter().zip(articles).map(is_there).filter(|is_there| *is_there).count() as u64
}
