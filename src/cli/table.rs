//! Columns of text on a terminal.

use std::borrow::Cow;

use textwrap::core::display_width;

/// Returns the text cut to `columns` of the terminal, with an ellipsis where something went.
pub(crate) fn fit(text: &str, columns: usize) -> Cow<'_, str> {
    if display_width(text) <= columns {
        return Cow::Borrowed(text);
    }
    let mut kept = String::new();
    let mut used = 0;
    for character in text.chars() {
        let width = display_width(character.encode_utf8(&mut [0; 4]));
        if used + width + 1 > columns {
            break;
        }
        used += width;
        kept.push(character);
    }
    if columns > 0 {
        kept.push('\u{2026}');
    }
    Cow::Owned(kept)
}

/// Returns the text with spaces after it up to `columns`.
pub(crate) fn pad(text: &str, columns: usize) -> String {
    format!("{text}{}", " ".repeat(columns.saturating_sub(display_width(text))))
}

/// Returns the lines of a paragraph, each with an indent.
///
/// An empty paragraph has none.
pub(crate) fn wrap(text: &str, columns: usize, indent: &str) -> Vec<String> {
    if text.is_empty() {
        return Vec::new();
    }
    let options = textwrap::Options::new(columns.max(10))
        .initial_indent(indent)
        .subsequent_indent(indent)
        .wrap_algorithm(textwrap::WrapAlgorithm::FirstFit)
        .word_splitter(textwrap::WordSplitter::NoHyphenation);
    textwrap::wrap(text, options).into_iter().map(Cow::into_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cut_text_fills_its_columns_and_no_more() {
        assert_eq!(fit("bridge", 6), "bridge");
        assert_eq!(fit("bridges", 6), "bridg\u{2026}");
        assert_eq!(fit("\u{6a4b}\u{6a4b}\u{6a4b}", 4), "\u{6a4b}\u{2026}", "wide characters take two columns");
        assert_eq!(fit("bridge", 0), "");
    }

    #[test]
    fn padding_counts_columns_and_not_characters() {
        assert_eq!(pad("\u{6a4b}", 4), "\u{6a4b}  ");
        assert_eq!(pad("e\u{301}", 3), "e\u{301}  ");
    }

    #[test]
    fn no_wrapped_line_is_wider_than_asked() {
        let lines = wrap(&"The old bridge was closed on Monday. ".repeat(9), 30, "  ");
        assert!(lines.iter().all(|line| display_width(line) <= 30 && line.starts_with("  ")), "{lines:?}");
    }
}
