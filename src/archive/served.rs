//! Reading an archive that another process has open, by way of that process.

use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use crate::engine;
use crate::engine::remote::{Hold, Holding, RemoteEngine, Successive, Successor};

use super::acknowledged::Acknowledged;
use super::directory::open_engine;
use super::marker::Marker;
use super::{Archive, Error, OpenOptions};

/// How often to look whether the archive is free, or served.
const RETRY_AFTER: Duration = Duration::from_millis(20);
/// A host says goodbye before it closes the archive, which may take long: sled may write its log anew.
const CLOSING: Duration = Duration::from_secs(60);
/// Another process that has the archive open meanwhile, and lets nobody read it.
const BETWEEN: Duration = Duration::from_secs(5);

/// The engine of an archive that is read by way of another process.
#[derive(Debug)]
pub(super) struct Served {
    engine: Arc<Successive>,
}

/// The host keeps something as it is while this is there.
#[derive(Debug)]
pub(super) struct Holds {
    _holding: Holding,
}

impl Served {
    /// Whether another process answers now; false once it has gone and this one has the archive open itself.
    pub(super) fn is_elsewhere(&self) -> bool {
        self.engine.remote().is_some()
    }

    /// Has nothing written while the guard is there.
    pub(super) fn hold_writes(&self) -> Result<Holds, Error> {
        Ok(Holds { _holding: self.engine.hold(Hold::Writes)? })
    }

    /// Has packs stay where they are while the guard is there; new ones may come.
    pub(super) fn hold_packs(&self) -> Result<Holds, Error> {
        Ok(Holds { _holding: self.engine.hold(Hold::Packs)? })
    }

    /// Says that the archive is in use, where only its own process can do something.
    pub(super) fn refuse(&self, directory: Option<&Path>) -> Result<(), Error> {
        let Some(remote) = self.engine.remote() else { return Ok(()) };
        let path = directory.map(Path::to_owned).unwrap_or_default();
        Err(engine::Error::InUse { path, pid: Some(remote.host().pid), doing: doing(&remote) }.into())
    }
}

fn doing(remote: &RemoteEngine) -> Option<String> {
    Some(remote.host().doing.clone()).filter(|doing| !doing.is_empty())
}

/// Adds what the process that has an archive open is doing, if it tells.
pub(super) fn told(path: &Path, error: Error) -> Error {
    match error {
        Error::Engine(engine::Error::InUse { path: of, pid, doing: None }) => {
            let host = RemoteEngine::connect(path);
            let pid = host.as_ref().map(|host| host.host().pid).or(pid);
            engine::Error::InUse { path: of, pid, doing: host.as_ref().and_then(doing) }.into()
        }
        error => error,
    }
}

/// Opens an archive for reading: by way of the process that has it open, or itself.
pub(super) fn open(path: &Path, options: &OpenOptions) -> Result<Archive, Error> {
    let end = Instant::now() + options.lock_wait;
    let at_once = OpenOptions { lock_wait: Duration::ZERO, ..options.clone() };
    loop {
        // Only who has the lock serves, so this is the quicker way to learn that it is taken.
        match RemoteEngine::connect(path).map(|remote| open_remote(path, options, remote)) {
            // A host that is just closing the archive is waited for as one that serves nothing.
            None | Some(Err(Error::Engine(engine::Error::Gone { .. }))) => {}
            Some(opened) => return opened,
        }
        match Archive::open_own(path, &at_once) {
            Err(Error::Engine(engine::Error::InUse { .. })) if Instant::now() < end => thread::sleep(RETRY_AFTER),
            opened => return opened,
        }
    }
}

fn open_remote(path: &Path, options: &OpenOptions, remote: RemoteEngine) -> Result<Archive, Error> {
    let before = Before { marker: Marker::read(path)?, pid: remote.host().pid };
    let engines = before.marker.as_ref().map(|marker| marker.engine).zip(options.engine);
    if let Some((found, asked)) = engines.filter(|(found, asked)| found != asked) {
        return Err(Error::OtherEngine { path: path.to_owned(), found, asked });
    }
    let (directory, own) = (path.to_owned(), options.clone());
    let engine = Arc::new(Successive::new(Arc::new(remote), move |gone| succeed(&directory, &own, &before, gone.pid)));
    // First what the file says, then what the store holds: both only grow.
    let acknowledged = Acknowledged::open(path, true)?;
    let served = Arc::new(Served { engine: Arc::clone(&engine) });
    Archive::start_served(engine, options, Some(acknowledged), Some(served))
}

/// Finds who answers once a host, of which the process is known, has closed the archive: this process or another one.
fn succeed(path: &Path, options: &OpenOptions, before: &Before, host: u32) -> Result<Successor, engine::Error> {
    let begin = Instant::now();
    let at_once = OpenOptions { lock_wait: Duration::ZERO, ..options.clone() };
    loop {
        let in_use = match open_engine(path, &at_once) {
            Ok(opened) => return before.is_same(path).map(|()| Successor::Own(opened.engine)),
            Err(Error::Engine(error @ engine::Error::InUse { .. })) => error,
            Err(Error::Engine(error)) => return Err(error),
            Err(error) => return Err(engine::Error::Failed { what: error.to_string() }),
        };
        if let Some(remote) = RemoteEngine::connect(path) {
            return before.is_same(path).map(|()| Successor::Remote(Arc::new(remote)));
        }
        if begin.elapsed() >= patience(&in_use, host).max(options.lock_wait) {
            return Err(in_use);
        }
        thread::sleep(RETRY_AFTER);
    }
}

/// How long to wait for the process that has the archive open.
fn patience(in_use: &engine::Error, host: u32) -> Duration {
    match in_use {
        engine::Error::InUse { pid, .. } if *pid == Some(host) => CLOSING,
        _ => BETWEEN,
    }
}

/// What was read, and by way of whom at first.
struct Before {
    marker: Option<Marker>,
    pid: u32,
}

impl Before {
    /// Refuses a store that has taken the place of the one that was read: the same ids name other packs there.
    fn is_same(&self, path: &Path) -> Result<(), engine::Error> {
        match Marker::read(path) {
            Ok(now) if now == self.marker => Ok(()),
            _ => Err(engine::Error::Gone { path: path.to_owned(), pid: self.pid }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_that_closes_the_archive_is_waited_for_longer_than_another_process() {
        let in_use = |pid| engine::Error::InUse { path: "there".into(), pid, doing: None };
        assert_eq!(patience(&in_use(Some(7)), 7), CLOSING);
        assert_eq!([Some(8), None].map(|pid| patience(&in_use(pid), 7)), [BETWEEN; 2]);
        assert!(CLOSING > BETWEEN);
    }
}
