//! The text of a story, out of all that stands on its page.

mod blocks;

use scraper::Html;
use trafilatura::ExtractionFocus;

pub(super) use blocks::paragraphs;

/// Returns the paragraphs of the story, in page order; none where no story was found.
pub(super) fn story(html: &Html) -> Vec<String> {
    let options = trafilatura::Options::default()
        .with_fallback(true)
        .with_focus(ExtractionFocus::FavorPrecision)
        .with_exclude_comments(true);
    match trafilatura::extract(&html.html(), &options) {
        Ok(found) => paragraphs(Html::parse_document(&found.content_html).tree.root()),
        Err(_) => Vec::new(),
    }
}
