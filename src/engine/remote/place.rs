//! Where the socket is: in the directory of the archive, for its owner alone.

use std::fs::{self, DirBuilder, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;

/// The name of the socket in the directory of an archive.
pub(super) const FILE: &str = "socket";
/// The name of a directory in which it is made.
const NEW_DIRECTORY: &str = "socket.new";

/// The address of a socket has room for 104 bytes on some systems, and for 108 on Linux.
const MAX_ADDRESS_BYTES: usize = 100;

/// Makes the socket of a directory, in the place of one that was left there. For the process alone that has the lock of the
/// directory.
///
/// It is made in a directory that no other user may enter and moved once it is closed to them: at no time can another user connect,
/// nor is half a socket seen.
pub(super) fn bind(directory: &Path) -> io::Result<UnixListener> {
    let new = directory.join(NEW_DIRECTORY);
    // Left by a process that was killed; a file of that name is none of ours, and an error below.
    let _ = fs::remove_dir_all(&new);
    DirBuilder::new().mode(0o700).create(&new)?;
    let make = || {
        let listener = with_address(&new, |path| UnixListener::bind(path))?;
        fs::set_permissions(new.join(FILE), Permissions::from_mode(0o600))?;
        fs::rename(new.join(FILE), directory.join(FILE))?;
        Ok(listener)
    };
    let made = make();
    let _ = fs::remove_dir_all(&new);
    made
}

/// Connects to the socket of a directory.
pub(super) fn connect(directory: &Path) -> io::Result<UnixStream> {
    with_address(directory, |path| UnixStream::connect(path))
}

/// Does something with the path of the socket in a directory, by a shorter way where it is too long for an address.
fn with_address<T>(directory: &Path, act: impl FnOnce(&Path) -> io::Result<T>) -> io::Result<T> {
    let path = directory.join(FILE);
    if path.as_os_str().len() <= MAX_ADDRESS_BYTES {
        return act(&path);
    }
    by_descriptor(directory, act)
}

/// Linux names every open directory.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn by_descriptor<T>(directory: &Path, act: impl FnOnce(&Path) -> io::Result<T>) -> io::Result<T> {
    use std::os::fd::AsRawFd as _;
    let opened = fs::File::open(directory)?;
    act(&Path::new("/proc/self/fd").join(opened.as_raw_fd().to_string()).join(FILE))
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn by_descriptor<T>(_: &Path, _: impl FnOnce(&Path) -> io::Result<T>) -> io::Result<T> {
    let what = format!("the path is longer than the {MAX_ADDRESS_BYTES} bytes that a socket may have");
    Err(io::Error::new(io::ErrorKind::InvalidInput, what))
}
