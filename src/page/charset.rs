//! From bytes to text.

use std::borrow::Cow;

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252, X_USER_DEFINED};

/// How far into a page its charset is looked for, in bytes. The HTML standard asks for 1,024; real pages name it later too.
const MAX_DECLARATION_BYTES: usize = 8192;
/// How much of a page is looked at to detect a charset that nothing names, in bytes.
const MAX_DETECTION_BYTES: usize = 256 << 10;

/// Returns the text of a page. What is no text in the charset becomes U+FFFD.
///
/// The order of trust: a byte order mark; bytes that are UTF-8 and more than ASCII, unless a charset of several bytes a
/// character is named and fits as well; the `Content-Type` header; `<meta>`; detection. A charset that the bytes contradict is
/// passed over, since a server often names one for all its pages (newspaper4k issue 687).
pub(super) fn decode<'a>(body: &'a [u8], content_type: Option<&str>) -> Cow<'a, str> {
    if let Some((encoding, mark)) = Encoding::for_bom(body) {
        return encoding.decode_without_bom_handling(body.get(mark..).unwrap_or_default()).0;
    }
    let named = [content_type.and_then(of_header), of_meta(body)];
    let is_utf8 = is_utf8_and_more(body);
    for encoding in named.into_iter().flatten() {
        if is_utf8 && encoding.is_single_byte() {
            continue;
        }
        if let Some(text) = encoding.decode_without_bom_handling_and_without_replacement(body) {
            return text;
        }
    }
    let encoding = if is_utf8 { UTF_8 } else { fallback(body, named) };
    encoding.decode_without_bom_handling(body).0
}

/// The charset of `text/html; charset=...`.
fn of_header(content_type: &str) -> Option<&'static Encoding> {
    let (_, rest) = split_ascii_case(content_type, "charset")?;
    let value = rest.trim_start().strip_prefix('=')?;
    known(unquoted(value))
}

/// The charset of `<meta charset=...>` or `<meta http-equiv=... content="...; charset=...">`, as the HTML standard prescans it:
/// a charset of 16 bits that is read as ASCII is none.
fn of_meta(body: &[u8]) -> Option<&'static Encoding> {
    let head = body.get(..body.len().min(MAX_DECLARATION_BYTES)).unwrap_or_default();
    let (head, _) = WINDOWS_1252.decode_without_bom_handling(head);
    let mut rest: &str = &head;
    while let Some((_, after)) = split_ascii_case(rest, "<meta") {
        let tag = after.split('>').next().unwrap_or_default();
        if let Some(encoding) = of_header(tag) {
            return Some(if encoding == UTF_16LE || encoding == UTF_16BE {
                UTF_8
            } else if encoding == X_USER_DEFINED {
                WINDOWS_1252
            } else {
                encoding
            });
        }
        rest = after;
    }
    None
}

fn known(label: &str) -> Option<&'static Encoding> {
    Encoding::for_label_no_replacement(label.as_bytes())
}

/// A value with or without quotes, to its end.
fn unquoted(value: &str) -> &str {
    let value = value.trim_start();
    let quote = value.chars().next().filter(|first| matches!(first, '"' | '\''));
    match quote {
        Some(quote) => value.strip_prefix(quote).and_then(|value| value.split(quote).next()).unwrap_or_default(),
        None => value.split([';', ' ', '"', '\'', '/', '>', ',']).next().unwrap_or_default(),
    }
}

/// Splits at the first `word`, which is ASCII, whatever its case.
fn split_ascii_case<'a>(text: &'a str, word: &str) -> Option<(&'a str, &'a str)> {
    let at = text.as_bytes().windows(word.len()).position(|window| window.eq_ignore_ascii_case(word.as_bytes()))?;
    Some((text.get(..at)?, text.get(at + word.len()..)?))
}

/// Whether the bytes are UTF-8 with more than ASCII in it; a last character that is cut off does not count.
fn is_utf8_and_more(body: &[u8]) -> bool {
    let valid = match std::str::from_utf8(body) {
        Ok(text) => text.len(),
        Err(error) if error.error_len().is_none() => error.valid_up_to(),
        Err(_) => return false,
    };
    body.get(..valid).is_some_and(|valid| !valid.is_ascii())
}

/// No charset fits without error. UTF-8 with a few broken bytes is still UTF-8; else what was named first and is not UTF-8;
/// else what the bytes look like.
fn fallback(body: &[u8], named: [Option<&'static Encoding>; 2]) -> &'static Encoding {
    if is_nearly_utf8(body) {
        return UTF_8;
    }
    if let Some(encoding) = named.into_iter().flatten().find(|encoding| *encoding != UTF_8) {
        return encoding;
    }
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(body.get(..body.len().min(MAX_DETECTION_BYTES)).unwrap_or_default(), true);
    detector.guess(None, Utf8Detection::Allow)
}

/// Whether far more characters of several bytes are whole than broken.
fn is_nearly_utf8(body: &[u8]) -> bool {
    let (mut whole, mut broken) = (0, 0);
    for chunk in body.utf8_chunks() {
        whole += chunk.valid().chars().filter(|character| !character.is_ascii()).count();
        broken += usize::from(!chunk.invalid().is_empty());
    }
    whole > broken.saturating_mul(4)
}
