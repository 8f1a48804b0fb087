//! Where commits will go that are not made yet: so each can be encoded while those before it are made.

use std::collections::BTreeMap;
use std::sync::mpsc::SyncSender;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rayon::Scope;

use crate::archive::Error;
use crate::archive::transaction::{Change, Place, Placed};

/// A change that is encoded for the place that it will have.
pub(super) type Encoded = Result<(Change, Placed), Error>;

/// Gives every change the place behind the one before it, as soon as that is known. The places of all are wrong once a commit fails or
/// somebody else makes one; then the commits themselves find right ones, until [`Places::begin_at`].
#[derive(Clone)]
pub(super) struct Places(Arc<Mutex<State>>);

struct State {
    next: Place,
    /// The number of the change that comes next, and those behind it that are compressed already.
    number: u64,
    waiting: BTreeMap<u64, (Result<Change, Error>, SyncSender<Encoded>)>,
}

impl Places {
    pub(super) fn new(next: Place) -> Self {
        Self(Arc::new(Mutex::new(State { next, number: 0, waiting: BTreeMap::new() })))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Has the change that comes next begin at a place.
    pub(super) fn begin_at(&self, next: Place) {
        self.state().next = next;
    }

    /// Takes a change by its number, and has those encoded whose places are known now.
    pub(super) fn take(&self, jobs: &Scope<'_>, number: u64, change: Result<Change, Error>, done: SyncSender<Encoded>) {
        let mut state = self.state();
        state.waiting.insert(number, (change, done));
        let mut placed = Vec::new();
        while let Some((change, done)) = {
            let number = state.number;
            state.waiting.remove(&number)
        } {
            state.number += 1;
            let at = state.next;
            state.next = change.as_ref().map_or(at, |change| change.after(at));
            placed.push((change, at, done));
        }
        drop(state);
        let encode = |(change, at, done): (Result<Change, Error>, Place, SyncSender<Encoded>)| {
            let place = |mut change: Change| change.place(at).map(|placed| (change, placed));
            // Nobody listens after an error.
            drop(done.send(change.and_then(place)));
        };
        let Some(last) = placed.pop() else { return };
        for change in placed {
            jobs.spawn(move |_| encode(change));
        }
        encode(last);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::sync_channel;

    use super::*;
    use crate::Archive;
    use crate::archive::plan::plan;
    use crate::archive::prepare::prepare;
    use crate::archive::transaction::Transaction;
    use crate::model::{Article, NewCapture, StoryKey};
    use crate::text::Forms;

    /// A change that adds so many captures of one story.
    fn change(archive: &Archive, story: &str, captures: usize) -> Change {
        let prepared: Vec<_> = (1..=captures)
            .map(|day| {
                let at = format!("2026-02-{day:02}").parse().unwrap();
                let new = NewCapture::article(StoryKey::id(story).unwrap(), at, Article::new(format!("Day {day}")));
                prepare(new, &mut Forms::default()).unwrap()
            })
            .collect();
        let mut transaction = Transaction::new(archive.store());
        plan(&mut transaction, &prepared).unwrap();
        Change::of(vec![transaction]).unwrap()
    }

    #[test]
    fn changes_that_come_in_any_order_get_their_places_in_their_own() {
        let archive = Archive::in_memory();
        let places = Places::new(archive.next_place().unwrap());
        let sizes = [3, 1, 0, 4];
        let (dones, slots): (Vec<_>, Vec<_>) = sizes.iter().map(|_| sync_channel::<Encoded>(1)).unzip();
        let mut dones: Vec<_> = dones.into_iter().map(Some).collect();
        rayon::in_place_scope(|jobs| {
            for number in [1, 3, 0, 2] {
                let change = match sizes[number] {
                    // One that could not be made takes no place.
                    0 => Err(Error::damaged("nothing")),
                    captures => Ok(change(&archive, &format!("story {number}"), captures)),
                };
                places.take(jobs, number as u64, change, dones[number].take().unwrap());
            }
        });
        let at = slots.iter().map(|slot| slot.recv().unwrap().ok().map(|(_, placed)| placed.at));
        let first = archive.next_place().unwrap();
        let place = |arrival, keys, packs| Some(Place { arrival, keys, pack: first.pack + packs });
        assert_eq!(at.collect::<Vec<_>>(), [place(0, 0, 0), place(3, 1, 1), None, place(4, 2, 2)]);
    }
}
