//! `morgue add`: articles from text files, from pages that were saved, and from URLs.

mod page;
#[cfg(feature = "fetch")]
mod walk;
#[cfg(feature = "fetch")]
mod web;

use std::io::Write;
use std::path::{Path, PathBuf};

use morgue::exchange::TextFile;
use morgue::text::{canonical, safe::for_terminal};
use morgue::{
    Archive, ArticleHash, Durability, Effect, EngineKind, Ingested, NewCapture, OpenOptions, Revision, RevisionKind,
    StoryKey, Timestamp,
};
use serde::Serialize;

use super::Run;
use crate::cli::args::Making;
use crate::cli::error::{Exit, Failure, Result};
use crate::cli::session::Session;
use crate::cli::words::{claimed, count, shell_word, title};
use crate::cli::{input, interrupt};

const AFTER_HELP: &str = "\
A text file is plain text with blank lines between paragraphs. YAML front matter (title, author, date, url ...) and \
a leading `date YYYY-MM-DD` are understood; both are the publisher's claims. An HTML file is a page: its text, headline, byline \
and dates are found by themselves, and its canonical URL names the story. Without --url, --id or a url in the front \
matter the story is file:NAME, so that adding the next version of the file extends it.

A URL is fetched and archived: its story, or that it is gone, has moved, or shows a teaser. The URL of a feed (RSS, Atom, JSON \
Feed) or of a sitemap stands for the stories that it lists.

Examples:
  morgue add --url https://news.example/bridge bridge.txt
  morgue add https://news.example/bridge";

/// Archive articles from files and URLs
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Args {
    /// Text files, pages that were saved, or URLs to fetch; `-` is standard input
    #[arg(required = true, value_name = "FILE|URL|-")]
    inputs: Vec<PathBuf>,
    /// URL of the story
    #[arg(long, conflicts_with = "id")]
    url: Option<String>,
    /// Id of the story, in your own terms
    #[arg(long)]
    id: Option<String>,
    /// When it was captured, such as 2022-03-29T12:00Z [default: now]
    #[arg(long, value_name = "TIME")]
    captured_at: Option<Timestamp>,
    /// Headline, in place of the file's own
    #[arg(long)]
    headline: Option<String>,
    #[command(flatten)]
    making: Making,
    /// Keep the text of a page alone, and not the page that it came from
    #[arg(long)]
    no_raw: bool,
    /// Say what would happen, and change nothing
    #[arg(long)]
    dry_run: bool,
    #[cfg(feature = "fetch")]
    #[command(flatten)]
    web: web::Web,
}

/// What became of one file.
#[derive(Serialize)]
struct Added {
    file: String,
    story: StoryKey,
    captured_at: Timestamp,
    hash: Option<ArticleHash>,
    effect: Effect,
    revision: Option<u64>,
    kind: Option<RevisionKind>,
    /// What was seen in place of an article.
    #[serde(skip_serializing_if = "Option::is_none")]
    outcome: Option<&'static str>,
    #[serde(skip)]
    told: String,
}

impl Added {
    fn new(file: String, ingested: Ingested, outcome: Option<&'static str>, told: String) -> Self {
        let Ingested { story, captured_at, hash, effect, revision, kind, .. } = ingested;
        Self { file, story, captured_at, hash, effect, revision, kind, outcome, told }
    }
}

/// The summary for scripts.
#[derive(Default, Serialize)]
struct Summary {
    captures: u64,
    unchanged: u64,
    failed: u64,
    dry_run: bool,
    results: Vec<Added>,
}

impl Run for Args {
    fn run(self, session: &Session) -> Result<Exit> {
        self.refuse_one_name_for_several()?;
        let (urls, files) = self.sorted()?;
        #[cfg(not(feature = "fetch"))]
        drop(urls);
        #[cfg(feature = "fetch")]
        if self.web.list {
            return self.list(session, &urls, &files);
        }
        let engine = self.making.engine;
        let archive = if self.dry_run { preview_archive(session, engine)? } else { session.write(engine)? };
        let mut summary = Summary { dry_run: self.dry_run, ..Summary::default() };
        for path in files {
            match self.add(session, &archive, path) {
                Ok(added) => self.tell(session, added, &mut summary)?,
                // What is wrong with the archive is wrong for the next file too.
                Err(failure) if failure.exit != Exit::Error || failure.message.is_empty() => return Err(failure),
                Err(failure) => {
                    session.report(&failure);
                    summary.failed += 1;
                }
            }
        }
        #[cfg(feature = "fetch")]
        if !urls.is_empty() {
            let _reads = session.serve(&archive, "fetching");
            self.add_urls(session, &archive, &urls, &mut summary)?;
        }
        if session.json() {
            let mut out = session.out();
            out.json(&summary)?;
            out.finish()?;
        }
        Ok(match summary.failed {
            _ if interrupt::stopped() => Exit::Interrupted,
            0 => Exit::Done,
            _ => Exit::Error,
        })
    }
}

/// A dry run needs no archive.
fn preview_archive(session: &Session, engine: Option<EngineKind>) -> Result<Archive> {
    session.open(|path, options| match Archive::open(path, &OpenOptions { read_only: true, engine, ..options }) {
        Err(morgue::Error::NoArchive { .. }) => Ok(Archive::in_memory()),
        opened => opened,
    })
}

impl Args {
    fn refuse_one_name_for_several(&self) -> Result<()> {
        let named = self.url.is_some() || self.id.is_some();
        if self.inputs.len() > 1 && named && self.captured_at.is_some() {
            return Err(Failure::new("several files cannot be one story at one time")
                .hint("add them one by one, each with its own --captured-at"));
        }
        Ok(())
    }

    /// URLs and files. What is said of a file on the command line says nothing of a page.
    fn sorted(&self) -> Result<(Vec<String>, Vec<&Path>)> {
        let (urls, files): (Vec<&Path>, Vec<&Path>) =
            self.inputs.iter().map(PathBuf::as_path).partition(|input| is_url(&input.to_string_lossy()));
        let urls: Vec<String> = urls.into_iter().map(|url| url.to_string_lossy().into_owned()).collect();
        let Some(url) = urls.first() else { return Ok((urls, files)) };
        if !cfg!(feature = "fetch") {
            return Err(Failure::new(format!("{url}: this morgue was built without what fetches pages"))
                .hint(format!("save its text in a file, then: morgue add --url {} FILE", shell_word(url))));
        }
        let of_files =
            [("--url", self.url.is_some()), ("--id", self.id.is_some()), ("--headline", self.headline.is_some())];
        let given =
            of_files.into_iter().chain([("--captured-at", self.captured_at.is_some())]).find(|(_, given)| *given);
        if let Some((option, _)) = given {
            return Err(Failure::new(format!("{option} is for text files, and {url} is a URL"))
                .hint("a page is captured as it is, when it is fetched: leave the option out"));
        }
        Ok((urls, files))
    }

    #[cfg(feature = "fetch")]
    fn list(&self, session: &Session, urls: &[String], files: &[&Path]) -> Result<Exit> {
        match files.first() {
            Some(file) => Err(Failure::new(format!("{}: --list is for URLs", file.display()))),
            None => self.web.print_lists(session, urls),
        }
    }

    fn add(&self, session: &Session, archive: &Archive, path: &Path) -> Result<Added> {
        let capture = self.capture(session, path)?;
        let (file, told) = (path.display().to_string(), describe(&capture));
        let canonical = capture.outcome.text().map(canonical).transpose().map_err(|error| in_file(path, &error))?;
        let hash = canonical.map(|canonical| canonical.hash);
        if self.captured_at.is_none()
            && let Some(revision) = unchanged(archive, &capture, hash)?
        {
            return Ok(Added {
                file,
                story: capture.key,
                captured_at: revision.last_captured,
                hash,
                effect: Effect::Known,
                revision: Some(revision.number),
                kind: Some(revision.kind),
                outcome: None,
                told,
            });
        }
        let ingested =
            if self.dry_run { archive.preview(capture) } else { archive.ingest(capture, Durability::Synced) }?;
        Ok(Added::new(file, ingested, None, told))
    }

    fn capture(&self, session: &Session, path: &Path) -> Result<NewCapture> {
        let bytes = input::read_text(path)?;
        if page::is_page(path, &bytes) {
            return page::capture(self, session, path, bytes);
        }
        let mut file = TextFile::parse(&bytes).map_err(|error| in_file(path, &error))?;
        for warning in &file.warnings {
            session.warn(&format!("{}: {warning}", path.display()));
        }
        if let Some(headline) = &self.headline {
            file.article.headline.clone_from(headline);
        }
        if file.article.words() == 0 {
            return Err(Failure::new(format!("{}: the file holds no text", path.display())));
        }
        let key = self.key(path, file.url.take())?;
        let captured_at = self.captured_at.unwrap_or_else(|| session.now());
        let capture = NewCapture::article(key, captured_at, file.article);
        Ok(NewCapture { observation: file.observation, ..capture })
    }

    fn key(&self, path: &Path, of_front_matter: Option<StoryKey>) -> Result<StoryKey> {
        let key = match (&self.url, &self.id, of_front_matter) {
            (Some(url), ..) => StoryKey::url(url),
            (None, Some(id), _) => StoryKey::id(id),
            (None, None, Some(url)) => Ok(url),
            (None, None, None) if input::is_stdin(path) => {
                return Err(
                    Failure::new("text from standard input needs a name").hint("give it one with --id or --url")
                );
            }
            (None, None, None) => {
                StoryKey::id(&format!("file:{}", path.file_name().unwrap_or_default().to_string_lossy()))
            }
        };
        key.map_err(|error| in_file(path, &error))
    }

    fn tell(&self, session: &Session, added: Added, summary: &mut Summary) -> Result<()> {
        match added.effect {
            Effect::Known => summary.unchanged += 1,
            _ => summary.captures += 1,
        }
        if session.json() {
            summary.results.push(added);
            return Ok(());
        }
        let mut out = session.out();
        writeln!(out, "{}", self.sentence(&added))?;
        out.finish()?;
        if added.effect == Effect::NewRevision && added.revision > Some(1) && !self.dry_run {
            session.hint(&format!("see what changed: morgue diff {}", shell_word(added.story.as_str())));
        }
        Ok(())
    }

    fn sentence(&self, added: &Added) -> String {
        if added.outcome.is_some() {
            let verb = if self.dry_run { "would record" } else { "recorded" };
            return format!("{}: {verb} as {}", for_terminal(added.story.as_str()), for_terminal(&added.told));
        }
        let verb = match (added.effect, self.dry_run) {
            (Effect::Known, _) if self.captured_at.is_none() => "unchanged since",
            (Effect::Known, _) => "known already as",
            (_, true) => "would archive",
            (_, false) => "archived",
        };
        let number = added.revision.map(|number| format!(" #{number}")).unwrap_or_default();
        let kind = match (added.effect, added.kind) {
            (Effect::SeenAgain, _) => " (seen again)".to_owned(),
            (Effect::NewStory, _) | (_, None | Some(RevisionKind::First)) => String::new(),
            (_, Some(kind)) => format!(" ({})", kind.as_str()),
        };
        format!("{}: {verb}{number}{kind}, {}", for_terminal(added.story.as_str()), added.told)
    }
}

/// Says whether an input is a URL and not a file.
fn is_url(input: &str) -> bool {
    let is = |scheme: &str| input.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme));
    is("http://") || is("https://")
}

fn in_file(path: &Path, error: &(dyn std::error::Error + 'static)) -> Failure {
    let failure = Failure::of(error);
    Failure { message: format!("{}: {}", path.display(), failure.message), ..failure }
}

/// The headline, the publisher's date, the length and the hash, in one line.
fn describe(capture: &NewCapture) -> String {
    let Some(article) = capture.outcome.text() else { return String::new() };
    let hash = canonical(article).map(|canonical| canonical.hash.short()).unwrap_or_default();
    let published =
        capture.observation.published_at.map(|at| format!("published {}, ", claimed(at))).unwrap_or_default();
    format!("\"{}\", {published}{}, {hash}", title(article), count(article.words() as u64, "word", "words"))
}

/// The revision in force when the story's latest capture saw the same article with the same claims: a file that was not
/// touched is no news. With `--captured-at` the caller says that it was seen then, which is.
fn unchanged(archive: &Archive, capture: &NewCapture, hash: Option<ArticleHash>) -> Result<Option<Revision>> {
    let captures = archive.captures(&capture.key)?;
    let is_same =
        captures.last().is_some_and(|last| last.outcome.article() == hash && last.observation == capture.observation);
    Ok(if is_same { archive.revisions(&capture.key)?.pop() } else { None })
}
