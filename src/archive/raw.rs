//! Pages that were kept beside captures.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::PoisonError;

use crate::format::key::PackId;
use crate::format::pack::Raw;
use crate::format::pack::build::NewSection;
use crate::format::raw::{self, PackedRaw, RawHash, RawRows};
use crate::model::{Capture, RawHead, RawPage, StoryKey, Timestamp};

use super::component::{Known, Loaded};
use super::store::Store;
use super::{Archive, Error};

/// A page that is to be kept beside a capture.
#[derive(Debug, Clone)]
pub(super) struct NewPage {
    pub(super) captured_at: Timestamp,
    pub(super) digest: [u8; 8],
    pub(super) hash: RawHash,
    pub(super) page: RawPage,
}

impl NewPage {
    pub(super) fn of(capture: &Capture, page: &RawPage) -> Self {
        let (captured_at, digest) = (capture.captured_at, capture.digest);
        Self { captured_at, digest, hash: RawHash::of(page), page: page.clone() }
    }

    /// Says whether this is what a pack says was kept.
    pub(super) fn is(&self, raw: &Raw) -> bool {
        (raw.captured_at, raw.digest, raw.hash) == (self.captured_at, self.digest, self.hash)
    }
}

/// The page that was read last and others are compressed against, with the sort form of its key.
pub(super) type LastBase = Option<(Vec<u8>, RawHash, RawPage)>;

impl Archive {
    /// Returns the page that a capture was made of, verified; `None` when none was kept.
    ///
    /// ```
    /// use morgue::{Archive, Article, Durability, NewCapture, RawPage, StoryKey};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let archive = Archive::in_memory();
    /// let story = StoryKey::url("https://news.example/bridge")?;
    /// let page = RawPage::new(story.as_str(), b"<h1>Closed</h1>".to_vec());
    /// let mut capture = NewCapture::article(story.clone(), "2026-03-01".parse()?, Article::new("Closed"));
    /// capture.raw = Some(page.clone());
    /// archive.ingest(capture, Durability::Synced)?;
    /// let capture = &archive.captures(&story)?[0];
    /// assert_eq!(archive.raw_page(capture)?, Some(page));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// Where two pages were kept beside one capture, the one that sorts first by its hash.
    ///
    /// # Errors
    /// Errors of the engine, and damage.
    pub fn raw_page(&self, capture: &Capture) -> Result<Option<RawPage>, Error> {
        let page = self.raw_of(capture)?.map(|hash| self.store().raw_page(&capture.key.sort_bytes(), hash));
        page.transpose().map_err(|error| error.in_story(&capture.key).at(capture.captured_at))
    }

    /// Returns what came with the page that was kept beside the latest article seen at a URL, where it came from that URL: what a
    /// server needs to say that nothing has changed since. The page itself is not read.
    ///
    /// A page that was seen later and held no article, a teaser say, does not count: that it has not changed is no news of the article.
    ///
    /// ```
    /// use morgue::{Archive, Article, Durability, NewCapture, RawPage, StoryKey};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let archive = Archive::in_memory();
    /// let story = StoryKey::url("https://news.example/bridge")?;
    /// let page = RawPage::new(story.as_str(), b"<h1>Closed</h1>".to_vec());
    /// let mut capture = NewCapture::article(story.clone(), "2026-03-01".parse()?, Article::new("Closed"));
    /// capture.raw = Some(RawPage { etag: Some("\"7\"".to_owned()), ..page });
    /// archive.ingest(capture, Durability::Synced)?;
    /// let head = archive.raw_head_of_article(&story)?.ok_or("it was kept")?;
    /// assert_eq!(head.etag.as_deref(), Some("\"7\""));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Errors of the engine, and damage.
    pub fn raw_head_of_article(&self, url: &StoryKey) -> Result<Option<RawHead>, Error> {
        let captures = self.captures(url)?;
        let Some(last) = captures.iter().rev().find(|capture| capture.outcome.article().is_some()) else {
            return Ok(None);
        };
        let Some(hash) = self.raw_of(last)? else { return Ok(None) };
        let head = self.store().raw_head(&last.key.sort_bytes(), hash);
        let head = head.map_err(|error| error.in_story(&last.key).at(last.captured_at))?;
        Ok(Some(head).filter(|head| StoryKey::url(&head.url).is_ok_and(|of| of == *url)))
    }

    /// The page that was kept beside a capture.
    fn raw_of(&self, capture: &Capture) -> Result<Option<RawHash>, Error> {
        let raws = self.raws_of(&capture.key)?;
        let own = raws.iter().find(|raw| raw.captured_at == capture.captured_at && raw.digest == capture.digest);
        Ok(own.map(|raw| raw.hash))
    }

    /// Which pages were kept beside captures of a key, sorted.
    fn raws_of(&self, key: &StoryKey) -> Result<Vec<Raw>, Error> {
        Ok(self.load_key(key)?.raws())
    }
}

/// Which pages were kept beside which captures of a key: by time and digest, in the order of their hashes.
pub(super) fn by_capture(raws: &[Raw]) -> HashMap<(Timestamp, [u8; 8]), Vec<RawHash>> {
    let mut by_capture: HashMap<_, Vec<RawHash>> = HashMap::new();
    for raw in raws {
        by_capture.entry((raw.captured_at, raw.digest)).or_default().push(raw.hash);
    }
    by_capture
}

impl Store {
    /// Returns a page of a key, verified.
    pub(super) fn raw_page(&self, sort: &[u8], hash: RawHash) -> Result<RawPage, Error> {
        let packed = self.packed_raw(sort, hash)?;
        let Some(base) = packed.base() else { return Ok(packed.unpack(b"")?) };
        let base = self.raw_base(sort, base)?;
        Ok(packed.unpack(&base.body)?)
    }

    /// Returns what came with a page of a key.
    fn raw_head(&self, sort: &[u8], hash: RawHash) -> Result<RawHead, Error> {
        let get = |row: &[u8]| Ok::<_, Error>(self.engine().get(row)?);
        raw::head(sort, hash, get)?.ok_or_else(|| Error::damaged("a page that was kept is missing"))
    }

    fn packed_raw(&self, sort: &[u8], hash: RawHash) -> Result<PackedRaw, Error> {
        let get = |row: &[u8]| Ok::<_, Error>(self.engine().get(row)?);
        PackedRaw::gather(sort, hash, get)?.ok_or_else(|| Error::damaged("a page that was kept is missing"))
    }

    /// Returns the rows of a page as they are.
    pub(super) fn raw_rows(&self, sort: &[u8], hash: RawHash) -> Result<RawRows, Error> {
        let rows = RefCell::new(Vec::new());
        let get = |row: &[u8]| {
            let value = self.engine().get(row)?;
            rows.borrow_mut().extend(value.clone().map(|value| (row.to_vec(), value)));
            Ok::<_, Error>(value)
        };
        PackedRaw::gather(sort, hash, get)?.ok_or_else(|| Error::damaged("a page that was kept is missing"))?;
        Ok(rows.into_inner())
    }

    /// Returns a page that stands by itself. Many are compressed against one, so the last one stays at hand.
    fn raw_base(&self, sort: &[u8], hash: RawHash) -> Result<RawPage, Error> {
        let mut last = self.last_base.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((own, known, page)) = &*last
            && own == sort
            && *known == hash
        {
            return Ok(page.clone());
        }
        let packed = self.packed_raw(sort, hash)?;
        if packed.base().is_some() {
            return Err(Error::damaged("the page that another one was compressed against was itself"));
        }
        let page = packed.unpack(b"")?;
        *last = Some((sort.to_vec(), hash, page.clone()));
        Ok(page)
    }

    /// Compresses pages that are to be kept beside captures of a section's key, and notes them there. `packs` has what was kept
    /// before.
    pub(super) fn keep_pages(
        &self,
        section: &mut NewSection,
        packs: &[PackId],
        pages: Vec<NewPage>,
    ) -> Result<RawRows, Error> {
        let sort = section.sort.clone();
        let mut known = Known::new(section.key.clone());
        known.packs = packs.to_vec();
        let mut kept = Loaded::read(self, &[known])?.raws();
        let latest = kept.iter().filter(|raw| raw.is_alone).max_by_key(|raw| raw.captured_at);
        // One that cannot be read is done without.
        let mut base = latest.and_then(|raw| Some((raw.hash, self.raw_base(&sort, raw.hash).ok()?)));
        let mut rows = Vec::new();
        for NewPage { captured_at, digest, hash, page } in pages {
            let bytes = u32::try_from(page.body.len()).unwrap_or(u32::MAX);
            let is_alone = match kept.iter().find(|raw| raw.hash == hash) {
                Some(same) => same.is_alone,
                None => {
                    let against = base.as_ref().map(|(hash, page)| (*hash, &*page.body));
                    let (new, is_alone) = raw::encode(&sort, &page, against)?;
                    rows.extend(new);
                    if is_alone {
                        base = Some((hash, page));
                    }
                    is_alone
                }
            };
            let raw = Raw { captured_at, digest, hash, bytes, is_alone };
            section.raws.push(raw.clone());
            kept.push(raw);
        }
        Ok(rows)
    }
}
