//! What can be done to a capture before anything is read: canonical text, hash, digest. Pure; runs on all cores.

use std::sync::Arc;

use crate::model::{Article, Capture, MAX_RAW_BYTES, NewCapture, NewOutcome, Outcome, RawPage, StoryKey, digest};
use crate::text::{CanonicalError, canonical, folded, normal_line};

use super::Error;

/// A capture that is ready to be planned.
#[derive(Debug, Clone)]
pub(super) struct Prepared {
    pub(super) capture: Capture,
    pub(super) aliases: Vec<StoryKey>,
    /// The canonical text, where the outcome has one.
    pub(super) text: Option<Arc<str>>,
    pub(super) headline: String,
    /// The page that the capture was made of.
    pub(super) raw: Option<RawPage>,
}

pub(super) fn prepare(new: NewCapture) -> Result<Prepared, Error> {
    let NewCapture { key, aliases, captured_at, outcome, observation, raw } = new;
    let reject = |source| Error::Rejected { story: key.clone(), captured_at, source };
    let headline = outcome.text().map(|article| shorten(normal_line(&article.headline))).unwrap_or_default();
    let folded = outcome.text().map(folded);
    let (outcome, text) = hash(outcome).map_err(reject)?;
    let digest = digest(&outcome, &observation);
    let capture = Capture { key, captured_at, outcome, observation, folded, arrival: 0, digest };
    if let Some(page) = raw.as_ref().filter(|page| page.body.len() > MAX_RAW_BYTES) {
        let (bytes, story, at) = (page.body.len(), capture.key.clone(), captured_at);
        return Err(Error::PageTooLong { story, captured_at: at, bytes });
    }
    Ok(Prepared { capture, aliases, text, headline, raw })
}

fn hash(outcome: NewOutcome) -> Result<(Outcome, Option<Arc<str>>), CanonicalError> {
    let name = |article: &Article| canonical(article).map(|form| (form.hash, Some(Arc::from(form.text))));
    Ok(match outcome {
        NewOutcome::Article(article) => name(&article).map(|(hash, text)| (Outcome::Article(hash), text))?,
        NewOutcome::Teaser(article) => name(&article).map(|(hash, text)| (Outcome::Teaser(hash), text))?,
        NewOutcome::NotModified => (Outcome::NotModified, None),
        NewOutcome::Gone => (Outcome::Gone, None),
        NewOutcome::Moved(to) => (Outcome::Moved(to), None),
        NewOutcome::Unreachable(cause) => (Outcome::Unreachable(cause), None),
    })
}

/// The longest headline that the index holds, in bytes.
const MAX_HEADLINE_BYTES: usize = 300;

pub(super) fn shorten(mut headline: String) -> String {
    headline.truncate(headline.floor_char_boundary(MAX_HEADLINE_BYTES));
    headline
}
