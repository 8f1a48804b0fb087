//! Text of strangers, made harmless for a terminal.

use std::borrow::Cow;

/// Returns a text in a form that cannot steer a terminal.
///
/// Headlines come from strangers. Control characters (C0, DEL, C1, so every escape code) and the characters that turn the
/// direction of writing become U+FFFD, which is seen. Line breaks and tabs become a space: the answer is always one line.
/// A text that needs nothing is returned as it is.
///
/// ```
/// use morgue::text::safe::for_terminal;
///
/// assert_eq!(for_terminal("\u{1b}[2JBridge\tclosed"), "\u{fffd}[2JBridge closed");
/// assert_eq!(for_terminal("الجسر مغلق"), "الجسر مغلق");
/// ```
#[must_use]
pub fn for_terminal(text: &str) -> Cow<'_, str> {
    if text.chars().all(|character| safe(character) == character) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.chars().map(safe).collect())
}

fn safe(character: char) -> char {
    match character {
        '\t' | '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}' => ' ',
        // Marks, embeddings, overrides and isolates of the bidirectional algorithm (UAX #9).
        '\u{61C}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' => '\u{FFFD}',
        control if control.is_control() => '\u{FFFD}',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_control_character_is_left() {
        let every: String = ('\0'..='\u{9f}').collect();
        let safe = for_terminal(&every);
        assert!(!safe.chars().any(char::is_control), "{safe:?}");
        assert_eq!(safe.chars().count(), 0xa0);
        assert!(safe.contains(" !\"#"), "printable characters stay");
    }

    #[test]
    fn what_turns_the_direction_of_writing_is_seen() {
        for bad in
            "\u{61c}\u{200e}\u{200f}\u{202a}\u{202b}\u{202c}\u{202d}\u{202e}\u{2066}\u{2067}\u{2068}\u{2069}".chars()
        {
            assert_eq!(for_terminal(&bad.to_string()), "\u{fffd}", "{bad:?}");
        }
    }

    #[test]
    fn a_line_break_cannot_forge_a_line() {
        assert_eq!(for_terminal("one\r\ntwo\u{2028}three\u{85}four\u{b}"), "one  two three four\u{fffd}");
    }

    #[test]
    fn harmless_text_is_not_copied() {
        for text in ["", "Plain.", "日本語 – “quotes” 👩‍👩‍👧", "नमस्ते\u{200d}"] {
            assert!(matches!(for_terminal(text), Cow::Borrowed(same) if same == text), "{text}");
        }
    }
}
