//! A visit: a URL becomes captures.

use super::error::{Cause, Error};
use super::fetched::{Fetched, Redirect, Validators};
use super::fetcher::Fetcher;
use super::list::{self, List, ListError};
use crate::model::{NewCapture, NewOutcome, Observation, StoryKey, Timestamp};
use crate::page::{self, Page, Verdict};

/// What to visit.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Request {
    /// The URL.
    pub url: String,
    /// What came with its last visit, so that the server may say that nothing changed; empty for the page in any case. They are not
    /// sent on to where the URL redirects.
    pub validators: Validators,
}

impl Request {
    /// Returns a request for a page in any case.
    #[must_use]
    pub fn new(url: impl Into<String>) -> Self {
        Self { url: url.into(), validators: Validators::default() }
    }
}

/// What a visit saw.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Visit {
    /// What was there.
    pub seen: Seen,
    /// When, by the fetcher's clock.
    pub at: Timestamp,
    /// What to give with the next visit of the same URL; those that were given, where the server said that nothing changed, and none
    /// where it failed or redirected.
    pub validators: Validators,
    /// After how long the server wants to be visited again, where it said so.
    pub retry_after: Option<std::time::Duration>,
}

/// What was at a URL.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Seen {
    /// A page, or the lack of one.
    Page {
        /// What was seen of the URL that was asked for: an article, or why there was none.
        capture: Box<NewCapture>,
        /// That the URL that was asked for has moved for good to where the article was.
        moved: Option<Box<NewCapture>>,
    },
    /// A feed or a sitemap.
    List(List),
}

impl Seen {
    fn unreachable(asked: &StoryKey, cause: String, observation: Observation, at: Timestamp) -> Self {
        let (key, aliases) = plain(asked);
        let capture = NewCapture { aliases, observation, ..NewCapture::new(key, at, NewOutcome::Unreachable(cause)) };
        Self::Page { capture: Box::new(capture), moved: None }
    }

    /// Returns the captures, in the order in which they are to be archived.
    #[must_use]
    pub fn into_captures(self) -> Vec<NewCapture> {
        match self {
            Self::Page { capture, moved } => moved.into_iter().chain([capture]).map(|capture| *capture).collect(),
            Self::List(_) => Vec::new(),
        }
    }
}

impl Fetcher {
    /// Visits a URL, and returns what was there as captures.
    ///
    /// | the server | the capture |
    /// |---|---|
    /// | sends a story | the article or teaser, under the name that [`page::names`] gives it |
    /// | redirects for good (301, 308) to another place with a story | that, and that the URL that was asked for has moved there |
    /// | says 304 | not modified |
    /// | says 404 or 410 | gone |
    /// | sends anything else, or nothing | unreachable, with the cause |
    ///
    /// What is no story is captured under the name of the URL that was asked for, wherever the redirects led: a wall or a front
    /// page in place of a story is not a story of its own.
    ///
    /// # Errors
    /// When the server was not asked ([`Error::is_refusal`]): the URL is none, its host is at a private address, or robots.txt
    /// forbids it.
    ///
    /// # Example
    /// ```
    /// use std::sync::Arc;
    /// use morgue::fetch::{Client, Fetcher, Options, Request, Seen, SystemClock};
    /// use morgue::{NewOutcome, page};
    ///
    /// let options = Options { allow_private: true, ..Options::default() };
    /// let fetcher = Fetcher::new(Client::new(options), Arc::new(SystemClock));
    /// // Nobody listens there.
    /// let visit = fetcher.visit(&Request::new("http://127.0.0.1:1/bridge"), &page::Options::default())?;
    /// let Seen::Page { capture, .. } = visit.seen else { panic!("not a page") };
    /// assert!(matches!(capture.outcome, NewOutcome::Unreachable(_)));
    /// # Ok::<(), morgue::fetch::Error>(())
    /// ```
    pub fn visit(&self, request: &Request, options: &page::Options) -> Result<Visit, Error> {
        let asked = StoryKey::url(&request.url).map_err(|error| refused(request, &error))?;
        let answer = self.get(&request.url, &request.validators);
        let at = self.now();
        let fetched = match answer {
            Ok(fetched) => fetched,
            Err(error) if error.is_refusal() => return Err(error),
            Err(error) => return Ok(failed(&asked, &error, at)),
        };
        let retry_after = fetched.retry_after.map(|after| after.wait(at));
        let validators = match fetched.status {
            // They are those of the page at the end of the redirects.
            _ if !fetched.redirects.is_empty() => Validators::default(),
            200 => fetched.validators.clone(),
            304 if fetched.validators.is_empty() => request.validators.clone(),
            304 => fetched.validators.clone(),
            _ => Validators::default(),
        };
        let list = match fetched.status {
            200 => list::parse(&fetched.body, &fetched.url, fetched.content_type.as_deref()),
            _ => Err(ListError::Unknown),
        };
        let seen = match (list, no_page(&fetched)) {
            (Ok(list), _) => Seen::List(list),
            (Err(ListError::Unknown), None) => {
                read(&asked, fetched, at, options).map_err(|error| refused(request, &error))?
            }
            (Err(ListError::Unknown), Some(cause)) => other(&asked, &fetched, cause, at),
            (Err(damaged), _) => other(&asked, &fetched, damaged.to_string(), at),
        };
        Ok(Visit { seen, at, validators, retry_after })
    }
}

fn refused(request: &Request, error: &dyn std::error::Error) -> Error {
    Error { url: request.url.clone(), redirects: Vec::new(), cause: Cause::Url { reason: error.to_string() } }
}

fn failed(asked: &StoryKey, error: &Error, at: Timestamp) -> Visit {
    let cause = after_redirects(&error.url, &error.redirects, error.cause.to_string());
    let seen = Seen::unreachable(asked, cause, Observation::default(), at);
    Visit { seen, at, validators: Validators::default(), retry_after: None }
}

/// What is there is neither a page nor a list.
fn other(asked: &StoryKey, fetched: &Fetched, cause: String, at: Timestamp) -> Seen {
    let cause = after_redirects(&fetched.url, &fetched.redirects, cause);
    let observation = Observation { status: Some(fetched.status), ..Observation::default() };
    Seen::unreachable(asked, cause, observation, at)
}

/// Says what an answer is that is no page: a picture, say. Bytes that begin as a page does are one, whatever the header says.
fn no_page(fetched: &Fetched) -> Option<String> {
    let name = fetched.content_type.as_deref()?.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let is_page = name.is_empty() || name.starts_with("text/") || name.ends_with("xml") || name.contains("html");
    let start = fetched.body.trim_ascii_start().get(..14).unwrap_or_default().to_ascii_lowercase();
    let begins_as_page = start.starts_with(b"<!doctype html") || start.starts_with(b"<html");
    (fetched.status == 200 && !is_page && !begins_as_page).then(|| format!("{name}, which is no page"))
}

/// Says where the redirects led, if there were any.
fn after_redirects(url: &str, redirects: &[Redirect], cause: String) -> String {
    if redirects.is_empty() { cause } else { format!("redirects to {url}: {cause}") }
}

fn read(
    asked: &StoryKey,
    fetched: Fetched,
    at: Timestamp,
    options: &page::Options,
) -> Result<Seen, crate::model::StoryKeyError> {
    if fetched.status == 304 {
        let observation = Observation { status: Some(304), ..Observation::default() };
        let (key, aliases) = plain(asked);
        let capture = NewCapture { aliases, observation, ..NewCapture::new(key, at, NewOutcome::NotModified) };
        return Ok(Seen::Page { capture: Box::new(capture), moved: None });
    }
    let from: Vec<String> = fetched.redirects.iter().map(|redirect| redirect.from.clone()).collect();
    let mut page = Page::new(&fetched.url, &fetched.body);
    page.redirects = &from;
    page.status = Some(fetched.status);
    page.content_type = fetched.content_type.as_deref();
    page.etag = fetched.validators.etag.as_deref();
    page.last_modified = fetched.validators.last_modified.as_deref();
    let reading = page::read(&page, options);
    let is_home = !fetched.redirects.is_empty() && is_front(&fetched.url) && !is_front(asked.as_str());
    let is_story = matches!(reading.verdict, Verdict::Article | Verdict::Teaser) && !is_home;
    let mut capture = reading.into_capture(&page, at, options)?;
    if is_story {
        let moved = moved(asked, &fetched, &capture);
        return Ok(Seen::Page { capture: Box::new(capture), moved: moved.map(Box::new) });
    }
    (capture.key, capture.aliases) = plain(asked);
    capture.outcome = match capture.outcome {
        // Many publishers send those who ask for a story that they took down to their front page.
        NewOutcome::Article(_) | NewOutcome::Teaser(_) => {
            NewOutcome::Unreachable(format!("redirects to the front page, {}", fetched.url))
        }
        NewOutcome::Unreachable(cause) => {
            NewOutcome::Unreachable(after_redirects(&fetched.url, &fetched.redirects, cause))
        }
        other => other,
    };
    Ok(Seen::Page { capture: Box::new(capture), moved: None })
}

/// Says whether a URL is that of a host alone.
fn is_front(url: &str) -> bool {
    url::Url::parse(url).is_ok_and(|url| url.path() == "/" && url.query().is_none())
}

/// That a story has moved: the server said so for good at each step, and the place is another one to a reader too.
fn moved(asked: &StoryKey, fetched: &Fetched, capture: &NewCapture) -> Option<NewCapture> {
    let first = fetched.redirects.first()?;
    let to = StoryKey::url(&fetched.url).ok()?;
    let is_for_good = fetched.redirects.iter().all(Redirect::is_permanent);
    if !is_for_good || plain(asked).0 == plain(&to).0 {
        return None;
    }
    let observation = Observation { status: Some(first.status), ..Observation::default() };
    // That both URLs are of one story is for the article's capture to say, which has seen the page.
    let moved = NewCapture::new(asked.clone(), capture.captured_at, NewOutcome::Moved(to));
    Some(NewCapture { observation, ..moved })
}

/// The name of what is at a URL of which no more is known, and the URL as another name where it is one.
fn plain(url: &StoryKey) -> (StoryKey, Vec<StoryKey>) {
    match page::names(&Page::new(url.as_str(), b""), &page::Links::default()) {
        Ok(names) => (names.key, names.aliases),
        Err(_) => (url.clone(), Vec::new()),
    }
}
