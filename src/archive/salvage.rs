//! What can be read of a damaged archive, as a new one.
//!
//! [`source`] reads the packs, from the engine or from the bytes of its files; [`losses`] keeps account of what should be there. What is found
//! goes through the same ingest as everything else, so the new archive is one like any other: it may have been found twice, and in any order.

mod losses;
mod source;

use std::collections::{BTreeSet, HashMap, HashSet};
use std::fmt;
use std::path::Path;

use serde::Serialize;

use crate::engine::{Commit, Durability, guard};
use crate::format::FormatError;
use crate::format::key::PackId;
use crate::format::pack::{Link, Pack, Raw, Section};
use crate::format::raw::{PackedRaw, RawHash};
use crate::model::{
    Alias, Article, ArticleHash, Capture, NewCapture, NewOutcome, Outcome, RawPage, StoryKey, Timestamp,
};

use super::ingest_many::IngestOptions;
use super::read::parse;
use super::served;
use super::store::pack_name;
use super::{Archive, Error, OpenOptions, state};

use losses::Losses;
use source::{Copied, Loose, Source};

/// What [`Archive::salvage`] brought over, and what it could not.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct SalvageReport {
    /// Whether the files of the engine had to be looked through byte by byte.
    pub carved: bool,
    /// Packs that were read, each once.
    pub packs_read: u64,
    /// Damaged packs that no whole copy was found of.
    pub packs_lost: u64,
    /// Stories of the new archive.
    pub stories: u64,
    /// Captures of the new archive.
    pub captures: u64,
    /// Texts of the new archive.
    pub texts: u64,
    /// What parts around the archive keep in it (see [`Archive::state`]): values that were brought over. None where the files were
    /// looked through byte by byte: there, old values cannot be told from new ones.
    pub states: u64,
    /// What is lost, story by story; empty when nothing is known to be.
    pub lost: Vec<Lost>,
}

/// Something that was in the damaged archive and is not in the new one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[non_exhaustive]
pub struct Lost {
    /// Of which story, where that is known.
    pub story: Option<StoryKey>,
    /// Which capture, where it is known by itself.
    pub captured_at: Option<Timestamp>,
    /// The number of the revision that the capture saw, where that is known: as the damaged archive counted.
    pub revision: Option<u64>,
    /// How many captures.
    pub captures: u64,
    /// What is known of it, for people.
    pub what: String,
}

impl fmt::Display for Lost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)?;
        if let Some(revision) = self.revision {
            write!(f, ", revision #{revision}")?;
        }
        if let Some(story) = &self.story {
            write!(f, ", of {story}")?;
        }
        self.captured_at.map_or(Ok(()), |at| write!(f, ", captured at {at}"))
    }
}

impl Archive {
    /// Makes a new archive in `to` of all that can be read of the one in `from`, and says what is lost.
    ///
    /// Nothing is written to `from`. The engine is tried on a copy of its files, in `to`; where it does not open, breaks off, mends or lacks
    /// something, the files themselves are looked through for packs, and one counts when its checksum matches. So nothing is invented,
    /// however damaged the files are. `to` must not exist or be empty; it takes the space of a copy beside that of the new archive, or
    /// does without the copy where there is no room. Captures keep everything but their place in the order of arrival.
    ///
    /// `progress` is told how many packs were read.
    ///
    /// ```
    /// # use morgue::{Archive, Article, Durability, NewCapture, OpenOptions, StoryKey};
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let dir = tempfile::tempdir()?;
    /// let (from, to) = (dir.path().join("hurt"), dir.path().join("new"));
    /// let archive = Archive::open(&from, &OpenOptions::default())?;
    /// let capture = NewCapture::article(StoryKey::id("bridge")?, "2026-03-01".parse()?, Article::new("Bridge closed"));
    /// archive.ingest(capture, Durability::Synced)?;
    /// drop(archive);
    ///
    /// let report = Archive::salvage(&from, &to, &OpenOptions::default(), |_| {})?;
    /// assert_eq!((report.captures, report.lost.len()), (1, 0));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::NotEmpty`] for `to`; [`Error::NoArchive`] when there is nothing in `from`;
    /// [`engine::Error::InUse`](crate::engine::Error::InUse); [`Error::Older`]: migrate first; [`Error::Newer`]; errors of the new archive.
    pub fn salvage(
        from: impl AsRef<Path>,
        to: impl AsRef<Path>,
        options: &OpenOptions,
        progress: impl FnMut(u64),
    ) -> Result<SalvageReport, Error> {
        let (from, to) = (from.as_ref(), to.as_ref());
        source::check_directories(from, to)?;
        let _guard = guard(from).map_err(|error| served::told(from, error.into()))?;
        let copied = Copied::of(from, to)?;
        let opened = copied.as_ref().and_then(Copied::open).transpose()?;
        let loose = if opened.is_none() { Some(Loose::of(from)?) } else { None };
        // Only now, so that a source that is refused leaves nothing behind.
        let new = Self::open(to, &OpenOptions { create: true, read_only: false, ..options.clone() })?;
        let mut salvage = Salvage {
            new: &new,
            losses: Losses::of(from),
            report: SalvageReport::default(),
            damaged: HashSet::new(),
            lost_pages: BTreeSet::new(),
            progress: Box::new(progress),
        };
        if let Some(opened) = &opened {
            salvage.report.states = salvage.take_states(opened)?;
        }
        let is_untouched = copied.as_ref().is_some_and(|copied| copied.is_as_it_was(from));
        let is_whole = opened.as_ref().map_or(Ok(false), |source| salvage.take(source))? && is_untouched;
        drop((opened, copied));
        if !is_whole {
            let loose = loose.map_or_else(|| Loose::of(from), Ok)?;
            salvage.report.carved = true;
            salvage.take(&loose)?;
            salvage.losses.hear_of_damage(&loose);
        }
        salvage.finish()
    }
}

/// So many captures are archived at a time, about.
const BATCH: usize = 1_000;

struct Salvage<'a> {
    new: &'a Archive,
    losses: Losses,
    report: SalvageReport,
    /// Packs that did not decode.
    damaged: HashSet<PackId>,
    /// Pages that could not be read.
    lost_pages: BTreeSet<(StoryKey, Raw)>,
    progress: Box<dyn FnMut(u64) + 'a>,
}

/// A capture of the damaged archive, and what it is archived anew as.
type Found = (Capture, NewCapture);

impl Salvage<'_> {
    /// Takes over what a source has; returns whether that is all that there was.
    fn take(&mut self, source: &dyn Source) -> Result<bool, Error> {
        let mut rest = HashSet::new();
        let mut found = Vec::new();
        let mut read = HashSet::new();
        let whole = source.packs(&mut |id, row| {
            match Pack::decode(id, row) {
                Ok(Some(pack)) => {
                    if self.take_pack(source, &pack, &mut found)? {
                        rest.insert(id);
                    }
                    read.insert(id);
                }
                Ok(None) => {}
                Err(_) => {
                    self.damaged.insert(id);
                    self.losses.hear_of_pack(row, &format!("pack {} is damaged", pack_name(id)));
                }
            }
            (self.progress)(read.len() as u64);
            Ok(())
        })?;
        self.keep(&mut found, 0)?;
        self.report.packs_read = read.len() as u64;
        self.damaged.retain(|id| !read.contains(id));
        // Texts that stand in other packs are in the new archive now, if they are anywhere.
        source.packs(&mut |id, row| match Pack::decode(id, row) {
            Ok(Some(pack)) if rest.contains(&id) => self.take_rest(source, &pack, &mut found),
            _ => Ok(()),
        })?;
        self.keep(&mut found, 0)?;
        self.take_late_pages(source)?;
        self.losses.begin_again();
        let derived = source.derived(&mut |row, value| self.losses.hear(self.new, row, value))?;
        if self.losses.wants_first_captures() {
            source.derived(&mut |row, value| {
                self.losses.hear_first_captures(row, value);
                Ok(())
            })?;
        }
        Ok(whole && derived && self.damaged.is_empty() && self.losses.is_none())
    }

    /// Takes what parts around the archive keep in it, as far as it can be read.
    fn take_states(&self, source: &source::Opened) -> Result<u64, Error> {
        let mut count = 0;
        source.states(&mut |row, value| {
            if state::is_whole(row, value) {
                count += 1;
                let commit = Commit { writes: vec![(row.to_vec(), Some(value.to_vec()))], ..Commit::default() };
                self.new.engine().commit(&commit, Durability::Buffered)?;
            }
            Ok(())
        })?;
        Ok(count)
    }

    /// Takes the alias facts of a pack, and the captures whose texts it has; returns whether there are others.
    fn take_pack(&mut self, source: &dyn Source, pack: &Pack, found: &mut Vec<Found>) -> Result<bool, Error> {
        let texts = self.texts_of(pack);
        let mut is_rest = false;
        for section in &pack.sections {
            for Link { of, dates } in section.links.iter().cloned() {
                let fact = Alias { alias: section.key.clone(), of, dates };
                self.new.add_alias_fact(&fact, Durability::Buffered)?;
            }
            for capture in &section.captures {
                let text = capture.outcome.text_hash().map(|hash| texts.get(&(section.sort.clone(), hash)));
                match text {
                    Some(None) => is_rest = true,
                    text => self.find(source, section, capture, to_new(capture, text.flatten()), found),
                }
            }
            self.keep(found, BATCH)?;
        }
        Ok(is_rest)
    }

    /// Takes a capture with the pages that were kept beside it.
    fn find(
        &mut self,
        source: &dyn Source,
        section: &Section,
        capture: &Capture,
        new: NewCapture,
        found: &mut Vec<Found>,
    ) {
        let is_its = |raw: &&Raw| raw.captured_at == capture.captured_at && raw.digest == capture.digest;
        let mut pages = section.raws.iter().filter(is_its).filter_map(|raw| self.page(source, section, raw)).peekable();
        if pages.peek().is_none() {
            found.push((capture.clone(), new));
            return;
        }
        found.extend(pages.map(|page| (capture.clone(), NewCapture { raw: Some(page), ..new.clone() })));
    }

    /// Reads a page, and notes it as lost while it cannot be read.
    fn page(&mut self, source: &dyn Source, section: &Section, raw: &Raw) -> Option<RawPage> {
        let get = |row: &[u8]| Ok::<_, FormatError>(source.page_row(row));
        let gather = |hash: RawHash| PackedRaw::gather(&section.sort, hash, get).ok().flatten();
        let packed = gather(raw.hash);
        let page = packed.and_then(|packed| match packed.base() {
            None => packed.unpack(b"").ok(),
            Some(base) => packed.unpack(&gather(base)?.unpack(b"").ok()?.body).ok(),
        });
        let lost = (section.key.clone(), raw.clone());
        let _ = if page.is_some() { self.lost_pages.remove(&lost) } else { self.lost_pages.insert(lost) };
        page
    }

    /// Takes the pages that were kept beside captures of other packs: those that came to captures which were there already.
    fn take_late_pages(&mut self, source: &dyn Source) -> Result<(), Error> {
        let mut late: Vec<Found> = Vec::new();
        source.packs(&mut |id, row| {
            let Ok(Some(pack)) = Pack::decode(id, row) else { return Ok(()) };
            for section in pack.sections.iter().filter(|section| !section.raws.is_empty()) {
                let own: HashSet<_> =
                    section.captures.iter().map(|capture| (capture.captured_at, capture.digest)).collect();
                let others = section.raws.iter().filter(|raw| !own.contains(&(raw.captured_at, raw.digest)));
                for raw in others {
                    let captures = self.new.captures(&section.key)?;
                    let is_it = |capture: &&Capture| {
                        capture.key == section.key
                            && (capture.captured_at, capture.digest) == (raw.captured_at, raw.digest)
                    };
                    let Some(capture) = captures.iter().find(is_it) else { continue };
                    let Some(page) = self.page(source, section, raw) else { continue };
                    let text = capture.outcome.text_hash();
                    let text = text.map(|hash| self.new.article(&section.key, &hash)).transpose()?;
                    late.push((capture.clone(), NewCapture { raw: Some(page), ..to_new(capture, text.as_ref()) }));
                }
            }
            self.keep(&mut late, BATCH)
        })?;
        self.keep(&mut late, 0)
    }

    /// The texts of a pack that can be read, by key and hash. What one of them was compressed against, if it is in another pack,
    /// may be in the new archive already.
    fn texts_of(&self, pack: &Pack) -> HashMap<(Vec<u8>, ArticleHash), Article> {
        let mut texts = HashMap::new();
        let in_new = |section: &Section, hash: &ArticleHash| {
            let text = self.new.canonical_text(&section.key, hash);
            text.map_err(|error| FormatError::Content(error.to_string()))
        };
        pack.each_text(in_new, |section, text, read| {
            if let Some(article) = read.ok().and_then(|read| parse(read).ok()) {
                texts.insert((section.sort.clone(), text.hash), article);
            }
        });
        texts
    }

    /// Takes the captures of a pack whose texts were not there before.
    fn take_rest(&mut self, source: &dyn Source, pack: &Pack, found: &mut Vec<Found>) -> Result<(), Error> {
        let here = self.texts_of(pack);
        for section in &pack.sections {
            let own: HashSet<ArticleHash> = pack.texts_of(section).iter().map(|text| text.hash).collect();
            let is_rest = |capture: &&Capture| !self.losses.has(capture.arrival);
            let rest: Vec<&Capture> = section.captures.iter().filter(is_rest).collect();
            let hashes = rest.iter().filter_map(|capture| capture.outcome.text_hash());
            let texts = self.texts(section, hashes.collect());
            for capture in rest {
                let Some(hash) = capture.outcome.text_hash() else { continue };
                match here.get(&(section.sort.clone(), hash)).or_else(|| texts.get(&hash)) {
                    Some(text) => self.find(source, section, capture, to_new(capture, Some(text)), found),
                    None if own.contains(&hash) => {
                        self.losses.name(capture, "its text is damaged, or the text it hangs on is lost");
                    }
                    None => self.losses.name(capture, "its text is lost"),
                }
            }
            self.keep(found, BATCH)?;
        }
        Ok(())
    }

    /// Texts that the new archive has of a story.
    fn texts(&self, section: &Section, hashes: HashSet<ArticleHash>) -> HashMap<ArticleHash, Article> {
        let hashes: Vec<ArticleHash> = hashes.into_iter().collect();
        let Ok(articles) = self.new.articles(&section.key, hashes.clone()) else { return HashMap::new() };
        hashes.iter().copied().zip(articles).filter_map(|(hash, article)| Some((hash, article.ok()?))).collect()
    }

    /// Archives what was found, when it is more than so many captures.
    fn keep(&mut self, found: &mut Vec<Found>, most: usize) -> Result<(), Error> {
        if found.len() <= most {
            return Ok(());
        }
        let (captures, new): (Vec<Capture>, Vec<NewCapture>) = found.drain(..).unzip();
        let options = IngestOptions { durability: Durability::Buffered, ..IngestOptions::default() };
        let mut rejected = HashMap::new();
        self.new.ingest_many(new, &options, |batch| {
            rejected.extend(batch.rejected.iter().map(|rejected| (rejected.position, rejected.error.to_string())));
        })?;
        for (position, capture) in (0_u64..).zip(&captures) {
            match rejected.get(&position) {
                Some(error) => self.losses.name(capture, error),
                None => self.losses.has_come(capture.arrival),
            }
        }
        Ok(())
    }

    fn finish(mut self) -> Result<SalvageReport, Error> {
        self.new.flush()?;
        let stats = self.new.stats()?;
        self.report.packs_lost = self.losses.damaged_packs().max(self.damaged.len() as u64);
        self.report.lost = self.losses.tell(self.new)?;
        let lost_page = |(story, raw): (StoryKey, Raw)| Lost {
            story: Some(story),
            captured_at: Some(raw.captured_at),
            revision: None,
            captures: 0,
            what: "the page beside a capture is damaged or lost".to_owned(),
        };
        self.report.lost.extend(std::mem::take(&mut self.lost_pages).into_iter().map(lost_page));
        self.report.stories = stats.stories;
        self.report.captures = stats.captures;
        self.report.texts = stats.articles;
        Ok(self.report)
    }
}

/// A capture as it was once told, so that it is the same again; `text` is what it saw.
fn to_new(capture: &Capture, text: Option<&Article>) -> NewCapture {
    let text = || text.cloned().unwrap_or_default();
    let outcome = match &capture.outcome {
        Outcome::Article(_) => NewOutcome::Article(text()),
        Outcome::Teaser(_) => NewOutcome::Teaser(text()),
        Outcome::NotModified => NewOutcome::NotModified,
        Outcome::Gone => NewOutcome::Gone,
        Outcome::Moved(to) => NewOutcome::Moved(to.clone()),
        Outcome::Unreachable(cause) => NewOutcome::Unreachable(cause.clone()),
    };
    let new = NewCapture::new(capture.key.clone(), capture.captured_at, outcome);
    NewCapture { observation: capture.observation.clone(), ..new }
}
