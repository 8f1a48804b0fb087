//! Verifying an archive.

mod feed;
mod lost;
mod stories;

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fmt;

use rayon::prelude::*;
use serde::Serialize;

use crate::engine::Order;
use crate::format::key::{self, PACKS, PackId, SEALED};
use crate::format::pack::{Pack, Section, Text};
use crate::format::record::SealRecord;
use crate::model::{ArticleHash, Capture, FoldedHash, StoryKey, Timestamp, fold};
use crate::text::folded_canonical;

use super::component::{Component, Known, summarize};
use super::facts::Facts;
use super::store::{decode_pack, keyspace, pack_name};
use super::tail::{Tail, seal_record};
use super::{Archive, Error, read};

/// How thoroughly to check.
#[derive(Debug, Clone, Copy, Default)]
pub struct CheckOptions {
    /// Unpack and hash every text; else only those of every sixteenth pack.
    pub deep: bool,
}

/// What mends something that is not as it must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Remedy {
    /// Only derived data is hurt: [`Archive::reindex`] makes it anew and loses nothing.
    Reindex,
    /// Captures, texts or alias facts are hurt: [`Archive::salvage`] saves the others.
    Salvage,
}

/// Something that is not as it must be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Finding {
    /// The story that is hurt, where it is known.
    pub story: Option<StoryKey>,
    /// The capture that is hurt, where it is known.
    pub captured_at: Option<Timestamp>,
    /// What was found, for people.
    pub what: String,
    /// What mends it.
    pub remedy: Remedy,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)?;
        if let Some(story) = &self.story {
            write!(f, ", in {story}")?;
        }
        self.captured_at.map_or(Ok(()), |at| write!(f, ", captured at {at}"))
    }
}

impl Finding {
    fn of(error: Error, remedy: Remedy) -> Self {
        match error {
            Error::Damaged { what, story, captured_at } => Self { story, captured_at, what, remedy },
            error => Self { story: None, captured_at: None, what: error.to_string(), remedy },
        }
    }
}

/// What a check looked at and found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct CheckReport {
    /// Stories that were looked at.
    pub stories: u64,
    /// Captures that were read.
    pub captures: u64,
    /// Texts that were unpacked and hashed.
    pub texts: u64,
    /// Pages beside captures that were unpacked and hashed.
    pub pages: u64,
    /// What is not as it must be; empty when the archive is whole.
    pub findings: Vec<Finding>,
}

/// Of so many packs, one has its texts unpacked by a check that is not deep.
const SAMPLE: u64 = 16;

impl Archive {
    /// Verifies that every row is as it was written, that every capture has its text, and that what is derived follows from what is
    /// primary; with [`CheckOptions::deep`], every text too.
    ///
    /// `progress` is told how many names are done, and of how many. No other call may write meanwhile, or findings may be false. Where
    /// the archive is read by way of another process, that one may: after findings all is read once more, and nothing written meanwhile.
    ///
    /// ```
    /// use morgue::{Archive, CheckOptions};
    ///
    /// let report = Archive::in_memory().check(&CheckOptions { deep: true }, |_, _| {}).unwrap();
    /// assert!(report.findings.is_empty());
    /// ```
    ///
    /// # Errors
    /// None for damage, which is what the report is for; errors of the engine that make reading impossible.
    pub fn check(&self, options: &CheckOptions, mut progress: impl FnMut(u64, u64)) -> Result<CheckReport, Error> {
        let Some(served) = self.inner.served.as_ref().filter(|served| served.is_elsewhere()) else {
            return Ok(self.check_once(options, false, &mut progress));
        };
        // What is found may be what was written meanwhile: it is told after a second look, for which the other process waits.
        let report = self.check_once(options, true, &mut progress);
        if report.findings.is_empty() {
            return Ok(report);
        }
        let _holds = served.hold_writes()?;
        Ok(self.check_once(options, false, &mut progress))
    }

    /// Checks everything. Where that is done again after a finding, none is looked for at length.
    fn check_once(&self, options: &CheckOptions, is_trial: bool, progress: &mut dyn FnMut(u64, u64)) -> CheckReport {
        let mut check = Check { is_trial, ..Check::of(self, options) };
        let total = 2 * Tail::read(self.engine()).map_or(0, |tail| tail.next_arrival);
        check.packs(&mut |done| progress(done.min(total), total));
        let before = check.captures;
        check.stories(&mut |done| progress((before + done).min(total), total));
        check.feed();
        check.states();
        check.acknowledged();
        check.report
    }
}

/// So many packs are verified at a time, on all cores.
const PACKS_AT_ONCE: usize = 64;
/// Of so many damaged packs it is told what they held.
const MOST_DAMAGED: usize = 256;

/// What was found in a pack; or why it cannot be read, with its row.
type Read = Result<PackReport, (Option<(PackId, Vec<u8>)>, Error)>;

/// A check under way.
///
/// That two sides tell the same set of things is checked by a sum of hashes that does not depend on the order in which they are
/// told (a multiset hash), so that it takes no memory.
struct Check<'a> {
    archive: &'a Archive,
    is_deep: bool,
    is_trial: bool,
    report: CheckReport,
    seal: SealRecord,
    /// Captures in packs, those that stand in two of them twice.
    captures: u64,
    /// Packs that cannot be read, with what they say of themselves all the same. What is lost with them is told story by story.
    hurt: BTreeMap<PackId, Option<Pack>>,
    /// Whether there are stories that cannot be read, so that sums over all of them say nothing.
    is_partial: bool,
    /// The arrival behind the last one of a capture in a pack.
    next_arrival: u64,
    /// Which pack has a section of which key: as the packs tell, and as the index tells.
    sections: (u128, u128),
    /// Which capture is of which key: as the stories tell, and as the feed tells.
    arrivals: (u128, u128),
    /// How many keys have captures.
    keys: u64,
}

/// What was found in one pack.
#[derive(Default)]
struct PackReport {
    texts: u64,
    pages: u64,
    sections: u128,
    captures: u64,
    next_arrival: u64,
    findings: Vec<Finding>,
}

impl<'a> Check<'a> {
    fn of(archive: &'a Archive, options: &CheckOptions) -> Self {
        let mut report = CheckReport::default();
        let seal = seal_record(archive.engine()).unwrap_or_else(|error| {
            report.findings.push(Finding::of(error, Remedy::Reindex));
            SealRecord::default()
        });
        Self {
            archive,
            is_deep: options.deep,
            is_trial: false,
            report,
            seal,
            captures: 0,
            hurt: BTreeMap::new(),
            is_partial: false,
            next_arrival: 0,
            sections: (0, 0),
            arrivals: (0, 0),
            keys: 0,
        }
    }

    fn found(&mut self, error: Error, remedy: Remedy) {
        self.report.findings.push(Finding::of(error, remedy));
    }

    /// Reads what parts around the archive keep in it.
    fn states(&mut self) {
        for error in self.archive.damaged_states() {
            self.found(error, Remedy::Salvage);
        }
    }

    /// Reads every pack, and the texts of all of them or of some.
    fn packs(&mut self, progress: &mut dyn FnMut(u64)) {
        let archive = self.archive;
        let mut rows = archive.engine().scan(keyspace(PACKS), Order::Ascending);
        loop {
            let batch: Vec<_> = rows.by_ref().take(PACKS_AT_ONCE).collect();
            if batch.is_empty() {
                return;
            }
            let read: Vec<Read> = batch
                .into_par_iter()
                .map(|row| match row {
                    Ok((row, value)) => match key::parse_number(&row, PACKS) {
                        Ok(id) => self.pack(id, &value).map_err(|error| (Some((id, value)), error)),
                        Err(error) => Err((None, error.into())),
                    },
                    Err(error) => Err((None, error.into())),
                })
                .collect();
            read.into_iter().for_each(|read| self.take(read));
            progress(self.captures);
        }
    }

    fn take(&mut self, read: Read) {
        match read {
            Ok(report) => {
                self.report.texts += report.texts;
                self.report.pages += report.pages;
                self.sections.0 = self.sections.0.wrapping_add(report.sections);
                self.captures += report.captures;
                self.next_arrival = self.next_arrival.max(report.next_arrival);
                self.report.findings.extend(report.findings);
            }
            Err((pack, error)) => {
                self.is_partial = true;
                if let Some((id, value)) = pack {
                    let told = Pack::decode_damaged(&value).ok().filter(|_| self.hurt.len() < MOST_DAMAGED);
                    self.hurt.insert(id, told);
                }
                self.found(error, Remedy::Salvage);
            }
        }
    }

    fn pack(&self, id: PackId, value: &[u8]) -> Result<PackReport, Error> {
        let mut report = PackReport::default();
        let Some(pack) = decode_pack(id, value)? else { return Ok(report) };
        for section in pack.sections.iter().filter(|section| !self.is_stale(id, section)) {
            report.sections = report.sections.wrapping_add(multiset_hash(&section.sort, id));
            report.captures += section.captures.len() as u64;
            let last = section.captures.iter().map(|capture| capture.arrival).max();
            report.next_arrival = report.next_arrival.max(last.map_or(0, |last| last.saturating_add(1)));
        }
        let is_sampled = id.is_multiple_of(SAMPLE);
        if self.is_deep || is_sampled {
            self.pages(&pack, &mut report);
        }
        // All of them are read with their stories.
        if is_sampled && !self.is_deep {
            pack.each_text(self.archive.store().finder(), |section, text, read| {
                report.texts += 1;
                let verified = read.map_err(Error::from).and_then(|read| fold_of(read, text.folded));
                if let Err(error) = verified {
                    let error = place(of_text(&text.hash, &error), section, text);
                    report.findings.push(Finding::of(error, Remedy::Salvage));
                }
            });
        }
        Ok(report)
    }

    /// Reads the pages that were kept beside captures.
    fn pages(&self, pack: &Pack, report: &mut PackReport) {
        for section in &pack.sections {
            for raw in &section.raws {
                report.pages += 1;
                if let Err(error) = self.archive.store().raw_page(&section.sort, raw.hash) {
                    let error = Error::damaged(format!("the page beside a capture: {}", what(error)));
                    report
                        .findings
                        .push(Finding::of(error.in_story(&section.key).at(raw.captured_at), Remedy::Salvage));
                }
            }
        }
    }

    /// A section that has been copied into a sealed pack, while others of its pack have not.
    fn is_stale(&self, id: PackId, section: &Section) -> bool {
        let Some((upto, after)) = &self.seal.job else { return false };
        id < SEALED && id >= self.seal.settled && id < *upto && section.sort <= *after
    }

    /// Every text that a capture saw must be there, and nothing else.
    fn missing(facts: &Facts) -> Vec<Finding> {
        let mut missing = HashSet::new();
        let mut findings = Vec::new();
        for capture in &facts.captures {
            let Some(hash) = capture.outcome.text_hash() else { continue };
            if !facts.has_text(&hash) && missing.insert(hash) {
                let error = Error::damaged(format!("the text {} is missing", hash.short()));
                let error = error.in_story(&capture.key).at(capture.captured_at);
                findings.push(Finding::of(error, Remedy::Salvage));
            }
        }
        findings
    }

    /// New texts of a key are compressed against the newest in its base: it must be there.
    fn bases_of(component: &Component, facts: &Facts) -> Vec<Finding> {
        let is_wrong = |base: PackId, packs: &[PackId]| !packs.contains(&base) || !facts.heads.contains(&base);
        let finding = |Known { key, base, packs, .. }: &Known| {
            let base = base.filter(|base| is_wrong(*base, packs))?;
            let what = format!("the index names pack {} as the base of new texts, which is none", pack_name(base));
            Some(Finding::of(Error::damaged(what).in_story(key), Remedy::Reindex))
        };
        component.keys.iter().filter_map(finding).collect()
    }

    fn summary_of(&self, component: &Component, facts: &Facts) -> Result<(), Error> {
        let mut expected = component.clone();
        for known in &mut expected.keys {
            let own: Vec<&Capture> = facts.captures.iter().filter(|capture| capture.key == known.key).collect();
            known.follow(&own);
        }
        let names: BTreeSet<StoryKey> = component.keys.iter().map(|known| known.key.clone()).collect();
        expected.name = facts.aliases.name_of(&names).unwrap_or_else(|| component.name.clone());
        if facts.aliases.stories(&names).len() > 1 {
            return Err(Error::damaged("the index holds keys for one story that no alias fact connects"));
        }
        let revisions = fold(&facts.captures);
        // The headline takes a text to know, so it is looked at where texts are.
        let latest = component.summary.as_ref().and_then(|summary| summary.latest.as_ref());
        let mut headline = latest.map(|latest| latest.headline.clone()).unwrap_or_default();
        if let Some(revision) = revisions.last().filter(|_| self.is_deep) {
            headline = match facts.texts.get(&revision.hash) {
                Some(text) => read::headline(text)?,
                None => {
                    read::headline(&component.load(self.archive.store())?.text(self.archive.store(), &revision.hash)?)?
                }
            };
        }
        expected.summary = summarize(&facts.captures, &revisions, |_| headline.clone());
        if expected == *component {
            return Ok(());
        }
        Err(Error::damaged("the index does not follow from the captures"))
    }
}

/// What is wrong, without the place.
fn what(error: Error) -> String {
    match error {
        Error::Damaged { what, .. } => what,
        error => error.to_string(),
    }
}

fn multiset_hash(sort: &[u8], number: u64) -> u128 {
    let hash = blake3::Hasher::new().update(&number.to_le_bytes()).update(sort).finalize();
    hash.as_bytes().first_chunk::<16>().map_or(0, |bytes| u128::from_le_bytes(*bytes))
}

/// What the feed must tell of the first capture of a key: the key, and its arrival.
fn first_hash(sort: &[u8], first: u64) -> u128 {
    multiset_hash(sort, first)
}

/// What the feed must tell of each capture of a key: with which arrival the key began, and its own. A sort form never begins with a
/// zero byte.
fn arrival_hash(first: u64, arrival: u64) -> u128 {
    multiset_hash(&[&[0], first.to_be_bytes().as_slice()].concat(), arrival)
}

/// Holds a text to its folded hash.
fn fold_of(text: &str, fold: FoldedHash) -> Result<(), Error> {
    let own = folded_canonical(text).map_err(|error| Error::damaged(error.to_string()))?;
    if own == fold { Ok(()) } else { Err(Error::damaged("its folded hash is another one")) }
}

/// Names the text that is wrong.
fn of_text(hash: &ArticleHash, error: &Error) -> Error {
    Error::damaged(format!("the text {}: {error}", hash.short()))
}

/// Names the story and the time in which a text of a section was first seen.
fn place(error: Error, section: &Section, text: &Text) -> Error {
    let error = error.in_story(&section.key);
    let seen = section.captures.iter().find(|capture| capture.outcome.text_hash() == Some(text.hash));
    match seen {
        Some(capture) => error.at(capture.captured_at),
        None => error,
    }
}

#[cfg(test)]
mod tests;
