//! The lock of a directory: one process at a time, and a name for the one that has it.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use super::Error;

const FILE: &str = "lock";
const RETRY_AFTER: Duration = Duration::from_millis(20);

/// A lock that is held; dropping it gives it back, and so does the end of the process however it comes.
#[derive(Debug)]
pub(super) struct DirectoryLock {
    file: File,
}

impl DirectoryLock {
    /// Takes the lock of a directory, trying again for as long as `wait`.
    pub(super) fn take(directory: &Path, wait: Duration) -> Result<Self, Error> {
        let path = directory.join(FILE);
        let io = |doing, source| Error::Io { doing, path: path.clone(), source };
        let mut options = OpenOptions::new();
        // Not truncated: until the lock is ours, the number in the file is that of the holder.
        options.read(true).write(true).create(true).truncate(false);
        let file = options.open(&path).map_err(|source| io("open", source))?;
        let end = Instant::now() + wait;
        loop {
            match file.try_lock() {
                Ok(()) => return Self::sign(file).map_err(|source| io("write", source)),
                Err(TryLockError::Error(source)) => return Err(io("lock", source)),
                Err(TryLockError::WouldBlock) if Instant::now() >= end => return Err(in_use(directory.into(), file)),
                Err(TryLockError::WouldBlock) => thread::sleep(RETRY_AFTER.min(end - Instant::now())),
            }
        }
    }

    fn sign(mut file: File) -> io::Result<Self> {
        file.set_len(0)?;
        file.write_all(format!("{}\n", std::process::id()).as_bytes())?;
        Ok(Self { file })
    }
}

impl Drop for DirectoryLock {
    fn drop(&mut self) {
        // A number left behind would do no harm: it is only read while somebody holds the lock. Closing the file unlocks it.
        let _ = self.file.set_len(0);
    }
}

/// Takes the lock of a directory without writing there, for one who only reads the files; `None` where no lock was ever taken.
pub(crate) fn guard(directory: &Path) -> Result<Option<File>, Error> {
    let path = directory.join(FILE);
    let io = |doing, source| Error::Io { doing, path: path.clone(), source };
    let file = match File::open(&path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(io("open", source)),
    };
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Err(in_use(directory.into(), file)),
        Err(TryLockError::Error(source)) => Err(io("lock", source)),
    }
}

/// Says who has the directory. The holder writes its number right after taking the lock, so it gets a moment to do so.
fn in_use(path: PathBuf, mut file: File) -> Error {
    thread::sleep(Duration::from_millis(2));
    let mut text = String::new();
    let read = file.rewind().and_then(|()| file.read_to_string(&mut text));
    Error::InUse { path, pid: read.ok().and_then(|_| text.trim().parse().ok()), doing: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_taker_hears_who_has_it() {
        let directory = tempfile::tempdir().unwrap();
        let held = DirectoryLock::take(directory.path(), Duration::ZERO).unwrap();
        let error = DirectoryLock::take(directory.path(), Duration::ZERO).unwrap_err();
        assert!(matches!(&error, Error::InUse { pid: Some(pid), .. } if *pid == std::process::id()), "{error:?}");
        drop(held);
        DirectoryLock::take(directory.path(), Duration::ZERO).unwrap();
    }

    #[test]
    fn waiting_takes_a_lock_that_is_given_back_meanwhile() {
        let directory = tempfile::tempdir().unwrap();
        let held = DirectoryLock::take(directory.path(), Duration::ZERO).unwrap();
        thread::scope(|scope| {
            let waiting = scope.spawn(|| DirectoryLock::take(directory.path(), Duration::from_secs(60)).map(drop));
            thread::sleep(Duration::from_millis(50));
            assert!(!waiting.is_finished());
            drop(held);
            waiting.join().unwrap().unwrap();
        });
    }

    #[test]
    fn a_number_that_a_dead_process_left_is_no_holder() {
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join(FILE), "4294967295\n").unwrap();
        let _held = DirectoryLock::take(directory.path(), Duration::ZERO).unwrap();
        let text = std::fs::read_to_string(directory.path().join(FILE)).unwrap();
        assert_eq!(text.trim().parse(), Ok(std::process::id()));
    }
}
