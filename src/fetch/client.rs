//! One GET, with its redirects.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use ureq::http::header::{self, HeaderMap, HeaderValue};
use ureq::tls::{Certificate, RootCerts, TlsConfig};
use ureq::{Agent, Timeout};
use url::Url;

use super::body::{self, Excess};
use super::error::{Cause, Error};
use super::fetched::{Fetched, Redirect, RetryAfter, Validators, text, validators};
use super::options::Options;
use super::resolve::{Guard, Refused, Resolve, SystemResolver};

/// Asks servers, at once and without asking robots.txt: a [`Fetcher`](super::Fetcher) is polite.
///
/// Every answer ends in bounded time and memory, whatever the server sends. Only `http` and `https` are spoken, and only with
/// hosts at public addresses unless [`Options::allow_private`] is set; that holds at each redirect, and for the very address that
/// is connected to. Cookies are not kept, nor are user names in URLs sent. Cheap to clone. Each request has a connection of its own.
#[derive(Debug, Clone)]
pub struct Client {
    agent: Agent,
    options: Arc<Options>,
}

impl Client {
    /// Returns a client that looks names up as the system does.
    ///
    /// ```
    /// use morgue::fetch::{Cause, Client, Options, Validators};
    ///
    /// let client = Client::new(Options::default());
    /// let error = client.get("http://127.0.0.1/", &Validators::default()).unwrap_err();
    /// assert!(matches!(error.cause, Cause::PrivateAddress { .. }));
    /// ```
    #[must_use]
    pub fn new(options: Options) -> Self {
        Self::with_resolver(options, Arc::new(SystemResolver))
    }

    /// Returns a client that looks names up by `names`.
    #[must_use]
    pub fn with_resolver(options: Options, names: Arc<dyn Resolve>) -> Self {
        let guard = Guard { names, allow_private: options.allow_private, trusted: options.trusted.clone() };
        let agent =
            Agent::with_parts(config(&options), ureq::unversioned::transport::DefaultConnector::default(), guard);
        Self { agent, options: Arc::new(options) }
    }

    /// Returns the options that it was made with.
    #[must_use]
    pub fn options(&self) -> &Options {
        &self.options
    }

    pub(super) const fn agent(&self) -> &Agent {
        &self.agent
    }

    /// Asks for a URL, and follows redirects. An answer of any status is an answer. The validators are of this URL: they are
    /// not sent on to where it redirects.
    ///
    /// # Errors
    /// When there is no answer, or none that can be read to its end within the bounds.
    pub fn get(&self, url: &str, validators: &Validators) -> Result<Fetched, Error> {
        self.follow(url, validators, Body::Whole, |_, ()| Ok(()))
    }

    /// Asks, and asks `enter` before every request; what that returns is held until the next one, or until the end.
    pub(super) fn follow<T: Default>(
        &self,
        asked: &str,
        validators: &Validators,
        body: Body,
        mut enter: impl FnMut(&Url, T) -> Result<T, Cause>,
    ) -> Result<Fetched, Error> {
        let mut trail = Trail { url: asked.to_owned(), redirects: Vec::new() };
        let mut url = parse(asked).map_err(|cause| trail.clone().error(cause))?;
        let (mut seen, mut left, mut held) = (BTreeSet::new(), self.options.total_timeout, T::default());
        loop {
            trail.url = url.clone().into();
            held = enter(&url, held).map_err(|cause| trail.clone().error(cause))?;
            seen.insert(trail.url.clone());
            let started = Instant::now();
            // Elsewhere is another page, of which they say nothing.
            let known = if trail.redirects.is_empty() { validators } else { &Validators::default() };
            let answer = self.hop(&url, known, body, left).map_err(|cause| trail.clone().error(cause))?;
            left = left.saturating_sub(started.elapsed());
            let (to, status) = match answer {
                Answer::Body(mut fetched) => {
                    fetched.redirects = trail.redirects;
                    return Ok(*fetched);
                }
                Answer::Redirect { to, status } => (to, status),
            };
            let next = target(&url, &to).and_then(|next| match trail.redirects.len() {
                _ if seen.contains(next.as_str()) => Err(Cause::RedirectLoop { to: next.into() }),
                followed if followed >= self.options.max_redirects => {
                    Err(Cause::TooManyRedirects { max: self.options.max_redirects })
                }
                _ => Ok(next),
            });
            url = next.map_err(|cause| trail.clone().error(cause))?;
            trail.redirects.push(Redirect { from: trail.url.clone(), status });
        }
    }

    /// One request and its answer.
    fn hop(&self, url: &Url, validators: &Validators, body: Body, left: Duration) -> Result<Answer, Cause> {
        let mut request = self.agent.get(url.as_str()).header(header::CONNECTION, "close");
        for (name, value) in
            [(header::IF_NONE_MATCH, &validators.etag), (header::IF_MODIFIED_SINCE, &validators.last_modified)]
        {
            // What is no header cannot have come from one, and is not sent.
            if let Some(value) = value.as_ref().and_then(|value| HeaderValue::from_str(value).ok()) {
                request = request.header(name, value);
            }
        }
        let request = request.config().timeout_global(Some(left)).build();
        let (parts, mut stream) = request.call().map_err(|error| cause(error, url))?.into_parts();
        let (status, headers) = (parts.status.as_u16(), &parts.headers);
        if matches!(status, 301 | 302 | 303 | 307 | 308)
            && let Some(to) = headers.get(header::LOCATION)
        {
            return Ok(Answer::Redirect { to: location(to), status });
        }
        let encoding = text(headers, header::CONTENT_ENCODING);
        let (max_bytes, excess) = match body {
            Body::Whole => (self.options.max_bytes, Excess::Refuse),
            Body::Beginning(max_bytes) => (max_bytes, Excess::Cut),
        };
        let body = body::read(stream.as_reader(), encoding.as_deref(), max_bytes, excess)?;
        Ok(Answer::Body(Box::new(fetched(url, status, headers, body))))
    }
}

/// How much of a body is wanted.
#[derive(Debug, Clone, Copy)]
pub(super) enum Body {
    /// All of it; more than [`Options::max_bytes`] is an error.
    Whole,
    /// The first bytes; the others are left.
    Beginning(usize),
}

enum Answer {
    Body(Box<Fetched>),
    Redirect { to: String, status: u16 },
}

/// Where a request is, and how it came there.
#[derive(Clone)]
struct Trail {
    url: String,
    redirects: Vec<Redirect>,
}

impl Trail {
    fn error(self, cause: Cause) -> Error {
        Error { url: self.url, redirects: self.redirects, cause }
    }
}

fn config(options: &Options) -> ureq::config::Config {
    let certificates: Vec<Certificate<'static>> =
        options.roots.iter().map(|der| Certificate::from_der(der).to_owned()).collect();
    let roots = if certificates.is_empty() { RootCerts::WebPki } else { RootCerts::new_with_certs(&certificates) };
    Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        // Whoever is asked must be known here: a proxy of the environment would connect in our place.
        .proxy(None)
        .user_agent(options.user_agent.as_str())
        .accept("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8")
        .accept_encoding("gzip, br")
        .timeout_resolve(Some(options.connect_timeout))
        .timeout_connect(Some(options.connect_timeout))
        .timeout_per_read(Some(options.read_timeout))
        .max_response_header_size(64 << 10)
        // Between two visits of a host is a pause, so that a connection kept open gains little; one that the server closes
        // meanwhile would look like a failure.
        .max_idle_connections(0)
        .max_idle_connections_per_host(0)
        .tls_config(TlsConfig::builder().root_certs(roots).build())
        .build()
}

/// Reads a URL that is to be asked for. Its fragment and its user name stay at home.
pub(super) fn parse(text: &str) -> Result<Url, Cause> {
    let mut url = Url::parse(text.trim()).map_err(|error| Cause::Url { reason: error.to_string() })?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(Cause::Url { reason: format!("the scheme is {}, expected http or https", url.scheme()) });
    }
    url.set_fragment(None);
    let _ = url.set_username("");
    let _ = url.set_password(None);
    Ok(url)
}

/// A `Location`: some servers send UTF-8 or Latin-1 where there should be ASCII.
fn location(value: &HeaderValue) -> String {
    match std::str::from_utf8(value.as_bytes()) {
        Ok(text) => text.trim().to_owned(),
        Err(_) => value.as_bytes().iter().map(|byte| char::from(*byte)).collect::<String>().trim().to_owned(),
    }
}

fn target(from: &Url, to: &str) -> Result<Url, Cause> {
    let refused = |reason: String| Cause::Redirect { to: to.to_owned(), reason };
    let next = from.join(to).map_err(|error| refused(error.to_string()))?;
    parse(next.as_str()).map_err(|cause| match cause {
        Cause::Url { reason } => refused(reason),
        other => other,
    })
}

pub(super) fn fetched(url: &Url, status: u16, headers: &HeaderMap, body: Vec<u8>) -> Fetched {
    Fetched {
        url: url.as_str().to_owned(),
        redirects: Vec::new(),
        status,
        content_type: text(headers, header::CONTENT_TYPE),
        validators: validators(headers),
        retry_after: text(headers, header::RETRY_AFTER).as_deref().and_then(RetryAfter::parse),
        body,
    }
}

pub(super) fn timed_out(reason: Timeout) -> Cause {
    let what = match reason {
        Timeout::Resolve => "looking up the host",
        Timeout::Connect => "connecting",
        Timeout::PerRead => "the server fell silent",
        Timeout::Global | Timeout::PerCall => "the answer took too long in all",
        _ => "the answer took too long",
    };
    Cause::Timeout { what: what.to_owned() }
}

/// Says in our words why ureq has no answer.
pub(super) fn cause(error: ureq::Error, url: &Url) -> Cause {
    use std::io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, InvalidData, UnexpectedEof};
    let host = || url.host_str().unwrap_or_default().to_owned();
    match error {
        ureq::Error::Other(inner) => match inner.downcast::<Refused>() {
            Ok(refused) => refused.0,
            Err(other) => Cause::Connect { host: host(), reason: other.to_string() },
        },
        ureq::Error::Timeout(reason) => timed_out(reason),
        ureq::Error::HostNotFound => Cause::NoSuchHost { host: host(), reason: "it has no address".to_owned() },
        // rustls hides what it has against a certificate in an error of `io`.
        ureq::Error::Io(error) if url.scheme() == "https" && error.kind() == InvalidData => {
            Cause::Tls { host: host(), reason: error.to_string() }
        }
        ureq::Error::Io(error) => match error.kind() {
            UnexpectedEof | ConnectionReset | ConnectionAborted | BrokenPipe => {
                Cause::BrokenOff { reason: without_number(&error.to_string()) }
            }
            _ => Cause::Connect { host: host(), reason: without_number(&error.to_string()) },
        },
        ureq::Error::ConnectionFailed => Cause::Connect { host: host(), reason: "no address answers".to_owned() },
        ureq::Error::Tls(reason) => Cause::Tls { host: host(), reason: reason.to_owned() },
        error @ (ureq::Error::Rustls(_) | ureq::Error::Pem(_) | ureq::Error::TlsRequired) => {
            Cause::Tls { host: host(), reason: error.to_string() }
        }
        error @ (ureq::Error::Http(_) | ureq::Error::BadUri(_)) => Cause::Url { reason: error.to_string() },
        other => Cause::Protocol { reason: other.to_string() },
    }
}

/// Leaves out the number that the system gives its errors.
fn without_number(text: &str) -> String {
    text.split(" (os error").next().unwrap_or(text).to_owned()
}
