//! Revisions into commits.

use std::collections::HashMap;
use std::io::{self, Write};

use crate::model::{Article, StoryKey, Timestamp};

use super::path::path_of;

const COMMITTER: &str = "morgue <>";

/// Writes revisions as a stream for `git fast-import`, one commit each on the branch `main`.
///
/// Texts are written as they come; the commits follow at the end, in the order of time, so that `git log` reads as history. Takes
/// memory for the commits alone, about 200 bytes and the message each. A file has headline, deck, byline and URL as front matter, then
/// the body, so that [`GitReader`](super::GitReader) reads the same article back.
///
/// ```
/// use morgue::exchange::GitWriter;
/// use morgue::{Article, StoryKey};
///
/// let mut writer = GitWriter::new(Vec::new()).unwrap();
/// let story = StoryKey::url("https://news.example/bridge").unwrap();
/// let article = Article::new("Bridge closed").with_text("A crack.");
/// let at = "2026-03-01T08:00:00Z".parse().unwrap();
/// writer.revision(&story, 1, at, &article, "Bridge closed: first seen").unwrap();
/// let stream = String::from_utf8(writer.finish().unwrap()).unwrap();
/// assert!(stream.contains("committer morgue <> 1772352000 +0000\n"));
/// assert!(stream.contains("M 100644 :1 news.example/bridge.txt\n"));
/// ```
#[derive(Debug)]
pub struct GitWriter<W> {
    out: W,
    files: HashMap<StoryKey, usize>,
    paths: Vec<String>,
    /// Paths as a file system sees them that does not mind case, and how often each was wanted.
    taken: HashMap<String, u64>,
    commits: Vec<Commit>,
}

#[derive(Debug)]
struct Commit {
    at: Timestamp,
    file: usize,
    number: u64,
    mark: u64,
    author: String,
    message: String,
}

impl<W: Write> GitWriter<W> {
    /// Begins a stream.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn new(mut out: W) -> io::Result<Self> {
        // With this, git takes a stream that was cut short for what it is.
        out.write_all(b"feature done\n")?;
        Ok(Self { out, files: HashMap::new(), paths: Vec::new(), taken: HashMap::new(), commits: Vec::new() })
    }

    /// Writes a revision of a story: what it said from `at` on. `message` is that of the commit, its first line the short form.
    ///
    /// Revisions may come in any order; those of one story at the same time are sorted by their `number`.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn revision(
        &mut self,
        story: &StoryKey,
        number: u64,
        at: Timestamp,
        article: &Article,
        message: &str,
    ) -> io::Result<()> {
        let file = self.file(story);
        let mark = self.commits.len() as u64 + 1;
        let text = text(story, article)?;
        write!(self.out, "blob\nmark :{mark}\ndata {}\n{text}\n", text.len())?;
        let author = name(&article.byline.join(", "));
        self.commits.push(Commit { at, file, number, mark, author, message: message.to_owned() });
        Ok(())
    }

    /// Writes the commits, and ends the stream.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn finish(mut self) -> io::Result<W> {
        self.commits.sort_by_key(|commit| (commit.at, commit.file, commit.number));
        for Commit { at, file, mark, author, message, .. } in &self.commits {
            // git has no times before 1970.
            let seconds = at.as_micros().div_euclid(1_000_000).max(0);
            let path = self.paths.get(*file).map_or("", String::as_str);
            write!(
                self.out,
                "commit refs/heads/main\nauthor {author} <> {seconds} +0000\ncommitter {COMMITTER} {seconds} +0000\n\
                 data {}\n{message}\nM 100644 :{mark} {path}\n\n",
                message.len(),
            )?;
        }
        self.out.write_all(b"done\n")?;
        self.out.flush()?;
        Ok(self.out)
    }

    fn file(&mut self, story: &StoryKey) -> usize {
        if let Some(file) = self.files.get(story) {
            return *file;
        }
        let mut path = path_of(story);
        let times = self.taken.entry(path.to_lowercase()).or_default();
        *times += 1;
        if *times > 1 {
            path = format!("{}~{times}.txt", path.strip_suffix(".txt").unwrap_or(&path));
        }
        self.paths.push(path);
        self.files.insert(story.clone(), self.paths.len() - 1);
        self.paths.len() - 1
    }
}

/// Texts in quotes as JSON has them are YAML too.
fn text(story: &StoryKey, article: &Article) -> io::Result<String> {
    let Article { headline, deck, byline, paragraphs } = article;
    let mut text = "---\n".to_owned();
    let mut field = |name: &str, value: Option<String>| {
        if let Some(value) = value {
            text.push_str(&format!("{name}: {value}\n"));
        }
    };
    let quoted = |value: &str| (!value.is_empty()).then(|| serde_json::to_string(value)).transpose();
    field("title", quoted(headline)?);
    field("deck", quoted(deck)?);
    field("authors", (!byline.is_empty()).then(|| serde_json::to_string(byline)).transpose()?);
    if let StoryKey::Url(url) = story {
        field("url", quoted(url)?);
    }
    text.push_str("---\n\n");
    text.push_str(&paragraphs.join("\n\n"));
    text.push('\n');
    Ok(text)
}

/// A name that git takes: without the signs that end it.
fn name(text: &str) -> String {
    let name: String = text.chars().map(|c| if c.is_control() || "<>".contains(c) { ' ' } else { c }).collect();
    let name = name.trim().chars().take(100).collect::<String>();
    if name.is_empty() { "unknown".to_owned() } else { name }
}
