//! What the tests share: facts to archive, and what can be seen of an archive.

use std::sync::Arc;

use morgue::engine::{Engine, MemoryEngine};
use morgue::exchange::{write_alias, write_capture};
use morgue::{
    Alias, AliasDates, Archive, Article, Capture, Change, CheckOptions, Cursor, Durability, Exported, IngestOptions,
    NewCapture, NewOutcome, OpenOptions, Revision, Story, StoryFilter, StoryKey, Timestamp,
};

/// Something that an archive can be told.
#[derive(Debug, Clone)]
pub enum Fact {
    Capture(Box<NewCapture>),
    Alias(Alias),
}

/// The fact that one key names the story of another, with nothing else known.
pub fn alias(alias: StoryKey, of: StoryKey) -> Fact {
    Fact::Alias(Alias { alias, of, dates: AliasDates::default() })
}

pub fn key(text: &str) -> StoryKey {
    StoryKey::parse(text).unwrap()
}

/// So many minutes after the start of a day in March.
pub fn minute(minute: i64) -> Timestamp {
    Timestamp::from_micros(1_772_323_200_000_000 + minute * 60_000_000).unwrap()
}

/// A capture of an article whose headline is `text` and whose body is long enough to be packed.
pub fn seen(story: &str, at: i64, text: &str) -> NewCapture {
    NewCapture::article(key(story), minute(at), article(text))
}

/// A version of a long story: one sentence of it is another one each time. Nothing repeats in it, so that it is small only beside
/// another version.
pub fn version_of(story: &str, version: i64) -> NewCapture {
    let mut state = story.bytes().fold(7_u64, |state, byte| state * 31 + u64::from(byte));
    let mut next = || {
        // Knuth's linear congruential generator.
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        state >> 33
    };
    let mut lines: Vec<String> = (0..60)
        .map(|_| format!("Lot {:x} went to bidder {:x} for {} crowns.", next(), next(), next() % 9_000))
        .collect();
    lines.insert(version as usize % 50, format!("Version {version}: the sale of {story} goes on."));
    NewCapture::article(key(story), minute(version * 60), Article::new(story).with_text(&lines.join("\n\n")))
}

pub fn saw(story: &str, at: i64, outcome: NewOutcome) -> NewCapture {
    NewCapture::new(key(story), minute(at), outcome)
}

pub fn article(text: &str) -> Article {
    let body = format!("{text}, the council said on Monday.\n\nThe old bridge has been in use since 1904. {text}.");
    Article::new(text).with_byline(["Ada Lund"]).with_text(&body)
}

pub fn from(source: &str, mut capture: NewCapture) -> NewCapture {
    capture.observation.source = Some(source.into());
    capture
}

/// An archive on an engine in memory, and that engine.
pub fn in_memory() -> (Archive, MemoryEngine) {
    let engine = MemoryEngine::default();
    (on(&engine), engine)
}

pub fn on(engine: &MemoryEngine) -> Archive {
    open(Arc::new(engine.clone()))
}

pub fn open(engine: Arc<dyn Engine>) -> Archive {
    Archive::with_engine(engine, &OpenOptions::default()).unwrap()
}

pub fn repair(engine: &MemoryEngine) -> Archive {
    let options = OpenOptions { repair: true, ..OpenOptions::default() };
    Archive::with_engine(Arc::new(engine.clone()), &options).unwrap()
}

pub fn add(archive: &Archive, captures: impl IntoIterator<Item = NewCapture>) {
    for capture in captures {
        archive.ingest(capture, Durability::Buffered).unwrap();
    }
}

pub fn tell(archive: &Archive, facts: &[Fact]) {
    for fact in facts {
        match fact.clone() {
            Fact::Capture(capture) => drop(archive.ingest(*capture, Durability::Buffered).unwrap()),
            Fact::Alias(alias) => drop(archive.add_alias_fact(&alias, Durability::Buffered).unwrap()),
        }
    }
}

/// Tells facts in batches: captures between two alias facts go in by `ingest_many`.
pub fn tell_in_batches(archive: &Archive, facts: &[Fact], batch: usize) {
    let options = IngestOptions { durability: Durability::Buffered, batch };
    for run in facts.chunk_by(|a, b| matches!((a, b), (Fact::Capture(_), Fact::Capture(_)))) {
        let captures: Vec<NewCapture> = run.iter().filter_map(capture_of).cloned().collect();
        if captures.is_empty() {
            tell(archive, run);
        } else {
            let report = archive.ingest_many(captures, &options, |_| {}).unwrap();
            assert_eq!((report.read, report.rejected), (run.len() as u64, 0));
        }
    }
}

pub fn capture_of(fact: &Fact) -> Option<&NewCapture> {
    if let Fact::Capture(capture) = fact { Some(capture) } else { None }
}

/// Everything that another archive exports.
pub fn merge(into: &Archive, from: &Archive) {
    for fact in from.export(&[]).unwrap() {
        match fact.unwrap() {
            Exported::Capture(capture) => drop(into.ingest(*capture, Durability::Buffered).unwrap()),
            Exported::Alias(alias) => drop(into.add_alias_fact(&alias, Durability::Buffered).unwrap()),
            other => panic!("{other:?}"),
        }
    }
}

pub fn exported(archive: &Archive) -> String {
    let mut bytes = Vec::new();
    for fact in archive.export(&[]).unwrap() {
        match fact.unwrap() {
            Exported::Capture(capture) => write_capture(&mut bytes, &capture).unwrap(),
            Exported::Alias(alias) => write_alias(&mut bytes, &alias).unwrap(),
            other => panic!("{other:?}"),
        }
    }
    String::from_utf8(bytes).unwrap()
}

pub fn stories(archive: &Archive) -> Vec<Story> {
    archive.stories(&StoryFilter::default()).collect::<Result<_, _>>().unwrap()
}

/// The revisions of a story, apart from when this archive learned of them.
pub fn revisions(archive: &Archive, story: &StoryKey) -> Vec<Revision> {
    let mut revisions = archive.revisions(story).unwrap();
    revisions.iter_mut().for_each(|revision| revision.arrival = 0);
    revisions
}

pub fn changes(archive: &Archive, after: Cursor) -> Vec<Change> {
    archive.changes(after).collect::<Result<_, _>>().unwrap()
}

pub fn findings(archive: &Archive) -> Vec<String> {
    let report = archive.check(&CheckOptions { deep: true }, |_, _| {}).unwrap();
    report.findings.iter().map(ToString::to_string).collect()
}

pub fn assert_clean(archive: &Archive) {
    assert_eq!(findings(archive), Vec::<String>::new());
}

/// What can be seen of an archive and must not depend on the order in which it was told things.
#[derive(Debug, PartialEq, Eq)]
pub struct View {
    pub export: String,
    pub stories: Vec<(Story, Vec<Revision>)>,
}

pub fn view(archive: &Archive) -> View {
    let each = |story: Story| (story.clone(), revisions(archive, &story.story));
    View { export: exported(archive), stories: stories(archive).into_iter().map(each).collect() }
}

/// The captures of a story without their arrivals.
pub fn captures(archive: &Archive, story: &str) -> Vec<Capture> {
    let captures = archive.captures(&key(story)).unwrap().into_iter();
    captures
        .map(|mut capture| {
            capture.arrival = 0;
            capture
        })
        .collect()
}
