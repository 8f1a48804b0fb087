//! Many threads at one archive.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use morgue::engine;
use morgue::engine::{Commit, Engine, Error as EngineError, KeyRange, MemoryEngine, Scan};
use morgue::{
    Archive, Cursor, Durability, IngestOptions, NewCapture, NewOutcome, OpenOptions, Selector, StoryFilter, StoryKey,
};

use crate::support::{
    Fact, add, alias, assert_clean, changes, exported, findings, from, in_memory, key, on, open, saw, seen, stories,
    tell, view,
};

const THREADS: usize = 8;

/// Captures of few stories by every thread; every third of them knows of another name of its story.
fn of_thread(thread: usize, captures: usize) -> Vec<Fact> {
    let thread = thread as i64;
    let one = |n: i64| {
        let story = (n * 5 + thread) % 4;
        let at = n * 8 + thread;
        let texts = ["Closed", "Open", "\u{201c}Open\u{201d}", "\"Open\"", "A detour"];
        let name = format!("story {story}");
        let mut capture = match (n + thread) % 7 {
            5 => saw(&name, at, NewOutcome::Unreachable("503".into())),
            6 => saw(&name, at, NewOutcome::NotModified),
            text => seen(&name, at, texts.get(text as usize).copied().unwrap_or("Other")),
        };
        if n % 3 == 0 {
            capture.aliases.push(key(&format!("https://news.example/{}", story + 4 * (thread % 2))));
        }
        Fact::Capture(Box::new(from(if thread % 2 == 0 { "even" } else { "odd" }, capture)))
    };
    let mut facts: Vec<Fact> = (0..captures as i64).map(one).collect();
    // Names in a circle, and stories joined late.
    let url = |n: i64| key(&format!("https://news.example/{n}"));
    facts.push(alias(url(thread % 4), url(4 + thread % 4)));
    facts.push(alias(url(4 + thread % 4), url(thread % 4)));
    facts
}

fn is_overtaken(error: &morgue::Error) -> bool {
    matches!(error, morgue::Error::Busy { .. })
}

/// As a crawler does it: when others were faster again and again, it tries again.
fn tell_until_kept(archive: &Archive, facts: &[Fact]) {
    for fact in facts {
        loop {
            let told = match fact.clone() {
                Fact::Capture(capture) => archive.ingest(*capture, Durability::Buffered).map(drop),
                Fact::Alias(alias) => archive.add_alias_fact(&alias, Durability::Buffered).map(drop),
            };
            match told {
                Err(error) if is_overtaken(&error) => {}
                told => break told.unwrap(),
            }
        }
    }
}

fn all_at_once(archive: &Archive, captures: usize) {
    thread::scope(|scope| {
        for number in 0..THREADS {
            scope.spawn(move || tell_until_kept(archive, &of_thread(number, captures)));
        }
    });
}

fn one_after_the_other(captures: usize) -> Archive {
    let (archive, _) = in_memory();
    (0..THREADS).for_each(|number| tell(&archive, &of_thread(number, captures)));
    archive
}

#[test]
fn eight_threads_archive_the_same_as_one() {
    for _ in 0..6 {
        let (archive, _) = in_memory();
        all_at_once(&archive, 20);
        assert_clean(&archive);
        assert_eq!(view(&archive), view(&one_after_the_other(20)));
    }
}

#[test]
fn eight_threads_archive_the_same_as_one_on_sled() {
    let directory = tempfile::tempdir().unwrap();
    let archive = Archive::open(directory.path(), &OpenOptions::default()).unwrap();
    all_at_once(&archive, 6);
    assert_clean(&archive);
    assert_eq!(view(&archive), view(&one_after_the_other(6)));
}

#[test]
fn eight_batches_at_once_archive_the_same_as_one() {
    let (archive, _) = in_memory();
    let options = IngestOptions { batch: 5, ..IngestOptions::default() };
    let batches: Vec<Vec<NewCapture>> = (0..THREADS)
        .map(|number| of_thread(number, 20).iter().filter_map(crate::support::capture_of).cloned().collect())
        .collect();
    let kept = AtomicUsize::new(0);
    thread::scope(|scope| {
        for batch in &batches {
            scope.spawn(|| {
                loop {
                    match archive.ingest_many(batch.clone(), &options, |_| {}) {
                        Err(error) if is_overtaken(&error) => {}
                        done => break kept.fetch_add(done.unwrap().captures as usize, Ordering::Relaxed),
                    }
                }
            });
        }
    });
    assert_clean(&archive);
    let (sequential, _) = in_memory();
    batches.into_iter().for_each(|batch| add(&sequential, batch));
    assert_eq!(view(&archive), view(&sequential));
    assert!(kept.into_inner() > 0);
}

#[test]
fn readers_meanwhile_never_see_damage_that_is_none() {
    let (archive, _) = in_memory();
    let over = AtomicBool::new(false);
    let reads = AtomicUsize::new(0);
    thread::scope(|scope| {
        for reader in 0..3 {
            let (archive, over, reads) = (archive.clone(), &over, &reads);
            scope.spawn(move || {
                let tolerate = |result: Result<(), morgue::Error>| match result {
                    Err(error) if is_overtaken(&error) => {}
                    result => result.unwrap(),
                };
                while !over.load(Ordering::Relaxed) {
                    for name in ["https://news.example/1", "story 1", "https://news.example/5", "story 3"].map(key) {
                        tolerate(archive.story(&name).map(drop));
                        tolerate(archive.revisions(&name).map(drop));
                        tolerate(archive.memento(&name, &Selector::Latest).map(drop));
                        tolerate(archive.memento(&name, &Selector::First).map(drop));
                    }
                    tolerate(archive.changes(Cursor::START).try_for_each(|change| change.map(drop)));
                    tolerate(archive.stories(&StoryFilter::default()).try_for_each(|story| story.map(drop)));
                    if reader == 0 {
                        tolerate(archive.export(&[]).unwrap().try_for_each(|fact| fact.map(drop)));
                    }
                    reads.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        all_at_once(&archive, 20);
        over.store(true, Ordering::Relaxed);
    });
    assert!(reads.into_inner() > 0);
    assert_clean(&archive);
}

/// Each thread has stories of its own and archives them in the order of time, so that what was told stays as it was told.
#[test]
fn a_subscription_tells_every_change_once_and_in_order_while_writers_run() {
    let (archive, _) = in_memory();
    let mut live = Vec::new();
    thread::scope(|scope| {
        let writers: Vec<_> = (0..THREADS)
            .map(|number| {
                let archive = archive.clone();
                scope.spawn(move || {
                    let texts = ["Closed", "Closed", "Open", "Gone", "Closed"];
                    for at in 0..30 {
                        let text = texts[at as usize % texts.len()];
                        let name = format!("story {number}");
                        let capture = match text {
                            "Gone" => saw(&name, at, NewOutcome::Gone),
                            text => seen(&name, at, text),
                        };
                        archive.ingest(capture, Durability::Buffered).unwrap();
                    }
                })
            })
            .collect();
        let mut subscription = archive.subscribe(Cursor::START);
        loop {
            let is_over = writers.iter().all(thread::ScopedJoinHandle::is_finished);
            match subscription.recv_timeout(Duration::from_millis(50)).unwrap() {
                Some(change) => live.push(change.cursor),
                None if is_over => break,
                None => {}
            }
        }
    });
    assert!(live.is_sorted_by(|a, b| a < b));
    let later: Vec<Cursor> = changes(&archive, Cursor::START).iter().map(|change| change.cursor).collect();
    assert_eq!(live, later);
    // Closed at first, then in each round of five: open, gone, closed again.
    assert_eq!(live.len(), THREADS * (1 + 30 / 5 * 3));
}

#[test]
fn a_subscription_waits_for_what_comes_and_no_longer_than_it_was_told() {
    let (archive, _) = in_memory();
    let mut subscription = archive.subscribe(Cursor::START);
    assert!(subscription.recv_timeout(Duration::from_millis(10)).unwrap().is_none());
    let writer = archive.clone();
    let thread = thread::spawn(move || {
        thread::sleep(Duration::from_millis(50));
        add(&writer, [seen("a", 0, "One")]);
    });
    let change = subscription.recv_timeout(Duration::from_secs(30)).unwrap().unwrap();
    assert_eq!(change.headline, "One");
    thread.join().unwrap();
}

type Between = Box<dyn FnOnce(&MemoryEngine) + Send>;

/// An engine that lets another writer in once: before the next commit, or before a read.
#[derive(Default)]
struct Interlude {
    inner: MemoryEngine,
    between: Mutex<Option<Between>>,
    /// Before the read that finds 1 here.
    reads: AtomicUsize,
}

impl Interlude {
    fn let_in(&self) {
        let between = self.between.lock().unwrap().take();
        if let Some(between) = between {
            between(&self.inner);
        }
    }
}

impl std::fmt::Debug for Interlude {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Interlude")
    }
}

impl Engine for Interlude {
    fn name(&self) -> &'static str {
        self.inner.name()
    }

    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, EngineError> {
        let left = self.reads.load(Ordering::SeqCst);
        self.reads.store(left.saturating_sub(1), Ordering::SeqCst);
        if left == 1 {
            self.let_in();
        }
        self.inner.get(key)
    }

    fn scan(&self, range: KeyRange, order: engine::Order) -> Scan<'_> {
        self.inner.scan(range, order)
    }

    fn commit(&self, commit: &Commit, durability: Durability) -> Result<(), EngineError> {
        self.let_in();
        self.inner.commit(commit, durability)
    }

    fn now(&self) -> engine::Moment {
        self.inner.now()
    }

    fn flush(&self) -> Result<(), EngineError> {
        self.inner.flush()
    }

    fn size_on_disk(&self) -> Result<u64, EngineError> {
        self.inner.size_on_disk()
    }
}

/// Two facts that change no name alone and do together: the second must not be planned without the first.
#[test]
fn alias_facts_that_come_at_once_give_the_name_that_follows_from_all_of_them() {
    let link = |archive: &Archive, alias: &str, of: &str| {
        archive.add_alias(&key(alias), &key(of), Durability::Buffered).unwrap();
    };
    let (archive, engine) = in_memory();
    add(&archive, [seen("a", 0, "One"), seen("b", 1, "Two")]);
    link(&archive, "c", "a");
    link(&archive, "c", "b");
    let interlude = Arc::new(Interlude { inner: engine.clone(), ..Interlude::default() });
    let slow = open(Arc::clone(&interlude) as Arc<dyn Engine>);
    let between: Box<dyn FnOnce(&MemoryEngine) + Send> = Box::new(move |engine| link(&on(engine), "b", "c"));
    *interlude.between.lock().unwrap() = Some(between);
    link(&slow, "a", "c");
    assert_eq!(findings(&on(&engine)), Vec::<String>::new());
    assert_eq!(stories(&slow)[0].story, StoryKey::id("a").unwrap());
}

/// A writer that had read a key before another one made it an alias, and the name after that, was told of damage.
#[test]
fn a_key_that_becomes_an_alias_while_a_fact_is_planned_is_read_again() {
    for read in 1..12 {
        let (archive, engine) = in_memory();
        add(&archive, [seen("a", 0, "One"), seen("b", 1, "Two")]);
        let interlude = Arc::new(Interlude { inner: engine.clone(), ..Interlude::default() });
        let slow = open(Arc::clone(&interlude) as Arc<dyn Engine>);
        let between: Between = Box::new(move |engine| {
            on(engine).add_alias(&key("b"), &key("a"), Durability::Buffered).unwrap();
        });
        *interlude.between.lock().unwrap() = Some(between);
        interlude.reads.store(read, Ordering::SeqCst);
        slow.add_alias(&key("b"), &key("a"), Durability::Buffered).unwrap();
        assert_clean(&on(&engine));
        assert_eq!(stories(&slow).len(), 1, "before read {read}");
    }
}

#[test]
fn a_capture_that_another_writer_overtakes_is_planned_again() {
    let (archive, engine) = in_memory();
    add(&archive, [seen("a", 0, "One")]);
    let interlude = Arc::new(Interlude { inner: engine.clone(), ..Interlude::default() });
    let slow = open(Arc::clone(&interlude) as Arc<dyn Engine>);
    let between: Box<dyn FnOnce(&MemoryEngine) + Send> = Box::new(|engine| add(&on(engine), [seen("a", 1, "Two")]));
    *interlude.between.lock().unwrap() = Some(between);
    let done = slow.ingest(seen("a", 2, "Three"), Durability::Buffered).unwrap();
    assert_eq!(done.revision, Some(3));
    assert_clean(&on(&engine));
    assert_eq!(exported(&on(&engine)).lines().count(), 3);
}

/// A reader that found another name between two reads was told of damage.
#[test]
fn a_story_that_gets_another_name_between_two_reads_is_read_again() {
    let link = |archive: &Archive, alias: &str, of: &str| {
        archive.add_alias(&key(alias), &key(of), Durability::Buffered).unwrap();
    };
    for read in 1..12 {
        let (archive, engine) = in_memory();
        add(&archive, [seen("a", 0, "One"), seen("b", 1, "Two")]);
        link(&archive, "c", "a");
        let interlude = Arc::new(Interlude { inner: engine.clone(), ..Interlude::default() });
        let reader = open(Arc::clone(&interlude) as Arc<dyn Engine>);
        let between: Between = Box::new(move |engine| link(&on(engine), "a", "b"));
        *interlude.between.lock().unwrap() = Some(between);
        interlude.reads.store(read, Ordering::SeqCst);
        assert!(reader.story(&key("c")).unwrap().is_some(), "before read {read}");
        assert!(matches!(reader.revisions(&key("c")).unwrap().len(), 1 | 2), "before read {read}");
        assert!(reader.memento(&key("c"), &Selector::First).unwrap().is_some(), "before read {read}");
    }
}
