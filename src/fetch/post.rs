//! One POST.

use std::time::Duration;

use ureq::http::header::{CONNECTION, CONTENT_TYPE};

use super::body::{self, Excess};
use super::client::{Client, cause, fetched, parse};
use super::error::Error;
use super::fetched::Fetched;

/// How much is read of an answer: it is for people who look for a fault.
const MAX_ANSWER: usize = 4 << 10;

impl Client {
    /// Sends a body, with headers beside those of every request. An answer of any status is an answer; a redirect is not
    /// followed, as what was meant for one place is not for another. Of the answer's body the first 4 KiB are read, if they can be.
    ///
    /// ```
    /// use morgue::fetch::{Cause, Client, Options};
    ///
    /// let client = Client::new(Options::default());
    /// let error = client.post("http://127.0.0.1/", "application/json", &[], b"{}").unwrap_err();
    /// assert!(matches!(error.cause, Cause::PrivateAddress { .. }));
    /// ```
    ///
    /// # Errors
    /// When there is no answer: the server may have got the body nevertheless.
    pub fn post(&self, url: &str, content_type: &str, headers: &[(&str, &str)], body: &[u8]) -> Result<Fetched, Error> {
        let failed = |cause| Error { url: url.to_owned(), redirects: Vec::new(), cause };
        let parsed = parse(url).map_err(failed)?;
        let mut request =
            self.agent().post(parsed.as_str()).header(CONNECTION, "close").header(CONTENT_TYPE, content_type);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let left = Some(self.options().total_timeout).filter(|left| *left > Duration::ZERO);
        let request = request.config().timeout_global(left).build();
        let (parts, mut stream) = request.send(body).map_err(|error| failed(cause(error, &parsed)))?.into_parts();
        let answer = body::read(stream.as_reader(), None, MAX_ANSWER, Excess::Cut).unwrap_or_default();
        Ok(fetched(&parsed, parts.status.as_u16(), &parts.headers, answer))
    }
}
