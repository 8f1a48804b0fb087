use std::sync::Arc;

use crate::engine::power::PowerEngine;
use crate::engine::{Commit, Durability, Engine, Error as EngineError, KeyRange, MemoryEngine, Moment, Order, Scan};
use crate::{Archive, Article, IngestOptions, NewCapture, OpenOptions, StoryKey};

use super::*;

fn noted(directory: &Path, numbers: &[u64]) {
    let file = Acknowledged::open(directory, false).unwrap();
    numbers.iter().for_each(|number| file.note(*number).unwrap());
}

/// The most captures that the file of a directory misses in an empty store; `None` for a damaged one.
fn said(directory: &Path) -> Option<u64> {
    let file = Acknowledged::open(directory, true).unwrap();
    let said = file.state().found;
    assert!(file.verify(said.unwrap_or(u64::MAX)).is_ok() == said.is_some());
    if let Some(less) = said.and_then(|said| said.checked_sub(1)) {
        assert!(file.verify(less).unwrap_err().is_damage());
    }
    said
}

#[test]
fn a_store_with_fewer_captures_than_were_acknowledged_is_damage() {
    let dir = tempfile::tempdir().unwrap();
    assert_eq!(said(dir.path()), Some(0));
    // Two threads can come out of order.
    noted(dir.path(), &[7, 12, 9]);
    assert_eq!(said(dir.path()), Some(12));
    noted(dir.path(), &[11, 12]);
    assert_eq!(said(dir.path()), Some(12));
    noted(dir.path(), &[13]);
    assert_eq!(said(dir.path()), Some(13));
}

#[test]
fn a_store_that_was_looked_after_may_have_fewer() {
    let dir = tempfile::tempdir().unwrap();
    noted(dir.path(), &[7, 12]);
    let file = Acknowledged::open(dir.path(), false).unwrap();
    file.renew(5).unwrap();
    assert!(file.verify(5).is_ok());
    assert_eq!(said(dir.path()), Some(5));
    file.note(6).unwrap();
    assert_eq!(said(dir.path()), Some(6));
}

#[test]
fn a_file_of_version_0_1_0_is_read_and_written_on() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(FILE);
    fs::write(&path, "").unwrap();
    assert_eq!(said(dir.path()), Some(0));
    // As that version wrote it.
    let text = "captures 00000000000000000012 2098276f4dc8745a\n";
    assert_eq!((line(12).as_str(), text.len()), (text, LINE_BYTES));
    fs::write(&path, text).unwrap();
    assert_eq!(said(dir.path()), Some(12));
    noted(dir.path(), &[13]);
    assert_eq!(fs::read_to_string(&path).unwrap(), format!("{text}{}", line(13)));
    assert_eq!(said(dir.path()), Some(13));
}

#[test]
fn a_changed_byte_costs_its_line_and_both_lines_are_damage_until_it_is_renewed() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(FILE);
    noted(dir.path(), &[12, 13]);
    let whole = fs::read(&path).unwrap();
    for place in 0..whole.len() {
        let mut damaged = whole.clone();
        damaged[place] ^= 1;
        fs::write(&path, &damaged).unwrap();
        assert_eq!(said(dir.path()), Some(if place < LINE_BYTES { 13 } else { 12 }), "byte {place}");
        damaged[whole.len() - 1 - place] ^= 1;
        fs::write(&path, &damaged).unwrap();
        assert_eq!(said(dir.path()), None, "byte {place} and its opposite");
        noted(dir.path(), &[14]);
        assert_eq!(said(dir.path()), None, "what was lost would no longer be missed");
        Acknowledged::open(dir.path(), false).unwrap().renew(3).unwrap();
        assert_eq!(said(dir.path()), Some(3));
    }
    fs::write(&path, [whole, line(14).into()].concat()).unwrap();
    assert_eq!(said(dir.path()), None, "a third line");
}

#[test]
fn a_file_that_was_begun_and_not_renamed_changes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let text = line(8).into_bytes();
    for torn in 0..=text.len() {
        fs::write(dir.path().join(NEW_FILE), &text[..torn]).unwrap();
        assert_eq!(said(dir.path()), Some(0));
    }
    noted(dir.path(), &[7]);
    assert_eq!((said(dir.path()), dir.path().join(NEW_FILE).exists()), (Some(7), false));
}

#[test]
fn a_read_only_archive_writes_no_file() {
    let dir = tempfile::tempdir().unwrap();
    let file = Acknowledged::open(dir.path(), true).unwrap();
    file.note(7).unwrap();
    file.renew(7).unwrap();
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
}

/// A disk of which only that survives which was synced; of the rest, anything.
#[derive(Default)]
struct Fragile {
    synced: Vec<u8>,
    live: Vec<u8>,
    /// What the last write found.
    before: Vec<u8>,
}

fn put(bytes: &mut Vec<u8>, start: usize, new: &[u8]) {
    bytes.resize(bytes.len().max(start + new.len()), 0);
    bytes[start..start + new.len()].copy_from_slice(new);
}

impl Disk for Fragile {
    fn write_at(&mut self, start: u64, bytes: &[u8]) -> io::Result<()> {
        self.before = self.live.clone();
        put(&mut self.live, start as usize, bytes);
        Ok(())
    }

    fn sync(&mut self) -> io::Result<()> {
        self.synced = self.live.clone();
        Ok(())
    }
}

impl Fragile {
    /// What a loss of power can leave: of the last write any part from its begin or to its end, on what was there before it or was
    /// synced; a file that is longer holds zeros there or is not yet longer.
    fn torn(&self) -> impl Iterator<Item = Vec<u8>> {
        let places = 0..=self.live.len();
        [&self.before, &self.synced].into_iter().flat_map(move |old| {
            let mut long = old.clone();
            long.resize(self.live.len(), 0);
            places.clone().flat_map(move |place| {
                let begun = [&self.live[..place], old.get(place..).unwrap_or_default()].concat();
                let filled = [&self.live[..place], &long[place..]].concat();
                [begun, filled, [&long[..place], &self.live[place..]].concat()]
            })
        })
    }
}

#[test]
fn a_loss_of_power_at_any_byte_of_any_write_leaves_a_whole_line() {
    let first = line(1).into_bytes();
    let mut disk = Fragile { synced: first.clone(), live: first.clone(), before: first };
    let mut now = 1;
    for session in [1, 1, 3, 2 * NOTES_PER_LINE + 9, 2] {
        // Killed without a loss of power: the next process finds all, and none of the last line needs to be on the disk.
        let mut lines = Lines::parse(&disk.live).unwrap();
        let (opened, start) = (lines.noted, now);
        assert_eq!(opened, now);
        for _ in 0..session {
            now += 1;
            lines.note(&mut disk, now).unwrap();
            let least = start.max(now.saturating_sub(u64::from(NOTES_PER_LINE)));
            for left in disk.torn() {
                let noted = Lines::parse(&left).map(|lines| lines.noted);
                assert!(noted.is_some_and(|noted| (least..=now).contains(&noted)), "{noted:?} of {now}: {left:?}");
            }
        }
        assert_eq!(Lines::parse(&disk.live).unwrap().noted, now);
    }
}

/// An engine that loses power around every sync and after every commit: what is left must go with the file as it is then.
#[derive(Debug)]
struct Watched {
    power: PowerEngine,
    directory: PathBuf,
}

impl Watched {
    fn look(&self) {
        for crash in self.power.crashes() {
            let file = Acknowledged::open(&self.directory, true).unwrap();
            let opened = Archive::start(Arc::new(crash.left), &OpenOptions::default(), Some(file));
            assert!(matches!(opened, Ok(_) | Err(Error::UnfinishedReindex)), "{} commits kept: {opened:?}", crash.kept);
        }
    }
}

impl Engine for Watched {
    fn name(&self) -> &'static str {
        self.power.name()
    }

    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, EngineError> {
        self.power.get(key)
    }

    fn scan(&self, range: KeyRange, order: Order) -> Scan<'_> {
        self.power.scan(range, order)
    }

    fn commit(&self, commit: &Commit, durability: Durability) -> Result<(), EngineError> {
        self.power.commit(commit, durability)?;
        self.look();
        Ok(())
    }

    fn now(&self) -> Moment {
        self.power.now()
    }

    fn flush(&self) -> Result<(), EngineError> {
        self.look();
        self.power.flush()?;
        self.look();
        Ok(())
    }

    fn size_on_disk(&self) -> Result<u64, EngineError> {
        self.power.size_on_disk()
    }
}

/// An archive on such an engine, in a directory that may have the file.
fn watched(directory: &Path, power: PowerEngine, repair: bool) -> (Archive, Arc<Watched>) {
    let engine = Arc::new(Watched { power, directory: directory.to_owned() });
    let file = Acknowledged::open(directory, false).unwrap();
    let options = OpenOptions { repair, ..OpenOptions::default() };
    (Archive::start(Arc::clone(&engine) as Arc<_>, &options, Some(file)).unwrap(), engine)
}

fn rain(story: &str, minute: u8) -> NewCapture {
    let at = format!("2026-03-01T00:{minute:02}:00Z").parse().unwrap();
    NewCapture::article(StoryKey::id(story).unwrap(), at, Article::new(format!("Rain, {minute} mm")))
}

#[test]
fn the_file_is_never_ahead_of_what_a_loss_of_power_leaves() {
    let dir = tempfile::tempdir().unwrap();
    let (archive, engine) = watched(dir.path(), PowerEngine::default(), false);
    for minute in 0..6 {
        let durability = if minute % 3 == 1 { Durability::Synced } else { Durability::Buffered };
        archive.ingest(rain("one", minute), durability).unwrap();
    }
    let options = IngestOptions { batch: 4, ..IngestOptions::default() };
    let many = (0..30).map(|n| rain(&format!("story {}", n % 7), n));
    assert_eq!(archive.ingest_many(many, &options, |_| engine.look()).unwrap().captures, 30);
    engine.look();
    assert_eq!(said(dir.path()), Some(36));
}

#[test]
fn a_rebuild_after_captures_were_lost_leaves_no_archive_that_still_misses_them() {
    let whole = MemoryEngine::default();
    let archive = Archive::with_engine(Arc::new(whole.clone()), &OpenOptions::default()).unwrap();
    (0..3).for_each(|minute| drop(archive.ingest(rain("one", minute), Durability::Buffered).unwrap()));
    let dir = tempfile::tempdir().unwrap();
    noted(dir.path(), &[9]);
    let (archive, engine) = watched(dir.path(), PowerEngine::from_rows(whole.rows()), true);
    archive.reindex(|_, _| {}).unwrap();
    engine.look();
    assert_eq!(said(dir.path()), Some(3));
    assert_eq!(engine.power.crashes().count(), 1, "a rebuild is synced at its end");
}
