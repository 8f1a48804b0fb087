//! The data directory of changedetection.io.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::vec;

use serde::Deserialize;

use crate::exchange::door::{Door, DoorError, Item, Place};
use crate::exchange::jsonl::Fact;
use crate::exchange::warning::{Warning, WarningKind, Warnings};
use crate::model::{Article, NewCapture, Observation, StoryKey, Timestamp};

/// The longest snapshot, in bytes of text.
const MAX_SNAPSHOT_BYTES: u64 = 32 << 20;
const SOURCE: &str = "changedetection.io";

/// Reads captures from the data directory of changedetection.io; see [the module](super).
///
/// ```no_run
/// use morgue::exchange::tools::ChangeDetectionReader;
///
/// for item in ChangeDetectionReader::open("/datastore".as_ref())? {
///     println!("{:?}", item?.fact);
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct ChangeDetectionReader {
    watches: vec::IntoIter<(PathBuf, String)>,
    current: Option<Watch>,
    warnings: Warnings,
}

#[derive(Debug)]
struct Watch {
    directory: PathBuf,
    url: String,
    history: vec::IntoIter<String>,
}

#[derive(Debug, Deserialize)]
struct Index {
    watching: BTreeMap<String, WatchRow>,
}

#[derive(Debug, Deserialize)]
struct WatchRow {
    url: String,
}

impl ChangeDetectionReader {
    /// Says whether a directory looks like one of changedetection.io.
    #[must_use]
    pub fn is_one(directory: &Path) -> bool {
        directory.join("url-watches.json").is_file() || directory.join("changedetection.json").is_file()
    }

    /// Reads which pages are watched.
    ///
    /// # Errors
    /// When the directory or its index cannot be read.
    pub fn open(directory: &Path) -> io::Result<Self> {
        let mut watches: BTreeMap<PathBuf, String> = BTreeMap::new();
        let index = directory.join("url-watches.json");
        if index.is_file() {
            let index: Index = json(&index)?;
            watches.extend(index.watching.into_iter().map(|(id, watch)| (directory.join(id), watch.url)));
        }
        // Later versions keep each watch by itself.
        for entry in fs::read_dir(directory)? {
            let path = entry?.path();
            let own = path.join("watch.json");
            if own.is_file() {
                let WatchRow { url } = json(&own)?;
                watches.insert(path, url);
            }
        }
        let watches: Vec<(PathBuf, String)> = watches.into_iter().collect();
        Ok(Self { watches: watches.into_iter(), current: None, warnings: Warnings::new() })
    }

    /// The line of `history.txt` that is next, with its watch.
    fn advance(&mut self) -> Option<(PathBuf, String, String)> {
        loop {
            if let Some(watch) = &mut self.current
                && let Some(line) = watch.history.next()
            {
                return Some((watch.directory.clone(), watch.url.clone(), line));
            }
            let (directory, url) = self.watches.next()?;
            // A page that was never seen to change has no history.
            let history = fs::read_to_string(directory.join("history.txt")).unwrap_or_default();
            let history: Vec<String> =
                history.lines().filter(|line| !line.trim().is_empty()).map(str::to_owned).collect();
            self.current = Some(Watch { directory, url, history: history.into_iter() });
        }
    }

    fn capture(&mut self, directory: &Path, url: &str, line: &str) -> Result<Option<NewCapture>, String> {
        let (time, name) = line.split_once(',').ok_or_else(|| format!("{line:?} is not a time and a file"))?;
        let seconds: i64 = time.trim().parse().map_err(|_| format!("{time:?} is not a time in seconds"))?;
        let captured_at = seconds.checked_mul(1_000_000).and_then(Timestamp::from_micros);
        let captured_at = captured_at.ok_or_else(|| format!("{time} seconds are beyond the year 9999"))?;
        // `source:` asks for the page without its text being taken out.
        let key = StoryKey::url(url.trim_start_matches("source:")).map_err(|error| error.to_string())?;
        // Older versions wrote whole paths, of wherever the directory was then.
        let name = name.trim().rsplit('/').next().unwrap_or_default();
        let Some(text) = snapshot(directory, name)? else {
            self.warnings.count(WarningKind::Skipped, "snapshots that are no text were");
            return Ok(None);
        };
        let observation = Observation { source: Some(SOURCE.to_owned()), ..Observation::default() };
        let article = Article::default().with_text(&text);
        Ok(Some(NewCapture { observation, ..NewCapture::article(key, captured_at, article) }))
    }
}

fn json<T: for<'de> Deserialize<'de>>(path: &Path) -> io::Result<T> {
    let named = |error: String| io::Error::other(format!("{}: {error}", path.display()));
    let text = fs::read(path).map_err(|error| named(error.to_string()))?;
    serde_json::from_slice(&text).map_err(|error| named(error.to_string()))
}

/// The text of a snapshot, with or without the compression that its name speaks of; `None` for a picture or the like.
fn snapshot(directory: &Path, name: &str) -> Result<Option<String>, String> {
    let (plain, packed) = match name.strip_suffix(".br") {
        Some(plain) => (plain.to_owned(), name.to_owned()),
        None => (name.to_owned(), format!("{name}.br")),
    };
    if !plain.ends_with(".txt") && !plain.ends_with(".html") {
        return Ok(None);
    }
    let mut bytes = Vec::new();
    let read = match File::open(directory.join(&packed)) {
        Ok(file) => {
            brotli_decompressor::Decompressor::new(file, 4096).take(MAX_SNAPSHOT_BYTES + 1).read_to_end(&mut bytes)
        }
        Err(_) => {
            let file = File::open(directory.join(&plain)).map_err(|error| format!("the snapshot {name}: {error}"))?;
            file.take(MAX_SNAPSHOT_BYTES + 1).read_to_end(&mut bytes)
        }
    };
    read.map_err(|error| format!("the snapshot {name} is damaged: {error}"))?;
    if bytes.len() as u64 > MAX_SNAPSHOT_BYTES {
        return Err(format!("the snapshot {name} has more than {MAX_SNAPSHOT_BYTES} bytes"));
    }
    // The program itself reads past what is no UTF-8.
    Ok(Some(String::from_utf8_lossy(&bytes).into_owned()))
}

impl Iterator for ChangeDetectionReader {
    type Item = Result<Item, DoorError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let (directory, url, line) = self.advance()?;
            let watch = directory.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            let place = Place::Named(format!("watch {watch}, {}", line.split(',').next().unwrap_or_default()));
            match self.capture(&directory, &url, &line) {
                Ok(None) => {}
                Ok(Some(capture)) => return Some(Ok(Item::new(place, Fact::Capture(Box::new(capture))))),
                Err(reason) => return Some(Err(DoorError::Bad { place, reason })),
            }
        }
    }
}

impl Door for ChangeDetectionReader {
    fn warnings(&self) -> &[Warning] {
        self.warnings.as_slice()
    }
}
