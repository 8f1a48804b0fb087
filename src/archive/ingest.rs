//! Archiving one capture, and the commit that all archiving shares.

use std::borrow::Borrow;
use std::sync::{MutexGuard, PoisonError};

use serde::Serialize;

use crate::engine::{self, Durability};
use crate::model::{
    Alias, AliasDates, ArticleHash, Capture, NewCapture, Outcome, RevisionKind, StoryKey, Timestamp, fold,
};
use crate::text::Forms;

use super::component::{link, put_in_order};
use super::plan::{Planned, locate, plan};
use super::prepare::{Prepared, prepare};
use super::tail::Tail;
use super::transaction::{Change, Place, Placed, Transaction};
use super::{Archive, Error};

/// How often a change is planned anew when other writers come first.
pub(super) const MAX_ATTEMPTS: u32 = 64;

/// What archiving a capture came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Effect {
    /// It is the first capture of its story.
    NewStory,
    /// It changed the list of revisions.
    NewRevision,
    /// It saw what was known to be in force then.
    SeenAgain,
    /// It saw no article; that it was tried is recorded.
    Recorded,
    /// It was in the archive already; nothing changed.
    Known,
}

/// What archiving a capture came to, and where it stands now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Ingested {
    /// The name of the story.
    pub story: StoryKey,
    /// The time of the capture.
    pub captured_at: Timestamp,
    /// The hash of the text that was seen, if one was.
    pub hash: Option<ArticleHash>,
    /// What changed.
    pub effect: Effect,
    /// The number of the revision that the capture belongs to, if it belongs to one. Later imports of earlier captures may renumber it.
    pub revision: Option<u64>,
    /// How that revision came about.
    pub kind: Option<RevisionKind>,
}

/// What a commit has written.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Written {
    pub(super) packs: u64,
    /// Rows of the index.
    pub(super) rows: u64,
}

impl Written {
    pub(super) const fn add(&mut self, other: Self) {
        self.packs += other.packs;
        self.rows += other.rows;
    }
}

impl Archive {
    /// Archives one capture, in one atomic commit.
    ///
    /// The same capture again changes nothing, and captures may come in any order.
    ///
    /// ```
    /// use morgue::{Archive, Article, Durability, Effect, NewCapture, StoryKey};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let archive = Archive::in_memory();
    /// let capture = NewCapture::article(
    ///     StoryKey::id("bridge")?,
    ///     "2026-03-01T08:00:00Z".parse()?,
    ///     Article::new("Bridge closed"),
    /// );
    /// assert_eq!(archive.ingest(capture.clone(), Durability::Synced)?.effect, Effect::NewStory);
    /// assert_eq!(archive.ingest(capture, Durability::Synced)?.effect, Effect::Known);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::Rejected`] for an article that is too long; [`Error::Busy`] when other writers came first too often; errors of the
    /// engine. After [`Error::Rejected`] and [`Error::Busy`] nothing was kept; after another error the capture may have been kept,
    /// and archiving it again is safe.
    pub fn ingest(&self, capture: NewCapture, durability: Durability) -> Result<Ingested, Error> {
        self.writable()?;
        let prepared = [prepare(capture, &mut Forms::default())?];
        let (planned, written) =
            self.retry(&prepared, |planned, transaction| Ok((planned, self.commit_one(transaction)?)))?;
        // Also what was known: another call may have archived it and not synced it. An engine that has nothing to sync does nothing.
        if durability == Durability::Synced {
            self.flush()?;
        }
        self.upkeep(written)?;
        self.describe(&prepared, &planned)
    }

    /// Says what [`Archive::ingest`] would do, and does nothing.
    ///
    /// ```
    /// # use morgue::{Archive, Article, Durability, NewCapture, StoryKey};
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let archive = Archive::in_memory();
    /// # let story = StoryKey::id("bridge")?;
    /// # for (day, headline) in [("2026-03-01", "Bridge closed"), ("2026-03-02", "Bridge open")] {
    /// #     archive.ingest(NewCapture::article(story.clone(), day.parse()?, Article::new(headline)), Durability::Buffered)?;
    /// # }
    /// let again = NewCapture::article(story, "2026-03-03".parse()?, Article::new("Bridge open"));
    /// assert_eq!(archive.preview(again)?.effect, morgue::Effect::SeenAgain);
    /// assert_eq!(archive.stats()?.captures, 2);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Archive::ingest`]. An archive that was opened read-only can preview.
    pub fn preview(&self, capture: NewCapture) -> Result<Ingested, Error> {
        let prepared = [prepare(capture, &mut Forms::default())?];
        self.retry(&prepared, |planned, _| self.describe(&prepared, &planned))
    }

    /// Adds the fact that `alias` names the story of `story`; returns false when it was known.
    ///
    /// Either may be unknown yet: the captures may come later. What two keys connect becomes one story, with the captures of both.
    ///
    /// ```
    /// use morgue::{Archive, Durability, StoryKey};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let archive = Archive::in_memory();
    /// let amp = StoryKey::url("https://amp.news.example/bridge")?;
    /// let story = StoryKey::url("https://news.example/bridge")?;
    /// assert!(archive.add_alias(&amp, &story, Durability::Synced)?);
    /// assert!(!archive.add_alias(&amp, &story, Durability::Synced)?);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Archive::ingest`].
    pub fn add_alias(&self, alias: &StoryKey, story: &StoryKey, durability: Durability) -> Result<bool, Error> {
        let dates = AliasDates::default();
        self.add_alias_fact(&Alias { alias: alias.clone(), of: story.clone(), dates }, durability)
    }

    /// Adds an alias fact with all that is known of it; returns false when nothing of it is new.
    ///
    /// Facts may come in any order and any number of times: see [`AliasDates`]. One that says that two keys are not of one story
    /// divides it, unless other facts connect them.
    ///
    /// ```
    /// use morgue::{Alias, AliasDates, Archive, Durability, StoryKey};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let archive = Archive::in_memory();
    /// let (alias, of) = (StoryKey::id("wire-7")?, StoryKey::url("https://news.example/bridge")?);
    /// let fact = Alias { alias, of, dates: AliasDates::since("2026-03-01".parse()?) };
    /// assert!(archive.add_alias_fact(&fact, Durability::Synced)?);
    /// let later = Alias { dates: AliasDates::since("2026-03-02".parse()?), ..fact };
    /// assert!(!archive.add_alias_fact(&later, Durability::Synced)?, "it was known before");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Archive::ingest`].
    pub fn add_alias_fact(&self, fact: &Alias, durability: Durability) -> Result<bool, Error> {
        self.writable()?;
        let (added, written) = self.attempt(&fact.of, || {
            let mut transaction = Transaction::new(self.store());
            let added = link(&mut transaction, fact)?;
            let written = if added { self.commit_one(transaction)? } else { Written::default() };
            Ok((added, written))
        })?;
        if durability == Durability::Synced {
            self.flush()?;
        }
        self.upkeep(written)?;
        Ok(added)
    }

    /// Makes everything that was archived so far survive power loss.
    ///
    /// ```
    /// # use morgue::{Archive, Article, Durability, NewCapture, StoryKey};
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let archive = Archive::in_memory();
    /// # let story = StoryKey::id("bridge")?;
    /// # for (day, headline) in [("2026-03-01", "Bridge closed"), ("2026-03-02", "Bridge open")] {
    /// #     archive.ingest(NewCapture::article(story.clone(), day.parse()?, Article::new(headline)), Durability::Buffered)?;
    /// # }
    /// archive.flush()?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// I/O.
    pub fn flush(&self) -> Result<(), Error> {
        if self.inner.served.is_some() {
            // This process has written nothing, and the other one sees to what it writes.
            return Ok(());
        }
        let arrivals = self.tail().next_arrival;
        self.engine().flush()?;
        self.inner.acknowledged.as_ref().map_or(Ok(()), |acknowledged| acknowledged.note(arrivals))
    }

    pub(super) fn tail(&self) -> MutexGuard<'_, Tail> {
        self.inner.tail.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Plans a group and does something with the plan, again from the start while other writers come first.
    pub(super) fn retry<P: Borrow<Prepared>, T>(
        &self,
        group: &[P],
        act: impl Fn(Planned, Transaction<'_>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let story = group.first().map(|prepared| prepared.borrow().capture.key.clone());
        self.attempt(&story.unwrap_or(StoryKey::Id(String::new())), || {
            let mut transaction = Transaction::new(self.store());
            let planned = plan(&mut transaction, group)?;
            act(planned, transaction)
        })
    }

    pub(super) fn attempt<T>(&self, story: &StoryKey, act: impl Fn() -> Result<T, Error>) -> Result<T, Error> {
        for _ in 0..MAX_ATTEMPTS {
            match act() {
                Err(Error::Engine(engine::Error::Conflict)) => {}
                done => return done,
            }
        }
        Err(Error::Busy { story: story.clone(), attempts: MAX_ATTEMPTS })
    }

    /// Makes one commit of a transaction, if there is anything in it.
    pub(super) fn commit_one(&self, transaction: Transaction<'_>) -> Result<Written, Error> {
        if transaction.is_empty() { Ok(Written::default()) } else { self.commit(Change::of(vec![transaction])?) }
    }

    /// Makes one commit of a change, and tells subscribers. Not synced.
    pub(super) fn commit(&self, change: Change) -> Result<Written, Error> {
        self.commit_placed(change, None).map(|(written, _)| written)
    }

    /// The same for a change that was placed ahead; says whether it could stay there. It is placed anew when other commits came
    /// first.
    pub(super) fn commit_placed(&self, mut change: Change, placed: Option<Placed>) -> Result<(Written, bool), Error> {
        let mut tail = self.tail();
        tail.refresh(self.engine())?;
        let written = Written { packs: change.packs(), rows: change.rows() };
        tail.fresh.make_room(self.engine(), written.packs)?;
        let at = tail.place();
        let (placed, stays) = match placed.filter(|placed| placed.at == at) {
            Some(placed) => (placed, true),
            None => (change.place(at)?, false),
        };
        let next = change.after(at);
        let (commit, worth) = change.into_commit(placed);
        let outcome = self.engine().commit(&commit, Durability::Buffered);
        // A conflict can mean that another process has taken this place in the feed; any other error, that nobody knows.
        tail.is_stale = outcome.is_err();
        outcome?;
        tail.go_to(next);
        if self.inner.seals {
            tail.recent.worth.and(&worth);
        }
        drop(tail);
        self.inner.changed.notify_all();
        Ok((written, stays))
    }

    /// Where the next commit will go, unless another one comes first.
    pub(super) fn next_place(&self) -> Result<Place, Error> {
        let mut tail = self.tail();
        tail.refresh(self.engine())?;
        Ok(tail.place())
    }

    /// Says what a plan for one capture came to. Where it stands among the revisions follows from the plan for the latest
    /// capture of a story, else from all captures of the story, this one included.
    fn describe(&self, prepared: &[Prepared; 1], planned: &Planned) -> Result<Ingested, Error> {
        let [Prepared { capture, .. }] = prepared;
        if let Some(kind) = planned.appended.filter(|_| planned.known == [false]) {
            return Ok(ingested(capture, planned, Some((planned.revisions_after, kind))));
        }
        if !matches!(capture.outcome, Outcome::Article(_) | Outcome::NotModified) {
            return Ok(ingested(capture, planned, None));
        }
        // Others may write to the story meanwhile: read again then, as the capture itself is kept.
        let mut captures = self.captures(&capture.key)?;
        let is_this = |own: &Capture| own.order() == capture.order() && own.key == capture.key;
        if !captures.iter().any(is_this) {
            captures.push(capture.clone());
            put_in_order(&mut captures);
        }
        let revisions = fold(&captures);
        let position = captures.iter().position(is_this);
        let revision = position.and_then(|position| locate(&revisions, &captures, position));
        Ok(ingested(capture, planned, revision.map(|revision| (revision.number, revision.kind))))
    }
}

fn ingested(capture: &Capture, planned: &Planned, place: Option<(u64, RevisionKind)>) -> Ingested {
    let effect = if planned.known == [true] {
        Effect::Known
    } else if planned.new_stories > 0 {
        Effect::NewStory
    } else if planned.revisions_after > planned.revisions_before {
        Effect::NewRevision
    } else if place.is_some() {
        Effect::SeenAgain
    } else {
        Effect::Recorded
    };
    Ingested {
        story: planned.story.clone(),
        captured_at: capture.captured_at,
        hash: capture.outcome.text_hash(),
        effect,
        revision: place.map(|(number, _)| number),
        kind: place.map(|(_, kind)| kind),
    }
}
