//! Texts in compressed form: whole, or against a newer text of the same key.

use std::cell::RefCell;

use zstd::zstd_safe::{CCtx, CParameter, DCtx};

use crate::model::{ArticleHash, MAX_CANONICAL_BYTES};

use super::FormatError;
use super::record::ContentRecord;

/// 3 is zstd's default; higher levels cost more time than they save here (see `benches/README.md`).
const LEVEL: i32 = 3;
/// Past so many texts packed one against the other, the next stays whole.
pub(crate) const MAX_RUN: u32 = 16;
/// No chain of texts written by this format is longer; a longer one is damage.
pub(crate) const MAX_CHAIN: usize = 64;

/// Packs a text, against `base` (its hash and text) when there is one.
///
/// The result has been unpacked again and compared, since it may replace a good copy.
pub(crate) fn pack(text: &str, base: Option<(&ArticleHash, &str)>, run: u32) -> Result<ContentRecord, FormatError> {
    let frame = match base {
        None => compress(text.as_bytes()),
        Some((_, base)) => compress_against(base.as_bytes(), text.as_bytes()),
    }?;
    let bytes = u32::try_from(text.len()).map_err(|_| FormatError::Content("it is too long".into()))?;
    let record = ContentRecord { bytes, run, base: base.map(|(hash, _)| *hash.as_bytes()), frame };
    if unpack(&record, base.map(|(_, text)| text))? != text {
        return Err(FormatError::Content("the packed text did not unpack to itself".into()));
    }
    Ok(record)
}

/// Unpacks a text; `base` is the text that the record names as its base.
///
/// The caller must verify the hash: with a wrong base zstd may answer with wrong bytes.
pub(crate) fn unpack(record: &ContentRecord, base: Option<&str>) -> Result<String, FormatError> {
    let size = record.bytes as usize;
    if size > MAX_CANONICAL_BYTES {
        return Err(FormatError::Content(format!("it claims {size} bytes")));
    }
    let mut bytes = Vec::with_capacity(size);
    decompress(&record.frame, base.unwrap_or_default(), &mut bytes)?;
    if bytes.len() != size {
        return Err(FormatError::Content(format!("it has {} bytes, expected {size}", bytes.len())));
    }
    String::from_utf8(bytes).map_err(|_| FormatError::Content("it is not UTF-8".into()))
}

/// A context costs more to make than most texts to unpack, so each thread keeps one. The base is loaded as a dictionary, which
/// copies it, since a prefix would have to live as long as the context.
fn decompress(frame: &[u8], base: &str, bytes: &mut Vec<u8>) -> Result<(), FormatError> {
    thread_local! {
        static CONTEXT: RefCell<DCtx<'static>> = RefCell::new(DCtx::create());
    }
    CONTEXT.with_borrow_mut(|context| {
        context.load_dictionary(base.as_bytes()).map_err(failed)?;
        let done = context.decompress(bytes, frame).map_err(failed);
        // None is loaded any more, and the copy is gone.
        context.load_dictionary(&[]).map_err(failed)?;
        done.map(drop)
    })
}

fn failed(code: usize) -> FormatError {
    FormatError::Content(zstd::zstd_safe::get_error_name(code).to_owned())
}

fn compress(text: &[u8]) -> Result<Vec<u8>, FormatError> {
    thread_local! {
        static CONTEXT: RefCell<CCtx<'static>> = RefCell::new(CCtx::create());
    }
    CONTEXT.with_borrow_mut(|context| {
        context.set_parameter(CParameter::CompressionLevel(LEVEL)).map_err(failed)?;
        context.set_parameter(CParameter::ChecksumFlag(true)).map_err(failed)?;
        let mut frame = Vec::with_capacity(zstd::zstd_safe::compress_bound(text.len()));
        context.compress2(&mut frame, text).map_err(failed)?;
        frame.shrink_to_fit();
        Ok(frame)
    })
}

/// The base is loaded as a dictionary: zstd's call for a whole buffer passes over a prefix.
fn compress_against(base: &[u8], text: &[u8]) -> Result<Vec<u8>, FormatError> {
    thread_local! {
        static CONTEXT: RefCell<CCtx<'static>> = RefCell::new(CCtx::create());
    }
    // The window must reach over the text back to the start of the base.
    let window = (base.len() + text.len()).next_power_of_two().ilog2().clamp(10, 24);
    CONTEXT.with_borrow_mut(|context| {
        context.set_parameter(CParameter::CompressionLevel(LEVEL)).map_err(failed)?;
        context.set_parameter(CParameter::WindowLog(window)).map_err(failed)?;
        context.load_dictionary(base).map_err(failed)?;
        let frame = run(context, text);
        // None is loaded any more, and the copy is gone.
        context.load_dictionary(&[]).map_err(failed)?;
        frame
    })
}

fn run(context: &mut CCtx<'_>, text: &[u8]) -> Result<Vec<u8>, FormatError> {
    context.set_parameter(CParameter::ChecksumFlag(true)).map_err(failed)?;
    let mut frame = Vec::with_capacity(zstd::zstd_safe::compress_bound(text.len()));
    context.compress2(&mut frame, text).map_err(failed)?;
    Ok(frame)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(word: &str) -> String {
        (0..400).map(|n| format!("Sentence {n} of the council's report says {word}. ")).collect()
    }

    #[test]
    fn a_text_is_unpacked_as_it_was_whole_and_against_another() {
        let (old, new) = (sample("yes"), sample("yes and no"));
        let hash = ArticleHash::of(new.as_bytes());
        let whole = pack(&new, None, 0).unwrap();
        let against = pack(&old, Some((&hash, &new)), 0).unwrap();
        assert_eq!(unpack(&whole, None).unwrap(), new);
        assert_eq!(unpack(&against, Some(&new)).unwrap(), old);
        assert!(against.frame.len() < whole.frame.len());
    }

    #[test]
    fn the_base_helps_however_far_back_its_start_is() {
        let noise: String = (0..40_000_u32).map(|n| format!("{:x} ", n.wrapping_mul(2_654_435_761))).collect();
        let record = pack(&noise, Some((&ArticleHash::of(noise.as_bytes()), &noise)), 0).unwrap();
        assert!(record.frame.len() < 1_000, "{} bytes", record.frame.len());
    }

    #[test]
    fn damage_to_a_frame_is_an_error_or_the_same_text() {
        let text = sample("maybe");
        let record = pack(&text, None, 0).unwrap();
        for place in 0..record.frame.len() {
            let mut damaged = record.clone();
            damaged.frame[place] ^= 0x10;
            if let Ok(read) = unpack(&damaged, None) {
                assert_eq!(read, text, "byte {place}");
            }
        }
    }

    #[test]
    fn a_size_beyond_the_limit_is_refused_before_memory_is_taken() {
        let record = ContentRecord { bytes: u32::MAX, run: 0, base: None, frame: Vec::new() };
        assert!(matches!(unpack(&record, None), Err(FormatError::Content(_))));
    }
}
