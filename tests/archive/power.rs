//! Power that fails at every moment of a history: what was promised is there, nothing is torn, and the rest can follow.
//!
//! A history is a function that makes one call of [`Run`] a line. A call that may be interrupted, and that leaves an archive which
//! must be mended before it opens, is a [`Work`] of its own.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

use morgue::engine::power::{Crash, PowerEngine};
use morgue::engine::{MemoryEngine, Row};
use morgue::{Archive, Durability, Error, IngestOptions, NewCapture, NewOutcome, OpenOptions};

use crate::support::{
    Fact, View, alias, article, exported, findings, from, in_memory, key, open, repair, saw, seen, tell, version_of,
    view,
};

/// Something that changes no fact and whose interruption may leave an archive that has to be mended.
struct Work {
    act: fn(&mut Run),
    /// What opening says of an archive where this was interrupted.
    is_refused: fn(&Error) -> bool,
    mend: fn(&MemoryEngine),
}

const REINDEX: Work = Work {
    act: |run| assert!(run.archive().reindex(|_, _| {}).unwrap().captures > 0),
    is_refused: |error| matches!(error, Error::UnfinishedReindex),
    mend: |left| assert!(repair(left).reindex(|_, _| {}).unwrap().captures > 0),
};

/// Every commit of it leaves an archive that opens, so nothing has to be mended.
const SEAL: Work = Work {
    act: |run| run.archive().seal().unwrap(),
    is_refused: |_| false,
    mend: |left| Archive::with_engine(Arc::new(left.clone()), &OpenOptions::default()).unwrap().seal().unwrap(),
};

/// A history as it is made: what the archive was told, and how much of that it had promised to keep at which moment.
struct Run {
    engine: Arc<PowerEngine>,
    archive: Option<Archive>,
    told: Vec<Fact>,
    /// A moment, and how many facts were safe from then on.
    promises: Vec<(usize, usize)>,
    works: Vec<(Range<usize>, &'static Work)>,
}

impl Run {
    /// Begins with rows that are on the disk and hold the given facts.
    fn on(rows: Vec<Row>, told: Vec<Fact>) -> Self {
        let promises = vec![(0, told.len())];
        Self { engine: Arc::new(PowerEngine::from_rows(rows)), archive: None, told, promises, works: Vec::new() }
    }

    fn of(history: impl Fn(&mut Self)) -> Self {
        let mut run = Self::on(Vec::new(), Vec::new());
        history(&mut run);
        run
    }

    fn archive(&mut self) -> &Archive {
        self.archive.get_or_insert_with(|| open(Arc::clone(&self.engine) as Arc<_>))
    }

    /// The next call is made by another process.
    fn reopen(&mut self) {
        self.archive = None;
    }

    fn ingest(&mut self, capture: NewCapture, durability: Durability) {
        self.archive().ingest(capture.clone(), durability).unwrap();
        self.told.push(Fact::Capture(Box::new(capture)));
        self.promise(self.told.len(), durability);
    }

    fn alias(&mut self, name: &str, story: &str, durability: Durability) {
        let (other, story) = (key(name), key(story));
        self.archive().add_alias(&other, &story, durability).unwrap();
        self.told.push(alias(other, story));
        self.promise(self.told.len(), durability);
    }

    fn ingest_many(&mut self, captures: Vec<NewCapture>, durability: Durability, batch: usize) {
        let options = IngestOptions { durability, batch };
        let (engine, before) = (Arc::clone(&self.engine), self.told.len());
        let mut reported = Vec::new();
        let on_batch = |batch: &morgue::Batch| reported.push((engine.moment(), before + batch.so_far.read as usize));
        let report = self.archive().ingest_many(captures.clone(), &options, on_batch).unwrap();
        assert_eq!((report.read, report.rejected), (captures.len() as u64, 0));
        self.told.extend(captures.into_iter().map(|capture| Fact::Capture(Box::new(capture))));
        if durability == Durability::Synced {
            self.promises.extend(reported);
        }
    }

    fn flush(&mut self) {
        self.archive().flush().unwrap();
        self.promise(self.told.len(), Durability::Synced);
    }

    fn work(&mut self, work: &'static Work) {
        let start = self.engine.moment();
        (work.act)(self);
        self.works.push((start + 1..self.engine.moment() + 1, work));
    }

    /// The call that told so many facts has returned. What is synced is so with everything before it.
    fn promise(&mut self, facts: usize, durability: Durability) {
        if durability == Durability::Synced {
            self.promises.push((self.engine.moment(), facts));
        }
    }

    /// Holds every state that a loss of power could leave to what was promised; returns how many there were and how many had to be
    /// mended.
    fn judge(&mut self) -> Result<(usize, usize), String> {
        let whole = view(self.archive());
        let (mut states, mut mended) = (0, 0);
        for crash in self.engine.history() {
            let about = format!("{} commits kept, at {:?}", crash.kept, crash.moments);
            mended += usize::from(self.judge_one(&crash, &whole).map_err(|what| format!("{about}: {what}"))?);
            states += 1;
        }
        Ok((states, mended))
    }

    fn judge_one(&self, crash: &Crash, whole: &View) -> Result<bool, String> {
        let (archive, mended) = self.open(crash)?;
        sound(&archive)?;
        let left = exported(&archive);
        let left: BTreeSet<&str> = left.lines().collect();
        if let Some(torn) = left.iter().find(|line| !whole.export.lines().any(|own| own == **line)) {
            return Err(format!("nobody told it {torn}"));
        }
        for (number, fact) in self.told.iter().enumerate() {
            let lines = lines(fact);
            let there = lines.iter().filter(|line| left.contains(line.as_str())).count();
            let promised = self.promises.iter().any(|(moment, facts)| moment <= crash.moments.end() && number < *facts);
            if promised && there < lines.len() {
                return Err(format!("it lost {lines:?}"));
            }
            // The last line is the capture; those before it came in the same commit.
            if there < lines.len() && lines.last().is_some_and(|line| left.contains(line.as_str())) {
                return Err(format!("it kept only a part of {lines:?}"));
            }
        }
        tell(&archive, &self.told);
        sound(&archive)?;
        if &view(&archive) == whole { Ok(mended) } else { Err("told everything again, it differs".into()) }
    }

    /// Opens what was left, if need be after mending: only what was interrupted may need that.
    fn open(&self, crash: &Crash) -> Result<(Archive, bool), String> {
        let with = || Archive::with_engine(Arc::new(crash.left.clone()), &OpenOptions::default());
        let error = match with() {
            Ok(archive) => return Ok((archive, false)),
            Err(error) => error,
        };
        let interrupted = self.works.iter().find(|(moments, _)| moments.contains(crash.moments.start()));
        let Some((_, work)) = interrupted.filter(|(_, work)| (work.is_refused)(&error)) else {
            return Err(format!("it does not open: {error}"));
        };
        (work.mend)(&crash.left);
        with().map(|archive| (archive, true)).map_err(|error| format!("mended, it does not open: {error}"))
    }
}

fn sound(archive: &Archive) -> Result<(), String> {
    let findings = findings(archive);
    if findings.is_empty() { Ok(()) } else { Err(findings.join("; ")) }
}

/// The rows that tell a fact in an export, a capture's own row last.
fn lines(fact: &Fact) -> Vec<String> {
    let (archive, _) = in_memory();
    tell(&archive, std::slice::from_ref(fact));
    let mut lines: Vec<String> = exported(&archive).lines().map(str::to_owned).collect();
    lines.sort_by_key(|line| line.contains("\"captured_at\""));
    lines
}

use Durability::{Buffered, Synced};

const BRIDGE: &str = "https://news.example/bridge";
const AMP: &str = "https://amp.news.example/bridge";

/// A capture that comes with the fact that another key names its story.
fn joined(at: i64, text: &str) -> NewCapture {
    let mut capture = seen(AMP, at, text);
    capture.aliases.push(key(BRIDGE));
    capture
}

/// Short news of so many places: enough rows that a batch of them is several commits.
fn weather(day: i64, places: usize) -> Vec<NewCapture> {
    (0..places).map(|n| seen(&format!("weather-{n}"), day * 1440 + n as i64, &format!("Rain, {n} mm"))).collect()
}

fn one_by_one(run: &mut Run) {
    run.ingest(seen(BRIDGE, 1, "The bridge is closed"), Synced);
    run.ingest(seen(AMP, 2, "The bridge is closed"), Buffered);
    run.ingest(saw(BRIDGE, 3, NewOutcome::Teaser(article("Sign in"))), Buffered);
    run.ingest(seen(BRIDGE, 4, "The bridge is open"), Synced);
    run.ingest(joined(5, "The bridge is open"), Buffered);
    run.ingest(saw(BRIDGE, 6, NewOutcome::Gone), Buffered);
    run.flush();
    run.ingest(seen(BRIDGE, 0, "A crack in the bridge"), Buffered);
    run.reopen();
    run.ingest(from("reader 2", seen("ferry", 2, "The ferry sails")), Synced);
    run.alias("wire-7", "ferry", Buffered);
    run.ingest(seen("wire-7", 7, "The ferry stays in port"), Buffered);
    run.alias("wire-8", "wire-7", Synced);
    run.ingest(seen(BRIDGE, 8, "The bridge is closed"), Buffered);
}

/// Another call, maybe of another process, has archived this already and did not sync it.
fn known_but_not_synced(run: &mut Run) {
    run.ingest(seen(BRIDGE, 1, "The bridge is closed"), Buffered);
    run.ingest(seen(BRIDGE, 1, "The bridge is closed"), Synced);
    run.alias(AMP, BRIDGE, Buffered);
    run.alias(AMP, BRIDGE, Synced);
    run.ingest(seen(BRIDGE, 2, "The bridge is open"), Buffered);
    run.ingest_many(vec![seen(BRIDGE, 2, "The bridge is open")], Synced, 1);
}

fn in_batches(run: &mut Run) {
    run.ingest(seen("weather-3", 5, "Fog"), Buffered);
    run.ingest_many(weather(0, 40), Synced, 25);
    run.ingest_many(weather(1, 30), Buffered, 30);
    run.alias("weather-1", "weather-2", Buffered);
    run.ingest_many([weather(2, 6), vec![joined(1, "The bridge is closed")], weather(-1, 6)].concat(), Synced, 4);
}

fn with_a_reindex(run: &mut Run) {
    run.ingest(seen(BRIDGE, 1, "The bridge is closed"), Buffered);
    run.ingest_many(weather(0, 12), Buffered, 5);
    run.ingest(joined(2, "The bridge is open"), Buffered);
    run.work(&REINDEX);
    run.ingest(seen(BRIDGE, 0, "A crack in the bridge"), Buffered);
    run.ingest(seen(AMP, 3, "The bridge is closed"), Synced);
    run.reopen();
    run.work(&REINDEX);
    run.ingest(seen("ferry", 4, "The ferry sails"), Buffered);
}

/// Packs are removed only after what replaces them, also in what a loss of power leaves.
fn with_sealing(run: &mut Run) {
    run.ingest(seen(BRIDGE, 1, "The bridge is closed"), Synced);
    run.ingest_many(weather(0, 30), Synced, 5);
    run.work(&SEAL);
    run.ingest(joined(2, "The bridge is open"), Buffered);
    run.ingest_many(weather(20, 45), Buffered, 5);
    run.work(&SEAL);
    run.ingest(seen(AMP, 3, "The bridge is closed"), Synced);
    run.reopen();
    run.work(&SEAL);
    run.work(&REINDEX);
}

/// Long versions of two stories, so that the later ones hang on texts in other packs.
fn in_versions(run: &mut Run) {
    for version in 0..4 {
        run.ingest(version_of("bridge", version), if version == 1 { Synced } else { Buffered });
        run.ingest(version_of("ferry", version), Buffered);
    }
    run.work(&SEAL);
    run.ingest(version_of("bridge", 4), Buffered);
    run.reopen();
    run.ingest_many(vec![version_of("ferry", 5), version_of("bridge", 5), version_of("bridge", 6)], Synced, 2);
    run.work(&REINDEX);
    run.work(&SEAL);
    run.ingest(version_of("ferry", 7), Buffered);
}

#[test]
fn versions_that_hang_on_others_survive_a_loss_of_power_at_any_moment() {
    let (states, _) = Run::of(in_versions).judge().unwrap();
    assert!(states > 25, "only {states} states");
}

#[test]
fn sealing_that_lost_power_at_any_moment_has_lost_nothing() {
    let (states, _) = Run::of(with_sealing).judge().unwrap();
    assert!(states > 30, "only {states} states");
}

#[test]
fn captures_that_were_archived_one_by_one_survive_a_loss_of_power_at_any_moment() {
    let (states, mended) = Run::of(one_by_one).judge().unwrap();
    // The format, then a commit a call that told something; and nothing at all.
    assert_eq!((states, mended), (14, 0));
}

#[test]
fn what_was_known_and_not_yet_synced_is_so_once_that_was_asked_for() {
    Run::of(known_but_not_synced).judge().unwrap();
}

#[test]
fn batches_that_were_reported_survive_a_loss_of_power_at_any_moment() {
    let (states, mended) = Run::of(in_batches).judge().unwrap();
    assert!(states > 10, "only {states} states: no batch was several commits");
    assert_eq!(mended, 0);
}

#[test]
fn a_reindex_that_lost_power_at_any_moment_is_finished_by_the_next() {
    let (_, mended) = Run::of(with_a_reindex).judge().unwrap();
    assert!(mended > 6, "only {mended} states of an interrupted reindex");
}

#[test]
fn a_promise_that_came_too_early_is_found_out() {
    let mut run = Run::of(one_by_one);
    assert_eq!(run.judge().map(drop), Ok(()));
    run.promise(run.told.len(), Synced);
    assert!(run.judge().unwrap_err().contains("it lost"));
}
