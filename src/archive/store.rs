//! Typed reading of rows: what turns bytes of the engine into packs and records, and keeps the last few of them.

mod scan;

use std::ops::Bound;
use std::sync::{Arc, Mutex};

use quick_cache::Weighter;
use quick_cache::sync::Cache;
use rayon::prelude::*;

use crate::engine::{Engine, KeyRange, Order, Row, prefix_range};
use crate::format::codec::Record;
use crate::format::gather::Page;
use crate::format::key::{self, META_GENERATION, PackId};
use crate::format::pack::build::NewText;
use crate::format::pack::{Base, Pack, Section, Text};
use crate::format::record::{GenerationRecord, IndexRecord};
use crate::format::{FormatError, codec};
use crate::model::{ArticleHash, StoryKey};

use self::scan::IndexScan;
pub(super) use self::scan::{Entry, merge};
use super::Error;
use super::outline::Outline;
use super::page_map::{PageMap, PagePlace, PageSum, SeenPage};
use super::raw::LastBase;

/// The engine, and what was read of it last.
#[derive(Debug)]
pub(super) struct Store {
    engine: Arc<dyn Engine>,
    unpacked: Cache<UnpackedKey, Unpacked, UnpackedWeight>,
    pub(super) page_map: PageMap,
    /// By the name of the story.
    pub(super) outlines: Cache<StoryKey, Arc<Outline>, OutlineWeight>,
    pub(super) last_base: Mutex<LastBase>,
}

/// Where something that was unpacked stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum UnpackedKey {
    Pack(PackId),
    /// By its number in the pack.
    Frame(PackId, usize),
    /// By the checksum at the end of the row, so that a page that was rewritten is another one.
    Page(PageSum),
}

/// Something that was unpacked. All of it shares one memory, so that what is asked for has most of it: texts where they are read, pages of
/// the index where captures come in.
#[derive(Debug, Clone)]
enum Unpacked {
    Pack(Arc<Pack>),
    Frame(Arc<str>),
    Page(Arc<Page>),
}

#[derive(Debug, Clone)]
struct UnpackedWeight;

impl Weighter<UnpackedKey, Unpacked> for UnpackedWeight {
    fn weight(&self, _: &UnpackedKey, unpacked: &Unpacked) -> u64 {
        let bytes = match unpacked {
            Unpacked::Pack(pack) => pack.weight(),
            Unpacked::Frame(frame) => frame.len() + 100,
            Unpacked::Page(page) => page.weight(),
        };
        bytes as u64
    }
}

#[derive(Debug, Clone)]
pub(super) struct OutlineWeight;

impl Weighter<StoryKey, Arc<Outline>> for OutlineWeight {
    fn weight(&self, name: &StoryKey, outline: &Arc<Outline>) -> u64 {
        (outline.weight() + name.as_str().len() + 100) as u64
    }
}

/// A page of the index with the key of its row.
pub(super) type KeyedPage = (Vec<u8>, Arc<Page>);

/// Where the index is read from: the store, or a transaction on top of it.
pub(super) trait Rows {
    fn store(&self) -> &Store;

    fn index(&self, key: &StoryKey) -> Result<Option<IndexRecord>, Error>;
}

impl Rows for Store {
    fn store(&self) -> &Store {
        self
    }

    fn index(&self, key: &StoryKey) -> Result<Option<IndexRecord>, Error> {
        let sort = key.sort_bytes();
        let found = self.engine.get(&key::sorted(key::INDEX, &sort))?;
        self.index_of(&sort, found.as_deref()).map_err(|error| error.in_story(key))
    }
}

impl Store {
    /// Most of the memory is for what was unpacked, what is left for outlines and for where pages begin: 64 MiB, a quarter of which the
    /// engine takes, tell where all pages of two million keys begin.
    pub(super) fn new(engine: Arc<dyn Engine>, cache_bytes: u64) -> Self {
        let part = cache_bytes / 18;
        let unpacked = 14 * part;
        Self {
            engine,
            unpacked: Cache::with_weighter(Self::items(unpacked, 16 << 10), unpacked, UnpackedWeight),
            page_map: PageMap::new(3 * part),
            outlines: Cache::with_weighter(Self::items(part, 1 << 10), part, OutlineWeight),
            last_base: Mutex::default(),
        }
    }

    /// The same store with a memory of its own, for work that goes through much of it at once.
    pub(super) fn apart(&self, cache_bytes: u64) -> Self {
        Self::new(Arc::clone(&self.engine), cache_bytes)
    }

    fn items(bytes: u64, each: u64) -> usize {
        usize::try_from(bytes / each).unwrap_or(usize::MAX).clamp(16, 1 << 20)
    }

    #[cfg(unix)]
    pub(super) fn shared_engine(&self) -> Arc<dyn Engine> {
        Arc::clone(&self.engine)
    }

    pub(super) fn engine(&self) -> &dyn Engine {
        &*self.engine
    }

    /// Returns a pack; `None` when there is none with this id.
    pub(super) fn pack(&self, id: PackId) -> Result<Option<Arc<Pack>>, Error> {
        if let Some(Unpacked::Pack(pack)) = self.unpacked.get(&UnpackedKey::Pack(id)) {
            return Ok(Some(pack));
        }
        Ok(self.read_pack(id)?.map(|pack| self.keep_pack(pack)))
    }

    fn keep_pack(&self, pack: Pack) -> Arc<Pack> {
        let (key, pack) = (UnpackedKey::Pack(pack.id), Arc::new(pack));
        self.unpacked.insert(key, Unpacked::Pack(Arc::clone(&pack)));
        pack
    }

    /// Returns those packs that there are, read by one thread and unpacked by all.
    pub(super) fn some_packs(&self, ids: &[PackId]) -> Result<Vec<Arc<Pack>>, Error> {
        let row = |id: &PackId| Ok((*id, self.engine.get(&key::pack(*id))?));
        let rows = ids.iter().map(row).collect::<Result<Vec<(PackId, Option<Vec<u8>>)>, Error>>()?;
        let unpack = |(id, row): (PackId, Option<Vec<u8>>)| {
            let pack = row.map_or(Ok(None), |row| decode_pack(id, &row))?;
            Ok(pack.map(|pack| self.keep_pack(pack)))
        };
        rows.into_par_iter().map(unpack).filter_map(Result::transpose).collect()
    }

    /// Returns a pack as it is on disk, whatever was read before.
    pub(super) fn read_pack(&self, id: PackId) -> Result<Option<Pack>, Error> {
        let Some(row) = self.engine.get(&key::pack(id))? else { return Ok(None) };
        decode_pack(id, &row)
    }

    /// Forgets all packs that were read: some are about to be others under the same ids.
    pub(super) fn forget_packs(&self) {
        self.unpacked.clear();
        self.outlines.clear();
    }

    /// Returns a text of a pack, verified by its hash.
    pub(super) fn text(&self, pack: &Pack, text: &Text) -> Result<String, Error> {
        self.read_text(pack, text, str::to_owned)
    }

    /// Does something with a text of a pack, verified by its hash.
    pub(super) fn read_text<T>(&self, pack: &Pack, text: &Text, act: impl Fn(&str) -> T) -> Result<T, Error> {
        Ok(text.in_frame(&self.frame(pack, text.frame)?).map(act)?)
    }

    /// Returns a frame of a pack. It is kept: the next text is often one of the same frame.
    fn frame(&self, pack: &Pack, number: usize) -> Result<Arc<str>, Error> {
        let key = UnpackedKey::Frame(pack.id, number);
        if let Some(Unpacked::Frame(frame)) = self.unpacked.get(&key) {
            return Ok(frame);
        }
        let base = match pack.base_of(number) {
            // It stands in a frame without a base: so much has been checked.
            Base::Here(base) => self.text(pack, base)?,
            Base::Elsewhere(section, hash) => self.elsewhere(section, &hash)?,
            Base::None => String::new(),
        };
        let frame: Arc<str> = pack.unpack(number, &base)?.into();
        self.unpacked.insert(key, Unpacked::Frame(Arc::clone(&frame)));
        Ok(frame)
    }

    /// Returns a text of a section's key that hangs on none in another pack, from whichever pack has it.
    pub(super) fn elsewhere(&self, section: &Section, hash: &ArticleHash) -> Result<String, Error> {
        let mut before = None;
        loop {
            let record = self.index(&section.key)?;
            match self.text_in(record.as_ref().map_or(&[], |record| &record.packs), &section.sort, hash) {
                Ok(Some(text)) => return Ok(text),
                // Sealing may have moved it meanwhile.
                _ if before.as_ref() != Some(&record) => before = Some(record),
                Ok(None) => {
                    let what = format!("the text {}, which it was compressed against, is missing", hash.short());
                    return Err(Error::damaged(what).in_story(&section.key));
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// How [`Pack::each_text`] finds texts that stand elsewhere.
    pub(super) fn finder(&self) -> impl Fn(&Section, &ArticleHash) -> Result<String, FormatError> + '_ {
        |section, hash| self.elsewhere(section, hash).map_err(|error| FormatError::Content(error.to_string()))
    }

    /// Returns a text of a key that stands in one of some packs and hangs on none elsewhere.
    fn text_in(&self, packs: &[PackId], sort: &[u8], hash: &ArticleHash) -> Result<Option<String>, Error> {
        for id in packs {
            let Some(pack) = self.pack(*id)? else { continue };
            let texts = pack.section(sort).map(|section| pack.texts_of(section)).unwrap_or_default();
            if let Some(text) = texts.iter().find(|text| text.hash == *hash && !pack.hangs_elsewhere(text)) {
                return self.text(&pack, text).map(Some);
            }
        }
        Ok(None)
    }

    /// Returns the newest text that a pack has of a key, if it hangs on no other.
    pub(super) fn head(&self, id: PackId, sort: &[u8]) -> Result<Option<NewText>, Error> {
        let Some(pack) = self.pack(id)? else { return Ok(None) };
        let texts = pack.section(sort).map(|section| pack.texts_of(section)).unwrap_or_default();
        let Some(head) = texts.first().filter(|text| pack.stands_alone(text)) else { return Ok(None) };
        let text = self.read_text(&pack, head, |text| Arc::from(text))?;
        Ok(Some(NewText { hash: head.hash, folded: head.folded, text }))
    }

    /// Returns what the index knows of a key: what its own row says, `found`, or else the page in which it stands.
    pub(super) fn index_of(&self, sort: &[u8], found: Option<&[u8]>) -> Result<Option<IndexRecord>, Error> {
        if let Some(bytes) = found {
            return Ok(Some(codec::decode(&key::sorted(key::INDEX, sort), bytes)?));
        }
        let Some((row, value)) = self.page_row(sort)? else { return Ok(None) };
        Ok(self.page(&row, &value)?.find(sort)?)
    }

    /// Returns the row of its own that a key has, and what the index knows of it, to one who has read this generation. It holds as long
    /// as that and the row do.
    pub(super) fn find(&self, sort: &[u8], generation: u64) -> Result<(Option<Vec<u8>>, Option<IndexRecord>), Error> {
        let row = key::sorted(key::INDEX, sort);
        let found = self.engine.get(&row)?;
        let record = match &found {
            Some(bytes) => Some(codec::decode(&row, bytes)?),
            None => self.paged(sort, generation)?,
        };
        Ok((found, record))
    }

    /// What the pages know of a key that has no row of its own.
    fn paged(&self, sort: &[u8], generation: u64) -> Result<Option<IndexRecord>, Error> {
        let page = match self.page_map.find(sort, generation) {
            Some(PagePlace::Nowhere) => return Ok(None),
            Some(PagePlace::Page(begin, sum)) => self.page_at(&begin, sum)?,
            None => None,
        };
        let page = match page {
            Some(page) => Some(page),
            None => self.find_page(sort, generation)?,
        };
        page.map_or(Ok(None), |page| Ok(page.find(sort)?))
    }

    /// The page that begins with a sort form and had a checksum, if it is still there.
    fn page_at(&self, begin: &[u8], sum: PageSum) -> Result<Option<Arc<Page>>, Error> {
        if let Some(page) = self.kept_page(sum) {
            return Ok(Some(page));
        }
        let row = key::sorted(key::PAGES, begin);
        self.engine.get(&row)?.map(|value| self.page(&row, &value)).transpose()
    }

    /// Has the engine look for the page in which a sort form would stand, and notes which it is.
    fn find_page(&self, sort: &[u8], generation: u64) -> Result<Option<Arc<Page>>, Error> {
        let found = self.page_row(sort)?;
        let end = self.page_after(sort)?;
        let Some((row, value)) = found else {
            self.page_map.note(None, end.as_deref(), generation);
            return Ok(None);
        };
        let page = self.page(&row, &value)?;
        let seen = seen_page(&row, &value, page.parts().map(|(sort, _)| sort))?;
        self.page_map.note(Some(seen), end.as_deref(), generation);
        Ok(Some(page))
    }

    /// Returns the page in which a sort form would stand, and its row's key. It is not kept, for those who go through all pages.
    pub(super) fn page_of(&self, sort: &[u8]) -> Result<Option<KeyedPage>, Error> {
        let Some((row, value)) = self.page_row(sort)? else { return Ok(None) };
        let page = match self.kept_page(sum_of(&value)?) {
            Some(page) => page,
            None => Arc::new(decode_page(&row, &value)?),
        };
        Ok(Some((row, page)))
    }

    /// Returns the row of the page in which a sort form would stand: the last one that begins at or before it.
    fn page_row(&self, sort: &[u8]) -> Result<Option<Row>, Error> {
        let upto = (prefix_range(&[key::PAGES]).0, Bound::Included(key::sorted(key::PAGES, sort)));
        Ok(self.engine.scan(upto, Order::Descending).next().transpose()?)
    }

    /// Returns the first sort form of the first page behind the one in which this sort form would stand.
    pub(super) fn page_after(&self, sort: &[u8]) -> Result<Option<Vec<u8>>, Error> {
        let after = (Bound::Excluded(key::sorted(key::PAGES, sort)), prefix_range(&[key::PAGES]).1);
        let Some(row) = self.engine.scan(after, Order::Ascending).next().transpose()? else { return Ok(None) };
        Ok(Some(key::parse_sorted(&row.0, key::PAGES)?.to_vec()))
    }

    fn page(&self, row: &[u8], value: &[u8]) -> Result<Arc<Page>, Error> {
        let sum = sum_of(value)?;
        if let Some(page) = self.kept_page(sum) {
            return Ok(page);
        }
        let page = Arc::new(decode_page(row, value)?);
        self.unpacked.insert(UnpackedKey::Page(sum), Unpacked::Page(Arc::clone(&page)));
        Ok(page)
    }

    fn kept_page(&self, sum: PageSum) -> Option<Arc<Page>> {
        match self.unpacked.get(&UnpackedKey::Page(sum)) {
            Some(Unpacked::Page(page)) => Some(page),
            _ => None,
        }
    }

    /// Returns a number that changes whenever packs or pages are rewritten.
    pub(super) fn generation(&self) -> Result<u64, Error> {
        Ok(self.read_generation()?.number)
    }

    /// Returns that number, and the row that says so.
    pub(super) fn read_generation(&self) -> Result<Generation, Error> {
        let row = self.engine.get(META_GENERATION)?;
        let record: Option<GenerationRecord> =
            row.as_deref().map(|bytes| codec::decode(META_GENERATION, bytes)).transpose()?;
        Ok(Generation { number: record.unwrap_or_default().number, row: row.map(Into::into) })
    }

    /// Returns what the index knows of every key from a sort form on, in order, lazily.
    pub(super) fn index_from(&self, sort: Vec<u8>) -> IndexScan<'_> {
        IndexScan::new(self, sort)
    }
}

/// What the map of pages is told of a page, by its row and the sort forms of its keys.
pub(super) fn seen_page<'a>(
    row: &[u8],
    value: &[u8],
    keys: impl Iterator<Item = &'a [u8]>,
) -> Result<SeenPage, FormatError> {
    Ok(SeenPage::new(key::parse_sorted(row, key::PAGES)?, sum_of(value)?, keys))
}

/// The checksum at the end of a row.
fn sum_of(value: &[u8]) -> Result<PageSum, FormatError> {
    codec::sum_of(value).ok_or(FormatError::Checksum)
}

/// Returns the record of a row; `None` when there is no such row.
pub(super) fn record<T: Record>(engine: &dyn Engine, row: &[u8]) -> Result<Option<T>, Error> {
    Ok(engine.get(row)?.map(|bytes| codec::decode(row, &bytes)).transpose()?)
}

/// A number that changes whenever packs or pages are rewritten, as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Generation {
    pub(super) number: u64,
    row: Option<Arc<[u8]>>,
}

impl Generation {
    /// The row that says so.
    pub(super) fn row(&self) -> Option<Vec<u8>> {
        self.row.as_deref().map(<[u8]>::to_vec)
    }
}

/// Returns the pack in a row; `None` for a number that was set aside. Damage names the pack.
pub(super) fn decode_pack(id: PackId, row: &[u8]) -> Result<Option<Pack>, Error> {
    Pack::decode(id, row).map_err(|error| in_pack(&error, id))
}

/// Names the pack that is damaged.
pub(super) fn in_pack(error: &FormatError, id: PackId) -> Error {
    Error::damaged(format!("pack {}: {error}", pack_name(id)))
}

/// The name of a pack, for people.
pub(super) fn pack_name(id: PackId) -> String {
    let kind = if id & key::SEALED == 0 { "fresh" } else { "sealed" };
    format!("{} ({kind})", key::pack_number(id))
}

/// The key that has this sort form.
pub(super) fn key_of(sort: &[u8]) -> Result<StoryKey, Error> {
    StoryKey::from_sort_bytes(sort).ok_or_else(|| Error::damaged("the index holds a key that is none"))
}

/// All rows of a keyspace.
pub(super) fn keyspace(keyspace: u8) -> KeyRange {
    prefix_range(&[keyspace])
}

/// The rows of a keyspace from a number on.
pub(super) fn keyspace_from(keyspace: u8, number: u64) -> KeyRange {
    (Bound::Included(key::numbered(keyspace, number)), prefix_range(&[keyspace]).1)
}

fn decode_page(row: &[u8], value: &[u8]) -> Result<Page, Error> {
    Page::decode(row, value).map_err(|error| {
        let error = Error::damaged(format!("the page of the index that begins here: {error}"));
        match key::parse_sorted(row, key::PAGES).ok().and_then(StoryKey::from_sort_bytes) {
            Some(first) => error.in_story(&first),
            None => error,
        }
    })
}
