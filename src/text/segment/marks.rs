//! The marks at the end of a sentence (Unicode's `STerm` and `ATerm`), and what closes or opens a quotation or a bracket.

/// What ends a sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mark {
    /// `.`, which may also belong to a word or a number.
    Stop,
    /// `!` and `?`.
    Strong,
    /// `…`, and two or more full stops.
    Ellipsis,
    /// A mark that means nothing else and needs no space after it: `。`, `।`, `؟`.
    Full,
    /// Such a mark that may also stand inside a sentence, after what is quoted: `！`, `？`.
    FullStrong,
}

/// When the scan for ends has to look closer at a byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Look {
    Never,
    Always,
    /// A capital letter may begin there, which matters after a space.
    AfterSpace,
}

pub(super) const LOOK: [Look; 256] = {
    let mut table = [Look::Never; 256];
    let marks = b".!?\"\n\xD6\xD8\xDB\xDC\xE0\xE1\xE2\xE3\xEA\xEF";
    let capitals = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ\xC3\xD0";
    let mut at = 0;
    #[allow(clippy::indexing_slicing)]
    while at < marks.len() {
        table[marks[at] as usize] = Look::Always;
        at += 1;
    }
    at = 0;
    #[allow(clippy::indexing_slicing)]
    while at < capitals.len() {
        table[capitals[at] as usize] = Look::AfterSpace;
        at += 1;
    }
    table
};

/// The mark that begins at a byte, and how long it is.
pub(super) fn mark_at(bytes: &[u8], at: usize) -> Option<(Mark, usize)> {
    let mark = match *bytes.get(at..)? {
        [b'.', ..] => (Mark::Stop, 1),
        [b'!' | b'?', ..] => (Mark::Strong, 1),
        [0xE2, 0x80, 0xA6, ..] => (Mark::Ellipsis, 3),
        // ‼ ⁇ ⁈ ⁉
        [0xE2, 0x80, 0xBC, ..] | [0xE2, 0x81, 0x87..=0x89, ..] => (Mark::Strong, 3),
        // 。 ｡
        [0xE3, 0x80, 0x82, ..] | [0xEF, 0xBD, 0xA1, ..] => (Mark::Full, 3),
        // ！ ． ？
        [0xEF, 0xBC, 0x81 | 0x9F, ..] => (Mark::FullStrong, 3),
        [0xEF, 0xBC, 0x8E, ..] => (Mark::Stop, 3),
        // । ॥
        [0xE0, 0xA5, 0xA4 | 0xA5, ..] => (Mark::Full, 3),
        // ؟ ۔ ։ and the Syriac stops
        [0xD8, 0x9F, ..] | [0xDB, 0x94, ..] | [0xD6, 0x89, ..] | [0xDC, 0x80..=0x82, ..] => (Mark::Full, 2),
        // Myanmar, Ethiopic, Khmer, Mongolian, Meetei Mayek
        [0xE1, 0x81, 0x8A | 0x8B, ..] | [0xE1, 0x8D, 0xA2 | 0xA7 | 0xA8, ..] => (Mark::Full, 3),
        [0xE1, 0x9F, 0x94 | 0x95, ..] | [0xE1, 0xA0, 0x83 | 0x89, ..] | [0xEA, 0xAF, 0xAB, ..] => (Mark::Full, 3),
        _ => return None,
    };
    Some(mark)
}

/// Closing brackets, and closing quotes that never open.
pub(super) fn closes(character: char) -> bool {
    matches!(
        character,
        ')' | ']'
            | '}'
            | '”'
            | '’'
            | '›'
            | '»'
            | '」'
            | '』'
            | '）'
            | '】'
            | '》'
            | '〉'
            | '〕'
            | '｣'
            | '］'
            | '〞'
            | '＂'
    )
}

/// Quotes that close in some languages and open in others.
pub(super) fn may_close(character: char) -> bool {
    matches!(character, '"' | '\'' | '“' | '‘' | '«' | '‹' | '`')
}

/// What may stand before the first letter of a sentence.
pub(super) fn opens(character: char) -> bool {
    may_close(character)
        || matches!(
            character,
            '(' | '[' | '{' | '„' | '‚' | '¿' | '¡' | '»' | '›' | '「' | '『' | '（' | '《' | '〈' | '【'
        )
        || matches!(character, '-' | '–' | '—' | '―' | '•' | '*' | '’' | '”')
}

/// Scripts that put no spaces between sentences: kana, Han, and their full-width forms.
pub(super) fn is_cjk(character: char) -> bool {
    matches!(character, '\u{2E80}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' | '\u{FF00}'..='\u{FFEF}' | '\u{20000}'..='\u{3FFFF}')
}

/// Thai and Lao, which know no mark for the end of a sentence.
pub(super) fn is_markless(character: char) -> bool {
    matches!(character, '\u{E00}'..='\u{EFF}')
}
