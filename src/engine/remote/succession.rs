//! Reading on when the process that answered closes the store in good order.

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use super::client::{Host, RemoteEngine};
use super::wire::Hold;
use crate::engine::pages::{Page, Pages};
use crate::engine::{Commit, Durability, Engine, Error, KeyRange, Order, Scan};

/// Who answers now.
#[derive(Debug, Clone)]
pub(crate) enum Successor {
    /// Another process.
    Remote(Arc<RemoteEngine>),
    /// Nobody but this process has the store open.
    Own(Arc<dyn Engine>),
}

/// Finds who answers after a host that has said goodbye.
type Succeed = dyn Fn(&Host) -> Result<Successor, Error> + Send + Sync;

/// So many hosts may follow one another during one call.
const MAX_HOSTS: usize = 8;

/// An engine in another process, and in whichever has the store open after it.
///
/// A host that says goodbye has synced all that it ever showed, so what comes after it goes on where it ended. One that was killed
/// may have shown what is lost: then reading ends with an error.
pub(crate) struct Successive {
    now: RwLock<Successor>,
    succeed: Box<Succeed>,
    /// One thread looks for the next.
    looking: Mutex<()>,
    scans: AtomicU64,
    /// Whether a host keeps something as it is: the next one would not.
    is_holding: Arc<AtomicBool>,
}

impl Successive {
    pub(crate) fn new(
        first: Arc<RemoteEngine>,
        succeed: impl Fn(&Host) -> Result<Successor, Error> + Send + Sync + 'static,
    ) -> Self {
        Self {
            now: RwLock::new(Successor::Remote(first)),
            succeed: Box::new(succeed),
            looking: Mutex::default(),
            scans: AtomicU64::new(0),
            is_holding: Arc::default(),
        }
    }

    /// The process that answers; `None` when it is this one.
    pub(crate) fn remote(&self) -> Option<Arc<RemoteEngine>> {
        match self.now() {
            Successor::Remote(remote) => Some(remote),
            Successor::Own(_) => None,
        }
    }

    /// Has the host keep something as it is while the guard is there. Where nobody else has the store open, it stays so by itself.
    pub(crate) fn hold(&self, hold: Hold) -> Result<Holding, Error> {
        let held = self.with(|now| match now {
            Successor::Remote(remote) => remote.hold(hold).map(|()| Some(Arc::clone(remote))),
            Successor::Own(_) => Ok(None),
        });
        let held = held?;
        self.is_holding.store(held.is_some(), Ordering::SeqCst);
        Ok(Holding { host: held, is_holding: Arc::clone(&self.is_holding) })
    }

    fn now(&self) -> Successor {
        self.now.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Asks whoever answers now, and the next one when that has said goodbye.
    fn with<T>(&self, mut ask: impl FnMut(&Successor) -> Result<T, Error>) -> Result<T, Error> {
        for _ in 1..MAX_HOSTS {
            let now = self.now();
            match (ask(&now), &now) {
                (Err(Error::Gone { .. }), Successor::Remote(remote)) if self.may_replace(remote) => {
                    self.replace(remote)?
                }
                (answered, _) => return answered,
            }
        }
        ask(&self.now())
    }

    fn may_replace(&self, gone: &RemoteEngine) -> bool {
        gone.said_goodbye() && !self.is_holding.load(Ordering::SeqCst)
    }

    fn replace(&self, gone: &Arc<RemoteEngine>) -> Result<(), Error> {
        let _looking = self.looking.lock().unwrap_or_else(PoisonError::into_inner);
        if matches!(self.now(), Successor::Remote(now) if Arc::ptr_eq(&now, gone)) {
            let next = (self.succeed)(gone.host())?;
            *self.now.write().unwrap_or_else(PoisonError::into_inner) = next;
        }
        Ok(())
    }

    fn engine<T>(&self, mut ask: impl FnMut(&dyn Engine) -> Result<T, Error>) -> Result<T, Error> {
        self.with(|now| match now {
            Successor::Remote(remote) => ask(&**remote),
            Successor::Own(engine) => ask(&**engine),
        })
    }
}

impl Engine for Successive {
    fn name(&self) -> &'static str {
        match self.now() {
            Successor::Remote(remote) => remote.name(),
            Successor::Own(engine) => engine.name(),
        }
    }

    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Error> {
        self.engine(|engine| engine.get(key))
    }

    fn get_many(&self, keys: &[Vec<u8>]) -> Result<Vec<Option<Vec<u8>>>, Error> {
        self.engine(|engine| engine.get_many(keys))
    }

    fn scan(&self, range: KeyRange, order: Order) -> Scan<'_> {
        let scan = self.scans.fetch_add(1, Ordering::Relaxed);
        // A host that does not know the scan begins with what is left of it.
        let page = move |range: &KeyRange, order, limit| {
            self.with(|now| match now {
                Successor::Remote(remote) => remote.page(scan, range, order, limit),
                Successor::Own(engine) => Page::take(engine.scan(range.clone(), order), limit),
            })
        };
        Box::new(Pages::new(range, order, page))
    }

    fn commit(&self, commit: &Commit, durability: Durability) -> Result<(), Error> {
        self.engine(|engine| engine.commit(commit, durability))
    }

    fn reserve(&self, keys: &[Vec<u8>]) -> Result<(), Error> {
        self.engine(|engine| engine.reserve(keys))
    }

    fn flush(&self) -> Result<(), Error> {
        self.engine(|engine| engine.flush())
    }

    fn size_on_disk(&self) -> Result<u64, Error> {
        self.engine(|engine| engine.size_on_disk())
    }
}

impl fmt::Debug for Successive {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Successive").field("now", &self.now()).finish_non_exhaustive()
    }
}

/// What a host keeps as it is; dropping it lets it go on. One at a time.
#[derive(Debug)]
pub(crate) struct Holding {
    host: Option<Arc<RemoteEngine>>,
    is_holding: Arc<AtomicBool>,
}

impl Drop for Holding {
    fn drop(&mut self) {
        self.is_holding.store(false, Ordering::SeqCst);
        // One that has gone holds nothing.
        let _ = self.host.take().map(|host| host.release());
    }
}
