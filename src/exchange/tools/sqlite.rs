//! The SQLite databases of diffengine and urlwatch.

use std::collections::{HashMap, VecDeque};
use std::fs;
use std::io;
use std::path::Path;

use rusqlite::{Connection, OpenFlags, Row};
use sha1::{Digest, Sha1};

use crate::exchange::door::{Door, DoorError, Item, Place};
use crate::exchange::jsonl::Fact;
use crate::exchange::markup;
use crate::exchange::warning::Warning;
use crate::model::{Article, NewCapture, NewOutcome, Observation, StoryKey, Timestamp};

/// So many rows are read at a time.
const PAGE_ROWS: i64 = 256;

/// Why a database cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SqliteError {
    /// SQLite says why.
    #[error("the database cannot be read")]
    Sqlite(#[from] rusqlite::Error),
    /// It is of another program.
    #[error(
        "the database is of no program that is known: diffengine has a table `entryversion`, urlwatch `CacheEntry`"
    )]
    Unknown,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Program {
    DiffEngine,
    UrlWatch,
}

/// Reads captures from the database of diffengine or urlwatch; see [the module](super).
///
/// ```no_run
/// use morgue::exchange::tools::SqliteReader;
///
/// for item in SqliteReader::open("diffengine.db".as_ref())? {
///     println!("{:?}", item?.fact);
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct SqliteReader {
    database: Connection,
    program: Program,
    /// The URLs that urlwatch was told to watch, by their hashes.
    urls: HashMap<String, String>,
    last_id: i64,
    ready: VecDeque<(i64, Result<NewCapture, String>)>,
    ended: bool,
}

impl SqliteReader {
    /// Opens a database for reading alone. Its tables say which program it is of.
    ///
    /// # Errors
    /// When it cannot be opened, or is of no known program.
    pub fn open(path: &Path) -> Result<Self, SqliteError> {
        let database = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        let has = |table: &str| database.table_exists(None, table);
        let program = if has("entryversion")? {
            Program::DiffEngine
        } else if has("CacheEntry")? {
            Program::UrlWatch
        } else {
            return Err(SqliteError::Unknown);
        };
        let urls = path.parent().map_or_else(HashMap::new, |directory| watched(&directory.join("urls.yaml")));
        Ok(Self { database, program, urls, last_id: i64::MIN, ready: VecDeque::new(), ended: false })
    }

    /// Reads the next rows; says whether there were any.
    fn read_on(&mut self) -> Result<bool, rusqlite::Error> {
        let query = match self.program {
            Program::DiffEngine => {
                "SELECT v.id, v.url, v.title, v.summary, v.created, e.url FROM entryversion v \
                 LEFT JOIN entry e ON e.id = v.entry_id WHERE v.id > ?1 ORDER BY v.id LIMIT ?2"
            }
            Program::UrlWatch => {
                "SELECT id, guid, timestamp, data, tries FROM CacheEntry WHERE id > ?1 ORDER BY id LIMIT ?2"
            }
        };
        let mut statement = self.database.prepare_cached(query)?;
        let mut rows = statement.query((self.last_id, PAGE_ROWS))?;
        let mut any = false;
        while let Some(row) = rows.next()? {
            let id: i64 = row.get(0)?;
            let capture = match self.program {
                Program::DiffEngine => diffengine(row),
                Program::UrlWatch => urlwatch(row, &self.urls),
            };
            self.ready.push_back((id, capture));
            (self.last_id, any) = (id, true);
        }
        Ok(any)
    }
}

fn text(row: &Row<'_>, column: usize) -> Result<String, String> {
    let value: Option<String> = row.get(column).map_err(|error| error.to_string())?;
    Ok(value.unwrap_or_default())
}

fn diffengine(row: &Row<'_>) -> Result<NewCapture, String> {
    let (url, created) = (text(row, 1)?, text(row, 4)?);
    let key = StoryKey::url(&url).map_err(|error| error.to_string())?;
    let captured_at: Timestamp = created.parse().map_err(|error| format!("`created`: {error}"))?;
    let article = Article { paragraphs: markup::paragraphs(&text(row, 3)?), ..Article::new(text(row, 2)?) };
    let entry = StoryKey::url(&text(row, 5)?).ok().filter(|entry| *entry != key);
    let capture = NewCapture::article(key, captured_at, article);
    Ok(NewCapture { aliases: entry.into_iter().collect(), observation: by("diffengine"), ..capture })
}

fn urlwatch(row: &Row<'_>, urls: &HashMap<String, String>) -> Result<NewCapture, String> {
    let guid = text(row, 1)?;
    let seconds: f64 = row.get(2).map_err(|error| format!("`timestamp`: {error}"))?;
    let captured_at = Timestamp::from_micros((seconds * 1e6) as i64).ok_or("`timestamp` is beyond the year 9999")?;
    let key = match urls.get(&guid) {
        Some(url) => StoryKey::parse(url),
        None => StoryKey::id(&format!("urlwatch:{guid}")),
    };
    let key = key.map_err(|error| error.to_string())?;
    let tries: Option<i64> = row.get(4).map_err(|error| format!("`tries`: {error}"))?;
    // After a failure the row repeats the last good text, which nobody saw then.
    let outcome = match tries {
        Some(tries) if tries > 0 => NewOutcome::Unreachable(format!("urlwatch failed to get it (try {tries})")),
        _ => NewOutcome::Article(Article::default().with_text(&text(row, 3)?)),
    };
    Ok(NewCapture { observation: by("urlwatch"), ..NewCapture::new(key, captured_at, outcome) })
}

fn by(program: &str) -> Observation {
    Observation { source: Some(program.to_owned()), ..Observation::default() }
}

/// The URLs of `urls.yaml`, by the SHA-1 that urlwatch knows them under. A line with a URL is all that is looked for.
fn watched(path: &Path) -> HashMap<String, String> {
    let lines = fs::read_to_string(path).unwrap_or_default();
    let url = |line: &str| {
        let line = line.trim().trim_start_matches("- ");
        let (name, value) = line.split_once(':')?;
        let value = value.trim().trim_matches(['"', '\'']);
        matches!(name, "url" | "navigate" | "user_visible_url").then(|| value.to_owned())
    };
    let hash = |url: &str| Sha1::digest(url.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    lines.lines().filter_map(url).map(|url| (hash(&url), url)).collect()
}

impl Iterator for SqliteReader {
    type Item = Result<Item, DoorError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ready.is_empty() && !self.ended {
            match self.read_on() {
                Ok(any) => self.ended = !any,
                Err(error) => {
                    self.ended = true;
                    let place = Place::Named(format!("row {}", self.last_id));
                    return Some(Err(DoorError::Failed { place, source: io::Error::other(error) }));
                }
            }
        }
        let (id, capture) = self.ready.pop_front()?;
        let place = Place::Named(format!("row {id}"));
        Some(match capture {
            Ok(capture) => Ok(Item::new(place, Fact::Capture(Box::new(capture)))),
            Err(reason) => Err(DoorError::Bad { place, reason }),
        })
    }
}

impl Door for SqliteReader {
    fn warnings(&self) -> &[Warning] {
        &[]
    }
}
