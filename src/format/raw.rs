//! Pages as they were fetched: each a frame in rows of its own, compressed against an earlier page of its key where that pays.

use crate::model::{MAX_RAW_BYTES, RawHead, RawPage};

use super::record::{RawHeadRecord, RawPartRecord};
use super::{FormatError, codec, frame, key};

/// The first sixteen bytes of a BLAKE3 hash over address, headers and bytes: which page of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct RawHash(pub(crate) [u8; 16]);

impl RawHash {
    pub(crate) fn of(page: &RawPage) -> Self {
        let mut hasher = blake3::Hasher::new();
        let mut field = |value: &[u8]| {
            hasher.update(&(value.len() as u64).to_le_bytes()).update(value);
        };
        field(page.url.as_bytes());
        for header in [&page.content_type, &page.etag, &page.last_modified] {
            // A page without a type is not the same as one with an empty type.
            field(header.as_ref().map(|text| format!("={text}")).unwrap_or_default().as_bytes());
        }
        field(&page.body);
        let mut hash = [0; 16];
        hasher.finalize_xof().fill(&mut hash);
        Self(hash)
    }
}

// A page is one frame.
const _: () = assert!(MAX_RAW_BYTES <= frame::MAX_FRAME_BYTES);
/// So many bytes of a frame go into one row: larger ones cost sled memory (see `benches/README.md`).
const ROW_BYTES: usize = 14 << 10;
/// A page is compressed against another one only when it becomes smaller by so much: to read it costs the reading of that as well.
const BASE_GAIN: usize = 2;

/// The rows of a page: keys and values.
pub(crate) type RawRows = Vec<(Vec<u8>, Vec<u8>)>;

/// Returns the rows of a page under the sort form of its key, and whether it was compressed by itself. `base` is a page of the key
/// that was.
pub(crate) fn encode(
    sort: &[u8],
    page: &RawPage,
    base: Option<(RawHash, &[u8])>,
) -> Result<(RawRows, bool), FormatError> {
    let hash = RawHash::of(page);
    let alone = compress(&page.body, b"")?;
    let base = base.filter(|(_, body)| frame::can_be_base(body));
    let against = base.map(|(hash, body)| Ok((hash, compress(&page.body, body)?))).transpose()?;
    let against = against.filter(|(_, frame)| frame.len() * BASE_GAIN <= alone.len());
    let (base, packed) = against.map_or((None, alone), |(hash, frame)| (Some(hash), frame));
    let mut parts = packed.chunks(ROW_BYTES);
    let head = RawHeadRecord {
        url: page.url.clone(),
        content_type: page.content_type.clone(),
        etag: page.etag.clone(),
        last_modified: page.last_modified.clone(),
        bytes: u32::try_from(page.body.len()).map_err(|_| FormatError::Content("it is too long".into()))?,
        base: base.map(|hash| hash.0),
        packed: u32::try_from(packed.len()).map_err(|_| FormatError::Content("it is too long".into()))?,
        data: parts.next().unwrap_or_default().to_vec(),
    };
    let first = key::raw(sort, &hash.0, 0);
    let mut rows = vec![(first.clone(), codec::encode(&first, &head)?)];
    for (number, part) in (1..).zip(parts) {
        let row = key::raw(sort, &hash.0, number);
        let value = codec::encode(&row, &RawPartRecord { data: part.to_vec() })?;
        rows.push((row, value));
    }
    Ok((rows, base.is_none()))
}

/// Compresses, and reads it again: what is wrong now must not be found out in years.
fn compress(bytes: &[u8], base: &[u8]) -> Result<Vec<u8>, FormatError> {
    let packed = frame::compress(bytes, base, frame::LASTING)?;
    if frame::decompress(&packed, base, bytes.len())? == bytes {
        return Ok(packed);
    }
    Err(FormatError::Content("the page did not unpack to itself".into()))
}

/// Reads what came with a page from the first of its rows; `None` when that is not there.
///
/// The hash of the page is over its bytes too, so that this is held to the checksum of the row alone.
pub(crate) fn head<E: From<FormatError>>(
    sort: &[u8],
    hash: RawHash,
    get: impl Fn(&[u8]) -> Result<Option<Vec<u8>>, E>,
) -> Result<Option<RawHead>, E> {
    let first = key::raw(sort, &hash.0, 0);
    let Some(value) = get(&first)? else { return Ok(None) };
    let RawHeadRecord { url, content_type, etag, last_modified, bytes, .. } = codec::decode(&first, &value)?;
    Ok(Some(RawHead { url, content_type, etag, last_modified, bytes: bytes as usize }))
}

/// A page as it stands in its rows.
#[derive(Debug)]
pub(crate) struct PackedRaw {
    hash: RawHash,
    head: RawHeadRecord,
    frame: Vec<u8>,
}

impl PackedRaw {
    /// Gathers the rows of a page; `None` when the first of them is not there.
    pub(crate) fn gather<E: From<FormatError>>(
        sort: &[u8],
        hash: RawHash,
        get: impl Fn(&[u8]) -> Result<Option<Vec<u8>>, E>,
    ) -> Result<Option<Self>, E> {
        let first = key::raw(sort, &hash.0, 0);
        let Some(value) = get(&first)? else { return Ok(None) };
        let mut head: RawHeadRecord = codec::decode(&first, &value)?;
        let mut frame = std::mem::take(&mut head.data);
        let mut number = 1;
        while frame.len() < head.packed as usize {
            let row = key::raw(sort, &hash.0, number);
            let value = get(&row)?.ok_or_else(|| FormatError::Content("a part of the page is missing".into()))?;
            let part: RawPartRecord = codec::decode(&row, &value)?;
            if part.data.is_empty() {
                return Err(FormatError::Content("a part of the page is empty".into()).into());
            }
            frame.extend(part.data);
            number += 1;
        }
        Ok(Some(Self { hash, head, frame }))
    }

    /// The page against which it was compressed.
    pub(crate) fn base(&self) -> Option<RawHash> {
        self.head.base.map(RawHash)
    }

    /// Unpacks the page, verified by its hash; `base` is the body of the page that [`PackedRaw::base`] names, or nothing.
    pub(crate) fn unpack(self, base: &[u8]) -> Result<RawPage, FormatError> {
        let Self { hash, head, frame } = self;
        let RawHeadRecord { url, content_type, etag, last_modified, bytes, .. } = head;
        let body = frame::decompress(&frame, base, bytes as usize)?.into();
        let page = RawPage { url, content_type, etag, last_modified, body };
        if RawHash::of(&page) == hash {
            return Ok(page);
        }
        Err(FormatError::Content("the page does not match its hash".into()))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn page(word: &str, noise: u32) -> RawPage {
        let text: String = (0..3_000_u32)
            .map(|n| {
                let word = if n % 300 == 0 { word } else { "rain" };
                format!("<p id=\"{:x}\">{word} {n}</p>\n", n.wrapping_mul(2_654_435_761).wrapping_add(noise))
            })
            .collect();
        RawPage { content_type: Some("text/html".into()), ..RawPage::new("https://news.example/a", text.into_bytes()) }
    }

    fn read(rows: &RawRows, page: &RawPage, base: &[u8]) -> Result<Option<RawPage>, FormatError> {
        let rows: BTreeMap<Vec<u8>, Vec<u8>> = rows.iter().cloned().collect();
        let get = |key: &[u8]| Ok::<_, FormatError>(rows.get(key).cloned());
        let packed = PackedRaw::gather(b"ia", RawHash::of(page), get)?;
        packed.map(|packed| packed.unpack(base)).transpose()
    }

    /// zstd takes what begins so for a dictionary of its own.
    #[test]
    fn a_page_that_looks_like_a_dictionary_is_no_base() {
        let mut old = page("rain", 0);
        old.body = [b"\x37\xa4\x30\xec", &*old.body].concat().into();
        let new = page("rain again", 0);
        let (rows, is_alone) = encode(b"ia", &new, Some((RawHash::of(&old), &old.body))).unwrap();
        assert!(is_alone);
        assert_eq!(read(&rows, &new, b"").unwrap().unwrap().body, new.body);
    }

    #[test]
    fn a_page_is_read_back_alone_and_against_another() {
        let (old, new) = (page("rain", 0), page("rain again", 0));
        let (alone, is_alone) = encode(b"ia", &old, None).unwrap();
        assert!(is_alone && alone.len() > 1, "it takes several rows");
        assert!(alone.iter().all(|(_, value)| value.len() < 16 << 10));
        assert_eq!(read(&alone, &old, b"").unwrap(), Some(old.clone()));
        let base = Some((RawHash::of(&old), &*old.body));
        let (against, is_alone) = encode(b"ia", &new, base).unwrap();
        assert!(!is_alone && against.len() < alone.len());
        assert_eq!(read(&against, &new, &old.body).unwrap(), Some(new.clone()));
        assert!(read(&against, &new, &page("snow", 7).body).is_err(), "another base gives other bytes, or none");
    }

    #[test]
    fn what_came_with_a_page_is_read_of_its_first_row_alone() {
        let page = RawPage { etag: Some("\"7\"".into()), ..page("rain", 0) };
        let (mut rows, _) = encode(b"ia", &page, None).unwrap();
        assert!(rows.len() > 1);
        rows.truncate(1);
        let read = |rows: &RawRows| {
            let rows: BTreeMap<Vec<u8>, Vec<u8>> = rows.iter().cloned().collect();
            head(b"ia", RawHash::of(&page), |key| Ok::<_, FormatError>(rows.get(key).cloned()))
        };
        assert_eq!(read(&rows).unwrap(), Some(RawHead::of(&page)));
        rows[0].1[9] ^= 1;
        assert!(read(&rows).is_err(), "a damaged one");
        assert_eq!(read(&Vec::new()).unwrap(), None);
    }

    #[test]
    fn a_page_that_is_not_like_its_base_stands_alone() {
        let (old, new) = (page("rain", 0), RawPage::new("https://news.example/a", b"short".to_vec()));
        assert!(encode(b"ia", &new, Some((RawHash::of(&old), &*old.body))).unwrap().1);
    }

    #[test]
    fn a_row_that_is_missing_or_damaged_is_an_error() {
        let page = page("rain", 0);
        let (rows, _) = encode(b"ia", &page, None).unwrap();
        for place in 0..rows.len() {
            let mut without = rows.clone();
            without.remove(place);
            let read_without = read(&without, &page, b"");
            assert_eq!(matches!(read_without, Ok(None)), place == 0, "{place}");
            assert_eq!(read_without.is_err(), place != 0, "{place}");
            let mut damaged = rows.clone();
            damaged[place].1[9] ^= 1;
            assert!(read(&damaged, &page, b"").is_err(), "{place}");
        }
    }

    #[test]
    fn pages_that_differ_in_anything_have_different_hashes() {
        let page = RawPage::new("https://news.example/a", b"body".to_vec());
        let others = [
            RawPage { url: "https://news.example/b".into(), ..page.clone() },
            RawPage { content_type: Some(String::new()), ..page.clone() },
            RawPage { etag: Some(String::new()), ..page.clone() },
            RawPage { last_modified: Some(String::new()), ..page.clone() },
            RawPage::new("https://news.example/a", b"bodz".to_vec()),
        ];
        assert!(others.iter().all(|other| RawHash::of(other) != RawHash::of(&page)));
    }
}
