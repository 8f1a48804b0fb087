//! What a person typed: which story, which revision.

use morgue::{Archive, Found, Memento, Revision, Selector, Story, StoryKey};

use super::error::{Failure, Result};
use super::words::{first_words, minute, shell_word};

/// How many of the stories that a text could mean are named.
const CANDIDATES: usize = 10;

/// Returns the story that is meant.
pub(crate) fn story(archive: &Archive, text: &str) -> Result<Story> {
    match archive.find(text)? {
        Found::One(story) => Ok(*story),
        Found::Many(stories) => Err(ambiguous(text, &stories)),
        _ => Err(Failure::nothing(format!("no story matches {text:?}")).hint("`morgue list` shows the stories")),
    }
}

fn ambiguous(text: &str, stories: &[Story]) -> Failure {
    let mut failure = Failure::new(format!("{text:?} could be several stories; say which"));
    for story in stories.iter().take(CANDIDATES) {
        let headline = first_words(&story.headline, 60);
        let gap = if headline.is_empty() { "" } else { "  " };
        failure = failure.hint(format!("{}{gap}{headline}", shell_word(story.story.as_str())));
    }
    if stories.len() > CANDIDATES {
        failure = failure.hint(format!("and more: `morgue list {}` shows them", shell_word(text)));
    }
    failure
}

/// Returns the memento that is meant.
pub(crate) fn memento(archive: &Archive, story: &StoryKey, selector: &Selector) -> Result<Memento> {
    match archive.memento(story, selector)? {
        Some(memento) => Ok(memento),
        None => Err(missing(story, &archive.revisions(story)?, selector)),
    }
}

fn missing(story: &StoryKey, revisions: &[Revision], selector: &Selector) -> Failure {
    let (Some(first), Some(last)) = (revisions.first(), revisions.last()) else {
        return Failure::nothing(format!("no article of {story} was ever captured"))
            .hint(format!("`morgue log {}` shows what was seen instead", shell_word(story.as_str())));
    };
    match selector {
        Selector::At(at) => {
            let first = first.first_captured;
            let shown = if *at == at.end_of_day() { at.date() } else { minute(*at) };
            let failure = Failure::nothing(format!(
                "@{shown}: nothing of {story} was captured by then; the first capture is of {}",
                minute(first)
            ));
            failure
                .hint("the date is when it was captured, not when it was published: `first` is the earliest there is")
        }
        selector => {
            Failure::nothing(format!("{selector}: {story} has no such revision; it has #1 to #{}", last.number))
                .hint(format!("`morgue log {}` lists them", shell_word(story.as_str())))
        }
    }
}
