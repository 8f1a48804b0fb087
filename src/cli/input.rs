//! Files and standard input.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use morgue::exchange::Input;

use super::error::{Failure, Result};

/// The largest text file, in bytes; the longest article is far shorter.
const MAX_TEXT_BYTES: u64 = 32 << 20;

/// Says whether the name means standard input.
pub(crate) fn is_stdin(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// Returns the bytes of a text file, or of standard input.
pub(crate) fn read_text(path: &Path) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let read = if is_stdin(path) {
        io::stdin().lock().take(MAX_TEXT_BYTES + 1).read_to_end(&mut bytes)
    } else {
        File::open(path).and_then(|file| file.take(MAX_TEXT_BYTES + 1).read_to_end(&mut bytes))
    };
    read.map_err(|error| Failure::file("read", path, &error))?;
    if bytes.len() as u64 > MAX_TEXT_BYTES {
        return Err(Failure::new(format!(
            "{} has more than {MAX_TEXT_BYTES} bytes: that is no article",
            path.display()
        )));
    }
    Ok(bytes)
}

/// Opens a file that may be compressed, or standard input.
pub(crate) fn open(path: &Path) -> Result<Input> {
    let input = if is_stdin(path) { Input::from_reader("standard input", io::stdin()) } else { Input::open(path) };
    // The error names the file.
    input.map_err(|error| Failure::new(format!("cannot read {error}")))
}
