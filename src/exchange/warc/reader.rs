//! Captures out of a stream of records.

use std::collections::VecDeque;
use std::fmt;
use std::io::BufRead;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rayon::prelude::*;

use crate::exchange::door::{Door, DoorError, Item, Place};
use crate::exchange::jsonl::Fact;
use crate::exchange::warning::{Warning, WarningKind, Warnings};
use crate::model::{NewCapture, NewOutcome, Observation, StoryKey, Timestamp};
use crate::page::{self, Names, Verdict};

use super::memory::Memory;
use super::prepare::{Prepared, ReadPage, Revisit, Step, Visit, capture, named, ours, prepare, row_of};
use super::profile::Joiner;
use super::record::{Record, RecordError, Records};

/// So many records are read before their pages are, on all cores ...
const WINDOW_RECORDS: usize = 64;
/// ... or so many bytes of them.
const WINDOW_BYTES: usize = 32 << 20;
/// What the head of a response may take beside its body.
const HEAD_BYTES: usize = 64 << 10;

/// Finds what was seen of a URL at a time, in what was archived before: the capture in force then.
pub type Recall = dyn Fn(&StoryKey, Timestamp) -> Option<NewCapture> + Send + Sync;

/// What readers have seen, for the revisits and redirects of those that read on in other files. Clones share it.
#[derive(Clone, Default)]
pub struct Seen(Arc<Mutex<Memory>>);

impl Seen {
    /// A thread that panicked has left nothing half done that matters: at worst something is forgotten.
    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Seen").finish_non_exhaustive()
    }
}

/// Reads captures from WARC and ARC files; see [the module](super).
///
/// A [`Door`]: an iterator in the order of the records, which may be compressed with gzip but by nothing else.
///
/// ```
/// use morgue::exchange::{Fact, WarcReader};
/// use morgue::{NewOutcome, page};
///
/// let record = concat!(
///     "WARC/1.1\r\nWARC-Type: response\r\nWARC-Target-URI: https://news.example/bridge\r\n",
///     "WARC-Date: 2026-03-05T18:00:00Z\r\nContent-Length: 21\r\n\r\n",
///     "HTTP/1.1 410 Gone\r\n\r\n\r\n\r\n",
/// );
/// let mut reader = WarcReader::new(record.as_bytes(), page::Options::default());
/// let item = reader.next().unwrap().unwrap();
/// let Fact::Capture(capture) = item.fact else { panic!() };
/// assert_eq!(capture.outcome, NewOutcome::Gone);
/// assert_eq!(capture.captured_at.to_string(), "2026-03-05T18:00:00Z");
/// ```
pub struct WarcReader<R: BufRead> {
    records: Records<R>,
    options: page::Options,
    seen: Seen,
    joiner: Joiner,
    /// The name of the record that our own writer put behind its row.
    expected: Option<String>,
    /// Where the last record stands.
    last: u64,
    recall: Option<Arc<Recall>>,
    ready: VecDeque<Result<Item, DoorError>>,
    warnings: Warnings,
}

impl<R: BufRead> WarcReader<R> {
    /// Returns a reader of the records of `input`.
    #[must_use]
    pub fn new(input: R, options: page::Options) -> Self {
        let records = Records::new(input, options.max_bytes.saturating_add(HEAD_BYTES));
        Self {
            records,
            options,
            seen: Seen::default(),
            joiner: Joiner::default(),
            expected: None,
            last: 0,
            recall: None,
            ready: VecDeque::new(),
            warnings: Warnings::new(),
        }
    }

    /// Shares what was seen by other readers, so that a revisit may refer to another file that was read before.
    #[must_use]
    pub fn share(mut self, seen: &Seen) -> Self {
        self.seen = seen.clone();
        self
    }

    /// Asks `recall` for what a revisit refers to and no reader has seen.
    #[must_use]
    pub fn recall_with(mut self, recall: Arc<Recall>) -> Self {
        self.recall = Some(recall);
        self
    }

    /// Reads records, then their pages on all cores; says whether there were any.
    fn read_on(&mut self) -> bool {
        let (mut window, mut end, mut bytes) = (Vec::new(), None, 0);
        while window.len() < WINDOW_RECORDS && bytes < WINDOW_BYTES {
            let Some(record) = self.records.next() else { break };
            match record {
                Ok(record) => {
                    bytes += record.content.len();
                    window.push(self.sort(record));
                }
                Err(RecordError::Bad { at, reason }) => window.push(Work::Bad(at, reason)),
                Err(RecordError::Io { at, source }) => {
                    end = Some(DoorError::Failed { place: Place::Byte(at), source });
                    break;
                }
            }
        }
        let options = &self.options;
        let prepared: Vec<Prepared> = window.into_par_iter().map(|work| work.done(options)).collect();
        let any = !prepared.is_empty() || end.is_some();
        for record in prepared {
            self.last = record.at;
            self.settle(record);
        }
        if !any {
            self.tell_lost(self.last);
        }
        self.ready.extend(end.map(Err));
        !self.ready.is_empty() || any
    }

    /// Tells of a row whose record did not come.
    fn tell_lost(&mut self, at: u64) {
        let bad = |reason| Err(DoorError::Bad { place: Place::Byte(at), reason });
        self.ready.extend(self.joiner.lost().map(bad));
    }

    /// Tells the records of our own writer, which need no reading of pages.
    fn sort(&mut self, record: Record) -> Work {
        if let Some(concurrent_to) = row_of(&record) {
            self.expected = concurrent_to.map(str::to_owned);
            return Work::Ours { record, is_content: false };
        }
        if self.expected.is_some() && self.expected.as_deref() == record.head.get("WARC-Record-ID") {
            self.expected = None;
            return Work::Ours { record, is_content: true };
        }
        Work::Theirs(record)
    }

    /// Does with a record what depends on those before it.
    fn settle(&mut self, Prepared { at, visit, step }: Prepared) {
        let place = Place::Byte(at);
        if matches!(step, Step::Row { .. }) {
            self.tell_lost(at);
        }
        let fact = match (step, visit) {
            (Step::Row { row, concurrent_to }, _) => self.joiner.row(&row, concurrent_to.as_deref()),
            (Step::Content { id, content }, visit) => {
                self.joiner.content(&id, &visit.map(|visit| visit.uri).unwrap_or_default(), content)
            }
            (step, visit) => self.judge(step, visit).map(|capture| capture.map(|it| Fact::Capture(Box::new(it)))),
        };
        self.ready.extend(match fact {
            Ok(None) => None,
            Ok(Some(fact)) => Some(Ok(Item::new(place, fact))),
            Err(reason) => Some(Err(DoorError::Bad { place, reason })),
        });
    }

    /// Makes a capture of a record, where it is one.
    fn judge(&mut self, step: Step, visit: Option<Visit>) -> Result<Option<NewCapture>, String> {
        match (step, visit) {
            (Step::Capture(capture), _) => Ok(Some(*capture)),
            (Step::Page(page), Some(visit)) => self.page(&visit, *page),
            (Step::Moved { to, status }, Some(visit)) => self.moved(&visit, &to, status),
            (Step::Revisit(revisit), Some(visit)) => self.revisit(&visit, &revisit),
            (Step::Bad(reason), _) => Err(reason),
            (Step::Skip(what), visit) => {
                self.skip(&what);
                self.remember_skip(visit.as_ref());
                Ok(None)
            }
            _ => Ok(None),
        }
    }

    fn skip(&mut self, what: &str) {
        self.warnings.count(WarningKind::Skipped, what);
    }

    /// A revisit of what was skipped is skipped as well.
    fn remember_skip(&self, visit: Option<&Visit>) {
        if let Some(visit) = visit {
            self.seen.memory().remember(visit, None);
        }
    }

    fn page(&mut self, visit: &Visit, page: ReadPage) -> Result<Option<NewCapture>, String> {
        let ReadPage { status, headers, body, reading } = page;
        if reading.verdict == Verdict::NotAStory {
            self.skip("pages without a story, such as fronts and lists, were");
            self.remember_skip(Some(visit));
            return Ok(None);
        }
        let redirects = self.seen.memory().led_to(&visit.uri);
        let mut page = headers.page(&visit.uri, &body);
        (page.redirects, page.status) = (&redirects, status);
        let capture = reading.into_capture(&page, visit.date, &self.options).map_err(|error| error.to_string())?;
        self.seen.memory().remember(visit, Some(&capture));
        Ok(Some(capture))
    }

    fn moved(&mut self, visit: &Visit, to: &str, status: u16) -> Result<Option<NewCapture>, String> {
        self.seen.memory().redirect(&visit.uri, to);
        let to = match StoryKey::url(to) {
            Ok(to) => to,
            Err(error) => {
                let cause = format!("it redirects to what cannot be the URL of a story: {error}");
                let Step::Capture(capture) = capture(visit, NewOutcome::Unreachable(cause), status) else {
                    return Ok(None);
                };
                return Ok(Some(*capture));
            }
        };
        match capture(visit, NewOutcome::Moved(to.clone()), status) {
            Step::Capture(capture) if capture.key == to => {
                self.skip("redirects to another form of the same URL were");
                Ok(None)
            }
            Step::Capture(capture) => Ok(Some(*capture)),
            Step::Bad(reason) => Err(reason),
            _ => Ok(None),
        }
    }

    fn revisit(&mut self, visit: &Visit, revisit: &Revisit) -> Result<Option<NewCapture>, String> {
        let remembered = self.seen.memory().recall(revisit.refers_to.as_ref(), visit.digest.as_deref()).cloned();
        let earlier = match remembered {
            Some(None) => {
                self.skip("revisits of pages that were skipped were");
                return Ok(None);
            }
            Some(Some(earlier)) => Some(*earlier),
            None => self.ask(visit, revisit)?,
        };
        let Some(earlier) = earlier else {
            self.warnings.count(
                WarningKind::Reduced,
                "revisits of what neither the files nor the archive hold were taken for \"not modified\"",
            );
            let observation = Observation { status: revisit.status, ..Observation::default() };
            let Names { key, aliases } = named(visit).map_err(|error| error.to_string())?;
            let capture = NewCapture::new(key, visit.date, NewOutcome::NotModified);
            return Ok(Some(NewCapture { aliases, observation, ..capture }));
        };
        let capture = self.again(visit, revisit, earlier)?;
        self.seen.memory().remember(visit, Some(&capture));
        Ok(Some(capture))
    }

    /// Asks the caller for what a revisit refers to.
    fn ask(&self, visit: &Visit, revisit: &Revisit) -> Result<Option<NewCapture>, String> {
        let Some(recall) = &self.recall else { return Ok(None) };
        let (uri, date) = revisit.refers_to.as_ref().map_or((&visit.uri, visit.date), |(uri, date)| (uri, *date));
        let key = StoryKey::url(uri).map_err(|error| error.to_string())?;
        Ok(recall(&key, date))
    }

    /// The same page once more: at another time, and perhaps under another URL.
    fn again(&self, visit: &Visit, revisit: &Revisit, earlier: NewCapture) -> Result<NewCapture, String> {
        let own = named(visit).map_err(|error| error.to_string())?;
        let is_same = own.key == earlier.key || earlier.aliases.contains(&own.key);
        let (key, aliases) = if is_same { (earlier.key, earlier.aliases) } else { (own.key, own.aliases) };
        let observation = Observation { status: revisit.status.or(earlier.observation.status), ..earlier.observation };
        Ok(NewCapture { key, aliases, captured_at: visit.date, observation, ..earlier })
    }
}

/// A record before its page is read.
enum Work {
    Theirs(Record),
    Ours { record: Record, is_content: bool },
    Bad(u64, String),
}

impl Work {
    fn done(self, options: &page::Options) -> Prepared {
        match self {
            Self::Theirs(record) => prepare(record, options),
            Self::Ours { record, is_content } => ours(record, is_content, options.max_bytes),
            Self::Bad(at, reason) => Prepared { at, visit: None, step: Step::Bad(reason) },
        }
    }
}

impl<R: BufRead> fmt::Debug for WarcReader<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WarcReader").field("options", &self.options).field("seen", &self.seen).finish_non_exhaustive()
    }
}

impl<R: BufRead> Iterator for WarcReader<R> {
    type Item = Result<Item, DoorError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(item) = self.ready.pop_front() {
                return Some(item);
            }
            if !self.read_on() {
                return None;
            }
        }
    }
}

impl<R: BufRead> Door for WarcReader<R> {
    fn warnings(&self) -> &[Warning] {
        self.warnings.as_slice()
    }
}
