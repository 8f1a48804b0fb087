//! What captures of one story change: decided here, done by the commit.

use std::collections::{BTreeMap, HashSet};

use crate::format::key::{self, KeyNumber};
use crate::format::record::{CaptureRecord, LatestRecord, SummaryRecord, outcome_number};
use crate::model::{ArticleHash, Capture, Outcome, Revision, RevisionKind, StoryKey, Timestamp, fold};

use super::Error;
use super::component::{Component, link, put_in_order, resolve_or_make, summarize};
use super::open::Numbers;
use super::prepare::Prepared;
use super::store::{NewRow, Rows, Transaction};
use super::texts::{Seen, pack_texts};

/// What a group of captures of one story comes to.
#[derive(Debug)]
pub(super) struct Planned {
    pub(super) story: StoryKey,
    /// For each capture, in the order given: was it in the archive (or earlier in the group) already?
    pub(super) known: Vec<bool>,
    /// Whether the story had no capture before.
    pub(super) is_new_story: bool,
    pub(super) revisions_before: u64,
    pub(super) revisions_after: u64,
    /// The kind of the latest revision, where only it can have changed; else all revisions must be looked at.
    pub(super) appended: Option<RevisionKind>,
}

/// Plans a group of captures whose keys and aliases all name one story, and writes the changes into the transaction.
pub(super) fn plan(transaction: &mut Transaction<'_>, numbers: &Numbers, group: &[Prepared]) -> Result<Planned, Error> {
    for prepared in group {
        for alias in &prepared.aliases {
            link(transaction, numbers, alias, &prepared.capture.key)?;
        }
    }
    let Some(first) = group.first() else { return Err(Error::damaged("a group without captures")) };
    let mut component = resolve_or_make(transaction, numbers, &first.capture.key)?;
    let known = which_are_known(transaction, &component, group)?;
    let mut new: Vec<&Prepared> = group.iter().zip(&known).filter(|(_, known)| !**known).map(|(new, _)| new).collect();
    new.sort_by(|a, b| (a.place, &a.capture.key).cmp(&(b.place, &b.capture.key)));
    let mut planned = Planned {
        story: component.name.clone(),
        known,
        is_new_story: component.summary.is_none(),
        revisions_before: component.summary.as_ref().map_or(0, |summary| summary.revisions),
        revisions_after: 0,
        appended: None,
    };
    if !new.is_empty() {
        let (summary, kind) = match append(transaction, &component, &new)? {
            Some((summary, kind)) => (Some(summary), kind),
            None => (insert(transaction, &component, &new)?, None),
        };
        component.summary = summary;
        planned.appended = kind;
        component.write(transaction)?;
    }
    planned.revisions_after = component.summary.as_ref().map_or(0, |summary| summary.revisions);
    Ok(planned)
}

/// A capture is known when its row is there: the row's key tells it from every other.
fn which_are_known(
    transaction: &Transaction<'_>,
    component: &Component,
    group: &[Prepared],
) -> Result<Vec<bool>, Error> {
    let last = component.summary.as_ref().map(|summary| summary.last_captured);
    let mut seen = HashSet::new();
    let mut known = Vec::with_capacity(group.len());
    for prepared in group {
        let number = number_of(component, &prepared.capture.key)?;
        let repeated = !seen.insert((number, prepared.place));
        // A capture that is later than all others cannot be there: no need to ask.
        let may_be_there = last.is_some_and(|last| prepared.capture.captured_at.as_micros() <= last);
        let there = || transaction.engine().get(&key::capture(number, &prepared.place)).map(|row| row.is_some());
        known.push(repeated || (may_be_there && there()?));
    }
    Ok(known)
}

fn number_of(component: &Component, key: &StoryKey) -> Result<KeyNumber, Error> {
    let missing = || Error::damaged("the index does not name a key that it leads to").in_story(key);
    component.number_of(key).ok_or_else(missing)
}

/// Plans captures that are all later than what is there, from the summary alone.
///
/// `None` when that is not enough: several keys, another source, a text that may have been there before.
fn append(
    transaction: &mut Transaction<'_>,
    component: &Component,
    new: &[&Prepared],
) -> Result<Option<(SummaryRecord, Option<RevisionKind>)>, Error> {
    let ([(_, number)], Some(summary)) = (component.keys.as_slice(), &component.summary) else { return Ok(None) };
    if new.iter().any(|prepared| prepared.capture.captured_at.as_micros() <= summary.last_captured) {
        return Ok(None);
    }
    let mut next = summary.clone();
    let mut kind = None;
    let mut seen = HashSet::new();
    for prepared in new {
        let Some(hash) = prepared.capture.outcome.text_hash() else {
            extend(&mut next, &prepared.capture);
            continue;
        };
        let is_latest = next.latest.as_ref().is_some_and(|latest| latest.hash == *hash.as_bytes());
        if !is_latest && (!seen.insert(hash) || transaction.row(&key::content(*number, &hash))?.is_some()) {
            return Ok(None);
        }
        match step(&mut next, prepared) {
            Step::Same => {}
            Step::Revision(new_kind) => kind = Some(new_kind),
            Step::Unknown => return Ok(None),
        }
    }
    let latest = summary.latest.as_ref().map(|latest| ArticleHash::from_bytes(latest.hash));
    let known: HashSet<ArticleHash> = latest.into_iter().collect();
    let mut timeline: Vec<Seen> = latest.into_iter().map(|hash| Seen { hash, text: None }).collect();
    timeline.extend(new.iter().filter_map(|prepared| seen_of(prepared)));
    pack_texts(transaction, *number, &known, &timeline)?;
    add_rows(transaction, component, new)?;
    Ok(Some((next, kind)))
}

enum Step {
    Same,
    Revision(RevisionKind),
    Unknown,
}

fn extend(summary: &mut SummaryRecord, capture: &Capture) {
    summary.captures += 1;
    summary.last_captured = capture.captured_at.as_micros();
    summary.last_outcome = outcome_number(capture.outcome.kind());
}

/// Follows one capture of a text that is new to the story or its latest.
fn step(summary: &mut SummaryRecord, prepared: &Prepared) -> Step {
    let capture = &prepared.capture;
    extend(summary, capture);
    let Outcome::Article(hash) = &capture.outcome else { return Step::Same };
    let source = capture.observation.source.clone();
    let published_at = capture.observation.published_at.map(Timestamp::as_micros);
    let folded = capture.folded.map(|folded| folded.0);
    let at = capture.captured_at.as_micros();
    let (kind, last_changed) = match &mut summary.latest {
        // Seen by another extractor as well, the latest revision may turn out to be an edit of an earlier one of that extractor.
        Some(latest) if latest.hash == *hash.as_bytes() && latest.source != source && summary.revisions > 1 => {
            return Step::Unknown;
        }
        Some(latest) if latest.hash == *hash.as_bytes() => {
            latest.source = source;
            latest.published_at = latest.published_at.or(published_at);
            return Step::Same;
        }
        Some(latest) if latest.source != source => return Step::Unknown,
        Some(latest) if latest.folded == folded => (RevisionKind::Cosmetic, latest.last_changed),
        Some(_) => (RevisionKind::Edit, at),
        None => (RevisionKind::First, at),
    };
    summary.revisions += 1;
    summary.changes += u64::from(kind == RevisionKind::Edit);
    let headline = prepared.headline.clone();
    summary.latest =
        Some(LatestRecord { hash: *hash.as_bytes(), folded, source, headline, published_at, last_changed });
    Step::Revision(kind)
}

/// Plans captures wherever they fall, from all captures of the story.
fn insert(
    transaction: &mut Transaction<'_>,
    component: &Component,
    new: &[&Prepared],
) -> Result<Option<SummaryRecord>, Error> {
    let old = if component.summary.is_some() { component.captures(transaction.engine())? } else { Vec::new() };
    pack_by_key(transaction, component, &old, new)?;
    let mut captures = old;
    captures.extend(new.iter().map(|prepared| prepared.capture.clone()));
    put_in_order(&mut captures);
    let before = component.summary.as_ref().and_then(|summary| summary.latest.as_ref());
    let revisions = fold(&captures);
    let latest = revisions.last().map(|revision| revision.hash);
    let fresh = new.iter().find(|prepared| prepared.capture.outcome.article() == latest && latest.is_some());
    let headline = match (fresh, before) {
        (Some(prepared), _) => prepared.headline.clone(),
        (None, Some(before)) if Some(ArticleHash::from_bytes(before.hash)) == latest => before.headline.clone(),
        _ => latest_headline(transaction, component, &captures, latest)?,
    };
    add_rows(transaction, component, new)?;
    Ok(summarize(&captures, &revisions, |_| headline.clone()))
}

/// The headline of a text that is in the store: needed when a late capture ends the run of the latest article.
fn latest_headline(
    transaction: &Transaction<'_>,
    component: &Component,
    captures: &[Capture],
    latest: Option<ArticleHash>,
) -> Result<String, Error> {
    let Some(hash) = latest else { return Ok(String::new()) };
    let key = captures.iter().find(|capture| capture.outcome.article() == Some(hash)).map(|capture| &capture.key);
    let Some(number) = key.and_then(|key| component.number_of(key)) else { return Ok(String::new()) };
    super::read::headline(transaction, number, &hash).map_err(|error| error.in_story(&component.name))
}

/// Packs the new texts of each key with those that the key has.
fn pack_by_key(
    transaction: &mut Transaction<'_>,
    component: &Component,
    old: &[Capture],
    new: &[&Prepared],
) -> Result<(), Error> {
    for (key, number) in &component.keys {
        if !new.iter().any(|prepared| prepared.capture.key == *key && prepared.text.is_some()) {
            continue;
        }
        let mut known = HashSet::new();
        let mut timeline = BTreeMap::new();
        for capture in old.iter().filter(|capture| capture.key == *key) {
            if let Some(hash) = capture.outcome.text_hash() {
                known.insert(hash);
                timeline.insert(capture.order(), Seen { hash, text: None });
            }
        }
        for prepared in new.iter().filter(|prepared| prepared.capture.key == *key) {
            timeline.extend(seen_of(prepared).map(|seen| (prepared.capture.order(), seen)));
        }
        let timeline: Vec<Seen> = timeline.into_values().collect();
        pack_texts(transaction, *number, &known, &timeline)?;
    }
    Ok(())
}

fn seen_of(prepared: &Prepared) -> Option<Seen> {
    prepared.capture.outcome.text_hash().map(|hash| Seen { hash, text: prepared.text.clone() })
}

fn add_rows(transaction: &mut Transaction<'_>, component: &Component, new: &[&Prepared]) -> Result<(), Error> {
    for prepared in new {
        let number = number_of(component, &prepared.capture.key)?;
        let record = CaptureRecord::from(&prepared.capture);
        transaction.captures.push(NewRow { number, place: prepared.place, record });
    }
    Ok(())
}

/// The revision that the capture at a position among the story's belongs to.
///
/// Counted, not told by its times: of captures at one microsecond, some can end one revision and others begin the next.
pub(super) fn locate<'a>(revisions: &'a [Revision], captures: &[Capture], position: usize) -> Option<&'a Revision> {
    let upto = captures.get(..=position)?;
    if !matches!(upto.last()?.outcome, Outcome::Article(_) | Outcome::NotModified) {
        return None;
    }
    let mut articles: Vec<ArticleHash> = upto.iter().filter_map(|capture| capture.outcome.article()).collect();
    articles.dedup();
    revisions.get(articles.len().checked_sub(1)?)
}
