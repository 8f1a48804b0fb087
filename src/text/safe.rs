//! Text of strangers, made harmless for a terminal and for markup.

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

/// Returns a text in a form that is nothing but text in HTML and in XML, also inside a quoted attribute.
///
/// Line breaks and tabs become a space; control characters and those that XML has no way to write (XML 1.0, section 2.2) become
/// U+FFFD. Characters that turn the direction of writing stay, as right-to-left text needs them: put each text into an element of its
/// own (`bdi`, or one with `dir="auto"`), where they end.
///
/// ```
/// use morgue::text::safe::for_markup;
///
/// assert_eq!(for_markup("<b>\"Bridge\" & co\u{1b}</b>"), "&lt;b&gt;&quot;Bridge&quot; &amp; co\u{fffd}&lt;/b&gt;");
/// ```
#[must_use]
pub fn for_markup(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\t' | '\n' | '\r' => escaped.push(' '),
            '\u{FFFE}' | '\u{FFFF}' => escaped.push('\u{FFFD}'),
            control if control.is_control() => escaped.push('\u{FFFD}'),
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

/// Returns whether a text is written from right to left, by its first letter; `None` where it has no letter.
///
/// ```
/// use morgue::text::safe::is_right_to_left;
///
/// assert_eq!(is_right_to_left("2026: الجسر مغلق"), Some(true));
/// assert_eq!(is_right_to_left("Bridge closed"), Some(false));
/// assert_eq!(is_right_to_left("2026"), None);
/// ```
#[must_use]
pub fn is_right_to_left(text: &str) -> Option<bool> {
    // Hebrew to Arabic Extended-A, their presentation forms, and the scripts of the supplementary planes (UAX #9, table 4).
    let is_rtl = |letter: char| matches!(letter, '\u{590}'..='\u{8FF}' | '\u{FB1D}'..='\u{FDFF}' | '\u{FE70}'..='\u{FEFF}' | '\u{10800}'..='\u{10FFF}' | '\u{1E800}'..='\u{1EFFF}');
    text.chars().find(|character| character.is_alphabetic()).map(is_rtl)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_has_no_character_that_xml_forbids() {
        let every: String = ('\0'..='\u{9f}').chain(['\u{fffe}', '\u{ffff}']).collect();
        let safe = for_markup(&every);
        assert!(!safe.chars().any(|c| c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}' | '<' | '>' | '"' | '\'')));
        assert_eq!(for_markup("\u{202e}a"), "\u{202e}a");
    }

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
