//! The way out for each format.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use morgue::exchange::{write_alias, write_capture};
use morgue::{Alias, NewCapture, Timestamp};

/// What to write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    Jsonl,
    #[cfg(feature = "page")]
    Warc,
}

impl Format {
    pub(super) const fn has_index(self) -> bool {
        !matches!(self, Self::Jsonl)
    }
}

/// The index beside a file.
pub(super) fn beside(path: &Path) -> PathBuf {
    super::with_extension(path, "cdxj")
}

/// Takes the facts of an archive, one after the other.
pub(super) trait Sink {
    fn capture(&mut self, capture: &NewCapture) -> io::Result<()>;
    fn alias(&mut self, alias: &Alias) -> io::Result<()>;
    /// Ends the file; returns the lines of its index, if it has one.
    fn finish(self: Box<Self>) -> io::Result<Vec<String>>;
}

/// Opens the way out. `name` is the name of the file.
pub(super) fn open<'a>(
    format: Format,
    out: &'a mut dyn Write,
    name: &str,
    now: Timestamp,
) -> io::Result<Box<dyn Sink + 'a>> {
    Ok(match format {
        Format::Jsonl => Box::new(Jsonl(out)),
        #[cfg(feature = "page")]
        Format::Warc => {
            use morgue::exchange::warc::{WarcWriter, WriteOptions};
            let compress = !name.ends_with(".warc");
            Box::new(WarcWriter::new(out, WriteOptions { compress, written_at: now, filename: name.to_owned() })?)
        }
    })
}

struct Jsonl<'a>(&'a mut dyn Write);

impl Sink for Jsonl<'_> {
    fn capture(&mut self, capture: &NewCapture) -> io::Result<()> {
        write_capture(&mut self.0, capture)
    }

    fn alias(&mut self, alias: &Alias) -> io::Result<()> {
        write_alias(&mut self.0, alias)
    }

    fn finish(self: Box<Self>) -> io::Result<Vec<String>> {
        Ok(Vec::new())
    }
}

#[cfg(feature = "page")]
impl Sink for morgue::exchange::warc::WarcWriter<&mut dyn Write> {
    fn capture(&mut self, capture: &NewCapture) -> io::Result<()> {
        Self::capture(self, capture)
    }

    fn alias(&mut self, alias: &Alias) -> io::Result<()> {
        Self::alias(self, alias)
    }

    fn finish(self: Box<Self>) -> io::Result<Vec<String>> {
        (*self).finish().map(|(_, index)| index)
    }
}
