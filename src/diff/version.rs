//! Which article was compared, as far as it takes to know it again and to make it from the other one.

use serde::{Deserialize, Serialize};

use super::group::Field;
use super::side::Side;
use crate::model::{Article, ArticleHash};

/// Which article was compared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Version {
    /// Its hash; `None` when it is too long to have one.
    pub hash: Option<ArticleHash>,
    /// The bytes of its headline.
    pub headline: usize,
    /// The bytes of its deck.
    pub deck: usize,
    /// The bytes of each author.
    pub byline: Vec<usize>,
    /// The bytes of each paragraph.
    pub paragraphs: Vec<usize>,
    /// The white space around and between sentences, wherever it is more or other than one space.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gaps: Vec<Gap>,
}

/// White space that belongs to no sentence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Gap {
    /// The field.
    pub field: Field,
    /// Which text of the field, as in [`Span::para`](super::Span::para).
    pub para: usize,
    /// The first byte.
    pub start: usize,
    /// What stands there.
    pub text: String,
}

impl Version {
    pub(super) fn new(article: &Article) -> Self {
        Self {
            hash: crate::text::canonical(article).ok().map(|form| form.hash),
            headline: article.headline.len(),
            deck: article.deck.len(),
            byline: article.byline.iter().map(String::len).collect(),
            paragraphs: article.paragraphs.iter().map(String::len).collect(),
            gaps: Vec::new(),
        }
    }

    /// Adds the gaps of a field.
    pub(super) fn add_gaps(&mut self, field: Field, texts: &[&str], side: &Side<'_>) {
        for (para, (text, sentences)) in texts.iter().zip(&side.paragraphs).enumerate() {
            let spans = side.sentences.get(sentences.clone()).unwrap_or_default().iter().map(|sentence| sentence.span);
            let mut start = 0;
            for (from, to) in spans.map(|span| (span.start, span.end)).chain([(text.len(), text.len())]) {
                let gap = text.get(start..from).unwrap_or_default();
                if !matches!(gap, "" | " ") {
                    self.gaps.push(Gap { field, para, start, text: gap.to_owned() });
                }
                start = to;
            }
        }
    }
}
