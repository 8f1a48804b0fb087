//! Revisions: what follows from a story's captures.

use std::borrow::Borrow;

use rustc_hash::FxHashSet;
use serde::{Deserialize, Serialize};

use super::capture::{Capture, Outcome};
use super::hash::{ArticleHash, FoldedHash};
use super::time::Timestamp;

/// How a revision came about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum RevisionKind {
    /// The first text of the story, or the first by this source: there is nothing that it could be an edit of.
    First,
    /// The text changed.
    Edit,
    /// Only typography changed.
    Cosmetic,
    /// The text of an earlier revision, again.
    Restored,
}

impl RevisionKind {
    /// Returns the word for it in JSON and on the command line.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::First => "first",
            Self::Edit => "edit",
            Self::Cosmetic => "cosmetic",
            Self::Restored => "restored",
        }
    }
}

/// A maximal run of consecutive captures with the same article.
///
/// Captures that saw no article (teaser, gone, moved, unreachable) neither belong to a revision nor end one; `NotModified`
/// extends the one in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Revision {
    /// Its number by capture time, from 1.
    pub number: u64,
    /// How it came about.
    pub kind: RevisionKind,
    /// What the story said.
    pub hash: ArticleHash,
    /// The number of the earlier revision that `kind` compares it with; `None` for [`RevisionKind::First`].
    pub previous: Option<u64>,
    /// The time of its first capture.
    pub first_captured: Timestamp,
    /// The time of its last capture.
    pub last_captured: Timestamp,
    /// How many captures saw it, `NotModified` included.
    pub captures: u64,
    /// The publisher's claim at the first capture that has one.
    pub published_at: Option<Timestamp>,
    /// The publisher's claim at the first capture that has one.
    pub modified_at: Option<Timestamp>,
    /// Who extracted the text, at the first capture.
    pub source: Option<String>,
    /// The smallest arrival among its captures: when this archive learned of it.
    pub arrival: u64,
}

/// A revision with what is needed to tell the kind of later ones.
struct Run {
    revision: Revision,
    folded: Option<FoldedHash>,
    sources: Vec<Option<String>>,
}

/// Returns the revisions that follow from a story's captures, oldest first.
///
/// `captures` must be sorted by [`Capture::order`]. Takes linear time in their number, for a bounded number of sources.
///
/// Where one program has read the same page again in a later version, only the later reading counts: see [`standing`].
///
/// A revision is compared with the latest earlier one that shares a source with it: texts made by different extractors are
/// never called edits of each other.
#[must_use]
pub fn fold<C: Borrow<Capture>>(captures: &[C]) -> Vec<Revision> {
    let standing = standing(captures);
    let captures = captures.iter().map(Borrow::borrow);
    let mut arrivals: Vec<u64> = captures.clone().map(|capture| capture.arrival).collect();
    let articles = captures.clone().zip(standing.iter().flatten()).filter(|(own, _)| own.outcome.article().is_some());
    for (capture, place) in articles {
        // An article that is read again was known before.
        arrivals.get_mut(*place).into_iter().for_each(|arrival| *arrival = capture.arrival.min(*arrival));
    }
    let mut runs: Vec<Run> = Vec::new();
    for ((place, capture), arrival) in captures.enumerate().zip(arrivals) {
        if standing.as_ref().is_some_and(|standing| standing.get(place) != Some(&place)) {
            continue;
        }
        match (&capture.outcome, runs.last_mut()) {
            (Outcome::Article(hash), Some(run)) if run.revision.hash == *hash => run.extend(capture, arrival),
            (Outcome::Article(hash), _) => runs.push(Run::start(*hash, capture, arrival)),
            (Outcome::NotModified, Some(run)) => run.see_again(capture),
            _ => {}
        }
    }
    number(runs)
}

/// Returns for each capture the place of the one that counts in its stead: its own, unless a later version of the program that
/// read its page has read that page again. `None` where no page was read again.
///
/// Captures are readings of one page when they have the same key and the same time, and of one program when their sources begin
/// with the same word: `reader 2 (fast)` is a later version of `reader 1`. `captures` must be sorted by [`Capture::order`].
#[must_use]
pub fn standing<C: Borrow<Capture>>(captures: &[C]) -> Option<Vec<usize>> {
    let mut standing: Option<Vec<usize>> = None;
    let mut first = 0;
    for page in captures.chunk_by(|a, b| a.borrow().captured_at == b.borrow().captured_at) {
        for (at, capture) in page.iter().enumerate().filter(|_| page.len() > 1) {
            if let Some(later) = read_again(page, capture.borrow()) {
                let all = standing.get_or_insert_with(|| (0..captures.len()).collect());
                all.get_mut(first + at).into_iter().for_each(|place| *place = first + later);
            }
        }
        first += page.len();
    }
    standing
}

/// The place of the latest reading of the page that a capture is a reading of, if that is another one.
fn read_again<C: Borrow<Capture>>(readings: &[C], capture: &Capture) -> Option<usize> {
    let (program, version) = reader(capture)?;
    let same = readings.iter().map(Borrow::borrow).enumerate().filter(|(_, other)| other.key == capture.key);
    let versions = same.filter_map(|(place, other)| Some((reader(other)?, place)));
    let later = versions.filter(|((own, other), _)| *own == program && *other > version);
    later.max_by(|((_, a), _), ((_, b), _)| a.cmp(b)).map(|(_, place)| place)
}

/// The program that read a page, and its version: numbers, and what is said behind them.
fn reader(capture: &Capture) -> Option<(&str, (Vec<u64>, &str))> {
    let (program, rest) = capture.observation.source.as_deref()?.split_once(' ')?;
    let (version, rest) = rest.split_once(' ').unwrap_or((rest, ""));
    let numbers = version.split('.').map(|number| number.parse().ok()).collect::<Option<Vec<u64>>>()?;
    Some((program, (numbers, rest)))
}

impl Run {
    fn start(hash: ArticleHash, capture: &Capture, arrival: u64) -> Self {
        let revision = Revision {
            number: 0,
            kind: RevisionKind::First,
            hash,
            previous: None,
            first_captured: capture.captured_at,
            last_captured: capture.captured_at,
            captures: 1,
            published_at: capture.observation.published_at,
            modified_at: capture.observation.modified_at,
            source: capture.observation.source.clone(),
            arrival,
        };
        Self { revision, folded: capture.folded, sources: vec![capture.observation.source.clone()] }
    }

    fn extend(&mut self, capture: &Capture, arrival: u64) {
        self.see_again(capture);
        let revision = &mut self.revision;
        revision.arrival = revision.arrival.min(arrival);
        revision.published_at = revision.published_at.or(capture.observation.published_at);
        revision.modified_at = revision.modified_at.or(capture.observation.modified_at);
        if !self.sources.contains(&capture.observation.source) {
            self.sources.push(capture.observation.source.clone());
        }
    }

    fn see_again(&mut self, capture: &Capture) {
        self.revision.last_captured = capture.captured_at;
        self.revision.captures += 1;
    }
}

fn number(runs: Vec<Run>) -> Vec<Revision> {
    let mut seen = FxHashSet::default();
    let mut latest_of_source: Vec<(Option<String>, u64, Option<FoldedHash>)> = Vec::new();
    let mut revisions = Vec::with_capacity(runs.len());
    for (number, run) in (1..).zip(runs) {
        let mut revision = run.revision;
        let previous = latest_of_source
            .iter()
            .filter(|(source, ..)| run.sources.contains(source))
            .max_by_key(|(_, number, _)| *number);
        revision.number = number;
        revision.previous = previous.map(|(_, number, _)| *number);
        revision.kind = match previous {
            None => RevisionKind::First,
            Some(_) if seen.contains(&revision.hash) => RevisionKind::Restored,
            Some((_, _, folded)) if *folded == run.folded => RevisionKind::Cosmetic,
            Some(_) => RevisionKind::Edit,
        };
        seen.insert(revision.hash);
        latest_of_source.retain(|(source, ..)| !run.sources.contains(source));
        latest_of_source.extend(run.sources.into_iter().map(|source| (source, number, run.folded)));
        revisions.push(revision);
    }
    revisions
}

/// Returns the revision in force at `at`: the last one first captured at or before it.
///
/// `None` before the first capture of an article. `revisions` must be oldest first, as [`fold`] gives them.
#[must_use]
pub fn memento_at(revisions: &[Revision], at: Timestamp) -> Option<&Revision> {
    let after = revisions.partition_point(|revision| revision.first_captured <= at);
    after.checked_sub(1).and_then(|last| revisions.get(last))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Observation, StoryKey};

    fn capture(minute: i64, outcome: Outcome, source: &str) -> Capture {
        let folded = outcome.text_hash().map(|hash| FoldedHash::of(&hash.as_bytes()[..1]));
        Capture {
            key: StoryKey::id("s").unwrap(),
            captured_at: Timestamp::from_micros(minute * 60_000_000).unwrap(),
            outcome,
            observation: Observation { source: Some(source.into()), ..Observation::default() },
            folded,
            arrival: 0,
            digest: [0; 8],
        }
    }

    /// Texts whose first byte is equal fold to the same.
    fn text(first: u8, second: u8) -> Outcome {
        let mut bytes = [0; 32];
        bytes[0] = first;
        bytes[1] = second;
        Outcome::Article(ArticleHash::from_bytes(bytes))
    }

    fn kinds(outcomes: &[(Outcome, &str)]) -> Vec<RevisionKind> {
        let captures: Vec<Capture> =
            (0..).zip(outcomes).map(|(minute, (outcome, source))| capture(minute, outcome.clone(), source)).collect();
        fold(&captures).iter().map(|revision| revision.kind).collect()
    }

    #[test]
    fn each_kind_is_told_from_the_others() {
        use RevisionKind::{Cosmetic, Edit, First, Restored};
        let (a, typo, b) = (text(1, 0), text(1, 1), text(2, 0));
        let outcomes = [(a.clone(), "x"), (a.clone(), "x"), (typo, "x"), (b, "x"), (a, "x")];
        assert_eq!(kinds(&outcomes), [First, Cosmetic, Edit, Restored]);
    }

    #[test]
    fn a_bad_fetch_is_never_an_edit() {
        let hash = ArticleHash::from_bytes([9; 32]);
        for bad in [
            Outcome::Teaser(hash),
            Outcome::Gone,
            Outcome::Moved(StoryKey::id("t").unwrap()),
            Outcome::Unreachable("503".into()),
        ] {
            let captures = [capture(0, text(1, 0), "x"), capture(1, bad, "x"), capture(2, text(1, 0), "x")];
            let revisions = fold(&captures);
            assert_eq!(revisions.len(), 1);
            assert_eq!(revisions[0].captures, 2);
        }
    }

    #[test]
    fn not_modified_extends_the_revision_in_force_and_starts_none() {
        let captures =
            [capture(0, Outcome::NotModified, "x"), capture(1, text(1, 0), "x"), capture(2, Outcome::NotModified, "y")];
        let revisions = fold(&captures);
        assert_eq!(revisions.len(), 1);
        assert_eq!((revisions[0].captures, revisions[0].last_captured), (2, captures[2].captured_at));
    }

    #[test]
    fn texts_of_different_extractors_are_never_edits_of_each_other() {
        use RevisionKind::{Edit, First};
        let outcomes = [(text(1, 0), "x"), (text(2, 0), "y"), (text(3, 0), "x"), (text(4, 0), "y")];
        assert_eq!(kinds(&outcomes), [First, First, Edit, Edit]);
        let captures: Vec<Capture> = (0..).zip(outcomes).map(|(m, (o, s))| capture(m, o, s)).collect();
        assert_eq!(fold(&captures)[2].previous, Some(1));
    }

    #[test]
    fn a_page_that_was_read_again_counts_once_and_is_no_edit() {
        use RevisionKind::{Edit, First};
        let read =
            |minute: i64, outcome, source: &str, arrival| Capture { arrival, ..capture(minute, outcome, source) };
        let mut captures = vec![
            read(1, text(1, 0), "reader 9 (slow)", 0),
            read(2, text(2, 0), "reader 9 (slow)", 1),
            read(3, text(2, 0), "reader 9 (slow)", 2),
        ];
        let before = fold(&captures);
        captures.extend([
            read(1, text(3, 0), "reader 10", 3),
            read(2, text(4, 0), "reader 10", 4),
            read(3, text(4, 0), "reader 10", 5),
        ]);
        captures.sort_by_key(Capture::order);
        let after = fold(&captures);
        assert_eq!(after.iter().map(|revision| revision.kind).collect::<Vec<_>>(), [First, Edit]);
        assert_eq!(after.iter().map(|revision| revision.captures).collect::<Vec<_>>(), [1, 2]);
        let known = |revisions: &[Revision]| revisions.iter().map(|revision| revision.arrival).collect::<Vec<_>>();
        assert_eq!(known(&after), known(&before), "the archive knew of them before");
        assert!(after.iter().all(|revision| revision.source.as_deref() == Some("reader 10")));
    }

    #[test]
    fn readings_of_other_programs_times_and_keys_stand_beside_each_other() {
        let one = capture(1, text(1, 0), "reader 1");
        for other in [
            capture(1, text(2, 0), "other 2"),
            capture(2, text(2, 0), "reader 2"),
            Capture { key: StoryKey::id("t").unwrap(), ..capture(1, text(2, 0), "reader 2") },
            capture(1, text(2, 0), "reader 1"),
            capture(1, text(2, 0), "reader"),
        ] {
            assert_eq!(standing(&[one.clone(), other.clone()]), None, "{other:?}");
        }
        let later = capture(1, Outcome::Gone, "reader 1.1");
        assert_eq!(standing(&[one.clone(), later]), Some(vec![1, 1]), "whatever the later version saw");
    }

    #[test]
    fn the_memento_is_the_last_revision_first_captured_by_then() {
        let revisions = fold(&[capture(1, text(1, 0), "x"), capture(5, text(2, 0), "x")]);
        let at = |minute: i64| {
            memento_at(&revisions, Timestamp::from_micros(minute * 60_000_000).unwrap()).map(|r| r.number)
        };
        assert_eq!([at(0), at(1), at(4), at(5), at(9)], [None, Some(1), Some(1), Some(2), Some(2)]);
    }
}
