//! What can be done to a capture before anything is read: canonical text, hash, digest. Pure; runs on all cores.

use std::sync::Arc;

use crate::model::{
    Article, ArticleHash, Capture, MAX_RAW_BYTES, NewCapture, NewOutcome, Outcome, RawPage, StoryKey, digest,
};
use crate::text::{CanonicalError, Forms, normal_line};

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

/// In a box, since it is handed on and on.
pub(super) type Boxed = Box<Prepared>;

/// Prepares a capture; `forms` is memory that may be used again.
pub(super) fn prepare(new: NewCapture, forms: &mut Forms) -> Result<Prepared, Error> {
    let NewCapture { key, aliases, captured_at, outcome, observation, raw } = new;
    let (mut text, mut folded, mut headline) = (None, None, String::new());
    let mut hash = |article: &Article| -> Result<ArticleHash, CanonicalError> {
        let (hash, fold) = forms.fill(article)?;
        headline = shorten(normal_line(&article.headline));
        (text, folded) = (Some(Arc::from(forms.text.as_str())), Some(fold));
        Ok(hash)
    };
    let outcome = match &outcome {
        NewOutcome::Article(article) => hash(article).map(Outcome::Article),
        NewOutcome::Teaser(article) => hash(article).map(Outcome::Teaser),
        NewOutcome::NotModified => Ok(Outcome::NotModified),
        NewOutcome::Gone => Ok(Outcome::Gone),
        NewOutcome::Moved(to) => Ok(Outcome::Moved(to.clone())),
        NewOutcome::Unreachable(cause) => Ok(Outcome::Unreachable(cause.clone())),
    };
    let outcome = outcome.map_err(|source| Error::Rejected { story: key.clone(), captured_at, source })?;
    let digest = digest(&outcome, &observation);
    let capture = Capture { key, captured_at, outcome, observation, folded, arrival: 0, digest };
    if let Some(page) = raw.as_ref().filter(|page| page.body.len() > MAX_RAW_BYTES) {
        let (bytes, story, at) = (page.body.len(), capture.key.clone(), captured_at);
        return Err(Error::PageTooLong { story, captured_at: at, bytes });
    }
    Ok(Prepared { capture, aliases, text, headline, raw })
}

/// The longest headline that the index holds, in bytes.
const MAX_HEADLINE_BYTES: usize = 300;

pub(super) fn shorten(mut headline: String) -> String {
    headline.truncate(headline.floor_char_boundary(MAX_HEADLINE_BYTES));
    headline
}
