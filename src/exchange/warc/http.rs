//! What a server sent: a status, a head, a body with the encodings of the transfer undone.

use std::io::Read;

use super::head::Head;

/// A response, its body as it was sent.
#[derive(Debug)]
pub(super) struct Response<'a> {
    pub(super) status: u16,
    pub(super) head: Head,
    body: &'a [u8],
}

/// Why a body is not to be had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum NoBody {
    /// It is longer than the limit.
    TooLong,
    /// It ends too early, or is damaged.
    Cut(String),
    /// An encoding that is not known.
    Encoding(String),
}

impl<'a> Response<'a> {
    /// Splits a response; `None` when it does not begin as one.
    pub(super) fn parse(bytes: &'a [u8]) -> Option<Self> {
        let (head, body) = split_head(bytes);
        let end = head.iter().position(|byte| *byte == b'\n').unwrap_or(head.len());
        let (line, lines) = head.split_at_checked(end)?;
        let line = std::str::from_utf8(line.trim_ascii_end()).ok().unwrap_or_default();
        // The version may be one that came after the file formats, such as `HTTP/2`.
        let mut words = line.strip_prefix("HTTP/")?.split_ascii_whitespace();
        let status = words.nth(1)?.parse().ok().filter(|status| (100..1000).contains(status))?;
        Some(Self { status, head: Head::parse(lines), body })
    }

    /// Returns the body with the encodings of the transfer undone, at most `max_bytes` of it.
    ///
    /// A body is taken as it is where it plainly is not what the head says: many writers keep a page without its chunks or its
    /// compression, and the head as it came.
    pub(super) fn body(&self, max_bytes: usize) -> Result<Vec<u8>, NoBody> {
        let mut body = self.body.to_vec();
        if self.lists("Transfer-Encoding").any(|coding| coding == "chunked") {
            if let Some(joined) = join_chunks(&body)? {
                body = joined;
            }
        } else if self.is_shorter_than_told(body.len()) && !has_end_tag(&body) {
            return Err(NoBody::Cut("it has fewer bytes than its Content-Length says".to_owned()));
        }
        // The last one was applied last.
        let codings: Vec<String> = self.lists("Transfer-Encoding").chain(self.lists("Content-Encoding")).collect();
        for coding in codings.iter().rev() {
            if let Some(decoded) = undo(coding, &body, max_bytes)? {
                body = decoded;
            }
        }
        if body.len() > max_bytes { Err(NoBody::TooLong) } else { Ok(body) }
    }

    /// With an encoding, the length is that of the encoded body, which may have been undone in the file.
    fn is_shorter_than_told(&self, bytes: usize) -> bool {
        let told = self.head.get("Content-Length").and_then(|length| length.parse::<usize>().ok());
        self.lists("Content-Encoding").next().is_none() && told.is_some_and(|told| bytes < told)
    }

    /// The words of a list, in lower case, without `identity`.
    fn lists(&self, name: &str) -> impl Iterator<Item = String> {
        let words = self.head.all(name).flat_map(|value| value.split(','));
        words.map(|word| word.trim().to_ascii_lowercase()).filter(|word| !word.is_empty() && word != "identity")
    }
}

/// Servers miscount: a page with its end tag is whole, whatever its length was to be.
fn has_end_tag(body: &[u8]) -> bool {
    const TAG: &[u8] = b"</html";
    let end = body.get(body.len().saturating_sub(1024)..).unwrap_or(body);
    end.windows(TAG.len()).any(|part| part.eq_ignore_ascii_case(TAG))
}

/// The head with its first line, and what follows the empty line.
fn split_head(bytes: &[u8]) -> (&[u8], &[u8]) {
    let mut start = 0;
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        let end = start + line.len();
        if line.trim_ascii().is_empty() && start > 0 {
            return (bytes.get(..start).unwrap_or_default(), bytes.get(end..).unwrap_or_default());
        }
        start = end;
    }
    (bytes, &[])
}

/// Joins chunks (RFC 9112, section 7.1); `None` where there are none, whatever the head says.
fn join_chunks(body: &[u8]) -> Result<Option<Vec<u8>>, NoBody> {
    let mut joined = Vec::new();
    let mut rest = body;
    let mut any = false;
    loop {
        let Some((size, behind)) = chunk_size(rest) else {
            if any && !rest.is_empty() {
                return Err(NoBody::Cut("its chunks are damaged".to_owned()));
            }
            if any {
                return Err(NoBody::Cut("its last chunk is missing".to_owned()));
            }
            return Ok(None);
        };
        if size == 0 {
            return Ok(Some(joined));
        }
        let Some((chunk, behind)) = behind.split_at_checked(size) else {
            // The first "chunk" of a page without chunks may look like a number by chance.
            return if any { Err(NoBody::Cut("it ends within a chunk".to_owned())) } else { Ok(None) };
        };
        joined.extend_from_slice(chunk);
        rest = behind.strip_prefix(b"\r\n").or_else(|| behind.strip_prefix(b"\n")).unwrap_or(behind);
        any = true;
    }
}

/// The size that begins a chunk, and what follows its line.
fn chunk_size(bytes: &[u8]) -> Option<(usize, &[u8])> {
    const LONGEST: usize = 4096;
    let end = bytes.iter().take(LONGEST).position(|byte| *byte == b'\n')?;
    let (line, rest) = bytes.split_at_checked(end + 1)?;
    let digits = line.split(|byte| *byte == b';').next()?.trim_ascii();
    let digits =
        std::str::from_utf8(digits).ok().filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))?;
    Some((usize::from_str_radix(digits, 16).ok()?, rest))
}

/// Undoes a coding; `None` where the body plainly does not have it.
fn undo(coding: &str, body: &[u8], max_bytes: usize) -> Result<Option<Vec<u8>>, NoBody> {
    match coding {
        "chunked" => Ok(None),
        "gzip" | "x-gzip" if body.starts_with(&[0x1F, 0x8B]) => {
            read(flate2::read::MultiGzDecoder::new(body), max_bytes).map(Some)
        }
        "gzip" | "x-gzip" => Ok(None),
        // RFC 9110 means zlib; some servers send deflate itself (section 8.4.1.2).
        "deflate" => match read(flate2::read::ZlibDecoder::new(body), max_bytes) {
            Err(NoBody::Cut(_)) => match read(flate2::read::DeflateDecoder::new(body), max_bytes) {
                Err(NoBody::Cut(_)) if looks_like_text(body) => Ok(None),
                decoded => decoded.map(Some),
            },
            decoded => decoded.map(Some),
        },
        "br" => match read(brotli_decompressor::Decompressor::new(body, 4096), max_bytes) {
            Err(NoBody::Cut(_)) if looks_like_text(body) => Ok(None),
            decoded => decoded.map(Some),
        },
        "zstd" if body.starts_with(&[0x28, 0xB5, 0x2F, 0xFD]) => {
            let decoder =
                zstd::stream::read::Decoder::with_buffer(body).map_err(|error| NoBody::Cut(error.to_string()))?;
            read(decoder, max_bytes).map(Some)
        }
        "zstd" => Ok(None),
        other => Err(NoBody::Encoding(other.chars().take(40).collect())),
    }
}

/// Markup begins so in every charset that grew out of ASCII.
fn looks_like_text(body: &[u8]) -> bool {
    body.trim_ascii_start().starts_with(b"<") || body.starts_with(b"\xEF\xBB\xBF")
}

/// Reads all, never more than one byte beyond the limit: a small body may unfold without end.
fn read(decoder: impl Read, max_bytes: usize) -> Result<Vec<u8>, NoBody> {
    let mut decoded = Vec::new();
    let limit = max_bytes as u64 + 1;
    match decoder.take(limit).read_to_end(&mut decoded) {
        Ok(_) if decoded.len() > max_bytes => Err(NoBody::TooLong),
        Ok(_) => Ok(decoded),
        Err(_) => Err(NoBody::Cut("its compressed data is damaged or ends too early".to_owned())),
    }
}
