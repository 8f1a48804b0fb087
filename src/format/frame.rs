//! zstd frames: bytes compressed alone, or against a text that comes before them as a prefix.

use std::cell::RefCell;

use zstd::zstd_safe::{CCtx, CParameter, DCtx};

use super::FormatError;

/// What every frame begins with (RFC 8878, section 3.1.1).
pub(crate) const MAGIC: &[u8] = &[0x28, 0xb5, 0x2f, 0xfd];

/// What a dictionary of zstd begins with (RFC 8878, section 5).
const DICTIONARY: &[u8] = &[0x37, 0xa4, 0x30, 0xec];

/// How hard to compress: a level of zstd.
///
/// What comes in and will be written anew takes `QUICK`, what comes in and stays `LASTING`, what is sealed by the way `STEADY`. Figures in
/// `benches/README.md`.
pub(crate) const QUICK: i32 = 1;
pub(crate) const LASTING: i32 = 3;
pub(crate) const STEADY: i32 = 4;

/// The table of level [`QUICK`] tells little of a base that is longer than this: then [`LASTING`] takes its place.
const QUICK_BASE: usize = 16 << 10;

/// Says whether bytes can be a base: zstd would take some for a dictionary of its own, and find it broken. No text is among them, since
/// none of UTF-8 begins so.
pub(crate) fn can_be_base(bytes: &[u8]) -> bool {
    !bytes.starts_with(DICTIONARY)
}

/// How far the windows of levels [`QUICK`] and [`LASTING`] reach.
const QUICK_WINDOW: usize = 512 << 10;
const LASTING_WINDOW: usize = 2 << 20;

/// Compresses bytes, with `base` as their prefix.
///
/// With [`QUICK`] and [`LASTING`], zstd looks at every third byte of the base alone: that takes a half to a third of the time, most of
/// which the base takes where little has changed, and makes the frame some five bytes longer.
///
/// No checksum: every text is verified by its hash, and everything else by that of its row.
pub(crate) fn compress(bytes: &[u8], base: &[u8], level: i32) -> Result<Vec<u8>, FormatError> {
    thread_local! {
        static CONTEXT: RefCell<CCtx<'static>> = RefCell::new(CCtx::create());
    }
    let (level, within) = match level {
        QUICK if base.len() <= QUICK_BASE => (QUICK, QUICK_WINDOW),
        QUICK | LASTING => (LASTING, LASTING_WINDOW),
        level => (level, 0),
    };
    CONTEXT.with_borrow_mut(|context| {
        if !base.is_empty() && base.len() + bytes.len() <= within {
            let mut frame = Vec::with_capacity(zstd::zstd_safe::compress_bound(bytes.len()));
            context.compress_using_dict(&mut frame, bytes, base, level).map_err(failed)?;
            frame.shrink_to_fit();
            return Ok(frame);
        }
        // The window must reach over the bytes back to the start of the base.
        let window = (base.len() + bytes.len()).next_power_of_two().ilog2().clamp(10, 24);
        context.set_parameter(CParameter::CompressionLevel(level)).map_err(failed)?;
        context.set_parameter(CParameter::WindowLog(window)).map_err(failed)?;
        context.set_parameter(CParameter::ChecksumFlag(false)).map_err(failed)?;
        context.set_parameter(CParameter::ContentSizeFlag(false)).map_err(failed)?;
        // As a dictionary, since a context that a thread keeps cannot borrow a prefix. It is copied, and looked through at every byte.
        context.load_dictionary(base).map_err(failed)?;
        let mut frame = Vec::with_capacity(zstd::zstd_safe::compress_bound(bytes.len()));
        let done = context.compress2(&mut frame, bytes).map_err(failed);
        // None is loaded any more, and the copy is gone.
        context.load_dictionary(&[]).map_err(failed)?;
        done.map(|_| {
            frame.shrink_to_fit();
            frame
        })
    })
}

/// Unpacks a frame to exactly `size` bytes; `base` is what it was compressed against.
///
/// The caller must verify what comes out: with a wrong base zstd may answer with wrong bytes. A context costs more to make
/// than most texts to unpack, so each thread keeps one.
pub(crate) fn decompress(frame: &[u8], base: &[u8], size: usize) -> Result<Vec<u8>, FormatError> {
    thread_local! {
        static CONTEXT: RefCell<DCtx<'static>> = RefCell::new(DCtx::create());
    }
    if size > MAX_FRAME_BYTES {
        return Err(FormatError::Content(format!("it claims {size} bytes")));
    }
    let mut bytes = Vec::with_capacity(size);
    CONTEXT.with_borrow_mut(|context| context.decompress_using_dict(&mut bytes, frame, base).map_err(failed))?;
    if bytes.len() != size {
        return Err(FormatError::Content(format!("it has {} bytes, expected {size}", bytes.len())));
    }
    Ok(bytes)
}

/// No frame unpacks to more: the longest text and what a writer may put beside it.
pub(crate) const MAX_FRAME_BYTES: usize = 8 << 20;

fn failed(code: usize) -> FormatError {
    FormatError::Content(zstd::zstd_safe::get_error_name(code).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(word: &str) -> String {
        (0..400).map(|n| format!("Sentence {n} of the council's report says {word}. ")).collect()
    }

    #[test]
    fn a_text_is_unpacked_as_it_was_alone_and_against_another() {
        let (old, new) = (sample("yes"), sample("yes and no"));
        for level in [QUICK, LASTING, STEADY, 19] {
            let alone = compress(new.as_bytes(), b"", level).unwrap();
            let against = compress(old.as_bytes(), new.as_bytes(), level).unwrap();
            assert_eq!(decompress(&alone, b"", new.len()).unwrap(), new.as_bytes());
            assert_eq!(decompress(&against, new.as_bytes(), old.len()).unwrap(), old.as_bytes());
            assert!(against.len() < alone.len());
        }
    }

    #[test]
    fn the_base_helps_however_far_back_its_start_is() {
        let noise: String = (0..40_000_u32).map(|n| format!("{:x} ", n.wrapping_mul(2_654_435_761))).collect();
        // A copy: zstd takes no base that lies where the bytes do.
        for level in [QUICK, LASTING, STEADY] {
            let frame = compress(noise.as_bytes(), noise.clone().as_bytes(), level).unwrap();
            assert!(frame.len() < 1_000, "{} bytes", frame.len());
        }
    }

    #[test]
    fn damage_to_a_frame_never_panics() {
        let text = sample("maybe");
        let frame = compress(text.as_bytes(), b"", QUICK).unwrap();
        for place in 0..frame.len() {
            let mut damaged = frame.clone();
            damaged[place] ^= 0x10;
            let _ = decompress(&damaged, b"", text.len());
        }
    }

    #[test]
    fn another_size_than_the_frame_has_is_an_error_and_memory_is_not_taken_for_any() {
        let frame = compress(b"short", b"", QUICK).unwrap();
        assert!(decompress(&frame, b"", 4).is_err());
        assert!(decompress(&frame, b"", 6).is_err());
        assert!(matches!(decompress(&frame, b"", MAX_FRAME_BYTES + 1), Err(FormatError::Content(_))));
    }
}
