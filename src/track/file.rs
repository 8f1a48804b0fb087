//! The file in which the list of sources stands.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::ops::Range;
use std::path::Path;

use serde::Deserialize;
use toml_edit::{ArrayOfTables, DocumentMut, Item, Table, Value};

use crate::model::canonical_url;

use super::error::Error;
use super::source::Source;
use super::watchlist::Watchlist;

/// How a new file begins.
pub(super) const HEAD: &str = "\
# What `morgue track` follows. Edit it as you like: a tracker that is running takes changes over within seconds.
#
# [[source]]
# url = \"https://news.example/feed.xml\"  # a feed, a sitemap, a front page, or one story
# name = \"The News\"
# every = \"15m\"                           # else as often as there is something new
# tags = [\"politics\"]
# paused = true
";

/// A list has so many bytes at most.
const MAX_BYTES: u64 = 16 << 20;
const SOURCE: &str = "source";

#[derive(Deserialize)]
struct Whole {
    #[serde(default)]
    source: Vec<Source>,
}

/// Returns the text of a file; `None` where there is none.
pub(super) fn read(path: &Path) -> Result<Option<String>, Error> {
    let failed = |source| Error::Io { doing: "read", path: path.to_owned(), source };
    match fs::metadata(path) {
        Ok(about) if about.len() > MAX_BYTES => {
            Err(failed(io::Error::other(format!("it has more than {MAX_BYTES} bytes"))))
        }
        Ok(_) => fs::read_to_string(path).map(Some).map_err(failed),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(failed(error)),
    }
}

/// Writes a file: all of it or, when it cannot be written, nothing.
pub(super) fn write(path: &Path, text: &str) -> Result<(), Error> {
    let new = path.with_extension("toml.new");
    let write = || {
        let mut file = File::create(&new)?;
        file.write_all(text.as_bytes())?;
        // A name must not lead to what is not on the disk yet.
        file.sync_all()?;
        fs::rename(&new, path)
    };
    let written = write();
    written.map_err(|source| {
        // A half of it helps nobody.
        let _ = fs::remove_file(&new);
        Error::Io { doing: "write", path: path.to_owned(), source }
    })
}

/// Reads the sources of a file.
pub(super) fn parse(text: &str, path: &Path) -> Result<Watchlist, Error> {
    let Whole { source } =
        toml_edit::de::from_str(text).map_err(|error| wrong(path, text, error.span(), error.message()))?;
    Watchlist::new(source)
}

/// Returns the text with the sources of a list, and all else as it was.
pub(super) fn edit(text: &str, list: &Watchlist, path: &Path) -> Result<String, Error> {
    let parsed: Result<DocumentMut, toml_edit::TomlError> = text.parse();
    let mut document = parsed.map_err(|error| wrong(path, text, error.span(), error.message()))?;
    let old = match document.remove(SOURCE) {
        Some(Item::ArrayOfTables(tables)) => tables,
        _ => ArrayOfTables::new(),
    };
    let mut tables = ArrayOfTables::new();
    for source in list.sources() {
        let known = old.iter().find(|table| url_of(table).as_deref() == Some(&source.url)).cloned();
        tables.push(table(known.unwrap_or_default(), source));
    }
    // What stands behind all tables, as the beginning of a new file does, is about those that come now.
    if old.is_empty()
        && let Some(first) = tables.get_mut(0)
    {
        let behind = document.trailing().as_str().unwrap_or_default().to_owned();
        first.decor_mut().set_prefix(format!("{behind}\n"));
        document.set_trailing("");
    }
    if !tables.is_empty() {
        document.insert(SOURCE, Item::ArrayOfTables(tables));
    }
    Ok(document.to_string())
}

fn url_of(table: &Table) -> Option<String> {
    canonical_url(table.get("url")?.as_str()?).ok()
}

/// Puts a source into the table that it has, whose comments and order stay.
fn table(mut table: Table, source: &Source) -> Table {
    // A pause may be written in several ways.
    let written = table.get("every").and_then(Item::as_str).map(str::to_owned);
    let every = source.every.map(|every| {
        let same = written.filter(|text| text.parse() == Ok(every));
        same.unwrap_or_else(|| every.to_string())
    });
    let mut set = |name: &str, value: Option<Value>| match (value, table.get_mut(name).and_then(Item::as_value_mut)) {
        (Some(value), Some(old)) if is_same(old, &value) => {}
        (Some(value), Some(old)) => {
            let around = old.decor().clone();
            *old = value;
            *old.decor_mut() = around;
        }
        (Some(value), None) => {
            table.insert(name, Item::Value(value));
        }
        (None, _) => {
            table.remove(name);
        }
    };
    set("url", Some(source.url.as_str().into()));
    set("name", source.name.as_deref().map(Into::into));
    set("kind", source.kind.map(|kind| kind.as_str().into()));
    set("every", every.map(Into::into));
    set("tags", (!source.tags.is_empty()).then(|| Value::Array(source.tags.iter().map(String::as_str).collect())));
    set("paused", source.paused.then(|| true.into()));
    set("allow_private", source.allow_private.then(|| true.into()));
    table
}

/// Whether a value says the same already, in whatever way a person wrote it.
fn is_same(old: &Value, new: &Value) -> bool {
    match (old, new) {
        (Value::String(old), Value::String(new)) => {
            old.value() == new.value() || canonical_url(old.value()).is_ok_and(|url| url == *new.value())
        }
        (Value::Boolean(old), Value::Boolean(new)) => old.value() == new.value(),
        (Value::Array(old), Value::Array(new)) => {
            let strings = |array: &toml_edit::Array| {
                array.iter().map(|value| value.as_str().map(str::to_owned)).collect::<Vec<_>>()
            };
            strings(old) == strings(new)
        }
        _ => false,
    }
}

/// Says what is wrong, and in which line.
fn wrong(path: &Path, text: &str, place: Option<Range<usize>>, what: &str) -> Error {
    let before = place.and_then(|place| text.get(..place.start));
    let line = before.map(|before| format!("line {}: ", before.matches('\n').count() + 1)).unwrap_or_default();
    Error::File { path: path.to_owned(), reason: format!("{line}{}", what.trim().replace('\n', "; ")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "\
# Ours.
[[source]]
url = \"https://news.example/feed.xml\" # the main one
every = '15min'

[budget]
requests = 500 # a day

# The other town.
[[source]]
url = \"https://town.example/\"
name = \"Town\"
";

    fn list(text: &str) -> Watchlist {
        parse(text, Path::new("track.toml")).unwrap()
    }

    #[test]
    fn what_a_person_wrote_stays_when_sources_change() {
        let mut sources = list(TEXT);
        sources.change("Town", |town| town.paused = true).unwrap();
        sources.add(Source::new("https://third.example/")).unwrap();
        let text = edit(TEXT, &sources, Path::new("track.toml")).unwrap();
        assert_eq!(list(&text), sources);
        for kept in ["# Ours.", "# the main one", "requests = 500 # a day", "# The other town."] {
            assert!(text.contains(kept), "{kept} in\n{text}");
        }
        sources.remove("https://news.example/feed.xml").unwrap();
        let text = edit(&text, &sources, Path::new("track.toml")).unwrap();
        assert_eq!(list(&text), sources);
        assert!(!text.contains("the main one") && text.contains("requests = 500"), "{text}");
    }

    #[test]
    fn a_list_that_did_not_change_leaves_the_file_as_it_is() {
        assert_eq!(edit(TEXT, &list(TEXT), Path::new("track.toml")).unwrap(), TEXT);
    }

    #[test]
    fn a_new_file_explains_itself_first_and_lists_nothing() {
        assert_eq!(list(HEAD), Watchlist::default());
        let sources = Watchlist::new([Source::new("https://news.example/")]).unwrap();
        let text = edit(HEAD, &sources, Path::new("track.toml")).unwrap();
        assert_eq!(text, format!("{HEAD}\n[[source]]\nurl = \"https://news.example/\"\n"));
    }

    #[test]
    fn what_is_wrong_with_a_file_is_said_with_its_place() {
        for (text, part) in [
            ("[[source]]\nurl = 7", "line 2"),
            ("[[source]]\nulr = \"https://a.example/\"", "ulr"),
            ("[[source]]\nurl = \"https://a.example/\"\nevery = \"often\"", "often"),
            ("[[source]]\nurl = \"a.example\"", "a.example"),
            ("[[source]]\nurl = \"https://a.example/\"\n[[source]]\nurl = \"https://a.example\"", "followed already"),
        ] {
            let said = parse(text, Path::new("track.toml")).unwrap_err().to_string();
            assert!(said.contains(part), "{said}");
        }
    }
}
