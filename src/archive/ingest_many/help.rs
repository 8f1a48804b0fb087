//! Work of one thread that others help with when they have nothing else to do.

use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex, PoisonError};

use rayon::Scope;

/// Does something with each item, in this thread and in jobs that help it, so many items at a time; returns what comes of them, in
/// their order.
///
/// A parallel iterator would wait until the pool takes it up, behind all other jobs there. Here a job that comes late finds nothing
/// left to do, and nobody waits for it. `None` when one has panicked, which its scope will tell.
pub(super) fn with_help<'a, I, O>(
    jobs: &Scope<'a>,
    items: Vec<I>,
    at_once: usize,
    act: impl Fn(I) -> O + Clone + Send + 'a,
) -> Option<Vec<O>>
where
    I: Send + 'a,
    O: Send + 'a,
{
    let count = items.len();
    let helpers = rayon::current_num_threads().min(count.div_ceil(at_once)).saturating_sub(1);
    let items = Arc::new(Mutex::new(items.into_iter().enumerate()));
    let (sender, results) = channel();
    let work = move || {
        loop {
            let taken: Vec<(usize, I)> =
                items.lock().unwrap_or_else(PoisonError::into_inner).by_ref().take(at_once).collect();
            if taken.is_empty() {
                return;
            }
            for (place, item) in taken {
                // Nobody listens when another one has panicked.
                _ = sender.send((place, act(item)));
            }
        }
    };
    for _ in 0..helpers {
        let work = work.clone();
        jobs.spawn(move |_| work());
    }
    work();
    drop(work);
    let mut done: Vec<(usize, O)> = results.into_iter().take(count).collect();
    done.sort_unstable_by_key(|(place, _)| *place);
    (done.len() == count).then(|| done.into_iter().map(|(_, outcome)| outcome).collect())
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::sync_channel;

    use super::*;

    #[test]
    fn all_is_done_in_order() {
        for count in [0, 1, 5, 1_000] {
            let squares = rayon::in_place_scope(|jobs| with_help(jobs, (0..count).collect(), 3, |item| item * item));
            assert_eq!(squares, Some((0..count).map(|item| item * item).collect::<Vec<u64>>()));
        }
    }

    /// Every thread of the pool waits for the work that it could help with.
    #[test]
    fn a_busy_pool_is_not_waited_for() {
        let (busy, until) = sync_channel::<()>(0);
        let until = Mutex::new(until);
        let sum = rayon::in_place_scope(|jobs| {
            for _ in 0..rayon::current_num_threads() {
                jobs.spawn(|_| assert!(until.lock().unwrap().recv().is_err()));
            }
            let done = with_help(jobs, vec![1, 2, 3], 1, |item| item);
            drop(busy);
            done.unwrap().into_iter().sum::<i32>()
        });
        assert_eq!(sum, 6);
    }
}
