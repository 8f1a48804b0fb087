//! What a tracker keeps in the archive for its next run.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::engine::Durability;
use crate::fetch::after;
use crate::model::{StoryKey, Timestamp};

use super::super::budget::Budget;
use super::super::error::Error;
use super::super::hosts::host;
use super::super::poll::Polled;
use super::super::story::{Followed, Seen};
use super::super::watchlist::PART;
use super::{Story, Tracker};

impl Tracker {
    /// Reads what the last run has kept.
    pub(super) fn read(&mut self) -> Result<(), Error> {
        let now = self.clock.now();
        for (name, value) in self.archive.states(PART)? {
            match name.split_once(':') {
                Some(("poll", url)) => {
                    let polled: Polled = decode(&name, &value)?;
                    self.rest(url, polled.at);
                    self.polled.insert(url.to_owned(), polled);
                }
                Some(("host", host)) => self.hosts.set_health(host, decode(&name, &value)?),
                Some(("story", url)) => {
                    let followed: Followed = decode(&name, &value)?;
                    if followed.ended.is_none() {
                        self.take_up(url, followed)?;
                    }
                }
                None if name == "counts" => self.counts = decode(&name, &value)?,
                None if name == "budget" => self.budget = Some(decode(&name, &value)?),
                _ => {}
            }
        }
        if let Some(a_day) = self.options.budget {
            self.budget.get_or_insert_with(|| Budget::new(a_day, now));
        }
        Ok(())
    }

    /// Has a host rest after a visit by an earlier run.
    pub(super) fn rest(&mut self, url: &str, visited_at: Option<Timestamp>) {
        let Some(at) = visited_at else { return };
        let [public, _] = &self.fetchers;
        let over = after(at, public.client().options().delay);
        if over > self.clock.now() {
            let rested = self.rested.entry(host(url)).or_insert(over);
            *rested = over.max(*rested);
        }
    }

    /// Takes up a story that is followed.
    pub(super) fn take_up(&mut self, url: &str, followed: Followed) -> Result<(), Error> {
        let Ok(key) = StoryKey::url(url) else { return Ok(()) };
        let seen = Seen::read(&self.archive, &key)?;
        let (name, seen) = seen.map_or((None, None), |(name, seen)| (Some(name), Some(seen)));
        self.rest(url, seen.as_ref().map(|seen| seen.watched.last_visit));
        if let Some(seen) = &seen {
            self.sites.entry(host(url)).or_default().add(&seen.watched);
        }
        if let Some(name) = &name {
            self.by_name.entry(name.clone()).or_insert_with(|| url.to_owned());
        }
        self.stories.insert(url.to_owned(), Story { followed, name, seen });
        Ok(())
    }

    /// What is kept under a name, written or not.
    pub(super) fn kept(&self, name: &str) -> Result<Option<Vec<u8>>, Error> {
        match self.unwritten.get(name) {
            Some(value) => Ok(value.clone()),
            None => Ok(self.archive.state(PART, name)?),
        }
    }

    pub(super) fn write(&mut self, name: String, value: &impl Serialize) -> Result<(), Error> {
        let value = serde_json::to_vec(value).map_err(|error| Error::state(&name, &error))?;
        self.unwritten.insert(name, Some(value));
        Ok(())
    }

    /// Syncs what was archived, and writes what is to be known at the next run.
    ///
    /// # Errors
    /// Errors of the archive.
    pub fn sync(&mut self) -> Result<(), Error> {
        self.synced_at = self.clock.now();
        if self.is_synced && self.unwritten.is_empty() {
            return Ok(());
        }
        self.write("counts".to_owned(), &self.counts.clone())?;
        if let Some(budget) = self.budget {
            self.write("budget".to_owned(), &budget)?;
        }
        let unwritten = std::mem::take(&mut self.unwritten);
        let changes: Vec<(&str, Option<&[u8]>)> =
            unwritten.iter().map(|(name, value)| (name.as_str(), value.as_deref())).collect();
        // A part of it is no harm: what a source lists is noted as known together with its stories, in one.
        self.archive.set_states(PART, &changes, Durability::Synced)?;
        self.is_synced = true;
        Ok(())
    }
}

pub(in crate::track) fn decode<T: DeserializeOwned>(name: &str, value: &[u8]) -> Result<T, Error> {
    serde_json::from_slice(value).map_err(|error| Error::state(name, &error))
}
