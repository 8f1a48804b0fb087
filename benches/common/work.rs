//! What is archived in a bench: generated news, or a file of JSON Lines, or the export of a wiki (`.xml`, compressed or not).

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};

use morgue::exchange::{Fact, Input, JsonlReader, write_capture};
use morgue::{NewCapture, NewOutcome};

use super::git::plain;
use super::news::Crawl;
use super::wikihist::Revisions;
use super::{number, option};

/// Where captures come from. Only those of articles, since git has nothing else.
pub(crate) enum Work {
    Generated(Crawl),
    Corpus(PathBuf),
}

/// The corpora that the figures are of, each with a word for the command line.
pub(crate) const CORPORA: [(&str, &str); 4] = [
    ("digitalgov", "digitalgov_news.jsonl.gz"),
    ("cnn_lite_multi", "cnn_lite_multi.jsonl.gz"),
    ("bbc_headlines", "bbc_headlines_3plus.jsonl.gz"),
    ("wikihist", "wikihist/large.xml.lzma"),
];

impl Work {
    /// `--corpus FILE`, or one of [`CORPORA`] in `--corpora DIR`, or generated news of `--stories N`. `None`, said on stdout, when
    /// the file is missing.
    pub(crate) fn chosen(stories: u64) -> Option<Self> {
        let Some(corpus) = option("--corpus") else {
            let stories = number("--stories", stories);
            let stories_a_day = (stories / 30).max(1);
            return Some(Self::Generated(Crawl { stories, stories_a_day, captures: (2, 14), paragraphs: (4, 16) }));
        };
        Self::named(&corpus)
    }

    /// One of [`CORPORA`], or a file.
    pub(crate) fn named(corpus: &str) -> Option<Self> {
        let known = CORPORA.into_iter().find(|(word, _)| *word == corpus);
        let path = known.map_or_else(|| PathBuf::from(corpus), |(_, file)| corpora().join(file));
        if !path.exists() {
            println!("skipped: {corpus}, {} not found", path.display());
            return None;
        }
        Some(Self::Corpus(path))
    }

    pub(crate) fn name(&self) -> String {
        match self {
            Self::Generated(crawl) => format!("generated news, {} stories", crawl.stories),
            Self::Corpus(path) => path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
        }
    }

    /// The same in the order of time with `--by-time`, as a crawl sees it: the corpora come story by story. The rows go into a file in
    /// this directory, so that whoever reads them holds one at a time.
    pub(crate) fn in_order(self, directory: &Path) -> Self {
        if self.is_export() || !std::env::args().any(|word| word == "--by-time") {
            return self;
        }
        let mut captures: Vec<NewCapture> = self.captures().collect();
        captures.sort_by(|one, other| (one.captured_at, &one.key).cmp(&(other.captured_at, &other.key)));
        let path = directory.join(format!("{} by time", self.name()));
        let mut file = BufWriter::new(File::create(&path).unwrap());
        captures.iter().for_each(|capture| write_capture(&mut file, capture).unwrap());
        file.flush().unwrap();
        Self::Corpus(path)
    }

    /// What [`Work::chosen`] must be told to choose the same in another process.
    pub(crate) fn options(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Generated(crawl) => vec![("--stories", crawl.stories.to_string())],
            Self::Corpus(path) => vec![("--corpus", path.to_str().unwrap().to_owned())],
        }
    }

    /// Whether it is the export of a wiki.
    pub(crate) fn is_export(&self) -> bool {
        matches!(self, Self::Corpus(path) if is_export(path))
    }

    /// How many versions there are, and how many bytes their texts have.
    pub(crate) fn size(&self) -> (u64, u64) {
        self.captures().fold((0, 0), |(versions, bytes), capture| {
            (versions + 1, bytes + plain(capture.outcome.text().unwrap()).len() as u64)
        })
    }

    pub(crate) fn captures(&self) -> Box<dyn Iterator<Item = NewCapture> + Send> {
        match self {
            Self::Generated(crawl) => Box::new(crawl.captures().filter(is_article)),
            Self::Corpus(path) if is_export(path) => Box::new(Revisions::new(Input::open(path).expect("the corpus"))),
            Self::Corpus(path) => {
                let rows =
                    JsonlReader::new(Input::open(path).expect("the corpus")).map(|row| row.expect("a good row").fact);
                let captures = rows.filter_map(|fact| match fact {
                    Fact::Capture(capture) => Some(*capture),
                    Fact::Alias(_) => None,
                });
                Box::new(captures.filter(is_article))
            }
        }
    }
}

/// `--corpora DIR`, or where they stand beside this package.
fn corpora() -> PathBuf {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpora");
    option("--corpora").map_or_else(beside, PathBuf::from)
}

/// Whether a file is the export of a wiki.
fn is_export(path: &Path) -> bool {
    path.to_string_lossy().contains(".xml")
}

fn is_article(capture: &NewCapture) -> bool {
    matches!(capture.outcome, NewOutcome::Article(_))
}
