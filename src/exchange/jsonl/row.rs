//! From the fields of a row to what it says.

use std::borrow::Cow;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD as BASE64;

use super::fields::{Authors, Body, Claim, Fields, Name, Text, Time};
use crate::exchange::warning::{WarningKind, Warnings};
use crate::model::{
    Alias, AliasDates, Article, NewCapture, NewOutcome, Observation, RawPage, StoryKey, StoryKeyError, Timestamp,
};

/// What a row says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fact {
    /// An observation of a story.
    Capture(Box<NewCapture>),
    /// One name names the story of another, or was decided not to.
    Alias(Alias),
}

/// What the row before called its story, in either field, and the keys that this made: to understand a URL takes longer than all else
/// of a short row, and captures of one story often follow each other.
#[derive(Debug)]
pub(super) struct LastNames {
    id: Option<(String, StoryKey)>,
    url: Option<(String, StoryKey)>,
}

impl LastNames {
    pub(super) const fn new() -> Self {
        Self { id: None, url: None }
    }
}

/// Returns the key that a text makes; that of the last one when it is the same text.
fn same_or_made(
    last: &mut Option<(String, StoryKey)>,
    text: &str,
    make: impl FnOnce(&str) -> Result<StoryKey, StoryKeyError>,
) -> Result<StoryKey, StoryKeyError> {
    if let Some((_, key)) = last.as_ref().filter(|(last, _)| last == text) {
        return Ok(key.clone());
    }
    let key = make(text)?;
    *last = Some((text.to_owned(), key.clone()));
    Ok(key)
}

/// Judges the fields of a row. What was left out is counted only when the row is good.
///
/// # Errors
/// A sentence that says what is wrong and what to do.
pub(super) fn judge(mut fields: Fields<'_>, last: &mut LastNames, warnings: &mut Warnings) -> Result<Fact, String> {
    let unknown = std::mem::take(&mut fields.unknown);
    let is_alias = fields.alias.is_some() || fields.of.is_some();
    let (fact, no_times) = if is_alias { (alias(fields)?, Vec::new()) } else { capture(fields, last)? };
    for field in no_times {
        warnings.count(WarningKind::NotATime, field);
    }
    for field in unknown {
        warnings.count(WarningKind::Unknown, &field);
    }
    Ok(fact)
}

fn alias(fields: Fields<'_>) -> Result<Fact, String> {
    if fields.id.is_some() || fields.url.is_some() || fields.captured_at.is_some() || fields.timestamp.is_some() {
        return Err("a row is a capture or an alias, not both: put `alias` and `of` into a row of their own".to_owned());
    }
    let (Some(alias), Some(of)) = (fields.alias, fields.of) else {
        return Err("an alias needs both `alias` and `of`".to_owned());
    };
    let time = |name: &str, time: Option<Time<'_>>| {
        let at = time.map(|Time(text)| text.parse::<Timestamp>()).transpose();
        at.map_err(|error| format!("`{name}`: {error}"))
    };
    let dates = AliasDates {
        since: time("since", fields.since)?,
        merged_at: time("merged_at", fields.merged_at)?,
        split_at: time("split_at", fields.split_at)?,
    };
    Ok(Fact::Alias(Alias { alias: key("alias", &alias)?, of: key("of", &of)?, dates }))
}

type NoTimes = Vec<&'static str>;

fn capture(mut fields: Fields<'_>, last: &mut LastNames) -> Result<(Fact, NoTimes), String> {
    let (key, aliases) = names(&mut fields, last)?;
    let captured_at = captured_at(&mut fields)?;
    let (observation, no_times) = observation(&mut fields)?;
    let raw = raw(&mut fields, &key)?;
    let unread = raw.as_ref().filter(|_| is_page_alone(&fields));
    let capture = match unread {
        // The outcome is the page's to say.
        Some(page) => {
            read(page, NewCapture { aliases, observation, ..NewCapture::new(key, captured_at, NewOutcome::Gone) })?
        }
        None => {
            let outcome = outcome(fields, observation.status)?;
            NewCapture { aliases, observation, ..NewCapture::new(key, captured_at, outcome) }
        }
    };
    Ok((Fact::Capture(Box::new(NewCapture { raw, ..capture })), no_times))
}

/// Says whether the row leaves it to the page to say what was seen.
fn is_page_alone(fields: &Fields<'_>) -> bool {
    let has_text = [&fields.headline, &fields.title, &fields.deck].into_iter().any(Option::is_some);
    !has_text && fields.text.is_none() && fields.paragraphs.is_none() && fields.outcome.is_none()
}

/// What a page says of a capture. What the row says itself goes before that.
#[cfg(feature = "page")]
fn read(raw: &RawPage, row: NewCapture) -> Result<NewCapture, String> {
    use crate::page::{self, Options, Page};

    let mut page = Page::new(&raw.url, &raw.body);
    page.content_type = raw.content_type.as_deref();
    page.status = row.observation.status;
    let read = page::read(&page, &Options::default());
    let names = page::names(&page, &read.links).ok();
    let (outcome, own) = read.into_outcome(row.captured_at);
    let told = row.observation;
    let observation = Observation {
        published_at: told.published_at.or(own.published_at),
        modified_at: told.modified_at.or(own.modified_at),
        lang: told.lang.or(own.lang),
        section: told.section.or(own.section),
        source: own.source,
        status: told.status,
    };
    let (mut key, mut aliases) = (row.key, row.aliases);
    if let Some(names) = names {
        aliases.extend(names.aliases);
        // An id that the row gives is the caller's own; a URL is one of those that lead to the page.
        let is_id = matches!(key, StoryKey::Id(_));
        aliases.push(if is_id { names.key } else { std::mem::replace(&mut key, names.key) });
    }
    aliases.sort();
    aliases.dedup();
    aliases.retain(|alias| *alias != key);
    Ok(NewCapture { aliases, observation, ..NewCapture::new(key, row.captured_at, outcome) })
}

#[cfg(not(feature = "page"))]
fn read(_: &RawPage, _: NewCapture) -> Result<NewCapture, String> {
    Err("the row has only `html`, which this build does not read: give it a `text`, or build with the feature `page`"
        .to_owned())
}

/// The page that the capture was made of.
fn raw(fields: &mut Fields<'_>, key: &StoryKey) -> Result<Option<RawPage>, String> {
    let owned = |text: Option<Text<'_>>| text.map(|Text(text)| text.into_owned());
    let (url, content_type) = (owned(fields.html_url.take()), owned(fields.html_type.take()));
    let (etag, last_modified) = (owned(fields.html_etag.take()), owned(fields.html_modified.take()));
    let body: Vec<u8> = match (&fields.html, &fields.html_base64) {
        (Some(_), Some(_)) => return Err("the row has both `html` and `html_base64`: leave one out".to_owned()),
        (Some(Text(html)), None) => html.as_bytes().to_vec(),
        (None, Some(Text(html))) => {
            BASE64.decode(html.as_bytes()).map_err(|error| format!("`html_base64`: {error}"))?
        }
        (None, None) if [&url, &content_type, &etag, &last_modified].into_iter().any(Option::is_some) => {
            return Err(
                "`html_url`, `html_type` and the like belong to a page: add it as `html`, or leave them out".to_owned()
            );
        }
        (None, None) => return Ok(None),
    };
    let own = || if let StoryKey::Url(url) = key { url.clone() } else { String::new() };
    Ok(Some(RawPage { content_type, etag, last_modified, ..RawPage::new(url.unwrap_or_else(own), body) }))
}

/// The key, and the other names. An empty name is the same as none: exports of other programs are full of them.
fn names(fields: &mut Fields<'_>, last: &mut LastNames) -> Result<(StoryKey, Vec<StoryKey>), String> {
    let id = fields.id.take().filter(|name| !matches!(name, Name::Either(text) if text.is_empty()));
    let id = id.map(|name| match name {
        Name::Either(text) => {
            same_or_made(&mut last.id, &text, StoryKey::parse).map_err(|error| format!("`id`: {error}"))
        }
        name @ Name::Id(_) => key("id", &name),
    });
    let id = id.transpose()?;
    let url = fields.url.take().filter(|Text(text)| !text.is_empty());
    let url = url
        .map(|Text(text)| same_or_made(&mut last.url, &text, StoryKey::url).map_err(|error| format!("`url`: {error}")));
    let url = url.transpose()?;
    let mut aliases = Vec::new();
    let key_of_row = match (id, url) {
        (Some(id), url) => {
            aliases.extend(url.filter(|url| *url != id));
            id
        }
        (None, Some(url)) => url,
        (None, None) => return Err("the row names no story: give it an `id` or a `url`".to_owned()),
    };
    for name in fields.aliases.take().unwrap_or_default() {
        aliases.push(key("aliases", &name)?);
    }
    Ok((key_of_row, aliases))
}

fn key(field: &str, name: &Name<'_>) -> Result<StoryKey, String> {
    let key = match name {
        Name::Either(text) => StoryKey::parse(text),
        Name::Id(text) => StoryKey::id(text),
    };
    key.map_err(|error| format!("`{field}`: {error}"))
}

fn captured_at(fields: &mut Fields<'_>) -> Result<Timestamp, String> {
    let time = one_of("captured_at", fields.captured_at.take(), "timestamp", fields.timestamp.take())?;
    let Some(Time(text)) = time else {
        return Err(
            "the row has no `captured_at`: say when it was captured, such as \"2022-03-29T12:00:00Z\"".to_owned()
        );
    };
    text.parse().map_err(|error| format!("`captured_at`: {error}"))
}

/// The value of a field that has two names. Both may stand if they say the same.
fn one_of<T: PartialEq>(name: &str, value: Option<T>, other_name: &str, other: Option<T>) -> Result<Option<T>, String> {
    match (value, other) {
        (Some(value), Some(other)) if value != other => {
            Err(format!("`{name}` and `{other_name}` are two names of one field and differ: leave one out"))
        }
        (value, other) => Ok(value.or(other)),
    }
}

fn observation(fields: &mut Fields<'_>) -> Result<(Observation, NoTimes), String> {
    let mut no_times = Vec::new();
    let published = one_of("published_at", fields.published_at.take(), "published", fields.published.take())?;
    let modified = one_of("modified_at", fields.modified_at.take(), "modified", fields.modified.take())?;
    let owned = |text: Option<Text<'_>>| text.map(|Text(text)| text.into_owned());
    let observation = Observation {
        published_at: claim("published_at", published, &mut no_times),
        modified_at: claim("modified_at", modified, &mut no_times),
        lang: owned(fields.lang.take()),
        section: owned(fields.section.take()),
        source: owned(fields.source.take()),
        status: fields.status,
    };
    Ok((observation, no_times))
}

fn claim(name: &'static str, claim: Option<Claim<'_>>, no_times: &mut NoTimes) -> Option<Timestamp> {
    let time = match claim? {
        Claim::Text(text) => text.parse().ok(),
        Claim::NoText => None,
    };
    if time.is_none() {
        no_times.push(name);
    }
    time
}

fn outcome(mut fields: Fields<'_>, status: Option<u16>) -> Result<NewOutcome, String> {
    let word = fields.outcome.take().map_or(Cow::Borrowed("article"), |Text(word)| word);
    let to = fields.to.take();
    let cause = fields.cause.take();
    if to.is_some() && word != "moved" {
        return Err(format!("`to` belongs to the outcome `moved`, and the outcome is `{word}`: leave one out"));
    }
    if cause.is_some() && word != "unreachable" {
        return Err(format!(
            "`cause` belongs to the outcome `unreachable`, and the outcome is `{word}`: leave one out"
        ));
    }
    match word.as_ref() {
        "article" => return article(fields).map(NewOutcome::Article),
        "teaser" => return article(fields).map(NewOutcome::Teaser),
        _ => {}
    }
    let outcome = match word.as_ref() {
        "not-modified" => NewOutcome::NotModified,
        "gone" => NewOutcome::Gone,
        "moved" => {
            let to = to.ok_or("the outcome `moved` needs `to`: the URL or id where the story is now")?;
            NewOutcome::Moved(key("to", &to)?)
        }
        "unreachable" => {
            NewOutcome::Unreachable(cause.map_or_else(|| default_cause(status), |Text(text)| text.into_owned()))
        }
        other => {
            return Err(format!(
                "the outcome `{}` is not known: it is article, not-modified, teaser, gone, moved or unreachable",
                other.chars().take(40).collect::<String>()
            ));
        }
    };
    refuse_text(&fields, &word)?;
    Ok(outcome)
}

fn default_cause(status: Option<u16>) -> String {
    status.map_or_else(|| "no cause given".to_owned(), |status| format!("status {status}"))
}

/// A text that would be dropped without a word is an error; empty fields are not.
fn refuse_text(fields: &Fields<'_>, word: &str) -> Result<(), String> {
    let texts = [&fields.headline, &fields.title, &fields.deck];
    let has_text = texts.into_iter().flatten().any(|Text(text)| !text.is_empty())
        || fields.text.as_ref().is_some_and(|body| !body.is_empty)
        || [&fields.byline, &fields.authors, &fields.author]
            .into_iter()
            .flatten()
            .any(|Authors(names)| !names.is_empty())
        || fields.paragraphs.as_ref().is_some_and(|paragraphs| !paragraphs.is_empty());
    if has_text {
        return Err(format!(
            "the outcome `{word}` has no text: leave out the text, or make the outcome `article` or `teaser`"
        ));
    }
    Ok(())
}

fn article(fields: Fields<'_>) -> Result<Article, String> {
    let headline = one_of("headline", fields.headline, "title", fields.title)?;
    let authors = one_of("byline", fields.byline, "authors", fields.authors)?;
    let authors = one_of("byline", authors, "author", fields.author)?;
    if headline.is_none() && fields.deck.is_none() && fields.text.is_none() && fields.paragraphs.is_none() {
        return Err(
            "the row has no text: give it a `headline` or a `text`, or say what was seen with `outcome`".to_owned()
        );
    }
    let text = |text: Option<Text<'_>>| text.map(|Text(text)| text.into_owned()).unwrap_or_default();
    let byline = authors.map(|Authors(names)| names).unwrap_or_default();
    let article = Article { headline: text(headline), deck: text(fields.deck), byline, paragraphs: Vec::new() };
    match (fields.text, fields.paragraphs) {
        (Some(_), Some(_)) => Err("the row has both `text` and `paragraphs`: leave one out".to_owned()),
        (Some(Body { paragraphs, .. }), None) => Ok(Article { paragraphs, ..article }),
        (None, paragraphs) => Ok(Article { paragraphs: paragraphs.unwrap_or_default(), ..article }),
    }
}
