//! Verifying an archive.

use std::collections::{BTreeMap, HashSet};
use std::fmt;

use serde::Serialize;

use crate::engine::{Order, prefix_range};
use crate::format::codec;
use crate::format::key::{self, CAPTURES, CONTENTS, FEED, INDEX, KeyNumber};
use crate::format::record::{CaptureRecord, ContentRecord, FeedRecord};
use crate::model::{ArticleHash, Capture, StoryKey, Timestamp};
use crate::text::folded;

use super::component::{Component, put_in_order};
use super::list::all_names;
use super::open::next_arrival;
use super::reindex::{components, name_among};
use super::store::{Rows, captures_of, keyspace};
use super::texts::TextReader;
use super::{Archive, Error, read};

/// How thoroughly to check.
#[derive(Debug, Clone, Copy, Default)]
pub struct CheckOptions {
    /// Unpack and hash every text; else only those of every sixteenth story.
    pub deep: bool,
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

impl From<Error> for Finding {
    fn from(error: Error) -> Self {
        match error {
            Error::Damaged { what, story, captured_at } => Self { story, captured_at, what },
            error => Self { story: None, captured_at: None, what: error.to_string() },
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
    /// What is not as it must be; empty when the archive is whole.
    pub findings: Vec<Finding>,
}

/// Of so many stories, one has its texts unpacked by a check that is not deep.
const SAMPLE: u64 = 16;

impl Archive {
    /// Verifies that every row is as it was written, that every capture has its text, and that what is derived follows from what is
    /// primary; with [`CheckOptions::deep`], every text too.
    ///
    /// `progress` is told how many names are done, and of how many. No other call may write meanwhile, or findings may be false.
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
        let mut report = CheckReport::default();
        let names = self.check_names(&mut report);
        let aliases = match self.all_aliases() {
            Ok(aliases) => aliases,
            Err(error) => {
                report.findings.push(error.into());
                Vec::new()
            }
        };
        let mut done = 0;
        for numbers in components(&names, &aliases) {
            let keys: Vec<(StoryKey, KeyNumber)> =
                numbers.iter().filter_map(|number| Some((names.get(number)?.clone(), *number))).collect();
            let is_sampled = options.deep || numbers.first().is_some_and(|number| number % SAMPLE == 0);
            match name_among(&names, &aliases, &keys) {
                Ok(name) => self.check_story(name, keys, is_sampled, &mut report),
                Err(error) => report.findings.push(error.into()),
            }
            done += numbers.len() as u64;
            progress(done, names.len() as u64);
        }
        self.check_counts(names.len() as u64, &mut report);
        if let Err(error) = self.check_feed(&mut report) {
            report.findings.push(error.into());
        }
        if let Some(acknowledged) = &self.inner.acknowledged
            && let Err(error) = next_arrival(self.engine()).and_then(|arrivals| acknowledged.verify(arrivals))
        {
            report.findings.push(error.into());
        }
        Ok(report)
    }

    fn check_names(&self, report: &mut CheckReport) -> BTreeMap<KeyNumber, StoryKey> {
        let mut names = BTreeMap::new();
        for name in all_names(self) {
            match name {
                Ok((number, key)) => drop(names.insert(number, key)),
                Err(error) => report.findings.push(error.into()),
            }
        }
        names
    }

    fn check_story(
        &self,
        name: StoryKey,
        mut keys: Vec<(StoryKey, KeyNumber)>,
        with_texts: bool,
        report: &mut CheckReport,
    ) {
        keys.sort_by_key(|(key, _)| *key != name);
        let before = report.findings.len();
        let mut captures = Vec::new();
        for (key, number) in &keys {
            let own = self.check_captures(key, *number, report);
            self.check_texts(key, *number, &own, with_texts, report);
            captures.extend(own);
        }
        report.stories += u64::from(!captures.is_empty());
        put_in_order(&mut captures);
        // With captures or texts missing, the summary cannot follow from them: that has been found already.
        if report.findings.len() == before
            && let Err(error) = self.check_index(name, keys, &captures)
        {
            report.findings.push(error.into());
        }
    }

    fn check_captures(&self, key: &StoryKey, number: KeyNumber, report: &mut CheckReport) -> Vec<Capture> {
        let mut captures = Vec::new();
        for capture in captures_of(self.engine(), number, key.clone()) {
            match capture {
                Ok(capture) => captures.push(capture),
                Err(error) => report.findings.push(error.in_story(key).into()),
            }
        }
        report.captures += captures.len() as u64;
        captures
    }

    /// Every text that a capture names must be there, and every text that is there must be named.
    fn check_texts(
        &self,
        key: &StoryKey,
        number: KeyNumber,
        captures: &[Capture],
        unpack: bool,
        report: &mut CheckReport,
    ) {
        let mut there = HashSet::new();
        for row in self.engine().scan(prefix_range(&key::numbered(CONTENTS, number)), Order::Ascending) {
            match row.map_err(Error::from).and_then(|(key, value)| read_content(&key, &value)) {
                Ok(hash) => drop(there.insert(hash)),
                Err(error) => report.findings.push(error.in_story(key).into()),
            }
        }
        let mut reader = TextReader::new(self.engine(), number);
        let mut read = HashSet::new();
        for capture in captures.iter().rev() {
            let Some(hash) = capture.outcome.text_hash() else { continue };
            if !read.insert(hash) {
                continue;
            }
            let outcome = if !there.contains(&hash) {
                Err(Error::damaged(format!("the text {} is missing or damaged", hash.short())))
            } else if unpack {
                report.texts += 1;
                check_text(&mut reader, capture, &hash)
            } else {
                Ok(())
            };
            if let Err(error) = outcome {
                report.findings.push(error.in_story(key).at(capture.captured_at).into());
            }
        }
        for hash in there.difference(&read) {
            report
                .findings
                .push(Error::damaged(format!("no capture has the text {}", hash.short())).in_story(key).into());
        }
    }

    fn check_index(&self, name: StoryKey, keys: Vec<(StoryKey, KeyNumber)>, captures: &[Capture]) -> Result<(), Error> {
        let summary = self.summary_of(&keys, captures).map_err(|error| error.in_story(&name))?;
        let expected = Component { name, keys, summary };
        for (key, record) in expected.index_rows() {
            let found = self.engine().index(&key)?;
            let wrong =
                |what: &str| Err(Error::damaged(format!("the index {what}; `reindex` makes it anew")).in_story(&key));
            match found {
                Some(found) if found == record => {}
                Some(_) => return wrong("does not follow from the captures"),
                None => return wrong("does not know the story"),
            }
        }
        Ok(())
    }

    /// Rows under numbers that no name has are found by counting.
    fn check_counts(&self, names: u64, report: &mut CheckReport) {
        let count = |space| -> Result<u64, Error> {
            let mut rows = 0;
            for row in self.engine().scan(keyspace(space), Order::Ascending) {
                row?;
                rows += 1;
            }
            Ok(rows)
        };
        for (space, expected, what) in [(INDEX, names, "names in the index"), (CAPTURES, report.captures, "captures")] {
            match count(space) {
                Ok(found) if found == expected => {}
                Ok(found) => {
                    let what = format!("{found} {what} are there, {expected} belong to a name or could be read");
                    report.findings.push(Error::damaged(what).into());
                }
                Err(error) => report.findings.push(error.into()),
            }
        }
    }

    /// The feed must name every capture once, under its arrival.
    fn check_feed(&self, report: &mut CheckReport) -> Result<(), Error> {
        let mut count: u64 = 0;
        for row in self.engine().scan(keyspace(FEED), Order::Ascending) {
            let (key, value) = row?;
            let first = key::parse_number(&key, FEED)?;
            let record: FeedRecord = codec::decode(&key, &value)?;
            for (arrival, (number, place)) in (first..).zip(record.captures) {
                count += 1;
                let row = key::capture(number, &place);
                match self.engine().record::<CaptureRecord>(&row) {
                    Ok(Some(record)) if record.arrival == arrival => {}
                    Err(error @ Error::Engine(_)) => return Err(error),
                    _ => {
                        let what =
                            format!("the feed names a capture at {arrival} that is not there; `reindex` makes it anew");
                        report.findings.push(Error::damaged(what).into());
                    }
                }
            }
        }
        if count != report.captures {
            let what =
                format!("the feed has {count} captures and {} were read; `reindex` makes it anew", report.captures);
            report.findings.push(Error::damaged(what).into());
        }
        Ok(())
    }
}

fn read_content(key: &[u8], value: &[u8]) -> Result<ArticleHash, Error> {
    let (_, hash) = key::parse_content(key)?;
    let named = |error: crate::format::FormatError| Error::damaged(format!("the text {}: {error}", hash.short()));
    codec::decode::<ContentRecord>(key, value).map_err(named)?;
    Ok(hash)
}

fn check_text<R: Rows + ?Sized>(
    reader: &mut TextReader<'_, R>,
    capture: &Capture,
    hash: &ArticleHash,
) -> Result<(), Error> {
    let article = read::parse(&reader.read(hash)?)?;
    if capture.folded == Some(folded(&article)) {
        return Ok(());
    }
    Err(Error::damaged(format!("the folded hash of the text {} is not that of its capture", hash.short())))
}
