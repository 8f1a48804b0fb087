//! A story as the store has it: the keys that its alias facts connect, and what is known of it at a glance.

use std::collections::BTreeSet;

use crate::engine::{Engine, Order, prefix_range};
use crate::format::key::{self, KeyNumber};
use crate::format::record::{AliasRecord, IndexRecord, LatestRecord, NameRecord, Role, SummaryRecord, outcome_number};
use crate::model::{Capture, FoldedHash, Revision, RevisionKind, StoryKey, Timestamp, fold, name_of};

use super::Error;
use super::open::Numbers;
use super::store::{Rows, Transaction, captures_of};

/// The keys of one story and its summary.
#[derive(Debug, Clone)]
pub(super) struct Component {
    pub(super) name: StoryKey,
    /// Every key of the story with its number, the name's first.
    pub(super) keys: Vec<(StoryKey, KeyNumber)>,
    pub(super) summary: Option<SummaryRecord>,
}

impl Component {
    /// Returns the story that `key` names, or `None`.
    pub(super) fn resolve<R: Rows + ?Sized>(rows: &R, key: &StoryKey) -> Result<Option<Self>, Error> {
        let Some(record) = rows.index(key)? else { return Ok(None) };
        match record.role {
            Role::Name { others, summary } => Self::named(rows, key.clone(), record.number, &others, summary).map(Some),
            Role::Alias(of) => {
                let name = rows.key_numbered(of).map_err(|error| error.in_story(key))?;
                match rows.index(&name)? {
                    Some(IndexRecord { number, role: Role::Name { others, summary } }) => {
                        Self::named(rows, name, number, &others, summary).map(Some)
                    }
                    // Between the two reads a new fact can have given the story another name.
                    _ if rows.index_now(key)? != Some(IndexRecord { number: record.number, role: Role::Alias(of) }) => {
                        Err(crate::engine::Error::Conflict.into())
                    }
                    _ => {
                        Err(Error::damaged(format!("the index names {name} as its story, which is none")).in_story(key))
                    }
                }
            }
        }
    }

    pub(super) fn named<R: Rows + ?Sized>(
        rows: &R,
        name: StoryKey,
        number: KeyNumber,
        others: &[KeyNumber],
        summary: Option<SummaryRecord>,
    ) -> Result<Self, Error> {
        let mut keys = vec![(name.clone(), number)];
        for other in others {
            keys.push((rows.key_numbered(*other).map_err(|error| error.in_story(&name))?, *other));
        }
        Ok(Self { name, keys, summary })
    }

    pub(super) fn number_of(&self, key: &StoryKey) -> Option<KeyNumber> {
        self.keys.iter().find(|(own, _)| own == key).map(|(_, number)| *number)
    }

    /// Returns all captures of the story in their order, as the engine has them.
    ///
    /// Fewer or more of them than the summary counts are damage, unless the summary has changed since it was read: that is a
    /// conflict, and the caller begins again.
    pub(super) fn captures(&self, engine: &dyn Engine) -> Result<Vec<Capture>, Error> {
        let mut captures = Vec::new();
        for (key, number) in &self.keys {
            for capture in captures_of(engine, *number, key.clone()) {
                captures.push(capture.map_err(|error| error.in_story(&self.name))?);
            }
        }
        if self.keys.len() > 1 {
            put_in_order(&mut captures);
        }
        self.verify_count(engine, captures.len() as u64)?;
        Ok(captures)
    }

    fn verify_count(&self, engine: &dyn Engine, found: u64) -> Result<(), Error> {
        let expected = self.summary.as_ref().map_or(0, |summary| summary.captures);
        if found == expected {
            return Ok(());
        }
        let now = Self::resolve(engine, &self.name)?;
        if now.is_none_or(|now| now.summary != self.summary || now.keys != self.keys) {
            return Err(crate::engine::Error::Conflict.into());
        }
        Err(Error::damaged(format!("the index counts {expected} captures and {found} are there")).in_story(&self.name))
    }

    /// Writes the rows of the index for this story.
    pub(super) fn write(&self, transaction: &mut Transaction<'_>) -> Result<(), Error> {
        for (key, record) in self.index_rows() {
            transaction.put(key::index(&key), &record)?;
        }
        Ok(())
    }

    /// What the index must hold for this story.
    pub(super) fn index_rows(&self) -> Vec<(StoryKey, IndexRecord)> {
        let mut others: Vec<KeyNumber> =
            self.keys.iter().filter(|(key, _)| *key != self.name).map(|(_, number)| *number).collect();
        others.sort_unstable();
        let name = self.number_of(&self.name).unwrap_or_default();
        let role = |key: &StoryKey| match key {
            key if *key == self.name => Role::Name { others: others.clone(), summary: self.summary.clone() },
            _ => Role::Alias(name),
        };
        self.keys.iter().map(|(key, number)| (key.clone(), IndexRecord { number: *number, role: role(key) })).collect()
    }
}

/// Returns the story that `key` names, made in the transaction where there is none.
pub(super) fn resolve_or_make(
    transaction: &mut Transaction<'_>,
    numbers: &Numbers,
    key: &StoryKey,
) -> Result<Component, Error> {
    if let Some(component) = Component::resolve(&*transaction, key)? {
        return Ok(component);
    }
    let number = numbers.take();
    let row = key::numbered(key::NAMES, number);
    if transaction.row(&row)?.is_some() {
        // Another process gave the number out; the commit would fail, so let the caller begin again.
        return Err(crate::engine::Error::Conflict.into());
    }
    transaction.put(row, &NameRecord::from(key))?;
    let component = Component { name: key.clone(), keys: vec![(key.clone(), number)], summary: None };
    component.write(transaction)?;
    Ok(component)
}

/// Adds the fact that `alias` names the story of `target`; returns false when it was known.
pub(super) fn link(
    transaction: &mut Transaction<'_>,
    numbers: &Numbers,
    alias: &StoryKey,
    target: &StoryKey,
) -> Result<bool, Error> {
    let from = resolve_or_make(transaction, numbers, alias)?;
    let to = resolve_or_make(transaction, numbers, target)?;
    let (Some(alias_number), Some(target_number)) = (from.number_of(alias), to.number_of(target)) else {
        return Err(Error::damaged("the index does not name a key that it leads to").in_story(alias));
    };
    let row = key::alias(alias_number, target_number);
    if alias == target || transaction.row(&row)?.is_some() {
        return Ok(false);
    }
    transaction.put(row, &AliasRecord)?;
    transaction.links.push((alias_number, target_number));
    let joined = join(transaction, from, to)?;
    joined.write(transaction)?;
    Ok(true)
}

/// The story that two become, its name chosen anew. They may be one already: a new fact can change the name.
fn join(transaction: &Transaction<'_>, a: Component, b: Component) -> Result<Component, Error> {
    let mut captures = a.captures(transaction.engine())?;
    let is_one = a.name == b.name;
    let mut keys = a.keys;
    if !is_one {
        captures.extend(b.captures(transaction.engine())?);
        put_in_order(&mut captures);
        keys.extend(b.keys);
    }
    let facts = alias_facts(transaction, &keys)?;
    let names: BTreeSet<StoryKey> = keys.iter().map(|(key, _)| key.clone()).collect();
    let name = name_of(&names, &facts).cloned().unwrap_or(a.name);
    keys.sort_by_key(|(key, _)| *key != name);
    // The latest article of both is the latest of one of them, so its headline is known.
    let headline = |hash: &[u8; 32]| {
        let latest = [&a.summary, &b.summary].into_iter().flatten().filter_map(|summary| summary.latest.as_ref());
        latest.clone().find(|latest| latest.hash == *hash).map(|latest| latest.headline.clone()).unwrap_or_default()
    };
    let summary = summarize(&captures, &fold(&captures), headline);
    Ok(Component { name, keys, summary })
}

/// Sorts the captures of a story: those of all its keys together.
pub(super) fn put_in_order(captures: &mut [Capture]) {
    captures.sort_by(|a, b| (a.order(), &a.key).cmp(&(b.order(), &b.key)));
}

/// The alias facts among keys, those of the transaction included.
fn alias_facts(
    transaction: &Transaction<'_>,
    keys: &[(StoryKey, KeyNumber)],
) -> Result<Vec<(StoryKey, StoryKey)>, Error> {
    let key_of = |number: KeyNumber| keys.iter().find(|(_, own)| *own == number).map(|(key, _)| key.clone());
    let mut facts = Vec::new();
    for (alias, number) in keys {
        let range = prefix_range(&key::numbered(key::ALIASES, *number));
        for row in transaction.engine().scan(range, Order::Ascending) {
            let (_, target) = key::parse_alias(&row?.0)?;
            facts.extend(key_of(target).map(|target| (alias.clone(), target)));
        }
    }
    let pending = transaction.links.iter().filter_map(|(alias, target)| Some((key_of(*alias)?, key_of(*target)?)));
    facts.extend(pending);
    expect_no_other_facts(transaction, keys, &facts)?;
    Ok(facts)
}

/// Makes the commit fail when a key that was no alias has become one meanwhile. A scan expects nothing, and a fact that changes
/// neither the keys of a story nor its name changes no row of the index, though with a second one it would.
fn expect_no_other_facts(
    transaction: &Transaction<'_>,
    keys: &[(StoryKey, KeyNumber)],
    facts: &[(StoryKey, StoryKey)],
) -> Result<(), Error> {
    for (_, number) in keys.iter().filter(|(key, _)| !facts.iter().any(|(alias, _)| alias == key)) {
        for (_, target) in keys.iter().filter(|(_, target)| target != number) {
            if transaction.row(&key::alias(*number, *target))?.is_some() {
                return Err(crate::engine::Error::Conflict.into());
            }
        }
    }
    Ok(())
}

/// What is known of a story at a glance, from all its captures; `None` when there are none.
pub(super) fn summarize(
    captures: &[Capture],
    revisions: &[Revision],
    headline: impl Fn(&[u8; 32]) -> String,
) -> Option<SummaryRecord> {
    let (first, last) = (captures.first()?, captures.last()?);
    let changed = |revision: &&Revision| matches!(revision.kind, RevisionKind::Edit | RevisionKind::Restored);
    let latest_capture = captures.iter().rev().find(|capture| capture.outcome.article().is_some());
    let latest = revisions.last().zip(latest_capture).map(|(revision, capture)| LatestRecord {
        hash: *revision.hash.as_bytes(),
        folded: capture.folded.map(|FoldedHash(folded)| folded),
        source: capture.observation.source.clone(),
        headline: headline(revision.hash.as_bytes()),
        published_at: revision.published_at.map(Timestamp::as_micros),
        last_changed: last_change(revisions).unwrap_or(revision.first_captured).as_micros(),
    });
    Some(SummaryRecord {
        first_captured: first.captured_at.as_micros(),
        last_captured: last.captured_at.as_micros(),
        captures: captures.len() as u64,
        revisions: revisions.len() as u64,
        changes: revisions.iter().filter(changed).count() as u64,
        last_outcome: outcome_number(last.outcome.kind()),
        latest,
    })
}

fn last_change(revisions: &[Revision]) -> Option<Timestamp> {
    let substantial = revisions.iter().rev().find(|revision| revision.kind != RevisionKind::Cosmetic);
    substantial.map(|revision| revision.first_captured)
}
