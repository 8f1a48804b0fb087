//! The text of a story, out of all that stands on its page.

mod blocks;
mod boxes;
mod deck;
mod lines;
mod noise;
mod select;

use ego_tree::NodeId;
use rustc_hash::FxHashSet;
use scraper::Html;
use trafilatura::ExtractionFocus;

pub(super) use blocks::words;
pub(super) use select::{Hints, Story};

/// Returns the text of the story, paragraphs in page order; none where no story was found.
///
/// Three steps. What is no story by its tags and classes, and then by what it holds, is taken off the page. trafilatura says which of the rest is the story. The
/// text itself is then read from the page, paragraph by paragraph: the extractor drops words that are linked, and captions, and
/// glues lines together.
pub(super) fn story(mut html: Html, hints: Hints<'_>) -> Story {
    detach(&mut html, noise::noise);
    detach(&mut html, boxes::boxes);
    let blocks = blocks::blocks(html.tree.root());
    let marked = extract(&html.html());
    select::select(&html, blocks, &marked, hints)
}

/// Takes off the page what is found there.
fn detach(html: &mut Html, find: fn(&Html) -> Vec<NodeId>) {
    for node in find(html) {
        if let Some(mut node) = html.tree.get_mut(node) {
            node.detach();
        }
    }
}

/// Adds a correction that the page claims and does not show, so that it is not lost.
pub(super) fn add_correction(correction: Option<&str>, paragraphs: &mut Vec<String>) {
    let Some(correction) = correction.filter(|_| !paragraphs.is_empty()) else { return };
    let shown = Marks::of(&paragraphs.join("\n"));
    if shown.share(correction) < select::MIN_SHARE {
        paragraphs.push(correction.to_owned());
    }
}

/// What the extractor takes for the story.
fn extract(html: &str) -> String {
    let options = trafilatura::Options::default()
        .with_fallback(true)
        .with_focus(ExtractionFocus::FavorPrecision)
        .with_exclude_comments(true);
    trafilatura::extract(html, &options).map(|found| found.content_text).unwrap_or_default()
}

/// Runs of three words, to find a text again of which some words are missing.
#[derive(Default)]
struct Marks(FxHashSet<u64>);

impl Marks {
    fn of(text: &str) -> Self {
        Self(hashes(text).into_iter().collect())
    }

    fn add(&mut self, text: &str) {
        self.0.extend(hashes(text));
    }

    /// How much of a text is there, in hundredths.
    fn share(&self, text: &str) -> usize {
        let hashes = hashes(text);
        hashes.iter().filter(|hash| self.0.contains(hash)).count() * 100 / hashes.len().max(1)
    }
}

fn hashes(text: &str) -> Vec<u64> {
    use std::hash::{BuildHasher as _, Hasher as _};
    let letters: Vec<&str> =
        text.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let hash = |words: &[&str]| {
        let mut hasher = rustc_hash::FxBuildHasher.build_hasher();
        for word in words {
            hasher.write(word.as_bytes());
            hasher.write_u8(0);
        }
        hasher.finish()
    };
    if letters.len() < 3 {
        return Vec::new();
    }
    letters.windows(3).map(hash).collect()
}
