//! The articles of a story, newest first, and what changed in each.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::archive::{Archive, Error};
use crate::diff::{self, ArticleDiff};
use crate::model::{Article, Revision, StoryKey};

type Articles<'a> = Box<dyn Iterator<Item = Result<Article, Error>> + 'a>;

/// The articles of a story. Ask for newer ones before older ones: older texts are packed against newer ones.
pub(super) struct Texts<'a> {
    archive: &'a Archive,
    story: &'a StoryKey,
    revisions: &'a [Revision],
    reader: Option<Articles<'a>>,
    /// The number of the revision that `reader` gives next.
    next: u64,
    kept: VecDeque<(u64, Arc<Article>)>,
}

/// A revision and the one that it is compared with are almost always neighbours; several extractors in turn need a few more.
const KEPT: usize = 16;

/// An edit with both of its texts.
#[derive(Debug)]
pub(super) struct Compared {
    pub(super) old: Arc<Article>,
    pub(super) new: Arc<Article>,
    pub(super) diff: ArticleDiff,
}

impl<'a> Texts<'a> {
    pub(super) const fn new(archive: &'a Archive, story: &'a StoryKey, revisions: &'a [Revision]) -> Self {
        Self { archive, story, revisions, reader: None, next: 0, kept: VecDeque::new() }
    }

    /// Compares a revision with the one that it is an edit of; `None` for one that is no edit of any.
    pub(super) fn compare(&mut self, revision: &Revision) -> Result<Option<Compared>, Error> {
        let new = self.get(revision.number)?;
        let Some(previous) = revision.previous.and_then(|number| self.numbered(number)) else { return Ok(None) };
        let old = self.get(previous.number)?;
        let mut options = diff::Options::default();
        (options.old_modified_at, options.new_modified_at) = (previous.modified_at, revision.modified_at);
        let diff = diff::compare(&old, &new, &options);
        Ok(Some(Compared { old, new, diff }))
    }

    /// Revisions are numbered from 1, without gaps.
    fn numbered(&self, number: u64) -> Option<&'a Revision> {
        self.revisions.get(usize::try_from(number.checked_sub(1)?).ok()?)
    }

    pub(super) fn get(&mut self, number: u64) -> Result<Arc<Article>, Error> {
        if self.reader.is_none() {
            let before = self.revisions.iter().rev().filter(move |revision| revision.number <= number);
            let reader = self.archive.articles(self.story, before.map(|revision| revision.hash))?;
            self.reader = Some(Box::new(reader));
            self.next = number;
        }
        while self.next >= number && self.next - number < KEPT as u64 {
            let Some(article) = self.reader.as_mut().and_then(Iterator::next) else { break };
            self.kept.push_back((self.next, Arc::new(article?)));
            self.next -= 1;
            if self.kept.len() > KEPT {
                self.kept.pop_front();
            }
        }
        if let Some((_, article)) = self.kept.iter().find(|(kept, _)| *kept == number) {
            return Ok(Arc::clone(article));
        }
        let revision = self.numbered(number).ok_or_else(|| Error::NoStory(self.story.clone()))?;
        Ok(Arc::new(self.archive.article(self.story, &revision.hash)?))
    }
}

/// A text of a stranger that is kept in many: at most so many bytes of it.
pub(super) fn shorten(text: &str) -> String {
    const MOST: usize = 300;
    if text.len() <= MOST {
        return text.to_owned();
    }
    let end = text.char_indices().map(|(at, _)| at).take_while(|at| *at <= MOST - 3).last().unwrap_or(0);
    format!("{}\u{2026}", text.get(..end).unwrap_or_default())
}
