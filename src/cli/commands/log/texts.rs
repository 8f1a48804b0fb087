//! The articles of a story, newest first, and what changed in each.

use std::collections::VecDeque;

use morgue::{Archive, Article, Revision, StoryKey, diff};

use crate::cli::commands::diff::options;
use crate::cli::error::Result;
use crate::cli::filter::Account;

type Articles<'a> = Box<dyn Iterator<Item = Result<Article, morgue::Error>> + 'a>;

/// The articles of a story, read newest first and only as far as they are asked for: older texts are packed against newer ones,
/// so that this order is the cheap one, and the first line of a long log comes at once.
pub(in crate::cli::commands) struct Texts<'a> {
    archive: &'a Archive,
    story: &'a StoryKey,
    revisions: &'a [Revision],
    reader: Articles<'a>,
    /// The number of the revision that `reader` gives next.
    next: u64,
    kept: VecDeque<(u64, Article)>,
}

/// A revision and the one that it is compared with are almost always neighbours; several extractors in turn need a few more.
const KEPT: usize = 16;

impl<'a> Texts<'a> {
    pub(in crate::cli::commands) fn new(
        archive: &'a Archive,
        story: &'a StoryKey,
        revisions: &'a [Revision],
    ) -> Result<Self> {
        let reader = archive.articles(story, revisions.iter().rev().map(|revision| revision.hash))?;
        Ok(Self {
            archive,
            story,
            revisions,
            reader: Box::new(reader),
            next: revisions.len() as u64,
            kept: VecDeque::new(),
        })
    }

    /// Returns the article of a revision, and what changed from the one that it is compared with.
    pub(in crate::cli::commands) fn describe(&mut self, revision: &Revision) -> Result<(Article, Option<Account>)> {
        let article = self.get(revision.number)?;
        let Some(previous) = revision.previous.and_then(|number| self.numbered(number)) else {
            return Ok((article, None));
        };
        let before = self.get(previous.number)?;
        let account = Account::of(diff::compare(&before, &article, &options(previous, revision)));
        Ok((article, Some(account)))
    }

    /// Revisions are numbered from 1, without gaps.
    fn numbered(&self, number: u64) -> Option<&'a Revision> {
        self.revisions.get(usize::try_from(number.checked_sub(1)?).ok()?)
    }

    pub(super) fn before(&self, revision: &Revision) -> Option<&'a Revision> {
        self.numbered(revision.number.checked_sub(1)?)
    }

    pub(super) fn get(&mut self, number: u64) -> Result<Article> {
        while self.next >= number && self.next - number < KEPT as u64 {
            let Some(article) = self.reader.next() else { break };
            self.kept.push_back((self.next, article?));
            self.next -= 1;
            if self.kept.len() > KEPT {
                self.kept.pop_front();
            }
        }
        if let Some((_, article)) = self.kept.iter().find(|(kept, _)| *kept == number) {
            return Ok(article.clone());
        }
        let hash = self
            .numbered(number)
            .map(|revision| revision.hash)
            .ok_or_else(|| morgue::Error::NoStory(self.story.clone()))?;
        Ok(self.archive.article(self.story, &hash)?)
    }
}
