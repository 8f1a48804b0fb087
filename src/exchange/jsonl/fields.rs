//! The fields of a row as they stand there, not yet judged. Borrowed from the line where JSON allows it.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::model::Article;

#[derive(Debug, Default)]
pub(super) struct Fields<'a> {
    pub(super) id: Option<Name<'a>>,
    pub(super) url: Option<Text<'a>>,
    pub(super) aliases: Option<Vec<Name<'a>>>,
    pub(super) alias: Option<Name<'a>>,
    pub(super) of: Option<Name<'a>>,
    pub(super) since: Option<Time<'a>>,
    pub(super) merged_at: Option<Time<'a>>,
    pub(super) split_at: Option<Time<'a>>,
    pub(super) captured_at: Option<Time<'a>>,
    pub(super) timestamp: Option<Time<'a>>,
    pub(super) outcome: Option<Text<'a>>,
    pub(super) headline: Option<Text<'a>>,
    pub(super) title: Option<Text<'a>>,
    pub(super) deck: Option<Text<'a>>,
    pub(super) byline: Option<Authors>,
    pub(super) authors: Option<Authors>,
    pub(super) author: Option<Authors>,
    pub(super) text: Option<Body>,
    pub(super) paragraphs: Option<Vec<String>>,
    pub(super) published_at: Option<Claim<'a>>,
    pub(super) published: Option<Claim<'a>>,
    pub(super) modified_at: Option<Claim<'a>>,
    pub(super) modified: Option<Claim<'a>>,
    pub(super) lang: Option<Text<'a>>,
    pub(super) section: Option<Text<'a>>,
    pub(super) source: Option<Text<'a>>,
    pub(super) status: Option<u16>,
    pub(super) to: Option<Name<'a>>,
    pub(super) cause: Option<Text<'a>>,
    pub(super) html: Option<Text<'a>>,
    pub(super) html_base64: Option<Text<'a>>,
    pub(super) html_url: Option<Text<'a>>,
    pub(super) html_type: Option<Text<'a>>,
    pub(super) html_etag: Option<Text<'a>>,
    pub(super) html_modified: Option<Text<'a>>,
    pub(super) unknown: Vec<Cow<'a, str>>,
}

impl<'de: 'a, 'a> Deserialize<'de> for Fields<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(FieldsVisitor)
    }
}

struct FieldsVisitor;

impl<'de> Visitor<'de> for FieldsVisitor {
    type Value = Fields<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object in one line")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut fields = Fields::default();
        while let Some(Text(name)) = map.next_key()? {
            fields.take(name, &mut map)?;
        }
        Ok(fields)
    }
}

impl<'de> Fields<'de> {
    fn take<A: MapAccess<'de>>(&mut self, name: Cow<'de, str>, map: &mut A) -> Result<(), A::Error> {
        match name.as_ref() {
            "id" => set(&mut self.id, &name, map),
            "url" => set(&mut self.url, &name, map),
            "aliases" => set(&mut self.aliases, &name, map),
            "alias" => set(&mut self.alias, &name, map),
            "of" => set(&mut self.of, &name, map),
            "since" => set(&mut self.since, &name, map),
            "merged_at" => set(&mut self.merged_at, &name, map),
            "split_at" => set(&mut self.split_at, &name, map),
            "captured_at" => set(&mut self.captured_at, &name, map),
            "timestamp" => set(&mut self.timestamp, &name, map),
            "outcome" => set(&mut self.outcome, &name, map),
            "headline" => set(&mut self.headline, &name, map),
            "title" => set(&mut self.title, &name, map),
            "deck" => set(&mut self.deck, &name, map),
            "byline" => set(&mut self.byline, &name, map),
            "authors" => set(&mut self.authors, &name, map),
            "author" => set(&mut self.author, &name, map),
            "text" => set(&mut self.text, &name, map),
            "paragraphs" => set(&mut self.paragraphs, &name, map),
            "published_at" => set(&mut self.published_at, &name, map),
            "published" => set(&mut self.published, &name, map),
            "modified_at" => set(&mut self.modified_at, &name, map),
            "modified" => set(&mut self.modified, &name, map),
            "lang" => set(&mut self.lang, &name, map),
            "section" => set(&mut self.section, &name, map),
            "source" => set(&mut self.source, &name, map),
            "status" => set(&mut self.status, &name, map),
            "to" => set(&mut self.to, &name, map),
            "cause" => set(&mut self.cause, &name, map),
            "html" => set(&mut self.html, &name, map),
            "html_base64" => set(&mut self.html_base64, &name, map),
            "html_url" => set(&mut self.html_url, &name, map),
            "html_type" => set(&mut self.html_type, &name, map),
            "html_etag" => set(&mut self.html_etag, &name, map),
            "html_modified" => set(&mut self.html_modified, &name, map),
            _ => {
                map.next_value::<IgnoredAny>()?;
                self.unknown.push(name);
                Ok(())
            }
        }
    }
}

/// Reads a value into its place. A field that stands twice has no one meaning, so it is an error.
fn set<'de, T: Deserialize<'de>, A: MapAccess<'de>>(
    slot: &mut Option<T>,
    name: &str,
    map: &mut A,
) -> Result<(), A::Error> {
    let value: Option<T> = map.next_value().map_err(|error| A::Error::custom(format_args!("`{name}`: {error}")))?;
    if slot.is_some() && value.is_some() {
        return Err(A::Error::custom(format_args!("`{name}` stands twice; leave one out")));
    }
    *slot = value.or(slot.take());
    Ok(())
}

/// A text, borrowed where it has no escapes.
#[derive(Debug, PartialEq)]
pub(super) struct Text<'a>(pub(super) Cow<'a, str>);

/// A text that was divided into paragraphs where it stood: it nearly always has escapes, so that it cannot be borrowed.
#[derive(Debug, PartialEq)]
pub(super) struct Body {
    pub(super) paragraphs: Vec<String>,
    pub(super) is_empty: bool,
}

/// A text that should be a time.
#[derive(Debug, PartialEq)]
pub(super) struct Time<'a>(pub(super) Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(TextVisitor("text in quotes")).map(Self)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Time<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // A bare number is refused: it could be seconds, milliseconds, or a year.
        let expecting = "a time such as \"2022-03-29T12:00:00Z\" in quotes (a number does not say its unit)";
        deserializer.deserialize_str(TextVisitor(expecting)).map(Self)
    }
}

impl<'de> Deserialize<'de> for Body {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(BodyVisitor)
    }
}

struct BodyVisitor;

impl Visitor<'_> for BodyVisitor {
    type Value = Body;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("text in quotes")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Body { paragraphs: Article::default().with_text(text).paragraphs, is_empty: text.is_empty() })
    }
}

struct TextVisitor(&'static str);

impl<'de> Visitor<'de> for TextVisitor {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(text))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Cow::Owned(text.to_owned()))
    }
}

/// A story's name: text of either kind, or an id in its explicit form `{"id": ...}`.
#[derive(Debug, PartialEq)]
pub(super) enum Name<'a> {
    Either(Cow<'a, str>),
    Id(Cow<'a, str>),
}

impl<'de: 'a, 'a> Deserialize<'de> for Name<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NameVisitor)
    }
}

struct NameVisitor;

impl<'de> Visitor<'de> for NameVisitor {
    type Value = Name<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a URL or an id in quotes")
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Name::Either(Cow::Borrowed(text)))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Name::Either(Cow::Owned(text.to_owned())))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let only = || A::Error::custom("a name that is an object must be {\"id\": \"...\"} and nothing more");
        let Some(Text(name)) = map.next_key()? else { return Err(only()) };
        let Text(id) = map.next_value()?;
        if name != "id" || map.next_key::<Text<'_>>()?.is_some() {
            return Err(only());
        }
        Ok(Name::Id(id))
    }
}

/// One author or a list of them.
#[derive(Debug, PartialEq)]
pub(super) struct Authors(pub(super) Vec<String>);

impl<'de> Deserialize<'de> for Authors {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AuthorsVisitor).map(Self)
    }
}

struct AuthorsVisitor;

impl<'de> Visitor<'de> for AuthorsVisitor {
    type Value = Vec<String>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name in quotes, or a list of names")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<Self::Value, E> {
        Ok(if name.is_empty() { Vec::new() } else { vec![name.to_owned()] })
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut names = Vec::new();
        while let Some(name) = list.next_element()? {
            names.push(name);
        }
        Ok(names)
    }
}

/// A publisher's date. Real pages carry anything there, so nothing is an error.
#[derive(Debug, PartialEq)]
pub(super) enum Claim<'a> {
    Text(Cow<'a, str>),
    NoText,
}

impl<'de: 'a, 'a> Deserialize<'de> for Claim<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ClaimVisitor)
    }
}

struct ClaimVisitor;

impl<'de> Visitor<'de> for ClaimVisitor {
    type Value = Claim<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a time")
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Claim::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Claim::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<Self::Value, E> {
        Ok(Claim::NoText)
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<Self::Value, E> {
        Ok(Claim::NoText)
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<Self::Value, E> {
        Ok(Claim::NoText)
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<Self::Value, E> {
        Ok(Claim::NoText)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Claim::NoText)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Claim::NoText)
    }
}
