//! In which revision each sentence came.

use crate::diff::{self, Blame};
use crate::model::{Article, ArticleHash, Revision, Selector, StoryKey};

use super::{Archive, Error};

/// The sentences of a revision with their history, and the revisions that it is made of.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct BlamedStory {
    /// The name of the story.
    pub story: StoryKey,
    /// The article and its sentences. Their numbers are those of [`revisions`](Self::revisions).
    pub blamed: diff::Blamed,
    /// The revision that was asked for and those that it came from, each an edit of the one before, oldest first. Revisions by
    /// other extractors are not among them.
    pub revisions: Vec<Revision>,
}

/// How many texts are held at once. They are packed against newer ones, so that reading backwards is cheap, and wanted forwards.
const CHUNK: usize = 64;

impl Archive {
    /// Returns in which revision each sentence came, of the revision that a selector means; `None` when the story has none such.
    ///
    /// What is followed is [`Revision::previous`]: a text is an edit only of one by the same extractor. Reads each text once and
    /// compares each with the one before it; holds at most 64 of them at a time.
    ///
    /// ```
    /// use morgue::{Archive, Article, Durability, NewCapture, Selector, StoryKey, diff};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let archive = Archive::in_memory();
    /// let story = StoryKey::id("bridge")?;
    /// for (day, text) in [("2026-03-01", "A crack was found."), ("2026-03-02", "A crack was found. Cars may pass.")] {
    ///     let article = Article::new("").with_text(text);
    ///     archive.ingest(NewCapture::article(story.clone(), day.parse()?, article), Durability::Buffered)?;
    /// }
    /// let found = archive.blame(&story, &Selector::Latest, &diff::Options::default())?.expect("it was just archived");
    /// let came: Vec<u64> = found.blamed.sentences.iter().map(|sentence| sentence.since).collect();
    /// assert_eq!(came, [1, 2]);
    /// assert_eq!(found.revision(2).expect("it is there").first_captured.date(), "2026-03-02");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Archive::memento`], and damage to any of the texts.
    pub fn blame(
        &self,
        story: &StoryKey,
        selector: &Selector,
        options: &diff::Options,
    ) -> Result<Option<BlamedStory>, Error> {
        let found = self.with_story(story, |component| {
            let outline = component.outline(self.store())?;
            let revisions = &outline.revisions;
            Ok((component.name.clone(), selector.select(revisions).map(|latest| ancestry(revisions, latest))))
        })?;
        let Some((story, Some(revisions))) = found else { return Ok(None) };
        let mut blame = Blame::new(options);
        for chunk in revisions.chunks(CHUNK) {
            for (revision, article) in chunk.iter().zip(self.forwards(&story, chunk)?) {
                blame.push(revision.number, article);
            }
        }
        Ok(Some(BlamedStory { story, blamed: blame.finish(), revisions }))
    }

    /// Reads the articles of revisions backwards and returns them forwards.
    fn forwards(&self, story: &StoryKey, revisions: &[Revision]) -> Result<Vec<Article>, Error> {
        let hashes: Vec<ArticleHash> = revisions.iter().rev().map(|revision| revision.hash).collect();
        let mut articles = self.articles(story, hashes)?.collect::<Result<Vec<_>, _>>()?;
        articles.reverse();
        Ok(articles)
    }
}

impl BlamedStory {
    /// Returns the revision with a number, if it is one of [`revisions`](Self::revisions).
    #[must_use]
    pub fn revision(&self, number: u64) -> Option<&Revision> {
        let at = self.revisions.binary_search_by_key(&number, |revision| revision.number).ok()?;
        self.revisions.get(at)
    }
}

/// A revision and those that it is an edit of, oldest first.
fn ancestry(revisions: &[Revision], latest: &Revision) -> Vec<Revision> {
    let numbered = |number: u64| revisions.get(usize::try_from(number.checked_sub(1)?).ok()?);
    let before = |revision: &&Revision| revision.previous.and_then(numbered);
    let mut ancestry: Vec<Revision> = std::iter::successors(Some(latest), before).cloned().collect();
    ancestry.reverse();
    ancestry
}
