//! What a file is.

/// A format that can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Format {
    /// [JSON Lines](super::jsonl).
    Jsonl,
    /// WARC or ARC.
    Warc,
    /// A MediaWiki export.
    MediaWiki,
    /// IPTC ninjs.
    Ninjs,
    /// A git repository.
    Git,
    /// The SQLite database of another program.
    Sqlite,
    /// The directory in which changedetection.io keeps what it saw.
    ChangeDetection,
}

impl Format {
    /// So many bytes of a file are enough for [`Format::sniff`].
    pub const SNIFF_BYTES: usize = 64 << 10;

    /// Tells the format of a file by how it begins, decompressed; `None` where nothing speaks for any.
    ///
    /// ```
    /// use morgue::exchange::Format;
    ///
    /// assert_eq!(Format::sniff(b"WARC/1.0\r\nWARC-Type: warcinfo\r\n"), Some(Format::Warc));
    /// assert_eq!(Format::sniff(b"The bridge was closed."), None);
    /// ```
    #[must_use]
    pub fn sniff(start: &[u8]) -> Option<Self> {
        let text = start.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(start).trim_ascii_start();
        if text.starts_with(b"WARC/") || text.starts_with(b"filedesc:") {
            Some(Self::Warc)
        } else if start.starts_with(b"SQLite format 3\0") {
            Some(Self::Sqlite)
        } else if text.starts_with(b"<mediawiki") || text.starts_with(b"<?xml") {
            // No other XML is read, and its reader says so.
            Some(Self::MediaWiki)
        } else if matches!(text.first(), Some(b'{' | b'[')) {
            Some(if is_ninjs(text) { Self::Ninjs } else { Self::Jsonl })
        } else {
            None
        }
    }
}

/// A row of JSON Lines is one line with a time of capture; an item of ninjs has a URI, and fields of its own.
fn is_ninjs(text: &[u8]) -> bool {
    const FIELDS: [&[u8]; 6] =
        [b"\"uri\"", b"\"versioncreated\"", b"\"versionCreated\"", b"\"pubstatus\"", b"\"pubStatus\"", b"ninjs"];
    let has = |needle: &[u8]| text.windows(needle.len()).any(|part| part == needle);
    let first = text.split(|byte| *byte == b'\n').next().unwrap_or_default();
    if matches!(first.trim_ascii(), b"{" | b"[") {
        return true;
    }
    if has(b"\"captured_at\"") || has(b"\"timestamp\"") || has(b"\"alias\"") {
        return false;
    }
    FIELDS.iter().filter(|field| has(field)).count() >= 2
}
