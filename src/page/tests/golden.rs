//! What a version of the rules makes of pages, to the letter.

use super::*;

/// A page with something of everything.
const EVERYTHING: &str = include_str!("everything.html");

/// When this fails because the rules changed, [`VERSION`] has to rise, and the texts below and its number here with it: texts of two
/// versions are never called edits of each other.
#[test]
fn a_text_does_not_change_without_a_new_version() {
    let reading = read(&Page::new("https://post.example/2026/03/bridge", EVERYTHING.as_bytes()), &Options::default());
    let article = &reading.article;
    let read = format!(
        "{VERSION}\n{}\n{}\n{}\n\n{}\n",
        article.headline,
        article.deck,
        article.byline.join(" / "),
        article.paragraphs.join("\n\n")
    );
    assert_eq!(read, include_str!("everything.txt"), "\n{read}");
    assert!(reading.observation.source.is_some_and(|source| source.starts_with(&format!("morgue-page {VERSION} "))));
}
