//! What a page is: the story, or something in its place.

use super::Verdict;
use super::metadata::Facts;

/// What the HTTP status says, if it says that there is no story here.
pub(super) fn of_status(status: Option<u16>) -> Option<(Verdict, String)> {
    match status? {
        status @ (404 | 410) => Some((Verdict::Gone, status.to_string())),
        status @ (401 | 402 | 403 | 407 | 429 | 451) => Some((Verdict::Blocked, status.to_string())),
        200..=299 => None,
        status => Some((Verdict::Failed, status.to_string())),
    }
}

/// The fewest words of a story that is not free.
const MIN_PAID_WORDS: usize = 150;

pub(super) fn of_text(facts: &Facts, paragraphs: &[String]) -> (Verdict, String) {
    let words: usize = paragraphs.iter().map(|text| text.split_whitespace().count()).sum();
    if words == 0 {
        return (Verdict::NotAStory, "no story was found on the page".to_owned());
    }
    if facts.is_free == Some(false) && words < MIN_PAID_WORDS {
        return (Verdict::Teaser, "the story is not free, and little of it is shown".to_owned());
    }
    (Verdict::Article, String::new())
}
