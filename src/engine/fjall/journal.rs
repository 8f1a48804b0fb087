//! fjall's journal as it stands on disk: files that are numbered, and in them batches, one behind the other.
//!
//! A batch is a beginning (a 1, how many items, its number), as many items (a 2, what it is, 0 for not compressed, the
//! keyspace, the lengths of key and value, the latter twice, both), and an end (a 3, XXH3 of the items, `FJL` and a 3).
//! Numbers are little-endian. fjall syncs a journal before it begins the next one, so only the newest can hold what was not
//! synced. A new one is 64 MB long, and zeros follow its batches.

use std::fs::{self, File};
use std::io::{self, BufReader, ErrorKind, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use xxhash_rust::xxh3::xxh3_64;

use crate::engine::Error;
use crate::engine::disk::io_error;
use crate::engine::errors::damaged;

const EXTENSION: &str = "jnl";
const START: u8 = 1;
const ITEM: u8 = 2;
const END: u8 = 3;
const NOT_COMPRESSED: u8 = 0;

/// A file of the journal.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Journal {
    pub(super) number: u64,
    pub(super) path: PathBuf,
}

/// What a journal holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Extent {
    /// Where its batches end: up to the first one that is not whole.
    pub(super) end: u64,
    /// Whether something else than zeros follows.
    pub(super) broken: bool,
}

impl Journal {
    /// The journal with a number, whether it is there or not.
    pub(super) fn numbered(directory: &Path, number: u64) -> Self {
        Self { number, path: directory.join(format!("{number}.{EXTENSION}")) }
    }

    /// Reads all batches and holds them to their checksums.
    pub(super) fn extent(&self) -> io::Result<Extent> {
        let mut batches = Batches::open(&self.path, 0)?;
        let mut items = Vec::new();
        let end = batches.end(Some(&mut items))?;
        batches.file.seek(SeekFrom::Start(end))?;
        Ok(Extent { end, broken: !is_zero(&mut batches.file)? })
    }

    /// Follows the batches from where one begins, by their lengths alone; returns where they end.
    pub(super) fn follow(&self, from: u64) -> io::Result<u64> {
        Batches::open(&self.path, from)?.end(None)
    }

    /// Cuts off what stands behind a place, for good.
    pub(super) fn cut(&self, end: u64) -> io::Result<()> {
        let file = File::options().write(true).open(&self.path)?;
        file.set_len(end)?;
        file.sync_all()
    }
}

/// The journals of a store, the oldest first.
pub(super) fn journals(directory: &Path) -> Result<Vec<Journal>, Error> {
    let mut paths = list(directory)?;
    paths.retain(|path| path.extension().is_some_and(|extension| extension == EXTENSION));
    let number = |path: PathBuf| {
        let number = path.file_stem().and_then(|stem| stem.to_str()?.parse().ok());
        // fjall opens no store with such a file.
        let number = number.ok_or_else(|| damaged(format!("{} has no number", path.display()), directory))?;
        Ok(Journal { number, path })
    };
    let mut journals = paths.into_iter().map(number).collect::<Result<Vec<_>, Error>>()?;
    journals.sort();
    Ok(journals)
}

/// The paths in a directory.
pub(super) fn list(directory: &Path) -> Result<Vec<PathBuf>, Error> {
    let list = || fs::read_dir(directory)?.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>();
    list().map_err(|source| match source.kind() {
        ErrorKind::NotFound => damaged(format!("{} is missing", directory.display()), directory),
        _ => io_error("list", directory, source),
    })
}

/// A journal that is read. Whatever stands there, no more is read or kept than the file is long.
struct Batches {
    file: BufReader<File>,
    at: u64,
    length: u64,
}

impl Batches {
    fn open(path: &Path, at: u64) -> io::Result<Self> {
        let mut file = File::open(path)?;
        let length = file.metadata()?.len();
        file.seek(SeekFrom::Start(at))?;
        Ok(Self { file: BufReader::with_capacity(64 << 10, file), at, length })
    }

    /// Goes on as long as batches are whole. The items of each are gathered where its checksum is to be looked at.
    fn end(&mut self, mut items: Option<&mut Vec<u8>>) -> io::Result<u64> {
        let mut end = self.at;
        while self.batch(items.as_deref_mut())? {
            end = self.at;
        }
        Ok(end)
    }

    fn batch(&mut self, mut items: Option<&mut Vec<u8>>) -> io::Result<bool> {
        let Some([START, a, b, c, d, _, _, _, _, _, _, _, _]) = self.take()? else { return Ok(false) };
        let count = u32::from_le_bytes([a, b, c, d]);
        items.iter_mut().for_each(|items| items.clear());
        for _ in 0..count {
            if !self.item(items.as_deref_mut())? {
                return Ok(false);
            }
        }
        let Some([END, sum @ .., b'F', b'J', b'L', 3]) = self.take::<13>()? else { return Ok(false) };
        Ok(count > 0 && items.is_none_or(|items| xxh3_64(items) == u64::from_le_bytes(sum)))
    }

    fn item(&mut self, items: Option<&mut Vec<u8>>) -> io::Result<bool> {
        let Some(head) = self.take::<21>()? else { return Ok(false) };
        let [ITEM, _, NOT_COMPRESSED, _, _, _, _, _, _, _, _, k, l, a, b, c, d, e, f, g, h] = head else {
            return Ok(false);
        };
        let value = u32::from_le_bytes([a, b, c, d]);
        let length = u64::from(u16::from_le_bytes([k, l])) + u64::from(value);
        if [a, b, c, d] != [e, f, g, h] || length > self.length - self.at {
            return Ok(false);
        }
        self.at += length;
        match items {
            Some(items) => {
                items.extend(head);
                let read = (&mut self.file).take(length).read_to_end(items)?;
                if read as u64 == length { Ok(true) } else { Err(ErrorKind::UnexpectedEof.into()) }
            }
            None => self.file.seek_relative(length as i64).map(|()| true),
        }
    }

    /// The next bytes; `None` where the file ends before.
    fn take<const N: usize>(&mut self) -> io::Result<Option<[u8; N]>> {
        if self.length - self.at < N as u64 {
            return Ok(None);
        }
        let mut bytes = [0; N];
        self.file.read_exact(&mut bytes)?;
        self.at += N as u64;
        Ok(Some(bytes))
    }
}

fn is_zero(file: &mut BufReader<File>) -> io::Result<bool> {
    let mut block = vec![0; 64 << 10];
    loop {
        let read = file.read(&mut block)?;
        if read == 0 {
            return Ok(true);
        }
        if block.iter().take(read).any(|byte| *byte != 0) {
            return Ok(false);
        }
    }
}
