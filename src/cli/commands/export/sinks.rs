//! The way out for each format.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use morgue::exchange::ninjs::write_item;
use morgue::exchange::{write_alias, write_capture};
use morgue::{Alias, NewCapture, Timestamp};

/// What to write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    Jsonl,
    #[cfg(feature = "page")]
    Warc,
    Ninjs,
    Git,
}

impl Format {
    pub(super) const fn has_index(self) -> bool {
        !matches!(self, Self::Jsonl | Self::Ninjs | Self::Git)
    }
}

/// The index beside a file.
pub(super) fn beside(path: &Path) -> PathBuf {
    super::with_extension(path, "cdxj")
}

/// What was written beside the file's own rows.
#[derive(Debug, Default)]
pub(super) struct Written {
    /// The lines of an index.
    pub(super) index: Vec<String>,
    /// How many facts the format has no place for.
    pub(super) left_out: u64,
}

/// Takes the facts of an archive, one after the other.
pub(super) trait Sink {
    fn capture(&mut self, capture: &NewCapture) -> io::Result<()>;
    fn alias(&mut self, alias: &Alias) -> io::Result<()>;
    /// Ends the file.
    fn finish(self: Box<Self>) -> io::Result<Written>;
}

/// Opens the way out. `name` is the name of the file.
pub(super) fn open<'a>(
    format: Format,
    out: &'a mut dyn Write,
    name: &str,
    now: Timestamp,
) -> io::Result<Box<dyn Sink + 'a>> {
    #[cfg(not(feature = "page"))]
    let _ = (name, now);
    Ok(match format {
        // Written by story and not by fact: see `super::git`.
        Format::Jsonl | Format::Git => Box::new(Jsonl(out)),
        Format::Ninjs => Box::new(Ninjs { out, left_out: 0 }),
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

    fn finish(self: Box<Self>) -> io::Result<Written> {
        Ok(Written::default())
    }
}

struct Ninjs<'a> {
    out: &'a mut dyn Write,
    left_out: u64,
}

impl Sink for Ninjs<'_> {
    fn capture(&mut self, capture: &NewCapture) -> io::Result<()> {
        self.left_out += u64::from(!write_item(&mut self.out, capture)?);
        Ok(())
    }

    fn alias(&mut self, _: &Alias) -> io::Result<()> {
        self.left_out += 1;
        Ok(())
    }

    fn finish(self: Box<Self>) -> io::Result<Written> {
        Ok(Written { left_out: self.left_out, ..Written::default() })
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

    fn finish(self: Box<Self>) -> io::Result<Written> {
        let (_, index) = (*self).finish()?;
        Ok(Written { index, ..Written::default() })
    }
}
