//! The YAML at the head of a text file.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_saphyr::Spanned;

use super::TextFileError;

/// What the front matter says, by our names; nothing is judged yet. An empty value is the same as none.
#[derive(Debug, Default)]
pub(super) struct FrontMatter {
    pub(super) headline: Option<String>,
    pub(super) deck: Option<String>,
    pub(super) byline: Vec<String>,
    pub(super) published_at: Option<String>,
    pub(super) modified_at: Option<String>,
    pub(super) lang: Option<String>,
    pub(super) section: Option<String>,
    pub(super) url: Option<String>,
    /// Names that are not known.
    pub(super) unknown: Vec<String>,
    /// Known names with values that differ from that of a better name for the same thing.
    pub(super) unused: Vec<String>,
}

// The names of each thing, the one that counts first. Real files carry several, such as a deck and a summary.
const HEADLINE: &[&str] = &["headline", "title"];
const DECK: &[&str] = &["deck", "subtitle", "description", "summary"];
const BYLINE: &[&str] = &["byline", "authors", "author"];
const PUBLISHED_AT: &[&str] = &["published_at", "published", "date"];
const MODIFIED_AT: &[&str] = &["modified_at", "modified", "lastmod", "updated"];
const LANG: &[&str] = &["lang", "language"];
const SECTION: &[&str] = &["section", "category"];
const URL: &[&str] = &["canonical_url", "url", "permalink"];
/// Those with one text as their value, and those that may also have a list.
const TEXTS: [&[&str]; 6] = [HEADLINE, DECK, PUBLISHED_AT, MODIFIED_AT, LANG, URL];
const LISTS: [&[&str]; 2] = [BYLINE, SECTION];

/// Reads front matter. `yaml` begins with the break of the file's first line, so that lines are counted as in the file.
pub(super) fn parse(yaml: &str) -> Result<FrontMatter, TextFileError> {
    // The text is at most 64 KiB; these bound what anchors and nesting can make of it.
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_depth: 32,
            max_nodes: 20_000,
            max_aliases: 100,
            max_anchors: 100,
            max_documents: 1,
        },
        // Told by the visitor, which minds only the names that it knows.
        duplicate_keys: serde_saphyr::DuplicateKeyPolicy::PassThrough,
        with_snippet: false,
    };
    let values: Result<Option<Values>, _> = serde_saphyr::from_str_with_options(yaml, options);
    let values = values.map_err(|error| {
        let line = error.location().map_or(1, |location| location.line());
        TextFileError::FrontMatter { line, reason: reason(&error) }
    })?;
    let values = values.unwrap_or_default();
    if let Some((name, line)) = values.twice {
        return Err(TextFileError::FrontMatter { line, reason: format!("`{name}` stands twice") });
    }
    Ok(values.sorted())
}

/// The message without the place, which the error names itself.
fn reason(error: &serde_saphyr::Error) -> String {
    let message = error.without_snippet().to_string();
    let Some(location) = error.location() else { return message };
    let (line, column) = (location.line(), location.column());
    let places = [
        format!(" at line {line} column {column}"),
        format!(" at line {line}, column {column}"),
        format!("line {line} column {column}: "),
    ];
    places.iter().fold(message, |message, place| message.replace(place, ""))
}

/// The known values as they stand in the file.
#[derive(Debug, Default)]
struct Values {
    known: Vec<(&'static str, Vec<String>)>,
    unknown: Vec<String>,
    /// A known name that stands twice, and its line. A visitor's own error would not have the line.
    twice: Option<(&'static str, u64)>,
}

impl Values {
    fn sorted(mut self) -> FrontMatter {
        let mut unused = Vec::new();
        let mut choose = |names| choose(&mut self.known, names, &mut unused);
        let only = |values: Vec<String>| values.into_iter().next();
        let section = choose(SECTION);
        FrontMatter {
            headline: only(choose(HEADLINE)),
            deck: only(choose(DECK)),
            byline: choose(BYLINE),
            published_at: only(choose(PUBLISHED_AT)),
            modified_at: only(choose(MODIFIED_AT)),
            lang: only(choose(LANG)),
            section: (!section.is_empty()).then(|| section.join(", ")),
            url: only(choose(URL)),
            unknown: self.unknown,
            unused,
        }
    }
}

/// Takes the value of the first of `names` that has one. Those of the others go into `unused`, unless they are the same.
fn choose(known: &mut Vec<(&'static str, Vec<String>)>, names: &[&str], unused: &mut Vec<String>) -> Vec<String> {
    let mut chosen: Vec<String> = Vec::new();
    for name in names {
        let Some(place) = known.iter().position(|(known, _)| known == name) else { continue };
        let (name, values) = known.swap_remove(place);
        if chosen.is_empty() {
            chosen = values;
        } else if !values.is_empty() && values != chosen {
            unused.push(name.to_owned());
        }
    }
    chosen
}

fn find(groups: &[&[&'static str]], name: &str) -> Option<&'static str> {
    groups.iter().flat_map(|names| names.iter().copied()).find(|known| *known == name)
}

impl<'de> Deserialize<'de> for Values {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ValuesVisitor)
    }
}

struct ValuesVisitor;

impl<'de> Visitor<'de> for ValuesVisitor {
    type Value = Values;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("lines such as `title: Bridge closed`")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut values = Values::default();
        while let Some(Spanned { value: name, referenced, .. }) = map.next_key::<Spanned<String>>()? {
            let line = referenced.line();
            if let Some((known, _)) = values.known.iter().find(|(known, _)| *known == name) {
                values.twice = Some((known, line));
            }
            // A text is asked for as a string, so that `title: 1.10` and `date: 2026-03-01` stay as they were typed.
            let (name, value) = if let Some(known) = find(&TEXTS, &name) {
                (known, map.next_value::<Option<String>>()?.into_iter().collect())
            } else if let Some(known) = find(&LISTS, &name) {
                (known, map.next_value::<Names>()?.0)
            } else {
                map.next_value::<IgnoredAny>()?;
                values.unknown.push(name);
                continue;
            };
            values.known.push((name, value.into_iter().filter(|text| !text.trim().is_empty()).collect()));
        }
        Ok(values)
    }
}

/// A name, a list of names, or the same as maps with a `name`.
struct Names(Vec<String>);

impl<'de> Deserialize<'de> for Names {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NamesVisitor).map(Self)
    }
}

struct NamesVisitor;

impl<'de> Visitor<'de> for NamesVisitor {
    type Value = Vec<String>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name, or a list of names")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<Self::Value, E> {
        Ok(vec![name.to_owned()])
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(Vec::new())
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Self::Value, E> {
        Ok(vec![number.to_string()])
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut all = Vec::new();
        while let Some(Names(names)) = list.next_element()? {
            all.extend(names);
        }
        Ok(all)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut names = Vec::new();
        while let Some(key) = map.next_key::<String>()? {
            if key == "name" {
                names.extend(map.next_value::<Names>()?.0);
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(names)
    }
}
