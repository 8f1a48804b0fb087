//! SQLite as a peer, used as one would for the same work: a row a version with its text as a zstd frame of level 3, the same
//! indexes as an archive, a transaction every 1,000 versions that is synced before it is acknowledged.
//!
//! Each version gets what morgue gives it: canonical text, hash, folded hash, digest; a known capture is left out and a text that a
//! story had before is kept once. Batches are prepared on all cores while the one before is written. What morgue does beyond
//! that is left out in SQLite's favour: nothing but articles, no aliases, no feed; of revisions only a count, which is right while
//! captures come in order.

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::sync::mpsc::sync_channel;
use std::thread;

use morgue::model::{Outcome, digest};
use morgue::text::{canonical, canonical_and_folded, parse_canonical};
use morgue::{Article, ArticleHash, NewCapture, StoryKey};
use rayon::prelude::*;
use rusqlite::{Connection, OptionalExtension, Row, params};

/// A transaction is closed at so many versions, or at so many bytes of text: as a batch of `ingest_many`.
const BATCH: usize = 1_000;
const BATCH_BYTES: usize = 8 << 20;
const LEVEL: i32 = 3;

/// What stands last in a row can be long without being in the way of the rest.
const SCHEMA: &str = "
CREATE TABLE stories (
    story INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, is_url INTEGER NOT NULL,
    first_captured INTEGER NOT NULL, last_captured INTEGER NOT NULL, captures INTEGER NOT NULL, revisions INTEGER NOT NULL,
    latest_hash BLOB NOT NULL, latest_folded INTEGER NOT NULL, latest_source TEXT, headline TEXT NOT NULL,
    published_at INTEGER, last_changed INTEGER NOT NULL
);
CREATE TABLE versions (
    arrival INTEGER PRIMARY KEY, story INTEGER NOT NULL, captured_at INTEGER NOT NULL, digest BLOB NOT NULL,
    hash BLOB NOT NULL, folded INTEGER NOT NULL, published_at INTEGER, modified_at INTEGER, lang TEXT, section TEXT,
    source TEXT, status INTEGER, bytes INTEGER NOT NULL, text BLOB
);
CREATE UNIQUE INDEX versions_by_time ON versions (story, captured_at, digest);
CREATE INDEX versions_by_hash ON versions (story, hash);
";
const FIND_STORY: &str = "SELECT story FROM stories WHERE key = ?1";
const ADD_STORY: &str =
    "INSERT INTO stories (key, is_url, first_captured, last_captured, captures, revisions, latest_hash,
    latest_folded, latest_source, headline, published_at, last_changed)
    VALUES (?1, ?2, ?3, ?3, 0, 0, x'', 0, NULL, '', NULL, ?3)";
const HAS_TEXT: &str = "SELECT 1 FROM versions WHERE story = ?1 AND hash = ?2 AND text IS NOT NULL LIMIT 1";
const ADD_VERSION: &str =
    "INSERT OR IGNORE INTO versions (story, captured_at, digest, hash, folded, published_at, modified_at,
    lang, section, source, status, bytes, text) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)";
const SUM_UP: &str = "UPDATE stories SET captures = captures + 1, first_captured = min(first_captured, ?2),
    revisions = revisions + (latest_hash IS NOT ?3), last_changed = iif(latest_folded IS NOT ?4, ?2, last_changed),
    last_captured = max(last_captured, ?2), latest_hash = ?3, latest_folded = ?4, latest_source = ?5, headline = ?6,
    published_at = ?7 WHERE story = ?1 AND ?2 >= last_captured";
const SUM_UP_LATE: &str =
    "UPDATE stories SET captures = captures + 1, first_captured = min(first_captured, ?2) WHERE story = ?1";
const COLUMNS: &str =
    "v.story, v.hash, v.bytes, v.text FROM stories s JOIN versions v ON v.story = s.story WHERE s.key = ?1";
const OTHER_TEXT: &str = "SELECT text FROM versions WHERE story = ?1 AND hash = ?2 AND text IS NOT NULL";

thread_local! {
    static COMPRESSOR: RefCell<zstd::bulk::Compressor<'static>> =
        RefCell::new(zstd::bulk::Compressor::new(LEVEL).unwrap());
}

/// An open database.
pub(crate) struct Sqlite {
    connection: Connection,
    unpacker: RefCell<zstd::bulk::Decompressor<'static>>,
}

/// A version in a story's history.
pub(crate) struct Entry {
    pub(crate) captured_at: i64,
    pub(crate) hash: [u8; 32],
    pub(crate) folded: i64,
    pub(crate) published_at: Option<i64>,
    pub(crate) source: Option<String>,
}

/// A version that is ready to be written.
struct Prepared {
    new: NewCapture,
    headline: String,
    hash: ArticleHash,
    folded: i64,
    digest: [u8; 8],
    bytes: u32,
    frame: Vec<u8>,
}

impl Sqlite {
    pub(crate) fn open(path: &Path) -> Self {
        std::fs::create_dir_all(path).unwrap();
        let file = file(path);
        let is_new = !file.exists();
        let connection = Connection::open(file).unwrap();
        connection.pragma_update(None, "journal_mode", "WAL").unwrap();
        connection.pragma_update(None, "synchronous", "FULL").unwrap();
        // As much as an archive takes for its own cache, in KiB.
        connection.pragma_update(None, "cache_size", -(64 << 10)).unwrap();
        if is_new {
            connection.execute_batch(SCHEMA).unwrap();
        }
        Self { connection, unpacker: RefCell::new(zstd::bulk::Decompressor::new().unwrap()) }
    }

    /// Opens a database and writes every capture. What comes first is read and prepared while it is opened.
    pub(crate) fn fill(path: &Path, captures: impl Iterator<Item = NewCapture> + Send) -> Self {
        thread::scope(|scope| {
            let (sender, batches) = sync_channel(1);
            scope.spawn(move || {
                for batch in chunks(captures) {
                    let ready: Vec<Prepared> = batch.into_par_iter().map(prepare).collect();
                    if sender.send(ready).is_err() {
                        return;
                    }
                }
            });
            let mut sqlite = Self::open(path);
            batches.iter().for_each(|batch| sqlite.write(&batch));
            sqlite
        })
    }

    /// The same as most programs that keep pages in SQLite do it: one thread reads, prepares and writes.
    pub(crate) fn fill_by_one_thread(path: &Path, captures: impl Iterator<Item = NewCapture>) -> Self {
        let mut sqlite = Self::open(path);
        for batch in chunks(captures) {
            sqlite.write(&batch.into_iter().map(prepare).collect::<Vec<_>>());
        }
        sqlite
    }

    fn write(&mut self, batch: &[Prepared]) {
        let transaction = self.connection.transaction().unwrap();
        batch.iter().for_each(|version| add(&transaction, version));
        transaction.commit().unwrap();
    }

    /// Writes everything anew, without gaps.
    pub(crate) fn vacuum(&self) {
        self.connection.execute_batch("VACUUM").unwrap();
    }

    /// Empties the write-ahead log into the database, so that its size is that of all it holds, and closes it.
    pub(crate) fn close(self) {
        let busy: i64 = self.connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0)).unwrap();
        assert_eq!(busy, 0, "the log was not emptied");
        self.connection.close().unwrap();
    }

    /// Reads a story's latest version, or its oldest, verified and parsed as morgue does.
    pub(crate) fn read(&self, key: &StoryKey, latest: bool) -> Article {
        let order = if latest { "DESC" } else { "ASC" };
        let sql = format!("SELECT {COLUMNS} ORDER BY v.captured_at {order}, v.digest {order} LIMIT 1");
        let mut statement = self.connection.prepare_cached(&sql).unwrap();
        let text = statement.query_row([key.as_str()], |row| Ok(self.text_of(row))).unwrap();
        parse_canonical(&text).unwrap()
    }

    /// Returns the canonical text of a capture.
    pub(crate) fn text(&self, capture: &NewCapture) -> Option<String> {
        let form = canonical(capture.outcome.text().unwrap()).unwrap();
        let digest = digest(&Outcome::Article(form.hash), &capture.observation);
        let sql = format!("SELECT {COLUMNS} AND v.captured_at = ?2 AND v.digest = ?3");
        let mut statement = self.connection.prepare_cached(&sql).unwrap();
        let found = params![capture.key.as_str(), capture.captured_at.as_micros(), digest];
        statement.query_row(found, |row| Ok(self.text_of(row))).optional().unwrap()
    }

    /// Hands over every version of a story in order, verified and parsed.
    pub(crate) fn stream(&self, key: &StoryKey, each: impl FnMut(Article)) {
        let sql = format!("SELECT {COLUMNS} ORDER BY v.captured_at, v.digest");
        let mut statement = self.connection.prepare_cached(&sql).unwrap();
        let texts = statement.query_map([key.as_str()], |row| Ok(self.text_of(row))).unwrap();
        texts.map(|text| parse_canonical(&text.unwrap()).unwrap()).for_each(each);
    }

    /// Reads and hashes every text, after `PRAGMA integrity_check`, which looks at pages and indexes alone.
    pub(crate) fn verify(&self) {
        let answer: String = self.connection.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
        assert_eq!(answer, "ok");
        let mut statement = self.connection.prepare("SELECT v.story, v.hash, v.bytes, v.text FROM versions v").unwrap();
        let texts = statement.query_map([], |row| Ok(self.text_of(row))).unwrap();
        texts.for_each(|text| drop(text.unwrap()));
    }

    /// Returns what is known of each version of a story, in order.
    pub(crate) fn history(&self, key: &StoryKey) -> Vec<Entry> {
        let sql = "SELECT v.captured_at, v.hash, v.folded, v.published_at, v.source
            FROM stories s JOIN versions v ON v.story = s.story WHERE s.key = ?1 ORDER BY v.captured_at, v.digest";
        let mut statement = self.connection.prepare_cached(sql).unwrap();
        let entry = |row: &Row<'_>| {
            Ok(Entry {
                captured_at: row.get(0)?,
                hash: row.get(1)?,
                folded: row.get(2)?,
                published_at: row.get(3)?,
                source: row.get(4)?,
            })
        };
        statement.query_map([key.as_str()], entry).unwrap().map(Result::unwrap).collect()
    }

    fn text_of(&self, row: &Row<'_>) -> String {
        let (hash, bytes): ([u8; 32], u32) = (row.get(1).unwrap(), row.get(2).unwrap());
        let unpack = |frame: &[u8]| self.unpacker.borrow_mut().decompress(frame, bytes as usize).unwrap();
        let text = match row.get_ref(3).unwrap().as_blob_or_null().unwrap() {
            Some(frame) => unpack(frame),
            None => {
                let mut other = self.connection.prepare_cached(OTHER_TEXT).unwrap();
                let story: i64 = row.get(0).unwrap();
                other.query_row(params![story, hash], |row| Ok(unpack(row.get_ref(0)?.as_blob()?))).unwrap()
            }
        };
        assert_eq!(*ArticleHash::of(&text).as_bytes(), hash, "SQLite gave another text");
        String::from_utf8(text).unwrap()
    }
}

fn file(path: &Path) -> PathBuf {
    path.join("archive.sqlite")
}

fn chunks(mut captures: impl Iterator<Item = NewCapture>) -> impl Iterator<Item = Vec<NewCapture>> {
    std::iter::from_fn(move || {
        let mut bytes = 0;
        let mut batch = Vec::new();
        while batch.len() < BATCH && bytes < BATCH_BYTES {
            let Some(capture) = captures.next() else { break };
            bytes += capture.outcome.text().unwrap().paragraphs.iter().map(String::len).sum::<usize>();
            batch.push(capture);
        }
        (!batch.is_empty()).then_some(batch)
    })
}

fn prepare(new: NewCapture) -> Prepared {
    let article = new.outcome.text().expect("only articles");
    let (form, folded) = canonical_and_folded(article).unwrap();
    let folded = folded.0.cast_signed();
    let digest = digest(&Outcome::Article(form.hash), &new.observation);
    let frame = COMPRESSOR.with_borrow_mut(|compressor| compressor.compress(form.text.as_bytes()).unwrap());
    let headline = article.headline.chars().take(300).collect();
    Prepared { headline, hash: form.hash, folded, digest, bytes: form.text.len() as u32, frame, new }
}

/// Adds a version, unless it is there.
fn add(connection: &Connection, version: &Prepared) {
    let (key, seen) = (&version.new.key, &version.new.observation);
    let (at, hash) = (version.new.captured_at.as_micros(), version.hash.as_bytes());
    let cached = |sql| connection.prepare_cached(sql).unwrap();
    let story: Option<i64> = cached(FIND_STORY).query_row([key.as_str()], |row| row.get(0)).optional().unwrap();
    let story = story.unwrap_or_else(|| {
        let is_url = matches!(key, StoryKey::Url(_));
        cached(ADD_STORY).insert(params![key.as_str(), is_url, at]).unwrap()
    });
    let has_text = cached(HAS_TEXT).exists(params![story, hash]).unwrap();
    let micros = |at: Option<morgue::Timestamp>| at.map(morgue::Timestamp::as_micros);
    let added = cached(ADD_VERSION).execute(params![
        story,
        at,
        version.digest,
        hash,
        version.folded,
        micros(seen.published_at),
        micros(seen.modified_at),
        seen.lang,
        seen.section,
        seen.source,
        seen.status,
        version.bytes,
        (!has_text).then_some(&version.frame),
    ]);
    if added.unwrap() == 0 {
        return;
    }
    let latest = params![story, at, hash, version.folded, seen.source, version.headline, micros(seen.published_at)];
    if cached(SUM_UP).execute(latest).unwrap() == 0 {
        cached(SUM_UP_LATE).execute(params![story, at]).unwrap();
    }
}
