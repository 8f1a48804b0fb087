//! Texts out of and into the store: chains of packed contents.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;

use rayon::prelude::*;

use crate::format::content::{self, MAX_CHAIN, MAX_RUN};
use crate::format::key::{self, KeyNumber};
use crate::format::record::ContentRecord;
use crate::model::ArticleHash;

use super::Error;
use super::store::{Rows, Transaction};

/// Reads texts of one key, keeping the last few, since the next one is often packed against one of them.
pub(super) struct TextReader<'a, R: Rows + ?Sized> {
    rows: &'a R,
    number: KeyNumber,
    kept: HashMap<ArticleHash, Arc<str>>,
    order: VecDeque<ArticleHash>,
    kept_bytes: usize,
}

/// How many bytes of text a reader keeps.
const KEPT_BYTES: usize = 8 << 20;

impl<'a, R: Rows + ?Sized> TextReader<'a, R> {
    pub(super) fn new(rows: &'a R, number: KeyNumber) -> Self {
        Self { rows, number, kept: HashMap::new(), order: VecDeque::new(), kept_bytes: 0 }
    }

    /// Returns the text that `hash` names, verified.
    pub(super) fn read(&mut self, hash: &ArticleHash) -> Result<Arc<str>, Error> {
        let mut chain: Vec<(ArticleHash, ContentRecord)> = Vec::new();
        let mut next = Some(*hash);
        while let Some(wanted) = next.filter(|wanted| !self.kept.contains_key(wanted)) {
            let record = self.record(&wanted)?;
            next = record.base.map(ArticleHash::from_bytes);
            chain.push((wanted, record));
            if chain.len() > MAX_CHAIN {
                return Err(Error::damaged(format!("the text {} hangs on more than {MAX_CHAIN} others", hash.short())));
            }
        }
        for (wanted, record) in chain.into_iter().rev() {
            let text = self.unpack(&wanted, &record)?;
            self.keep(wanted, text.into());
        }
        self.kept.get(hash).cloned().ok_or_else(|| missing(hash))
    }

    fn record(&self, hash: &ArticleHash) -> Result<ContentRecord, Error> {
        self.rows.content(self.number, hash)?.ok_or_else(|| missing(hash))
    }

    fn unpack(&self, hash: &ArticleHash, record: &ContentRecord) -> Result<String, Error> {
        let base = record.base.map(ArticleHash::from_bytes);
        let base = base.as_ref().map(|base| self.kept.get(base).map(Arc::as_ref).ok_or_else(|| missing(base)));
        let text = content::unpack(record, base.transpose()?)?;
        if ArticleHash::of(text.as_bytes()) != *hash {
            return Err(Error::damaged(format!("the text {} does not match its hash", hash.short())));
        }
        Ok(text)
    }

    fn keep(&mut self, hash: ArticleHash, text: Arc<str>) {
        while self.kept_bytes + text.len() > KEPT_BYTES && self.order.len() > MAX_CHAIN {
            let Some(oldest) = self.order.pop_front() else { break };
            self.kept_bytes -= self.kept.remove(&oldest).map_or(0, |text| text.len());
        }
        self.kept_bytes += text.len();
        self.order.push_back(hash);
        self.kept.insert(hash, text);
    }

    /// Returns the text at the end of the chain of `hash`, which is packed whole, and how many steps away it is.
    fn root(&self, hash: &ArticleHash) -> Result<(ArticleHash, ContentRecord, u32), Error> {
        let mut at = *hash;
        for steps in 0..=MAX_CHAIN {
            let record = self.record(&at)?;
            match record.base {
                Some(base) => at = ArticleHash::from_bytes(base),
                None => return Ok((at, record, u32::try_from(steps).unwrap_or(u32::MAX))),
            }
        }
        Err(Error::damaged(format!("the text {} hangs on more than {MAX_CHAIN} others", hash.short())))
    }
}

fn missing(hash: &ArticleHash) -> Error {
    Error::damaged(format!("the text {} is missing", hash.short()))
}

/// A capture's text in the timeline of its key; `text` stands with those that are being archived.
#[derive(Debug, Clone)]
pub(super) struct Seen {
    pub(super) hash: ArticleHash,
    pub(super) text: Option<Arc<str>>,
}

/// A text to be packed: which one, against which, and how long the run behind it is.
struct Job {
    hash: ArticleHash,
    text: Arc<str>,
    base: Option<(ArticleHash, Arc<str>)>,
    run: u32,
}

/// Adds the texts of new captures of one key to the transaction: the newest whole, older ones against newer ones.
///
/// `known` are the hashes whose texts are in the store. `timeline` are the captures of the key that saw a text, in their order,
/// those already in the store and the new ones; all known ones but the latest may be left out when every new one is later.
pub(super) fn pack_texts(
    transaction: &mut Transaction<'_>,
    number: KeyNumber,
    known: &HashSet<ArticleHash>,
    timeline: &[Seen],
) -> Result<(), Error> {
    let newest_known = timeline.iter().rposition(|seen| known.contains(&seen.hash));
    let (late, later): (Vec<_>, Vec<_>) =
        fresh(known, timeline).into_iter().partition(|(place, ..)| newest_known.is_some_and(|newest| *place < newest));
    let mut jobs = Vec::new();
    {
        let mut reader = TextReader::new(&*transaction, number);
        for (place, hash, text) in late {
            let next = timeline.iter().skip(place).map(|seen| seen.hash).find(|hash| known.contains(hash));
            jobs.push(Job { hash, text, base: reader.base_for_late(next)?, run: 0 });
        }
        let newest = newest_known.and_then(|place| timeline.get(place)).filter(|_| !later.is_empty());
        let root = newest.map(|seen| reader.root_text(&seen.hash)).transpose()?;
        jobs.extend(run_of(root, later));
    }
    let packed: Vec<(ArticleHash, ContentRecord)> = jobs
        .par_iter()
        .map(|job| {
            let base = job.base.as_ref().map(|(hash, text)| (hash, text.as_ref()));
            content::pack(&job.text, base, job.run).map(|record| (job.hash, record))
        })
        .collect::<Result<_, _>>()?;
    for (hash, record) in packed {
        transaction.put(key::content(number, &hash), &record)?;
    }
    Ok(())
}

/// The texts that are not in the store yet, each once, with their places in the timeline.
fn fresh(known: &HashSet<ArticleHash>, timeline: &[Seen]) -> Vec<(usize, ArticleHash, Arc<str>)> {
    let mut taken = HashSet::new();
    let new = timeline.iter().enumerate().filter_map(|(place, seen)| Some((place, seen.hash, seen.text.clone()?)));
    new.filter(|(_, hash, _)| !known.contains(hash) && taken.insert(*hash)).collect()
}

impl<R: Rows + ?Sized> TextReader<'_, R> {
    /// A text that comes late is packed against the next newer one, unless that hangs on too many already.
    fn base_for_late(&mut self, next: Option<ArticleHash>) -> Result<Option<(ArticleHash, Arc<str>)>, Error> {
        let Some(next) = next else { return Ok(None) };
        let (.., steps) = self.root(&next)?;
        if steps >= MAX_RUN { Ok(None) } else { Ok(Some((next, self.read(&next)?))) }
    }

    fn root_text(&mut self, hash: &ArticleHash) -> Result<(ArticleHash, Arc<str>, u32), Error> {
        let (root, record, _) = self.root(hash)?;
        Ok((root, self.read(&root)?, record.run))
    }
}

/// The jobs for texts that are newer than all that are in the store: each against the next one, the last one whole. Every
/// [`MAX_RUN`]th stays whole, so that no chain grows without end. `root` is the whole text that comes before them, and its run.
fn run_of(root: Option<(ArticleHash, Arc<str>, u32)>, later: Vec<(usize, ArticleHash, Arc<str>)>) -> Vec<Job> {
    let mut jobs: Vec<Job> = Vec::new();
    let mut tip = root.map(|(hash, text, run)| Job { hash, text, base: None, run });
    let mut tip_is_new = false;
    for (_, hash, text) in later {
        let mut run = 0;
        if let Some(mut before) = tip.take() {
            if before.run < MAX_RUN {
                run = before.run + 1;
                before.base = Some((hash, text.clone()));
                before.run = 0;
                jobs.push(before);
            } else if tip_is_new {
                jobs.push(before);
            }
        }
        tip = Some(Job { hash, text, base: None, run });
        tip_is_new = true;
    }
    jobs.extend(tip.filter(|_| tip_is_new));
    jobs
}
