//! Rebuilding everything that is derived from what is primary.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::Serialize;

use crate::engine::{Commit, Durability, Order};
use crate::format::codec;
use crate::format::key::{self, ALIASES, FEED, INDEX, KeyNumber, META_REINDEX, Place};
use crate::format::record::{AliasRecord, CaptureRecord, FeedRecord, SummaryRecord};
use crate::model::{ArticleHash, Capture, StoryKey, fold, name_of};

use super::component::{Component, put_in_order, summarize};
use super::list::all_names;
use super::store::{Rows, captures_of, keyspace};
use super::{Archive, Error, read};

/// What a rebuild found.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ReindexReport {
    /// Stories with at least one capture.
    pub stories: u64,
    /// Captures.
    pub captures: u64,
}

/// Rows of one commit: they come in the order of their keys, so that large commits cost sled little.
const ROWS_PER_COMMIT: usize = 256;

impl Archive {
    /// Deletes all derived data and makes it anew from the captures, the texts and the aliases.
    ///
    /// `progress` is told how many names are done, and of how many. Stopped at any moment, the archive says that the rebuild must be
    /// finished, and the next call begins it again. Memory: about 50 bytes a capture. No other call may write meanwhile.
    ///
    /// ```
    /// # use morgue::{Archive, Article, Durability, NewCapture, StoryKey};
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let archive = Archive::in_memory();
    /// # let story = StoryKey::id("bridge")?;
    /// # for (day, headline) in [("2026-03-01", "Bridge closed"), ("2026-03-02", "Bridge open")] {
    /// #     archive.ingest(NewCapture::article(story.clone(), day.parse()?, Article::new(headline)), Durability::Buffered)?;
    /// # }
    /// let report = archive.reindex(|_, _| {})?;
    /// assert_eq!((report.stories, report.captures), (1, 2));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Errors of the engine, and damage to a capture or a text: derived data is then not complete.
    pub fn reindex(&self, mut progress: impl FnMut(u64, u64)) -> Result<ReindexReport, Error> {
        self.writable()?;
        let mut tail = self.tail();
        self.write(vec![(META_REINDEX.to_vec(), Some(Vec::new()))], Durability::Synced)?;
        self.delete(INDEX)?;
        self.delete(FEED)?;
        let names: BTreeMap<KeyNumber, StoryKey> = all_names(self).collect::<Result<_, _>>()?;
        let aliases = self.all_aliases()?;
        let mut report = ReindexReport::default();
        let mut feed = Vec::new();
        let mut rows = Vec::new();
        let mut done = 0;
        for numbers in components(&names, &aliases) {
            let component = self.rebuild(&names, &aliases, &numbers, &mut feed)?;
            report.stories += u64::from(component.summary.is_some());
            for (key, record) in component.index_rows() {
                let row = key::index(&key);
                let value = codec::encode(&row, &record)?;
                rows.push((row, Some(value)));
            }
            if rows.len() >= ROWS_PER_COMMIT {
                self.write(std::mem::take(&mut rows), Durability::Buffered)?;
            }
            done += numbers.len() as u64;
            progress(done, names.len() as u64);
        }
        self.write(rows, Durability::Buffered)?;
        report.captures = feed.len() as u64;
        tail.next_arrival = self.rebuild_feed(feed)?;
        // Before the store is whole again: captures that are lost for good are no longer missed, and never in an archive that opens.
        self.inner.acknowledged.as_ref().map_or(Ok(()), |acknowledged| acknowledged.renew(tail.next_arrival))?;
        self.write(vec![(META_REINDEX.to_vec(), None)], Durability::Synced)?;
        Ok(report)
    }

    fn write(&self, writes: Vec<(Vec<u8>, Option<Vec<u8>>)>, durability: Durability) -> Result<(), Error> {
        Ok(self.engine().commit(&Commit { expects: Vec::new(), writes }, durability)?)
    }

    fn delete(&self, space: u8) -> Result<(), Error> {
        loop {
            let rows = self.engine().scan(keyspace(space), Order::Ascending).take(ROWS_PER_COMMIT);
            let deletes: Vec<_> = rows.map(|row| row.map(|(key, _)| (key, None))).collect::<Result<_, _>>()?;
            if deletes.is_empty() {
                return Ok(());
            }
            self.write(deletes, Durability::Buffered)?;
        }
    }

    /// All alias facts by number, sorted.
    pub(super) fn all_aliases(&self) -> Result<Vec<(KeyNumber, KeyNumber)>, Error> {
        let rows = self.engine().scan(keyspace(ALIASES), Order::Ascending);
        rows.map(|row| {
            let (key, value) = row?;
            codec::decode::<AliasRecord>(&key, &value)?;
            Ok(key::parse_alias(&key)?)
        })
        .collect()
    }

    fn rebuild(
        &self,
        names: &BTreeMap<KeyNumber, StoryKey>,
        aliases: &[(KeyNumber, KeyNumber)],
        numbers: &BTreeSet<KeyNumber>,
        feed: &mut Vec<(u64, KeyNumber, Place)>,
    ) -> Result<Component, Error> {
        let mut keys: Vec<(StoryKey, KeyNumber)> = Vec::new();
        let mut captures: Vec<Capture> = Vec::new();
        for number in numbers {
            let Some(key) = names.get(number) else { continue };
            for capture in captures_of(self.engine(), *number, key.clone()) {
                let capture = capture?;
                feed.push((capture.arrival, *number, key::place_of(&capture)));
                captures.push(capture);
            }
            keys.push((key.clone(), *number));
        }
        put_in_order(&mut captures);
        let name = name_among(names, aliases, &keys)?;
        keys.sort_by_key(|(key, _)| *key != name);
        let summary = self.summary_of(&keys, &captures).map_err(|error| error.in_story(&name))?;
        Ok(Component { name, keys, summary })
    }

    /// What the index must hold for captures.
    pub(super) fn summary_of(
        &self,
        keys: &[(StoryKey, KeyNumber)],
        captures: &[Capture],
    ) -> Result<Option<SummaryRecord>, Error> {
        let revisions = fold(captures);
        let Some(latest) = revisions.last() else { return Ok(summarize(captures, &revisions, |_| String::new())) };
        let has_text = |capture: &&Capture| capture.outcome.article() == Some(latest.hash);
        let key = captures.iter().find(has_text).map(|capture| &capture.key);
        let number = keys.iter().find(|(own, _)| Some(own) == key).map(|(_, number)| *number);
        let number = number.ok_or_else(|| Error::damaged("a capture under a key of another story"))?;
        let headline = read::headline(self.engine(), number, &ArticleHash::from_bytes(*latest.hash.as_bytes()))?;
        Ok(summarize(captures, &revisions, |_| headline.clone()))
    }

    /// Writes the feed anew and returns the arrival that comes next.
    fn rebuild_feed(&self, mut feed: Vec<(u64, KeyNumber, Place)>) -> Result<u64, Error> {
        feed.sort_unstable();
        let last = feed.last().map_or(0, |(arrival, ..)| arrival.saturating_add(1));
        let next = self.renumber_repeated(&mut feed, last)?;
        let mut rows = Vec::new();
        for run in
            feed.chunk_by(|(a, ..), (b, ..)| a.saturating_add(1) == *b).flat_map(|run| run.chunks(ROWS_PER_COMMIT))
        {
            let Some((first, ..)) = run.first() else { continue };
            let row = key::numbered(FEED, *first);
            let record = FeedRecord { captures: run.iter().map(|(_, number, place)| (*number, *place)).collect() };
            let value = codec::encode(&row, &record)?;
            rows.push((row, Some(value)));
            if rows.len() >= ROWS_PER_COMMIT {
                self.write(std::mem::take(&mut rows), Durability::Buffered)?;
            }
        }
        self.write(rows, Durability::Buffered)?;
        Ok(next)
    }

    /// After damage to the feed two captures may have one arrival: the second one gets a new place at the end.
    fn renumber_repeated(&self, feed: &mut [(u64, KeyNumber, Place)], mut next: u64) -> Result<u64, Error> {
        let mut before = None;
        for entry in feed.iter_mut() {
            let (arrival, number, place) = *entry;
            if before == Some(arrival) {
                let row = key::capture(number, &place);
                let record: Option<CaptureRecord> = self.engine().record(&row)?;
                let missing = || Error::damaged("a capture vanished while the feed was rebuilt");
                let value = codec::encode(&row, &CaptureRecord { arrival: next, ..record.ok_or_else(missing)? })?;
                self.write(vec![(row, Some(value))], Durability::Buffered)?;
                *entry = (next, number, place);
                next = next.saturating_add(1);
            }
            before = Some(arrival);
        }
        feed.sort_unstable();
        Ok(next)
    }
}

/// The name of the story that keys make up.
pub(super) fn name_among(
    names: &BTreeMap<KeyNumber, StoryKey>,
    aliases: &[(KeyNumber, KeyNumber)],
    keys: &[(StoryKey, KeyNumber)],
) -> Result<StoryKey, Error> {
    if let [(key, _)] = keys {
        return Ok(key.clone());
    }
    let own: BTreeSet<StoryKey> = keys.iter().map(|(key, _)| key.clone()).collect();
    let facts: Vec<(StoryKey, StoryKey)> = keys
        .iter()
        .flat_map(|(key, number)| targets(aliases, *number).iter().map(move |(_, target)| (key, target)))
        .filter_map(|(alias, target)| Some((alias.clone(), names.get(target)?.clone())))
        .collect();
    name_of(&own, &facts).cloned().ok_or_else(|| Error::damaged("a story without a name"))
}

/// The facts of one alias among facts sorted by alias.
fn targets(aliases: &[(KeyNumber, KeyNumber)], alias: KeyNumber) -> &[(KeyNumber, KeyNumber)] {
    let start = aliases.partition_point(|(own, _)| *own < alias);
    let end = aliases.partition_point(|(own, _)| *own <= alias);
    aliases.get(start..end).unwrap_or_default()
}

/// Which keys make up each story, in the order of their smallest numbers.
pub(super) fn components(
    names: &BTreeMap<KeyNumber, StoryKey>,
    aliases: &[(KeyNumber, KeyNumber)],
) -> Vec<BTreeSet<KeyNumber>> {
    let mut neighbours: HashMap<KeyNumber, Vec<KeyNumber>> = HashMap::new();
    for (alias, target) in aliases {
        neighbours.entry(*alias).or_default().push(*target);
        neighbours.entry(*target).or_default().push(*alias);
    }
    let mut taken: BTreeSet<KeyNumber> = BTreeSet::new();
    let mut components = Vec::new();
    for number in names.keys() {
        if taken.contains(number) {
            continue;
        }
        let mut component = BTreeSet::new();
        let mut open = vec![*number];
        while let Some(next) = open.pop() {
            if component.insert(next) {
                open.extend(neighbours.get(&next).into_iter().flatten());
            }
        }
        if component.len() > 1 {
            taken.extend(&component);
        }
        components.push(component);
    }
    components
}
