//! What was seen before, for revisits and redirects.

use std::collections::{HashMap, VecDeque};

use crate::model::{NewCapture, Timestamp};

use super::prepare::Visit;

/// What pages and texts are remembered may take, in bytes. What was forgotten is asked of the archive.
const MAX_BYTES: usize = 64 << 20;
/// So many redirects wait for the page that they lead to.
const MAX_REDIRECTS: usize = 10_000;

/// What came of a visit: a capture, or nothing where it was no story.
type Seen = Option<Box<NewCapture>>;

/// What was seen in the files that were read, the newest part of it.
#[derive(Debug, Default)]
pub(super) struct Memory {
    /// The oldest first; the first has the number `forgotten`.
    seen: VecDeque<(Visit, Seen)>,
    forgotten: u64,
    bytes: usize,
    by_digest: HashMap<String, u64>,
    by_visit: HashMap<(String, Timestamp), u64>,
    redirects: HashMap<String, Vec<String>>,
    redirects_in_order: VecDeque<String>,
}

impl Memory {
    pub(super) fn remember(&mut self, visit: &Visit, capture: Option<&NewCapture>) {
        let number = self.forgotten + self.seen.len() as u64;
        if let Some(digest) = &visit.digest {
            self.by_digest.insert(digest.clone(), number);
        }
        self.by_visit.insert((visit.uri.clone(), visit.date), number);
        self.bytes += bytes(visit, capture);
        self.seen.push_back((visit.clone(), capture.cloned().map(Box::new)));
        while self.bytes > MAX_BYTES && self.seen.len() > 1 {
            self.forget();
        }
    }

    fn forget(&mut self) {
        let Some((visit, seen)) = self.seen.pop_front() else { return };
        self.bytes -= bytes(&visit, seen.as_deref());
        let number = self.forgotten;
        self.forgotten += 1;
        // A later visit may have taken its place.
        if let Some(digest) = &visit.digest
            && self.by_digest.get(digest) == Some(&number)
        {
            self.by_digest.remove(digest);
        }
        let name = (visit.uri, visit.date);
        if self.by_visit.get(&name) == Some(&number) {
            self.by_visit.remove(&name);
        }
    }

    /// What came of the visit that a revisit names, or of the last one with the same payload.
    pub(super) fn recall(&self, refers_to: Option<&(String, Timestamp)>, digest: Option<&str>) -> Option<&Seen> {
        let by_visit = refers_to.and_then(|name| self.by_visit.get(name));
        let number = by_visit.or_else(|| digest.and_then(|digest| self.by_digest.get(digest)))?;
        let place = usize::try_from(number.checked_sub(self.forgotten)?).ok()?;
        self.seen.get(place).map(|(_, seen)| seen)
    }

    pub(super) fn redirect(&mut self, from: &str, to: &str) {
        if self.redirects_in_order.len() >= MAX_REDIRECTS
            && let Some(oldest) = self.redirects_in_order.pop_front()
        {
            self.redirects.remove(&oldest);
        }
        let mut chain = self.redirects.get(from).cloned().unwrap_or_default();
        chain.push(from.to_owned());
        if self.redirects.insert(to.to_owned(), chain).is_none() {
            self.redirects_in_order.push_back(to.to_owned());
        }
    }

    /// The URLs that led to this one, the first one first.
    pub(super) fn led_to(&self, uri: &str) -> Vec<String> {
        self.redirects.get(uri).cloned().unwrap_or_default()
    }
}

/// About what a visit takes in memory.
fn bytes(visit: &Visit, capture: Option<&NewCapture>) -> usize {
    let Some(capture) = capture else { return visit.uri.len() * 2 + 300 };
    let text = capture.outcome.text().map_or(0, |article| {
        let body = article.paragraphs.iter().chain(&article.byline).map(|text| text.len() + 24);
        article.headline.len() + article.deck.len() + body.sum::<usize>()
    });
    let raw = capture.raw.as_ref().map_or(0, |raw| raw.body.len() + raw.url.len());
    visit.uri.len() * 2 + text + raw + 800
}
