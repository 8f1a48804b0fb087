//! What should be there: told by the index, the feed, damaged packs, and the number of captures that were acknowledged.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::format::codec;
use crate::format::gather::{self, Entries, Page};
use crate::format::key::{self, FEED, INDEX, PAGES};
use crate::format::pack::Pack;
use crate::format::record::{FeedEntry, IndexRecord, Role, SummaryRecord};
use crate::model::{Capture, Outcome, StoryKey, Timestamp, fold};

use super::super::acknowledged::Acknowledged;
use super::super::component::put_in_order;
use super::super::plan::locate;
use super::super::store::key_of;
use super::super::{Archive, Error};
use super::Lost;
use super::source::Loose;

/// An account of captures by their arrivals, and of what is known of those that are missing.
#[derive(Default)]
pub(super) struct Losses {
    /// Arrivals of captures that the new archive has, a bit each.
    come: Vec<u64>,
    /// Captures that are known one by one and did not come, by arrival, and why.
    named: BTreeMap<u64, (Capture, String)>,
    /// Of which key an arrival that did not come is, as the feed tells.
    keys: BTreeMap<u64, StoryKey>,
    /// Arrivals that did not come of which the feed says what the arrival of their key's first capture is.
    again: BTreeMap<u64, u64>,
    /// These first arrivals, and their keys.
    wanted: BTreeSet<u64>,
    firsts: BTreeMap<u64, StoryKey>,
    /// Stories of which the index counts more captures than came, with all their keys.
    short: BTreeMap<StoryKey, (SummaryRecord, Vec<StoryKey>)>,
    /// Keys that the index knows as aliases of a story and the new archive does not.
    aliases: BTreeSet<(StoryKey, StoryKey)>,
    /// How many captures there were, at least.
    arrivals: u64,
    damaged: u64,
}

impl Losses {
    /// Begins with what the file beside the store says.
    pub(super) fn of(from: &Path) -> Self {
        let arrivals = Acknowledged::open(from, true).ok().and_then(|acknowledged| acknowledged.found());
        Self { arrivals: arrivals.unwrap_or_default(), ..Self::default() }
    }

    pub(super) fn has_come(&mut self, arrival: u64) {
        self.arrivals = self.arrivals.max(arrival.saturating_add(1));
        let Ok(word) = usize::try_from(arrival / 64) else { return };
        if word >= self.come.len() {
            self.come.resize(word + 1, 0);
        }
        self.come.get_mut(word).into_iter().for_each(|bits| *bits |= 1 << (arrival % 64));
    }

    pub(super) fn has(&self, arrival: u64) -> bool {
        let word = usize::try_from(arrival / 64).ok().and_then(|word| self.come.get(word));
        word.is_some_and(|bits| bits & (1 << (arrival % 64)) != 0)
    }

    /// Notes a capture that cannot be kept.
    pub(super) fn name(&mut self, capture: &Capture, why: &str) {
        self.named.insert(capture.arrival, (capture.clone(), why.to_owned()));
    }

    /// Notes the captures of a pack that is damaged, as far as it tells them.
    pub(super) fn hear_of_pack(&mut self, row: &[u8], why: &str) {
        if let Ok(pack) = Pack::decode_damaged(row) {
            self.hear_of(&pack, why);
        }
    }

    /// Notes the captures of packs that were found damaged in the files.
    pub(super) fn hear_of_damage(&mut self, loose: &Loose) {
        for pack in loose.damaged() {
            let before = self.named.len();
            self.hear_of(pack, "its pack is damaged");
            self.damaged += u64::from(self.named.len() > before);
        }
    }

    fn hear_of(&mut self, pack: &Pack, why: &str) {
        for capture in pack.sections.iter().flat_map(|section| &section.captures) {
            if !self.has(capture.arrival) {
                self.named.entry(capture.arrival).or_insert_with(|| (capture.clone(), why.to_owned()));
            }
        }
    }

    pub(super) const fn damaged_packs(&self) -> u64 {
        self.damaged
    }

    /// Forgets what derived data told, for it is told again.
    pub(super) fn begin_again(&mut self) {
        self.keys.clear();
        self.again.clear();
        self.wanted.clear();
        self.firsts.clear();
        self.short.clear();
        self.aliases.clear();
    }

    /// Hears what a row of derived data tells. One that is damaged tells nothing.
    pub(super) fn hear(&mut self, new: &Archive, row: &[u8], value: &[u8]) -> Result<(), Error> {
        match row.first() {
            Some(&INDEX) => match (key::parse_sorted(row, INDEX), codec::decode::<IndexRecord>(row, value)) {
                (Ok(sort), Ok(record)) => self.hear_index(new, sort, record),
                _ => Ok(()),
            },
            Some(&PAGES) => {
                let entries: Entries = Page::decode(row, value).and_then(|page| page.entries()).unwrap_or_default();
                entries.into_iter().try_for_each(|(sort, record)| self.hear_index(new, &sort, record))
            }
            Some(&FEED) => {
                if let Ok(feed) = gather::decode_feed(row, value) {
                    (feed.first..).zip(feed.entries).for_each(|(arrival, entry)| self.hear_feed(arrival, entry));
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn hear_feed(&mut self, arrival: u64, entry: FeedEntry) {
        self.arrivals = self.arrivals.max(arrival.saturating_add(1));
        if self.has(arrival) {
            return;
        }
        match entry {
            FeedEntry::First(key) => drop(self.keys.insert(arrival, key.into())),
            FeedEntry::Again(first) => {
                self.again.insert(arrival, first);
                self.wanted.insert(first);
            }
        }
    }

    /// Says whether captures are missed of which only the arrival of their key's first one is known.
    pub(super) fn wants_first_captures(&self) -> bool {
        !self.again.is_empty()
    }

    /// Hears once more what the feed says, of the first captures that are wanted.
    pub(super) fn hear_first_captures(&mut self, row: &[u8], value: &[u8]) {
        let Some(feed) = gather::decode_feed(row, value).ok().filter(|_| row.first() == Some(&FEED)) else { return };
        for (arrival, entry) in (feed.first..).zip(feed.entries) {
            if let FeedEntry::First(key) = entry
                && self.wanted.contains(&arrival)
            {
                self.firsts.insert(arrival, key.into());
            }
        }
    }

    fn hear_index(&mut self, new: &Archive, sort: &[u8], record: IndexRecord) -> Result<(), Error> {
        let Role::Name { others, summary } = record.role else { return Ok(()) };
        let Ok(name) = key_of(sort) else { return Ok(()) };
        let mut keys = vec![name.clone()];
        let there = new.story(&name)?;
        for other in others.into_iter().map(StoryKey::from) {
            let same = there.as_ref().is_some_and(|story| story.story == other || story.aliases.contains(&other));
            if !same {
                self.aliases.insert((other.clone(), name.clone()));
            }
            keys.push(other);
        }
        let Some(summary) = summary else { return Ok(()) };
        let is_news = self.short.get(&name).is_none_or(|(known, _)| known.captures < summary.captures);
        if is_news && summary.captures > came(new, &keys)? {
            self.short.insert(name, (summary, keys));
        }
        Ok(())
    }

    /// Says whether nothing is missed.
    pub(super) fn is_none(&self) -> bool {
        let has_all = self.missing() == 0;
        has_all && self.named.is_empty() && self.short.is_empty() && self.aliases.is_empty()
    }

    /// How many captures there were that did not come.
    fn missing(&self) -> u64 {
        let came: u64 = self.come.iter().map(|bits| u64::from(bits.count_ones())).sum();
        self.arrivals.saturating_sub(came)
    }

    /// Tells what is lost: captures that are known one by one, then those that are known by their story, then the others.
    pub(super) fn tell(mut self, new: &Archive) -> Result<Vec<Lost>, Error> {
        let named = std::mem::take(&mut self.named).into_iter();
        // A number beyond all that there were is no arrival, and says that its pack cannot be believed.
        self.named = named.filter(|(arrival, _)| *arrival < self.arrivals && !self.has(*arrival)).collect();
        let mut lost = self.tell_named(new)?;
        // More than are missing cannot be lost: then a damaged pack told of others.
        lost.truncate(usize::try_from(self.missing()).unwrap_or(usize::MAX));
        let mut named: BTreeMap<StoryKey, u64> = BTreeMap::new();
        for story in lost.iter().filter_map(|lost| lost.story.clone()) {
            *named.entry(story).or_default() += 1;
        }
        let mut told = lost.len() as u64;
        for (story, (captures, summary)) in self.by_story(new, &named)? {
            let captures = captures.min(self.missing().saturating_sub(told));
            if captures == 0 {
                continue;
            }
            told += captures;
            let what = summary.map_or_else(|| plural(captures), |summary| about(captures, summary));
            lost.push(Lost { story: Some(story), captured_at: None, revision: None, captures, what });
        }
        for (alias, story) in &self.aliases {
            let what = format!("the fact that {alias} names the same story");
            let story = Some(story.clone());
            lost.push(Lost { story, captured_at: None, revision: None, captures: 0, what });
        }
        lost.sort();
        let unknown = self.missing().saturating_sub(told);
        if unknown > 0 {
            let what = format!("{} of which nothing is known", plural(unknown));
            lost.push(Lost { story: None, captured_at: None, revision: None, captures: unknown, what });
        }
        Ok(lost)
    }

    /// The captures that are known one by one, with their revisions.
    fn tell_named(&self, new: &Archive) -> Result<Vec<Lost>, Error> {
        let mut stories: BTreeMap<StoryKey, Vec<&(Capture, String)>> = BTreeMap::new();
        for named in self.named.values() {
            stories.entry(self.name_of(new, &named.0.key)?).or_default().push(named);
        }
        let mut lost = Vec::new();
        for (story, named) in stories {
            let mut captures = if new.story(&story)?.is_some() { new.captures(&story)? } else { Vec::new() };
            captures.extend(named.iter().map(|(capture, _)| capture.clone()));
            put_in_order(&mut captures);
            // Where still others are lost, numbers would be invented.
            let is_all = self.short.get(&story).is_none_or(|(summary, _)| summary.captures == captures.len() as u64);
            let revisions = if is_all { fold(&captures) } else { Vec::new() };
            for (capture, why) in named {
                let at = captures.iter().position(|own| own.order() == capture.order() && own.key == capture.key);
                let revision = at.and_then(|at| locate(&revisions, &captures, at)).map(|revision| revision.number);
                lost.push(Lost {
                    story: Some(story.clone()),
                    captured_at: Some(capture.captured_at),
                    revision: revision.filter(|_| matches!(capture.outcome, Outcome::Article(_))),
                    captures: 1,
                    what: format!("a capture ({}): {why}", capture.outcome.kind().as_str()),
                });
            }
        }
        Ok(lost)
    }

    /// How many captures of each story are missed that are not known one by one, and what the index says of it.
    fn by_story(&self, new: &Archive, named: &BTreeMap<StoryKey, u64>) -> Result<ByStory<'_>, Error> {
        let mut missed = ByStory::new();
        for key in self.missed().into_values() {
            missed.entry(self.name_of(new, key)?).or_default().0 += 1;
        }
        for (story, (summary, keys)) in &self.short {
            let short = summary.captures.saturating_sub(came(new, keys)?);
            let (count, known) = missed.entry(story.clone()).or_default();
            *count = short.max(*count);
            *known = Some(summary);
        }
        // By number and not by arrival: that of a damaged pack may be a wrong one.
        for (story, (captures, _)) in &mut missed {
            *captures = captures.saturating_sub(named.get(story).copied().unwrap_or_default());
        }
        missed.retain(|_, (captures, _)| *captures > 0);
        Ok(missed)
    }

    /// The arrivals that did not come of which the feed says of which key they are.
    fn missed(&self) -> BTreeMap<u64, &StoryKey> {
        let again = self.again.iter().filter_map(|(arrival, first)| Some((*arrival, self.firsts.get(first)?)));
        // Rows of the feed that were rewritten tell an arrival more than once.
        again.chain(self.keys.iter().map(|(arrival, key)| (*arrival, key))).collect()
    }

    /// The name of the story of a key: in the new archive, else the key itself.
    fn name_of(&self, new: &Archive, key: &StoryKey) -> Result<StoryKey, Error> {
        let name = new.story(key)?.map(|story| story.story);
        let alias = || self.aliases.iter().find(|(alias, _)| alias == key).map(|(_, name)| name.clone());
        Ok(name.or_else(alias).unwrap_or_else(|| key.clone()))
    }
}

/// Stories, how many of their captures are missed, and what the index says of them.
type ByStory<'a> = BTreeMap<StoryKey, (u64, Option<&'a SummaryRecord>)>;

/// How many captures the new archive has under the keys of what was one story.
fn came(new: &Archive, keys: &[StoryKey]) -> Result<u64, Error> {
    let mut stories = BTreeMap::new();
    for key in keys {
        stories.extend(new.story(key)?.map(|story| (story.story, story.captures)));
    }
    Ok(stories.into_values().sum())
}

fn plural(captures: u64) -> String {
    if captures == 1 { "1 capture".to_owned() } else { format!("{captures} captures") }
}

fn about(captures: u64, summary: &SummaryRecord) -> String {
    let time = |micros| Timestamp::from_micros(micros).map(|at| at.to_string()).unwrap_or_default();
    format!(
        "{} of {}, which were from {} to {} and had {} revisions",
        plural(captures),
        summary.captures,
        time(summary.first_captured),
        time(summary.last_captured),
        summary.revisions
    )
}
