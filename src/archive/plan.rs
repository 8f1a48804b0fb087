//! What captures of one story change: decided here, done by the commit.

use std::borrow::Borrow;
use std::collections::HashSet;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::format::record::{LatestRecord, SummaryRecord, outcome_number};
use crate::model::{
    Alias, AliasDates, ArticleHash, Capture, Outcome, Revision, RevisionKind, StoryKey, Timestamp, fold, standing,
};

use super::Error;
use super::component::{Component, Known, Loaded, link, put_in_order, resolve_or_new, summarize};
use super::prepare::Prepared;
use super::raw::NewPage;
use super::store::Rows;
use super::transaction::Transaction;

/// What a group of captures of one story comes to.
#[derive(Debug)]
pub(super) struct Planned {
    pub(super) story: StoryKey,
    /// For each capture, in the order given: was it in the archive (or earlier in the group) already?
    pub(super) known: Vec<bool>,
    /// How many stories get their first capture.
    pub(super) new_stories: u64,
    pub(super) revisions_before: u64,
    pub(super) revisions_after: u64,
    /// The kind of the latest revision, where only it can have changed; else all revisions must be looked at.
    pub(super) appended: Option<RevisionKind>,
}

/// Plans a group of captures whose keys and aliases name one story, and writes the changes into the transaction.
///
/// They may turn out to be of several: it can have been decided by hand that what pages say of their aliases does not hold.
pub(super) fn plan<P: Borrow<Prepared>>(transaction: &mut Transaction<'_>, group: &[P]) -> Result<Planned, Error> {
    for prepared in group.iter().map(Borrow::borrow) {
        for alias in &prepared.aliases {
            let dates = AliasDates::since(prepared.capture.captured_at);
            link(transaction, &Alias { alias: alias.clone(), of: prepared.capture.key.clone(), dates })?;
        }
    }
    let mut stories: Vec<(Component, Vec<usize>)> = Vec::new();
    let mut story_of: FxHashMap<&StoryKey, usize> = FxHashMap::default();
    for (place, Prepared { capture, .. }) in group.iter().map(Borrow::borrow).enumerate() {
        let story = match story_of.get(&capture.key) {
            Some(story) => *story,
            None => {
                let component = resolve_or_new(transaction, &capture.key)?;
                let known = stories.iter().position(|(own, _)| own.name == component.name);
                let story = known.unwrap_or_else(|| {
                    stories.push((component, Vec::new()));
                    stories.len() - 1
                });
                story_of.insert(&capture.key, story);
                story
            }
        };
        stories.get_mut(story).into_iter().for_each(|(_, places)| places.push(place));
    }
    let mut all: Option<Planned> = None;
    let mut order = Vec::with_capacity(group.len());
    for (component, places) in stories {
        let own: Vec<&Prepared> = places.iter().filter_map(|place| group.get(*place).map(Borrow::borrow)).collect();
        let planned = plan_story(transaction, component, &own)?;
        all = Some(match all {
            Some(all) => all.and(planned),
            None => planned,
        });
        order.extend(places);
    }
    let mut all = all.ok_or_else(|| Error::damaged("a group without captures"))?;
    // Back into the order given.
    let mut known: Vec<(usize, bool)> = order.into_iter().zip(all.known).collect();
    known.sort_unstable();
    all.known = known.into_iter().map(|(_, known)| known).collect();
    Ok(all)
}

impl Planned {
    /// What two stories of a group come to.
    fn and(mut self, other: Self) -> Self {
        self.known.extend(other.known);
        self.new_stories += other.new_stories;
        self.revisions_before += other.revisions_before;
        self.revisions_after += other.revisions_after;
        Self { appended: None, ..self }
    }
}

/// Plans captures of one story.
fn plan_story(
    transaction: &mut Transaction<'_>,
    mut component: Component,
    group: &[&Prepared],
) -> Result<Planned, Error> {
    let mut old = None;
    let known = which_are_known(transaction, &component, group, &mut old)?;
    let mut new: Vec<&Prepared> = group.iter().zip(&known).filter(|(_, known)| !**known).map(|(new, _)| *new).collect();
    new.sort_by(|a, b| order_of(&a.capture).cmp(&order_of(&b.capture)));
    let mut planned = Planned {
        story: component.name.clone(),
        known,
        new_stories: u64::from(component.summary.is_none() && !new.is_empty()),
        revisions_before: component.summary.as_ref().map_or(0, |summary| summary.revisions),
        revisions_after: 0,
        appended: None,
    };
    let has_pages = keep_pages(transaction, &component, group.iter().zip(&planned.known), &mut old)?;
    if !new.is_empty() {
        let (summary, kind) = match append(transaction, &component, &new) {
            Some((summary, kind)) => (Some(summary), kind),
            None => (insert(transaction, &component, &new, old)?, None),
        };
        component.summary = summary;
        planned.appended = kind;
        note_texts(&mut component.keys, &new);
    }
    planned.revisions_after = component.summary.as_ref().map_or(0, |summary| summary.revisions);
    if has_pages || !new.is_empty() {
        component.write(transaction);
    }
    Ok(planned)
}

/// What tells a capture from every other of its story, and where it stands among them.
fn order_of(capture: &Capture) -> impl Ord + '_ {
    (capture.order(), &capture.key)
}

/// Which captures of a group are there already. What is read of the story for that stands in `old` afterwards.
fn which_are_known(
    transaction: &Transaction<'_>,
    component: &Component,
    group: &[&Prepared],
    old: &mut Option<Loaded>,
) -> Result<Vec<bool>, Error> {
    let last = component.summary.as_ref().map(|summary| summary.last_captured);
    let mut seen = HashSet::new();
    let mut known = Vec::with_capacity(group.len());
    let may_repeat = !group.is_sorted_by(|a, b| a.capture.captured_at < b.capture.captured_at);
    for Prepared { capture, .. } in group {
        component.known(&capture.key)?;
        let repeated = may_repeat && !seen.insert((&capture.key, capture.order()));
        // A capture that is later than all others cannot be there: no need to ask.
        let may_be_there = last.is_some_and(|last| capture.captured_at.as_micros() <= last);
        known.push(repeated || (may_be_there && is_there(read_once(transaction, component, old)?, capture)));
    }
    Ok(known)
}

/// Adds the pages of captures that are there already and have others or none; says whether there are any.
fn keep_pages<'a>(
    transaction: &mut Transaction<'_>,
    component: &Component,
    group: impl Iterator<Item = (&'a &'a Prepared, &'a bool)>,
    old: &mut Option<Loaded>,
) -> Result<bool, Error> {
    let mut is_new = false;
    for (prepared, known) in group {
        let Some(page) = prepared.raw.as_ref().filter(|_| *known) else { continue };
        let new = NewPage::of(&prepared.capture, page);
        let kept = read_once(transaction, component, old)?.raws_of(&prepared.capture.key);
        if !kept.iter().any(|raw| new.is(raw)) {
            is_new |= transaction.add_page(prepared);
        }
    }
    Ok(is_new)
}

/// Reads the story, unless that has been done.
fn read_once<'a>(
    transaction: &Transaction<'_>,
    component: &Component,
    old: &'a mut Option<Loaded>,
) -> Result<&'a Loaded, Error> {
    let loaded = match old.take() {
        Some(loaded) => loaded,
        None => component.load(transaction.store())?,
    };
    Ok(old.insert(loaded))
}

fn is_there(old: &Loaded, capture: &Capture) -> bool {
    old.captures.binary_search_by(|own| order_of(own).cmp(&order_of(capture))).is_ok()
}

/// Plans captures that are all later than what is there, from the summary alone.
///
/// `None` when that is not enough: several keys, another source, a text that may have been there before.
fn append(
    transaction: &mut Transaction<'_>,
    component: &Component,
    new: &[&Prepared],
) -> Option<(SummaryRecord, Option<RevisionKind>)> {
    let ([known], Some(summary)) = (component.keys.as_slice(), &component.summary) else { return None };
    let at = |prepared: &Prepared| prepared.capture.captured_at;
    // Of two at one moment, one may be a later reading of the other's page.
    let is_behind = new.iter().all(|prepared| at(prepared).as_micros() > summary.last_captured);
    if !is_behind || !new.is_sorted_by(|a, b| at(a) < at(b)) {
        return None;
    }
    let mut next = summary.clone();
    let mut kind = None;
    let mut seen = FxHashSet::default();
    let mut with_text = Vec::with_capacity(new.len());
    for prepared in new {
        let Some(hash) = prepared.capture.outcome.text_hash() else {
            extend(&mut next, &prepared.capture);
            with_text.push(false);
            continue;
        };
        let is_latest = next.latest.as_ref().is_some_and(|latest| latest.hash == *hash.as_bytes());
        if !is_latest && (!seen.insert(hash) || known.may_have(&hash)) {
            return None;
        }
        with_text.push(!is_latest);
        match step(&mut next, prepared) {
            Step::Same => {}
            Step::Revision(new_kind) => kind = Some(new_kind),
            Step::Unknown => return None,
        }
    }
    for (prepared, with_text) in new.iter().zip(with_text) {
        transaction.add(prepared, with_text);
    }
    Some((next, kind))
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
    old: Option<Loaded>,
) -> Result<Option<SummaryRecord>, Error> {
    let old = match old {
        Some(old) => old,
        None => component.load(transaction.store())?,
    };
    for prepared in new {
        let hash = prepared.capture.outcome.text_hash();
        transaction.add(prepared, hash.is_some_and(|hash| !old.has_text(&prepared.capture.key, &hash)));
    }
    let mut captures: Vec<&Capture> = old.captures.iter().chain(new.iter().map(|prepared| &prepared.capture)).collect();
    put_in_order(&mut captures);
    let before = component.summary.as_ref().and_then(|summary| summary.latest.as_ref());
    let revisions = fold(&captures);
    let latest = revisions.last().map(|revision| revision.hash);
    let fresh = new.iter().find(|prepared| prepared.capture.outcome.article() == latest && latest.is_some());
    let headline = match (fresh, before, latest) {
        (Some(prepared), ..) => prepared.headline.clone(),
        (None, Some(before), Some(latest)) if before.hash == *latest.as_bytes() => before.headline.clone(),
        // A late capture has ended the run of the latest article.
        (None, _, Some(latest)) => {
            let text = old.text(transaction.store(), &latest).and_then(|text| super::read::headline(&text));
            text.map_err(|error| error.in_story(&component.name))?
        }
        (None, _, None) => String::new(),
    };
    Ok(summarize(&captures, &revisions, |_| headline.clone()))
}

/// Lists the texts of new captures as those of their keys.
fn note_texts(keys: &mut [Known], new: &[&Prepared]) {
    for known in keys {
        for Prepared { capture, .. } in new.iter().copied() {
            if let Some(hash) = capture.outcome.text_hash().filter(|_| capture.key == known.key) {
                known.note(&hash);
            }
        }
    }
}

/// The revision that the capture at a position among the story's belongs to.
///
/// A page that was read again belongs where its latest reading does. Counted, not told by its times: of captures at one microsecond, some can end one revision and others begin the next.
pub(super) fn locate<'a>(revisions: &'a [Revision], captures: &[Capture], position: usize) -> Option<&'a Revision> {
    let standing = standing(captures);
    let stands = |place: usize| standing.as_ref().is_none_or(|standing| standing.get(place) == Some(&place));
    let position = standing.as_ref().map_or(Some(position), |standing| standing.get(position).copied())?;
    let upto = captures.get(..=position)?;
    if !matches!(upto.last()?.outcome, Outcome::Article(_) | Outcome::NotModified) {
        return None;
    }
    let counted = upto.iter().enumerate().filter(|(place, _)| stands(*place));
    let mut articles: Vec<ArticleHash> = counted.filter_map(|(_, capture)| capture.outcome.article()).collect();
    articles.dedup();
    revisions.get(articles.len().checked_sub(1)?)
}
