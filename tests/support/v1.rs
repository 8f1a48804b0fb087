//! Version 1, written by hand after `migrations/v1_to_v2/FORMAT-1.md`: stores for the tests of the step to version 2. Frozen.
//!
//! `tests/archive/migrate.rs` holds it to the dump that the program of that version made. The index says only what a migration may
//! look at, numbers; the summary of every story is left out.

use std::collections::{BTreeMap, HashMap};

use morgue::engine::Row;
use morgue::text::{canonical, folded};
use morgue::{ArticleHash, NewCapture, NewOutcome, Observation, StoryKey, Timestamp};

/// After so many texts packed one against the other the next stays whole.
const MAX_RUN: usize = 16;

/// A store of version 1 in the making.
#[derive(Debug, Default)]
pub(crate) struct Writer {
    rows: BTreeMap<Vec<u8>, Vec<u8>>,
    numbers: HashMap<StoryKey, u64>,
    /// The texts of each key, by when they were first seen.
    texts: BTreeMap<u64, BTreeMap<Timestamp, Vec<String>>>,
    seen: HashMap<(u64, ArticleHash), ()>,
    arrivals: u64,
}

impl Writer {
    /// The number of a key; it gets one when it has none.
    pub(crate) fn number(&mut self, key: &StoryKey) -> u64 {
        let next = self.numbers.len() as u64;
        if let Some(number) = self.numbers.get(key) {
            return *number;
        }
        self.numbers.insert(key.clone(), next);
        self.put(numbered(0x01, next), name(key));
        // The key names its story, no others, no summary.
        self.put([vec![0x81], sort_form(key)].concat(), [unsigned(next), vec![0, 0, 0]].concat());
        next
    }

    /// A fact: the first key names the story of the second.
    pub(crate) fn alias(&mut self, alias: &StoryKey, target: &StoryKey) {
        let (alias, target) = (self.number(alias), self.number(target));
        self.put([numbered(0x04, alias), target.to_be_bytes().to_vec()].concat(), Vec::new());
    }

    /// A capture, as the next that arrives, with its alias facts.
    pub(crate) fn capture(&mut self, new: &NewCapture) {
        let number = self.number(&new.key);
        let text = new.outcome.text().map(|article| (canonical(article).unwrap(), folded(article)));
        let hash = text.as_ref().map(|(text, _)| text.hash);
        if let Some((text, _)) = &text
            && self.seen.insert((number, text.hash), ()).is_none()
        {
            let texts = self.texts.entry(number).or_default().entry(new.captured_at).or_default();
            texts.push(text.text.clone());
        }
        let bytes = outcome(&new.outcome, hash);
        let Observation { published_at, modified_at, lang, section, source, status } = new.observation.clone();
        let record = [
            unsigned(self.arrivals),
            bytes,
            option(text.map(|(_, folded)| unsigned(folded.0))),
            option(published_at.map(|at| signed(at.as_micros()))),
            option(modified_at.map(|at| signed(at.as_micros()))),
            option(lang.map(|text| string(&text))),
            option(section.map(|text| string(&text))),
            option(source.map(|text| string(&text))),
            option(status.map(|status| unsigned(status.into()))),
        ]
        .concat();
        let time = new.captured_at.as_micros().cast_unsigned() ^ (1 << 63);
        let first = hash.map_or([0; 8], |hash| *hash.as_bytes().first_chunk().unwrap());
        let place = [time.to_be_bytes(), first, digest(new, hash)].concat();
        self.put([numbered(0x02, number), place.clone()].concat(), record);
        let feed = [unsigned(1), unsigned(number), place].concat();
        self.put(numbered(0x82, self.arrivals), feed);
        self.arrivals += 1;
        for alias in &new.aliases {
            self.alias(alias, &new.key);
        }
    }

    /// All rows.
    pub(crate) fn rows(mut self) -> Vec<Row> {
        self.put(b"\x00format".to_vec(), unsigned(1));
        for (number, texts) in std::mem::take(&mut self.texts) {
            self.pack(number, &texts.into_values().flatten().collect::<Vec<_>>());
        }
        self.rows.into_iter().collect()
    }

    /// Each text against the next newer one, the newest whole, and one more now and then.
    fn pack(&mut self, number: u64, texts: &[String]) {
        let hash = |text: &String| ArticleHash::of(text.as_bytes());
        for (at, text) in texts.iter().enumerate() {
            let base = texts.get(at + 1).filter(|_| at % (MAX_RUN + 1) != MAX_RUN);
            let frame = compress(text.as_bytes(), base.map_or(b"", |base| base.as_bytes()));
            let run = if base.is_none() { at % (MAX_RUN + 1) } else { 0 };
            let record = [
                unsigned(text.len() as u64),
                unsigned(run as u64),
                option(base.map(|base| hash(base).as_bytes().to_vec())),
                unsigned(frame.len() as u64),
                frame,
            ];
            self.put([numbered(0x03, number), hash(text).as_bytes().to_vec()].concat(), record.concat());
        }
    }

    fn put(&mut self, key: Vec<u8>, payload: Vec<u8>) {
        let value = record(&key, payload);
        self.rows.insert(key, value);
    }
}

/// A record: version byte, payload, and the checksum over key and both.
pub(crate) fn record(key: &[u8], payload: Vec<u8>) -> Vec<u8> {
    let record = [vec![1], payload].concat();
    let checked = [&(key.len() as u64).to_le_bytes(), key, &record].concat();
    [&record, &blake3::hash(&checked).as_bytes()[..8]].concat()
}

pub(crate) fn numbered(keyspace: u8, number: u64) -> Vec<u8> {
    [vec![keyspace], number.to_be_bytes().to_vec()].concat()
}

fn outcome(new: &NewOutcome, hash: Option<ArticleHash>) -> Vec<u8> {
    let text = |number: u8| [vec![number], hash.unwrap().as_bytes().to_vec()].concat();
    match new {
        NewOutcome::Article(_) => text(0),
        NewOutcome::NotModified => vec![1],
        NewOutcome::Teaser(_) => text(2),
        NewOutcome::Gone => vec![3],
        NewOutcome::Moved(to) => [vec![4], name(to)].concat(),
        NewOutcome::Unreachable(cause) => [vec![5], string(cause)].concat(),
    }
}

/// Tells an observation from all others of the same key and time.
fn digest(new: &NewCapture, hash: Option<ArticleHash>) -> [u8; 8] {
    let mut hasher = blake3::Hasher::new();
    let mut field = |name: &str, value: Option<Vec<u8>>| {
        if let Some(value) = value {
            hasher.update(name.as_bytes()).update(&(value.len() as u64).to_le_bytes()).update(&value);
        }
    };
    let (kind, more) = match &new.outcome {
        NewOutcome::Article(_) => ("article", None),
        NewOutcome::NotModified => ("not-modified", None),
        NewOutcome::Teaser(_) => ("teaser", None),
        NewOutcome::Gone => ("gone", None),
        NewOutcome::Moved(to) => ("moved", Some(("to", sort_form(to)))),
        NewOutcome::Unreachable(cause) => ("unreachable", Some(("cause", cause.clone().into_bytes()))),
    };
    field("outcome", Some(kind.into()));
    field("hash", hash.map(|hash| hash.as_bytes().to_vec()));
    more.into_iter().for_each(|(name, value)| field(name, Some(value)));
    let Observation { published_at, modified_at, lang, section, source, status } = new.observation.clone();
    let micros = |at: Option<Timestamp>| at.map(|at| at.as_micros().to_le_bytes().to_vec());
    field("published_at", micros(published_at));
    field("modified_at", micros(modified_at));
    field("lang", lang.map(String::into_bytes));
    field("section", section.map(String::into_bytes));
    field("source", source.map(String::into_bytes));
    field("status", status.map(|status| status.to_le_bytes().to_vec()));
    *hasher.finalize().as_bytes().first_chunk().unwrap()
}

/// The sort form of version 1, which knew no rule for commas in hosts.
fn sort_form(key: &StoryKey) -> Vec<u8> {
    let StoryKey::Url(url) = key else { return format!("i{}", key.as_str()).into_bytes() };
    let (scheme, rest) = url.split_once("://").unwrap();
    let (host, path) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
    assert!(!host.contains([':', '[']), "no tests with ports and addresses");
    let reversed: Vec<&str> = host.rsplit('.').collect();
    format!("u{}){path} {scheme}", reversed.join(",")).into_bytes()
}

fn name(key: &StoryKey) -> Vec<u8> {
    [vec![u8::from(matches!(key, StoryKey::Url(_)))], string(key.as_str())].concat()
}

// Integers of bincode 2 in its standard configuration.

pub(crate) fn unsigned(number: u64) -> Vec<u8> {
    match number {
        0..=250 => vec![number as u8],
        251..=0xffff => [vec![251], (number as u16).to_le_bytes().to_vec()].concat(),
        0x1_0000..=0xffff_ffff => [vec![252], (number as u32).to_le_bytes().to_vec()].concat(),
        _ => [vec![253], number.to_le_bytes().to_vec()].concat(),
    }
}

fn signed(number: i64) -> Vec<u8> {
    unsigned(((number << 1) ^ (number >> 63)).cast_unsigned())
}

fn option(payload: Option<Vec<u8>>) -> Vec<u8> {
    payload.map_or_else(|| vec![0], |payload| [vec![1], payload].concat())
}

fn string(text: &str) -> Vec<u8> {
    [unsigned(text.len() as u64), text.as_bytes().to_vec()].concat()
}

/// One zstd frame with its checksum on, with `base` as a prefix.
fn compress(text: &[u8], base: &[u8]) -> Vec<u8> {
    use zstd::zstd_safe::{CCtx, CParameter};
    let mut context = CCtx::create();
    let window = (base.len() + text.len()).next_power_of_two().ilog2().clamp(10, 24);
    context.set_parameter(CParameter::CompressionLevel(3)).unwrap();
    context.set_parameter(CParameter::WindowLog(window)).unwrap();
    context.set_parameter(CParameter::ChecksumFlag(true)).unwrap();
    context.load_dictionary(base).unwrap();
    let mut frame = Vec::with_capacity(zstd::zstd_safe::compress_bound(text.len()));
    context.compress2(&mut frame, text).unwrap();
    frame
}
