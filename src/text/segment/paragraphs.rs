//! Paragraphs: what blank lines separate.

use std::ops::Range;

/// Returns the paragraphs of a plain text: what blank lines separate, as
/// [`Article::with_text`](crate::Article::with_text) splits it.
///
/// The parts hold line breaks as the text has them.
///
/// ```
/// use morgue::text::segment::paragraphs;
///
/// let text = "One\r\nstill one.\r\n\r\nTwo.\n";
/// let found: Vec<&str> = paragraphs(text).into_iter().map(|range| &text[range]).collect();
/// assert_eq!(found, ["One\r\nstill one.", "Two."]);
/// ```
#[must_use]
pub fn paragraphs(text: &str) -> Vec<Range<usize>> {
    let mut paragraphs = Vec::new();
    let mut open: Option<Range<usize>> = None;
    for (line, ends_paragraph) in lines(text) {
        if text.get(line.clone()).is_some_and(|line| !line.trim().is_empty()) {
            let start = open.as_ref().map_or(line.start, |open| open.start);
            open = Some(start..line.end);
        } else {
            paragraphs.extend(open.take());
        }
        if ends_paragraph {
            paragraphs.extend(open.take());
        }
    }
    paragraphs.extend(open);
    paragraphs
}

/// Lines without their breaks; and whether the break is U+2029, the end of a paragraph by itself.
fn lines(text: &str) -> Vec<(Range<usize>, bool)> {
    let mut lines = Vec::new();
    let mut start = 0;
    let mut characters = text.char_indices().peekable();
    while let Some((at, character)) = characters.next() {
        if !matches!(character, '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}') {
            continue;
        }
        lines.push((start..at, character == '\u{2029}'));
        start = at + character.len_utf8();
        if character == '\r'
            && let Some((next, _)) = characters.next_if(|(_, next)| *next == '\n')
        {
            start = next + 1;
        }
    }
    lines.push((start..text.len(), false));
    lines
}

#[cfg(test)]
#[allow(clippy::string_slice)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::Article;

    proptest! {
        #[test]
        fn paragraphs_are_those_of_an_article(text in "[ab \t\r\n\u{85}\u{2028}\u{2029}\u{b}]*") {
            let plain = |part: &str| part.replace("\r\n", "\n").replace(['\r', '\u{85}', '\u{2028}'], "\n");
            let found: Vec<String> = paragraphs(&text).into_iter().map(|range| plain(&text[range])).collect();
            prop_assert_eq!(found, Article::new("").with_text(&text).paragraphs);
        }
    }
}
