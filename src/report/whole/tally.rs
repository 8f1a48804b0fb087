//! What was found, of one story or of many: it adds up.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::account::{Account, Publisher};
use super::days::Days;
use super::items::{Edited, MostEdited, TakeDown};
use super::top::Top;
use super::{Options, Report, SCHEMA};
use crate::diff::{NoticeKind, Stealth};
use crate::model::{OutcomeKind, StoryKey, Timestamp};

/// Hosts past so many, in the order of names, are counted as one.
const MOST_HOSTS: usize = if cfg!(test) { 5 } else { 10_000 };

/// Edits are told apart by hours up to so many.
pub(super) const HOURS: usize = 72;

/// By what edits are ranked: a class, thousandths of significance, then the later, the story and the revision.
type EditKey = (u8, u32, Timestamp, Reverse<Vec<u8>>, Reverse<u64>);
type StoryRank = (u64, u32, Reverse<Vec<u8>>);
type TakeDownKey = (bool, Timestamp, Reverse<Vec<u8>>);

/// What was found.
#[derive(Debug)]
pub(super) struct Tally {
    pub(super) range: Option<(Timestamp, Timestamp)>,
    hosts: BTreeMap<Option<String>, Account>,
    others: Option<Account>,
    total: Account,
    by_hour: Vec<u64>,
    later: u64,
    by_day: Days,
    significant: Top<EditKey, Edited>,
    most_edited: Top<StoryRank, MostEdited>,
    stealth: Top<EditKey, Edited>,
    corrections: Top<EditKey, Edited>,
    headlines: Top<EditKey, Edited>,
    take_downs: Top<TakeDownKey, TakeDown>,
}

impl Tally {
    pub(super) fn new(top: usize) -> Self {
        Self {
            range: None,
            hosts: BTreeMap::new(),
            others: None,
            total: Account::default(),
            by_hour: vec![0; HOURS],
            later: 0,
            by_day: Days::default(),
            significant: Top::new(top),
            most_edited: Top::new(top),
            stealth: Top::new(top),
            corrections: Top::new(top),
            headlines: Top::new(top),
            take_downs: Top::new(top),
        }
    }

    /// Sets what was counted of the only story.
    pub(super) fn count(&mut self, story: &StoryKey, account: Account) {
        self.total = account.clone();
        self.hosts.insert(story.host().map(str::to_owned), account);
    }

    pub(super) fn add_time(&mut self, at: Timestamp, minutes: u64) {
        let hour = usize::try_from(minutes / 60).unwrap_or(usize::MAX);
        *self.by_hour.get_mut(hour).unwrap_or(&mut self.later) += 1;
        self.by_day.add(at);
    }

    pub(super) fn add_edit(&mut self, edit: Edited, is_headline: bool) {
        let lists = [
            (Some(0), &mut self.significant),
            (edit.stealth.map(stealth_rank), &mut self.stealth),
            (edit.notice.map(notice_rank), &mut self.corrections),
            (is_headline.then_some(0), &mut self.headlines),
        ];
        for (rank, list) in lists {
            let Some(rank) = rank else { continue };
            let key = (
                rank,
                weight(edit.significance),
                edit.captured_at,
                Reverse(edit.story.sort_bytes()),
                Reverse(edit.revision),
            );
            if list.takes(&key) {
                list.add(key, edit.clone());
            }
        }
    }

    pub(super) fn add_most_edited(&mut self, story: MostEdited) {
        let key = (story.edits, weight(story.significance), Reverse(story.story.sort_bytes()));
        self.most_edited.add(key, story);
    }

    pub(super) fn add_take_down(&mut self, down: TakeDown) {
        let key = (down.outcome == OutcomeKind::Gone, down.captured_at, Reverse(down.story.sort_bytes()));
        self.take_downs.add(key, down);
    }

    pub(super) fn merge(&mut self, other: Self) {
        self.range = match (self.range, other.range) {
            (Some((first, last)), Some((start, end))) => Some((first.min(start), last.max(end))),
            (one, other) => one.or(other),
        };
        self.total.merge(&other.total);
        for (host, account) in other.hosts {
            let is_full = self.hosts.len() >= MOST_HOSTS;
            match self.hosts.get_mut(&host) {
                Some(known) => known.merge(&account),
                None if is_full => self.others.get_or_insert_default().merge(&account),
                None => drop(self.hosts.insert(host, account)),
            }
        }
        self.by_hour.iter_mut().zip(&other.by_hour).for_each(|(own, other)| *own += other);
        self.later += other.later;
        self.by_day.merge(other.by_day);
        self.significant.merge(other.significant);
        self.most_edited.merge(other.most_edited);
        self.stealth.merge(other.stealth);
        self.corrections.merge(other.corrections);
        self.headlines.merge(other.headlines);
        self.take_downs.merge(other.take_downs);
    }

    pub(super) fn report(self, options: &Options) -> Report {
        let publisher = |(host, account): (Option<String>, Account)| Publisher { host, figures: account.figures() };
        let mut publishers: Vec<Publisher> = self.hosts.into_iter().map(publisher).collect();
        // Sorting keeps the order of the names among equals.
        publishers.sort_by_key(|publisher| Reverse(publisher.figures.visits));
        Report {
            schema: SCHEMA,
            since: options.since,
            until: options.until,
            host: options.host.clone(),
            first_captured: self.range.map(|(first, _)| first),
            last_captured: self.range.map(|(_, last)| last),
            total: self.total.figures(),
            publishers,
            other_publishers: self.others.map(|others| others.figures()),
            edits_by_hour: self.by_hour,
            edits_later: self.later,
            edits_by_day: self.by_day.entries(),
            days_per_entry: self.by_day.width(),
            significant: self.significant.into_items(),
            most_edited: self.most_edited.into_items(),
            stealth: self.stealth.into_items(),
            corrections: self.corrections.into_items(),
            headlines: self.headlines.into_items(),
            take_downs: self.take_downs.into_items(),
        }
    }
}

const fn stealth_rank(stealth: Stealth) -> u8 {
    match stealth {
        Stealth::Both => 2,
        Stealth::NoNotice => 1,
        Stealth::ModifiedUnchanged => 0,
    }
}

const fn notice_rank(notice: NoticeKind) -> u8 {
    match notice {
        NoticeKind::Retraction => 4,
        NoticeKind::Correction => 3,
        NoticeKind::Clarification => 2,
        NoticeKind::EditorsNote => 1,
        NoticeKind::Update => 0,
    }
}

/// A significance in thousandths, as it is given: a number that has an order.
pub(super) fn weight(significance: f64) -> u32 {
    (significance.clamp(0.0, 1.0) * 1_000.0).round() as u32
}
