//! What a page may ask of a reader: limits in numbers of things, never in seconds, so that an answer does not depend on the
//! machine.

/// The deepest nesting that is kept. What lies deeper keeps its text and loses its tags. Real pages stay under a hundred; browsers
/// stop at 512, and trafilatura refuses from 500 on.
pub(super) const MAX_DEPTH: usize = 256;
/// The most nodes of a page (elements, texts, comments).
pub(super) const MAX_NODES: usize = 200_000;
/// The most tags of a page. News pages have some thousands, long live blogs some ten thousand.
pub(super) const MAX_TAGS: usize = 100_000;
/// The most attributes of one tag. The tokenizer compares each with all others of its tag.
pub(super) const MAX_ATTRIBUTES: usize = 256;

/// Why a page is not read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum TooLarge {
    #[error("the page has {bytes} bytes, more than {max}")]
    Bytes { bytes: usize, max: usize },
    #[error("the page has more than {MAX_TAGS} tags")]
    Tags,
    #[error("the page has more than {MAX_NODES} nodes")]
    Nodes,
    #[error("the page has a tag with more than {MAX_ATTRIBUTES} attributes")]
    Attributes,
}

/// Refuses text with a tag of too many attributes, before a tokenizer sees it.
///
/// Whatever looks like a tag counts, except in scripts, styles and comments, where a tokenizer would see none; inside SVG and
/// MathML it would, so that there they count as well.
pub(super) fn check_attributes(html: &str) -> Result<(), TooLarge> {
    let mut rest = html;
    let mut foreign = 0_usize;
    while let Some((_, after)) = rest.split_once('<') {
        rest = after;
        if let Some(comment) = after.strip_prefix("!--") {
            rest = comment.split_once("-->").map_or("", |(_, after)| after);
        } else if after.starts_with(|first: char| first.is_ascii_alphabetic()) {
            let end = tag_end(after)?;
            let (tag, after) = after.split_at_checked(end).unwrap_or((after, ""));
            rest = after;
            match name(tag).as_str() {
                "svg" | "math" => foreign += 1,
                raw @ ("script" | "style") if foreign == 0 => rest = after_raw(after, raw),
                _ => {}
            }
        } else if let Some(end) = after.strip_prefix('/')
            && matches!(name(end).as_str(), "svg" | "math")
        {
            foreign = foreign.saturating_sub(1);
        }
    }
    Ok(())
}

/// The first letters of a tag, in lower case.
fn name(tag: &str) -> String {
    tag.chars().take(8).take_while(char::is_ascii_alphabetic).map(|letter| letter.to_ascii_lowercase()).collect()
}

/// What follows the end tag of a script or style.
fn after_raw<'a>(text: &'a str, name: &str) -> &'a str {
    let mut rest = text;
    while let Some((_, after)) = rest.split_once("</") {
        if after.get(..name.len()).is_some_and(|tag| tag.eq_ignore_ascii_case(name)) {
            return after;
        }
        rest = after;
    }
    ""
}

/// Where the tag ends that starts here. Quotes count after `=` alone, as the HTML standard tokenizes.
fn tag_end(tag: &str) -> Result<usize, TooLarge> {
    let (mut attributes, mut quote, mut before) = (0, None, ' ');
    for (at, character) in tag.char_indices() {
        match (quote, character) {
            (Some(open), close) if open == close => quote = None,
            (Some(_), _) => continue,
            (None, '>') => return Ok(at),
            (None, '"' | '\'') if before == '=' => quote = Some(character),
            (None, name)
                if (before.is_ascii_whitespace() || before == '/' || before == '"' || before == '\'')
                    && !name.is_ascii_whitespace()
                    && !matches!(name, '/' | '=') =>
            {
                attributes += 1;
            }
            _ => {}
        }
        if attributes > MAX_ATTRIBUTES {
            return Err(TooLarge::Attributes);
        }
        // White space between `=` and the value says nothing.
        if !(before == '=' && character.is_ascii_whitespace()) {
            before = character;
        }
    }
    Ok(tag.len())
}
