//! Where a salvage reads from: the engine, on a copy of its files; or the bytes of these files.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::fs::{self, File};
use std::io::{self, BufRead as _, BufReader};
use std::ops::Bound;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::engine::{Carved, Engine, EngineKind, Judge, KeyRange, Order, Verdict};
use crate::format::FORMAT_VERSION;
use crate::format::codec;
use crate::format::key::{self, META_FORMAT, PACKS, PackId, RAWS, SEALED, STATES, pack_number};
use crate::format::pack::Pack;
use crate::format::record::FormatRecord;

use super::super::Error;
use super::super::directory::{SALVAGE, expect_empty, open_copy};
use super::super::marker::Marker;

/// What packs are told to; its errors are those of the new archive.
pub(super) type TellPack<'a> = &'a mut dyn FnMut(PackId, &[u8]) -> Result<(), Error>;
/// What rows are told to.
pub(super) type TellRow<'a> = &'a mut dyn FnMut(&[u8], &[u8]) -> Result<(), Error>;

/// Rows of a damaged archive.
pub(super) trait Source {
    /// Tells every row of a pack that can be read; returns whether the end was reached.
    fn packs(&self, tell: TellPack<'_>) -> Result<bool, Error>;

    /// Tells every row of derived data that can be read; returns whether the end was reached.
    fn derived(&self, tell: TellRow<'_>) -> Result<bool, Error>;

    /// Returns a row of a page, where it can be read.
    fn page_row(&self, row: &[u8]) -> Option<Vec<u8>>;
}

/// Refuses a source that is none, and a target that is not empty.
pub(super) fn check_directories(from: &Path, to: &Path) -> Result<(), Error> {
    if store_of(from)?.is_none() {
        return Err(Error::NoArchive { path: from.to_owned() });
    }
    expect_empty(to)
}

/// The engine of an archive, and the directory of its store: what the marker says, and where that is lost, what is there.
pub(super) fn store_of(directory: &Path) -> Result<Option<(EngineKind, PathBuf)>, Error> {
    if let Ok(Some(marker)) = Marker::read(directory) {
        let path = directory.join(&marker.store);
        return Ok(Some((marker.engine, path)).filter(|(_, path)| path.is_dir()));
    }
    let entries = match fs::read_dir(directory) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        read => read.map_err(|source| Error::Io { doing: "read", path: directory.to_owned(), source })?,
    };
    let kind = |path: &Path| {
        let name = path.file_name()?.to_str()?;
        EngineKind::ALL.into_iter().find(|kind| name == kind.name() || name.starts_with(&format!("{}-", kind.name())))
    };
    let paths = entries.flatten().map(|entry| entry.path()).filter(|path| path.is_dir());
    Ok(paths.filter_map(|path| Some((kind(&path)?, path))).max_by(|(_, a), (_, b)| a.cmp(b)))
}

/// A copy of the engine's files, removed with this value: an engine that opens damaged files may change them.
pub(super) struct Copied {
    directory: PathBuf,
    kind: EngineKind,
}

impl Copied {
    /// Copies the files of the store into a new directory in `to`; `None` where that fails, as on a disk without the room.
    pub(super) fn of(from: &Path, to: &Path) -> Result<Option<Self>, Error> {
        fs::create_dir_all(to).map_err(|source| Error::Io { doing: "create", path: to.to_owned(), source })?;
        let (kind, store) = store_of(from)?.ok_or_else(|| Error::NoArchive { path: from.to_owned() })?;
        let copied = Self { directory: to.join(SALVAGE), kind };
        let done = copy(&store, &copied.directory.join(kind.name()));
        Ok(done.is_ok().then_some(copied))
    }

    /// Opens the engine; `None` where it does not open.
    pub(super) fn open(&self) -> Option<Result<Opened, Error>> {
        let engine = open_copy(&self.directory, self.kind).ok()?;
        // A format that cannot be read is damage, and no reason to stop.
        let bytes = engine.get(META_FORMAT).ok()?;
        let version = bytes.and_then(|bytes| codec::decode::<FormatRecord>(META_FORMAT, &bytes).ok());
        Some(version.map_or(Ok(()), |record| check_version(record.version)).map(|()| Opened { engine }))
    }
}

impl Copied {
    /// Says whether the engine found nothing to mend when it opened the copy: what it cuts off it does not miss afterwards.
    pub(super) fn is_as_it_was(&self, from: &Path) -> bool {
        is_same(&from.join("sled/db"), &self.directory.join("sled/db")).unwrap_or(false)
    }
}

/// Says whether a file begins with all bytes of another.
fn is_same(old: &Path, new: &Path) -> io::Result<bool> {
    let (mut old, mut new) = (BufReader::new(File::open(old)?), BufReader::new(File::open(new)?));
    loop {
        let (a, b) = (old.fill_buf()?, new.fill_buf()?);
        let length = a.len().min(b.len());
        if a.is_empty() || a.get(..length) != b.get(..length) || length == 0 {
            return Ok(a.is_empty());
        }
        old.consume(length);
        new.consume(length);
    }
}

impl Drop for Copied {
    fn drop(&mut self) {
        // What is left behind costs space and nothing else.
        let _ = fs::remove_dir_all(&self.directory);
    }
}

fn check_version(found: u32) -> Result<(), Error> {
    match found {
        found if found > FORMAT_VERSION => Err(Error::Newer { found }),
        found if found < FORMAT_VERSION => Err(Error::Older { found }),
        _ => Ok(()),
    }
}

fn copy(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

/// An engine that opened.
pub(super) struct Opened {
    engine: Arc<dyn Engine>,
}

impl Opened {
    fn rows(&self, range: KeyRange, tell: TellRow<'_>) -> Result<bool, Error> {
        for row in self.engine.scan(range, Order::Ascending) {
            // An error of the engine is the end of it.
            let Ok((key, value)) = row else { return Ok(false) };
            tell(&key, &value)?;
        }
        Ok(true)
    }

    /// Tells what parts around the archive keep in it.
    pub(super) fn states(&self, tell: TellRow<'_>) -> Result<bool, Error> {
        self.rows(crate::engine::prefix_range(&[STATES]), tell)
    }
}

impl Source for Opened {
    fn packs(&self, tell: TellPack<'_>) -> Result<bool, Error> {
        let range = crate::engine::prefix_range(&[PACKS]);
        self.rows(range, &mut |row, value| key::parse_number(row, PACKS).map_or(Ok(()), |id| tell(id, value)))
    }

    fn derived(&self, tell: TellRow<'_>) -> Result<bool, Error> {
        self.rows((Bound::Included(vec![0x80]), Bound::Unbounded), tell)
    }

    fn page_row(&self, row: &[u8]) -> Option<Vec<u8>> {
        self.engine.get(row).ok().flatten()
    }
}

/// What was found in the bytes of files.
pub(super) struct Loose {
    carved: Carved,
    /// The rows of pages, by their keys: which of the places.
    pages: HashMap<Vec<u8>, usize>,
    damaged: Vec<Pack>,
}

impl Loose {
    /// Looks through all files of an archive's engine.
    pub(super) fn of(from: &Path) -> Result<Self, Error> {
        let store = store_of(from)?.ok_or_else(|| Error::NoArchive { path: from.to_owned() })?;
        let judge = RefCell::new(Rows::default());
        let mut borrowed = judge.borrow_mut();
        let carved = Carved::from(&store.1, &mut *borrowed)?;
        drop(borrowed);
        let Rows { versions, damaged, .. } = judge.into_inner();
        // Without any, nobody knows; of several, one is what a migration came to.
        versions.last().map_or(Ok(()), |version| check_version(*version))?;
        let pages = carved.places.iter().enumerate().filter(|(_, place)| place.key.first() == Some(&RAWS));
        let pages = pages.map(|(number, place)| (place.key.clone(), number)).collect();
        Ok(Self { carved, pages, damaged })
    }

    /// Packs that are damaged, as far as they say what they held.
    pub(super) fn damaged(&self) -> &[Pack] {
        &self.damaged
    }

    fn rows(&self, is_asked_for: fn(&[u8]) -> bool, tell: TellRow<'_>) -> Result<bool, Error> {
        for place in self.carved.places.iter().filter(|place| is_asked_for(&place.key)) {
            let value = self.carved.value(place)?;
            // A disk that fails may read another time what it does not now.
            if codec::is_whole(&place.key, &value) {
                tell(&place.key, &value)?;
            }
        }
        Ok(true)
    }
}

impl Source for Loose {
    fn packs(&self, tell: TellPack<'_>) -> Result<bool, Error> {
        self.rows(|key| key.first() == Some(&PACKS), &mut |row, value| {
            key::parse_number(row, PACKS).map_or(Ok(()), |id| tell(id, value))
        })
    }

    fn derived(&self, tell: TellRow<'_>) -> Result<bool, Error> {
        self.rows(|key| key.first().is_some_and(|first| first & 0x80 != 0), tell)
    }

    fn page_row(&self, row: &[u8]) -> Option<Vec<u8>> {
        let place = self.carved.places.get(*self.pages.get(row)?)?;
        self.carved.value(place).ok().filter(|value| codec::is_whole(row, value))
    }
}

/// Knows the rows of an archive by their checksums.
#[derive(Default)]
struct Rows {
    seen: HashSet<[u8; 8]>,
    versions: BTreeSet<u32>,
    /// The pack that was found last: the next one has a number that is near.
    near: PackId,
    damaged: Vec<Pack>,
    /// Damaged packs that were looked at, so that each is looked at once.
    looked_at: HashSet<[u8; 8]>,
}

/// The id of a pack without its key is looked for so far around that of the pack before.
const NEAR: u64 = 8 << 10;
/// So many damaged packs are told of at most.
const MOST_DAMAGED: usize = 10_000;

impl Judge for Rows {
    fn judge(&mut self, key: &[u8], value: &[u8]) -> Verdict {
        let Some(sum) = codec::sum_of(value).filter(|_| codec::is_whole(key, value)) else { return Verdict::None };
        if key == META_FORMAT
            && let Ok(record) = codec::decode::<FormatRecord>(key, value)
        {
            self.versions.insert(record.version);
        }
        if let Ok(id) = key::parse_number(key, PACKS) {
            self.near = id;
        }
        if self.seen.insert(sum) { Verdict::New } else { Verdict::Known }
    }

    fn loose(&mut self, bytes: &[u8]) -> Option<(Vec<u8>, usize)> {
        let length = Pack::measure(bytes)?;
        let row = bytes.get(..length)?;
        let sum = codec::sum_of(row)?;
        if self.seen.contains(&sum) || self.looked_at.contains(&sum) {
            return None;
        }
        if let Some(key) = self.ids().map(key::pack).find(|key| codec::is_whole(key, row)) {
            return Some((key, length));
        }
        self.looked_at.insert(sum);
        if self.damaged.len() < MOST_DAMAGED {
            self.damaged.extend(Pack::decode_damaged(row));
        }
        None
    }
}

impl Rows {
    /// The ids that a pack may have, the likely ones first: numbers near the last one, fresh or sealed.
    fn ids(&self) -> impl Iterator<Item = PackId> + use<> {
        let (near, kind) = (pack_number(self.near), self.near & SEALED);
        let around = (0..NEAR).flat_map(move |far| [near.checked_add(far), near.checked_sub(far).filter(|_| far > 0)]);
        let first = 0..NEAR.min(near);
        around.flatten().chain(first).flat_map(move |number| [number | kind, number | (kind ^ SEALED)])
    }
}
