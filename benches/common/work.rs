//! What is archived in a bench: generated news, or a file of JSON Lines.

use std::path::PathBuf;

use morgue::exchange::{Fact, Input, JsonlReader};
use morgue::{NewCapture, NewOutcome};

use super::news::Crawl;
use super::{number, option};

/// Where captures come from. Only those of articles, since git has nothing else.
pub(crate) enum Work {
    Generated(Crawl),
    Corpus(PathBuf),
}

impl Work {
    /// `--corpus FILE`, or generated news of `--stories N`.
    pub(crate) fn chosen(stories: u64) -> Self {
        match option("--corpus") {
            Some(path) => Self::Corpus(path.into()),
            None => {
                let stories = number("--stories", stories);
                let stories_a_day = (stories / 30).max(1);
                Self::Generated(Crawl { stories, stories_a_day, captures: (2, 14), paragraphs: (4, 16) })
            }
        }
    }

    pub(crate) fn name(&self) -> String {
        match self {
            Self::Generated(crawl) => format!("generated news, {} stories", crawl.stories),
            Self::Corpus(path) => path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
        }
    }

    pub(crate) fn captures(&self) -> Box<dyn Iterator<Item = NewCapture> + Send> {
        match self {
            Self::Generated(crawl) => Box::new(crawl.captures().filter(is_article)),
            Self::Corpus(path) => {
                let rows =
                    JsonlReader::new(Input::open(path).expect("the corpus")).map(|row| row.expect("a good row").fact);
                let captures = rows.filter_map(|fact| match fact {
                    Fact::Capture(capture) => Some(*capture),
                    Fact::Alias { .. } => None,
                });
                Box::new(captures.filter(is_article))
            }
        }
    }
}

fn is_article(capture: &NewCapture) -> bool {
    matches!(capture.outcome, NewOutcome::Article(_))
}
