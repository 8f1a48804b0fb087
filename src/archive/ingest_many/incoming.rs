//! Captures on their way into an archive: read in chunks by one thread, each prepared by a job.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::Scope;

use crate::archive::Error;
use crate::archive::prepare::{Boxed, prepare};
use crate::engine::Durability;
use crate::model::NewCapture;
use crate::text::Forms;

use super::IngestOptions;
use super::chunks::{CHUNK_BYTES, Chunk, Chunks, Mark};

/// So many chunks are read and prepared before those before them are kept: 6 MiB of text, so that memory is bounded.
const CHUNKS_AHEAD: usize = 24;

/// What the reader sends.
#[derive(Debug)]
pub(super) enum Read {
    /// What is prepared of a chunk, once it is, and what may be done after it.
    Chunk(Receiver<Vec<Result<Boxed, Error>>>, Mark),
    /// Nothing. It takes the place of a chunk, beside one that is as large as several.
    Weight,
}

/// Captures that are being read and prepared, for [`Archive::ingest_incoming`](crate::Archive::ingest_incoming).
///
/// [`Archive::ingest_many`](crate::Archive::ingest_many) reads them once there is an archive. To open or to make one takes milliseconds, a
/// large one longer; with this, reading begins before:
///
/// ```
/// use morgue::{Archive, Article, Incoming, IngestOptions, NewCapture, OpenOptions, StoryKey};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let directory = tempfile::tempdir()?;
/// let captures = (1..=28).map(|day| {
///     let at = format!("2026-02-{day:02}").parse().expect("a date");
///     NewCapture::article(StoryKey::Id("weather".into()), at, Article::new(format!("Day {day}")))
/// });
/// let report = std::thread::scope(|scope| {
///     let incoming = Incoming::read(scope, captures, &IngestOptions::default());
///     let archive = Archive::open(directory.path(), &OpenOptions::default())?;
///     archive.ingest_incoming(incoming, |_| {})
/// })?;
/// assert_eq!(report.captures, 28);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Incoming {
    pub(super) inbox: Receiver<Read>,
    pub(super) durability: Durability,
}

impl Incoming {
    /// Begins to read captures in a thread of the scope, about 6 MiB of text ahead of what is archived.
    ///
    /// It reads no more once this is dropped; but the scope ends only when the iterator has given the capture that it was asked for.
    pub fn read<'scope, I>(scope: &'scope Scope<'scope, '_>, captures: I, options: &IngestOptions) -> Self
    where
        I: IntoIterator<Item = NewCapture, IntoIter: Send + 'scope>,
    {
        let chunks = Chunks::new(captures.into_iter(), options.batch);
        let (sender, inbox) = sync_channel(CHUNKS_AHEAD);
        scope.spawn(move || prepare_all(chunks, &sender));
        Self { inbox, durability: options.durability }
    }
}

/// Reads chunks and has each prepared, in its own time.
fn prepare_all<I: Iterator<Item = NewCapture> + Send>(chunks: Chunks<I>, sender: &SyncSender<Read>) {
    rayon::in_place_scope(|scope| {
        for Chunk { captures, bytes, mark } in chunks {
            let (done, slot) = sync_channel(1);
            // Waits while too much is under way. Nobody listens after an error.
            if sender.send(Read::Chunk(slot, mark)).is_err() {
                return;
            }
            scope.spawn(move |_| {
                let mut forms = Forms::default();
                let ready = captures.into_iter().map(|capture| prepare(capture, &mut forms).map(Box::new)).collect();
                drop(done.send(ready));
            });
            if (1..(bytes / CHUNK_BYTES).min(CHUNKS_AHEAD)).any(|_| sender.send(Read::Weight).is_err()) {
                return;
            }
        }
    });
}
